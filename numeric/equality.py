"""Evidence for an equality: cell by cell, a cell being a case at given sizes and steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from derivations.calculus import see_through
from derivations.claim import Claim
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
MODE = {"ones": "forward", "main": "reverse", "large": "forward"}


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
    zero: int = 0  # draws in which both sides are exactly zero
    excluded: int = 0  # draws at a kink in which the sides differ
    unknown: list[str] = field(default_factory=list)
    refuted: Decision | None = None
    leaves: list[np.ndarray] = field(default_factory=list)  # of the draw that refutes
    shapes: str = ""  # of sides that do not fit

    @property
    def status(self) -> Status:
        if self.refuted is not None or self.shapes:
            return Status.REFUTED
        if self.unknown or not self.resolved + self.exact + self.zero or self.excluded * 3 > self.resolved + self.exact:
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


@dataclass(frozen=True)
class Traced:
    """Cases of a claim in one program: the sides of each, then every change that the ledger makes to a side."""

    cases: list[int]
    program: Program
    changes: list[tuple[int, int, str]]  # case, the result that is its side, what was changed

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
    wanted = claim.expect == "holds" and sizes.role == "main"
    changes = [(k, place, label, variant) for place, (k, side) in enumerate(sides) for label, variant in probes(side)] if wanted else []
    expressions = [*(side for _, side in sides), *(variant for *_, variant in changes)]
    program = trace(claim.model, expressions, sizes.values, instances, MODE[sizes.role])
    return Traced(cases, program, [(k, place, label) for k, place, label, _ in changes])


def gather(claim: Claim, options: Options) -> Findings:
    """Every cell's evidence, and the ledger."""
    found = Findings([])
    for sizes in sizes_of(claim, options):
        instances = instances_of(claim, sizes)
        draws = options.draws if sizes.role == "main" else min(FEW, options.draws)
        refuse_too_large(claim, sizes, draws)
        for program in traced(claim, sizes, instances) if instances else ():
            if isinstance(program, Traced):
                _gather(claim, options, sizes, instances, program, draws, found)
            else:
                found.cells += [Cell(program[0], sizes, at, shapes=program[1]) for at in instances]
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


def _gather(claim: Claim, options: Options, sizes: Sizes, instances: Sequence[Mapping[Step, int]], traced: Traced,
            draws: int, found: Findings) -> None:
    """The cells of one program: every draw is at one of the steps, in turn, and all run together."""
    width = len(traced.program.shapes) - len(traced.changes)
    program = traced.program.only(list(range(width)))
    leaves, strata = drawn(claim, options, sizes, program, max(draws, 2 * len(instances)))
    turn = np.arange(len(strata)) % len(instances)
    batch = Batch(program, leaves, program.step_rows([instances[q] for q in turn]), turn, strata)
    samples = []
    if "sweep" in options.evidence:
        samples.append(interpreted(program, leaves, batch.steps))
        if sizes.role == "main" and draws >= FEW:
            samples.append(by_xla(program, leaves, batch.steps, samples[0].bounds))
            found.xla_draws += len(strata)
    for k, sides in traced.sides(claim):
        cells = [Cell(k, sizes, at) for at in instances]
        _fill(options, batch, cells, sides, samples)
        found.cells += cells
    if traced.changes:
        _ledger(traced, batch, width, len(instances), found)


def _ledger(traced: Traced, batch: Batch, width: int, instances: int, found: Findings) -> None:
    """Count, for every term and factor of every side, the draws that would have shown it wrong."""
    some = slice(0, max(FEW, 2 * instances) * 2)
    sample = interpreted(traced.program, [a[some] for a in batch.leaves], batch.steps[some])
    for i, (case, side, label) in enumerate(traced.changes):
        count = int(told_apart(sample, side, width + i).sum())
        found.ledger[case, label] = min(found.ledger.get((case, label), count), count)


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
    cell.zero += int(comparison.zero[mine].sum())
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

