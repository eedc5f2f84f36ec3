"""Evidence for an equality: cell by cell, a cell being a case at given sizes and steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from derivations.calculus import see_through
from derivations.claim import Case, Claim
from derivations.functions import Apply, Elementwise
from derivations.symbols import Step
from derivations.verdict import Status
from numeric.draws import STRATA, Key, draw
from numeric.exact.decide import Decision, Outcome, decide
from numeric.exact.interpret import OutOfClass
from numeric.exact.moves import Unmoved
from numeric.ledger import probes
from numeric.lower import Misfit
from numeric.program import Program, trace
from numeric.sizes import Options, Sizes, instances_of, refuse_too_large, sizes_of
from numeric.sweep import Comparison, Sample, by_xla, compare, interpreted, told_apart

FEW = 64  # float draws at sizes other than the main one
EXACT = 8  # draws by balls in a cell of a claim without steps; fewer each where there are many steps
MODE = {"ones": "forward", "small": "reverse", "main": "reverse", "large": "forward"}


@dataclass
class Cell:
    """What was found in one cell."""

    case: int
    sizes: Sizes
    at: Mapping[Step, int]
    floats: int = 0  # draws
    resolved: int = 0  # consistent, with a bound narrow enough to be evidence
    worst: float = 0.0
    exact: int = 0  # draws in which balls agree
    excluded: int = 0  # draws at a kink
    unknown: list[str] = field(default_factory=list)
    refuted: Decision | None = None
    leaves: list[np.ndarray] = field(default_factory=list)  # of the draw that refutes
    shapes: str = ""  # of sides that do not fit

    @property
    def status(self) -> Status:
        if self.refuted is not None or self.shapes:
            return Status.REFUTED
        if self.unknown or not self.resolved + self.exact:
            return Status.UNDECIDED
        return Status.AGREES

    @property
    def values(self) -> dict[Any, int]:
        return {**self.sizes.values, **self.at}


@dataclass
class Findings:
    """All cells of a claim, and the ledger of each case."""

    cells: list[Cell]
    ledger: dict[tuple[int, str], int] = field(default_factory=dict)
    xla_draws: int = 0


class Traces:
    """The traced programs of a claim: one at each of its sizes, with every case's sides in it where all fit."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim

    def at(self, sizes: Sizes, instances: Sequence[Mapping[Step, int]]) -> Iterator[tuple[list[int], Program | str]]:
        """(the cases in it, their program), or (a case, the shapes that do not fit)."""
        cases = self.claim.cases
        try:
            yield list(range(len(cases))), self._trace(cases, sizes, instances)
            return
        except Misfit:
            pass
        for k, case in enumerate(cases):
            try:
                yield [k], self._trace([case], sizes, instances)
            except Misfit as misfit:
                yield [k], str(misfit)

    def _trace(self, cases: Sequence[Case], sizes: Sizes, instances: Sequence[Mapping[Step, int]]) -> Program:
        sides = [side for case in cases for side in case.sides]
        return trace(self.claim.model, sides, sizes.values, instances, MODE[sizes.role])

    def with_probes(self, case: Case, sizes: Sizes, instances: Sequence[Mapping[Step, int]]) -> tuple[Program, list[tuple[int, str]]]:
        """The program of one case with every change of the ledger; for each change its side and label."""
        changes = [(k, label, variant) for k, side in enumerate(case.sides) for label, variant in probes(side)]
        program = trace(self.claim.model, [*case.sides, *(variant for _, _, variant in changes)], sizes.values, instances, "forward")
        return program, [(k, label) for k, label, _ in changes]


def gather(claim: Claim, options: Options) -> Findings:
    """Every cell's evidence."""
    found = Findings([])
    traces = Traces(claim)
    for sizes in sizes_of(claim, options):
        instances = instances_of(claim, sizes)
        draws = options.draws if sizes.role == "main" else min(FEW, options.draws)
        refuse_too_large(claim, sizes, draws)
        if not instances:
            continue
        for cases, program in traces.at(sizes, instances):
            if isinstance(program, str):
                found.cells += [Cell(cases[0], sizes, at, shapes=program) for at in instances]
                continue
            found.cells += _cells(claim, options, sizes, instances, cases, program, draws, found)
    if claim.expect == "holds" and all(cell.status is Status.AGREES for cell in found.cells):
        _ledger(claim, options, traces, found)
    return found


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


def drawn(claim: Claim, options: Options, sizes: Sizes, program: Program, count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Leaves for ``count`` draws, and each draw's stratum."""
    key = Key(options.seed, claim.id, sizes.key)
    shares = strata_for(claim)
    total = sum(shares.values())
    counts = {name: max(1, round(count * share / total)) for name, share in shares.items()} if count >= 20 else {"balanced": count}
    parts = [draw(key, program.leaves, name, number) for name, number in counts.items()]
    labels = np.concatenate([np.full(number, k) for k, number in enumerate(counts.values())])
    return [np.concatenate(column) for column in zip(*parts, strict=True)], labels


def _cells(claim: Claim, options: Options, sizes: Sizes, instances: Sequence[Mapping[Step, int]], cases: list[int],
           program: Program, draws: int, found: Findings) -> list[Cell]:
    """The cells of one program: every draw is at one of the steps, in turn, and all run together."""
    leaves, strata = drawn(claim, options, sizes, program, max(draws, 2 * len(instances)))
    turn = np.arange(len(strata)) % len(instances)
    batch = Batch(program, leaves, program.step_rows([instances[q] for q in turn]), turn, strata)
    samples = []
    if "sweep" in options.evidence:
        samples.append(interpreted(program, leaves, batch.steps))
        if sizes.role == "main" and draws >= FEW:
            samples.append(by_xla(program, leaves, batch.steps, samples[0].bounds))
            found.xla_draws += len(strata)
    cells, start = [], 0
    for k in cases:
        sides = range(start, start + len(claim.cases[k].sides))
        start = sides.stop
        mine = [Cell(k, sizes, at) for at in instances]
        _fill(options, batch, mine, sides, samples)
        cells += mine
    return cells


@dataclass(frozen=True)
class Batch:
    """Draws that run together: leaves, steps (a row a draw), which of the instances each draw is at, its stratum."""

    program: Program
    leaves: list[np.ndarray]
    steps: np.ndarray
    turn: np.ndarray
    strata: np.ndarray


def _fill(options: Options, batch: Batch, cells: list[Cell], sides: range, samples: list[Sample]) -> None:
    """The evidence of one case, in each of its cells."""
    shapes = [batch.program.shapes[k] for k in sides]
    if any(shape != shapes[0] for shape in shapes):
        for cell in cells:
            cell.shapes = " = ".join(f"{r} × {c}" for r, c in shapes)
        return
    doubtful = np.zeros(len(batch.turn), bool)
    for k in sides[1:]:
        for sample in samples:
            comparison = compare(sample, sides[0], k)
            doubtful |= ~comparison.consistent
            for q, cell in enumerate(cells):
                _count(cell, comparison, batch.turn == q)
    program = batch.program.only(list(sides))
    chosen = [_chosen(options, cell, batch, q, doubtful, len(cells)) for q, cell in enumerate(cells)]
    _decide(program, batch, cells, [k for mine in chosen for k in mine], doubtful)
    rest = [int(k) for k in np.flatnonzero(doubtful) if k not in chosen[batch.turn[k]] and cells[batch.turn[k]].refuted is None]
    _decide(program, batch, cells, rest, doubtful)


def _count(cell: Cell, comparison: Comparison, mine: np.ndarray) -> None:
    cell.floats += int(mine.sum())
    cell.resolved += int(comparison.resolved[mine].sum())
    cell.worst = max(cell.worst, float(comparison.ratio[mine].max(initial=0.0)))


def _chosen(options: Options, cell: Cell, batch: Batch, q: int, doubtful: np.ndarray, instances: int) -> list[int]:
    """The draws of a cell that balls decide first: two that floats leave open, and some of each stratum."""
    mine = np.flatnonzero(batch.turn == q)
    first = mine[doubtful[mine]][:2].tolist()
    if "exact" not in options.evidence:
        return first
    count = {"large": 0, "main": EXACT // 4}.get(cell.sizes.role, EXACT // 2) if instances > 1 else EXACT
    first_of_each = [int(mine[batch.strata[mine] == s][0]) for s in np.unique(batch.strata[mine])]
    balanced = mine[batch.strata[mine] == 0][: max(1, count // 2)].tolist()
    return list(dict.fromkeys([*first, *list(dict.fromkeys([*balanced, *first_of_each]))[:count]]))


def _decide(program: Program, batch: Batch, cells: list[Cell], draws: list[int], doubtful: np.ndarray) -> None:
    if not draws:
        return
    pairs = [(0, k) for k in range(1, len(program.shapes))]
    try:
        decisions = decide(program, [a[draws] for a in batch.leaves], batch.steps[draws], pairs)
    except (OutOfClass, Unmoved) as reason:
        for k in draws:
            if doubtful[k]:
                cells[batch.turn[k]].unknown.append(f"floats disagree, and {reason}")
        return
    for k, per_draw in zip(draws, zip(*decisions, strict=True), strict=True):
        cell = cells[batch.turn[k]]
        if cell.refuted is None:
            _record(cell, per_draw)
            if cell.refuted is not None:
                cell.leaves = [a[k] for a in batch.leaves]


def _record(cell: Cell, decisions: Sequence[Decision]) -> None:
    differing = [d for d in decisions if d.outcome is Outcome.DIFFERS]
    unknown = [d for d in decisions if d.outcome is Outcome.UNKNOWN]
    if differing:
        cell.refuted = differing[0]
    elif not unknown:
        cell.exact += 1
    elif unknown[0].reason.startswith("not differentiable"):
        cell.excluded += 1
    else:
        cell.unknown.append(unknown[0].reason)


def _ledger(claim: Claim, options: Options, traces: Traces, found: Findings) -> None:
    """Count, for every term and factor of every side, the draws that would have shown it wrong."""
    sizes = next((s for s in reversed(sizes_of(claim, options)) if s.role == "main"), None)
    if sizes is None:
        return
    instances = instances_of(claim, sizes)
    for k, case in enumerate(claim.cases):
        program, labels = traces.with_probes(case, sizes, instances)
        leaves, _ = drawn(claim, options, sizes, program, max(FEW, 2 * len(instances)))
        steps = program.step_rows([instances[q % len(instances)] for q in range(len(leaves[0]))])
        sample = interpreted(program, leaves, steps)
        counts = [int(told_apart(sample, side, len(case.sides) + i).sum()) for i, (side, _) in enumerate(labels)]
        for (_, label), count in zip(labels, counts, strict=True):
            found.ledger[k, label] = min(found.ledger.get((k, label), int(count)), int(count))
