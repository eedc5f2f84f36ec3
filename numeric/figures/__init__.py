"""Figures: the vanishing gradient as it happens, with what is proved of it beside what is measured.

``figures(names)`` draws some; each is a row of ``numeric.figures.table``. They need matplotlib, the extra ``figures``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derivations.report.web.figure import Figure

__all__ = ["figures"]


def figures(names: Sequence[str], seed: int = 0, draws: int | None = None,
            steps: int | None = None) -> tuple[Figure, ...]:
    """The figures of these names, in this order; numbers of draws and steps that are not given are the rows' own.

    Raises FigureError, a DerivationError, for a name that is not in the table, a number out of its range, and where
    matplotlib is not installed.
    """
    from numeric.figures.make import made

    return tuple(each.figure for each in made(names, seed, draws, steps))
