"""What is wrong in a run, as editors and code hosts show it beside a line: GitHub's commands, and SARIF.

SARIF 2.1.0 (OASIS, 2020): results for what is contrary to expectation, not decided or not read, none for what is as
expected. Lines and columns count from 1, in characters. A place in a notebook is a cell and a line in it, which no line
of its file is: it stands in the message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from derivations.latex.reader.account import Account, Kind
from derivations.latex.reader.passages import Place
from derivations.report import papers
from derivations.report.places import located, place
from derivations.report.run import Outcome, Run, outcome
from derivations.report.story import Row, story
from derivations.verdict import Verdict
from derivations.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RULES = {
    "contrary": "An equation is contrary to what its author expects.",
    "open": "An equation is not decided, or its evidence could not have failed.",
    "not-read": "An equation of a document is not read.",
    "problem": "A document cannot be made sense of at this place.",
    "broken": "The checker contradicts itself.",
    "no-claims": "No equation of a document makes a claim: nothing was checked.",
}
VERDICTS = {Outcome.CONTRARY: ("contrary", "error"), Outcome.BROKEN: ("broken", "error"),
            Outcome.OPEN: ("open", "warning")}


@dataclass(frozen=True)
class Span:
    """Where something stands; a line or column of 0 is not known."""

    file: str
    line: int = 0
    column: int = 0
    last: tuple[int, int] = (0, 0)  # line and column behind its end

    @classmethod
    def at(cls, where: Place) -> Span:
        return cls(place(where.file)) if where.cell else cls(place(where.file), where.line, where.column)

    @classmethod
    def of(cls, account: Account) -> Span:
        """The whole of an equation."""
        statement = account.statement
        begin = cls.at(statement.at)
        if statement.tree is None or not begin.line:
            return begin
        end = statement.passage.place(statement.tree.end)
        return cls(begin.file, begin.line, begin.column, (end.line, end.column))


@dataclass(frozen=True)
class Annotation:
    """One thing that is wrong, with its place."""

    rule: str
    level: str
    span: Span
    title: str
    message: str


def noted(run: Run) -> list[Annotation]:
    """What is wrong in a run: its verdicts in their order, then its documents."""
    return [*_broken(run), *_verdicts(run), *_documents(run)]


def _broken(run: Run) -> Iterator[Annotation]:
    for failure in run.controls:
        yield Annotation("broken", "error", Span(""), "the checker itself is broken", failure)


def _verdicts(run: Run) -> Iterator[Annotation]:
    accounts = {(id(account.claim.model), account.claim.id): account for document in run.documents
                for account in document.accounts if account.claim is not None}
    for verdict in run.verdicts:
        if outcome(verdict) in VERDICTS:
            claim = verdict.claim
            account = accounts.get((id(claim.model), claim.id))
            name = papers.name(account) if account else f"{located(claim.file, claim.line)}: {claim.id}"
            span = Span.of(account) if account else Span(place(claim.file), claim.line)
            yield Annotation(*VERDICTS[outcome(verdict)], span, f"{name}: {verdict.status}", _told(verdict, run.seed))


def _told(verdict: Verdict, seed: int) -> str:
    return "\n".join(_row(row) for row in story(verdict, seed))


def _row(row: Row) -> str:
    return f"{row.label}: {row.text}" if row.label else row.text


def _documents(run: Run) -> Iterator[Annotation]:
    for document in run.documents:
        for message, at in document.problems:
            yield Annotation("problem", "warning", Span.at(at), f"{papers.located(at)}: not understood", message)
        for account in document.of(Kind.NOT_READ):
            yield Annotation("not-read", "warning", Span.at(account.place), f"{papers.name(account)}: not read",
                             account.reason)
    for document in papers.claimless(run.documents):
        yield Annotation("no-claims", "warning", Span(place(document.file)), f"{place(document.file)}: no claims",
                         f"nothing was checked: {papers.tally(document)}")


# ---- GitHub


def github(run: Run) -> str:
    """Workflow commands of GitHub Actions, one a line."""
    return "".join(f"::{a.level} {','.join(_properties(a))}::{_data(a.message)}\n" for a in noted(run))


def _properties(a: Annotation) -> Iterator[str]:
    (line, column) = a.span.last
    if a.span.file:
        yield f"file={_property(a.span.file)}"
    if a.span.line:
        yield f"line={a.span.line}"
        # GitHub takes columns only of what ends on the line on which it begins
        yield from (f"endLine={line}",) if line > a.span.line else ()
        yield from (f"col={a.span.column}",) if a.span.column and line in (0, a.span.line) else ()
        yield from (f"endColumn={column}",) if line == a.span.line else ()
    yield f"title={_property(a.title)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# ---- SARIF


def sarif(run: Run) -> str:
    """A log of one run."""
    driver = {"name": "derivations", "version": __version__,
              "rules": [{"id": id, "shortDescription": {"text": words}} for id, words in RULES.items()]}
    results = [{"ruleId": a.rule, "ruleIndex": [*RULES].index(a.rule), "level": a.level,
                "message": {"text": f"{a.title}\n{a.message}"},
                **({"locations": [{"physicalLocation": _location(a.span)}]} if a.span.file else {})}
               for a in noted(run)]
    whole = not run.interrupted and not run.controls
    log = {"$schema": SCHEMA, "version": "2.1.0",
           "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results,
                     "invocations": [{"executionSuccessful": whole}]}]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _location(span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column, "endLine": span.last[0], "endColumn": span.last[1]}
    known = {name: number for name, number in region.items() if number}
    return {"artifactLocation": {"uri": quote(span.file)}, **({"region": known} if span.line else {})}
