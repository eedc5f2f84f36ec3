"""Trees of the reader: shown in one line, and drawn at random."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from derivations.latex.reader.tree import (
    At,
    Big,
    Braced,
    Fenced,
    Fraction,
    Letter,
    Listed,
    Matrix,
    Number,
    Product,
    Relation,
    Root,
    Scripted,
    Signs,
    Statements,
    Sum,
    Text,
    Tree,
    Word,
)

# ---- shown


def shown(tree: Any) -> str:
    """``Class[field field]``; a letter is its name with style and accents, a word in quotes, - is nothing there.

    Statements have ; between them, and braces around them inside another tree.
    """
    if isinstance(tree, Statements):
        return "; ".join(map(_shown, tree.items))
    return _shown(tree)


def _shown(tree: Any) -> str:
    if tree is None:
        return "-"
    if isinstance(tree, Letter):
        return ".".join(filter(None, (tree.name, tree.style, *tree.accents)))
    if isinstance(tree, Number):
        return tree.text
    if isinstance(tree, Word):
        return f'"{tree.text}"' + "".join(f".{x}" for x in (tree.style, *tree.accents) if x != "rm")
    if isinstance(tree, Text):
        return f"«{tree.text}»"
    if isinstance(tree, Statements):
        return f"{{{shown(tree)}}}"
    if isinstance(tree, tuple):
        return f"({' '.join(map(_shown, tree))})"
    if isinstance(tree, Tree):
        parts = (getattr(tree, item.name) for item in fields(tree) if item.name not in ("start", "end"))
        return f"{type(tree).__name__}[{' '.join(map(_shown, parts))}]"
    return str(tree) or "_"


# ---- at random: what the grammar can give, and nothing that it refuses

_NAMES = ("x", "y", "W", "T", "e", "theta", "Sigma", "partial", "nabla", "infty", "ldots", "ell", "top")
_STYLES = ("", "", "", "bf", "rm", "it", "sf", "tt", "cal", "bb", "bfcal")
_ACCENTS = ("tilde", "hat", "bar", "dot", "vec", "leftarrow")
_SAID = ("for all", "if", "and", "we find", "otherwise", "almost surely", "a $x_t$", "12", "everywhere")
_FENCES = ("()", "[]", "{}", "||", "‖‖", "⟨⟩", "(]", "[)", "{.", ".}", "⌊⌋")
_BIG = ("sum", "prod", "prod-right", "max", "min", "lim", "int", "inf")
_TIMES = ("", "", "", "cdot", "odot", "otimes", "times", "circ", "ast", "/")
_RELATIONS = ("=", "≠", "≤", "<", "∈", "→", "≈", "∝", ":=", "↛", "~", "←")


class Drawing:
    """Draws trees; each takes how deep it may go."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.left = 40  # operands that may still have parts of their own

    def pick(self, *of: Any) -> Any:
        return self.draw(st.sampled_from(of))

    def some(self, make: Any, low: int, high: int) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self.draw(st.integers(low, high))))

    def maybe(self, make: Any) -> Any:
        return make() if self.pick(False, True) else None

    def accents(self) -> tuple[str, ...]:
        return self.some(lambda: self.pick(*_ACCENTS), 1, 2) if self.pick(False, False, True) else ()

    def plain(self) -> Tree:
        kind = self.pick("letter", "letter", "number", "word", "digit")
        if kind == "letter":
            return Letter(self.pick(*_NAMES), self.pick(*_STYLES), self.accents())
        if kind == "number":
            return Number(self.pick("0", "1", "2", "12", "0.5", "100", "2.25"))
        if kind == "digit":
            return Letter(self.pick("1", "0", "12"), self.pick("bf", "bb"))
        if self.pick(True, False):
            return Word(self.pick("diag", "tanh", "L2", "max", "and", "pre-norm", "a_b"), "rm", self.accents())
        return Word(self.pick("ab", "LN"), self.pick("bf", "it", "sf", "cal", "bfcal"), self.accents())

    def atom(self, depth: int) -> Tree:
        self.left -= 1
        if depth <= 0 or self.left < 0:
            return self.plain()
        kind = self.pick("plain", "plain", "plain", "scripted", "scripted", "fraction", "root", "fenced", "matrix",
                         "at", "braced")
        if kind == "scripted":
            return self.scripted(depth - 1)
        return self.plain() if kind == "plain" else self.block(kind, depth - 1)

    def block(self, kind: str, depth: int) -> Tree:
        if kind == "fraction":
            return Fraction(self.content(depth), self.content(depth))
        if kind == "root":
            return Root(self.content(depth), self.maybe(lambda: self.content(depth)))
        if kind == "fenced":
            left, right = self.pick(*_FENCES)
            return Fenced(left, self.maybe(lambda: self.content(depth)), right)
        if kind == "matrix":
            columns = self.draw(st.integers(1, 3))
            rows = self.some(lambda: self.some(lambda: self.content(depth), columns, columns), 1, 3)
            return Matrix(rows, self.pick("", "[", "(", "|", "‖", "{", "}", "{}"))
        if kind == "at":
            return At(self.product(depth), self.content(depth))
        return Braced(self.product(depth), self.maybe(lambda: self.content(depth)))

    def scripted(self, depth: int) -> Tree:
        base = self.atom(depth)
        sub, sup = self.maybe(lambda: self.script(depth)), self.maybe(lambda: self.script(depth))
        primes = self.draw(st.integers(0, 2))
        return Scripted(base, sub, sup, primes if primes or sub or sup else 1)

    def script(self, depth: int) -> Tree:
        kind = self.pick("content", "content", "signs", "plus")
        if kind == "content":
            return self.content(depth)
        if kind == "plus":
            return Signs(("+",))
        return Signs(self.some(lambda: self.pick("odot", "ast", "bullet"), 1, 2), self.maybe(self.plain))

    def product(self, depth: int) -> Tree:
        factors = list(self.some(lambda: self.atom(depth), 1, 3))
        if self.pick(False, False, True):
            below, above = (self.maybe(lambda: self.content(depth - 1)) for _ in range(2))
            factors.append(Big(self.pick(*_BIG), below, above, self.product(depth - 1)))
        if len(factors) == 1:
            return factors[0]
        signs = [self.pick(*_TIMES) for _ in factors[1:]]
        for k, sign in enumerate(signs):
            if not sign and isinstance(factors[k], Number) and _begins_with_digit(factors[k + 1]):
                signs[k] = "cdot"  # two numbers beside each other are not read
        return Product(tuple(factors), tuple(signs))

    def sum(self, depth: int) -> Tree:
        terms = self.some(lambda: self.product(depth), 1, 3)
        first = self.pick("", "", "-", "+")
        if len(terms) == 1 and not first:
            return terms[0]
        return Sum(terms, (first, *(self.pick("+", "-", "oplus", "pm") for _ in terms[1:])))

    def listed(self, depth: int) -> Tree:
        items = self.some(lambda: self.sum(depth), 2, 3)
        return Listed(items, tuple(self.pick(",", ",", ";") for _ in items[1:]))

    def relation(self, depth: int) -> Tree:
        sides = list(self.some(lambda: self.sum(depth), 2, 3))
        if self.pick(False, True):
            sides[0] = self.listed(depth)
        if self.pick(False, True):
            sides[-1] = self.listed(depth)
        return Relation(tuple(sides), tuple(self.pick(*_RELATIONS) for _ in sides[1:]))

    def equation(self, depth: int) -> Tree:
        return Relation((self.sum(depth), self.sum(depth)), ("=",))

    def content(self, depth: int) -> Tree:
        """What can stand in a group, in a fence or in a cell."""
        if depth <= 0 or self.left < 0:
            return self.plain()
        kind = self.pick("sum", "sum", "sum", "list", "relation", "logic", "given", "equations")
        if kind == "logic":
            return Relation((self.equation(depth), self.equation(depth)), (self.pick("∧", "∨"),))
        if kind == "given":
            return Relation((self.listed(depth), self.equation(depth)), (self.pick("∣", ":"),))
        if kind == "equations":
            return Listed((self.equation(depth), self.equation(depth)), (",",))
        return {"sum": self.sum, "list": self.listed, "relation": self.relation}[kind](depth)

    def statement(self, depth: int) -> Tree:
        kind = self.pick("sum", "list", "relation", "relation", "relation", "said", "arrow")
        if kind == "said":
            return Text(self.pick(*_SAID))
        if kind == "arrow":
            return Relation((self.relation(depth), self.equation(depth)), (self.pick("⇒", "⇔"),))
        return {"sum": self.sum, "list": self.listed, "relation": self.relation}[kind](depth)


def _begins_with_digit(tree: Tree) -> bool:
    while isinstance(tree, Scripted):
        tree = tree.base
    return isinstance(tree, Number)


@st.composite
def statements(draw: st.DrawFn) -> Statements:
    drawing = Drawing(draw)
    return Statements(drawing.some(lambda: drawing.statement(draw(st.integers(0, 3))), 1, 3))
