"""The derivative of a polynomial: the product rule, and the chain rule on every kind of factor."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sympy import Expr

from derivations.errors import Undecided
from derivations.proof import heads
from derivations.proof.engine import Engine, numbers, place_in, spots_of
from derivations.proof.entry import open_factor
from derivations.proof.functions import elementwise, power
from derivations.proof.heads import width
from derivations.proof.inverses import Matrix, inverse
from derivations.proof.links import Links, linked, summed, summed_over
from derivations.proof.normal import Poly, fresh, indices
from derivations.proof.places import (
    Index,
    Place,
    put,
    runs,
)
from derivations.proof.rebuild import at_steps
from derivations.symbols import Node

ByNode = Callable[[Node, Place, Place], Poly]  # the derivative of a node's entry


def derive(p: Engine, poly: Poly, by_node: ByNode) -> Poly:
    """The derivative of a polynomial, given that of nodes' entries."""
    out = Poly()
    for c, f in poly.terms:
        bound = set(indices(f)) - poly.free
        for k, (head, at) in enumerate(f):
            if not p.space.nodes[head]:
                continue
            inner = _of_factor(p, head, at, by_node)
            if inner.terms:
                rest = (*f[:k], *f[k + 1 :])
                out = out + p.space.counted(f, poly.free, Poly([(c, rest)], indices(rest)) * inner).bind(bound)
    return out


def _of_factor(p: Engine, head: int, at: tuple[int, ...], by_node: ByNode) -> Poly:
    space, m = p.space, p.space.meanings[head]
    if isinstance(m, heads.Entry):
        return by_node(m.node, *spots_of(m.row, m.col, at))
    if isinstance(m, heads.Value):
        inner = derive(p, space.spread(m.argument, at), by_node)
        return elementwise(space, m.function.prime, space.spread(m.argument, at)) * inner if inner.terms else inner
    if isinstance(m, heads.Exponential):
        inner = derive(p, space.spread(m.argument, at), by_node)
        return Poly.factor(head, at).scaled(m.coefficient) * inner
    if isinstance(m, heads.Power):
        base = space.spread(m.base, at)
        inner = derive(p, base, by_node)
        return power(space, base, m.exponent - 1).scaled(m.exponent) * inner if inner.terms else inner
    if isinstance(m, heads.Open):
        return _of_open(p, m, at, by_node)
    if isinstance(m, (heads.Inverted, heads.Determinant)):
        return _of_matrix(p, m, head, at, by_node)
    if isinstance(m, heads.Summed):
        return summed_over(p, m.first, m.last, lambda step: derive(
            p, at_steps(p, space.spread(m.body, at), {m.step: step}), by_node))
    if isinstance(m, heads.Linked):
        return _of_linked(p, m, at, by_node)
    raise Undecided(f"the derivative of a norm of kind {m.kind}" if isinstance(m, heads.Norm) else "a derivative")


def _of_matrix(p: Engine, m: heads.Inverted | heads.Determinant, head: int, at: tuple[int, ...],
               by_node: ByNode) -> Poly:
    """∂(A⁻¹) = −A⁻¹ ∂A A⁻¹, and ∂ det(A) = det(A) tr(A⁻¹ ∂A)."""
    a, b = fresh(), fresh()
    matrix = p.space.spread(m.body, (a, b))
    inner = derive(p, matrix, by_node)
    if not inner.terms:
        return inner
    if isinstance(m, heads.Inverted):
        out = Poly.factor(head, (at[0], a)) * inner * Poly.factor(head, (b, at[1])).scaled(Fraction(-1))
    else:
        turned = inverse(p.space, Matrix(matrix, a, b, m.size)).renamed({a: b, b: a})
        out = Poly.factor(head) * turned * inner
    return p.space.sum(out, [Index(a, m.size), Index(b, m.size)])


def _of_open(p: Engine, m: heads.Open, at: tuple[int, ...], by_node: ByNode) -> Poly:
    """∂φ_i(v)/∂x = Σ_l φ_{i,l}(v) ∂v_l/∂x."""
    first = width(m.entry)
    entry_place = put(place_in(m.entry), iter(at[:first]))
    left = iter(at[first:])
    by = tuple(put(place_in(cell_), left) for cell_ in m.by)
    out = Poly()
    for cell_, body in m.argument:
        place = put(place_in(cell_), iter(fresh_for(cell_)))
        inner = derive(p, p.space.spread(body, numbers(place)), by_node)
        if inner.terms:
            factor = open_factor(p, m.function, entry_place, (*by, place), m.argument)
            out = out + p.space.sum(factor * inner, runs(place))
    return out


def fresh_for(where: heads.Cell) -> list[int]:
    return [fresh() for _ in range(width(where))]


def _of_linked(p: Engine, m: heads.Linked, at: tuple[int, ...], by_node: ByNode) -> Poly:
    """The derivative of a product over steps: the sum over the factor that is differentiated."""
    row, col = spots_of(m.row, m.col, at)
    out = Poly()
    with p.over(m.first, m.last) as step:
        for a, b, body in m.bodies:
            i, j = (put(place_in(where), iter(fresh_for(where))) for where in (a, b))
            here = at_steps(p, p.space.spread(body, numbers(i, j)), {m.step: step})
            inner = derive(p, here, by_node)
            if inner.terms:
                later = _part_of_product(p, m, step + 1, m.last, row, i)
                earlier = _part_of_product(p, m, m.first, step - 1, j, col)
                out = out + p.space.sum(later * inner * earlier, runs(i, j))
        return summed(p, out, step, m.first, m.last)


def _part_of_product(p: Engine, m: heads.Linked, first: Expr, last: Expr, row: Place, col: Place) -> Poly:
    with p.over(first, last) as step:
        matrix: Links = []
        for a, b, body in m.bodies:
            i, j = (put(place_in(where), iter(fresh_for(where))) for where in (a, b))
            matrix.append((i, j, at_steps(p, p.space.spread(body, numbers(i, j)), {m.step: step})))
        return linked(p, step, first, last, matrix, row, col)


# ---- total derivatives
