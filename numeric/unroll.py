"""The graph of a model with numbers in it: every node's trajectory, from its first step to the horizon.

Recurrences run as scans, so the traced program does not grow with the number of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax import Array, lax
from sympy import Basic, Expr

from derivations.calculus import Jacobian, Use
from derivations.functions import Open
from derivations.graph import Component
from derivations.symbols import Expression, Family, Node, Step
from numeric.arrays import Unsupported
from numeric.lower import Scope, StepValue
from numeric.plan import Plan, derivatives
from numeric.steps import as_array, mask_of, masked_sum, nearest, one, placed, value_of


class Graph:
    """The nodes' values at one set of leaves. A program has one; every derivative is a graph inside it."""

    def __init__(self, plan: Plan, leaves: Mapping[tuple[Any, str], Array], env: dict[Step, StepValue],
                 mode: Callable[..., Array]) -> None:
        self.plan, self.leaves, self.env, self.mode, self.sizes = plan, leaves, env, mode, plan.sizes
        self.arrays: dict[Family, Array] = {}
        self.shifts: Sequence[Any] = ()  # perturbations of nodes, which a derivative inside must not lose

    # ---- what a scope asks for

    def node(self, scope: Scope, e: Node) -> Array:
        return self.lookup(e.family, scope, e.step) if e.step is not None else self.fixed(e.family, scope)

    def use(self, scope: Scope, e: Use) -> Array:
        return scope(e.parameter)

    def function(self, f: Open, parts: str = "AaBb") -> tuple[Array, ...]:
        """The arrays of an open function."""
        return tuple(self.leaves[f, part] for part in parts)

    def bounds(self, step: Expr, own: Mapping[Step, tuple[int, int]]) -> tuple[int, int]:
        """The lowest and highest value of an affine expression while its steps run through their ranges; inside a
        definition its ``own`` step runs to the horizon, and its letter may mean another step in the claim."""
        low = high = int(step.as_coeff_Add()[0])
        for s in step.free_symbols:
            a = int(step.coeff(s))
            ends = sorted(a * end for end in own.get(s) or self.plan.ranges[s])
            low, high = low + ends[0], high + ends[1]
        return low, high

    def on_grid(self, scope: Scope, body: Expression, bound: Step, steps: np.ndarray) -> Array:
        """A body at every step of a grid; computed once, further out, where it does not depend on an outer step.

        What another body has in common with it is not traced again.
        """
        if scope.outer is not None and scope.bound not in body.free_symbols:
            return self.on_grid(scope.outer, body, bound, steps)
        grids, place = scope.grids, (bound, int(steps[0]), len(steps))
        if (body, *place) not in grids:
            known = list(dict.fromkeys(met(body, lambda e: (e, *place) in grids)))
            found: list[Basic] = []

            def at(s: Any, *values: Array) -> list[Array]:
                inner = scope.inner(bound, s)
                inner.memo.update(zip(known, values, strict=True))
                value = inner(body)
                found[:] = [body, *(e for e in inner.memo if e != body and (e, *place) not in grids)]
                return [value, *(inner.memo[e] for e in found[1:])]

            before = self.plan.ranges.get(bound)
            self.plan.ranges[bound] = int(steps[0]), int(steps[-1])
            values = jax.vmap(at)(steps, *(grids[e, *place] for e in known))
            grids.update(((e, *place), value) for e, value in zip(found, values, strict=True))
            if before is not None:
                self.plan.ranges[bound] = before
        return grids[body, *place]

    def elsewhere(self, values: Mapping[tuple[Family, StepValue | None], Array]) -> Graph:
        """The graph in which leaves (at a step, if they have steps) have other values."""
        if type(self) is not Graph:
            raise Unsupported("values in another graph, inside a derivative or a definition")
        leaves = dict(self.leaves)
        for (f, step), value in values.items():
            old = leaves[f, ""]
            steps = np.arange(self.plan.low[f], self.plan.low[f] + len(old)) if step is not None else None
            leaves[f, ""] = value if steps is None else placed(old, steps, step, value)
        graph = Graph(self.plan, leaves, self.env, self.mode)
        graph.prepare(self.plan.families)
        return graph

    # ---- values

    def fixed(self, f: Family, scope: Scope) -> Array:
        """The value of a node without steps."""
        if f not in self.arrays:
            rule = self.plan.model.rules.get(f)
            self.arrays[f] = self.leaves[f, ""] if rule is None else Scope(self, self.env)(rule.expression)
        return self.arrays[f]

    def lookup(self, f: Family, scope: Scope, step: Expr) -> Array:
        """A node's value at a step; at one that does not exist (masked wherever it is asked for), the nearest."""
        values, low = self.trajectory(f), self.plan.low[f]
        if step.is_Integer:
            return lax.index_in_dim(values, min(max(int(step) - low, 0), values.shape[0] - 1), keepdims=False)
        key = step, low, values.shape[0]
        if key not in scope.grids:  # other nodes are asked for at the same step
            scope.grids[key] = mask_of(np.arange(low, low + values.shape[0]), value_of(scope, step))
        return masked_sum(values, scope.grids[key])

    def trajectory(self, f: Family) -> Array:
        """A node's values from its first step to the horizon (steps × rows × columns)."""
        if f not in self.arrays:
            if f in self.plan.model.rules:
                self.run(self.plan.components[f])
            else:
                steps = np.arange(self.plan.low[f], self.plan.horizon + 1)
                self.arrays[f] = self.patched(f, steps, self.leaves[f, ""], self.original(f, 0, steps))
        return self.arrays[f]

    def prepare(self, families: Iterable[Family]) -> None:
        """Compute nodes now: what is computed first inside a scan or a derivative could not be used outside it."""
        for f in filter(self.responds, families):
            if f.indexed:
                self.trajectory(f)
            elif f in self.plan.model.rules and set(self.plan.rule(f).expression.steps) <= set(self.env):
                self.fixed(f, Scope(self, self.env))

    def run(self, component: Component) -> None:
        steps = np.arange(1, self.plan.horizon + 1)
        if component.direction:
            self.arrays.update(recurrence(self, component, steps))
            return
        [f] = component.families
        values = self.everywhere(component, steps)
        if self.plan.low[f] < 1:
            steps = np.arange(self.plan.low[f], self.plan.horizon + 1)
            values = lax.concatenate([self.leaves[f, ""], values], 0)
        self.arrays[f] = self.patched(f, steps, values, self.original(f, 0, steps))

    def everywhere(self, component: Component, steps: np.ndarray) -> Array:
        """A definition that does not look at itself, at every step; it reads other trajectories as they lie beside it,
        unless it contains derivatives."""
        [f] = component.families
        e = self.plan.rule(f).expression
        slices = {} if derivatives(e) else {
            (p, k): nearest(self.trajectory(p), self.plan.low[p], steps - k)
            for child, p, k in self.plan.edges if child == f and p.indexed and p != f and k is not None}

        def at(s: Any, beside: list[Array]) -> Array:
            around = InStep(self, component, {}, dict(zip(slices, beside, strict=True))) if slices else self
            return around.opened(f, s)(e)

        return jax.vmap(at)(steps, [*slices.values()])

    def opened(self, f: Family, s: StepValue) -> Scope:
        """The scope in which a family's definition is evaluated at a step."""
        step = self.plan.rule(f).step
        assert step is not None
        return Scope(self, {**self.env, step: s}, opening=s, meaning=object(), own={step: (1, self.plan.horizon)})

    def aligned(self, f: Family, lag: int, steps: np.ndarray) -> Array:
        """A trajectory shifted: its value ``lag`` steps before each step; past the horizon (masked), the last."""
        values = self.trajectory(f)
        start = int(steps[0]) - lag - self.plan.low[f]
        values = lax.slice_in_dim(values, start, min(start + len(steps), values.shape[0]))
        missing = len(steps) - values.shape[0]
        last = lax.slice_in_dim(values, values.shape[0] - 1, values.shape[0])
        return lax.concatenate([values, *[last] * missing], 0) if missing else values

    # ---- what a response changes

    def responds(self, f: Family) -> bool:
        """Whether a family's values are this graph's own to compute."""
        return True

    def original(self, f: Family, lag: int, steps: np.ndarray) -> Array | None:
        """The unperturbed values at these steps: there are none beside the graph's own."""
        return None

    def patches(self, f: Family) -> bool:
        """Whether a family's values have perturbations of this graph in them."""
        return False

    def patched(self, f: Family, steps: Any, values: Array, original: Array | None) -> Array:
        """The values with the perturbations of this graph in them: there are none."""
        return values


class InStep(Graph):
    """A graph as a recurrence sees it within one step of its scan."""

    def __init__(self, graph: Graph, component: Component, carry: dict[Family, Array],
                 slices: dict[Any, Array]) -> None:
        super().__init__(graph.plan, graph.leaves, graph.env, graph.mode)
        self.around, self.component, self.carry, self.slices = graph, component, carry, slices
        self.shifts = graph.shifts
        self.now: dict[Family, Array] = {}

    def node(self, scope: Scope, e: Node) -> Array:
        f, steps = e.family, e.step.free_symbols if e.step is not None else set()
        [own] = {self.plan.rule(g).step for g in self.component.families} & steps or {None}
        lag = (own - e.step).expand() if own is not None and own not in scope.inner_steps else None
        if lag is not None and lag.is_Integer:
            if f in self.component.families:
                if lag == 0:
                    return self.now[f]
                window = self.carry[f]
                back = self.component.direction > 0
                return lax.index_in_dim(window, window.shape[0] - int(lag) if back else -int(lag) - 1, keepdims=False)
            if (f, int(lag)) in self.slices:
                return self.slices[f, int(lag)]
        return self.around.node(scope, e)

    def fixed(self, f: Family, scope: Scope) -> Array:
        return self.around.fixed(f, scope)

    def prepare(self, families: Iterable[Family]) -> None:
        """What lies behind the recurrence was computed before its scan."""

    def trajectory(self, f: Family) -> Array:
        if f in self.component.families:
            raise Unsupported(f"the definition of {f} contains a derivative of what it defines")
        return self.around.trajectory(f)


def recurrence(graph: Graph, component: Component, steps: np.ndarray) -> dict[Family, Array]:
    """The trajectories of families that are defined in terms of each other, by one scan over the steps."""
    plan, back = graph.plan, component.direction > 0
    outside = {(p, k): graph.aligned(p, k, steps) for child, p, k in plan.edges
               if child in component.families and p.indexed and p not in component.families and k is not None}
    for p in plan.behind(component.families):  # here, not inside the scan, out of which their values could not get
        _ = graph.trajectory(p) if p.indexed else graph.fixed(p, Scope(graph, graph.env))
    before = {f: np.arange(plan.low[f], 1) for f in component.families if back and plan.low[f] < 1}
    init: dict[Family, Any] = {f: graph.patched(f, at, graph.leaves[f, ""], graph.original(f, 0, at))
                               for f, at in before.items()}
    if not back:
        init = {f: np.zeros((plan.reach_ahead(f), *plan.shape(f))) for f in component.families if plan.reach_ahead(f)}
    originals = {f: values for f in component.families if (values := graph.original(f, 0, steps)) is not None}

    def step(carry: dict[Family, Array], x: Any) -> tuple[dict[Family, Array], dict[Family, Array]]:
        s, slices, original = x
        inside = InStep(graph, component, carry, slices)
        for f in component.families:
            rule = plan.rule(f)
            assert rule.step is not None
            if not graph.responds(f):
                inside.now[f] = original[f]
                continue
            scope = Scope(inside, {**graph.env, rule.step: s}, opening=s, meaning=object(),
                          own={rule.step: (1, plan.horizon)})
            value = scope(rule.expression)
            if not back and rule.last is not None:
                value = ended(graph, f, value_of(scope, rule.last), s, value)
            held = original.get(f)
            if graph.patches(f):
                patched = graph.patched(f, one(s), one(value), None if held is None else one(held))
                value = lax.squeeze(patched, (0,))
            inside.now[f] = value
        return {f: moved(window, inside.now[f], back=back) for f, window in carry.items()}, inside.now

    found = scan(step, init, (steps, outside, originals), reverse=not back)
    return {f: lax.concatenate([init[f], found[f]], 0) if back and f in init else found[f] for f in component.families}


def moved(window: Array, new: Array, *, back: bool) -> Array:
    """A window of values after a step: the new one comes in, the oldest goes."""
    count = window.shape[0]
    if count == 1:
        return one(new)
    kept = lax.slice_in_dim(window, 1, count) if back else lax.slice_in_dim(window, 0, count - 1)
    return lax.concatenate([kept, one(new)] if back else [one(new), kept], 0)


def ended(graph: Graph, f: Family, last: StepValue, s: Array, value: Array) -> Array:
    """The value, or past the last step of a sequence that looks forward, its leaf."""
    if (f, "") not in graph.leaves:  # nobody looks past its end
        return value
    leaf = graph.leaves[f, ""]
    where = lax.add(np.arange(1, len(leaf) + 1), lax.broadcast(as_array(last), (len(leaf),)))
    return lax.select(lax.gt(s, as_array(last)), masked_sum(leaf, mask_of(where, s)), value)


def scan(step: Callable[..., Any], init: Any, xs: Any, *, reverse: bool) -> dict[Family, Array]:
    """lax.scan with dictionaries that are keyed by families, in the order of their names."""

    def keys(tree: dict[Any, Array]) -> list[Any]:
        return sorted(tree, key=lambda k: (k[0].key, k[1]) if isinstance(k, tuple) else (k.key, 0))

    order: list[Any] = []
    names = keys(init), keys(xs[1]), keys(xs[2])

    def body(carry: Any, x: Any) -> Any:
        moved, out = step(dict(zip(names[0], carry, strict=True)),
                          (x[0], *(dict(zip(n, part, strict=True)) for n, part in zip(names[1:], x[1:], strict=True))))
        order[:] = keys(out)
        return [moved[k] for k in names[0]], [out[k] for k in order]

    packed = xs[0], *([tree[k] for k in n] for n, tree in zip(names[1:], xs[1:], strict=True))
    _, found = lax.scan(body, [init[k] for k in names[0]], packed, reverse=reverse)
    return dict(zip(order, found, strict=True))


def met(e: Basic, known: Callable[[Basic], bool]) -> Iterator[Basic]:
    """The largest parts of an expression that are known; what a derivative speaks of is not evaluated."""
    if known(e):
        yield e
    elif not isinstance(e, Jacobian):
        for arg in e.args:
            yield from met(arg, known)
