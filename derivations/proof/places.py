"""Places on an axis: what an entry of an expression is taken at: one cell of the axis, with its indices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from sympy import Expr, Tuple

from derivations.algebra import Block, Stack
from derivations.errors import Undecided
from derivations.proof.grains import Blocks, Grain, Leaf, Pair, grains, size_of
from derivations.proof.normal import fresh
from derivations.symbols import Expression, length


class Index(NamedTuple):
    """A place on an axis in one piece: an index, which runs to the size."""

    number: int
    size: Expr


class At(NamedTuple):
    """A place in block k of an axis that is cut into blocks of these sizes."""

    k: int
    sizes: tuple[Expr, ...]
    place: Place


class Two(NamedTuple):
    """A place on the axis of vec(M)."""

    row: Place
    col: Place


class Only(NamedTuple):
    """The place on an axis with one entry."""


Place = Index | At | Two | Only | None
ONLY = Only()


def places(grain: Grain) -> list[Place]:
    """Every cell of an axis with new indices: what a sum over the axis ranges over."""
    return list(_places(grain))


def _places(grain: Grain) -> Iterator[Place]:
    if grain is None:
        yield None
    elif isinstance(grain, Leaf):
        yield ONLY if grain.size == 1 else Index(fresh(), grain.size)
    elif isinstance(grain, Blocks):
        sizes = tuple(map(size_of, grain.parts))
        for k, part in enumerate(grain.parts):
            yield from (At(k, sizes, place) for place in _places(part))
    else:
        for row, col in product(_places(grain.rows), _places(grain.cols)):
            yield Two(row, col)


def runs(*spots: Place) -> list[Index]:
    """The indices of places, in order."""
    out: list[Index] = []
    for p in spots:
        if isinstance(p, Index):
            out.append(p)
        elif isinstance(p, At):
            out += runs(p.place)
        elif isinstance(p, Two):
            out += runs(p.row, p.col)
    return out


def cell(place: Place) -> tuple[object, ...]:
    """A place without its indices: which cell of the axis it is."""
    if isinstance(place, At):
        return ("at", place.k, place.sizes, cell(place.place))
    if isinstance(place, Two):
        return ("two", cell(place.row), cell(place.col))
    return ("index", place.size) if isinstance(place, Index) else () if place is None else ("only",)


def put(place: Place, indices: Iterator[int]) -> Place:
    """The same cell at other indices."""
    if isinstance(place, Index):
        return Index(next(indices), place.size)
    if isinstance(place, At):
        return place._replace(place=put(place.place, indices))
    if isinstance(place, Two):
        row = put(place.row, indices)
        return Two(row, put(place.col, indices))
    return place


def in_block(place: Place, axis: Tuple) -> tuple[int, Place]:
    """In which block of an axis a place lies, and where in it."""
    if len(axis) < 2:
        return 0, place
    if isinstance(place, At) and len(place.sizes) == len(axis):
        return place.k, place.place
    if isinstance(place, Two) and isinstance(place.col, At):
        return place.col.k, Two(place.row, place.col.place)
    raise Undecided("blocks of an axis that is cut differently")


def at_block(k: int, place: Place, grain: Grain, axis: Tuple) -> Place:
    """The place in the whole axis of a place in its block k; the reverse of ``in_block``."""
    if len(axis) < 2:
        return place
    if isinstance(grain, Blocks):
        return At(k, tuple(map(size_of, grain.parts)), place)
    if isinstance(grain, Pair) and isinstance(grain.cols, Blocks) and isinstance(place, Two):
        return Two(place.row, At(k, tuple(map(size_of, grain.cols.parts)), place.col))
    raise Undecided("blocks of an axis that is cut differently")


def part_of(x: Stack, row: Place, col: Place) -> tuple[Expression, tuple[Place, Place]]:
    """The part of a stack in which an entry lies, and the entry's place in it."""
    spots = [row, col]
    k, inner = in_block(spots[x.direction], x.axes[x.direction])
    for part in x.parts:
        axis = part.axes[x.direction]
        if k < max(len(axis), 1):
            break
        k -= max(len(axis), 1)
    spots[x.direction] = at_block(k, inner, grains(part)[x.direction], axis) if axis else None
    return part, (spots[0], spots[1])


def in_whole(x: Block, row: Place, col: Place) -> tuple[Place, Place]:
    """The place of a block's entry in what it is a block of."""
    spots, whole = [row, col], x.args[0]
    axis, k = x.place
    spots[axis] = at_block(k, spots[axis], grains(whole)[axis], whole.axes[axis])
    return spots[0], spots[1]


def matrix_place(place: Place, e: Expression) -> tuple[Place, Place]:
    """Row and column of the entry of e at a place of vec(e)."""
    if e.axes[0] and e.axes[1]:
        if not isinstance(place, Two):
            raise Undecided(f"an entry of vec({e}) on an axis of length {length(e.axes[0])} that is not cut by columns")
        return place.row, place.col
    return (place, None) if e.axes[0] else (None, place)
