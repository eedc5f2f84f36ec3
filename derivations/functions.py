"""Functions of one argument: elementwise ones as rows of data, and open ones, of which only smoothness is known.

An open function is one of a whole vector (``Smooth``), or of one number and applied to every entry (``Activation``).

A row gives f′ as a SymPy expression in F (the value of f), Z (its argument) and other rows at the same argument.
σ′ = σ − σ² and tanh′ = 1 − tanh² are the forms that proofs and numbers share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Basic, Expr, Integer, Rational, S, Symbol
from sympy.core.symbol import Str

from derivations.algebra import Stack, Vec
from derivations.errors import NamingError, ShapeError
from derivations.symbols import (
    ABSENT,
    Axes,
    Expression,
    Family,
    Name,
    Node,
    axis,
    checked_name,
    coerce,
    exact,
    show_axes,
)

LARGEST = 128  # exponent of an elementwise power
F, Z = Symbol("F"), Symbol("Z")


def other(name: str) -> Symbol:
    """Another row at the same argument, inside a row's derivative."""
    return Symbol(f"{name}(Z)")


@dataclass(frozen=True)
class Row:
    """One elementwise function: its derivative, its parity (1 even, -1 odd, 0 neither), its range, where f′ jumps."""

    prime: Expr
    parity: int = 0
    range: tuple[float, float] = (float("-inf"), float("inf"))
    kink: float | None = None
    domain: str = "real"


ROWS: dict[str, Row] = {
    "sigma": Row(F - F**2, range=(0, 1)),
    "tanh": Row(1 - F**2, parity=-1, range=(-1, 1)),
    "exp": Row(F, range=(0, float("inf"))),
    "log": Row(1 / Z, domain="positive"),
    "softplus": Row(other("sigma"), range=(0, float("inf"))),
    "relu": Row(other("step"), range=(0, float("inf")), kink=0.0),
    "step": Row(S.Zero, range=(0, 1), kink=0.0),
    "abs": Row(other("sign"), parity=1, range=(0, float("inf")), kink=0.0),
    "sign": Row(S.Zero, parity=-1, range=(-1, 1), kink=0.0),
    "sin": Row(other("cos"), parity=-1, range=(-1, 1)),
    "cos": Row(-other("sin"), parity=1, range=(-1, 1)),
}


def differentiated(row_prime: Expr, prime: Expr) -> Expr:
    """d/dz of an expression in F, Z and other rows: the chain rule, where f itself has derivative ``prime``."""
    out = row_prime.diff(F) * prime + row_prime.diff(Z)
    for symbol in row_prime.free_symbols - {F, Z}:
        inner = ROWS[symbol.name.removesuffix("(Z)")].prime.subs(F, symbol)
        out += row_prime.diff(symbol) * inner
    return out.expand()


class Func(Basic):
    """Something that can be applied to an expression."""

    def __call__(self, e: Any) -> Expression:
        return Apply(self, coerce(e))

    def type_of(self, e: Expression) -> Axes:
        raise NotImplementedError(type(self).__name__)


class Elementwise(Func):
    """An elementwise function or one of its derivatives. args: name, order of the derivative, parameters.

    The parameters are the exponent of a power, or the placeholder and the body of a function that an author defined.
    """

    name = property(lambda self: self.args[0].name)
    order = property(lambda self: int(self.args[1]))
    parameters = property(lambda self: self.args[2:])

    @property
    def prime(self) -> Elementwise:
        """The derivative f′, again elementwise."""
        return self.func(self.args[0], Integer(self.order + 1), *self.parameters)

    @property
    def base(self) -> Elementwise:
        """The function of which this is a derivative, or itself."""
        return self.func(self.args[0], Integer(0), *self.parameters)

    @property
    def in_table(self) -> bool:
        """Whether a row tells the derivatives: not of an author's function, nor of an open one."""
        return not self.body

    @property
    def body(self) -> tuple[Node, Expression] | None:
        """Placeholder and definition of an author's function; None for a row of the table."""
        return self.parameters if len(self.parameters) == 2 else None

    @property
    def row(self) -> Row:
        if self.name == "power":
            p = self.parameters[0]
            return Row(p * Z ** (p - 1), parity=(1 if p % 2 == 0 else -1) if p.is_Integer else 0,
                       domain="real" if p.is_Integer and p >= 0 else "nonzero" if p.is_Integer else "positive")
        if self.name not in ROWS:
            raise NamingError(f"no rule for the function {self.name!r}: known are {', '.join(ROWS)} and power(p); "
                              "elementwise(name, rule) defines another")
        return ROWS[self.name]

    @property
    def formula(self) -> Expr:
        """This derivative's value as an expression in F, Z and other rows (F itself at order 0)."""
        out: Expr = F
        for _ in range(self.order):
            out = differentiated(out, self.row.prime)
        return out

    def type_of(self, e: Expression) -> Axes:
        if not self.body:
            _ = self.row
        return e.axes


class Activation(Elementwise):
    """An open elementwise function, or one of its derivatives: any smooth function of one real number, at every entry.

    args: name, order of the derivative, model. Nothing else is known of it: neither parity nor range nor zeros; f, f′
    and f″ are functions of their own, tied by differentiation alone.
    """

    @property
    def model(self) -> str:
        return str(self.args[2].name)

    @property
    def in_table(self) -> bool:
        return False

    def type_of(self, e: Expression) -> Axes:
        return e.axes


class Smooth(Func):
    """An open function: any smooth function of vectors and scalars. args: model, name, its values' axis.

    Several arguments are one above the other, a matrix by its columns: ``f(x, W)`` is ``f(vstack(x, vec(W)))``.
    """

    name = property(lambda self: self.args[1])
    model = property(lambda self: str(self.args[0].name))

    def __call__(self, *arguments: Any) -> Expression:
        if not arguments:
            raise ShapeError(f"{self.name} of nothing: give at least one argument")
        parts = list(map(coerce, arguments))
        if len(parts) == 1:  # of one matrix, a function of every entry may be meant as well
            return Apply(self, parts[0])
        return Apply(self, Stack(Integer(0), *(Vec(e) if e.axes[1] else e for e in parts)))

    def type_of(self, e: Expression) -> Axes:
        if e.axes[1]:
            raise ShapeError(f"{self.name} takes a vector or a scalar, not a {show_axes(e.axes)}: use vec or vstack")
        return self.args[2], ABSENT


Open = Smooth | Activation


def open_of(f: Func) -> Open | None:
    """The open function that this is, or of which it is a derivative; None for a function that is known."""
    if isinstance(f, Activation):
        return f.base
    return f if isinstance(f, Smooth) else None


class Apply(Expression):
    """A function applied to an expression. args: function, argument."""

    function = property(lambda self: self.args[0])
    argument = property(lambda self: self.args[1])

    @classmethod
    def infer(cls, function: Func, e: Expression) -> Axes:
        return function.type_of(e)


sigma, tanh, exp, log, softplus, relu, step, absolute, sign, sin, cos = (
    Elementwise(Str(name), Integer(0)) for name in ROWS if name)


def power(exponent: Any) -> Elementwise:
    """The entrywise power: ``power(2)(v)``; a half is the square root."""
    value = exact(exponent)
    if not isinstance(value, Rational):
        raise ShapeError(f"an exponent {exponent}: expected a number")
    if max(abs(int(value.p)), int(value.q)) > LARGEST:
        raise ShapeError(f"an exponent {exponent}: at most {LARGEST}; a power over steps is x ** (k - 1) with a step k")
    return Elementwise(Str("power"), Integer(0), value)


def elementwise(name: str, rule: Callable[[Expression], Any]) -> Elementwise:
    """An author's function of one real number, by its definition.

    >>> swish = elementwise("swish", lambda z: z * sigma(z))
    """
    checked_name(name)
    if name in ROWS or name == "power":
        raise NamingError(f"the function {name!r} exists already: choose another name")
    placeholder = Node(Family.of("", Name.of("z"), None, None, indexed=False))
    body = coerce(rule(placeholder))
    if not body.is_scalar:
        raise ShapeError(f"{name} must map one number to one number, its rule gave a {show_axes(body.axes)}")
    if others := sorted(map(str, (body.atoms(Node) - {placeholder}) | body.free_symbols)):
        raise ShapeError(f"{name} depends on {others[0]}: an elementwise function depends on its argument alone")
    return Elementwise(Str(name), Integer(0), placeholder, body)


def smooth(model: str, name: str, size: Any = None) -> Smooth:
    return Smooth(Str(model), Name.of(name), axis(size))


def activation(model: str, name: str) -> Activation:
    """An open elementwise function. Raises NamingError for the name of a row, or one that reads as a derivative."""
    if name in ROWS or name == "power":
        raise NamingError(f"the function {name!r} exists already: an open function has a name of its own")
    if "'" in name:
        plain = name.replace("'", "")
        raise NamingError(f"{name!r} reads as a derivative: declare {plain!r}, whose derivative is {plain}.prime")
    return Activation(Str(name), Integer(0), Str(model))
