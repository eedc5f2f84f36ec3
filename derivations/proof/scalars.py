"""Scalar expressions as magnitudes, exactly: what is equal to them, with norms and unknown numbers for atoms."""

from __future__ import annotations

from functools import singledispatch

from sympy import Expr, Integer, Rational, S, fraction, together

from derivations.algebra import Eye, Norm, Plus, Times, Transposed, Vec, Zeros
from derivations.calculus import Chain, Series
from derivations.errors import Undecided
from derivations.functions import Apply, Elementwise, absolute
from derivations.proof.comparison import below_one
from derivations.proof.magnitude import EMPTY, Geometric, Magnitude, inverse
from derivations.proof.pattern import canonical
from derivations.proof.scope import Scope
from derivations.symbols import Constant, Dim, Expression, Step, length


def value(scope: Scope, e: Expression) -> Magnitude:
    """A scalar expression as a magnitude. Raises Undecided where a power or a denominator has no rule."""
    return _value(canonical(e), scope)


@singledispatch
def _value(e: Expression, scope: Scope) -> Magnitude:
    return Magnitude.atom(e)


@_value.register
def _(e: Constant, scope: Scope) -> Magnitude:
    return rational(e.value)


def rational(e: Expr) -> Magnitude:
    """A rational expression in dimensions and steps: steps in the coefficients, dimensions as atoms."""
    if e.is_Rational:
        return Magnitude.number(e)
    top, below = fraction(together(e))
    if any(isinstance(s, Step) for s in below.free_symbols):
        raise Undecided(f"a division by {below}")
    over = _polynomial(below)
    if over.single is None:
        raise Undecided(f"a division by {below}")
    return _polynomial(top) * Magnitude(dict([inverse(over.single)]))


def _polynomial(e: Expr) -> Magnitude:
    dims = sorted((s for s in e.free_symbols if isinstance(s, Dim)), key=str)
    if not dims:
        return Magnitude.number(e.expand())
    out = Magnitude({})
    for exponents, c in e.as_poly(*dims).terms():
        factors = frozenset((s, Integer(k)) for s, k in zip(dims, exponents, strict=True) if k)
        out = out + Magnitude({factors: c})
    return out


@_value.register
def _(e: Plus, scope: Scope) -> Magnitude:
    out = Magnitude({})
    for term in e.args:
        out = out + _value(term, scope)
    return out


@_value.register
def _(e: Times, scope: Scope) -> Magnitude:
    scalars, rest = [f for f in e.args if f.is_scalar], [f for f in e.args if not f.is_scalar]
    out = Magnitude.number(1)
    for factor in scalars:
        out = out * _value(factor, scope)
    return out * Magnitude.atom(rest[0] if len(rest) == 1 else Times(*rest)) if rest else out


@_value.register
def _(e: Chain, scope: Scope) -> Magnitude:
    if e.exponent is None or not e.is_scalar:
        return Magnitude.atom(e)
    base = _value(e.body, scope)
    if base.single is None or scope.sign(*base.single) < 1:
        return Magnitude.atom(e)
    return base**e.exponent


@_value.register
def _(e: Series, scope: Scope) -> Magnitude:
    inside, step, body = scope.within(e)
    return Magnitude({}) if e.first == e.last + 1 else summed(inside, _value(body, inside), step, e.first, e.last)


def summed(scope: Scope, body: Magnitude, step: Step, first: Expr, last: Expr) -> Magnitude:
    """The sum of a magnitude over a step: what does not depend on it comes out, term by term."""
    out, count = Magnitude({}), (last - first + 1).expand()
    for powers, c in body.terms.items():
        inner = frozenset((a, q) for a, q in powers if step in q.free_symbols or step in _steps(a))
        outer = Magnitude({powers - inner: S.One})
        if not inner and step not in c.free_symbols and scope.at_least(count):
            out = out + outer * Magnitude.number((c * count).expand())
        else:
            term = Series(Magnitude({inner: c}).expression(), step, first, last)
            out = out + outer * Magnitude.atom(canonical(term))
    return out


def _steps(a: object) -> set[object]:
    if isinstance(a, Geometric):
        return {s for b, q in a.powers for s in (*q.free_symbols, *_steps(b))}
    return set(a.free_symbols) if isinstance(a, Expression) else set()


@_value.register
def _(e: Apply, scope: Scope) -> Magnitude:
    if not isinstance(e.function, Elementwise) or e.function.order:
        return Magnitude.atom(e)
    if e.function.name == "power":
        return _power(e, scope, e.function.parameters[0])
    inside = _value(e.argument, scope)
    if e.function.name == "abs" and inside.single is not None:
        return absolute_of(scope, inside)
    return Magnitude.atom(e)


def absolute_of(scope: Scope, inside: Magnitude) -> Magnitude:
    """|x| of one term: of its factors."""
    assert inside.single is not None
    powers, c = inside.single
    sign = scope.sign(EMPTY, c)
    if not sign:
        return Magnitude.atom(absolute(inside.expression()))
    out = Magnitude.number(c * sign)
    for a, q in powers:
        out = out * Magnitude.atom(a if scope.not_negative(a) or (q.is_Integer and q % 2 == 0) else absolute(a), q)
    return out


def _power(e: Apply, scope: Scope, q: Rational) -> Magnitude:
    base = _value(e.argument, scope)
    if base.single is not None and (q.is_Integer or scope.sign(*base.single) > 0):
        return base**q
    if q.is_Integer and q < 0 and (ratio := one_minus(scope, base)) is not None:
        return Magnitude.atom(ratio) ** -q
    if q.is_Integer and q > 0:
        return base**q
    return Magnitude.atom(canonical(e))


def one_minus(scope: Scope, m: Magnitude) -> Geometric | None:
    """1/(1 - x) for a sum 1 - x with 0 ≤ x < 1 by the assumptions."""
    rest = Magnitude.number(1) - m
    if rest.single is None or m.terms.get(EMPTY) != 1:
        return None
    powers, c = rest.single
    if scope.sign(powers, c) < 1 or not below_one(scope, powers, c, strictly=True):
        return None
    return Geometric(powers, c)


@_value.register
def _(e: Norm, scope: Scope) -> Magnitude:
    """Scalars come out of a norm; transposes and vec, and the difference of norms of vectors, are left behind."""
    inner, kind = e.args[0], e.kind
    if isinstance(inner, Times) and (scalars := [f for f in inner.args if f.is_scalar]):
        rest = [f for f in inner.args if not f.is_scalar]
        out = _value(Norm(rest[0] if len(rest) == 1 else Times(*rest), e.args[1]), scope)
        for factor in scalars:
            out = out * _value(absolute(factor), scope)
        return out
    if isinstance(inner, Transposed) or (isinstance(inner, Vec) and kind == "2"):
        kind = "F" if isinstance(inner, Vec) and all(inner.args[0].axes) else kind
        return _value(type(e)(inner.args[0], type(e.args[1])(kind)), scope)
    if isinstance(inner, Zeros):
        return Magnitude({})
    if isinstance(inner, Eye):
        return Magnitude.number(1) if kind == "2" else rational(length(inner.axes[0])) ** Rational(1, 2)
    return Magnitude.atom(e)
