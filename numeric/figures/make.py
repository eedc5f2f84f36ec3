"""A figure from its row: measured once, drawn, and written in each format from the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from derivations.report.web.figure import Figure
from numeric.figures.canvas import Page, png, style, svg
from numeric.figures.measured import Measured
from numeric.figures.table import Asked, Row, chosen


@dataclass(frozen=True)
class Made:
    """A figure, and the same drawing in pixels."""

    figure: Figure
    png: bytes


def made(names: Sequence[str], seed: int = 0, draws: int | None = None, steps: int | None = None) -> Iterator[Made]:
    """The figures of these names, one after the other. Raises FigureError before anything is measured."""
    rows = chosen(names, seed, draws, steps)
    with style(""):  # here, where matplotlib is missing: not after a minute of measuring
        pass
    return (one(row, asked) for row, asked in rows)


def one(row: Row, asked: Asked) -> Made:
    return drawn(row, import_module(row.module).measure(asked))


def drawn(row: Row, measured: Measured) -> Made:
    """What was measured, drawn."""
    with style(row.name):
        page: Page = import_module(row.module).draw(measured)
        page.finish()
        figure = Figure(row.name, row.title, measured.caption, svg(page, row.name, row.title, measured.caption),
                        measured.csv())
        return Made(figure, png(page, row.title, measured.caption))
