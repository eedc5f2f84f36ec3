"""How far a program's results are from linear: degrees, and how deep its exponentials are nested.

A number system like the others, whose value is an upper bound on the degree of each entry as a quotient of polynomials
in the variables and in exponentials; of an algebraic function, on its height. Sums of quotients add degrees (a common
denominator), and entries that are exactly zero take no part: a masked step costs nothing.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from numeric.exact.floats import contract
from numeric.exact.interpret import Lifted, OutOfClass, System


class Degrees(System):
    """Parts: degree, whether it may be other than zero, how many exponentials deep; a row for each instance."""

    name = "prime fields"

    def __init__(self) -> None:
        super().__init__()
        self.exponentials, self.exponent = 0, 0.0
        self.roots, self.radicand = 0, 0.0

    def lift(self, a: np.ndarray) -> Lifted:
        nonzero = np.asarray(np.asarray(a) != 0)[None]
        return Lifted((np.zeros(nonzero.shape), nonzero, np.zeros(nonzero.shape)))

    def variable(self, shape: tuple[int, ...], rows: int) -> Lifted:
        return Lifted((np.ones((rows, *shape)), np.ones((rows, *shape), bool), np.zeros((rows, *shape))))

    def whole(self, a: np.ndarray) -> Lifted:
        nonzero = np.asarray(a != 0)
        return Lifted((np.zeros(a.shape), nonzero, np.zeros(a.shape)))

    def p_add(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, mx, dx), (y, my, dy) = a.parts, b.parts
        return Lifted((np.where(mx, x, 0) + np.where(my, y, 0), mx | my, np.maximum(dx, dy)))

    p_sub = p_add_any = p_add

    def p_neg(self, p: Any, a: Lifted) -> Lifted:
        return a

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, mx, dx), (y, my, dy) = a.parts, b.parts
        return Lifted((x + y, mx & my, np.maximum(dx, dy)))

    p_div = p_mul

    def p_square(self, p: Any, a: Lifted) -> Lifted:
        return self.p_mul(p, a, a)

    def p_integer_pow(self, p: Any, a: Lifted) -> Lifted:
        x, mx, dx = a.parts
        return Lifted((x * abs(p["y"]), mx, dx))

    def p_dot_general(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        (x, mx, dx), (y, my, dy) = a.parts, b.parts
        ones_x, ones_y = mx.astype(float), my.astype(float)
        degree = contract(p, np.where(mx, x, 0), ones_y) + contract(p, ones_x, np.where(my, y, 0))
        depth = np.maximum(deepest(dx, mx, degree.ndim), deepest(dy, my, degree.ndim))
        return Lifted((degree, contract(p, ones_x, ones_y) > 0, np.zeros(degree.shape) + depth))

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        x, mx, dx = a.parts
        axes = tuple(axis + 1 for axis in p["axes"])
        depth = np.where(mx, dx, 0).max(axis=axes, initial=0)
        return Lifted((np.where(mx, x, 0).sum(axis=axes), mx.any(axis=axes), depth))

    def _exponential(self, a: Lifted, degree: int) -> Lifted:
        x, _, dx = a.parts
        self.exponentials += prod(x.shape[1:])
        self.exponent = max(self.exponent, float(x.max(initial=0)))
        return Lifted((np.full(x.shape, float(degree)), np.ones(x.shape, bool), dx + 1))

    def p_exp(self, p: Any, a: Lifted) -> Lifted:
        return self._exponential(a, 1)

    def p_logistic(self, p: Any, a: Lifted) -> Lifted:
        return self._exponential(a, 1)

    def p_tanh(self, p: Any, a: Lifted) -> Lifted:
        return self._exponential(a, 2)

    def p_sqrt(self, p: Any, a: Lifted) -> Lifted:
        """Half the degree, as the height of an algebraic function has it."""
        x, mx, dx = a.parts
        self.roots += prod(x.shape[1:])
        self.radicand = max(self.radicand, float(x.max(initial=0)))
        return Lifted((x / 2, mx, dx))

    p_rsqrt = p_sqrt

    def call(self, name: str, p: dict[str, Any], values: Any) -> Any:
        if getattr(self, f"p_{name}", None) is None:
            raise OutOfClass(f"{name} is outside the class of prime fields")
        return super().call(name, p, values)


def deepest(depth: np.ndarray, nonzero: np.ndarray, ndim: int) -> np.ndarray:
    """The largest depth in each row, shaped to spread over an array of ``ndim`` axes."""
    rows = np.where(nonzero, depth, 0).reshape(depth.shape[0], -1).max(axis=1, initial=0)
    return np.asarray(rows.reshape((-1,) + (1,) * (ndim - 1)))
