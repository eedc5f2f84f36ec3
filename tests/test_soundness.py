"""The prover beside wrong variants and right identities, at a reduced size (``make soundness`` has the whole)."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

import pytest
import soundness
from identities import Identity, identities, refuted
from soundness import ENOUGH, Mutant, Tally, judge, mutants, of_identity, rate, shipped, twice

from derivations import Model, Sum
from derivations.proof.trace import Proof
from derivations.verdict import Status
from numeric.trial import Fate

SEED = 1
RIGHT = list(islice(identities(SEED), 80))


def test_right_identities_are_proved_and_not_refuted() -> None:
    found = rate(RIGHT)
    assert found.wrong == []
    assert found.share >= ENOUGH, "\n".join(map(str, found.missed))


def test_identities_are_the_same_for_the_same_seed() -> None:
    assert [str(i) for i in islice(identities(SEED), 9)] == [str(i) for i in RIGHT[:9]]
    assert {kind for identity in RIGHT for kind in identity.kinds} > {"derivative", "function", "over steps", "blocks"}


def test_no_wrong_variant_is_proved() -> None:
    z, tally = Random(SEED), Tally()
    claims = [claim for claim in shipped() if "chain" not in claim.id and "loss" not in claim.id]
    for claim in claims:
        found = list(mutants(claim))
        for mutant in [*z.sample(found, min(4, len(found))), *islice(twice(claim, z), 1)]:
            judge(mutant, tally)
    for identity in RIGHT[:30]:
        for mutant in of_identity(identity, z)[:3]:
            judge(mutant, tally)
    assert tally.tried > 180
    assert (tally.unsound, tally.open) == ([], [])


def test_a_prover_that_says_yes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundness, "prove", lambda claim: Proof(Status.PROVED, "trust me"))
    claim = next(claim for claim in shipped() if claim.id == "rnn.jacobian")
    tally = Tally()
    for mutant in islice(mutants(claim), 12):
        judge(mutant, tally)
    assert len(tally.unsound) >= 8
    assert tally.fates[Fate.DIFFERS] == len(tally.unsound)


def test_a_false_proof_where_a_sum_is_empty_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that states its range may mean empty sums, and is looked at where they are: here where T < t."""
    m = Model("split")
    [n], [t, i, T] = m.dims("n"), m.times("t i T")
    x = m.inputs("x", n)
    sides = Sum(x[i], (i, 1, T)), Sum(x[i], (i, 1, t)) + Sum(x[i], (i, t + 1, T))
    claim = m.equal("halves", *sides, given=(t >= 1) & (T >= 1))
    monkeypatch.setattr(soundness, "prove", lambda claim: Proof(Status.PROVED, "trust me"))
    tally = Tally()
    judge(Mutant(claim, *sides, "nothing"), tally)
    assert len(tally.unsound) == 1


def test_a_generator_that_is_wrong_is_found_out() -> None:
    def spoilt(identity: Identity) -> Identity:
        [case] = identity.claim.cases
        left, right = case.sides
        wrong: Any = soundness.replace(case, sides=(left, right + right))
        return Identity(soundness.replace(identity.claim, cases=(wrong,)), identity.kinds)

    wrong = [spoilt(identity) for identity in RIGHT[:8]]
    found = set(map(str, refuted([*RIGHT[:8], *wrong])))
    assert found <= set(map(str, wrong))
    assert len(found) >= 5  # where a side is zero, twice of it is right


def test_the_command_fails_when_too_little_is_proved(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert soundness.main(["--mutants", "5", "--identities", "6", "--seed", "3"]) == 0
    monkeypatch.setattr(soundness, "prove", lambda claim: Proof(Status.UNDECIDED, "no idea"))
    assert soundness.main(["--mutants", "5", "--identities", "6", "--seed", "3"]) == 1
    assert "0 proved, 0.0%" in capsys.readouterr().out
