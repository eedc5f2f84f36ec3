"""Derivatives as they are defined: the response of a graph to a node that is cut and perturbed.

Every x is replaced by its value plus ε; what lies downstream responds along every path, what does not keeps its value.
Between a cut and a node a few steps later only the window between them is written out; else the scan runs again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from jax import Array, lax
from sympy import Expr, Integer

from derivations.algebra import Block, Stack
from derivations.calculus import GRADIENT, IMMEDIATE, Jacobian, Let, Use, see_through
from derivations.model import Rule
from derivations.symbols import Expression, Family, Node
from numeric.arrays import vec
from numeric.lower import CLAIM, RULES, Scope, StepValue, block_span
from numeric.plan import WINDOW
from numeric.steps import as_array, value_of
from numeric.unroll import Graph


@dataclass(frozen=True)
class Cut:
    """A node or a use, its step's value where it has a step, and its perturbation in its own shape."""

    target: Node | Use
    at: StepValue | None
    eps: Array

    @property
    def family(self) -> Family:
        return self.target.family if isinstance(self.target, Node) else self.target.parameter.family

    @property
    def step(self) -> Expr | None:
        return self.target.step


class Response(Graph):
    """A graph inside another, with cuts."""

    def __init__(self, parent: Graph, scope: Scope, cuts: list[Cut], e: Jacobian) -> None:
        super().__init__(parent.plan, parent.leaves, parent.env, parent.mode)
        self.parent, self.cuts, self.immediate = parent, cuts, e.args[2] == IMMEDIATE
        self.shifts = [*parent.shifts, *(cut for cut in cuts if isinstance(cut.target, Node))]
        self.held = {h for h in e.held if isinstance(h, Family)}
        self.held_nodes = [(h, None if h.step is None else value_of(scope, h.step))
                           for h in e.held if isinstance(h, Node)]
        self.touched = self.held | {h.family for h, _ in self.held_nodes} | {cut.family for cut in self.shifts}
        users = {child for cut in cuts if isinstance(cut.target, Use)
                 for child, p, _ in self.plan.edges if p == cut.family}
        sources = {cut.family for cut in cuts if isinstance(cut.target, Node)} | users - self.held
        self.affected = self.plan.downstream(sources, self.held) & set(self.plan.reached(e.y))
        self.meaning = scope.meaning
        self.reference = cuts[0].step if all(cut.step is not None for cut in cuts) else None
        if self.reference is not None and not self._window(users):
            self.reference = None

    def _window(self, users: set[Family]) -> bool:
        """Whether steps after the cuts are whole numbers and nothing downstream looks forward; if so, its places."""
        offsets = [(cut.step - self.reference).expand() for cut in self.cuts if cut.step is not None]
        lags = [k for child, p, k in self.plan.edges if child in self.affected and p in self.affected]
        if not all(o.is_Integer for o in offsets) or any(k is None or k < 0 for k in lags):
            return False
        seeds = {(cut.family, int(o)) for cut, o in zip(self.cuts, offsets, strict=True)
                 if isinstance(cut.target, Node)}
        seeds |= {(f, int(o)) for cut, o in zip(self.cuts, offsets, strict=True) if isinstance(cut.target, Use)
                  for f in users - self.held if any(c == f and p == cut.family for c, p, _ in self.plan.edges)}
        self.places = self.plan.places(seeds, self.affected - self.held)
        return True

    # ---- what a scope asks for

    def value_of(self, y: Expression, scope: Scope) -> Array:
        """y in this graph. For an immediate derivative, y's own definition in it."""
        inside = Scope(self, scope.env, meaning=scope.meaning)
        return inside(see_through(y)) if not self.immediate else self._own(see_through(y), inside)

    def _own(self, y: Expression, scope: Scope) -> Array:
        if isinstance(y, Stack):
            return lax.concatenate([self._own(part, scope) for part in y.parts], y.direction)
        if isinstance(y, Node) and y.family in self.plan.model.rules and not any(cut.target == y for cut in self.cuts):
            return self._definition(scope, y)
        return scope(y)

    def node(self, scope: Scope, e: Node) -> Array:
        f = e.family
        if not f.indexed:
            return self._parameter(f, scope)
        if self.immediate:
            value = self.parent.node(scope, e)
            for cut in self.cuts:
                if isinstance(cut.target, Node) and cut.family == f:
                    value = self._at(value_of(scope, e.step), cut.at, lax.add(value, cut.eps), value)
            return value
        if f not in self.affected:
            return self.parent.node(scope, e)
        known = self.reference is not None and scope.meaning is self.meaning
        offset = (e.step - self.reference).expand() if known else None
        if offset is None or not offset.is_Integer or offset > WINDOW:
            return super().node(scope, e)
        return self._in_window(scope, e, offset)

    def _in_window(self, scope: Scope, e: Node, offset: Integer) -> Array:
        if (e.family, int(offset)) not in self.places:
            return self.parent.node(scope, e)
        here = [cut for cut in self.cuts if isinstance(cut.target, Node) and cut.family == e.family
                and (e.step - cut.step).expand() == 0]
        if here:
            return reduce(lax.add, [cut.eps for cut in here], self.parent.node(scope, e))
        home = scope.home or scope
        if e in home.memo and scope.home is not None:
            return home.memo[e]
        value = self._definition(scope, e) if e.family in self.plan.model.rules else self.parent.node(scope, e)
        for h, at in self.held_nodes:
            if h.family == e.family:
                value = self._at(value_of(scope, e.step), at, self.parent.node(scope, e), value)
        home.memo[e] = value
        return value

    def _definition(self, scope: Scope, e: Node) -> Array:
        """The definition of a node, written out at its step; below the first step, the leaf."""
        rule, step = self.plan.rule(e.family), self._step_of(scope, e)
        opened = opened_at(rule, e.step)
        inside = Scope(self, scope.env, opening=step, meaning=scope.meaning, home=scope.home or scope, own=scope.own)
        value = inside(opened)
        for cut in self.parent.shifts:
            if cut.family == e.family:
                value = self._at(step, cut.at, lax.add(value, cut.eps), value)
        if e.step is None or (rule.last is None and self._begun(scope, e.step)):
            return value
        exists = lax.ge(as_array(step), as_array(1))
        if rule.last is not None:
            exists = lax.bitwise_and(exists, lax.le(as_array(step), as_array(value_of(scope, rule.last))))
        return lax.select(exists, value, self.parent.node(scope, e))

    def _step_of(self, scope: Scope, e: Node) -> StepValue | None:
        """A node's step; where it is the step of a cut, the same object, so that nothing need be compared later."""
        if e.step is None:
            return None
        if scope.meaning is self.meaning:
            for cut in self.cuts:
                if cut.step == e.step:
                    return cut.at
        return value_of(scope, e.step)

    def _begun(self, scope: Scope, step: Expr) -> bool:
        """Whether a step is known not to lie before the first one."""
        known = scope.meaning is CLAIM and step.free_symbols <= self.plan.ranges.keys()
        return bool(step >= 1) if step.is_Integer else known and self.bounds(step, scope.own)[0] >= 1

    def _parameter(self, f: Family, scope: Scope) -> Array:
        """A node without steps: a parameter with its cuts, or a definition."""
        cuts = [cut for cut in self.cuts if cut.family == f]
        if f in self.held or any(h.family == f for h, _ in self.held_nodes):
            return self.parent.fixed(f, scope)
        if not cuts:
            if f not in self.affected or self.immediate:
                return self.parent.fixed(f, scope)
            return reduce(lax.add, [cut.eps for cut in self.parent.shifts if cut.family == f], super().fixed(f, scope))
        value = self.parent.fixed(f, scope)
        for cut in cuts:
            if isinstance(cut.target, Node):
                value = lax.add(value, cut.eps)
            elif scope.opening is not None:
                value = self._at(scope.opening, cut.at, lax.add(value, cut.eps), value)
        return value

    def fixed(self, f: Family, scope: Scope) -> Array:
        return self._parameter(f, scope)

    def use(self, scope: Scope, e: Use) -> Array:
        value = scope(e.parameter)
        for cut in self.cuts:
            if isinstance(cut.target, Use) and cut.family == e.parameter.family:
                value = self._at(value_of(scope, e.step), cut.at, lax.add(value, cut.eps), value)
        return value

    @staticmethod
    def _at(step: StepValue, where: StepValue, there: Array, elsewhere: Array) -> Array:
        if step is where or (isinstance(step, int) and isinstance(where, int) and step == where):
            return there
        return lax.select(lax.eq(as_array(step), as_array(where)), there, elsewhere)

    # ---- whole trajectories

    def trajectory(self, f: Family) -> Array:
        return super().trajectory(f) if f in self.affected else self.parent.trajectory(f)

    def responds(self, f: Family) -> bool:
        return f in self.affected

    def original(self, f: Family, lag: int, steps: np.ndarray) -> Array | None:
        return self.parent.aligned(f, lag, steps)

    def patches(self, f: Family) -> bool:
        return f in self.touched

    def patched(self, f: Family, steps: Any, values: Array, original: Array | None) -> Array:
        assert original is not None
        for cut in self.parent.shifts:
            if cut.family == f:
                values = shifted(steps, cut, values)
        if f in self.held:
            values = original
        for h, at in self.held_nodes:
            if h.family == f:
                values = masked(steps, at, original, values)
        cuts = [cut for cut in self.cuts if isinstance(cut.target, Node) and cut.family == f]
        for cut in cuts:
            values = masked(steps, cut.at, original, values)
        return reduce(lambda moved, cut: shifted(steps, cut, moved), cuts, values)


@lru_cache(maxsize=4096)
def opened_at(rule: Rule, step: Expr | None) -> Expression:
    """A definition at a step; one object for equal ones, which are then compared in no time."""
    return rule.expression if rule.step is None else rule.expression._subs(rule.step, step)


def shifted(steps: Any, cut: Cut, values: Array) -> Array:
    """Along a trajectory: with the perturbation of a cut at its step."""
    return masked(steps, cut.at, lax.add(values, lax.broadcast_in_dim(cut.eps, values.shape, (1, 2))), values)


def masked(steps: Any, where: StepValue | None, there: Array, elsewhere: Array) -> Array:
    """Along a trajectory: one value at a step, the other everywhere else."""
    here = lax.eq(steps, lax.broadcast(as_array(where), steps.shape))
    return lax.select(lax.broadcast_in_dim(here, there.shape, (0,)), there, elsewhere)


def cuts_of(scope: Scope, x: Expression, X: Array) -> Iterator[Cut]:
    """The cuts of a derivative with respect to x, whose perturbation is X."""
    if isinstance(x, Let):
        yield from cuts_of(scope, x.body, X)
    elif isinstance(x, Stack):
        start = 0
        for part in x.parts:
            size = scope.shape(part.axes)[x.direction]
            yield from cuts_of(scope, part, lax.slice_in_dim(X, start, start + size, axis=x.direction))
            start += size
    elif isinstance(x, Block):
        start, stop, axis = block_span(scope, x)
        widths = [(0, 0, 0), (0, 0, 0)]
        widths[axis] = (start, scope.shape(x.args[0].axes)[axis] - stop, 0)
        yield from cuts_of(scope, x.args[0], lax.pad(X, np.float64(0), widths))
    else:
        yield Cut(x, None if x.step is None else value_of(scope, x.step), X)


def _jacobian(scope: Scope, e: Jacobian) -> Array:
    rows, cols = scope.shape(e.x.axes)
    graph = scope.graph
    graph.prepare(graph.plan.reached(e))

    def respond(eps: Array) -> Array:
        X = lax.transpose(lax.reshape(eps, (cols, rows)), (1, 0))
        cuts = list(cuts_of(scope, e.x, X))
        y = vec(Response(graph, scope, cuts, e).value_of(e.y, scope))
        return lax.reshape(y, (y.shape[0],))

    J = graph.mode(respond, np.zeros(rows * cols))
    return lax.transpose(lax.reshape(J, (cols, rows)), (1, 0)) if e.args[2] == GRADIENT else J


RULES[Jacobian] = _jacobian
