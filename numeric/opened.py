"""Open functions in balls, with their derivatives of every order: what the arrays that are drawn for them stand for.

Written from the formulas alone, B tanh(A v + a) + b and c z + B tanh(A z + a) + b, and apart from the lowering, so that
a replay of a proof compares JAX's derivatives with others.
"""

from __future__ import annotations

import numpy as np

from numeric.axes import Array

TANH = np.frompyfunc(lambda z: z.tanh(), 1, 1)


def tanh_derivative(order: int) -> list[int]:
    """The coefficients of the polynomial in t = tanh z that the derivative of this order is: p′·(1 - t²) next."""
    p = [0, 1]
    for _ in range(order):
        slope = [k * c for k, c in enumerate(p)][1:]
        p = [a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    return p


def _units(z: Array, order: int) -> Array:
    t = TANH(z)
    return np.asarray(sum(c * t**k for k, c in enumerate(tanh_derivative(order))), dtype=object)


def at_vector(arrays: tuple[Array, ...], v: Array, order: int) -> Array:
    """B tanh(A v + a) + b, differentiated by entries of v: values, then an axis for each of these entries."""
    A, a, B, b = arrays
    out = B * _units(A.dot(v) + a[:, 0], order)  # values × hidden units
    for _ in range(order):
        out = out.reshape((*out.shape, 1)) * A.reshape((1, len(A), *(1,) * (out.ndim - 2), A.shape[1]))
    return np.asarray(out.sum(axis=1) + (0 if order else b[:, 0]), dtype=object)


def at_numbers(arrays: tuple[Array, ...], z: Array, order: int) -> Array:
    """c z + Σ_j B_j tanh(A_j z + a_j) + b, or its derivative of this order, at every entry of z."""
    A, a, B, b, c = (array.ravel() for array in arrays)
    bent = sum(B[j] * A[j] ** order * _units(A[j] * z + a[j], order) for j in range(len(A)))
    straight = {0: c[0] * z + b[0], 1: c[0]}.get(order, 0)
    return np.asarray(bent + straight, dtype=object)
