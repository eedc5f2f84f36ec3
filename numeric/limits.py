"""What is known of a limit: proof, what a witness gives at every step, a measurement, an attack.

A finite number of steps neither proves nor refutes a limit. It is proved from a bound with its rate, and refuted by a
witness whose values are known in closed form at every step; those are compared here with the values of JAX's program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from derivations.claim import Claim, Trend
from derivations.ranges import in_range
from derivations.symbols import Dim, Step
from derivations.verdict import Counterexample, Evidence, Status, Verdict
from numeric.arrays import Unsupported
from numeric.assumed import satisfying
from numeric.attack import Climbed, Objective, climb, scored
from numeric.candidates import candidate_points
from numeric.concluded import UNMET, at_witness, concluded
from numeric.exact.settle import Settled, Truth, Value, as_ball, settle, shown, value_at
from numeric.ledger import ENOUGH
from numeric.measured import Course, affordable, course, measured, steps_along
from numeric.pointed import Pointed, pointed
from numeric.program import Program
from numeric.proofs import orbit, proof
from numeric.sizes import Options, Sizes, dimensions
from numeric.violations import PATIENT

AT = (2, 3, 5, 10, 50, 100)  # steps at which a witness is evaluated
FAR = 20  # the step at which an attack climbs
STARTS = 12
VISIBLE = 1e-3  # the part of a number that is not yet nothing


def limit(claim: Claim, options: Options) -> Verdict:
    """The verdict on a limit."""
    evidence: list[Evidence] = []
    if "proof" in options.evidence:
        evidence.append(proof(claim))
    counterexample, broken = None, ""
    if claim.witness is not None:
        rungs, counterexample, broken = at_the_witness(claim, options)
        evidence += rungs
    status, reason = Status.UNDECIDED, "a finite number of steps neither proves nor refutes a limit"
    if "sweep" in options.evidence:
        few = bool({Status.PROVED, Status.REFUTED} & {e.outcome for e in evidence})  # decided for every step
        rung = by_measurement(claim, options, few)
        evidence.append(rung)
        status = Status.VACUOUS if rung.detail.startswith(UNMET) else Status.UNDECIDED
        reason = rung.detail if status is Status.VACUOUS else f"{reason}; measured: {rung.detail}"
        found, candidate = attacked(claim, options)
        evidence.append(found)
        counterexample = counterexample or candidate
    if broken:
        return Verdict(claim, Status.UNDECIDED, False, broken, evidence=tuple(evidence), broken=True)
    return concluded(claim, evidence, status, reason, counterexample)


# ---- the witness


def at_the_witness(claim: Claim, options: Options) -> tuple[list[Evidence], Counterexample | None, str]:
    """The orbit's verdict, the values of JAX's program beside it, and how they contradict each other if they do."""
    assert claim.witness is not None
    sizes = {d: dict(claim.witness.sizes).get(d, 1) for d in dimensions(claim)}
    at, values, violated = followed(claim, sizes)
    told = [(here, value) for here, value in zip(at, values, strict=False) if value.number is not None]
    rung = witness_rung(claim, at, values, violated)
    if "proof" not in options.evidence:
        return [rung], None, ""
    found = orbit(claim)
    if found.outcome is not Status.REFUTED:
        return [found, rung], None, ""
    if violated or (len(told) > 2 and not refutes(claim.trend, [value.number for _, value in told])):
        said = violated or "its values, step by step, go the way that the claim says"
        return [found, rung], None, f"the orbit of the witness refutes the claim, but {said}"
    if not told:
        return [replace(found, outcome=Status.UNDECIDED), rung], None, ""
    here, value = told[-1]
    settled = Settled(Truth.FAILS, "", (0, 0), value.number, value.number - value.number)
    shown_at = at_witness(claim, 0, sizes, here, settled, options)
    counterexample = replace(shown_at, right="", difference="", term=found.detail)
    return [found, replace(rung, outcome=Status.REFUTED)], counterexample, ""


def followed(claim: Claim, sizes: dict[Dim, int]) -> tuple[list[dict[Step, int]], list[Value], str]:
    """The number that tends, at a witness, step after step; and the assumption that fails there, if one does."""
    first = steps_along(claim)[0]
    assert claim.along is not None
    pinned = dict(claim.witness.steps) if claim.witness is not None else {}
    at = [here for k in AT if in_range(claim, here := {**first, **pinned, claim.along: k})]
    values: list[Value] = []
    for here in at:
        program = pointed(claim, sizes, [here], point=claim.witness)
        row = program.program.step_rows([here])
        for answer in settle(program.program, [], row, program.assumptions, cap=PATIENT)[0] if here in at[:4] else []:
            if answer.truth is not Truth.HOLDS:
                word = "fails" if answer.truth is Truth.FAILS else "is not decided"
                return at, values, f"an assumption {word} at the witness, at {claim.along} = {here[claim.along]}"
        values.append(value_at(program.program.only([0]), row))
    return at, values, ""


def witness_rung(claim: Claim, at: Sequence[dict[Step, int]], values: Sequence[Value], violated: str) -> Evidence:
    label = (claim.witness.label if claim.witness is not None else "") or "the values that its author gives"
    if violated:
        return Evidence("witness", Status.UNDECIDED, f"{label}: {violated}")
    assert claim.along is not None
    said = ", ".join(f"{here[claim.along]}: {shown(v.number) if v.number is not None else v.reason}"
                     for here, v in zip(at, values, strict=False))
    known = sum(v.number is not None for v in values)
    return Evidence("witness", Status.UNDECIDED, f"{label}; its values at {claim.along} = {said}", {"points": known})


def refutes(trend: Trend | None, values: Sequence[Any]) -> bool:
    """Whether a few exact values go against a trend, as those of a witness that refutes it must."""
    sizes = [float(abs(as_ball(v)).log().mid()) if as_ball(v) != 0 else -np.inf for v in values]
    early, late = max(sizes[:2]), sizes[-2:]
    if trend is Trend.VANISHES:
        return max(late) > early + 2 * np.log(VISIBLE)
    if trend is Trend.GROWS:
        return min(late) < early - np.log(VISIBLE)
    return min(late) < early + np.log(VISIBLE)


# ---- measurement


def by_measurement(claim: Claim, options: Options, few: bool = False) -> Evidence:
    """The course of draws, up to a thousand steps, by a rule that could have failed; at the main size alone if few."""
    assert claim.trend is not None
    resolved = follows = made = kept = 0
    reach, slopes, stubborn = 0, list[float](), ""
    for sizes in measured_sizes(claim, options)[-1 if few and not claim.assuming else 0 :]:
        found, draws = measured(claim, sizes, options)
        made, kept, stubborn = made + draws.made, kept + len(draws), stubborn or draws.stubborn
        told = found.resolved
        resolved, follows = resolved + int(told.sum()), follows + int((found.follows(claim.trend) & told).sum())
        reach = max(reach, found.at[-1])
        slopes += [float(s) for s in found.slopes[told] if np.isfinite(s)]
    counts: dict[str, Any] = {"draws": resolved, "reach": reach}
    if slopes:
        extreme = max(slopes) if claim.trend is Trend.VANISHES else min(slopes)
        counts["slope"] = float(f"{extreme:.3g}")  # decades a step, of the draw that comes closest to failing
    if not kept:
        said = f"{UNMET} {made} draws satisfies its assumptions; at most of them this fails: {stubborn}"
        return Evidence("measured", Status.VACUOUS, said, counts)
    if resolved < ENOUGH:
        said = f"only {resolved} of {kept} draws have numbers other than 0"
        return Evidence("measured", Status.VACUOUS, said, counts)
    said = f"{claim.trend.value} in {follows} of {resolved} draws, up to {claim.along} = {reach}"
    return Evidence("measured", Status.AGREES if follows == resolved else Status.UNDECIDED, said, counts)


def measured_sizes(claim: Claim, options: Options) -> list[Sizes]:
    dims = dimensions(claim)
    if options.sizes is not None:
        return [Sizes("given", {d: options.sizes.get(d.name, 2) for d in dims})]
    return [Sizes("small", dict.fromkeys(dims, size)) for size in ((1, 2) if dims else (1,))]


# ---- attack


def attacked(claim: Claim, options: Options) -> tuple[Evidence, Counterexample | None]:
    """Ascent on the logarithm at a large step, with inputs that are the same at every step; its ends are measured.

    An end that goes against the claim is handed, rounded, to the argument for every step.
    """
    assert claim.along is not None
    assert claim.trend is not None
    sizes = measured_sizes(claim, options)[0]
    here = {**steps_along(claim)[0], claim.along: FAR}
    try:
        program = pointed(claim, sizes.values, [here], mode="reverse")
        draws = satisfying(claim, program, sizes, [here], options, STARTS)
        if not len(draws):
            return Evidence("attack", Status.UNDECIDED, f"no start satisfies the assumptions ({draws.stubborn})"), None
        climbed = climb(program.program, logarithmic(program, claim.trend), draws, np.zeros(len(draws), int), tied=True)
    except Unsupported as reason:
        return Evidence("attack", Status.UNDECIDED, str(reason)), None
    found = ends(claim, sizes, climbed)
    against = found.resolved & ~going(found, claim.trend)
    counts = {"starts": len(draws), "steps": climbed.taken, "against": int(against.sum())}
    if not found.resolved.any():
        return Evidence("attack", Status.UNDECIDED, "no end of the ascent has numbers other than 0", counts), None
    if not against.any():
        return Evidence("attack", Status.AGREES, "no end goes against it: evidence, no proof", counts), None
    if claim.witness is None and "proof" in options.evidence:
        which = np.flatnonzero(against)
        for point in candidate_points(claim, program.program, [a[which] for a in climbed.leaves]):
            rungs, counterexample, broken = at_the_witness(replace(claim, witness=point), options)
            if rungs[0].outcome is Status.REFUTED and not broken:
                said = f"found by ascent: {rungs[0].detail}"
                return Evidence("attack", Status.REFUTED, said, counts), counterexample
    said = f"{int(against.sum())} of {int(found.resolved.sum())} ends go against it as far as they were followed"
    return Evidence("attack", Status.UNDECIDED, said, counts), None


def going(found: Course, trend: Trend) -> np.ndarray:
    """In which draws the numbers still go the way that is claimed, however slowly."""
    return np.asarray({Trend.VANISHES: found.slopes < 0, Trend.GROWS: found.slopes > 0}.get(
        trend, found.follows(trend)))


def logarithmic(program: Pointed, trend: Trend) -> Objective:
    """log of what tends, upwards where it is claimed to vanish, less a penalty where an assumption does not hold."""
    direction = 1.0 if trend is Trend.VANISHES else -1.0

    def objective(results: Sequence[Any], goal: Any) -> Any:
        size = jnp.abs(results[0]).sum()
        found = direction * jnp.log(size) / FAR
        for broken in scored(program.assumptions, results):
            found = found - 4.0 * jnp.maximum(broken, 0.0)
        return found

    return objective


def ends(claim: Claim, sizes: Sizes, climbed: Climbed) -> Course:
    """The ends of an ascent, followed as far as the work allows, where the assumptions seem to hold."""
    program, at = affordable(claim, sizes)
    leaves = [longer(program.program, k, a) for k, a in enumerate(climbed.leaves)]
    return course(claim, program, leaves, at)


def longer(program: Program, index: int, values: np.ndarray) -> np.ndarray:
    """An input that is the same at every step, for as many steps as another program has."""
    leaf = program.leaves[index]
    if values.shape[1:] == leaf.shape:
        return values
    return np.asarray(np.broadcast_to(values[:, :1], (len(values), *leaf.shape)))


