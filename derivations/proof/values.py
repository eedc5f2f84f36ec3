"""Polynomials at a point: every factor as a number, or as a form in the steps that are left symbolic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction

from sympy import Expr, Integer

from derivations.algebra import Block
from derivations.errors import Undecided
from derivations.graph import FIRST
from derivations.proof import heads
from derivations.proof.course import Course, Spot, Transient
from derivations.proof.engine import Engine, place_in
from derivations.proof.entry import entry
from derivations.proof.factors import RULES, Env
from derivations.proof.grains import grains
from derivations.proof.heads import Cell
from derivations.proof.normal import Monomial, Poly
from derivations.proof.placed import Placed
from derivations.proof.places import cell, in_block, places
from derivations.proof.progressions import Form
from derivations.proof.space import bodies
from derivations.proof.steps import Known, bound_step
from derivations.symbols import Expression, Family, Node, Step
from derivations.where import leaf_of

Given = tuple[Expression, dict[tuple[Cell, Cell], Form]]  # a leaf or a block of one, and its entries
TOTAL = (heads.Delta, heads.Scalar, heads.Entry, heads.Exponential, heads.Summed, heads.Linked)
SMOOTH = ("sigma", "tanh", "sin", "cos", "softplus")


class Values:
    """The numbers of one point. ``known``: of the steps left symbolic; ``free``: the claim's steps that are numbers.

    ``given``: leaves that have other values than at the point.
    """

    def __init__(self, p: Engine, placed: Placed, known: Known, free: Mapping[Step, int] | None = None,
                 given: Mapping[Family, Sequence[Given]] | None = None) -> None:
        self.p, self.placed, self.known, self.base = p, placed, known, known
        self.free: Env = {s: Integer(v) for s, v in (free or {}).items()}
        self.given = dict(given or {})
        self.course = Course(self)
        self._level = 0
        self._memory: dict[object, Form] = {}
        self._literal: dict[tuple[Spot, int], Form] = {}
        self._elsewhere: dict[Family, Values] = {}
        self._total: dict[int, bool] = {}

    # ---- steps

    def resolved(self, e: Expr, env: Env) -> Expr:
        return e.xreplace({**self.free, **env}).expand() if e.free_symbols else e

    @contextmanager
    def every(self, step: Step, first: Expr) -> Iterator[None]:
        """Inside, a step of which only its first value is known, besides the claim's own."""
        before, self.known = self.known, self.base.at_least(step - first)
        try:
            yield
        finally:
            self.known = before

    @contextmanager
    def within(self, first: Expr, last: Expr) -> Iterator[Step]:
        """Inside, a new step that runs from first to last."""
        before = self.known
        self._level += 1
        step = bound_step(f"s{self._level}'")
        self.known = before.within(step, first, last)
        try:
            yield step
        finally:
            self.known = before
            self._level -= 1

    def forget(self) -> None:
        self._memory = {}

    # ---- polynomials

    def entry(self, e: Expression, row: Cell, col: Cell) -> Form:
        """An entry of a placed expression."""
        spots = place_in(row), place_in(col)
        return self.form(self.p.remembered(("entry", e), spots, lambda: entry(self.p, e, *spots)), {})

    def matrix(self, e: Expression) -> dict[tuple[Cell, Cell], Form]:
        """All entries of a placed expression."""
        rows, cols = grains(e)
        return {(cell(r), cell(c)): self.entry(e, cell(r), cell(c)) for r in places(rows) for c in places(cols)}

    def form(self, poly: Poly, env: Env) -> Form:
        if poly.free:
            raise Undecided("a witness with an axis of more than 12 entries")
        out = Form()
        for c, f in poly.terms:
            out = out + self._monomial(c, f, env)
        return out

    def _monomial(self, c: Fraction, f: Monomial, env: Env) -> Form:
        """A product of factors; sums and products over steps last, and not at all beside a zero."""
        slow = [g for g in f if isinstance(self.p.space.meanings[g[0]], (heads.Summed, heads.Linked))]
        out = Form.number(c)
        for head, at in [*(g for g in f if g not in slow), *slow]:
            if at:
                raise Undecided("a witness with an axis of more than 12 entries")
            if not out.terms and (head, at) in slow and self._everywhere(head):
                return out
            out = out * self.factor(head, env)
        return out

    def _everywhere(self, head: int) -> bool:
        """Whether a factor has a value whatever its nodes are: no division and no logarithm stands in it."""
        if head not in self._total:
            m = self.p.space.meanings[head]
            inner = sorted({h for body in bodies(m) for f, _ in body.terms for h, _ in f})
            self._total[head] = isinstance(m, TOTAL) or (isinstance(m, heads.Value) and m.function.name in SMOOTH)
            self._total[head] = self._total[head] and all(map(self._everywhere, inner))
        return self._total[head]

    def factor(self, head: int, env: Env) -> Form:
        space = self.p.space
        steps = tuple((s, self.resolved(s, env)) for s in sorted(space.steps[head], key=lambda s: s.name))
        key = head, steps, self.known
        if key not in self._memory:
            meaning = space.meanings[head]
            if type(meaning) not in RULES:
                raise Undecided(f"the value of a factor of the kind {type(meaning).__name__}")
            found = RULES[type(meaning)](self, meaning, dict(steps))
            if found.varies:
                return found
            self._memory[key] = found
        return self._memory[key]

    def body(self, body: heads.Body, env: Env) -> Form:
        return self.form(self.p.space.spread(body, ()), env)

    # ---- nodes

    def node(self, spot: Spot, step: Expr | None) -> Form:
        """A node's entry at a step, given or symbolic; None where it has no steps."""
        family, row, col = spot
        if family in self.placed.elsewhere:
            return self._there(family).entry(self.placed.elsewhere[family].e, row, col)
        if family not in self.p.model.rules:
            return self.leaf(spot, step)
        if step is None:
            return self.defined(spot, None)
        return self.literal(spot, int(step)) if step.is_Integer else self.course.at(spot, step)

    def literal(self, spot: Spot, step: int) -> Form:
        """A node's entry at a given step."""
        key = spot, step
        if key not in self._literal:
            rule = self.p.model.rules[spot[0]]
            last = None if rule.last is None else self.resolved(rule.last, {})
            if last is not None and not last.is_Integer:
                raise Undecided(f"{spot[0]}, which is defined up to a step that is not given")
            if step < FIRST or (last is not None and step > last):
                self._literal[key] = self.leaf(spot, Integer(step))
            else:
                for s in range(int(FIRST), step if last is None else 0):  # from the first on, not from the last back
                    if (spot, s) not in self._literal:
                        self.literal(spot, s)
                self._literal[key] = self.defined(spot, Integer(step))
        return self._literal[key]

    def defined(self, spot: Spot, step: Expr | None) -> Form:
        """A node's entry by its definition."""
        family, row, col = spot
        rule = self.p.model.rules[family]
        poly = self.p.remembered(("defined", family), (place_in(row), place_in(col)),
                                 lambda: entry(self.p, rule.expression, place_in(row), place_in(col)))
        return self.form(poly, {} if rule.step is None or step is None else {rule.step: step})

    def leaf(self, spot: Spot, step: Expr | None) -> Form:
        """A leaf's entry, from the point or as it is given here."""
        family, row, col = spot
        for leaf, values in reversed(self.given.get(family, ())):
            where = _inside(leaf, row, col)
            if where is not None:
                return values[where]
        node = Node(family) if step is None else Node(family, step)
        if step is not None and not step.is_Integer:
            named = [int(base.step) for base in (leaf_of(e) for e, _ in self.placed.point.leaves)
                     if base.family == self.placed.source[family] and base.step.is_Integer]
            least, since = self.known.least(step), max(named, default=-(10**6)) + 1
            if named and (least is None or least < since):
                raise Transient(f"{node}, which the witness gives step by step", step - since)
        return self.entry(self.placed.leaf(node), row, col)

    def _there(self, family: Family) -> Values:
        """The numbers in the graph of an expression whose leaves have other values."""
        if family not in self._elsewhere:
            given = {f: list(found) for f, found in self.given.items()}
            for leaf, e in self.placed.elsewhere[family].values:
                if leaf_of(leaf).step is not None:
                    raise Undecided(f"another value of {leaf}, at one step of many")
                given.setdefault(leaf_of(leaf).family, []).append((leaf, self.matrix(e)))
            there = Values(self.p, self.placed, self.base, given=given)
            there.free = self.free
            self._elsewhere[family] = there
        return self._elsewhere[family]


def _inside(leaf: Expression, row: Cell, col: Cell) -> tuple[Cell, Cell] | None:
    """Where in a leaf, or a block of one, an entry of the whole lies."""
    if isinstance(leaf, Node):
        return row, col
    if not isinstance(leaf, Block) or not isinstance(leaf.args[0], Node):
        raise Undecided(f"another value of {leaf}")
    axis, k = leaf.place
    spots = [place_in(row), place_in(col)]
    found, spots[axis] = in_block(spots[axis], leaf.args[0].axes[axis])
    return (cell(spots[0]), cell(spots[1])) if found == k else None
