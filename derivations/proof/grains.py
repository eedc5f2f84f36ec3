"""How an axis is cut: in one piece, in blocks, or as the axis of vec(M), by the rows and columns of M.

An axis of the language is a list of blocks, each with a size. For entries more is known: vec(M) has a pair of places
for each of its own, and an axis that meets blocks elsewhere is cut as they are.
"""

from __future__ import annotations

from functools import lru_cache, singledispatch
from itertools import pairwise
from typing import NamedTuple

from sympy import Expr, Integer, Tuple

from derivations.algebra import Block, Diag, Eye, Had, Inverse, Plus, Stack, Times, Transposed, Vec
from derivations.calculus import Jacobian, Let, OverSteps, Use, see_through
from derivations.errors import Undecided
from derivations.functions import Apply, Elementwise
from derivations.symbols import Explicit, Expression

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
