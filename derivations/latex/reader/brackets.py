"""What stands in brackets: groups, stacks and blocks, absolute values, inner products, norms, roots."""

from __future__ import annotations

from fractions import Fraction as Exact
from typing import TYPE_CHECKING, Literal, cast

from sympy import Matrix

from derivations.functions import absolute, power
from derivations.latex.reader import tree
from derivations.latex.reader.keys import simple_label
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.reader.values import Value
from derivations.operations import dot, hstack, norm, vstack
from derivations.symbols import Constant, Expression, coerce, same_type, show_axes

if TYPE_CHECKING:
    from derivations.latex.reader.evaluate import Reader

NORMS = {"F": "F", "1": "1", "2": "2", "infty": "inf", "fro": "F", "op": "2"}
ROUND = {("(", ")"), ("[", "]"), ("{", "}")}
ARRAYS = {
    "{": "a distinction of cases is not read: write one equation for each case, with its condition beside it",
    "|": "the determinant of an array is not read: write \\det of a bmatrix",
    "": "an array without brackets is not read: expected bmatrix or pmatrix",
}


def fenced(r: Reader, e: tree.Fenced) -> Value:
    """The value of what stands in fences. Raises NotRead."""
    pair = (e.left, e.right)
    if e.body is None:
        raise NotRead("empty parentheses", e.start)
    if pair == ("‖", "‖"):
        return normed(r, e, None)
    if pair == ("|", "|"):
        body = r(e.body)
        if not body.is_scalar:
            raise NotRead("| | around a vector or matrix: write \\| \\| for a norm, \\det for a determinant", e.start)
        return absolute(body)
    if pair == ("⟨", "⟩") and isinstance(e.body, tree.Listed) and len(e.body.items) == 2:
        return dot(*map(r, e.body.items))
    if pair not in ROUND:
        raise NotRead(f"fences {e.left} {e.right} that are not read", e.start)
    return listed(r, e, e.body) if isinstance(e.body, tree.Listed) else r.value(e.body)


def listed(r: Reader, e: tree.Fenced, body: tree.Listed) -> Value:
    """[a; b] one above the other; [a, b] above each other for vectors, beside each other for matrices."""
    if e.left != "[":
        raise NotRead("a list in parentheses that is not an argument: expected [a; b] or [a, b] for a stack", e.start)
    if ";" in body.separators:
        rows: list[list[Tree]] = [[body.items[0]]]
        for item, separator in zip(body.items[1:], body.separators, strict=True):
            if separator == ";":
                rows.append([item])
            else:
                rows[-1].append(item)
        return _grid(r, rows)
    parts = [r(item) for item in body.items]
    if all(part.is_column or part.is_scalar for part in parts):
        return vstack(*parts) if r.choice("stack") == "above" else hstack(*parts)
    first = parts[0].axes
    if len(parts) == 2 and same_type(first, parts[1].axes) and same_type(first, (first[1], first[0])):
        r.choice.say("[A, B] as two blocks side by side, not as a commutator")
    return hstack(*parts)


def matrix(r: Reader, e: tree.Matrix) -> Value:
    """A matrix in blocks. Raises NotRead for what is an array and no matrix."""
    if e.fence not in ("[", "("):
        raise NotRead(ARRAYS.get(e.fence, "this kind of array is not read: expected bmatrix or pmatrix"), e.start)
    return _grid(r, [list(row) for row in e.rows])


def _grid(r: Reader, rows: list[list[Tree]]) -> Value:
    """Rows of blocks; rows of numbers are a matrix of numbers."""
    lines = [[r(cell) for cell in row] for row in rows]
    if len(lines) > 1 and {len(row) for row in lines} != {1} and all(
            isinstance(cell, Constant) and not cell.free_symbols for row in lines for cell in row):
        numbers = [[cell.args[0] for cell in row] for row in lines]
        if len({len(row) for row in numbers}) > 1:
            raise NotRead("rows of numbers that are not equally long", rows[0][0].start)
        return coerce(Matrix(numbers))
    beside = [row[0] if len(row) == 1 else hstack(*row) for row in lines]
    return beside[0] if len(beside) == 1 else vstack(*beside)


def normed(r: Reader, e: tree.Fenced, sub: Tree | None) -> Expression:
    """A norm: without a subscript the Euclidean one of a vector, and a choice of the reading for a matrix."""
    if e.body is None:
        raise NotRead("a norm of nothing", e.start)
    kind = None if sub is None else NORMS.get(simple_label(sub) or "")
    if sub is not None and kind is None:
        raise NotRead("a norm that is not read: expected 1, 2, \\infty or F below it", sub.start)
    body = r(e.body)
    if kind is None and all(body.axes):
        kind = r.choice("norm")
    found: Expression = r.guarded(e, lambda: norm(body, cast(Literal["1", "2", "inf", "F"] | None, kind)))
    return found


def root(r: Reader, e: tree.Root) -> Value:
    """√x, of a vector in every entry."""
    degree = e.degree.text if isinstance(e.degree, tree.Number) else "2" if e.degree is None else ""
    if e.degree is not None and not (degree.isdigit() and int(degree)):
        raise NotRead("a root whose degree is not a number", e.degree.start)
    body = r(e.body)
    if all(body.axes):
        raise NotRead(f"a root of a {show_axes(body.axes)}: of its entries it is A^{{\\odot 1/2}}", e.start)
    found: Expression = r.guarded(e, lambda: power(Exact(1, int(degree)))(body))
    return found
