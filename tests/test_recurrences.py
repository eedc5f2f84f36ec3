"""Definitions with derivatives in them, recurrences back two steps or forward, sums and products over steps."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from evaluation import AGREES, REFUTED, VACUOUS, close, evaluated, named, status, traced, values, verdict

from derivations import Model, Prod, StepError, Sum, d, diag, eye, grad, had, hstack, sigma, tanh, use, vstack, zeros
from derivations.claim import Claim

# ---- definitions that contain derivatives


def test_a_definition_may_contain_derivatives_and_is_differentiated_again() -> None:
    q = Model("quadratic")
    [n] = q.dims("n")
    w, A, alpha = q.parameter("w", n), q.parameter("A", n, n), q.parameter("alpha")
    E = q.node("E", w.T @ A @ w)
    g, after, hessian = q.node("g", grad(E, w)), q.node("w'", w - alpha * grad(E, w)), A + A.T
    assert status(q.equal("gradient", g, hessian @ w)) is AGREES
    assert status(q.equal("hessian", d(g, w), hessian)) is AGREES
    assert status(q.equal("nested", d(grad(w.T @ A @ w, w), w), hessian)) is AGREES
    assert status(q.equal("update", d(after, w), eye(n) - alpha * hessian)) is AGREES
    assert status(q.equal("update.rate", d(after, alpha), -hessian @ w)) is AGREES
    assert status(q.equal("hessian.half", d(g, w), A)) is REFUTED
    assert status(q.equal("update.first", d(after, w), eye(n))) is REFUTED


# ---- recurrences


def chain() -> SimpleNamespace:
    """A recurrent network with a loss at each step."""
    model = Model("chain")
    [n] = model.dims("n")
    t, j, k, T = model.times("t j k T")
    W, x, ell = model.parameter("W", n, n), model.inputs("x", n), model.smooth("ell")
    c, e = model.sequence("c", n), model.sequence("e")
    c[t] = tanh(W @ c[t - 1] + x[t])
    e[t] = ell(c[t])
    slope = tanh.prime(W @ c[t - 1] + x[t])
    return SimpleNamespace(model=model, n=n, t=t, j=j, k=k, T=T, W=W, x=x, c=c, e=e, slope=slope)


def backpropagation(*, transposed: bool) -> Claim:
    """δ_t, computed backwards: what the losses from t on owe to c_t. Past the last step δ is a leaf, a loss itself."""
    q = chain()
    t, T, W, c, e = q.t, q.T, q.W, q.c, q.e
    delta = q.model.sequence("delta", q.n, last=T)
    J = d(c[t + 1], c[t])
    delta[t] = grad(e[t], c[t]) + (J.T if transposed else J) @ delta[t + 1]
    total, beyond = q.model.node("E", Sum(e[t], (t, 1, T))), delta[T + 1].T @ c[T + 1]
    gradient = grad(total, W) + grad(beyond, W) - grad(beyond, use(W, T + 1))
    return q.model.equal("backpropagation", gradient, Sum(had(delta[t], q.slope) @ c[t - 1].T, (t, 1, T)), given=T >= 1)


def test_the_recurrence_of_backpropagation_is_the_gradient() -> None:
    found = verdict(backpropagation(transposed=True))
    assert found.status is AGREES, found.reason
    assert status(backpropagation(transposed=False)) is REFUTED


def test_a_recurrence_that_looks_forward_ends_in_a_leaf() -> None:
    m = Model("ahead")
    [n] = m.dims("n")
    t, T = m.times("t T")
    W, a = m.parameter("W", n, n), m.sequence("a", n, last=T)
    a[t] = tanh(W @ a[t + 1])
    program, leaves = traced(m, [a[T], a[T + 1]], {n: 2}, {T: 3})
    last, leaf = values(program, leaves, {T: 3})
    given = named(program, leaves)
    assert close(leaf, given["a"][0])
    assert close(last, np.tanh(given["W"] @ leaf))
    assert status(m.equal("step", d(a[t], a[t + 1]), diag(tanh.prime(W @ a[t + 1])) @ W, given=t <= T)) is AGREES
    assert status(m.equal("back", d(a[t + 1], a[t]), zeros(n, n), given=t <= T)) is VACUOUS
    with pytest.raises(StepError):
        m.equal("beyond", a[T + 2], a[T + 2], given=T >= 1)


@pytest.mark.parametrize("shift", [0, 1])
def test_sequences_that_look_forward_at_each_other(shift: int) -> None:
    """With shift 0 nobody looks past the end of a: it has no leaf there."""
    m = Model("mutual")
    [n] = m.dims("n")
    t, T = m.times("t T")
    W, x = m.parameter("W", n, n), m.inputs("x", n)
    a, b = m.sequence("a", n, last=T), m.sequence("b", n, last=T)
    a[t] = tanh(W @ b[t + 1] + x[t])
    b[t] = had(a[t + shift], x[t])
    slope, far = diag(tanh.prime(W @ b[t + 1] + x[t])), d(a[t], a[t + 1 + shift])
    assert status(m.equal("next", d(a[t], b[t + 1]), slope @ W, given=t <= T)) is AGREES
    assert status(m.equal("far", far, slope @ W @ diag(x[t + 1]), given=t <= T - 1)) is AGREES
    assert status(m.equal("near", far, slope @ W, given=t <= T - 1)) is REFUTED


def test_a_node_without_steps_may_drive_a_recurrence() -> None:
    m = Model("fixed")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, c = m.parameter("W", n, n), m.sequence("c", n)
    V = m.node("V", W @ W)
    c[t] = tanh(V @ c[t - 1])
    assert status(m.equal("through", d(c[t], W), d(c[t], V) @ d(V, W))) is AGREES
    assert status(m.equal("around", d(c[t], W), zeros(n, n * n))) is REFUTED
    assert status(m.equal("held", d(c[t], W, hold=V), zeros(n, n * n))) is VACUOUS


def test_inputs_may_be_looked_ahead_at() -> None:
    m = Model("peek")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, x, c = m.parameter("W", n, n), m.inputs("x", n), m.sequence("c", n)
    c[t] = tanh(W @ c[t - 1] + x[t + 2])
    slope = diag(tanh.prime(W @ c[t - 1] + x[t + 2]))
    assert status(m.equal("own", d(c[t], x[t + 2]), slope)) is AGREES
    assert status(m.equal("last", d(c[t], x[t + 1]), slope @ W @ d(c[t - 1], x[t + 1]))) is AGREES
    assert status(m.equal("shifted", d(c[t], x[t + 1]), slope)) is REFUTED


def test_a_recurrence_with_lag_two_has_a_state_of_two_steps() -> None:
    m = Model("lag")
    [n] = m.dims("n")
    t, k = m.times("t k")
    W, V, c = m.parameter("W", n, n), m.parameter("V", n, n), m.sequence("c", n)
    z = m.let("z", W @ c[t - 1] + V @ c[t - 2])
    c[t] = tanh(z)
    D, s = diag(tanh.prime(z)), m.let("s", vstack(c[t], c[t - 1]))
    by = m.let("D_last", D.subs(t, t - 1))
    G, top = d(s, s.at(t - 1)), hstack(eye(n), zeros(n, n))
    assert status(m.equal("one", d(c[t], c[t - 1]), D @ W)) is AGREES
    assert status(m.equal("two", d(c[t], c[t - 2]), D @ W @ by @ W + D @ V)) is AGREES
    assert status(m.equal("two.direct", d(c[t], c[t - 2]), D @ V)) is REFUTED
    assert status(m.equal("joint", G, vstack(hstack(D @ W, D @ V), top))) is AGREES
    assert status(m.equal("product", d(c[k], c[0]), top @ Prod(G, (t, 1, k)) @ top.T, given=k >= 1)) is AGREES
    assert status(m.equal("single", d(c[k], c[0]), Prod(d(c[t], c[t - 1]), (t, 1, k)), given=k >= 2)) is REFUTED


# ---- sums and products over steps


def test_empty_sums_are_zero_and_empty_products_one() -> None:
    q = chain()
    t, k, c = q.t, q.k, q.c
    J = d(c[t], c[t - 1])
    product, total = evaluated(q.model, [Prod(J, (t, 2, k)), Sum(J, (t, 2, k))], {q.n: 2}, {k: 1})
    assert close(product, np.eye(2))
    assert close(total, np.zeros((2, 2)))
    assert status(q.model.equal("product", d(c[k], c[1]), Prod(J, (t, 2, k)))) is AGREES
    assert status(q.model.equal("product.long", d(c[k], c[1]), Prod(J, (t, 1, k)))) is REFUTED
    assert status(q.model.equal("product.order", d(c[k], c[1]), Prod(J, (t, 2, k), latest="right"))) is REFUTED


def test_sums_inside_sums_may_be_exchanged() -> None:
    q = chain()
    t, j, k = q.t, q.j, q.k
    term = d(q.c[t], q.x[j]) @ q.x[j]
    rows, columns = Sum(Sum(term, (j, 1, t)), (t, 1, k)), Sum(Sum(term, (t, j, k)), (j, 1, k))
    assert status(q.model.equal("exchange", rows, columns)) is AGREES
    assert status(q.model.equal("exchange.off", rows, Sum(Sum(term, (t, j + 1, k)), (j, 1, k)))) is REFUTED


def test_a_product_inside_a_sum_has_its_own_range() -> None:
    q = chain()
    t, j, k, c, W = q.t, q.j, q.k, q.c, q.W
    J, each = d(c[t], c[t - 1]), d(c[j], use(W, j))
    assert status(q.model.equal("full", d(c[k], W), Sum(Prod(J, (t, j + 1, k)) @ each, (j, 1, k)))) is AGREES
    assert status(q.model.equal("uses", d(c[k], W), Sum(d(c[k], use(W, j)), (j, 1, k)))) is AGREES
    assert status(q.model.equal("short", d(c[k], W), Sum(Prod(J, (t, j, k)) @ each, (j, 1, k)))) is REFUTED


def test_a_formula_for_later_steps_is_false_where_the_last_output_is_a_leaf() -> None:
    m = Model("gated")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, c, h, o = m.parameter("W", n, n), m.sequence("c", n), m.sequence("h", n), m.sequence("o", n)
    o[t] = sigma(W @ c[t - 1])
    c[t] = had(c[t - 1], o[t]) + tanh(W @ h[t - 1])
    h[t] = tanh(c[t])
    own = diag(o[t]) + diag(had(c[t - 1], sigma.prime(W @ c[t - 1]))) @ W
    turned = diag(tanh.prime(W @ h[t - 1])) @ W @ diag(tanh.prime(c[t - 1]))
    found = verdict(m.equal("wide", d(c[t], c[t - 1]), own + turned))
    assert found.counterexample is not None
    assert (found.status, found.counterexample.steps) == (REFUTED, {"t": 1})
    assert found.holds_where.startswith("t = 2; t = 3")
    assert status(m.equal("narrow", d(c[t], c[t - 1]), own + turned, given=t >= 2)) is AGREES
    assert status(m.equal("first", d(c[1], c[0]), own.subs(t, 1))) is AGREES


def test_a_longer_horizon_changes_nothing_at_earlier_steps() -> None:
    q = chain()
    J = d(q.c[q.t], q.c[q.t - 1])
    [alone] = evaluated(q.model, [J], {q.n: 3}, {q.t: 2})
    assert close(evaluated(q.model, [J, q.c[9]], {q.n: 3}, {q.t: 2})[0], alone)


# ---- derivatives inside recurrences


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_recurrence_that_contains_derivatives_is_differentiated_through_them(mode: str) -> None:
    """g_t = ∂c_t/∂c_{t-1} g_{t-1}, beside the same recurrence with the Jacobian written out."""
    def model(*, written: bool) -> tuple[Model, list[object]]:
        q = chain()
        t, c, W = q.t, q.c, q.W
        g = q.model.sequence("g", q.n)
        g[t] = (diag(q.slope) @ W if written else d(c[t], c[t - 1])) @ g[t - 1]
        return q.model, [g[3], d(g[3], W), d(g[3], c[1]), d(g[3], g[1]), d(g[t], c[t - 1]), d(g[t], use(W, t)), q.n, t]

    def computed(*, written: bool) -> list[np.ndarray]:
        of, (*asked, n, t) = model(written=written)
        return evaluated(of, asked, {n: 2}, {t: 3}, mode)

    found, wanted = computed(written=False), computed(written=True)
    assert all(close(a, b) for a, b in zip(found, wanted, strict=True))
    assert all(np.abs(a).max() > 1e-3 for a in found)


def test_a_node_without_steps_is_computed_once_inside_and_outside_of_a_derivative() -> None:
    m = Model("shared")
    [n] = m.dims("n")
    W, a = m.parameter("W", n, n), m.parameter("a", n)
    V = m.node("V", W @ W)
    b = m.node("b", tanh(V @ a))
    J = diag(tanh.prime(V @ a)) @ V
    g = m.node("g", d(b, a) @ a)
    assert status(m.equal("first", d(b, a), J)) is AGREES
    assert status(m.equal("again", d(g, W), d(J @ a, W))) is AGREES
    assert status(m.equal("wrong", d(g, a), J)) is REFUTED
