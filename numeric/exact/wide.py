"""Floats with an exponent of their own: m · 2^e, m a double of size 1/2 to 1 (or 0), e a whole number.

A product of a thousand small factors does not underflow, and one of large factors does not overflow: what a double
would call 0 still has a logarithm. A sum loses what is 2⁻⁵³ of its largest term, as it does for doubles; functions are
evaluated on doubles, which is no loss, since an argument that a double cannot tell from 0 (or from ∞) does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numeric.exact.floats import contract
from numeric.exact.interpret import Lifted, PerDraw, System

NONE = -(1 << 40)  # the exponent of 0


def made(m: np.ndarray, e: np.ndarray) -> Lifted:
    """m · 2^e in the form that is kept."""
    mantissa, shift = np.frexp(m)
    return Lifted((mantissa, np.where(mantissa == 0, NONE, e + shift)))


def aligned(m: np.ndarray, e: np.ndarray, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Mantissas over the largest exponent along axes, and that exponent."""
    top = e.max(axis=axes, keepdims=True)
    return np.ldexp(m, np.maximum(e - top, -2000).astype(int)), top


def logarithm(x: Lifted) -> np.ndarray:
    """log₁₀ of the size; −∞ of 0."""
    m, e = x.parts
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(m == 0, -np.inf, np.log10(np.abs(m)) + e * np.log10(2.0)))


class Wide(System):
    """NumPy floats with exponents, many draws at a time."""

    name = "floats with exponents"

    def lift(self, a: np.ndarray) -> Lifted:
        a = np.asarray(a, np.float64)[None]
        return made(a, np.zeros(a.shape, np.int64))

    def draw(self, a: np.ndarray) -> Lifted:
        return made(np.asarray(a, np.float64), np.zeros(np.shape(a), np.int64))

    def _double(self, a: Lifted) -> np.ndarray:
        return np.asarray(np.ldexp(a.parts[0], np.clip(a.parts[1], -3000, 3000).astype(int)))

    def _function(self, f: Callable[..., Any], a: Lifted) -> Lifted:
        v = f(self._double(a))
        return made(v, np.zeros(v.shape, np.int64))

    # ---- ring

    def p_add(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (m, e), (n, f) = a.parts, b.parts
        top = np.maximum(e, f)
        shifts = (np.maximum(x - top, -2000).astype(int) for x in (e, f))
        return made(np.ldexp(m, next(shifts)) + np.ldexp(n, next(shifts)), top)

    p_add_any = p_add

    def p_sub(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self.p_add(p, a, self.p_neg(p, b))

    def p_neg(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((-a.parts[0], a.parts[1]))

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return made(a.parts[0] * b.parts[0], a.parts[1] + b.parts[1])

    def p_square(self, p: Any, a: Lifted) -> Lifted:
        return self.p_mul(p, a, a)

    def p_div(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        with np.errstate(all="ignore"):
            return made(a.parts[0] / b.parts[0], a.parts[1] - b.parts[1])

    def p_integer_pow(self, p: Any, a: Lifted) -> Lifted:
        n, out, base = abs(p["y"]), self.lift(np.ones(())), a
        out = Lifted(tuple(np.broadcast_to(part.reshape((1,) * a.parts[0].ndim), a.parts[0].shape)
                           for part in out.parts))
        one = out
        while n:
            out = self.p_mul(p, out, base) if n & 1 else out
            base, n = self.p_mul(p, base, base), n >> 1
        return out if p["y"] >= 0 else self.p_div(p, one, out)

    def p_dot_general(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        """Each row of the left and column of the right operand over its own exponent; what a row or column loses is
        2⁻²⁰⁰⁰ of its largest entry."""
        (ca, cb), _ = p["dimension_numbers"]
        m, e = aligned(a.parts[0], a.parts[1], tuple(axis + 1 for axis in ca))
        n, f = aligned(b.parts[0], b.parts[1], tuple(axis + 1 for axis in cb))
        # an outer sum of exponents is a contraction with ones
        ones = (np.ones_like(m), np.ones_like(n))
        length = contract(p, *ones)
        top = contract(p, np.broadcast_to(e, m.shape).astype(float), ones[1]) + \
            contract(p, ones[0], np.broadcast_to(f, n.shape).astype(float))
        return made(contract(p, m, n), np.rint(top / length).astype(np.int64))

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        axes = tuple(axis + 1 for axis in p["axes"])
        m, e = aligned(a.parts[0], a.parts[1], axes)
        return made(m.sum(axis=axes), e.reshape([n for k, n in enumerate(e.shape) if k not in axes]))

    # ---- functions

    def p_exp(self, p: Any, a: Lifted) -> Lifted:
        """e^z = 2^q e^r with q whole."""
        z = self._double(a)
        q = np.rint(np.clip(z / np.log(2.0), -1e9, 1e9))
        return made(np.exp(z - q * np.log(2.0)), q.astype(np.int64))

    def p_logistic(self, p: Any, a: Lifted) -> Lifted:
        one = self._same(a, 1.0)
        return self.p_div(p, one, self.p_add(p, one, self.p_exp(p, self.p_neg(p, a))))

    def _same(self, a: Lifted, value: float) -> Lifted:
        shape = a.parts[0].shape
        return made(np.full(shape, value), np.zeros(shape, np.int64))

    def p_tanh(self, p: Any, a: Lifted) -> Lifted:
        small = a.parts[1] < -60  # tanh z = z (1 + O(z²))
        m, e = self._function(np.tanh, a).parts
        return Lifted((np.where(small, a.parts[0], m), np.where(small, a.parts[1], e)))

    def p_log(self, p: Any, a: Lifted) -> Lifted:
        with np.errstate(all="ignore"):
            v = np.log(a.parts[0]) + a.parts[1] * np.log(2.0)
        return made(v, np.zeros(v.shape, np.int64))

    def p_log1p(self, p: Any, a: Lifted) -> Lifted:
        return self._function(np.log1p, a)

    def p_sin(self, p: Any, a: Lifted) -> Lifted:
        return self._function(np.sin, a)

    def p_cos(self, p: Any, a: Lifted) -> Lifted:
        return self._function(np.cos, a)

    def p_sqrt(self, p: Any, a: Lifted) -> Lifted:
        m, e = a.parts
        with np.errstate(invalid="ignore"):
            return made(np.sqrt(np.ldexp(m, (e % 2).astype(int))), (e - e % 2) // 2)

    def p_rsqrt(self, p: Any, a: Lifted) -> Lifted:
        return self.p_div(p, self._same(a, 1.0), self.p_sqrt(p, a))

    def p_spectral_norm(self, p: Any, a: Lifted) -> Lifted:
        m, e = aligned(a.parts[0], a.parts[1], (-2, -1))
        values = np.full(m.shape[:-2], np.nan)
        fine = np.isfinite(m).all(axis=(-2, -1))
        values[fine] = np.linalg.norm(m[fine], 2, axis=(-2, -1))
        return made(values, e[..., 0, 0])

    # ---- order

    def p_abs(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((abs(a.parts[0]), a.parts[1]))

    def p_sign(self, p: Any, a: Lifted) -> Lifted:
        return made(np.sign(a.parts[0]), np.zeros(a.parts[1].shape, np.int64))

    def p_max(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        larger = self.p_sub(p, a, b).parts[0] >= 0
        return Lifted(tuple(np.where(larger, x, y) for x, y in zip(a.parts, b.parts, strict=True)))

    def _compare(self, p: Any, a: Lifted, b: Lifted, test: Any) -> PerDraw:
        return PerDraw(test(self.p_sub(p, a, b).parts[0], 0.0))

    def p_gt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(p, a, b, np.greater)

    def p_ge(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(p, a, b, np.greater_equal)

    def p_lt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(p, a, b, np.less)

    def p_le(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(p, a, b, np.less_equal)

    def p_eq(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(p, a, b, np.equal)

    def p_ne(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(p, a, b, np.not_equal)
