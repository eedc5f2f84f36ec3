"""Numbers that change slowly with a step: log k, and σ(a·log k + b), to powers that grow with k.

1/σ(z) = 1 + exp(-z) is a power of k where z is a·log k + b, and log(1 + x) ≤ x gives σ(z)^N ≥ exp(-N·exp(-z)): a bound
for every k where N·exp(-z) has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from sympy import Expr, Integer

from derivations.errors import Undecided
from derivations.proof.reals import ONE, Ball, Number, ball, sign, value
from derivations.symbols import Step

if TYPE_CHECKING:
    from derivations.proof.progressions import Form


@dataclass(frozen=True)
class Log:
    """log k, to a power."""

    step: Step

    @property
    def name(self) -> str:
        return f"log {self.step}"

    @property
    def steps(self) -> frozenset[Step]:
        return frozenset({self.step})

    def power(self, exponent: Expr, steps: Mapping[Step, Expr]) -> Form:
        """The power at other steps."""
        from derivations.proof.progressions import Form

        at = steps.get(self.step, self.step)
        if at.is_Integer and at > 0:
            return Form.number(value("log", Fraction(int(at)))) ** int(exponent)
        if not isinstance(at, Step):
            raise Undecided(f"log of {at}")
        return Form({((Log(at), ONE, exponent),): ONE})


@dataclass(frozen=True)
class Logistic:
    """1/(1 + x), to a power; x is a form that is not negative."""

    x: Form

    @property
    def name(self) -> str:
        return f"(1 + {self.x})^-1"

    @property
    def steps(self) -> frozenset[Step]:
        return frozenset(self.x.steps)

    def power(self, exponent: Expr, steps: Mapping[Step, Expr]) -> Form:
        """The power at other steps."""
        from derivations.proof.progressions import UNIT, Form, power

        x = self.x.at(steps)
        at = Integer(exponent).xreplace(dict(steps)) if isinstance(exponent, int) else exponent.xreplace(dict(steps))
        if x.constant is None:
            return Form({((Logistic(x), ONE, at),): ONE})
        base = (UNIT + x).constant
        assert base is not None
        return power(base, -at)

    def enclosed(self, exponent: Expr, step: Step, start: int) -> Number:
        """A ball in which the power lies at every value of the step from ``start`` on. Raises Undecided."""
        from flint import arb

        from derivations.proof.progressions import Form, split

        coefficients, _ = split(Integer(exponent) if isinstance(exponent, int) else exponent)
        positive = all(sign(c) > 0 and all(s == step and r == 1 for s, r, _ in key) for key, c in self.x.terms.items())
        if not positive or start < 1 or set(coefficients) - {step} or coefficients.get(step, 0) < 0 or \
                exponent.xreplace({step: Integer(start)}) < 0:
            raise Undecided(f"bounds of {self.name}^{exponent}")
        most = arb(0)
        for key, c in (self.x * Form.affine(exponent)).terms.items():
            p = key[0][2] if key else 0
            if p > 0 and sign(c) > 0:
                return Ball.varying(arb(0).union(arb(1)))
            if p == 0 or sign(c) > 0:  # what is negative and not constant is at most 0
                most += ball(c) * arb(start) ** p
        return Ball.varying((-most).exp().union(arb(1)))


Slow = Log | Logistic


def logistic(form: Form) -> Form | None:
    """σ of a sum of logarithms and a number; None for others."""
    from derivations.proof.progressions import Form

    grown = exponential(-form)
    return None if grown is None else Form({((Logistic(grown), ONE, Integer(1)),): ONE})


def exponential(form: Form) -> Form | None:
    """exp of Σ a·log k + b with whole a, which is e^b·Π k^a; None for others."""
    from derivations.proof.progressions import Form

    key: dict[Step, int] = {}
    lead: Number = ONE
    for entries, c in form.terms.items():
        if not entries:
            lead = value("exp", c)
        elif len(entries) == 1 and isinstance(entries[0][0], Log) and entries[0][2] == 1 \
                and isinstance(c, Fraction) and c.denominator == 1:
            key[entries[0][0].step] = int(c)
        else:
            return None
    return Form({tuple((s, ONE, p) for s, p in sorted(key.items(), key=lambda item: item[0].name)): lead})


def logarithm(form: Form) -> Form | None:
    """log of a number times powers of steps that are positive; None for others."""
    from derivations.proof.progressions import Form

    if len(form.terms) != 1:
        return None
    [(key, c)] = form.terms.items()
    if not all(isinstance(s, Step) and r == 1 for s, r, _ in key) or sign(c) <= 0:
        return None
    out = Form.number(value("log", c))
    for s, _, p in key:
        out = out + Form({((Log(s), ONE, Integer(1)),): Fraction(p)})
    return out
