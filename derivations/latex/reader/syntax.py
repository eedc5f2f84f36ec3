"""From LaTeX mathematics to trees, by recursive descent: statements, relations and lists, sums, products.

What the page shows decides, as TeX shows it: ``x_12`` has the subscript 1, and braces that do not print do not group.
What can be read in two ways is not read, and the reason says how to write it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from derivations.latex.reader import arithmetic, rows, words
from derivations.latex.reader.atoms import ATOMS
from derivations.latex.reader.context import DEEPEST, Context, groups
from derivations.latex.reader.folding import Implies, implied, related
from derivations.latex.reader.tokens import Macro, Token, tokens
from derivations.latex.reader.tree import (
    Fraction,
    NotRead,
    Statements,
    Text,
    Tree,
)
from derivations.latex.reader.vocabulary import (
    BARS,
    CLOSING,
    ENDS,
    GAPS,
    GIVEN,
    IMPLIES,
    LOGIC,
    OPENING,
    PLUS,
    PROSE,
    PUNCTUATION,
    RELATING,
    SAYING,
    SCRIPTS,
    STOPS,
    TEXTS,
    TIMES,
)

__all__ = ["Macro", "parse"]

_OPENS = frozenset(("", "{", ",", ";", "&", r"\\", *GAPS, *OPENING, *BARS))
T = TypeVar("T")


def parse(text: str, macros: Mapping[str, Macro] | None = None) -> Statements:
    """The statements of one passage of mathematics, without its dollar signs, or without its environment.

    ``macros`` by name, without the backslash. Raises NotRead, with the offset in ``text``.
    """
    parser = Parser(tokens(text, macros or {}))
    items = parser.statements()
    if parser.key:
        raise parser.unexpected()
    return Statements(tuple(items), start=0, end=len(text))


class Parser:
    """Reads tokens from left to right, once. ``key`` is the next token's."""

    rules = ATOMS

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.keys = [token.key for token in found]
        self.closes, self.special = groups(found)
        self.aligned = "&" in self.keys or r"\\" in self.keys
        self.hidden = bytearray(len(found) + 1)  # closing braces of groups that were entered as if they were not there
        self.at, self.key, self.last, self.depth = 0, self.keys[0], 0, 0
        self.context = Context(lines=rows.Lines())

    # ---- moving

    @property
    def start(self) -> int:
        return self.tokens[self.at].start

    def step(self) -> None:
        self.last = self.tokens[self.at].end
        self.move(self.at + 1)

    def move(self, at: int) -> None:
        while self.hidden[at]:
            at += 1
        self.at, self.key = at, self.keys[at]

    def behind(self, at: int) -> int:
        """The place behind a place."""
        at += 1
        while self.hidden[at]:
            at += 1
        return min(at, len(self.keys) - 1)

    def ahead(self, at: int) -> str:
        """The key behind a place."""
        return self.keys[self.behind(at)]

    def within(self, read: Callable[[], T], context: Context | None = None) -> T:
        """What ``read`` reads one level deeper, in another context."""
        if self.depth >= DEEPEST:
            raise NotRead(f"nested too deeply: more than {DEEPEST} levels inside each other", self.start)
        saved, self.depth = self.context, self.depth + 1
        if context is not None:
            self.context = context
        result = read()
        self.context, self.depth = saved, self.depth - 1
        return result

    def expect(self, key: str, opened: Token) -> None:
        if self.key != key:
            if self.key:
                raise self.unexpected()
            raise NotRead(f"{opened.key} is not closed: {key} was expected", opened.start)
        self.step()

    def unexpected(self) -> NotRead:
        return words.unexpected(self.key, self.tokens[self.at])

    # ---- statements

    def statements(self) -> list[Tree]:
        """Statements one after the other, as far as this context goes."""
        items: list[Tree] = []
        starts = {0}  # of the rows, among the items
        after = False  # whether a formula stands directly before
        while True:
            key, c = self.key, self.context
            if key in ENDS or (c.fence and key in CLOSING) or (after and key in BARS):
                break
            if key == "{" and self.transparent():
                self.enter()
                continue
            if key in PUNCTUATION and (after or (items and isinstance(items[-1], Text) and not self.number(self.at))):
                self.punctuate(after)
                continue
            if key in GAPS:
                self.step()
            elif key in ("&", r"\\"):
                if c.lines is None:
                    break
                if c.lines.separate(self):
                    starts.add(len(items))
            elif self.prose(self.at):
                items += words.prose(self)
            elif key in IMPLIES:
                items.append(Implies(IMPLIES[key], start=self.start))
                self.step()
            elif after:
                raise self.unexpected()
            else:
                items += self.formula()
                after = True
                continue
            after = False
        return implied(items, starts)

    def content(self) -> Tree | None:
        """What stands in a group or fence; None where nothing does."""
        begun, items = self.start, self.statements()
        if self.key == r"\over":
            return self.over(items, begun)
        return self.one(items, begun) if items else None

    def one(self, items: list[Tree], begun: int) -> Tree:
        return items[0] if len(items) == 1 else Statements(tuple(items), start=begun, end=self.last)

    def over(self, above: list[Tree], begun: int) -> Tree:
        """``above \\over below``, at the sign."""
        at, whole = self.start, self.one(above, begun)
        self.step()
        start, below = self.start, self.statements()
        if not above or not below or self.key == r"\over":
            raise NotRead(r"\over: expected one formula on each side", at)
        return Fraction(whole, self.one(below, start), start=begun, end=self.last)

    def punctuate(self, after: bool) -> None:
        """Passes a comma or point that ends a statement; behind words it always does."""
        following = self.behind(self.at)
        key = self.keys[following]
        if after and not (self.ends(following) or key in IMPLIES):
            raise NotRead(f"{self.key} inside a formula: expected a sign, or the end", self.start)
        self.step()

    def number(self, at: int) -> bool:
        """Whether the point here begins a number, or is the first of three."""
        return self.keys[at] == "." and (self.ahead(at) == "." or self.ahead(at).isdigit())

    def ends(self, at: int) -> bool:
        """Whether a statement can end before the place."""
        key = self.keys[at]
        return key in ENDS or key in GAPS or key in ("&", r"\\") or self.prose(at)

    def prose(self, at: int) -> bool:
        token = self.tokens[at]
        if token.key in TEXTS:
            return words.is_prose(token, self.context.script, self.ahead(at) in SCRIPTS)
        return token.key in PROSE or token.key in SAYING

    # ---- relations and lists

    def formula(self) -> list[Tree]:
        """Sides with relations and commas between them; more than one tree where commas part statements."""
        c = self.context
        if c.lines is not None and not c.fence:
            c.lines.begin()
        elements, joints = [self.sum()], list[tuple[str, str]]()
        while (joint := self.joint()) is not None:
            joints.append(joint)
            elements.append(self.sum())
        if joints:
            return related(elements, joints, c.apart)
        first = elements[0]
        return list(first.items) if isinstance(first, Statements) else [first]

    def joint(self) -> tuple[str, str] | None:
        """The relation, comma or connective that comes next, as its kind and sign; None where none does."""
        key, c = self.key, self.context
        c.risk = False
        if key in (",", ";"):
            if (c.cell or c.apart) and self.ends(self.behind(self.at)):
                return None
            self.step()
            return "list", key
        if key in LOGIC:
            self.step()
            return "logic", LOGIC[key]
        sign = words.relation(self) if key in RELATING else None
        if sign is None:
            return None
        if c.lines is not None and not c.fence:
            c.lines.related = True
        return "given" if sign in GIVEN else "relation", sign

    # ---- operands

    def sum(self) -> Tree:
        return arithmetic.terms(self)

    def product(self) -> Tree:
        return arithmetic.factors(self)

    def operand(self) -> Tree:
        return arithmetic.scripted(self)

    def skip(self) -> None:
        """Passes over layout where an operand must come."""
        while True:
            if self.key in GAPS:
                self.step()
            elif self.key in ("&", r"\\") and self.context.lines is not None:
                self.context.lines.separate(self)
            elif self.key == "{" and self.transparent():
                self.enter()
            else:
                return

    def stops(self) -> bool:
        """Whether no operand begins here."""
        return (self.key in STOPS and not self.number(self.at)) or self.key in TIMES or self.prose(self.at)

    def bare(self) -> bool:
        """Whether the sign here stands for itself, as in ``^{+}`` and ``f(\\cdot)``."""
        place = self.at - 1
        while self.hidden[place] and place > 0:
            place -= 1
        before, following = self.keys[place] if place >= 0 else "", self.ahead(self.at)
        ends = following in ENDS or following in (",", ";", "&", r"\\") or following in CLOSING or following in BARS
        return before in _OPENS and (ends or following in GAPS or (following in ("^", "_") and self.key not in PLUS))

    # ---- groups

    def transparent(self) -> bool:
        """Whether the group here neither prints nor changes anything: no script stands on it, and no font in it."""
        return not self.special[self.at] and self.ahead(self.closes[self.at]) not in SCRIPTS

    def enter(self) -> None:
        self.hidden[self.closes[self.at]] = 1
        self.step()
