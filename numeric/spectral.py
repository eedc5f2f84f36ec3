"""The spectral norm of a matrix, and its gradient, as primitives of their own.

XLA runs them by singular values; an interpreter of the traced program has its own row for them, so that balls enclose
the norm rigorously. Where the largest singular value σ₁ = uᵀAv is simple, the gradient of the norm is u vᵀ.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from numeric.arrays import Unsupported

spectral_norm_p = Primitive("spectral_norm")  # (…, n, m) to (…)
spectral_direction_p = Primitive("spectral_direction")  # (…, n, m) to (…, n, m): u vᵀ


def spectral_norm(a: Array) -> Array:
    """The largest singular value of a matrix (n × m), as 1 × 1; of one row or column, its length."""
    if a.shape == (1, 1):
        return lax.abs(a)
    if 1 in a.shape:
        return lax.reshape(lax.sqrt(lax.reduce_sum(lax.mul(a, a), (0, 1))), (1, 1))
    return lax.reshape(spectral_norm_p.bind(a), (1, 1))


def _norm(a: Array) -> Array:
    return jnp.linalg.svd(a, compute_uv=False)[..., 0]


def _direction(a: Array) -> Array:
    u, _, vh = jnp.linalg.svd(a, full_matrices=False)
    return jnp.einsum("...i,...j->...ij", u[..., :, 0], vh[..., 0, :])


def _norm_jvp(primals: tuple[Array], tangents: tuple[Any]) -> tuple[Array, Any]:
    [a], [da] = primals, tangents
    norm = spectral_norm_p.bind(a)
    if type(da) is ad.Zero:
        return norm, lax.full_like(norm, 0.0)
    axes = (a.ndim - 2, a.ndim - 1)
    return norm, lax.reduce_sum(lax.mul(spectral_direction_p.bind(a), da), axes)


def _direction_jvp(primals: Any, tangents: Any) -> Any:
    raise Unsupported("no numeric rule for a second derivative of the spectral norm")


def _batched(primitive: Any, values: tuple[Array], axes: tuple[int]) -> tuple[Array, int]:
    return primitive.bind(jnp.moveaxis(values[0], axes[0], 0)), 0


spectral_norm_p.def_abstract_eval(lambda a: ShapedArray(a.shape[:-2], a.dtype))
spectral_direction_p.def_abstract_eval(lambda a: ShapedArray(a.shape, a.dtype))
for _primitive, _run in ((spectral_norm_p, _norm), (spectral_direction_p, _direction)):
    _primitive.def_impl(jax.jit(_run))
    mlir.register_lowering(_primitive, mlir.lower_fun(_run, multiple_results=False))
    batching.primitive_batchers[_primitive] = partial(_batched, _primitive)
ad.primitive_jvps[spectral_norm_p] = _norm_jvp
ad.primitive_jvps[spectral_direction_p] = _direction_jvp
