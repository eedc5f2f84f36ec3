"""``derivations latex``: fragments for a paper, with what is known of them; a whole document, and its PDF."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numeric.cli import BROKEN, EXPECTED, INTERRUPTED, PROFILES, STATUSES, TARGETS, Refused, exit_status, selected

if TYPE_CHECKING:
    from derivations.latex.fragments import Item, Sheet
    from derivations.latex.stamp import Stamp
    from derivations.report.run import Run
    from numeric.collect import Selection

FORMS = ("equation", "align", "inline")
UNITS = {"pt": 1.0, "mm": 72.27 / 25.4, "cm": 72.27 / 2.54, "in": 72.27, "em": 10.0}
NARROWEST, COLUMN, WIDEST = 100.0, 345.0, 10_000.0  # pt; a column is a line of an A4 article
NOTE = f"""A file that was edited since, or that is not ours, is left alone, is named, and makes the exit status 2.

{STATUSES}"""


def parse_width(ctx: click.Context, parameter: click.Parameter, text: str) -> float:
    """``345pt``, ``12cm``, ``34em`` in pt."""
    text = text.strip()
    unit = next((unit for unit in UNITS if text.endswith(unit)), "")
    number = text.removesuffix(unit).strip()
    plain = number.isascii() and len(number) < 12 and number.replace(".", "", 1).isdigit()
    if not unit or not plain:
        raise click.BadParameter(f"{text!r} is not a width: expected a number of {', '.join(UNITS)}, as in 345pt")
    width = float(number) * UNITS[unit]
    if not NARROWEST <= width <= WIDEST:
        raise click.BadParameter(f"{text} is {width:g} pt: expected {NARROWEST:g} to {WIDEST:g} pt")
    return width


@dataclass(frozen=True)
class Known:
    """Where verdicts come from: a check that is run now, or a report of one."""

    stamp: bool
    report: Path | None
    seed: int | None
    draws: int | None

    def require(self) -> None:
        if self.stamp and self.report is not None:
            raise click.UsageError("--stamp checks now, --from-json reads an earlier check: expected one of them")
        if not self.stamp and (self.seed is not None or self.draws is not None):
            raise click.UsageError("--seed and --draws are of a check: expected --stamp with them")


@click.command("latex", short_help="Write formulas for a paper.", epilog=f"{TARGETS}\n\n{NOTE}")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write to; made where it is missing.",
              type=click.Path(file_okay=False, path_type=Path))
@click.option("--profile", type=click.Choice(PROFILES), default="paper", show_default=True, help="The notation.")
@click.option("--form", type=click.Choice(FORMS), default="equation", show_default=True,
              help="One numbered equation, the same open to page breaks, or a formula in a line of text.")
@click.option("--width", callback=parse_width, default=f"{COLUMN:g}pt", show_default=True, metavar="WIDTH",
              help="Of a line of the paper, where its letters have 10 pt; in another size give em.")
@click.option("--macros", is_flag=True, help="In macros, which notation.sty defines; it is written too.")
@click.option("--mark", is_flag=True, help="The verdict in the margin, by notation.sty.")
@click.option("--stamp", is_flag=True, help="Check now, and put the verdict into each file's stamp.")
@click.option("--from-json", "report", metavar="FILE", type=click.Path(path_type=Path),
              help="Take the verdicts from a report of 'check --json' on the same claims.")
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="Of the draws of --stamp; 0 by default.")
@click.option("--draws", type=click.IntRange(min=1), metavar="N", help="Random draws of --stamp, at the main size.")
@click.option("--document", is_flag=True, help="A whole document instead: derivations.tex.")
@click.option("--pdf", is_flag=True, help="The document, and its PDF, by pdflatex or typst.")
@click.option("--force", is_flag=True, help="Replace files that were edited, or are not ours.")
def latex(targets: tuple[str, ...], output: Path, profile: str, form: str, width: float, macros: bool, mark: bool,
          stamp: bool, report: Path | None, seed: int | None, draws: int | None, document: bool, pdf: bool,
          force: bool) -> None:
    """Write a fragment ID.tex for each claim and definition, for a paper to \\input.

    Each has a label eq:ID and, in a comment, a stamp: what is known of it, from which check, and a hash of what it
    means. Without a check a claim is stamped as not checked, unless its file has the verdict of an earlier check of
    the same claim by the same version.
    """
    from derivations.latex.fragments import Sheet

    known = Known(stamp, report, seed, draws)
    known.require()
    if (document or pdf) and (macros or mark or form != "equation" or width != COLUMN):
        raise click.UsageError("--document sets its own formulas: --form, --width, --macros and --mark are for "
                               "fragments")
    selection = selected(targets)
    if not selection.items:
        raise Refused(f"{' '.join(targets)} has nothing to write")
    folder(output)
    run = verdicts(selection, known)
    sheet = Sheet(profile, form, width, macros, mark)
    refused = whole(selection.items, sheet, output, run, pdf, force) if document or pdf else \
        fragments(selection.items, sheet, output, run, force)
    for reason in refused:
        click.echo(reason, err=True)
    if refused:
        sys.exit(Refused.exit_code)
    sys.exit(EXPECTED if run is None else exit_status(run, empty=False))


def folder(output: Path) -> None:
    """The folder, before anything is checked: what can be known is said before."""
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{error.filename or output}: {error.strerror}") from error


def verdicts(selection: Selection, known: Known) -> Run | None:
    """What is known of the claims; nothing where no check was asked for."""
    if known.report is not None:
        from derivations.report.reread import run_of

        return run_of(known.report, selection.claims)
    if not known.stamp or not selection.claims:
        return None
    from numeric.batch import Request, run

    finished = run(selection, Request(seed=known.seed or 0, draws=known.draws, timing=False))
    if finished.interrupted:
        click.echo("interrupted: nothing was written", err=True)
        sys.exit(INTERRUPTED)
    if finished.controls:
        click.echo("\n".join([*finished.controls, "the checker contradicts itself: nothing was written"]), err=True)
        sys.exit(BROKEN)
    return finished


# ---- fragments


def fragments(items: Sequence[Item], sheet: Sheet, output: Path, run: Run | None, force: bool) -> list[str]:
    """Write a file for each item; why some were not written."""
    from derivations.latex.fragments import fragment_on
    from derivations.latex.sty import NAME, notation_sty
    from derivations.latex.written import put

    names = {f"{item.id}.tex": item for item in items}
    refused = clashing(names, output)
    left = {name for group in refused for name in group}
    reasons = [f"{', '.join(group)}: one file in {output}, where upper and lower case are one; write one of them at a "
               "time, each to a folder of its own" for group in refused]
    for name, item in names.items():
        if name in left:
            continue
        path = output / name
        made = fragment_on(sheet, item, stamp_of(item, path, run))
        if made.excess:
            click.echo(f"{path}: {made.excess:.0f} pt wider than the line, and has no term to break it at", err=True)
        reasons += report_of(path, put(path, made.text, force=force))
    if sheet.macros or sheet.mark:
        reasons += report_of(output / NAME, put(output / NAME, notation_sty(sheet.profile), force=force))
    return reasons


def clashing(names: Sequence[str] | dict[str, Item], output: Path) -> list[list[str]]:
    """Names that would be one file here; names that would be one elsewhere are told."""
    from derivations.latex.written import clashes

    try:
        alike, here = clashes(names, output)
    except OSError as error:
        raise Refused(f"{output}: {error.strerror}") from error
    for group in alike:
        if not here:
            click.echo(f"{', '.join(group)}: one file on a system that does not tell upper from lower case", err=True)
    return alike if here else []


def report_of(path: Path, reason: str) -> list[str]:
    """The path on stdout where the file is as it should be, else the reason."""
    if not reason:
        click.echo(path)
    return [reason] if reason else []


def stamp_of(item: Item, path: Path, run: Run | None) -> Stamp:
    """The stamp of an item: the verdict of the run, else that of an earlier file on the same claim by this version."""
    from dataclasses import replace

    from derivations.claim import Claim
    from derivations.latex.fragments import unchecked
    from derivations.latex.written import earlier

    blank = unchecked(item)
    if not isinstance(item, Claim):
        return blank
    found = next((v for v in run.verdicts if v.claim.id == item.id), None) if run is not None else None
    if run is not None and found is not None:
        return replace(blank, verdict=found.status.value, seed=run.seed)
    before = earlier(path)
    if before is None or (before.id, before.meaning, before.version) != (blank.id, blank.meaning, blank.version):
        return blank
    return replace(blank, verdict=before.verdict, seed=before.seed)


# ---- a whole document


def whole(items: Sequence[Item], sheet: Sheet, output: Path, run: Run | None, pdf: bool, force: bool) -> list[str]:
    """Write the document, and its PDF; why they were not written."""
    from dataclasses import replace

    from derivations.latex.pdf import pdf as made_pdf
    from derivations.latex.written import is_ours, put, put_bytes
    from derivations.report.manuscript import manuscript
    from derivations.report.manuscript_tex import LINE, NAME, manuscript_tex
    from derivations.report.manuscript_typst import manuscript_typst

    path, picture = output / NAME, (output / NAME).with_suffix(".pdf")
    if pdf and picture.exists() and not force and not is_ours(path):
        return [f"{picture}: it is not made from a {NAME} of ours, and is left as it is; --force replaces it, another "
                "-o leaves it"]
    blocks = manuscript(items, replace(sheet, width=LINE), run)
    source = manuscript_tex(blocks)
    refused = report_of(path, put(path, source, force=force))
    if refused or not pdf:
        return refused
    return report_of(picture, put_bytes(picture, made_pdf(source, lambda: manuscript_typst(blocks))))
