"""Every figure's numbers at small sizes, with as many places as it is drawn with, measured once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from numeric.figures import explosion, prevention, single_path, terms, vanishing
from numeric.figures.measured import Measured
from numeric.figures.table import ROWS, Asked

DRAWS = 3
STEPS = {"vanishing": 1000, "terms": 60, "single-path": 4, "prevention": 100, "explosion": 30}
SIZES = {"vanishing": (6, 4), "terms": (4, 3), "single-path": (4, 3, 2), "prevention": (3, 2), "explosion": (4, 3)}
MODULES: dict[str, Any] = dict(zip((row.name for row in ROWS), (vanishing, terms, single_path, prevention, explosion),
                                   strict=True))


def asked(name: str, steps: int, draws: int = DRAWS, seed: int = 0) -> Asked:
    return Asked(name, seed, draws, steps)


@lru_cache(maxsize=8)
def measured(name: str) -> Measured:
    found: Measured = MODULES[name].measure(asked(name, STEPS[name]), *SIZES[name])
    return found
