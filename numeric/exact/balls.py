"""Ball arithmetic (python-flint's arb; Johansson 2017): a value is an interval that rigorously contains the true one.

A difference of two balls that excludes zero refutes, at that point, without any tolerance. Balls that stay too wide
are computed again at twice the precision; what the cap leaves open is unknown, never passed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from numeric.exact.floats import contract
from numeric.exact.interpret import Lifted, PerDraw, System, Unknown, each, of_each_value
from numeric.exact.singular import direction, largest, of_matrices


def ball(x: Any) -> arb:
    return arb(int(x)) if float(x).is_integer() and abs(float(x)) < 2**53 else arb(float(x))


class Balls(System):
    """Arrays of arb; the precision is flint's context."""

    name = "balls"
    ties: np.ndarray | None = None  # draws that met a kink
    edges: np.ndarray | None = None  # draws that met the root of zero, where it has no slope, or divided by zero

    def lift(self, a: np.ndarray) -> Lifted:
        return Lifted((of_each_value(ball, np.asarray(a))[None],))

    def draw(self, a: np.ndarray) -> Lifted:
        """Exact floats, with their axis of draws."""
        return Lifted((each(ball, a),))

    def _map(self, f: Callable[..., Any], *values: Lifted) -> Lifted:
        return Lifted((each(f, *(v.parts[0] for v in values)),))

    def p_add(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return Lifted((a.parts[0] + b.parts[0],))

    p_add_any = p_add

    def p_sub(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return Lifted((a.parts[0] - b.parts[0],))

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return Lifted((a.parts[0] * b.parts[0],))

    def p_square(self, p: Any, a: Lifted) -> Lifted:
        return self.p_mul(p, a, a)

    def p_neg(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((-a.parts[0],))

    def p_div(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        self.edges = met(self.edges, b.parts[0])
        return Lifted((a.parts[0] / b.parts[0],))

    def p_dot_general(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return Lifted((contract(p, a.parts[0], b.parts[0]),))

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((np.asarray(a.parts[0].sum(axis=tuple(axis + 1 for axis in p["axes"])), dtype=object),))

    def p_integer_pow(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: x ** p["y"], a)

    def p_exp(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: x.exp(), a)

    def p_tanh(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: x.tanh(), a)

    def p_logistic(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: 1 / (1 + (-x).exp()), a)

    def p_log(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: x.log(), a)

    def p_log1p(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: x.log1p(), a)

    def p_sin(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: x.sin(), a)

    def p_cos(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: x.cos(), a)

    def p_sqrt(self, p: Any, a: Lifted) -> Lifted:
        self.edges = met(self.edges, a.parts[0])
        return self._map(root, a)

    def p_rsqrt(self, p: Any, a: Lifted) -> Lifted:
        self.edges = met(self.edges, a.parts[0])
        return self._map(lambda x: x.rsqrt(), a)

    def p_spectral_norm(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((of_matrices(largest, a.parts[0], scalar=True),))

    def p_spectral_direction(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((of_matrices(direction, a.parts[0], scalar=False),))

    # ---- order: decided by balls that do not overlap, or by exact numbers

    def _sign(self, x: arb) -> int:
        if x > 0:
            return 1
        if x < 0:
            return -1
        if x == 0:
            return 0
        raise Unknown("the sign of a ball around zero")

    def p_sign(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: arb(self._sign(x)), a)

    def p_abs(self, p: Any, a: Lifted) -> Lifted:
        self._tie(a.parts[0])
        return self._map(abs, a)

    def _tie(self, a: np.ndarray) -> None:
        self.ties = met(self.ties, a)

    def p_max(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        self._tie(a.parts[0] - b.parts[0])
        return self._map(lambda x, y: x.max(y), a, b)

    def _compare(self, a: Lifted, b: Lifted, test: Callable[[int], bool]) -> PerDraw:
        return PerDraw(each(lambda x, y: test(self._sign(x - y)), a.parts[0], b.parts[0]).astype(bool))

    def _ordered(self, a: Lifted, b: Lifted, test: Callable[[int], bool]) -> PerDraw:
        self._tie(a.parts[0] - b.parts[0])
        return self._compare(a, b, test)

    def p_gt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._ordered(a, b, lambda s: s > 0)

    def p_ge(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._ordered(a, b, lambda s: s >= 0)

    def p_lt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._ordered(a, b, lambda s: s < 0)

    def p_le(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._ordered(a, b, lambda s: s <= 0)

    def p_eq(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(a, b, lambda s: s == 0)

    def p_ne(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compare(a, b, lambda s: s != 0)


def met(before: np.ndarray | None, a: np.ndarray) -> np.ndarray:
    """In which draws some ball is exactly zero, now or before."""
    at = np.asarray(each(lambda x: bool(x == 0), a).astype(bool).any(axis=tuple(range(1, a.ndim))))
    return at if before is None else before | at


def root(x: Any) -> Any:
    """√x; where it is not told whether x is 0 or more, all that it can be: √0 is 0, and of a sum of squares that is 0
    no precision tells more. (Where x is negative, √x is no number, and nothing is said of it.)"""
    return arb(0).union(x.upper().sqrt()) if x.contains(0) and x.upper() > 0 else x.sqrt()
