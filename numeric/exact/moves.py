"""Primitives that only move data: they act alike on numbers of every kind.

A row takes the primitive's parameters, the number of leading axes of draws (0 or 1), and NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Unmoved(Exception):
    """A movement of data that has no rule here."""


Params = dict[str, Any]
Move = Callable[..., Any]


def _broadcast(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    shape = [1] * len(p["shape"])
    for k, axis in enumerate(p["broadcast_dimensions"]):
        shape[axis] = a.shape[lead + k]
    a = a.reshape(a.shape[:lead] + tuple(shape))
    return a if shape == list(p["shape"]) else np.broadcast_to(a, a.shape[:lead] + tuple(p["shape"]))


def _transpose(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    return a.transpose(*range(lead), *(axis + lead for axis in p["permutation"]))


def _reshape(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    if p.get("dimensions") is not None:
        a = _transpose({"permutation": p["dimensions"]}, lead, a)
    return a.reshape(a.shape[:lead] + tuple(p["new_sizes"]))


def _squeeze(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    return np.squeeze(a, tuple(axis + lead for axis in p["dimensions"]))


def _expand(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    return np.expand_dims(a, tuple(axis + lead for axis in p["dimensions"]))


def aligned(lead: int, arrays: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """The arrays with one number of draws."""
    if not lead:
        return list(arrays)
    draws = max(a.shape[0] for a in arrays)
    return [a if a.shape[0] == draws else np.broadcast_to(a, (draws, *a.shape[1:])) for a in arrays]


def _concatenate(p: Params, lead: int, *arrays: np.ndarray) -> np.ndarray:
    return np.concatenate(aligned(lead, arrays), axis=p["dimension"] + lead)


def _slice(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    strides = p["strides"] or (1,) * len(p["start_indices"])
    spans = zip(p["start_indices"], p["limit_indices"], strides, strict=True)
    return a[(slice(None),) * lead + tuple(slice(*span) for span in spans)]


def _split(p: Params, lead: int, a: np.ndarray) -> list[np.ndarray]:
    return np.split(a, np.cumsum(p["sizes"])[:-1], axis=p["axis"] + lead)


def _pad(p: Params, lead: int, a: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Zeros around, or with negative widths, entries cut off (what the derivative of zeros around is)."""
    out, value = aligned(lead, (a, value))
    for k, (low, high, interior) in enumerate(p["padding_config"]):
        axis = k + lead
        if interior:
            raise Unmoved("pad between entries")
        length = out.shape[axis]
        out = out[(slice(None),) * axis + (slice(max(0, -low), length - max(0, -high)),)]
        for width, before in ((low, True), (high, False)):
            if width > 0:
                shape = (*out.shape[:axis], width, *out.shape[axis + 1 :])
                fill = np.broadcast_to(value.reshape(value.shape + (1,) * (out.ndim - lead)), shape)
                out = np.concatenate([fill, out] if before else [out, fill], axis=axis)
    return out


def _rev(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    return np.flip(a, tuple(axis + lead for axis in p["dimensions"]))


def _same(p: Params, lead: int, a: np.ndarray) -> np.ndarray:
    return a


MOVES: dict[str, Move] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": _concatenate,
    "copy": _same,
    "copy_p": _same,
    "expand_dims": _expand,
    "pad": _pad,
    "reshape": _reshape,
    "rev": _rev,
    "slice": _slice,
    "split": _split,
    "squeeze": _squeeze,
    "stop_gradient": _same,
    "transpose": _transpose,
}


def _iota(p: Params) -> np.ndarray:
    shape, axis = p["shape"], p["dimension"]
    steps = np.arange(shape[axis], dtype=p["dtype"])
    return np.broadcast_to(steps.reshape([-1 if k == axis else 1 for k in range(len(shape))]), shape)


def _select(p: Params, which: np.ndarray, *cases: np.ndarray) -> np.ndarray:
    return np.choose(which.astype(int), cases)


# arithmetic on plain arrays: steps, masks, and whole numbers that no draw has touched
PLAIN: dict[str, Callable[..., Any]] = {
    "add": lambda p, a, b: a + b,
    "add_any": lambda p, a, b: a + b,
    "sub": lambda p, a, b: a - b,
    "mul": lambda p, a, b: a * b,
    "neg": lambda p, a: -a,
    "max": lambda p, a, b: np.maximum(a, b),
    "min": lambda p, a, b: np.minimum(a, b),
    "integer_pow": lambda p, a: a ** p["y"] if p["y"] >= 0 else None,
    "and": lambda p, a, b: a & b,
    "or": lambda p, a, b: a | b,
    "not": lambda p, a: ~a if a.dtype == bool else np.bitwise_not(a),
    "eq": lambda p, a, b: a == b,
    "ne": lambda p, a, b: a != b,
    "lt": lambda p, a, b: a < b,
    "le": lambda p, a, b: a <= b,
    "gt": lambda p, a, b: a > b,
    "ge": lambda p, a, b: a >= b,
    "clamp": lambda p, low, a, high: np.clip(a, low, high),
    "sign": lambda p, a: np.sign(a),
    "abs": lambda p, a: np.abs(a),
    "select_n": _select,
    "iota": lambda p: _iota(p),
    "reduce_sum": lambda p, a: a.sum(axis=tuple(p["axes"])),
    "convert_element_type": lambda p, a: a.astype(p["new_dtype"]),
}

ELEMENTWISE = frozenset(PLAIN) - {"iota", "reduce_sum"}
