"""The draws of a claim: how many of each stratum, and which steps each is at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import lcm
from typing import Any

import numpy as np

from derivations.algebra import Inverse
from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.functions import Apply, Elementwise
from numeric.draws import STRATA, Key, draw
from numeric.program import Program
from numeric.sizes import Options, Sizes


def strata_for(claim: Claim) -> dict[str, float]:
    """The strata of a claim: zeros and low rank are left out where a function has a kink, or a matrix an inverse."""
    kept = not any(_has_kink(see_through(e)) or see_through(e).has(Inverse) for e in _reached(claim))
    return {name: share for name, share in STRATA.items() if kept or name not in ("zeros", "structured")}


def _reached(claim: Claim) -> list[Any]:
    return [*(e for case in claim.cases for e in case.expressions), *(r.expression for r in claim.model.rules.values())]


@lru_cache(maxsize=1024)
def _has_kink(e: Any) -> bool:
    return any(isinstance(a.function, Elementwise) and a.function.in_table and a.function.row.kink is not None
               for a in e.atoms(Apply))


def drawn(claim: Claim, options: Options, sizes: Sizes, program: Program,
          count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Leaves for ``count`` draws, and each draw's stratum."""
    key = Key(options.seed, claim.id, sizes.key)
    shares = strata_for(claim) if count >= 20 else {"balanced": 1.0}
    total = sum(shares.values())
    counts = [max(1, round(count * share / total)) for share in shares.values()]
    parts = [draw(key, program.leaves, name, number) for name, number in zip(shares, counts, strict=True)]
    labels = np.concatenate([np.full(number, k) for k, number in enumerate(counts)])
    return [np.concatenate(column) for column in zip(*parts, strict=True)], labels


def turns(count: int, places: Sequence[int], parameters: int, start: int = 0) -> np.ndarray:
    """Which of the places each draw is at, in turn.

    In some strata the parameters take turns too: where both would keep step, each place would see one parameter only,
    so after as many draws as both take to come round together, the places move on by one.
    """
    index = np.arange(start, start + count)
    return np.asarray(places)[(index + index // lcm(len(places), max(1, parameters))) % len(places)]
