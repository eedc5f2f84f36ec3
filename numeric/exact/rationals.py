"""Exact rational numbers (python-flint's fmpq), for points at which a function's value is rational.

σ(0) = 1/2, tanh 0 = sin 0 = 0, exp 0 = cos 0 = 1, log 1 = 0, and roots of squares. Where a value is not rational, or
its numerator or denominator too long, the point is out of class, with its reason; nothing is rounded, ever. Unlike
balls, these tell that two sides are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import fmpq, fmpz

from numeric.exact.floats import contract
from numeric.exact.interpret import Lifted, OutOfClass, PerDraw, System, each, of_each_value
from numeric.exact.singular import of_matrices

BITS = 1 << 16  # of a numerator or denominator
SPECIAL: dict[str, dict[fmpq, fmpq]] = {
    "exp": {fmpq(0): fmpq(1)}, "tanh": {fmpq(0): fmpq(0)}, "logistic": {fmpq(0): fmpq(1, 2)},
    "log": {fmpq(1): fmpq(0)}, "log1p": {fmpq(0): fmpq(0)}, "sin": {fmpq(0): fmpq(0)}, "cos": {fmpq(0): fmpq(1)},
}


def exactly(x: Any) -> fmpq:
    """A double, or a rational number, as it is."""
    if isinstance(x, fmpq):
        return x
    if not np.isfinite(x):
        raise OutOfClass(f"{x} is no rational number")
    return fmpq(*float(x).as_integer_ratio())


def root(x: fmpq) -> fmpq:
    """The square root of a square. Raises OutOfClass for any other number."""
    if x < 0:
        raise OutOfClass("the root of a negative number")
    p, q = fmpz(x.p).isqrt(), fmpz(x.q).isqrt()
    if p * p != x.p or q * q != x.q:
        raise OutOfClass(f"√({x}) is not rational")
    return fmpq(p, q)


class Rationals(System):
    """Arrays of fmpq. ``ties``: draws that met a kink, where a derivative does not exist."""

    name = "rational numbers"

    def __init__(self) -> None:
        super().__init__()
        self.ties: np.ndarray | None = None

    def lift(self, a: np.ndarray) -> Lifted:
        return Lifted((of_each_value(exactly, np.asarray(a, np.float64))[None],))

    def draw(self, a: np.ndarray) -> Lifted:
        return Lifted((each(exactly, a),))

    def _made(self, a: Any) -> Lifted:
        for x in np.asarray(a, dtype=object).flat:
            if x.height_bits() > BITS:
                raise OutOfClass(f"rational numbers of more than {BITS} binary digits")
        return Lifted((np.asarray(a, dtype=object),))

    def _map(self, f: Callable[..., Any], *values: Lifted) -> Lifted:
        return self._made(each(f, *(v.parts[0] for v in values)))

    # ---- ring and division

    def p_add(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._made(a.parts[0] + b.parts[0])

    p_add_any = p_add

    def p_sub(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._made(a.parts[0] - b.parts[0])

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._made(a.parts[0] * b.parts[0])

    def p_square(self, p: Any, a: Lifted) -> Lifted:
        return self.p_mul(p, a, a)

    def p_neg(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((-a.parts[0],))

    def p_div(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._map(self._quotient, a, b)

    @staticmethod
    def _quotient(x: fmpq, y: fmpq) -> fmpq:
        if y == 0:
            raise OutOfClass("a division by zero")
        return x / y

    def p_integer_pow(self, p: Any, a: Lifted) -> Lifted:
        def power(x: fmpq) -> fmpq:
            return x ** p["y"] if p["y"] >= 0 else self._quotient(fmpq(1), x ** -p["y"])

        return self._map(power, a)

    def p_dot_general(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._made(contract(p, a.parts[0], b.parts[0]))

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        return self._made(a.parts[0].sum(axis=tuple(axis + 1 for axis in p["axes"])))

    # ---- functions, where their values are rational

    def _special(self, name: str, a: Lifted) -> Lifted:
        def value(x: fmpq) -> fmpq:
            if x not in SPECIAL[name]:
                raise OutOfClass(f"{name}({x}) is not rational" if len(str(x)) < 40 else f"{name} of no special value")
            return SPECIAL[name][x]

        return self._map(value, a)

    def call(self, name: str, p: dict[str, Any], values: Any) -> Any:
        return self._special(name, *values) if name in SPECIAL else super().call(name, p, values)

    def p_sqrt(self, p: Any, a: Lifted) -> Lifted:
        return self._map(root, a)

    def p_rsqrt(self, p: Any, a: Lifted) -> Lifted:
        return self._map(lambda x: self._quotient(fmpq(1), root(x)), a)

    def p_spectral_norm(self, p: Any, a: Lifted) -> Lifted:
        return self._made(of_matrices(self._spectral, a.parts[0], scalar=True))

    @staticmethod
    def _spectral(a: np.ndarray) -> fmpq:
        """Of a matrix whose columns are orthogonal: the length of the longest."""
        B = a.T @ a
        if any(B[i, j] != 0 for i in range(len(B)) for j in range(i)):
            raise OutOfClass("the spectral norm of a matrix whose columns are not orthogonal")
        return root(max(B[i, i] for i in range(len(B))))

    # ---- order

    def p_abs(self, p: Any, a: Lifted) -> Lifted:
        return self._map(abs, a)

    def p_sign(self, p: Any, a: Lifted) -> Lifted:
        """The slope of |x|, which has none at 0."""
        self._tie(a.parts[0] == 0)
        return self._map(lambda x: fmpq((x > 0) - (x < 0)), a)

    def _tie(self, equal: np.ndarray) -> None:
        at = np.asarray(equal.astype(bool).any(axis=tuple(range(1, equal.ndim))))
        self.ties = at if self.ties is None else self.ties | at

    def p_max(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        self._tie(a.parts[0] == b.parts[0])
        return self._map(max, a, b)

    def p_reduce_max(self, p: Any, a: Lifted) -> Lifted:
        return Lifted((np.asarray(a.parts[0].max(axis=tuple(axis + 1 for axis in p["axes"])), dtype=object),))

    def _compared(self, a: Lifted, b: Lifted, test: Any) -> PerDraw:
        self._tie(a.parts[0] == b.parts[0])
        return PerDraw(np.asarray(test(a.parts[0], b.parts[0])).astype(bool))

    def p_gt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compared(a, b, np.greater)

    def p_ge(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compared(a, b, np.greater_equal)

    def p_lt(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compared(a, b, np.less)

    def p_le(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return self._compared(a, b, np.less_equal)

    def p_eq(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return PerDraw(np.asarray(a.parts[0] == b.parts[0]).astype(bool))

    def p_ne(self, p: Any, a: Lifted, b: Lifted) -> PerDraw:
        return PerDraw(np.asarray(a.parts[0] != b.parts[0]).astype(bool))
