"""What a witness gives for every k: a claim settled along the orbit that it starts, with closed forms.

A bound, a limit or an equality is refuted where the numbers at the witness certainly contradict it; existence is proved
where they certainly satisfy it at every step. In between it is undecided, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from sympy import Basic

from derivations.algebra import Norm
from derivations.calculus import see_through
from derivations.claim import BOUND, EQUALITY, EXISTENCE, LIMIT, Case, Claim, Trend, holds_at
from derivations.errors import DerivationError, Undecided
from derivations.points import reached
from derivations.proof.along import Along
from derivations.proof.growth import bounded, vanishes
from derivations.proof.progressions import Form
from derivations.proof.reals import PRECISION
from derivations.proof.spans import Range, span, steps_of
from derivations.proof.truth import Truth
from derivations.ranges import everywhere, free_steps
from derivations.relations import VANISHING, Relation
from derivations.symbols import Dim, Expression, Step
from derivations.verdict import Status


@dataclass(frozen=True)
class Orbit:
    """What is known of a claim along the orbit of its witness.

    ``closed``: the closed form of what the claim is about, in words; ``values``: its values at a few steps. Fractions
    are exact, a decimal is the middle of a ball that contains the number.
    """

    status: Status
    detail: str
    closed: str = ""
    values: tuple[tuple[int, str], ...] = ()


def along_orbit(claim: Claim) -> Orbit:
    """The claim at its author's witness, for every step: PROVED for existence, REFUTED for what is false there."""
    from flint import ctx

    if claim.witness is None:
        return Orbit(Status.UNDECIDED, "the claim has no witness")
    if claim.kind not in KINDS:
        return Orbit(Status.UNDECIDED, f"a witness for a claim of kind {claim.kind}")
    with ctx.workprec(PRECISION):
        open_ = open_sizes(claim)
        size = next((size for size in SIZES if _inside(claim, dict.fromkeys(open_, size))), SIZES[0])
        found = _at(claim, dict.fromkeys(open_, size))
        if open_ and found.status is not Status.UNDECIDED:
            wider = _at(claim, dict.fromkeys(open_, size + 1)).status is found.status
            names = " = ".join(dim.name for dim in open_)
            found = replace(found, detail=f"{found.detail}, at {names} = {size}" + f" and {size + 1}" * wider)
        return found


SIZES = (1, 2, 3, 4)  # tried for the dimensions that a witness leaves open: the first of which the claim speaks


def _inside(claim: Claim, sizes: Mapping[Dim, int]) -> bool:
    """Whether a claim is made, and expected to fail if it is, at these sizes, as far as they alone tell."""
    values = {**dict(claim.witness.sizes if claim.witness else ()), **sizes}
    conditions = [*claim.conditions, *([claim.fails] if claim.expect == "fails" else [])]
    return all(holds_at(c, values) for c in conditions if c.free_symbols <= set(values))


def open_sizes(claim: Claim) -> list[Dim]:
    """The dimensions of what the claim depends on to which the witness gives no size."""
    model, families = claim.model, reached(claim)[0]
    everything: list[Basic] = [*claim.expressions, *families]
    everything += [model.rules[f].expression for f in families if f in model.rules]
    given = dict(claim.witness.sizes) if claim.witness else {}
    found = set(chain.from_iterable(e.atoms(Dim) for e in everything)) - set(given)
    return sorted(found, key=str)


def _at(claim: Claim, sizes: Mapping[Dim, int]) -> Orbit:
    try:
        return Settled(claim, sizes).orbit()
    except DerivationError as reason:
        return Orbit(Status.UNDECIDED, str(reason))


class Settled:
    """A claim at its witness, at these sizes where the witness leaves them open."""

    def __init__(self, claim: Claim, sizes: Mapping[Dim, int]) -> None:
        assert claim.witness is not None
        self.claim, self.point = claim, claim.witness
        self.sizes = {**dict(self.point.sizes), **sizes}
        self.pinned = dict(self.point.steps)
        free = [s for s in free_steps(claim) if s not in self.pinned]
        self.step = claim.along if claim.along is not None else free[0] if free else None
        others = [s for s in free if s != self.step]
        if others:
            raise Undecided(f"a witness for every {self.step} and {others[0]} at once")
        self.range = span(claim, self.sizes, self.pinned, self.step)

    def orbit(self) -> Orbit:
        return KINDS[self.claim.kind](self)

    def along(self, expressions: Iterable[Expression], step: Step | None, range_: Range,
              assumption: bool = False) -> Along:
        return Along(self.claim, tuple(expressions), self.sizes, self.pinned, step, range_, assumption)

    def range_of(self, relation: Relation, step: Step | None) -> Range:
        """The values of a step for which an assumption speaks."""
        return span(self.claim, self.sizes, self.pinned, step, relation.sides)

    # ---- what is assumed

    def assumed(self) -> Truth:
        """Where the assumptions hold, along the claim's step. Raises Undecided where one fails, or is not decided."""
        out = Truth({}, None, True)
        for relation in self.claim.assuming:
            every = everywhere(self.claim, relation)
            if relation.sign == VANISHING:
                self._vanishing(relation, [s for s in every if s != self.step])
                continue
            own = self.step is not None and self.step not in every and self.step in steps_of(self.claim, relation)
            if len(every) + own > 1:
                raise Undecided(f"whether {relation} holds at the witness, for several steps at once")
            if own:
                out = out.both(self.along(relation.sides, self.step, self.range).truth(relation.sign))
                continue
            step = every[0] if every else None
            truth = self.along(relation.sides, step, self.range_of(relation, step), True).truth(relation.sign)
            if not truth.always:
                where = f"the assumption {relation}, which is false{truth.where(step, False)}"
                raise Undecided(f"the witness does not satisfy {where}" if truth.fails else
                                f"whether {relation} holds at the witness: {truth.reason}")
        return out

    def _vanishing(self, relation: Relation, others: list[Step]) -> None:
        """Whether an expression vanishes along the claim's step, whatever its other steps are."""
        assert self.step is not None
        if len(others) > 1:
            raise Undecided(f"whether {relation} at every {' and '.join(map(str, others))}")
        other = others[0] if others else None
        start = self.range_of(relation, other).first if others else 0
        for forms in self.along([relation.left], self.step, self.range).beside(other, start):
            for form in forms:
                if not vanishes(form, self.step):
                    raise Undecided(f"the witness does not satisfy the assumption {relation}: it is {form}")

    # ---- bounds, equalities, existence

    def truth(self, case: Case, k: int) -> tuple[Along, Truth]:
        along = self.along(case.sides[k : k + 2], self.step, self.range)
        return along, along.truth(case.sign)

    def refuted(self) -> Orbit:
        """A claim for all leaves, false at the witness in every case of it."""
        assumed, words, last = self.assumed(), [], None
        for case in self.claim.cases:
            pairs = [self.truth(case, k) for k in range(len(case.sides) - 1)]
            wrong = next(((along, t) for along, t in pairs if t.false_where(assumed)), None)
            label = f"{case.label}: " if case.label else ""
            if wrong is None:
                reason = next((t.reason for _, t in pairs if t.reason), "")
                return Orbit(Status.UNDECIDED, f"{label}{reason or 'the claim is true at the witness'}")
            last = wrong[0]
            words.append(f"{label}false{wrong[1].false_where(assumed, self.step)}, where {last.words()}")
        assert last is not None
        return Orbit(Status.REFUTED, "; ".join(words), last.words(), last.shown())

    def exists(self) -> Orbit:
        """All cases hold at the witness at every step."""
        assumed, words, last = self.assumed(), [], None
        if not assumed.always:
            raise Undecided(f"the witness does not satisfy the assumptions{assumed.where(self.step, False)}")
        for case in self.claim.cases:
            last, truth = self.truth(case, 0)
            label = f"{case.label}: " if case.label else ""
            if not truth.always:
                why = f"false at the witness{truth.where(self.step, False)}" if truth.fails else truth.reason
                return Orbit(Status.UNDECIDED, f"{label}{why}", *_shown(last))
            words.append(f"{label}{last.words()}{self.range.words(self.step)}")
        assert last is not None
        return Orbit(Status.PROVED, "; ".join(dict.fromkeys(words)), last.words(), last.shown())

    # ---- limits

    def limit(self) -> Orbit:
        """A limit is refuted where the closed form has another trend."""
        assumed = self.assumed()
        assert self.step is not None
        if not assumed.always or not self.range.endless:
            raise Undecided("the assumptions, or the range, of the claim end before the limit")
        words, last = [], None
        for case in self.claim.cases:
            side = see_through(case.sides[0])
            inside = side.args[0] if isinstance(side, Norm) else side
            last = self.along([inside], self.step, self.range)
            forms = last.closed[0]
            word = TRENDS[self.claim.trend or Trend.VANISHES](list(forms.values()), self.step)
            label = f"{case.label}: " if case.label else ""
            if not word:
                return Orbit(Status.UNDECIDED, f"{label}the claim is true at the witness, where it is {last.words()}")
            words.append(f"{label}{last.words()}, from {self.step} = {last.since} on: {word}")
        assert last is not None
        return Orbit(Status.REFUTED, "; ".join(words), last.words(), last.shown())


def _shown(along: Along) -> tuple[str, tuple[tuple[int, str], ...]]:
    try:
        return along.words(), along.shown()
    except Undecided:
        return "", ()


# How a trend is contradicted by the entries of what tends, in words; "" where it is not.
TRENDS: dict[Trend, Callable[[list[Form], Step], str]] = {
    Trend.VANISHES: lambda forms, k: "" if all(vanishes(f, k) for f in forms) else "it does not tend to zero",
    Trend.GROWS: lambda forms, k: "it stays bounded" if all(bounded(f, k) for f in forms) else "",
    Trend.STAYS: lambda forms, k: "it tends to zero" if all(vanishes(f, k) for f in forms) else "",
}
KINDS: dict[str, Callable[[Settled], Orbit]] = {BOUND: Settled.refuted, EQUALITY: Settled.refuted,
                                                EXISTENCE: Settled.exists, LIMIT: Settled.limit}
