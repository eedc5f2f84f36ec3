"""Heads of factors: what stands behind a number in a monomial.

A head is data: its own words and, for those that contain polynomials, these in normal form with their open slots
numbered from 1. Equal data is one head, so equal factors are equal numbers.
"""

from __future__ import annotations

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
class Summed:
    """A sum of one monomial over steps."""

    step: Step
    first: Expr
    last: Expr
    body: Body


@dataclass(frozen=True)
class Linked:
    """A cell of an ordered product over steps, the latest factor leftmost. ``bodies``: one step's matrix, by cells."""

    step: Step
    first: Expr
    last: Expr
    bodies: tuple[tuple[Cell, Cell, Body], ...]
    row: Cell
    col: Cell
    origin: Expression | None = field(default=None, compare=False)  # one step's matrix as an expression, for reading


Meaning = Delta | Scalar | Entry | Value | Open | Exponential | Power | Norm | Summed | Linked
