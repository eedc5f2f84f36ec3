"""How many wrong variants of one formula are caught: by exact evidence, and by two checkers that people use.

The variants come from the table of edits; that none of them is right is shown by prime towers. Every checker gets the
same points, and has caught a variant that it rejects at one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.cell import CLAIM, DERIVATIVE, FORMULA, Points
from benchmarks.measure import Table
from benchmarks.peers import NO_TORCH, PEERS, TORCH
from derivations.edits import Context
from derivations.symbols import Expression
from derivations.variants import variants
from numeric.exact.decide import Outcome, decide
from numeric.exact.towers import by_towers

STRATA = {"balanced": "of size 1", "tiny": "of size 1e-4", "saturated": "one gate saturated"}
OURS = "ours: balls"


def wrong(count: int) -> tuple[list[Expression], list[Expression]]:
    """So many wrong variants, spread over all that the table of edits makes; and those with a term wrong by 1e-9."""
    found = list(variants(FORMULA, Context(CLAIM.model, (DERIVATIVE, FORMULA))))
    results = [v.result for v in found]
    here = Points(results, "balanced", 1)
    differs = by_towers(here.program, here.steps, [(0, 1 + k) for k in range(len(found))], seed=0).differs[0]
    gross = [v.result for v, known in zip(found, differs, strict=True) if known and v.edit.name != "defect"]
    small = [v.result for v, known in zip(found, differs, strict=True) if known and v.edit.name == "defect"]
    return [gross[k * len(gross) // count] for k in range(min(count, len(gross)))], small


def tables(variants: int, points: int) -> Iterator[Table]:
    gross, small = wrong(variants)
    for title, candidates, strata in ((f"Wrong variants of the Jacobian caught, of {len(gross)}", gross, list(STRATA)),
                                      (f"A term wrong by a part in 1e9: caught, of {len(small)}", small, ["balanced"])):
        rows = []
        for stratum in strata:
            counts = caught(candidates, stratum, points).values()
            rows.append((f"parameters {STRATA[stratum]}", *(f"{found}{alarm(false)}" for found, false in counts)))
        notes = [f"{points} points each; check_grads forward and reverse; all in float64, with their own tolerances",
                 *([] if TORCH else [NO_TORCH])]
        yield Table(title, ("", OURS, *PEERS), rows, notes)


def alarm(points: int) -> str:
    return f" (rejects the right one at {points} points)" if points else ""


def caught(candidates: Sequence[Expression], stratum: str, points: int) -> dict[str, tuple[int, int]]:
    """For each checker, how many candidates it rejects, and at how many points it rejects the right formula."""
    here = Points([FORMULA, *candidates], stratum, points)
    decided = decide(here.program, here.leaves, here.steps, [(0, 1 + k) for k in range(1 + len(candidates))])
    rejected = {OURS: [[d.outcome is Outcome.DIFFERS for d in decisions] for decisions in decided]}
    for name, accepts in PEERS.items():
        rejected[name] = [[not accepts(p, J) for p, J in zip(here.points, here.matrices(k), strict=True)]
                          for k in range(1 + len(candidates))]
    return {name: (sum(map(any, wrong)), sum(right)) for name, (right, *wrong) in rejected.items()}
