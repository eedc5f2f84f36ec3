"""What an equation says, taken apart: its relations with the conditions of each, and the words around them.

A claim, a definition and a passage of a document are all brought to this form, and compared in it. A passage is read by
its own words alone: nothing of the claim that it is compared with is used but the names that its model declares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import And, S
from sympy.logic.boolalg import Boolean

from derivations.claim import EXISTENCE, LIMIT, PARENTS, SEPARATES, Claim, Definition, Trend
from derivations.ranges import everywhere, free_steps
from derivations.relations import EQUAL, VANISHING
from derivations.symbols import Expression

RELATION = "relation"  # equalities and bounds; the other forms are called as the kinds of claims


@dataclass(frozen=True)
class Assumption:
    """A relation between values that is assumed, and the steps for every value of which it is."""

    sides: tuple[Expression, ...]
    sign: str
    every: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One relation: its sides, the sign between them, and what it is said under. A limit has one side."""

    sides: tuple[Expression, ...]
    sign: str
    conditions: tuple[Boolean, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def given(self) -> Boolean:
        return And(*self.conditions)


@dataclass(frozen=True)
class Said:
    """What an equation says.

    ``along`` is the step that grows in a limit, or at whose every value the same leaves serve; ``first`` the steps for
    every value of which there are leaves; ``nodes`` what a dependency speaks of, role by role; ``defines`` whether the
    first side gets its meaning here.
    """

    form: str
    parts: tuple[Part, ...] = ()
    along: str = ""
    first: tuple[str, ...] = ()
    trend: Trend | None = None
    nodes: tuple[tuple[str, tuple[Expression, ...]], ...] = ()
    defines: bool = False


def said_by(item: Claim | Definition) -> Said:
    """What a claim or a definition says."""
    if isinstance(item, Definition):
        return Said(RELATION, (Part((item.left, item.right), EQUAL),), defines=True)
    conditions = tuple(c for c in And.make_args(item.given) if c is not S.true)
    assumptions = tuple(Assumption(r.sides, r.sign, _every(item, r)) for r in item.assuming)
    if item.kind == PARENTS:
        node, parents = item.cases[0].sides
        return Said(PARENTS, (_bare(conditions, assumptions),), nodes=(("of", (node,)), ("parents", tuple(parents))))
    if item.kind == SEPARATES:
        through, source, targets = item.cases[0].sides
        return Said(SEPARATES, (_bare(conditions, assumptions),), nodes=(
            ("from", (source,)), ("to", tuple(targets)), ("through", tuple(through))))
    parts = tuple(Part(case.sides, case.sign, conditions, assumptions) for case in item.cases)
    along = str(item.along) if item.along is not None else ""
    if item.kind == LIMIT:
        return Said(LIMIT, parts, along, trend=item.trend)
    if item.kind == EXISTENCE:
        first = tuple(str(s) for s in free_steps(item) if s != item.along)
        return Said(EXISTENCE, parts, along, first)
    return Said(RELATION, parts)


def _every(claim: Claim, relation: object) -> tuple[str, ...]:
    """The steps that are printed behind an assumption as those at which it is made."""
    return tuple(str(s) for s in everywhere(claim, relation)  # type: ignore[arg-type] # one of its own assumptions
                 if relation.sign != VANISHING or s != claim.along)  # type: ignore[attr-defined]


def _bare(conditions: Iterable[Boolean], assumptions: Iterable[Assumption]) -> Part:
    return Part((), "", tuple(conditions), tuple(assumptions))
