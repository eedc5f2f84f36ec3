"""Powers of a number or a matrix: products over steps whose factor is the same at every step.

In normal form such a product runs from 1 to its exponent. Whoever makes one knows that the exponent is not negative
wherever the power is meant, so that MᵃMᵇ = Mᵃ⁺ᵇ and M·Mᵃ = Mᵃ⁺¹, which are false of a product over a range that ends
two steps before it starts. A power is keyed by its base up to a transpose; scalars are taken out of it. A matrix beside
its power is recognised by the leading term of the matrix, so that (A + B)·(A + B)ᵃ = (A + B)ᵃ⁺¹ too.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeGuard

from sympy import Expr, Integer, Rational

from derivations.proof.cancellation import found_at, instead, leading
from derivations.proof.heads import Body, Linked, Meaning, Summed, width
from derivations.proof.monomials import matches, replaced
from derivations.proof.normal import ONE, UNIT, Monomial, Poly, components, fresh, indices, product
from derivations.proof.places import Index
from derivations.proof.space import Rule, Space
from derivations.proof.steps import bound_step
from derivations.proof.words import root, turned
from derivations.symbols import Constant

At = tuple[int, ...]
End = tuple[Linked, int]  # a power, and which of its two slots


def raised(space: Space, m: Linked, exponent: Expr, at: At) -> Poly:
    """The entry of a power at a row and a column, or that of a number. ``m``: a product over steps with its base.

    Only for an exponent that is not negative wherever the entry is meant.
    """
    m = replace(m, first=Integer(1), last=exponent, power=True)
    if is_power(m) and exponent.is_Integer:
        return _written_out(space, m, int(exponent), at)
    if not is_power(m) or len(m.bodies[0][2].terms) == 0:
        return space.factor(m, at)
    body = m.bodies[0][2]
    if len(body.terms) == 1:
        [(f, c)] = body.terms
        scalars, core = _scalars(f)
        if scalars and (core or at or c != 1 or len(scalars) > 1):
            parts = [_number(space, m, Body(((part, ONE),))) for part in scalars]
            return product(parts) * raised(space, _with(m, Body(((core, c),))), exponent, at)
        if c != 1 and (f or at):
            return _constant(space, c, exponent) * raised(space, _with(m, Body(((f, ONE),))), exponent, at)
        if not f and not at:
            return _constant(space, c, exponent)  # of a matrix it would be c in every entry, whose square is n·c²
    base, times = root(space, m.bodies[0][2], size_of(m)) if at else (body, 1)
    return _atom(space, replace(_with(m, base), last=(exponent * times).expand()), at)


def _with(m: Linked, body: Body) -> Linked:
    [(a, b, _)] = m.bodies
    return replace(m, bodies=((a, b, body),), origin=None, symmetric=False)


def _scalars(f: Monomial) -> tuple[list[Monomial], Monomial]:
    """The parts of a monomial that are numbers, each sums within itself alone, and what is left."""
    parts = components(f, list(indices(f)))
    closed = [part for part in parts if all(i < 0 for i in indices(part))]
    return closed, tuple(g for part in parts if part not in closed for g in part)


def _number(space: Space, m: Linked, body: Body) -> Poly:
    """A scalar to the power that m has."""
    meaning = replace(m, bodies=(((), (), body),), row=(), col=(), origin=None, symmetric=False)
    return space.factor(meaning)


def _constant(space: Space, c: Fraction, exponent: Expr) -> Poly:
    """A given number to a power. It is left to what brings ranges together, which knows c·c = c²."""
    if c == 1:
        return UNIT
    base = Constant(Rational(c.numerator, c.denominator))
    return space.factor(Linked(bound_step("τ1"), Integer(1), exponent, (((), (), Body((((), c),))),), (), (), base))


def _atom(space: Space, m: Linked, at: At) -> Poly:
    """The power of a base that is no product with scalars: of the base or of its transpose, whichever form is least."""
    body = m.bodies[0][2]
    if not at:
        return space.factor(replace(m, origin=None))
    turned = space.fixed_body(space.spread(body, (2, 1)), (1, 2))
    least = min(body.terms, turned.terms)
    meaning = replace(_with(m, Body(least)), symmetric=body == turned)
    return space.factor(meaning, at if least == body.terms else at[::-1])


def _written_out(space: Space, m: Linked, exponent: int, at: At) -> Poly:
    """A base to the power of a whole number, as a product."""
    body = m.bodies[0][2]
    if not at:
        return product([space.spread(body, ())] * exponent)
    if exponent <= 0:
        return space.delta(at[0], at[1], size_of(m))
    ends = [at[0], *(fresh() for _ in range(exponent - 1)), at[1]]
    out = UNIT
    for here, (a, b) in enumerate(pairwise(ends)):
        joint = [Index(a, size_of(m))] if here else []  # where no factor carries it, the sum over it is its size
        out = space.sum(out * space.spread(body, (a, b)), joint)
        if len(body.terms) > 1:
            out = space.collected(out)
    return out


def size_of(m: Linked) -> Expr:
    """How many rows the matrix has that a power in one cell is of."""
    size = m.row[1]
    assert isinstance(size, Expr)
    return size


# ---- what is known of powers beside other factors


def is_power(meaning: Meaning) -> TypeGuard[Linked]:
    """Whether it is a power of a number, or of a matrix in one piece."""
    return isinstance(meaning, Linked) and meaning.power and len(meaning.bodies) == 1 and width(meaning.row) <= 1


def of_matrix(meaning: Meaning) -> TypeGuard[Linked]:
    """Whether it is a power of a matrix in one piece; a matrix of one row and one column is a number."""
    return is_power(meaning) and width(meaning.row) == 1


def ends(space: Space, head: int) -> dict[int, End]:
    """The slots of a factor at which a power of a matrix stands alone: of a power both, of a sum over steps those that
    are such slots of its terms."""
    if head not in space.ends:
        space.ends[head] = _ends(space, space.meanings[head])
    return space.ends[head]


def _ends(space: Space, m: Meaning) -> dict[int, End]:
    if is_power(m):
        return {0: (m, 0), 1: (m, 1)} if of_matrix(m) else {}
    found: dict[int, End] = {}
    if isinstance(m, Summed):
        [(f, _)] = m.body.terms
        for i in (i for i in indices(f) if i > 0):
            at = [(head, slot) for head, ix in f for slot, other in enumerate(ix) if other == i]
            if len(at) == 1 and at[0][1] in (inner := ends(space, at[0][0])):
                found[i - 1] = inner[at[0][1]]
    return found


def _grown(space: Space, head: int, slot: int, by: Expr, at: At) -> Poly | None:
    """A factor at these indices with so many more factors of the power that stands at a slot of it."""
    m = space.meanings[head]
    if isinstance(m, Linked):
        return raised(space, m, (m.last + by).expand(), at)
    assert isinstance(m, Summed)
    [(f, c)] = m.body.terms
    k = next(k for k, (_, ix) in enumerate(f) if slot + 1 in ix)
    inner = _grown(space, f[k][0], f[k][1].index(slot + 1), by, f[k][1])
    if inner is None:
        return None
    rest = Poly([(c, tuple(g for q, g in enumerate(f) if q != k))], (i for i in indices(f) if i > 0))
    normal = space.normal(Poly((rest * inner).terms, rest.free))
    if len(normal) != 1:
        return None
    [(g, factor)] = normal.items()
    if any(m.step not in space.steps[h] for h, _ in g):
        return None  # what does not depend on the step would have to come out of the sum
    body, order, _ = space.body(Poly([(ONE, space.spread_monomial(g))], rest.free))
    return Poly.factor(space.head(replace(m, body=body)), [at[i - 1] for i in order]).scaled(factor)


def _joined(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """MᵃMᵇ = Mᵃ⁺ᵇ, and Mᵃ Σ Mᵇ⁽ⁱ⁾x_i = Σ Mᵃ⁺ᵇ⁽ⁱ⁾x_i."""
    at, mine = f[k][1], space.meanings[f[k][0]]
    if not isinstance(mine, Linked):
        return None
    for q, (other, _) in enumerate(f):
        if q == k:
            continue
        theirs = space.meanings[other]
        if not at and is_power(theirs) and theirs.bodies == mine.bodies:
            return replaced(space, f, free, raised(space, mine, (mine.last + theirs.last).expand(), ()), k, q)
        if at:
            for slot, (base, end) in ends(space, other).items():
                if base.bodies == mine.bodies and (found := _met(space, f, free, (k, q), slot, end)) is not None:
                    return found
    return None


def _met(space: Space, f: Monomial, free: frozenset[int], pair: tuple[int, int], slot: int, end: int) -> Poly | None:
    """A power beside a factor with a power of the same base at a slot, as one; None where they do not meet there."""
    (head, at), (other, ix) = f[pair[0]], f[pair[1]]
    mine = space.meanings[head]
    assert isinstance(mine, Linked)
    elsewhere = free | {i for p, (_, own) in enumerate(f) if p not in pair for i in own}
    for own in (0, 1) if mine.symmetric else (1 - end,):
        meet = at[own]
        if meet == ix[slot] and meet not in elsewhere and at[0] != at[1] and ix.count(meet) == 1:
            outer = (*ix[:slot], at[1 - own], *ix[slot + 1 :])
            grown = _grown(space, other, slot, mine.last, outer)
            if grown is not None:
                return instead(space, f, free, grown, (at[1 - own],) * 2, size_of(mine), *pair)
    return None


def _absorbed(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """M·Mᵃ = Mᵃ·M = Mᵃ⁺¹, solved for the leading term of M, and M Σ Mᵃ⁽ⁱ⁾x_i = Σ Mᵃ⁽ⁱ⁾⁺¹x_i."""
    (head, at), mine = f[k], space.meanings[f[k][0]]
    if not at and isinstance(mine, Linked):
        return _times_number(space, f, k, free, mine)
    for slot, (base, end) in ends(space, head).items():
        if at[slot] not in free and at.count(at[slot]) == 1:
            found = _times_matrix(space, f, k, free, slot, base, end)
            if found is not None:
                return found
    return None


def _times_number(space: Space, f: Monomial, k: int, free: frozenset[int], mine: Linked) -> Poly | None:
    terms = mine.bodies[0][2].terms
    lead, c = max(terms, key=lambda term: (len(term[0]), term[0]), default=((), ONE))
    if not lead:  # a given number, or zero
        return None
    for found in matches(space.spread_monomial(lead), f, k, free):
        higher = raised(space, mine, (mine.last + 1).expand(), ())
        rest = Poly([(-b, (*space.spread_monomial(g), f[k])) for g, b in terms if g != lead])
        return replaced(space, f, free, (higher + rest).scaled(1 / c), k, *found)
    return None


def _times_matrix(space: Space, f: Monomial, k: int, free: frozenset[int], slot: int, base: Linked,
                  end: int) -> Poly | None:
    """A monomial in which a matrix stands beside the power of it that is at a slot of the k-th factor."""
    (head, at), terms = f[k], base.bodies[0][2].terms
    lead, meet = leading(space, terms), at[slot]
    if lead is None:
        return None
    for other in indices(f):
        for own in (0, 1) if base.symmetric else (end,):
            between = (other, meet) if own == 0 else (meet, other)
            for found in found_at(space, lead[0], between, f, (k,), free, (meet,)):
                outer = (*at[:slot], other, *at[slot + 1 :])
                higher = _grown(space, head, slot, Integer(1), outer)
                if higher is None:
                    return None
                rest = [(-c, (*space.spread_monomial(g, dict(enumerate(between, 1))), f[k]))
                        for g, c in terms if g != lead[0]]
                became = (higher + Poly(rest, outer)).scaled(1 / lead[1])
                return instead(space, f, free, became, (other, other), size_of(base), k, *found)
    return None


JOINED, ABSORBED, TURNED = "MᵃMᵇ = Mᵃ⁺ᵇ", "M·Mᵃ = Mᵃ⁺¹", "A(BA)ᵃ = (AB)ᵃA"
OF_MATRICES: tuple[Rule, ...] = (
    Rule(JOINED, of_matrix, _joined),
    Rule(ABSORBED, lambda m: of_matrix(m) or isinstance(m, Summed), _absorbed),
    Rule(TURNED, of_matrix, turned),
)
RULES: tuple[Rule, ...] = (
    Rule(JOINED, is_power, _joined),
    Rule(ABSORBED, lambda m: is_power(m) or isinstance(m, Summed), _absorbed),
    Rule(TURNED, of_matrix, turned),
)
