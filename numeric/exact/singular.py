"""Singular values of matrices of balls, and of floats with their bounds.

The largest eigenvalue λ of B = AᵀA (n × n, positive semidefinite) lies between ‖B‖_F/√n and ‖B‖_F. The same holds of
λ^N and B^N for every N, so N = 2^j, reached by j squarings, encloses λ as closely as one likes:
‖B^N‖_F^(1/N) n^(-1/2N) ≤ λ ≤ ‖B^N‖_F^(1/N).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import acb_mat, arb, arb_mat, ctx

from numeric.exact.interpret import Unknown


def largest(a: np.ndarray) -> arb:
    """The spectral norm of a matrix of balls, enclosed to about half the digits of the precision at hand."""
    precision = ctx.prec
    squarings = precision // 2
    with ctx.workprec(2 * precision):
        power = gram(a)
        n = power.nrows()
        for _ in range(squarings):
            power = power * power
        high = frobenius(power).abs_upper()
        if high == 0:
            return arb(0)
        low = frobenius(power).abs_lower() / arb(n).sqrt()
        top = (arb(high).log() / 2 ** (squarings + 1)).exp()
        bottom = (arb(low).log() / 2 ** (squarings + 1)).exp() if low > 0 else arb(0)
        found = bottom.union(top)
    return +found


def gram(a: np.ndarray) -> arb_mat:
    """AᵀA or AAᵀ, whichever is smaller."""
    M = arb_mat(a.tolist())
    return M.transpose() * M if a.shape[1] <= a.shape[0] else M * M.transpose()


def frobenius(M: arb_mat) -> arb:
    return sum((x * x for x in M.entries()), arb(0)).sqrt()


def direction(a: np.ndarray) -> np.ndarray:
    """u vᵀ of the largest singular value σ₁ = uᵀAv of a matrix of balls, as A P/σ₁ with P the projection on v.

    Raises Unknown where σ₁ is not told apart from the others.
    """
    M = arb_mat(a.tolist())
    try:
        values, vectors = acb_mat(M.transpose() * M).eig(right=True)
    except ValueError:
        raise Unknown("the largest singular value is not told apart from the next") from None
    k = max(range(len(values)), key=lambda i: float(values[i].real.mid()))
    if any(not values[k].real > value.real for i, value in enumerate(values) if i != k):
        raise Unknown("the largest singular value is not told apart from the next")
    v = [vectors[i, k] for i in range(a.shape[1])]  # a real vector, times any complex number
    square = sum(x * x for x in v)
    P = np.array([[(x * y / square).real for y in v] for x in v], dtype=object)
    return np.asarray((a @ P) / values[k].real.sqrt(), dtype=object)


def of_matrices(f: Any, a: np.ndarray, *, scalar: bool) -> np.ndarray:
    """A function of matrices, for each matrix of an array (… × n × m)."""
    out = np.empty(a.shape[:-2] if scalar else a.shape, dtype=object)
    for index in np.ndindex(a.shape[:-2]):
        out[index] = f(a[index])
    return out


def float_norms(x: np.ndarray, dx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spectral norms of floats and their running bounds: a perturbation moves them by at most its own norm (Weyl)."""
    values = np.full(x.shape[:-2], np.nan)
    fine = np.isfinite(x).all(axis=(-2, -1))
    values[fine] = np.linalg.norm(x[fine], 2, axis=(-2, -1))
    return values, np.sqrt((dx * dx).sum(axis=(-2, -1))) + 8.0 * sum(x.shape[-2:]) * values


def float_directions(x: np.ndarray, dx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """u vᵀ of floats, and bounds from the gap of the first two singular values (Wedin)."""
    values, bounds = np.full(x.shape, np.nan), np.full(x.shape, np.inf)
    fine = np.isfinite(x).all(axis=(-2, -1))
    u, s, vh = np.linalg.svd(x[fine], full_matrices=False)
    values[fine] = u[..., :, :1] * vh[..., :1, :]
    moved = np.sqrt((dx[fine] ** 2).sum(axis=(-2, -1))) + 8.0 * sum(x.shape[-2:]) * s[..., 0]
    with np.errstate(all="ignore"):
        bounds[fine] = (4.0 * moved / (s[..., 0] - s[..., 1]))[..., None, None]
    return values, bounds
