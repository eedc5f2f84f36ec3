"""A claim as a traced program: leaves and steps in, the sides (and whatever else is asked for) out.

The program is what JAX traced, JAX's own derivatives included. It is compiled for many draws, or run by the
interpreter of ``numeric.exact`` over other number systems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jax
import numpy as np
from jax import Array

from derivations.calculus import OverSteps, see_through
from derivations.model import Model
from derivations.reach import furthest
from derivations.symbols import Dim, Expression, Step, nodes
from numeric import response  # noqa: F401 - its rule joins the table
from numeric.derivative import forward, reverse
from numeric.lower import Scope
from numeric.matrices import declared
from numeric.plan import Leaf, Plan
from numeric.tidy import needed, tidied
from numeric.unroll import Graph

MODES: dict[str, Callable[..., Array]] = {"forward": forward, "reverse": reverse}


@dataclass(frozen=True, eq=False)
class Program:
    """A traced program. Its arguments are the leaves, then the steps; its results are two-dimensional arrays."""

    leaves: tuple[Leaf, ...]
    steps: tuple[Step, ...]
    jaxpr: Any
    mode: str
    plan: Plan
    _parts: dict[tuple[int, ...], Program] = field(default_factory=dict, init=False, repr=False)

    def step_rows(self, instances: Sequence[Mapping[Step, int]]) -> np.ndarray:
        """The steps of each draw, a row a draw."""
        rows = np.array([[at[s] for s in self.steps] for at in instances], np.int64)
        return rows.reshape(len(instances), len(self.steps))

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [v.aval.shape for v in self.jaxpr.jaxpr.outvars]

    def only(self, results: Sequence[int]) -> Program:
        """The same program with some of its results, and only what these need."""
        key = tuple(results)
        if key not in self._parts:
            self._parts[key] = Program(self.leaves, self.steps, needed(self.jaxpr, key), self.mode, self.plan)
        return self._parts[key]


def trace(model: Model, expressions: Sequence[Expression], sizes: Mapping[Dim, int],
          instances: Sequence[Mapping[Step, int]],
          mode: str = "reverse", horizon: int | None = None) -> Program:
    """Trace expressions at given sizes, for all these values of the steps.

    Raises Unsupported for a construct without a rule, Misfit where a formula as printed does not fit at these sizes.
    """
    written = tuple(see_through(e) for e in expressions)
    steps = tuple(sorted({s for at in instances for s in at}, key=str))
    ranges = {s: (min(at[s] for at in instances), max(at[s] for at in instances)) for s in steps}
    far = horizon or max(horizon_of(written, ranges), furthest(model, written, ranges))
    plan = Plan(model, sizes, far, ranges, written)
    leaves = tuple(plan.leaves())

    def run(arrays: Sequence[Array], values: Sequence[Array]) -> list[Array]:
        graph = Graph(plan, declared(leaves, arrays), dict(zip(steps, values, strict=True)), MODES[mode])
        graph.prepare(plan.families)
        scope = Scope(graph, graph.env)
        return [scope(e) for e in written]

    with jax.enable_x64(True):
        shapes = [jax.ShapeDtypeStruct(leaf.shape, np.float64) for leaf in leaves]
        jaxpr = tidied(jax.make_jaxpr(run)(shapes, [jax.ShapeDtypeStruct((), np.int64) for _ in steps]))
    return Program(leaves, steps, jaxpr, mode, plan)


def horizon_of(expressions: Sequence[Expression], ranges: Mapping[Step, tuple[int, int]]) -> int:
    """The last step that the expressions speak of: free steps at their highest, literals, and what is added to them."""
    literal, added = zip(*map(reached_by, expressions), strict=True)
    return max([1, *(high for _, high in ranges.values()), *literal]) + max(0, *added)


@lru_cache(maxsize=4096)
def reached_by(e: Expression) -> tuple[int, int]:
    """The highest literal step in an expression, and the most that is added to a step symbol; each at least zero."""
    literal, added = [0], [0]
    for node in nodes(e):
        if node.step is not None:
            constant, rest = node.step.as_coeff_Add()
            (added if rest.free_symbols else literal).append(int(constant))
    for over in e.atoms(OverSteps):
        literal += [int(end) for end in (over.first, over.last) if not end.free_symbols]
    return max(literal), max(added)
