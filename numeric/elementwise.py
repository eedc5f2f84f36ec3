"""Elementwise functions in JAX: one table of values, one row a function. Derivatives follow the function's own row.

A derivative of a named function is a formula in the function, its argument and other functions (the row in
``derivations.functions``); that of a function which an author defined, or which is open, is JAX's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import jax
import numpy as np
from jax import Array, lax
from sympy import Basic

from derivations.calculus import see_through
from derivations.functions import Activation, Apply, Elementwise, F, Smooth, Z
from derivations.witness import Opening
from numeric.arrays import matmul, root, scalar, spread

if TYPE_CHECKING:
    from numeric.lower import Scope


@jax.custom_jvp
def _softplus(z: Array) -> Array:
    """log(1 + eᶻ), written so that it neither overflows nor loses digits."""
    return lax.add(lax.max(z, lax.full_like(z, 0.0)), lax.log1p(lax.exp(lax.neg(lax.abs(z)))))


@_softplus.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    """Its derivative is σ: what JAX would make of max and abs is the same number, but not smooth in its parts."""
    [z], [dz] = primals, tangents
    return _softplus(z), lax.mul(lax.logistic(z), dz)


def _relu(z: Array) -> Array:
    zero = lax.full_like(z, 0.0)
    return lax.select(lax.gt(z, zero), z, zero)


def _abs(z: Array) -> Array:
    return lax.select(lax.gt(z, lax.full_like(z, 0.0)), z, lax.neg(z))


def _sign(z: Array) -> Array:
    """0 at 0, where the absolute value has its kink."""
    zero = lax.full_like(z, 0.0)
    above, below = (lax.convert_element_type(found, np.float64) for found in (lax.gt(z, zero), lax.lt(z, zero)))
    return lax.sub(above, below)


VALUES: dict[str, Callable[[Array], Array]] = {
    "sigma": lax.logistic,
    "tanh": lax.tanh,
    "exp": lax.exp,
    "log": lax.log,
    "softplus": _softplus,
    "relu": _relu,
    "step": lambda z: lax.convert_element_type(lax.gt(z, lax.full_like(z, 0.0)), np.float64),
    "abs": _abs,
    "sign": _sign,
    "sin": lax.sin,
    "cos": lax.cos,
}


def apply(scope: Scope, e: Apply) -> Array:
    z = scope(e.argument)
    f = e.function
    if isinstance(f, Smooth):
        return _smooth(scope, f, z)
    if isinstance(f, Activation):
        return _activation(scope, f, z)
    if f.body:
        return _defined(scope, f, z)
    formula = f.formula
    named = {s: s.name.removesuffix("(Z)") for s in formula.free_symbols - {F, Z}}
    base = (lambda: root(z, f.parameters[0])) if f.name == "power" else lambda: VALUES[f.name](z)
    values = {Z: lambda: z, F: base} | {s: (lambda name=name: VALUES[name](z)) for s, name in named.items()}
    found: dict[Basic, Array] = {}

    def symbol(s: Basic) -> Array:
        if s not in found:
            found[s] = values[s]()
        return found[s]

    out = scalar(formula, symbol)
    return out if out.shape == z.shape else spread(out, z.shape)


def _defined(scope: Scope, f: Elementwise, z: Array) -> Array:
    """A function that an author defined, entry by entry; its derivatives are JAX's."""
    assert f.body is not None
    placeholder, body = f.body

    def value(x: Array) -> Array:
        return lax.reshape(scope.given(placeholder, lax.reshape(x, (1, 1)))(body), ())

    function: Callable[[Array], Array] = value
    for _ in range(f.order):
        function = _derivative(function)
    return lax.reshape(jax.vmap(function)(lax.reshape(z, (z.size,))), z.shape)


def _derivative(f: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda x: jax.jvp(f, (x,), (lax.full_like(x, 1.0),))[1]


def _smooth(scope: Scope, f: Smooth, z: Array) -> Array:
    """An open function: B tanh(A z + a) + b, with A, a, B and b drawn; or what a witness says that it is."""
    opening = scope.graph.plan.openings.get(f)
    if opening is not None:
        return _opened(scope, opening, z)
    A, a, B, b = scope.graph.function(f)
    return lax.add(matmul(B, lax.tanh(lax.add(matmul(A, z), a))), b)


def _activation(scope: Scope, f: Activation, z: Array) -> Array:
    """An open elementwise function: c z + Σ_j B_j tanh(A_j z + a_j) + b, drawn, or what a witness says that it is.

    Two units and a slope: neither even nor odd, of no known range, and f, f′, f″ satisfy no equation of their own.
    """
    opening = scope.graph.plan.openings.get(f.base)
    if opening is not None:
        return _defined(scope, Elementwise(*f.args[:2], *opening.parts, see_through(opening.value)), z)
    A, a, B, b, c = scope.graph.function(f.base, "AaBbc")

    def value(x: Array) -> Array:  # of a row
        units = lax.tanh(lax.add(matmul(A, x), lax.broadcast_in_dim(a, (a.shape[0], x.shape[1]), (0, 1))))
        out = lax.add(matmul(B, units), matmul(c, x))
        return lax.add(out, lax.broadcast_in_dim(b, x.shape, (0, 1)))

    function: Callable[[Array], Array] = value
    for _ in range(f.order):
        function = _derivative(function)
    return lax.reshape(function(lax.reshape(z, (1, z.size))), z.shape)


def _opened(scope: Scope, opening: Opening, z: Array) -> Array:
    """The rule of a witness, of the parts of the argument."""
    values, start = [], 0
    for part in opening.parts:
        size = scope.shape(part.axes)[0]
        values.append(lax.slice_in_dim(z, start, start + size, axis=0))
        start += size
    inside = scope.given(opening.parts[0], values[0])
    inside.memo.update(zip(opening.parts, values, strict=True))
    return inside(see_through(opening.value))
