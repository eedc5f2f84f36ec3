"""Operations on typed expressions: sums, products, ∘, diag, transposes, inverses, stacks, blocks, norms.

Each class states its type rule in ``infer``; ``operations`` holds what authors write.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from sympy import Integer, Tuple
from sympy.core.symbol import Str

from derivations.errors import ShapeError
from derivations.symbols import ABSENT, SCALAR, Axes, Expression, axis, fits, length, same_type, show_axes

Meant = Callable[[Axes, Tuple, Tuple], bool]  # of a term's axes, beside a matrix's rows and columns
SPREAD: tuple[tuple[Meant, str], ...] = (  # a term that is to be added to every row, or column, and how it is written
    (lambda term, rows, cols: not term[0] and fits(term[1], cols), "added to every row, it is ones({n}) @ {b}"),
    (lambda term, rows, cols: not term[1] and fits(term[0], cols), "added to every row, it is ones({n}) @ {b}.T"),
    (lambda term, rows, cols: fits(term[0], axis(1)) and fits(term[1], cols),
     "added to every row, it is ones({n}, 1) @ {b}"),
    (lambda term, rows, cols: not term[1] and fits(term[0], rows), "added to every column, it is {b} @ ones({m}).T"),
    (lambda term, rows, cols: fits(term[0], rows) and fits(term[1], axis(1)),
     "added to every column, it is {b} @ ones(1, {m})"),
)


def _spread(term: Expression, matrix: Expression) -> str:
    """How a row or column that does not fit beside a matrix is added to each of its rows or columns."""
    rows, cols = matrix.axes
    if not rows or not cols or term.is_scalar:
        return ""
    ways = [words for meant, words in SPREAD if meant(term.axes, rows, cols)]
    return "".join(f" ({way.format(b='b', n=length(rows), m=length(cols))}, with b = {term})" for way in ways)


class Plus(Expression):
    """A sum; terms of one type, in the author's order."""

    @classmethod
    def infer(cls, *terms: Expression) -> Axes:
        for term in terms[1:]:
            if not same_type(term.axes, terms[0].axes):
                raise ShapeError(f"a sum of {show_axes(terms[0].axes)} and {show_axes(term.axes)}: {terms[0]} + {term}"
                                 f"{_spread(terms[0], term) or _spread(term, terms[0])}")
        return terms[0].axes

    @classmethod
    def guess(cls, *terms: Expression) -> Axes:
        return terms[0].axes


class Times(Expression):
    """A product, read from the left; scalars multiply anything."""

    @classmethod
    def infer(cls, *factors: Expression) -> Axes:
        rest = [f for f in factors if not f.is_scalar]
        if not rest:
            return SCALAR
        rows, cols = rest[0].axes
        for left, right in pairwise(rest):
            if not fits(cols, right.axes[0]):
                hint = " (had(a, b) is the entrywise product)" if same_type(left.axes, right.axes) else ""
                raise ShapeError(f"a product of {show_axes((rows, cols))} and {show_axes(right.axes)}: "
                                 f"{left} @ {right}{hint}")
            cols = right.axes[1]
        return rows, cols

    @classmethod
    def guess(cls, *factors: Expression) -> Axes:
        rest = [f for f in factors if not f.is_scalar]
        return rest[0].axes[0], rest[-1].axes[1]


class Had(Expression):
    """The Hadamard (entrywise) product."""

    @classmethod
    def infer(cls, *factors: Expression) -> Axes:
        for factor in factors[1:]:
            if not same_type(factor.axes, factors[0].axes):
                raise ShapeError(f"an entrywise product of {show_axes(factors[0].axes)} and {show_axes(factor.axes)}: "
                                 f"had({factors[0]}, {factor})")
        return factors[0].axes

    @classmethod
    def guess(cls, *factors: Expression) -> Axes:
        return factors[0].axes


class Diag(Expression):
    """The diagonal matrix of a vector."""

    @classmethod
    def infer(cls, v: Expression) -> Axes:
        if not v.is_column:
            raise ShapeError(f"diag takes a vector, not a {show_axes(v.axes)}: {v}")
        return v.axes[0], v.axes[0]


class Transposed(Expression):
    """The transpose; of a vector, a row."""

    @classmethod
    def infer(cls, e: Expression) -> Axes:
        return e.axes[1], e.axes[0]


def square(name: str, e: Expression) -> None:
    """Raises ShapeError unless it is a square matrix."""
    if not (e.axes[0] and fits(*e.axes)):
        raise ShapeError(f"{name} of a {show_axes(e.axes)}: expected a square matrix, got {e}")


class Inverse(Expression):
    """The inverse of a square matrix: A⁻¹A = AA⁻¹ = I. A claim with it is made where the matrix has one."""

    arg = property(lambda self: self.args[0])  # SymPy's printers know the class by its name, and ask for this

    @classmethod
    def infer(cls, e: Expression) -> Axes:
        square("inverse", e)
        return e.axes[1], e.axes[0]


class Det(Expression):
    """The determinant of a square matrix."""

    arg = Inverse.arg

    @classmethod
    def infer(cls, e: Expression) -> Axes:
        square("det", e)
        return SCALAR


class Trace(Expression):
    """The trace of a square matrix: Σ_i A_ii."""

    arg = Inverse.arg

    @classmethod
    def infer(cls, e: Expression) -> Axes:
        square("trace", e)
        return SCALAR


class Stack(Expression):
    """Parts one above the other (direction 0) or side by side (1). args: direction, parts."""

    direction = property(lambda self: int(self.args[0]))
    parts = property(lambda self: self.args[1:])

    @classmethod
    def infer(cls, direction: Integer, *parts: Expression) -> Axes:
        along = int(direction)
        for part in parts[1:]:
            if not fits(part.axes[1 - along], parts[0].axes[1 - along]):
                name = "hstack" if along else "vstack"
                raise ShapeError(f"{name} of {show_axes(parts[0].axes)} and {show_axes(part.axes)}")
        stacked = Tuple(*(block for part in parts for block in part.axes[along] or axis(1)))
        across = parts[0].axes[1 - along]
        return (across, stacked) if along else (stacked, across)


class Block(Expression):
    """A named block of rows or columns. args: expression, label."""

    label = property(lambda self: self.args[1].name)

    @property
    def place(self) -> tuple[int, int]:
        """Which axis has the block (0 rows, 1 columns), and its position there."""
        return self.locate(self.args[0].axes, self.label)

    @staticmethod
    def locate(axes: Axes, label: str) -> tuple[int, int]:
        places = [(a, k) for a, ax in enumerate(axes) for k, (name, _) in enumerate(ax) if name.name == label]
        if len(places) != 1:
            known = ", ".join(name.name for ax in axes for name, _ in ax if name.name) or "none"
            found = "several blocks are" if places else "no block is"
            raise ShapeError(f"{found} called {label!r}: the blocks are {known}")
        return places[0]

    @classmethod
    def infer(cls, e: Expression, label: Str) -> Axes:
        a, k = cls.locate(e.axes, label.name)
        block = axis(e.axes[a][k][1])
        return (block, e.axes[1]) if a == 0 else (e.axes[0], block)


def vec_axis(axes: Axes) -> Tuple:
    """The axis of vec: columns stacked; a block for each block of columns where rows are not blocks themselves."""
    rows, cols = axes
    if not rows or not cols:
        return rows or cols
    if len(rows) > 1:
        return axis(length(rows) * length(cols))
    return Tuple(*(Tuple(label, length(rows) * size) for label, size in cols))


class Vec(Expression):
    """The columns of a matrix stacked in one vector."""

    @classmethod
    def infer(cls, e: Expression) -> Axes:
        return vec_axis(e.axes), ABSENT


class Eye(Expression):
    """The identity on an axis."""

    @classmethod
    def infer(cls, ax: Tuple) -> Axes:
        return ax, ax


class Ones(Expression):
    """One in every entry. args: rows, columns."""

    @classmethod
    def infer(cls, rows: Tuple, cols: Tuple) -> Axes:
        return rows, cols


class Zeros(Ones):
    """Zero in every entry. args: rows, columns."""


NORMS = {"2": ("vector", "matrix"), "1": ("vector",), "inf": ("vector",), "F": ("matrix",)}


class Norm(Expression):
    """A norm: Euclidean (2), sum (1), largest (inf) of a vector; Frobenius (F), spectral (2) of a matrix.

    args: expression, kind.
    """

    kind = property(lambda self: self.args[1].name)

    @property
    def spectral(self) -> bool:
        """Whether it is the largest singular value of a matrix."""
        return self.kind == "2" and all(self.args[0].axes)

    @classmethod
    def infer(cls, e: Expression, kind: Str) -> Axes:
        if ("matrix" if all(e.axes) else "vector") not in NORMS.get(kind.name, ()) or e.is_scalar:
            raise ShapeError(f"norm {kind.name!r} of a {show_axes(e.axes)}: "
                             "expected 2, 1 or inf for vectors, F or 2 for matrices, absolute for numbers")
        return SCALAR
