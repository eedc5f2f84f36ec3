"""What a verdict rests on, and what it never rests on: every way in which evidence can be missing, thin or broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from evaluation import AGREES, REFUTED, UNDECIDED, VACUOUS, status, verdict
from sympy import Matrix, Rational, S

from derivations import Model, d, diag, exp, had, log, norm, ones, power, relu, sigma, tanh, vstack
from derivations.claim import Claim
from derivations.recurrent import lstm, rnn
from derivations.symbols import Expression
from numeric import ladder, lower
from numeric.cli import main
from numeric.draws import STRATA, Key, draw
from numeric.exact.decide import Outcome, Results, decide, evaluate
from numeric.program import trace
from numeric.sizes import dimensions

SHIPPED = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}
CHEAP = [id for id, claim in SHIPPED.items() if not id.endswith("chain") and "chain." not in id and "loss" not in id]
DEEP = ["rnn.chain.first-use", "lstm.chain.full.held"]


class Small:
    """A model with a vector, a matrix and a positive vector."""

    def __init__(self) -> None:
        self.model = Model("small")
        [self.n] = self.model.dims("n")
        self.a, self.W = self.model.parameter("a", self.n), self.model.parameter("W", self.n, self.n)
        self.p = self.model.parameter("p", self.n, structure="positive")

    def equal(self, *sides: Any, **more: Any) -> Claim:
        return self.model.equal("claim", *sides, **more)


Build = Callable[[Small], Claim]

# ---- expectations


@pytest.mark.parametrize("id", CHEAP + DEEP)
def test_an_expectation_turned_round_is_contrary(id: str) -> None:
    claim = SHIPPED[id]
    turned = replace(claim, also=(), fails=S.true if claim.expect == "holds" else S.false)
    assert not verdict(turned, 12).as_expected


REGIONS: dict[str, tuple[Any, bool]] = {"right": (lambda n: n >= 2, True), "too wide": (lambda n: True, False),
                                        "too narrow": (lambda n: n >= 4, False), "elsewhere": (lambda n: n >= 9, False)}


@pytest.mark.parametrize("name", REGIONS)
def test_a_claim_fails_exactly_in_its_region(name: str) -> None:
    small = Small()
    region, expected = REGIONS[name]
    found = verdict(small.equal(small.W @ small.a, small.W.T @ small.a, fails=region(small.n)))
    assert (found.status, found.as_expected, found.holds_where) == (REFUTED, expected, "n = 1")


def test_shapes_that_do_not_fit_refute_and_tell_where_they_do() -> None:
    found = verdict(SHIPPED["rnn.jacobian.literal"], 12)
    assert (found.status, found.as_expected) == (REFUTED, True)
    assert "n = 1" in found.holds_where.replace("n = m = 1", "n = 1")
    assert found.counterexample.shapes


def test_a_claim_that_starts_late_is_refuted_like_any_other() -> None:
    m = Model("late")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, c = m.parameter("W", n, n), m.sequence("c", n)
    c[t] = tanh(W @ c[t - 1])
    J = diag(tanh.prime(W @ c[t - 1])) @ W
    assert status(m.equal("right", d(c[t], c[t - 1]), J, given=t >= 6)) is AGREES
    assert status(m.equal("wrong", d(c[t], c[t - 1]), 2 * J, given=t >= 6)) is REFUTED
    assert status(m.equal("late", d(c[t], c[t - 1]), 2 * J, given=t >= 90)) is REFUTED
    assert status(m.equal("never", d(c[t], c[t - 1]), 2 * J, given=t >= 10**6)) is VACUOUS


# ---- defects

DEFECTS = [Rational(1, 10**12), Rational(1, 2**60), Rational(1, 2**200), Rational(1, 2**900)]


@pytest.mark.parametrize("size", DEFECTS, ids=["1e-12", "2^-60", "2^-200", "2^-900"])
def test_no_defect_is_too_small(size: Rational) -> None:
    small = Small()
    found = verdict(small.equal(small.a, (1 + size) * small.a))
    assert (found.status, found.holds_where) == (REFUTED, "")
    vector = Matrix([1, 1 + size])
    assert status(small.model.equal("explicit", Matrix([1, 1]) + vector, 2 * vector)) is REFUTED
    alone = Model("alone")
    x = alone.parameter("x")
    assert status(alone.equal("scalar", x, (1 + size) * x)) is REFUTED


@pytest.mark.parametrize("stratum", STRATA)
def test_a_defect_in_one_term_shows_in_every_stratum_in_which_the_term_does(stratum: str) -> None:
    J, four = SHIPPED["lstm.state-gradient"].cases[0].sides
    terms = list(four.args)
    defects = [four + terms[k] / 10**12 for k in range(4)]
    sizes = dict(zip(dimensions(SHIPPED["lstm.state-gradient"]), (3, 2), strict=True))
    [step] = four.steps
    program = trace(lstm, [J, four, *defects, *terms], sizes, [{step: 2}], "forward")
    leaves, steps = draw(Key(0, "defect", ()), program.leaves, stratum, 4), program.step_rows([{step: 2}] * 4)
    right, *wrong = decide(program, leaves, steps, [(0, k) for k in range(1, 6)])
    found = evaluate(program, leaves, steps, 212)
    assert isinstance(found, Results)
    assert {decision.outcome for decision in right} == {Outcome.AGREES}
    for row, term in zip(wrong, found.arrays[6:], strict=True):
        for k, decision in enumerate(row):
            gone = all(x == 0 for x in term[min(k, len(term) - 1)].ravel())
            assert (decision.outcome is Outcome.AGREES) == gone


# ---- hard, and outside the domain

HARD: dict[str, Build] = {
    "overflow": lambda s: s.equal(had(sigma(800 * s.a), sigma(-800 * s.a)), sigma.prime(800 * s.a)),
    "a root of what is positive": lambda s: s.equal(d(s.model.node("b", power(Rational(1, 2))(s.p)), s.p),
                                                    diag(power(Rational(-1, 2))(s.p)) / 2),
    "a logarithm of what is positive": lambda s: s.equal(d(s.model.node("b", log(s.p)), s.p), diag(power(-1)(s.p))),
    "a product of kinks": lambda s: s.equal(d(s.model.node("b", relu(s.W @ s.a)), s.a),
                                           diag(relu.prime(s.W @ s.a)) @ s.W),
    "a norm": lambda s: s.equal(norm(s.a) * norm(s.a), s.a.T @ s.a),
    "a reciprocal of a constant": lambda s: s.equal(had(power(-1)(2 * ones(s.n)), s.a), s.a / 2),
}


@pytest.mark.parametrize("name", HARD)
def test_what_is_hard_but_right_agrees_and_with_a_defect_is_refuted(name: str) -> None:
    claim = HARD[name](Small())
    assert verdict(claim).status is AGREES, verdict(claim).reason
    left, right = claim.cases[0].sides
    wrong = replace(claim, cases=(replace(claim.cases[0], sides=(left, right + right / 10**12)),))
    assert status(wrong) is REFUTED


def deeply(s: Small) -> Expression:
    return exp(exp(exp(exp(100 * s.a))))


OPEN: dict[str, tuple[Build, str]] = {
    "a logarithm of what is negative": (lambda s: s.equal(log(s.a) + log(s.a), 2 * log(s.a)), "not finite"),
    "a root of what is negative": (lambda s: s.equal(had(power(Rational(1, 2))(s.a), power(Rational(1, 2))(s.a)), s.a),
                                   "not finite"),
    "past every number": (lambda s: s.equal(deeply(s), deeply(s) + 0 * s.a), "not finite"),
    "a kink in every draw": (lambda s: s.equal(relu(s.a - s.a), tanh(s.a - s.a) + 0 * s.a), ""),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_cannot_be_evaluated_is_never_passed(name: str) -> None:
    build, reason = OPEN[name]
    found = verdict(build(Small()))
    assert found.status in (UNDECIDED, VACUOUS)
    assert not found.as_expected
    assert reason in found.reason


def test_a_wrong_formula_is_refuted_beside_a_kink_and_not_at_it() -> None:
    m = Model("kink")
    [n] = m.dims("n")
    D, W = m.parameter("D", n, n, structure="diagonal"), m.parameter("W", n, n)
    at_kink = m.node("k", ones(n).T @ relu(D) @ ones(n))  # off its diagonal relu is at 0 in every draw
    beside = m.node("b", ones(n).T @ relu(W) @ ones(n))
    assert status(m.equal("beside", d(beside, W), 2 * d(beside, W))) is REFUTED
    found = verdict(m.equal("at", d(at_kink, D), 2 * d(at_kink, D)), sizes={"n": 3})
    assert found.status is UNDECIDED
    assert "differentiable" in found.reason


# ---- structure

STRUCTURES: list[tuple[tuple[str, ...], Callable[[Any, Any], tuple[Any, Any]]]] = [
    (("symmetric",), lambda W, n: (W, W.T)),
    (("diagonal",), lambda W, n: (W, diag(W @ ones(n)))),
    (("positive",), lambda W, n: (relu(W), W)),
    (("symmetric", "positive"), lambda W, n: (relu(W).T, W)),
    (("diagonal", "positive"), lambda W, n: (relu(W), diag(W @ ones(n)))),
]


@pytest.mark.parametrize(("words", "sides"), STRUCTURES, ids=["-".join(words) for words, _ in STRUCTURES])
def test_a_law_of_a_structure_holds_where_it_is_declared_and_nowhere_else(words: Any, sides: Any) -> None:
    for structure, wanted in ((words, AGREES), ((), REFUTED)):
        m = Model("structured")
        [n] = m.dims("n")
        assert status(m.equal("law", *sides(m.parameter("W", n, n, structure=structure), n))) is wanted


# ---- nothing to go by


def test_a_thin_ledger_is_vacuous(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = SHIPPED["rnn.jacobian"]
    assert status(claim) is AGREES
    monkeypatch.setattr(ladder, "ENOUGH", 10**9)
    found = verdict(claim)
    assert (found.status, found.as_expected) == (VACUOUS, False)
    assert "told apart in" in found.reason


def test_a_construct_without_a_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Small()
    claim = small.equal(had(small.a, small.a), power(2)(small.a))
    monkeypatch.delitem(lower.RULES, type(had(small.a, small.a)))
    found = verdict(claim)
    assert (found.status, found.reason) == (UNDECIDED, "no numeric rule for Had")


def test_an_open_function_has_arguments_of_one_size() -> None:
    m = Model("two-sizes")
    [n] = m.dims("n")
    x, f = m.parameter("x", n), m.smooth("f", 1)
    found = verdict(m.equal("claim", f(x), f(vstack(x, x))))
    assert (found.status, found.reason) == (UNDECIDED, "f applied to vectors of two sizes")


@pytest.mark.parametrize("place", ["gather", "shrink"])
def test_an_error_inside_is_undecided(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")
    monkeypatch.setattr(ladder, place, broken)
    found = verdict(SHIPPED["lstm.D.misprint"], 12)
    assert not found.as_expected
    assert found.status is UNDECIDED
    assert "planted" in found.reason


@pytest.mark.parametrize("place", ["repair", "missed"])
def test_an_error_in_an_explanation_takes_no_refutation_back(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")
    monkeypatch.setattr(ladder, place, broken)
    found = verdict(SHIPPED["rnn.jacobian.right"], 12)
    assert (found.status, found.as_expected) == (REFUTED, True)
    assert "planted" in found.repair


# ---- the same again


def reported(*targets: str) -> tuple[str, dict[str, Any]]:
    result = CliRunner().invoke(main, ["check", *targets, "--draws", "12", "--seed", "3", "--json", "--no-timing"])
    assert result.exit_code == 0, result.output
    return result.stdout, {claim["id"]: claim for claim in json.loads(result.stdout)["claims"]}


def test_a_seed_gives_the_same_bytes_and_a_claim_the_same_verdict_in_any_company() -> None:
    ids = ["rnn.jacobian", "lstm.D.misprint"]
    first, together = reported(*ids)
    again, _ = reported(*ids)
    assert first == again
    assert reported(ids[1])[1][ids[1]] == together[ids[1]]


def test_another_seed_gives_other_numbers() -> None:
    claim = SHIPPED["rnn.jacobian.right"]
    leaves = [verdict(claim, 12, seed=seed).counterexample.leaves for seed in (0, 1)]
    assert any(not np.array_equal(leaves[0][name], leaves[1][name]) for name in leaves[0])
