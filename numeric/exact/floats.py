"""Floats paired with a running bound of their rounding errors, in units of u = 2⁻⁵³ (Wilkinson 1963).

Each operation adds its own rounding to what its operands bring along, to first order: a comparison within 32·u·bound
is consistent; beyond it, balls decide. A float disagreement never refutes by itself.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from numeric.exact.interpret import Lifted, PerDraw, System
from numeric.exact.singular import float_directions, float_norms

U = 2.0**-53
LIBRARY = 4.0  # units in the last place that a library function may be off


def contract(p: dict[str, Any], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """dot_general with a leading axis of draws, for numbers of any kind."""
    if p["dimension_numbers"] == PLAIN and a.ndim == b.ndim == 3:
        return np.matmul(a, b)
    left, right, (batch, free, summed) = _axes(p["dimension_numbers"], a.ndim, b.ndim)
    x, y = a.transpose(left), b.transpose(right)
    shape, rows, columns = x.shape[: 1 + batch], x.shape[1 + batch : 1 + batch + free], y.shape[1 + batch + summed :]
    inner = x.shape[x.ndim - summed :]
    x = x.reshape(shape[0], prod(shape[1:]), prod(rows), prod(inner))
    y = y.reshape(y.shape[0], prod(shape[1:]), prod(inner), prod(columns))
    out = np.matmul(x, y)
    return out.reshape(out.shape[0], *shape[1:], *rows, *columns)


PLAIN = (((1,), (0,)), ((), ()))  # a product of two matrices
Axes = tuple[int, ...]


@lru_cache(maxsize=1024)
def _axes(dimension_numbers: Any, left: int, right: int) -> tuple[Axes, Axes, tuple[int, int, int]]:
    """The axes of both sides, batch, free, summed on the left, batch, summed, free on the right; how many are each."""
    (ca, cb), (ba, bb) = ([[axis + 1 for axis in axes] for axes in pair] for pair in dimension_numbers)
    fa = [axis for axis in range(1, left) if axis not in ca and axis not in ba]
    fb = [axis for axis in range(1, right) if axis not in cb and axis not in bb]
    return (0, *ba, *fa, *ca), (0, *bb, *cb, *fb), (len(ba), len(fa), len(ca))


class Floats(System):
    """NumPy floats (value, bound), many draws at a time."""

    name = "floats"
    ties: np.ndarray | None = None

    def lift(self, a: np.ndarray) -> Lifted:
        a = np.asarray(a, np.float64)[None]
        return Lifted((a, np.zeros_like(a)))

    def draw(self, a: np.ndarray) -> Lifted:
        """Exact floats, with their axis of draws."""
        return Lifted((a, np.zeros_like(a)))

    # ---- ring

    def p_add(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, dx), (y, dy) = a.parts, b.parts
        v = x + y
        return Lifted((v, dx + dy + abs(v)))

    p_add_any = p_add

    def p_sub(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, dx), (y, dy) = a.parts, b.parts
        v = x - y
        return Lifted((v, dx + dy + abs(v)))

    def p_neg(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((-a.parts[0], a.parts[1]))

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, dx), (y, dy) = a.parts, b.parts
        v = x * y
        return Lifted((v, abs(x) * dy + (abs(y) + U * dy) * dx + abs(v)))

    def p_square(self, p: Any, a: Lifted) -> Lifted:
        return self.p_mul(p, a, a)

    def p_dot_general(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, dx), (y, dy) = a.parts, b.parts
        terms = prod(x.shape[axis + 1] for axis in p["dimension_numbers"][0][0])
        return Lifted((contract(p, x, y), contract(p, abs(x), dy + terms * abs(y)) + contract(p, dx, abs(y) + U * dy)))

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        x, dx = a.parts
        axes = tuple(axis + 1 for axis in p["axes"])
        terms = prod(x.shape[axis] for axis in axes)
        return Lifted((x.sum(axis=axes), (dx + (terms - 1) * abs(x)).sum(axis=axes)))

    def p_div(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, dx), (y, dy) = a.parts, b.parts
        v = x / y
        return Lifted((v, (dx + abs(v) * dy) / abs(y) + abs(v)))

    def p_integer_pow(self, p: Any, a: Lifted) -> Lifted:
        x, dx = a.parts
        n = p["y"]
        v = x**n if n >= 0 else 1.0 / x ** (-n)
        slope = abs(n) * abs(x ** (n - 1) if n >= 1 else 1.0 / x ** (1 - n))
        return Lifted((v, slope * dx + abs(n) * abs(v)))

    # ---- functions: the slope carries the argument's error, the library adds its own

    def _function(self, v: Any, slope: Any, dx: Any) -> Lifted:
        return Lifted((v, abs(slope) * dx + LIBRARY * abs(v)))

    def p_exp(self, p: Any, a: Lifted) -> Lifted:
        v = np.exp(a.parts[0])
        return self._function(v, v, a.parts[1])

    def p_tanh(self, p: Any, a: Lifted) -> Lifted:
        v = np.tanh(a.parts[0])
        return self._function(v, 1 - v * v, a.parts[1])

    def p_logistic(self, p: Any, a: Lifted) -> Lifted:
        e = np.exp(-abs(a.parts[0]))
        v = np.where(a.parts[0] >= 0, 1 / (1 + e), e / (1 + e))
        return self._function(v, e / (1 + e) ** 2, a.parts[1])

    def p_log(self, p: Any, a: Lifted) -> Lifted:
        return self._function(np.log(a.parts[0]), 1 / a.parts[0], a.parts[1])

    def p_log1p(self, p: Any, a: Lifted) -> Lifted:
        return self._function(np.log1p(a.parts[0]), 1 / (1 + a.parts[0]), a.parts[1])

    def p_sin(self, p: Any, a: Lifted) -> Lifted:
        return self._function(np.sin(a.parts[0]), np.cos(a.parts[0]), a.parts[1])

    def p_cos(self, p: Any, a: Lifted) -> Lifted:
        return self._function(np.cos(a.parts[0]), np.sin(a.parts[0]), a.parts[1])

    def p_sqrt(self, p: Any, a: Lifted) -> Lifted:
        v = np.sqrt(a.parts[0])
        return self._function(v, 0.5 / v, a.parts[1])

    def p_rsqrt(self, p: Any, a: Lifted) -> Lifted:
        v = 1 / np.sqrt(a.parts[0])
        return self._function(v, 0.5 * v**3, a.parts[1])

    def p_spectral_norm(self, p: Any, a: Lifted) -> Lifted:
        return Lifted(float_norms(*np.broadcast_arrays(*a.parts)))

    def p_spectral_direction(self, p: Any, a: Lifted) -> Lifted:
        return Lifted(float_directions(*np.broadcast_arrays(*a.parts)))

    # ---- order; a draw at which it ties may be where a function has a kink

    def _tie(self, equal: np.ndarray) -> None:
        at = np.asarray(equal.any(axis=tuple(range(1, equal.ndim))))
        self.ties = at if self.ties is None else self.ties | at

    def p_max(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, dx), (y, dy) = a.parts, b.parts
        self._tie(x == y)
        return Lifted((np.maximum(x, y), np.maximum(dx, dy)))

    def p_reduce_max(self, p: Any, a: Lifted) -> Lifted:
        axes = tuple(axis + 1 for axis in p["axes"])
        return Lifted((a.parts[0].max(axis=axes), a.parts[1].max(axis=axes)))

    def p_abs(self, p: Any, a: Lifted) -> Lifted:
        self._tie(a.parts[0] == 0)
        return Lifted((abs(a.parts[0]), a.parts[1]))

    def p_sign(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((np.sign(a.parts[0]), 0 * a.parts[0]))

    def _compare(self, a: Lifted, b: Lifted, test: Any) -> PerDraw:
        self._tie(a.parts[0] == b.parts[0])
        return PerDraw(test(a.parts[0], b.parts[0]))

    def p_gt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(a, b, np.greater)

    def p_ge(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(a, b, np.greater_equal)

    def p_lt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(a, b, np.less)

    def p_le(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(a, b, np.less_equal)

    def p_eq(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return PerDraw(a.parts[0] == b.parts[0])

    def p_ne(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return PerDraw(a.parts[0] != b.parts[0])
