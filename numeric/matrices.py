"""Inverses and determinants in + − × ÷, so that every number system has them, and JAX differentiates them.

By Faddeev and LeVerrier: with M_1 = I and c_k = −tr(A M_k)/k, M_{k+1} = A M_k + c_k I, the inverse of A (n × n) is
−M_n/c_n and its determinant (−1)ⁿ c_n. Elimination would have to exchange rows, which prime fields cannot choose; this
divides by whole numbers and by the determinant alone, so that what it cannot invert has no inverse. It loses digits at
large sizes (for n = 16, three; 32, seven), where the bounds of floats are too wide to be evidence, and balls decide.

An orthogonal matrix is made from a drawn one, exactly in every number system: Q = D (I − S)(I + S)⁻¹ with D the signs
on the diagonal of what was drawn, and S = B − Bᵀ with B what stands off it (Cayley 1846). Every orthogonal matrix is of
this form (Liebeck and Osborne 1991), whatever the sign of its determinant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from derivations.symbols import Family
from numeric.arrays import matmul, number, spread
from numeric.plan import Leaf


def inverse(a: Array) -> Array:
    """The inverse of a square matrix (n × n)."""
    last, coefficient = _characteristic(a)
    return lax.div(lax.neg(last), spread(coefficient, a.shape))


def determinant(a: Array) -> Array:
    """The determinant of a square matrix (n × n), as 1 × 1."""
    _, coefficient = _characteristic(a)
    return lax.neg(coefficient) if a.shape[0] % 2 else coefficient


def trace(a: Array) -> Array:
    """Σ_i a_ii, as 1 × 1."""
    diagonal = lax.select(np.eye(a.shape[0], dtype=bool), a, lax.full_like(a, 0.0))
    return lax.reshape(lax.reduce_sum(diagonal, (0, 1)), (1, 1))


def _characteristic(a: Array) -> tuple[Array, Array]:
    """M_n and c_n of Faddeev and LeVerrier."""
    n, eye = a.shape[0], np.eye(a.shape[0])
    last: Any = eye
    for k in range(1, n + 1):
        step = matmul(a, last) if k > 1 else a
        coefficient = lax.neg(lax.div(trace(step), number(k)))
        if k < n:
            last = lax.add(step, lax.mul(spread(coefficient, a.shape), eye))
    return last, coefficient


# ---- orthogonal matrices


def orthogonal(a: Array) -> Array:
    """The orthogonal matrix that a drawn one (n × n) stands for."""
    eye = np.eye(a.shape[0])
    off = lax.select(eye.astype(bool), lax.full_like(a, 0.0), a)
    signs = lax.sub(a, off)
    skew = lax.sub(off, lax.transpose(off, (1, 0)))
    return matmul(signs, matmul(lax.sub(eye, skew), inverse(lax.add(eye, skew))))


def declared(leaves: Iterable[Leaf], arrays: Iterable[Array]) -> Mapping[tuple[Any, str], Array]:
    """The values of leaves, from what was drawn for them."""
    return {(leaf.owner, leaf.part): of_leaf(leaf, a) for leaf, a in zip(leaves, arrays, strict=True)}


def of_leaf(leaf: Leaf, a: Array) -> Array:
    """A leaf's value (rows × columns, its steps first if it has any), from what was drawn for it."""
    if not is_orthogonal(leaf):
        return a
    return orthogonal(a) if a.ndim == 2 else jax.vmap(orthogonal)(a)


def is_orthogonal(leaf: Leaf) -> bool:
    return isinstance(leaf.owner, Family) and "orthogonal" in leaf.owner.structure


def value_at(leaf: Leaf, drawn: np.ndarray) -> np.ndarray:
    """A leaf's value at a draw, in doubles: what a report shows."""
    if not is_orthogonal(leaf):
        return drawn
    with jax.enable_x64(True):
        return np.asarray(of_leaf(leaf, jnp.asarray(drawn)))
