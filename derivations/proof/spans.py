"""The steps at which a claim, or an assumption of it, is made, with those that a witness gives put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from sympy import Expr, Integer, Rational, false, true
from sympy.logic.boolalg import Boolean

from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.errors import Undecided
from derivations.proof.progressions import split
from derivations.ranges import claim_needs, needs, slack_of, waived
from derivations.relations import Relation
from derivations.symbols import Dim, Expression, Step


@dataclass(frozen=True)
class Range:
    """The values of a step: from the first on, up to the last if there is one."""

    first: int
    last: int | None = None

    @property
    def endless(self) -> bool:
        return self.last is None

    def words(self, step: Step | None) -> str:
        if step is None:
            return ""
        return f" for every {step} ≥ {self.first}" + ("" if self.last is None else f" up to {self.last}")


def span(claim: Claim, sizes: Mapping[Dim, int], pinned: Mapping[Step, int], step: Step | None,
         sides: Iterable[Expression] | None = None) -> Range:
    """The range of a step in a claim, or in an assumption with these sides, the others being given.

    Raises Undecided where the claim is not made at these steps, or its range is not read.
    """
    low: list[int] = []
    high: list[int] = []
    for slack in slacks(claim, sizes, pinned, sides):
        coefficients, rest = split(slack)
        if set(coefficients) - {step}:
            raise Undecided(f"the range of {', '.join(map(str, coefficients))}")
        a = next(iter(coefficients.values()), 0)
        if a == 0 and rest < 0:
            raise Undecided("the claim is not made at the sizes and steps of its witness")
        if a > 0:
            low.append(ceil(Rational(-rest, a)))
        elif a < 0:
            high.append(floor(Rational(rest, -a)))
    if step is not None and not low:
        raise Undecided(f"the first value of {step}")
    return Range(max(low, default=0), min(high, default=None))


def slacks(claim: Claim, sizes: Mapping[Dim, int], pinned: Mapping[Step, int],
           sides: Iterable[Expression] | None = None) -> list[Expr]:
    """What is not negative in the range of a claim, or of an assumption with these sides."""
    if sides is not None:
        found = [need.slack for e in sides for need in needs(claim.model, see_through(e))]
    else:
        found = [need.slack for need in claim_needs(claim) if not waived(claim, need)]
        found += [_stated(condition, {**sizes, **pinned}) for condition in claim.conditions]
    return [e.xreplace({s: Integer(v) for s, v in pinned.items()}).expand() for e in found]


def _stated(condition: Boolean, values: Mapping[Any, int]) -> Expr:
    """A condition on sizes and steps as what must not be negative. Raises Undecided for one that is not affine."""
    decided = condition.subs(list(values.items()))
    if decided in (true, false):
        return Integer(0) if decided == true else Integer(-1)
    slack = slack_of(decided)
    if slack is None:
        raise Undecided(f"the range that {condition} gives")
    return slack


def steps_of(claim: Claim, relation: Relation) -> set[Step]:
    """The steps of an assumption, those in the definitions of nodes without steps included."""
    hidden = {s for side in relation.sides for need in needs(claim.model, see_through(side))
              for s in need.slack.free_symbols}
    return {*relation.steps, *hidden}
