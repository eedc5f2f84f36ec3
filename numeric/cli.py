"""The command line. SymPy and JAX are imported inside commands, where they are needed: ``--help`` pays for neither."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derivations.errors import DerivationError
from derivations.version import __version__
from numeric.figures.command import plot

if TYPE_CHECKING:
    from derivations.claim import Claim, Definition, Remark
    from derivations.latex.reader.account import Account
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
with a folder or the suffix .py, or a document with LaTeX: .tex, .md, .ipynb and their like; FILE::ID, or of a document
FILE::LABEL and FILE::LINE."""


class Refused(click.ClickException):
    """Bad input: one message, which begins with file and line where they are known, and no traceback."""

    exit_code = BAD_INPUT

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=file is None)


# Commands in modules of their own, imported when they are needed.
ELSEWHERE = {
    "check": "numeric.commands.check", "declare": "numeric.commands.declare", "drift": "numeric.commands.drift",
    "latex": "numeric.commands.latex", "report": "numeric.commands.report",
}


class Commands(click.Group):
    """The commands, with one place where errors end as messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is not None or cmd_name not in ELSEWHERE:
            return found
        made: click.Command = getattr(import_module(ELSEWHERE[cmd_name]), cmd_name)
        return made

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


main.add_command(plot)


def selected(targets: Sequence[str]) -> Selection:
    """What the targets select. What an author's file prints is a diagnostic, not our output."""
    from numeric.collect import select

    with redirect_stdout(sys.stderr):
        return select(targets)


# ---- list, show


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
    from derivations.latex.reader.account import Account as AnAccount
    from derivations.proof.claims import proof_of
    from derivations.report.console import print_rows, screen
    from derivations.report.page import page
    from derivations.report.paper_page import account_page
    from derivations.report.proof_page import proof_latex, proof_rows

    console = screen()
    selection = selected([target])
    items: list[Claim | Definition | Remark | Account] = [*selection.items]
    items += [account for document in selection.documents for account in document.accounts
              if account.claim is None and account.definition is None]
    if not items:
        raise Refused(f"{target} has nothing to show")
    for position, item in enumerate(items):
        headline, rows = account_page(item) if isinstance(item, AnAccount) else page(item)
        if position:
            console.print()
        console.print(Text(headline, "bold"), soft_wrap=True)
        print_rows(console, rows)
        if (with_proof or profile is not None) and isinstance(item, AClaim):
            if profile is None:
                print_rows(console, proof_rows(item, proof_of(item)))
            else:
                click.echo(proof_latex(item, proof_of(item), profile))


# ---- check: what it shares with other commands


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


def exit_status(finished: Run, *, empty: bool) -> int:
    """One number for a run; ``empty``: a file that was asked for has no claims."""
    from derivations.report.papers import problems, unread
    from derivations.report.run import Outcome, outcomes

    found = outcomes(finished)
    if finished.interrupted:
        return INTERRUPTED
    if found[Outcome.BROKEN] or finished.controls:
        return BROKEN
    if found[Outcome.CONTRARY]:
        return CONTRARY
    missed = unread(finished.documents) or problems(finished.documents)
    return OPEN if found[Outcome.OPEN] or empty or missed else EXPECTED
