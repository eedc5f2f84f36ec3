"""Values that tell two formulas apart: the numbers behind ``derivations drift``.

The nodes and derivatives of both are drawn as values of their own, at a few small sizes and steps, and the two are
compared in rigorous arithmetic. That they agree proves nothing, and is not told as if it did.
"""

from __future__ import annotations

from derivations.claim import Claim
from derivations.drift.compare import Apart
from derivations.drift.free import at_steps
from derivations.errors import DerivationError
from derivations.ranges import instances
from derivations.symbols import Dim, Expression, Step
from numeric.arrays import Unsupported
from numeric.mutation import SIZES
from numeric.sizes import STEPS
from numeric.trial import Fate, Trial

PARTS = (8, 4, 2)  # beside the first two of the steps at which a claim is made: that at an eighth of them, and so on


def apart(one: Expression, other: Expression, of: Claim, seed: int = 0) -> Apart:
    """Whether values of their nodes and derivatives tell two formulas apart, where the claim is made."""
    points = _spread(instances(of, STEPS))
    fates: list[Fate] = []
    reason = "there are no steps at which the claim is made" if not points else ""
    for steps in points:
        try:
            claim = at_steps(one, other, steps, of.local_id or of.id)
            sizes = _sizes(claim)
            [fate] = Trial(claim, sizes, [{}], seed).fates(claim.cases[0].sides[0], [claim.cases[0].sides[1]])
        except (DerivationError, Unsupported) as error:
            reason = str(error)
            continue
        if fate is Fate.DIFFERS:
            named = [f"{s} = {value}" for s, value in (*sizes.items(), *steps.items())]
            return Apart(True, f"values tell them apart{' at ' if named else ''}{', '.join(named)}")
        fates.append(fate)
    if fates and all(fate is Fate.EQUAL for fate in fates):
        return Apart(False, "no values told them apart, and there is no proof that they are the same")
    return Apart(False, reason or "numbers do not decide it")


def _spread(found: list[dict[Step, int]]) -> list[dict[Step, int]]:
    """The first steps, and some at which sums and products have several terms, and powers are no 1."""
    places = dict.fromkeys([0, 1, *(len(found) // part for part in PARTS)])
    return [found[k] for k in places if k < len(found)]


def _sizes(claim: Claim) -> dict[Dim, int]:
    """Small sizes, each another one."""
    found = sorted({s for e in claim.expressions for s in e.free_symbols if isinstance(s, Dim)}, key=str)
    return {d: SIZES[k] if k < len(SIZES) else k + 3 for k, d in enumerate(found)}
