"""Heads of factors: what stands behind a number in a monomial.

A head is data: its own words and, for those that contain polynomials, these in normal form with their open slots
numbered from 1. Equal data is one head, so equal factors are equal numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from sympy import Expr, Symbol

from derivations.functions import Elementwise, Smooth
from derivations.proof.normal import Monomial
from derivations.symbols import Expression, Node, Step

Cell = tuple[object, ...]


@dataclass(frozen=True)
class Body:
    """A polynomial in normal form, its open slots numbered 1, 2, …"""

    terms: tuple[tuple[Monomial, Fraction], ...]


@dataclass(frozen=True)
class Delta:
    """The Kronecker delta of an axis."""

    size: Expr


@dataclass(frozen=True)
class Scalar:
    """A dimension or a step as a number."""

    symbol: Symbol


@dataclass(frozen=True)
class Entry:
    """An entry of a node, in one cell of its axes."""

    node: Node
    row: Cell
    col: Cell


@dataclass(frozen=True)
class Value:
    """An elementwise function at an argument that is left as it is."""

    function: Elementwise
    argument: Body


@dataclass(frozen=True)
class Open:
    """An open function at a vector: its entry in a cell, differentiated by the argument's entries in other cells.

    ``argument``: the vector cell by cell. Slots: the entry's, then those of the derivatives.
    """

    function: Smooth
    entry: Cell
    by: tuple[Cell, ...]
    argument: tuple[tuple[Cell, Body], ...]


@dataclass(frozen=True)
class Exponential:
    """exp of a coefficient times one monomial."""

    argument: Body
    coefficient: Fraction


@dataclass(frozen=True)
class Power:
    """A power of something that is not a product: a reciprocal, a root."""

    base: Body
    exponent: Fraction


@dataclass(frozen=True)
class Norm:
    """A norm that has no polynomial, of a vector or matrix entry by entry."""

    kind: str
    argument: tuple[tuple[Cell, Body], ...]


@dataclass(frozen=True)
class Inverted:
    """An entry of the inverse of a matrix: slots 1 and 2 of the body are the matrix's row and column."""

    size: Expr
    body: Body
    symmetric: bool


@dataclass(frozen=True)
class Determinant:
    """The determinant of a matrix: slots 1 and 2 of the body are its row and column."""

    size: Expr
    body: Body


@dataclass(frozen=True)
class Summed:
    """A sum of one monomial over steps."""

    step: Step
    first: Expr
    last: Expr
    body: Body


@dataclass(frozen=True)
class Linked:
    """A cell of an ordered product over steps, the latest factor leftmost. ``bodies``: one step's matrix, by cells.

    A power is one whose matrix is the same at every step: it runs from 1 to its exponent, which is not negative
    wherever the power is meant (see ``powers``). A symmetric one is in one cell, its two slots interchangeable.
    """

    step: Step
    first: Expr
    last: Expr
    bodies: tuple[tuple[Cell, Cell, Body], ...]
    row: Cell
    col: Cell
    origin: Expression | None = field(default=None, compare=False)  # one step's matrix as an expression, for reading
    power: bool = False
    symmetric: bool = False


Meaning = (Delta | Scalar | Entry | Value | Open | Exponential | Power | Norm | Inverted | Determinant | Summed
           | Linked)


def slot_sizes(meaning: Meaning, known: Sequence[tuple[Expr, ...]]) -> tuple[Expr, ...]:
    """How far the index in each slot of a head runs, given that of the heads inside it, by number."""
    if isinstance(meaning, (Delta, Inverted)):
        return meaning.size, meaning.size
    if isinstance(meaning, (Entry, Linked)):
        return _run(meaning.row) + _run(meaning.col)
    if isinstance(meaning, Open):
        return tuple(size for cell in (meaning.entry, *meaning.by) for size in _run(cell))
    if isinstance(meaning, (Scalar, Norm, Determinant)):
        return ()
    inside = {Power: "base", Summed: "body"}
    body: Body = getattr(meaning, inside.get(type(meaning), "argument"))
    found = {i: known[head][k] for f, _ in body.terms for head, ix in f for k, i in enumerate(ix) if i > 0}
    return tuple(found[i] for i in sorted(found))


def _run(cell: Cell) -> tuple[Expr, ...]:
    """The sizes that the indices of a cell run to."""
    if not cell or cell[0] == "only":
        return ()
    if cell[0] == "index":
        return (cell[1],)  # a cell's second word is the size
    inner = cell[3:] if cell[0] == "at" else cell[1:]
    return tuple(size for part in inner for size in _run(part))  # type: ignore[arg-type]  # as ``places.cell`` writes it


def width(cell: Cell) -> int:
    """How many indices a place in this cell has."""
    if not cell or cell == ("only",):
        return 0
    if cell[0] == "index":
        return 1
    return sum(width(part) for part in cell if isinstance(part, tuple) and part[:1] in _CELLS)


_CELLS = {("at",), ("two",), ("index",), ("only",), ()}
