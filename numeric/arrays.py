"""Numbers and two-dimensional arrays in JAX: what is exact stays exact, and an operand fits or is told not to.

Fractions are divisions of whole numbers, and whole numbers come in pieces that a double holds, so that every number
system of ``numeric.exact`` lifts them exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from jax import Array, lax
from sympy import Add, Basic, Expr, Mul, Pow


class Unsupported(Exception):
    """A construct that has no rule here: the claim is undecided, with this reason."""


class Misfit(Exception):
    """A formula as printed whose shapes do not fit at these sizes."""


def number(value: float) -> Array:
    return lax.full((1, 1), float(value), np.float64)


def whole(value: int) -> Array:
    """A whole number exactly, whatever its size: in pieces that a double holds."""
    if abs(value) < 2**53:
        return number(value)
    high, low = divmod(value, 2**50)
    return lax.add(lax.mul(whole(high), number(2**50)), number(low))


def scalar(e: Expr, symbol: Callable[[Basic], Array]) -> Array:
    """A rational expression. Fractions are divisions of whole numbers, which every number system lifts exactly."""
    if e.is_Symbol:
        return symbol(e)
    if e.is_Rational:
        p, q = whole(int(e.p)), int(e.q)
        return p if q == 1 else lax.div(p, whole(q))
    if isinstance(e, (Add, Mul)):
        op = broadcasting(lax.add if isinstance(e, Add) else lax.mul)
        out = scalar(e.args[0], symbol)
        for arg in e.args[1:]:
            out = op(out, scalar(arg, symbol))
        return out
    if isinstance(e, Pow) and e.exp.is_Integer:
        return lax.integer_pow(scalar(e.base, symbol), int(e.exp))
    if isinstance(e, Pow) and e.exp.is_Rational:
        return root(scalar(e.base, symbol), e.exp)
    raise Unsupported(f"no numeric rule for the number {e}")


def broadcasting(op: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """The operation with a 1 × 1 operand spread over the other's shape."""

    def run(a: Array, b: Array) -> Array:
        if a.shape != b.shape:
            if prod(a.shape) == 1:
                a = spread(a, b.shape)
            elif prod(b.shape) == 1:
                b = spread(b, a.shape)
            else:
                raise Misfit(f"{a.shape[0]} × {a.shape[1]} beside {b.shape[0]} × {b.shape[1]}")
        return op(a, b)

    return run


def spread(a: Array, shape: tuple[int, ...]) -> Array:
    return lax.broadcast_in_dim(lax.reshape(a, ()), shape, ())


def root(z: Array, p: Expr) -> Array:
    if p.is_Integer:
        return lax.integer_pow(z, int(p))
    if (2 * p).is_Integer:
        half = lax.sqrt(z)
        return lax.integer_pow(half, int(2 * p)) if 2 * p != 1 else half
    return lax.exp(lax.mul(lax.log(z), spread(lax.div(number(int(p.p)), number(int(p.q))), z.shape)))


def same(op: Callable[[Array, Array], Array], a: Array, b: Array) -> Array:
    if a.shape != b.shape:
        raise Misfit(f"{a.shape[0]} × {a.shape[1]} beside {b.shape[0]} × {b.shape[1]}")
    return op(a, b)


def matmul(a: Array, b: Array) -> Array:
    if a.shape[1] != b.shape[0]:
        raise Misfit(f"a product of {a.shape[0]} × {a.shape[1]} and {b.shape[0]} × {b.shape[1]}")
    return lax.dot_general(a, b, (((1,), (0,)), ((), ())), precision=lax.Precision.HIGHEST)


def vec(a: Array) -> Array:
    """Columns stacked, as one column."""
    return lax.reshape(lax.transpose(a, (1, 0)), (a.size, 1))
