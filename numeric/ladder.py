"""The ladder: a claim in, a verdict out. Every requested rung runs, and its outcome is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import frexp, ldexp
from typing import overload

from sympy import S

from derivations.calculus import see_through
from derivations.claim import BOUND, EQUALITY, EXISTENCE, LIMIT, Claim, holds_at
from derivations.errors import DerivationError
from derivations.model import Model
from derivations.proof.claims import proof_of
from derivations.ranges import range_text
from derivations.symbols import Expression
from derivations.verdict import Counterexample, Evidence, Status, Verdict
from numeric.arrays import Unsupported
from numeric.bounds import bound
from numeric.cells import Cell, Findings
from numeric.dependency import DEPENDENCIES
from numeric.equality import gather
from numeric.exact.decide import Outcome
from numeric.existence import existence
from numeric.ledger import ENOUGH
from numeric.limits import limit
from numeric.mutation import trial_of
from numeric.paths import missed
from numeric.proved import by_proof_alone, with_proof, without_numbers
from numeric.repair import MOST, repair
from numeric.shrink import shrink
from numeric.sizes import Options, OptionsError

__all__ = ["Options", "OptionsError", "check"]


@overload
def check(target: Claim, options: Options = ...) -> Verdict: ...
@overload
def check(target: Model, options: Options = ...) -> tuple[Verdict, ...]: ...


def check(target: Claim | Model, options: Options = Options()) -> Verdict | tuple[Verdict, ...]:  # noqa: B008 - frozen
    """The verdict on a claim, or on every claim of a model.

    Raises DerivationError for options that cannot be used. Whatever else goes wrong is an undecided verdict.
    """
    if isinstance(target, Model):
        return tuple(check(claim, options) for claim in target.claims)
    start = time.perf_counter()
    try:
        verdict = KINDS[target.kind](target, options)
    except OptionsError:
        raise
    except (Unsupported, DerivationError) as reason:
        verdict = Verdict(target, Status.UNDECIDED, False, str(reason))
    except Exception as error:  # an internal error is undecided, shown with its reason, never a pass
        verdict = Verdict(target, Status.UNDECIDED, False, f"internal error: {type(error).__name__}: {error}")
    return replace(verdict, range=range_text(target), seconds=time.perf_counter() - start)


# ---- dependencies


def dependency(claim: Claim, options: Options) -> Verdict:
    evidence, counterexample = DEPENDENCIES[claim.kind](claim)
    wanted = Status.PROVED if claim.expect == "holds" else Status.REFUTED
    reason = evidence.detail if evidence.outcome in (Status.UNDECIDED, Status.VACUOUS) else ""
    return Verdict(claim, evidence.outcome, evidence.outcome is wanted, reason, evidence=(evidence,),
                   counterexample=counterexample)


# ---- equalities


def equality(claim: Claim, options: Options) -> Verdict:
    if claim.assuming or claim.witness is not None:  # draws must satisfy what it assumes
        return bound(claim, options)
    same = next((case for case in claim.cases if len({see_through(side) for side in case.sides}) == 1), None)
    if same is not None:
        return Verdict(claim, Status.VACUOUS, False, "the sides are one and the same expression: it could not fail")
    proof = proof_of(claim) if "proof" in options.evidence else None
    proved = proof is not None and proof.status is Status.PROVED
    if not {"exact", "sweep"} & set(options.evidence):
        return by_proof_alone(claim, proof)
    try:
        found = gather(claim, options, proved=proved)
    except OptionsError:
        raise
    except (Unsupported, DerivationError) as reason:
        return without_numbers(claim, proof, str(reason))
    if not found.cells:
        return Verdict(claim, Status.VACUOUS, False, "there are no sizes and steps at which the claim is made")
    return with_proof(by_numbers(claim, found, options), proof)


def by_numbers(claim: Claim, found: Findings, options: Options) -> Verdict:
    """The verdict of exact evidence and of the sweep."""
    status = overall([c.status for c in found.cells])
    thin = {label: count for (_, label), count in found.ledger.items() if count < ENOUGH}
    reason = ""
    if status is Status.AGREES and thin:
        status = Status.VACUOUS
        reason = "; ".join(f"{label} told apart in {count} draws" for label, count in thin.items())
    if status is Status.UNDECIDED:
        reason = next(c.reason for c in found.cells if c.status is Status.UNDECIDED)
    broken = next((c for c in found.cells if c.contradictory), None)
    if broken is not None:
        reason = f"prime towers and balls contradict each other at {place(broken)}"
        return Verdict(claim, Status.UNDECIDED, False, reason,
                       evidence=tuple(rungs(found, options, status)), broken=True)
    contrary = contradiction(claim, found.cells)
    refuted = status is Status.REFUTED
    counterexample, repaired, paths, mended = story(claim, found.cells, options) if refuted else (None, "", (), ())
    contrary = contrary or outside(claim, counterexample)
    return Verdict(
        claim, status, not contrary and status in (Status.AGREES, Status.REFUTED), reason or contrary,
        evidence=tuple(rungs(found, options, status)), counterexample=counterexample, repair=repaired, paths=paths,
        mended=mended,
        holds_where=where_it_holds(found.cells) if status is Status.REFUTED else "",
        cases=tuple((case.label, overall([c.status for c in found.cells if c.case == k]))
                    for k, case in enumerate(claim.cases)) if len(claim.cases) > 1 else ())


def outside(claim: Claim, found: Counterexample | None) -> str:
    """A counterexample that lies outside the region in which the claim is expected to fail."""
    if found is None or claim.fails is S.false:
        return ""
    values = {s: {**found.sizes, **found.steps}.get(s.name) for s in claim.fails.free_symbols}
    if None in values.values() or holds_at(claim.fails, {s: v for s, v in values.items() if v is not None}):
        return ""
    where = ", ".join(f"{name} = {value}" for name, value in {**found.sizes, **found.steps}.items())
    return f"it fails at {where} too, outside the region in which it is expected to fail"


Explained = tuple[str, tuple[str, ...], tuple[Expression, ...]]


def story(claim: Claim, cells: Sequence[Cell], options: Options) -> tuple[Counterexample, *Explained]:
    """A refutation explained: the smallest counterexample, the nearest formula that holds, the paths at fault."""
    counterexample = shrink(claim, cells, options)
    if not options.explain:
        return counterexample, "", (), ()
    try:
        return counterexample, *explained(claim, counterexample, options)
    except Exception as error:  # what explains a refutation must not take it back
        return counterexample, f"no repair was found: {type(error).__name__}: {error}", (), ()


def explained(claim: Claim, counterexample: Counterexample, options: Options) -> Explained:
    """The nearest formula that holds, the paths at fault, and the sides of that formula."""
    case = next(case for case in claim.cases if case.label == counterexample.case)
    trial = trial_of(claim, options)
    found = repair(claim, case, trial)
    at = {s: counterexample.steps[s.name] for s in trial.instances[0]} if trial.instances else {}
    paths = missed(claim, case, at, trial)
    if found is None:
        return f"no single change among those tried makes it hold (at most {MOST} are tried)", paths, ()
    formula = f" (then {found.formula})" if found.formula and found.formula not in found.change else ""
    return found.change + formula, paths, found.sides


def overall(statuses: Sequence[Status]) -> Status:
    """One counterexample refutes; one open cell leaves the rest open."""
    for status in (Status.REFUTED, Status.UNDECIDED):
        if status in statuses:
            return status
    return Status.AGREES


def contradiction(claim: Claim, cells: Sequence[Cell]) -> str:
    """What is contrary to the expectation: a cell inside the region that holds, or one outside that does not."""
    inside = [c for c in cells if holds_at(claim.fails, c.values)]
    outside = [c for c in cells if c not in inside]
    if claim.expect == "fails" and not inside:
        return "no size and step that was checked lies in the region in which it is expected to fail"
    for group, wanted, word in ((inside, Status.REFUTED, "fail"), (outside, Status.AGREES, "hold")):
        for cell in group:
            if cell.status is not wanted:
                label = claim.cases[cell.case].label
                return f"expected to {word} at {place(cell)}{f' for {label}' if label else ''}, found: {cell.status}"
    return ""


def place(cell: Cell) -> str:
    steps = {step.name: value for step, value in cell.at.items()}
    return ", ".join(f"{name} = {value}" for name, value in (cell.sizes.named | steps).items())


def where_it_holds(cells: Sequence[Cell]) -> str:
    """Sizes at which it held at every step, and steps at which it held at every size."""
    parts = []
    for sizes in {c.sizes.key: c.sizes for c in cells}.values():
        if sizes.values and all(c.status is Status.AGREES for c in cells if c.sizes.key == sizes.key):
            parts.append(" = ".join(sizes.named) + " = 1" if set(sizes.named.values()) == {1} else
                         ", ".join(f"{n} = {v}" for n, v in sizes.named.items()))
    for at in {tuple(c.at.items()): c.at for c in cells}.values():
        if at and all(c.status is Status.AGREES for c in cells if c.at == at):
            parts.append(", ".join(f"{s} = {v}" for s, v in at.items()))
    return "; ".join(parts)


def rungs(found: Findings, options: Options, status: Status) -> list[Evidence]:
    """The evidence of each rung, with its counts."""
    cells = found.cells
    out = []
    shapes = [c for c in cells if c.shapes]
    if shapes:
        out.append(Evidence("shape", Status.REFUTED, f"{shapes[0].shapes} at {place(shapes[0])}"))
    values = [c for c in cells if not c.shapes]
    sizes = {name: sorted({c.sizes.named[name] for c in values if name in c.sizes.named})
             for c in values for name in c.sizes.named}
    if "exact" in options.evidence and values:
        out.append(exact_rung(found, values, sizes))
    if "sweep" in options.evidence and values:
        draws, resolved = sum(c.floats for c in values), sum(c.resolved for c in values)
        worst = max((c.worst for c in values), default=0.0)
        refuted = any(c.refuted is not None for c in values)
        outcome = Status.REFUTED if refuted else Status.AGREES if resolved else Status.UNDECIDED
        counts = {"draws": draws, "resolved": resolved, "xla": found.xla_draws, "worst": power_of_two(worst)}
        said = f"{resolved} of {draws} draws resolved, {found.xla_draws} of them also by XLA"
        out.append(Evidence("sweep", outcome, said, counts))
    if found.ledger:
        least = min(found.ledger.items(), key=lambda item: item[1])
        out.append(Evidence("ledger", Status.VACUOUS if status is Status.VACUOUS else Status.AGREES,
                            f"{len(found.ledger)} terms and factors, each told apart in {least[1]} draws or more",
                            {"terms": {label: count for (_, label), count in found.ledger.items()}}))
    return out


def exact_rung(found: Findings, values: Sequence[Cell], sizes: dict[str, list[int]]) -> Evidence:
    """Prime towers and balls, with the chance that the towers accepted what is wrong."""
    towers = [c.towers for c in values if c.towers is not None]
    balls, refuting = sum(c.exact for c in values), sum(c.refuted is not None for c in values)
    outcome = Status.REFUTED if refuting else Status.AGREES if balls or towers else Status.UNDECIDED
    equal = f"{towers.count(Outcome.AGREES)} of {len(towers)} cells equal in two towers of {found.levels} levels"
    said = [equal] if towers else []
    said += [f"towers: {found.out_of_class}"] if found.out_of_class else []
    said += [f"balls: {balls} draws agree" + (f", {refuting} cells refuted" if refuting else "")]
    counts = {"draws": 2 * len(towers) + balls + refuting, "sizes": sizes, "excluded": sum(c.excluded for c in values),
              "discarded": found.discarded}
    if towers and found.false_accept is not None:
        counts["false_accept"] = float(f"{found.false_accept:.0e}")
    return Evidence("exact", outcome, "; ".join(said), counts)


def power_of_two(x: float) -> float:
    """x rounded up to a power of two: stable from machine to machine."""
    if x == 0:
        return 0.0
    mantissa, exponent = frexp(x)
    return ldexp(1.0, exponent - 1 if mantissa == 0.5 else exponent)


KINDS: dict[str, Callable[[Claim, Options], Verdict]] = {
    EQUALITY: equality,
    **dict.fromkeys(DEPENDENCIES, dependency),
    BOUND: bound,
    EXISTENCE: existence,
    LIMIT: limit,
}
