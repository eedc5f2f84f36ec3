"""What the provers say of bounds and limits, and what a witness gives for every number of steps, as evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from derivations.claim import BOUND, EXISTENCE, LIMIT, Case, Claim
from derivations.errors import DerivationError
from derivations.verdict import Evidence, Status

PROVERS = {BOUND: ("derivations.proof.bounds", "prove_bound"), LIMIT: ("derivations.proof.limits", "prove_limit")}
ORBIT = ("derivations.proof.orbit", "along_orbit")
CONTRARY = {"≤": ("<", True), "<": ("≤", True), "=": ("≠", False), "≠": ("=", False)}  # and whether the sides change


def proof(claim: Claim) -> Evidence:
    """The rung of proof of a bound or a limit."""
    return asked("proof", *PROVERS[claim.kind], claim)


def orbit(claim: Claim) -> Evidence:
    """What the claim's witness gives at every step."""
    return asked("orbit", *ORBIT, claim)


def asked(method: str, module: str, name: str, claim: Claim) -> Evidence:
    """What a prover answers; undecided with its reason where there is none, or where it stops."""
    prover = function(module, name)
    if prover is None:
        return Evidence(method, Status.UNDECIDED, f"there is no prover of {claim.kind} claims")
    try:
        found = prover(claim)
    except (DerivationError, NotImplementedError) as reason:
        return Evidence(method, Status.UNDECIDED, str(reason))
    closed = getattr(found, "closed", "")
    return Evidence(method, found.status, found.detail, {"closed": closed} if closed else {})


def function(module: str, name: str) -> Callable[[Claim], Any] | None:
    if find_spec(module) is None:
        return None
    found: Callable[[Claim], Any] | None = getattr(import_module(module), name, None)
    return found


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
