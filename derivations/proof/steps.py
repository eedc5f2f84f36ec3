"""What is known of steps: affine expressions that are not negative, and what follows from them."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from sympy import Expr, Symbol

from derivations.claim import Claim
from derivations.ranges import claim_needs, slack_of, waived
from derivations.symbols import Step

Affine = tuple[tuple[tuple[str, Fraction], ...], Fraction]
MOST = 400  # inequalities kept while a symbol is eliminated


class Bound(Step):
    """A step that no author can write, for the bodies of sums and products. It is pickled by its name."""

    def __new__(cls, name: str) -> Bound:
        return Symbol.__new__(cls, name, integer=True)


def bound_step(name: str) -> Step:
    return Bound(name)


def affine(e: Expr) -> Affine:
    e = e.expand()
    found = sorted((s.name, Fraction(int(e.coeff(s)))) for s in e.free_symbols)
    rest = e.subs(dict.fromkeys(e.free_symbols, 0))
    return tuple((name, c) for name, c in found if c), Fraction(int(rest))


class Known:
    """Affine expressions in steps that are not negative. Immutable; ``within`` adds a step's range."""

    def __init__(self, slacks: frozenset[Affine] = frozenset()) -> None:
        self.slacks = slacks
        self._least: dict[Expr, int | None] = {}
        self._within: dict[tuple[Step, Expr, Expr], Known] = {}

    def __hash__(self) -> int:
        return hash(self.slacks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.slacks == other.slacks

    @classmethod
    def of(cls, claim: Claim) -> Known:
        """What a claim's nodes need, and what it states."""
        slacks = [need.slack for need in claim_needs(claim) if not waived(claim, need)]
        slacks += [slack for condition in claim.conditions if (slack := slack_of(condition)) is not None]
        return cls(frozenset(affine(s) for s in slacks if s.free_symbols))

    def within(self, step: Step, first: Expr, last: Expr) -> Known:
        """The same, with first ≤ step ≤ last."""
        key = step, first, last
        if key not in self._within:
            self._within[key] = Known(self.slacks | {affine(step - first), affine(last - step)})
        return self._within[key]

    def at_least(self, e: Expr) -> Known:
        """The same, with an expression that is not negative."""
        return Known(self.slacks | {affine(e)})

    def without(self, step: Step) -> Known:
        """What is known outside of a sum or product over this step, which may have no steps at all."""
        return Known(frozenset(s for s in self.slacks if step.name not in dict(s[0])))

    def least(self, e: Expr) -> int | None:
        """The greatest whole number that the expression is known to be at least; None if there is none."""
        if e.is_Integer:
            return int(e)
        if e not in self._least:
            coefficients, rest = affine(e)
            target = (*coefficients, ("", Fraction(-1))), rest  # e - v ≥ 0 eliminated down to bounds of v
            self._least[e] = self._bound([*sorted(self.slacks), *_equation(target)])
        return self._least[e]

    @staticmethod
    def _bound(rows: list[Affine]) -> int | None:
        """The lower bound of the symbol "" (Fourier and Motzkin's elimination of all others)."""
        todo = [{**dict(coefficients), None: rest} for coefficients, rest in rows]
        names = sorted({name for row in todo for name in row if name})
        for name in names:
            up = [r for r in todo if r.get(name, 0) > 0]
            down = [r for r in todo if r.get(name, 0) < 0]
            kept = [r for r in todo if not r.get(name, 0)]
            for a in up:
                for b in down:
                    merged = {k: a.get(k, Fraction(0)) / a[name] - b.get(k, Fraction(0)) / b[name] for k in {**a, **b}}
                    kept.append({k: v for k, v in merged.items() if k != name and (v or k is None)})
            unique = {frozenset(r.items()): r for r in kept}
            todo = list(unique.values())
            if len(todo) > MOST:
                return None
        bounds = [-r[None] / r[""] for r in todo if r.get("", 0) > 0]
        return max(map(ceil, bounds), default=None)

    def order(self, a: Expr, b: Expr) -> int | None:
        """-1, 0 or 1 where a < b, a = b or a > b is known; None where it is not."""
        difference = (a - b).expand()
        if difference.is_Integer:
            return (int(difference) > 0) - (int(difference) < 0)
        low, high = self.least(difference), self.least(-difference)
        return 1 if low is not None and low > 0 else -1 if high is not None and high > 0 else None


def _equation(target: Affine) -> list[Affine]:
    coefficients, rest = target
    return [target, (tuple((name, -c) for name, c in coefficients), -rest)]
