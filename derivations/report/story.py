"""What there is to tell of one verdict: labelled rows, which the terminal and pytest set as they like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derivations.report.places import again, located
from derivations.report.record import plain
from derivations.report.run import Outcome, outcome
from derivations.report.words import evidence_words, headline, readings, values, witness_words
from derivations.verdict import Counterexample, Status, Verdict

COMMAND = "again"  # the label of the row with the command that repeats a check
READING = "reading"
NONE = "no single change"  # how the checker says that it found no repair
MOST_PATHS = 4
FEW = 12  # numbers of a counterexample that are worth printing


class Row(NamedTuple):
    """A line of a story; its label is empty where it speaks for itself."""

    label: str
    text: str


def has_story(verdict: Verdict) -> bool:
    """Whether more than its line is told of a verdict without being asked."""
    return outcome(verdict) != Outcome.EXPECTED or verdict.status == Status.REFUTED


def story(verdict: Verdict, seed: int = 0) -> list[Row]:
    """The story of a verdict: short where it is as expected, else all that helps to find the fault."""
    return short_story(verdict) if outcome(verdict) == Outcome.EXPECTED else whole_story(verdict, seed)


def whole_story(verdict: Verdict, seed: int = 0) -> list[Row]:
    """All that helps to find the fault."""
    claim, found = verdict.claim, verdict.counterexample
    rows = [
        Row("", headline(verdict)),
        Row("reason", verdict.reason),
        Row("printed", claim.printed),
        *(Row(READING, reading) for reading in _readings_at_fault(verdict)),
        Row("read as", "; ".join(claim.read_as)),
        Row("witness", witness_words(claim.witness)),
        Row("cases", ", ".join(f"{label} {status}" for label, status in verdict.cases)),
        *(_counterexample_rows(found) if found else ()),
        Row("repair", verdict.repair),
        *(Row("path", path) for path in some(verdict.paths)),
        Row("holds at", verdict.holds_where),
        Row("source", claim.source),
        Row("file", located(claim.file, claim.line)),
        Row(COMMAND, again(claim, found, seed)),
    ]
    return [row for row in rows if row.text]


def short_story(verdict: Verdict) -> list[Row]:
    """One sentence on a claim that is as its author expects: where it fails, by how much, and where it holds."""
    found, words = verdict.counterexample, [headline(verdict)]
    if found:
        differs = found.shapes or (f"left − right = {found.difference}" if found.difference else "")
        at = _where(found)
        words += [": ".join(filter(None, [f"at {at}" if at else "", differs])), found.term]
    words.append(f"holds at {verdict.holds_where}" if verdict.holds_where else "")
    return [Row("", "; ".join(filter(None, words))), *(Row("", path) for path in some(verdict.paths)),
            *([Row("", f"repair: {verdict.repair}")] if verdict.repair and not verdict.repair.startswith(NONE) else [])]


def some(paths: Sequence[str]) -> list[str]:
    """The first few of many paths, and how many more there are."""
    shown = list(paths[:MOST_PATHS])
    return shown + ([f"and {len(paths) - MOST_PATHS} more paths"] if len(paths) > MOST_PATHS else [])


def evidence_rows(verdict: Verdict, *, timing: bool = True) -> list[Row]:
    return [Row(e.method, evidence_words(e, timing=timing)) for e in verdict.evidence]


def _readings_at_fault(verdict: Verdict) -> list[str]:
    """The reading of the case that was refuted; of every case where none is named."""
    found = verdict.counterexample
    every = readings(verdict.claim)
    named = [reading for case, reading in zip(verdict.claim.cases, every, strict=False)
             if found and found.case and case.label == found.case]
    return named or every


def _where(found: Counterexample) -> str:
    # readers of mathematics count from 1, the data from 0
    entry = "row {}, column {}".format(*(k + 1 for k in found.entry)) if found.entry is not None else ""
    return ", ".join(filter(None, [values(found.steps), values(found.sizes), entry, found.case]))


def _counterexample_rows(found: Counterexample) -> list[Row]:
    return [
        Row("at", _where(found)),
        Row("shapes", found.shapes),
        Row("left", found.left),
        Row("right", found.right),
        Row("difference", found.difference),
        Row("at fault", found.term),
        Row("numbers", values(found.leaves) if _count(plain(found.leaves)) <= FEW else ""),
    ]


def _count(item: object) -> int:
    """How many numbers there are in nested lists."""
    if isinstance(item, dict):
        return sum(map(_count, item.values()))
    return sum(map(_count, item)) if isinstance(item, list) else 1


def story_text(verdict: Verdict, seed: int = 0) -> str:
    """The story and the evidence as plain text, one row a line."""
    first, *rest = [*story(verdict, seed), *evidence_rows(verdict)]
    width = max([len(row.label) for row in rest], default=0)
    return "\n".join([f"{verdict.claim.id}: {first.text}", *(f"  {label:<{width}}  {text}" for label, text in rest)])
