"""Places on an axis: what an entry of an expression is taken at.

An axis of the language is a list of blocks, each with a size. For entries more is known: vec(M) has a pair of places
for each of its own, one of the rows and one of the columns of M, and an axis that meets blocks elsewhere is cut as
they are. A grain says how an axis is cut, a place names one cell of it with its indices.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, singledispatch
from itertools import pairwise, product
from typing import NamedTuple

from sympy import Expr, Integer, Tuple

from derivations.algebra import Block, Diag, Eye, Had, Inverse, Plus, Stack, Times, Transposed, Vec
from derivations.calculus import Jacobian, Let, OverSteps, Use, see_through
from derivations.errors import Undecided
from derivations.functions import Apply, Elementwise
from derivations.proof.normal import fresh
from derivations.symbols import Explicit, Expression, length

CELLS = 12  # an axis of at most so many entries, a number, is taken entry by entry


class Leaf(NamedTuple):
    """An axis in one piece."""

    size: Expr


class Blocks(NamedTuple):
    """An axis in pieces, one after the other."""

    parts: tuple[Grain, ...]


class Pair(NamedTuple):
    """The axis of vec(M): an entry for each entry of M."""

    rows: Grain
    cols: Grain


Grain = Leaf | Blocks | Pair | None


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


# ---- how an axis is cut


def grain_of(axis: Tuple) -> Grain:
    parts = tuple(_leaf(size) for _, size in axis)
    return None if not parts else parts[0] if len(parts) == 1 else Blocks(parts)


def _leaf(size: Expr) -> Grain:
    if size.is_Integer and 1 < int(size) <= CELLS:
        return Blocks((Leaf(Integer(1)),) * int(size))
    return Leaf(size.expand())


def size_of(grain: Grain) -> Expr:
    if isinstance(grain, Leaf):
        return grain.size
    if isinstance(grain, Blocks):
        return sum((size_of(part) for part in grain.parts), Integer(0))
    if isinstance(grain, Pair):
        return (size_of(grain.rows) * size_of(grain.cols)).expand()
    return Integer(1)


def join(a: Grain, b: Grain) -> Grain:
    """The coarsest grain that is at least as fine as both."""
    if a == b or isinstance(b, Leaf):
        return a
    if isinstance(a, Leaf):
        return b
    if isinstance(a, Blocks) and isinstance(b, Blocks) and [*map(size_of, a.parts)] == [*map(size_of, b.parts)]:
        return Blocks(tuple(map(join, a.parts, b.parts)))
    if isinstance(a, Pair) and isinstance(b, Pair):
        return Pair(join(a.rows, b.rows), join(a.cols, b.cols))
    raise Undecided("two axes of one length are cut differently: the proof does not compare them entry by entry")


Grains = tuple[Grain, Grain]


@lru_cache(maxsize=8192)
def grains(e: Expression) -> Grains:
    """How the axes of an expression are cut."""
    return _grains(see_through(e))


@singledispatch
def _grains(e: Expression) -> Grains:
    return grain_of(e.axes[0]), grain_of(e.axes[1])


@_grains.register(Plus)
@_grains.register(Had)
def _(e: Expression) -> Grains:
    rows, cols = grains(e.args[0])
    for part in e.args[1:]:
        r, c = grains(part)
        rows, cols = join(rows, r), join(cols, c)
    return rows, cols


@_grains.register
def _(e: Times) -> Grains:
    rest = [f for f in e.args if not f.is_scalar]
    if not rest:
        return None, None
    inner = meeting(rest)
    rows, cols = grains(rest[0])[0], grains(rest[-1])[1]
    if len(inner) and isinstance(rest[0], (Diag, Eye)):
        rows = inner[0]
    if len(inner) and isinstance(rest[-1], (Diag, Eye)):
        cols = inner[-1]
    return rows, cols


def meeting(factors: list[Expression]) -> list[Grain]:
    """How the axes between the factors of a product are cut: as finely as either neighbour needs, and through diag."""
    own = [grains(f) for f in factors]
    inner = [join(a[1], b[0]) for a, b in pairwise(own)]
    for order in (range(1, len(factors) - 1), range(len(factors) - 2, 0, -1)):
        for k in order:
            if isinstance(factors[k], (Diag, Eye)):
                inner[k - 1] = inner[k] = join(inner[k - 1], inner[k])
    return inner


@_grains.register
def _(e: Diag) -> Grains:
    rows = grains(e.args[0])[0]
    return rows, rows


@_grains.register(Inverse)
@_grains.register(Transposed)
def _(e: Expression) -> Grains:
    rows, cols = grains(e.args[0])
    return cols, rows


@_grains.register
def _(e: Stack) -> Grains:
    along = e.direction
    own = [grains(part) for part in e.parts]
    pieces = tuple(p for part, g in zip(e.parts, own, strict=True) for p in _pieces(g[along], part.axes[along]))
    stacked = pieces[0] if len(pieces) == 1 else Blocks(pieces)
    across = own[0][1 - along]
    for g in own[1:]:
        across = join(across, g[1 - along])
    return (across, stacked) if along else (stacked, across)


def _pieces(grain: Grain, axis: Tuple) -> list[Grain]:
    """A grain as one for each block of the axis."""
    if len(axis) < 2:
        return [Leaf(Integer(1)) if grain is None else grain]
    if isinstance(grain, Blocks) and len(grain.parts) == len(axis):
        return list(grain.parts)
    if isinstance(grain, Pair) and isinstance(grain.cols, Blocks):
        return [Pair(grain.rows, part) for part in grain.cols.parts]
    raise Undecided("blocks of an axis that is cut differently")


@_grains.register
def _(e: Block) -> Grains:
    axis, k = e.place
    out = list(grains(e.args[0]))
    out[axis] = _pieces(out[axis], e.args[0].axes[axis])[k]
    return out[0], out[1]


def vec_grain(rows: Grain, cols: Grain) -> Grain:
    return Pair(rows, cols) if rows is not None and cols is not None else rows if rows is not None else cols


@_grains.register
def _(e: Vec) -> Grains:
    return vec_grain(*grains(e.args[0])), None


@_grains.register
def _(e: Use) -> Grains:
    return grains(e.parameter)


@_grains.register
def _(e: Jacobian) -> Grains:
    return grains(e.x) if e.kind == "gradient" else (vec_grain(*grains(e.y)), vec_grain(*grains(e.x)))


@_grains.register
def _(e: Apply) -> Grains:
    if isinstance(e.function, Elementwise):
        return grains(e.argument)
    return grain_of(e.axes[0]), None


@_grains.register(OverSteps)
def _(e: Expression) -> Grains:
    rows, cols = grains(e.args[0])
    if type(e).__name__ == "Chain":
        rows = cols = join(rows, cols)
    return rows, cols


@_grains.register
def _(e: Let) -> Grains:
    return grains(e.body)


@_grains.register
def _(e: Explicit) -> Grains:
    if max(e.args[0].shape) > CELLS:
        raise Undecided(f"an explicit matrix with more than {CELLS} rows or columns")
    return grain_of(e.axes[0]), grain_of(e.axes[1])


# ---- places


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


def matrix_place(place: Place, e: Expression) -> tuple[Place, Place]:
    """Row and column of the entry of e at a place of vec(e)."""
    if e.axes[0] and e.axes[1]:
        if not isinstance(place, Two):
            raise Undecided(f"an entry of vec({e}) on an axis of length {length(e.axes[0])} that is not cut by columns")
        return place.row, place.col
    return (place, None) if e.axes[0] else (None, place)
