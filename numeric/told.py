"""What is told of a claim beside its verdict, for a page: its proof to read, its repaired formula with its verdict."""

from __future__ import annotations

from dataclasses import replace

from sympy import S

from derivations.claim import Case, Claim
from derivations.errors import DerivationError
from derivations.latex import latex, text
from derivations.proof.claims import proof_of
from derivations.report.proof_page import proof_steps
from derivations.report.told import Mended, Told
from derivations.report.words import counts
from derivations.verdict import Status, Verdict
from numeric.batch import Request, verdict


def tell(claim: Claim, found: Verdict, request: Request, profile: str = "paper") -> Told:
    """Proof and repair. What goes wrong in telling does not change a verdict, and is said."""
    try:
        proof = proof_steps(claim, proof_of(claim), profile) if "proof" in request.evidence else None
        return Told(proof, mended(claim, found, request, profile))
    except Exception as error:  # the verdict stands without it
        return Told(trouble=f"internal error: {type(error).__name__}: {' '.join(str(error).split())}")


def mended(claim: Claim, found: Verdict, request: Request, profile: str) -> Mended | None:
    """The repaired formula and its verdict; None where the repair is none, or an assumption."""
    if not found.mended or found.counterexample is None:
        return None
    case = next(case for case in claim.cases if case.label == found.counterexample.case)
    repaired = replace(claim, cases=(Case("", found.mended, case.sign),), fails=S.false, witness=None, printed="")
    try:
        its = verdict(repaired, request)
    except DerivationError as error:
        its = Verdict(repaired, Status.UNDECIDED, False, str(error))
    return Mended(latex(repaired, profile), text(repaired), its.status, its.range, counts(its), its.reason)
