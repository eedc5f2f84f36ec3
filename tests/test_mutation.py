"""Wrong variants of what holds: all refuted, or shown equivalent; and a blunt trial lets them live."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derivations import Model, Prod, Sum, d, diag, had, sigma, tanh, use
from derivations.claim import Claim
from derivations.edits import TABLE, Context
from derivations.recurrent import lstm, rnn
from derivations.symbols import Expression
from derivations.variants import variants
from numeric import Options, mutation, trial
from numeric.exact.towers import Towers
from numeric.mutation import mutants, score, trial_of, varied
from numeric.trial import Fate

CLAIMS = {claim.id: claim for claim in varied([*rnn.claims, *lstm.claims])}
SMALL = [id for id in CLAIMS if "chain" not in id and "loss" not in id and "long" not in id]


@pytest.mark.parametrize("id", [*SMALL, "rnn.chain.first-use", "lstm.chain.full.held"])
def test_no_variant_survives(id: str) -> None:
    found = score(CLAIMS[id], Options(), sample=4)
    assert not found.survivors
    assert found.refuted > 0


@pytest.mark.parametrize("id", ["rnn.jacobian", "lstm.B"])
def test_every_variant_of_a_small_claim_is_refuted_or_equivalent(id: str) -> None:
    found = score(CLAIMS[id], Options())
    assert (found.survivors, found.refuted > 10) == ((), True)


BLUNT: dict[str, Any] = {
    "one size, one step": lambda claim, options: trial.Trial(claim, dict.fromkeys(trial_of(claim, options).sizes, 1),
                                                             trial_of(claim, options).instances[:1], 0),
    "no steps at all": lambda claim, options: trial.Trial(claim, trial_of(claim, options).sizes, [], 0),
}


def test_a_blunt_trial_takes_wrong_variants_for_equivalent(monkeypatch: pytest.MonkeyPatch) -> None:
    """At n = 1 a transpose or an order of factors changes nothing."""
    claim = CLAIMS["rnn.jacobian"]
    sharp = score(claim, Options())
    monkeypatch.setattr(mutation, "trial_of", BLUNT["one size, one step"])
    blunt = score(claim, Options())
    assert blunt.refuted < sharp.refuted
    assert len(blunt.equivalent) > len(sharp.equivalent)


def test_a_trial_without_precision_lets_variants_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "decide", lambda program, leaves, steps, pairs, cap=0: [[] for _ in pairs])
    monkeypatch.setattr(trial, "by_towers", lambda program, steps, pairs, seed: _nothing(steps, pairs))
    assert score(CLAIMS["rnn.jacobian"], Options()).survivors


def _nothing(steps: Any, pairs: Any) -> Any:
    return Towers(np.zeros((len(steps), len(pairs)), bool), np.zeros(len(steps), bool), 1.0, len(steps), 2)


def test_claims_that_start_late_have_variants_too() -> None:
    m = Model("late")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, c = m.parameter("W", n, n), m.sequence("c", n)
    c[t] = tanh(W @ c[t - 1])
    found = score(m.equal("claim", d(c[t], c[t - 1]), diag(tanh.prime(W @ c[t - 1])) @ W, given=t >= 6), Options())
    assert found.refuted > 10
    assert not found.survivors


# ---- what a trial finds of given candidates


def rich() -> tuple[Claim, Expression, Any]:
    m = Model("rich")
    [n] = m.dims("n")
    t, k = m.times("t k")
    W, V, c = m.parameter("W", n, n), m.parameter("V", n, n), m.sequence("c", n)
    c[t] = tanh(W @ c[t - 1]) + sigma(V @ c[t - 1])
    slopes = had(tanh.prime(W @ c[t - 1]), sigma(V @ c[t - 1]))
    J = d(c[t], c[t - 1])
    side = Prod(J, (t, 2, k)) @ Sum(diag(slopes) @ W.T, (t, 2, k)) + 2 * d(c[k], use(W, 2)) @ d(c[k], use(W, 2)).T
    return m.equal("claim", side, side), side, (W, k)


def test_every_row_of_the_table_has_variants_and_none_is_equal_to_the_formula() -> None:
    claim, side, _ = rich()
    found = list(variants(side, Context(claim.model, (side,))))
    assert {v.edit.name for v in found} >= {edit.name for edit in TABLE} - {"doubled", "derivative", "inverse"}
    assert len({v.result for v in found}) == len(found)
    assert side not in {v.result for v in found}


def test_fates() -> None:
    claim, side, _ = rich()
    candidates = [side, (side + side) / 2, side + side / 10**15, side.T, side + 0 * side.T, -side]
    differs, equal = Fate.DIFFERS, Fate.EQUAL
    assert trial_of(claim, Options()).fates(side, candidates) == [equal, equal, differs, differs, equal, differs]


def test_what_exists_at_no_step_is_neither_refuted_nor_equal() -> None:
    m = Model("early")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, c = m.parameter("W", n, n), m.sequence("c", n)
    c[t] = tanh(W @ c[t - 1])
    claim = m.equal("claim", c[t], tanh(W @ c[t - 1]))
    fates = trial_of(claim, Options()).fates(c[t], [c[t - 9], c[t], c[t - 1]])
    assert fates == [Fate.NOWHERE, Fate.EQUAL, Fate.DIFFERS]


def test_a_sample_is_spread_over_all_variants() -> None:
    claim = CLAIMS["lstm.state-gradient"]
    [(_, few), *_] = [pair for pair in mutants(claim, claim.cases[0], 5) if len(pair[1]) == 5]
    assert len({v.edit.name for v in few}) > 1
