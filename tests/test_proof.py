"""Proofs of equalities: what must be proved, what must not be, and what is said where there is no proof."""

import pytest
from sympy import Integer

from derivations import (
    Model,
    Prod,
    Sum,
    d,
    diag,
    exp,
    eye,
    grad,
    had,
    hstack,
    immediate,
    ones,
    power,
    relu,
    sigma,
    softplus,
    tanh,
    use,
    vec,
    vstack,
)
from derivations.claim import EQUALITY
from derivations.proof.claims import proof_of
from derivations.proof.prove import prove
from derivations.recurrent.lstm import lstm
from derivations.recurrent.rnn import rnn
from derivations.symbols import Constant

SHIPPED = [claim for model in (rnn, lstm) for claim in model.claims if claim.kind == EQUALITY]


@pytest.mark.parametrize("claim", [c for c in SHIPPED if c.expect == "holds"], ids=lambda c: c.id)
def test_every_equality_of_the_article_that_holds_is_proved(claim):
    proof = prove(claim)
    assert proof.status == "proved", proof.detail
    assert all(trace.proved and trace.lines[-1].cells for trace in proof.traces)


@pytest.mark.parametrize("claim", [c for c in SHIPPED if c.expect == "fails"], ids=lambda c: c.id)
def test_no_equality_that_fails_is_proved(claim):
    proof = prove(claim)
    assert proof.status == "undecided"
    assert proof.detail


@pytest.fixture
def m():
    return Model("m")


def network(m):
    """A recurrence with two states, a shared parameter and a loss."""
    n, = m.dims("n")
    t, j, k = m.times("t j k")
    A, B, x = m.parameter("A", n, n), m.parameter("B", n, n), m.inputs("x", n)
    c, h, E = m.sequence("c", n), m.sequence("h", n), m.sequence("E")
    c[t] = had(c[t - 1], sigma(A @ h[t - 1])) + x[t]
    h[t] = had(tanh(B @ h[t - 1]), c[t])
    E[t] = m.smooth("ell")(h[t])
    return n, t, j, k, A, B, c, h, E


def proved(m, left, right, **options):
    return proof_of(m.equal(f"claim-{len(m.claims)}", left, right, **options))


# ---- matrices


def matrices(m):
    n, k = m.dims("n k")
    return (m.parameter("A", n, n), m.parameter("B", n, n), m.parameter("C", n, k), m.parameter("v", n),
            m.parameter("w", n), m.parameter("a"))


TRUE = {
    "transpose of a product": lambda A, B, C, v, w, a: ((A @ C).T, C.T @ A.T),
    "diag": lambda A, B, C, v, w, a: (diag(v) @ w, had(v, w)),
    "diag commutes": lambda A, B, C, v, w, a: (diag(v) @ diag(w), diag(w) @ diag(v)),
    "blocks": lambda A, B, C, v, w, a: (hstack(A, B) @ vstack(v, w), A @ v + B @ w),
    "dot": lambda A, B, C, v, w, a: (v.T @ A @ w, w.T @ A.T @ v),
    "reflection": lambda A, B, C, v, w, a: (sigma.prime(A @ v), had(sigma(A @ v), sigma(-(A @ v)))),
    "softplus": lambda A, B, C, v, w, a: (softplus(v) - softplus(-v), v),
    "tanh by sigma": lambda A, B, C, v, w, a: (tanh(v), 2 * sigma(2 * v) - ones(m_axis(v))),
    "exp of a sum": lambda A, B, C, v, w, a: (exp(v + w), had(exp(v), exp(w))),
    "reciprocal": lambda A, B, C, v, w, a: (a / (a + 1) + 1 / (a + 1), Constant(Integer(1))),
    "sigma''": lambda A, B, C, v, w, a: (sigma.prime.prime(v), had(sigma.prime(v), ones(m_axis(v)) - 2 * sigma(v))),
    "vec": lambda A, B, C, v, w, a: (d(A @ v, A) @ vec(B), B @ v),
    "quadratic form": lambda A, B, C, v, w, a: (d(v.T @ A @ v, v), v.T @ (A + A.T)),
    "squared": lambda A, B, C, v, w, a: (d(power(2)(v), v), 2 * diag(v)),
}
FALSE = {
    "products do not commute": lambda A, B, C, v, w, a: (A @ B, B @ A),
    "true at n = 2 alone": lambda A, B, C, v, w, a: ((A @ B - B @ A) @ (A @ B - B @ A) @ A,
                                                     A @ (A @ B - B @ A) @ (A @ B - B @ A)),
    "transpose": lambda A, B, C, v, w, a: (A, A.T),
    "diag on the other side": lambda A, B, C, v, w, a: (diag(v) @ A, A @ diag(v)),
    "sigma is tanh": lambda A, B, C, v, w, a: (sigma.prime(v), tanh.prime(v)),
    "outer product turned": lambda A, B, C, v, w, a: (v @ w.T, w @ v.T),
    "relu is itself": lambda A, B, C, v, w, a: (relu(v), v),
    "quadratic form": lambda A, B, C, v, w, a: (d(v.T @ A @ v, v), 2 * v.T @ A),
    "a defect": lambda A, B, C, v, w, a: (A @ v, A @ v + Constant(Integer(1) / 10**12) * (B @ w)),
    "column index lost": lambda A, B, C, v, w, a: (A @ diag(v), A @ diag(w)),
}


def m_axis(v):
    return v.axes[0][0][1]


@pytest.mark.parametrize("sides", TRUE.values(), ids=TRUE)
def test_identities_of_matrices_are_proved(m, sides):
    proof = proved(m, *sides(*matrices(m)))
    assert proof.status == "proved", proof.detail


@pytest.mark.parametrize("sides", FALSE.values(), ids=FALSE)
def test_wrong_identities_are_not_proved(m, sides):
    left, right = sides(*matrices(m))
    assert proved(m, left, right, fails=True).status == "undecided"


def test_a_root_of_a_square_is_an_absolute_value(m):
    v = m.parameter("v", m.dims("n")[0])
    root = power(Integer(1) / 2)
    assert proved(m, root(power(2)(v)), v, fails=True).status == "undecided"
    positive = m.parameter("u", m.dims("q")[0], structure="positive")
    assert proved(m, root(power(2)(positive)), positive).status == "proved"


def test_symmetric_and_diagonal_parameters(m):
    n, = m.dims("n")
    S, D, A = (m.parameter("S", n, n, structure="symmetric"), m.parameter("D", n, n, structure="diagonal"),
               m.parameter("A", n, n))
    assert proved(m, S.T @ A, S @ A).status == "proved"
    assert proved(m, D @ S @ D, (D @ S @ D).T).status == "proved"
    assert proved(m, S @ A, A @ S, fails=True).status == "undecided"
    assert proved(m, D @ A, A @ D, fails=True).status == "undecided"


def test_a_derivative_by_a_symmetric_parameter_is_not_guessed(m):
    n, = m.dims("n")
    S, v = m.parameter("S", n, n, structure="symmetric"), m.parameter("v", n)
    proof = proved(m, grad(v.T @ S @ v, S), v @ v.T)
    assert proof.status == "undecided"
    assert "symmetric" in proof.detail


# ---- steps


def test_a_range_is_split_where_the_order_of_steps_matters(m):
    _n, t, _j, _k, A, _B, c, h, _E = network(m)
    proof = proved(m, d(c[t], c[t - 1]), diag(sigma(A @ h[t - 1])) + diag(c[t - 1]) @ d(sigma(A @ h[t - 1]), c[t - 1]))
    assert proof.status == "proved"
    assert len(proof.traces) == 2
    assert all(trace.when for trace in proof.traces)


def test_a_formula_that_is_wrong_at_the_first_step_alone_is_not_proved(m):
    _n, t, _j, _k, A, B, c, h, _E = network(m)
    slope = diag(had(c[t - 1], sigma.prime(A @ h[t - 1]))) @ A
    through = slope @ diag(tanh(B @ h[t - 2]))  # at t = 1, h_0 is a leaf
    right = diag(sigma(A @ h[t - 1])) + through
    assert proved(m, d(c[t], c[t - 1]), right).status == "proved"  # names h_{t-2}, so t ≥ 2
    right = diag(sigma(A @ h[t - 1])) + slope @ d(h[t - 1], c[t - 1])
    assert proved(m, d(c[t], c[t - 1]), right).status == "proved"
    right = diag(sigma(A @ h[t - 1])) + slope @ immediate(h[t - 1], c[t - 1])
    assert proved(m, d(c[t], c[t - 1]), right, given=t >= 2).status == "proved"


def test_products_through_states_that_do_not_separate_are_not_proved(m):
    n, t, _j, k, _A, _B, c, _h, _E = network(m)
    shared = m.sequence("g", n)
    shared[t] = tanh(c[t - 2]) + tanh(shared[t - 1])
    product = proved(m, d(shared[k], shared[1]), Prod(d(shared[t], shared[t - 1]), (t, 2, k)))
    assert product.status == "proved"
    product = proved(m, d(c[k], c[1]), Prod(d(c[t], c[t - 1]), (t, 2, k)), fails=True)
    assert product.status == "undecided"
    proof = proved(m, d(shared[k], c[1]), d(shared[k], c[k]) @ Prod(d(c[t], c[t - 1]), (t, 2, k)), fails=True)
    assert proof.status == "undecided"


def test_the_joint_state_separates(m):
    n, t, j, k, _A, _B, c, h, _E = network(m)
    s = m.let("s", vstack(c[t], h[t]))
    joint = Prod(d(s, s.at(t - 1)), (t, j + 1, k))
    assert proved(m, d(h[k], h[j]), d(h[k], s.at(k)) @ joint @ d(s.at(j), h[j]), given=(j <= k) & (j >= 1)
                  ).status == "proved"
    double = proved(m, d(s, c[t - 1]), d(s, s.at(t - 1)) @ vstack(eye(n), d(h[t - 1], c[t - 1])))
    assert double.status == "proved"


def test_the_sum_over_the_uses_of_a_parameter(m):
    _n, _t, j, k, A, _B, _c, _h, E = network(m)
    uses = Sum(d(E[k], use(A, j)), (j, 1, k))
    assert proved(m, d(E[k], A), uses).status == "proved"
    short = Sum(d(E[k], use(A, j)), (j, 2, k))
    assert proved(m, d(E[k], A), short, fails=True, given=k >= 2).status == "undecided"
    assert proved(m, d(E[k], use(A, 1)), d(E[k], A), fails=True).status == "undecided"


def test_both_sides_zero_need_not_be_opened_to_be_wrong(m):
    _n, t, _j, _k, _A, _B, c, _h, _E = network(m)
    wrong = proved(m, d(c[t], c[t - 1]), immediate(c[t], c[t - 1]), fails=t >= 2)
    assert wrong.status == "undecided"


def test_an_empty_product_is_the_identity(m):
    _n, t, _j, k, A, B, _c, _h, _E = network(m)
    product = Prod(A, (t, 1, k))
    assert proved(m, product @ B, B, fails=k >= 1, given=k >= 0).status == "undecided"
    assert proved(m, Prod(A, (t, 1, k + 1)), A @ product, given=k >= 0).status == "proved"


def test_induction(m):
    a, (t, k) = m.parameter("a"), m.times("t k")
    gauss = proved(m, Sum(Constant(t) * a, (t, 1, k)), Constant(k * (k + 1) / 2) * a)
    assert gauss.status == "proved"
    assert [trace.at[0][1] for trace in gauss.traces] == [0, k + 1]
    assert proved(m, Sum(Constant(t) * a, (t, 1, k)), Constant(k * (k + 2) / 2) * a, fails=k >= 1
                  ).status == "undecided"
    assert proved(m, Sum(a**t, (t, 0, k)), (a ** (k + 1) - 1) / (a - 1), given=k >= 0).status == "proved"
    assert proved(m, Sum(a**t, (t, 0, k)), (a**k - 1) / (a - 1), given=k >= 0, fails=True).status == "undecided"


def test_a_base_that_is_wrong_is_no_induction(m):
    a, (t, k) = m.parameter("a"), m.times("t k")
    shifted = Constant(k * (k + 1) / 2) * a + a  # from each step to the next it is right
    assert proved(m, Sum(Constant(t) * a, (t, 1, k)), shifted, fails=True).status == "undecided"


# ---- what is said


def test_what_the_engine_cannot_do_is_named(m):
    n, t, _j, k, A, _B, c, _h, _E = network(m)
    g = m.sequence("g", n)
    g[t] = A @ g[t - 1] + c[2]
    proof = proved(m, d(g[k], A), d(g[k], A) + d(g[k], A) - d(g[k], A), given=k >= 3)
    assert proof.status == "undecided"
    assert "c_2" in proof.detail


def test_a_budget_ends_what_would_not(m, monkeypatch):
    monkeypatch.setattr("derivations.proof.space.BUDGET", 10)
    _n, _t, j, k, A, _B, _c, _h, E = network(m)
    proof = proved(m, d(E[k], A), Sum(d(E[k], use(A, j)), (j, 1, k)))
    assert proof.status == "undecided"
    assert "rewriting steps" in proof.detail


def test_an_internal_error_is_undecided(m, monkeypatch):
    def broken(claim):
        raise ZeroDivisionError("oops")

    monkeypatch.setitem(proof_of.__globals__["PROVERS"], EQUALITY, broken)
    v = m.parameter("v")
    proof = proved(m, v, v + 0 * v)
    assert proof.status == "undecided"
    assert "ZeroDivisionError" in proof.detail
