"""The rung of proof in the ladder: what it decides, and what happens where numbers say otherwise."""

from pathlib import Path

import pytest
from sympy import Rational

from derivations import Model, Witness, absolute, d, diag, eye, inverse, norm, power, sigma
from derivations.proof.trace import Proof
from derivations.symbols import Constant
from derivations.verdict import Status
from numeric import Options, check
from numeric.batch import Request, run
from numeric.cli import exit_status
from numeric.collect import select

FEW = Options(draws=32)


@pytest.fixture
def m():
    model = Model("m")
    n, = model.dims("n")
    A, v = model.parameter("A", n, n), model.parameter("v", n)
    model.equal("right", d(sigma(A @ v), v), diag(sigma.prime(A @ v)) @ A)
    model.equal("wrong", d(sigma(A @ v), v), A @ diag(sigma.prime(A @ v)), fails=n >= 2)
    return model


def claim(m, id):
    return next(c for c in m.claims if c.local_id == id)


def methods(verdict):
    return {e.method: e.outcome for e in verdict.evidence}


def pretend(monkeypatch, status, detail="pretended"):
    monkeypatch.setattr("numeric.ladder.proof_of", lambda claim: Proof(status, detail))


def test_a_proof_stands_beside_the_numbers(m):
    verdict = check(claim(m, "right"), FEW)
    assert (verdict.status, verdict.as_expected) == ("proved", True)
    assert methods(verdict)["proof"] == "proved"
    assert methods(verdict)["exact"] == methods(verdict)["sweep"] == "agrees"


def test_numbers_alone_agree(m):
    verdict = check(claim(m, "right"), Options(draws=32, evidence=("exact", "sweep")))
    assert verdict.status == "agrees"
    assert "proof" not in methods(verdict)


def test_a_proof_alone_proves_and_refutes_nothing(m):
    alone = Options(evidence=("proof",))
    assert check(claim(m, "right"), alone).status == "proved"
    verdict = check(claim(m, "wrong"), alone)
    assert (verdict.status, verdict.as_expected) == ("undecided", False)
    assert verdict.reason.startswith("not proved")


def test_what_is_proved_and_refuted_at_once_breaks_the_run(m, monkeypatch):
    pretend(monkeypatch, Status.PROVED)
    verdict = check(claim(m, "wrong"), FEW)
    assert (verdict.status, verdict.as_expected, verdict.broken) == ("undecided", False, True)
    assert "contradicts" in verdict.reason


def test_such_a_run_exits_with_4(tmp_path: Path, monkeypatch):
    pretend(monkeypatch, Status.PROVED)
    file = tmp_path / "derivations_turned.py"
    file.write_text("from derivations import Model\nm = Model('turned')\nn, = m.dims('n')\n"
                    "A = m.parameter('A', n, n)\nm.equal('wrong', A, A.T)\n", encoding="utf-8")
    finished = run(select([str(file)]), Request(draws=32, evidence=("proof", "exact")), progress=False)
    assert exit_status(finished, empty=False) == 4


def test_a_proof_of_what_was_expected_to_fail_is_contrary():
    model = Model("turned")
    k, = model.dims("k")
    B = model.parameter("B", k, k)
    wrong = model.equal("claim", B.T.T, B + 0 * B, fails=True)
    verdict = check(wrong, FEW)
    assert (verdict.status, verdict.as_expected) == ("proved", False)


def test_an_error_in_the_proof_is_no_pass_and_takes_nothing_away(m, monkeypatch):
    pretend(monkeypatch, Status.UNDECIDED, "internal error in the proof: ZeroDivisionError: oops")
    verdict = check(claim(m, "right"), FEW)
    assert (verdict.status, verdict.as_expected) == ("agrees", True)
    assert methods(verdict)["proof"] == "undecided"


def test_a_claim_about_no_steps_is_vacuous_even_where_it_is_proved():
    model = Model("m")
    t, = model.times("t")
    x = model.inputs("x")
    empty = model.equal("claim", x[t] + x[t], 2 * x[t], given=(t >= 5) & (t <= 4))
    assert check(empty, FEW).status == "vacuous"


def test_a_derivative_that_is_nothing_is_proved_and_a_difference_of_one_and_the_same_is_vacuous():
    model = Model("m")
    n, = model.dims("n")
    t, k = model.times("t k")
    W, c, v = model.parameter("W", n, n), model.sequence("c", n), model.parameter("v", n)
    c[t] = sigma(W @ c[t - 1])
    assert check(model.equal("markov", d(c[k], c[k - 2], hold=c[k - 1]), 0 * W), FEW).status == "proved"
    assert check(model.equal("same", v - v, sigma(v) - sigma(v)), FEW).status == "vacuous"


def test_what_is_defined_nowhere_is_not_proved():
    model = Model("m")
    n, = model.dims("n")
    v = model.parameter("v", n)
    verdict = check(model.equal("claim", inverse(v @ v.T) @ v @ v.T, eye(n), given=n >= 2), FEW)
    assert (verdict.status, verdict.as_expected) == ("undecided", False)
    assert "where both sides are defined" in verdict.reason


def test_a_claim_of_zero_is_no_control(tmp_path: Path):
    file = tmp_path / "derivations_zero.py"
    file.write_text("from derivations import Model, d, tanh\nm = Model('zero')\n"
                    "n, = m.dims('n')\nt, k = m.times('t k')\n"
                    "W, c = m.parameter('W', n, n), m.sequence('c', n)\nc[t] = tanh(W @ c[t - 1])\n"
                    "m.equal('markov', d(c[k], c[k - 2], hold=c[k - 1]), 0 * W)\n", encoding="utf-8")
    finished = run(select([str(file)]), Request(draws=32), progress=False)
    assert exit_status(finished, empty=False) == 0


def test_a_sum_to_a_power_has_few_terms():
    model = Model("m")
    r, s = model.parameter("r"), model.parameter("s")
    assert check(model.equal("claim", power(14)(r + s + 1), power(14)(r + s + 1) + 0 * r), FEW).status == "proved"


def test_a_bound_of_nothing_is_vacuous_even_where_it_is_proved():
    model = Model("m")
    v = model.parameter("v", model.dims("n")[0])
    assert check(model.bound("claim", norm(v) <= 1, given=norm(v) < 0), FEW).status == "vacuous"


def test_what_was_only_measured_or_tried_at_some_steps_is_undecided():
    model = Model("m")
    k, = model.times("k")
    e, r = model.inputs("e"), model.parameter("r")
    shrinking = model.tends("shrinking", Rational(1, 2) ** k * absolute(e[k]), 0, along=k, given=k >= 1)
    assert check(shrinking, FEW).status == "undecided"  # false at e_k = 2^k
    beyond = model.exists("beyond", r >= Constant(k), along=k, witness=Witness({r: 10**6}), given=k >= 1)
    assert check(beyond, FEW).status == "undecided"
