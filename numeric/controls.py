"""Controls: in every run, a family's forward values are right, a wrong formula is refused, a rewritten one accepted.

Forward values come first: a wrong forward model would pass every check of its derivatives. Every node that a scan
computed must equal its own definition, evaluated from the other nodes.

The wrong formula is a claim that was found to hold, with the sign of its last side flipped; the rewritten one has that
side split in a third and two thirds of itself. Both go the way of every claim. A wrong formula that passes, or a right
one that is refuted, means that the checker is broken, and so does a control that stops with an error of any other kind
than a construct without a rule; one that stays undecided says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from sympy import S

from derivations.algebra import Plus
from derivations.calculus import Jacobian
from derivations.claim import EQUALITY, Case, Claim
from derivations.errors import DerivationError
from derivations.latex import text
from derivations.model import Model
from derivations.symbols import Expression, Node
from derivations.verdict import Status, Verdict
from numeric.arrays import Unsupported
from numeric.batch import firm
from numeric.bound_controls import bound_failures
from numeric.sizes import EXACT, Options, dimensions

DRAWS = 32


def failures(verdicts: Iterable[Verdict], seed: int) -> tuple[str, ...]:
    """What is wrong with the checker itself, in words: nothing, if it works."""
    families: dict[Model, list[Claim]] = {}
    known = list(verdicts)
    for verdict in known:
        agreed = families.setdefault(verdict.claim.model, [])
        if verdict.claim.kind == EQUALITY and verdict.as_expected and firm(verdict) in (Status.AGREES, Status.PROVED):
            agreed.append(verdict.claim)
    found: list[str] = []
    for model, agreed in families.items():
        found += bound_failures([v for v in known if v.claim.model is model], seed)
        claim = control_claim(model, agreed)
        if claim is None:
            continue
        last = claim.cases[0].sides[-1]
        if (status := control(claim, "mutant", -last, seed, found)) in (Status.AGREES, Status.VACUOUS):
            found.append(f"{model.name}: {claim.id} with the wrong sign was to be refuted, and is {status}")
        if control(claim, "rewrite", rewritten(last), seed, found) is Status.REFUTED:
            found.append(f"{model.name}: {claim.id}, rewritten, was refuted")
    return tuple(found)


def forward(models: Iterable[Model], seed: int) -> tuple[str, ...]:
    """Which families' trajectories are not what their definitions say, in words."""
    found: list[str] = []
    for model in models:
        nodes = [(Node(f, rule.step), rule.author) for f, rule in model.rules.items() if rule.step is not None]
        if not nodes:
            continue
        claim = Claim(f"{model.name}.forward", EQUALITY, model, tuple(Case(text(node), (node, e)) for node, e in nodes))
        if control(claim, "values", claim.cases[0].sides[-1], seed, found) is Status.REFUTED:
            found.append(f"{model.name}: the values of its nodes are not what their definitions say")
    return tuple(found)


def control_claim(model: Model, agreed: list[Claim]) -> Claim | None:
    """The shortest equality that was found to hold, with a derivative if there is one; else a definition."""
    if agreed:
        return min(agreed, key=lambda c: (not any(side.has(Jacobian) for side in c.cases[0].sides), len(text(c)), c.id))
    for family, rule in model.rules.items():
        node = Node(family, rule.step) if rule.step is not None else Node(family)
        return Claim(f"{model.name}.definition", EQUALITY, model, (Case("", (node, rule.author)),))
    return None


def rewritten(side: Expression) -> Expression:
    return Plus(Fraction(1, 3) * side, Fraction(2, 3) * side)


def control(claim: Claim, kind: str, side: Expression, seed: int, found: list[str]) -> Status:
    """The status of a claim with another last side of its first case, at sizes for exact evidence.

    An error that is not the model's, and rungs that contradict each other, join what was found wrong with the checker.
    """
    from numeric.ladder import equality

    first = Case(claim.cases[0].label, (*claim.cases[0].sides[:-1], side))
    cases = (first, *claim.cases[1:]) if kind == "values" else (first,)
    fails = S.true if kind == "mutant" else S.false
    trial = replace(claim, id=f"{claim.id}.{kind}", cases=cases, fails=fails, also=())
    sizes = {d.name: EXACT[k] if k < len(EXACT) else k + 3 for k, d in enumerate(dimensions(claim))}
    options = Options(draws=DRAWS, seed=seed, sizes=sizes or None, evidence=("exact", "sweep"))
    try:
        verdict = equality(trial, options)
    except (Unsupported, DerivationError):  # a model that cannot be evaluated is undecided wherever it is claimed about
        return Status.UNDECIDED
    except Exception as error:
        found.append(f"{claim.model.name}: the control {trial.id} stopped: {type(error).__name__}: {error}")
        return Status.UNDECIDED
    if verdict.broken:
        found.append(f"{claim.model.name}: in the control {trial.id}, {verdict.reason}")
    return verdict.status
