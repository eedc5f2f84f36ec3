"""Bounds by rules for norms: what must be proved, and the same made wrong, which must not be."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from sympy import Rational

import derivations.proof.norms as norms_module
from derivations import (
    Model,
    Prod,
    Sum,
    absolute,
    d,
    diag,
    dot,
    eq,
    eye,
    grad,
    had,
    hstack,
    norm,
    ones,
    sigma,
    tanh,
    use,
    vec,
    vstack,
)
from derivations.algebra import Norm
from derivations.claim import BOUND, EQUALITY, Case, Claim
from derivations.proof.bounds import prove_bound
from derivations.proof.trace import Proof
from derivations.recurrent import lstm, rnn
from derivations.relations import Relation
from derivations.verdict import Status

half, quarter = Rational(1, 2), Rational(1, 4)

net = Model("net", title="A recurrent network with a second layer")
n, m = net.dims("n m")
t, j, k, T, L = net.times("t j k T L")
x = net.inputs("x", m)
A, B, Q = net.parameter("A", n, n), net.parameter("B", n, n), net.parameter("Q", n, n, structure="orthogonal")
W = net.parameter("W", n, {"rec": n, "in": m})
u, v, r, s = net.parameter("u", n), net.parameter("v", n), net.parameter("r"), net.parameter("s")
c, h = net.sequence("c", n), net.sequence("h", n)
ell, E, y = net.smooth("ell"), net.sequence("E"), net.inputs("y", n)
c[t] = tanh(W["rec"] @ c[t - 1] + W["in"] @ x[t])
h[t] = had(sigma(A @ c[t]), c[t])
E[t] = ell(vstack(h[t], y[t]))
total = net.node("E", Sum(E[t], (t, 1, T)))
net.equal("wrong", d(c[t], c[t - 1]), W["rec"], fails=True)  # false: it must never serve as an equality
ids = itertools.count()

J = d(c[t], c[t - 1])
P, rho = Prod(J, (t, 2, k)), norm(W["rec"], 2)
back = norm(d(E[k], use(W, j)), 2)
loss = norm(d(E[k], c[k]))


def proof(*relations: Relation, given: object = ()) -> Proof:
    return prove_bound(net.bound(f"bound-{next(ids)}", *relations, given=given))


def proved(*relations: Relation, given: object = ()) -> bool:
    return proof(*relations, given=given).status is Status.PROVED


# ---- the shipped rows

ROWS = [claim for model in (rnn, lstm) for claim in model.claims if claim.kind == BOUND]
HOLD = ["rnn.slope.bound", "rnn.explode.necessary", "rnn.vanish.bounded", "rnn.step-gradient.long-range",
        "rnn.no-update.long-range", "lstm.partial-sums.family", "lstm.prevention.premise"]


def test_the_shipped_bounds_are_those_that_are_tested() -> None:
    assert [claim.id for claim in ROWS if claim.expect == "holds"] == HOLD


@pytest.mark.parametrize("claim", ROWS, ids=lambda claim: claim.id)
def test_shipped_bounds_are_proved_where_they_hold_and_not_where_they_fail(claim: Claim) -> None:
    found = prove_bound(claim)
    assert (found.status is Status.PROVED) == (claim.id in HOLD), found.detail
    for line in found.bounds:
        assert line.trace is None or line.trace.proved
    assert len(found.steps) == len(found.bounds)


@pytest.mark.parametrize("claim", [c for c in ROWS if c.expect == "holds"], ids=lambda claim: claim.id)
def test_shipped_bounds_with_a_smaller_right_side_or_an_assumption_less_are_not_proved(claim: Claim) -> None:
    for case in claim.cases:
        left, right = case.sides
        right = Rational(999, 1000) * right if right.has(Norm) else right - Rational(1, 1000)
        assert prove_bound(replace(claim, cases=(Case("", (left, right), case.sign),))).status is Status.UNDECIDED
    for k, _ in enumerate(claim.assuming):
        fewer = (*claim.assuming[:k], *claim.assuming[k + 1 :])
        assert prove_bound(replace(claim, assuming=fewer)).status is Status.UNDECIDED


def test_the_proof_names_its_rules_and_the_equalities_that_were_proved() -> None:
    found = prove_bound(next(claim for claim in ROWS if claim.id == "rnn.vanish.bounded"))
    rules = [rule for rule, _ in found.steps]
    assert "‖diag(v)‖₂ = max|v_i|" in rules
    assert "‖Π A_t‖₂ ≤ r^(number of steps)" in rules
    equal = [line for line in found.bounds if line.trace is not None]
    assert [line.rule for line in equal] == ["equal, proved (rnn.jacobian)"]
    assert [(str(a), str(b), str(c)) for a, b, c in equal[0].over] == [("i", "2", "k")]
    assert "‖σ′(W_rec c_{i-1} + W_in x_i)‖_∞ ≤ 1/4, 2 ≤ i ≤ k" in [text for _, text in found.steps]
    assert found.steps[-1][1] == "((1/4) ‖W_rec‖_2)^{k-1} ≤ ((1/4) ‖W_rec‖_2)^{k-1}"
    assert "rnn.jacobian" in found.detail


# ---- rules of norms, each beside the same made wrong

F = norm
RIGHT: dict[str, Relation] = {
    "product": norm(A @ B, 2) <= norm(A, 2) * norm(B, 2),
    "product, mixed": F(A @ B) <= norm(A, 2) * F(B),
    "product, mixed the other way": F(A @ B) <= F(A) * norm(B, 2),
    "product, both Frobenius": F(A @ B) <= F(A) * F(B),
    "product with a vector": norm(A @ v) <= norm(A, 2) * norm(v),
    "inner product": absolute(dot(u, v)) <= norm(u) * norm(v),
    "outer product": F(u @ v.T) <= norm(u) * norm(v),
    "spectral and Frobenius": norm(A, 2) <= F(A),
    "Frobenius and spectral": F(A) <= norm(A, 2) * n,
    "triangle": norm(A + B, 2) <= norm(A, 2) + norm(B, 2),
    "difference": norm(A - B, 2) <= norm(A, 2) + norm(B, 2),
    "reverse triangle": norm(A + B, 2) >= norm(A, 2) - norm(B, 2),
    "reverse triangle of a difference": norm(u - v) >= norm(v) - norm(u),
    "scaled": norm(r * A, 2) <= absolute(r) * norm(A, 2),
    "scaled is equal": absolute(r) * norm(A, 2) <= norm(r * A, 2),
    "sign of a factor": r * norm(A, 2) <= absolute(r) * norm(A, 2),
    "transpose": norm(A.T, 2) <= norm(A, 2),
    "transpose of a product": norm((A @ B).T, 2) <= norm(A, 2) * norm(B, 2),
    "vec": norm(vec(A)) <= F(A),
    "diag": norm(diag(v), 2) <= norm(v, "inf"),
    "diag, Frobenius": F(diag(v)) <= norm(v),
    "largest entry": norm(v, "inf") <= norm(v),
    "diag of a bounded function": norm(diag(sigma(v)), 2) <= 1,
    "diag of a slope": norm(diag(sigma.prime(v)), 2) <= quarter,
    "Hadamard": norm(had(sigma(u), v)) <= norm(v),
    "Hadamard of matrices": norm(had(A, B), 2) <= norm(A, 2) * norm(B, 2),
    "block": norm(W["rec"], 2) <= norm(W, 2),
    "side by side": norm(hstack(A, B), 2) <= norm(A, 2) + norm(B, 2),
    "stack": norm(vstack(u, v)) <= norm(u) + norm(v),
    "orthogonal": norm(Q @ A, 2) <= norm(A, 2),
    "identity": norm(eye(n), 2) <= 1,
    "ones": norm(ones(n)) <= n,
    "sum over steps": norm(Sum(c[t], (t, 1, T))) <= Sum(norm(c[t]), (t, 1, T)),
    "sum of bounded terms": norm(Sum(sigma(c[t]), (t, 1, T)), "inf") <= T * (0 * r + 1),
    "sum, a part of it": norm(Sum(c[t], (t, 1, T))) <= Sum(norm(c[t]) + norm(x[t]), (t, 1, T)),
    "a geometric sum": Sum(half**t * norm(u), (t, 1, T)) <= norm(u),
    "a geometric sum from later on": Sum(half**t * norm(u), (t, 4, T)) <= norm(u) / 8,
    "product over steps": norm(Prod(diag(c[t]) @ A, (t, 2, k)), 2) <= 2 + norm(Prod(diag(c[t]) @ A, (t, 2, k)), 2),
    "power": norm(Prod(A @ B, (t, 2, k)), 2) <= (norm(A, 2) * norm(B, 2)) ** (k - 1),
    "number of steps": norm(Prod(diag(sigma.prime(c[t])), (t, 2, k)), 2) <= quarter ** (k - 1),
    "a worse number": norm(Prod(diag(sigma.prime(c[t])), (t, 2, k)), 2) <= Rational(1, 3) ** (k - 1),
    "number, a power more": norm(Prod(diag(sigma.prime(c[t])), (t, 2, k)), 2) <= 4 * quarter**k,
    "slope of tanh": norm(J, 2) <= rho,
    "of a product over steps": norm(P, 2) <= rho ** (k - 1),
    "in the Frobenius norm": F(P) <= n * rho ** (k - 1),
    "of a derivative of a vector": norm(d(h[k], c[k]), 2) <= quarter * norm(c[k], "inf") * norm(A, 2) + 1,
    "of a total derivative": norm(d(c[k], c[1]), 2) <= rho ** (k - 1),
    "a loss by a state": norm(d(E[k], c[1])) <= norm(d(E[k], c[k])) * rho ** (k - 1),
    "a gradient by a sum": norm(grad(total, W)) <= Sum(norm(grad(E[t], W)), (t, 1, T)),
}
WRONG: dict[str, Relation] = {
    "product in one factor": norm(A @ B, 2) <= norm(A, 2),
    "product by the spectral norms": F(A @ B) <= norm(A, 2) * norm(B, 2),
    "Frobenius and spectral the wrong way": F(A) <= norm(A, 2),
    "largest entry the wrong way": norm(v) <= norm(v, "inf"),
    "triangle for a product": norm(A @ B, 2) <= norm(A, 2) + norm(B, 2),
    "triangle with a minus": norm(A + B, 2) <= norm(A, 2) - norm(B, 2),
    "reverse triangle with a plus": norm(A + B, 2) >= norm(A, 2) + norm(B, 2),
    "reverse triangle in another kind": norm(A + B, 2) >= F(A) - norm(B, 2),
    "scaled without absolute value": norm(r * A, 2) <= r * norm(A, 2),
    "scaled by another number": norm(r * A, 2) <= absolute(s) * norm(A, 2),
    "vec": norm(vec(A)) <= norm(A, 2),
    "diag by half": norm(diag(sigma.prime(v)), 2) <= Rational(1, 5),
    "diag in the Frobenius norm": F(diag(sigma.prime(v))) <= quarter,
    "Hadamard by half": norm(had(sigma(u), v)) <= half * norm(v),
    "block": norm(W, 2) <= norm(W["rec"], 2),
    "side by side": norm(hstack(A, B), 2) <= norm(A, 2),
    "orthogonal in the Frobenius norm": F(Q) <= 1,
    "ones": norm(ones(n)) <= 1,
    "sum over steps, one step fewer": norm(Sum(c[t], (t, 1, T))) <= Sum(norm(c[t]), (t, 2, T)),
    "sum of bounded terms, one fewer": norm(Sum(sigma(c[t]), (t, 1, T)), "inf") <= (T - 1) * (0 * r + 1),
    "sum, another term": norm(Sum(c[t], (t, 1, T))) <= Sum(norm(h[t]), (t, 1, T)),
    "a geometric sum": Sum(half**t * norm(u), (t, 1, T)) <= Rational(999, 1000) * norm(u),
    "a geometric sum from later on": Sum(half**t * norm(u), (t, 4, T)) <= norm(u) / 9,
    "a sum of equal terms": Sum(norm(u), (t, 1, T)) <= norm(u),
    "power, one too many": norm(Prod(A @ B, (t, 2, k)), 2) <= (norm(A, 2) * norm(B, 2)) ** k,
    "power of one factor": norm(Prod(A @ B, (t, 2, k)), 2) <= norm(A, 2) ** (k - 1) * norm(B, 2),
    "number, too small": norm(Prod(diag(sigma.prime(c[t])), (t, 2, k)), 2) <= Rational(1, 5) ** (k - 1),
    "slope of tanh": norm(J, 2) <= Rational(99, 100) * rho,
    "number, a power too many": norm(Prod(diag(sigma.prime(c[t])), (t, 2, k)), 2) <= 3 * quarter**k,
    "a strict one": norm(J, 2) < rho,
    "of a product over steps": norm(P, 2) <= rho**k,
    "of a product, one step less": norm(P, 2) <= rho ** (k + 1),
    "as if the state were linear": norm(J - W["rec"], 2) <= 0,
    "in the Frobenius norm": F(P) <= rho ** (k - 1),
    "of a derivative of a vector": norm(d(h[k], c[k]), 2) <= quarter * norm(c[k], "inf") * norm(A, 2),
    "a loss by a state": norm(d(E[k], c[1])) <= norm(d(E[k], c[k])) * rho**k,
    "a gradient by a part of the sum": norm(grad(total, W)) <= Sum(norm(grad(E[t], W)), (t, 2, T)),
    "a gradient by the last term": norm(grad(total, W)) <= norm(grad(E[T], W)),
}


@pytest.mark.parametrize("relation", RIGHT.values(), ids=RIGHT.keys())
def test_bounds_of_norms_by_rules(relation: Relation) -> None:
    assert proved(relation), proof(relation).detail


@pytest.mark.parametrize("relation", WRONG.values(), ids=WRONG.keys())
def test_bounds_that_do_not_hold_are_not_proved(relation: Relation) -> None:
    found = proof(relation)
    assert found.status is Status.UNDECIDED
    assert found.detail


def test_an_undecided_bound_says_what_was_found() -> None:
    assert "‖A‖_2 ‖B‖_2 is an upper bound" in proof(WRONG["product in one factor"]).detail
    assert proof(WRONG["a strict one"]).detail == "≤ is proved, < is not"


def test_a_strict_bound_needs_a_strict_reason() -> None:
    assert proved(norm(J, 2) < 1, given=rho < 1)
    assert proved(norm(J, 2) < 1 + rho)
    assert not proved(norm(J, 2) < 1, given=rho <= 1)
    assert not proved(norm(P, 2) < 1, given=rho < 1)  # at k = 1 it is 1


# ---- assumptions

M, C = net.parameter("M"), net.parameter("C")
far = Sum(Sum(d(E[t], use(W, j)), (j, 1, t - L)), (t, L + 1, T))
response = norm(d(c[j], use(W, j)), 2)
geometric = M * C * T * rho**L / (1 - rho)
ASSUMED: dict[str, tuple[Relation, list[object], list[object]]] = {  # what is claimed, under what; under too little
    "weak growth": (norm(P, 2) <= 1, [rho <= 1], [rho <= 2]),
    "a power": (norm(P, 2) <= rho**5, [rho <= 1, k >= 6], [rho <= 1, k >= 5]),
    "a bounded loss": (back <= M * rho ** (k - j) * response, [loss <= M], []),
    "the loss at the wrong step": (back <= M * rho ** (k - j) * response, [loss <= M], [norm(d(E[1], c[1])) <= M]),
    "the loss by another node": (back <= M * rho ** (k - j) * response, [loss <= M], [norm(d(E[k], h[k])) <= M]),
    "a bound of its square": (norm(A @ A, 2) <= M, [norm(A, 2) ** 2 <= M], [norm(A, 2) <= M]),
    "an equality": (norm(A @ B, 2) <= 2 * norm(B, 2), [eq(norm(A, 2), 2)], [eq(norm(B, 2), 2)]),
    "a power of what is at least 1": (norm(P, 2) <= rho**k, [rho >= 1], [rho >= half]),
    "a product of numbers": (norm(P, 2) <= half ** (k - 1), [2 * rho <= 1], [rho <= 1]),
    "two assumptions": (norm(A @ B, 2) <= 6, [norm(A, 2) <= 2, norm(B, 2) <= 3], [norm(A, 2) <= 2]),
    "one by the other": (norm(A, 2) <= 3, [norm(A, 2) <= r, r <= 3], [norm(A, 2) <= r]),
    "a positive factor": (r * norm(A, 2) <= r * norm(A), [r >= 0], []),
}
FAR: list[list[object]] = [  # too little for the long-range sum
    [rho <= 1, loss <= M, response <= C],
    [loss <= M, response <= C],
    [rho < 1, response <= C],
    [rho < 1, loss <= M, norm(d(c[1], use(W, 1)), 2) <= C],
    [rho < 1, norm(d(E[T], c[T])) <= M, response <= C],
    [2 * rho < 3, loss <= M, response <= C],
]


@pytest.mark.parametrize(("relation", "enough", "little"), ASSUMED.values(), ids=ASSUMED.keys())
def test_bounds_under_assumptions_and_not_without(relation: Relation, enough: object, little: object) -> None:
    assert proved(relation, given=enough), proof(relation, given=enough).detail
    assert not proved(relation, given=little)


@pytest.mark.parametrize("little", FAR, ids=lambda given: ", ".join(map(str, given)))
def test_the_long_range_sum_needs_all_its_assumptions(little: list[object]) -> None:
    assert not proved(norm(far) <= geometric, given=little)


@pytest.mark.parametrize("wrong", [
    norm(far) <= M * C * T * rho ** (L + 1) / (1 - rho),
    norm(far) <= M * C * (T - L - 1) * rho**L / (1 - rho),
    norm(far) <= M * C * T * rho**L,
    norm(far) <= M * T * rho**L / (1 - rho),
    norm(far) < M * C * T * rho**L / (1 - rho),
])
def test_the_long_range_sum_with_a_wrong_constant(wrong: Relation) -> None:
    assert not proved(wrong, given=[rho < 1, loss <= M, response <= C])


def test_the_long_range_sum_with_the_least_number_of_steps() -> None:
    least = norm(far) <= M * C * (T - L) * rho**L / (1 - rho)
    assert proved(least, given=[rho < 1, loss <= M, response <= C])


def test_an_assumption_holds_at_the_steps_where_it_is_made_alone() -> None:
    at_every = norm(d(E[j], c[j])) <= M
    assert proved(norm(d(E[k], c[k])) + norm(d(E[k + 1], c[k + 1])) <= 2 * M, given=at_every)
    assert not proved(norm(d(E[k], c[k])) + norm(d(E[k + 1], c[k + 1])) <= 2 * M, given=norm(d(E[k], c[k])) <= M)


def test_nodes_are_bounded_by_their_definitions_where_they_have_one() -> None:
    assert proved(norm(c[k], "inf") <= 1, given=k >= 1)
    assert not proved(norm(c[k], "inf") <= 1)  # c_0 is any vector
    assert not proved(norm(c[k]) <= 1, given=k >= 1)
    assert proved(norm(h[k]) <= norm(c[k]))
    assert proved(norm(diag(h[k]), 2) <= 1, given=k >= 1)
    assert not proved(norm(diag(h[k]), 2) <= half, given=k >= 1)
    found = proof(norm(diag(h[k]), 2) <= 1, given=k >= 1)
    assert "definition of h_k" in [line.rule for line in found.bounds if line.trace is not None]


def test_a_bound_with_several_cases_is_proved_when_all_are() -> None:
    assert proved(norm(J, 2) <= rho, norm(A @ B, 2) <= norm(A, 2) * norm(B, 2))
    found = proof(norm(J, 2) <= rho, norm(A @ B, 2) <= norm(A, 2))
    assert found.status is Status.UNDECIDED
    assert found.detail.startswith("‖A B‖_2 ≤ ‖A‖_2: ")


def test_equalities_that_are_not_proved_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """∂c_t/∂c_{t-1} = W_rec is false, and 0 is another wrong form: with these alone nothing is proved."""
    def forms(*_: object) -> object:
        yield "net.wrong", W["rec"]
        yield "nothing", 0 * W["rec"]

    assert next(claim for claim in net.claims if claim.id == "net.wrong").kind == EQUALITY
    monkeypatch.setattr(norms_module, "forms", forms)
    assert not proved(norm(J, 2) <= rho)


def without(rule: str) -> tuple[norms_module.Rule, ...]:
    return tuple(row for row in norms_module.RULES if row.name != rule)


@pytest.mark.parametrize(("rule", "relation"), [
    ("‖diag(v)‖₂ = max|v_i|", RIGHT["diag of a slope"]),
    ("‖Π A_t‖₂ ≤ r^(number of steps)", RIGHT["power"]),
    ("the largest value of a function", RIGHT["slope of tanh"]),
    ("‖AB‖ ≤ ‖A‖ ‖B‖", RIGHT["product with a vector"]),
])
def test_the_rules_that_a_bound_needs_are_those_that_prove_it(
        rule: str, relation: Relation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(norms_module, "RULES", without(rule))
    assert not proved(relation)


def test_the_same_proof_every_time() -> None:
    build: Callable[[], Proof] = lambda: proof(norm(far) <= geometric, given=[rho < 1, loss <= M, response <= C])  # noqa: E731
    assert build().steps == build().steps
