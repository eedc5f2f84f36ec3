"""Decide by prime towers: JAX's derivative and a closed form in two of them, and the chance of being wrong."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import prod
from typing import Any

import numpy as np

from derivations.symbols import Family
from numeric.exact.degrees import Degrees
from numeric.exact.fields import BITS, MOST_LEVELS, Fields
from numeric.exact.interpret import Lifted, OutOfClass, PerDraw, lifted, over, run
from numeric.exact.levels import Needs
from numeric.exact.roots import MOST, RELATION
from numeric.matrices import is_orthogonal
from numeric.plan import Leaf
from numeric.program import Program

Component = dict[Leaf, np.ndarray]  # the sign of the determinant of each orthogonal matrix of a leaf

TOWERS = 2
ATTEMPTS = 64  # points of one tower's kind, until every radicand is a square


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
    compared = Compared(program, steps[shallow], pairs, int(levels[shallow].max()))
    single, discarded = [], 0
    for k in range(TOWERS):
        chances = 0.0
        for compared.component in components(program):
            found = compared.with_signs(seed * TOWERS + k) if met.roots else compared.at(seed * TOWERS + k)
            decided[shallow] &= found.kept
            differs[shallow] |= found.differs
            discarded += found.discarded
            chances += found.chances * bound(float(degree[decided].max(initial=0.0)), met, found.relations)
        single.append(min(1.0, chances))
    return Towers(differs, decided, prod(single), discarded, compared.levels)


@dataclass(frozen=True)
class Outcomes:
    """What one tower says of each row of steps; how often a wrong pair had a chance of vanishing by accident."""

    differs: np.ndarray
    kept: np.ndarray
    discarded: int
    free: np.ndarray  # square roots whose sign is free
    relations: int = 0
    chances: int = 1


class Compared:
    """Pairs of results of a program, compared in one tower at a time."""

    def __init__(self, program: Program, steps: np.ndarray, pairs: Sequence[tuple[int, int]], levels: int) -> None:
        self.program, self.steps, self.pairs, self.levels = program, steps, pairs, levels
        self.needs = Needs(program.jaxpr.jaxpr, levels)
        self.component: Component = {}

    def at(self, seed: int, which: Any = slice(None), signs: int = 0) -> Outcomes:
        """One random point for each of these rows of steps, and every choice of this many signs there."""
        jaxpr, steps, copies = self.program.jaxpr, self.steps[which], 1 << signs
        rows = len(steps)
        system = Fields(self.levels, seed, rows, self.needs, copies)
        leaves = [over(partial(declared, leaf, self.component.get(leaf)), system.variable(leaf.shape, bits))
                  for leaf, bits in zip(self.program.leaves, self.needs.arguments, strict=False)]
        arguments = [*leaves, *(PerDraw(column.repeat(copies)) for column in steps.T)]
        values = [lifted(x, system) for x in run(jaxpr.jaxpr, jaxpr.consts, arguments, system)]
        differs = [apart(values[a], values[b], rows * copies).reshape(rows, copies).any(axis=1) for a, b in self.pairs]
        kept = np.asarray(~system.discarded.reshape(rows, copies).any(axis=1))
        free, relations = (x.reshape(rows, copies).max(axis=1) for x in (system.roots.free, system.roots.tests))
        return Outcomes(np.stack(differs, axis=1), kept, int((~kept).sum()), free, int(relations.max(initial=0)))

    def with_signs(self, seed: int) -> Outcomes:
        """Points at which every radicand is a square, each row of steps with its own; there, every choice of signs.

        Raises OutOfClass where a choice tells a pair apart, which refutes nothing, and where too much is to be tried.
        """
        left, discarded, most, relations = np.arange(len(self.steps)), 0, 0, 0
        for attempt in range(ATTEMPTS):
            first = self.at(seed + (attempt << 32), left)
            free = int(first.free[first.kept].max(initial=0))
            if free > MOST:
                raise OutOfClass(f"{free} square roots whose signs are free: expected {MOST} at most")
            every = self.at(seed + (attempt << 32), left, free) if free else first
            kept = first.kept & every.kept & (every.free <= free)
            if first.differs[first.kept].any() or every.differs[kept].any():
                raise OutOfClass("the sides differ for some choice of the signs of square roots, "
                                 "of which towers do not know the right one")
            discarded, most = discarded + int((~kept).sum()), max(most, free)
            relations, left = max(relations, every.relations), left[~kept]
            if not len(left):
                rows = len(self.steps)
                return Outcomes(np.zeros((rows, len(self.pairs)), bool), np.ones(rows, bool), discarded,
                                np.full(rows, most), relations, (attempt + 1) << most)
        raise OutOfClass(f"none of {ATTEMPTS} points was found at which every radicand is a square in prime fields "
                         "and no denominator zero")


def components(program: Program) -> Iterator[Component]:
    """Every choice of the determinants' signs: orthogonal matrices are not connected, and an identity that holds for
    rotations may fail for reflections. Raises OutOfClass where there are too many."""
    chosen = [leaf for leaf in program.leaves if is_orthogonal(leaf)]
    counts = [prod(leaf.shape[:-2]) for leaf in chosen]
    if sum(counts) > MOST:
        raise OutOfClass(f"{sum(counts)} orthogonal matrices: expected {MOST} at most")
    for signs in product((1, -1), repeat=sum(counts)):
        left = iter(signs)
        yield {leaf: np.array([next(left) for _ in range(count)]).reshape(leaf.shape[:-2])
               for leaf, count in zip(chosen, counts, strict=True)}


def declared(leaf: Leaf, signs: Any, residues: np.ndarray) -> np.ndarray:
    """Residues with the structure that was declared with the node: still independent, but for the ties it makes."""
    words = leaf.owner.structure if isinstance(leaf.owner, Family) else ()
    if "orthogonal" in words:  # what is on the diagonal are signs: of these, the product matters alone
        eye = np.eye(residues.shape[-1], dtype=bool)
        residues = np.where(eye, residues**0, residues)
        residues[..., 0, 0] = residues[..., 0, 0] * signs.astype(object)
    if "symmetric" in words:
        residues = residues + np.swapaxes(residues, -1, -2)
    if "diagonal" in words:
        residues = np.where(np.eye(residues.shape[-1], dtype=bool), residues, residues * 0)
    return residues * 0 if "zero" in words else residues


def apart(a: Lifted, b: Lifted, draws: int) -> np.ndarray:
    """In which draws two results differ at the top level."""
    x, y = (np.broadcast_to(v.parts[-1], (draws, *v.parts[-1].shape[1:])) for v in (a, b))
    return np.asarray((x != y).reshape(draws, -1).any(axis=1))


def bound(degree: float, met: Degrees, relations: int = 0) -> float:
    """The chance that one draw does not tell apart what is unequal (Schwartz 1980, Zippel 1979), at most one."""
    accidents = 2 * degree + met.exponentials**2 * (2 * met.exponent) + relations * RELATION * met.radicand
    return min(1.0, accidents / 2.0**BITS)
