"""The mutation score: wrong variants of every claim that holds, each refuted, shown equivalent, or a survivor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivations.calculus import see_through
from derivations.claim import EQUALITY, Case, Claim
from derivations.edits import Context
from derivations.latex import text
from derivations.ranges import instances
from derivations.symbols import Dim, Expression
from derivations.variants import Variant, variants
from derivations.verdict import Score
from numeric.sizes import STEPS as MOST_STEPS
from numeric.sizes import Options, dimensions
from numeric.trial import Fate, Trial

SIZES = (3, 2, 4, 5, 6)  # distinct, and larger than the degree in any one matrix
STEPS = 4


def varied(claims: Iterable[Claim]) -> list[Claim]:
    """The claims of which wrong variants are made: equalities that hold."""
    return [claim for claim in claims if claim.kind == EQUALITY and claim.expect == "holds" and not claim.assuming]


def trial_of(claim: Claim, options: Options) -> Trial:
    """Small distinct sizes, and the first few steps."""
    dims = list(dict.fromkeys([*dimensions(claim), *(d for f in claim.model.families.values() for d in sorted(
        (s for s in f.free_symbols if isinstance(s, Dim)), key=str))]))
    sizes = {d: SIZES[k] if k < len(SIZES) else k + 3 for k, d in enumerate(dims)}
    return Trial(claim, sizes, instances(claim, MOST_STEPS)[:STEPS], options.seed)


def score(claim: Claim, options: Options, sample: int | None = None) -> Score:
    trial, refuted = trial_of(claim, options), 0
    equivalent: list[str] = []
    survivors: list[str] = []
    for case in claim.cases:
        for reference, found in mutants(claim, case, sample):
            fates = trial.fates(reference, [v.result for v in found])
            refuted += sum(fate is Fate.DIFFERS for fate in fates)
            equivalent += [described(v) for v, fate in zip(found, fates, strict=True) if fate is Fate.EQUAL]
            survivors += [described(v) for v, fate in zip(found, fates, strict=True) if fate is Fate.OPEN]
    return Score(claim.id, refuted, tuple(equivalent), tuple(survivors))


def mutants(claim: Claim, case: Case, sample: int | None) -> Iterator[tuple[Expression, list[Variant]]]:
    """For each side, the side that it should equal, and its variants (evenly spread where only a sample is wanted)."""
    sides = tuple(see_through(side) for side in case.sides)
    context = Context(claim.model, sides)
    for k, side in enumerate(sides):
        found = list(variants(side, context))
        if sample is not None and len(found) > sample:
            found = [found[i * len(found) // sample] for i in range(sample)]
        yield sides[0 if k else 1], found


def described(v: Variant) -> str:
    return f"{v.change}: {text(v.before)} → {text(v.after)}"
