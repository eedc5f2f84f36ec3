"""Stamps: one comment line that says what is known of a formula, and that tells whether the file was edited since.

    % derivations-stamp: id=lstm.B verdict=proved version=1.0 seed=0 meaning=0f…  body=9a…

``meaning`` is the digest of the claim (``derivations.digest``); ``body`` that of the whole file, the stamp's other
words included, without regard to line ends and to blanks at the end of a line. A verdict that was typed in by hand is
thereby as visible as a changed formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from derivations.version import __version__

STAMP = "% derivations-stamp:"
FILE = "% derivations-file:"  # of files that are no formulas: notation.sty, a whole document
NOT_CHECKED, DEFINITION, REMARK = "not-checked", "definition", "remark"
DIGITS = 16
_BODY = " body="


@dataclass(frozen=True)
class Stamp:
    """What a stamp says.

    ``verdict`` is a verdict's word, or ``not-checked``, ``definition``, ``remark``; ``seed`` is None where nothing was
    checked; ``line`` counts from 1 in the text that it was read from.
    """

    id: str
    verdict: str
    version: str = __version__
    seed: int | None = None
    meaning: str = ""
    body: str = ""
    line: int = 0

    def __str__(self) -> str:
        words = {"id": self.id, "verdict": self.verdict, "version": self.version,
                 "seed": "" if self.seed is None else str(self.seed), "meaning": self.meaning, "body": self.body}
        return " ".join([STAMP, *(f"{key}={value}" for key, value in words.items() if value)])


def read_stamps(text: str) -> list[Stamp]:
    """The stamps in a LaTeX source, in order. A line that begins like one, but has no id or no verdict, is none."""
    found = []
    for number, line in enumerate(_lines(text), 1):
        if line.lstrip().startswith(STAMP):
            words = _words(line.lstrip().removeprefix(STAMP))
            if words.get("id") and words.get("verdict"):
                found.append(_stamp(words, number))
    return found


def _words(line: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in line.split())
    return {key: value for key, equals, value in pairs if equals}


def _stamp(words: dict[str, str], line: int) -> Stamp:
    seed = words.get("seed", "")
    return Stamp(words["id"], words["verdict"], words.get("version", ""),
                 int(seed) if seed.isascii() and seed.isdigit() and len(seed) < 20 else None,
                 words.get("meaning", ""), words.get("body", ""), line)


# ---- the seal


def sealed(text: str) -> str:
    """A text whose first stamp (or line of a file) gets the digest of the whole."""
    lines = text.split("\n")
    at = _place(lines)
    assert at is not None, "a text that is sealed has a stamp"
    lines[at] = lines[at].partition(_BODY)[0].rstrip() + _BODY + body(text)
    return "\n".join(lines)


def body(text: str) -> str:
    """The digest of a text, apart from the one that it holds."""
    lines = [line.rstrip() for line in _lines(text)]
    at = _place(lines)
    if at is not None:
        lines[at] = lines[at].partition(_BODY)[0].rstrip()
    return sha256("\n".join(lines).rstrip().encode()).hexdigest()[:DIGITS]


def intact(text: str) -> bool:
    """Whether a text is as it was written: its seal is there, and fits."""
    at = _place(_lines(text))
    if at is None:
        return False
    return _lines(text)[at].partition(_BODY)[2].strip() == body(text)


def _place(lines: list[str]) -> int | None:
    return next((k for k, line in enumerate(lines) if line.startswith((STAMP, FILE))), None)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
