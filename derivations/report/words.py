"""A verdict in words: its mark, its headline, its counts. Never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sympy import S
from sympy.logic.boolalg import Boolean

from derivations.claim import EXISTENCE, Claim
from derivations.latex import text
from derivations.latex.notation import TEXT
from derivations.latex.points import entries
from derivations.latex.relations import assumptions
from derivations.latex.scalars import condition
from derivations.report.record import plain
from derivations.report.run import Outcome, outcome
from derivations.verdict import Evidence, Status, Verdict
from derivations.witness import Point

MARKS = {Outcome.EXPECTED: "✓", Outcome.CONTRARY: "✗", Outcome.OPEN: "?", Outcome.BROKEN: "!"}


def region_words(region: Boolean) -> str:
    """A condition as a mathematician writes it; empty where it is always true."""
    return "" if region == S.true else condition(TEXT, region)


def expectation(claim: Claim) -> str:
    """What its author expects of a claim: ``to hold``, ``to fail where n ≥ 2``."""
    if claim.expect == "holds":
        return "to hold"
    where = region_words(claim.fails)
    return f"to fail where {where}" if where else "to fail always"


def headline(verdict: Verdict) -> str:
    """Verdict and expectation in one phrase."""
    match outcome(verdict):
        case Outcome.EXPECTED if verdict.claim.expect == "fails":
            where = region_words(verdict.claim.fails)
            return f"{verdict.status}, as expected" + (f" where {where}" if where else "")
        case Outcome.EXPECTED:
            return f"{verdict.status}, as expected"
        case Outcome.CONTRARY:
            return f"{verdict.status}, but expected {expectation(verdict.claim)}"
        case Outcome.BROKEN:
            return f"{verdict.status}: the checker contradicts itself"
        case _:
            return f"{verdict.status}, expected {expectation(verdict.claim)}"


def equation(claim: Claim) -> str:
    """The reading in one line: of the first case, with the labels of the others."""
    if claim.kind == EXISTENCE:
        return text(claim)
    first = text(replace(claim, cases=claim.cases[:1]))
    others = [case.label for case in claim.cases[1:]]
    return first + (f"; likewise {', '.join(others)}" if others else "")


def readings(claim: Claim) -> list[str]:
    """The reading of each case in full; what must exist at once is one reading."""
    if claim.kind == EXISTENCE:
        return [text(claim)]
    return [text(replace(claim, cases=(case,))) for case in claim.cases]


def given_words(claim: Claim) -> str:
    """Under what the claim is made: conditions on sizes and steps, its model's too, and relations between values."""
    conditions = map(region_words, (claim.given, *claim.model.assumptions))
    return " and ".join([*filter(None, conditions), *assumptions(TEXT, claim)])


def witness_words(point: Point | None) -> str:
    """``n = 1, W_rec = 8, φ(v) = v, all others 0: what it shows``; empty where there is none."""
    if point is None:
        return ""
    said = ", ".join([*(f"{name} = {value}" for name, value in entries(TEXT, point)),
                      *(["all others 0"] if point.zero else [])])
    return said + (f": {point.label}" if point.label else "")


def counts(verdict: Verdict) -> str:
    """What the verdict rests on: what decided it without draws, by name, then the draws of all rungs."""
    decided = [e for e in verdict.evidence if e.outcome in (Status.PROVED, Status.AGREES, Status.REFUTED)]
    draws = sum(int(e.counts.get("draws", 0)) for e in decided)
    methods = dict.fromkeys(e.method for e in decided if e.outcome != Status.AGREES and "draws" not in e.counts)
    return " + ".join([*methods, *([plural(draws, "draw")] if draws else [])])


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def values(mapping: Mapping[str, Any]) -> str:
    """``n = 2, m = 1``; a list in brackets."""
    return ", ".join(f"{name} = {value(item)}" for name, item in mapping.items())


def value(item: Any) -> str:
    item = plain(item)
    if isinstance(item, list):
        return f"[{', '.join(map(value, item))}]"
    if isinstance(item, dict):
        return f"{{{values(item)}}}"
    if isinstance(item, int) and not isinstance(item, bool):
        return f"{item:,}"
    return f"{item:g}" if isinstance(item, float) and float(f"{item:g}") == item else str(item)


def evidence_words(evidence: Evidence, *, timing: bool) -> str:
    """One rung in one line: its outcome, its detail, its counts."""
    return "; ".join(filter(None, evidence_parts(evidence, timing=timing)))


def evidence_parts(evidence: Evidence, *, timing: bool) -> tuple[str, str, str]:
    """One rung's outcome, detail and counts; the counts of single terms are told in JSON alone."""
    numbers = {name.replace("_", " "): number for name, number in evidence.counts.items()
               if name != "terms" and (timing or not name.endswith("seconds"))}
    return evidence.outcome.value, evidence.detail, values(numbers)
