"""Inverses, determinants and traces as polynomials: by rules where an axis is in one piece, written out where it is
short."""

from __future__ import annotations

from fractions import Fraction

from derivations.algebra import Det, Inverse, Times, Trace, Transposed
from derivations.calculus import see_through
from derivations.errors import Undecided
from derivations.proof.engine import Engine
from derivations.proof.entry import entry
from derivations.proof.functions import power
from derivations.proof.grains import grains, join
from derivations.proof.inverses import Matrix, determinant, inverse
from derivations.proof.normal import Poly, product, total
from derivations.proof.places import Index, Place, places, runs
from derivations.symbols import Expression, fits

WRITTEN = 3  # rows of a matrix whose determinant is written out
MINUS = Fraction(-1)


def of_square(p: Engine, e: Expression, row: Place, col: Place) -> Poly:
    """The entry of an inverse, a determinant or a trace. Raises Undecided for matrices cut in blocks."""
    inside = see_through(e.args[0])
    if isinstance(e, Trace):
        return _trace(p, inside)
    return _determinant(p, inside) if isinstance(e, Det) else _inverse(p, inside, row, col)


def _trace(p: Engine, e: Expression) -> Poly:
    """Σ_ij δ_ij A_ij."""
    grain = join(*grains(e))
    return total(p.space.sum(p.delta(i, j) * entry(p, e, i, j), runs(i, j))
                 for i, j in zip(places(grain), places(grain), strict=True))


def _factors(e: Expression) -> tuple[list[Expression], list[Expression]] | None:
    """The scalars and the square matrices of a product of several square matrices."""
    scalars, matrices = ([f for f in e.args if f.is_scalar is scalar] for scalar in (True, False))
    square = isinstance(e, Times) and len(matrices) > 1 and all(f.axes[0] and fits(*f.axes) for f in matrices)
    return (scalars, matrices) if square else None


def _inverse(p: Engine, e: Expression, row: Place, col: Place) -> Poly:
    if isinstance(e, Transposed):
        return entry(p, Inverse(e.args[0]), col, row)
    if isinstance(e, Inverse):
        return entry(p, e.args[0], row, col)
    if isinstance(e, Times) and (found := _factors(e)) is not None:
        scalars, matrices = found
        whole = Times(*(s**-1 for s in scalars), *map(Inverse, reversed(matrices)))
        return entry(p, whole, row, col)
    spots = _spots(e)
    if spots is not None:
        return _written_inverse(p, e, row, col, spots)
    if not isinstance(row, Index) or not isinstance(col, Index):
        raise Undecided(f"the inverse of a matrix in blocks: {e}")
    return inverse(p.space, Matrix(entry(p, e, row, col), row.number, col.number, row.size))


def _determinant(p: Engine, e: Expression) -> Poly:
    if isinstance(e, Transposed):
        return entry(p, Det(e.args[0]), None, None)
    if isinstance(e, Inverse):
        return power(p.space, entry(p, Det(e.args[0]), None, None), MINUS)
    if isinstance(e, Times) and (found := _factors(e)) is not None and not found[0]:
        return product(entry(p, Det(f), None, None) for f in found[1])
    spots = _spots(e)
    if spots is not None:
        return _leibniz([[entry(p, e, i, j) for j in spots] for i in spots])
    [row], [col] = (places(grain) if len(places(grain)) == 1 else [None] for grain in grains(e))
    if not isinstance(row, Index) or not isinstance(col, Index):
        raise Undecided(f"the determinant of a matrix in blocks: {e}")
    return determinant(p.space, Matrix(entry(p, e, row, col), row.number, col.number, row.size))


# ---- matrices of given sizes


def _spots(e: Expression) -> list[Place] | None:
    """The places of a row and of a column, where they are few and have no indices."""
    spots = places(join(*grains(e)))
    return spots if len(spots) <= WRITTEN and not runs(*spots) else None


def _leibniz(rows: list[list[Poly]]) -> Poly:
    """The determinant along the first row."""
    if not rows:
        return Poly.number(1)
    return total((x * _leibniz(_without(rows, 0, k))).scaled(MINUS**k) for k, x in enumerate(rows[0]))


def _without(rows: list[list[Poly]], i: int, j: int) -> list[list[Poly]]:
    return [[x for c, x in enumerate(row) if c != j] for r, row in enumerate(rows) if r != i]


def _written_inverse(p: Engine, e: Expression, row: Place, col: Place, spots: list[Place]) -> Poly:
    """The adjugate over the determinant."""
    rows = [[entry(p, e, i, j) for j in spots] for i in spots]
    i, j = spots.index(row), spots.index(col)
    cofactor = _leibniz(_without(rows, j, i)).scaled(MINUS ** (i + j))
    return cofactor * power(p.space, _leibniz(rows), MINUS)
