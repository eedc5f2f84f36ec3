"""Conditions on sizes and steps: whether two of them let a claim speak of the same values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from sympy import And, S
from sympy.logic.boolalg import Boolean

from derivations.claim import Claim, holds_at
from derivations.drift.finding import Difference
from derivations.latex.notation import TEXT
from derivations.latex.scalars import condition
from derivations.proof.steps import Known
from derivations.ranges import free_steps, in_range, slack_of
from derivations.symbols import Dim, Step

STEPS = range(-2, 10)  # values at which conditions are compared
SIZES = range(1, 6)
MOST = 20_000  # points that are looked at


@dataclass(frozen=True)
class Conditions:
    """How two conditions stand to each other: they differ, or it is not known whether; else they are the same."""

    difference: Difference | None = None
    open: str = ""


def same_conditions(claim: Claim, ours: Boolean, theirs: Boolean) -> Conditions:
    """Whether a claim that is made under another condition speaks of the same sizes and steps.

    They differ at a point that one of them lets in alone, and are the same where each follows from the other; what a
    claim's nodes need anyway, a condition may say or not.
    """
    if _atoms(ours) == _atoms(theirs):
        return Conditions()
    before, after = replace(claim, given=ours), replace(claim, given=theirs)
    strange = sorted(str(s) for s in theirs.free_symbols - _symbols(before) if isinstance(s, Step))
    if strange:
        words = f"it speaks of {', '.join(strange)}, which the claim does not name"
        return Conditions(_difference(ours, theirs, words))
    for point in _points(before, after):
        if _inside(before, point) != _inside(after, point):
            where = ", ".join(f"{s} = {value}" for s, value in point.items())
            return Conditions(_difference(ours, theirs, f"they differ at {where}"))
    if _follows(before, after) and _follows(after, before):
        return Conditions()
    return Conditions(open=f"the conditions {_words(theirs) or 'none'} and {_words(ours) or 'none'} differ at no value "
                           "that was tried, and are not proved to be the same")


def _symbols(claim: Claim) -> set[object]:
    return {*claim.given.free_symbols, *free_steps(replace(claim, given=S.true))}


def _atoms(given: Boolean) -> set[Boolean]:
    return {part.canonical if hasattr(part, "canonical") else part
            for part in And.make_args(given) if part is not S.true}


def _points(before: Claim, after: Claim) -> Iterator[dict[Step | Dim, int]]:
    symbols = sorted(_symbols(before) | _symbols(after), key=str)
    named = [s for s in symbols if isinstance(s, (Step, Dim))]
    for k, values in enumerate(product(*(STEPS if isinstance(s, Step) else SIZES for s in named))):
        if k >= MOST:
            return
        yield dict(zip(named, values, strict=True))


def _inside(claim: Claim, values: Mapping[Step | Dim, int]) -> bool:
    return holds_at(claim.given, values) and in_range(claim, values)


def _follows(claim: Claim, other: Claim) -> bool:
    """Whether the condition of another claim is known of all steps of this one."""
    known = Known.of(claim)
    for part in And.make_args(other.given):
        if part is S.true or part in And.make_args(claim.given):
            continue
        slack = slack_of(part)
        least = None if slack is None else known.least(slack)
        if least is None or least < 0:
            return False
    return True


def _difference(ours: Boolean, theirs: Boolean, because: str) -> Difference:
    return Difference("the condition", _words(ours), _words(theirs), because)


def _words(given: Boolean) -> str:
    return " and ".join(condition(TEXT, part) for part in sorted(And.make_args(given), key=str) if part is not S.true)
