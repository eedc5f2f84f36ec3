"""Expressions as polynomials in index notation: the entry at a row and a column. One rule for each class."""

from __future__ import annotations

from fractions import Fraction
from functools import singledispatch
from itertools import product as cartesian

from sympy import Expr, Integer

from derivations.algebra import (
    Block,
    Det,
    Diag,
    Eye,
    Had,
    Inverse,
    Norm,
    Ones,
    Plus,
    Stack,
    Times,
    Trace,
    Transposed,
    Vec,
    Zeros,
)
from derivations.calculus import Chain, Jacobian, Let, Series, see_through
from derivations.errors import Undecided
from derivations.functions import Apply, Elementwise, Smooth
from derivations.proof import heads
from derivations.proof.engine import Engine, numbers
from derivations.proof.functions import atom, elementwise, number, power
from derivations.proof.grains import grains, join, meeting
from derivations.proof.links import Links, linked, summed_over
from derivations.proof.normal import UNIT, Poly, product, total
from derivations.proof.places import Place, cell, in_block, in_whole, matrix_place, part_of, places, runs
from derivations.symbols import Constant, Explicit, Expression, Node

HALF = Fraction(1, 2)


def entry(p: Engine, e: Expression, row: Place, col: Place) -> Poly:
    """The entry of an expression at a row and a column, derivatives in it taken along the graph.

    Raises Undecided for what the proof has no rule for.
    """
    return _entry(see_through(e), p, row, col)


@singledispatch
def _entry(e: Expression, p: Engine, row: Place, col: Place) -> Poly:
    raise Undecided(f"the proof has no rule for {type(e).__name__}")


@_entry.register
def _(e: Constant, p: Engine, row: Place, col: Place) -> Poly:
    return number(p.space, e.value)


@_entry.register
def _(e: Explicit, p: Engine, row: Place, col: Place) -> Poly:
    i, j = (0 if place is None else in_block(place, (None,) * size)[0]
            for place, size in zip((row, col), e.args[0].shape, strict=True))
    return number(p.space, e.args[0][i, j])


@_entry.register
def _(e: Eye, p: Engine, row: Place, col: Place) -> Poly:
    return p.delta(row, col)


@_entry.register(Ones)
def _(e: Expression, p: Engine, row: Place, col: Place) -> Poly:
    return UNIT


@_entry.register(Zeros)
def _(e: Expression, p: Engine, row: Place, col: Place) -> Poly:
    return Poly()


@_entry.register
def _(e: Node, p: Engine, row: Place, col: Place) -> Poly:
    structure = e.family.structure
    if "zero" in structure and e.family not in p.model.rules:
        return Poly()
    if "diagonal" in structure:
        return p.delta(row, col) * p.space.factor(heads.Entry(e, cell(row), ()), numbers(row))
    if "symmetric" in structure and cell(row) > cell(col):
        row, col = col, row
    return p.space.factor(heads.Entry(e, cell(row), cell(col)), numbers(row, col))


@_entry.register
def _(e: Plus, p: Engine, row: Place, col: Place) -> Poly:
    return total(entry(p, term, row, col) for term in e.args)


@_entry.register
def _(e: Had, p: Engine, row: Place, col: Place) -> Poly:
    return product(entry(p, factor, row, col) for factor in e.args)


@_entry.register
def _(e: Times, p: Engine, row: Place, col: Place) -> Poly:
    rest = [f for f in e.args if not f.is_scalar]
    out = product(entry(p, f, None, None) for f in e.args if f.is_scalar)
    return out * _chain(p, rest, row, col) if rest else out


def _chain(p: Engine, factors: list[Expression], row: Place, col: Place) -> Poly:
    """A matrix product from the left: entries at a row, one for each place of the column that is reached."""
    inner = meeting(factors)
    reached: list[tuple[Place, Poly]] = [(row, UNIT)]
    for factor, grain in zip(factors, [*inner, None], strict=True):
        last = factor is factors[-1] and grain is None
        after: list[tuple[Place, Poly]] = []
        for place in [col] if last else places(grain):
            terms = (p.space.sum(so_far * entry(p, factor, k, place), runs(k)) if k is not row else
                     so_far * entry(p, factor, k, place) for k, so_far in reached)
            after.append((place, total(terms)))
        reached = after
    return reached[0][1]


@_entry.register
def _(e: Diag, p: Engine, row: Place, col: Place) -> Poly:
    return p.delta(row, col) * entry(p, e.args[0], row, None)


@_entry.register
def _(e: Transposed, p: Engine, row: Place, col: Place) -> Poly:
    return entry(p, e.args[0], col, row)


@_entry.register(Inverse)
@_entry.register(Det)
@_entry.register(Trace)
def _(e: Expression, p: Engine, row: Place, col: Place) -> Poly:
    from derivations.proof.square import of_square

    return of_square(p, e, row, col)


@_entry.register
def _(e: Stack, p: Engine, row: Place, col: Place) -> Poly:
    part, place = part_of(e, row, col)
    return entry(p, part, *place)


@_entry.register
def _(e: Block, p: Engine, row: Place, col: Place) -> Poly:
    return entry(p, e.args[0], *in_whole(e, row, col))


@_entry.register
def _(e: Vec, p: Engine, row: Place, col: Place) -> Poly:
    return entry(p, e.args[0], *matrix_place(row, e.args[0]))


@_entry.register
def _(e: Let, p: Engine, row: Place, col: Place) -> Poly:
    return entry(p, e.body, row, col)


# ---- functions


@_entry.register
def _(e: Apply, p: Engine, row: Place, col: Place) -> Poly:
    if isinstance(e.function, Smooth):
        return open_value(p, e.function, (), e.argument, row)
    return _applied(p, e.function, entry(p, e.argument, row, col))


def _applied(p: Engine, function: Elementwise, argument: Poly) -> Poly:
    """An elementwise function at an entry; an author's own function is its definition, differentiated if need be."""
    if function.body is None:
        return elementwise(p.space, function, argument)
    from derivations.proof.product_rule import derive
    from derivations.proof.rebuild import replaced

    placeholder, body = function.body
    head = p.space.head(heads.Entry(placeholder, (), ()))
    value = entry(p, body, None, None)
    for _ in range(function.order):
        value = derive(p, value, lambda node, row, col: UNIT if node == placeholder else Poly())
    return replaced(p, value, {head: argument})


def open_value(p: Engine, function: Smooth, by: tuple[Place, ...], argument: Expression, at: Place) -> Poly:
    """An entry of an open function at a vector, differentiated by the entries of the vector at these places."""
    grain = grains(argument)[0]
    inside = tuple((cell(k), p.space.fixed_body(entry(p, argument, k, None), numbers(k))) for k in places(grain))
    return open_factor(p, function, at, by, inside)


def open_factor(p: Engine, function: Smooth, at: Place, by: tuple[Place, ...],
                inside: tuple[tuple[heads.Cell, heads.Body], ...]) -> Poly:
    """The factor of an open function; the derivatives stand in the order of their cells."""
    by = tuple(sorted(by, key=lambda place: str(cell(place))))
    meaning = heads.Open(function, cell(at), tuple(map(cell, by)), inside)
    return p.space.factor(meaning, numbers(at, *by))


# ---- norms


@_entry.register
def _(e: Norm, p: Engine, row: Place, col: Place) -> Poly:
    inside = e.args[0]
    rows, cols = grains(inside)
    spots = list(cartesian(places(rows), places(cols)))
    values = [(r, c, entry(p, inside, r, c)) for r, c in spots]
    matrix = bool(inside.axes[0] and inside.axes[1])
    if e.kind == "F" or (e.kind == "2" and not matrix):
        squares = total(p.space.sum(v * v, runs(r, c)) for r, c, v in values)
        return power(p.space, squares, HALF)
    if e.kind == "1":
        from derivations.functions import absolute
        return total(p.space.sum(atom(p.space, absolute, v), runs(r, c)) for r, c, v in values)
    body = tuple(((cell(r), cell(c)), p.space.fixed_body(v, numbers(r, c))) for r, c, v in values)
    return p.space.factor(heads.Norm(e.kind, body))


# ---- steps


@_entry.register
def _(e: Chain, p: Engine, row: Place, col: Place) -> Poly:
    right = e.latest == "right"
    if right:  # the product of the transposes, read the other way round
        row, col = col, row
    rows, cols = grains(e.body)
    grain = join(rows, cols)
    with p.over(e.first, e.last) as step:
        body = e.body.subs(e.bound, step)
        bodies: Links = []
        for a, b in cartesian(places(grain), places(grain)):
            bodies.append((a, b, entry(p, body, b, a) if right else entry(p, body, a, b)))
        return linked(p, step, e.first, e.last, bodies, row, col, body.T if right else body)


@_entry.register
def _(e: Series, p: Engine, row: Place, col: Place) -> Poly:
    return summed_over(p, e.first, e.last, lambda step: entry(p, e.body.subs(e.bound, step), row, col))


# ---- derivatives


@_entry.register
def _(e: Jacobian, p: Engine, row: Place, col: Place) -> Poly:
    from derivations.proof.differentiate import jacobian

    if e.kind == "gradient":
        return jacobian(p, e, (None, None), (row, col))
    return jacobian(p, e, matrix_place(row, e.y), matrix_place(col, e.x))


def as_expr(x: object) -> Expr:
    return Integer(x) if isinstance(x, int) else x
