"""Relations, the claims made of them, powers over steps, norms, other graphs: what is built, printed and refused."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from sympy import Matrix, Rational, oo

from derivations import (
    DefinitionError,
    DerivationError,
    Model,
    NamingError,
    Prod,
    ShapeError,
    StepError,
    Sum,
    absolute,
    d,
    eq,
    eye,
    grad,
    ne,
    norm,
    sigma,
    vanishing,
    zeros,
)
from derivations.calculus import Chain
from derivations.claim import BOUND, EQUALITY, EXISTENCE, LIMIT, Claim, Trend
from derivations.latex import latex, text
from derivations.ranges import everywhere, free_steps, range_text
from derivations.relations import Relation
from derivations.report.page import page
from derivations.report.record import claim_record
from derivations.report.words import equation, readings
from derivations.symbols import Expression, coerce
from derivations.verdict import Status
from derivations.where import Where
from numeric import Options
from numeric import check as checked
from tests.evaluation import evaluated


def check(claim):
    """The verdict of numbers alone."""
    return checked(claim, Options(evidence=("exact", "sweep")))


class World:
    """A recurrence with a loss, made anew: claims are added to it."""

    def __init__(self) -> None:
        self.model = model = Model("world", source="here")
        self.n, self.m = model.dims("n m")
        self.t, self.j, self.k, self.T = model.times("t j k T")
        self.W, self.V = model.parameter("W", self.n, {"h": self.n, "x": self.m}), model.parameter("V", self.n, self.n)
        self.a, self.b, self.v = model.parameter("a"), model.parameter("b"), model.parameter("v", self.n)
        self.x, self.c, self.E = model.inputs("x", self.m), model.sequence("c", self.n, "state"), model.sequence("E")
        t = self.t
        self.c[t] = sigma(self.W["h"] @ self.c[t - 1] + self.W["x"] @ self.x[t])
        self.E[t] = self.v.T @ self.c[t]
        self.total = model.node("E", Sum(self.E[t], (t, 1, self.T)))
        self.P = Prod(d(self.c[t], self.c[t - 1]), (t, 2, self.k))


@pytest.fixture
def w() -> World:
    return World()


# ---- relations


def test_signs_and_flips(w: World) -> None:
    a, b = w.a, w.b
    assert [r.sign for r in (a <= b, a < b, eq(a, b), ne(a, b))] == ["≤", "<", "=", "≠"]
    assert (a >= b) == (b <= a)
    assert (a > b) == (b < a)
    assert (a <= 1).sides == (a, coerce(1))
    assert str(a >= 1) == "1 ≤ a"
    assert str(a < w.k) == "a < k"
    assert str(vanishing(w.v)) == "v → 0_n"


def test_a_relation_keeps_the_invariant_and_pickles(w: World) -> None:
    found = norm(w.P, 2) <= w.a ** (w.k - 1)
    assert found.func(*found.args) == found
    assert pickle.loads(pickle.dumps(found)) == found
    assert found.subs(w.k, 3) == (norm(w.P.subs(w.k, 3), 2) <= (w.a ** (w.k - 1)).subs(w.k, 3))
    assert found.steps == (w.k,)


def test_numbers_fill(w: World) -> None:
    assert str(w.v <= 2) == "v ≤ 2 · 1_n"
    assert eq(w.V, 0).right == zeros(w.n, w.n)
    with pytest.raises(ShapeError, match="ones or the identity"):
        eq(w.V, 1)


@pytest.mark.parametrize("build", [
    lambda w: w.v >= w.V,
    lambda w: eq(w.v, w.W),
    lambda w: w.a < w.v,
], ids=["matrix and vector", "vector and matrix", "number and vector"])
def test_sides_of_two_types_are_refused(w: World, build: Any) -> None:
    with pytest.raises(ShapeError, match="of one type"):
        build(w)


def test_a_relation_is_no_truth_value(w: World) -> None:
    with pytest.raises(DerivationError, match="not a truth value"):
        bool(w.a <= 1)
    with pytest.raises(DerivationError, match="two relations"):
        _ = 0 <= w.a <= 1
    with pytest.raises(DerivationError, match="not a truth value"):
        _ = w.a <= 1 or w.b <= 1


def test_a_limit_of_an_assumption_is_zero(w: World) -> None:
    with pytest.raises(DerivationError, match="vanishing"):
        Relation(w.a, vanishing(w.a).args[1], w.b)
    with pytest.raises(DerivationError, match="no sign"):
        Relation(w.a, eq(w.a, 1).args[1].func(">"), w.b)


# ---- powers over steps


def test_a_power_is_a_product_over_steps(w: World) -> None:
    power = w.a ** (w.k - 1)
    assert isinstance(power, Chain)
    assert power.exponent == w.k - 1
    assert str(power) == "a^{k-1}"
    assert power.latex() == "a^{k-1}"
    assert power.subs(w.k, 3).exponent == 2
    assert (norm(w.V) ** w.k).latex() == r"\lVert \mathbf{V} \rVert_{F}^{k}"
    assert w.P.exponent is None
    assert Prod(w.a, (w.t, 2, w.k)).exponent == w.k - 1


def test_numbers_with_steps_in_their_exponents(w: World) -> None:
    k = w.k
    for found, shown in ((w.a + 2**k, "a + 2^k"), (w.a * Rational(3, 2) ** k, "a (3/2)^k"),
                         (w.a + 2 ** (1 - k), "a + (1/2)^{k-1}"), (w.a + 3 * 2**k, "a + 3 · 2^k")):
        assert str(found) == shown
    [found] = evaluated(w.model, [w.a * 0 + 3 * 2**k], {}, {k: 4})
    assert found.tolist() == [[48]]


def test_a_power_does_not_capture(w: World) -> None:
    [i] = w.model.times("i")
    power = (w.E[i] + 1) ** w.k
    assert power.free_symbols >= {i, w.k}
    assert (w.a ** i).subs(i, w.k).exponent == w.k
    assert str((w.a ** w.k).subs(w.a, w.E[i])) == "E_i^k"


def test_a_power_has_a_step_that_is_not_negative(w: World) -> None:
    holds = w.model.bound("power", w.a ** (w.k - 2) <= 1, given=w.k <= 5)
    assert range_text(holds) == "2 ≤ k ≤ 5"
    with pytest.raises(StepError, match="negative"):
        w.model.bound("negative", (w.a ** (w.k - 2)).subs(w.k, 1) <= 1)
    for exponent in (w.n, Rational(1, 2) * w.k):
        with pytest.raises(DerivationError, match=r"exponent|not a step"):
            w.a**exponent
    with pytest.raises(ShapeError, match=r"\*\* on a vector"):
        w.v**w.k


# ---- norms and absolute values


def test_the_two_norm_of_a_matrix_is_spectral(w: World) -> None:
    assert norm(w.V, 2).spectral
    assert not norm(w.V).spectral
    assert not norm(w.v, 2).spectral
    assert norm(w.V, 2) != norm(w.V)
    assert [str(norm(w.V, 2)), str(norm(w.V))] == ["‖V‖_2", "‖V‖_F"]
    with pytest.raises(ShapeError, match="F or 2 for matrices"):
        norm(w.V, 1)
    with pytest.raises(ShapeError, match="absolute for numbers"):
        norm(w.a)
    wrong = w.model.equal("spectral", norm(w.V, 2), norm(w.V))
    assert check(wrong).status is not Status.AGREES


def test_absolute_values(w: World) -> None:
    assert str(2 * absolute(w.a)) == "2 |a|"
    assert absolute(w.a).latex() == r"\lvert a \rvert"
    root = w.model.equal("root", absolute(w.a) ** 2, w.a * w.a)
    wrong = w.model.equal("wrong", absolute(w.a), w.a, fails=True)
    assert check(root).status is Status.AGREES
    assert check(wrong).status is Status.REFUTED
    slope = w.model.equal("slope", grad(absolute(w.b) * w.a, w.a), absolute(w.b))
    assert check(slope).status is Status.AGREES


# ---- another graph


def test_where_is_typed_and_owned(w: World) -> None:
    e = w.E[w.k].where({w.W["h"]: w.V})
    assert isinstance(e, Where)
    assert e.axes == w.E[w.k].axes
    assert e.func(*e.args) == e
    assert str(e) == "E_k|_{W_h := V}"
    with pytest.raises(ShapeError, match="is a matrix"):
        w.E[w.k].where({w.W: w.V})
    with pytest.raises(ShapeError, match="no value of its own"):
        w.E[w.k].where({w.V @ w.V: w.V})
    with pytest.raises(NamingError, match="another value already"):
        w.E[w.k].where({w.W: 2 * w.W, w.W["h"]: w.V})
    with pytest.raises(ShapeError, match="new values by leaf"):
        w.E[w.k].where({})
    with pytest.raises(DefinitionError, match="computed"):
        w.model.equal("computed", w.E[w.k].where({w.c[w.k]: w.v}), w.a)
    other = Model("other")
    with pytest.raises(NamingError, match="a node of the model 'other'"):
        w.model.equal("foreign", w.a.where({w.a: other.parameter("q")}), w.a)


def test_where_is_refused_in_derivatives_and_definitions(w: World) -> None:
    changed = w.E[w.k].where({w.v: 2 * w.v})
    with pytest.raises(ShapeError, match="take the derivative inside"):
        grad(changed, w.W)
    with pytest.raises(DefinitionError, match="another graph"):
        w.model.node("F", w.E[1].where({w.v: 2 * w.v}))


def test_where_shadows_what_it_changes(w: World) -> None:
    changed = (w.v.T @ w.v).where({w.v: 2 * w.v})
    assert changed.xreplace({w.v: w.c[1]}) == (w.v.T @ w.v).where({w.v: 2 * w.c[1]})
    assert changed.subs(w.v, w.c[1]) == (w.v.T @ w.v).where({w.v: 2 * w.c[1]})
    inside = w.E[w.k].where({w.v: 2 * w.v})
    assert inside.subs(w.k, 3) == w.E[3].where({w.v: 2 * w.v})


def test_where_is_evaluated_in_the_other_graph(w: World) -> None:
    m, k, v, W = w.model, w.k, w.v, w.W
    twice = m.equal("linear", w.E[k].where({v: 2 * v}), 2 * w.E[k])
    inside = m.equal("gradient", grad(w.E[k], v).where({W["h"]: w.V, v: 5 * v}), w.c[k].where({W["h"]: w.V}))
    wrong = m.equal("ignored", w.E[k].where({W["h"]: w.V}), w.E[k], fails=True)
    simultaneous = m.equal("simultaneous", (w.a - w.b).where({w.a: w.b, w.b: w.a}), w.b - w.a)
    outer = m.equal("outer", w.a.where({w.a: w.a + w.b}).where({w.b: 0 * w.b}), w.a)
    at = m.equal("input", w.E[2].where({w.x[2]: 0 * w.x[2]}),
                 (v.T @ sigma(W["h"] @ w.c[1])))
    at_wrong = m.equal("other-input", w.E[2].where({w.x[1]: 0 * w.x[1]}), v.T @ sigma(W["h"] @ w.c[1]), fails=True)
    for claim in (twice, inside, simultaneous, outer, at):
        assert check(claim).status is Status.AGREES, (claim.id, check(claim).reason)
    assert check(wrong).status is Status.REFUTED
    assert check(at_wrong).status is Status.REFUTED


# ---- claims


def test_bounds(w: World) -> None:
    claim = w.model.bound("one", norm(w.P, 2) <= 1, given=[norm(w.V, 2) < 1, w.k >= 3])
    assert claim.kind == BOUND
    assert [case.sign for case in claim.cases] == ["≤"]
    assert range_text(claim) == "k ≥ 3"
    assert [str(r) for r in claim.assuming] == ["‖V‖_2 < 1"]
    assert text(claim) == "‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 ≤ 1 for k ≥ 3 if ‖V‖_2 < 1"
    several = w.model.bound("several", w.a <= 1, ne(w.b, 0))
    assert [case.label for case in several.cases] == ["a ≤ 1", "b ≠ 0"]
    each = w.model.bound("each", lambda V: norm(V) <= w.a, each=(w.W, w.V))
    assert [case.label for case in each.cases] == ["W", "V"]


def test_limits(w: World) -> None:
    claim = w.model.tends("zero", w.P, 0, along=w.k)
    assert (claim.kind, claim.trend, claim.along) == (LIMIT, Trend.VANISHES, w.k)
    assert claim.cases[0].sides == (norm(w.P),)
    assert text(claim) == "‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_F → 0 as k → ∞"
    assert text(w.model.tends("grows", norm(w.P, 2), oo, along=w.k)).endswith("→ ∞ as k → ∞")
    assert text(w.model.stays("stays", norm(w.P, 2), along=w.k)).startswith("0 < inf_k ‖")
    with pytest.raises(DerivationError, match=r"expected 0, or sympy\.oo"):
        w.model.tends("one", w.P, 1, along=w.k)
    with pytest.raises(StepError, match="along=j"):
        w.model.tends("elsewhere", w.P, 0, along=w.j)


def test_existence(w: World) -> None:
    one = w.model.exists("one", norm(w.P, 2) >= 1)
    same = w.model.exists("same", norm(w.P, 2) >= 1, w.a > 0, along=w.k)
    assert one.kind == same.kind == EXISTENCE
    assert text(one) == "for every k there are parameters and inputs with 1 ≤ ‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2"
    assert text(same) == ("there are parameters and inputs with 1 ≤ ‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 and 0 < a"
                          " for every k")
    assert readings(same) == [text(same)]
    assert equation(same) == text(same)


def test_what_is_no_relation_is_refused(w: World) -> None:
    for given in (w.a, True, "a <= 1"):
        with pytest.raises(DerivationError, match="is no relation"):
            w.model.bound(f"no-{len(str(given))}", given)
    with pytest.raises(DerivationError, match="at least one relation"):
        w.model.exists("nothing")
    with pytest.raises(DerivationError, match="is an assumption"):
        w.model.bound("limit", vanishing(w.a))
    with pytest.raises(DerivationError, match="not a condition"):
        w.model.bound("region", w.a <= 1, fails=w.a <= 2)
    with pytest.raises(DerivationError, match="one function"):
        w.model.bound("each", w.a <= 1, each=(w.a,))


def test_the_steps_of_an_assumption(w: World) -> None:
    """Those that the claim leaves free are the claim's; the others are any."""
    E, c, k, T, t = w.E, w.c, w.k, w.T, w.t
    bounded = norm(d(E[k], c[k])) <= w.a
    own = w.model.bound("own", norm(d(E[k], c[1])) <= w.a, given=bounded)
    every = w.model.bound("every", w.a >= 0, given=bounded)
    limit = w.model.tends("limit", d(E[k], c[1]), 0, along=k, given=bounded)
    assert [everywhere(claim, claim.assuming[0]) for claim in (own, every, limit)] == [[], [k], [k]]
    assert text(every).endswith("≤ a for every k")
    assert not text(own).endswith("for every k")
    total = eq(grad(w.total, w.v), 0)
    free = w.model.equal("free", grad(E[t], w.v), zeros(w.n), given=[total, t <= T])
    bound = w.model.equal("bound", grad(E[t], w.v), zeros(w.n), given=total)
    assert free_steps(free) == [T, t]
    assert everywhere(free, total) == []
    assert range_text(free) == "1 ≤ t ≤ T"
    assert free_steps(bound) == [t]
    assert everywhere(bound, total) == [T]


def test_an_assumption_speaks_of_nodes_that_exist(w: World) -> None:
    with pytest.raises(StepError, match="does not exist"):
        w.model.bound("before", w.a <= 1, given=norm(w.c[-3]) <= 1)
    other = Model("other")
    with pytest.raises(NamingError, match="a node of the model 'other'"):
        w.model.bound("foreign", w.a <= 1, given=other.parameter("q") <= 1)


def test_evidence_does_not_ignore_an_assumption(w: World) -> None:
    """Draws would not satisfy it: the claim is not refuted by them."""
    claim = w.model.equal("assumed", w.a, w.b, given=eq(w.a, w.b))
    assert claim.kind == EQUALITY
    assert check(claim).status is not Status.REFUTED


def test_a_remark_is_listed_and_not_checked(w: World) -> None:
    remark = w.model.remark("by-definition", "50% of it & more", printed="x", source="here")
    assert remark in w.model.definitions
    assert not w.model.claims
    assert remark.kind == "remark"
    assert text(remark) == "50% of it & more"
    assert r"50\% of it \& more" in latex(remark)
    assert [row.label for row in page(remark)[1]] == ["printed", "sentence", "LaTeX", "source", "file"]
    with pytest.raises(NamingError, match="used twice"):
        w.model.bound("by-definition", w.a <= 1)


def test_a_record_tells_what_is_assumed(w: World) -> None:
    claim = w.model.tends("zero", w.P, 0, along=w.k, given=norm(w.V, 2) < 1, fails=True,
                          witness={w.W: 0, w.V: 0, w.x[w.t]: 0, w.c[0]: 0})
    found = claim_record(claim)
    assert found["assumptions"] == ["‖V‖_2 < 1"]
    assert found["along"] == "k"
    assert found["witness"] == {"label": "", "others": None,
                                "values": {"W": "0", "V": "0", "x_t": "0", "c_0": "0"}}


@pytest.mark.parametrize("profile", ["paper", "article"])
def test_latex_of_the_new_kinds(w: World, profile: str) -> None:
    m, k, P = w.model, w.k, norm(w.P, 2)
    claims: list[Claim] = [
        m.bound("bound", w.a ** (k - 1) >= P, given=[w.a < 1, k >= 2]), m.tends("limit", P, 0, along=k, given=w.a < 1),
        m.stays("stays", P, along=k), m.exists("exists", eq(P, 1), along=k), m.exists("each", ne(P, 1))]
    shown = [latex(claim, profile) for claim in claims]
    for sign, formula in zip((r"\leq a^{k-1}", r"\to 0", r"\inf_k", "= 1", r"\neq 1"), shown, strict=True):
        assert sign in formula
    assert r"\text{if}" in shown[0]
    assert r"\text{as}" in shown[1]
    assert r"\text{for every}" in shown[3]
    assert all(formula.count("{") == formula.count("}") for formula in shown)
    assert len(set(shown)) == len(shown)


def test_comparisons_leave_the_rest_of_sympy_alone(w: World) -> None:
    assert str(w.k >= 2) == "k >= 2"
    assert isinstance(w.a + Matrix([1])[0], Expression)
    assert eye(w.n) == eye(w.n)
    assert {w.a: 1}[w.a] == 1
