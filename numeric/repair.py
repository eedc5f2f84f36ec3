"""The nearest formula that holds: the table of edits read backwards, cheapest edits first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np

from derivations.algebra import Diag, Times
from derivations.calculus import Jacobian, OverSteps, see_through
from derivations.claim import Case, Claim
from derivations.edits import MENDING, Context
from derivations.errors import DerivationError
from derivations.fold import folded
from derivations.latex import text
from derivations.model import Model
from derivations.symbols import AsPrinted, Expression, Node, fits, same_type
from derivations.variants import Variant, variants
from numeric.draws import Key, draw
from numeric.exact.decide import Outcome, decide
from numeric.exact.interpret import OutOfClass
from numeric.exact.moves import Unmoved
from numeric.program import trace
from numeric.trial import Fate, Trial

MOST = 80  # candidates tried, the cheapest
DRAWS = 6
# a side that is one derivative is what the claim is about: only what kind of derivative it is may be mended
KINDS = {"immediate derivative", "total derivative", "held", "held node released", "use", "transposed"}


@dataclass(frozen=True)
class Repair:
    """What to change, in words, and the formula that then holds (exactly, or at every point tried); its case's sides,
    unless the change is an assumption."""

    change: str
    formula: str = ""
    sides: tuple[Expression, ...] = ()


def repair(claim: Claim, case: Case, trial: Trial) -> Repair | None:
    """The cheapest change that makes a refuted case hold, or None where none of the candidates does."""
    try:
        typed = tuple(retyped(side) for side in case.sides)
    except DerivationError:
        return None
    if not all(same_type(side.axes, typed[0].axes) for side in typed):
        return None
    return _reading(case, typed, trial) or _edited(claim, typed, trial) or _symmetric(claim, typed, trial)


def _reading(case: Case, typed: tuple[Expression, ...], trial: Trial) -> Repair | None:
    """A formula that does not type as printed, read so that it does."""
    if typed == case.sides or trial.fates(typed[0], list(typed[1:])) != [Fate.EQUAL] * (len(typed) - 1):
        return None
    changed = next(new for new, old in zip(typed, case.sides, strict=True) if new != old)
    return Repair(f"read as {text(changed)}", text(changed), typed)


def _edited(claim: Claim, sides: tuple[Expression, ...], trial: Trial) -> Repair | None:
    """One edit of one side, cheapest first; candidates of one cost are tried together."""
    written = tuple(see_through(side) for side in sides)
    context = Context(claim.model, written)
    found = [(v, k) for k in (*range(1, len(written)), 0) for v in variants(written[k], context, MENDING)
             if v.change in KINDS
             or not (isinstance(written[k], Jacobian) or v.change.endswith("in the derivative"))]
    found.sort(key=lambda pair: (pair[0].edit.cost, pair[1] == 0, pair[0].before.has(OverSteps)))
    for (_, k), group in groupby(found[:MOST], key=lambda pair: (pair[0].edit.cost, pair[1])):
        batch = [v for v, _ in group]
        fates = trial.fates(written[0 if k else 1], [v.result for v in batch])
        for v, fate in zip(batch, fates, strict=True):
            if fate is Fate.EQUAL:
                mended = folded(v.result, claim.model)
                return Repair(words(v, written[k], claim.model), text(mended), (*sides[:k], mended, *sides[k + 1:]))
    return None


def words(v: Variant, side: Expression, model: Model) -> str:
    """The change in the author's notation."""
    if v.change == "transposed" and v.before == side:
        return "equal after transposing: derivatives here have a row for each entry of y (numerator layout)"
    if v.change == "held":
        return f"holds when {', '.join(str(f) for f in v.after.args[3])} is held at every step"
    if v.change == "use":
        return f"holds for the use of the parameter at one step alone: {text(v.before)} → {text(v.after)}"
    before, after = (text(folded(e, model)) for e in (v.before, v.after))
    return f"{v.change}: {before} → {after}"


def _symmetric(claim: Claim, sides: tuple[Expression, ...], trial: Trial) -> Repair | None:
    """A square parameter whose symmetry makes the claim hold."""
    program = trace(claim.model, sides, trial.sizes, trial.instances, "forward")
    for k, leaf in enumerate(program.leaves):
        owner = leaf.owner
        square = len(leaf.shape) == 2 and leaf.shape[0] == leaf.shape[1] > 1
        if not square or not fits(*getattr(owner, "axes", ((), (1,)))):
            continue
        instances = [trial.instances[i % len(trial.instances)] for i in range(DRAWS)]
        leaves = draw(Key(trial.seed, claim.id, ()), program.leaves, "balanced", DRAWS)
        leaves[k] = (leaves[k] + np.swapaxes(leaves[k], 1, 2)) / 2
        try:
            found = decide(program, leaves, program.step_rows(instances), [(0, j) for j in range(1, len(sides))])
        except (OutOfClass, Unmoved):
            return None
        if all(d.outcome is Outcome.AGREES for row in found for d in row):
            return Repair(f"holds when {text(Node(owner))} is symmetric")
    return None


def retyped(e: Expression) -> Expression:
    """A formula as printed, read so that its shapes fit: a vector as diag, a weight as one of its blocks.

    Raises DerivationError where no such reading fits.
    """
    if not isinstance(e, AsPrinted):
        if not e.has(AsPrinted):
            return e
        return e.func(*(retyped(arg) if isinstance(arg, Expression) else arg for arg in e.args))
    operands = [retyped(x) for x in e.operands]
    if e.operation == "Times":
        for reading in product(*(list(_readings(x)) for x in operands)):
            try:
                return Times(*reading)
            except DerivationError:
                continue
    raise DerivationError(f"no reading of {text(e)} fits")


def _readings(x: Expression) -> Iterator[Expression]:
    yield x
    if x.is_column:
        yield Diag(x)
    for ax in x.axes:
        for label, _ in ax:
            if label.name:
                yield x[label.name]


