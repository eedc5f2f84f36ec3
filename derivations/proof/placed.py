"""A model at a witness: its sizes put in, its open functions given, so that every entry is a number.

The norm of what has one entry is that entry's absolute value, whatever the norm. An expression in another graph is
named by a leaf of its own, which is computed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

from sympy import Basic, Expr, Integer, Symbol, Tuple, preorder_traversal
from sympy.core.symbol import Str

from derivations.algebra import Norm, Ones, Stack, Times
from derivations.calculus import OverSteps, Use, see_through
from derivations.errors import Undecided
from derivations.functions import Activation, Apply, Elementwise, Smooth, absolute
from derivations.model import Model, Rule
from derivations.proof.steps import bound_step
from derivations.symbols import ABSENT, Dim, Expression, Family, Name, Node, Step, axis, length
from derivations.where import Where
from derivations.witness import Point


@dataclass(frozen=True)
class Elsewhere:
    """An expression in a graph in which leaves have other values, all placed."""

    e: Expression
    values: tuple[tuple[Expression, Expression], ...]


class Placed:
    """A model at a point of it; ``steps`` are put in for step symbols that definitions leave free."""

    def __init__(self, model: Model, point: Point, sizes: Mapping[Dim, int], steps: Mapping[Step, int]) -> None:
        self.point = point
        self.sizes = {dim: Integer(size) for dim, size in sizes.items()}
        self.put: dict[Symbol, Integer] = {**self.sizes, **{step: Integer(value) for step, value in steps.items()}}
        self.functions = dict(point.functions)
        self.elsewhere: dict[Family, Elsewhere] = {}
        self._names: dict[Where, Node] = {}
        self._known: dict[Expression, Expression] = {}
        self.source: dict[Family, Family] = {}  # the author's family, by the placed one
        self.model = copy(model)
        self.model.rules = {}
        for family in model.families.values():
            self.source[self._sized(family)] = family
        self.model.families = {family.key: family for family in self.source}
        for family, rule in model.rules.items():
            self.model.rules[self._sized(family)] = self._rule(rule)

    def _sized(self, family: Family) -> Family:
        return family.xreplace(self.sizes)

    def _rule(self, rule: Rule) -> Rule:
        free = {symbol: value for symbol, value in self.put.items() if symbol != rule.step}
        last = rule.last.xreplace(free) if rule.last is not None else None
        return replace(rule, author=self._rebuilt(rule.expression.xreplace(free), ()), last=last)

    def of(self, e: Expression) -> Expression:
        """An expression of the model, at the point's sizes, steps and functions."""
        return self._rebuilt(see_through(e).xreplace(self.put), ())

    def leaf(self, node: Node) -> Expression:
        """The value of a leaf at the point."""
        original = Node(self.source[node.family], *node.args[1:])
        return self.of(self.point.value(original))

    # ---- what is rewritten

    def _rebuilt(self, e: Expression, bound: tuple[Step, ...]) -> Expression:
        if isinstance(e, Where):
            return self._named(e, bound)
        if isinstance(e, OverSteps):
            bound = (*bound, e.bound)
        args = [self._rebuilt(a, bound) if isinstance(a, Expression) else a for a in e.args]
        if isinstance(e, Apply) and isinstance(e.function, Smooth):
            return self._given(e.function, args[1])
        if isinstance(e, Apply) and isinstance(e.function, Activation):
            return Apply(self._defined(e.function), args[1])
        if isinstance(e, Norm) and all(length(ax) == 1 for ax in args[0].axes):
            return absolute(only(args[0]))
        return e if tuple(args) == e.args else e.func(*args)

    def _given(self, function: Smooth, argument: Expression) -> Expression:
        """An open function's value by its rule."""
        known = next((f for f in self.functions if f.xreplace(self.sizes) == function), None)
        if known is None:
            return Apply(function, argument)
        opening = self.functions[known]
        if len(opening.parts) == 1:
            inside: tuple[Expression, ...] = (argument,)
        elif isinstance(argument, Stack) and len(argument.parts) == len(opening.parts):
            inside = argument.parts
        else:
            raise Undecided(f"{function.name} of an argument that is not stacked as its rule takes it")
        put = {part.xreplace(self.sizes): value for part, value in zip(opening.parts, inside, strict=True)}
        body = self._rebuilt(see_through(opening.value).xreplace(self.sizes), ())
        return body.xreplace(put)

    def _defined(self, function: Activation) -> Elementwise:
        """An open elementwise function with its rule: one that has a definition, in which derivatives are taken."""
        opening = self.functions.get(function.base)
        if opening is None:
            return function
        body = self._rebuilt(see_through(opening.value).xreplace(self.sizes), ())
        return Elementwise(*function.args[:2], *opening.parts, body)

    def _named(self, e: Where, bound: tuple[Step, ...]) -> Node:
        if e.free_symbols & set(bound):
            raise Undecided(f"{e} inside a sum or product over steps on which it depends")
        if e not in self._names:
            rows, cols = e.axes
            family = Family(Str(""), Name(Str("where"), Str(""), Str(str(len(self._names)))), rows, cols,
                            *Family.of("", Name.of("q"), None, None, indexed=False).args[4:])
            values = tuple((leaf, self._rebuilt(value, ())) for leaf, value in e.values)
            self.elsewhere[family] = Elsewhere(self._rebuilt(e.e, ()), values)
            self._names[e] = Node(family)
        return self._names[e]


def only(e: Expression) -> Expression:
    """The one entry of a vector, row or matrix of length 1, as a number."""
    left = [Ones(ABSENT, axis(1))] if e.axes[0] else []
    right = [Ones(axis(1), ABSENT)] if e.axes[1] else []
    return Times(*left, e, *right) if left or right else e


# ---- literal steps far away

FAR = 24  # a literal step beyond is taken as a symbol, so that sums and products up to it are not written out


def lifted(expressions: Sequence[Expression]) -> tuple[dict[Step, int], list[Expression]]:
    """Expressions with a symbol for the steps that lie far away, and its value."""
    whole = list(map(see_through, expressions))
    most = max((int(s) for e in whole for s in _literals(e)), default=0)
    if most <= FAR:
        return {}, list(expressions)
    symbol = bound_step("κ")

    def step(s: Expr) -> Expr:
        return symbol - (most - s) if s.is_Integer and s > FAR else s

    def lift(e: Basic) -> Basic:
        if isinstance(e, Node):
            return Node(e.family, step(e.step)) if e.step is not None else e
        if isinstance(e, OverSteps):
            return e.func(lift(e.body), e.bound, step(e.first), step(e.last), *e.args[4:])
        if isinstance(e, Use):
            return Use(lift(e.parameter), step(e.step))
        return e.func(*map(lift, e.args)) if isinstance(e, (Expression, Tuple)) else e

    return {symbol: most}, [lift(e) for e in whole]


def _literals(e: Basic) -> Iterator[Expr]:
    """The literal steps of an expression."""
    for part in preorder_traversal(e):
        if isinstance(part, Node) and part.step is not None:
            found: tuple[Expr, ...] = (part.step,)
        else:
            found = (part.first, part.last) if isinstance(part, OverSteps) else (
                (part.step,) if isinstance(part, Use) else ())
        yield from (s for s in found if s.is_Integer)
