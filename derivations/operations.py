"""What authors write: sums and products of expressions and numbers, had, diag, inverse, stacks, eye, ones, norms.

Python's operators on expressions are these functions.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Integer, Rational
from sympy.core.symbol import Str

from derivations.algebra import (
    Block,
    Det,
    Diag,
    Eye,
    Had,
    Inverse,
    Norm,
    Ones,
    Plus,
    Stack,
    Times,
    Trace,
    Transposed,
    Vec,
    Zeros,
)
from derivations.errors import ShapeError
from derivations.functions import LARGEST, power
from derivations.operators import Operators
from derivations.symbols import Constant, Expression, Step, axis, coerce, exact, fits, show_axes


def _flat(cls: type[Expression], *parts: Expression) -> list[Expression]:
    return [x for p in parts for x in (p.args if type(p) is cls and (cls is Plus or not p.is_scalar) else (p,))]


def filled(constant: Expression, like: Expression) -> Expression:
    """A number beside a vector or matrix means that number in every entry; on square matrices it would be ambiguous,
    unless it is zero."""
    if not isinstance(constant, Constant) or like.is_scalar:
        return constant
    if constant.value == 0:
        return Zeros(*like.axes)
    if like.axes[0] and like.axes[1] and fits(*like.axes):
        raise ShapeError(f"{constant} beside a square {show_axes(like.axes)} could mean ones or the identity: "
                         "write ones(n, n) or eye(n)")
    ones_ = Ones(*like.axes)
    return ones_ if constant.value == 1 else Times(constant, ones_)


def add(a: Any, b: Any) -> Expression:
    a, b = coerce(a), coerce(b)
    if isinstance(a, Constant) and isinstance(b, Constant):
        return Constant(a.value + b.value)
    for zero, e in ((a, b), (b, a)):  # what Python's sum() starts with
        if isinstance(zero, Constant) and zero.value == 0:
            return e
    a, b = filled(a, b), filled(b, a)
    return Plus(*_flat(Plus, a, b))


def matmul(a: Any, b: Any) -> Expression:
    return Times(*_flat(Times, coerce(a), coerce(b)))


def scale(a: Any, b: Any) -> Expression:
    """``a * b`` where one of them is a scalar."""
    a, b = coerce(a), coerce(b)
    if not (a.is_scalar or b.is_scalar):
        raise ShapeError(f"* between {show_axes(a.axes)} and {show_axes(b.axes)}: "
                         "write a @ b for the matrix product or had(a, b) for the entrywise one")
    if isinstance(a, Constant) and isinstance(b, Constant):
        return Constant(a.value * b.value)
    return matmul(a, b)


def divide(a: Any, b: Any) -> Expression:
    a, b = coerce(a), coerce(b)
    if not b.is_scalar:
        raise ShapeError(f"a division by a {show_axes(b.axes)}: divide by scalars, or had(a, power(-1)(b)) entrywise")
    if isinstance(b, Constant):
        if b.value == 0:
            raise ShapeError(f"a division of {a} by zero")
        return scale(Constant(1 / b.value), a)
    return matmul(a, b ** -1)


def transpose(e: Expression) -> Expression:
    return e.args[0] if isinstance(e, Transposed) else Transposed(e)


def had(*factors: Any) -> Expression:
    """The Hadamard product of two factors or more, of one shape."""
    parts = [coerce(f) for f in factors]
    if len(parts) < 2:
        raise ShapeError(f"had takes two factors or more, got {len(parts)}")
    return Had(*_flat(Had, *parts))


def diag(v: Any) -> Expression:
    """The diagonal matrix (n × n) of a vector (n)."""
    return Diag(coerce(v))


def inverse(A: Any) -> Expression:
    """The inverse of a square matrix (n × n)."""
    return Inverse(coerce(A))


def det(A: Any) -> Expression:
    """The determinant of a square matrix (n × n): a scalar."""
    return Det(coerce(A))


def trace(A: Any) -> Expression:
    """The trace Σ_i A_ii of a square matrix (n × n): a scalar."""
    return Trace(coerce(A))


def vec(e: Any) -> Expression:
    """The columns of a matrix (n × m) stacked in one vector (nm)."""
    return Vec(coerce(e))


def vstack(*parts: Any) -> Expression:
    """The parts one above the other."""
    return _stack(0, parts)


def hstack(*parts: Any) -> Expression:
    """The parts side by side."""
    return _stack(1, parts)


def _stack(direction: int, parts: tuple[Any, ...]) -> Expression:
    if not parts:
        raise ShapeError("a stack of nothing: give at least one part")
    return Stack(Integer(direction), *map(coerce, parts))


def block(e: Expression, label: str) -> Expression:
    return Block(e, Str(label))


def eye(n: Any) -> Expression:
    """The identity (n × n)."""
    return Eye(axis(n))


def ones(n: Any, m: Any = None) -> Expression:
    """A vector (n) or matrix (n × m) of ones.

    A row b (m) added to every row of a matrix A (n × m) is ``A + ones(n) @ b``: of a vector b it is ``ones(n) @ b.T``,
    of a matrix b (1 × m) ``ones(n, 1) @ b``. A vector b (n) added to every column is ``A + b @ ones(m).T``.
    """
    return Ones(axis(n), axis(m))


def zeros(n: Any, m: Any = None) -> Expression:
    """A vector (n) or matrix (n × m) of zeros."""
    return Zeros(axis(n), axis(m))


def dot(a: Any, b: Any) -> Expression:
    """The inner product of two vectors (n): a scalar."""
    a, b = coerce(a), coerce(b)
    if not (a.is_column and b.is_column):
        raise ShapeError(f"dot of {show_axes(a.axes)} and {show_axes(b.axes)}: expected two vectors")
    return Times(a.T, b)


def norm(e: Any, kind: Any = None) -> Expression:
    """A norm, a scalar: 2 (default), 1 or "inf" of a vector; "F" (default) or 2, the spectral norm, of a matrix."""
    e = coerce(e)
    return Norm(e, Str(("F" if e.axes[0] and e.axes[1] else "2") if kind is None else str(kind)))


def _power(e: Expression, exponent: Any) -> Expression:
    """``e ** exponent``: of a number, or of a square matrix (n × n), where the exponent counts factors."""
    if not (e.is_scalar or all(e.axes)):
        raise ShapeError(f"** on a {show_axes(e.axes)}: write power({exponent})(v) entrywise, or a product")
    if not e.is_scalar and not fits(*e.axes):
        raise ShapeError(f"** on a {show_axes(e.axes)}: only a square matrix has powers, {e} has not; write "
                         f"power({exponent})(A) entrywise, or a product such as A.T @ A")
    if isinstance(exponent, Expr) and any(isinstance(s, Step) for s in exponent.free_symbols):
        return Operators.table["repeated"](e, exponent)
    return _number_to_the(e, exponent) if e.is_scalar else _matrix_to_the(e, exponent)


def _matrix_to_the(A: Expression, exponent: Any) -> Expression:
    """A square matrix to the power of a given whole number; to that of 0, the identity."""
    value = exact(exponent)
    if not value.is_Integer:
        raise ShapeError(f"a matrix to the power {exponent}: expected a whole number, or a step such as T - t")
    if value < 0:
        raise ShapeError(f"a matrix to the power {exponent}: write inverse(A){f' ** {-value}' if value < -1 else ''}")
    if value > LARGEST:
        raise ShapeError(f"a matrix to the power {exponent}: at most {LARGEST}; a power over steps is A ** k with a "
                         "step k")
    return Eye(A.axes[0]) if value == 0 else A if value == 1 else Operators.table["repeated"](A, value)


def _number_to_the(e: Expression, exponent: Any) -> Expression:
    value = exact(exponent)
    if not isinstance(value, Rational):
        raise ShapeError(f"an exponent {exponent}: expected a number, or a step such as k - 1")
    if isinstance(e, Constant) and value.is_Integer:
        if e.value == 0 and value < 0:
            raise ShapeError(f"a division by zero: {e} to the power {value}")
        return Constant(e.value**value)
    return power(value)(e)


Operators.table.update(
    add=add, matmul=matmul, scale=scale, divide=divide, transpose=transpose, power=_power, block=block)
