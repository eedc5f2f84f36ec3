"""Sums of terms c·r^k·k^p in steps k, the numbers that recurrences and their products over steps give; exact where c
and r are. A sum over a step of such terms is one again.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from math import comb
from typing import Any

from sympy import Expr

from derivations.errors import Undecided
from derivations.proof.logistic import Log, Logistic
from derivations.proof.reals import ONE, ZERO, Number, nonzero, text, varies
from derivations.symbols import Step

Key = tuple[tuple[Any, Number, Any], ...]  # per step, in order of names: the base of its power, its degree; see Slow
FAR = 10**6  # beyond is no exponent of a number that is written out


class Form:
    """A sum of terms c·Π_k r_k^k·k^p_k, by its terms."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Key, Number] | None = None) -> None:
        self.terms = {key: c for key, c in (terms or {}).items() if c != 0}

    @staticmethod
    def number(c: Number | int) -> Form:
        return Form({(): Fraction(c) if isinstance(c, int) else c})

    @staticmethod
    def affine(e: Expr) -> Form:
        """An affine expression in steps, as a number."""
        coefficients, rest = split(e)
        return Form({**{_key(s, ONE, 1): Fraction(a) for s, a in coefficients.items()}, (): Fraction(rest)})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __add__(self, other: Form) -> Form:
        out = dict(self.terms)
        for key, c in other.terms.items():
            out[key] = out[key] + c if key in out else c
        return Form(out)

    def __neg__(self) -> Form:
        return self * Form.number(-1)

    def __sub__(self, other: Form) -> Form:
        return self + -other

    def __mul__(self, other: Form) -> Form:
        out: dict[Key, Number] = {}
        for f, a in self.terms.items():
            for g, b in other.terms.items():
                key, c = _product(f, g), a * b
                out[key] = out[key] + c if key in out else c
        return Form(out)

    def __pow__(self, n: int) -> Form:
        """The power to a whole number; a negative one of a single term."""
        if n >= 0:
            return reduce(Form.__mul__, [self] * n, UNIT)
        if len(self.terms) != 1:
            raise Undecided("a division by a sum that changes with the steps, or by zero")
        [(key, c)] = self.terms.items()
        if not nonzero(c) or any(isinstance(s, Log) for s, _, _ in key):
            raise Undecided("a division by a number that is not told from zero")
        return Form({tuple((s, r**n, p * n) for s, r, p in key): c**n})

    @property
    def constant(self) -> Number | None:
        """The number that it is at every step; None if it changes with one."""
        return self.terms.get((), ZERO) if all(not key for key in self.terms) else None

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(sorted({step for key in self.terms for entry in key for step in steps_of(entry)}, key=str))

    @property
    def varies(self) -> bool:
        """Whether it is known only up to a ball at every step."""
        return any(varies(c) or any(varies(r) or (isinstance(s, Logistic) and s.x.varies) for s, r, _ in key)
                   for key, c in self.terms.items())

    def at(self, steps: Mapping[Step, Expr]) -> Form:
        """The form at other steps, affine in steps."""
        out = Form()
        for key, c in self.terms.items():
            term = Form.number(c)
            for s, r, p in key:
                if isinstance(s, (Log, Logistic)):
                    term = term * s.power(p, steps)
                elif s in steps:
                    term = term * power(r, steps[s]) * _degree(steps[s], p)
                else:
                    term = term * Form({((s, r, p),): ONE})
            out = out + term
        return out

    def __str__(self) -> str:
        return " + ".join(_term(key, c) for key, c in sorted(self.terms.items(), key=str)).replace("+ -", "- ") or "0"


UNIT = Form.number(1)


def steps_of(entry: tuple[Any, Number, Any]) -> set[Step]:
    """The steps on which a factor of a term depends."""
    s, _, p = entry
    return {*s.steps, *(p.free_symbols if isinstance(p, Expr) else ())} if isinstance(s, (Log, Logistic)) else {s}


def split(e: Expr) -> tuple[dict[Step, int], int]:
    """The coefficients of an affine expression in steps, by the steps' names, and the rest."""
    e = e.expand()
    coefficients = {s: int(e.coeff(s)) for s in sorted(e.free_symbols, key=str)}
    return coefficients, int(e.subs(dict.fromkeys(coefficients, 0)))


def power(r: Number, exponent: Expr) -> Form:
    """r to the power of an affine expression in steps. Raises Undecided for r = 0 or what may be."""
    coefficients, rest = split(exponent)
    if coefficients and not nonzero(r):
        raise Undecided("a power of a number that is not told from zero")
    if abs(rest) > FAR:
        raise Undecided(f"a power with the exponent {rest}")
    return Form({tuple((s, r**a, 0) for s, a in coefficients.items() if r**a != 1): r**rest})


def _degree(e: Expr, p: int) -> Form:
    """e^p for an affine e."""
    form = Form.affine(e)
    if p < 0 and len(form.terms) != 1:
        raise Undecided(f"a division by {e}")
    return form**p


def _key(s: Step, r: Number, p: int) -> Key:
    return () if r == 1 and p == 0 else ((s, r, p),)


def _product(f: Key, g: Key) -> Key:
    if not f or not g:
        return f or g
    out = {s: (r, p) for s, r, p in f}
    for s, r, p in g:
        mine, degree = out.get(s, (ONE, 0))
        out[s] = mine * r, degree + p
    return tuple((s, r, p) for s, (r, p) in sorted(out.items(), key=lambda item: item[0].name) if r != 1 or p != 0)


# ---- sums over a step


def summed(form: Form, step: Step, first: Expr, last: Expr) -> Form:
    """Σ of a form over a step from first to last, where last ≥ first - 1. Raises Undecided for a harmonic sum."""
    if form.varies:
        raise Undecided("a sum over steps of numbers that are known only up to a ball")
    out = Form()
    for key, c in form.terms.items():
        if any(isinstance(entry[0], (Log, Logistic)) and step in steps_of(entry) for entry in key):
            raise Undecided(f"a sum over {step} of powers of logarithms")
        r, p = next(((r, p) for s, r, p in key if s == step), (ONE, 0))
        rest = Form({tuple(entry for entry in key if entry[0] != step): c})
        antiderivative = _antidifference(step, r, p)
        ends = antiderivative.at({step: last + 1}) - antiderivative.at({step: first})
        out = out + rest * ends
    return out


def _antidifference(step: Step, r: Number, p: int) -> Form:
    """F with F(k + 1) - F(k) = r^k·k^p, a polynomial times r^k: its coefficients from the highest down."""
    if p < 0:
        raise Undecided(f"a sum over {step} of terms divided by {step}")
    top, shift = (p + 1, 1) if r == 1 else (p, 0)
    lead = ONE if r == 1 else r + Fraction(-1)
    if not nonzero(lead):
        raise Undecided("a geometric sum whose ratio is not told from 1")
    q: dict[int, Number] = {}
    for degree in range(p, -1, -1):  # the coefficient of k^degree in r·Q(k + 1) - Q(k)
        known: Number = ONE if degree == p else ZERO
        for higher in range(degree + shift + 1, top + 1):
            known = known + q[higher] * r * Fraction(-comb(higher, degree))
        own = lead * Fraction(degree + 1) if shift else lead
        q[degree + shift] = known * own ** -1
    return Form({_key(step, r, degree): c for degree, c in q.items()})


# ---- in words


def _term(key: Key, c: Number) -> str:
    words = []
    for s, r, p in key:
        if isinstance(s, (Log, Logistic)):
            words.append(f"({s.name[1:-4]})^(-({p}))" if isinstance(s, Logistic) else f"({s.name})^{p}")
            continue
        if r != 1:
            offset = _offset(r, c)
            if offset is not None and len(key) == 1:
                c = ONE
            exponent = f"{s}" if not offset or c != 1 else f"({s} {'+' if offset > 0 else '-'} {abs(offset)})"
            words.append(f"{_base(r)}^{exponent}")
        if p:
            words.append(f"{s}" if p == 1 else f"{s}^{p}" if p > 0 else f"{s}^({p})")
    if not words:
        return text(c)
    lead = "" if c == 1 else "-" if c == -1 else f"{text(c)}·"
    return lead + "·".join(words)


def _base(r: Number) -> str:
    plain = text(r)
    return plain if plain.isdigit() else f"({plain})"


def _offset(r: Number, c: Number) -> int | None:
    """The exponent e of c = r^e, if it is one of a few."""
    return next((e for e in (0, -1, 1, -2, 2) if c == r**e), None) if isinstance(r, Fraction) else None
