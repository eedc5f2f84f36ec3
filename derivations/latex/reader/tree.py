"""What mathematics in LaTeX is read as: a tree of signs with their places, which decides nothing about their meaning.

A letter, its accents and scripts, fences, fractions, sums, products as they stand, relations. Whether ``f(x)`` is a
value or a product, whether ∂/∂ is a derivative and of which kind, what a product multiplies, is settled in ``meaning``,
by types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from derivations.errors import DerivationError


class NotRead(DerivationError):
    """Mathematics that is not read. ``at`` is the offset in the passage at which reading stopped."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason, self.at = reason, at


@dataclass(frozen=True)
class Tree:
    """``start`` and ``end`` are offsets in the text of the passage; two trees are equal wherever they stand."""

    start: int = field(default=0, kw_only=True, compare=False)
    end: int = field(default=0, kw_only=True, compare=False)

    @property
    def parts(self) -> Iterator[Tree]:
        """The trees directly inside, from left to right."""
        for item in fields(self):
            yield from _trees(getattr(self, item.name))


def _trees(value: object) -> Iterator[Tree]:
    if isinstance(value, Tree):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _trees(item)


@dataclass(frozen=True)
class Number(Tree):
    """Digits, with a decimal point or without: ``2``, ``0.5``."""

    text: str


@dataclass(frozen=True)
class Letter(Tree):
    """One sign that names something: ``c``, ``sigma``, ``partial``, ``nabla``, ``infty``, ``ldots``, ``ell``, ``top``.

    A command stands without its backslash (``varphi`` stays ``varphi``). ``style`` is bf, rm, it, sf, tt, cal, bb,
    frak, scr or "" (``\\boldsymbol`` and ``\\bm`` are bf too, around another style bf and its name: bfcal). A digit is
    a letter only in a style of its own: ``\\mathbf{1}``. ``accents`` stand outermost first: tilde, hat, bar, dot, ddot,
    vec, check, breve, acute, grave, ring, underline, rightarrow, leftarrow (``\\widetilde`` is tilde, ``\\overline``
    bar); an accent over more than one letter is not read.
    """

    name: str
    style: str = ""
    accents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word(Tree):
    """Letters set as one word: ``\\operatorname{diag}``, ``\\mathrm{rec}``, ``\\textrm{tanh}``, ``\\tanh``, ``\\log``.
    One letter alone, as in ``\\mathrm{W}``, is a Letter of that style."""

    text: str
    style: str = "rm"
    accents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text(Tree):
    """Prose between formulas, from ``\\text{…}``, ``\\mbox{…}`` or a ``\\textrm`` that is no script and no function."""

    text: str


@dataclass(frozen=True)
class Scripted(Tree):
    """A base with a subscript, a superscript, primes. ``^\\prime`` and ``'`` are primes, also beside ``^{…}``."""

    base: Tree
    sub: Tree | None = None
    sup: Tree | None = None
    primes: int = 0


@dataclass(frozen=True)
class Signs(Tree):
    """A script or placeholder that is a bare sign: ``^+``, ``^*``, ``_\\bullet``, ``f(\\cdot)``; with what
    stands ``after`` it: ``v^{\\odot 2}``. Named as in products, sums and relations (``*`` is ast); bullet, star, :."""

    signs: tuple[str, ...]
    after: Tree | None = None


@dataclass(frozen=True)
class Fraction(Tree):
    above: Tree
    below: Tree


@dataclass(frozen=True)
class Root(Tree):
    body: Tree
    degree: Tree | None = None


@dataclass(frozen=True)
class Fenced(Tree):
    """Something in fences: ( ) [ ] { } (printed braces) | | ‖ ‖ ⟨ ⟩ ⌊ ⌋ ⌈ ⌉, or "." for an invisible one.

    Sizes do not matter. The two sides need not match: ``[0, 1)``. ``body`` is None where nothing stands inside.
    """

    left: str
    body: Tree | None
    right: str


@dataclass(frozen=True)
class Listed(Tree):
    """Items with commas or semicolons between them; ``separators`` has one sign fewer than items."""

    items: tuple[Tree, ...]
    separators: tuple[str, ...]


@dataclass(frozen=True)
class Matrix(Tree):
    """Rows of cells; ``fence`` is the environment's: bmatrix is "[", pmatrix "(", matrix and array "", vmatrix "|",
    Vmatrix "‖", cases "{", rcases "}", Bmatrix "{}". An empty cell is Statements with no items.
    Rows may differ in length.
    """

    rows: tuple[tuple[Tree, ...], ...]
    fence: str


@dataclass(frozen=True)
class Product(Tree):
    """Factors as they stand, and what stands between them: "" (nothing), cdot, times, odot, otimes, circ, ast, "/".

    An application ``f(x)`` is a product whose second factor is fenced. Flat: a product in parentheses is Fenced.
    """

    factors: tuple[Tree, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Sum(Tree):
    """Terms with the sign before each: +, -, pm, mp, oplus, ominus, and "" before a first term without one."""

    terms: tuple[Tree, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Big(Tree):
    """A sign over what follows it in its product: sum, prod, prod-right (an arrow to the right above ∏), max, min, lim,
    sup, inf, limsup, liminf, argmax, argmin, int. Its scripts stand below and above; a word such as max with nothing
    behind it is a Word."""

    sign: str
    below: Tree | None
    above: Tree | None
    body: Tree


@dataclass(frozen=True)
class Braced(Tree):
    """``\\underbrace{body}_{note}``, or over it."""

    body: Tree
    note: Tree | None = None


@dataclass(frozen=True)
class At(Tree):
    """``\\left. body \\right|_{note}``, or ``body \\Big|_{note}``: a formula at values, or with something held."""

    body: Tree
    note: Tree


@dataclass(frozen=True)
class Relation(Tree):
    """Sides with signs between: =, ≠, ≤, <, ≥, >, ∈, ≈, ∝, →, ≡, ~, :=, ←, and those of ``vocabulary.RELATIONS``.
    One sign fewer than sides. Rows of an alignment that begin with a relation continue the chain of the row before.

    ∧ and ∨ have relations on their sides; ``:`` and ∣ (``\\mid``) have relations and lists; ⇒, ⇔ and ⇐ have the rest of
    their row, Statements where it is several.
    """

    sides: tuple[Tree, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Statements(Tree):
    """Statements beside or below each other, in order, with what was said between them (``\\text{and}``)."""

    items: tuple[Tree, ...]


def between_times(e: Tree) -> tuple[Tree, ...]:
    """The sides of ``n \\times (n + m)``; 4n stays one side."""
    if not isinstance(e, Product) or "times" not in e.signs:
        return (e,)
    groups: list[list[tuple[str, Tree]]] = [[("", e.factors[0])]]
    for sign, factor in zip(e.signs, e.factors[1:], strict=True):
        if sign == "times":
            groups.append([("", factor)])
        else:
            groups[-1].append((sign, factor))
    return tuple(_product(group) for group in groups)


def _product(group: list[tuple[str, Tree]]) -> Tree:
    factors = tuple(factor for _, factor in group)
    if len(factors) == 1:
        return factors[0]
    return Product(factors, tuple(sign for sign, _ in group[1:]), start=factors[0].start, end=factors[-1].end)
