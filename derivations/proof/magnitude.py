"""Sums of monomials in numbers whose sign is known: norms, steps and dimensions, to powers that may be steps.

A term is a coefficient, a polynomial in steps, times atoms to powers that are affine in steps. An atom is a scalar
expression, a dimension, a prime number (2 to the power k - 1), or 1/(1 - x) for a monomial 0 ≤ x < 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Poly, S, factorrat

from derivations.errors import Undecided
from derivations.operations import scale
from derivations.symbols import Constant, Dim, Expression, Step, coerce

Powers = frozenset[tuple[Any, Expr]]  # atoms with their exponents
EMPTY: Powers = frozenset()


@dataclass(frozen=True)
class Geometric:
    """1/(1 - x): what the powers of x sum to."""

    powers: Powers
    coefficient: Expr


class Magnitude:
    """A sum of terms. Immutable."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Powers, Expr]) -> None:
        self.terms = {p: c for p, c in terms.items() if c != 0}

    @staticmethod
    def number(value: Expr | int) -> Magnitude:
        return Magnitude({EMPTY: S(value)})

    @staticmethod
    def atom(a: Any, exponent: Expr = S.One) -> Magnitude:
        return Magnitude(dict([monomial({a: exponent})]))

    def __add__(self, other: Magnitude) -> Magnitude:
        out = dict(self.terms)
        for p, c in other.terms.items():
            out[p] = (out.get(p, S.Zero) + c).expand()
        return Magnitude(out)

    def __neg__(self) -> Magnitude:
        return Magnitude({p: -c for p, c in self.terms.items()})

    def __sub__(self, other: Magnitude) -> Magnitude:
        return self + -other

    def __mul__(self, other: Magnitude) -> Magnitude:
        out = Magnitude({})
        for p, a in self.terms.items():
            for q, b in other.terms.items():
                powers, c = times((p, a), (q, b))
                out = out + Magnitude({powers: c})
        return out

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Magnitude) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    @property
    def single(self) -> tuple[Powers, Expr] | None:
        """The only term, where there is one."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    def __pow__(self, exponent: Expr) -> Magnitude:
        """A power, of one term; of several, a whole one. Raises Undecided for others."""
        if self.single is not None:
            return Magnitude(dict([raised(self.single, exponent)]))
        if exponent.is_Integer and 0 <= exponent <= 8:
            out = Magnitude.number(1)
            for _ in range(int(exponent)):
                out = out * self
            return out
        raise Undecided(f"a sum to the power {exponent}")

    def xreplace(self, steps: Mapping[Step, Expr]) -> Magnitude:
        """The same at other steps."""
        out = Magnitude({})
        for p, c in self.terms.items():
            powers, factor = monomial({at(a, steps): q.xreplace(dict(steps)).expand() for a, q in p})
            out = out + Magnitude({powers: (factor * c.xreplace(dict(steps))).expand()})
        return out

    @property
    def symbols(self) -> set[Any]:
        """Free steps and dimensions."""
        return {s for p, c in self.terms.items() for s in (*c.free_symbols, *symbols(p))}

    def expression(self) -> Expression:
        """The same in the language."""
        terms = [_expressed(p, c) for p, c in ordered(self.terms)]
        out = terms[0] if terms else coerce(0)
        for term in terms[1:]:
            out = out + term
        return out


Term = tuple[Powers, Expr]


def at(a: Any, steps: Mapping[Step, Expr]) -> Any:
    if isinstance(a, Geometric):
        [(powers, c)] = Magnitude({a.powers: a.coefficient}).xreplace(steps).terms.items()
        return Geometric(powers, c)
    return a.xreplace(dict(steps)) if isinstance(a, Expression) else a


def symbols(powers: Powers) -> set[Any]:
    found: set[Any] = set()
    for a, q in powers:
        found |= q.free_symbols
        if isinstance(a, Geometric):
            found |= symbols(a.powers)
        elif not isinstance(a, int):
            found |= a.free_symbols
    return found


def monomial(factors: Mapping[Any, Expr]) -> Term:
    """Atoms to powers, numbers to whole powers multiplied out."""
    out: dict[Any, Expr] = {}
    c: Expr = S.One
    for a, q in factors.items():
        if isinstance(a, int):
            constant = q.as_coeff_Add()[0]
            whole = Integer(constant.p // constant.q)
            c *= Integer(a) ** whole
            q = q - whole
        if q != 0:
            out[a] = q
    return frozenset(out.items()), c


def times(*terms: Term) -> Term:
    factors: dict[Any, Expr] = {}
    c: Expr = S.One
    for powers, coefficient in terms:
        c = c * coefficient
        for a, q in powers:
            factors[a] = (factors.get(a, S.Zero) + q).expand()
    powers, more = monomial(factors)
    return powers, (c * more).expand()


def raised(term: Term, exponent: Expr) -> Term:
    """A term to a power; a coefficient that is a number goes to the same power by its primes."""
    powers, c = term
    if exponent.is_Integer and exponent >= 0:
        rest: Expr = (c**exponent).expand()
        factors = {a: (q * exponent).expand() for a, q in powers}
    else:
        if not (c.is_Rational and c > 0):
            raise Undecided(f"{c} to the power {exponent}")
        rest, factors = S.One, {a: (q * exponent).expand() for a, q in powers}
        for prime, k in factorrat(c).items():
            factors[int(prime)] = (factors.get(int(prime), S.Zero) + k * exponent).expand()
    found, more = monomial(factors)
    if any(not _affine(q) for _, q in found):
        raise Undecided(f"a power of a power of steps, {exponent}")
    return found, rest * more


def inverse(term: Term) -> Term:
    return raised(term, S.NegativeOne)


def _affine(q: Expr) -> bool:
    return not q.free_symbols or bool(Poly(q, *sorted(q.free_symbols, key=str)).total_degree() <= 1)


def ordered(terms: Mapping[Powers, Expr]) -> list[tuple[Powers, Expr]]:
    return sorted(terms.items(), key=lambda term: [(_rank(a), str(a), str(q)) for a, q in in_order(term[0])])


def in_order(powers: Powers) -> list[tuple[Any, Expr]]:
    return sorted(powers, key=lambda pair: (_rank(pair[0]), str(pair[0]), str(pair[1])))


def _rank(a: Any) -> int:
    return next(k for k, kind in enumerate((int, Dim, Expression, Geometric)) if isinstance(a, kind))


# ---- in the language


def _expressed(powers: Powers, c: Expr) -> Expression:
    """Equal powers together: ρ^(k - 1) for ω^(k - 1) 4^(1 - k)."""
    groups: dict[Expr, list[tuple[Any, Expr]]] = {}
    c, rest = _numbers(c, powers)
    grow = {_direction(q)[1] for a, q in rest if not isinstance(a, int)}  # powers of norms are not negative
    for a, q in in_order(rest):
        amount, direction = _direction(q)
        if isinstance(a, int) and direction not in grow and (-direction in grow or _falls(direction)):
            amount, direction = -amount, (-direction).expand()
        groups.setdefault(direction, []).append((a, amount))
    parts = [Constant(c)] if c != 1 else []
    for direction, members in groups.items():
        base = _product([_power(_atom(a), amount) for a, amount in members])
        parts.append(_power(base, direction))
    return _product(parts)


def _numbers(c: Expr, powers: Powers) -> tuple[Expr, Powers]:
    """Whole powers of a number that stand in the coefficient taken where they make powers of it alike: 4·4^(-k)."""
    shared = {q for a, q in powers if not isinstance(a, int)}
    out = dict(powers)
    for a, q in in_order(powers):
        target = next((amount * s for s in sorted(shared, key=str) if s.free_symbols
                       for amount in [_ratio(q, s)] if amount is not None), None)
        if isinstance(a, int) and target is not None:
            constant = (target - q).expand()
            if constant.is_Integer:
                c, out[a] = c / Integer(a) ** constant, target.expand()
    return c, frozenset(out.items())


def _ratio(q: Expr, s: Expr) -> Expr | None:
    symbol = min(s.free_symbols, key=str)
    amount = q.coeff(symbol) / s.coeff(symbol)
    return amount if (q - amount * s).expand().is_number and amount else None


def _direction(q: Expr) -> tuple[Expr, Expr]:
    """A power as a positive number times a primitive affine expression: 2 and k - j for 2k - 2j."""
    if not q.free_symbols:
        return q, S.One
    content = S(q.as_poly(*q.free_symbols).primitive()[0])
    return content, (q / content).expand()


def _falls(q: Expr) -> bool:
    return bool(q.free_symbols) and q.coeff(max(q.free_symbols, key=str)) < 0


def _power(base: Expression, exponent: Expr) -> Expression:
    if exponent == 1:
        return base
    if isinstance(base, Constant) and exponent.is_Integer:
        return Constant(base.value**exponent)
    if exponent.is_Rational or any(isinstance(s, Step) for s in exponent.free_symbols):
        return base**exponent
    raise Undecided(f"the exponent {exponent}")


def _atom(a: Any) -> Expression:
    if isinstance(a, Geometric):
        return coerce(1 - _expressed(a.powers, a.coefficient)) ** -1
    return a if isinstance(a, Expression) else Constant(S(a))


def _product(parts: Iterable[Expression]) -> Expression:
    numbers: Expr = S.One
    rest: list[Expression] = []
    for part in parts:
        if isinstance(part, Constant) and part.value.is_Rational:
            numbers *= part.value
        else:
            rest.append(part)
    if numbers != 1 or not rest:
        rest = [Constant(numbers), *rest]
    out = rest[0]
    for part in rest[1:]:
        out = scale(out, part)
    return out
