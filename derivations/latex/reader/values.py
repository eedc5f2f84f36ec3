"""What a part of a formula is worth: a typed expression, or something whose type its neighbours settle.

``I`` has no size of its own, a bare ``0`` or ``1`` beside a vector means one in every entry, and what a chain rule
gives for a matrix is known as the stack of its columns. They are brought to one type where terms or sides meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sympy import S

from derivations.algebra import Eye, Ones, Zeros
from derivations.errors import ShapeError
from derivations.latex.reader.choices import Choice
from derivations.operations import add, diag, filled, had, matmul, scale, transpose, vec, vstack
from derivations.symbols import ABSENT, SCALAR, Axes, Constant, Expression, fits, same_type, show_axes

CIRCLED = ("oplus", "ominus")
MINUS = ("-", "ominus")


@dataclass(frozen=True)
class Sized:
    """The identity, or ones, of a size that stands elsewhere, times a number: ``A - \\lambda I``."""

    kind: str
    by: Expression = field(default_factory=lambda: Constant(S.One))

    def like(self, e: Expression) -> Expression:
        """The constant in the type of its neighbour. Raises ShapeError."""
        rows, cols = e.axes
        if self.kind == "eye" and not (rows and fits(rows, cols)):
            raise ShapeError(f"I beside a {show_axes(e.axes)}: expected a square matrix")
        if e.is_scalar:
            raise ShapeError("a bold 1 beside a number: write its size below, as in 1_n, or a plain 1")
        found = Eye(rows) if self.kind == "eye" else Ones(rows, cols)
        return found if self.by == Constant(S.One) else scale(self.by, found)


@dataclass(frozen=True)
class Columns:
    """A matrix known by its columns, stacked in one vector; ``axes`` are the matrix's."""

    e: Expression
    axes: Axes


Value = Expression | Sized | Columns


def typed(value: Value) -> Expression:
    """The expression of a value that needs no neighbour. Raises ShapeError."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, Columns):
        raise ShapeError(f"a chain rule that gives a {show_axes(value.axes)} by its columns stands where a matrix is "
                         "needed: expected a sum of such terms, or one side of the equation")
    raise ShapeError("I or 1 without a size: write its size below, as in I_n")


def as_declared(value: Value, wanted: Axes | None) -> Expression:
    """A value in the type that its name is declared with, where it is: 0 means zero in every entry. Raises ShapeError.
    """
    if wanted is None or wanted == SCALAR:
        found = typed(value)
    else:
        like = Zeros(*wanted)
        found = value.like(like) if isinstance(value, Sized) else filled(typed(value), like)
    if wanted is not None and not same_type(found.axes, wanted):
        raise ShapeError(f"declared as a {show_axes(wanted)}, but this is a {show_axes(found.axes)}")
    return found


def unify(values: Sequence[Value], choice: Choice, *, sides: bool) -> list[Expression]:
    """The values as expressions of one type, where that needs no guess: terms of a sum, or ``sides`` of a relation.

    Raises ShapeError.
    """
    flat = next((value for value in values if isinstance(value, Columns)), None)
    if flat is not None:
        return [_as_columns(value, flat) for value in values]
    largest = _largest([value for value in values if isinstance(value, Expression)], choice)
    out = []
    for value in values:
        e = value.like(largest) if isinstance(value, Sized) and largest is not None else typed(value)
        out.append(e if largest is None else _to(e, largest, choice, sides=sides))
    return out


def _largest(found: list[Expression], choice: Choice) -> Expression | None:
    """The expression with most axes that the others follow."""
    big = [e for e in found if not e.is_scalar]
    if not big:
        return None
    return max(big, key=lambda e: sum(map(bool, e.axes)))  # max gives the first of equals


def _as_columns(value: Value, flat: Columns) -> Expression:
    if isinstance(value, Columns):
        if not same_type(value.axes, flat.axes):
            raise ShapeError(f"a sum or equation of {show_axes(flat.axes)} and {show_axes(value.axes)}")
        return value.e
    e = value.like(Zeros(*flat.axes)) if isinstance(value, Sized) else filled(value, Zeros(*flat.axes))
    if not same_type(e.axes, flat.axes):
        raise ShapeError(f"a sum or equation of {show_axes(flat.axes)} and {show_axes(e.axes)}: {e}")
    return vec(e)


def _to(e: Expression, like: Expression, choice: Choice, *, sides: bool) -> Expression:
    """A term brought to the type of its neighbour, as far as there is one way to do it."""
    if same_type(e.axes, like.axes):
        return e
    if isinstance(e, Constant):
        if e.free_symbols:
            raise ShapeError(f"a sum or equation of {show_axes(like.axes)} and a number, {e}")
        return filled(e, like)
    rows, cols = like.axes
    square = bool(rows) and fits(rows, cols)
    if e.is_column and square and fits(e.axes[0], rows) and choice("dot") == "entries":
        return diag(e)
    if not sides and rows and cols and e.axes == (ABSENT, cols):
        choice.say(f"the row {e} added to every row")
        return matmul(Ones(rows, ABSENT), e)
    return e


def plus(values: Sequence[Value], signs: Sequence[str], choice: Choice) -> Value:
    """A sum of terms with their signs."""
    if any(sign in CIRCLED for sign in signs) and choice("oplus") == "stack":
        return _stacked(values, signs)
    total, *rest = (scale(-1, e) if sign in MINUS else e
                    for e, sign in zip(unify(values, choice, sides=False), signs, strict=True))
    for e in rest:
        total = add(total, e)
    flat = next((value for value in values if isinstance(value, Columns)), None)
    return total if flat is None else Columns(total, flat.axes)


def _stacked(values: Sequence[Value], signs: Sequence[str]) -> Expression:
    """x ⊕ y as one vector above the other."""
    parts = [typed(value) for value in values]
    if signs[0] or set(signs[1:]) != {"oplus"} or not all(part.is_column for part in parts):
        raise ShapeError("⊕ as concatenation: expected vectors, and no other sign between them")
    return vstack(*parts)


def times(a: Value, b: Value, sign: str, choice: Choice) -> Value:
    """Two neighbours in a product; the sign between them is "" or cdot, times."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Sized) and isinstance(other, Expression) and other.is_scalar:
            return Sized(one.kind, other if one.by == Constant(S.One) else scale(one.by, other))
        if isinstance(one, Sized) and isinstance(other, Expression) and one.kind == "eye":
            return other if one.by == Constant(S.One) else scale(one.by, other)
        if isinstance(one, Columns):
            by = typed(other)
            if not by.is_scalar:
                raise ShapeError(f"a product of a {show_axes(by.axes)} and a matrix known by its columns")
            return Columns(scale(by, one.e), one.axes)
    x, y = typed(a), typed(b)
    if x.is_scalar or y.is_scalar:
        return scale(x, y)
    if x.is_column and y.is_column:
        return _vectors(x, y, sign, choice)
    diagonal = _diagonal(x, y, sign, choice)
    return matmul(x, y) if diagonal is None else diagonal


def _vectors(x: Expression, y: Expression, sign: str, choice: Choice) -> Expression:
    if not sign:
        raise ShapeError(f"two vectors side by side, {x} and {y}: write \\odot, \\cdot or a transpose for what is "
                         "meant")
    if sign == "times":
        raise ShapeError(f"\\times between two vectors, {x} and {y}: a cross product is not read; write \\odot, \\cdot "
                         "or a transpose")
    if not fits(x.axes[0], y.axes[0]):
        raise ShapeError(f"a product of {show_axes(x.axes)} and {show_axes(y.axes)}: {x}, {y}")
    if choice("dot") == "entries":
        return had(x, y)
    return matmul(transpose(x), y)


def _diagonal(x: Expression, y: Expression, sign: str, choice: Choice) -> Expression | None:
    """A vector beside a matrix, with a dot between, as its diagonal: the second reading of ``σ'(z) · W``, ``J · c``."""
    for v, M, row in ((x, y, True), (y, x, False)):
        if sign and v.is_column and M.axes[0] and M.axes[1] and fits(v.axes[0], M.axes[0]):
            literal = not row and fits(M.axes[1], v.axes[0])
            if choice("dot") == "entries" or (row and not literal):
                if choice("dot") != "entries":
                    raise ShapeError(f"a product of {show_axes(x.axes)} and {show_axes(y.axes)}: {x}, {y}")
                return matmul(diag(v), M)
    return None
