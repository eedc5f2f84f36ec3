"""Limits and existence: what a witness shows, what is measured, what nobody may conclude."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from claims_of_size import EXACT, NUMBERS, Network
from sympy import Rational, oo

from derivations import Model, Sum, Witness, absolute, eq, grad, log, norm, vanishing
from derivations.claim import Trend
from derivations.verdict import Evidence, Status, Verdict
from numeric import check
from numeric.limits import by_measurement, refutes
from numeric.measured import Course, measured, steps_along
from numeric.sizes import Options, Sizes

HALF = Rational(1, 2)


def checked(claim: Any, options: Options = Options()) -> Verdict:  # noqa: B008 - frozen
    found = check(claim, options)
    assert isinstance(found, Verdict)
    return found


def rung(verdict: Verdict, method: str) -> Any:
    return next(e for e in verdict.evidence if e.method == method)


# ---- a measurement


def test_what_tends_to_zero_is_told_far_below_the_smallest_double() -> None:
    net = Network()
    claim = net.model.tends("limit", net.size, 0, along=net.k, given=net.rho < 1)
    found, _ = measured(claim, Sizes("small", {net.n: 2, net.m: 1}), Options())
    assert found.at[-1] == 1000
    assert found.logs[:, -1].max() < -50
    assert np.isfinite(found.logs).any()
    assert found.logs[np.isfinite(found.logs)].min() < -400  # a double ends at -308
    assert found.follows(Trend.VANISHES).all()


def test_a_measurement_is_that_of_doubles_where_these_suffice() -> None:
    net = Network()
    claim = net.model.tends("limit", net.size, 0, along=net.k)
    sizes = Sizes("small", {net.n: 2, net.m: 2})
    found, draws = measured(claim, sizes, Options())
    from numeric.measured import affordable
    from numeric.sweep import interpreted

    program, at = affordable(claim, sizes)
    first = at.index({net.k: 3})
    rows = program.program.step_rows([at[first]] * len(draws))
    values = interpreted(program.program.only([0]), draws.leaves, rows).values[0].reshape(-1)
    assert np.allclose(np.log10(values), found.logs[:, first])


@pytest.mark.parametrize(("logs", "trend"), [
    ([0.0, -1.0, -2.0, -3.0, -4.0, -5.0], Trend.VANISHES), ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], Trend.GROWS),
    ([0.0, -0.1, 0.1, 0.0, -0.1, 0.0], Trend.STAYS)])
def test_each_rule_accepts_its_own_course_and_no_other(logs: list[float], trend: Trend) -> None:
    course = Course((1, 2, 3, 4, 5, 6), np.array([logs]))
    others = {other for other in Trend if course.follows(other).all()} - {trend}
    assert course.follows(trend).all()
    assert others <= {Trend.STAYS}  # what grows stays above a positive number too
    assert trend is not Trend.VANISHES or not others


def test_what_is_no_number_or_only_zeros_is_not_resolved() -> None:
    nothing, missing = [-np.inf] * 4, [0.0, np.nan, 0.0, 0.0]
    found = Course((1, 2, 3, 4), np.array([nothing, missing, [0.0, -9.0, -np.inf, -np.inf]]))
    assert found.resolved.tolist() == [False, False, True]
    assert found.follows(Trend.VANISHES)[2]


def test_a_limit_of_nothing_but_zeros_is_vacuous() -> None:
    net = Network()
    claim = net.model.tends("zero", norm(net.P - net.P), 0, along=net.k)
    assert by_measurement(claim, Options()).outcome is Status.VACUOUS


def test_a_limit_under_an_assumption_that_no_draw_meets_is_vacuous() -> None:
    net = Network()
    claim = net.model.tends("never", net.size, 0, along=net.k, given=norm(net.W_rec, 2) < 0)
    found = checked(claim, NUMBERS)
    assert found.status is Status.VACUOUS
    assert not found.as_expected


def test_assumptions_bind_the_measurement() -> None:
    net = Network()
    claim = net.model.tends("grows", net.size, oo, along=net.k, given=net.rho < 1)
    found = by_measurement(claim, Options())
    assert found.outcome is Status.UNDECIDED
    assert "in 0 of" in found.detail


def test_what_does_not_vanish_does_not_agree() -> None:
    net = Network()
    claim = net.model.tends("state", norm(net.c[net.k]), 0, along=net.k)
    found = checked(claim, NUMBERS)
    assert found.status is Status.UNDECIDED
    assert "tends to zero in 0 of" in found.reason


def test_other_steps_stay_at_their_first_values() -> None:
    net = Network()
    claim = net.model.tends("two", norm(net.c[net.k]) + norm(net.c[net.T]), 0, along=net.k)
    assert {at[net.T] for at in steps_along(claim)} == {0}


# ---- a witness


def test_a_limit_is_refuted_by_the_orbit_of_its_witness_beside_the_values_of_the_program() -> None:
    net = Network()
    doubling = Witness(net.at_one(8, 1, -4, HALF), "every factor is 2")
    found = checked(net.model.tends("limit", net.size, 0, along=net.k, fails=True, witness=doubling))
    assert (found.status, found.as_expected) == (Status.REFUTED, True)
    assert "562949953421312" in rung(found, "witness").detail  # 2^49 at k = 50, exactly
    assert found.counterexample is not None
    assert found.counterexample.left.startswith("6.338")  # 2^99


def test_a_witness_that_only_begins_as_it_should_refutes_nothing() -> None:
    """The first factors are large, all later ones small: plausible up to k = 2."""
    net = Network()
    t = net.t
    values = {**net.at_one(8, 1, -8, HALF), net.x[1]: -4, net.x[2]: -4}
    assert t in {key.step for key in values if getattr(key, "step", None) is not None}
    found = checked(net.model.tends("limit", net.size, 0, along=net.k, fails=True, witness=Witness(values)))
    assert found.status is not Status.REFUTED
    assert not found.as_expected


def test_a_witness_at_which_the_assumption_fails_refutes_nothing() -> None:
    net = Network()
    claim = net.model.tends("limit", net.size, 0, along=net.k, given=net.rho < 1, fails=True,
                            witness=Witness(net.at_one(8, 1, -4, HALF)))
    found = checked(claim)
    assert found.status is not Status.REFUTED
    assert "assumption fails" in rung(found, "witness").detail


def test_values_without_an_orbit_refute_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numeric.limits.orbit", lambda claim: Evidence("orbit", Status.UNDECIDED, "no closed form"))
    net = Network()
    found = checked(net.model.tends("limit", net.size, 0, along=net.k, fails=True,
                                    witness=Witness(net.at_one(8, 1, -4, HALF))))
    assert found.status is not Status.REFUTED
    assert not found.as_expected


def test_an_orbit_that_the_values_contradict_is_the_checkers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numeric.limits.orbit", lambda claim: Evidence("orbit", Status.REFUTED, "it is 1 for every k"))
    net = Network()
    found = checked(net.model.tends("limit", net.size, 0, along=net.k, fails=True,
                                    witness=Witness(net.at_one(1, 0, 0, HALF))))
    assert (found.status, found.broken) == (Status.UNDECIDED, True)


@pytest.mark.parametrize(("trend", "against", "along"), [
    (Trend.VANISHES, (1, 1, 1, 1), (1, 1e-3, 1e-9, 1e-20)), (Trend.GROWS, (1, 1, 1, 1), (1, 1e3, 1e9, 1e20)),
    (Trend.STAYS, (1, 1e-3, 1e-9, 1e-20), (1, 1, 1, 1))])
def test_values_go_against_a_trend_or_along_with_it(trend: Trend, against: Any, along: Any) -> None:
    from flint import arb

    assert refutes(trend, [arb(x) for x in against])
    assert not refutes(trend, [arb(x) for x in along])


def test_terms_that_vanish_one_by_one() -> None:
    model = Model("sums")
    t, T = model.times("t T")
    e = model.inputs("e")
    total = absolute(Sum(e[t], (t, 1, T)))
    claim = model.tends("sum", total, 0, along=T, given=vanishing(e[t]), fails=True, witness=Witness({e[t]: 1 / T}))
    assert checked(claim).status is Status.REFUTED
    each = model.tends("each", absolute(e[T]), 0, along=T, given=vanishing(e[t]))
    assert by_measurement(each, Options()).outcome is not Status.REFUTED
    assert by_measurement(model.tends("unbound", total, 0, along=T), Options()).outcome is Status.UNDECIDED


# ---- existence


def test_a_witness_is_confirmed_exactly_and_for_every_step() -> None:
    net = Network()
    doubling = Witness(net.at_one(8, 1, -4, HALF))
    found = checked(net.model.exists("explode", eq(net.size, 2 ** (net.k - 1)), along=net.k, witness=doubling))
    assert (found.status, found.as_expected) == (Status.PROVED, True)
    numbers = checked(net.model.exists("explode.numbers", eq(net.size, 2 ** (net.k - 1)), along=net.k,
                                       witness=doubling), EXACT)
    assert numbers.status is Status.UNDECIDED  # a thousand steps say nothing of all
    assert "1000" in rung(numbers, "witness").detail


@pytest.mark.parametrize("start", [HALF + Rational(1, 10**12), Rational(1, 3)])
def test_a_witness_with_a_wrong_value_is_refused(start: Any) -> None:
    """The orbit is unstable: a start that is off by 10⁻¹² leaves it."""
    net = Network()
    found = checked(net.model.exists("explode", eq(net.size, 2 ** (net.k - 1)), along=net.k,
                                     witness=Witness(net.at_one(8, 1, -4, start))))
    assert found.status is Status.UNDECIDED
    assert not found.as_expected
    assert "no witness" in rung(found, "witness").detail


def test_a_witness_that_serves_only_the_first_steps_is_refused() -> None:
    """σ(3)^{k-1} stays above 1/2 up to k = 15."""
    model, net = Model("gate"), Network()
    assert model.name != net.model.name
    found = checked(net.model.exists("above", net.size >= Rational(1, 10**9), along=net.k,
                                     witness=Witness(net.at_one(Rational(39, 10)))))
    assert found.status is Status.UNDECIDED
    assert not found.as_expected


def test_a_false_claim_of_existence_is_never_confirmed() -> None:
    net = Network()
    attained = Witness(net.at_one(2, -1, 1, HALF))
    claim = net.model.exists("steep", net.size >= 2 * net.rho ** (net.k - 1), witness=attained)
    assert checked(claim).status in (Status.UNDECIDED, Status.REFUTED)
    searched = checked(net.model.exists("steep.search", net.size >= 2 * net.rho ** (net.k - 1)), NUMBERS)
    assert searched.status is Status.UNDECIDED
    assert "does not say that there are none" in searched.reason


def test_a_claim_of_existence_that_is_expected_to_fail_needs_a_proof_of_the_contrary() -> None:
    net = Network()
    claim = net.model.exists("steep", net.v * net.v <= -1, fails=True)
    found = checked(claim, NUMBERS)
    assert found.status is Status.UNDECIDED
    assert not found.as_expected


def test_values_are_found_by_ascent_and_confirmed() -> None:
    net = Network()
    found = checked(net.model.exists("large", norm(net.W_rec, 2) >= 50), NUMBERS)
    assert found.status is Status.AGREES
    assert rung(found, "attack").counts["found"] == 1


def test_a_witness_in_terms_of_the_step() -> None:
    net = Network()
    witness = Witness(net.at_one(4 * (1 + 1 / net.k)))
    claim = net.model.exists("family", norm(net.W_rec, 2) >= 4 * (net.k + 1) / net.k,
                             given=net.k >= 1, witness=witness)
    assert rung(checked(claim, EXACT), "witness").outcome is Status.AGREES
    irrational = Witness(net.at_one(log(net.k) + 5))
    right = net.model.exists("log", norm(net.W_rec, 2) >= 4 + 1 / net.k, given=net.k >= 1, witness=irrational)
    assert rung(checked(right, EXACT), "witness").outcome is Status.AGREES
    wrong = net.model.exists("log.wrong", norm(net.W_rec, 2) >= 5 + 1 / net.k, given=net.k >= 1, witness=irrational)
    assert rung(checked(wrong, EXACT), "witness").outcome is Status.UNDECIDED


def test_an_existence_with_an_update_of_a_parameter() -> None:
    net = Network()
    step = net.W_rec + grad(norm(net.W_rec, 2), net.W_rec)
    after = norm(net.W_rec, 2).where({net.W_rec: step})
    witness = Witness(net.at_one(2))
    assert checked(net.model.exists("update", eq(after, 3), witness=witness), EXACT).status is Status.PROVED
    assert checked(net.model.exists("update.wrong", eq(after, 4), witness=witness), EXACT).status is Status.UNDECIDED
