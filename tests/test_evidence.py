"""Evidence that cannot be fooled: exact numbers, the ledger, kinks, controls; each with a wrong input it refuses."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from derivations import Model, d, diag, dot, exp, grad, had, log, ones, power, relu, sigma, sin, softplus, tanh
from derivations.claim import Claim
from derivations.errors import DerivationError
from derivations.recurrent import lstm, rnn
from derivations.symbols import Dim, Expression
from derivations.verdict import Status, Verdict
from numeric import Options, check, controls
from numeric.equality import gather
from numeric.exact.fields import is_prime, tower
from numeric.exact.interpret import OutOfClass
from numeric.exact.towers import by_towers
from numeric.mutation import score
from numeric.program import trace

QUICK = Options(draws=48, evidence=("exact", "sweep"))  # numbers alone: a proof would hide a wrong one


def status(claim: Claim, options: Options = QUICK) -> Status:
    verdict = check(claim, options)
    assert isinstance(verdict, Verdict)
    return verdict.status


def model() -> tuple[Model, Expression]:
    m = Model("m")
    [n] = m.dims("n")
    return m, m.parameter("z", n)


REWRITES: dict[str, Any] = {
    "sigma of the negative": lambda z: (sigma.prime(z), had(sigma(z), sigma(-z))),
    "half argument": lambda z: (sigma.prime(z), (1 - power(2)(tanh(z / 2))) / 4),
    "tanh by sigma": lambda z: (tanh(z), 2 * sigma(2 * z) - 1),
    "tanh prime by cosh": lambda z: (tanh.prime(z), 4 * power(-2)(exp(z) + exp(-z))),
    "thirds": lambda z: (z / 3 + z / 3 + z / 3, z),
    "softplus": lambda z: (softplus.prime(z), sigma(z)),
}


@pytest.mark.parametrize("name", REWRITES)
@pytest.mark.parametrize("size", [1, "1e-4", "1e3"])
def test_a_hard_but_right_rewrite_is_not_refuted(name: str, size: object) -> None:
    m, z = model()
    scaled = {1: z, "1e-4": z / 10_000, "1e3": 1000 * z}[size]
    assert status(m.equal("a", *REWRITES[name](scaled))) is Status.AGREES


@pytest.mark.parametrize("name", REWRITES)
def test_the_same_with_a_defect_is_refuted(name: str) -> None:
    m, z = model()
    left, right = REWRITES[name](z)
    assert status(m.equal("a", left, right + right / 10**12)) is Status.REFUTED


def test_towers_tell_apart_what_no_float_could() -> None:
    m, z = model()
    claim = m.equal("a", tanh(z), tanh(z) + z / 2**200)
    program = trace(m, claim.cases[0].sides, {Dim("n"): 3}, [{}])
    found = by_towers(program, program.step_rows([{}]), [(0, 1)], seed=0)
    assert found.differs.all()
    assert status(claim) is Status.REFUTED


def test_towers_accept_what_is_equal_at_every_seed() -> None:
    m, z = model()
    claim = m.equal("a", had(exp(z), exp(2 * z)), exp(3 * z))
    program = trace(m, claim.cases[0].sides, {Dim("n"): 2}, [{}])
    for seed in range(20):
        found = by_towers(program, program.step_rows([{}]), [(0, 1)], seed)
        assert not found.differs.any()
        assert found.false_accept < 1e-30


def test_outside_the_class_is_named_and_left_to_balls() -> None:
    m, z = model()
    claim = m.equal("a", had(sin(z), sin(z)), power(2)(sin(z)))
    program = trace(m, claim.cases[0].sides, {Dim("n"): 2}, [{}])
    with pytest.raises(OutOfClass, match="sin"):
        by_towers(program, program.step_rows([{}]), [(0, 1)], 0)
    assert status(claim) is Status.AGREES
    assert status(m.equal("b", sin(z), z)) is Status.REFUTED


def test_a_tower_is_one() -> None:
    primes = tower(6, 3)
    assert all(is_prime(p) and p >= 2**60 for p, *_ in primes)
    assert all((above - 1) % below == 0 for (below, *_), (above, *_) in pairwise(primes))
    assert [is_prime(n) for n in (2, 9, 561, 2**61 - 1, (2**31 - 1) ** 2)] == [True, False, False, True, False]
    with pytest.raises(OutOfClass, match="levels"):
        tower(1000, 0)


@pytest.mark.parametrize("term", range(4))
def test_a_defect_of_1e_12_in_any_term_is_refuted(term: int) -> None:
    claim = next(c for c in lstm.claims if c.id == "lstm.state-gradient")
    J, four = claim.cases[0].sides
    terms = list(four.args)
    terms[term] = terms[term] + terms[term] / 10**12
    wrong = Claim(f"lstm.defect{term}", "equality", lstm, (type(claim.cases[0])("", (J, sum(terms[1:], terms[0]))),))
    assert status(wrong) is Status.REFUTED


# ---- the ledger


def test_a_term_that_no_draw_can_see_is_vacuous() -> None:
    m, _ = model()
    nothing = m.parameter("W", 2, 2, structure="zero")
    x = m.parameter("x", 2)
    assert status(m.equal("a", diag(x) @ x, diag(x) @ x + nothing @ x)) is Status.VACUOUS


def test_saturated_gates_are_vacuous() -> None:
    m = Model("m")
    [n] = m.dims("n")
    z, x = m.parameter("z", n, structure="positive"), m.parameter("x", n)
    gate = sigma(10**6 * (z + 1))
    slope = 10**6 * sigma.prime(10**6 * (z + 1))
    assert status(m.equal("a", d(had(gate, x), z), diag(had(x, slope)))) is Status.VACUOUS


# ---- kinks, domains, options


def test_relu_is_checked_away_from_its_kink() -> None:
    m = Model("m")
    n, k = m.dims("n k")
    X, w = m.input("X", n, k), m.parameter("w", k)
    E = m.node("E", dot(ones(n), relu(X @ w)))
    assert status(m.equal("a", grad(E, w), X.T @ relu.prime(X @ w))) is Status.AGREES
    assert status(m.equal("sign", grad(E, w), -(X.T @ relu.prime(X @ w)))) is Status.REFUTED
    assert status(m.equal("twice", grad(E, w), 2 * (X.T @ relu.prime(X @ w)))) is Status.REFUTED


def test_a_logarithm_needs_its_domain() -> None:
    m = Model("m")
    [n] = m.dims("n")
    x, y = m.parameter("x", n), m.parameter("y", n, structure="positive")
    assert status(m.equal("a", log(had(x, x)), 2 * log(x))) is not Status.AGREES
    assert status(m.equal("b", log(had(y, y)), 2 * log(y))) is Status.AGREES


def test_structure_binds_the_draws() -> None:
    m = Model("m")
    [n] = m.dims("n")
    S, A, x = m.parameter("S", n, n, structure="symmetric"), m.parameter("A", n, n), m.parameter("x", n)
    assert status(m.equal("a", S @ x, S.T @ x)) is Status.AGREES
    assert status(m.equal("b", A @ x, A.T @ x)) is Status.REFUTED


@pytest.mark.parametrize("bad", [{"draws": 0}, {"sizes": {"n": 0}}, {"evidence": ("hope",)}, {"evidence": ()}])
def test_options_that_compare_nothing_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(DerivationError):
        Options(**bad)  # type: ignore[arg-type]  # that is the point


def test_a_size_that_does_not_fit_in_memory_is_refused() -> None:
    claim = next(c for c in rnn.claims if c.id == "rnn.jacobian")
    with pytest.raises(DerivationError, match="would not fit in memory"):
        check(claim, Options(sizes={"n": 200_000}))


# ---- the tester tested


def test_no_variant_survives_and_a_blind_trial_lets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = next(c for c in rnn.claims if c.id == "rnn.jacobian")
    assert not score(claim, Options()).survivors
    monkeypatch.setattr("numeric.trial.decide", lambda program, leaves, steps, pairs, cap=0: [[] for _ in pairs])
    monkeypatch.setattr("numeric.trial.by_towers", _blind)
    assert score(claim, Options()).survivors


def _blind(*_: object) -> None:
    raise OutOfClass("blind")


def test_controls_notice_a_checker_that_accepts_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = [check(next(c for c in rnn.claims if c.id == "rnn.jacobian"), QUICK)]
    assert controls.failures(verdicts, 0) == ()
    monkeypatch.setattr(controls, "control", lambda *_: Status.AGREES)
    assert "wrong sign" in controls.failures(verdicts, 0)[0]
    monkeypatch.setattr(controls, "control", lambda *_: Status.REFUTED)
    assert "rewritten" in controls.failures(verdicts, 0)[0]
    assert "values" in controls.forward([rnn], 0)[0]


def test_the_verdict_does_not_depend_on_what_ran_before() -> None:
    claim = next(c for c in rnn.claims if c.id == "rnn.state-product")
    first = check(claim, QUICK)
    check(next(c for c in rnn.claims if c.id == "rnn.concat"), QUICK)
    again = check(claim, QUICK)
    assert isinstance(first, Verdict)
    assert isinstance(again, Verdict)
    assert first.evidence == again.evidence
    assert np.isfinite(first.evidence[1].counts["worst"])


@pytest.mark.parametrize("family", [rnn, lstm])
def test_the_whole_chain_is_checked_a_hundred_steps_away(family: Model) -> None:
    claim = next(c for c in family.claims if c.local_id == "chain.full")
    far = [cell for cell in gather(claim, Options(draws=8)).cells if 100 in cell.at.values()]
    assert far
    assert all(cell.status is Status.AGREES and cell.exact for cell in far)


@pytest.mark.parametrize(("border", "expected"), [(2, True), (3, False), (4, False)])
def test_a_region_is_met_at_its_border(border: int, expected: bool) -> None:
    m = Model("m")
    [n] = m.dims("n")
    A, x = m.parameter("A", n, n), m.parameter("x", n)
    verdict = check(m.equal("a", A @ x, A.T @ x, fails=n >= border), QUICK)
    assert isinstance(verdict, Verdict)
    assert verdict.as_expected is expected


def test_what_could_not_fail_is_vacuous() -> None:
    m, z = model()
    assert status(m.equal("same", sigma(z), sigma(z))) is Status.VACUOUS
    assert status(m.equal("zero", z - z, sigma(z) - sigma(z))) is Status.VACUOUS
