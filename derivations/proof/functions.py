"""Elementwise functions, powers and reciprocals of polynomials, and what is known of them.

Functions are atoms, keyed by the normal form of their argument; derivatives of any order are polynomials in atoms
(σ′ = s − s², tanh′ = 1 − t², exp′ = e). exp of a sum is a product; a power of a product is one of its factors where
that is true; a reciprocal r of a polynomial d has r·d = 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from math import isqrt

from sympy import Expr, Integer
from sympy.core.symbol import Str

from derivations.errors import Undecided
from derivations.functions import Elementwise, F, Z, absolute, sin
from derivations.proof.heads import Body, Entry, Exponential, Meaning, Power, Value
from derivations.proof.normal import ONE, Factor, Monomial, Poly, apart, indices, product, total
from derivations.proof.space import Normal, Rule, Space

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
        out = out * _exponential(space, body, at, c)
    return out


def _exponential(space: Space, body: Body, at: list[int], c: Fraction) -> Poly:
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
        return _power_of_body(space, meaning.base, factor[1], meaning.exponent * q)
    if isinstance(meaning, Exponential):
        return Poly.factor(space.head(Exponential(meaning.argument, meaning.coefficient * q)), factor[1])
    body, at, _ = space.body(Poly.factor(*factor))
    return _power_of_body(space, body, tuple(at), q)


def _power_of_body(space: Space, base: Body, at: tuple[int, ...], q: Fraction) -> Poly:
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
    return _power_of_body(space, Body((((), c),)), (), q)


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


# ---- what is known of a monomial's factors


def _others(f: Monomial, *gone: int) -> Monomial:
    return tuple(g for k, g in enumerate(f) if k not in gone)


def replaced(space: Space, f: Monomial, free: frozenset[int], replacement: Poly, *gone: int) -> Poly:
    """A monomial with some of its factors replaced; a sum over an index that goes with them leaves its size."""
    rest = _others(f, *gone)
    became = Poly([(c, rest + apart(g, frozenset(replacement.free))) for c, g in replacement.terms], free)
    return space.counted(f, free, became)


def _exponentials(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """exp(a m)·exp(b m) = exp((a + b) m)."""
    head, at = f[k]
    mine = space.meanings[head]
    assert isinstance(mine, Exponential)
    for q in range(k + 1, len(f)):
        other = space.meanings[f[q][0]]
        if f[q][1] == at and isinstance(other, Exponential) and other.argument == mine.argument:
            c = mine.coefficient + other.coefficient
            joined = _exponential(space, mine.argument, list(at), c) if c else Poly.number(1)
            return replaced(space, f, free, joined, k, q)
    return None


def _powers(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """Powers of one base are one power; a base beside its own power joins it; r·d = 1 for a reciprocal of a sum."""
    head, at = f[k]
    mine = space.meanings[head]
    assert isinstance(mine, Power)
    for q, (other, ix) in enumerate(f):
        theirs = space.meanings[other]
        if q != k and ix == at and isinstance(theirs, Power) and theirs.base == mine.base:
            joined = _power_of_body(space, mine.base, at, mine.exponent + theirs.exponent)
            return replaced(space, f, free, joined, k, q)
    if mine.exponent > 0:
        whole = mine.exponent > 1
        return replaced(space, f, free, _power_of_body(space, mine.base, at, mine.exponent), k) if whole else None
    lead, c = max(mine.base.terms, key=lambda term: (len(term[0]), term[0]))
    if not lead:
        return None
    for found in matches(space.spread_monomial(lead, dict(enumerate(at, 1))), f, k, free | set(at)):
        rest = _others(f, *found)  # the sums inside d go with it
        up = _power_of_body(space, mine.base, at, mine.exponent + 1)
        others = Body(tuple(term for term in mine.base.terms if term[0] != lead))
        left = up - space.spread(others, at) * Poly.factor(head, at)
        return replaced(space, rest, free, left.scaled(1 / c), rest.index(f[k]))
    return None


def matches(pattern: Monomial, f: Monomial, skip: int, free: frozenset[int]) -> Iterator[tuple[int, ...]]:
    """Which factors of f are the pattern, whose bound indices are bound in f and occur nowhere else in it."""
    bound = {i for i in indices(pattern) if i not in free}

    def search(at: int, used: tuple[int, ...], names: dict[int, int]) -> Iterator[tuple[int, ...]]:
        if at == len(pattern):
            inside = set(names.values())
            elsewhere = {i for q, (_, ix) in enumerate(f) if q not in used for i in ix}
            if len(inside) == len(names) and inside.isdisjoint(elsewhere) and inside.isdisjoint(free):
                yield used
            return
        head, slots = pattern[at]
        for q, (other, ix) in enumerate(f):
            if other != head or q in used or q == skip:
                continue
            new = dict(names)
            if all((new.setdefault(s, i) if s in bound else s) == i for s, i in zip(slots, ix, strict=True)):
                yield from search(at + 1, (*used, q), new)

    yield from search(0, (), {})


def _squared(of: Callable[[Space, Value, tuple[int, ...]], Poly]) -> Callable[..., Poly | None]:
    """A rule for the square of a function."""
    def rule(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
        other = next((q for q in range(len(f)) if q != k and f[q] == f[k]), None)
        if other is None:
            return None
        meaning = space.meanings[f[k][0]]
        assert isinstance(meaning, Value)
        return replaced(space, f, free, of(space, meaning, f[k][1]), k, other)
    return rule


def _named(*names: str) -> Callable[[Meaning], bool]:
    return lambda meaning: isinstance(meaning, Value) and meaning.function.name in names


def _one_minus_sine(space: Space, value: Value, at: tuple[int, ...]) -> Poly:
    sine = atom(space, sin, space.spread(value.argument, at))
    return Poly.number(1) - sine * sine


RULES: tuple[Rule, ...] = (
    Rule("exp(a)·exp(b) = exp(a + b)", lambda m: isinstance(m, Exponential), _exponentials),
    Rule("powers of one base", lambda m: isinstance(m, Power), _powers),
    Rule("cos² = 1 − sin²", _named("cos"), _squared(_one_minus_sine)),
    Rule("|x|² = x²", _named("abs"), _squared(lambda s, v, at: product([s.spread(v.argument, at)] * 2))),
    Rule("step² = step", _named("step"), _squared(lambda s, v, at: Poly.factor(s.head(v), at))),
)
