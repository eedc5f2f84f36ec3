"""Real numbers as an orbit meets them: fractions where they are exact, else balls that certainly contain them.

A constant ball knows how it was computed, so that the same computation is seen to give the same number. A ball that
varies stands for a number of which only this is known: at every step it lies inside.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import count
from math import isqrt
from typing import Any, cast

from derivations.errors import Undecided
from derivations.proof.functions import AT_ZERO

PRECISION = 320  # bits of the middle of a ball
ZERO, ONE = Fraction(0), Fraction(1)
_serial = count()


class Ball:
    """A real number inside a ball. ``name``: how it was computed; ``varies``: it may be another one at every step."""

    __slots__ = ("_hash", "name", "value", "varies")

    def __init__(self, value: Any, name: tuple[object, ...], varies: bool = False) -> None:
        if not value.is_finite():
            raise Undecided("a number outgrew the range of rigorous arithmetic")
        self.value, self.name, self.varies = value, name, varies
        self._hash = hash(name)

    @staticmethod
    def varying(value: Any) -> Ball:
        """Some number in this ball, a new one."""
        return Ball(value, ("varying", next(_serial)), varies=True)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Ball) and self._hash == other._hash and self.name == other.name)

    def __repr__(self) -> str:
        return str(self.value.str(8, radius=False))

    @property
    def product(self) -> tuple[Fraction, dict[Ball, int]]:
        """The number as a fraction times powers of others, so that what is divided by itself is 1."""
        if self.name[0] != "·":
            return ONE, {self: 1}
        _, c, powers = cast(tuple[str, Fraction, frozenset[tuple[Ball, int]]], self.name)
        return c, dict(powers)

    def __add__(self, other: Number) -> Number:
        if other == 0:
            return self
        return Ball(self.value + ball(other), ("+", self, other), self.varies or varies(other))

    def __mul__(self, other: Number) -> Number:
        if other in (0, 1):
            return ZERO if other == 0 else self
        c, powers = self.product
        d, others = other.product if isinstance(other, Ball) else (other, {})
        for base, e in others.items():
            powers[base] = powers.get(base, 0) + e
        return _made(c * d, powers, self.value * ball(other))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Number:
        return self * Fraction(-1)

    def __pow__(self, exponent: int) -> Number:
        if exponent in (0, 1):
            return self if exponent else ONE
        if exponent < 0 and self.value.contains(0):
            raise Undecided("a division by a number that is not told from zero")
        c, powers = self.product
        return _made(c**exponent, {base: e * exponent for base, e in powers.items()}, self.value**exponent)


def _made(c: Fraction, powers: dict[Ball, int], value: Any) -> Number:
    """A product of powers, whose value this is."""
    left = {base: e for base, e in powers.items() if e}
    if not left:
        return c
    if c == 1 and list(left.values()) == [1]:
        return next(iter(left))
    return Ball(value, ("·", c, frozenset(left.items())), any(base.varies for base in left))


Number = Fraction | Ball


def varies(x: Number) -> bool:
    return isinstance(x, Ball) and x.varies


def ball(x: Number) -> Any:
    """A number as a ball of python-flint."""
    from flint import arb, fmpq

    return x.value if isinstance(x, Ball) else arb(fmpq(x.numerator, x.denominator))


def nonzero(x: Number) -> bool:
    """Whether a number is certainly not zero."""
    return x != 0 if isinstance(x, Fraction) else not x.value.contains(0)


def sign(x: Number) -> int:
    """The sign of a number. Raises Undecided for a ball that contains zero."""
    if isinstance(x, Fraction):
        return (x > 0) - (x < 0)
    if x.value.contains(0):
        raise Undecided("a number that is not told from zero")
    return 1 if x.value > 0 else -1


def certainly_less(x: Number, y: Number) -> bool:
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x < y
    return bool(ball(x) < ball(y))


def magnitude(x: Number) -> Number:
    if isinstance(x, Fraction):
        return abs(x)
    if not x.value.contains(0):
        return x if x.value > 0 else -x
    return Ball(abs(x.value), ("abs", x), x.varies)


# ---- functions

_AT: dict[str, tuple[Fraction, Fraction]] = {**{name: (ZERO, value) for name, value in AT_ZERO.items()},
                                             "exp": (ZERO, ONE), "log": (ONE, ZERO)}  # where a value is exact
_PIECEWISE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {  # below and above zero
    "relu": (lambda x: x * ZERO, lambda x: x), "abs": (lambda x: -x, lambda x: x),
    "step": (lambda x: ZERO, lambda x: ONE), "sign": (lambda x: -ONE, lambda x: ONE)}
_SMOOTH: dict[str, Callable[[Any], Any]] = {
    "sigma": lambda x: 1 / (1 + (-x).exp()), "tanh": lambda x: x.tanh(), "exp": lambda x: x.exp(),
    "log": lambda x: x.log(), "softplus": lambda x: (1 + x.exp()).log(), "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos()}


def value(name: str, x: Number) -> Number:
    """An elementwise function of the table at a number. Raises Undecided at a kink, outside the domain, and for others.
    """
    if name in _AT and _AT[name][0] == x:
        return _AT[name][1]
    if name in _PIECEWISE:
        if isinstance(x, Ball) and x.value.contains(0) and name == "abs":
            return magnitude(x)
        if not nonzero(x):
            raise Undecided(f"{name} at, or not told from, zero, where it has a kink")
        return _PIECEWISE[name][sign(x) > 0](x)
    if name not in _SMOOTH:
        raise Undecided(f"the values of the function {name}")
    if name == "log" and not certainly_less(ZERO, x):
        raise Undecided("log of what is not known to be positive")
    return Ball(_SMOOTH[name](ball(x)), (name, x), varies(x))


def power(x: Number, q: Fraction) -> Number:
    """x^q. Raises Undecided for a division by what may be zero, and for a root of what may be negative."""
    if q.denominator == 1:
        if q < 0 and not nonzero(x):
            raise Undecided("a division by zero, or by a number that is not told from it")
        return x ** int(q)
    if x == 0 and q > 0:
        return ZERO
    if not certainly_less(ZERO, x):
        raise Undecided("a root of what is not known to be positive")
    if isinstance(x, Fraction) and q.denominator == 2:
        top, bottom = isqrt(x.numerator), isqrt(x.denominator)
        if top**2 == x.numerator and bottom**2 == x.denominator:
            return Fraction(top, bottom) ** q.numerator
    root = ball(x).sqrt() ** q.numerator if q.denominator == 2 else (ball(x).log() * ball(q)).exp()
    return Ball(root, ("power", x, q), varies(x))


def text(x: Number) -> str:
    return str(x) if isinstance(x, Fraction) else repr(x)
