"""Steps of a traced program: their values, and the masks by which a trajectory is read and changed at one of them.

No index arithmetic: a mask means the same in every number system, whatever is batched.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from jax import Array, lax
from sympy import Expr

from derivations.symbols import Step
from numeric.lower import Scope, StepValue


@lru_cache(maxsize=4096)
def affine(e: Expr) -> tuple[int, tuple[tuple[Step, int], ...]]:
    """A constant, and each step with its coefficient."""
    return int(e.as_coeff_Add()[0]), tuple((s, int(e.coeff(s))) for s in sorted(e.free_symbols, key=str))


def value_of(scope: Scope, e: Expr) -> StepValue:
    """The value of an affine expression in steps: an int where it can be, else an integer of the program."""
    constant, terms = affine(e)
    out: StepValue = constant
    for s, a in terms:
        value = scope.env[s]
        if not isinstance(value, int) and a != 1:
            value = lax.mul(value, np.int64(a))
        elif isinstance(value, int):
            value = a * value
        if isinstance(out, int) and isinstance(value, int):
            out += value
        elif isinstance(out, int):
            out = lax.add(value, np.int64(out)) if out else value
        else:
            out = lax.add(out, as_array(value))
    return out


def as_array(step: StepValue) -> Any:
    return np.asarray(step, np.int64) if isinstance(step, int) else step


def one(value: Array) -> Array:
    """A value as the only one of a trajectory."""
    return lax.expand_dims(value, (0,))


def mask_of(steps: Any, step: Any) -> Array:
    """Where along a trajectory a step of the program is, or the nearest: no index arithmetic, whatever is batched."""
    nearest = lax.clamp(steps[0], as_array(step), steps[-1])
    return lax.eq(steps, lax.broadcast(nearest, steps.shape))


def masked_sum(values: Array, here: Array) -> Array:
    """The entry of a trajectory where a mask is."""
    mask = lax.broadcast_in_dim(here, values.shape, (0,))
    return lax.reduce_sum(lax.select(mask, values, np.zeros(values.shape)), (0,))


def placed(values: Array, steps: Any, step: StepValue, value: Array) -> Array:
    """A trajectory with another value at one step."""
    here = lax.eq(steps, lax.broadcast(as_array(step), steps.shape))
    mask = lax.broadcast_in_dim(here, values.shape, (0,))
    return lax.select(mask, lax.broadcast_in_dim(value, values.shape, (1, 2)), values)


def nearest(values: Array, low: int, steps: np.ndarray) -> Array:
    """A trajectory that begins at ``low``, at consecutive steps; at those that it has not, its nearest value."""
    count = values.shape[0]
    first, last = int(steps[0]) - low, int(steps[-1]) - low + 1
    start, stop = min(max(first, 0), count - 1), min(max(last, 1), count)
    parts = [*[lax.slice_in_dim(values, 0, 1)] * min(max(0, -first), len(steps) - 1),
             lax.slice_in_dim(values, min(start, stop - 1), stop),
             *[lax.slice_in_dim(values, count - 1, count)] * min(max(0, last - count), len(steps) - 1)]
    return lax.concatenate(parts, 0) if len(parts) > 1 else parts[0]
