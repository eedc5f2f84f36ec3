"""What a passage of a document says, read with the names of a model; and which words between formulas are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from sympy.logic.boolalg import Boolean

from derivations.drift.forms import said_of
from derivations.drift.saying import Assumption, Said
from derivations.latex.reader import tree
from derivations.latex.reader.choices import CHOICES, Choice, first_choice
from derivations.latex.reader.conditions import condition, is_condition
from derivations.latex.reader.evaluate import Reader
from derivations.latex.reader.keys import letter_name
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.tree import NotRead, Relation, Text, Tree
from derivations.latex.reader.values import unify
from derivations.relations import AT_MOST, EQUAL, LESS, UNEQUAL, VANISHING
from derivations.symbols import Expression

HEAD, GIVEN, EVERY, ALONG, EXISTS, THROUGH, ALONE, AND = \
    "head", "given", "every", "along", "exists", "through", "alone", "and"
WORDS = {
    "for": GIVEN, "if": GIVEN, "when": GIVEN, "where": GIVEN, "provided": GIVEN, "provided that": GIVEN,
    "whenever": GIVEN, "and": AND, "for every": EVERY, "for all": EVERY, "for each": EVERY, "for any": EVERY,
    "as": ALONG, "through": THROUGH, "alone": ALONE, "only": ALONE,
    "there are parameters and inputs with": EXISTS, "there are parameters and inputs such that": EXISTS,
}
"""What stands behind each phrase. Any other words between formulas are not read."""
SIGNS = {"=": (EQUAL, False), ":=": (EQUAL, False), "≡": (EQUAL, False), "≠": (UNEQUAL, False),
         "≤": (AT_MOST, False), "<": (LESS, False), "≥": (AT_MOST, True), ">": (LESS, True),
         "→": (VANISHING, False)}
"""The sign that each printed one is, and whether the sides change places."""


AMBIGUOUS = ("tight", "dot", "T")
"""The choices that a model's notation leaves to whoever writes it; the others it tells apart by its signs."""


def said_in(items: Sequence[Tree], scope: Scope, choice: Choice | None = None) -> Said:
    """What the statements of a passage say, in the scope of a model, in the reading that is tried first or another.

    Raises NotRead, with the offset.
    """
    hearing = Hearing(scope, Reader(scope, choice or first_choice("numerator")))
    for item in items:
        hearing.take(item)
    return said_of(hearing)


def other_readings(items: Sequence[Tree], scope: Scope) -> Iterator[tuple[str, Said]]:
    """What the statements say in the readings after the first, each with the words for its choices."""
    first = first_choice("numerator")
    made = list(product(*(CHOICES[name] for name in AMBIGUOUS)))
    seen = {said_in(items, scope, first)}
    for words in made[1:]:
        choice = Choice({**first.made, **dict(zip(AMBIGUOUS, words, strict=True))})
        try:
            said = said_in(items, scope, choice)
        except NotRead:
            continue
        if said not in seen:
            seen.add(said)
            yield " and ".join(CHOICES[name][choice.made[name]] for name in AMBIGUOUS if name in choice.asked), said


@dataclass
class Spoken:
    """One relation of a passage, with what is said under it."""

    relation: Relation
    conditions: list[Boolean] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)


@dataclass
class Hearing:
    """The statements of a passage, taken one after the other: words say what the next formula is for."""

    scope: Scope
    reader: Reader
    role: str = HEAD
    behind: str = HEAD  # what the last formula was for, which "and" goes on with
    spoken: list[Spoken] = field(default_factory=list)
    exists: bool = False
    first: list[str] = field(default_factory=list)
    along: list[str] = field(default_factory=list)
    through: list[Tree] = field(default_factory=list)
    before: list[Boolean] = field(default_factory=list)  # conditions that stand before the first relation
    alone: bool = False

    def take(self, item: Tree) -> None:
        """A phrase, or a formula."""
        if isinstance(item, Text):
            phrase = " ".join(item.text.lower().replace(",", " ").replace("~", " ").split())
            if phrase not in WORDS:
                raise NotRead(f"the words {phrase!r} between formulas are not read", item.start)
            role = WORDS[phrase]
            self.exists |= role == EXISTS
            self.alone |= role == ALONE
            self.role = self.behind if role == AND else HEAD if role in (EXISTS, ALONE) else role
            return
        role, self.role = self.role, HEAD
        self.behind = role if role in (GIVEN, HEAD) else GIVEN if self.spoken and self.spoken[-1].assumptions else HEAD
        ROLES[role](self, item)

    # ---- what a formula is for

    def head(self, item: Tree) -> None:
        if is_condition(item, self.scope):
            return self.given(item)
        if not isinstance(item, Relation):
            raise NotRead("a formula without a relation: expected an equation", item.start)
        self.spoken.append(Spoken(item))

    def given(self, item: Tree) -> None:
        """A condition on sizes and steps, or an assumption on values, of the relation before."""
        if is_condition(item, self.scope):
            (self.spoken[-1].conditions if self.spoken else self.before).append(condition(item, self.scope))
            return
        if not self.spoken:
            raise NotRead("an assumption before what it is for: write it behind", item.start)
        self.spoken[-1].assumptions += [Assumption(sides, sign) for sides, sign in self.relations(item)]

    def every(self, item: Tree) -> None:
        """For every step: of the assumption before, of what exists before any relation, or at which it serves."""
        names = [self.step(part) for part in (item.items if isinstance(item, tree.Listed) else (item,))]
        last = self.spoken[-1] if self.spoken else None
        if last is not None and last.assumptions:
            told = last.assumptions[-1]
            last.assumptions[-1] = Assumption(told.sides, told.sign, (*told.every, *names))
        elif last is None:
            self.first += names
        elif self.exists:
            self.along += names
        # "a = b for every t" is what every equation says of a step that it leaves free
        elif not set(names) <= {str(s) for s in self.free(last.relation)}:
            raise NotRead("for every step that stands nowhere in the formula", item.start)

    def limit(self, item: Tree) -> None:
        """The step that grows: as k → ∞."""
        grows = isinstance(item, Relation) and item.signs == ("→",) and isinstance(item.sides[1], tree.Letter) \
            and item.sides[1].name == "infty"
        if not (grows and isinstance(item, Relation)):
            raise NotRead("expected a step that grows, as in k \\to \\infty", item.start)
        self.along.append(self.step(item.sides[0]))

    def between(self, item: Tree) -> None:
        self.through += item.items if isinstance(item, tree.Listed) else (item,)

    # ---- formulas

    def free(self, relation: Relation) -> set[object]:
        return {s for sides, _ in self.relations(relation) for side in sides for s in side.steps}

    def step(self, item: Tree) -> str:
        name = letter_name(item)
        if name is None or name not in self.scope.census.steps:
            raise NotRead("expected a step of the model", item.start)
        return name

    def relations(self, item: Tree) -> list[tuple[tuple[Expression, ...], str]]:
        """The relations of a chain: one of all its sides where it is of equalities, else one of each two neighbours."""
        if not isinstance(item, Relation):
            raise NotRead("a formula without a relation: expected an equation or an inequality", item.start)
        strange = next((sign for sign in item.signs if sign not in SIGNS), None)
        if strange is not None:
            raise NotRead(f"the relation {strange} is not read here", item.start)
        sides = self.reader.guarded(item, lambda: unify([self.reader.value(side) for side in item.sides],
                                                         self.reader.choice, sides=True))
        told = [SIGNS[sign] for sign in item.signs]
        if all(sign == EQUAL for sign, _ in told):
            return [(tuple(sides), EQUAL)]
        pairs = zip(sides, sides[1:], told, strict=False)
        return [((b, a) if turned else (a, b), sign) for a, b, (sign, turned) in pairs]


ROLES: dict[str, Callable[[Hearing, Tree], None]] = {
    HEAD: Hearing.head, GIVEN: Hearing.given, EVERY: Hearing.every, ALONG: Hearing.limit, THROUGH: Hearing.between,
}
