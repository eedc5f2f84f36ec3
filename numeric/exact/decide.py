"""Decide by balls, at given points: two results differ, agree to many digits, or are unknown at the precision's cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from flint import arb, ctx

from numeric.exact.balls import Balls
from numeric.exact.interpret import Unknown, arguments, lifted, run
from numeric.program import Program

PRECISIONS = (106, 212, 424, 848, 1696, 3392)
AGREEING = arb(2) ** -40  # a radius of at most this part of the value
ABSOLUTE = arb(2) ** -80  # and for an entry that is zero, this part of the largest

CANCELLED = 424  # from this precision on, what is below the square root of it on both sides has cancelled: it is zero


class Outcome(Enum):
    DIFFERS = "differs"
    AGREES = "agrees"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Decision:
    """What balls say of two results at one draw; of those that differ, the entry that differs most."""

    outcome: Outcome
    reason: str = ""
    entry: tuple[int, int] = (0, 0)
    left: Any = None  # arb
    right: Any = None
    difference: Any = None
    precision: int = 0
    kink: bool = False  # unknown because a function is not differentiable there


def decide(program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray, pairs: Sequence[tuple[int, int]],
           cap: int = PRECISIONS[-1], first: int = PRECISIONS[0]) -> list[list[Decision]]:
    """For each pair of results, a decision for each draw; ``steps`` has a row for each draw."""
    draws = len(steps)
    found: list[list[Decision]] = [[Decision(Outcome.UNKNOWN, "no precision tried")] * draws for _ in pairs]
    open_draws = list(range(draws))
    for precision in (p for p in PRECISIONS if first <= p <= cap):
        here = [a[open_draws] for a in leaves]
        together = evaluate(program, here, steps[open_draws], precision) if open_draws else ""
        for position, draw in enumerate(open_draws):
            results = together
            if isinstance(results, str) and len(open_draws) > 1:  # one draw's doubt is not the others'
                results = evaluate(program, [a[[draw]] for a in leaves], steps[[draw]], precision)
            for k, (a, b) in enumerate(pairs):
                found[k][draw] = Decision(Outcome.UNKNOWN, results) if isinstance(results, str) else \
                    compare(results, a, b, position, precision)
        open_draws = [draw for draw in open_draws
                      if any(row[draw].outcome is Outcome.UNKNOWN and not row[draw].kink for row in found)]
    return found


@dataclass(frozen=True)
class Results:
    arrays: list[np.ndarray]
    ties: np.ndarray | None  # draws that met a kink
    edges: np.ndarray | None  # draws that met the root of zero, or divided by it


def evaluate(program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray, precision: int) -> Results | str:
    """Every result in balls (draws × rows × columns), or why there is none."""
    system = Balls()
    with ctx.workprec(precision):
        try:
            out = run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments(system, leaves, steps), system)
        except Unknown as unknown:
            return str(unknown)
        return Results([lifted(x, system).parts[0] for x in out], system.ties, system.edges)


def compare(results: Results, a: int, b: int, draw: int, precision: int) -> Decision:
    with ctx.workprec(precision):
        x, y = (results.arrays[k][min(draw, len(results.arrays[k]) - 1)] for k in (a, b))
        pairs = [(i, p, q) for i, (p, q) in enumerate(zip(x.ravel(), y.ravel(), strict=True))]
        if not all(p.is_finite() and q.is_finite() for _, p, q in pairs):
            return at_kink() if happened(results.edges, draw) else Decision(Outcome.UNKNOWN, "a value is not finite")
        apart = [(abs(p - q), i, p, q) for i, p, q in pairs if not (p - q).contains(0)]
        if apart:
            if happened(results.ties, draw):
                return at_kink()
            _, i, p, q = max(apart, key=lambda found: (float(found[0].mid()), -found[1]))
            entry = int(i // x.shape[1]), int(i % x.shape[1])
            return Decision(Outcome.DIFFERS, "", entry, p, q, p - q, precision)
        scale = max((abs(z).upper() for _, p, q in pairs for z in (p, q)), default=arb(0))
        nothing = arb(2) ** (-precision // 2) if precision >= CANCELLED else arb(0)
        close = all((p - q).rad() <= AGREEING * max(abs(p).lower(), abs(q).lower()) or (p - q).rad() <= ABSOLUTE * scale
                    or max(abs(p).upper(), abs(q).upper()) <= nothing for _, p, q in pairs)
        if close:
            return Decision(Outcome.AGREES, precision=precision)
        return Decision(Outcome.UNKNOWN, f"balls too wide at {precision} bits", precision=precision)


def happened(where: np.ndarray | None, draw: int) -> bool:
    return where is not None and bool(where[min(draw, len(where) - 1)])


def at_kink() -> Decision:
    return Decision(Outcome.UNKNOWN, "not differentiable at this draw", kink=True)


def decimal(x: Any, digits: int = 8) -> str:
    return str(x.mid().str(digits, radius=False))


def with_error(x: Any) -> str:
    """A ball as a decimal with the bound of its error."""
    return f"{decimal(x)} ± {float(x.rad()):.0e}" if x.rad() > 0 else f"{decimal(x)}, exactly"
