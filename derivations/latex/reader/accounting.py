"""What becomes of each equation of a scope: a definition, a claim, an aside, or not read, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from derivations.claim import Definition
from derivations.errors import DerivationError
from derivations.latex.reader import tree
from derivations.latex.reader.account import Account, Kind
from derivations.latex.reader.building import Builder, Pending, mentions
from derivations.latex.reader.census import derives
from derivations.latex.reader.claiming import Claimer, Parts
from derivations.latex.reader.conditions import is_condition, said_beside
from derivations.latex.reader.declarations import Directions
from derivations.latex.reader.keys import mention
from derivations.latex.reader.statements import Statement
from derivations.latex.reader.tree import NotRead, Relation, Tree

UNCHECKED = {
    "≈": "an approximation states nothing that can be checked exactly",
    "∝": "a proportionality leaves its factor open",
    "~": "a distribution or an order of size is not read",
    "←": "an assignment gives a name a new value: it states no equation",
    "⇒": "an implication is not read",
    "⇔": "an equivalence is not read",
}

INSIDE = "an equation inside a list or fences: write it as an equation of its own"


@dataclass
class Accounting:
    """Accounts for the statements of a scope whose model is built."""

    name: str
    statements: list[Statement]
    directions: Directions
    marked: Mapping[str, set[int]]
    builder: Builder
    ids: set[str] = field(default_factory=set)

    @property
    def claimer(self) -> Claimer:
        builder = self.builder
        return Claimer(builder.model, builder.scope, builder.layout, builder.axes)

    def account(self, k: int, statement: Statement, item: Pending | None) -> Account:
        """What a statement is. Whatever is wrong with one, the others count."""
        account = Account(statement, Kind.NOT_READ, self._id(statement))
        e = statement.tree
        if k in self.marked["ignore"]:
            return replace(account, kind=Kind.IGNORED)
        if not isinstance(e, Relation):
            return account.as_not_read(statement.reason or INSIDE, statement.at)
        strange = next((sign for sign in e.signs if sign in UNCHECKED), None)
        if strange is not None:
            return replace(account, kind=Kind.NOT_CHECKABLE, reason=UNCHECKED[strange])
        try:
            if e.signs == ("∈",):
                self.claimer.check_member(e)
                return replace(account, kind=Kind.DECLARATION)
            return self._understood(k, account, e, item)
        except NotRead as error:
            return account.as_not_read(error.reason, statement.passage.place(error.at))
        except DerivationError as error:
            return account.as_not_read(str(error), statement.at)

    def _understood(self, k: int, account: Account, e: Relation, item: Pending | None) -> Account:
        statement = account.statement
        if statement.turned and statement.display:
            raise NotRead(f"words beside it may turn what it says: {statement.turned!r}", e.start)
        if item is not None:
            return self._definition(k, account, e, item)
        if statement.conditional:
            return replace(account, kind=Kind.ASIDE)
        if self._starts(e):
            return replace(account, kind=Kind.DEFINITION, said=("where the sequence starts",))
        if is_condition(e, self.builder.scope) or (not statement.display and not derives(e)):
            return replace(account, kind=Kind.ASIDE)
        return self._claim(k, account, Parts.of(e))

    def _starts(self, e: Relation) -> bool:
        """h_0 = 0, for a sequence that was declared so."""
        if e.signs != ("=",) or not (isinstance(e.sides[1], tree.Number) and e.sides[1].text == "0"):
            return False
        named = mention(e.sides[0], self.builder.census)
        return named is not None and named.step == 0 and named.power is None and named.key in self.builder.scope.things

    # ---- definitions

    def _definition(self, k: int, account: Account, e: Relation, item: Pending) -> Account:
        if k in self.marked["define"] and item.error is None:
            self._anew(item)
        if item.error is not None:
            raise item.error
        if item.built is None:
            raise NotRead("its definition was not reached", item.right.start)
        account = replace(account, kind=Kind.DEFINITION, said=item.words, definition=self._shown(account, item))
        parts = Parts.of(e)
        if len(parts.sides) > 2 or parts.shape is not None:
            rest = Parts((parts.sides[0], *parts.sides[2:]), parts.signs[1:], parts.shape)
            if len(rest.sides) > 1:
                return self._claim(k, replace(account, said=("its first side is the definition", *item.words)), rest)
            self.claimer.check_shape(parts, item.built)
        return account

    def _shown(self, account: Account, item: Pending) -> Definition | None:
        """The definition as it is listed; none of a function, which is put in where it is used."""
        left = None if item.built is None else self.builder.scope.at(item.target.key, item.target.step)
        if left is None or item.built is None:
            return None
        at = account.statement.at
        return Definition(f"{self.name}.{account.id}", left, item.built, account.statement.latex, "", at.file, at.line)

    def _anew(self, item: Pending) -> None:
        """A name that means something new from here on."""
        key = item.target.key
        later = [other for other in self.builder.pending if other.statement.at.line > item.statement.at.line
                 and other.right is not item.right and mentions(other.right, key, self.builder.census)]
        if later:
            raise NotRead(f"{key} is defined anew, and used in a later definition (line {later[0].statement.at.line}): "
                          "begin a scope instead", item.right.start)
        self.builder.scope.things.pop(key, None)
        self.builder.node(item)

    # ---- claims

    def _claim(self, k: int, account: Account, parts: Parts) -> Account:
        given, unread = self._given(account.statement)
        claim = self.claimer.claim(account.id, account.statement, parts, given, unread, fails=k in self.marked["fails"])
        return replace(account, kind=Kind.CLAIM, claim=claim)

    def _given(self, statement: Statement) -> tuple[list[Tree], tuple[str, ...]]:
        """The conditions beside an equation and those of directives; those that are not read are told."""
        given, other = said_beside(statement, self.builder.scope)
        for label, e, place in self.directions.given:
            at = statement.passage.at
            nearest = next((s for s in self.statements if s.display and s.passage.at.line >= place.line), None)
            if label in (statement.label, str(at.line)) if label else nearest is statement:
                given.append(e)
        return given, tuple(statement.passage.text[e.start:e.end].strip() for e in other)

    def _id(self, statement: Statement) -> str:
        words = "".join(c if c.isascii() and c.isalnum() else " " for c in statement.label).split()
        cell = f"cell-{statement.at.cell}-" if statement.at.cell else ""
        base = "-".join(words) or f"{cell}line-{statement.at.line}"
        name, k = base, 2
        while name in self.ids:
            name, k = f"{base}-{k}", k + 1
        self.ids.add(name)
        return name
