"""Witnesses of small models: orbits with a beginning, in balls, in closed form; what they show, and what not."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Integer, Matrix, Rational, oo

from derivations import (
    Model,
    Prod,
    Sum,
    Witness,
    absolute,
    d,
    eq,
    exp,
    eye,
    ne,
    norm,
    sigma,
    tanh,
    vanishing,
)
from derivations.proof.orbit import along_orbit
from derivations.verdict import Status

PROVED, REFUTED, UNDECIDED = Status.PROVED, Status.REFUTED, Status.UNDECIDED
HALF = Rational(1, 2)


class Small:
    """c_t = σ(w·c_{t-1} + b) and what one makes of it."""

    def __init__(self) -> None:
        self.model = Model("small")
        self.t, self.k, self.j = self.model.times("t k j")
        self.w, self.b = self.model.parameter("w"), self.model.parameter("b")
        self.c = self.model.sequence("c")
        self.c[self.t] = sigma(self.w * self.c[self.t - 1] + self.b)

    def values(self, w: Any, b: Any, start: Any) -> Witness:
        return Witness({self.w: w, self.b: b, self.c[0]: start})


def test_a_transient_is_told_from_what_follows() -> None:
    s = Small()
    claim = s.model.bound("early", eq(s.c[s.t], HALF), fails=True, witness=s.values(0, 0, 0))
    assert "false at t = 0," in along_orbit(claim).detail
    late = s.model.bound("late", eq(s.c[s.t], HALF), given=s.t >= 1, fails=True, witness=s.values(0, 0, 0))
    assert along_orbit(late).status is UNDECIDED
    total = s.model.exists("sum", eq(Sum(s.c[s.t], (s.t, 0, s.k)), HALF * s.k), given=s.k >= 0, along=s.k,
                           witness=s.values(0, 0, 0))
    assert along_orbit(total).status is PROVED
    wrong = s.model.exists("wrong", eq(Sum(s.c[s.t], (s.t, 0, s.k)), HALF * s.k), given=s.k >= 0, along=s.k,
                           witness=s.values(0, 0, HALF))
    assert along_orbit(wrong).status is UNDECIDED


def test_strict_and_not_strict_are_told_apart() -> None:
    s = Small()
    factor = absolute(d(s.c[s.t], s.c[s.t - 1]))
    for id, relation, status in (("strict", factor < 2, REFUTED), ("not", factor <= 2, UNDECIDED),
                                 ("other", ne(factor, 2), REFUTED), ("same", eq(factor, 2), UNDECIDED)):
        assert along_orbit(s.model.bound(id, relation, fails=True, witness=s.values(8, -4, HALF))).status is status


def test_signs_that_change_for_ever() -> None:
    """(-1)^k neither vanishes nor grows, and is not above zero; (-1/2)^k vanishes."""
    s = Small()
    product = Prod(d(s.c[s.t], s.c[s.t - 1]), (s.t, 2, s.k))
    flips, falls = s.values(-4, 2, HALF), s.values(-2, 1, HALF)
    for id, limit, witness, status in (("zero", 0, flips, REFUTED), ("oo", oo, flips, REFUTED),
                                       ("falls", 0, falls, UNDECIDED)):
        claim = s.model.tends(id, absolute(product), limit, along=s.k, fails=True, witness=witness)
        assert along_orbit(claim).status is status
    assert along_orbit(s.model.bound("sign", product > 0, fails=True, witness=flips)).status is REFUTED
    assert along_orbit(s.model.bound("size", absolute(product) >= 1, fails=True, witness=flips)).status is UNDECIDED


def test_an_orbit_that_only_approaches_its_limit() -> None:
    """It is enclosed by a ball, which tells what vanishes; what needs the limit itself is undecided."""
    s = Small()
    product, total = absolute(Prod(d(s.c[s.t], s.c[s.t - 1]), (s.t, 2, s.k))), absolute(Sum(s.c[s.t], (s.t, 1, s.k)))
    at_one = s.values(1, 0, 1)
    assert along_orbit(s.model.stays("stays", product, along=s.k, fails=True, witness=at_one)).status is REFUTED
    assert along_orbit(s.model.tends("zero", product, 0, along=s.k, fails=True, witness=at_one)).status is UNDECIDED
    found = along_orbit(s.model.tends("sum", total, 0, along=s.k, fails=True, witness=at_one))
    assert found.status is UNDECIDED
    assert "only up to a ball" in found.detail


def test_families_that_vanish() -> None:
    model = Model("families")
    t, T = model.times("t T")
    e = model.inputs("e")
    total = absolute(Sum(e[t], (t, 1, T)))
    for id, each, status in (("harmonic", 1 / T, REFUTED), ("square", 1 / T**2, UNDECIDED),
                              ("constant", 1, UNDECIDED)):
        claim = model.tends(id, total, 0, along=T, given=vanishing(e[t]), fails=True, witness={e[t]: each})
        assert along_orbit(claim).status is status
    early = model.tends("early", total, 0, along=T, given=vanishing(e[t]), fails=True,
                        witness={e[t]: 1 / T, e[1]: 1})
    assert "the assumption e_t → 0" in along_orbit(early).detail


def test_a_linear_recurrence_has_a_geometric_orbit() -> None:
    model = Model("linear")
    [t] = model.times("t")
    a, v = model.parameter("a"), model.sequence("v")
    v[t] = a * v[t - 1]
    claim = model.exists("power", eq(v[t], Integer(3) * 2**t), given=t >= 0, along=t, witness={a: 2, v[0]: 3})
    assert along_orbit(claim).status is PROVED
    wrong = model.exists("wrong", eq(v[t], Integer(3) * 2**t), given=t >= 0, along=t, witness={a: 2, v[0]: 2})
    assert along_orbit(wrong).status is UNDECIDED


def test_matrices_of_two_states() -> None:
    """A product of diagonal matrices by its entries, of others by their eigenvalues where these are rational."""
    model = Model("matrices")
    [n] = model.dims("n")
    t, k = model.times("t k")
    A, v = model.parameter("A", n, n), model.sequence("v", n)
    v[t] = A @ v[t - 1]
    product = Prod(d(v[t], v[t - 1]), (t, 1, k))

    def found(id: str, matrix: Any, right: Any) -> Status:
        claim = model.exists(id, eq(norm(product @ v[0]), right), given=k >= 1, along=k,
                             witness={n: 2, A: matrix, v[0]: Matrix([1, 0])})
        return along_orbit(claim).status

    assert found("diagonal", 3 * eye(n), 3**k) is PROVED
    assert found("triangular", Matrix([[2, 1], [0, 5]]), 2**k) is PROVED
    assert found("wrong", Matrix([[2, 1], [0, 5]]), 5**k) is UNDECIDED
    assert found("nilpotent", Matrix([[0, 1], [0, 0]]), Integer(0) * 2**k) is PROVED
    assert found("irrational", Matrix([[0, 2], [1, 0]]), 2**k) is UNDECIDED


def test_kinks_and_divisions_are_undecided() -> None:
    model = Model("edges")
    [t] = model.times("t")
    a, q = model.parameter("a"), model.sequence("q")
    q[t] = absolute(a * q[t - 1])
    kink = model.bound("kink", d(q[t], q[t - 1]) <= 1, fails=True, witness={a: 0, q[0]: 0})
    assert "kink" in along_orbit(kink).detail
    division = model.bound("division", 1 / a <= 1, fails=True, witness={a: 0})
    assert along_orbit(division).status is UNDECIDED
    root = model.bound("root", exp(a) <= 1, fails=True, witness={a: 0})
    assert along_orbit(root).status is UNDECIDED  # it is true there: exp(0) = 1
    assert along_orbit(model.bound("more", tanh(a) + exp(a) <= 1, fails=True, witness={a: 1})).status is REFUTED


def test_an_assumption_is_checked_where_it_is_made() -> None:
    """At every value of its steps, the first ones too, whatever the range of the claim."""
    s = Small()
    product = absolute(Prod(d(s.c[s.t], s.c[s.t - 1]), (s.t, 2, s.k)))
    for id, least, status in (("meets", 0, REFUTED), ("starts-too-low", HALF, UNDECIDED)):
        claim = s.model.tends(id, product, 0, along=s.k, given=[s.c[s.j] >= least, s.k >= 5],
                              fails=True, witness=s.values(0, 0, 0))
        assert along_orbit(claim).status is UNDECIDED  # the product is 0
        stays = s.model.stays(f"stays-{id}", product, along=s.k, given=[s.c[s.j] >= least, s.k >= 5], fails=True,
                              witness=s.values(0, 0, 0))
        assert along_orbit(stays).status is status
    along_too = s.model.stays("along", product, along=s.k, given=[s.c[s.k] >= HALF, s.k >= 5], fails=True,
                              witness=s.values(0, 0, 0))
    assert "does not satisfy the assumption" in along_orbit(along_too).detail


@pytest.mark.parametrize(("odd", "status"), [(3, PROVED), (30, UNDECIDED)])
def test_an_input_that_is_another_at_one_step(odd: int, status: Status) -> None:
    """It is seen where it lies, and is not passed over where it lies far away."""
    model = Model("inputs")
    t, k = model.times("t k")
    x_, q = model.inputs("x"), model.sequence("q")
    q[t] = q[t - 1] + x_[t]
    claim = model.exists("steps", eq(q[k], Integer(7)), given=k >= odd, along=k,
                         witness={x_[t]: 0, x_[odd]: 2, q[0]: 5})
    assert along_orbit(claim).status is status
    early = model.exists("early", eq(q[k], Integer(7)), given=k >= 1, along=k,
                         witness={x_[t]: 0, x_[odd]: 2, q[0]: 5})
    assert along_orbit(early).status is UNDECIDED


def test_a_period_of_two() -> None:
    """A state that alternates is not taken for constant."""
    model = Model("period")
    [t] = model.times("t")
    q = model.sequence("q")
    q[t] = 1 - q[t - 1]
    same = model.exists("same", eq(q[t], 0), given=t >= 0, along=t, witness={q[0]: 0})
    assert along_orbit(same).status is UNDECIDED
    assert "false at the witness at t = 1, 3" in along_orbit(same).detail


def test_an_orbit_that_stays_in_a_ball() -> None:
    """Every value of q_t = 1 - q_{t-1}/2 is another fraction; all lie between 0 and 1."""
    model = Model("ball")
    [t] = model.times("t")
    q = model.sequence("q")
    q[t] = 1 - q[t - 1] / 2
    for id, relation, status in (("below", q[t] < 2, PROVED), ("above", q[t] >= 0, PROVED),
                                 ("half", q[t] <= HALF, UNDECIDED), ("limit", eq(q[t], Rational(2, 3)), UNDECIDED)):
        assert along_orbit(model.exists(id, relation, given=t >= 0, along=t, witness={q[0]: 0})).status is status


def test_another_value_at_one_step_is_undecided() -> None:
    """It is not another value at all steps."""
    model = Model("elsewhere")
    t, k = model.times("t k")
    a, x_ = model.parameter("a"), model.inputs("x")
    total = Sum(a * x_[t], (t, 1, k))
    claim = model.exists("one", eq(total.where({x_[1]: a}), k), given=k >= 1, along=k, witness={a: 1, x_[t]: 1})
    assert along_orbit(claim).status is UNDECIDED
    whole = model.exists("all", eq(total.where({a: 2 * a}), 2 * k), given=k >= 1, along=k, witness={a: 1, x_[t]: 1})
    assert along_orbit(whole).status is PROVED
    wrong = model.exists("none", eq(total.where({a: 2 * a}), k), given=k >= 1, along=k, witness={a: 1, x_[t]: 1})
    assert along_orbit(wrong).status is UNDECIDED
