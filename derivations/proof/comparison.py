"""Whether one magnitude is at most another: each negative term of their difference made up for by a positive one.

Monomials are compared by the assumptions, each used to some power: from ρ ≤ 1, ρ^(k - 1) ≤ 1 where k ≥ 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from sympy import Expr, S

from derivations.calculus import Series
from derivations.errors import Undecided
from derivations.proof.magnitude import EMPTY, Magnitude, Powers, Term, inverse, ordered, raised, times
from derivations.proof.pattern import match
from derivations.proof.scope import Fact, Line, Lines, Scope
from derivations.symbols import Dim, Expression

DEPTH = 6  # assumptions used one after the other on one term


class Reached(NamedTuple):
    """A monomial that is at least the one that was started from; whether strictly."""

    term: Term
    strict: bool = False
    lines: Lines = ()


# ---- monomials


def reached(scope: Scope, term: Term, goals: tuple[Powers, ...] = ()) -> Iterator[Reached]:
    """What a monomial is at most by the assumptions, nearest first. Factors must not be negative."""
    queue, seen = [Reached(term)], {term}
    for _ in range(DEPTH):
        after: list[Reached] = []
        for here in queue:
            yield here
            for fact in scope.facts:
                for there in _used(scope, here, fact, goals):
                    if there.term not in seen:
                        seen.add(there.term)
                        after.append(there)
        queue = after
    yield from queue


def _used(scope: Scope, here: Reached, fact: Fact, goals: tuple[Powers, ...]) -> Iterator[Reached]:
    if fact.wild:
        yield from (there for known in instances(scope, fact, here.term) for there in _used(scope, here, known, goals))
        return
    powers, factor = dict(here.term[0]), dict(fact.small[0])
    large = fact.large.single
    if large is None or not set(factor) <= set(powers) or scope.sign(*large) < 1 or not (factor or large[0]):
        return
    anchor = min(factor or dict(large[0]), key=str)
    wanted = [S.Zero, *(dict(goal).get(anchor, S.Zero) for goal in goals)]
    gain = factor.get(anchor, S.Zero) - dict(large[0]).get(anchor, S.Zero)
    for left in dict.fromkeys(wanted) if gain != 0 and not gain.free_symbols else ():
        x = ((powers.get(anchor, S.Zero) - left) / gain).expand()
        kept = {a: (q - x * factor.get(a, S.Zero)).expand() for a, q in powers.items()}
        if x == 0 or not scope.at_least(x) or not all(scope.at_least(q) for a, q in kept.items() if a in factor):
            continue
        try:
            shift = raised(times(large, inverse(fact.small)), x)
        except Undecided:
            continue
        line = Line("an assumption", Magnitude(dict([fact.small])), fact.relation.sign, fact.large, scope.over)
        now = times(here.term, shift)
        positive = not _atoms(now[0]) and now[1].is_Rational and now[1] > 0
        strict = here.strict or (fact.strict and positive and scope.at_least(x, 1))
        yield Reached(now, strict, (*here.lines, line))


def instances(scope: Scope, fact: Fact, term: Term) -> Iterator[Fact]:
    """An assumption that is made at every step, at the steps of the atoms of a monomial."""
    patterns = [a for a, _ in fact.small[0] if isinstance(a, Expression) and a.free_symbols & set(fact.wild)]
    for pattern in patterns[:1]:
        for a, _ in sorted(term[0], key=str):
            if isinstance(a, Expression) and (found := match(pattern, a, fact.wild)) is not None:
                made = fact.at(found)
                if not made.wild and all(scope.at_least(need) for need in made.needs):
                    yield made


def number_at_most(scope: Scope, small: Term, large: Term) -> tuple[bool, bool]:
    """Whether one number is at most another, and whether it is less; both are products of powers of numbers."""
    if small[1].is_number and large[1].is_number and not (small[0] | large[0]):
        return bool(small[1] <= large[1]), bool(small[1] < large[1])
    if small[0] == large[0]:
        gap = (large[1] - small[1]).expand()
        return scope.at_least(gap), scope.at_least(gap, 1)
    if not (small[1].is_Rational and large[1].is_Rational and small[1] > 0 and large[1] > 0):
        return False, False
    return _at_most_one(scope, *times(small, inverse(large)))


def _at_most_one(scope: Scope, powers: Powers, c: Expr) -> tuple[bool, bool]:
    """Whether c Π p^(a·x) ≤ 1, and whether it is less, for one affine expression x: by its value at the least x."""
    numbers = sorted(powers, key=str)
    symbol = min((s for _, q in numbers for s in q.free_symbols), key=str, default=None)
    if symbol is None:
        return _below(numbers, c)
    first = next(q for _, q in numbers if q.coeff(symbol))
    x = first / abs(first.coeff(symbol))
    amounts = [(prime, q.coeff(symbol) / x.coeff(symbol)) for prime, q in numbers]
    if any((q - a * x).expand() != 0 for (_, q), (_, a) in zip(numbers, amounts, strict=True)):
        return False, False
    for sign in (1, -1):
        least = scope.least(sign * x)
        if least is not None and _below([(p, sign * a) for p, a in amounts], S.One)[0]:
            return _below([(p, sign * a * least) for p, a in amounts], c)
    return False, False


def _below(powers: list[tuple[int, Expr]], c: Expr) -> tuple[bool, bool]:
    """Whether a number times numbers to fractions is at most 1, and whether it is less."""
    whole = lcm(*(int(q.q) for _, q in powers))
    out = Fraction(int(c.p), int(c.q)) ** whole
    for p, q in powers:
        out *= Fraction(p) ** int(q * whole)
    return out <= 1, out < 1


def below_one(scope: Scope, powers: Powers, c: Expr, *, strictly: bool) -> bool:
    """Whether a monomial in numbers that are not negative is at most 1, or less, by the assumptions."""
    for there in reached(scope, (powers, c)):
        if all(isinstance(a, int) for a, _ in there.term[0]):
            weak, strict = number_at_most(scope, there.term, (EMPTY, S.One))
            if weak and (not strictly or strict or there.strict):
                return True
    return False


# ---- sums


class Compared(NamedTuple):
    """How one magnitude is at most another; whether strictly."""

    strict: bool
    lines: Lines


def at_most(scope: Scope, left: Magnitude, right: Magnitude) -> Compared | None:
    """The proof that one magnitude is at most another; None where none was found."""
    difference = right - left
    signs = {powers: scope.sign(powers, c) for powers, c in difference.terms.items()}
    if not all(signs.values()):
        return None
    have = {p: c for p, c in difference.terms.items() if signs[p] > 0}
    strict, lines = False, list[Line]()
    for powers, c in ordered({p: -c for p, c in difference.terms.items() if signs[p] < 0}):
        found = _made_up_for(scope, (powers, c), have)
        if found is None:
            return None
        strict, lines = strict or found.strict, [*lines, *found.lines]
    spare = have.get(EMPTY, S.Zero)
    return Compared(strict or bool(spare.is_Rational and spare > 0), tuple(lines))


def _made_up_for(scope: Scope, term: Term, have: dict[Powers, Expr]) -> Compared | None:
    """A term covered by one of those at hand, which loses as much."""
    for there in reached(scope, term, tuple(have)):
        for powers, c in ordered(have):
            small, large = _apart(scope, there.term, powers)
            if small is None or large is None:
                if (inside := _by_terms(scope, there.term, (powers, c))) is not None:
                    del have[powers]
                    return Compared(False, (*there.lines, *inside.lines))
                continue
            weak, strict = number_at_most(scope, small, (large[0], (large[1] * c).expand()))
            if weak:
                same = small[0] == large[0] and _atoms(there.term[0]) == _atoms(powers)
                have[powers] = (c - small[1]).expand() if same else S.Zero
                if have[powers] == 0:
                    del have[powers]
                return Compared(there.strict or (strict and not _atoms(powers)), there.lines)
    return None


def _atoms(powers: Powers) -> Powers:
    return frozenset((a, q) for a, q in powers if not isinstance(a, int))


def _apart(scope: Scope, term: Term, powers: Powers) -> tuple[Term | None, Term | None]:
    """The numbers of two monomials whose other factors are the same, but for powers of dimensions, which are at least
    1; None where they are not."""
    gap = times((powers, S.One), inverse((term[0], S.One)))[0]
    if not all(isinstance(a, int) or (isinstance(a, Dim) and scope.at_least(q)) for a, q in gap):
        return None, None
    return (term[0] - _atoms(term[0]), term[1]), (powers - _atoms(powers), S.One)


def _by_terms(scope: Scope, small: Term, large: Term) -> Compared | None:
    """Σ a ≤ Σ b over one range, term by term, beside the same factors."""
    from derivations.proof.scalars import value

    mine, theirs = small[0] - large[0], large[0] - small[0]
    if len(mine) != 1 or len(theirs) != 1 or small[1] != large[1] or small[1] != 1:
        return None
    (a, p), (b, q) = *mine, *theirs
    if not (isinstance(a, Series) and isinstance(b, Series) and p == q == 1 and (a.first, a.last) == (b.first, b.last)):
        return None
    inside, step, body = scope.within(a)
    other = value(inside, b.body.xreplace({b.bound: step}))
    return at_most(inside, value(inside, body), other)
