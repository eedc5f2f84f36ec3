"""Where on an axis the cells of a proof are, at given sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Expr

from derivations.proof.heads import Cell

Numbers = Mapping[Any, int]  # of dimensions and steps
Array = np.ndarray


def value_of(e: Expr, numbers: Numbers) -> int:
    return int(e.subs(list(numbers.items())))


def total(cell: Cell, numbers: Numbers) -> int:
    """How long the axis is that a cell lies on."""
    kind, words = _words(cell)
    if kind == "index":
        return value_of(words[0], numbers)
    if kind == "at":
        return sum(value_of(size, numbers) for size in words[1])
    return total(words[0], numbers) * total(words[1], numbers) if kind == "two" else 1


def positions(cell: Cell, numbers: Numbers) -> Array:
    """Where on the axis the entries of a cell are: an array over the cell's indices. vec stacks columns."""
    kind, words = _words(cell)
    if kind == "index":
        return np.arange(total(cell, numbers))
    if kind == "at":
        before = sum(value_of(size, numbers) for size in words[1][: words[0]])
        return before + positions(words[2], numbers)
    if kind != "two":
        return np.array(0)
    rows, cols = (positions(word, numbers) for word in words)
    return rows.reshape(rows.shape + (1,) * cols.ndim) + total(words[0], numbers) * cols


def _words(cell: Cell) -> tuple[str, tuple[Any, ...]]:
    """What kind of cell it is, and what it says: a size; a block's number, all sizes and the cell in it; two cells."""
    return (str(cell[0]), cell[1:]) if cell else ("", ())


def taken(a: Array, *where: Array) -> Array:
    """The entries of an array at positions of each axis: an array over the indices of all of them."""
    shape = tuple(n for w in where for n in w.shape)
    return a[np.ix_(*(w.ravel() for w in where))].reshape(shape)
