"""Settle relations at given points, rigorously: by exact rationals where every value is rational, else by balls.

A relation holds, fails, or is open at a point; what is open is never counted for either. That two sides are equal, or
that one is no less than the other where they are equal, is told by exact numbers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from numeric.exact.balls import Balls, met
from numeric.exact.decide import PRECISIONS, decimal
from numeric.exact.interpret import Lifted, OutOfClass, Unknown, arguments, lifted, run
from numeric.exact.moves import Unmoved
from numeric.exact.rationals import Rationals
from numeric.program import Program


class Truth(StrEnum):
    """What is known of a relation at a point."""

    HOLDS = "holds"
    FAILS = "fails"
    CLOSE = "close"  # both sides are equal to many digits: no more than that
    OPEN = "open"


@dataclass(frozen=True)
class Question:
    """A relation between two results of a program, or between the entries of which each holds."""

    sign: str
    left: int
    right: int


@dataclass(frozen=True)
class Settled:
    """A relation at a point: the entry that decides, or that comes closest, and the values of both sides there."""

    truth: Truth
    reason: str = ""
    entry: tuple[int, int] = (0, 0)
    left: Any = None  # arb or fmpq
    right: Any = None

    @property
    def exact(self) -> bool:
        return isinstance(self.left, fmpq)

    @property
    def gap(self) -> float:
        """right − left."""
        return float((as_ball(self.right) - as_ball(self.left)).mid())

    @property
    def known(self) -> bool:
        """Whether the sides have values."""
        return self.left is not None

    @property
    def ratio(self) -> float | None:
        """left/right, where that says how close they come."""
        left, right = as_ball(self.left), as_ball(self.right)
        return float((left / right).mid()) if left >= 0 and right > 0 else None

    @property
    def equal(self) -> bool:
        return self.exact and self.left == self.right


class Points(Balls):
    """Balls that are not put off by |x| at 0, which has a value there; its slope, which it has not, is a kink.

    A sum of squares is known not to be negative, however wide its ball: so the norm of what is nearly 0 has a value.
    """

    name = "balls"

    def __init__(self) -> None:
        super().__init__()
        self.squares: dict[int, Lifted] = {}  # what is not negative, kept so that no other object gets its id

    def _known(self, a: Lifted) -> Lifted:
        self.squares[id(a)] = a
        return a

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        out = super().p_mul(p, a, b)
        return self._known(out) if a is b else out

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        out = super().p_reduce_sum(p, a)
        return self._known(out) if id(a) in self.squares else out

    def p_sqrt(self, p: Any, a: Lifted) -> Lifted:
        if id(a) not in self.squares:
            return super().p_sqrt(p, a)
        return self._map(lambda x: arb(0).union(arb(x.upper()).sqrt()) if x.contains(0) else x.sqrt(), a)

    def p_abs(self, p: Any, a: Lifted) -> Lifted:
        return self._map(abs, a)

    def p_sign(self, p: Any, a: Lifted) -> Lifted:
        self.ties = met(self.ties, a.parts[0])
        return super().p_sign(p, a)

    def p_reduce_max(self, p: Any, a: Lifted) -> Lifted:
        axes = tuple(axis + 1 for axis in p["axes"])
        moved = np.moveaxis(a.parts[0], axes, range(-len(axes), 0))
        flat = moved.reshape(*moved.shape[: -len(axes)], -1)
        out = np.empty(flat.shape[:-1], dtype=object)
        for index in np.ndindex(out.shape):
            out[index] = max_of(flat[index])
        return Lifted((out,))


def max_of(values: Sequence[arb]) -> arb:
    found = values[0]
    for x in values[1:]:
        found = found.max(x)
    return found


def as_ball(x: Any) -> arb:
    return arb(x.p) / arb(x.q) if isinstance(x, fmpq) else x


# ---- what two numbers say of a relation, entry by entry

AGREEING, NOTHING = arb(2) ** -40, arb(2) ** -200
Test = Callable[[Any, Any], bool]
ENTRIES: dict[str, tuple[Test, Test]] = {  # certain that it holds, certain that it fails
    "≤": (lambda p, q: bool(p <= q), lambda p, q: bool(p > q)),
    "<": (lambda p, q: bool(p < q), lambda p, q: bool(p >= q)),
    "=": (lambda p, q: bool(p == q), lambda p, q: bool(p != q)),
    "≠": (lambda p, q: bool(p != q), lambda p, q: bool(p == q)),
}
SOME = {"≠"}  # of vectors and matrices: in some entry; the others in every one


def truth(sign: str, left: np.ndarray, right: np.ndarray) -> Settled:
    """A relation between two arrays of balls, or of rationals."""
    left, right = np.broadcast_arrays(left, right)
    pairs: list[tuple[Any, Any, Any]] = [(index, left[index], right[index]) for index in np.ndindex(left.shape)]
    if not all(x.is_finite() for _, *both in pairs for x in both if isinstance(x, arb)):
        return Settled(Truth.OPEN, "a value is not finite")
    holds, fails = ENTRIES[sign]
    every, some = (fails, holds) if sign in SOME else (holds, fails)
    words = (Truth.FAILS, Truth.HOLDS) if sign in SOME else (Truth.HOLDS, Truth.FAILS)
    deciding = [t for t in pairs if some(*t[1:])]
    if deciding:
        return Settled(words[1], "", *max(deciding, key=lambda t: distance(t[1], t[2])))
    index, p, q = max(pairs, key=lambda t: closeness(sign, t[1], t[2]))
    if all(every(p, q) for _, p, q in pairs):
        return Settled(words[0], "", index, p, q)
    doubtful = [(p, q) for _, p, q in pairs if not every(p, q)]
    known = Truth.CLOSE if all(map(close, *zip(*doubtful, strict=True))) else Truth.OPEN
    return Settled(known, "the two sides are not told apart", index, p, q)


def close(p: Any, q: Any) -> bool:
    """Whether two balls are equal to many digits, or both are 0 to twice as many."""
    radius, size = (p - q).rad(), max(abs(p).upper(), abs(q).upper())
    return bool(radius <= AGREEING * max(abs(p).lower(), abs(q).lower()) or size <= NOTHING)


def distance(p: Any, q: Any) -> float:
    return abs(float((as_ball(p) - as_ball(q)).mid()))


def closeness(sign: str, p: Any, q: Any) -> float:
    """How close an entry comes to deciding against the relation."""
    return distance(p, q) if sign in ("=", "≠") else float((as_ball(p) - as_ball(q)).mid())


# ---- at many points


def settle(program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray, questions: Sequence[Question],
           cap: int = 848) -> list[list[Settled]]:
    """For each point, what is known of each relation; ``steps`` has a row for each point."""
    found: list[list[Settled]] = []
    for k in range(len(steps)):
        here, at = [a[[k]] for a in leaves], steps[[k]]
        answers = by_rationals(program, here, at, questions)
        if isinstance(answers, str):
            answers = by_balls(program, here, at, questions, cap, answers)
        found.append(answers)
    return found


def by_rationals(program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray,
                 questions: Sequence[Question]) -> list[Settled] | str:
    """Exact answers at one point, or why there are none."""
    system = Rationals()
    try:
        out = run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments(system, leaves, steps), system)
    except (OutOfClass, Unmoved) as reason:
        return str(reason)
    if system.ties is not None and system.ties.any():
        return "a function has a kink there"
    arrays = [lifted(x, system).parts[0][0] for x in out]
    return [truth(q.sign, arrays[q.left], arrays[q.right]) for q in questions]


def by_balls(program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray, questions: Sequence[Question],
             cap: int, why: str) -> list[Settled]:
    """Answers by balls at one point, with more digits as long as some are open."""
    answers = [Settled(Truth.OPEN, "no precision tried") for _ in questions]
    for precision in (p for p in PRECISIONS if p <= cap):
        with ctx.workprec(precision):
            answers = _at_precision(program, leaves, steps, questions)
        if all(a.truth in (Truth.HOLDS, Truth.FAILS) or a.reason == KINK for a in answers):
            break
        if precision >= PATIENT and all(a.truth is not Truth.OPEN for a in answers):
            break
    return [Settled(a.truth, f"{a.reason} at {cap} bits ({why})", a.entry, a.left, a.right)
            if a.truth is Truth.OPEN and a.reason != KINK else a for a in answers]


PATIENT = 424  # bits at which sides that still look equal are no longer told apart by more


KINK = "a function has a kink there"


def _at_precision(program: Program, leaves: Sequence[np.ndarray], steps: np.ndarray,
                  questions: Sequence[Question]) -> list[Settled]:
    system = Points()
    try:
        out = run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments(system, leaves, steps), system)
    except (Unknown, OutOfClass, Unmoved) as reason:
        return [Settled(Truth.OPEN, str(reason)) for _ in questions]
    if system.ties is not None and system.ties.any():
        return [Settled(Truth.OPEN, KINK) for _ in questions]
    arrays = [lifted(x, system).parts[0][0] for x in out]
    return [truth(q.sign, arrays[q.left], arrays[q.right]) for q in questions]


def shown(x: Any) -> str:
    """A value in words: a short fraction as it is, else a decimal."""
    if isinstance(x, fmpq) and len(str(x)) <= 16:
        return str(x)
    return decimal(as_ball(x))


@dataclass(frozen=True)
class Value:
    """A number at a point: a rational, or a ball that is as narrow as was asked for; or why there is none."""

    number: Any = None  # fmpq or arb
    reason: str = ""


def value_at(program: Program, steps: np.ndarray, result: int = 0, cap: int = 1696) -> Value:
    """The only entry of a result of a program without leaves, at steps of its own: rigorous, or not at all."""
    try:
        system = Rationals()
        out = run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments(system, [], steps), system)
        if system.ties is None or not system.ties.any():
            return Value(lifted(out[result], system).parts[0][0, 0, 0])
    except (OutOfClass, Unmoved):
        pass
    reason = ""
    for precision in (p for p in PRECISIONS if p <= cap):
        with ctx.workprec(precision):
            points = Points()
            try:
                out = run(program.jaxpr.jaxpr, program.jaxpr.consts, arguments(points, [], steps), points)
            except (Unknown, OutOfClass, Unmoved) as unknown:
                reason = str(unknown)
                continue
            if points.ties is not None and points.ties.any():
                return Value(None, KINK)
            x = lifted(out[result], points).parts[0][0, 0, 0]
            if x.is_finite() and (x == 0 or x.rad() <= AGREEING * x.abs_lower()):
                return Value(x)
            reason = f"the value is not told apart from 0 at {precision} bits"
    return Value(None, reason)
