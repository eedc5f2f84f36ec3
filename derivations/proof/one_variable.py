"""Polynomials on an interval: where they are not negative, where they are zero, how large they get. Exact.

Signs are decided by the real roots of the square-free factors (Sturm sequences over the rationals): a polynomial
changes its sign at the roots of odd multiplicity alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from sympy import Expr, Poly, Rational, Symbol

from derivations.functions import ROWS, Elementwise, F, Z

X = Symbol("x")
NEAR = 10**6  # the denominators of bounds of what is not rational


@dataclass(frozen=True)
class Interval:
    """Real numbers between two ends; None is infinity. An end that is not included is approached."""

    low: Rational | None = None
    high: Rational | None = None
    with_low: bool = False
    with_high: bool = False

    def inside(self) -> Rational:
        """A number strictly between the ends."""
        if self.low is not None and self.high is not None:
            return (self.low + self.high) / 2
        if self.low is not None:
            return self.low + 1
        return Rational(0) if self.high is None else self.high - 1

    def within(self, other: Interval) -> Interval:
        """What two intervals share; they must share more than one number."""
        low, with_low = _tighter([(self.low, self.with_low), (other.low, other.with_low)], 1)
        high, with_high = _tighter([(self.high, self.with_high), (other.high, other.with_high)], -1)
        return Interval(low, high, with_low, with_high)


def _tighter(ends: list[tuple[Rational | None, bool]], sign: int) -> tuple[Rational | None, bool]:
    known = [(end, included) for end, included in ends if end is not None]
    if not known:
        return None, False
    end = max(known, key=lambda pair: sign * pair[0])[0]
    return end, all(included for value, included in known if value == end)


REAL, POSITIVE = Interval(), Interval(low=Rational(0))
ATTAINED = {"relu", "abs", "sign", "step", "sin", "cos"}  # the finite ends of their ranges are values


@lru_cache(maxsize=64)
def range_of(name: str) -> Interval:
    """The range of an elementwise function, from its row."""
    low, high = (Rational(end) if abs(end) < float("inf") else None for end in map(_whole, ROWS[name].range))
    ends = name in ATTAINED
    return Interval(low, high, ends and low is not None, ends and high is not None)


def _whole(end: float) -> float | int:
    return int(end) if abs(end) < float("inf") else end


@dataclass(frozen=True)
class Zero:
    """A zero of a polynomial: its value if it is rational, else an interval that holds it alone."""

    value: Rational | None
    between: tuple[Rational, Rational]

    def __str__(self) -> str:
        if self.value is not None:
            return str(self.value)
        return "a number between {} and {}".format(*(f"{float(end):.6g}" for end in self.between))


def zeros(p: Poly, on: Interval) -> list[tuple[Zero, int]]:
    """The zeros on an interval, ends included where the interval includes them, with their multiplicities."""
    found: list[tuple[Zero, int]] = []
    for factor, k in p.factor_list()[1]:
        if factor.degree() == 1:
            a, b = factor.all_coeffs()
            value = -Rational(b) / Rational(a)
            if _in(value, on):
                found.append((Zero(value, (value, value)), k))
            continue
        for (low, high), _ in factor.intervals(eps=Rational(1, NEAR)):
            if _separate(factor, low, high, on):
                found.append((Zero(None, (low, high)), k))
    return sorted(found, key=lambda pair: pair[0].between)


def _in(value: Rational, on: Interval) -> bool:
    above = on.low is None or value > on.low or (on.with_low and value == on.low)
    return above and (on.high is None or value < on.high or (on.with_high and value == on.high))


def _separate(factor: Poly, low: Rational, high: Rational, on: Interval) -> bool:
    """Whether the irrational root between two rationals lies in the interval: its ends are rational, so no root."""
    start = low if on.low is None else max(low, on.low)
    end = high if on.high is None else min(high, on.high)
    return bool(start < end and factor.count_roots(start, end) > 0)


@dataclass(frozen=True)
class Sign:
    """The sign of a polynomial on an interval: whether it is never negative, and its zeros there (None: everywhere)."""

    never_negative: bool
    zeros: tuple[Zero, ...] | None


def sign_on(p: Poly, on: Interval) -> Sign:
    if p.is_zero:
        return Sign(True, None)
    found = zeros(p, on)
    inner = Interval(on.low, on.high)
    crossing = [zero for zero, k in zeros(p, inner) if k % 2]
    sample = _off_zero(p, inner)
    return Sign(not crossing and p(sample) > 0, tuple(zero for zero, _ in found))


def _off_zero(p: Poly, on: Interval) -> Rational:
    """A number strictly inside at which the polynomial is not zero."""
    at = on.inside()
    while p(at) == 0:
        at = Interval(on.low, at).inside()
    return at


# ---- how large a function of one variable gets


@lru_cache(maxsize=256)
def largest(function: Elementwise) -> Rational | None:
    """A number that |f| never exceeds, the least one where that is a fraction with a small denominator; None where f
    has no bound, or none that a polynomial in one bounded function tells."""
    if not function.in_table or function.name == "power":
        return None
    formula: Expr = function.formula
    if len(formula.free_symbols) > 1 or not formula.is_polynomial(*formula.free_symbols) or Z in formula.free_symbols:
        return None
    [row] = formula.free_symbols or {F}
    on = range_of(function.name if row == F else row.name.removesuffix("(Z)"))
    return largest_value(Poly(formula.subs(row, X), X, domain="QQ"), on)


def largest_value(p: Poly, on: Interval) -> Rational | None:
    """A bound of |p| on an interval; None where there is none."""
    if p.degree() <= 0:
        return abs(Rational(p(0)))
    if on.low is None or on.high is None:
        return None
    places = [float(on.low), float(on.high), *(float(sum(z.between) / 2) for z, _ in zeros(p.diff(), on))]
    about = max(abs(float(p(Rational(place)))) for place in places)
    simple = Fraction(about).limit_denominator(1000)
    for bound in (Rational(simple.numerator, simple.denominator), Rational(int(about * NEAR) + 2, NEAR)):
        above, below = Poly(bound - p.as_expr(), X, domain="QQ"), Poly(bound + p.as_expr(), X, domain="QQ")
        if sign_on(above, on).never_negative and sign_on(below, on).never_negative:
            return bound
    return None
