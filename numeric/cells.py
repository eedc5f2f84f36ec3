"""What is found of a claim, cell by cell: a cell is a case at given sizes and steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivations.claim import Claim
from derivations.symbols import Step
from derivations.verdict import Status
from numeric.arrays import Misfit
from numeric.exact.decide import Decision, Outcome
from numeric.ledger import probes
from numeric.program import Program, trace
from numeric.sizes import Sizes

MODE = {"ones": "forward", "exact": "forward", "large": "forward",
        "main": "reverse", "given": "reverse", "far": "reverse", "region": "forward"}


@dataclass
class Cell:
    """What was found in one cell."""

    case: int
    sizes: Sizes
    at: Mapping[Step, int]
    floats: int = 0  # draws
    resolved: int = 0  # consistent, with a bound narrow enough to be evidence
    worst: float = 0.0
    zero: int = 0  # draws in which both sides are exactly zero
    exact: int = 0  # draws in which balls agree
    towers: Outcome | None = None  # what prime towers say, where they reach
    excluded: int = 0  # draws at a kink in which the sides differ
    unknown: list[str] = field(default_factory=list)
    refuted: Decision | None = None
    leaves: dict[tuple[Any, str], np.ndarray] = field(default_factory=dict)  # of the draw that refutes
    shapes: str = ""  # of sides that do not fit

    @property
    def status(self) -> Status:
        if self.refuted is not None or self.shapes:
            return Status.REFUTED
        if self.towers is Outcome.DIFFERS or self.unknown or self.excluded * 3 > self.resolved + self.exact:
            return Status.UNDECIDED
        if not self.resolved + self.exact + self.zero and self.towers is None:
            return Status.UNDECIDED
        return Status.AGREES

    @property
    def reason(self) -> str:
        """Why it is undecided."""
        if self.unknown:
            return self.unknown[0]
        if self.towers is Outcome.DIFFERS:
            return "prime towers tell the sides apart, balls do not: equal by a law that towers do not know, or nearly"
        return "it is not differentiable where the sides differ" if self.excluded else "every error bound was too wide"

    @property
    def contradictory(self) -> bool:
        """Balls tell apart what two prime towers found equal: the checker is broken."""
        return self.refuted is not None and self.towers is Outcome.AGREES

    @property
    def values(self) -> dict[Any, int]:
        return {**self.sizes.values, **self.at}


@dataclass
class Findings:
    """All cells of a claim, the ledger of each case, and what the rungs say of themselves."""

    cells: list[Cell] = field(default_factory=list)
    ledger: dict[tuple[int, str], int] = field(default_factory=dict)
    xla_draws: int = 0
    false_accept: float | None = None  # the chance that towers found equal what is not
    discarded: int = 0  # draws of towers with a zero denominator
    levels: int = 0
    out_of_class: str = ""


@dataclass(frozen=True)
class Traced:
    """Cases of a claim in one program: the sides of each, then every change that the ledger makes to a side."""

    cases: list[int]
    program: Program
    changes: list[tuple[int, int, str]]  # case, the result that is its side, what was changed

    @property
    def width(self) -> int:
        return len(self.program.shapes) - len(self.changes)

    def sides(self, claim: Claim) -> Iterator[tuple[int, range]]:
        """Each case with the places of its sides among the results."""
        start = 0
        for k in self.cases:
            stop = start + len(claim.cases[k].sides)
            yield k, range(start, stop)
            start = stop


def traced(claim: Claim, sizes: Sizes, instances: Sequence[Mapping[Step, int]]) -> Iterator[Traced | tuple[int, str]]:
    """One program with every case in it where all fit; else one a case, or the case and the shapes that do not fit."""
    try:
        yield _traced(claim, list(range(len(claim.cases))), sizes, instances)
        return
    except Misfit:
        pass
    for k in range(len(claim.cases)):
        try:
            yield _traced(claim, [k], sizes, instances)
        except Misfit as misfit:
            yield k, str(misfit)


def _traced(claim: Claim, cases: list[int], sizes: Sizes, instances: Sequence[Mapping[Step, int]]) -> Traced:
    sides = [(k, side) for k in cases for side in claim.cases[k].sides]
    wanted = claim.expect == "holds" and sizes.role in ("main", "given")
    changes = [(k, place, label, variant) for place, (k, side) in enumerate(sides if wanted else ())
               for label, variant in probes(side)]
    expressions = [*(side for _, side in sides), *(variant for *_, variant in changes)]
    program = trace(claim.model, expressions, sizes.values, instances, MODE[sizes.role])
    return Traced(cases, program, [(k, place, label) for k, place, label, _ in changes])
