"""The proof of a limit from a bound: C (ρ^(k - a)) with ρ < 1 tends to zero, and so does a polynomial in k times it.

Leaves stay as they are while the step grows, but for families that a ``vanishing(…)`` assumption names: of these only
the assumption is used, for sums of finitely many terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from sympy import Expr, S
from sympy.core.symbol import Str

from derivations.algebra import Norm
from derivations.calculus import Series
from derivations.claim import Claim, Trend
from derivations.errors import DerivationError, Undecided
from derivations.functions import absolute
from derivations.graph import families
from derivations.proof.assumed import made_at, scope_of
from derivations.proof.bounds import TRIED, bounded, in_text, sides, speaks_of, summary, told
from derivations.proof.comparison import below_one
from derivations.proof.magnitude import EMPTY, Geometric, Magnitude, Term, inverse, monomial, ordered
from derivations.proof.pattern import canonical, match, skeleton
from derivations.proof.scalars import value
from derivations.proof.scope import Scope
from derivations.proof.trace import Proof
from derivations.ranges import free_steps
from derivations.relations import VANISHING
from derivations.symbols import Expression, Family, Step
from derivations.verdict import Status


def prove_limit(claim: Claim) -> Proof:
    """The proof of a limit, or why there is none. Never raises DerivationError: that is undecided."""
    try:
        return TRENDS[claim.trend](claim) if claim.trend in TRENDS else Proof(Status.UNDECIDED, "no rule for the limit")
    except DerivationError as reason:
        return Proof(Status.UNDECIDED, str(reason))


def _vanishes(claim: Claim) -> Proof:
    assert claim.along is not None
    [e] = claim.cases[0].sides
    along = claim.along
    scope = far_along(scope_of(claim))
    smaller, larger = sides(scope, -value(scope, e))
    smaller = smaller + larger  # |e|, by the absolute values of its terms
    _wanted(scope)
    reason = ""
    for found in islice(bounded(scope, smaller), TRIED):
        try:
            rates = [_rate(scope, term, along) for term in ordered(found.value.terms)]
        except Undecided as why:
            reason = reason or str(why)
            continue
        lines = told(found.lines)
        words = " + ".join(dict.fromkeys(rates)) or "it is zero"
        return Proof(Status.PROVED, f"rate {words}; {summary(lines)}", bounds=lines, steps=in_text(lines))
    return Proof(Status.UNDECIDED, reason or f"no rule bounds {smaller.expression()}")


def far_along(scope: Scope) -> Scope:
    """The same once the step has passed every other, which stays where it is. Raises Undecided where it cannot."""
    claim, known = scope.claim, scope.known
    assert claim.along is not None
    for s in (S.Zero, *free_steps(claim)):
        if s != claim.along:
            if scope.known.least((s - claim.along).expand()) is not None:
                raise Undecided(f"{claim.along} does not grow without end: it is at most {s} and a number")
            known = known.at_least((claim.along - s - 1).expand())
    return replace(scope, known=known)


def _wanted(scope: Scope) -> None:
    """What may stay in a bound: norms of what does not change with the step; what tends to zero by assumption."""
    speaks_of(scope, Magnitude({}))
    for relation in scope.claim.assuming:
        if relation.sign == VANISHING:
            scope.shared.wanted |= {skeleton(canonical(size)) for size in _sizes(relation.left)}
    scope.shared.series = True
    moving = _moving(scope)
    scope.shared.may_stay = lambda e: not (scope.claim.along in scope.depends(e) or moving & set(families(e)))


def _moving(scope: Scope) -> set[Family]:
    """The families whose values change with the step: those that an assumption sends to zero, and what depends on
    them."""
    named = {f for relation in scope.claim.assuming if relation.sign == VANISHING for f in families(relation.left)}
    while True:
        more = {f for f, rule in scope.model.rules.items() if named & set(families(rule.expression))} - named
        if not more:
            return named
        named |= more


def _sizes(e: Expression) -> list[Expression]:
    """What tends to zero with e: its norms."""
    if e.is_scalar:
        return [absolute(e), e] if not isinstance(e, Norm) else [e]
    kinds = ("2", "F") if all(e.axes) else ("2", "inf")
    return [Norm(e, Str(kind)) for kind in kinds]


# ---- one term


def _rate(scope: Scope, term: Term, along: Step) -> str:
    """How fast a term tends to zero along a step, in words. Raises Undecided where it is not known to."""
    powers, c = term
    moving = _moving(scope)
    changing = [(a, q) for a, q in powers if _changes(scope, a, along, moving)]
    if changing:
        return _small_by_assumption(scope, term, along, changing)
    base, number = monomial({a: q.coeff(along) for a, q in powers})
    if any(q < 0 for a, q in base if not isinstance(a, int)) or (not base and number == 1):
        raise Undecided(f"{_text(term)} bounds it, which is not known to tend to zero")
    if not below_one(scope, base, number, strictly=True):
        raise Undecided(f"{_text(term)} bounds it: whether {_text((base, number))} is less than 1 is not known")
    degree = 0 if along not in c.free_symbols else c.as_poly(along).degree()
    factor = c if c.is_Rational else S.One
    shown = Magnitude({frozenset((a, q) for a, q in powers if q.coeff(along) != 0): factor}).expression()
    return str(shown) if not degree else f"{along} {shown}" if degree == 1 else f"{along}^{degree} {shown}"


def _text(term: Term) -> str:
    try:
        return str(Magnitude(dict([term])).expression())
    except DerivationError:
        return "a term"


def _changes(scope: Scope, a: object, along: Step, moving: set[Family]) -> bool:
    if isinstance(a, Geometric):
        return any(_changes(scope, b, along, moving) for b, _ in a.powers)
    return isinstance(a, Expression) and (along in scope.depends(a) or bool(moving & set(families(a))))


def _small_by_assumption(scope: Scope, term: Term, along: Step, changing: Sequence[tuple[object, Expr]]) -> str:
    """A term with a factor that tends to zero by assumption, the others fixed."""
    powers, c = term
    [(a, q), *more] = changing
    fixed = along not in c.free_symbols and not any(along in p.free_symbols for _, p in powers)
    if more or not fixed or not (q.is_Rational and q > 0) or not isinstance(a, Expression):
        raise Undecided(f"{_text(term)} bounds it, which changes with {along}")
    if isinstance(a, Series) and along not in a.first.free_symbols | a.last.free_symbols:
        inside, _, body = scope.within(a)
        for inner in value(inside, body).terms.items():
            _rate(inside, inner, along)
        return "of finitely many terms, each by assumption"
    if not _vanishing(scope, a, along):
        raise Undecided(f"{_text(term)} bounds it, which changes with {along}: an assumption that bounds it, or makes "
                        "it tend to zero, is needed")
    return "of what tends to zero by assumption"


def _vanishing(scope: Scope, a: Expression, along: Step) -> bool:
    """Whether an assumption makes an atom tend to zero. At each fixed step it does; not where the step grows too."""
    if along in scope.depends(a):
        return False
    for relation in scope.claim.assuming:
        if relation.sign != VANISHING or along in scope.depends(relation.left):
            continue
        wild, needed = made_at(scope.claim, relation)
        for pattern in _sizes(relation.left):
            found = match(canonical(pattern), a, wild)
            if found is not None and all(scope.at_least(need.xreplace(found)) for need in needed):
                return True
    return False


# ---- growth


def _grows(claim: Claim) -> Proof:
    """Exactly known numbers alone: c a^k with a > 1."""
    assert claim.along is not None
    [e] = claim.cases[0].sides
    scope = far_along(scope_of(claim))
    exact = value(scope, e)
    for powers, c in ordered(exact.terms):
        if all(scope.sign(*term) > 0 for term in exact.terms.items()) and _is_growing(scope, (powers, c), claim.along):
            return Proof(Status.PROVED, f"{_text((powers, c))} grows without bound")
    return Proof(Status.UNDECIDED, f"no lower bound of {exact.expression()} is known that grows")


def _is_growing(scope: Scope, term: Term, along: Step) -> bool:
    powers, c = term
    if not all(isinstance(a, int) for a, _ in powers) or any(q.free_symbols - {along} for _, q in powers):
        return False
    if c.free_symbols - {along}:
        return False
    base = monomial({a: q.coeff(along) for a, q in powers})
    lead = c.as_poly(along).LC() if along in c.free_symbols else c
    if lead <= 0:
        return False
    if base == (EMPTY, S.One):
        return along in c.free_symbols
    return below_one(scope, *inverse(base), strictly=True)


TRENDS = {Trend.VANISHES: _vanishes, Trend.GROWS: _grows}

