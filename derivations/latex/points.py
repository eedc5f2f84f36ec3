"""Witnesses as formulas: each leaf and open function with its value."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import S

from derivations.algebra import Ones, Times, Zeros
from derivations.latex.notation import Latex
from derivations.latex.rules import Printer, function_name
from derivations.symbols import Constant, Expression
from derivations.witness import Point


def entries(style: Latex, point: Point) -> Iterator[tuple[str, str]]:
    """Everything that a witness gives a value, and the value, in a notation."""
    p = Printer(style)
    for symbol, number in (*point.sizes, *point.steps):
        yield p.number(symbol), str(number)
    for leaf, value in point.leaves:
        yield p(leaf), p(_number(value))
    for f, opening in point.functions:
        yield style.call(function_name(p, f), ", ".join(map(p, opening.parts))), p(opening.value)


def _number(value: Expression) -> Expression:
    """The number in every entry of a vector or matrix that is filled with one."""
    if isinstance(value, Zeros):
        return Constant(S.Zero)
    if isinstance(value, Times) and type(value.args[-1]) is Ones and all(f.is_scalar for f in value.args[:-1]):
        rest = value.args[:-1]
        return rest[0] if len(rest) == 1 else Times(*rest)
    return value
