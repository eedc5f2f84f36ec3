"""One step of an LSTM's state as peers compute it, and the claim about its Jacobian, at the same points.

The state before the step is cut: the last output h = o ∘ tanh(c) responds to it, the gate o does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from derivations.calculus import see_through
from derivations.recurrent.lstm import c, lstm, m, n, o, x
from derivations.symbols import Expression, Family, Step
from numeric.draws import Key, draw
from numeric.program import Program, trace
from numeric.sweep import Sample, interpreted

SIZES = {n: 4, m: 3}
STEP = 3  # the first step at which a variant with a step too early or too late has all of its nodes
CLAIM = next(claim for claim in lstm.claims if claim.id == "lstm.state-gradient")
DERIVATIVE, FORMULA = (see_through(side) for side in CLAIM.cases[0].sides)


@dataclass(frozen=True)
class Point:
    """What the step depends on: the state before it, the last output gate, the input, three weights."""

    c: Any
    o: Any
    x: Any
    W_f: Any
    W_i: Any
    W_c: Any

    def each(self, change: Any) -> Point:
        return Point(*(change(getattr(self, field.name)) for field in fields(self)))


def step(state: Any, point: Point, library: Any) -> Any:
    """The state after the step, in the words that ``jax.numpy`` and ``torch`` share."""
    def gate(z: Any) -> Any:
        return 1 / (1 + library.exp(-z))

    u = library.concatenate([point.o * library.tanh(state), point.x])
    return state * gate(point.W_f @ u) + library.tanh(point.W_c @ u) * gate(point.W_i @ u)


class Points:
    """The claim traced, with candidates for its formula, and draws of one stratum for it."""

    def __init__(self, candidates: Sequence[Expression], stratum: str, count: int) -> None:
        t = Step("t")
        self.candidates = candidates
        at = [c[t - 1], o[t - 1], x[t]]
        self.whole = trace(lstm, [DERIVATIVE, *candidates, *at], SIZES, [{t: STEP}])
        self.leaves = draw(Key(0, "benchmark", ()), self.whole.leaves, stratum, count)
        self.steps = np.full((count, 1), STEP)

    @cached_property
    def sample(self) -> Sample:
        return interpreted(self.whole, self.leaves, self.steps)

    @property
    def program(self) -> Program:
        """The claim and the candidates alone."""
        return self.whole.only(range(1 + len(self.candidates)))

    def matrices(self, candidate: int) -> np.ndarray:
        """A candidate's value at each point."""
        return self.sample.values[1 + candidate]

    @property
    def points(self) -> list[Point]:
        weights = {str(leaf.owner): values for leaf, values in zip(self.whole.leaves, self.leaves, strict=True)
                   if isinstance(leaf.owner, Family) and not leaf.owner.indexed}
        arrays = [*(values[..., 0] for values in self.sample.values[-3:]), *(weights[f"W_{q}"] for q in "fic")]
        return [Point(*(a[k] for a in arrays)) for k in range(len(self.steps))]
