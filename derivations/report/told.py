"""What a page tells of a claim beside its verdict, as plain data: its proof, and the repaired formula's own verdict."""

from __future__ import annotations

from dataclasses import dataclass

from derivations.report.proof_page import ProofSteps
from derivations.verdict import Status


@dataclass(frozen=True)
class Mended:
    """A repaired formula and the verdict on it."""

    latex: str
    reading: str
    status: Status
    range: str = ""
    counts: str = ""  # what the verdict rests on
    reason: str = ""  # why it is not decided


@dataclass(frozen=True)
class Told:
    """What is told of one claim; ``trouble``: what could not be told, and why."""

    proof: ProofSteps | None = None
    mended: Mended | None = None
    trouble: str = ""
