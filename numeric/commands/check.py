"""``derivations check``: a verdict on every claim of files, of documents, or of what is shipped."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from numeric.cli import (
    RUNGS,
    STATUSES,
    TARGETS,
    Refused,
    command,
    exit_status,
    parse_evidence,
    parse_sizes,
    selected,
)

if TYPE_CHECKING:
    from derivations.report.run import Run
    from numeric.collect import Selection

FORMATS = ("text", "json", "github", "sarif")
TEXT, JSON = FORMATS[:2]


@click.command("check", epilog=f"{TARGETS}\n\n{STATUSES}")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--draws", type=click.IntRange(min=1), metavar="N", help="Random draws for each claim's main size.")
@click.option("--sizes", callback=parse_sizes, metavar="n=3,m=2", help="Sizes to check at; others are chosen.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S", help="Of the draws.")
@click.option("--evidence", callback=parse_evidence, default=",".join(RUNGS), show_default=True, metavar="KINDS",
              help="Which evidence to gather.")
@click.option("--changed-since", "revision", metavar="REV", help="Of documents, only equations that mean something "
              "else than at this revision of git.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Of the report on stdout: for people, programs, "
              "GitHub's annotations, or editors and code hosts that read SARIF.  [default: text]")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--no-timing", is_flag=True, help="Leave out seconds: the same seed gives the same bytes.")
@click.option("-q", "--quiet", is_flag=True, help="Only what is not as expected, and the summary.")
@click.option("-v", "--verbose", is_flag=True, help="What every rung of the ladder found.")
def check(targets: tuple[str, ...], draws: int | None, sizes: dict[str, int], seed: int, evidence: tuple[str, ...],
          revision: str | None, form: str | None, as_json: bool, no_timing: bool, quiet: bool, verbose: bool) -> None:
    """Check claims: those that the TARGETs select, or all that are shipped.

    Of a document every equation is accounted for: a verdict, a definition, or why it is not read, which counts as not
    decided.
    """
    from numeric.batch import Request, run

    form = _form(form, as_json=as_json)
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose ask for opposite things")
    selection = _selection(targets, revision)
    again = command(targets, seed, draws, sizes, evidence)
    request = Request(seed=seed, draws=draws, sizes=sizes, evidence=evidence, timing=not no_timing,
                      command=again if revision is None else f"{again} --changed-since {shlex.quote(revision)}")
    finished = run(selection, request, progress=form == TEXT and not quiet)
    write(finished, form=form, level=0 if quiet else 2 if verbose else 1)
    sys.exit(exit_status(finished, empty=_tell_empty(selection)))


def _form(form: str | None, *, as_json: bool) -> str:
    if as_json and form not in (None, JSON):
        raise click.UsageError(f"--json and --format {form} ask for different reports: give one of them")
    return JSON if as_json else form or TEXT


def _selection(targets: tuple[str, ...], revision: str | None) -> Selection:
    """What there is to check. Raises Refused where that is nothing."""
    selection = selected(targets)
    if not selection.claims and not selection.empty and _defines_alone(selection, targets):
        raise Refused(f"{' '.join(targets)} selects definitions alone: there is nothing to check in a definition")
    if revision is None:
        return selection
    from numeric.changed import changed_since

    return changed_since(selection, revision)


def _defines_alone(selection: Selection, targets: tuple[str, ...]) -> bool:
    """Whether what was picked are definitions; a whole document without claims is told of as a file without claims."""
    from derivations.latex.reader.account import Kind

    return not selection.documents or (all("::" in target for target in targets) and all(
        account.kind is Kind.DEFINITION for document in selection.documents for account in document.accounts))


def _tell_empty(selection: Selection) -> bool:
    """Whether a file that was asked for has no claims, which is said."""
    from derivations.report.papers import claimless, tally
    from derivations.report.places import place

    for file in selection.empty:
        click.echo(f"{file}: no claims: expected a Model at module level, with claims", err=True)
    for document in (without := claimless(selection.documents)):
        found = f"claims: {tally(document)}" if document.accounts else "equations: expected some in $$ or align"
        click.echo(f"{place(document.file)}: no {found}", err=True)
    return bool(selection.empty or without)


def write(finished: Run, *, form: str, level: int) -> None:
    """The report on stdout."""
    if form == TEXT:
        from derivations.report.console import Level, print_report, screen

        if finished.selected or finished.documents:
            print_report(screen(), finished, Level(level))
        return
    click.echo(_writers()[form](finished).encode(), nl=False)  # UTF-8 whatever the terminal is
    if finished.interrupted:
        click.echo("interrupted: the report is partial", err=True)


def _writers() -> Mapping[str, Callable[[Run], str]]:
    from derivations.report.annotations import github, sarif
    from derivations.report.record import to_json

    return {JSON: to_json, "github": github, "sarif": sarif}
