"""What the provers say of bounds and limits, and what a witness gives for every number of steps, as evidence."""

from __future__ import annotations

from dataclasses import replace

from derivations.claim import BOUND, EXISTENCE, Case, Claim
from derivations.errors import DerivationError
from derivations.proof.claims import proof_of
from derivations.proof.orbit import along_orbit
from derivations.verdict import Evidence, Status

CONTRARY = {"≤": ("<", True), "<": ("≤", True), "=": ("≠", False), "≠": ("=", False)}  # and whether the sides change


def proof(claim: Claim) -> Evidence:
    """The rung of proof of a bound or a limit."""
    found = proof_of(claim)
    return Evidence("proof", found.status, found.detail)


def orbit(claim: Claim) -> Evidence:
    """What the claim's witness gives at every step."""
    try:
        found = along_orbit(claim)
    except DerivationError as reason:
        return Evidence("orbit", Status.UNDECIDED, str(reason))
    return Evidence("orbit", found.status, found.detail, {"closed": found.closed} if found.closed else {})


def contrary(claim: Claim) -> Evidence | None:
    """A claim of existence is refuted by a proof that its relation fails for all leaves; None where that is no bound.

    Of relations between vectors and matrices the contrary is of some entry, which is no bound.
    """
    [case, *others] = claim.cases
    if claim.kind != EXISTENCE or others or claim.assuming or not case.sides[0].is_scalar:
        return None
    sign, turned = CONTRARY[case.sign]
    sides = case.sides[::-1] if turned else case.sides
    bound = replace(claim, kind=BOUND, cases=(Case("", sides, sign),), along=None, witness=None)
    found = proof(bound)
    if found.outcome is Status.PROVED:
        return Evidence("proof", Status.REFUTED, f"the contrary holds for all values: {found.detail}")
    return Evidence("proof", Status.UNDECIDED, f"the contrary is not proved: {found.detail}")
