"""Which prover a claim goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from derivations.claim import BOUND, EQUALITY, EXISTENCE, LIMIT, Claim
from derivations.proof.bounds import prove_bound
from derivations.proof.limits import prove_limit
from derivations.proof.orbit import along_orbit
from derivations.proof.prove import prove
from derivations.proof.trace import Proof
from derivations.verdict import Status


def prove_existence(claim: Claim) -> Proof:
    """What the claim's witness gives at every step."""
    if claim.witness is None:
        return Proof(Status.UNDECIDED, "existence is proved from a witness, and there is none")
    found = along_orbit(claim)
    return Proof(found.status if found.status is Status.PROVED else Status.UNDECIDED, found.detail,
                 steps=(("at the witness", found.closed),) if found.closed else ())


PROVERS: dict[str, Callable[[Claim], Proof]] = {EQUALITY: prove, BOUND: prove_bound, LIMIT: prove_limit,
                                                 EXISTENCE: prove_existence}


_remembered: dict[int, tuple[Claim, Proof]] | None = None  # by identity: equal claims may be of different graphs


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, a claim is proved once, however often its proof is asked for: its model must not change meanwhile."""
    global _remembered
    before, _remembered = _remembered, {}
    try:
        yield
    finally:
        _remembered = before


def proof_of(claim: Claim) -> Proof:
    """The proof of a claim, or why there is none. Never raises for a claim that the engine cannot do.

    An internal error is an undecided proof, with its reason.
    """
    if _remembered is None:
        return _proof(claim)
    if id(claim) not in _remembered:
        _remembered[id(claim)] = claim, _proof(claim)
    return _remembered[id(claim)][1]


def _proof(claim: Claim) -> Proof:
    if claim.kind not in PROVERS:
        return Proof(Status.UNDECIDED, f"no proofs of {claim.kind} claims")
    try:
        return PROVERS[claim.kind](claim)
    except RecursionError:
        return Proof(Status.UNDECIDED, "expressions nested too deeply for the proof")
    except Exception as error:  # an internal error is undecided, shown with its reason, never a pass
        return Proof(Status.UNDECIDED, f"internal error in the proof: {type(error).__name__}: {error}")
