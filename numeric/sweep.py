"""Evidence from floats: many draws of one traced program, interpreted by NumPy or compiled by XLA, bounds included."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun

from numeric.exact.floats import Floats, U
from numeric.exact.interpret import arguments, lifted, run
from numeric.program import Program

SLACK = 32.0  # |difference| ≤ SLACK · u · bound is consistent
RESOLVED = 1e-6  # a bound wider than this part of the value is no evidence
FLOOR = 2.0**-1000  # XLA flushes subnormal numbers
SMALL = 4096  # entries of the leaves of a draw: up to here the arithmetic takes less time than its optimisation would
QUICKLY: Any = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False,
                "xla_cpu_parallel_codegen_split_count": 1}
CHUNK = 1024  # draws that are interpreted together
APART = 0.01  # a term counts where dropping it changes the side by at least this part of it


@dataclass(frozen=True)
class Sample:
    """Draws of one program: for each result, values and bounds (draws × rows × columns)."""

    values: list[np.ndarray]
    bounds: list[np.ndarray]  # absolute


def interpreted(program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray) -> Sample:
    """Without compiling: the traced program over NumPy floats. ``steps`` has a row for each draw."""
    parts = [_chunk(program, [a[start : start + CHUNK] for a in leaves], steps[start : start + CHUNK])
             for start in range(0, len(steps), CHUNK)]
    values, bounds = zip(*parts, strict=True)
    return Sample(*([np.concatenate(column) for column in zip(*rows, strict=True)] for rows in (values, bounds)))


def _chunk(program: Program, leaves: Sequence[np.ndarray],
           steps: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Values and bounds of a few draws: few enough to stay in the processor's cache."""
    system, draws = Floats(), len(steps)
    with np.errstate(all="ignore"):
        out = run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments(system, leaves, steps), system)
        values, bounds = zip(*(lifted(x, system).parts for x in out), strict=True)
        return ([np.broadcast_to(v, (draws, *v.shape[1:])) for v in values],
                [U * np.broadcast_to(b, (draws, *b.shape[1:])) for b in bounds])


class Compilation:
    """A program that XLA compiles for many draws, beside whatever else is going on."""

    def __init__(self, program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray) -> None:
        self.arguments = [*leaves, *(np.ascontiguousarray(column) for column in steps.T)]
        with jax.enable_x64(True):
            lowered = jax.jit(jax.vmap(jaxpr_as_fun(program.jaxpr))).lower(*self.arguments)
        small = sum(a[0].size for a in leaves) <= SMALL
        self.compiled = _compiler.submit(lowered.compile, compiler_options=QUICKLY if small else None)

    def sample(self, bounds: list[np.ndarray]) -> Sample:
        """What XLA computes; the bounds are those that the interpreter found for the same draws."""
        with jax.enable_x64(True):
            found = [np.asarray(v) for v in self.compiled.result()(*self.arguments)]
        return Sample([np.broadcast_to(v, b.shape) for v, b in zip(found, bounds, strict=True)], bounds)


_compiler = ThreadPoolExecutor(max_workers=1, thread_name_prefix="xla")


@dataclass(frozen=True)
class Comparison:
    """Two results of a sample, draw by draw."""

    consistent: np.ndarray  # within the running bound
    resolved: np.ndarray  # the bound is narrow enough to be evidence, and the values are not zero
    zero: np.ndarray  # both sides are exactly zero: no evidence, but no doubt either
    ratio: np.ndarray  # the largest |difference| of a draw in units of SLACK · u · bound, where it is consistent


def compare(sample: Sample, a: int, b: int) -> Comparison:
    """Whether two results agree within their bounds. What is not finite never compares equal."""
    x, y = sample.values[a], sample.values[b]
    bound = SLACK * (sample.bounds[a] + sample.bounds[b]) + FLOOR
    with np.errstate(all="ignore"):
        difference = np.abs(x - y)
        fine = np.isfinite(x) & np.isfinite(y) & np.isfinite(bound) & (difference <= bound)
        consistent = fine.all(axis=(1, 2))
        scale = np.maximum(np.abs(x), np.abs(y)).max(axis=(1, 2), initial=0.0)
        resolved = consistent & (scale > 0) & (bound.max(axis=(1, 2), initial=0.0) <= RESOLVED * scale)
        ratio = np.where(fine, difference / bound, 0.0).max(axis=(1, 2), initial=0.0)
    return Comparison(consistent, resolved, consistent & (scale == 0), np.where(consistent, ratio, 0.0))


def told_apart(sample: Sample, side: int, variant: int) -> np.ndarray:
    """In which draws a side differs from its variant (a term dropped, a factor replaced) by enough to be seen."""
    x, y = sample.values[side], sample.values[variant]
    with np.errstate(all="ignore"):
        difference = np.abs(x - y)
        large = difference >= APART * (np.abs(x) + np.abs(y))
        sharp = SLACK * (sample.bounds[side] + sample.bounds[variant]) <= 1e-4 * difference
        return np.asarray((large & sharp & np.isfinite(difference) & (difference > FLOOR)).any(axis=(1, 2)))
