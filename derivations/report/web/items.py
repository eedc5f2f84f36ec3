"""What a page says of each claim, definition and remark: the words of the terminal's report, the formulas as MathML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup, escape

from derivations.claim import Claim, Definition, Remark
from derivations.latex import latex, text
from derivations.report.page import lets, meanings, page
from derivations.report.places import again
from derivations.report.proof_page import ProofStep
from derivations.report.run import Outcome, Run, outcome
from derivations.report.story import NONE, READING, Row, has_story, whole_story
from derivations.report.told import Mended, Told
from derivations.report.web.graph import at_fault
from derivations.report.web.mathml import mathml, printed
from derivations.report.words import MARKS, counts, equation, evidence_parts, headline
from derivations.verdict import Status, Verdict

SIGNS = {Status.PROVED: "∎", Status.AGREES: "≈", Status.REFUTED: "≠", Status.UNDECIDED: "?", Status.VACUOUS: "∅"}
GROUPS = {Status.PROVED: "holds", Status.AGREES: "holds", Status.REFUTED: "fails", Status.UNDECIDED: "undecided",
          Status.VACUOUS: "undecided"}
WORDS = {
    Status.PROVED: "a proof, for every size and every step of the stated range",
    Status.AGREES: "numbers alone: no difference was found in the draws that are counted beside it",
    Status.REFUTED: "a counterexample, confirmed with rigorous arithmetic, or shapes that do not fit",
    Status.UNDECIDED: "neither a proof nor a counterexample; the reason stands beside it",
    Status.VACUOUS: "there was evidence, but it could not have failed",
}
LONG = 400  # letters of LaTeX in a formula that is not drawn twice in one proof
ELSEWHERE = {"printed", "LaTeX", "reading", "where", "meaning", "sentence"}  # rows that a page shows in other places
AT_FAULT = {"", "reason", "printed", READING, "read as", "witness", "repair", "path", "cases", "source", "file",
            "again"}  # likewise


class Rung(NamedTuple):
    """The evidence of one rung."""

    method: str
    outcome: Status
    detail: str
    counts: str


class Shown(NamedTuple):
    """A step of a proof, its formulas drawn."""

    rule: str
    formulas: tuple[tuple[str, Markup], ...]
    note: str
    about: str


@dataclass(frozen=True)
class Repair:
    """What to change; and where that gives a formula, this, with the verdict on it."""

    words: str
    formula: Markup | None = None
    mended: Mended | None = None
    sign: str = ""


@dataclass(frozen=True)
class Proved:
    """A proof to unfold, or what an attempt left over."""

    done: bool
    detail: str
    steps: tuple[Shown, ...]


@dataclass(frozen=True)
class Item:
    """A definition or remark; and what every claim has too."""

    id: str
    kind: str
    line: int
    printed: Markup
    reading: Markup
    where: tuple[Markup, ...] = ()
    facts: tuple[Row, ...] = ()
    latex: str = ""
    search: str = ""
    meanings: tuple[str, ...] = ()
    choices: str = ""  # by which an equation of a document was read
    claim: Checked | None = None


@dataclass(frozen=True)
class Checked:
    """What is said of a claim that was checked."""

    status: Status
    sign: str
    group: str
    outcome: Outcome
    mark: str
    headline: str
    range: str
    counts: str
    reason: str
    evidence: tuple[Rung, ...]
    fault: tuple[Row, ...]  # of the counterexample
    paths: tuple[str, ...]
    graph: Markup
    repair: Repair | None
    cases: tuple[tuple[str, str, Status], ...]
    proof: Proved | None
    trouble: str
    command: str


SCRIPT = re.compile(r"[_^](?:(\([^()]*\)|[-−]?[\w•⊤ᵀ]+)|(?=\{))")


def lowered(words: str) -> Markup:
    """Words with the subscripts and superscripts that plain text writes as ``c_1``, ``W^(1)`` and ``ρ^{k-1}``."""
    out, at = Markup(""), 0
    for found in SCRIPT.finditer(words):
        end = found.end() if found[1] else _closed(words, found.end())
        if found.start() < at or not end:  # inside another, or never closed
            continue
        inside = escape(found[1]) if found[1] else lowered(words[found.end() + 1:end - 1])
        tag = "sub" if found[0][0] == "_" else "sup"
        out += words[at:found.start()] + Markup(f"<{tag}>") + inside + Markup(f"</{tag}>")
        at = end
    return out + words[at:]


def _closed(words: str, at: int) -> int:
    """Behind the brace that closes the one here; 0 where none does."""
    depth = 0
    for k in range(at, len(words)):
        depth += {"{": 1, "}": -1}.get(words[k], 0)
        if depth == 0:
            return k + 1
    return 0


def described(item: Claim | Definition | Remark, profile: str) -> Item:
    """What there is to say before it is checked."""
    expressions = () if isinstance(item, Remark) else item.expressions if isinstance(item, Claim) else (
        item.left, item.right)
    reading = escape(item.sentence) if isinstance(item, Remark) else mathml(latex(item, profile))
    # a definition shows what it abbreviates
    shown = lets(expressions) if isinstance(item, Claim) else []
    where = tuple(mathml(f"{latex(let, profile)} = {latex(let.body, profile)}") for let in shown)
    facts = tuple(row for row in page(item, profile)[1] if row.label not in ELSEWHERE)
    said = equation(item) if isinstance(item, Claim) else text(item)
    return Item(item.id, item.kind, item.line, printed(item.printed) if item.printed else Markup(""), reading, where,
                facts, "" if isinstance(item, Remark) else latex(item, profile),
                " ".join([item.id, item.kind, said, item.source]).casefold(),
                tuple(dict.fromkeys(meanings(expressions))),
                "; ".join(item.read_as) if isinstance(item, Claim) else "")


def checked(verdict: Verdict, run: Run, mark: str) -> Checked:
    """What there is to say of a verdict; ``mark`` begins the ids of its drawing."""
    told, found = run.told.get(verdict.claim.id, Told()), outcome(verdict)
    return Checked(
        status=verdict.status, sign=SIGNS[verdict.status], group=GROUPS[verdict.status], outcome=found,
        mark=MARKS[found], headline=headline(verdict), range=verdict.range, counts=counts(verdict),
        reason=verdict.reason,
        evidence=tuple(Rung(e.method, e.outcome, *evidence_parts(e, timing=False)[1:]) for e in verdict.evidence),
        fault=tuple(row for row in whole_story(verdict) if row.label not in AT_FAULT) if has_story(verdict) else (),
        paths=verdict.paths, graph=at_fault(verdict.claim.model, verdict.paths, mark),
        repair=_repair(verdict, told), proof=_proof(told), trouble=told.trouble,
        cases=tuple((label, SIGNS[status], status) for label, status in verdict.cases),
        command=again(verdict.claim, verdict.counterexample, run.seed))


def _repair(verdict: Verdict, told: Told) -> Repair | None:
    if not verdict.repair:
        return None
    if told.mended is None or verdict.repair.startswith(NONE):
        return Repair(verdict.repair)
    return Repair(verdict.repair, mathml(told.mended.latex), told.mended, SIGNS[told.mended.status])


def _proof(told: Told) -> Proved | None:
    found = told.proof
    if found is None or not found.steps:
        return None
    return Proved(found.status is Status.PROVED, found.detail, tuple(_steps(found.steps)))


def _steps(steps: tuple[ProofStep, ...]) -> Iterator[Shown]:
    """The steps, drawn; a long formula that stood before is not drawn again."""
    before: dict[str, str] = {}
    for number, step in enumerate(steps, 1):
        formulas = []
        for label, formula in step.formulas:
            formulas.append((label, escape(before[formula]) if formula in before else mathml(formula)))
            if len(formula) > LONG:
                before.setdefault(formula, f"as in step {number}, {label}")
        yield Shown(step.rule, tuple(formulas), step.note, step.about)

