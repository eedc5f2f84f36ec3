"""A run on the terminal: a line a claim, the story of what is refuted or open beneath it, a summary.

Lines are laid out here and never cut at an id. Where the equation has too little room beside the rest, it stands on a
line of its own.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from enum import IntEnum
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from derivations.latex.reader.account import Account, Document, Kind
from derivations.report import papers
from derivations.report.places import place
from derivations.report.run import Outcome, Run, outcome, outcomes, statuses
from derivations.report.story import COMMAND, READING, Row, evidence_rows, has_story, story
from derivations.report.words import MARKS, counts, equation, plural, readings
from derivations.verdict import Verdict

ROOM = 40  # cells below which an equation moves to a line of its own
INDENT, GAP = 4, "  "
STYLES = {Outcome.EXPECTED: "green", Outcome.CONTRARY: "bold red", Outcome.OPEN: "yellow",
          Outcome.BROKEN: "bold magenta"}


class Level(IntEnum):
    """How much is told."""

    QUIET = 0  # what is not as expected, and the summary
    NORMAL = 1
    VERBOSE = 2  # what every rung of the ladder found


class Widths(NamedTuple):
    """The columns of a table of verdicts, in cells."""

    id: int
    equation: int  # 0: on a line of its own
    status: int
    range: int


def screen() -> Console:
    """Standard output; its own width and colours on a terminal, plain text of 80 columns elsewhere."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if "utf" not in encoding.lower() and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter that cannot be shown must not end the report
    return Console(highlight=False)


def print_report(console: Console, run: Run, level: Level = Level.NORMAL) -> None:
    """Print the report of a run."""
    in_documents = {id(model) for document in run.documents for model in document.models}
    for document in run.documents:
        _print_document(console, document, run, level)
    shown = [v for v in run.verdicts if (level > Level.QUIET or outcome(v) != Outcome.EXPECTED)
             and id(v.claim.model) not in in_documents]
    for _, group in groupby(shown, key=lambda verdict: id(verdict.claim.model)):
        _print_model(console, list(group), run, level)
    _print_summary(console, run)


def _print_model(console: Console, verdicts: list[Verdict], run: Run, level: Level) -> None:
    model = verdicts[0].claim.model
    heading = " · ".join(filter(None, [model.title, model.source, place(model.file)]))
    _line(console, Text.assemble((model.name, "bold"), GAP, (heading, "dim")))
    widths = _widths(console, verdicts)
    for verdict in verdicts:
        rows = story(verdict, run.seed) if has_story(verdict) else []
        whole = _print_verdict(console, verdict, widths, level, told=any(row.label == READING for row in rows))
        print_story(console, [row for row in rows if not (whole and row.label == READING)])
        if level == Level.VERBOSE:
            rows = evidence_rows(verdict, timing=run.seconds is not None)
            print_rows(console, rows, "dim")
    console.print()


def _print_document(console: Console, document: Document, run: Run, level: Level) -> None:
    """Every equation of a document, in its order: a verdict, a definition, or why it is not read."""
    verdicts = papers.verdicts_of(document, run.verdicts)
    _line(console, Text.assemble((place(document.file), "bold"), GAP, (papers.tally(document), "dim")))
    if any(account.kind is Kind.CLAIM for account in document.accounts):
        print_rows(console, [Row("derivatives", document.layout)], "dim")
    for message, at in document.problems:
        _line(console, Text.assemble(("! ", "yellow"), f"{papers.located(at)}: ", (message, "yellow")))
    for account in document.accounts:
        verdict = None if account.claim is None else verdicts.get(account.claim.id)
        if verdict is not None:
            _print_equation(console, account, verdict, run, level)
        elif account.claim is not None:
            if level > Level.QUIET or not account.unchanged:
                _line(console, Text.assemble(("· ", "dim"), (papers.name(account), "bold"), GAP,
                                             (papers.unmet(account), "dim")))
        elif _is_told(account, level):
            style = "yellow" if account.kind is Kind.NOT_READ else "dim"
            mark = "?" if account.kind is Kind.NOT_READ else "·"
            _line(console, Text.assemble((mark, style), " ", (papers.name(account), "bold"), GAP,
                                         (account.kind.value, style)))
            print_rows(console, [Row("", words) for words in [papers.said(account)] if words])
    console.print()


def _is_told(account: Account, level: Level) -> bool:
    """What is not read is always told; declarations and asides when everything is asked for."""
    if account.kind is Kind.NOT_READ:
        return True
    return level == Level.VERBOSE or (level == Level.NORMAL and account.kind not in papers.SILENT)


def _print_equation(console: Console, account: Account, verdict: Verdict, run: Run, level: Level) -> None:
    kind = outcome(verdict)
    if level == Level.QUIET and kind == Outcome.EXPECTED:
        return
    _line(console, Text.assemble((MARKS[kind], STYLES[kind]), " ", (papers.name(account), "bold"), GAP,
                                 (verdict.status.value, STYLES[kind]), GAP, verdict.range, GAP,
                                 (counts(verdict), "dim")))
    rows = story(verdict, run.seed) if has_story(verdict) else []
    in_story = any(row.label == READING for row in rows)
    told = [] if in_story else [Row(READING, words) for words in readings(verdict.claim)]
    read_as = [Row("read as", "; ".join(verdict.claim.read_as))] if verdict.claim.read_as and told else []
    notes = [Row("", words) for words in account.said]
    print_rows(console, [*told, *read_as, *notes, *rows])
    if level == Level.VERBOSE:
        print_rows(console, evidence_rows(verdict, timing=run.seconds is not None), "dim")


def _widths(console: Console, verdicts: Iterable[Verdict]) -> Widths:
    def widest(words: Iterable[str]) -> int:
        return max(map(cell_len, words))

    id_, status = widest(v.claim.id for v in verdicts), widest(v.status for v in verdicts)
    range_, tail = widest(v.range for v in verdicts), widest(map(counts, verdicts))
    longest = widest(equation(v.claim) for v in verdicts)
    room = console.width - (2 + id_ + status + range_ + tail + 4 * len(GAP))
    return Widths(id_, min(room, longest) if room >= min(ROOM, longest) else 0, status, range_)


def _print_verdict(console: Console, verdict: Verdict, widths: Widths, level: Level, *, told: bool) -> bool:
    """The line of a verdict, and its equation unless its story has told it; whether the equation was shown whole."""
    style = STYLES[outcome(verdict)]
    # who asks for everything gets the whole equation, on lines of its own
    inline = widths.equation and level < Level.VERBOSE
    line = Text.assemble((MARKS[outcome(verdict)], style), " ", _cell(verdict.claim.id, widths.id, "bold"))
    if inline:
        line.append(GAP).append_text(_cell(equation(verdict.claim), widths.equation))
    line.append(GAP).append_text(_cell(verdict.status.value, widths.status, style))
    if widths.range:
        line.append(GAP).append_text(_cell(verdict.range, widths.range))
    line.append(GAP).append(counts(verdict), "dim")
    _line(console, line)
    if told or inline:
        return bool(inline) and cell_len(equation(verdict.claim)) <= widths.equation
    if level == Level.VERBOSE:
        print_rows(console, [Row("", reading) for reading in readings(verdict.claim)])
    else:
        _line(console, Text(" " * INDENT) + _cell(equation(verdict.claim), console.width - INDENT))
    return True


def _cell(words: str, width: int, style: str = "") -> Text:
    """Words in exactly this many cells."""
    cell = Text(words, style)
    cell.truncate(width, overflow="ellipsis", pad=True)
    return cell


def _line(console: Console, line: Text) -> None:
    """One line, longer than the screen where it must be."""
    line.rstrip()
    console.print(line, soft_wrap=True)


# ---- stories


def print_story(console: Console, rows: list[Row]) -> None:
    """The story of a verdict beneath its line."""
    print_rows(console, rows[:1], "italic")
    print_rows(console, rows[1:])


def print_rows(console: Console, rows: list[Row], style: str = "") -> None:
    """Labelled rows, indented; what is too long goes on beneath itself. A label is not repeated."""
    width = max([cell_len(row.label) for row in rows], default=0)
    room = max(console.width - INDENT - width - len(GAP), ROOM)
    last = ""
    for label, words in rows:
        text = Text(words, style)
        # a command is there to be copied: it is never broken
        for line in [text] if label == COMMAND else text.wrap(console, room, overflow="fold"):
            head = _cell(label if label != last else "", width, "dim") + Text(GAP if width else "")
            _line(console, Text.assemble(" " * INDENT, head, line))
            last = label


# ---- the summary


def _print_summary(console: Console, run: Run) -> None:
    found = ", ".join(f"{status} {count}" for status, count in statuses(run).items())
    total = plural(len(run.verdicts), "claim")
    _line(console, Text.assemble((total + (f": {found}" if found else ""), "bold")))
    for kind, count in sorted(outcomes(run).items(), key=lambda item: [*Outcome].index(item[0])):
        words = f"{MARKS[kind]} {'all' if count == run.selected > 1 else count} {kind}"
        _line(console, Text(words, STYLES[kind]))
    if missing := papers.unread(run.documents):
        _line(console, Text(f"? {plural(len(missing), 'equation')} not read", "yellow"))
    if wrong := papers.problems(run.documents):
        _line(console, Text(f"! {plural(len(wrong), 'problem')} of documents: see above", "yellow"))
    for failure in run.controls:
        _line(console, Text(f"the checker itself is broken: {failure}", "bold red"))
    if run.interrupted:
        left = run.selected - len(run.verdicts)
        _line(console, Text(f"interrupted: {plural(left, 'claim')} of {run.selected} not checked", "bold yellow"))
    clock = [f"{run.seconds:.1f} s"] if run.seconds is not None else []
    _line(console, Text(" · ".join([f"seed {run.seed}", f"{run.draws:,} draws a claim", *clock]), "dim"))
    _line(console, Text.assemble((f"again: {run.command}", "dim")))
