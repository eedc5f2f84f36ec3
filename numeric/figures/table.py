"""The figures, a row each. What measures and draws one is a module, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derivations.errors import DerivationError

MOST_DRAWS = 10_000


class FigureError(DerivationError, ValueError):
    """A figure that cannot be drawn as it was asked for: its name, its numbers, or what is not installed."""


@dataclass(frozen=True)
class Row:
    """A figure: its name and title, the module that makes it, and how many draws and steps it has.

    The module has ``measure(asked)``, which gives a ``Measured``, and ``draw(measured, page)``, which draws nothing
    but what was measured. ``least`` and ``most``: what the number of steps may be.
    """

    name: str
    title: str
    module: str
    draws: int
    steps: int
    least: int
    most: int


@dataclass(frozen=True)
class Asked:
    """What a figure is made for."""

    name: str
    seed: int
    draws: int
    steps: int


ROWS = (
    Row("vanishing", "How the gradient of a state vanishes over a thousand steps", "numeric.figures.vanishing",
        draws=200, steps=1000, least=2, most=10_000),
    Row("terms", "Which of its four terms carries the gradient of an LSTM's state", "numeric.figures.terms",
        draws=50, steps=60, least=3, most=1000),
    Row("single-path", "What a single path keeps of the gradient of a weight", "numeric.figures.single_path",
        draws=50, steps=20, least=2, most=100),
    Row("prevention", "A forget gate that prevents vanishing, and one that does not", "numeric.figures.prevention",
        draws=20, steps=1000, least=3, most=10_000),
    Row("explosion", "How large W_rec must be for gradients to explode", "numeric.figures.explosion",
        draws=20, steps=100, least=2, most=1000),
)
TABLE = {row.name: row for row in ROWS}


def chosen(names: Sequence[str], seed: int, draws: int | None, steps: int | None) -> list[tuple[Row, Asked]]:
    """The rows of these names, each once, with what is asked of them. Raises FigureError."""
    unknown = [name for name in names if name not in TABLE]
    if unknown:
        raise FigureError(f"{unknown[0]!r} is no figure: expected some of {', '.join(TABLE)}")
    if seed < 0:
        raise FigureError(f"the seed is {seed}: expected a whole number from 0 on")
    if draws is not None and not 1 <= draws <= MOST_DRAWS:
        raise FigureError(f"{draws} draws: expected from 1 to {MOST_DRAWS}")
    found = []
    for row in map(TABLE.__getitem__, dict.fromkeys(names)):
        wanted = row.steps if steps is None else steps
        if not row.least <= wanted <= row.most:
            raise FigureError(f"{wanted} steps: the figure {row.name} takes from {row.least} to {row.most}; "
                              "draw it by itself to give it a number of its own")
        found.append((row, Asked(row.name, seed, row.draws if draws is None else draws, wanted)))
    return found
