"""Bounds: what is refuted by exact numbers, what agrees and how closely, what is vacuous; and the attack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from claims_of_size import EXACT, NUMBERS, Network
from sympy import Rational

from derivations import Model, absolute, d, eq, grad, had, log, ne, norm, ones, sigma, tanh
from derivations.proof import claims
from derivations.verdict import Status, Verdict
from numeric import check, proofs
from numeric.bound_controls import bound_failures
from numeric.bounds import bound
from numeric.sizes import Options

QUARTER = Rational(1, 4)


def checked(claim: Any, options: Options = NUMBERS) -> Verdict:
    found = check(claim, options)
    assert isinstance(found, Verdict)
    return found


def rung(verdict: Verdict, method: str) -> Any:
    return next(e for e in verdict.evidence if e.method == method)


# ---- one variable


@pytest.mark.parametrize("bound", [Rational(1, 5), Rational(249, 1000)])
def test_too_small_a_bound_is_refuted_with_its_numbers(bound: Any) -> None:
    net = Network()
    found = checked(net.model.bound("slope", sigma.prime(net.v) <= bound))
    assert found.status is Status.REFUTED
    assert not found.as_expected
    assert found.counterexample is not None
    assert float(Rational(found.counterexample.left)) > bound
    assert rung(found, "attack").outcome is Status.REFUTED


def test_the_right_bound_agrees_and_tells_how_tight_it_is() -> None:
    net = Network()
    found = checked(net.model.bound("slope", sigma.prime(net.v) <= QUARTER))
    assert (found.status, found.as_expected) == (Status.AGREES, True)
    assert rung(found, "attack").counts["closest"] == 1.0
    loose = checked(net.model.bound("loose", sigma.prime(net.v) <= 1))
    assert rung(loose, "attack").counts["closest"] == pytest.approx(0.25)


def test_a_strict_bound_that_fails_only_where_the_sides_are_equal_says_so() -> None:
    net = Network()
    found = checked(net.model.bound("strict", tanh.prime(net.v) < 1, fails=True, witness={net.v: 0}))
    assert (found.status, found.as_expected) == (Status.REFUTED, True)
    assert found.counterexample is not None
    assert found.counterexample.difference == "0, exactly"
    assert "equal there, exactly" in found.counterexample.term
    beyond = checked(net.model.bound("beyond", tanh.prime(net.v) < Rational(1, 2), fails=True))
    assert beyond.counterexample is not None
    assert "equal" not in beyond.counterexample.term


def test_the_attack_finds_the_point_of_equality_by_itself() -> None:
    net = Network()
    found = checked(net.model.bound("strict", tanh.prime(net.v) < 1), Options(evidence=("sweep",)))
    assert found.status is Status.REFUTED
    assert found.counterexample is not None
    assert found.counterexample.leaves == {"v": 0.0}


def test_the_attack_finds_a_narrow_violation_that_draws_miss() -> None:
    """v² ≤ 100 (v - 3)² + 8.9 fails near v = 3 alone; 3 is not among the draws, nor near a rounded one."""
    net = Network()
    hump = sigma.prime(40 * (net.v - Rational(37, 10)))
    claim = net.model.bound("hump", hump <= Rational(24, 100), fails=True)
    assert checked(claim, EXACT).status is not Status.REFUTED
    assert checked(claim).status is Status.REFUTED


def test_a_witness_with_a_wrong_value_confirms_nothing() -> None:
    net = Network()
    claim = net.model.bound("slope", sigma.prime(net.v) <= QUARTER, fails=True, witness={net.v: 1})
    found = checked(claim)
    assert found.status is Status.AGREES
    assert not found.as_expected
    assert rung(found, "witness").outcome is Status.UNDECIDED


# ---- norms


def test_the_bound_of_a_product_with_the_wrong_rate_is_refuted() -> None:
    net = Network()
    right = checked(net.model.bound("product", net.size <= net.rho ** (net.k - 1)))
    assert (right.status, right.as_expected) == (Status.AGREES, True)
    wrong = checked(net.model.bound("product.wrong", net.size <= (norm(net.W_rec, 2) / 5) ** (net.k - 1)))
    assert wrong.status is Status.REFUTED
    assert wrong.counterexample is not None
    assert wrong.counterexample.steps["k"] >= 2


def test_spectral_is_not_frobenius() -> None:
    net = Network()
    W = net.W_rec
    assert checked(net.model.bound("le", norm(W, 2) <= norm(W))).status is Status.AGREES
    found = checked(net.model.bound("ge", norm(W) <= norm(W, 2)))
    assert found.status is Status.REFUTED
    assert found.counterexample is not None
    assert found.counterexample.sizes["n"] > 1


def test_entry_by_entry() -> None:
    net = Network()
    z = net.W_rec @ net.c[0]
    assert checked(net.model.bound("entries", sigma.prime(z) <= QUARTER)).status is Status.AGREES
    wrong = checked(net.model.bound("wrong", had(z, z) <= 1))
    assert wrong.status is Status.REFUTED
    assert wrong.counterexample is not None
    assert wrong.counterexample.entry is not None


# ---- assumptions


def test_assumptions_bind_the_draws() -> None:
    net = Network()
    W = norm(net.W_rec, 2)
    held = checked(net.model.bound("given", net.size <= 1, given=net.rho <= 1))
    assert held.status is Status.AGREES
    assert "satisfy the assumptions" in rung(held, "exact").detail
    assert checked(net.model.bound("free", net.size <= 1)).status is Status.REFUTED
    assert checked(net.model.bound("too-weak", W <= 3, given=net.rho <= 1)).status is Status.REFUTED


def test_an_assumption_at_every_step_binds_every_step() -> None:
    net = Network()
    k, t = net.k, net.t
    loss = norm(d(net.E[t], net.c[t]))
    held = checked(net.model.bound("first", norm(d(net.E[1], net.c[1])) <= net.M, given=loss <= net.M), EXACT)
    assert held.status is Status.AGREES
    at_k = checked(net.model.bound("any", norm(d(net.E[k], net.c[k])) <= net.M, given=loss.subs(t, 1) <= net.M))
    assert at_k.status is Status.REFUTED
    assert at_k.counterexample is not None
    assert at_k.counterexample.steps["k"] >= 2


@pytest.mark.parametrize("impossible", ["norm", "square"])
def test_an_assumption_that_no_draw_meets_is_vacuous(impossible: str) -> None:
    net = Network()
    given = norm(net.W_rec, 2) < 0 if impossible == "norm" else net.v * net.v <= -1
    found = checked(net.model.bound("vacuous", net.size <= 1, given=given))
    assert found.status is Status.VACUOUS
    assert "none of" in found.reason


def test_an_assumption_is_not_held_to_hold_where_floats_underflow() -> None:
    """exp(-exp(v)) is never 0, but a double says so: exact numbers keep such draws out."""
    net = Network()
    tiny = sigma(-10**6 * (1 + net.v * net.v))
    found = checked(net.model.bound("underflow", absolute(net.v) <= -1, given=eq(tiny, 0)), EXACT)
    assert found.status is Status.VACUOUS


def test_both_sides_zero_in_every_draw_is_vacuous() -> None:
    net = Network()
    nothing = net.v - net.v
    found = checked(net.model.bound("nothing", nothing * nothing <= 2 * nothing * nothing), EXACT)
    assert found.status is Status.VACUOUS
    assert "could hardly have failed" in found.reason


# ---- equalities under assumptions


def test_an_equality_under_an_assumption() -> None:
    model = Model("cond")
    a, b = model.input("a"), model.input("b")
    positive = 0 * a < a
    assert checked(model.equal("size", absolute(a), a, given=positive)).status is Status.AGREES
    assert checked(model.equal("size.wrong", absolute(a), -a, given=positive)).status is Status.REFUTED
    found = checked(model.equal("sum", a, 0 * a, given=eq(a + b, 0), fails=True, witness={a: 1, b: -1}))
    assert (found.status, found.as_expected) == (Status.REFUTED, True)
    assert found.counterexample is not None
    assert found.counterexample.left == "1"
    no = checked(model.equal("sum.no", a, 0 * a, given=eq(a + b, 0), fails=True, witness={a: 1, b: 1}))
    assert no.status is not Status.REFUTED
    assert "assumption" in rung(no, "witness").detail


def test_different_is_refuted_by_equality_alone() -> None:
    model = Model("cond")
    a, b = model.input("a"), model.input("b")
    found = checked(model.bound("apart", ne(a + b, 0), given=ne(a, 0), fails=True, witness={a: 1, b: -1}))
    assert (found.status, found.as_expected) == (Status.REFUTED, True)
    held = checked(model.bound("apart.square", ne(a * a + b * b, 0), given=ne(a, 0)))
    assert held.status is Status.UNDECIDED  # though it is true: draws differ from 0 where the claim is false too
    assert "between draws" in held.reason


# ---- other graphs, second derivatives, contradictions


def test_where_a_parameter_is_updated() -> None:
    net = Network()
    half = net.size.where({net.W_rec: net.W_rec / 2})
    assert checked(net.model.bound("halved", half <= (net.rho / 2) ** (net.k - 1)), EXACT).status is Status.AGREES
    assert checked(net.model.bound("wrong", half <= (net.rho / 3) ** (net.k - 1)), EXACT).status is Status.REFUTED


def test_an_attack_differentiates_the_gradient_of_the_spectral_norm() -> None:
    """‖∇ log‖W‖₂‖ = 1/‖W‖₂."""
    net = Network()
    slope = norm(grad(log(norm(net.W_rec, 2)), net.W_rec)) * norm(net.W_rec, 2)
    right = rung(checked(net.model.bound("slope", slope <= 2), Options(evidence=("sweep",))), "attack")
    assert (right.outcome, right.counts["closest"]) == (Status.AGREES, 0.5)
    wrong = checked(net.model.bound("slope.wrong", slope <= Rational(1, 2)), Options(evidence=("sweep",)))
    assert wrong.status is Status.REFUTED


def test_proved_and_refuted_at_once_is_the_checkers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network()
    claim = net.model.bound("slope", sigma.prime(net.v) <= Rational(1, 5))
    monkeypatch.setattr("numeric.bounds.proof", lambda claim: proofs.Evidence("proof", Status.PROVED, "a slip"))
    found = bound(claim, Options())
    assert (found.status, found.broken, found.as_expected) == (Status.UNDECIDED, True, False)


def test_an_error_inside_a_prover_leaves_the_proof_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(claim: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(claims.PROVERS, "bound", broken)
    net = Network()
    found = proofs.proof(net.model.bound("slope", sigma.prime(net.v) <= QUARTER))
    assert found.outcome is Status.UNDECIDED
    assert "planted" in found.detail


def test_the_same_seed_gives_the_same_verdict() -> None:
    net = Network()
    claim = net.model.bound("product", net.size <= net.rho ** (net.k - 1), given=net.rho <= 1)
    first, second = checked(claim), checked(claim)
    assert [(e.method, e.outcome, e.detail, dict(e.counts)) for e in first.evidence] == \
        [(e.method, e.outcome, e.detail, dict(e.counts)) for e in second.evidence]


# ---- controls


def test_controls_pass_and_would_see_a_checker_that_accepts_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network()
    claim = net.model.bound("product", net.size <= net.rho ** (net.k - 1))
    known = [Verdict(claim, Status.AGREES, True)]
    assert bound_failures(known, 0) == []
    monkeypatch.setattr("numeric.bound_controls.bound", lambda claim, options: Verdict(claim, Status.AGREES, True))
    assert any("made wrong" in words for words in bound_failures(known, 0))
    as_written = claim.cases
    monkeypatch.setattr("numeric.bound_controls.bound", lambda claim, options: Verdict(
        claim, Status.AGREES if claim.cases == as_written else Status.REFUTED, True))
    assert any("rewritten" in words for words in bound_failures(known, 0))


def test_sides_are_compared_at_the_shape_they_have() -> None:
    net = Network()
    z = net.W_rec @ net.c[0]
    claim = net.model.bound("ones", sigma(z) <= ones(net.n))
    assert checked(claim, EXACT).status is Status.AGREES
    assert np.isfinite(rung(checked(claim, EXACT), "exact").counts["closest"])
