"""Measuring, and the tables in which it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console
from rich.table import Table as Grid


def seconds(run: Callable[[], object], repeats: int = 1) -> float:
    """The shortest time of some: what the machine does beside can only add to it."""
    found = []
    for _ in range(repeats):
        started = perf_counter()
        run()
        found.append(perf_counter() - started)
    return min(found)


@dataclass(frozen=True)
class Table:
    """What was measured: rows of words, and notes that say of what."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def show(self, console: Console) -> None:
        console.print(self.title, style="bold", markup=False)
        grid = Grid(box=None, pad_edge=False, padding=(0, 3, 0, 0))
        for k, column in enumerate(self.columns):
            grid.add_column(column, justify="right" if k else "left")
        for row in self.rows:
            grid.add_row(*row)
        console.print(grid)
        for note in self.notes:
            console.print(note, style="dim", markup=False)
        console.print()


def ratio(value: float, peer: float) -> str:
    """How many times the peer's time, with two digits that mean something."""
    times = value / peer
    return f"{times:.0f}×" if times >= 10 else f"{times:.1f}×" if times >= 1 else f"{times:.2g}×"


def milliseconds(value: float) -> str:
    return f"{1e3 * value:.3g} ms"
