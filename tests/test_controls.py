"""The checker checked: a broken one fails its controls, and rungs that contradict each other break a verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluation import AGREES, UNDECIDED, verdict
from standin import derivations

from derivations.errors import DerivationError
from derivations.recurrent import lstm, rnn
from derivations.verdict import Verdict
from numeric import controls, equality, ladder, runs
from numeric.arrays import Unsupported
from numeric.exact.decide import Decision, Outcome
from numeric.sweep import Comparison

CLAIMS = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}


def verdicts() -> list[Verdict]:
    return [verdict(CLAIMS[id], 12) for id in ("rnn.jacobian", "lstm.B")]


def always(outcome: Outcome) -> Any:
    from flint import arb

    one = Decision(outcome, left=arb(1), right=arb(2), difference=arb(1), precision=106)

    def decided(program: Any, leaves: Any, steps: Any, pairs: Any, **_: Any) -> list[list[Decision]]:
        return [[one] * len(steps) for _ in pairs]
    return decided


def accepting(sample: Any, a: int, b: int) -> Comparison:
    count = len(sample.values[a])
    return Comparison(np.ones(count, bool), np.ones(count, bool), np.zeros(count, bool), np.zeros(count))


def test_a_sound_checker_passes_its_controls() -> None:
    assert controls.failures(verdicts(), 0) == ()
    assert controls.forward([rnn, lstm], 0) == ()


def test_a_checker_that_accepts_everything_fails_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts()
    monkeypatch.setattr(runs, "decide", always(Outcome.AGREES))
    monkeypatch.setattr(runs, "compare", accepting)
    monkeypatch.setattr(runs, "by_towers", towers(differ=False))
    said = controls.failures(found, 0)
    assert len(said) == 2  # one for each family
    assert all("wrong sign" in line for line in said)


def test_a_checker_that_refuses_everything_fails_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts()
    monkeypatch.setattr(runs, "decide", always(Outcome.DIFFERS))
    monkeypatch.setattr(runs, "by_towers", towers(differ=True))
    assert any("rewritten" in line for line in controls.failures(found, 0))
    assert controls.forward([rnn], 0)


@pytest.mark.parametrize("where", ["decide", "by_towers", "interpreted", "traced"])
def test_a_control_that_stops_with_an_error_is_a_broken_checker(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    found = verdicts()

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("in the checker")
    monkeypatch.setattr(equality if where == "traced" else runs, where, broken)
    said = controls.failures(found, 0)
    assert len(said) == 4  # a wrong formula and a rewritten one, for each family
    assert all("stopped: ZeroDivisionError: in the checker" in line for line in said)
    assert len(controls.forward([rnn, lstm], 0)) == 2


@pytest.mark.parametrize("error", [Unsupported, DerivationError])
def test_a_model_that_cannot_be_evaluated_breaks_nothing(monkeypatch: pytest.MonkeyPatch, error: type) -> None:
    found = verdicts()

    def unsupported(*_: Any, **__: Any) -> Any:
        raise error("no rule")
    monkeypatch.setattr(equality, "traced", unsupported)
    assert controls.failures(found, 0) == controls.forward([rnn, lstm], 0) == ()


def test_rungs_that_contradict_each_other_in_a_control_are_a_broken_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts()
    monkeypatch.setattr(runs, "decide", always(Outcome.DIFFERS))
    said = controls.failures(found, 0)
    assert [line for line in said if "contradict" in line]


def test_a_broken_control_ends_a_run_with_status_4(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = ladder.equality

    def broken(claim: Any, options: Any) -> Any:
        if claim.id.endswith(".mutant"):
            raise ZeroDivisionError("in the checker")
        return honest(claim, options)
    monkeypatch.setattr(ladder, "equality", broken)
    result = derivations("check", "rnn.jacobian", "--draws", 12)
    assert result.exit_code == 4
    assert "rnn.jacobian.mutant stopped: ZeroDivisionError: in the checker" in " ".join(result.output.split())
    assert "Traceback" not in result.output


def towers(*, differ: bool) -> Any:
    from numeric.exact.towers import Towers

    def by_towers(program: Any, steps: Any, pairs: Any, seed: int) -> Towers:
        shape = len(steps), len(pairs)
        return Towers(np.full(shape, differ), np.ones(len(steps), bool), 1e-32, 0, 2)
    return by_towers


def test_balls_against_towers_is_a_broken_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = CLAIMS["rnn.jacobian"]
    assert not verdict(claim, 12).broken
    monkeypatch.setattr(runs, "decide", always(Outcome.DIFFERS))
    found = verdict(claim, 12)
    assert (found.status, found.broken, found.as_expected) == (UNDECIDED, True, False)
    assert "contradict" in found.reason


def test_towers_against_balls_is_never_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = CLAIMS["rnn.jacobian"]
    monkeypatch.setattr(runs, "by_towers", towers(differ=True))
    found = verdict(claim, 12, evidence=("exact", "sweep"))
    assert (found.status, found.as_expected) == (UNDECIDED, False)


def test_floats_alone_never_refute(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = CLAIMS["rnn.jacobian"]

    def refusing(sample: Any, a: int, b: int) -> Comparison:
        none = np.zeros(len(sample.values[a]), bool)
        return Comparison(none, none, none, np.zeros(len(none)))
    monkeypatch.setattr(runs, "compare", refusing)
    assert verdict(claim, 12, evidence=("exact", "sweep")).status is AGREES  # balls decide every draw
    monkeypatch.setattr(runs, "decide", always(Outcome.UNKNOWN))
    assert verdict(claim, 12, evidence=("exact", "sweep")).status is UNDECIDED
