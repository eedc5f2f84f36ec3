"""A report that was written as JSON, read back: the verdicts of claims that still mean what they meant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from derivations.claim import Claim
from derivations.digest import meaning
from derivations.errors import DerivationError
from derivations.report.record import VERSION
from derivations.report.run import Run
from derivations.verdict import Counterexample, Evidence, Status, Verdict
from derivations.version import __version__

MOST = 3  # claims that a message names
LARGEST = 200_000_000  # bytes of a report that is read


class Unfit(DerivationError):
    """A report that cannot be read, or that is not of these claims."""


def run_of(path: Path, claims: Iterable[Claim]) -> Run:
    """The run that a report tells of, for these claims; claims that it does not tell of are left out.

    Raises Unfit where it is no report of ``derivations check --json``, comes from another version of the checker, has
    another meaning for one of the claims, or has none of them; or where that run contradicted itself.
    """
    record = _read(path)
    if (found := record.get("checker")) != __version__:
        raise Unfit(f"{path}: the report is of version {found or 'unknown'} of the checker, this is {__version__}: "
                    "run 'derivations check --json' again")
    if record.get("controls"):
        raise Unfit(f"{path}: in that run the checker contradicted itself, so its verdicts are worth nothing")
    claims = list(claims)
    records = {one["id"]: one for one in _list(path, record, "claims") if isinstance(one.get("id"), str)}
    told = [claim for claim in claims if claim.id in records]
    if not told:
        raise Unfit(f"{path}: the report has none of these claims: {_some(claim.id for claim in claims)}")
    changed = [claim.id for claim in told if records[claim.id].get("meaning") != meaning(claim)]
    if changed:
        raise Unfit(f"{path}: changed since the report was made: {_some(changed)}; run 'derivations check --json' "
                    "again")
    seed = record.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise Unfit(f"{path}: seed is {seed!r}, expected a whole number")
    verdicts = tuple(_verdict(path, claim, records[claim.id]) for claim in told)
    return Run(verdicts, selected=len(claims), seed=seed)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise Unfit(f"{path}: more than {LARGEST // 1_000_000} MB: expected a report of 'derivations check --json'")
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unfit(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or nested without end
        raise Unfit(f"{path}: not JSON: {error}; expected what 'derivations check --json' writes") from error
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise Unfit(f"{path}: not a report of version {VERSION}: expected what 'derivations check --json' writes")
    return record


def _list(path: Path, record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = record.get(name)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Unfit(f"{path}: {name} is no list of objects: expected what 'derivations check --json' writes")
    return found


def _some(ids: Iterable[str]) -> str:
    shown = list(ids)
    more = f" and {len(shown) - MOST} more" if len(shown) > MOST else ""
    return ", ".join(shown[:MOST]) + more


def _verdict(path: Path, claim: Claim, record: Mapping[str, Any]) -> Verdict:
    try:
        return Verdict(
            claim, Status(record["verdict"]), _flag(record["as_expected"]), reason=_words(record, "reason"),
            range=_words(record, "range").replace(">=", "≥").replace("<=", "≤"),
            evidence=tuple(map(_evidence, _list(path, record, "evidence"))),
            counterexample=_counterexample(record.get("counterexample")), repair=_words(record, "repair"),
            paths=tuple(str(line) for line in record.get("paths") or ()), holds_where=_words(record, "holds_where"),
            cases=tuple((str(one["case"]), Status(one["verdict"])) for one in _list(path, record, "cases")),
            broken=_flag(record.get("broken", False)))
    except (KeyError, ValueError, TypeError) as error:
        raise Unfit(f"{path}: the record of {claim.id} cannot be read: {type(error).__name__}: {error}") from error


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _words(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}, expected text")
    return value or ""


def _evidence(record: Mapping[str, Any]) -> Evidence:
    counts = {name: value for name, value in record.items() if name not in ("method", "outcome", "detail")}
    return Evidence(str(record["method"]), Status(record["outcome"]), _words(record, "detail"), counts)


def _counterexample(record: Any) -> Counterexample | None:
    if record is None:
        return None
    known = {name: record[name] for name in Counterexample.__dataclass_fields__ if name in record}
    entry = known.get("entry")
    if entry is not None:
        row, column = entry
        known["entry"] = int(row), int(column)
    return Counterexample(**known)
