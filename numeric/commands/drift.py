"""``derivations drift``: whether the equations of a document still mean what their claims say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numeric.cli import BAD_INPUT, CONTRARY, EXPECTED, OPEN

if TYPE_CHECKING:
    from derivations.claim import Claim
    from derivations.drift.compare import Apart
    from derivations.model import Model
    from derivations.report.drift import Found
    from derivations.symbols import Expression

STATUSES = f"""\b
Exit status:
  {EXPECTED}    every equation means the same
  {CONTRARY}    some equation changed, or its claim did since it was stamped
  {BAD_INPUT}    bad command line or input
  {OPEN}    some equation is not read or not decided, or names no claim, or there is none to compare
  130  interrupted
"""


@click.command("drift", short_help="Tell whether a document's equations still mean what their claims say.",
               epilog=STATUSES)
@click.argument("papers", nargs=-1, required=True, metavar="PAPER...", type=click.Path(path_type=Path))
@click.option("--against", multiple=True, metavar="FILE.py", help="A file whose claims the labels and stamps may name, "
              "beside those that are shipped. May be given several times.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Only equations that do not mean the same, and the summary.")
def drift(papers: tuple[Path, ...], against: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Compare the equations of each PAPER with the claims that they came from.

    An equation came from a claim, a definition or a remark where the stamp of 'derivations latex' stands before it, or
    where its label is eq:ID. It is read, and means the same where its sides are the same formulas, under the same
    conditions, whatever the notation. What is equal only by a definition, or by carrying out a derivative, is another
    formula.
    """
    found = _found(papers, _models(against))
    if as_json:
        from derivations.report.drift import to_json

        click.echo(to_json(found).encode(), nl=False)  # UTF-8 whatever the terminal is
    else:
        from derivations.report.console import screen
        from derivations.report.drift import print_drift

        print_drift(screen(), found, quiet=quiet)
    if not found.findings:
        click.echo(f"{', '.join(map(str, papers))}: no equation has the stamp of a formula, or a label eq:ID: "
                   "there is nothing to compare", err=True)
    sys.exit(exit_status(found))


def _models(against: Sequence[str]) -> list[Model]:
    """The models that are shipped and those of the files. Raises DerivationError."""
    from derivations.errors import DerivationError
    from derivations.report.places import place
    from numeric.collect import models_in_file, shipped

    with redirect_stdout(sys.stderr):  # what an author's file prints is a diagnostic
        found = [*shipped(), *(model for file in against for model in models_in_file(file))]
    models = list({id(model): model for model in found}.values())
    first: dict[str, Model] = {}
    for model in models:
        other = first.setdefault(model.name, model)
        if other is not model:
            raise DerivationError(f"{place(model.file)}: a second model is called {model.name!r}, the first is in "
                                  f"{place(other.file)}: a label could mean either, so give one of them another name")
    return models


def _found(papers: Sequence[Path], models: Sequence[Model]) -> Found:
    """What became of the equations of all documents, each document once. Raises DerivationError."""
    from derivations.drift.judge import Drift
    from derivations.latex.reader.scan import scan
    from derivations.report.drift import Found

    judge = Drift(models, _values)
    sources = [scan(path) for path in dict.fromkeys(papers)]
    return Found(tuple(finding for source in sources for finding in judge.findings(source)),
                 tuple(problem for source in sources for problem in source.problems))


def _values(one: Expression, other: Expression, of: Claim) -> Apart:
    """Numbers, imported where they are needed: a document that means the same needs none."""
    from numeric.drift import apart

    return apart(one, other, of)


def exit_status(found: Found) -> int:
    """One number for what was found."""
    from derivations.drift.finding import Status
    from derivations.report.drift import FINE

    statuses = {finding.status for finding in found.findings}
    if statuses & {Status.CHANGED, Status.STALE}:
        return CONTRARY
    return EXPECTED if statuses and statuses <= set(FINE) and not found.problems else OPEN
