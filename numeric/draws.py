"""Random leaves, in strata that a wrong formula cannot all hide in.

A draw is keyed by (seed, claim, sizes, stratum, leaf) and its index, never by its position in the run: the same key
gives the same numbers whatever else is drawn.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from derivations.symbols import Family
from numeric.plan import Leaf

# the share of each stratum in a sweep; balanced draws are mandatory
STRATA: dict[str, float] = {"balanced": 0.5, "tiny": 0.1, "saturated": 0.12, "loguniform": 0.12, "structured": 0.12,
                            "zeros": 0.04}


@dataclass(frozen=True)
class Key:
    """What a draw depends on, beside its stratum, leaf and index."""

    seed: int
    claim: str
    sizes: tuple[tuple[str, int], ...]

    def generator(self, *words: str) -> np.random.Generator:
        text = "|".join((self.claim, *(f"{name}={size}" for name, size in self.sizes), *words))
        return np.random.default_rng([self.seed, zlib.crc32(text.encode()), len(text)])


def is_parameter(leaf: Leaf) -> bool:
    return isinstance(leaf.owner, Family) and not leaf.owner.indexed


def _name(leaf: Leaf) -> str:
    if isinstance(leaf.owner, Family):
        return f"{leaf.owner}{'[]' if leaf.owner.indexed else ''}"
    return f"{leaf.owner.name}.{leaf.part}"


@dataclass(frozen=True)
class Turn:
    """Among the parameters, whose turn it is at each index."""

    parameters: Sequence[Leaf]
    leaf: Leaf

    def mask(self, count: int) -> np.ndarray:
        return np.asarray(np.arange(count) % len(self.parameters) == self.parameters.index(self.leaf))


def _normal(key: Key, stratum: str, leaf: Leaf, count: int) -> np.ndarray:
    return key.generator(stratum, _name(leaf)).standard_normal((count, *leaf.shape))


def _balanced(key: Key, leaf: Leaf, count: int, turn: Turn) -> np.ndarray:
    return _normal(key, "balanced", leaf, count)


def _tiny(key: Key, leaf: Leaf, count: int, turn: Turn) -> np.ndarray:
    return _normal(key, "tiny", leaf, count) * (1e-4 if is_parameter(leaf) else 1.0)


def _saturated(key: Key, leaf: Leaf, count: int, turn: Turn) -> np.ndarray:
    """One parameter is large, which saturates what it drives; which one goes round with the index."""
    values = _normal(key, "saturated", leaf, count)
    if is_parameter(leaf):
        values[turn.mask(count)] *= 12.0
    return values


def _loguniform(key: Key, leaf: Leaf, count: int, turn: Turn) -> np.ndarray:
    where = key.generator("loguniform", _name(leaf)).uniform(-1, 1, (count, *leaf.shape))
    return np.asarray(np.where(where < 0, -1.0, 1.0) * 10.0 ** (4 * np.abs(where) - 3))


def _structured(key: Key, leaf: Leaf, count: int, turn: Turn) -> np.ndarray:
    """Parameters of rank one and signed permutations in turn; everything else is balanced."""
    values = _normal(key, "structured", leaf, count)
    if not is_parameter(leaf) or min(leaf.shape) < 2:
        return values
    generator = key.generator("structured", _name(leaf), "shape")
    rows, cols = leaf.shape
    for index in range(count):
        if index % 2:
            values[index] = np.outer(values[index, :, 0], values[index, 0])
        else:
            order = generator.permutation(max(rows, cols))
            values[index] *= np.eye(max(rows, cols))[order][:rows, :cols]
    return values


def _zeros(key: Key, leaf: Leaf, count: int, turn: Turn) -> np.ndarray:
    """One parameter is exactly zero; which one goes round with the index."""
    values = _normal(key, "zeros", leaf, count)
    if is_parameter(leaf):
        values[turn.mask(count)] = 0.0
    return values


MAKERS = {"balanced": _balanced, "tiny": _tiny, "saturated": _saturated, "loguniform": _loguniform,
          "structured": _structured, "zeros": _zeros}


def draw(key: Key, leaves: Sequence[Leaf], stratum: str, count: int) -> list[np.ndarray]:
    """``count`` draws of every leaf, the axis of draws first."""
    parameters = [leaf for leaf in leaves if is_parameter(leaf)]
    return [structured(leaf, MAKERS[stratum](key, leaf, count, Turn(parameters, leaf))) for leaf in leaves]


def structured(leaf: Leaf, values: np.ndarray) -> np.ndarray:
    """The values with the structure that was declared with the node."""
    declared = leaf.owner.structure if isinstance(leaf.owner, Family) else ()
    for word, impose in STRUCTURES.items():
        if word in declared:
            values = impose(values)
    return values


def signs_on_diagonal(v: np.ndarray) -> np.ndarray:
    """1 or -1 for each entry of the diagonal of what an orthogonal matrix is made from."""
    return np.asarray(np.where(np.eye(v.shape[-1], dtype=bool), np.where(v < 0, -1.0, 1.0), v))


# in an order in which none undoes another; what is positive is not zero
STRUCTURES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "positive": lambda v: np.asarray(np.where(v == 0, 1.0, np.abs(v))),
    "symmetric": lambda v: (v + np.swapaxes(v, -1, -2)) / 2,
    "diagonal": lambda v: v * np.eye(v.shape[-1]),
    "orthogonal": signs_on_diagonal,
    "zero": lambda v: v * 0.0,
}
