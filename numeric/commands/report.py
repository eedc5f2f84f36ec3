"""``derivations report``: a check as a page, one HTML file that needs nothing else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numeric.cli import (
    PROFILES,
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
    from derivations.report.web.figure import Figure
    from numeric.collect import Selection

INSTALL = "matplotlib is not installed: pip install 'derivations[figures]'"


@click.command("report", short_help="Write a check as a page, one HTML file.", epilog=f"{TARGETS}\n\n{STATUSES}")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("-o", "--output", required=True, metavar="FILE", help="The page to write, such as article.html.",
              type=click.Path(dir_okay=False, path_type=Path))
@click.option("--draws", type=click.IntRange(min=1), metavar="N", help="Random draws for each claim's main size.")
@click.option("--sizes", callback=parse_sizes, metavar="n=3,m=2", help="Sizes to check at; others are chosen.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S", help="Of the draws.")
@click.option("--evidence", callback=parse_evidence, default=",".join(RUNGS), show_default=True, metavar="KINDS",
              help="Which evidence to gather.")
@click.option("--profile", type=click.Choice(PROFILES), default="paper", show_default=True, help="The notation.")
@click.option("--figures/--no-figures", default=None, help="Figures of vanishing gradients; by default where the "
              "networks that are shipped are among the targets, and matplotlib is installed.")
def report(targets: tuple[str, ...], output: Path, draws: int | None, sizes: dict[str, int], seed: int,
           evidence: tuple[str, ...], profile: str, figures: bool | None) -> None:
    """Check claims, those that the TARGETs select or all that are shipped, and write what was found as a page.

    The page is one file, without scripts or fonts from elsewhere: every equation as printed and as read, its verdict,
    the evidence, what is at fault, the proof. The same seed gives the same page.
    """
    from numeric.batch import Request, run
    from numeric.told import tell

    _require_place(output)
    selection = selected(targets)
    if not selection.items and not selection.empty and not selection.documents:
        raise Refused(f"{' '.join(targets)} has nothing to show")
    if figures and find_spec("matplotlib") is None:
        raise Refused(INSTALL)
    for file in selection.empty:
        click.echo(f"{file}: no claims: expected a Model at module level, with claims", err=True)
    request = Request(seed=seed, draws=draws, sizes=sizes, evidence=evidence, timing=False,
                      command=command(targets, seed, draws, sizes, evidence), tell=partial(tell, profile=profile))
    finished = run(selection, request)
    drawn, notes = _figures(selection, finished, figures)
    _write(output, finished, drawn, notes, profile)
    empty = bool(selection.empty) or any(not document.accounts for document in selection.documents)
    sys.exit(exit_status(finished, empty=empty))


def _require_place(output: Path) -> None:
    """A check takes long: what can be known before is said before."""
    if not output.parent.is_dir():
        raise Refused(f"{output}: there is no folder {output.parent}: make it, or choose another place")


def _figures(selection: Selection, finished: Run, wanted: bool | None) -> tuple[tuple[Figure, ...], list[str]]:
    """The figures of a page, and what is said of those that are left out."""
    from derivations.report.places import is_shipped

    about = any(is_shipped(definition.file) for definition in selection.definitions)  # the networks, not one claim
    if wanted is False or (wanted is None and not about):
        return (), []
    if finished.interrupted:
        return (), ["Figures are left out: the check was interrupted."]
    if find_spec("matplotlib") is None:
        return (), [f"Figures are left out: {INSTALL}."]
    from numeric import cache
    from numeric.figures import figures
    from numeric.figures.table import ROWS

    cache.use()
    return figures([row.name for row in ROWS], seed=finished.seed), []


def _write(output: Path, finished: Run, drawn: Sequence[Figure], notes: Sequence[str], profile: str) -> None:
    from derivations.files import write
    from derivations.report.run import statuses
    from derivations.report.web.build import page_html
    from derivations.report.words import plural

    page = page_html(finished, drawn, profile=profile, notes=notes)
    try:
        write(output, page)
    except OSError as error:
        raise Refused(f"{output}: {error.strerror}") from error
    for note in notes:
        click.echo(note, err=True)
    found = ", ".join(f"{status} {count}" for status, count in statuses(finished).items())
    left = f"; interrupted, {finished.selected - len(finished.verdicts)} not checked" if finished.interrupted else ""
    click.echo(f"{output}: {plural(len(finished.verdicts), 'claim')}{f': {found}' if found else ''}{left}")
