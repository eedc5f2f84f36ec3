"""Expressions of a claim along one step of it at a witness: closed forms from some step on, numbers before; and where
relations between them are true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Integer

from derivations.claim import Claim
from derivations.errors import DerivationError, Unclear, Undecided
from derivations.proof.course import Transient
from derivations.proof.engine import Engine
from derivations.proof.entry import entry
from derivations.proof.grains import grains, join
from derivations.proof.growth import sign_from
from derivations.proof.heads import Cell
from derivations.proof.normal import Poly
from derivations.proof.placed import Placed, lifted
from derivations.proof.places import cell, places
from derivations.proof.progressions import Form
from derivations.proof.prove import products_of
from derivations.proof.reals import Number, ball, sign, text
from derivations.proof.spans import Range, slacks
from derivations.proof.steps import Known, affine
from derivations.proof.truth import Truth, truth_of
from derivations.proof.values import Values
from derivations.symbols import Dim, Expression, Step

MORE = 24  # steps that are looked at before a closed form must hold
FEW = 6  # steps whose values are looked at where there is no closed form, and are shown
TOLD_APART = {True: "the numbers at the witness are not told apart by their balls", False: ""}
Matrix = dict[tuple[Cell, Cell], Form]


@dataclass
class Along:
    """Expressions at the witness along a step with this range; with no step, at the witness alone."""

    claim: Claim
    expressions: tuple[Expression, ...]
    sizes: Mapping[Dim, int]
    pinned: Mapping[Step, int]
    step: Step | None
    range: Range
    assumption: bool = False  # whether the range is that of an assumption, not the claim's own
    since: int = field(default=0, init=False)  # from where on the closed forms hold

    def __post_init__(self) -> None:
        assert self.claim.witness is not None
        self.placed = Placed(self.claim.model, self.claim.witness, self.sizes, self.pinned)
        self.far, sides = lifted(self.expressions) if self.step is None else ({}, self.expressions)
        self.sides = [self.placed.of(e) for e in sides]
        self.derived, self.p, self.polys = self._derived()
        self._literal: dict[int, list[Matrix]] = {}

    def _derived(self) -> tuple[int, Engine, list[dict[tuple[Cell, Cell], Poly]]]:
        """The normal forms of the sides, from which step on they are that, and their engine."""
        first = self.range.first
        for start in range(first, first + MORE):
            p = Engine(self.placed.model, self._known(start), products_of(*self.sides))
            try:
                return start, p, [self._polys(p, side) for side in self.sides]
            except Unclear as reason:
                if self.step is None or self.step not in reason.boundary.free_symbols:
                    raise
        raise Undecided(f"the derivatives from {self.step} = {first + MORE} on")

    def _known(self, first: int) -> Known:
        found = slacks(self.claim, self.sizes, self.pinned, self.expressions if self.assumption else None)
        found += [] if self.step is None else [self.step - first]
        found += [gap for step, v in self.far.items() for gap in (step - v, v - step)]
        return Known(frozenset(affine(e) for e in found if e.free_symbols))

    def _polys(self, p: Engine, side: Expression) -> dict[tuple[Cell, Cell], Poly]:
        rows, cols = grains(self.sides[0])
        for other in self.sides[1:]:
            r, c = grains(other)
            rows, cols = join(rows, r), join(cols, c)
        return {(cell(r), cell(c)): entry(p, side, r, c) for r in places(rows) for c in places(cols)}

    # ---- values

    def literal(self, v: int) -> list[Matrix]:
        """The sides at one value of the step, computed factor by factor."""
        if v not in self._literal:
            if self.step is None or v < self.derived:
                pinned = self.pinned if self.step is None else {**self.pinned, self.step: v}
                there = Along(self.claim, self.expressions, self.sizes, pinned, None, self.range, self.assumption)
                self._literal[v] = there.closed
            else:
                self._literal[v] = self._matrices(Known(), {self.step: v})
        return self._literal[v]

    def _matrices(self, known: Known, free: Mapping[Step, int]) -> list[Matrix]:
        values = Values(self.p, self.placed, known, free)
        return [{at: values.form(poly, {}) for at, poly in side.items()} for side in self.polys]

    @cached_property
    def closed(self) -> list[Matrix]:
        """The sides at every step from ``since`` on. Raises Undecided where there is no closed form."""
        if self.step is None:
            return self._matrices(Known(), self.far)
        lows = {self.step: self.derived}
        found = self._late(lows, {})
        self.since = lows[self.step]
        self._compare(found)
        return found

    def _late(self, lows: dict[Step, int], free: Mapping[Step, int]) -> list[Matrix]:
        """Closed forms in the steps of ``lows``, which are raised to where the forms begin to hold."""
        for _ in range(MORE):
            known = self._known(self.derived)
            for step, low in lows.items():
                known = known.at_least(step - low)
            try:
                return self._matrices(known, free)
            except Transient as reason:
                step_ = next((s for s in lows if reason.slack.coeff(s) > 0), None)
                if step_ is None:
                    raise
                lows[step_] += 1
        raise Undecided(f"the orbit has not settled {MORE} steps after its start")

    def _compare(self, found: list[Matrix]) -> None:
        """Closed forms against the values computed factor by factor, at a few steps. Raises Undecided."""
        assert self.step is not None
        for v in range(self.since, self.since + 3):
            for side, numbers in zip(found, self.literal(v), strict=True):
                for at, form in side.items():
                    a, b = form.at({self.step: Integer(v)}).constant, numbers[at].constant
                    if a is not None and b is not None and not ball(a).overlaps(ball(b)):
                        raise Undecided(f"the closed form {form} is {text(a)} at {self.step} = {v}, the number is "
                                        f"{text(b)}: the engine is at fault")

    def beside(self, other: Step | None, start: int) -> list[list[Form]]:
        """The entries of the one side along the step, for every value of another: in closed form, and before it."""
        assert self.step is not None
        if other is None:
            return [list(self.closed[0].values())]
        lows = {self.step: self.derived, other: start}
        found = [self._late(lows, {})]
        found += [self._late({self.step: self.derived}, {other: v}) for v in range(start, lows[other])]
        return [list(sides[0].values()) for sides in found]

    # ---- truth

    def truth(self, relation: str) -> Truth:
        """Where a relation between the two sides is true."""
        since, tail, reason = None, None, ""
        try:
            since, tail = self._tail(relation)
        except DerivationError as error:
            reason = str(error)
        if self.step is None:
            return Truth({}, None, tail, reason or TOLD_APART[tail is None])
        first, last = self.range.first, self.range.last
        if tail is None:
            since = None
        at: dict[int, bool | None] = {}
        for v in range(first, last + 1 if last is not None else first + FEW if since is None else since):
            try:
                left, right = self.literal(v)
                at[v] = truth_of(relation, [_sign((right[cell_] - left[cell_]).constant) for cell_ in left])
            except DerivationError as error:
                at[v], reason = None, reason or str(error)
        if last is not None:
            return Truth(at, None, True, reason or TOLD_APART[None in at.values()])
        return Truth(at, since, tail, reason or TOLD_APART[tail is None or None in at.values()])

    def _tail(self, relation: str) -> tuple[int | None, bool | None]:
        left, right = self.closed
        differences = [right[cell_] - left[cell_] for cell_ in left]
        if self.step is None:
            return None, truth_of(relation, [_sign(form.constant) for form in differences])
        signs: list[int | None] = []
        since = self.since
        for form in differences:
            try:
                s, first = sign_from(form, self.step, self.since)
                since = max(since, first)
                signs.append(s)
            except Undecided:
                signs.append(None)
        return since, truth_of(relation, signs)

    # ---- in words

    def words(self) -> str:
        """The closed forms, in words; where there are none, the numbers at the first few steps."""
        try:
            return " against ".join(dict.fromkeys(map(_words, self.closed)))
        except Undecided:
            return ", ".join(f"{value} at {self.step} = {v}" for v, value in self.shown())

    def shown(self) -> tuple[tuple[int, str], ...]:
        """The first side that changes with the step, at a few of its values."""
        if self.step is None:
            return ()
        last = self.range.first + FEW - 1 if self.range.last is None else self.range.last
        found = [(v, list(map(_words, self.literal(v)))) for v in range(self.range.first, last + 1)[:FEW]]
        which = next((k for k in range(len(self.sides)) if len({sides[k] for _, sides in found}) > 1), 0)
        return tuple((v, sides[which]) for v, sides in found)


def _sign(x: Number | None) -> int | None:
    if x is None:
        return None
    try:
        return sign(x)
    except Undecided:
        return None


def _words(matrix: Matrix) -> str:
    found = list(map(str, matrix.values()))
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]"
