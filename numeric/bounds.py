"""What is known of a bound, and of an equality under assumptions: proof, witness, exact numbers at draws, attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sympy import S

from derivations.claim import BOUND, Claim
from derivations.ranges import free_steps
from derivations.symbols import Dim, Step
from derivations.verdict import Counterexample, Evidence, Status, Verdict
from numeric.assumed import Draws, satisfying
from numeric.attack import scored
from numeric.concluded import UNMET, at_draw, at_witness, chosen, concluded, inside
from numeric.exact.settle import settle
from numeric.ledger import ENOUGH
from numeric.pointed import Pointed, pointed
from numeric.proofs import proof
from numeric.sizes import Options, Sizes, dimensions, instances_of, refuse_too_large, sizes_of
from numeric.sweep import interpreted
from numeric.tally import Tally, case_of, verdict_at
from numeric.violations import INSTANCES, LEAST, PATIENT, TRIED, attacked, simplest

UNEQUAL = "the sides differ at every draw, but where they are equal is between draws: a proof would be needed"
FEW = 2  # steps at which a claim is looked at that is decided
ROLES = ("ones", "main", "given")
FLOATS, EXACT = 64, 12  # draws at each size, and how many of them by exact numbers


def bound(claim: Claim, options: Options) -> Verdict:
    """The verdict on a bound, or on an equality under assumptions."""
    evidence: list[Evidence] = []
    counterexamples: list[Counterexample] = []
    if claim.kind == BOUND and "proof" in options.evidence:
        evidence.append(proof(claim))
    if claim.witness is not None and "exact" in options.evidence:
        evidence.append(at_the_witness(claim, options, counterexamples))
    status, reason = Status.UNDECIDED, evidence[0].detail if evidence else "no evidence was asked for"
    few = decided(claim, evidence)
    if "exact" in options.evidence:
        tally = tallied(claim, options, few)
        counterexamples += tally.counterexamples
        rung, reason = by_draws(claim, tally)
        evidence.append(rung)
        status = rung.outcome
        if status is Status.AGREES and any(case.sign == "≠" for case in claim.cases):
            status, reason = Status.UNDECIDED, UNEQUAL
    if "sweep" in options.evidence:
        evidence.append(attacked(claim, options, counterexamples, few))
    if status is Status.REFUTED:
        status = Status.UNDECIDED
    contrary = [c for c in counterexamples if not inside(claim, named(claim, c))]
    return concluded(claim, evidence, status, reason, chosen(claim, counterexamples, contrary))


def decided(claim: Claim, evidence: Sequence[Evidence]) -> bool:
    """Whether a proof or a witness has decided a claim at all sizes and steps: numbers are then asked less."""
    outcomes = {e.outcome for e in evidence}
    wanted = {S.false: Status.PROVED, S.true: Status.REFUTED}.get(claim.fails)
    return wanted in outcomes


def named(claim: Claim, found: Counterexample) -> dict[Dim | Step, int]:
    known = {**found.sizes, **found.steps}
    symbols: list[Dim | Step] = [*dimensions(claim), *free_steps(claim)]
    return {s: known[s.name] for s in symbols if s.name in known}


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


def sizes_at(claim: Claim, options: Options, pinned: Mapping[Dim, int]) -> list[Sizes]:
    """The usual sizes, with those that a witness pins."""
    found: dict[tuple[tuple[str, int], ...], Sizes] = {}
    for sizes in sizes_of(claim, options):
        if sizes.role in ROLES:
            changed = Sizes(sizes.role, {d: pinned.get(d, v) for d, v in sizes.values.items()})
            found.setdefault(changed.key, changed)
    return list(found.values())


# ---- exact numbers at draws


def tallied(claim: Claim, options: Options, few: bool = False) -> Tally:
    """The claim at draws that satisfy its assumptions: what exact numbers say; at fewer steps where it is decided."""
    tally = Tally()
    for sizes in sizes_of(claim, options):
        if sizes.role not in ROLES:
            continue
        instances = instances_of(claim, sizes)[: FEW if few else INSTANCES]
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
    some = draws.some(list(dict.fromkeys([*range(min(EXACT, len(draws))), *suspects])))
    rows = settle(program.program, some.leaves, some.steps, program.questions, cap=PATIENT)
    for k, answers in enumerate(rows):
        words, case = verdict_at(claim, program, answers)
        if words.startswith("the assumption"):
            tally.stubborn = tally.stubborn or words
            continue
        tally.draws += 1
        for q, answer in enumerate(answers[: len(program.cases)]):
            tally.count(case_of(claim, q), program.cases[q].sign, answer)
        if case is not None and len(tally.counterexamples) < TRIED:
            at = instances[int(some.turn[k])]
            simple, answer = simplest(claim, program, some.some([k]), answers, case)
            tally.counterexamples.append(
                at_draw(claim, case, sizes, at, program.program, [a[0] for a in simple.leaves], answer, options))


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
        reason = f"{UNMET} {tally.made} draws satisfies its assumptions; at most of them this fails: {tally.stubborn}" \
            if tally.made else "there are no sizes and steps at which the claim is made"
        return Evidence("exact", Status.VACUOUS, reason, counts), reason
    if tally.open > tally.draws // 3:
        reason = f"open at {tally.open} of {tally.draws} draws: {tally.reason}"
        return Evidence("exact", Status.UNDECIDED, reason, counts), reason
    if least < ENOUGH:
        reason = f"both sides are 0 in all but {least} of {tally.draws} draws: it could hardly have failed"
        return Evidence("exact", Status.VACUOUS, reason, counts), reason
    return Evidence("exact", Status.AGREES, said, counts), ""


