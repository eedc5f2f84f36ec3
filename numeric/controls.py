"""Controls: in every run, each family's checker must refuse a wrong formula and accept a rewritten one.

The wrong formula is a claim that holds with the sign of its last side flipped; the rewritten one has that side split in
a third and two thirds of itself. Both go the way of every claim. A control that fails means that the checker is broken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from sympy import S

from derivations.algebra import Plus
from derivations.calculus import Jacobian
from derivations.claim import EQUALITY, Case, Claim
from derivations.model import Model
from derivations.symbols import Expression, Node
from derivations.verdict import Status
from numeric.sizes import EXACT, Options, dimensions

DRAWS = 32


def failures(models: Iterable[Model], options: Options) -> tuple[str, ...]:
    """What is wrong with the checker itself, in words: nothing, if it works."""
    found = []
    for model in models:
        claim = control_claim(model)
        if claim is None:
            continue
        for kind, side, wanted in (("mutant", -claim.cases[0].sides[-1], Status.REFUTED),
                                   ("rewrite", rewritten(claim.cases[0].sides[-1]), Status.AGREES)):
            status = control(claim, kind, side, options)
            if status is not wanted:
                found.append(f"{model.name}: the {kind} of {claim.id} was to be {wanted}, and is {status}")
    return tuple(found)


def control_claim(model: Model) -> Claim | None:
    """The claim that is used: the shortest equality that holds and speaks of a derivative, else a definition."""
    holding = [c for c in model.claims if c.kind == EQUALITY and c.expect == "holds"]
    holding.sort(key=lambda c: (not any(side.has(Jacobian) for side in c.cases[0].sides),
                                sum(len(list(side.args)) + len(str(side)) for side in c.cases[0].sides)))
    if holding:
        return holding[0]
    for family, rule in model.rules.items():
        node = Node(family, rule.step) if rule.step is not None else Node(family)
        return Claim(f"{model.name}.definition", EQUALITY, model, (Case("", (node, rule.author)),))
    return None


def rewritten(side: Expression) -> Expression:
    return Plus(Fraction(1, 3) * side, Fraction(2, 3) * side)


def control(claim: Claim, kind: str, side: Expression, options: Options) -> Status:
    from numeric.ladder import equality

    sides = (*claim.cases[0].sides[:-1], side)
    fails = S.true if kind == "mutant" else S.false
    trial = replace(claim, id=f"{claim.id}.{kind}", cases=(Case("", sides),), fails=fails, also=())
    sizes = {d.name: EXACT[k] if k < len(EXACT) else k + 3 for k, d in enumerate(dimensions(claim))}
    return equality(trial, Options(draws=DRAWS, seed=options.seed, sizes=sizes or None, evidence=("exact", "sweep"))).status
