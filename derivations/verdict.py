"""Verdicts: values with words, never booleans. Frozen data without behaviour: checkers make it, renderers read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from derivations.display import Displayed

if TYPE_CHECKING:
    from derivations.claim import Claim


class Status(StrEnum):
    """What is known of a claim, and who alone may say so."""

    PROVED = "proved"  # a proof, for every dimension and the stated range of steps
    AGREES = "agrees"  # numeric evidence alone, with its counts
    REFUTED = "refuted"  # a confirmed counterexample, or shapes that do not fit
    UNDECIDED = "undecided"  # everything else, with its reason
    VACUOUS = "vacuous"  # evidence was gathered, but it could not have failed


@dataclass(frozen=True)
class Evidence:
    """What one rung of the ladder found. ``counts`` holds its numbers, by the names of the JSON report."""

    method: str  # graph, shape, exact, sweep, proof
    outcome: Status
    detail: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Counterexample:
    """Where a claim is false: the smallest sizes and steps found, the entry, both values, their difference.

    ``left``, ``right`` and ``difference`` are decimal; ``difference`` comes with the bound of its error. ``leaves`` are
    the numbers that show it, by printed name. ``term`` names the term, factor or side at fault where it was found.
    """

    case: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    entry: tuple[int, int] | None = None
    left: str = ""
    right: str = ""
    difference: str = ""
    shapes: str = ""
    term: str = ""
    leaves: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    command: str = ""


@dataclass(frozen=True)
class Verdict(Displayed):
    """A claim's verdict with its evidence."""

    claim: Claim
    status: Status
    as_expected: bool
    reason: str = ""  # why undecided or vacuous, or what is contrary to expectation
    range: str = ""  # of steps, as in "t ≥ 2"
    evidence: tuple[Evidence, ...] = ()
    counterexample: Counterexample | None = None
    repair: str = ""  # the nearest formula that holds, and what was changed
    mended: tuple[Any, ...] = ()  # the sides of that formula, where it is one, for the case that was refuted
    paths: tuple[str, ...] = ()  # of the graph, that a refuted derivative misses or counts twice
    holds_where: str = ""  # for a claim that fails: the sizes and steps at which it was found to hold
    cases: tuple[tuple[str, Status], ...] = ()  # of a claim with several cases
    broken: bool = False  # two rungs contradict each other: the checker itself is at fault
    seconds: float = 0.0


@dataclass(frozen=True)
class Score:
    """What became of one claim's variants; those that were not refuted are described in words."""

    claim: str
    refuted: int = 0
    equivalent: tuple[str, ...] = ()
    survivors: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.refuted + len(self.equivalent) + len(self.survivors)
