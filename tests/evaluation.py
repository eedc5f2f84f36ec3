"""Small models with numbers in them: what the numeric layer says of a claim, or computes of an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from derivations.claim import Claim
from derivations.model import Model
from derivations.symbols import Dim, Expression, Step
from derivations.verdict import Status, Verdict
from numeric import Options, check
from numeric.draws import Key, draw
from numeric.program import Program, trace
from numeric.sweep import interpreted

AGREES, REFUTED, UNDECIDED, VACUOUS = Status.AGREES, Status.REFUTED, Status.UNDECIDED, Status.VACUOUS
At = Mapping[Step, int]


NUMBERS = ("exact", "sweep")  # what is tested here: a proof beside them would hide a wrong one


def verdict(claim: Claim, draws: int = 24, **options: Any) -> Verdict:
    """The verdict of numbers alone."""
    found = check(claim, Options(draws=draws, **{"evidence": NUMBERS, **options}))
    assert isinstance(found, Verdict)
    return found


def status(claim: Claim, draws: int = 24, **options: Any) -> Status:
    return verdict(claim, draws, **options).status


def traced(model: Model, expressions: Sequence[Expression], sizes: Mapping[Dim, int], at: At | None = None,
           mode: str = "forward", stratum: str = "balanced", count: int = 1) -> tuple[Program, list[np.ndarray]]:
    """The program of some expressions at one instance of the steps, and draws of its leaves."""
    program = trace(model, expressions, sizes, [at or {}], mode)
    return program, draw(Key(0, "test", ()), program.leaves, stratum, count)


def values(program: Program, leaves: Sequence[np.ndarray], at: At | None = None) -> list[np.ndarray]:
    """Its results for one draw (rows × columns each)."""
    return [v[0] for v in interpreted(program, leaves, program.step_rows([at or {}])).values]


def named(program: Program, leaves: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The leaves of one draw by the name of their node."""
    return {str(leaf.owner): a[0] for leaf, a in zip(program.leaves, leaves, strict=True)}


def evaluated(model: Model, expressions: Sequence[Expression], sizes: Mapping[Dim, int], at: At | None = None,
              mode: str = "forward") -> list[np.ndarray]:
    program, leaves = traced(model, expressions, sizes, at, mode)
    return values(program, leaves, at)


def close(a: np.ndarray, b: np.ndarray, factor: float = 1e-12) -> bool:
    """Equal to many digits: for values that are expected to differ by rounding alone, or by far more."""
    return a.shape == b.shape and bool(np.abs(a - b).max(initial=0) <= factor * max(1.0, np.abs(b).max(initial=0)))
