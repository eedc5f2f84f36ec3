"""Decide by prime towers: JAX's derivative and a closed form in two of them, and the chance of being wrong."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np

from derivations.symbols import Family
from numeric.exact.degrees import Degrees
from numeric.exact.fields import BITS, MOST_LEVELS, Fields
from numeric.exact.interpret import Lifted, OutOfClass, PerDraw, lifted, over, run
from numeric.exact.levels import Needs
from numeric.plan import Leaf
from numeric.program import Program

TOWERS = 2


@dataclass(frozen=True)
class Towers:
    """Whether the towers tell a pair of results apart at each instance; the bound; draws with a zero denominator."""

    differs: np.ndarray  # instances × pairs
    decided: np.ndarray  # instances: in every tower at least one draw was not discarded, and the tower was deep enough
    false_accept: float  # the chance that a pair which is unequal was not told apart, over all decided instances
    discarded: int
    levels: int


def levels_of(program: Program, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray, Degrees]:
    """For each instance (a row of steps), the levels that the results need, and their degree; what was met on the way.

    Raises OutOfClass for a primitive that has no exact meaning in fields.
    """
    system = Degrees()
    leaves = [system.variable(leaf.shape, len(steps)) for leaf in program.leaves]
    out = run(program.jaxpr.jaxpr, program.jaxpr.consts, [*leaves, *(PerDraw(column) for column in steps.T)], system)
    values = [lifted(x, system) for x in out]

    def largest(part: int) -> np.ndarray:
        flat = [np.broadcast_to(v.parts[part], (len(steps), *v.parts[part].shape[1:])) for v in values]
        return np.max([x.reshape(len(steps), -1).max(axis=1, initial=0) for x in flat], axis=0)

    return largest(2).astype(int) + 1, largest(0), system


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the search for cycles of garbage: residues hold none, and there are many of them."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@no_collection()
def by_towers(program: Program, steps: np.ndarray, pairs: Sequence[tuple[int, int]], seed: int,
              deepest: int = 10) -> Towers:
    """Compare results at each row of steps. Instances that need more than ``deepest`` levels are left undecided.

    Raises OutOfClass for a primitive that has no exact meaning in fields.
    """
    levels, degree, met = levels_of(program, steps)
    shallow = np.flatnonzero(levels <= min(deepest, MOST_LEVELS))
    differs, decided = np.zeros((len(steps), len(pairs)), bool), np.zeros(len(steps), bool)
    if not len(shallow):
        depth = int(levels.min())
        raise OutOfClass(f"{depth} exponentials inside each other: deeper than the {deepest} levels of a tower")
    decided[shallow] = True
    top, discarded = int(levels[shallow].max()), 0
    needs = Needs(program.jaxpr.jaxpr, top)
    for k in range(TOWERS):
        system = Fields(top, seed * TOWERS + k, len(shallow), needs)
        leaves = [over(partial(declared, leaf), system.variable(leaf.shape, bits))
                  for leaf, bits in zip(program.leaves, needs.arguments, strict=False)]
        arguments = [*leaves, *(PerDraw(column) for column in steps[shallow].T)]
        values = [lifted(x, system) for x in run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments, system)]
        decided[shallow] &= ~system.discarded
        discarded += int(system.discarded.sum())
        for j, (a, b) in enumerate(pairs):
            differs[shallow, j] |= apart(values[a], values[b], len(shallow))
    single = bound(float(degree[decided].max(initial=0.0)), met)
    return Towers(differs, decided, single**TOWERS, discarded, top)


def declared(leaf: Leaf, residues: np.ndarray) -> np.ndarray:
    """Residues with the structure that was declared with the node: still independent, but for the ties it makes."""
    words = leaf.owner.structure if isinstance(leaf.owner, Family) else ()
    if "symmetric" in words:
        residues = residues + np.swapaxes(residues, -1, -2)
    if "diagonal" in words:
        residues = np.where(np.eye(residues.shape[-1], dtype=bool), residues, residues * 0)
    return residues * 0 if "zero" in words else residues


def apart(a: Lifted, b: Lifted, draws: int) -> np.ndarray:
    """In which draws two results differ at the top level."""
    x, y = (np.broadcast_to(v.parts[-1], (draws, *v.parts[-1].shape[1:])) for v in (a, b))
    return np.asarray((x != y).reshape(draws, -1).any(axis=1))


def bound(degree: float, met: Degrees) -> float:
    """The chance that one draw does not tell apart what is unequal (Schwartz 1980, Zippel 1979), at most one."""
    return min(1.0, (2 * degree + met.exponentials**2 * (2 * met.exponent)) / 2.0**BITS)
