"""The proof beside the numbers: what each may say of an equality, and what follows from both."""

from __future__ import annotations

from dataclasses import replace

from derivations.calculus import Jacobian, see_through
from derivations.claim import Claim
from derivations.proof.trace import Proof
from derivations.verdict import Evidence, Status, Verdict

CONTRARY = "it is proved, and was expected to fail"


def rung(proof: Proof) -> Evidence:
    return Evidence("proof", proof.status, proof.detail)


def by_proof_alone(claim: Claim, proof: Proof | None) -> Verdict:
    """The verdict where no numbers were asked for: a proof, or nothing."""
    if proof is None:
        return Verdict(claim, Status.UNDECIDED, False, "no evidence was asked for: name proof, exact or sweep")
    if proof.status is not Status.PROVED:
        return Verdict(claim, Status.UNDECIDED, False, f"not proved: {proof.detail}", evidence=(rung(proof),))
    contrary = "" if claim.expect == "holds" else CONTRARY
    return Verdict(claim, Status.PROVED, not contrary, contrary, evidence=(rung(proof),))


def without_numbers(claim: Claim, proof: Proof | None, reason: str) -> Verdict:
    """The verdict where numbers have no rule for what the claim is made of."""
    found = by_proof_alone(claim, proof)
    rungs = (*found.evidence, Evidence("exact", Status.UNDECIDED, reason))
    return replace(found, evidence=rungs, reason=found.reason if found.status is Status.PROVED else reason)


def with_proof(verdict: Verdict, proof: Proof | None) -> Verdict:
    """The verdict of the numbers, and the proof: it proves, unless a number refutes it; then the checker is broken.

    A proof speaks of where both sides are defined, and 0 = 0 has one: where no draw could be evaluated, or both sides
    are nothing, it is no pass.
    """
    if proof is None:
        return verdict
    verdict = replace(verdict, evidence=(rung(proof), *verdict.evidence))
    if proof.status is not Status.PROVED or verdict.broken:
        return verdict
    if verdict.status is Status.REFUTED:
        reason = "it is proved, and numbers refute it: the checker contradicts itself"
        return replace(verdict, status=Status.UNDECIDED, as_expected=False, reason=reason, broken=True)
    if verdict.status is Status.VACUOUS and nothing(verdict.claim, proof):
        return verdict
    if verdict.status is Status.UNDECIDED and not evaluated(verdict):
        said = "it is proved where both sides are defined, and at no draw are they"
        return replace(verdict, reason=f"{said}: {verdict.reason}")
    contrary = "" if verdict.claim.expect == "holds" else verdict.reason or CONTRARY
    return replace(verdict, status=Status.PROVED, as_expected=not contrary, reason=contrary,
                   cases=tuple((label, Status.PROVED) for label, _ in verdict.cases))


def nothing(claim: Claim, proof: Proof) -> bool:
    """Whether both sides are zero, or a number, in every case, without a derivative that could have been another:
    such a proof could not have failed."""
    if any(see_through(side).has(Jacobian) for case in claim.cases for side in case.sides):
        return False
    return not any(f for trace in proof.traces for cell in trace.lines[-1].cells for f, _ in cell.left)


def evaluated(verdict: Verdict) -> bool:
    """Whether numbers compared the sides at some draw."""
    decided = (Status.AGREES, Status.REFUTED)
    return any(e.method in ("exact", "sweep") and e.outcome in decided for e in verdict.evidence)
