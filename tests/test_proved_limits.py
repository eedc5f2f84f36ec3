"""Limits from bounds: with their rates where they hold, and not proved where an assumption or a factor is missing."""

from __future__ import annotations

import itertools

import pytest
from sympy import Rational, oo

from derivations import Model, Prod, Sum, absolute, d, diag, grad, norm, sigma, tanh, use, vanishing, vstack
from derivations.claim import LIMIT, Claim
from derivations.proof.limits import prove_limit
from derivations.proof.trace import Proof
from derivations.recurrent import lstm, rnn
from derivations.symbols import Expression
from derivations.verdict import Status

half = Rational(1, 2)

net = Model("net", title="A recurrent network")
n, m = net.dims("n m")
t, j, k, T, q = net.times("t j k T q")
x, y, e, g = net.inputs("x", m), net.inputs("y", n), net.inputs("e"), net.inputs("g", n)
W, A, v = net.parameter("W", n, {"rec": n, "in": m}), net.parameter("A", n, n), net.parameter("v", n)
r, M = net.parameter("r"), net.parameter("M")
ell, c, E = net.smooth("ell"), net.sequence("c", n), net.sequence("E")
c[t] = tanh(W["rec"] @ c[t - 1] + W["in"] @ x[t])
E[t] = ell(vstack(c[t], y[t]))
total = net.node("E", Sum(E[t], (t, 1, T)))
ids = itertools.count()

J = d(c[t], c[t - 1])
P, rho = Prod(J, (t, 2, k)), norm(W["rec"], 2)
losses = norm(d(E[k], c[k])) <= M


def proof(e: Expression, limit: object = 0, given: object = (), along: object = k) -> Proof:
    return prove_limit(net.tends(f"limit-{next(ids)}", e, limit, along=along, given=given))


def proved(e: Expression, limit: object = 0, given: object = (), along: object = k) -> bool:
    return proof(e, limit, given, along).status is Status.PROVED


# ---- the shipped rows

ROWS = [claim for model in (rnn, lstm) for claim in model.claims if claim.kind == LIMIT]
HOLD = {"rnn.vanish.bounded.limit": "k-1", "rnn.last-statement": "k-1", "rnn.step-gradient.long-range.limit": "k-j"}


def test_the_shipped_limits_are_those_that_are_tested() -> None:
    assert [claim.id for claim in ROWS if claim.expect == "holds"] == list(HOLD)


@pytest.mark.parametrize("claim", ROWS, ids=lambda claim: claim.id)
def test_shipped_limits_are_proved_where_they_hold_and_not_where_they_fail(claim: Claim) -> None:
    found = prove_limit(claim)
    assert (found.status is Status.PROVED) == (claim.id in HOLD), found.detail
    if claim.id in HOLD:
        assert found.detail.startswith(f"rate ((1/4) ‖W_rec‖_2)^{{{HOLD[claim.id]}}}; by ")
        assert found.bounds
        assert all(line.trace is None or line.trace.proved for line in found.bounds)


# ---- rates

RATES = {
    "a power": (r**k, [absolute(r) < 1]),
    "of a product": (norm(P, 2), [rho < 1]),
    "in the Frobenius norm": (P, [rho < 1]),
    "of a vector": (P @ v, [rho < 1]),
    "beside what does not change": (norm(A, 2) * norm(P, 2), [rho < 1]),
    "a sum": (P @ A + diag(v) @ P, [rho < 1]),
    "twice the steps": (norm(Prod(J @ A, (t, 2, k)), 2), [rho <= 1, norm(A, 2) < 1]),
    "with k in front": (k * norm(P, 2), [rho < 1]),
    "of a bounded loss": (d(E[k], c[1]), [rho < 1, losses]),
    "of a long way back": (d(E[k], use(W, j)), [rho < 1, losses]),
    "by a number": (norm(Prod(diag(sigma.prime(c[t])), (t, 2, k)), 2), []),
    "a mean": (norm(Prod(half * J, (t, 2, k)), 2), [rho < 2]),
}
NOT: dict[str, tuple[Expression, list[object]]] = {
    "a power of 1": (r**k, [absolute(r) <= 1]),
    "a negative base": (r**k, [r < 1]),
    "of a product": (norm(P, 2), [rho <= 1]),
    "under another weight": (norm(P, 2), [norm(A, 2) < 1]),
    "a growing factor": (2**k * norm(P, 2), [rho < 1]),
    "twice the steps": (norm(Prod(J @ A, (t, 2, k)), 2), [rho <= 1, norm(A, 2) <= 1]),
    "without the loss": (d(E[k], c[1]), [rho < 1]),
    "the loss bounded at one step": (d(E[k], c[1]), [rho < 1, norm(d(E[2], c[2])) <= M]),
    "the whole gradient": (d(E[k], W), [rho < 1, losses]),
    "a mean": (norm(Prod(half * J, (t, 2, k)), 2), [rho <= 2]),
    "by a number": (norm(Prod(diag(tanh.prime(c[t])), (t, 2, k)), 2), []),
    "the last state": (norm(c[k]), [rho < 1]),
    "fixed": (norm(v) + norm(P, 2), [rho < 1]),
    "a few steps only": (norm(Prod(J, (t, k, k + 5)), 2), [rho < 1]),
}


@pytest.mark.parametrize(("e", "given"), RATES.values(), ids=RATES.keys())
def test_limits_with_a_rate(e: Expression, given: object) -> None:
    assert proved(e, given=given), proof(e, given=given).detail


@pytest.mark.parametrize(("e", "given"), NOT.values(), ids=NOT.keys())
def test_limits_that_do_not_hold_are_not_proved(e: Expression, given: object) -> None:
    found = proof(e, given=given)
    assert found.status is Status.UNDECIDED
    assert found.detail


def test_a_missing_assumption_is_named() -> None:
    assert "whether ‖W_rec‖_2 is less than 1 is not known" in proof(norm(P, 2)).detail
    assert proof(k * norm(P, 2), given=rho < 1).detail.startswith("rate k ‖W_rec‖_2^{k-1}")


def test_a_step_that_does_not_grow_has_no_limit() -> None:
    found = proof(norm(P, 2) * norm(c[q]), given=[rho < 1, k <= q], along=k)
    assert found.status is Status.UNDECIDED
    assert "does not grow" in found.detail


# ---- what tends to zero by assumption

SMALL = {
    "itself": (absolute(e[j]), vanishing(e[j])),
    "a few": (absolute(e[1] + 2 * e[2]), vanishing(e[t])),
    "a sum": (absolute(Sum(e[t], (t, 1, T))), vanishing(e[t])),
    "vectors": (norm(Sum(A @ g[t], (t, 1, T))), vanishing(g[t])),
}
LARGE = {
    "growing": (absolute(Sum(e[t], (t, 1, k))), vanishing(e[t])),
    "at the step itself": (absolute(e[k]), vanishing(e[t])),
    "others": (absolute(Sum(e[t], (t, 1, T))) + norm(v), vanishing(e[t])),
    "only one": (absolute(Sum(e[t], (t, 1, T))), vanishing(e[1])),
    "what depends on it": (norm(Sum(A @ g[t], (t, 1, T))), vanishing(e[t])),
    "times the step": (k * absolute(e[j]), vanishing(e[j])),
}


@pytest.mark.parametrize(("e", "given"), SMALL.values(), ids=SMALL.keys())
def test_sums_of_finitely_many_terms_that_tend_to_zero(e: Expression, given: object) -> None:
    e = e + norm(Prod(half * diag(sigma(v)), (t, 2, k)), 2)  # something that k is named in
    assert proved(e, given=given), proof(e, given=given).detail


@pytest.mark.parametrize(("e", "given"), LARGE.values(), ids=LARGE.keys())
def test_sums_that_need_not_tend_to_zero(e: Expression, given: object) -> None:
    e = e + norm(Prod(half * diag(sigma(v)), (t, 2, k)), 2)
    assert not proved(e, given=given)


def test_gradients_that_tend_to_zero_by_the_sum() -> None:
    size = norm(Sum(grad(E[t], W), (t, 1, T)))
    shrinking = norm(Prod(half * diag(sigma(v)), (t, 2, k)), 2)
    assert proved(size + shrinking, given=vanishing(grad(E[t], W)))
    assert not proved(size + shrinking)
    assert not proved(norm(Sum(grad(E[t], W), (t, 1, k))), given=vanishing(grad(E[t], W)))


# ---- growth

def test_growth_is_proved_of_numbers_alone() -> None:
    assert proved(2 ** (k - 1), oo)
    assert proved(k, oo)
    assert not proved(half**k, oo)
    assert not proved(r**k, oo)
    assert not proved(norm(P, 2), oo, given=rho > 1)
    found = prove_limit(net.stays(f"limit-{next(ids)}", norm(P, 2), along=k))
    assert found.status is Status.UNDECIDED
