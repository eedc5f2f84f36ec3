"""What formulas are made of: typed expressions and nodes.

Every class keeps SymPy's invariant ``e.func(*e.args) == e``, so that subs, xreplace, traversal and pickling work.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar

from sympy import Add, Basic, Expr, MatrixBase, MatrixExpr, Mul, Pow, Symbol, Tuple
from sympy.core.symbol import Str

from derivations.display import Typeset
from derivations.errors import DerivationError, NamingError, ShapeError, StepError
from derivations.names import (
    ABSENT,
    SCALAR,
    Axes,
    Dim,
    Family,
    Name,
    Step,
    axis,
    checked_name,
    exact,
    exact_step,
    fits,
    length,
    same_type,
    show_axes,
)
from derivations.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "ABSENT", "SCALAR", "AsPrinted", "Axes", "Constant", "Dim", "Explicit", "Expression", "Family", "Name", "Node",
    "Step", "as_printed", "axis", "checked_name", "coerce", "exact", "exact_step", "fits", "length", "nodes",
    "same_type", "show_axes",
]

_building_as_printed: ContextVar[bool] = ContextVar("_building_as_printed", default=False)


class Expression(Typeset, Operators, MatrixExpr):
    """A typed expression. ``infer`` is the type rule of the class; the author's order is kept.

    Raises ShapeError when it is built from parts that do not fit. Inside ``as_printed()`` it is built all the same, as
    an ``AsPrinted`` node, for claims that are about an ill-typed formula.
    """

    axes: Axes
    join: ClassVar[Callable[..., Expression]]

    def __new__(cls, *args: Any) -> Expression:
        self: Expression = Basic.__new__(cls, *args)
        try:
            self.axes = cls.infer(*args)
        except ShapeError:
            if _building_as_printed.get() and (guess := cls.guess(*args)):
                return AsPrinted(Str(cls.__name__), Tuple(*guess), *args)
            raise
        return self

    @classmethod
    def infer(cls, *args: Any) -> Axes:
        raise NotImplementedError(cls.__name__)

    @classmethod
    def guess(cls, *args: Any) -> Axes | None:
        """The type of an ill-typed formula read literally, with absent axes of length one; None where there is none."""
        return None

    @property
    def shape(self) -> tuple[Expr, Expr]:
        return length(self.axes[0]), length(self.axes[1])

    is_scalar = property(lambda self: self.axes == SCALAR)
    is_column = property(lambda self: bool(self.axes[0]) and not self.axes[1])

    @property
    def steps(self) -> tuple[Step, ...]:
        """The free step symbols, by name."""
        return tuple(sorted((s for s in self.free_symbols if isinstance(s, Step)), key=str))

    def at(self, step: Any) -> Expression:
        """The same expression at another step; it must have exactly one free step symbol."""
        if len(self.steps) != 1:
            found = ", ".join(map(str, self.steps)) or "none"
            raise StepError(f"at({step}) needs an expression with one free step, found {found}: use subs(step, value)")
        return self.subs(self.steps[0], exact_step(step))

    def subs(self, *args: Any, **kwargs: Any) -> Any:
        """SymPy's subs, safe from capture by the steps of sums and products; ``simultaneous=True`` swaps."""
        pairs = args[0] if len(args) == 1 else [args]
        rule = _rule(pairs.items() if isinstance(pairs, dict) else pairs)
        if kwargs.pop("simultaneous", False):
            return self.xreplace(rule)
        return super().subs(rule if isinstance(pairs, dict) else [*rule.items()], **kwargs)

    def xreplace(self, rule: Any) -> Any:
        """SymPy's xreplace: by structure, also inside sums and products over steps."""
        return super().xreplace(_rule(rule.items()))

    def __iter__(self) -> Iterator[Any]:
        raise ShapeError("an expression has no entries to go through: its dimensions are symbols")

    def doit(self, **hints: Any) -> Expression:
        return self

    def _eval_simplify(self, **hints: Any) -> Expression:
        return self

    def transpose(self) -> Expression:
        return self.T

    def _sympystr(self, printer: Any) -> str:
        from derivations.latex import text
        return text(self)

    def _latex(self, printer: Any) -> str:
        return self.latex()

    def sympy(self) -> Any:
        """SymPy's own form: vectors are n × 1; what it has no word for, a symbol named by its text."""
        from derivations.sympy_form import sympy_form
        return sympy_form(self)


def _rule(pairs: Any) -> dict[Any, Any]:
    """What is to be replaced by what, as expressions; text and numbers are no places in a formula."""
    rule = {}
    try:
        for old, new in pairs:
            if not isinstance(old, Basic) or (isinstance(old, Expr) and old.is_number):
                raise NamingError(f"{old!r} cannot be replaced: expected a symbol or an expression of the model")
            rule[old] = coerce(new) if isinstance(old, Expression) else exact(new) if isinstance(old, Symbol) else new
    except (TypeError, ValueError) as error:
        if isinstance(error, DerivationError):
            raise
        raise NamingError("subs takes (old, new), a dictionary, or pairs of old and new") from None
    return rule


class AsPrinted(Expression):
    """An operation on shapes that do not fit, kept as its source prints it. args: operation, its axes, operands."""

    operation = property(lambda self: self.args[0].name)
    operands = property(lambda self: self.args[2:])

    @classmethod
    def infer(cls, operation: Str, axes: Tuple, *operands: Expression) -> Axes:
        return axes[0], axes[1]


@contextmanager
def as_printed() -> Iterator[None]:
    """Inside, formulas whose shapes do not fit are built as printed instead of refused."""
    token = _building_as_printed.set(True)
    try:
        yield
    finally:
        _building_as_printed.reset(token)


class Constant(Expression):
    """An exact number, or a rational expression in dimensions and steps."""

    value = property(lambda self: self.args[0])

    @classmethod
    def infer(cls, value: Expr) -> Axes:
        exact(value)
        return SCALAR


class Explicit(Expression):
    """A matrix of exact numbers, wrapped from SymPy."""

    @classmethod
    def infer(cls, matrix: Any) -> Axes:
        for entry in matrix:
            if not entry.is_Rational:
                raise ShapeError(f"{entry} in {matrix} is not an exact number: expected rational entries")
        return axis(matrix.rows), axis(matrix.cols) if matrix.cols > 1 else ABSENT


def coerce(x: Any) -> Expression:
    """An expression from an expression, an exact number, a power such as 2**(k - 1), or SymPy's explicit matrix."""
    if isinstance(x, Expression):
        return x
    if getattr(x, "is_Matrix", False):
        if not isinstance(x, MatrixBase):
            raise ShapeError(f"{x} is SymPy's own matrix expression: declare it with parameter or input of the model")
        return Explicit(x.as_immutable())
    if isinstance(getattr(x, "family", None), Family):
        raise ShapeError(f"{x.family} is a sequence: name a step, as in {x.family}[t]")
    if callable(x) and not isinstance(x, Symbol):
        raise ShapeError(f"{x!r} is a function: apply it to an expression first")
    if isinstance(x, Expr) and any(p.exp.free_symbols for p in x.atoms(Pow)):
        return _powers(x)
    return Constant(exact(x))


def _powers(x: Expr) -> Expression:
    """SymPy's number with steps in exponents, as an expression: 3 * 2**(k - 1) + 1."""
    if isinstance(x, Pow) and x.exp.free_symbols:
        base, exponent = coerce(x.base), exact_step(x.exp)
        if isinstance(base, Constant) and base.value != 0 and all(exponent.coeff(s) < 0 for s in exponent.free_symbols):
            base, exponent = Constant(1 / base.value), -exponent  # 2**(-k), as SymPy writes (1/2)**k
        return base**exponent
    if isinstance(x, (Add, Mul)):
        name, parts = ("add" if isinstance(x, Add) else "scale"), [coerce(part) for part in x.args]
        return reduce(Operators.table[name], parts)
    return Constant(exact(x))


# ---- nodes


class Node(Expression):
    """A named quantity that responds to perturbations. args: its family, and its step if it has one."""

    family = property(lambda self: self.args[0])
    step = property(lambda self: self.args[1] if len(self.args) > 1 else None)

    @classmethod
    def infer(cls, family: Family, *step: Expr) -> Axes:
        if bool(step) != family.indexed:
            raise StepError(f"{family} {'needs a step, as in c[t]' if family.indexed else 'has no steps'}")
        if step:
            exact_step(*step)
        return family.axes


def nodes(e: Basic) -> list[Node]:
    """The nodes of an expression, each once, in the order in which they stand."""
    seen: dict[Node, None] = {}
    todo = [e]
    while todo:
        x = todo.pop()
        if isinstance(x, Node):
            if x.family.model:  # the argument in the rule of an author's function belongs to none
                seen.setdefault(x)
        else:
            todo.extend(reversed(x.args))
    return list(seen)
