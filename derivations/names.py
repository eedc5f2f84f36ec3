"""What formulas are built on: dimensions and steps, printed names, axes, what a model declares, exact numbers.

A type is a pair of axes (rows, columns). An axis is a tuple of blocks, each a label and a size; the empty tuple
says that the axis is not there. A scalar has no axis, a vector only rows, a row vector only columns, a matrix both:
substituting n = 1 changes no kind.
"""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from typing import Any

from sympy import Add, Basic, Expr, Integer, MatrixExpr, Pow, Rational, S, Symbol, Tuple
from sympy.core.symbol import Str

from derivations.errors import NamingError, ShapeError, StepError

Axes = tuple[Tuple, Tuple]
ABSENT = Tuple()
SCALAR: Axes = (ABSENT, ABSENT)
STRUCTURES = ("symmetric", "diagonal", "orthogonal", "positive", "zero")
LONGEST = 4096  # bits of a number
ACCENTS = ("", "tilde", "hat", "bar", "dot")

_NAME = re.compile(r"[A-Za-z]+'*(_[A-Za-z0-9]+)?")


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
    sizes = spec if isinstance(spec, tuple) else (spec,)
    pairs = spec.items() if isinstance(spec, dict) else [("", size) for size in sizes]
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


# ---- what a model declares


class Family(Basic):
    """What a model declares under one name. args: model, name, rows, columns, structure, whether it has steps."""

    model = property(lambda self: self.args[0].name)
    name = property(lambda self: self.args[1])
    axes = property(lambda self: (self.args[2], self.args[3]))
    structure = property(lambda self: tuple(s.name for s in self.args[4]))
    indexed = property(lambda self: bool(self.args[5]))

    @classmethod
    def of(cls, model: str, name: Name, rows: Any, cols: Any, *, indexed: bool,
           structure: tuple[str, ...] = ()) -> Family:
        rows, cols = axis(rows), axis(cols)
        for word in structure:
            if word not in STRUCTURES:
                raise ShapeError(f"structure {word!r} is not known: expected one of {', '.join(STRUCTURES)}")
            if word not in ("positive", "zero") and not (rows and fits(rows, cols)):
                raise ShapeError(f"{name} is a {show_axes((rows, cols))}: only a square matrix can be {word}")
        if "orthogonal" in structure and len(set(structure)) > 1:
            raise ShapeError(f"{name} is declared {', '.join(structure)}: expected orthogonal alone")
        return cls(Str(model), name, rows, cols, Tuple(*map(Str, structure)), Integer(int(indexed)))

    @property
    def key(self) -> tuple[str, bool]:
        """Identity inside its model: E_t and E are two families."""
        return str(self.name), self.indexed

    def __str__(self) -> str:
        return str(self.name)


# ---- numbers and steps


def exact(value: Any) -> Expr:
    """An exact number, or a rational expression in dimensions and steps.

    Raises ShapeError for floats, text and everything else that is not exact.
    """
    if isinstance(value, Fraction):
        return exact(Rational(value.numerator, value.denominator))
    if isinstance(value, Expr) and not isinstance(value, MatrixExpr):
        if value.is_Rational:
            if max(abs(int(value.p)), int(value.q)).bit_length() > LONGEST:
                raise ShapeError(f"a number of more than {LONGEST} bits: expected one that can be computed with")
            return value
        foreign = sorted((s for s in value.free_symbols if not isinstance(s, (Dim, Step))), key=str)
        if foreign:
            raise ShapeError(f"{value} contains SymPy's own symbol {foreign[0]}: "
                             "declare it with dims, times, parameter or input")
        rational = all(a.is_Rational or a.is_Symbol for a in value.atoms()) and value.is_rational_function()
        if rational and all(p.exp.is_Integer for p in value.atoms(Pow)):
            return value
    elif not isinstance(value, (str, bool, Basic)):
        try:
            return exact(Integer(operator.index(value)))
        except TypeError:
            pass
    raise ShapeError(f"{value!r} is not an exact number: write an integer, Fraction(1, 3) or an expression of the "
                     "model")


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
    whole = all(c.is_Integer for c in (*coefficients, rest.expand()))
    if not whole or not all(isinstance(s, Step) for s in step.free_symbols):
        raise StepError(f"{value} is not a step: expected steps with whole coefficients, such as t - 1")
    return step
