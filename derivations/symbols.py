"""What formulas are made of: axes, names, typed expressions, nodes.

A type is a pair of axes (rows, columns). An axis is a tuple of blocks, each a label and a size; the empty tuple
says that the axis is not there. A scalar has no axis, a vector only rows, a row vector only columns, a matrix both:
substituting n = 1 changes no kind.

Every class keeps SymPy's invariant ``e.func(*e.args) == e``, so that subs, xreplace, traversal and pickling work.
"""

from __future__ import annotations

import operator
import re
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from sympy import Add, Basic, Expr, Integer, MatrixBase, MatrixExpr, Pow, Rational, S, Symbol, Tuple
from sympy.core.symbol import Str

from derivations.errors import DerivationError, NamingError, ShapeError, StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Axes = tuple[Tuple, Tuple]
ABSENT = Tuple()
SCALAR: Axes = (ABSENT, ABSENT)
ACCENTS = ("", "tilde", "hat", "bar", "dot")
STRUCTURES = ("symmetric", "diagonal", "positive")

_NAME = re.compile(r"[A-Za-z]+'*(_[A-Za-z0-9]+)?")
_building_as_printed: ContextVar[bool] = ContextVar("_building_as_printed", default=False)


class Dim(Symbol):
    """The length of an axis: a positive integer."""

    def __new__(cls, name: str) -> Dim:
        return Symbol.__new__(cls, checked_name(name), integer=True, positive=True)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.name,), {}


class Step(Symbol):
    """A step of a sequence: an integer, over which claims, sums and products range."""

    def __new__(cls, name: str) -> Step:
        return Symbol.__new__(cls, checked_name(name), integer=True)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.name,), {}


def checked_name(name: object) -> str:
    """The name, if it is letters (then primes), or letters and one label after an underscore."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NamingError(f"{name!r} is not a name: expected letters, then at most one label, as in 'W_rec' or \"W'\"")
    return name


class Name(Basic):
    """A printed name: stem, accent, label. ``Name.of("W_rec")`` has stem W and label rec."""

    stem = property(lambda self: self.args[0].name)
    accent = property(lambda self: self.args[1].name)
    label = property(lambda self: self.args[2].name)

    @classmethod
    def of(cls, name: str, accent: str = "") -> Name:
        stem, _, label = checked_name(name).partition("_")
        if accent not in ACCENTS:
            raise NamingError(f"accent {accent!r} is not known: expected one of {', '.join(ACCENTS[1:])}")
        return cls(Str(stem), Str(accent), Str(label))

    def __str__(self) -> str:
        return self.stem + (f".{self.accent}" if self.accent else "") + (f"_{self.label}" if self.label else "")


# ---- axes


def axis(spec: Any) -> Tuple:
    """An axis from ``None`` (absent), a size, a tuple of sizes, or named blocks ``{"h": n, "x": m}``."""
    if spec is None:
        return ABSENT
    if isinstance(spec, Tuple) and all(isinstance(block, Tuple) for block in spec):
        return spec
    pairs = spec.items() if isinstance(spec, dict) else [("", s) for s in (spec if isinstance(spec, tuple) else (spec,))]
    blocks = Tuple(*(Tuple(Str(checked_name(label) if label else ""), exact(size)) for label, size in pairs))
    for _, size in blocks:
        whole = all(a.is_Integer or isinstance(a, Dim) for a in size.atoms()) and size.is_polynomial()
        if not whole or size.is_nonpositive:
            raise ShapeError(f"an axis of size {size}: expected a positive integer or dimensions, as in n or 4 * n")
    return blocks


def length(ax: Tuple) -> Expr:
    """How many entries an axis has; an axis that is not there counts as one."""
    return Add(*(size for _, size in ax)) if ax else S.One


def fits(a: Tuple, b: Tuple) -> bool:
    """Whether two axes are the same: both absent, or of one length."""
    return bool(a) == bool(b) and (a == b or (length(a) - length(b)).expand() == 0)


def same_type(a: Axes, b: Axes) -> bool:
    return fits(a[0], b[0]) and fits(a[1], b[1])


def show_axes(axes: Axes) -> str:
    """``vector n``, ``row n``, ``matrix n × (n + m)``: how errors name a type."""
    rows, cols = (" + ".join(str(size) for _, size in ax) for ax in axes)
    if axes[0] and axes[1]:
        rows, cols = (f"({s})" if "+" in s else s for s in (rows, cols))
        return f"matrix {rows} × {cols}"
    return f"vector {rows}" if axes[0] else f"row {cols}" if axes[1] else "scalar"


# ---- numbers and steps


def exact(value: Any) -> Expr:
    """An exact number, or a rational expression in dimensions and steps.

    Raises ShapeError for floats, text and everything else that is not exact.
    """
    if isinstance(value, Fraction):
        return Rational(value.numerator, value.denominator)
    if isinstance(value, Expr) and not isinstance(value, MatrixExpr):
        if value.is_Rational:
            return value
        foreign = sorted((s for s in value.free_symbols if not isinstance(s, (Dim, Step))), key=str)
        if foreign:
            raise ShapeError(f"{value} contains SymPy's own symbol {foreign[0]}: declare it with dims, times, parameter or input")
        rational = all(a.is_Rational or a.is_Symbol for a in value.atoms()) and all(p.exp.is_Integer for p in value.atoms(Pow))
        if rational and value.is_rational_function(*value.free_symbols):
            return value
    elif not isinstance(value, (str, bool, Basic)):
        try:
            return Integer(operator.index(value))
        except TypeError:
            pass
    raise ShapeError(f"{value!r} is not an exact number: write an integer, Fraction(1, 3) or an expression of the model")


def exact_step(value: Any) -> Expr:
    """A step: affine in step symbols, with integer coefficients. Raises StepError."""
    if isinstance(value, Step):
        return value
    try:
        step = exact(value).expand()
    except ShapeError:
        raise StepError(f"{value!r} is not a step: expected an integer or an expression such as t - 1") from None
    coefficients = [step.coeff(s) for s in step.free_symbols]
    rest = step - Add(*(c * s for c, s in zip(coefficients, step.free_symbols, strict=True)))
    if not all(isinstance(s, Step) for s in step.free_symbols) or not all(c.is_Integer for c in (*coefficients, rest.expand())):
        raise StepError(f"{value} is not a step: expected steps with whole coefficients, such as t - 1")
    return step


# ---- expressions


class Expression(MatrixExpr):
    """A typed expression. ``infer`` is the type rule of the class; the author's order is kept.

    Raises ShapeError when it is built from parts that do not fit. Inside ``as_printed()`` it is built all the same, as
    an ``AsPrinted`` node, for claims that are about an ill-typed formula.
    """

    _op_priority = 20.0
    __array_ufunc__ = None
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

    T = property(lambda self: Expression._operators["transpose"](self))
    _operators: ClassVar[dict[str, Callable[..., Expression]]] = {}

    def __add__(self, other: Any) -> Expression:
        return self._operators["add"](self, other)

    def __radd__(self, other: Any) -> Expression:
        return self._operators["add"](other, self)

    def __sub__(self, other: Any) -> Expression:
        return self._operators["add"](self, -coerce(other))

    def __rsub__(self, other: Any) -> Expression:
        return self._operators["add"](other, -self)

    def __neg__(self) -> Expression:
        return self._operators["scale"](-1, self)

    def __pos__(self) -> Expression:
        return self

    def __mul__(self, other: Any) -> Expression:
        return self._operators["scale"](self, other)

    def __rmul__(self, other: Any) -> Expression:
        # SymPy hands explicit_matrix @ e over as explicit_matrix * e
        return self._operators["matmul" if getattr(other, "is_Matrix", False) else "scale"](other, self)

    def __matmul__(self, other: Any) -> Expression:
        return self._operators["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Expression:
        return self._operators["matmul"](other, self)

    def __truediv__(self, other: Any) -> Expression:
        return self._operators["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return self._operators["divide"](other, self)

    def __pow__(self, exponent: Any) -> Expression:
        return self._operators["power"](self, exponent)

    def __getitem__(self, key: Any) -> Expression:
        if not isinstance(key, str):
            raise ShapeError(f"{key!r} is not a block: entries are not part of the language, name a block as in W['h']")
        return self._operators["block"](self, key)

    def __iter__(self) -> Iterator[Any]:
        raise ShapeError("an expression has no entries to go through: its dimensions are symbols")

    def doit(self, **hints: Any) -> Expression:
        return self

    def _eval_simplify(self, **hints: Any) -> Expression:
        return self

    def transpose(self) -> Expression:
        return self.T

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise ShapeError("this operation of SymPy is not part of the language: use d, grad, immediate for derivatives, "
                         "@ for products, power for elementwise powers")

    diff = _eval_derivative = inverse = inv = det = trace = _entry = as_explicit = conjugate = adjoint = _refuse
    __rpow__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __abs__ = _eval_determinant = _eval_trace = _refuse
    I = property(_refuse)  # noqa: E741 - SymPy's name for the inverse, refused

    def _sympystr(self, printer: Any) -> str:
        from derivations.latex import text

        return text(self)

    def _latex(self, printer: Any) -> str:
        from derivations.latex import latex

        return latex(self)

    def latex(self, profile: str = "paper") -> str:
        """LaTeX in a notation profile, ``article`` or ``paper``."""
        from derivations.latex import latex

        return latex(self, profile)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _rule(pairs: Any) -> dict[Any, Any]:
    """What is to be replaced by what, as expressions; text and numbers are no places in a formula."""
    rule = {}
    try:
        for old, new in pairs:
            if not isinstance(old, Basic) or isinstance(old, Expr) and old.is_number:
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
                raise ShapeError(f"{entry} in {matrix} is not an exact number: a matrix of numbers has rational entries")
        return axis(matrix.rows), axis(matrix.cols) if matrix.cols > 1 else ABSENT


def coerce(x: Any) -> Expression:
    """An expression from an expression, an exact number, or SymPy's explicit matrix."""
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
    return Constant(exact(x))


# ---- nodes


class Family(Basic):
    """What a model declares under one name. args: model, name, rows, columns, structure, whether it has steps."""

    model = property(lambda self: self.args[0].name)
    name = property(lambda self: self.args[1])
    axes = property(lambda self: (self.args[2], self.args[3]))
    structure = property(lambda self: tuple(s.name for s in self.args[4]))
    indexed = property(lambda self: bool(self.args[5]))

    @classmethod
    def of(cls, model: str, name: Name, rows: Any, cols: Any, *, indexed: bool, structure: tuple[str, ...] = ()) -> Family:
        rows, cols = axis(rows), axis(cols)
        for word in structure:
            if word not in STRUCTURES:
                raise ShapeError(f"structure {word!r} is not known: expected one of {', '.join(STRUCTURES)}")
            if word != "positive" and not (rows and fits(rows, cols)):
                raise ShapeError(f"{name} is a {show_axes((rows, cols))}: only a square matrix can be {word}")
        return cls(Str(model), name, rows, cols, Tuple(*map(Str, structure)), Integer(int(indexed)))

    @property
    def key(self) -> tuple[str, bool]:
        """Identity inside its model: E_t and E are two families."""
        return str(self.name), self.indexed

    def __str__(self) -> str:
        return str(self.name)


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
