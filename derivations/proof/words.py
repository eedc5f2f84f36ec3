"""Bases of powers that are products of square matrices, as words of letters: (MM)ᵃ = M²ᵃ and A(BA)ᵃ = (AB)ᵃA.

Of the words that are the same but for where they begin, the one whose form is least stands in the normal form, wherever
the letters that go over to the other side of the power are there.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from derivations.proof.cancellation import instead
from derivations.proof.heads import Body, Linked
from derivations.proof.inverses import Matrix, path_of
from derivations.proof.normal import ONE, Monomial, Poly, fresh
from derivations.proof.space import Space

Letter = tuple[int, bool]  # a factor with two slots, and whether the first of them is the one nearer to the row


def letters(space: Space, body: Body, size: Expr) -> list[Letter] | None:
    """A matrix as a product of matrices; None where it is anything else."""
    if len(body.terms) != 1 or body.terms[0][1] != 1:
        return None
    found = path_of(space, body.terms[0][0], Matrix(Poly(), 1, 2, size))
    return None if found is None or found.rest or any(found.weights) else found.edges


def spelled(space: Space, word: list[Letter]) -> Body:
    """The matrix that a word is."""
    at = [1, *(fresh() for _ in word[1:]), 2]
    factors = tuple(_factor(letter, a, b) for letter, a, b in zip(word, at, at[1:], strict=False))
    return space.fixed_body(Poly([(ONE, factors)], (1, 2)), (1, 2))


def _factor(letter: Letter, row: int, col: int) -> tuple[int, tuple[int, ...]]:
    head, straight = letter
    return head, (row, col) if straight else (col, row)


def root(space: Space, body: Body, size: Expr) -> tuple[Body, int]:
    """The word that a matrix repeats, and how often."""
    word = letters(space, body, size) or []
    for length in range(1, len(word) // 2 + 1):
        if len(word) % length == 0 and word == word[:length] * (len(word) // length):
            return spelled(space, word[:length]), len(word) // length
    return body, 1


def turned(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """A(BA)ᵃ = (AB)ᵃA, towards the base with the least form."""
    from derivations.proof.powers import raised, size_of

    at, mine = f[k][1], space.meanings[f[k][0]]
    assert isinstance(mine, Linked)
    word = letters(space, mine.bodies[0][2], size_of(mine)) or []
    for side, letter in ((0, word[-1]), (1, word[0])) if len(word) > 1 else ():
        q, outer = _beside(space, f, k, free, letter, side)
        if q is None:
            continue
        moved = [word[-1], *word[:-1]] if side == 0 else [*word[1:], word[0]]
        inner = fresh()
        ends, last = ((outer, inner), (inner, at[1])) if side == 0 else ((inner, outer), (at[0], inner))
        [(a, b, _)] = mine.bodies
        power = raised(space, replace(mine, bodies=((a, b, spelled(space, moved)),), symmetric=False), mine.last, ends)
        if _form(space, power) < mine.bodies[0][2].terms:
            became = (power * Poly([(ONE, (_factor(letter, *last),))], last)).bind([inner])
            return instead(space, f, free, became, (outer, at[1 - side]), size_of(mine), k, q)
    return None


def _beside(space: Space, f: Monomial, k: int, free: frozenset[int], letter: Letter,
            side: int) -> tuple[int | None, int]:
    """Which factor is this letter, before the row of a power or behind its column, and its other index."""
    at = f[k][1]
    meet = at[side]
    if meet in free or at[0] == at[1]:
        return None, 0
    near = [q for q, (_, ix) in enumerate(f) if q != k and meet in ix]
    if len(near) != 1 or f[near[0]][1].count(meet) != 1:
        return None, 0
    head, ix = f[near[0]]
    slot = ix.index(meet)
    if head != letter[0] or (slot == 1) != (letter[1] == (side == 0)):
        return None, 0
    return near[0], ix[1 - slot]


def _form(space: Space, power: Poly) -> tuple[object, ...]:
    [(_, [(head, _)])] = power.terms
    meaning = space.meanings[head]
    assert isinstance(meaning, Linked)
    return meaning.bodies[0][2].terms
