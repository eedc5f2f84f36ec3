"""JAX's derivative of a function of one array, as a program of its own.

The same derivative is asked for again and again: in each case of a claim, in each candidate of a repair, in the claims
of one model. Two functions whose programs are alike, equation by equation, have one derivative, which JAX makes once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import Array, lax
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from numeric.tidy import is_hashable, structure, tidied

Function = Callable[[Array], Array]


def forward(f: Function, x: np.ndarray) -> Array:
    """The Jacobian (entries of f(x) × entries of x) in forward mode."""
    return evaluated(_forward, f, x)


def reverse(f: Function, x: np.ndarray) -> Array:
    """The Jacobian (entries of f(x) × entries of x) in reverse mode."""
    return evaluated(_reverse, f, x)


def _forward(f: Function, x: Any) -> Array:
    columns = jax.vmap(lambda u: jax.jvp(f, (x,), (u,))[1])(np.eye(x.size))
    return lax.transpose(columns, (1, 0))


def _reverse(f: Function, x: Any) -> Array:
    y, pullback = jax.vjp(f, x)
    return jax.vmap(lambda v: pullback(v)[0])(np.eye(y.size))


MOST = 512  # derivatives that are remembered
_known: OrderedDict[Any, Callable[..., list[Array]]] = OrderedDict()


def evaluated(mode: Callable[[Function, Any], Array], f: Function, x: np.ndarray) -> Array:
    """The derivative's program, run on what the function closes over."""
    function = tidied(jax.make_jaxpr(f)(x), keep_rules=True)
    around = [c for c in function.consts if isinstance(c, Tracer)]
    key = mode, x.tobytes(), structure(function)
    known = _known.get(key) if is_hashable(key) else None
    program = derived(mode, function, x) if known is None else known
    if is_hashable(key):
        _known[key] = program
        _known.move_to_end(key)
    if len(_known) > MOST:
        _known.popitem(last=False)
    return program(*around)[0]


def derived(mode: Callable[[Function, Any], Array], function: ClosedJaxpr, x: np.ndarray) -> Callable[..., list[Array]]:
    """The program of a derivative, one equation wherever it is called; its arguments: what the function closes over."""
    free = [v.aval for v, c in zip(function.jaxpr.constvars, function.consts, strict=True) if isinstance(c, Tracer)]

    def run(*around: Array) -> Array:
        left = iter(around)
        consts = [next(left) if isinstance(c, Tracer) else c for c in function.consts]
        return mode(lambda z: jax.core.eval_jaxpr(function.jaxpr, consts, z)[0], x)

    program = jax.make_jaxpr(run)(*(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in free))
    return jax.jit(jaxpr_as_fun(tidied(program, keep_rules=True)))
