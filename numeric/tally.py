"""What exact numbers say of a claim at one point, and of many points together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from derivations.claim import Claim
from derivations.verdict import Counterexample
from numeric.exact.settle import Settled, Truth
from numeric.pointed import Pointed


@dataclass
class Tally:
    """What exact numbers say of the draws of a claim."""

    draws: int = 0
    made: int = 0
    told: dict[int, int] = field(default_factory=dict)  # for each case, draws that could have shown it wrong
    open: int = 0
    reason: str = ""
    stubborn: str = ""
    ratio: float | None = None  # the largest left/right
    gap: float | None = None  # the smallest right − left
    counterexamples: list[Counterexample] = field(default_factory=list)
    sizes: dict[str, list[int]] = field(default_factory=dict)

    def count(self, case: int, sign: str, found: Settled) -> None:
        if found.truth is Truth.OPEN:
            self.open += 1
            self.reason = self.reason or found.reason
            return
        zero = float(abs(found.left)) == 0 == float(abs(found.right)) if found.known else True
        self.told[case] = self.told.get(case, 0) + (not zero)
        self.approach(sign, found)

    def approach(self, sign: str, found: Settled) -> None:
        if sign not in ("≤", "<"):
            return
        if found.ratio is not None:
            self.ratio = found.ratio if self.ratio is None else max(self.ratio, found.ratio)
        self.gap = found.gap if self.gap is None else min(self.gap, found.gap)

    @property
    def closest(self) -> dict[str, float]:
        if self.ratio is not None:
            return {"closest": float(f"{self.ratio:.6g}")}
        return {} if self.gap is None else {"gap": float(f"{self.gap:.6g}")}


def verdict_at(claim: Claim, program: Pointed, answers: Sequence[Settled]) -> tuple[str, int | None]:
    """Why a point refutes nothing, or the case that it refutes."""
    cases, assumptions = answers[: len(program.cases)], answers[len(program.cases) :]
    for relation, answer in zip(claim.assuming, assumptions, strict=False):
        if answer.truth is not Truth.HOLDS:
            word = "fails" if answer.truth is Truth.FAILS else "is not decided"
            return f"the assumption {relation} {word} there", None
    failing = next((k for k, answer in enumerate(cases) if answer.truth is Truth.FAILS), None)
    if failing is not None:
        return "", case_of(claim, failing)
    undecided = next((a.reason for a in cases if a.truth is not Truth.HOLDS), "")
    return undecided or "the claim holds there", None


def case_of(claim: Claim, question: int) -> int:
    """The case to which a question about the sides of cases belongs."""
    for k, case in enumerate(claim.cases):
        question -= len(case.sides) - 1
        if question < 0:
            return k
    raise AssertionError("a question of no case")


def question_of(claim: Claim, answers: Sequence[Settled], case: int) -> int:
    return next(k for k, a in enumerate(answers) if a.truth is Truth.FAILS and case_of(claim, k) == case)
