"""Elementwise functions, powers and reciprocals of polynomials, and what is known of them.

Functions are atoms, keyed by the normal form of their argument; derivatives of any order are polynomials in atoms
(σ′ = s − s², tanh′ = 1 − t², exp′ = e). exp of a sum is a product; a power of a product is one of its factors where
that is true; a reciprocal r of a polynomial d has r·d = 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import isqrt

from sympy import Expr, Integer
from sympy.core.symbol import Str

from derivations.errors import Undecided
from derivations.functions import Elementwise, F, Z, absolute
from derivations.proof.heads import Body, Entry, Exponential, Power, Value
from derivations.proof.normal import ONE, Factor, Poly, indices, product, total
from derivations.proof.space import Normal, Space

# f(-z) in terms of F = f(z) and Z = z, and f(0), where they are known.
REFLECTED: dict[str, Expr] = {"sigma": 1 - F, "tanh": -F, "sin": -F, "cos": F, "softplus": F - Z, "relu": F - Z,
                              "abs": F}
AT_ZERO: dict[str, Fraction] = {"sigma": Fraction(1, 2), "tanh": Fraction(0), "sin": Fraction(0), "cos": ONE,
                                "relu": Fraction(0), "abs": Fraction(0)}
POSITIVE = {"sigma", "softplus"}


@cache
def formula_of(function: Elementwise) -> Expr:
    return function.formula


def elementwise(space: Space, function: Elementwise, argument: Poly) -> Poly:
    """f(argument), or one of f's derivatives, of a row of the table or open: then each derivative is its own atom."""
    if not function.in_table:
        return atom(space, function, argument)
    base = function.base

    def named(e: Expr) -> Poly | None:
        if e == F:
            return atom(space, base, argument)
        if e == Z:
            return argument
        if e.is_Symbol:
            return atom(space, Elementwise(Str(e.name.removesuffix("(Z)")), Integer(0)), argument)
        return None

    return formula(space, formula_of(function), named)


def formula(space: Space, e: Expr, named: Callable[[Expr], Poly | None]) -> Poly:
    """A formula in a function's value and argument, as a polynomial."""
    if (found := named(e)) is not None:
        return found
    if e.is_Rational:
        return Poly.number(Fraction(int(e.p), int(e.q)))
    if e.is_Add:
        return total(formula(space, a, named) for a in e.args)
    if e.is_Mul:
        return product(formula(space, a, named) for a in e.args)
    if e.is_Pow and e.exp.is_Rational:
        return power(space, formula(space, e.base, named), Fraction(int(e.exp.p), int(e.exp.q)))
    raise Undecided(f"{e} in the derivative of a function")


def number(space: Space, value: Expr) -> Poly:
    """A rational expression in dimensions and steps."""
    return formula(space, value, lambda e: space.scalar(e) if e.is_Symbol else None)


def atom(space: Space, function: Elementwise, argument: Poly) -> Poly:
    """f(argument) with f left as it is, but for what is known at zero, of signs and of sums."""
    name = function.name
    if name in SPLIT:
        return SPLIT[name](space, function, argument)
    body, at, sign = space.body(argument, signed=name in REFLECTED)
    if not body.terms and name in AT_ZERO:
        return Poly.number(AT_ZERO[name])
    value = Poly.factor(space.head(Value(function, body)), at)
    if sign > 0:
        return value
    named = {F: value, Z: -argument}
    return formula(space, REFLECTED[name], named.get)


# ---- exp, log, powers


def exponential(space: Space, _: Elementwise | None, argument: Poly) -> Poly:
    """exp: of a sum of monomials, the product of theirs."""
    out = Poly.number(1)
    for f, c in sorted(space.normal(argument).items()):
        body, at, _sign = space.body(Poly([(ONE, space.spread_monomial(f))], (i for i in indices(f) if i > 0)))
        out = out * exponential_of(space, body, at, c)
    return out


def exponential_of(space: Space, body: Body, at: list[int], c: Fraction) -> Poly:
    if len(body.terms) == 1 and body.terms[0][1] == 1 and len(body.terms[0][0]) == 1:
        [(head, slots)] = body.terms[0][0]
        meaning = space.meanings[head]
        if isinstance(meaning, Value) and meaning.function.name == "log":  # exp(c·log x) = x^c
            return power(space, space.spread(meaning.argument, [at[k - 1] for k in slots]), c)
    return Poly.factor(space.head(Exponential(body, c)), at)


def logarithm(space: Space, function: Elementwise, argument: Poly) -> Poly:
    """log: of a product of positive factors, the sum of theirs."""
    normal = space.normal(argument)
    if normal == {(): ONE}:
        return Poly()
    if len(normal) == 1:
        [(f, c)] = normal.items()
        if c > 0 and len(f) + (c != 1) > 1 and all(i > 0 for i in indices(f)) and all(positive(space, h) for h, _ in f):
            parts = [logarithm(space, function, Poly.factor(h, ix)) for h, ix in f]
            return total(parts if c == 1 else [*parts, logarithm(space, function, Poly.number(c))])
        if c == 1 and len(f) == 1 and isinstance(meaning := space.meanings[f[0][0]], Exponential):
            return space.spread(meaning.argument, f[0][1]).scaled(meaning.coefficient)
    body, at, _ = space.body(argument)
    return Poly.factor(space.head(Value(function, body)), at)


def power(space: Space, base: Poly, q: Fraction) -> Poly:
    """base^q. Raises Undecided for a division by zero."""
    if q.denominator == 1 and q >= 0:
        return _whole_power(space, base, int(q))
    normal = space.normal(base)
    if not normal:
        if q > 0:
            return Poly()
        raise Undecided("a division by zero")
    grown, normal = _exponentials_out(space, normal, q)
    out, rest = _taken_out(space, normal, q)
    out = grown * out
    lead = abs(min(rest.items())[1]) if q.denominator > 1 else min(rest.items())[1]
    out = out * _numeric_power(space, lead, q)
    if rest == {(): lead}:
        return out
    free = {i for f in rest for i in indices(f) if i > 0}
    body, at, _ = space.body(Poly(((c / lead, space.spread_monomial(f)) for f, c in rest.items()), free))
    return out * Poly.factor(space.head(Power(body, q)), at)


def _exponentials_out(space: Space, normal: Normal, q: Fraction) -> tuple[Poly, Normal]:
    """The power of exponentials that are taken out of a sum so that every exponent in it begins at zero:
    1 + exp(-z) = exp(-z) (1 + exp(z))."""
    own: list[dict[tuple[Body, tuple[int, ...]], Fraction]] = []
    for f in normal:
        met = ((space.meanings[h], ix) for h, ix in f if all(i > 0 for i in ix))
        own.append({(m.argument, ix): m.coefficient for m, ix in met if isinstance(m, Exponential)})
    keys = dict.fromkeys(key for term in own for key in term)
    lowest = {key: min(term.get(key, Fraction(0)) for term in own) for key in keys}
    if not any(lowest.values()):
        return Poly.number(1), normal

    def exponentials(by: Fraction) -> Poly:
        return product(Poly.factor(space.head(Exponential(body, c * by)), at) for (body, at), c in lowest.items() if c)

    free = {i for f in normal for i in indices(f) if i > 0}
    spread = Poly(((c, space.spread_monomial(f)) for f, c in normal.items()), free)
    return exponentials(q), space.normal(spread * exponentials(Fraction(-1)))


def _whole_power(space: Space, base: Poly, q: int) -> Poly:
    """The power by repeated squaring, collected on the way: a sum to a power has few terms that differ."""
    out, square = Poly.number(1), base
    while q:
        if q % 2:
            out = space.collected(out * square) if len(square.terms) > 1 else out * square
        q //= 2
        if q:
            square = space.collected(square * square) if len(square.terms) > 1 else square * square
    return out


def _taken_out(space: Space, normal: Normal, q: Fraction) -> tuple[Poly, Normal]:
    """The power of the factors that all terms have, and what is left under it.

    A whole power goes to every factor; a root to positive ones, and to squares as absolute values.
    """
    shared = Counter(g for g in next(iter(normal)) if all(i > 0 for i in g[1]))
    for f in normal:
        shared &= Counter(f)
    out, gone = Poly.number(1), Counter[Factor]()
    for factor, times in sorted(shared.items()):
        if q.denominator == 1 or positive(space, factor[0]):
            out, gone[factor] = out * _power_of_factor(space, factor, q * times), times
        elif times > 1:
            even = times // 2 * 2
            size = atom(space, absolute, Poly.factor(*factor))
            out, gone[factor] = out * power(space, size, q * even), even
    left = {tuple(sorted((Counter(f) - gone).elements())): c for f, c in normal.items()}
    return out, left


def _power_of_factor(space: Space, factor: Factor, q: Fraction) -> Poly:
    meaning = space.meanings[factor[0]]
    if isinstance(meaning, Power):
        return power_of_body(space, meaning.base, factor[1], meaning.exponent * q)
    if isinstance(meaning, Exponential):
        return Poly.factor(space.head(Exponential(meaning.argument, meaning.coefficient * q)), factor[1])
    body, at, _ = space.body(Poly.factor(*factor))
    return power_of_body(space, body, tuple(at), q)


def power_of_body(space: Space, base: Body, at: tuple[int, ...], q: Fraction) -> Poly:
    """base^q for a base that is no product: whole parts of the exponent are multiplied out."""
    if q == 0:
        return Poly.number(1)
    whole = int(q // 1) if q > 0 else 0
    out = product([space.spread(base, at)] * whole)
    return out if q == whole else out * Poly.factor(space.head(Power(base, q - whole)), at)


def _numeric_power(space: Space, c: Fraction, q: Fraction) -> Poly:
    if q.denominator == 1:
        return Poly.number(c ** int(q))
    if c == 1:
        return Poly.number(1)
    if q.denominator == 2 and isqrt(c.numerator) ** 2 == c.numerator and isqrt(c.denominator) ** 2 == c.denominator:
        return Poly.number(Fraction(isqrt(c.numerator), isqrt(c.denominator)) ** q.numerator)
    return power_of_body(space, Body((((), c),)), (), q)


def positive(space: Space, head: int) -> bool:
    """Whether a factor is positive wherever it is defined."""
    meaning = space.meanings[head]
    if isinstance(meaning, Value):
        return meaning.function.name in POSITIVE
    if isinstance(meaning, Entry):
        return "positive" in meaning.node.family.structure and meaning.node.family not in space.defined
    if isinstance(meaning, Power):
        return all(c > 0 and all(positive(space, h) for h, _ in f) for f, c in meaning.base.terms)
    return isinstance(meaning, Exponential)


SPLIT: dict[str, Callable[[Space, Elementwise, Poly], Poly]] = {
    "exp": exponential, "log": logarithm, "power": lambda space, f, e: power(space, e, _exponent(f))}


def _exponent(function: Elementwise) -> Fraction:
    p = function.parameters[0]
    return Fraction(int(p.p), int(p.q))
