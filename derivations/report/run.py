"""What a renderer is given: the verdicts of one run, and how the run was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from derivations.claim import Definition, Remark
from derivations.display import Displayed
from derivations.verdict import Status, Verdict

if TYPE_CHECKING:
    from derivations.latex.reader.account import Document
    from derivations.report.told import Told


class Outcome(StrEnum):
    """What a verdict means for the person who asked."""

    EXPECTED = "as expected"
    CONTRARY = "contrary to expectation"
    OPEN = "not decided"
    BROKEN = "the checker contradicts itself"


@dataclass(frozen=True)
class Run(Displayed):
    """One run of the checker: ``command`` repeats it.

    ``seconds`` is None where a report must not depend on the clock; ``told`` is what there is to tell beside the
    verdicts, where that was asked for.
    """

    verdicts: tuple[Verdict, ...]
    definitions: tuple[Definition | Remark, ...] = ()
    selected: int = 0  # claims that were asked for; more than there are verdicts where the run was interrupted
    seed: int = 0
    draws: int = 0
    command: str = ""
    interrupted: bool = False
    controls: tuple[str, ...] = ()  # what the checker got wrong where the answer is known: it is broken
    seconds: float | None = None
    documents: tuple[Document, ...] = ()  # those among the targets, every equation accounted for
    told: Mapping[str, Told] = field(default_factory=dict, repr=False, compare=False)  # by a claim's id


def outcome(verdict: Verdict) -> Outcome:
    """What is not decided is never as expected, whatever its author expects."""
    if verdict.broken:
        return Outcome.BROKEN
    if verdict.status in (Status.UNDECIDED, Status.VACUOUS):
        return Outcome.OPEN
    return Outcome.EXPECTED if verdict.as_expected else Outcome.CONTRARY


def outcomes(run: Run) -> Counter[Outcome]:
    return Counter(map(outcome, run.verdicts))


def statuses(run: Run) -> dict[Status, int]:
    """How many verdicts of each kind there are, in the order of the kinds."""
    counts = Counter(verdict.status for verdict in run.verdicts)
    return {status: counts[status] for status in Status if counts[status]}
