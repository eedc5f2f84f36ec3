"""Verdicts made by hand, one of each kind, on claims that are shipped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from derivations.recurrent import lstm, rnn
from derivations.report import Run
from derivations.verdict import Counterexample, Evidence, Status, Verdict

CLAIMS = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}
SWEEP = Evidence("sweep", Status.AGREES, "", {"draws": 5000, "worst": 0.0625, "seconds": 1.5})
EXACT = Evidence("exact", Status.AGREES, "", {"draws": 8, "sizes": {"n": 4, "m": 3}, "false_accept": 1e-32})
PROOF = Evidence("proof", Status.PROVED, "13 monomials, every n, m")
FOUND = Counterexample(case="W_rec", sizes={"n": 2, "m": 1}, steps={"k": 3}, entry=(0, 1), left="0.25", right="0.125",
                       difference="0.125 ± 1e-30", term="the second factor", leaves={"W": np.array([[0.5, 1.0]])},
                       seed=7, command="derivations check rnn.chain --sizes n=2,m=1 --seed 7")


def verdict(id: str, status: Status, as_expected: bool, **more: Any) -> Verdict:
    """The verdict on a shipped claim."""
    usual: dict[str, Any] = {"range": "t ≥ 2", "seconds": 0.12}
    return Verdict(CLAIMS[id], status, as_expected, **(usual | more))


GOOD = verdict("lstm.state-gradient", Status.PROVED, True, evidence=(PROOF, EXACT, SWEEP))
AGREES = verdict("rnn.jacobian", Status.AGREES, True, evidence=(SWEEP,))
FAILS = verdict("rnn.chain", Status.REFUTED, True, counterexample=FOUND, holds_where="k = 1", evidence=(SWEEP,),
                cases=(("W_rec", Status.REFUTED), ("W_in", Status.REFUTED), ("W", Status.REFUTED)))
WRONG = verdict("rnn.concat", Status.REFUTED, False, counterexample=replace(FOUND, case="", command=""),
                reason="expected to hold at n = 2, m = 1", evidence=(SWEEP,))
SURVIVES = verdict("lstm.D.misprint", Status.AGREES, False, evidence=(SWEEP,))
SHAPES = verdict("rnn.jacobian.literal", Status.REFUTED, True, counterexample=Counterexample(shapes="2 × 1 and 2 × 2"),
                 evidence=(Evidence("shape", Status.REFUTED, "2 × 1 and 2 × 2"),))
OPEN = verdict("rnn.state-product", Status.UNDECIDED, False, reason="precision ran out at 2048 bits")
VACUOUS = verdict("rnn.loss-sum", Status.VACUOUS, True, reason="T is never above 0")
BROKEN = verdict("lstm.step-map", Status.UNDECIDED, False, reason="proof and sweep disagree", broken=True)
EVERY = (GOOD, AGREES, FAILS, WRONG, SURVIVES, SHAPES, OPEN, VACUOUS, BROKEN)


def run(*verdicts: Verdict, **more: Any) -> Run:
    """A run that is finished, unless more is said."""
    asked: dict[str, Any] = {"selected": len(verdicts), "seed": 7, "draws": 1000, "seconds": 2.5,
                             "command": "derivations check --seed 7"}
    return Run(verdicts, **(asked | more))
