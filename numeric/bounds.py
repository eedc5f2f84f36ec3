"""What is known of a bound, and of an equality under assumptions: proof, witness, exact numbers at draws, attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from derivations.claim import BOUND, Claim, holds_at
from derivations.ranges import free_steps
from derivations.symbols import Dim, Step
from derivations.verdict import Counterexample, Evidence, Status, Verdict
from numeric.arrays import Unsupported
from numeric.assumed import Draws, fitted, satisfying
from numeric.attack import STARTS, Climbed, climb, rounded, scored, violation
from numeric.concluded import at_draw, at_witness, concluded, inside
from numeric.exact.settle import Settled, Truth, settle
from numeric.ledger import ENOUGH
from numeric.pointed import Pointed, pointed
from numeric.proofs import proof
from numeric.sizes import Options, Sizes, dimensions, instances_of, refuse_too_large, sizes_of
from numeric.sweep import interpreted

ROLES = ("ones", "main", "given")
FLOATS, EXACT = 64, 12  # draws at each size, and how many of them by exact numbers
INSTANCES = 5  # the first steps at which a bound is checked
BEST = 6  # ends of an attack near which simple numbers are tried
TRIED = 8  # candidates that exact numbers are asked about
LEAST = 1e-12  # a violation that floats can see


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

    def count(self, case: int, found: Settled) -> None:
        if found.truth is Truth.OPEN:
            self.open += 1
            self.reason = self.reason or found.reason
            return
        zero = float(abs(found.left)) == 0 == float(abs(found.right)) if found.known else True
        self.told[case] = self.told.get(case, 0) + (not zero)
        self.approach(found)

    def approach(self, found: Settled) -> None:
        if found.ratio is not None:
            self.ratio = found.ratio if self.ratio is None else max(self.ratio, found.ratio)
        self.gap = found.gap if self.gap is None else min(self.gap, found.gap)

    @property
    def closest(self) -> dict[str, float]:
        if self.ratio is not None:
            return {"closest": float(f"{self.ratio:.6g}")}
        return {} if self.gap is None else {"gap": float(f"{self.gap:.6g}")}


def bound(claim: Claim, options: Options) -> Verdict:
    """The verdict on a bound, or on an equality under assumptions."""
    evidence: list[Evidence] = []
    counterexamples: list[Counterexample] = []
    if claim.kind == BOUND and "proof" in options.evidence:
        evidence.append(proof(claim))
    if claim.witness is not None and "exact" in options.evidence:
        evidence.append(at_the_witness(claim, options, counterexamples))
    status, reason = Status.UNDECIDED, evidence[0].detail if evidence else "no evidence was asked for"
    if "exact" in options.evidence:
        tally = tallied(claim, options)
        counterexamples += tally.counterexamples
        rung, reason = by_draws(claim, tally)
        evidence.append(rung)
        status = rung.outcome
    if "sweep" in options.evidence:
        evidence.append(attacked(claim, options, counterexamples))
    if status is Status.REFUTED:
        status = Status.UNDECIDED
    contrary = [c for c in counterexamples if not inside(claim, named(claim, c))]
    shown = min(contrary or counterexamples, key=weight) if counterexamples else None
    return concluded(claim, evidence, status, reason, shown)


def named(claim: Claim, found: Counterexample) -> dict[Dim | Step, int]:
    known = {**found.sizes, **found.steps}
    return {s: known[s.name] for s in (*dimensions(claim), *free_steps(claim)) if s.name in known}


def weight(found: Counterexample) -> tuple[int, int]:
    return sum(found.sizes.values()), sum(found.steps.values())


# ---- the author's witness


def at_the_witness(claim: Claim, options: Options, counterexamples: list[Counterexample]) -> Evidence:
    """The claim at its author's witness, by exact numbers, at the steps where it is said to fail."""
    point = claim.witness
    assert point is not None
    pinned = dict(point.steps)
    found: list[str] = []
    refuted = 0
    for sizes in sizes_at(claim, options, dict(point.sizes)):
        at = [q for q in instances_of(claim, sizes)
              if all(q[s] == v for s, v in pinned.items()) and inside(claim, {**sizes.values, **q})][:INSTANCES]
        if not at:
            continue
        program = pointed(claim, sizes.values, at, point=point)
        rows = settle(program.program, [], program.program.step_rows(at), program.questions)
        for here, answers in zip(at, rows, strict=True):
            words, case = verdict_at(claim, program, answers)
            if case is None:
                found.append(words)
            else:
                refuted += 1
                counterexamples.append(at_witness(claim, case, sizes.values, here, answers[case], options))
    label = point.label or "the values that its author gives"
    if refuted:
        return Evidence("witness", Status.REFUTED, f"{label}: confirmed by exact numbers", {"points": refuted})
    said = found[0] if found else "it lies at no step at which the claim is made and expected to fail"
    return Evidence("witness", Status.UNDECIDED, f"{label}: not confirmed, {said}")


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


def sizes_at(claim: Claim, options: Options, pinned: Mapping[Dim, int]) -> list[Sizes]:
    """The usual sizes, with those that a witness pins."""
    found: dict[tuple[tuple[str, int], ...], Sizes] = {}
    for sizes in sizes_of(claim, options):
        if sizes.role in ROLES:
            changed = Sizes(sizes.role, {d: pinned.get(d, v) for d, v in sizes.values.items()})
            found.setdefault(changed.key, changed)
    return list(found.values())


# ---- exact numbers at draws


def tallied(claim: Claim, options: Options) -> Tally:
    """The claim at draws that satisfy its assumptions: what exact numbers say."""
    tally = Tally()
    for sizes in sizes_of(claim, options):
        if sizes.role not in ROLES:
            continue
        instances = instances_of(claim, sizes)[:INSTANCES]
        if not instances:
            continue
        refuse_too_large(claim, sizes, FLOATS)
        program = pointed(claim, sizes.values, instances)
        draws = satisfying(claim, program, sizes, instances, options, min(FLOATS, max(options.draws, EXACT)))
        tally.made += draws.made
        tally.stubborn = tally.stubborn or draws.stubborn
        for name, size in sizes.named.items():
            tally.sizes.setdefault(name, []).append(size)
        if len(draws):
            settled(claim, options, sizes, instances, program, draws, tally)
    return tally


def settled(claim: Claim, options: Options, sizes: Sizes, instances: Sequence[Mapping[Step, int]], program: Pointed,
            draws: Draws, tally: Tally) -> None:
    """Some draws, and those at which floats see a violation, by exact numbers."""
    suspects = np.flatnonzero(violated(program, draws))[:TRIED].tolist()
    chosen = draws.some(list(dict.fromkeys([*range(min(EXACT, len(draws))), *suspects])))
    rows = settle(program.program, chosen.leaves, chosen.steps, program.questions, cap=PATIENT)
    for k, answers in enumerate(rows):
        words, case = verdict_at(claim, program, answers)
        if words.startswith("the assumption"):
            tally.stubborn = tally.stubborn or words
            continue
        tally.draws += 1
        for q, answer in enumerate(answers[: len(program.cases)]):
            tally.count(case_of(claim, q), answer)
        if case is not None and len(tally.counterexamples) < TRIED:
            at = instances[int(chosen.turn[k])]
            simple, answer = simplest(claim, program, chosen.some([k]), answers, case)
            tally.counterexamples.append(
                at_draw(claim, case, sizes, at, program.program, [a[0] for a in simple.leaves], answer, options))


PATIENT = 424  # bits


def violated(program: Pointed, draws: Draws) -> np.ndarray:
    """In which draws floats see some case violated."""
    values = interpreted(program.program, draws.leaves, draws.steps).values
    with np.errstate(all="ignore"):
        return np.asarray(np.any([s > LEAST for s in scored(program.cases, values)], axis=0))


def by_draws(claim: Claim, tally: Tally) -> tuple[Evidence, str]:
    """The rung of exact numbers, and the reason where it leaves the claim open."""
    least = min((tally.told.get(k, 0) for k in range(len(claim.cases))), default=0)
    counts = {"draws": tally.draws, "sizes": tally.sizes, **tally.closest}
    said = f"{tally.draws} of {tally.made} draws satisfy the assumptions" if claim.assuming else ""
    if tally.counterexamples:
        count = len(tally.counterexamples)
        return Evidence("exact", Status.REFUTED, f"fails at {count} of {tally.draws} draws", counts), ""
    if not tally.draws:
        reason = f"none of {tally.made} draws satisfies its assumptions; at most of them this fails: {tally.stubborn}" \
            if tally.made else "there are no sizes and steps at which the claim is made"
        return Evidence("exact", Status.VACUOUS, reason, counts), reason
    if tally.open > tally.draws // 3:
        reason = f"open at {tally.open} of {tally.draws} draws: {tally.reason}"
        return Evidence("exact", Status.UNDECIDED, reason, counts), reason
    if least < ENOUGH:
        reason = f"both sides are 0 in all but {least} of {tally.draws} draws: it could hardly have failed"
        return Evidence("exact", Status.VACUOUS, reason, counts), reason
    return Evidence("exact", Status.AGREES, said, counts), ""


# ---- attack


def attacked(claim: Claim, options: Options, counterexamples: list[Counterexample]) -> Evidence:
    """Gradient ascent on the violation, at small sizes."""
    starts = taken = found = 0
    tally, reasons = Tally(), list[str]()
    for sizes in small(claim, options):
        instances = instances_of(claim, sizes)[:INSTANCES]
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
        for answer in answers[: len(program.cases)]:
            if answer.known and answer.truth is not Truth.OPEN:
                tally.approach(answer)
        if case is not None:
            at = instances[int(chosen.turn[k])]
            counterexamples.append(at_draw(claim, case, sizes, at, program.program, [a[k] for a in chosen.leaves],
                                           answers[question_of(claim, answers, case)], options))
            return 1
    return 0


def question_of(claim: Claim, answers: Sequence[Settled], case: int) -> int:
    return next(k for k, a in enumerate(answers) if a.truth is Truth.FAILS and case_of(claim, k) == case)


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
