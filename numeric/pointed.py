"""Programs of a claim's expressions with leaves to draw, or at a witness: JAX's own program, its derivatives included.

At a witness every leaf is an expression in sizes and steps, which becomes part of the program; so an interpreter
computes it exactly, and none of it is rounded to a double.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jax import Array, lax
from sympy import Expr, Integer

from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.functions import Open
from derivations.ranges import everywhere, needs
from derivations.reach import furthest
from derivations.relations import VANISHING, Relation
from derivations.symbols import Dim, Expression, Family, Node, Step
from derivations.where import Where, leaf_of
from derivations.witness import Point
from numeric.arrays import Unsupported
from numeric.exact.settle import Question
from numeric.lower import Scope
from numeric.matrices import declared
from numeric.plan import Leaf, Plan
from numeric.program import MODES, Program, horizon_of
from numeric.sliding import Sliding
from numeric.tidy import tidied
from numeric.unroll import Graph

LOWEST = -10  # a step below which no sequence begins


@dataclass(frozen=True)
class Wanted:
    """An expression to evaluate: once, or at every value of a step from ``first`` to the horizon, a row for each."""

    e: Expression
    along: Step | None = None
    first: int = 1


@dataclass(frozen=True)
class Pointed:
    """A program of a claim: questions about its cases, in order, then questions about its assumptions.

    A limit has no question about its case: what tends is the first result. ``vanishing``: the results that its
    assumptions say tend to 0.
    """

    program: Program
    cases: tuple[Question, ...]
    assumptions: tuple[Question, ...]
    vanishing: tuple[int, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.cases + self.assumptions


def pointed(claim: Claim, sizes: Mapping[Dim, int], instances: Sequence[Mapping[Step, int]], *,
            point: Point | None = None, mode: str = "forward", horizon: int | None = None) -> Pointed:
    """The sides of a claim's cases and of its assumptions at given sizes and steps, at a witness if there is one.

    An assumption that is made at every step is evaluated at every step up to the horizon. Raises Unsupported for a
    construct without a rule.
    """
    wanted: list[Wanted] = []
    cases, assumed, vanishing = [], [], []
    for case in claim.cases:
        wanted += [Wanted(case.sides[0])] if len(case.sides) == 1 else []
        for left, right in zip(case.sides, case.sides[1:], strict=False):
            cases.append(Question(case.sign, len(wanted), len(wanted) + 1))
            wanted += [Wanted(left), Wanted(right)]
    for relation in claim.assuming:
        along, first = every_step(claim, relation)
        if relation.sign == VANISHING:
            vanishing.append(len(wanted))
            wanted.append(Wanted(relation.left, along if along in relation.left.free_symbols else None, first))
        else:
            assumed.append(Question(relation.sign, len(wanted), len(wanted) + 1))
            wanted += [Wanted(side, along if along in side.free_symbols else None, first) for side in relation.sides]
    program = program_of(claim, wanted, sizes, instances, point=point, mode=mode, horizon=horizon)
    return Pointed(program, tuple(cases), tuple(assumed), tuple(vanishing))


def every_step(claim: Claim, relation: Relation) -> tuple[Step | None, int]:
    """The step at every value of which an assumption is made, and the first such value at which all of it exists."""
    found = [s for s in everywhere(claim, relation) if relation.sign != VANISHING or s != claim.along]
    if not found:
        return None, 1
    if len(found) > 1:
        raise Unsupported(f"an assumption at every value of {len(found)} steps: {relation}")
    [step] = found
    slacks = [need.slack for side in relation.sides for need in needs(claim.model, see_through(side))
              if need.slack.free_symbols == {step}]
    first = next(k for k in range(LOWEST, 1000) if all(slack.subs(step, k) >= 0 for slack in slacks))
    return step, first


def program_of(claim: Claim, wanted: Sequence[Wanted], sizes: Mapping[Dim, int],
               instances: Sequence[Mapping[Step, int]], *, point: Point | None = None, mode: str = "forward",
               horizon: int | None = None) -> Program:
    """Trace what is wanted. The results have two axes; what is wanted at every step has a row for each of them."""
    model, written = claim.model, tuple(see_through(w.e) for w in wanted)
    steps = tuple(sorted({s for at in instances for s in at}, key=str))
    ranges = {s: (min(at[s] for at in instances), max(at[s] for at in instances)) for s in steps}
    fixed = [e for e, w in zip(written, wanted, strict=True) if w.along is None]
    far = max([1, *(high for _, high in ranges.values()), *([horizon] if horizon else [])])
    if fixed:
        far = max(far, horizon_of(fixed, ranges), furthest(model, fixed, ranges))
    spans = {w.along: (w.first, max(w.first, far)) for w in wanted if w.along is not None}
    reach = max(far, furthest(model, written, {**ranges, **spans})) if spans else far
    plan = Plan(model, sizes, reach, {**spans, **ranges}, written)
    if point is not None:
        plan.openings = dict(point.functions)
    leaves = tuple(plan.leaves()) if point is None else ()
    kind = Graph if any(e.has(Where) for e in written) else Sliding

    def run(arrays: Sequence[Array], values: Sequence[Array]) -> list[Array]:
        graph = kind(plan, declared(leaves, arrays), dict(zip(steps, values, strict=True)), MODES[mode])
        if point is not None:
            graph.leaves = witnessed(graph, point)
        graph.prepare(plan.families)
        scope = Scope(graph, graph.env)
        return [value(graph, scope, e, w, far) for e, w in zip(written, wanted, strict=True)]

    with jax.enable_x64(True):
        shapes = [jax.ShapeDtypeStruct(leaf.shape, np.float64) for leaf in leaves]
        jaxpr = tidied(jax.make_jaxpr(run)(shapes, [jax.ShapeDtypeStruct((), np.int64) for _ in steps]))
    return Program(leaves, steps, jaxpr, mode, plan)


def value(graph: Graph, scope: Scope, e: Expression, w: Wanted, far: int) -> Array:
    if w.along is None:
        return scope(e)
    steps = np.arange(w.first, max(w.first, far) + 1)
    values = graph.on_grid(scope, e, w.along, steps)
    return lax.reshape(values, (values.shape[0], values.shape[1] * values.shape[2]))


# ---- the leaves at a witness


def witnessed(graph: Graph, point: Point) -> dict[tuple[Family | Open, str], Array]:
    """The values of all leaves, as arrays of the program that is being traced."""
    scope = Scope(graph, graph.env)
    return {(leaf.owner, leaf.part): leaf_value(scope, leaf, point) for leaf in graph.plan.leaves()
            if isinstance(leaf.owner, Family)}


def leaf_value(scope: Scope, leaf: Leaf, point: Point) -> Array:
    f = leaf.owner
    assert isinstance(f, Family)
    if not f.indexed:
        return scope(see_through(point.value(Node(f))))
    steps = steps_of(scope.graph.plan, leaf)
    literal = {e.step for e in map(leaf_of, dict(point.leaves)) if e.family == f}
    patterns = point.patterns(f)
    if not patterns or f in scope.graph.plan.model.rules:
        return stacked(scope(see_through(point.value(Node(f, s)))) for s in steps)
    [t] = [pattern.step for pattern in patterns]
    rows = scope.graph.on_grid(scope, see_through(point.value(Node(f, t))), t, np.array([int(s) for s in steps]))
    named = [k for k, s in enumerate(steps) if s in literal]
    for k in named:
        row = lax.expand_dims(scope(see_through(point.value(Node(f, steps[k])))), (0,))
        rows = lax.concatenate([lax.slice_in_dim(rows, 0, k), row, lax.slice_in_dim(rows, k + 1, rows.shape[0])], 0)
    return rows


def steps_of(plan: Plan, leaf: Leaf) -> list[Expr]:
    """The step of each row of a leaf."""
    f, count = leaf.owner, leaf.shape[0]
    assert isinstance(f, Family)
    rule = plan.model.rules.get(f)
    if rule is not None and rule.last is not None:
        return [(rule.last + 1 + k).expand() for k in range(count)]
    return [Integer(plan.low[f] + k) for k in range(count)]


def stacked(values: Iterable[Array]) -> Array:
    return lax.concatenate([lax.expand_dims(v, (0,)) for v in values], 0)
