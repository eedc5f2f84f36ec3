"""Two statements side by side: the same, another, or not decided.

Sides are the same where they are one expression with abbreviations written out, or where it is proved that they are
equal whatever the values of their nodes and derivatives are (``free``). They are told apart by such values alone, which
the caller finds (``Apart``): without them, what is not proved is not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from sympy import And, S
from sympy.logic.boolalg import Boolean

from derivations.calculus import Let, see_through
from derivations.claim import EQUALITY, Case, Claim, Definition
from derivations.drift.conditions import same_conditions
from derivations.drift.finding import Difference
from derivations.drift.free import free_claim, same_bounds
from derivations.drift.saying import Assumption, Part, Said, said_by
from derivations.errors import DerivationError
from derivations.latex import text
from derivations.model import Model
from derivations.proof.claims import proof_of
from derivations.relations import EQUAL, UNEQUAL
from derivations.symbols import Expression, Step, same_type, show_axes
from derivations.verdict import Status as Proved

SYMMETRIC = (EQUAL, UNEQUAL)


@dataclass(frozen=True)
class Apart:
    """Whether values tell two formulas apart: where they do, or why it is not known."""

    differs: bool
    words: str


Values = Callable[[Expression, Expression, Claim], Apart]


def without_values(one: Expression, other: Expression, of: Claim) -> Apart:
    """For a caller that has no numbers."""
    return Apart(False, "no numbers were tried")


def as_claim(item: Claim | Definition, model: Model) -> Claim:
    """A claim, or a definition as the equality that it states: for its range of steps."""
    if isinstance(item, Claim):
        return item
    return Claim(item.id, EQUALITY, model, (Case("", (item.left, item.right)),))


@dataclass
class Comparison:
    """What a document says beside what an item says; ``differences`` and ``open`` are filled as it goes."""

    item: Claim | Definition
    model: Model
    values: Values = without_values
    differences: list[Difference] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.claim = as_claim(self.item, self.model)
        self.told = said_by(self.item)

    def run(self, read: Said) -> Comparison:
        """Compare what was read in a document."""
        told, read = self.told, _renamed(read, self.told)
        for where, a, b in (
                ("the kind of statement", told.form, read.form),
                ("what is said of the limit", told.trend or "", read.trend or ""),
                ("the step that grows, or for which the same values serve", told.along, read.along),
                ("the steps for which there are values", ", ".join(told.first), ", ".join(read.first))):
            if a != b:
                self.differences.append(Difference(where, str(a), str(b)))
        if told.form != read.form:
            return self
        for (role, nodes), (_, others) in zip(told.nodes, read.nodes, strict=True):
            if set(nodes) != set(others):
                self.differences.append(Difference(f"the nodes {role}", _listed(nodes), _listed(others)))
        pairs = _paired(told.parts, read.parts)
        for number, (ours, theirs) in enumerate(pairs, 1):
            name = f"relation {number}, " if len(pairs) > 1 else ""
            if ours is None or theirs is None:
                self.differences.append(Difference(f"{name}the whole", _shown(ours), _shown(theirs),
                                                   "the claim has another number of relations"))
            else:
                self._part(name, ours, theirs, defines=told.defines)
        return self

    # ---- one relation

    def _part(self, name: str, ours: Part, theirs: Part, *, defines: bool) -> None:
        if ours.sign != theirs.sign:
            self.differences.append(Difference(f"{name}the sign", ours.sign, theirs.sign))
        elif len(ours.sides) != len(theirs.sides):
            self.differences.append(Difference(f"{name}the whole", _shown(ours), _shown(theirs),
                                               "it has another number of sides"))
        elif defines:
            self._definition(name, ours.sides, theirs.sides)
        else:
            self._sides(name, ours.sides, theirs.sides, ours.sign, theirs.given)
        found = same_conditions(self.claim, ours.given, theirs.given)
        if found.difference is not None:
            self.differences.append(replace(found.difference, where=f"{name}{found.difference.where}"))
        elif found.open:
            self.open.append(f"{name}{found.open}")
        self._assumptions(name, ours.assumptions, theirs.assumptions, theirs.given)

    def _definition(self, name: str, ours: Sequence[Expression], theirs: Sequence[Expression]) -> None:
        """What is defined must be named on the left, and nowhere on the right."""
        left, right = theirs if theirs[1] != ours[0] else (theirs[1], theirs[0])
        if left != ours[0]:
            self.differences.append(Difference(f"{name}what is defined", text(ours[0]), text(left)))
        if isinstance(ours[0], Let) and any(let.name == ours[0].name for let in right.atoms(Let)):
            self.differences.append(Difference(f"{name}right side", text(ours[1]), text(right), "it defines itself"))
            return
        self._side(f"{name}right side", ours[1], right, S.true)

    def _sides(self, name: str, ours: Sequence[Expression], theirs: Sequence[Expression], sign: str,
               given: Boolean) -> None:
        theirs = _arranged(ours, theirs) if sign in SYMMETRIC else theirs
        if all(map(_one, ours, theirs)):
            return
        names = ["left side", "right side"] if len(ours) == 2 else \
            [f"side {k}" for k, _ in enumerate(ours, 1)] if len(ours) > 1 else ["the formula"]
        if len(ours) == 2 and self._moved(ours, theirs, sign, given):
            return
        for where, a, b in zip(names, ours, theirs, strict=True):
            self._side(f"{name}{where}", a, b, given)

    def _moved(self, ours: Sequence[Expression], theirs: Sequence[Expression], sign: str, given: Boolean) -> bool:
        """Whether terms stand on the other side of the sign: the difference of the sides is the same."""
        try:
            one, other = ours[0] - ours[1], theirs[0] - theirs[1]
            return self._proved(one, other, given) or (sign in SYMMETRIC and self._proved(one, -other, given))
        except DerivationError:
            return False

    def _side(self, where: str, ours: Expression, theirs: Expression, given: Boolean) -> None:
        """One formula beside another."""
        if _one(ours, theirs):
            return
        if not same_type(ours.axes, theirs.axes):
            self.differences.append(Difference(where, text(ours), text(theirs),
                                               f"a {show_axes(ours.axes)} there, a {show_axes(theirs.axes)} here"))
            return
        try:
            if self._proved(ours, theirs, given):
                return
        except DerivationError:
            pass  # no proof: values may tell them apart all the same
        found = self.values(ours, theirs, self.claim)
        if found.differs:
            self.differences.append(Difference(where, text(ours), text(theirs), found.words))
        else:
            self.open.append(f"{where}: {text(theirs)} beside {text(ours)}: {found.words}")

    def _proved(self, one: Expression, other: Expression, given: Boolean) -> bool:
        return proof_of(free_claim(one, other, self.claim, And(given, self.claim.given))).status is Proved.PROVED

    # ---- assumptions

    def _assumptions(self, name: str, ours: Sequence[Assumption], theirs: Sequence[Assumption],
                     given: Boolean) -> None:
        """Each assumption of the one beside one of the other."""
        left = list(theirs)
        lone: list[Assumption] = []
        for assumed in ours:
            match = next((other for other in left if self._assumes(assumed, other, given)), None)
            if match is None:
                lone.append(assumed)
            else:
                left.remove(match)
        for a, b in zip_longest(lone, left):
            because = "this is not assumed here" if b is None else "the claim does not assume this" if a is None else ""
            self._unmatched(f"{name}what is assumed", a, b, because, given)

    def _assumes(self, one: Assumption, other: Assumption, given: Boolean) -> bool:
        return (one.sign, set(one.every)) == (other.sign, set(other.every)) and \
            self._same(one.sides, other.sides, one.sign, given)

    def _same(self, ours: Sequence[Expression], theirs: Sequence[Expression], sign: str, given: Boolean) -> bool:
        """Whether two relations are the same, as far as that is proved."""
        theirs = _arranged(ours, theirs) if sign in SYMMETRIC else theirs
        for a, b in zip(ours, theirs, strict=True):
            try:
                if not _one(a, b) and not (same_type(a.axes, b.axes) and self._proved(a, b, given)):
                    return False
            except DerivationError:
                return False
        return True

    def _unmatched(self, where: str, ours: Assumption | None, theirs: Assumption | None, because: str,
                   given: Boolean) -> None:
        if ours is None or theirs is None or (ours.sign, set(ours.every)) != (theirs.sign, set(theirs.every)):
            self.differences.append(Difference(where, _shown(ours), _shown(theirs), because))
            return
        before = len(self.differences)
        self._sides(f"{where}, ", ours.sides, theirs.sides, ours.sign, given)
        if len(self.differences) == before and not self.open:
            self.differences.append(Difference(where, _shown(ours), _shown(theirs), because))


# ---- without a proof


def _one(a: Expression, b: Expression) -> bool:
    """Whether two expressions are one, with abbreviations written out."""
    return bool(a == b or same_bounds(see_through(a)) == same_bounds(see_through(b)))


def _arranged(ours: Sequence[Expression], theirs: Sequence[Expression]) -> Sequence[Expression]:
    """The sides of an equality in the order of the others, as far as they are the same expressions."""
    left = list(theirs)
    places: list[Expression | None] = []
    for side in ours:
        match = next((other for other in left if _one(side, other)), None)
        places.append(match)
        if match is not None:
            left.remove(match)
    return [left.pop(0) if side is None else side for side in places]


def _paired(ours: Sequence[Part], theirs: Sequence[Part]) -> list[tuple[Part | None, Part | None]]:
    """The relations side by side: those with the same sides first found, the others in their order."""
    left = list(theirs)
    found: list[Part | None] = []
    for part in ours:
        match = next((other for other in left if len(other.sides) == len(part.sides)
                      and all(map(_one, part.sides, other.sides))), None)
        found.append(match)
        if match is not None:
            left.remove(match)
    rest = [left.pop(0) if part is None and left else part for part in found]
    return [*zip(ours, rest, strict=True), *((None, part) for part in left)]


def _renamed(read: Said, told: Said) -> Said:
    """The statement in the claim's own letter, where one free step of it is called by another."""
    ours, theirs = _free(told), _free(read)
    lone, other = sorted(theirs - ours), sorted(ours - theirs)
    if len(lone) != 1 or len(other) != 1:
        return read
    old, new = Step(lone[0]), Step(other[0])

    def sub(e: Any) -> Any:
        return e.subs(old, new)

    def assumption(a: Assumption) -> Assumption:
        return replace(a, sides=tuple(map(sub, a.sides)), every=tuple(map(name, a.every)))

    def name(step: str) -> str:
        return other[0] if step == lone[0] else step

    parts = tuple(Part(tuple(map(sub, p.sides)), p.sign, tuple(map(sub, p.conditions)),
                       tuple(map(assumption, p.assumptions))) for p in read.parts)
    return replace(read, parts=parts, along=name(read.along), first=tuple(map(name, read.first)),
                   nodes=tuple((role, tuple(map(sub, nodes))) for role, nodes in read.nodes))


def _free(said: Said) -> set[str]:
    expressions = [e for p in said.parts for e in p.sides] + [e for _, nodes in said.nodes for e in nodes]
    return {str(s) for e in expressions for s in e.steps}


# ---- in words


def _listed(nodes: Sequence[Expression]) -> str:
    return ", ".join(sorted(map(text, nodes)))


def _shown(part: Part | Assumption | None) -> str:
    if part is None:
        return ""
    every = f" for every {', '.join(part.every)}" if isinstance(part, Assumption) and part.every else ""
    return f" {part.sign} ".join(map(text, part.sides)) + every
