"""A run as JSON, version 1: fields may be added, none is renamed or dropped."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from sympy import S

from derivations.claim import Claim, Definition, Remark
from derivations.digest import meaning
from derivations.latex import latex, text
from derivations.latex.notation import TEXT
from derivations.latex.points import entries
from derivations.latex.relations import assumptions
from derivations.report.papers import document_record, verdicts_of
from derivations.report.places import again, place
from derivations.report.run import Run
from derivations.verdict import Counterexample, Evidence, Verdict
from derivations.version import __version__
from derivations.witness import Point

VERSION = 1


def to_json(run: Run) -> str:
    """The report of a run. Without seconds, the same run gives the same text."""
    return json.dumps(run_record(run), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def run_record(run: Run) -> dict[str, Any]:
    timing = run.seconds is not None
    return {
        "version": VERSION,
        "seed": run.seed,
        "checker": __version__,
        "interrupted": run.interrupted,
        "controls": list(run.controls),
        "claims": [verdict_record(verdict, timing=timing) for verdict in run.verdicts],
        "definitions": [definition_record(definition) for definition in run.definitions],
        "documents": [document_record(document, verdicts_of(document, run.verdicts)) for document in run.documents],
    }


def verdict_record(verdict: Verdict, *, timing: bool = True) -> dict[str, Any]:
    claim = verdict.claim
    record = {
        **claim_record(claim),
        "range": ascii_range(verdict.range),
        "cases": [{"case": label, "verdict": status.value} for label, status in verdict.cases],
        "verdict": verdict.status.value,
        "as_expected": verdict.as_expected,
        "reason": verdict.reason,
        "broken": verdict.broken,
        "evidence": [evidence_record(evidence, timing=timing) for evidence in verdict.evidence],
        "counterexample": counterexample_record(claim, verdict.counterexample),
        "holds_where": verdict.holds_where or None,
        "repair": verdict.repair or None,
        "paths": list(verdict.paths),
    }
    return record | {"seconds": round(verdict.seconds, 6)} if timing else record


def claim_record(claim: Claim) -> dict[str, Any]:
    return described(claim) | {
        "expect": claim.expect,
        "fails_when": fails_when(claim),
        "assumptions": assumptions(TEXT, claim),
        "read_as": list(claim.read_as),
        "along": None if claim.along is None else claim.along.name,
        "witness": None if claim.witness is None else witness_record(claim.witness),
    }


def witness_record(point: Point) -> dict[str, Any]:
    """``others`` is the value of every leaf that is not named, if they have one."""
    return {"label": point.label, "values": dict(entries(TEXT, point)), "others": "0" if point.zero else None}


def described(item: Claim | Definition | Remark) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "meaning": meaning(item),
        "printed": item.printed,
        "reading": text(item),
        "source": item.source,
        "file": place(item.file),
        "line": item.line,
    }


def fails_when(claim: Claim) -> str | None:
    """The region in which a claim is expected to fail, as its author would type it."""
    if claim.fails == S.false:
        return None
    return "always" if claim.fails == S.true else str(claim.fails)


def ascii_range(steps: str) -> str:
    return steps.replace("≥", ">=").replace("≤", "<=")


def definition_record(definition: Definition | Remark) -> dict[str, Any]:
    return described(definition) | {"latex": latex(definition)}


def evidence_record(evidence: Evidence, *, timing: bool) -> dict[str, Any]:
    counts = {name: plain(value) for name, value in evidence.counts.items() if timing or not name.endswith("seconds")}
    named = {"method": evidence.method, "outcome": evidence.outcome.value}
    return named | ({"detail": evidence.detail} if evidence.detail else {}) | counts


def counterexample_record(claim: Claim, found: Counterexample | None) -> dict[str, Any] | None:
    """``entry`` is a row and a column, counted from 0 as in arrays."""
    if found is None:
        return None
    return {name: plain(value) for name, value in vars(found).items()} | {"command": again(claim, found)}


def plain(value: Any) -> Any:
    """A value as JSON knows it: arrays as lists, exact and infinite numbers as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, (bool, str)) else str(value)
