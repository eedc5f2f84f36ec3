"""What is known of inverses, determinants and orthogonal matrices beside other factors of a monomial.

A⁻¹A = I and AA⁻¹ = I are solved for the leading term of A, so that they also hold of a matrix that is a sum. Two
inverses whose matrices have one leading term are told apart by A⁻¹ − B⁻¹ = A⁻¹(B − A)B⁻¹.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sympy import Expr

from derivations.proof.heads import Delta, Determinant, Inverted
from derivations.proof.inverses import is_orthogonal
from derivations.proof.monomials import matches, replaced
from derivations.proof.normal import Factor, Monomial, Poly, fresh, indices
from derivations.proof.space import Form, Normal, Rule, Space


def instead(space: Space, f: Monomial, free: frozenset[int], matrix: Poly, ends: tuple[int, int], size: Expr,
            *gone: int) -> Poly:
    """A monomial in which a product of factors, and the sums within it, is replaced by a matrix between two indices."""
    rest = tuple(g for q, g in enumerate(f) if q not in gone)
    place = space.head(Delta(size)), ends  # stands for whatever has these indices
    return replaced(space, (*rest, place), free, matrix, len(rest))


def leading(space: Space, terms: Form) -> tuple[Monomial, Fraction] | None:
    """The term that a matrix's rules are solved for: it tells row and column apart, and is no delta if it need not."""
    known = [term for term in terms if {1, 2} <= set(indices(term[0]))]
    return max(known, key=lambda term: (not _has_delta(space, term[0]), len(term[0]), term[0]), default=None)


def _has_delta(space: Space, f: Monomial) -> bool:
    return any(space.slots[h].delta for h, _ in f)


def _cancelled(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """A⁻¹A = I and AA⁻¹ = I, solved for the leading term of A."""
    head, at = f[k]
    mine = space.meanings[head]
    assert isinstance(mine, Inverted)
    lead = leading(space, mine.body.terms)
    if lead is None or at[0] == at[1]:
        return None
    for slot in (1, 0):
        meet, kept = at[slot], at[1 - slot]
        if meet in free:
            continue
        first = slot == 1 or mine.symmetric  # the matrix meets its inverse with its row
        for other in indices(f):
            ends = (meet, other) if first else (other, meet)
            for found in found_at(space, lead[0], ends, f, (k,), free, (meet,)):
                rest = [(-c, (*space.spread_monomial(g, dict(enumerate(ends, 1))), f[k]))
                        for g, c in mine.body.terms if g != lead[0]]
                became = space.delta(kept, other, mine.size) + Poly(rest, (kept, other))
                return instead(space, f, free, became.scaled(1 / lead[1]), (kept, other), mine.size, k, *found)
    return None


def found_at(space: Space, lead: Monomial, ends: tuple[int, int], f: Monomial, skip: tuple[int, ...],
             free: frozenset[int], gone: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Where a term of a matrix between these ends stands in a monomial, if the indices that go stand nowhere else."""
    if ends[0] == ends[1]:
        return
    pattern = space.spread_monomial(lead, dict(enumerate(ends, 1)))
    for found in matches(pattern, f, skip[0], free | set(ends)):
        elsewhere = {i for q, (_, ix) in enumerate(f) if q not in (*found, *skip) for i in ix}
        if elsewhere.isdisjoint(gone) and not set(found) & set(skip):
            yield found


def _resolved(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """A⁻¹(B − A)B⁻¹ = A⁻¹ − B⁻¹, for two inverses whose matrices have one leading term."""
    (mine, (i, j)), a = f[k], space.meanings[f[k][0]]
    for q, (theirs, (m, n)) in ((q, g) for q, g in enumerate(f) if isinstance(space.meanings[g[0]], Inverted)):
        b = space.meanings[theirs]
        assert isinstance(a, Inverted)
        assert isinstance(b, Inverted)
        if q == k or mine == theirs or a.size != b.size or {j, m} & free or len({i, j, n}) < 3 or m in (i, n):
            continue
        found = _difference(space, a, b)
        if found is None:
            continue
        (of_a, of_b), terms = found
        lead = leading(space, terms)
        if lead is None:
            continue
        places = _found_between(space, lead[0], (j, m), f, (k, q), free)
        if places is None:
            continue
        apart = Poly.factor(mine, (i, n)).scaled(1 / of_b) - Poly.factor(theirs, (i, n)).scaled(1 / of_a)
        rest = [(-c, _between(space, g, (j, m), (f[k], f[q]))) for g, c in terms if g != lead[0]]
        return instead(space, f, free, (apart + Poly(rest, (i, n))).scaled(1 / lead[1]), (i, n), a.size, k, q, *places)
    return None


def _difference(space: Space, a: Inverted, b: Inverted) -> tuple[tuple[Fraction, Fraction], Form] | None:
    """B − A, each over the coefficient of their common leading term, and these; None where they have none."""
    leads = leading(space, a.body.terms), leading(space, b.body.terms)
    if leads[0] is None or leads[1] is None or leads[0][0] != leads[1][0]:
        return None
    terms: Normal = {}
    for (_, lead), body, sign in ((leads[0], a.body, -1), (leads[1], b.body, 1)):
        for g, c in body.terms:
            terms[g] = terms.get(g, Fraction(0)) + sign * c / lead
    return (leads[0][1], leads[1][1]), tuple(sorted((g, c) for g, c in terms.items() if c))


def _found_between(space: Space, lead: Monomial, ends: tuple[int, int], f: Monomial, skip: tuple[int, int],
                   free: frozenset[int]) -> tuple[int, ...] | None:
    """Where a term stands between two inverses; a delta there has made the two indices one."""
    if not _has_delta(space, lead):
        return next(found_at(space, lead, ends, f, skip, free, ends), None)
    if ends[0] != ends[1]:
        return None
    scalar = tuple(g for g in lead if not space.slots[g[0]].delta)
    for found in matches(space.spread_monomial(scalar), f, skip[0], free):
        elsewhere = {i for q, (_, ix) in enumerate(f) if q not in (*found, *skip) for i in ix}
        if ends[0] not in elsewhere:
            return found
    return None


def _between(space: Space, g: Monomial, ends: tuple[int, int], around: tuple[Factor, Factor]) -> Monomial:
    """A term between two inverses, whose inner indices are put apart where a delta had made them one."""
    j, m = ends
    (first, (i, _)), (second, (_, n)) = around
    left, right = (j, m) if j != m else (j, fresh())
    return (*space.spread_monomial(g, {1: left, 2: right}), (first, (i, left)), (second, (right, n)))


def _unit_columns(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """Q_ik Q_jk = δ_ij and Q_ki Q_kj = δ_ij, summed over k."""
    head, at = f[k]
    for q, (other, ix) in enumerate(f):
        if q == k or other != head:
            continue
        for slot in (0, 1):
            if at[slot] != ix[slot] or at[slot] in free:
                continue
            summed = at[slot]
            elsewhere = [i for p, (_, own) in enumerate(f) if p not in (k, q) for i in own]
            if summed in (*elsewhere, at[1 - slot], ix[1 - slot]):
                continue
            became = space.delta(at[1 - slot], ix[1 - slot], space.runs[head][1 - slot])
            return instead(space, f, free, became, (at[1 - slot], ix[1 - slot]), space.runs[head][1 - slot], k, q)
    return None


def _unit_determinant(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """det(Q)² = det(-Q)² = 1."""
    if not _is_determinant_of_orthogonal(space, f[k][0]):
        return None
    other = next((q for q in range(len(f)) if q != k and f[q] == f[k]), None)
    return None if other is None else replaced(space, f, free, Poly.number(1), k, other)


def _is_determinant_of_orthogonal(space: Space, head: int) -> bool:
    meaning = space.meanings[head]
    assert isinstance(meaning, Determinant)
    terms = meaning.body.terms
    return len(terms) == 1 and len(terms[0][0]) == 1 and terms[0][1] in (1, -1) and is_orthogonal(
        space.meanings[terms[0][0][0][0]])


RULES: tuple[Rule, ...] = (
    Rule("A⁻¹A = AA⁻¹ = I", lambda m: isinstance(m, Inverted), _cancelled),
    Rule("A⁻¹(B − A)B⁻¹ = A⁻¹ − B⁻¹", lambda m: isinstance(m, Inverted), _resolved),
    Rule("QᵀQ = QQᵀ = I", is_orthogonal, _unit_columns),
    Rule("det(Q)² = 1", lambda m: isinstance(m, Determinant), _unit_determinant),
)
