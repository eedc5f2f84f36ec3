"""A limit, measured: its number at steps up to a thousand, as a logarithm, at draws that satisfy the assumptions.

The program is JAX's; it runs over floats with exponents of their own, so that 10⁻³⁰⁰ and far below are still told from
0. Which way the numbers go is read off by a rule that could have failed. A measurement neither proves nor refutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.claim import Claim, Trend
from derivations.ranges import free_steps, in_range, instances
from derivations.symbols import Family, Step, nodes
from numeric.assumed import Draws, fitted
from numeric.exact.interpret import arguments, lifted, run
from numeric.exact.wide import Wide, logarithm
from numeric.pointed import Pointed, pointed
from numeric.program import Program
from numeric.sampling import drawn
from numeric.sizes import Options, Sizes

ALONG = (1, 2, 3, 10, 30, 100, 300, 1000)
DRAWS = 8
MOSTS = (1000, 300, 100, 30)  # how far a program may reach
WORK, CALL = 5 * 10**7, 1000
DECADES = 3.0  # by which the numbers must have gone down, or up, in the end
RATES = (0.5, 1.0, 2.0)  # what is assumed to vanish is drawn as a number over a power of the step


@dataclass(frozen=True)
class Course:
    """log₁₀ of what tends, at steps along which it was measured (draws × steps); NaN where there is no number."""

    at: tuple[int, ...]
    logs: np.ndarray

    @property
    def resolved(self) -> np.ndarray:
        """The draws in which there are numbers, and not only zeros."""
        return np.asarray(~np.isnan(self.logs).any(axis=1) & np.isfinite(self.logs[:, : self.begun]).any(axis=1))

    @property
    def begun(self) -> int:
        """How many of the steps count as the beginning."""
        return max(1, len(self.at) // 3)

    @property
    def slopes(self) -> np.ndarray:
        """Decades per step in the later half, by least squares; −∞ where it ends at 0."""
        half = min(len(self.at) // 2, max(len(self.at) - 2, 0))
        k, y = np.array(self.at[half:], float), self.logs[:, half:]
        with np.errstate(invalid="ignore"):
            centred = k - k.mean()
            slopes = (centred * (y - y.mean(axis=1, keepdims=True))).sum(axis=1) / (centred**2).sum()
        return np.asarray(np.where(np.isneginf(self.logs[:, -1]), -np.inf, slopes))

    @property
    def change(self) -> np.ndarray:
        """Decades from the largest number of the beginning to the last."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.logs[:, -1] - self.logs[:, : self.begun].max(axis=1))

    def follows(self, trend: Trend) -> np.ndarray:
        """In which draws the numbers go the way that is claimed."""
        if trend is Trend.VANISHES:
            return np.asarray((self.slopes < 0) & (self.change <= -DECADES))
        if trend is Trend.GROWS:
            return np.asarray((self.slopes > 0) & (self.change >= DECADES))
        return np.asarray(self.change > -DECADES)


def steps_along(claim: Claim, most: int = ALONG[-1]) -> list[dict[Step, int]]:
    """The steps of a measurement: the one that grows goes up to ``most``, the others stay at their first values."""
    assert claim.along is not None
    first = next(iter(instances(claim, 8)), {})
    others = {s: first.get(s, 1) for s in free_steps(claim) if s != claim.along}
    return [at for k in ALONG if k <= most and in_range(claim, at := {**others, claim.along: k})]


def measured(claim: Claim, sizes: Sizes, options: Options) -> tuple[Course, Draws]:
    """The course of each draw that satisfies the assumptions, and these draws."""
    program, at = affordable(claim, sizes)
    leaves, _ = drawn(claim, options, sizes, program.program, 20)
    order = np.random.default_rng([options.seed, len(leaves[0])]).permutation(len(leaves[0]))[:DRAWS]
    last = program.program.step_rows([at[-1]] * len(order))
    draws = fitted(claim, program, Draws([a[order] for a in leaves], last, np.zeros(len(order), int), len(order)))
    return course(claim, program, draws.leaves, at), draws


def affordable(claim: Claim, sizes: Sizes) -> tuple[Pointed, list[dict[Step, int]]]:
    """A program of the claim that reaches as far as the work allows, up to a thousand steps."""
    for most in MOSTS:
        at = steps_along(claim, most)
        program = pointed(claim, sizes.values, at)
        if work(program.program.jaxpr.jaxpr, DRAWS * len(at)) <= WORK:
            break
    return program, at


def work(jaxpr: Any, rows: int) -> int:
    """About how long the interpreter takes over a program: its equations, each as long as CALL numbers, and numbers."""
    total = 0
    for eqn in jaxpr.eqns:
        inner = eqn.params.get("jaxpr")
        if inner is not None:
            total += eqn.params.get("length", 1) * work(getattr(inner, "jaxpr", inner), rows)
        else:
            total += CALL + rows * sum(int(np.prod(v.aval.shape)) for v in eqn.outvars)
    return total


def course(claim: Claim, program: Pointed, leaves: Sequence[np.ndarray], at: Sequence[Mapping[Step, int]]) -> Course:
    """What tends, for each draw at each of the steps, by one run of the program."""
    assert claim.along is not None
    along = tuple(here[claim.along] for here in at)
    count = len(leaves[0]) if leaves else 1
    if not count:
        return Course(along, np.zeros((0, len(at))))
    rows = program.program.step_rows([here for _ in range(count) for here in at])
    every = [np.repeat(a, len(at), axis=0) for a in leaves]
    families = {node.family for r in claim.assuming if r.sign == "→" for node in nodes(r.left)}
    every = [faded(program.program, k, a, families, np.tile(along, count)) for k, a in enumerate(every)]
    return Course(along, logs(program.program.only([0]), every, rows).reshape(count, len(at)))


def faded(program: Program, index: int, leaf: np.ndarray, families: set[Family], along: np.ndarray) -> np.ndarray:
    """A leaf that is assumed to vanish: over a power of the step, at a rate that goes round with the draws."""
    if program.leaves[index].owner not in families:
        return leaf
    per_draw = len(set(along.tolist()))
    rates = np.array(RATES)[np.arange(len(along)) // per_draw % len(RATES)]
    scale = along.astype(float) ** -rates
    return np.asarray(leaf * scale.reshape(-1, *(1,) * (leaf.ndim - 1)))


def logs(program: Program, leaves: Sequence[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """log₁₀ of the only entry of a program's only result, for each row."""
    system = Wide()
    with np.errstate(all="ignore"):
        [out] = run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments(system, leaves, rows), system)
        found = logarithm(lifted(out, system)).reshape(-1)
    return np.asarray(np.broadcast_to(found, (len(rows),)) if len(found) == 1 else found)
