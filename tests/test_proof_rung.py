"""The rung of proof in the ladder: what it decides, and what happens where numbers say otherwise."""

from pathlib import Path

import pytest

from derivations import Model, d, diag, sigma
from derivations.proof.trace import Proof
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
