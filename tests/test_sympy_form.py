"""SymPy's own form: every class has its row, shapes agree, and so do values with JAX at explicit sizes."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import sympy
from expressions import SAMPLES, S, W, a, b, c, expressions, h, m, n, swish, t, v, world, z
from hypothesis import given, settings
from jax.extend.core import jaxpr_as_fun
from sympy.matrices.expressions.diagonal import DiagMatrix
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct
from test_latex import concrete

from derivations import (
    Model,
    cos,
    d,
    diag,
    dot,
    exp,
    eye,
    had,
    hstack,
    norm,
    ones,
    power,
    relu,
    sigma,
    softplus,
    tanh,
    vstack,
)
from derivations.calculus import see_through
from derivations.functions import ROWS
from derivations.recurrent import lstm
from derivations.symbols import Expression, nodes
from derivations.sympy_form import FUNCTIONS, RULES
from numeric.program import trace

SIZES = {n: 3, m: 2}
FOUR = next(claim for claim in lstm.claims if claim.id == "lstm.state-gradient").cases[0].sides[1]


def test_every_class_has_its_row() -> None:
    assert concrete(Expression) == set(RULES)
    assert set(ROWS) == set(FUNCTIONS)


@pytest.mark.parametrize("e", SAMPLES, ids=str)
def test_samples_keep_their_shapes(e: Expression) -> None:
    same_shape(e)


@settings(max_examples=60, deadline=None)
@given(expressions())
def test_every_expression_keeps_its_shape(e: Expression) -> None:
    same_shape(e)


def same_shape(e: Expression) -> None:
    form = e.sympy()
    foreign = [part for part in sympy.preorder_traversal(form) if isinstance(part, Expression)]
    assert not foreign
    assert getattr(form, "is_Matrix", False) != e.is_scalar
    if not e.is_scalar:
        assert [(p - q).expand() for p, q in zip(form.shape, e.shape, strict=True)] == [0, 0]


def test_words_that_sympy_has() -> None:
    B, C, M = sympy.MatrixSymbol("b", n, 1), sympy.MatrixSymbol("c_{t-1}", n, 1), sympy.MatrixSymbol("S", n, n)
    assert c[t - 1].sympy() == C
    assert (S @ c[t - 1] + b).sympy() == M * C + B
    assert (a * b).sympy() == sympy.Symbol("alpha", real=True) * B
    assert had(b, c[t - 1]).sympy() == HadamardProduct(B, C)
    assert diag(b).sympy() == DiagMatrix(B)
    assert S.T.sympy() == M.T
    assert power(2)(b).sympy() == HadamardPower(B, 2)
    assert vstack(b, c[t - 1]).sympy() == sympy.BlockMatrix([[B], [C]])
    assert (eye(n) - S).sympy().doit() == (sympy.Identity(n) - M).doit()
    assert ones(n).sympy() == sympy.OneMatrix(n, 1)
    assert W["x"].sympy() == sympy.MatrixSymbol("W", n, n + m)[:, n:]
    assert dot(b, b).sympy() == sympy.Trace(B.T * B)
    assert z.sympy() == see_through(z).sympy()


def test_names_are_plain() -> None:
    assert [str(e.sympy()) for e in (a, W, c[t], c[t - 1], h[2])] == ["alpha", "W", "c_t", "c_{t-1}", "hhat_2"]


def test_what_sympy_has_no_word_for_is_a_symbol_with_its_text() -> None:
    J, size = d(c[t], c[t - 1]), norm(b)
    assert J.sympy() == sympy.MatrixSymbol(str(J), n, n)
    assert size.sympy() == sympy.Symbol(str(size), real=True)


PLUS = exp(b)
NUMERIC = [S @ diag(b) @ S.T, vstack(had(b, tanh(c[t])), W["x"] @ v), hstack(W, b), sigma.prime(z), swish.prime(b),
           a * dot(b, S @ b) * softplus(b), cos.prime.prime(b), power(-1)(PLUS), relu(b),
           power(3).prime(PLUS), (b @ v.T) / 3, W["h"] @ h[t]]


@pytest.mark.parametrize("e", NUMERIC, ids=str)
def test_values_are_those_of_jax(e: Expression) -> None:
    same_values(world, e, 1)


def test_the_four_terms_have_the_value_of_jax() -> None:
    same_values(lstm, FOUR, 2)


def same_values(model: Model, e: Expression, step: int) -> None:
    """Trace the expression and its nodes with JAX, and give the nodes' values to SymPy's form."""
    e = see_through(e)
    leaves, sizes = nodes(e), {dim: size for dim, size in SIZES.items() if dim in e.free_symbols}
    program = trace(model, [e, *leaves], SIZES, [dict.fromkeys(e.steps, step)])
    rng = np.random.default_rng(0)
    with jax.enable_x64(True):
        drawn = [rng.normal(size=leaf.shape) for leaf in program.leaves]
        wanted, *values = jaxpr_as_fun(program.jaxpr)(*drawn, *[np.int64(step)] * len(program.steps))
    known = {leaf.sympy().subs(sizes): float(value[0, 0]) if leaf.is_scalar else sympy.ImmutableMatrix(value)
             for leaf, value in zip(leaves, map(np.asarray, values), strict=True)}
    form = e.sympy().subs(sizes).xreplace(known)
    found = np.array((form if e.is_scalar else form.as_explicit()).doit(), float)
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, rtol=1e-12, atol=1e-14)
