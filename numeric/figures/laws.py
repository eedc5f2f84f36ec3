"""How the leaves of a figure's networks are drawn: by the name of the leaf and the seed, whatever else is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from derivations.symbols import Dim, Family
from numeric.draws import Key
from numeric.figures.table import Asked
from numeric.plan import Leaf

WEIGHTS = "entries of a block of W from N(0, 1/its columns), inputs and initial states from N(0, 1)"


def name_of(leaf: Leaf) -> str:
    """A family's name, or an open function's with the part of it that is drawn."""
    return str(leaf.owner) if isinstance(leaf.owner, Family) else f"{leaf.owner.name}.{leaf.part}"


@dataclass(frozen=True)
class Law:
    """Draws of a model's leaves. Standard normal, weights over the square root of the columns of their block.

    ``network`` names what is drawn, apart from other networks of the figure. A draw is the same however many are drawn.
    """

    asked: Asked
    network: str
    sizes: Mapping[Dim, int]

    def generator(self, *words: str) -> np.random.Generator:
        sizes = tuple((str(d), n) for d, n in self.sizes.items())
        return Key(self.asked.seed, f"figure.{self.asked.name}.{self.network}", sizes).generator(*words)

    def draw(self, leaf: Leaf) -> np.ndarray:
        """All draws of a leaf: draws × its shape (steps first, if it has any)."""
        values = self.generator(name_of(leaf)).standard_normal((self.asked.draws, *leaf.shape))
        return np.asarray(values / np.sqrt(self.columns(leaf)))

    def columns(self, leaf: Leaf) -> np.ndarray | float:
        """For each column of a weight, how many its block has; of what is no weight, 1."""
        if not isinstance(leaf.owner, Family):
            return float(leaf.shape[-1])
        if leaf.owner.indexed:
            return 1.0
        widths = [int(size.subs(dict(self.sizes))) for _, size in leaf.owner.axes[1]]
        return np.repeat(widths, widths).astype(float) if widths else 1.0

    def inputs(self, name: str, shape: tuple[int, ...]) -> Callable[[int], np.ndarray]:
        """The next so many steps of a sequence, at each call: draws × steps × shape."""
        generators = [self.generator(name, str(draw)) for draw in range(self.asked.draws)]
        return lambda steps: np.stack([g.standard_normal((steps, *shape)) for g in generators])


def shifted(values: Mapping[str, np.ndarray], weight: str, column: int,
            by: float | np.ndarray) -> dict[str, np.ndarray]:
    """The values, one column of a weight (draws × rows × columns) being a number or one for each draw."""
    changed = values[weight].copy()
    changed[:, :, column] = np.asarray(by, float).reshape(-1, 1)
    return {**values, weight: changed}


def with_one(inputs: Callable[[int], np.ndarray]) -> Callable[[int], np.ndarray]:
    """Inputs (draws × steps × m × 1) whose first entry is 1 at every step: what it meets is a bias."""

    def next_ones(steps: int) -> np.ndarray:
        values = inputs(steps)
        values[:, :, 0] = 1.0
        return values

    return next_ones
