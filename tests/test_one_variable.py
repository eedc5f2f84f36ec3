"""Bounds in one variable: exact, the strict ones told from those that are attained, and where."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from sympy import Poly, Rational

from derivations import (
    Model,
    absolute,
    cos,
    diag,
    exp,
    had,
    log,
    ne,
    power,
    relu,
    sigma,
    sin,
    softplus,
    tanh,
)
from derivations.proof.bounds import prove_bound
from derivations.proof.one_variable import REAL, Interval, X, largest, largest_value, range_of, sign_on, zeros
from derivations.proof.trace import Proof
from derivations.relations import Relation
from derivations.verdict import Status

half, quarter = Rational(1, 2), Rational(1, 4)

one = Model("one", title="One variable")
n, m = one.dims("n m")
[t] = one.times("t")
v, w, q = one.input("v"), one.input("w"), one.input("q", structure="positive")
x, W = one.input("x", n), one.parameter("W", n, n)
c = one.sequence("c", n)
c[t] = sigma(W @ c[t - 1])
ids = itertools.count()


def proof(relation: Relation, given: object = ()) -> Proof:
    return prove_bound(one.bound(f"bound-{next(ids)}", relation, given=given))


TRUE = [
    tanh.prime(v) <= 1, sigma.prime(v) <= quarter, sigma.prime(x) <= quarter, sigma.prime(W @ x) <= quarter,
    tanh.prime(v) > 0, sigma.prime(v) > 0, sigma(v) < 1, sigma(v) > 0, tanh(v) < 1, tanh(v) > -1, exp(v) > 0,
    tanh.prime.prime(v) <= Rational(77, 100), sigma.prime.prime(v) <= Rational(1, 10),
    tanh(v) <= 2 * sigma(2 * v) - 1, sigma(v) + sigma(-v) <= 1, exp(v) + exp(-v) >= 2, v**2 >= 2 * v - 1, v**2 + 1 > v,
    q > 0, softplus(v) > 0, relu(v) >= 0, absolute(v) >= 0, sin(v) <= 1, cos(v) >= -1, sin(v) ** 2 <= 1,
    sigma(v) * sigma(-v) <= quarter, ne(tanh(v), 2), ne(v**2 + 1, 0),
]
FALSE = [
    tanh.prime(v) < 1, sigma.prime(v) < quarter, sigma.prime(v) <= Rational(249, 1000), sigma.prime(v) <= 0,
    tanh.prime(v) <= Rational(999, 1000), tanh.prime(x) < 1, tanh(v) >= 0, sigma(v) <= half, exp(v) >= 1,
    tanh.prime.prime(v) <= Rational(76, 100), sigma.prime.prime(v) <= Rational(96, 1000),
    tanh(v) < 2 * sigma(2 * v) - 1, exp(v) + exp(-v) > 2, v**2 > 2 * v - 1, v**2 >= v, v >= 0, q >= 1, relu(v) > 0,
    absolute(v) > 0, sin(v) < 1, softplus(v) >= 1, sigma(v) >= tanh(v), ne(tanh(v), half), ne(v, 0), c[t] < 1,
]


@pytest.mark.parametrize("relation", TRUE, ids=str)
def test_bounds_in_one_variable(relation: Relation) -> None:
    found = proof(relation)
    assert found.status is Status.PROVED, found.detail


@pytest.mark.parametrize("relation", FALSE, ids=str)
def test_bounds_that_do_not_hold_are_not_proved(relation: Relation) -> None:
    assert proof(relation).status is Status.UNDECIDED


@pytest.mark.parametrize(("relation", "where", "function", "value", "at"), [
    (tanh.prime(v) < 1, "v = 0", "tanh", 0, 0),
    (sigma.prime(v) < quarter, "v = 0", "sigma", half, 0),
    (tanh.prime(x) < 1, "x = 0", "tanh", 0, 0),
    (tanh.prime(2 * v + 1) < 1, "2 v + 1 = 0", "tanh", 0, 0),
    (tanh.prime(1 - 2 * v) < 1, "1 - 2 v = 0", "tanh", 0, 0),
    (exp(v) + exp(-v) > 2, "v = 0", "exp", 1, 0),
    (sin(v) < 1, "sin(v) = 1", "sin", 1, None),
    (v**2 > 2 * v - 1, "v = 1", "", 1, 1),
])
def test_a_strict_bound_that_is_attained_says_where(relation: Relation, where: str, function: str, value: object,
                                                     at: object) -> None:
    found = proof(relation)
    assert found.status is Status.UNDECIDED
    assert found.detail == f"≤ holds; equality exactly at {where}"
    [place] = found.attained
    assert (place.function, place.value, place.at) == (function, value, at)
    assert str(place.argument) in where


def test_a_bound_that_holds_says_where_it_is_attained() -> None:
    found = proof(tanh.prime(v) <= 1)
    assert found.detail == "a polynomial on (-1, 1), by its real zeros; equality exactly at v = 0"
    assert proof(sigma.prime(v) <= 1).detail.endswith("; never equal")
    irrational = proof(sigma.prime.prime(v) ** 2 <= Rational(1, 108))
    assert irrational.status is Status.PROVED
    assert [place.value for place in irrational.attained] == [None, None]


@pytest.mark.parametrize(("relation", "given"), [
    (tanh(v) >= 0, v >= 0), (exp(v) >= 1, v >= 0), (sigma(v) <= half, v <= 0), (tanh(v) > 0, v > 0),
    (v**2 >= v, v >= 1), (c[t] < 1, t >= 1), (v < 3, v <= 2),
])
def test_assumptions_on_the_variable(relation: Relation, given: object) -> None:
    assert proof(relation, given).status is Status.PROVED
    assert proof(relation).status is Status.UNDECIDED


@pytest.mark.parametrize(("relation", "given"), [
    (tanh(v) > 0, v >= 0), (tanh(v) >= 0, w >= 0), (tanh(v) >= 0, v <= 0), (tanh(v) >= 0, v >= -1), (v**2 >= v, v >= 0),
    (v < 2, v <= 2), (v > 0, [v >= 1, v <= 1]),
])
def test_assumptions_that_are_not_enough(relation: Relation, given: object) -> None:
    assert proof(relation, given).status is Status.UNDECIDED


@pytest.mark.parametrize(("relation", "word"), [
    (log(q) <= q, "log"), (v * sigma(v) <= v, "several"), (tanh(v) + tanh(w) < 2, "several"),
    (power(half)(q) <= q + 1, "root"), (had(sigma(x), W @ x) <= 1, "sum over entries"),
    (sigma(diag(x)) <= sigma(W), "several"),
])
def test_what_is_no_polynomial_in_one_variable_is_undecided_by_name(relation: Relation, word: str) -> None:
    found = proof(relation)
    assert found.status is Status.UNDECIDED
    assert word in found.detail


# ---- polynomials on intervals


def test_the_largest_values_of_functions() -> None:
    assert [largest(f) for f in (sigma, tanh, sigma.prime, tanh.prime, sin, cos.prime)] == [1, 1, quarter, 1, 1, 1]
    assert largest(exp) is largest(softplus) is largest(log) is None
    for f, most in ((tanh.prime.prime, 4 / (3 * 3**0.5)), (sigma.prime.prime, 1 / (6 * 3**0.5))):
        assert most <= float(largest(f)) <= most + 1e-5


def test_zeros_at_the_ends_count_where_these_are_included() -> None:
    line = Poly(X, X, domain="QQ")
    for included in (True, False):
        on = Interval(Rational(0), None, with_low=included)
        assert len(zeros(line, on)) == int(included)
        assert sign_on(line, on).never_negative


def test_what_two_intervals_share() -> None:
    a, b = Interval(Rational(0), Rational(2), with_high=True), Interval(Rational(1), Rational(2), with_low=True)
    assert a.within(b) == Interval(Rational(1), Rational(2), with_low=True)
    assert REAL.within(a) == a
    assert range_of("sin") == Interval(Rational(-1), Rational(1), True, True)
    assert range_of("tanh") == Interval(Rational(-1), Rational(1))


numbers = st.fractions(-4, 4, max_denominator=4).map(lambda f: Rational(f.numerator, f.denominator))


@settings(max_examples=150, deadline=None)
@drawn(st.lists(numbers, min_size=1, max_size=4), st.integers(1, 3), numbers, numbers)
def test_signs_on_intervals_against_values(roots: list[Rational], times: int, a: Rational, b: Rational) -> None:
    p = Poly(1, X, domain="QQ")
    for root in roots:
        p = p * Poly(X - root, X, domain="QQ") ** (times if root == roots[0] else 1)
    if a == b:
        return
    on = Interval(min(a, b), max(a, b), with_low=True, with_high=True)
    places = [on.low + (on.high - on.low) * Rational(k, 200) for k in range(201)]
    found = sign_on(p, on)
    if found.never_negative:
        assert min(p.eval(at) for at in places) >= 0
    elif all(p.eval(at) >= 0 for at in places):  # a grid may miss a short stretch below zero: it lies between zeros
        assert len({root for root in roots if on.low < root < on.high}) >= 1
    assert {zero.value for zero in found.zeros or ()} == {root for root in roots if on.low <= root <= on.high}
    most = largest_value(p, on)
    assert most is not None
    assert max(abs(p.eval(at)) for at in places) <= most <= max(abs(p.eval(at)) for at in places) * 2 + 1


def test_the_bounds_of_functions_against_values() -> None:
    z = np.linspace(-12, 12, 20001)
    s = 1 / (1 + np.exp(-z))
    values = {sigma.prime: s - s**2, sigma.prime.prime: (s - s**2) * (1 - 2 * s), tanh.prime: 1 - np.tanh(z) ** 2,
              tanh.prime.prime: -2 * np.tanh(z) * (1 - np.tanh(z) ** 2)}
    for f, found in values.items():
        most = float(np.abs(found).max())
        assert most - 1e-12 <= float(largest(f)) <= most + 1e-5
