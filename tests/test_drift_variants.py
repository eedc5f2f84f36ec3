"""Drift and wrong variants: one of them printed under the original's label has changed, and none is missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from derivations.calculus import see_through
from derivations.claim import PARENTS, SEPARATES, Claim
from derivations.drift.finding import Finding, Status
from derivations.drift.judge import Drift
from derivations.edits import Context
from derivations.latex import latex
from derivations.latex.reader.scan import scan
from derivations.recurrent import lstm, rnn
from derivations.variants import Variant, variants
from numeric.drift import apart
from numeric.mutation import described, trial_of
from numeric.sizes import Options
from numeric.trial import Fate

DRIFT = Drift([rnn, lstm], apart)
CLAIMS = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}
# about formulas that do not type; and a size, which with a minus before it is no claim that can be printed
LEFT_OUT = ("rnn.jacobian.literal", "lstm.terms.unsliced", "lstm.prevention.always")


def of(id: str, tex: str) -> Finding:
    """What becomes of one equation with a claim's label."""
    [finding] = DRIFT.findings(scan((rf"\begin{{equation}}\label{{eq:{id}}}{tex}\end{{equation}}", "tex")))
    return finding


def planted(claims: list[Claim], most: int) -> Iterator[tuple[Claim, int, Variant, Claim]]:
    """Variants of each side of each claim's first case, spread evenly over the table of edits, as claims."""
    for claim in claims:
        case = claim.cases[0]
        for k, side in enumerate(case.sides):
            found = list(variants(side, Context(claim.model, case.sides)))
            for v in [found[i * len(found) // most] for i in range(most)] if len(found) > most else found:
                sides = (*case.sides[:k], v.result, *case.sides[k + 1:])
                yield claim, k, v, replace(claim, cases=(replace(case, sides=sides), *claim.cases[1:]))


ZERO = ("lstm.partial-sums", "lstm.likelihood")  # -x = 0 says what x = 0 does


def is_wrong(claim: Claim, k: int, v: Variant) -> bool:
    """Whether the numbers of the model itself tell a variant of a side from the side: ‖Aᵀ‖ is no wrong ‖A‖."""
    sign = v.change == "sign" or v.change.startswith("coefficient")
    if sign and claim.id in ZERO:
        return False
    [fate] = trial_of(claim, Options()).fates(see_through(claim.cases[0].sides[k]), [see_through(v.result)])
    return fate is Fate.DIFFERS


def unnoticed(claims: list[Claim], most: int) -> tuple[int, list[str]]:
    """How many variants are found to have changed, and the wrong ones that are not."""
    count, found = 0, []
    for claim, k, v, variant in planted(claims, most):
        finding = of(claim.id, latex(variant))
        if finding.status is Status.CHANGED:
            count += 1
        elif is_wrong(claim, k, v):
            found.append(f"{claim.id}: {described(v)}: {finding.status} {finding.reason}")
    return count, found


FEW = ["lstm.state-gradient", "lstm.D", "lstm.state-product", "rnn.jacobian", "rnn.explode.necessary", "rnn.prevention"]


def test_no_wrong_variant_is_missed() -> None:
    count, found = unnoticed([CLAIMS[id] for id in FEW], 5)
    assert not found
    assert count >= 40


@pytest.mark.slow
def test_no_wrong_variant_of_any_claim_is_missed() -> None:
    claims = [c for c in CLAIMS.values() if c.kind not in (PARENTS, SEPARATES) and c.id not in LEFT_OUT]
    count, found = unnoticed(claims, 2)  # 8 take four times as long, and find no more
    assert not found
    assert count > 150
