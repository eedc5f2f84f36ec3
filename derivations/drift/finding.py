"""What drift finds: an equation of a document, where it stands, and what became of its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from derivations.latex.reader.passages import Place


class Status(StrEnum):
    """What became of an equation. The first that fits, in the order of how much it asks of a reader."""

    CHANGED = "changed"
    STALE = "stale"  # it reads as its claim does now, but the claim is not what it was when the formula was stamped
    NOT_READ = "not read"
    UNKNOWN = "unknown id"
    UNDECIDED = "undecided"
    NOTATION = "notation only"
    SAME = "same"


@dataclass(frozen=True)
class Difference:
    """A place where a document says something else: what the claim says there, what the document does, and how it is
    known that these are not the same."""

    where: str
    claim: str
    document: str
    because: str = ""

    @property
    def words(self) -> list[tuple[str, str]]:
        """Both in one, piece by piece: what both have ("="), the claim alone ("-"), the document alone ("+")."""
        return list(_merged(_pieces(self.claim), _pieces(self.document)))


@dataclass(frozen=True)
class Finding:
    """An equation of a document that a claim, definition or remark belongs to.

    ``notes`` say what a reader should know whatever the status; ``reason`` why it is not read or not decided.
    """

    id: str
    place: Place
    status: Status
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    stale: bool = False
    outdated: bool = False
    edited: bool = False
    label: str = ""


def _pieces(text: str) -> list[str]:
    """Letters and digits that stand together, with what is set above or below them; every other sign by itself."""
    pieces: list[str] = []
    joined = False
    for c in text:
        word = c.isalnum() or c in "_^′'\N{COMBINING TILDE}\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING MACRON}"
        if word and joined:
            pieces[-1] += c
        else:
            pieces.append(c)
        joined = word
    return pieces


def _merged(one: list[str], other: list[str]) -> Iterator[tuple[str, str]]:
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "=", "".join(one[a:b])
            continue
        if a < b:
            yield "-", "".join(one[a:b])
        if c < d:
            yield "+", "".join(other[c:d])
