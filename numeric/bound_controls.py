"""Controls of bounds, limits and existence: for each kind a wrong variant that must not pass, a rewrite that must.

A bound L ≤ R that holds gives R + 1 ≤ L, which fails everywhere; a relation that a witness satisfies gives its
contrary, which the same witness must not satisfy; what tends to zero must not be found to grow. A side that is written
as a third and two thirds of itself must come out as it did, at the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from derivations.algebra import Plus
from derivations.claim import BOUND, EXISTENCE, LIMIT, Case, Claim, Trend
from derivations.errors import DerivationError
from derivations.latex import text
from derivations.symbols import Expression
from derivations.verdict import Status, Verdict
from numeric.arrays import Unsupported
from numeric.bounds import bound
from numeric.existence import existence
from numeric.limits import by_measurement
from numeric.proofs import CONTRARY
from numeric.sizes import Options

DRAWS = 12
PASSED = (Status.AGREES, Status.PROVED)
ORDERED = ("≤", "<")
CHECKS: dict[str, Callable[[Claim, Options], Status]] = {
    BOUND: lambda claim, options: bound(claim, options).status,
    EXISTENCE: lambda claim, options: existence(claim, options).status,
    LIMIT: lambda claim, options: by_measurement(claim, options).outcome,
}


def bound_failures(verdicts: Sequence[Verdict], seed: int) -> list[str]:
    """What is wrong with the checker of these kinds, in words, as one family's verdicts show it."""
    found: list[str] = []
    for kind, variants in VARIANTS.items():
        fit = [v.claim for v in verdicts
               if v.claim.kind == kind and v.as_expected and v.status in PASSED and fits(v.claim)]
        if fit:
            claim = min(fit, key=lambda c: (len(text(c)), c.id))
            wrong, rewritten = variants(claim)
            if (status := outcome(wrong, seed, found)) in PASSED:
                found.append(f"{claim.model.name}: {claim.id}, made wrong, was to be refused, and is {status}")
            before, after = outcome(claim, seed, found), outcome(rewritten, seed, found)
            if before is not after:
                found.append(f"{claim.model.name}: {claim.id} is {before}, and, rewritten, {after}")
    return found


def fits(claim: Claim) -> bool:
    """Whether there is a wrong variant of the claim: of one relation between numbers."""
    [case, *others] = claim.cases
    if claim.kind == BOUND:
        return not others and case.sign in ORDERED and case.sides[0].is_scalar
    if claim.kind == EXISTENCE:
        return claim.witness is not None and not others and case.sides[0].is_scalar
    return claim.trend is Trend.VANISHES


def outcome(claim: Claim, seed: int, found: list[str]) -> Status:
    """The status of a variant; an error that is not the model's joins what is wrong with the checker."""
    try:
        return CHECKS[claim.kind](claim, Options(draws=DRAWS, seed=seed, evidence=("exact",)))
    except (Unsupported, DerivationError):
        return Status.UNDECIDED
    except Exception as error:
        found.append(f"{claim.model.name}: the control {claim.id} stopped: {type(error).__name__}: {error}")
        return Status.UNDECIDED


# ---- a wrong variant and a rewrite of each kind


def split(side: Expression) -> Expression:
    return Plus(Fraction(1, 3) * side, Fraction(2, 3) * side)


def of_bound(claim: Claim) -> tuple[Claim, Claim]:
    [case] = claim.cases
    left, right = case.sides
    return (replace(claim, id=f"{claim.id}.mutant", cases=(Case("", (right + 1, left), case.sign),)),
            replace(claim, cases=(Case("", (split(left), right), case.sign),)))


def of_existence(claim: Claim) -> tuple[Claim, Claim]:
    [case] = claim.cases
    sign, turned = CONTRARY[case.sign]
    sides = case.sides[::-1] if turned else case.sides
    return (replace(claim, id=f"{claim.id}.mutant", cases=(Case("", sides, sign),)),
            replace(claim, cases=(Case("", (split(case.sides[0]), case.sides[1]), case.sign),)))


def of_limit(claim: Claim) -> tuple[Claim, Claim]:
    [case] = claim.cases
    return (replace(claim, id=f"{claim.id}.mutant", trend=Trend.GROWS),
            replace(claim, cases=(Case("", (split(case.sides[0]),), case.sign),)))


VARIANTS: dict[str, Callable[[Claim], tuple[Claim, Claim]]] = {
    BOUND: of_bound, EXISTENCE: of_existence, LIMIT: of_limit}
