"""Products as they stand: what is applied to what, what divides, what is multiplied first.

``f(x)`` is a value where f is a function, a node at a step where f is a sequence, and a product otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from derivations.errors import ShapeError
from derivations.latex.reader import calls, derivatives, tree
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.reader.values import Value, times, typed, unify
from derivations.operations import diag, divide, had, matmul, transpose
from derivations.symbols import Expression, fits, same_type, show_axes

if TYPE_CHECKING:
    from derivations.latex.reader.evaluate import Reader

ENTRYWISE = ("odot", "otimes", "circ")
OUTER = ("otimes",)

Item = tuple[str, Value, Tree]  # the sign before it, its value, where it stands


def product(r: Reader, e: tree.Product) -> Value:
    """The value of factors side by side."""
    items = _divided(r, grouped(r, e.factors, e.signs))
    strange = next((sign for sign, _, _ in items if sign not in ("", "cdot", "times", *ENTRYWISE)), None)
    if strange is not None:
        raise NotRead(f"the sign \\{strange} between factors is not read", e.start)
    return _folded(r, items)


def grouped(r: Reader, factors: Sequence[Tree], signs: Sequence[str]) -> list[Item]:
    """The factors, with functions applied, sequences at their steps and derivatives taken."""
    items: list[Item] = []
    at = 0
    while at < len(factors):
        sign = signs[at - 1] if at else ""
        value, after = primary(r, factors, signs, at)
        if at and not sign and isinstance(factors[at], tree.Number):
            raise NotRead("a number behind a factor: write it in front, as a script, or with \\cdot", factors[at].start)
        items.append((sign, value, factors[at]))
        at = after
    return items


def primary(r: Reader, factors: Sequence[Tree], signs: Sequence[str], at: int) -> tuple[Value, int]:
    """The value that begins at a factor, and the factor after it."""
    found = derivatives.written(r, factors, signs, at)
    if found is not None:
        return found
    e = factors[at]
    follows = factors[at + 1] if at + 1 < len(factors) and not signs[at] else None
    applied = calls.applied(r, e, follows, factors, signs, at)
    if applied is not None:
        return applied
    return r.value(e), at + 1


# ---- multiplying


def _divided(r: Reader, items: list[Item]) -> list[Item]:
    """The slash binds to the factor behind it; where another one follows, only what stands there settles how far."""
    out: list[Item] = []
    for k, (sign, value, e) in enumerate(items):
        if sign == "/":
            follows = items[k + 1] if k + 1 < len(items) else None
            plain = isinstance(items[k - 1][2], tree.Number) and isinstance(e, tree.Number)
            if follows is not None and not plain and _doubtful(follows):
                raise NotRead("a slash with a factor behind it: a/b c may be (a/b) c or a/(b c); write a fraction or "
                              "parentheses", e.start)
            before, above, where = out.pop()
            out.append((before, r.guarded(e, partial(_quotient, above, value)), where))
        else:
            out.append((sign, value, e))
    return out


def _doubtful(behind: Item) -> bool:
    """Whether what stands behind a slash and its divisor may belong to the divisor."""
    sign, _, e = behind
    return sign in ("", "cdot", "times", "/") and not isinstance(e, tree.Big)


def _quotient(above: Value, below: Value) -> Expression:
    return divide(typed(above), typed(below))


def _folded(r: Reader, items: list[Item]) -> Value:
    """The product of what stands side by side, in the order that the reading says."""
    signs = [sign for sign, _, _ in items[1:]]
    vectors = sum(not (isinstance(value, Expression) and value.is_scalar) for _, value, _ in items)
    mixed = vectors > 2 and any(s in ENTRYWISE for s in signs) and any(s not in ENTRYWISE for s in signs)
    tight = r.choice("tight") if mixed else "product"
    if tight == "left":
        return _run(r, items)
    entrywise_first = tight == "hadamard"
    groups: list[list[Item]] = []
    for item in items:
        if groups and (item[0] in ENTRYWISE) == entrywise_first:
            groups[-1].append(item)
        else:
            groups.append([item])
    return _run(r, [(group[0][0], _run(r, group), group[0][2]) for group in groups])


def _run(r: Reader, items: list[Item]) -> Value:
    out = items[0][1]
    for sign, value, e in items[1:]:
        out = r.guarded(e, partial(_pair, r, out, value, sign))
    return out


def _pair(r: Reader, a: Value, b: Value, sign: str) -> Value:
    if sign not in ENTRYWISE:
        return times(a, b, sign, r.choice)
    x, y = _typed_pair(a, b, r)
    if sign in OUTER and r.choice("otimes") == "outer":
        if not (x.is_column and y.is_column):
            raise ShapeError("⊗ as outer product: expected two vectors")
        return matmul(x, transpose(y))
    if (x.is_column and all(y.axes)) or (y.is_column and all(x.axes)):
        if x.is_column and fits(x.axes[0], y.axes[0]) and r.choice("dot") == "entries":
            return matmul(diag(x), y)
        raise ShapeError(f"\\{sign} between a vector and a matrix, {x} and {y}: write \\operatorname{{diag}}")
    x, y = unify([x, y], r.choice, sides=True)
    if x.is_scalar and y.is_scalar:
        return times(x, y, "", r.choice)
    if x.is_scalar or y.is_scalar or not same_type(x.axes, y.axes):
        raise ShapeError(f"\\{sign} between {show_axes(x.axes)} and {show_axes(y.axes)}, {x} and {y}: "
                         "expected one shape")
    return had(x, y)


def _typed_pair(a: Value, b: Value, r: Reader) -> tuple[Expression, Expression]:
    """Two factors as expressions, where an I or 1 without a size has that of the other."""
    if isinstance(a, Expression) and isinstance(b, Expression):
        return a, b
    first, second = unify([a, b], r.choice, sides=True)
    return first, second
