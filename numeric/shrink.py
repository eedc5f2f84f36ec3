"""Make a refutation small: the fewest steps, the smallest sizes, then the simplest numbers that still show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sympy import Integer

from derivations.algebra import Plus
from derivations.calculus import Let, see_through
from derivations.claim import Case, Claim, holds_at
from derivations.latex import text
from derivations.model import Model
from derivations.symbols import Expression, Family, Node, Step
from derivations.verdict import Counterexample
from numeric.arrays import Misfit
from numeric.cells import Cell
from numeric.draws import Key, draw, structured
from numeric.exact.decide import Decision, Outcome, decide, decimal, evaluate, with_error
from numeric.matrices import value_at
from numeric.program import Program, trace
from numeric.sizes import Options, Sizes, dimensions

VISIBLE = 1e-3  # a shrunk difference stays at least this part of the values
TRIALS = 6  # draws tried in a smaller cell
MOST = 12  # smaller cells tried


@dataclass(frozen=True)
class Shown:
    """A refutation at one cell: the program of the case, the leaves of one draw, and what balls say."""

    case: int
    sizes: Sizes
    at: Mapping[Step, int]
    program: Program
    leaves: list[np.ndarray]
    decision: Decision


def shrink(claim: Claim, cells: Sequence[Cell], options: Options) -> Counterexample:
    """The counterexample of a refuted claim, from its refuted cells."""
    refuted = sorted((c for c in cells if c.refuted is not None), key=_weight)
    misfits = sorted((c for c in cells if c.shapes), key=_weight)
    if not refuted:
        cell = _smallest_misfit(claim, misfits[0])
        return Counterexample(claim.cases[cell.case].label, cell.sizes.named, _named(cell.at), shapes=cell.shapes,
                              seed=options.seed, command=_command(claim, cell.sizes, options))
    shown = _smaller(claim, refuted[0], options) or _as_found(claim, refuted[0])
    shown = simplified(shown)
    d = shown.decision
    return Counterexample(
        case=claim.cases[shown.case].label, sizes=shown.sizes.named, steps=_named(shown.at), entry=d.entry,
        left=decimal(d.left), right=decimal(d.right), difference=with_error(d.difference),
        term=at_fault(claim.model, claim.cases[shown.case], shown), leaves=named_leaves(shown), seed=options.seed,
        command=_command(claim, shown.sizes, options))


def _smallest_misfit(claim: Claim, cell: Cell) -> Cell:
    """The smallest sizes at which the shapes of a case do not fit."""
    dims = dimensions(claim)
    for values in sorted(product((1, 2), repeat=len(dims)), key=lambda values: (sum(values), values)):
        sizes = Sizes("small", dict(zip(dims, values, strict=True)))
        try:
            program = trace(claim.model, claim.cases[cell.case].sides, sizes.values, [cell.at], "forward")
        except Misfit as misfit:
            return Cell(cell.case, sizes, cell.at, shapes=str(misfit))
        if len(set(program.shapes)) > 1:
            return Cell(cell.case, sizes, cell.at, shapes=" = ".join(f"{r} × {c}" for r, c in program.shapes))
    return cell


def _weight(cell: Cell) -> tuple[int, ...]:
    return sum(cell.at.values()), sum(cell.sizes.values.values()), cell.case, *cell.at.values()


def _named(at: Mapping[Step, int]) -> dict[str, int]:
    return {s.name: value for s, value in at.items()}


def _command(claim: Claim, sizes: Sizes, options: Options) -> str:
    given = f" --sizes {','.join(f'{n}={v}' for n, v in sizes.named.items())}" if sizes.values else ""
    return f"derivations check {claim.id}{given} --seed {options.seed}"


def _as_found(claim: Claim, cell: Cell) -> Shown:
    assert cell.refuted is not None
    program = trace(claim.model, claim.cases[cell.case].sides, cell.sizes.values, [cell.at], "forward")
    fewer_steps = [cell.leaves[leaf.owner, leaf.part][tuple(map(slice, leaf.shape))] for leaf in program.leaves]
    return Shown(cell.case, cell.sizes, cell.at, program, fewer_steps, cell.refuted)


def _smaller(claim: Claim, cell: Cell, options: Options) -> Shown | None:
    """The same steps at the smallest sizes at which some draw refutes."""
    dims = dimensions(claim)
    conditions = [c for c in claim.conditions if c.free_symbols <= set(dims)]
    candidates = sorted(product((1, 2, 3), repeat=len(dims)), key=lambda values: (sum(values), values))
    for values in candidates[:MOST]:
        sizes = Sizes("small", dict(zip(dims, values, strict=True)))
        if sum(values) > sum(cell.sizes.values.values()) or not all(holds_at(c, sizes.values) for c in conditions):
            continue
        try:
            program = trace(claim.model, claim.cases[cell.case].sides, sizes.values, [cell.at], "forward")
        except Misfit:
            continue
        if len(set(program.shapes)) > 1:
            continue
        leaves = draw(Key(options.seed, claim.id, sizes.key), program.leaves, "balanced", TRIALS)
        for index, decision in enumerate(_decided(program, leaves, cell.at)):
            if decision.outcome is Outcome.DIFFERS and _visible(decision):
                return Shown(cell.case, sizes, cell.at, program, [a[index] for a in leaves], decision)
    return None


def _decided(program: Program, leaves: Sequence[np.ndarray], at: Mapping[Step, int]) -> Iterator[Decision]:
    pairs = [(0, k) for k in range(1, len(program.shapes))]
    found = decide(program, leaves, program.step_rows([at] * (len(leaves[0]) if leaves else 1)), pairs, cap=212)
    for per_draw in zip(*found, strict=True):
        yield next((d for d in per_draw if d.outcome is Outcome.DIFFERS), per_draw[0])


def _visible(d: Decision) -> bool:
    return bool(abs(float(d.difference.mid())) >= VISIBLE * max(abs(float(d.left.mid())), abs(float(d.right.mid()))))


def simplified(shown: Shown) -> Shown:
    """Simpler numbers, leaf by leaf, as long as the difference stays visible: zeros, ones, then few digits."""
    leaves, decision = list(shown.leaves), shown.decision
    for k in range(len(leaves)):
        for simpler in (np.zeros_like, np.ones_like, lambda a: np.round(a) + 0.0, lambda a: np.round(2 * a) / 2 + 0.0,
                        lambda a: np.round(a, 1) + 0.0):
            value = structured(shown.program.leaves[k], np.asarray(simpler(leaves[k])))
            trial = [*leaves[:k], value, *leaves[k + 1 :]]
            [found] = _decided(shown.program, [a[None] for a in trial], shown.at)
            if found.outcome is Outcome.DIFFERS and _visible(found):
                leaves, decision = trial, found
                break
    return Shown(shown.case, shown.sizes, shown.at, shown.program, leaves, decision)


def named_leaves(shown: Shown) -> dict[str, object]:
    """The numbers of a counterexample by printed name; steps that lie past the last one asked for are left out."""
    out: dict[str, object] = {}
    last = max([1, *shown.at.values()])
    for leaf, drawn in zip(shown.program.leaves, shown.leaves, strict=True):
        value = value_at(leaf, drawn)
        if not isinstance(leaf.owner, Family):
            out[f"{leaf.owner.name}.{leaf.part}"] = _plain(value)
        elif not leaf.owner.indexed:
            out[text(Node(leaf.owner))] = _plain(value)
        else:
            first = shown.program.plan.first_of(leaf.owner, shown.at)
            for step, row in enumerate(value, start=first):
                if step <= last or leaf.owner in shown.program.plan.components:
                    out[text(Node(leaf.owner, Integer(step)))] = _plain(row)
    return out


def _plain(a: np.ndarray) -> object:
    """A number, a list of numbers, or a list of rows."""
    if a.size == 1:
        return float(a.reshape(()))
    return a[:, 0].tolist() if a.ndim == 2 and a.shape[1] == 1 else a.tolist()


# ---- which term


def terms_of(e: Expression) -> list[Expression]:
    while isinstance(e, Let):
        e = e.body
    return list(e.args) if isinstance(e, Plus) else []


def at_fault(model: Model, case: Case, shown: Shown) -> str:
    """Of a sum, the term whose vanishing makes the difference vanish, in every trial that switches leaves off."""
    terms = [(text(term), term) for side in case.sides for term in terms_of(side)]
    if len(terms) < 2:
        return ""
    width, written = len(case.sides), [*case.sides, *(see_through(term) for _, term in terms)]
    program = trace(model, written, shown.sizes.values, [shown.at], "forward")
    trials = [shown.leaves, *(_switched_off(shown.leaves, k, part) for k in range(len(shown.leaves))
                              for part in _parts(shown.leaves[k]))]
    results = evaluate(program, [np.stack([trial[k] for trial in trials]) for k in range(len(shown.leaves))],
                       program.step_rows([shown.at] * len(trials)), 212)
    if isinstance(results, str):
        return ""
    zero = [[all(x.contains(0) for x in (array[min(i, len(array) - 1)]).ravel()) for i in range(len(trials))]
            for array in results.arrays]
    left, right = results.arrays[0], results.arrays[1 if width > 1 else 0]
    differs = [not all((p - q).contains(0) for p, q in zip(_row(left, i), _row(right, i), strict=True))
               for i in range(len(trials))]
    guilty = [name for (name, _), gone in zip(terms, zero[width:], strict=True)
              if any(gone) and all(g != bad for g, bad in zip(gone, differs, strict=True))]
    return f"term {guilty[0]}" if len(guilty) == 1 else ""


def _row(array: np.ndarray, i: int) -> list[Any]:
    return list(array[min(i, len(array) - 1)].ravel())


def _parts(leaf: np.ndarray) -> Iterator[slice]:
    """The whole leaf, then its columns one by one: a block of a weight may be what drives a term."""
    yield slice(None)
    if leaf.ndim == 2 and leaf.shape[1] > 1:
        for k in range(leaf.shape[1]):
            yield slice(k, k + 1)


def _switched_off(leaves: Sequence[np.ndarray], k: int, part: slice) -> list[np.ndarray]:
    changed = leaves[k].copy()
    changed[..., part] = 0.0
    return [*leaves[:k], changed, *leaves[k + 1 :]]
