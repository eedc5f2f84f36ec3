"""What is known of a claim that there are values: a witness, given or found, confirmed by exact numbers at each step.

A confirmed witness proves a claim that leaves no step free. Where steps are free it is confirmed at some of them, which
decides nothing; that the same closed form serves at every step is what its orbit proves. That nothing exists is told by
a proof of the contrary alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from derivations.claim import Claim
from derivations.ranges import free_steps, in_range, instances
from derivations.symbols import Step
from derivations.verdict import Evidence, Status, Verdict
from numeric.arrays import Unsupported
from numeric.assumed import satisfying
from numeric.attack import STARTS, Objective, climb, rounded, scored
from numeric.bounds import sizes_at
from numeric.concluded import concluded
from numeric.exact.settle import Truth, settle
from numeric.pointed import Pointed, pointed
from numeric.proofs import contrary, orbit
from numeric.sizes import Options, Sizes
from numeric.violations import small

AT = (1, 2, 3, 5, 10, 50, 100, 1000)  # steps at which a witness is tried, as far as the claim's range goes
CAP = 848  # bits


@dataclass(frozen=True)
class Confirmed:
    """A witness at steps: how often it was confirmed, and why not where it was not."""

    at: list[dict[Step, int]]
    failing: str = ""  # where it is no witness, and why: certain
    open: str = ""  # where exact numbers do not decide


def existence(claim: Claim, options: Options) -> Verdict:
    """The verdict on a claim of existence."""
    evidence: list[Evidence] = []
    if "proof" in options.evidence and (refuting := contrary(claim)) is not None and (
            claim.witness is None or refuting.outcome is Status.REFUTED):
        evidence.append(refuting)
    if claim.witness is None:
        return without_witness(claim, options, evidence)
    status, reason = Status.UNDECIDED, "no exact evidence was asked for"
    if "exact" in options.evidence:
        rung = at_the_witness(claim, options)
        status, reason = rung.outcome, "" if rung.outcome is not Status.UNDECIDED else rung.detail
        evidence.append(rung)
    if "proof" in options.evidence and free_steps(claim):
        found = orbit(claim)
        if found.outcome is Status.REFUTED:  # that this witness is none does not say that there is no other
            found = replace(found, outcome=Status.UNDECIDED)
        if found.outcome is Status.PROVED and reason:
            found = replace(found, detail=f"{found.detail}; but at the witness itself, {reason}")
        evidence.append(found)
    if status is Status.AGREES and free_steps(claim):
        status, reason = Status.UNDECIDED, "the witness holds at the steps that were tried, which is not at all"
    return concluded(claim, evidence, status, reason)


def at_the_witness(claim: Claim, options: Options) -> Evidence:
    """The author's witness, confirmed by exact numbers at the first steps and at some far away."""
    assert claim.witness is not None
    pinned, label = dict(claim.witness.sizes), claim.witness.label or "the values that its author gives"
    at: list[dict[Step, int]] = []
    every = sizes_at(claim, options, pinned)
    for sizes in every:
        found = confirmed(claim, sizes)
        if found.failing:
            return Evidence("witness", Status.UNDECIDED, f"{label}: this is no witness, {found.failing}")
        if found.open:
            return Evidence("witness", Status.UNDECIDED, f"{label}: {found.open}")
        at += found.at
    if not at:
        return Evidence("witness", Status.VACUOUS, "there are no sizes and steps at which the claim is made")
    steps = sorted({value for here in at for value in here.values()})
    whole = not free_steps(claim) and all(set(s.values) <= set(pinned) for s in every)
    said = f" at {', '.join(map(str, steps))}" if steps else ""
    return Evidence("witness", Status.PROVED if whole else Status.AGREES,
                    f"{label}: confirmed by exact numbers{said}", {"points": len(at)})


def confirmed(claim: Claim, sizes: Sizes) -> Confirmed:
    """Whether every relation of the claim and every assumption holds at its witness, step after step."""
    done: list[dict[Step, int]] = []
    for group in steps_of(claim):
        program = pointed(claim, sizes.values, group, point=claim.witness)
        for here in group:
            [answers] = settle(program.program, [], program.program.step_rows([here]), program.questions, cap=CAP)
            where = ", ".join(f"{s} = {v}" for s, v in here.items())
            for answer in answers:
                if answer.truth is Truth.FAILS:
                    return Confirmed(done, failing=f"a relation fails{f' at {where}' if where else ''}")
                if answer.truth is not Truth.HOLDS:
                    return Confirmed(done, open=f"not decided{f' at {where}' if where else ''}: {answer.reason}")
            done.append(here)
    return Confirmed(done)


def steps_of(claim: Claim) -> list[list[dict[Step, int]]]:
    """Steps at which a witness is tried, those that share a program together: the first ones, then each far one."""
    steps = free_steps(claim)
    if not steps:
        return [[{}]]
    near = instances(claim, 4)[: 4 if len(steps) == 1 else 8]
    far = [dict.fromkeys(steps, k) for k in AT if k > 4]
    return [near, *([at] for at in far if in_range(claim, at))]


# ---- without a witness


def without_witness(claim: Claim, options: Options, evidence: list[Evidence]) -> Verdict:
    """Ascent towards values at which the relations hold; what it finds is confirmed, or dropped."""
    if claim.along is not None:
        reason = "no witness is given, and a search finds values for one step, not the same for all"
        return concluded(claim, evidence, Status.UNDECIDED, reason)
    if "sweep" not in options.evidence:
        return concluded(claim, evidence, Status.UNDECIDED, "no witness is given, and no search was asked for")
    group = steps_of(claim)[0]
    found: list[dict[Step, int]] = []
    reason = ""
    for here in group:
        try:
            if any(searched(claim, sizes, here, options) for sizes in small(claim, options)):
                found.append(here)
        except Unsupported as unsupported:
            reason = str(unsupported)
    counts = {"starts": STARTS, "found": len(found)}
    if len(found) < len(group):
        missing = next(here for here in group if here not in found)
        where = ", ".join(f"{s} = {v}" for s, v in missing.items())
        at = f" at {where}" if where else ""
        said = reason or f"no values were found{at}, which does not say that there are none"
        evidence.append(Evidence("attack", Status.UNDECIDED, said, counts))
        return concluded(claim, evidence, Status.UNDECIDED, said)
    whole = not free_steps(claim) and not small(claim, options)[0].values
    said = "values were found by ascent, and confirmed by exact numbers"
    evidence.append(Evidence("attack", Status.PROVED if whole else Status.AGREES, said, counts))
    return concluded(claim, evidence, evidence[-1].outcome)


def searched(claim: Claim, sizes: Sizes, here: Mapping[Step, int], options: Options) -> bool:
    """Whether ascent finds values at these sizes and steps that exact numbers confirm."""
    program = pointed(claim, sizes.values, [here], mode="reverse")
    draws = satisfying(claim, program, sizes, [here], options, STARTS)
    if not len(draws):
        return False
    climbed = climb(program.program, satisfaction(program), draws, np.zeros(len(draws), int))
    for k in range(min(4, len(climbed.scores))):
        near = rounded(program.program, [a[k] for a in climbed.leaves])
        for leaves in (*near[:3], [a[k] for a in climbed.leaves]):
            [answers] = settle(program.program, [a[None] for a in leaves], climbed.steps[[k]], program.questions, CAP)
            if all(answer.truth is Truth.HOLDS for answer in answers):
                return True
    return False


def satisfaction(program: Pointed) -> Objective:
    """What ascent raises: 0 and more where no relation is violated."""
    def objective(results: Sequence[Any], goal: Any) -> Any:
        return -sum(scored(program.questions, results))

    return objective
