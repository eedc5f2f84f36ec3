"""Derivatives in a graph, abbreviations, uses of a shared parameter, sums and products over steps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sympy import Basic, Expr, S, Symbol, Tuple
from sympy.core.symbol import Str

from derivations import operations, relations  # noqa: F401 - give expressions their operators
from derivations.algebra import Block, Stack, vec_axis
from derivations.errors import NamingError, ShapeError, StepError
from derivations.operators import Operators
from derivations.symbols import Axes, Expression, Family, Name, Node, Step, coerce, exact_step, fits, show_axes
from derivations.where import Where

TOTAL, IMMEDIATE, GRADIENT = Str("total"), Str("immediate"), Str("gradient")


class Let(Expression):
    """An abbreviation. args: model, name, its steps, body. Derivatives see through it; printing shows it.

    It keeps its name while only steps and dimensions are substituted; a body that was changed otherwise is shown.
    """

    name = property(lambda self: self.args[1])
    at_steps = property(lambda self: tuple(self.args[2]))
    body = property(lambda self: self.args[3])

    @classmethod
    def infer(cls, model: Str, name: Name, at: Tuple, body: Expression) -> Axes:
        return body.axes

    def _eval_subs(self, old: Basic, new: Basic) -> Basic | None:
        if isinstance(old, Symbol):
            return None
        body = self.body._subs(old, new)
        return self if body == self.body else body

    def _xreplace(self, rule: Any) -> tuple[Basic, bool]:
        if self in rule:
            return rule[self], True
        if all(isinstance(key, Symbol) for key in rule):
            return super()._xreplace(rule)
        body, changed = self.body._xreplace(rule)
        return (body, True) if changed else (self, False)


@lru_cache(maxsize=4096)
def see_through(e: Basic) -> Basic:
    """The same expression with every abbreviation written out."""
    if isinstance(e, Let):
        return see_through(e.body)
    if not e.has(Let):
        return e
    return e.func(*map(see_through, e.args))


class Use(Expression):
    """A shared parameter as the definitions at one step use it. args: parameter, step."""

    parameter = property(lambda self: self.args[0])
    step = property(lambda self: self.args[1])

    @classmethod
    def infer(cls, parameter: Node, step: Expr) -> Axes:
        if not isinstance(parameter, Node) or parameter.step is not None:
            raise ShapeError(f"use takes a parameter, without steps of its own, not {parameter}")
        exact_step(step)
        return parameter.axes


Variable = tuple[Node | Use, tuple[str, ...]]


def variables(x: Basic) -> list[Variable]:
    """What a derivative with respect to x perturbs, part by part: a node or a use, and the labels of a block of it.

    Raises ShapeError where x is neither a node, a block of one, a use, nor a stack of these.
    """
    if isinstance(x, Let):
        return variables(x.body)
    if isinstance(x, Stack):
        return [v for part in x.parts for v in variables(part)]
    if isinstance(x, Block) and not isinstance(x.args[0], (Stack, Let)):
        [(base, labels)] = variables(x.args[0])
        return [(base, (*labels, x.label))]
    if isinstance(x, (Node, Use)):
        return [(x, ())]
    raise ShapeError("a derivative is taken with respect to a node, a block or use of one, or a stack of these, "
                     f"not {x}")


def overlap(base: Expression, labels: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two blocks of one variable share entries: they do not where they are different rows, or columns."""
    places = []
    for chain in (labels, others):
        e, place = base, {}
        for label in chain:
            axis, k = Block.locate(e.axes, label)
            place[axis], e = k, Block(e, Str(label))
        places.append(place)
    return all(places[1].get(axis, k) == k for axis, k in places[0].items())


class Jacobian(Expression):
    """A derivative. args: y, x, kind (total, immediate, gradient), what is held.

    Total and immediate: ∂vec(y)/∂vec(x), a row for each entry of y, a column for each entry of x. The gradient of a
    scalar has the axes of x. Held are whole sequences (families) or single nodes.
    """

    y = property(lambda self: self.args[0])
    x = property(lambda self: self.args[1])
    kind = property(lambda self: self.args[2].name)
    held = property(lambda self: tuple(self.args[3]))

    @classmethod
    def infer(cls, y: Expression, x: Expression, kind: Str, held: Tuple) -> Axes:
        if y.has(Where):
            raise ShapeError(f"a derivative of {y}, which is of another graph: take the derivative inside, as in "
                             "grad(E, W).where({W: V})")
        parts = variables(x)
        for k, (base, labels) in enumerate(parts):
            for other_base, other_labels in parts[:k]:
                if base == other_base and overlap(base, labels, other_labels):
                    raise ShapeError(f"a derivative with respect to {x}, which contains {base} twice")
        if kind == GRADIENT:
            if not y.is_scalar:
                raise ShapeError(f"grad of a {show_axes(y.axes)}: the gradient is of a scalar, use d for the Jacobian")
            return x.axes
        return vec_axis(y.axes), vec_axis(x.axes)


def d(y: Any, x: Any, hold: Any = ()) -> Expression:
    """The total derivative ∂y/∂x: cut the graph at x; what lies downstream responds, except what is held.

    Numerator layout: an entry of y a row, an entry of x a column, matrices by their columns.
    """
    return Jacobian(coerce(y), coerce(x), TOTAL, _held(hold))


def immediate(y: Any, x: Any) -> Expression:
    """The immediate derivative ∂⁺y/∂x: y's own definition alone responds (Pascanu, Mikolov and Bengio 2013)."""
    return Jacobian(coerce(y), coerce(x), IMMEDIATE, Tuple())


def grad(y: Any, x: Any, hold: Any = ()) -> Expression:
    """The gradient of a scalar y, in the axes of x."""
    return Jacobian(coerce(y), coerce(x), GRADIENT, _held(hold))


def _held(hold: Any) -> Tuple:
    items: Iterable[Any] = hold if isinstance(hold, (list, tuple, set, frozenset)) else (hold,)
    held = [getattr(item, "family", item) if not isinstance(item, Node) else item for item in items]
    for item in held:
        if not isinstance(item, (Family, Node)):
            raise ShapeError(f"hold takes nodes or whole sequences, not {item!r}")
    return Tuple(*sorted(set(held), key=lambda item: (str(item), isinstance(item, Family), item.sort_key())))


def use(parameter: Any, step: Any) -> Expression:
    """A shared parameter where the definitions of one step use it, and only there."""
    p = coerce(parameter)
    while isinstance(p, Let):
        p = p.body
    if isinstance(p, Stack):
        return Stack(p.args[0], *(use(part, step) for part in p.parts))
    if isinstance(p, Block):
        return Block(use(p.args[0], step), p.args[1])
    return Use(p, exact_step(step))


class OverSteps(Expression):
    """What ranges over steps. args: body, bound step, first, last, … The bound step keeps the author's symbol."""

    body = property(lambda self: self.args[0])
    bound = property(lambda self: self.args[1])
    first = property(lambda self: self.args[2])
    last = property(lambda self: self.args[3])

    @property
    def free_symbols(self) -> set[Basic]:
        return (self.body.free_symbols - {self.bound}) | self.first.free_symbols | self.last.free_symbols

    bound_symbols = property(lambda self: [self.bound])

    def renamed(self, avoid: set[Basic]) -> OverSteps:
        """The same with another bound step, one that is not in ``avoid``."""
        stem, underscore, label = self.bound.name.partition("_")
        taken, name = avoid | self.free_symbols | {self.bound}, self.bound.name
        while Step(name) in taken:
            stem += "'"
            name = stem + underscore + label
        return self.func(self.body._subs(self.bound, Step(name)), Step(name), *self.args[2:])

    @staticmethod
    def check(bound: Step, first: Expr, last: Expr) -> None:
        if not isinstance(bound, Step):
            raise StepError(f"sums and products range over a step of the model, not {bound!r}")
        for end in (first, last):
            exact_step(end)

    def _ends(self, change: Any) -> OverSteps:
        return self.func(self.body, self.bound, change(self.first), change(self.last), *self.args[4:])

    def _eval_subs(self, old: Basic, new: Basic) -> Basic | None:
        if self.bound in old.free_symbols:
            return self._ends(lambda end: end._subs(old, new))
        if self.bound in new.free_symbols and any(arg.has(old) for arg in (self.body, self.first, self.last)):
            return self.renamed(new.free_symbols)._subs(old, new)
        return None

    def _xreplace(self, rule: Any) -> tuple[Basic, bool]:
        if self in rule:
            return rule[self], True
        inner = {k: v for k, v in rule.items() if k != self.bound}
        captured = {s for k, v in inner.items() if self.bound in v.free_symbols - k.free_symbols
                    for s in v.free_symbols}
        if captured and any(arg.has(k) for k in inner for arg in (self.body, self.first, self.last)):
            return self.renamed(captured)._xreplace(rule)[0], True
        ends = self._ends(lambda end: end.xreplace(rule))
        body, changed = self.body._xreplace(inner)
        out = ends.func(body, *ends.args[1:])
        return out, changed or out != self

    @classmethod
    def over(cls, name: str, body: Any, limits: Any, *rest: Basic) -> Expression:
        try:
            bound, first, last = limits
        except (TypeError, ValueError):
            raise StepError(f"{name} takes its range as (t, first, last), not {limits!r}") from None
        ends = exact_step(first), exact_step(last)
        cls.check(bound, *ends)
        if any(bound in end.free_symbols for end in ends):
            raise StepError(f"{name} over {bound} from {first} to {last}: the ends must not depend on {bound}")
        return cls(coerce(body), bound, *ends, *rest)


class Chain(OverSteps):
    """An ordered product over steps; empty, the identity. args: body, bound step, first, last, side of the latest."""

    latest = property(lambda self: self.args[4].name)

    @property
    def exponent(self) -> Expr | None:
        """How often a number or a square matrix is multiplied by itself; None where the factors are not one."""
        return None if self.bound in self.body.free_symbols else (self.last - self.first + 1).expand()

    @classmethod
    def infer(cls, body: Expression, bound: Step, first: Expr, last: Expr, latest: Str) -> Axes:
        cls.check(bound, first, last)
        if not fits(*body.axes):
            raise ShapeError(f"a product over steps of a {show_axes(body.axes)}: expected square matrices or scalars")
        return body.axes


class Series(OverSteps):
    """A sum over steps; empty, zero. args: body, bound step, first, last."""

    @classmethod
    def infer(cls, body: Expression, bound: Step, first: Expr, last: Expr) -> Axes:
        cls.check(bound, first, last)
        return body.axes


def _repeated(x: Expression, exponent: Any) -> Expression:
    """A number or a square matrix to a power, as a product of equal factors: it exists where the power is not negative.
    """
    taken, name = x.free_symbols, "i"
    while Step(name) in taken:
        name += "'"
    return Chain(x, Step(name), S.One, exact_step(exponent), Str("left"))


Operators.table["repeated"] = _repeated


def Prod(body: Any, limits: Any, latest: str = "left") -> Expression:
    """The ordered product ∏ of body for t = first … last, the latest factor leftmost (or rightmost)."""
    if latest not in ("left", "right"):
        raise NamingError(f"latest={latest!r}: expected 'left' or 'right'")
    return Chain.over("Prod", body, limits, Str(latest))


def Sum(body: Any, limits: Any) -> Expression:
    """The sum Σ of body for t = first … last."""
    return Series.over("Sum", body, limits)


