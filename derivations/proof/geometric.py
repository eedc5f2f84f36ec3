"""Sums over steps of upper bounds: constant terms by their number, powers of ρ < 1 as geometric series."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, S

from derivations.calculus import Series
from derivations.errors import Undecided
from derivations.proof.comparison import below_one
from derivations.proof.magnitude import Geometric, Magnitude, Powers, Term, inverse, monomial, symbols, times
from derivations.proof.pattern import canonical
from derivations.proof.scope import Line, Scope, Upper
from derivations.relations import AT_MOST
from derivations.symbols import Step


def over_steps(scope: Scope, body: Magnitude, step: Step, first: Expr, last: Expr) -> Iterator[Upper]:
    """Upper bounds of a sum of what is not negative, from first to last; the range may be empty."""
    out, lines = Magnitude({}), list[Line]()
    for term in body.terms.items():
        found = _constant(scope, term, step, first, last) or _series(scope, term, step, first, last)
        if found is None:
            break
        out, lines = out + found.value, [*lines, *found.lines]
    else:
        yield Upper(out, tuple(lines))
    if scope.shared.series:
        yield Upper(_kept(body, step, first, last))


def _constant(scope: Scope, term: Term, step: Step, first: Expr, last: Expr) -> Upper | None:
    """Terms that do not depend on the step: their number times one."""
    count = (last - first + 1).expand()
    if step in symbols(term[0]) | term[1].free_symbols or not scope.at_least(count):
        return None
    return Upper(Magnitude(dict([times(term, (frozenset(), count))])))


def _series(scope: Scope, term: Term, step: Step, first: Expr, last: Expr) -> Upper | None:
    """Σ ρ^i ≤ ρ^L / (1 - ρ) where 0 ≤ ρ < 1 and L is the least power; either way round."""
    powers, c = term
    if step in c.free_symbols or not scope.at_least(c):
        return None
    if any(step in symbols(frozenset({(a, S.One)})) for a, _ in powers):
        return None
    base = monomial({a: q.coeff(step) for a, q in powers})
    for start, (ratio, number) in ((first, base), (last, inverse(base))):
        if any(q < 0 for a, q in ratio if not isinstance(a, int)):
            continue
        least = [(a, q.xreplace({step: start}).expand()) for a, q in powers]
        if all(scope.at_least(q) for a, q in least if not isinstance(a, int)) and \
                below_one(scope, ratio, number, strictly=True):
            return _summed_up(scope, term, (least, ratio, number), (step, first, last))
    return None


def _summed_up(scope: Scope, term: Term, found: tuple[list[tuple[object, Expr]], Powers, Expr],
               over: tuple[Step, Expr, Expr]) -> Upper | None:
    least, ratio, number = found
    try:
        factors = [Magnitude.atom(a, q) for a, q in least]
        left = canonical(Series(Magnitude(dict([term])).expression(), *over))
    except Undecided:
        return None
    limit = Magnitude.atom(Geometric(ratio, number)) if ratio else Magnitude.number(1 / (1 - number))
    out = Magnitude.number(term[1]) * limit
    for factor in factors:
        out = out * factor
    return Upper(out, (Line("Σ ρ^i ≤ ρ^L/(1 - ρ), the sum of a geometric series", left, AT_MOST, out, scope.over),))


def _kept(body: Magnitude, step: Step, first: Expr, last: Expr) -> Magnitude:
    """A sum of norms as it is, for a claim that speaks of such a sum itself."""
    out = Magnitude({})
    for powers, c in body.terms.items():
        inner = frozenset((a, q) for a, q in powers if step in symbols(frozenset({(a, q)})))
        term = Series(Magnitude({inner: c}).expression(), step, first, last)
        out = out + Magnitude({powers - inner: S.One}) * Magnitude.atom(canonical(term))
    return out
