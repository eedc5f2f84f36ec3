"""The command line. SymPy and JAX are imported inside commands, where they are needed: ``--help`` pays for neither."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derivations.errors import DerivationError
from derivations.version import __version__

if TYPE_CHECKING:
    from derivations.claim import Claim, Definition, Remark
    from derivations.report.run import Run
    from numeric.collect import Selection

RUNGS = ("proof", "exact", "sweep")
PROFILES = ("article", "paper")
EXPECTED, CONTRARY, BAD_INPUT, OPEN, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 130

STATUSES = """\b
Exit status:
  0    every claim is as expected
  1    some claim is contrary to expectation
  2    bad command line or input, a target that selects nothing included
  3    no claim is contrary, but some are undecided or vacuous, or a file has no claims
  4    the checker contradicts itself, or fails
  130  interrupted; what was finished is reported
"""
TARGETS = """A TARGET is an id, which selects itself alone; a family, such as lstm; a glob pattern over ids; a file,
with a folder or the suffix .py; or FILE::ID."""


class Refused(click.ClickException):
    """Bad input: one message, which begins with file and line where they are known, and no traceback."""

    exit_code = BAD_INPUT

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=file is None)


class Commands(click.Group):
    """The commands, with one place where errors end as messages."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DerivationError as error:
            raise Refused(str(error)) from error
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # whatever is left is our fault, and says where
            click.echo(internal_error(error), err=True)
            ctx.exit(BROKEN)


def internal_error(error: Exception) -> str:
    """An error of the checker in one line, with the place that raised it."""
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)
    at = f" at {'/'.join(Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno}" if frames else ""
    return f"internal error: {type(error).__name__}: {' '.join(str(error).split())}{at}"


@click.group(cls=Commands, epilog=STATUSES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="derivations", prog_name="derivations")
def main() -> None:
    """Check mathematical derivations: every equation gets a verdict, with evidence."""


def selected(targets: Sequence[str]) -> Selection:
    """What the targets select. What an author's file prints is a diagnostic, not our output."""
    from numeric.collect import select

    with redirect_stdout(sys.stderr):
        return select(targets)


# ---- list, show, latex


@main.command("list", short_help="Print ids, one a line.", epilog=TARGETS)
@click.argument("pattern", required=False)
@click.option("--definitions", is_flag=True, help="Definitions too.")
def list_(pattern: str | None, definitions: bool) -> None:
    """Print the ids of claims, one a line: those that PATTERN selects, or all that is shipped."""
    selection = selected([pattern] if pattern is not None else [])
    items = selection.items if definitions else selection.claims
    if not items:
        raise Refused(f"{pattern} selects definitions alone: --definitions lists them" if selection.definitions
                      else f"{pattern} has no claims")
    for item in sorted(items, key=lambda item: (item.file, item.line)) if definitions else items:
        click.echo(item.id)


@main.command(epilog=TARGETS)
@click.argument("target")
@click.option("--proof", "with_proof", is_flag=True, help="The proof of each claim, step by step.")
@click.option("--latex", "profile", type=click.Choice(PROFILES), help="The proof in LaTeX, in this notation.")
def show(target: str, with_proof: bool, profile: str | None) -> None:
    """Show what TARGET says: as printed in its source, its reading, its meaning, its range, its source."""
    from rich.text import Text

    from derivations.claim import Claim as AClaim
    from derivations.proof.claims import proof_of
    from derivations.report.console import print_rows, screen
    from derivations.report.page import page
    from derivations.report.proof_page import proof_latex, proof_rows

    console = screen()
    items: tuple[Claim | Definition | Remark, ...] = selected([target]).items
    if not items:
        raise Refused(f"{target} has nothing to show")
    for position, item in enumerate(items):
        headline, rows = page(item)
        if position:
            console.print()
        console.print(Text(headline, "bold"), soft_wrap=True)
        print_rows(console, rows)
        if (with_proof or profile is not None) and isinstance(item, AClaim):
            if profile is None:
                print_rows(console, proof_rows(item, proof_of(item)))
            else:
                click.echo(proof_latex(item, proof_of(item), profile))


@main.command(epilog=TARGETS)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write to; made where it is missing.",
              type=click.Path(file_okay=False, path_type=Path))
@click.option("--profile", type=click.Choice(PROFILES), default="paper", show_default=True, help="The notation.")
def latex(targets: tuple[str, ...], output: Path, profile: str) -> None:
    """Write a fragment ID.tex for each claim and definition, for a paper to \\input."""
    from derivations.latex import fragment

    items: tuple[Claim | Definition | Remark, ...] = selected(targets).items
    if not items:
        raise Refused(f"{' '.join(targets)} has nothing to write")
    try:
        output.mkdir(parents=True, exist_ok=True)
        for item in items:
            path = output / f"{item.id}.tex"
            path.write_text(fragment(item, profile), encoding="utf-8")
            click.echo(path)
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}") from error


# ---- check


def parse_sizes(ctx: click.Context, parameter: click.Parameter, text: str | None) -> dict[str, int]:
    """``n=3,m=2`` as numbers from 1 on."""
    sizes: dict[str, int] = {}
    for part in text.split(",") if text is not None else ():
        name, _, number = map(str.strip, part.partition("="))
        if not name.isidentifier() or not re.fullmatch("-?[0-9]{1,9}", number):
            raise click.BadParameter(f"{part!r} is not a size: expected a dimension and a whole number, as in n=3,m=2")
        if int(number) < 1:
            raise click.BadParameter(f"{part.strip()}: a size is 1 or more")
        if name in sizes:
            raise click.BadParameter(f"{name} is given twice")
        sizes[name] = int(number)
    return sizes


def parse_evidence(ctx: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    """Rungs of the ladder, in its order."""
    asked = [word.strip() for word in text.split(",")]
    for word in asked:
        if word not in RUNGS:
            raise click.BadParameter(f"{word!r} is no evidence: expected some of {','.join(RUNGS)}")
    return tuple(rung for rung in RUNGS if rung in asked)


@main.command(epilog=f"{TARGETS}\n\n{STATUSES}")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--draws", type=click.IntRange(min=1), metavar="N", help="Random draws for each claim's main size.")
@click.option("--sizes", callback=parse_sizes, metavar="n=3,m=2", help="Sizes to check at; others are chosen.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S", help="Of the draws.")
@click.option("--evidence", callback=parse_evidence, default=",".join(RUNGS), show_default=True, metavar="KINDS",
              help="Which evidence to gather.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, and nothing else.")
@click.option("--no-timing", is_flag=True, help="Leave out seconds: the same seed gives the same bytes.")
@click.option("-q", "--quiet", is_flag=True, help="Only what is not as expected, and the summary.")
@click.option("-v", "--verbose", is_flag=True, help="What every rung of the ladder found.")
def check(targets: tuple[str, ...], draws: int | None, sizes: dict[str, int], seed: int, evidence: tuple[str, ...],
          as_json: bool, no_timing: bool, quiet: bool, verbose: bool) -> None:
    """Check claims: those that the TARGETs select, or all that are shipped."""
    from numeric.batch import Request, run

    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose ask for opposite things")
    selection = selected(targets)
    if not selection.claims and not selection.empty:
        raise Refused(f"{' '.join(targets)} selects definitions alone: there is nothing to check in a definition")
    for file in selection.empty:
        click.echo(f"{file}: no claims: expected a Model at module level, with claims", err=True)
    request = Request(seed=seed, draws=draws, sizes=sizes, evidence=evidence, timing=not no_timing,
                      command=command(targets, seed, draws, sizes, evidence))
    finished = run(selection, request, progress=not (quiet or as_json))
    write(finished, as_json=as_json, level=0 if quiet else 2 if verbose else 1)
    sys.exit(exit_status(finished, empty=bool(selection.empty)))


@main.command(epilog=f"""{TARGETS}

\b
Exit status:
  0  no variant survived
  1  some wrong variant was neither refuted nor shown equivalent""")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S", help="Of the draws.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N variants of each side.")
@click.option("-v", "--verbose", is_flag=True, help="The variants that are equivalent, too.")
def mutate(targets: tuple[str, ...], seed: int, sample: int | None, verbose: bool) -> None:
    """Make wrong variants of every equality that holds, and see whether each is refuted."""
    from derivations.report.scores import print_scores
    from numeric.batch import mutation

    selection = selected(targets)
    finished, interrupted = mutation(selection, seed, sample)
    if not finished and not interrupted:
        raise Refused(f"{' '.join(targets) or 'what is shipped'} has no equality that holds: there is nothing to vary")
    print_scores(finished, seed=seed, verbose=verbose)
    sys.exit(INTERRUPTED if interrupted else CONTRARY if any(score.survivors for score in finished) else EXPECTED)


def command(targets: Sequence[str], seed: int, draws: int | None, sizes: dict[str, int],
            evidence: Sequence[str]) -> str:
    """The command that repeats a run, from the same folder."""
    from numeric.collect import from_here

    words = ["derivations", "check", *map(from_here, targets), "--seed", str(seed)]
    if draws is not None:
        words += ["--draws", str(draws)]
    if sizes:
        words += ["--sizes", ",".join(f"{name}={size}" for name, size in sizes.items())]
    if tuple(evidence) != RUNGS:
        words += ["--evidence", ",".join(evidence)]
    return shlex.join(words)


def write(finished: Run, *, as_json: bool, level: int) -> None:
    """The report on stdout."""
    from derivations.report.console import Level, print_report, screen
    from derivations.report.record import to_json

    if as_json:
        click.echo(to_json(finished).encode(), nl=False)  # JSON is UTF-8 whatever the terminal is
        if finished.interrupted:
            click.echo("interrupted: the report is partial", err=True)
    elif finished.selected:
        print_report(screen(), finished, Level(level))


def exit_status(finished: Run, *, empty: bool) -> int:
    """One number for a run; ``empty``: a file that was asked for has no claims."""
    from derivations.report.run import Outcome, outcomes

    found = outcomes(finished)
    if finished.interrupted:
        return INTERRUPTED
    if found[Outcome.BROKEN] or finished.controls:
        return BROKEN
    if found[Outcome.CONTRARY]:
        return CONTRARY
    return OPEN if found[Outcome.OPEN] or empty else EXPECTED
