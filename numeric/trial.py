"""Many candidates for one side of a claim, tried together: one traced program, a few draws, balls and towers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from sympy import Expr

from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.ranges import needs
from derivations.symbols import Dim, Expression, Step
from numeric.arrays import Misfit, Unsupported
from numeric.draws import Key, draw
from numeric.exact.decide import Outcome, decide
from numeric.exact.interpret import OutOfClass
from numeric.exact.moves import Unmoved
from numeric.exact.towers import by_towers
from numeric.program import Program, trace

DRAWS = 3  # draws by balls at each step, the first of each stratum
STRATA = ("balanced", "structured", "loguniform")


class Fate(Enum):
    """What became of a candidate."""

    DIFFERS = "differs"  # balls tell it apart from the other side
    EQUAL = "equal"  # equal to it in two prime towers, or where they do not reach, in every ball
    OPEN = "open"  # neither
    NOWHERE = "nowhere"  # at no step checked do all of its nodes exist


@dataclass(frozen=True)
class Trial:
    """Candidates beside one reference, at given sizes and steps."""

    claim: Claim
    sizes: Mapping[Dim, int]
    instances: Sequence[Mapping[Step, int]]
    seed: int

    def fates(self, reference: Expression, candidates: Sequence[Expression]) -> list[Fate]:
        """The fate of each candidate for standing beside the reference."""
        exists = np.array([self._exist(e) for e in candidates], bool).reshape(len(candidates), -1)
        fates = [Fate.OPEN if row.any() else Fate.NOWHERE for row in exists]
        alive = [k for k, fate in enumerate(fates) if fate is Fate.OPEN]
        traced = self._traced(reference, [candidates[k] for k in alive])
        if traced is None:
            return fates
        program, kept = traced
        alive = [alive[k] for k in kept]
        for index, stratum in enumerate(STRATA):
            left = [j for j, k in enumerate(alive) if fates[k] is Fate.OPEN]
            if left:
                self._by_balls(program, index, stratum, left, alive, exists, fates)
        left = [j for j, k in enumerate(alive) if fates[k] is Fate.OPEN]
        if left:
            self._by_towers(program, left, alive, exists, fates)
        return fates

    def _exist(self, e: Expression) -> list[bool]:
        """At which instances every node of a candidate exists."""
        slacks = list(dict.fromkeys(need.slack for need in needs(self.claim.model, see_through(e))))
        steps = set(e.steps)
        return [steps <= set(at) and all(_at_least_zero(slack, at) for slack in slacks) for at in self.instances]

    def _traced(self, reference: Expression, candidates: Sequence[Expression]) -> tuple[Program, list[int]] | None:
        """The program, and which of the candidates are in it: all, unless some have no numeric meaning."""
        if not candidates:
            return None
        try:
            return self._program([reference, *candidates], self.instances), list(range(len(candidates)))
        except (Misfit, Unsupported):
            fine = [k for k, e in enumerate(candidates) if self._traces(reference, e)]
            if not fine:
                return None
            return self._program([reference, *(candidates[k] for k in fine)], self.instances), fine

    def _program(self, expressions: Sequence[Expression], instances: Sequence[Mapping[Step, int]]) -> Program:
        return trace(self.claim.model, expressions, self.sizes, instances, "forward")

    def _traces(self, reference: Expression, e: Expression) -> bool:
        try:
            self._program([reference, e], self.instances[:1])
        except (Misfit, Unsupported):
            return False
        return True

    def _by_balls(self, program: Program, index: int, stratum: str, left: list[int], alive: list[int],
                  exists: np.ndarray, fates: list[Fate]) -> None:
        key = Key(self.seed, self.claim.id, tuple(sorted((d.name, size) for d, size in self.sizes.items())))
        leaves = draw(key, program.leaves, stratum, len(self.instances))
        try:
            found = decide(program.only([0, *(1 + j for j in left)]), leaves, program.step_rows(self.instances),
                           [(0, 1 + k) for k in range(len(left))], cap=212)
        except (OutOfClass, Unmoved):
            return
        for j, decisions in zip(left, found, strict=True):
            here = exists[alive[j]]
            if any(d.outcome is Outcome.DIFFERS and here[q] for q, d in enumerate(decisions)):
                fates[alive[j]] = Fate.DIFFERS

    def _by_towers(self, program: Program, left: list[int], alive: list[int], exists: np.ndarray,
                   fates: list[Fate]) -> None:
        small, rows = program.only([0, *(1 + j for j in left)]), program.step_rows(self.instances)
        try:
            towers = by_towers(small, rows, [(0, 1 + k) for k in range(len(left))], self.seed)
        except OutOfClass:
            self._by_more_balls(small, left, alive, exists, fates)
            return
        for position, j in enumerate(left):
            here = exists[alive[j]]
            if not (towers.differs[here, position] & towers.decided[here]).any() and towers.decided[here].any():
                fates[alive[j]] = Fate.EQUAL

    def _by_more_balls(self, program: Program, left: list[int], alive: list[int], exists: np.ndarray,
                       fates: list[Fate]) -> None:
        """Outside the class of towers: equal where every ball at every step agrees to many digits."""
        key = Key(self.seed + 1, self.claim.id, ())
        leaves, steps = draw(key, program.leaves, "balanced", len(self.instances)), program.step_rows(self.instances)
        try:
            found = decide(program, leaves, steps, [(0, 1 + k) for k in range(len(left))], cap=848)
        except (OutOfClass, Unmoved):
            return
        for j, decisions in zip(left, found, strict=True):
            here = exists[alive[j]]
            seen = [d.outcome for q, d in enumerate(decisions) if here[q]]
            if seen and all(outcome is Outcome.AGREES for outcome in seen):
                fates[alive[j]] = Fate.EQUAL


def _at_least_zero(slack: Expr, at: Mapping[Step, int]) -> bool:
    value = slack if slack.is_Integer else slack.subs(list(at.items()))
    return bool(value.is_number and value >= 0)
