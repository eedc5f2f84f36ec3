"""From evidence to a verdict, for the claims that are no equalities: what alone may prove, refute or agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sympy import S

from derivations.claim import EXISTENCE, Claim, holds_at
from derivations.latex.notation import TEXT
from derivations.latex.points import entries
from derivations.symbols import Dim, Step
from derivations.verdict import Counterexample, Evidence, Status, Verdict
from numeric.exact.decide import Decision, Outcome, with_error
from numeric.exact.settle import Settled, as_ball, shown
from numeric.program import Program
from numeric.shrink import Shown, named_leaves
from numeric.sizes import Options, Sizes

UNMET = "none of"  # how it is said that no draw meets the assumptions
EXACTLY_EQUAL = "0, exactly"
EQUAL = "both sides are equal there, exactly; with ≤ in place of < no point was found at which it fails"


def concluded(claim: Claim, evidence: Sequence[Evidence], numeric: Status, reason: str = "",
              counterexample: Counterexample | None = None) -> Verdict:
    """The verdict. ``numeric`` and ``reason`` are what numbers alone say; a proof and a counterexample weigh more."""
    proved = next((e for e in evidence if e.outcome is Status.PROVED), None)
    refuted = next((e for e in evidence if e.outcome is Status.REFUTED), None)
    if proved is not None and refuted is None and reason.startswith(UNMET):
        said = f"it is proved, but of nothing that was found: {reason}"
        return Verdict(claim, Status.VACUOUS, False, said, evidence=tuple(evidence))
    if proved is None and claim.kind == EXISTENCE:  # what exists at some steps contradicts that it exists at none
        proved = next((e for e in evidence if e.method == "witness" and e.outcome is Status.AGREES), None) \
            if refuted is not None else None
    rungs = tuple(evidence)
    if proved is not None and refuted is not None:
        said = f"the rung {proved.method} proves it, the rung {refuted.method} refutes it: {refuted.detail}"
        return Verdict(claim, Status.UNDECIDED, False, said, evidence=rungs, counterexample=counterexample, broken=True)
    if proved is not None:
        unexpected = "" if claim.expect == "holds" else "it is proved, and was expected to fail"
        return Verdict(claim, Status.PROVED, not unexpected, unexpected, evidence=rungs)
    if refuted is not None:
        contrary = "" if claim.expect == "fails" else refuted.detail
        contrary = contrary or outside(claim, counterexample)
        return Verdict(claim, Status.REFUTED, not contrary, contrary, evidence=rungs, counterexample=counterexample)
    if numeric is Status.AGREES and claim.expect == "fails":
        reason = reason or "no counterexample was found"
        return Verdict(claim, Status.AGREES, False, reason, evidence=rungs)
    return Verdict(claim, numeric, numeric is Status.AGREES, reason, evidence=rungs)


def outside(claim: Claim, found: Counterexample | None) -> str:
    """A counterexample that lies outside the region in which the claim is expected to fail."""
    if found is None or claim.fails is S.false or claim.fails is S.true:
        return ""
    values = {s: {**found.sizes, **found.steps}.get(s.name) for s in claim.fails.free_symbols}
    if None in values.values() or holds_at(claim.fails, {s: v for s, v in values.items() if v is not None}):
        return ""
    where = ", ".join(f"{name} = {value}" for name, value in {**found.sizes, **found.steps}.items())
    return f"it fails at {where} too, outside the region in which it is expected to fail"


def inside(claim: Claim, values: Mapping[Dim | Step, int]) -> bool:
    """Whether a claim is expected to fail at these sizes and steps."""
    known = {s: v for s, v in values.items() if s in claim.fails.free_symbols}
    return claim.fails is S.true or (set(known) == claim.fails.free_symbols and holds_at(claim.fails, known))


# ---- counterexamples

def chosen(claim: Claim, found: Sequence[Counterexample], contrary: Sequence[Counterexample]) -> Counterexample | None:
    """The counterexample to show: at the fewest steps and smallest sizes, contrary to expectation before as expected.

    Of a strict relation, a point at which the sides are equal is shown only where no other was found, and told so.
    """
    if not found:
        return None
    among = contrary or found
    wrong = [c for c in among if c.difference != EXACTLY_EQUAL]
    best = min(wrong or among, key=lambda c: (sum(c.sizes.values()), sum(c.steps.values())))
    sign = next(case.sign for case in claim.cases if case.label == best.case)
    return replace(best, term=EQUAL) if sign == "<" and not wrong else best


def at_witness(claim: Claim, case: int, sizes: Mapping[Dim, int], at: Mapping[Step, int], found: Settled,
               options: Options) -> Counterexample:
    """The author's witness as a counterexample: its values are exact, so they are shown as they were written."""
    assert claim.witness is not None
    skipped = {str(s) for s in (*sizes, *at)}
    leaves: dict[str, Any] = {name: value for name, value in entries(TEXT, claim.witness) if name not in skipped}
    if claim.witness.zero:
        leaves["all others"] = "0"
    named = {d.name: size for d, size in sizes.items()}
    return _counterexample(claim, case, named, {s.name: v for s, v in at.items()}, found, leaves, options)


def at_draw(claim: Claim, case: int, sizes: Sizes, at: Mapping[Step, int], program: Program, leaves: Sequence[Any],
            found: Settled, options: Options) -> Counterexample:
    """A draw, or the end of an attack, as a counterexample."""
    drawn = Shown(case, sizes, at, program, list(leaves), Decision(Outcome.DIFFERS))
    return _counterexample(claim, case, sizes.named, {s.name: v for s, v in at.items()}, found, named_leaves(drawn),
                           options)


def _counterexample(claim: Claim, case: int, sizes: Mapping[str, int], steps: Mapping[str, int], found: Settled,
                    leaves: Mapping[str, Any], options: Options) -> Counterexample:
    given = f" --sizes {','.join(f'{n}={v}' for n, v in sizes.items())}" if sizes else ""
    # a fraction is shown as one; what is no fraction comes with the bound of its error
    difference = f"{shown(found.left - found.right)}, exactly" if found.exact else \
        with_error(as_ball(found.left) - as_ball(found.right))
    return Counterexample(claim.cases[case].label, dict(sizes), dict(steps), found.entry, shown(found.left),
                          shown(found.right), difference, leaves=dict(leaves),
                          seed=options.seed, command=f"derivations check {claim.id}{given} --seed {options.seed}")
