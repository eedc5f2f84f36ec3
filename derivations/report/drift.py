"""What drift found, on the terminal and as JSON. Marks tell what differs; colours only repeat them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console
from rich.text import Text

from derivations.drift.finding import Difference, Finding, Status
from derivations.latex.reader.passages import Place, Problem
from derivations.report.places import from_here
from derivations.version import __version__

VERSION = 1
STYLES = {Status.CHANGED: "bold red", Status.STALE: "bold red", Status.NOT_READ: "yellow", Status.UNKNOWN: "yellow",
          Status.UNDECIDED: "yellow", Status.NOTATION: "green", Status.SAME: "green"}
FINE = (Status.SAME, Status.NOTATION)
MARKS = {"-": ("[-", "-]", "red"), "+": ("{+", "+}", "green")}
INDENT = 4


@dataclass(frozen=True)
class Found:
    """What drift found in documents: a finding an equation, and what is wrong with the documents themselves."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()


def where(place: Place) -> str:
    """The place from the current directory, as editors read it."""
    return str(replace(place, file=from_here(place.file) if place.file else place.file))


def print_drift(console: Console, found: Found, *, quiet: bool = False) -> None:
    """A line an equation, what differs beneath it, and a summary."""
    for finding in found.findings:
        if not (quiet and finding.status in FINE and not finding.notes):
            _print_finding(console, finding)
    for problem in found.problems:
        _line(console, Text.assemble(f"{where(problem.at)}: ", ("not read", "yellow"), f"  {problem.message}"))
    if found.findings:
        _line(console, Text(summary(found)))


def summary(found: Found) -> str:
    """How many equations there are, and what became of them."""
    counts = Counter(finding.status for finding in found.findings)
    total = len(found.findings)
    said = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    return f"{total} {'equation' if total == 1 else 'equations'}: {said}"


def _print_finding(console: Console, finding: Finding) -> None:
    _line(console, Text.assemble(f"{where(finding.place)}: ", (name(finding), "bold"), "  ",
                                 (finding.status.value, STYLES[finding.status])))
    for words in filter(None, (finding.reason, *finding.notes)):
        _line(console, Text(words), INDENT)
    for difference in finding.differences:
        _line(console, Text(": ".join(filter(None, (difference.where, difference.because)))), INDENT)
        for who, sign, formula in (("claim", "-", difference.claim), ("document", "+", difference.document)):
            shown = _marked(difference, sign) if formula else Text("nothing", "italic")
            _line(console, Text.assemble(f"{who:<10}", shown), 2 * INDENT)


def name(finding: Finding) -> str:
    return finding.label or finding.id


def _marked(difference: Difference, sign: str) -> Text:
    """One of the two formulas, with what only it has in marks."""
    opening, closing, colour = MARKS[sign]
    shown = Text()
    for kind, piece in difference.words:
        if kind == "=":
            shown.append(piece)
        elif kind == sign:
            shown.append(f"{opening}{piece}{closing}", colour)
    return shown


def _line(console: Console, line: Text, indent: int = 0) -> None:
    console.print(Text.assemble(" " * indent, line), soft_wrap=True)


# ---- JSON


def to_json(found: Found) -> str:
    """The findings as JSON, version 1: fields may be added, none is renamed or dropped."""
    counts = Counter(finding.status for finding in found.findings)
    return json.dumps({
        "version": VERSION,
        "checker": __version__,
        "equations": [_record(finding) for finding in found.findings],
        "problems": [{"place": where(problem.at), **_at(problem.at), "message": problem.message}
                     for problem in found.problems],
        "counts": {status.value: counts[status] for status in Status},
    }, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id, "label": finding.label or None, "place": where(finding.place), **_at(finding.place),
        "status": finding.status.value, "reason": finding.reason, "notes": list(finding.notes),
        "stale": finding.stale, "verdict_outdated": finding.outdated, "edited": finding.edited,
        "differences": [_difference(difference) for difference in finding.differences],
    }


def _at(place: Place) -> dict[str, Any]:
    return {"file": from_here(place.file) if place.file else "", "cell": place.cell or None, "line": place.line,
            "column": place.column}


def _difference(difference: Difference) -> dict[str, Any]:
    return {"where": difference.where, "claim": difference.claim, "document": difference.document,
            "because": difference.because, "diff": [list(pair) for pair in difference.words]}

