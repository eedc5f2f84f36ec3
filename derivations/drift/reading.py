"""What a passage of a document says, read with the names of a model; and which words between formulas are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from sympy.logic.boolalg import Boolean

from derivations.claim import EXISTENCE, LIMIT, PARENTS, SEPARATES, Trend
from derivations.drift.saying import RELATION, Assumption, Part, Said
from derivations.latex.reader import tree
from derivations.latex.reader.choices import CHOICES, Choice, first_choice
from derivations.latex.reader.conditions import condition, is_condition
from derivations.latex.reader.evaluate import Reader
from derivations.latex.reader.keys import letter_name
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.tree import NotRead, Relation, Text, Tree
from derivations.latex.reader.values import typed, unify
from derivations.operations import norm
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
    return hearing.said()


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

    # ---- the whole

    def said(self) -> Said:
        if not self.spoken:
            raise NotRead("no equation stands here", 0)
        form = next((form for form, fits in FORMS if fits(self)), RELATION)
        return BUILT[form](self)

    def given_by(self, spoken: Spoken) -> tuple[tuple[Boolean, ...], tuple[Assumption, ...]]:
        return (*self.before, *spoken.conditions), tuple(spoken.assumptions)

    def one(self) -> Spoken:
        if len(self.spoken) > 1:
            raise NotRead("two relations where one was expected", self.spoken[1].relation.start)
        return self.spoken[0]

    def only(self, **told: object) -> None:
        """Refuse phrases that this form has no use for."""
        for what, found in told.items():
            if found:
                raise NotRead(f"words that this kind of statement has no use for: {what}",
                              self.spoken[0].relation.start)

    def relation(self) -> Said:
        self.only(as_=self.along, for_every=self.first, through=self.through)
        given = [self.given_by(spoken) for spoken in self.spoken]
        if any(given) and len({bool(c or a) for c, a in given}) > 1:
            raise NotRead("conditions behind some of its relations and not behind the others: write them behind each",
                          self.spoken[0].relation.start)
        return Said(RELATION, tuple(Part(sides, sign, *under) for spoken, under in zip(self.spoken, given, strict=True)
                                    for sides, sign in self.relations(spoken.relation)))

    def existence(self) -> Said:
        """There are leaves with all of the relations; what is assumed stands behind the last."""
        self.only(through=self.through)
        if len(self.along) > 1:
            raise NotRead("the same leaves for every value of two steps: expected one", self.spoken[-1].relation.start)
        early = [spoken for spoken in self.spoken[:-1] if spoken.conditions or spoken.assumptions]
        if early:
            raise NotRead("a condition between what is to exist: write it behind the last", early[0].relation.start)
        under = self.given_by(self.spoken[-1])
        parts = tuple(Part(sides, sign, *under) for spoken in self.spoken
                      for sides, sign in self.relations(spoken.relation))
        return Said(EXISTENCE, parts, "".join(self.along), tuple(self.first))

    def tends(self) -> Said:
        self.only(for_every=self.first, through=self.through)
        spoken = self.one()
        side, end = spoken.relation.sides
        trend = Trend.VANISHES if isinstance(end, tree.Number) and end.text == "0" else \
            Trend.GROWS if isinstance(end, tree.Letter) and end.name == "infty" else None
        if trend is None or len(self.along) != 1:
            raise NotRead("a limit that is not read: expected 0 or \\infty, and a step that grows, as k \\to \\infty",
                          end.start)
        return Said(LIMIT, (Part((self.size(side),), "", *self.given_by(spoken)),), self.along[0], trend=trend)

    def stays(self) -> Said:
        """0 < inf_k x."""
        self.only(as_=self.along, for_every=self.first, through=self.through)
        spoken = self.one()
        big = spoken.relation.sides[1]
        assert isinstance(big, tree.Big)
        if big.below is None or big.above is not None:
            raise NotRead("an infimum without its step: expected \\inf_k", big.start)
        return Said(LIMIT, (Part((self.size(big.body),), "", *self.given_by(spoken)),), self.step(big.below),
                    trend=Trend.STAYS)

    def size(self, item: Tree) -> Expression:
        e = self.reader(item)
        return e if e.is_scalar else norm(e)

    def parents(self) -> Said:
        self.only(as_=self.along, for_every=self.first, through=self.through)
        spoken = self.one()
        call, found = spoken.relation.sides
        assert isinstance(call, tree.Product)
        assert isinstance(call.factors[1], tree.Fenced)
        of = call.factors[1].body
        if of is None:
            raise NotRead("the parents of nothing", call.start)
        return Said(PARENTS, (Part((), "", *self.given_by(spoken)),),
                    nodes=(("of", (self.reader(of),)), ("parents", self.listed(found))))

    def separates(self) -> Said:
        self.only(as_=self.along, for_every=self.first)
        spoken = self.one()
        if not (self.through and self.alone):
            raise NotRead("a dependency without its way: expected 'through' nodes 'alone'", spoken.relation.start)
        source, targets = spoken.relation.sides
        through = tuple(typed(self.reader.value(part)) for part in self.through)
        return Said(SEPARATES, (Part((), "", *self.given_by(spoken)),), nodes=(
            ("from", (self.reader(source),)), ("to", self.listed(targets)), ("through", through)))

    def listed(self, item: Tree) -> tuple[Expression, ...]:
        """The nodes in braces."""
        if not (isinstance(item, tree.Fenced) and item.left == "{"):
            raise NotRead("expected nodes in braces", item.start)
        body = item.body
        parts = () if body is None else body.items if isinstance(body, tree.Listed) else (body,)
        return tuple(self.reader(part) for part in parts)


ROLES: dict[str, Callable[[Hearing, Tree], None]] = {
    HEAD: Hearing.head, GIVEN: Hearing.given, EVERY: Hearing.every, ALONG: Hearing.limit, THROUGH: Hearing.between,
}


def _tends(h: Hearing) -> bool:
    return h.spoken[0].relation.signs == ("→",)


def _of_nodes(h: Hearing) -> bool:
    sides = h.spoken[0].relation.sides
    return _tends(h) and (bool(h.through) or isinstance(sides[1], tree.Fenced))


def _of_parents(h: Hearing) -> bool:
    left = h.spoken[0].relation.sides[0]
    return isinstance(left, tree.Product) and len(left.factors) == 2 and isinstance(left.factors[0], tree.Word) \
        and left.factors[0].text == "pa" and isinstance(left.factors[1], tree.Fenced)


def _stays(h: Hearing) -> bool:
    e = h.spoken[0].relation
    return e.signs == ("<",) and isinstance(e.sides[1], tree.Big) and e.sides[1].sign == "inf" \
        and isinstance(e.sides[0], tree.Number) and e.sides[0].text == "0"


STAYS = "stays"
FORMS: tuple[tuple[str, Callable[[Hearing], bool]], ...] = (
    (EXISTENCE, lambda h: h.exists), (PARENTS, _of_parents), (SEPARATES, _of_nodes), (LIMIT, _tends), (STAYS, _stays))
BUILT: dict[str, Callable[[Hearing], Said]] = {
    RELATION: Hearing.relation, EXISTENCE: Hearing.existence, PARENTS: Hearing.parents,
    SEPARATES: Hearing.separates, LIMIT: Hearing.tends, STAYS: Hearing.stays,
}
