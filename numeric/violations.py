"""The attack on a bound: where gradient ascent ends, and simple numbers near it, by exact numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from derivations.claim import Claim, holds_at
from derivations.symbols import Step
from derivations.verdict import Counterexample, Evidence, Status
from numeric.arrays import Unsupported
from numeric.assumed import Draws, fitted, satisfying
from numeric.attack import STARTS, Climbed, climb, rounded, scored, violation
from numeric.concluded import at_draw
from numeric.exact.settle import Settled, Truth, settle
from numeric.pointed import Pointed, pointed
from numeric.sizes import Options, Sizes, dimensions, instances_of, sizes_of
from numeric.sweep import interpreted
from numeric.tally import Tally, question_of, verdict_at

INSTANCES = 5  # the first steps at which a bound is checked
BEST = 4  # ends of an attack near which simple numbers are tried
TRIED = 8  # candidates that exact numbers are asked about
LEAST = 1e-12  # a violation that floats can see
PATIENT = 424  # bits


def attacked(claim: Claim, options: Options, counterexamples: list[Counterexample], few: bool = False) -> Evidence:
    """Gradient ascent on the violation, at small sizes; at the smallest and fewer steps where the claim is decided."""
    starts = taken = found = 0
    tally, reasons = Tally(), list[str]()
    for sizes in small(claim, options)[: 1 if few else None]:
        instances = instances_of(claim, sizes)[: 2 if few else INSTANCES]
        if not instances:
            continue
        try:
            program = pointed(claim, sizes.values, instances, mode="reverse")
            draws = satisfying(claim, program, sizes, instances, options, STARTS)
            if not len(draws):
                reasons.append(f"no start satisfies the assumptions ({draws.stubborn})")
                continue
            climbed = climb(program.program, violation(program), draws, np.arange(len(draws)) % len(program.cases))
        except Unsupported as reason:
            reasons.append(str(reason))
            continue
        starts, taken = starts + len(draws), climbed.taken
        found += confirmed(claim, options, sizes, instances, program, climbed, tally, counterexamples)
    counts = {"starts": starts, "steps": taken, **tally.closest}
    if found:
        return Evidence("attack", Status.REFUTED, f"{found} violations confirmed by exact numbers", counts)
    if not starts:
        return Evidence("attack", Status.UNDECIDED, "; ".join(dict.fromkeys(reasons)) or "nothing to attack", counts)
    return Evidence("attack", Status.AGREES, "no violation found: evidence, no proof", counts)


def small(claim: Claim, options: Options) -> list[Sizes]:
    """Sizes 1 and 2, or those that were asked for."""
    if options.sizes is not None or not dimensions(claim):
        return sizes_of(claim, options)
    conditions = [c for c in claim.conditions if c.free_symbols <= set(dimensions(claim))]
    found = [Sizes("small", dict.fromkeys(dimensions(claim), size)) for size in (1, 2)]
    return [s for s in found if all(holds_at(c, s.values) for c in conditions)]


def confirmed(claim: Claim, options: Options, sizes: Sizes, instances: Sequence[Mapping[Step, int]], program: Pointed,
              climbed: Climbed, tally: Tally, counterexamples: list[Counterexample]) -> int:
    """How many of the best points, or of simple numbers near them, violate the claim by exact numbers."""
    draws = candidates(claim, program, climbed)
    values = interpreted(program.program, draws.leaves, draws.steps).values
    with np.errstate(all="ignore"):
        scores = np.nan_to_num(np.max(scored(program.cases, values), axis=0), nan=-1.0)
    strict = any(case.sign in ("<", "≠") for case in claim.cases)
    order = [k for k in range(len(draws)) if scores[k] > (-LEAST if strict else LEAST)][:TRIED]
    nearest = int(scores.argmax()) if len(draws) else None
    chosen = draws.some(list(dict.fromkeys([*order, *([nearest] if nearest is not None else [])])))
    rows = settle(program.program, chosen.leaves, chosen.steps, program.questions, cap=PATIENT)
    for k, answers in enumerate(rows):
        words, case = verdict_at(claim, program, answers)
        if words.startswith("the assumption"):
            continue
        for question, answer in zip(program.cases, answers, strict=False):
            if answer.known and answer.truth is not Truth.OPEN:
                tally.approach(question.sign, answer)
        if case is not None:
            at = instances[int(chosen.turn[k])]
            counterexamples.append(at_draw(claim, case, sizes, at, program.program, [a[k] for a in chosen.leaves],
                                           answers[question_of(claim, answers, case)], options))
            return 1
    return 0


def candidates(claim: Claim, program: Pointed, climbed: Climbed) -> Draws:
    """The best points of an attack and simple numbers near them, simplest first, so that assumptions seem to hold."""
    parts: list[list[np.ndarray]] = []
    owner: list[int] = []
    for k in range(min(BEST, len(climbed.scores))):
        near = rounded(program.program, [a[k] for a in climbed.leaves])
        parts += near
        owner += [k] * len(near)
    leaves = [np.stack(column) for column in zip(*parts, strict=True)]
    return fitted(claim, program, Draws(leaves, climbed.steps[owner], climbed.turn[owner], len(owner)))


def simplest(claim: Claim, program: Pointed, draw: Draws, answers: Sequence[Settled],
             case: int) -> tuple[Draws, Settled]:
    """The first of the simple numbers near a counterexample that is one too; else the counterexample."""
    near = rounded(program.program, [a[0] for a in draw.leaves])
    for leaves in near[:TRIED]:
        trial = Draws([a[None] for a in leaves], draw.steps, draw.turn, 1)
        [found] = settle(program.program, trial.leaves, trial.steps, program.questions, cap=PATIENT)
        if verdict_at(claim, program, found)[1] == case:
            return trial, found[question_of(claim, found, case)]
    return draw, answers[question_of(claim, answers, case)]
