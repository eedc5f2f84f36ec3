"""An attack on a claim: ascent along JAX's gradient to where it is violated, from many starts.

What is climbed is (left − right)/(|left| + |right|), positive where a bound is violated, less a penalty where an
assumption is. Steps are of a length of their own, whatever the gradient's; a start whose gradient is not finite stays
where it is. Nothing found here refutes: it is a candidate, confirmed by exact numbers or dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.extend.core import jaxpr_as_fun

from derivations.symbols import Family
from numeric.assumed import Draws
from numeric.draws import STRUCTURES, structured
from numeric.exact.settle import Question
from numeric.plan import Leaf
from numeric.pointed import Pointed
from numeric.program import Program
from numeric.sweep import QUICKLY

STARTS, STEPS = 24, 50
LONGEST, SHORTEST = 0.5, 0.002  # of a step, as parts of the size of the leaves
PENALTY = 4.0
TINY = 1e-300


@dataclass(frozen=True)
class Climbed:
    """Where an attack ended: the best point of each start and its score, best first."""

    leaves: list[np.ndarray]
    steps: np.ndarray
    turn: np.ndarray
    scores: np.ndarray
    taken: int  # gradient steps from each start


def _above(left: Any, right: Any) -> Any:
    """Positive where left > right in some entry."""
    return ((left - right) / (abs(left) + abs(right) + TINY)).max(axis=(-2, -1))


def _distance(left: Any, right: Any) -> Any:
    apart = ((left - right) ** 2).sum(axis=(-2, -1))
    scale = (left**2).sum(axis=(-2, -1)) + (right**2).sum(axis=(-2, -1))
    return ((apart + TINY) / (scale + TINY)) ** 0.5


Score = Callable[[Any, Any], Any]
Objective = Callable[[Sequence[Any], Any], Any]
SCORES: Mapping[str, Score] = {
    "≤": _above, "<": _above, "=": _distance, "≠": lambda left, right: -_distance(left, right)}


def scored(questions: Sequence[Question], results: Sequence[Any]) -> list[Any]:
    """How far each relation is violated: of arrays of JAX or of NumPy, with or without an axis of draws."""
    return [SCORES[q.sign](results[q.left], results[q.right]) for q in questions]


def climb(program: Program, objective: Objective, draws: Draws, which: np.ndarray, *, taken: int = STEPS,
          tied: bool = False) -> Climbed:
    """Ascent of an objective (of a program's results, and of a number that says which of several goals is meant).

    ``tied``: inputs are the same at every step.
    """
    function = jaxpr_as_fun(program.jaxpr)

    def value(leaves: list[Array], steps: Sequence[Array], goal: Array) -> Array:
        given = [impose(leaf, tie(program, leaf, a) if tied else a)
                 for leaf, a in zip(program.leaves, leaves, strict=True)]
        return objective(function(*given, *steps), goal)

    def ascend(leaves: list[Array], steps: Sequence[Array], goal: Array) -> Any:
        def step(state: Any, length: Array) -> Any:
            here, best, top = state
            now, slope = jax.value_and_grad(value)(here, steps, goal)
            better = now > top
            best = [jnp.where(better, a, b) for a, b in zip(here, best, strict=True)]
            norm = jnp.sqrt(sum(jnp.sum(g * g) for g in slope))
            size = jnp.maximum(1.0, jnp.sqrt(sum(jnp.sum(a * a) for a in here)))
            fine = jnp.isfinite(norm) & (norm > 0)
            scale = jnp.where(fine, length * size / jnp.where(fine, norm, 1.0), 0.0)
            moved = [a + scale * jnp.where(fine, g, 0.0) for a, g in zip(here, slope, strict=True)]
            return (moved, best, jnp.where(better, now, top)), None

        lengths = jnp.geomspace(LONGEST, SHORTEST, taken)
        (_, best, top), _ = lax.scan(step, (leaves, leaves, jnp.full((), -jnp.inf)), lengths)
        return best, top

    with jax.enable_x64(True):
        arguments = [np.asarray(a) for a in draws.leaves], [np.ascontiguousarray(c) for c in draws.steps.T], which
        compiled = jax.jit(jax.vmap(ascend)).lower(*arguments).compile(compiler_options=QUICKLY)
        best, top = compiled(*arguments)
    scores = np.nan_to_num(np.asarray(top), nan=-np.inf)
    order = np.argsort(-scores, kind="stable")
    found = [structured(leaf, np.array(a)[order]) for leaf, a in zip(program.leaves, best, strict=True)]
    if tied:
        found = [np.asarray(tie(program, leaf, a)) for leaf, a in zip(program.leaves, found, strict=True)]
    return Climbed(found, draws.steps[order], draws.turn[order], scores[order], taken)


def tie(program: Program, leaf: Leaf, value: Any) -> Any:
    """An input that is the same at every step, the mean of what it was: its steps are the third axis from the last."""
    if not is_input(program, leaf):
        return value
    mean = value.mean(axis=-3, keepdims=True)
    return mean + 0.0 * value


def is_input(program: Program, leaf: Leaf) -> bool:
    return isinstance(leaf.owner, Family) and leaf.owner.indexed and leaf.owner not in program.plan.model.rules


def impose(leaf: Leaf, value: Array) -> Array:
    """The value with the structure that was declared with the node, as a function that can be differentiated."""
    declared = getattr(leaf.owner, "structure", ())
    for word in STRUCTURES:
        if word in declared:
            value = IMPOSED[word](value)
    return value


IMPOSED: Mapping[str, Callable[[Array], Array]] = {
    "positive": jnp.abs,
    "symmetric": lambda v: (v + jnp.swapaxes(v, -1, -2)) / 2,
    "diagonal": lambda v: v * jnp.eye(v.shape[-1]),
    "orthogonal": lambda v: jnp.where(jnp.eye(v.shape[-1], dtype=bool), jnp.where(v < 0, -1.0, 1.0), v),
    "zero": lambda v: v * 0.0,
}


def violation(pointed: Pointed) -> Objective:
    """The violation of one of a claim's cases, less a penalty where an assumption does not hold."""
    def objective(results: Sequence[Array], goal: Array) -> Array:
        found = jnp.stack(scored(pointed.cases, results))[goal]
        for broken in scored(pointed.assumptions, results):
            found = found - PENALTY * jnp.maximum(broken, 0.0)
        return found

    return objective


# ---- simple numbers nearby

ROUNDINGS: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    np.round, lambda a: np.round(2 * a) / 2, lambda a: np.round(4 * a) / 4, lambda a: np.round(a, 1),
    lambda a: np.round(a, 2), lambda a: a)


def rounded(program: Program, leaves: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
    """Points near one point, simplest first: whole numbers, halves, the same with one leaf 0, then more digits."""
    near = [[structured(leaf, rounding(a) + 0.0) for leaf, a in zip(program.leaves, leaves, strict=True)]
            for rounding in ROUNDINGS]
    halves = near[1]
    off = [[*halves[:k], structured(leaf, 0.0 * halves[k]), *halves[k + 1 :]]
           for k, leaf in enumerate(program.leaves) if halves[k].any()]
    return [*near[:2], *off, *near[2:]]
