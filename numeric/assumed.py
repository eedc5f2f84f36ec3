"""Draws at which a claim's assumptions hold: the usual strata, and what fails is scaled until it holds, or left out.

A draw that violates ρ < 1 has a parameter scaled down, one that violates ‖∂E_k/∂c_k‖ ≤ M has M scaled up. Which leaf,
and by how much, is tried in a fixed order, so that the same draw becomes the same numbers. Floats choose; whether an
assumption holds is told by exact numbers, where the draw is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.relations import VANISHING
from derivations.symbols import Family, Step, nodes
from numeric.draws import is_parameter, structured
from numeric.exact.settle import Question
from numeric.plan import Leaf
from numeric.pointed import Pointed
from numeric.program import Program
from numeric.sampling import drawn, strata_for
from numeric.sizes import Options, Sizes
from numeric.sweep import interpreted

MARGIN = 1e-9  # by which an assumption must hold in floats
SCALES = (*(2.0**k for n in range(1, 11) for k in (-n, n)), *(-(2.0**k) for k in range(-4, 11)), 0.0)


def _at_most(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    gap = right - left
    return np.asarray(((gap > MARGIN * (abs(left) + abs(right))) | ((left == 0) & (right == 0))).all(axis=(1, 2)))


def _apart(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.asarray((abs(left - right) > MARGIN * (abs(left) + abs(right))).any(axis=(1, 2)))


SEEMS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "≤": _at_most,
    "<": lambda left, right: _at_most(left, right) & ~((left == 0) & (right == 0)).any(axis=(1, 2)),
    "≠": _apart,
    "=": lambda left, right: np.asarray((left == right).all(axis=(1, 2))),
}


@dataclass(frozen=True)
class Draws:
    """Draws of the leaves of a program, each at steps of its own, at which the assumptions seem to hold."""

    leaves: list[np.ndarray]
    steps: np.ndarray  # a row for each draw
    turn: np.ndarray  # which of the instances each draw is at
    made: int  # draws before those were left out at which some assumption fails
    stubborn: str = ""  # the assumption that most of these violate

    def __len__(self) -> int:
        return len(self.turn)

    def some(self, which: Sequence[int] | np.ndarray) -> Draws:
        kept = np.asarray(which, int)
        return Draws([a[kept] for a in self.leaves], self.steps[kept], self.turn[kept], self.made, self.stubborn)


def satisfying(claim: Claim, pointed: Pointed, sizes: Sizes, instances: Sequence[Mapping[Step, int]], options: Options,
               count: int) -> Draws:
    """Draws of every stratum, rescaled where they violate an assumption; those that still do are left out."""
    program = pointed.program
    leaves, _ = drawn(claim, options, sizes, program, max(count, 20 if len(strata_for(claim)) > 1 else 1))
    number = len(leaves[0]) if leaves else count
    order = np.random.default_rng([options.seed, number]).permutation(number)[:count]  # of every stratum some
    leaves = [a[order] for a in leaves]
    turn = np.arange(len(order)) % len(instances)
    steps = program.step_rows([instances[int(q)] for q in turn])
    return fitted(claim, pointed, Draws(leaves, steps, turn, len(order)))


def fitted(claim: Claim, pointed: Pointed, draws: Draws) -> Draws:
    """The draws with leaves rescaled so that the assumptions seem to hold; those at which they do not are left out."""
    relations = [r for r in claim.assuming if r.sign != VANISHING]
    if not relations:
        return draws
    leaves = [a.copy() for a in draws.leaves]
    met = seen(pointed, leaves, draws.steps)
    for k, relation in enumerate(relations):
        named = {node.family for side in relation.sides for node in nodes(see_through(side))}
        for index in in_order(pointed.program, named):
            if met[:, k].all():
                break
            rescaled(pointed, leaves, draws.steps, met, k, index)
    kept = np.flatnonzero(met.all(axis=1))
    worst = int(met.sum(axis=0).argmin())
    return Draws([a[kept] for a in leaves], draws.steps[kept], draws.turn[kept], draws.made,
                 "" if met[:, worst].all() else str(relations[worst]))


def rescaled(pointed: Pointed, leaves: list[np.ndarray], steps: np.ndarray, met: np.ndarray, k: int,
             index: int) -> None:
    """Scale one leaf of the draws that violate an assumption: by the first factor that mends it and breaks no other."""
    at_fault = np.flatnonzero(~met[:, k])
    scales = SCALES if pointed.assumptions[k].sign != "=" else (0.0,)  # what is to be equal is so at 0, or by chance
    every = np.repeat(at_fault, len(scales))  # each of them, by each of the factors
    factors = np.tile(np.array(scales), len(at_fault))
    trial = [a[every] for a in leaves]
    scale = factors.reshape(-1, *(1,) * (trial[index].ndim - 1))
    trial[index] = structured(pointed.program.leaves[index], scale * trial[index])
    now = seen(pointed, trial, steps[every])
    better = (now[:, k] & (now | ~met[every]).all(axis=1)).reshape(len(at_fault), len(scales))
    mended = np.flatnonzero(better.any(axis=1))
    chosen = mended * len(scales) + better[mended].argmax(axis=1)
    leaves[index][at_fault[mended]] = trial[index][chosen]
    met[at_fault[mended]] = now[chosen]


def in_order(program: Program, named: set[Family]) -> list[int]:
    """The leaves that an assumption names, parameters first; then the other parameters; then what is left."""
    def rank(leaf: Leaf) -> tuple[bool, bool]:
        return leaf.owner not in named, not is_parameter(leaf)

    return sorted(range(len(program.leaves)), key=lambda k: (rank(program.leaves[k]), k))


def seen(pointed: Pointed, leaves: Sequence[np.ndarray], steps: np.ndarray) -> np.ndarray:
    """Which assumptions seem to hold, as floats see it (draws × assumptions)."""
    questions = pointed.assumptions
    wanted = sorted({k for q in questions for k in (q.left, q.right)})
    sample = interpreted(pointed.program.only(wanted), leaves, steps)
    place = {k: position for position, k in enumerate(wanted)}
    with np.errstate(all="ignore"):
        columns = [asked(q, sample.values[place[q.left]], sample.values[place[q.right]]) for q in questions]
    return np.stack(columns, axis=1)


def asked(q: Question, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return SEEMS[q.sign](*np.broadcast_arrays(left, right))
