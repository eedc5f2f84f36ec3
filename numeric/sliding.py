"""A graph in which a grid of steps reads trajectories as they lie: shifted, not looked up step by step.

What is evaluated at every step t of a grid reads c_{t-1} there from the trajectory of c moved by one. To look each
value up by a mask would take time that grows with the square of the number of steps, too much for a thousand.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import Array
from sympy import Expr

from derivations.symbols import Expression, Family, Step
from numeric.lower import Scope
from numeric.steps import nearest
from numeric.unroll import Graph

LAGS = range(-4, 5)  # steps between a grid's own and those that it reads

Slices = dict[tuple[Family, int], Array]


class Sliding(Graph):
    """The graph at one set of leaves; derivatives inside it read its trajectories through it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.grids: list[tuple[Step, Any, Slices]] = []

    def on_grid(self, scope: Scope, body: Expression, bound: Step, steps: np.ndarray) -> Array:
        if scope.outer is not None and scope.bound not in body.free_symbols:
            return self.on_grid(scope.outer, body, bound, steps)
        key = body, bound, int(steps[0]), len(steps)
        if key not in scope.grids:
            slices = {(f, lag): nearest(values, self.plan.low[f], steps + lag) for f, values in self.arrays.items()
                      if f.indexed for lag in LAGS}

            def at(s: Any, here: list[Array]) -> Array:
                self.grids.append((bound, s, dict(zip(slices, here, strict=True))))
                value = scope.inner(bound, s)(body)
                self.grids.pop()
                return value

            before = self.plan.ranges.get(bound)
            self.plan.ranges[bound] = int(steps[0]), int(steps[-1])
            scope.grids[key] = jax.vmap(at)(steps, [*slices.values()])
            if before is not None:
                self.plan.ranges[bound] = before
        return scope.grids[key]

    def lookup(self, f: Family, scope: Scope, step: Expr) -> Array:
        for bound, s, slices in reversed(self.grids):
            if scope.env.get(bound) is s:
                lag = (step - bound).expand()
                if lag.is_Integer and (f, int(lag)) in slices:
                    return slices[f, int(lag)]
        return super().lookup(f, scope, step)
