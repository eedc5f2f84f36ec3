"""The same expression in another graph: one in which leaves have other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Basic, Symbol, Tuple

from derivations.algebra import Block
from derivations.errors import NamingError, ShapeError
from derivations.operators import Operators
from derivations.symbols import Axes, Expression, Node, coerce, same_type, show_axes


class Where(Expression):
    """An expression evaluated where leaves have other values. args: expression, pairs of a leaf and its value.

    The values are of the graph around it: none sees another. A leaf is a parameter, an input, or a block of one; all
    that depends on it follows, and a derivative in the expression is taken there.
    """

    e = property(lambda self: self.args[0])
    values = property(lambda self: tuple(tuple(pair) for pair in self.args[1]))

    @classmethod
    def infer(cls, e: Expression, values: Tuple) -> Axes:
        seen: list[Expression] = []
        for leaf, value in values:
            if not same_type(leaf.axes, value.axes):
                raise ShapeError(f"where {leaf} = {value}: {leaf} is a {show_axes(leaf.axes)}, the value a "
                                 f"{show_axes(value.axes)}")
            base = leaf_of(leaf)
            if any(base == leaf_of(other) and (leaf in (base, other) or other == base) for other in seen):
                raise NamingError(f"where {leaf} = {value}: {base} has another value already")
            seen.append(leaf)
        return e.axes

    def _eval_subs(self, old: Basic, new: Basic) -> Basic | None:
        if isinstance(old, Symbol):
            return None
        return self._inside(lambda e: e if self._shadows(old) else e._subs(old, new), lambda e: e._subs(old, new))

    def _xreplace(self, rule: Any) -> tuple[Basic, bool]:
        if self in rule:
            return rule[self], True
        if all(isinstance(key, Symbol) for key in rule):
            return super()._xreplace(rule)
        inner = {key: value for key, value in rule.items() if not self._shadows(key)}
        out = self._inside(lambda e: e.xreplace(inner), lambda e: e.xreplace(rule))
        return out, out != self

    def _shadows(self, e: Basic) -> bool:
        """Whether e is a leaf, or a block of one, that has another value inside."""
        while isinstance(e, Block):
            e = e.args[0]
        return any(e == leaf_of(leaf) for leaf, _ in self.values)

    def _inside(self, body: Any, outside: Any) -> Where:
        """The same with other parts; a leaf that has another value here is not what it is outside."""
        return self.func(body(self.e), Tuple(*(Tuple(leaf, outside(value)) for leaf, value in self.values)))


def leaf_of(e: Expression) -> Node:
    """The parameter or input of which an expression is a block, or which it is. Raises ShapeError."""
    base = e
    while isinstance(base, Block):
        base = base.args[0]
    if not isinstance(base, Node):
        raise ShapeError(f"{e} has no value of its own to change: expected a parameter, an input, or a block of one")
    return base


def where(e: Expression, values: Mapping[Any, Any]) -> Expression:
    if not isinstance(values, Mapping) or not values:
        raise ShapeError(f"where takes new values by leaf, as in e.where({{W: V}}), not {values!r}")
    return Where(e, Tuple(*(Tuple(coerce(leaf), coerce(value)) for leaf, value in values.items())))


Operators.table["where"] = where
