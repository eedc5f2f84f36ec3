"""Elementwise functions: every row of the table against JAX's own derivatives; functions that authors define."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sympy import Integer, Rational
from sympy.core.symbol import Str

from derivations import Model, NamingError, ShapeError, elementwise, power, sigma, softplus, tanh
from derivations.functions import ROWS, Elementwise, F, Z, other, relu, step
from derivations.symbols import as_printed

JAX: dict[str, Callable[[Any], Any]] = {
    "sigma": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "exp": jnp.exp,
    "log": jnp.log,
    "softplus": jax.nn.softplus,
    "relu": jax.nn.relu,
    "step": lambda z: jnp.where(z > 0, 1.0, 0.0),
    "abs": jnp.abs,
    "sign": jnp.sign,
    "sin": jnp.sin,
    "cos": jnp.cos,
}
POINTS = np.array([-2.75, -1.5, -0.6, -0.1, 0.2, 0.9, 1.7, 3.1])
EXPONENTS = [0, 1, 2, 3, -1, -2, Rational(1, 2), Rational(-1, 2), Rational(3, 2), Rational(1, 3), Rational(-5, 3)]


def value(f: Elementwise, base: Callable[[Any], Any], z: float) -> float:
    """A function or derivative of the table by its formula."""
    formula = f.formula
    named = {other(name): float(JAX[name](z)) for name in ROWS if other(name) in formula.free_symbols}
    return float(formula.subs({F: base(z), Z: z, **named}))


def derivative(f: Callable[[Any], Any], order: int) -> Callable[[float], float]:
    for _ in range(order):
        f = jax.grad(f)
    return lambda z: float(f(z))


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("name", ROWS)
def test_a_row_s_derivatives_are_jax_s(name: str, order: int) -> None:
    f = Elementwise(Str(name), Integer(order))
    points = POINTS[POINTS > 0] if ROWS[name].domain == "positive" else POINTS
    with jax.enable_x64(True):
        for z in points:
            assert value(f, JAX[name], z) == pytest.approx(derivative(JAX[name], order)(z), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("exponent", EXPONENTS, ids=str)
def test_derivatives_of_powers_are_jax_s(exponent: Rational, order: int) -> None:
    f = power(exponent)
    domain = f.row.domain
    points = POINTS[POINTS > 0] if domain == "positive" else POINTS
    assert domain == {(True, True): "real", (True, False): "nonzero"}.get((f.parameters[0].is_Integer, exponent >= 0),
                                                                          "positive")
    p = int(exponent) if f.parameters[0].is_Integer else float(exponent)
    with jax.enable_x64(True):
        for _ in range(order):
            f = f.prime
        for z in points:
            right = derivative(lambda u: u**p, order)(z)
            assert value(f, lambda u: u**p, z) == pytest.approx(right, rel=1e-12, abs=1e-13)


def test_a_wrong_derivative_would_be_noticed() -> None:
    with jax.enable_x64(True):
        right = derivative(jnp.tanh, 1)(0.9)
    assert value(sigma.prime, jnp.tanh, 0.9) != pytest.approx(right, rel=1e-3)


@pytest.mark.parametrize("name", ROWS)
def test_parity_range_and_kinks_are_as_stated(name: str) -> None:
    row, f = ROWS[name], JAX[name]
    points = np.abs(POINTS) if row.domain == "positive" else POINTS
    with jax.enable_x64(True):
        for z in points:
            low, high = row.range
            assert low <= float(f(z)) <= high
            if row.parity:
                assert float(f(-z)) == pytest.approx(row.parity * float(f(z)), rel=1e-15)
        if row.kink is not None:
            slopes = [derivative(f, 1)(row.kink + side) for side in (-1e-9, 1e-9)]
            values = [float(f(row.kink + side)) for side in (-1e-9, 1e-9)]
            assert slopes[0] != slopes[1] or values[0] != pytest.approx(values[1], abs=1e-6)
    assert (row.parity != 0) == (name in ("tanh", "abs", "sign", "sin", "cos"))


@pytest.mark.parametrize("exponent", [2, 3, -1, -2, 0])
def test_parity_of_powers(exponent: int) -> None:
    assert power(exponent).row.parity == (-1.0) ** exponent
    assert power(Rational(1, 3)).row.parity == 0


def test_functions_keep_the_shape_of_their_argument() -> None:
    model = Model("functions")
    n, m = model.dims("n m")
    A, v = model.parameter("A", n, m), model.parameter("v", n)
    for e in (A, v, v.T):
        for f in (sigma, tanh.prime, softplus.prime.prime, relu.prime, step, power(2)):
            assert f(e).axes == e.axes
            assert f(e).function == f
    assert sigma.prime.prime == Elementwise(Str("sigma"), Integer(2))


def test_an_author_s_function_is_one_number_s() -> None:
    model = Model("authors")
    [n] = model.dims("n")
    [t] = model.times("t")
    w, v, beta = model.parameter("w"), model.parameter("v", n), model.parameter("beta")
    swish = elementwise("swish", lambda z: z * sigma(z))
    assert swish(v).axes == v.axes
    assert elementwise("swish", lambda z: z * sigma(z)) == swish
    assert swish.prime.body == swish.body
    assert elementwise("twice", lambda z: swish(swish(z)))(w).is_scalar
    for rule, found in ((lambda z: z * beta, "beta"), (lambda z: z * n, "n"), (lambda z: z + t, "t")):
        with pytest.raises(ShapeError, match=f"odd depends on ({found}|β): an elementwise function"):
            elementwise("odd", rule)
    with pytest.raises(ShapeError, match="its rule gave a vector n"):
        elementwise("odd", lambda z: z * v)
    with pytest.raises(NamingError, match="exists already"):
        elementwise("sigma", lambda z: z)


def test_one_name_has_one_function_in_a_model() -> None:
    model = Model("one")
    w = model.parameter("w")
    model.node("A", elementwise("act", lambda z: z * z)(w))
    with pytest.raises(NamingError, match="another function 'act'"):
        model.node("B", elementwise("act", lambda z: z + 1)(w))
    assert model.node("B", elementwise("act", lambda z: z * z).prime(w)).is_scalar


@pytest.mark.parametrize("name", ["gelu", "__import__('os')._exit(1)"])
def test_a_function_without_a_rule_is_refused(name: str) -> None:
    w = Model("rules").parameter("w")
    f = Elementwise(Str(name), Integer(0))
    with pytest.raises(NamingError, match=r"no rule for the function .* known are sigma, tanh, .*, cos and power"):
        f(w)
    with as_printed(), pytest.raises(NamingError, match="no rule"):
        f(w)


@pytest.mark.parametrize("exponent", [0.5, "2", Z, float("nan"), None])
def test_exponents_are_exact_numbers(exponent: object) -> None:
    with pytest.raises(ShapeError):
        power(exponent)


def test_open_functions_take_vectors_and_numbers() -> None:
    model = Model("open")
    n, p = model.dims("n p")
    v, A, w = model.parameter("v", n), model.parameter("A", n, n), model.parameter("w")
    phi, ell = model.smooth("phi", p), model.smooth("ell")
    assert ell(v).is_scalar
    assert ell(w).is_scalar
    assert phi(v).shape == (p, 1)
    for argument, shape in ((A, "matrix n × n"), (v.T, "row n")):
        with pytest.raises(ShapeError, match=f"phi takes a vector or a scalar, not a {shape}"):
            phi(argument)
