"""A proof checked line by line at numbers: every polynomial in it is written out and evaluated, as its heads are meant.

It shares no rule with the prover: it reads the trace alone, writes out every sum, and compares each line's sides with
those of the claim, whose derivatives JAX takes. All numbers are balls; at random small sizes, steps and leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import arb, ctx

from derivations.calculus import see_through
from derivations.claim import Claim, holds_at
from derivations.proof.trace import Line, Proof, Sides, Trace
from derivations.ranges import in_range, instances
from derivations.symbols import Dim, Expression, Step
from numeric.axes import positions
from numeric.draws import Key, draw
from numeric.exact.decide import evaluate
from numeric.meaning import Evaluator, Point, needed
from numeric.program import Program, trace
from numeric.sizes import dimensions

PRECISION = 212
NARROW = arb(2) ** -100  # the widest difference, as a part of the largest value, that counts as equal
LATEST = 5  # a step runs from its first value on, up to this one
TRIES = 50  # random sizes until the claim's own conditions allow them


@dataclass(frozen=True)
class Disagreement:
    """Where a replay stopped agreeing: the proof's trace and line, the rule, the cell, and what was found there."""

    trace: int
    line: int
    rule: str
    reason: str
    cell: Any = None
    at: str = ""
    found: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Played:
    """The values of a claim's sides and of every node that a proof speaks of, at some steps and leaves."""

    points: tuple[Point, ...]
    sides: Mapping[Expression, np.ndarray]  # draws × rows × columns
    ats: tuple[Mapping[Step, int], ...]


def replay(claim: Claim, proof: Proof, seed: int = 0, draws: int = 3) -> list[Disagreement]:
    """Where a proof's lines are not what they claim to be: empty for a proof that stands.

    Raises what the numeric layer raises for a construct that it cannot evaluate.
    """
    random = np.random.default_rng([seed, len(claim.id)])
    sizes = _sizes(claim, random)
    ats = _steps(claim, proof, random, draws)
    found = [*_uncovered(claim, proof, ats)]
    if not proof.traces:
        return found
    with ctx.workprec(PRECISION):
        played = _played(claim, proof, sizes, ats, seed)
        for number, t in enumerate(proof.traces):
            found += [replace(d, trace=number) for d in _trace(claim, t, played)]
        found += _zeros(claim, proof, played)
    return found


def _sizes(claim: Claim, random: np.random.Generator) -> dict[Dim, int]:
    """Random sizes of two and three, or whatever the claim's conditions allow."""
    own = dimensions(claim)
    known = (s for f in claim.model.families.values() for s in sorted(f.free_symbols, key=str) if isinstance(s, Dim))
    dims = list(dict.fromkeys([*own, *known]))
    for attempt in range(TRIES):
        sizes = {d: int(random.integers(*((2, 4) if attempt < TRIES // 2 else (1, 6)))) for d in dims}
        if all(holds_at(c, sizes) for c in claim.conditions if c.free_symbols <= set(dims)):
            return sizes
    raise ValueError(f"{claim.id}: no sizes from 1 to 5 satisfy its conditions, so that there is nothing to replay")


def _steps(claim: Claim, proof: Proof, random: np.random.Generator, draws: int) -> tuple[dict[Step, int], ...]:
    """Random steps of the range: some for every trace that is about a part of it."""
    pool = instances(claim, LATEST)
    chosen: dict[int, None] = {}
    for t in proof.traces:
        mine = [k for k, at in enumerate(pool) if _about(claim, t, at)]
        chosen |= dict.fromkeys(int(k) for k in random.permutation(mine)[:draws])
    chosen |= dict.fromkeys(int(k) for k in random.permutation(len(pool))[:draws])
    return tuple(pool[k] for k in chosen)


def _about(claim: Claim, t: Trace, at: Mapping[Step, int]) -> bool:
    """Whether a trace is about these steps. One of an induction speaks of others, which must be in the range too."""
    values = list(at.items())
    moved = {**at, **{step: int(other.subs(values)) for step, other in t.at}}
    return all(slack.subs(values) >= 0 for slack in t.when) and in_range(claim, moved)


def _spoken_of(claim: Claim, t: Trace) -> list[Expression]:
    """The claim's sides that a trace is about, at its steps."""
    [case] = [case for case in claim.cases if case.label == t.case]
    return [see_through(case.sides[k].subs(list(t.at))) for k in t.sides]


def _uncovered(claim: Claim, proof: Proof, ats: Sequence[Mapping[Step, int]]) -> Iterator[Disagreement]:
    """Equalities of the claim, and steps of its range, that no trace is about."""
    for case in claim.cases:
        for k, _ in enumerate(case.sides[1:]):
            about = [t for t in proof.traces if (t.case, t.sides) == (case.label, (k, k + 1))]
            for at in ats:
                here = [t for t in about if all(slack.subs(list(at.items())) >= 0 for slack in t.when)]
                if not any(_of_these_steps(t, at) or _by_induction(t, here) for t in here):
                    yield Disagreement(-1, -1, "", f"nothing is proved of {case.label or 'the claim'}", at=_words(at))


def _of_these_steps(t: Trace, at: Mapping[Step, int]) -> bool:
    """Whether a trace speaks of these very steps: of all of its part of the range, or of the one value that is there.
    """
    return all(s in at and other.subs(list(at.items())) == at[s] for s, other in t.at)


def _by_induction(t: Trace, others: Sequence[Trace]) -> bool:
    """Whether a trace is the step of an induction, of which another one is the base."""
    [(step, moved), *rest] = t.at
    bases = [other for other in others if [s for s, _ in other.at] == [step] and not other.at[0][1].has(step)]
    return moved == step + 1 and not rest and bool(bases)


def _played(claim: Claim, proof: Proof, sizes: Mapping[Dim, int], ats: tuple[Mapping[Step, int], ...],
            seed: int) -> Played:
    """The claim's sides as JAX has them, and the nodes of the proof, in balls."""
    sides = list(dict.fromkeys(side for t in proof.traces for side in _spoken_of(claim, t)))
    nodes = {node: None for t in proof.traces for at in ats if _about(claim, t, at)
             for node in needed(t, {**sizes, **at})}
    program = trace(claim.model, [*sides, *nodes], sizes, ats, "forward")
    key = Key(seed, f"{claim.id} replayed", tuple(sorted((d.name, size) for d, size in sizes.items())))
    leaves = draw(key, program.leaves, "balanced", len(ats))
    results = evaluate(program, leaves, program.step_rows(ats), PRECISION)
    if isinstance(results, str):
        raise ValueError(f"{claim.id}: {results}, so that there is nothing to compare")
    arrays = [_of_each_draw(a, len(ats)) for a in results.arrays]
    found = dict(zip(sides, arrays, strict=False))
    values = dict(zip(nodes, arrays[len(sides):], strict=True))
    points = tuple(Point({**sizes, **at}, {node: a[k] for node, a in values.items()},
                         _functions(program, leaves, k)) for k, at in enumerate(ats))
    return Played(points, found, ats)


def _of_each_draw(a: np.ndarray, draws: int) -> np.ndarray:
    """Values with an axis of draws; what no draw changes has one row only."""
    return np.broadcast_to(a, (draws, *a.shape[1:]))


def _functions(program: Program, leaves: Sequence[np.ndarray], k: int) -> dict[tuple[Any, str], np.ndarray]:
    """The arrays of open functions at one draw, exactly."""
    exact = np.frompyfunc(lambda x: arb(float(x)), 1, 1)
    return {(leaf.owner, leaf.part): exact(a[k]) for leaf, a in zip(program.leaves, leaves, strict=True) if leaf.part}


# ---- one trace


def _trace(claim: Claim, t: Trace, played: Played) -> Iterator[Disagreement]:
    """The disagreements of a trace; its number is put in by the caller."""
    last = t.lines[-1] if t.lines else Line("", ())
    if not t.proved or not all(cell.left == cell.right for cell in last.cells):
        yield Disagreement(0, len(t.lines) - 1, last.rule, "the sides of the last line are not the same")
    about = [k for k, at in enumerate(played.ats) if _about(claim, t, at)]
    finite = [k for k in about if all(x.is_finite() for x in _values(claim, t, played, k))]
    if about and not finite:
        yield Disagreement(0, -1, "", "no draw is finite, so that nothing was compared")
    for k in finite:
        expected = [played.sides[side][k] for side in _spoken_of(claim, t)]
        evaluator = Evaluator(played.points[k], t.meanings)
        for number, line in enumerate(t.lines):
            yield from (replace(d, line=number, rule=line.rule, at=_words(evaluator.point.numbers))
                        for d in _line(line, evaluator, expected))


def _values(claim: Claim, t: Trace, played: Played, k: int) -> list[arb]:
    """Every entry of both sides at one draw."""
    return [x for side in _spoken_of(claim, t) for x in played.sides[side][k].ravel()]


def _zeros(claim: Claim, proof: Proof, played: Played) -> Iterator[Disagreement]:
    """Equalities whose sides are zero wherever they were compared: nothing could have differed."""
    for about in dict.fromkeys((t.case, t.sides) for t in proof.traces):
        traces = [t for t in proof.traces if (t.case, t.sides) == about]
        draws = [(t, k) for t in traces for k, at in enumerate(played.ats) if _about(claim, t, at)]
        if draws and all(x == 0 for t, k in draws for x in _values(claim, t, played, k)):
            yield Disagreement(-1, -1, "", "both sides are zero in every draw, so that nothing could have differed")


def _line(line: Line, evaluator: Evaluator, expected: Sequence[np.ndarray]) -> Iterator[Disagreement]:
    numbers = evaluator.point.numbers
    seen = np.zeros(expected[0].shape, int)
    for cell in line.cells:
        rows, cols = (positions(where, numbers) for where in (cell.row, cell.col))
        if rows.max() >= len(seen) or cols.max() >= len(seen.T):
            yield Disagreement(0, 0, "", "a cell beyond the claim's entries", (cell.row, cell.col))
            return
        place = np.ix_(rows.ravel(), cols.ravel())
        seen[place] += 1
        for side, whole in zip((cell.left, cell.right), expected, strict=True):
            yield from _compared(cell, evaluator, side, whole[place].reshape(rows.shape + cols.shape))
    if not (seen == 1).all():
        yield Disagreement(0, 0, "", "the cells of the line are not the entries of the claim, each once")


def _compared(cell: Sides, evaluator: Evaluator, side: Iterable[Any], expected: np.ndarray) -> Iterator[Disagreement]:
    """One side of one cell."""
    sizes = dict(zip(cell.at, expected.shape, strict=True))
    value = evaluator.polynomial(side, {}, sizes, cell.at)
    scale = max((abs(x).upper() for x in np.ravel(expected)), default=arb(0)) + 1
    for x, y in zip(np.ravel(value), np.ravel(expected), strict=True):
        gap = x - y
        if not gap.contains(0) or not gap.rad() <= NARROW * scale:
            yield Disagreement(0, 0, "", "a side is not the claim's", (cell.row, cell.col), found=x.str(20),
                               expected=y.str(20))
            return


def _words(values: Mapping[Any, int]) -> str:
    return ", ".join(f"{s} = {value}" for s, value in sorted(values.items(), key=str))
