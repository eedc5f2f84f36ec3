"""Inverses and determinants of matrices in index notation, and what is known of them.

A matrix that is one path of square matrices is taken apart: (A diag(v) B)⁻¹ = B⁻¹ diag(1/v) A⁻¹, and likewise its
determinant. What is left is an atom, keyed by the normal form of its matrix up to a transpose, and for the inverse up
to a number; what is known of atoms beside other factors is in ``cancellation``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from sympy import Expr

from derivations.errors import Undecided
from derivations.proof.functions import power
from derivations.proof.heads import Body, Determinant, Entry, Inverted, Linked, Meaning
from derivations.proof.normal import ONE, Monomial, Poly, fresh, indices, product
from derivations.proof.space import Form, Normal, Space

MINUS = Fraction(-1)


class Matrix(NamedTuple):
    """A square matrix as the polynomial of its entry at a row and a column, two indices that run to one size."""

    entry: Poly
    row: int
    col: int
    size: Expr


class Path(NamedTuple):
    """A monomial as a product of square matrices from row to column, a diagonal matrix before and after each.

    ``edges``: a factor, and whether its first slot is the one nearer to the row. ``rest``: what is multiplied to it.
    """

    weights: list[Monomial]
    at: list[int]
    edges: list[tuple[int, bool]]
    rest: Monomial


def inverse(space: Space, matrix: Matrix) -> Poly:
    """The entry of the inverse at the matrix's own row and column. Raises Undecided for a matrix that is zero."""
    normal = space.normal(matrix.entry)
    if not normal:
        raise Undecided("the inverse of a matrix that is zero")
    scalars, normal = _scalars(normal)
    out = power(space, Poly([(ONE, scalars)]), MINUS)
    if (diagonal := _diagonal(space, normal, matrix)) is not None:
        return out * space.delta(matrix.row, matrix.col, matrix.size) * power(space, diagonal, MINUS)
    if len(normal) == 1:
        [(f, c)] = normal.items()
        if (path := path_of(space, f, matrix)) is not None:
            rest = power(space, Poly([(ONE, space.spread_monomial(path.rest))]), MINUS)
            return out.scaled(1 / c) * rest * _against(space, path, matrix)
    return out * _inverse_atom(space, Poly(normal_terms(space, normal), matrix.entry.free), matrix)


def determinant(space: Space, matrix: Matrix) -> Poly:
    """The determinant, a scalar."""
    normal = space.normal(matrix.entry)
    if not normal:
        return Poly()
    diagonal = _diagonal(space, normal, matrix)
    if diagonal is not None and space.normal(diagonal) == {(): ONE}:
        return Poly.number(1)
    if diagonal is None and len(normal) == 1:
        [(f, c)] = normal.items()
        path = path_of(space, f, matrix)
        if path is not None and c == 1 and not path.rest:
            parts = [_determinant_of_factor(space, head, matrix.size) for head, _ in path.edges]
            parts += [_determinant_of_diagonal(space, w, i, matrix.size)
                      for w, i in zip(path.weights, path.at, strict=True) if w]
            return product(parts)
    return _determinant_atom(space, Poly(normal_terms(space, normal), matrix.entry.free), matrix)


def normal_terms(space: Space, normal: Normal) -> list[tuple[Fraction, Monomial]]:
    return [(c, space.spread_monomial(f)) for f, c in sorted(normal.items())]


# ---- what a matrix is made of


def _scalars(normal: Normal) -> tuple[Monomial, Normal]:
    """The factors without indices that all terms have, and the terms without them."""
    shared = Counter(g for g in next(iter(normal)) if not g[1])
    for f in normal:
        shared &= Counter(f)
    left = {tuple(sorted((Counter(f) - shared).elements())): c for f, c in normal.items()}
    return tuple(sorted(shared.elements())), left


def _diagonal(space: Space, normal: Normal, matrix: Matrix) -> Poly | None:
    """The entries of a diagonal matrix, at the row or the column; None for another matrix."""
    ends, terms = {matrix.row, matrix.col}, []
    for f, c in sorted(normal.items()):
        deltas = [g for g in f if space.slots[g[0]].delta and set(g[1]) == ends]
        if not deltas:
            return None
        terms.append((c, space.spread_monomial(tuple(g for g in f if g != deltas[0]))))
    return Poly(terms, {i for _, f in terms for i in indices(f) if i in ends})


def path_of(space: Space, f: Monomial, matrix: Matrix) -> Path | None:
    """A monomial in normal form as a path, if it is one."""
    left, here = [g for g in f if len(g[1]) != 1], matrix.row
    at, edges = [here], list[tuple[int, bool]]()
    while here != matrix.col:
        near = [g for g in left if here in g[1]]
        if len(near) != 1 or len(near[0][1]) != 2 or len(set(near[0][1])) != 2:
            return None
        [edge] = near
        left.remove(edge)
        straight = edge[1][0] == here
        here = edge[1][1] if straight else edge[1][0]
        if here in at or set(space.runs[edge[0]]) != {matrix.size}:
            return None
        at.append(here)
        edges.append((edge[0], straight))
    weights = [tuple(g for g in f if len(g[1]) == 1 and g[1][0] == i) for i in at]
    rest = tuple(g for g in f if len(g[1]) == 1 and g[1][0] not in at) + tuple(left)
    return None if set(indices(rest)) & set(at) else Path(weights, at, edges, rest)


def _against(space: Space, path: Path, matrix: Matrix) -> Poly:
    """The inverse of a path: the inverses of its matrices, in the other order."""
    at = [matrix.row, *(fresh() for _ in path.edges[1:]), matrix.col]
    out = Poly([(ONE, ())], (matrix.row, matrix.col))
    for here, old, weight in zip(at, reversed(path.at), reversed(path.weights), strict=True):
        entry = Poly([(ONE, weight)], (old,) if weight else ()).renamed({old: here})
        out = out * power(space, entry, MINUS)
    for start, end, (head, straight) in zip(at, at[1:], reversed(path.edges), strict=False):
        out = out * _inverse_of_factor(space, head, straight, Matrix(Poly(), start, end, matrix.size))
    return out.bind(at[1:-1])


def _inverse_of_factor(space: Space, head: int, straight: bool, where: Matrix) -> Poly:
    """The inverse of one factor as a matrix, at a row and a column."""
    meaning = space.meanings[head]
    ends = (where.row, where.col) if straight else (where.col, where.row)
    if is_orthogonal(meaning):
        return Poly.factor(head, ends[::-1])
    if isinstance(meaning, Inverted):
        return space.spread(meaning.body, ends)
    if isinstance(meaning, Linked) and meaning.power and len(meaning.bodies) == 1:  # (Mᵃ)⁻¹ = (M⁻¹)ᵃ
        return _power_of(space, meaning, inverse(space, _base(space, meaning, where.size)), ends)
    return _inverse_atom(space, Poly.factor(head, ends), where)


def _determinant_of_factor(space: Space, head: int, size: Expr) -> Poly:
    meaning = space.meanings[head]
    if isinstance(meaning, Inverted):
        inside = Matrix(space.spread(meaning.body, (1, 2)), 1, 2, size)
        return power(space, determinant(space, inside), MINUS)
    if isinstance(meaning, Linked) and meaning.power and len(meaning.bodies) == 1:  # det(Mᵃ) = det(M)ᵃ
        return _power_of(space, meaning, determinant(space, _base(space, meaning, size)), ())
    return _determinant_atom(space, Poly.factor(head, (1, 2)), Matrix(Poly(), 1, 2, size))


def _determinant_of_diagonal(space: Space, weight: Monomial, at: int, size: Expr) -> Poly:
    other = fresh()
    entry = Poly([(ONE, weight)], (at,)) * space.delta(at, other, size)
    return _determinant_atom(space, entry, Matrix(entry, at, other, size))


def _base(space: Space, m: Linked, size: Expr) -> Matrix:
    """The matrix that a power is of."""
    return Matrix(space.spread(m.bodies[0][2], (1, 2)), 1, 2, size)


def _power_of(space: Space, like: Linked, base: Poly, at: tuple[int, ...]) -> Poly:
    """A matrix at the indices 1 and 2, or a number, to the power that another one has."""
    from derivations.proof.powers import raised

    where = (like.row, like.col) if at else ((), ())
    body = space.fixed_body(base, (1, 2) if at else ())
    bare = replace(like, bodies=((*where, body),), row=where[0], col=where[1], origin=None, symmetric=False)
    return raised(space, bare, like.last, at)


# ---- atoms


def _forms(space: Space, entry: Poly, matrix: Matrix) -> tuple[Form, Form]:
    """The matrix and its transpose in normal form, over the slots 1 and 2."""
    ways = ({matrix.row: 1, matrix.col: 2}, {matrix.row: 2, matrix.col: 1})
    straight, turned = (tuple(sorted(space.normal(entry.renamed(names)).items())) for names in ways)
    return straight, turned


def _inverse_atom(space: Space, entry: Poly, matrix: Matrix) -> Poly:
    straight, turned = _forms(space, entry, matrix)
    least = min(_monic(straight), _monic(turned))
    symmetric = straight == turned
    head = space.head(Inverted(matrix.size, Body(least), symmetric))
    forward = least == _monic(straight)
    lead = (straight if forward else turned)[0][1]
    at = (matrix.row, matrix.col) if forward else (matrix.col, matrix.row)
    return Poly.factor(head, at).scaled(1 / lead)


def _monic(form: Form) -> Form:
    return tuple((f, c / form[0][1]) for f, c in form)


def _determinant_atom(space: Space, entry: Poly, matrix: Matrix) -> Poly:
    return space.factor(Determinant(matrix.size, Body(min(_forms(space, entry, matrix)))))


def is_orthogonal(meaning: Meaning) -> bool:
    """Whether a factor is an entry of an orthogonal matrix, its row and its column two indices."""
    return (isinstance(meaning, Entry) and "orthogonal" in meaning.node.family.structure
            and meaning.row[:1] == meaning.col[:1] == ("index",))
