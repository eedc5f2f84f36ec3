"""One program and many draws: what floats, balls, prime towers and XLA say of its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from derivations.claim import Claim, holds_at
from derivations.symbols import Step
from numeric.cells import Cell, Findings, Traced
from numeric.draws import is_parameter
from numeric.exact.decide import PRECISIONS, Decision, Outcome, decide
from numeric.exact.interpret import OutOfClass
from numeric.exact.moves import Unmoved
from numeric.exact.towers import by_towers
from numeric.ledger import ENOUGH
from numeric.program import Program
from numeric.sampling import drawn, turns
from numeric.sizes import LEAST, MANY, Effort, Options, Sizes
from numeric.sweep import Compilation, Sample, compare, interpreted, told_apart


@dataclass(frozen=True)
class Sides:
    """A case in a program: the places of its sides among the results, and its cells."""

    places: range
    cells: list[Cell]

    @property
    def fits(self) -> bool:
        return not self.cells[0].shapes


class Run:
    """One program and the draws that run through it together: each draw is at one of the steps, in turn."""

    def __init__(self, claim: Claim, options: Options, sizes: Sizes, instances: Sequence[Mapping[Step, int]],
                 traced: Traced, draws: int, needed: Effort) -> None:
        self.claim, self.options, self.sizes, self.instances, self.traced = claim, options, sizes, instances, traced
        self.draws, self.needed = draws, needed
        self.program = traced.program.only(list(range(traced.width)))
        self.inside = [q for q, at in enumerate(instances) if needed.within is not None
                       and holds_at(claim.fails, {**sizes.values, **at})]
        self.leaves, self.strata, self.turn = self._drawn()
        self.steps = self.program.step_rows([instances[int(q)] for q in self.turn])
        self.cases: list[Sides] = []
        for k, sides in traced.sides(claim):
            shapes = [self.program.shapes[side] for side in sides]
            fit = "" if len(set(shapes)) == 1 else " = ".join(f"{r} × {c}" for r, c in shapes)
            self.cases.append(Sides(sides, [Cell(k, sizes, at, shapes=fit) for at in instances]))
        self.compilation: Compilation | None = None
        self.sample: Sample | None = None
        self.replaced: set[int] = set()  # instances that another run has taken over

    def _drawn(self) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """The leaves, the stratum and the place of each draw. First every place gets a few, where few are enough."""
        every = range(len(self.instances))
        share = self.draws // len(every)
        few = min(self.needed.within or 0, share) if self.inside else 0
        rest = [q for q in every if q not in self.inside]
        count = few * len(every) + (share - few) * len(rest) if few else self.draws
        leaves, strata = drawn(self.claim, self.options, self.sizes, self.program, max(count, 2 * len(every)))
        parameters = sum(map(is_parameter, self.program.leaves))
        first = min(few * len(every), len(strata)) if few and rest else len(strata)
        turn = np.concatenate([turns(first, every, parameters),
                               turns(len(strata) - first, rest or every, parameters, first)])
        return leaves, strata, turn

    @property
    def cells(self) -> list[Cell]:
        return [cell for case in self.cases for q, cell in enumerate(case.cells) if q not in self.replaced]

    def unsettled(self) -> Run | None:
        """The places that were expected to be refuted and are not, with all the draws that others get."""
        left = [q for q in self.inside if any(case.fits and case.cells[q].refuted is None for case in self.cases)]
        if not left:
            return None
        self.replaced.update(left)
        return Run(self.claim, self.options, self.sizes, [self.instances[q] for q in left], self.traced, self.draws,
                   replace(self.needed, within=None))

    # ---- floats

    def by_floats(self) -> None:
        """The interpreted sweep; where it leaves doubt, balls decide."""
        if "sweep" not in self.options.evidence:
            return
        if self.needed.compiled and self.sizes.role in MANY and self.draws >= LEAST:
            self.compilation = Compilation(self.program, self.leaves, self.steps)
        self.sample = interpreted(self.program, self.leaves, self.steps)
        self._compare(self.sample, counted=True)

    def by_xla(self, found: Findings) -> None:
        """The compiled sweep, with the bounds of the interpreted one."""
        if self.compilation is not None and self.sample is not None:
            self._compare(self.compilation.sample(self.sample.bounds), counted=False)
            found.xla_draws += len(self.turn)

    def _compare(self, sample: Sample, *, counted: bool) -> None:
        """Count a sample's draws (once, though XLA repeats them), and let balls decide where it leaves doubt."""
        doubtful = [np.zeros(len(self.turn), bool) for _ in self.cases]
        for case, doubt in zip(self.cases, doubtful, strict=True):
            for k in case.places[1:] if case.fits else ():
                comparison = compare(sample, case.places[0], k)
                doubt |= ~comparison.consistent
                for q, cell in enumerate(case.cells if counted else ()):
                    mine = self.turn == q
                    cell.floats += int(mine.sum())
                    cell.resolved += int(comparison.resolved[mine].sum())
                    cell.zero += int(comparison.zero[mine].sum())
                    cell.worst = max(cell.worst, float(comparison.ratio[mine].max(initial=0.0)))
        by_place = [[np.flatnonzero(doubt & (self.turn == q)).tolist() for q in range(len(self.instances))]
                    for doubt in doubtful]
        for some in (slice(1), slice(1, 2), slice(2, None)):  # the first of a cell may refute it
            self._decide([[k for mine in places for k in mine[some]] for places in by_place], doubtful)

    # ---- exact numbers

    def by_exact_numbers(self, found: Findings) -> None:
        """Some draws of each stratum by balls, in every cell; and prime towers at the sizes that are for them."""
        if "exact" not in self.options.evidence:
            return
        chosen = [k for q in range(len(self.instances)) for k in self._some(q)]
        self._decide([chosen] * len(self.cases))
        if self.sizes.role in ("exact", "given") or not self.sizes.values:
            fitting = [case for case in self.cases if case.fits]
            together = len(fitting) > 1 and self._by_towers(fitting, found)
            for case in () if together else fitting:
                self._by_towers([case], found)

    def _some(self, q: int) -> list[int]:
        """Draws of one cell for balls: balanced ones, then the first of each stratum."""
        most = self.needed.balls
        share = {"large": 0, "main": most // 4}.get(self.sizes.role, most // 2) if len(self.instances) > 1 else most
        count = 1 if self.sizes.role == "far" else share
        mine = np.flatnonzero(self.turn == q)
        balanced = mine[self.strata[mine] == 0][: max(1, count // 2)].tolist()
        first_of_each = [int(mine[self.strata[mine] == s][0]) for s in np.unique(self.strata[mine])]
        return list(dict.fromkeys([*balanced, *first_of_each]))[:count]

    def _results(self, cases: Sequence[Sides]) -> tuple[Program, list[list[tuple[int, int]]]]:
        """The program of some cases, and for each of these the pairs of results that should be equal."""
        program, pairs, first = self.program.only([k for case in cases for k in case.places]), [], 0
        for case in cases:
            pairs.append([(first, first + k) for k in range(1, len(case.places))])
            first += len(case.places)
        return program, pairs

    def _by_towers(self, cases: Sequence[Sides], found: Findings) -> bool:
        """Several cases at once, unless that leaves one open which may be decided by itself."""
        program, pairs = self._results(cases)
        try:
            towers = by_towers(program, program.step_rows(self.instances), [*chain(*pairs)], self.options.seed)
        except (OutOfClass, Unmoved) as reason:
            if len(cases) == 1:
                found.out_of_class = str(reason)
            return False
        if len(cases) > 1 and not towers.decided.all():
            return False
        differs = np.split(towers.differs, np.cumsum([len(mine) for mine in pairs])[:-1], axis=1)
        for case, apart in zip(cases, differs, strict=True):
            for cell, decided, differing in zip(case.cells, towers.decided, apart, strict=True):
                if decided:
                    cell.towers = Outcome.DIFFERS if differing.any() else Outcome.AGREES
        differing = [q for q in range(len(self.instances))
                     if any(case.cells[q].towers is Outcome.DIFFERS for case in cases)]
        if differing:
            self.by_many_digits(differing)
        found.false_accept = max(found.false_accept or 0.0, towers.false_accept)
        found.discarded += towers.discarded
        found.levels = max(found.levels, towers.levels)
        return True

    def by_many_digits(self, instances: Sequence[int] | None = None) -> None:
        """One draw in each cell at the highest precision: a defect may be too small for fewer digits."""
        draws = [int(np.flatnonzero(self.turn == q)[0])
                 for q in (range(len(self.instances)) if instances is None else instances)]
        self._decide([draws] * len(self.cases), first=PRECISIONS[-1])

    # ---- balls

    def _decide(self, wanted: Sequence[Sequence[int]], doubtful: Sequence[np.ndarray] | None = None,
                first: int = PRECISIONS[0]) -> None:
        """The wanted draws of each case by balls, but for those of cells that are refuted."""
        together: dict[tuple[int, ...], list[int]] = {}
        for c, (case, draws) in enumerate(zip(self.cases, wanted, strict=True)):
            left = tuple(k for k in draws if case.fits and case.cells[self.turn[k]].refuted is None)
            if left:
                together.setdefault(left, []).append(c)
        for draws, members in together.items():
            several = len(members) > 1 and first == PRECISIONS[0]
            still = self._at_once(draws, members) if several else [list(draws)] * len(members)
            for c, more in zip(members, still, strict=True):
                if more:
                    self._one_by_one(self.cases[c], more, None if doubtful is None else doubtful[c], first)

    def _at_once(self, draws: Sequence[int], members: Sequence[int]) -> list[list[int]]:
        """Cases that have much in common, with few digits; for each, the draws that need more."""
        cases = [self.cases[c] for c in members]
        program, pairs = self._results(cases)
        try:
            decisions = iter(self._balls(program, draws, [*chain(*pairs)], PRECISIONS[0], PRECISIONS[0]))
        except (OutOfClass, Unmoved):
            return [list(draws)] * len(cases)
        still = []
        for case, mine in zip(cases, pairs, strict=True):
            per_draw = list(zip(*(next(decisions) for _ in mine), strict=True))
            clear = [all(d.kink or d.outcome is not Outcome.UNKNOWN for d in ds) for ds in per_draw]
            self._record(case, draws, per_draw, clear)
            still.append([k for k, sure in zip(draws, clear, strict=True) if not sure])
        return still

    def _one_by_one(self, case: Sides, draws: Sequence[int], doubtful: np.ndarray | None, first: int) -> None:
        program, [pairs] = self._results([case])
        try:
            decisions = self._balls(program, draws, pairs, first, PRECISIONS[-1])
        except (OutOfClass, Unmoved) as reason:
            for k in draws:
                if doubtful is not None and doubtful[k]:
                    case.cells[self.turn[k]].unknown.append(f"floats disagree, and {reason}")
            return
        self._record(case, draws, list(zip(*decisions, strict=True)), [True] * len(draws))

    def _balls(self, program: Program, draws: Sequence[int], pairs: Sequence[tuple[int, int]], first: int,
               cap: int) -> list[list[Decision]]:
        some = list(draws)
        return decide(program, [a[some] for a in self.leaves], self.steps[some], pairs, first=first, cap=cap)

    def _record(self, case: Sides, draws: Sequence[int], per_draw: Sequence[Sequence[Decision]],
                sure: Sequence[bool]) -> None:
        for k, decisions, known in zip(draws, per_draw, sure, strict=True):
            cell = case.cells[self.turn[k]]
            if known and cell.refuted is None:
                record(cell, decisions)
                if cell.refuted is not None:
                    named = zip(self.program.leaves, self.leaves, strict=True)
                    cell.leaves = {(leaf.owner, leaf.part): a[k] for leaf, a in named}

    # ---- the ledger

    def count_effective(self, found: Findings) -> None:
        """The ledger: for every term and factor of every side, the draws that would have shown it wrong."""
        if not self.traced.changes:
            return
        some = slice(0, 2 * max(LEAST, 2 * len(self.instances)))
        sample = interpreted(self.traced.program, [a[some] for a in self.leaves], self.steps[some])
        counts = [int(told_apart(sample, side, self.traced.width + i).sum())
                  for i, (_, side, _) in enumerate(self.traced.changes)]
        thin = [i for i, count in enumerate(counts) if count < ENOUGH]
        if thin and "exact" in self.options.evidence:
            counts = [max(count, exact) for count, exact in zip(counts, self._told_apart_by_balls(thin), strict=True)]
        for (case, _, label), count in zip(self.traced.changes, counts, strict=True):
            found.ledger[case, label] = min(found.ledger.get((case, label), count), count)

    def _told_apart_by_balls(self, thin: list[int]) -> list[int]:
        """Where floats see too little of a change, being small beside the rest: in how many draws balls see it."""
        counts = [0] * len(self.traced.changes)
        some = slice(0, 2 * ENOUGH)
        pairs = [(self.traced.changes[i][1], self.traced.width + i) for i in thin]
        try:
            decisions = decide(self.traced.program, [a[some] for a in self.leaves], self.steps[some], pairs, cap=212)
        except (OutOfClass, Unmoved):
            return counts
        for i, per_draw in zip(thin, decisions, strict=True):
            counts[i] = sum(d.outcome is Outcome.DIFFERS for d in per_draw)
        return counts


def record(cell: Cell, decisions: Sequence[Decision]) -> None:
    """What balls say of one draw."""
    differing = [d for d in decisions if d.outcome is Outcome.DIFFERS]
    unknown = [d for d in decisions if d.outcome is Outcome.UNKNOWN]
    if differing:
        cell.refuted = differing[0]
    elif not unknown:
        cell.exact += 1
    elif unknown[0].kink:
        cell.excluded += 1
    else:
        cell.unknown.append(unknown[0].reason)
