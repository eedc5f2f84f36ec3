"""SymPy's own form of an expression: ``e.sympy()``, for whatever SymPy can do with it.

Vectors become n × 1 and rows 1 × n, scalars SymPy's scalars; abbreviations are written out, and a block is a slice.
What SymPy has no word for (derivatives in a graph, uses, sums and products over steps, norms, open functions, vec)
becomes a symbol whose name is its text: it prints alike, and SymPy knows nothing of its meaning. No name is read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr, MatrixExpr, S
from sympy.matrices.expressions.diagonal import DiagMatrix
from sympy.matrices.expressions.hadamard import HadamardPower, HadamardProduct

from derivations import algebra, calculus, functions, symbols, where
from derivations.calculus import see_through
from derivations.functions import F, Z
from derivations.symbols import Expression, length

Form = Any  # an Expr for a scalar, a MatrixExpr for everything else

VARIABLE = sympy.Symbol("z", real=True)  # of a function that is applied to every entry


def sympy_form(e: Expression) -> Form:
    """The same expression in SymPy's own classes."""
    return _form(see_through(e))


def _form(e: Expression) -> Form:
    for cls in type(e).__mro__:
        if cls in RULES:
            return RULES[cls](e)
    raise NotImplementedError(f"{type(e).__name__} has no row in the table of SymPy's forms")


def _symbol(e: Expression) -> Form:
    """A symbol that is named as the expression is printed."""
    return _named(str(e), e)


def _named(name: str, e: Expression) -> Form:
    return sympy.Symbol(name, real=True) if e.is_scalar else sympy.MatrixSymbol(name, *e.shape)


def _node(e: symbols.Node) -> Form:
    """A symbol with a plain name, such as alpha, W_rec, c_{t-1}, ctilde_t."""
    name = e.family.name
    below = ",".join([*([name.label] if name.label else []), *(str(step).replace(" ", "") for step in e.args[1:])])
    below = below if not below or below.isalnum() else f"{{{below}}}"
    return _named(name.stem + name.accent + (f"_{below}" if below else ""), e)


def _matrix(e: Expression) -> MatrixExpr:
    """As an entry of a block matrix, where a number is a matrix too."""
    return sympy.ImmutableMatrix([[_form(e)]]) if e.is_scalar else _form(e)


def _joined(scalars: Callable[..., Expr], matrices: Callable[..., MatrixExpr]) -> Callable[[Expression], Form]:
    """A row for an operation on things of one shape."""
    return lambda e: (scalars if e.is_scalar else matrices)(*map(_form, e.args))


def _times(e: algebra.Times) -> Form:
    scalars = [_form(f) for f in e.args if f.is_scalar]
    matrices = [_form(f) for f in e.args if not f.is_scalar]
    if not matrices:
        return sympy.Mul(*scalars)
    product = sympy.MatMul(*matrices)
    if e.is_scalar:  # a row times a vector: SymPy's 1 × 1 matrix as the number that it is
        return sympy.Mul(*scalars, sympy.Trace(product))
    return sympy.MatMul(*scalars, *product.args) if scalars else product


def _stack(e: algebra.Stack) -> MatrixExpr:
    parts = [_matrix(part) for part in e.parts]
    return sympy.BlockMatrix([parts] if e.direction else [[part] for part in parts])


def _block(e: algebra.Block) -> MatrixExpr:
    along, k = e.place
    sizes = [size for _, size in e.args[0].axes[along]]
    start = sympy.Add(*sizes[:k])
    span = slice(start, start + sizes[k])
    return _form(e.args[0])[(slice(None), span) if along else (span, slice(None))]


def _filled(number: Expr, matrix: type[MatrixExpr]) -> Callable[[Expression], Form]:
    return lambda e: number if e.is_scalar else matrix(*e.shape)


# ---- functions


FUNCTIONS: dict[str, Callable[[Expr], Expr]] = {
    "sigma": lambda z: 1 / (1 + sympy.exp(-z)),
    "tanh": sympy.tanh,
    "exp": sympy.exp,
    "log": sympy.log,
    "softplus": lambda z: sympy.log(1 + sympy.exp(z)),
    "relu": lambda z: sympy.Max(z, 0),
    "step": lambda z: sympy.Heaviside(z, 0),
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "sin": sympy.sin,
    "cos": sympy.cos,
}


def value(f: functions.Elementwise, z: Expr) -> Expr:
    """An elementwise function, or one of its derivatives, of a number; an open one is an undefined function."""
    if isinstance(f, functions.Activation):
        return sympy.Function(f.name)(VARIABLE).diff(VARIABLE, f.order).subs(VARIABLE, z)
    if f.body:
        placeholder, body = f.body
        inside = _form(see_through(body)).subs(_form(placeholder), VARIABLE)
        return inside.diff(VARIABLE, f.order).subs(VARIABLE, z)
    of_name = {"power": lambda z: z ** f.parameters[0], **FUNCTIONS}
    rows = {s: of_name[s.name.removesuffix("(Z)")](z) for s in f.formula.free_symbols - {F, Z}}
    return f.formula.subs({F: of_name[f.name](z), Z: z, **rows}, simultaneous=True)


def _apply(e: functions.Apply) -> Form:
    f = e.function
    if not isinstance(f, functions.Elementwise):  # an open function
        return _symbol(e)
    argument = _form(e.argument)
    if e.is_scalar:
        return value(f, argument)
    if f.name == "power" and not f.order:
        return HadamardPower(argument, f.parameters[0])
    return argument.applyfunc(sympy.Lambda(VARIABLE, value(f, VARIABLE)))


def _chain(e: calculus.Chain) -> Form:
    """A power is one; any other product over steps is named by its text."""
    return _symbol(e) if e.exponent is None else _form(e.body) ** e.exponent


RULES: dict[type, Callable[[Any], Form]] = {
    symbols.Constant: lambda e: e.value,
    symbols.Explicit: lambda e: e.args[0],
    symbols.Node: _node,
    symbols.AsPrinted: _symbol,
    algebra.Plus: _joined(sympy.Add, sympy.MatAdd),
    algebra.Times: _times,
    algebra.Had: _joined(sympy.Mul, HadamardProduct),
    algebra.Diag: lambda e: DiagMatrix(_form(e.args[0])),
    algebra.Transposed: lambda e: _form(e.args[0]) if e.is_scalar else sympy.Transpose(_form(e.args[0])),
    algebra.Inverse: lambda e: sympy.Inverse(_form(e.args[0])),
    algebra.Det: lambda e: sympy.Determinant(_form(e.args[0])),
    algebra.Trace: lambda e: sympy.Trace(_form(e.args[0])),
    algebra.Stack: _stack,
    algebra.Block: _block,
    algebra.Vec: lambda e: _form(e.args[0]) if e.args[0].is_column else _symbol(e),
    algebra.Eye: lambda e: S.One if e.is_scalar else sympy.Identity(length(e.args[0])),
    algebra.Ones: _filled(S.One, sympy.OneMatrix),
    algebra.Zeros: _filled(S.Zero, sympy.ZeroMatrix),
    algebra.Norm: _symbol,
    functions.Apply: _apply,
    calculus.Let: lambda e: _form(e.body),
    calculus.Use: _symbol,
    calculus.Jacobian: _symbol,
    calculus.Chain: _chain,
    calculus.Series: _symbol,
    where.Where: _symbol,
}
