"""Every node along an orbit: its values one by one, and in closed form from some step on, with the proof by induction.

A closed form is guessed from the first values and kept only if the definitions, evaluated at a symbolic step, give it
back: then it holds at every later step. Where values are not exact, what is kept is a ball that the definitions map
into itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from itertools import product as cartesian
from typing import TYPE_CHECKING, Any

from sympy import Expr, Integer

from derivations.errors import Undecided
from derivations.graph import FIRST, order
from derivations.proof.grains import grains
from derivations.proof.heads import Cell
from derivations.proof.places import cell, places
from derivations.proof.progressions import Form
from derivations.proof.reals import Ball, Number, ball
from derivations.proof.steps import bound_step
from derivations.symbols import Family, Node

if TYPE_CHECKING:
    from derivations.proof.values import Values

THETA = bound_step("θ")  # the step of closed forms
LOOK, FAR_LOOK = 8, 40  # steps that a guess looks at: an exact one, a ball
LEAST = 3  # values that a guess explains
LATE = 16  # steps after which definitions no longer look back to the beginning
Spot = tuple[Family, Cell, Cell]


class Transient(Undecided):
    """What is known of steps does not suffice: ``slack`` would have to be at least 0."""

    def __init__(self, message: str, slack: Expr) -> None:
        super().__init__(message)
        self.slack = slack


@dataclass(frozen=True)
class Box:
    """A ball in which a value lies at every step, whatever it is there."""

    value: Any

    def holds(self, form: Form) -> bool:
        number = form.constant
        return number is not None and bool(self.value.contains(ball(number)))


Closed = Form | Box


class Course:
    """The closed forms of the nodes of a model at a point, family by family, as they are asked for."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.closed: dict[Spot, Closed] = {}
        self.since: dict[Family, int] = {}  # the step from which on a family's closed form holds
        self.proved: set[Family] = set()
        self.components = order(values.p.model)

    def at(self, spot: Spot, step: Expr) -> Form:
        """A node's entry at a symbolic step. Raises Transient where that may lie before its closed form."""
        family = spot[0]
        if family not in self.since:
            self._settle(family)
        least = self.values.known.least(step)
        if least is None or least < self.since[family]:
            raise Transient(f"{family} at step {step}, before its values settle", step - self.since[family])
        found = self.closed[spot]
        return Form.number(Ball.varying(found.value)) if isinstance(found, Box) else found.at({THETA: step})

    def _settle(self, family: Family) -> None:
        component = next(c for c in self.components if family in c.families)
        if component.direction < 0:
            raise Undecided(f"{family} is defined forward: its values at every step")
        spots = [(f, cell(r), cell(c)) for f in component.families for r, c in entries(f)]
        if component.direction == 0:
            self._evaluated(family, spots)
        elif not any(self._kept(spots, guess) for guess in GUESSES):
            raise Undecided(f"no closed form was found for {family} along the orbit, and no ball that it stays in")

    def _evaluated(self, family: Family, spots: Sequence[Spot]) -> None:
        """Of a family that is no recurrence: its definition at a symbolic step."""
        first, forms = self._definitions(spots, int(FIRST))
        if any(form.varies for form in forms):  # its numbers are new at every step
            self.closed.update({spot: _box(form) for spot, form in zip(spots, forms, strict=True)})
        else:
            self.closed.update(zip(spots, forms, strict=True))
        self.since[family] = first
        self.proved.add(family)

    def _definitions(self, spots: Sequence[Spot], first: int) -> tuple[int, list[Form]]:
        """The definitions at every step from some step on, ``first`` or later: that step, and their forms."""
        for start in range(first, first + LATE):
            with self.values.every(THETA, Integer(start)):
                try:
                    return start, [self.values.defined(spot, THETA) for spot in spots]
                except Transient as reason:
                    if reason.slack.coeff(THETA) <= 0:
                        raise
        raise Undecided(f"the definition of {spots[0][0]} looks back more than {LATE} steps")

    def _kept(self, spots: Sequence[Spot], guess: Guess) -> bool:
        """Whether a guess for all entries of a recurrence is what its definitions give."""
        look, starts, guessed = guess
        seen = {spot: [self.values.literal(spot, s) for s in range(int(FIRST), look + 1)] for spot in spots}
        for start in starts:
            found = {spot: guessed(values[start - int(FIRST):], start) for spot, values in seen.items()}
            closed = {spot: c for spot, c in found.items() if c is not None}
            if len(closed) == len(spots) and self._inductive(closed, start):
                self.proved.update(spot[0] for spot in spots)
                return True
        return False

    def _inductive(self, closed: dict[Spot, Closed], start: int) -> bool:
        """Whether the definitions map a guess to itself, and its first values are those of the orbit.

        Induction over steps, and within one over the order of evaluation: at each step the definitions, at values of
        which the guess says what they are, give what the guess says.
        """
        with self._supposed(closed, start) as keep:
            first, forms = self._definitions(list(closed), start + 1)
            if not all(c.holds(form) if isinstance(c, Box) else c == form
                       for c, form in zip(closed.values(), forms, strict=True)):
                return False
            for (spot, c), s in cartesian(closed.items(), range(start, first)):
                value = self.values.literal(spot, s)
                if not (c.holds(value) if isinstance(c, Box) else c.at({THETA: Integer(s)}) == value):
                    return False
            keep()
            return True

    @contextmanager
    def _supposed(self, closed: dict[Spot, Closed], start: int) -> Iterator[Callable[[], None]]:
        """Inside, the guess is taken for true; afterwards only if it was kept."""
        families = {spot[0] for spot in closed}
        kept: list[bool] = []
        self.closed.update(closed)
        self.since.update(dict.fromkeys(families, start))
        self.values.forget()
        try:
            yield lambda: kept.append(True)
        finally:
            self.values.forget()
            if not kept:
                for spot in closed:
                    del self.closed[spot]
                for family in families:
                    del self.since[family]


def entries(family: Family) -> list[tuple[Any, Any]]:
    """The places of a family's entries, each a number."""
    rows, cols = grains(Node(family, THETA) if family.indexed else Node(family))
    return list(cartesian(places(rows), places(cols)))


# ---- guesses: from the values from a step on


def _same(values: Sequence[Form], start: int) -> Closed | None:
    return values[0] if all(v == values[0] for v in values) else None


def _geometric(values: Sequence[Form], start: int) -> Closed | None:
    numbers = [x for v in values if isinstance(x := v.constant, Fraction) and x]
    if len(numbers) < len(values):
        return _same(values, start)
    ratios = {b / a for a, b in pairwise(numbers)}
    if len(ratios) != 1:
        return None
    [r] = ratios
    first = Form.number(numbers[0] * r**-start)
    return first * Form({((THETA, r, 0),): Fraction(1)}) if r != 1 else values[0]


def _ball(values: Sequence[Form], start: int) -> Closed | None:
    """A ball around the values, a little wider; what is exact stays exact."""
    numbers = [v.constant for v in values]
    if (exact := _same(values, start)) is not None or None in numbers:
        return exact
    return _hull([x for x in numbers if x is not None])


def _hull(numbers: Sequence[Number]) -> Box:
    from flint import arb

    hull = ball(numbers[0])
    for x in numbers[1:]:
        hull = hull.union(ball(x))
    middle, radius = hull.mid(), hull.rad()
    return Box(arb(middle, 2 * radius + abs(middle) * arb(2) ** -200 + arb(2) ** -300))


def _box(form: Form) -> Closed:
    number = form.constant
    if number is None:
        raise Undecided("a number in a ball that moves with the steps")
    return Box(ball(number)) if isinstance(number, Ball) else form


Guess = tuple[int, Sequence[int], Callable[[Sequence[Form], int], Closed | None]]  # steps looked at, starts tried
EARLY, DOUBLED = range(1, LOOK - LEAST + 2), (1, 2, 4, 8, 16, 32)
GUESSES: tuple[Guess, ...] = ((LOOK, EARLY, _same), (LOOK, EARLY, _geometric), (FAR_LOOK, DOUBLED, _ball))
