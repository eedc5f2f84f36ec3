"""Evidence for an equality: floats over many draws, balls where floats leave doubt and in every cell, prime towers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.functions import Apply, Elementwise
from derivations.symbols import Step
from numeric.cells import Cell, Findings, Traced, traced
from numeric.draws import STRATA, Key, draw
from numeric.exact.decide import PRECISIONS, Decision, Outcome, decide
from numeric.exact.interpret import OutOfClass
from numeric.exact.moves import Unmoved
from numeric.exact.towers import by_towers
from numeric.ledger import ENOUGH
from numeric.program import Program
from numeric.sizes import Options, Sizes, instances_of, refuse_too_large, sizes_of
from numeric.sweep import Compilation, Sample, compare, interpreted, told_apart

FEW = 64  # float draws at sizes other than the main one
FEWER = {"far": 8}
EXACT = 8  # draws by balls in a cell of a claim without steps; fewer each where there are many steps
MANY = {"main", "given"}  # roles of sizes that get every draw, and XLA


def gather(claim: Claim, options: Options) -> Findings:
    """Every cell's evidence, and the ledger. XLA compiles the main size while the other rungs run."""
    found, runs = Findings(), []
    for sizes in sizes_of(claim, options):
        instances = instances_of(claim, sizes)
        draws = options.draws if sizes.role in MANY else min(FEWER.get(sizes.role, FEW), options.draws)
        refuse_too_large(claim, sizes, draws)
        for program in traced(claim, sizes, instances) if instances else ():
            if isinstance(program, Traced):
                runs.append(Run(claim, options, sizes, instances, program, draws))
            else:
                found.cells += [Cell(program[0], sizes, at, shapes=program[1]) for at in instances]
    for run in runs:
        run.by_floats()
    for run in runs:
        run.by_exact_numbers(found)
        run.count_effective(found)
    if any(cell.refuted is not None and cell.refuted.precision == PRECISIONS[-1] for run in runs for cell in run.cells):
        for run in runs:  # where few digits agree, so may many not
            run.by_many_digits()
    for run in runs:
        run.by_xla(found)
        found.cells += run.cells
    return found


class Run:
    """One program and the draws that run through it together: each draw is at one of the steps, in turn."""

    def __init__(self, claim: Claim, options: Options, sizes: Sizes, instances: Sequence[Mapping[Step, int]],
                 traced: Traced, draws: int) -> None:
        self.claim, self.options, self.sizes, self.instances, self.traced = claim, options, sizes, instances, traced
        self.program = traced.program.only(list(range(traced.width)))
        self.leaves, self.strata = drawn(claim, options, sizes, self.program, max(draws, 2 * len(instances)))
        self.turn = np.arange(len(self.strata)) % len(instances)
        self.steps = self.program.step_rows([instances[int(q)] for q in self.turn])
        self.cases: list[tuple[range, list[Cell]]] = []
        for k, sides in traced.sides(claim):
            shapes = [self.program.shapes[side] for side in sides]
            fit = "" if len(set(shapes)) == 1 else " = ".join(f"{r} × {c}" for r, c in shapes)
            self.cases.append((sides, [Cell(k, sizes, at, shapes=fit) for at in instances]))
        self.compilation: Compilation | None = None
        if "sweep" in options.evidence and sizes.role in MANY and draws >= FEW:
            self.compilation = Compilation(self.program, self.leaves, self.steps)
        self.sample: Sample | None = None

    @property
    def cells(self) -> list[Cell]:
        return [cell for _, cells in self.cases for cell in cells]

    def by_floats(self) -> None:
        """The interpreted sweep; where it leaves doubt, balls decide."""
        if "sweep" in self.options.evidence:
            self.sample = interpreted(self.program, self.leaves, self.steps)
            self._compare(self.sample, counted=True)

    def by_xla(self, found: Findings) -> None:
        """The compiled sweep, with the bounds of the interpreted one."""
        if self.compilation is not None and self.sample is not None:
            self._compare(self.compilation.sample(self.sample.bounds), counted=False)
            found.xla_draws += len(self.turn)

    def _compare(self, sample: Sample, *, counted: bool) -> None:
        """Count a sample's draws (once, though XLA repeats them), and let balls decide where it leaves doubt."""
        for sides, cells in self.cases:
            if cells[0].shapes:
                continue
            doubtful = np.zeros(len(self.turn), bool)
            for k in sides[1:]:
                comparison = compare(sample, sides[0], k)
                doubtful |= ~comparison.consistent
                for q, cell in enumerate(cells if counted else ()):
                    mine = self.turn == q
                    cell.floats += int(mine.sum())
                    cell.resolved += int(comparison.resolved[mine].sum())
                    cell.zero += int(comparison.zero[mine].sum())
                    cell.worst = max(cell.worst, float(comparison.ratio[mine].max(initial=0.0)))
            first = [int(k) for q in range(len(cells)) for k in np.flatnonzero(doubtful & (self.turn == q))[:2]]
            self._decide(sides, cells, first, doubtful)
            self._decide(sides, cells, [int(k) for k in np.flatnonzero(doubtful) if k not in first], doubtful)

    def by_exact_numbers(self, found: Findings) -> None:
        """Some draws of each stratum by balls, in every cell; and prime towers at the sizes that are for them."""
        if "exact" not in self.options.evidence:
            return
        for sides, cells in self.cases:
            if cells[0].shapes:
                continue
            chosen = [k for q in range(len(cells)) for k in self._some(q)]
            self._decide(sides, cells, chosen, np.zeros(len(self.turn), bool))
            if self.sizes.role in ("exact", "given") or not self.sizes.values:
                self._by_towers(sides, cells, found)

    def _some(self, q: int) -> list[int]:
        """Draws of one cell for balls: balanced ones, then the first of each stratum."""
        share = {"large": 0, "main": EXACT // 4}.get(self.sizes.role, EXACT // 2)
        count = 1 if self.sizes.role == "far" else share if len(self.instances) > 1 else EXACT
        mine = np.flatnonzero(self.turn == q)
        balanced = mine[self.strata[mine] == 0][: max(1, count // 2)].tolist()
        first_of_each = [int(mine[self.strata[mine] == s][0]) for s in np.unique(self.strata[mine])]
        return list(dict.fromkeys([*balanced, *first_of_each]))[:count]

    def _by_towers(self, sides: range, cells: list[Cell], found: Findings) -> None:
        program, pairs = self.program.only(list(sides)), [(0, k) for k in range(1, len(sides))]
        try:
            towers = by_towers(program, program.step_rows(self.instances), pairs, self.options.seed)
        except (OutOfClass, Unmoved) as reason:
            found.out_of_class = str(reason)
            return
        for cell, decided, differs in zip(cells, towers.decided, towers.differs, strict=True):
            if decided:
                cell.towers = Outcome.DIFFERS if differs.any() else Outcome.AGREES
        if any(cell.towers is Outcome.DIFFERS for cell in cells):
            self.by_many_digits([q for q, cell in enumerate(cells) if cell.towers is Outcome.DIFFERS])
        found.false_accept = max(found.false_accept or 0.0, towers.false_accept)
        found.discarded += towers.discarded
        found.levels = max(found.levels, towers.levels)

    def by_many_digits(self, instances: Sequence[int] | None = None) -> None:
        """One draw in each cell at the highest precision: a defect may be too small for fewer digits."""
        for sides, cells in self.cases:
            if not cells[0].shapes:
                draws = [self._some(q)[0] for q in (range(len(cells)) if instances is None else instances)]
                self._decide(sides, cells, draws, np.zeros(len(self.turn), bool), first=PRECISIONS[-1])

    def _decide(self, sides: range, cells: list[Cell], draws: list[int], doubtful: np.ndarray,
                first: int = PRECISIONS[0]) -> None:
        draws = [k for k in draws if cells[self.turn[k]].refuted is None]
        if not draws:
            return
        program, pairs = self.program.only(list(sides)), [(0, k) for k in range(1, len(sides))]
        try:
            decisions = decide(program, [a[draws] for a in self.leaves], self.steps[draws], pairs, first=first)
        except (OutOfClass, Unmoved) as reason:
            for k in draws:
                if doubtful[k]:
                    cells[self.turn[k]].unknown.append(f"floats disagree, and {reason}")
            return
        for k, per_draw in zip(draws, zip(*decisions, strict=True), strict=True):
            cell = cells[self.turn[k]]
            if cell.refuted is None:
                record(cell, per_draw)
                if cell.refuted is not None:
                    named = zip(self.program.leaves, self.leaves, strict=True)
                    cell.leaves = {(leaf.owner, leaf.part): a[k] for leaf, a in named}

    def count_effective(self, found: Findings) -> None:
        """The ledger: for every term and factor of every side, the draws that would have shown it wrong."""
        if not self.traced.changes:
            return
        some = slice(0, 2 * max(FEW, 2 * len(self.instances)))
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


# ---- draws for a claim


def strata_for(claim: Claim) -> dict[str, float]:
    """The strata of a claim: exact zeros are left out where a function has a kink there."""
    kinked = any(_has_kink(see_through(e)) for e in _reached(claim))
    return {name: share for name, share in STRATA.items() if name not in ("zeros", "structured") or not kinked}


def _reached(claim: Claim) -> list[Any]:
    return [*(e for case in claim.cases for e in case.expressions), *(r.expression for r in claim.model.rules.values())]


@lru_cache(maxsize=1024)
def _has_kink(e: Any) -> bool:
    return any(isinstance(a.function, Elementwise) and not a.function.body and a.function.row.kink is not None
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
