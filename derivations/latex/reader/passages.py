"""What scanning a document gives: passages of mathematics with their places, macros, directives, headings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """A place in a file; line and column count characters from 1. In a notebook the line is the one in its cell.

    Prints as ``paper.tex:41``, in a notebook ``paper.ipynb:cell 3:2``; ``exact`` adds the column.
    """

    file: str
    line: int
    column: int
    cell: int = 0

    def __str__(self) -> str:
        return f"{self.file}:cell {self.cell}:{self.line}" if self.cell else f"{self.file}:{self.line}"

    @property
    def exact(self) -> str:
        return f"{self}:{self.column}"


@dataclass(frozen=True)
class Macro:
    """``\\newcommand{\\name}[parameters][default]{body}``; ``default`` is that of the first argument, if it has one.

    ``literal``: the body is a command with its own meaning, whatever macro has its name (``\\let\\old\\phi``).
    """

    parameters: int
    body: str
    default: str | None = None
    literal: bool = False


class Macros(Mapping[str, Macro]):
    """Macros by name, without the backslash, as they stand at one point of a document.

    A view of the whole history, so that a thousand passages share it.
    """

    def __init__(self, history: Mapping[str, list[tuple[int, Macro]]] | None = None, until: int = 0) -> None:
        self._history, self._until = history or {}, until

    def __getitem__(self, name: str) -> Macro:
        entries = self._history[name]
        at = bisect_right(entries, self._until, key=lambda entry: entry[0])
        if not at:
            raise KeyError(name)
        return entries[at - 1][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, entries in self._history.items() if entries[0][0] <= self._until)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Macros({dict(self)!r})"


class Region:
    """Text with the place of each of its lines: a file, a cell, or lines picked out of another region."""

    def __init__(self, text: str, file: str, cell: int, offsets: list[int], places: list[tuple[int, int]]) -> None:
        self.text, self.file, self.cell, self._offsets, self._places = text, file, cell, offsets, places

    @classmethod
    def whole(cls, text: str, file: str, cell: int = 0) -> Region:
        """A text whose lines end in ``\\n``."""
        offsets = [0]
        at = text.find("\n") + 1
        while at:
            offsets.append(at)
            at = text.find("\n", at) + 1
        return cls(text, file, cell, offsets, [(line, 1) for line in range(1, len(offsets) + 1)])

    def lines(self, spans: Iterable[tuple[int, int]]) -> Region:
        """The region whose lines are these pieces of lines of this one, from start to end."""
        offsets, places, pieces, at = [0], [(1, 1)], [], 0
        for start, end in spans:
            place = self.place(start)
            if at:
                offsets.append(at)
                places.append((place.line, place.column))
            else:
                places[0] = (place.line, place.column)
            pieces.append(self.text[start:end])
            at += end - start + 1
        return Region("\n".join(pieces), self.file, self.cell, offsets, places)

    def line(self, number: int) -> tuple[int, int]:
        """Start and end of a line, counted from 0; behind the last line, the end of the text."""
        if number >= len(self._offsets):
            return len(self.text), len(self.text)
        last = number + 1 == len(self._offsets)
        return self._offsets[number], len(self.text) if last else self._offsets[number + 1] - 1

    def place(self, offset: int) -> Place:
        """Where the character at an offset stands in the file."""
        at = bisect_right(self._offsets, offset) - 1
        line, column = self._places[at]
        return Place(self.file, line, column + offset - self._offsets[at], self.cell)


@dataclass(frozen=True)
class Passage:
    """Mathematics between its delimiters, as it is written, comments and ``\\label`` included.

    ``environment`` is what it stands in: ``$``, ``$$``, ``\\(``, ``\\[``, ``math`` (a fence or role), or the name of a
    LaTeX environment, whose rows then stand at top level with their ``&`` and ``\\\\``. ``labels`` are the labels with
    their offsets in the text, also those written after the display; ``macros`` those in force here. Definitions that
    stand inside the mathematics are overwritten with spaces.
    """

    text: str
    display: bool
    environment: str
    numbered: bool = False
    labels: tuple[tuple[str, int], ...] = ()
    macros: Mapping[str, Macro] = field(default_factory=Macros, repr=False, compare=False)
    region: Region = field(default_factory=lambda: Region.whole("", ""), repr=False, compare=False)
    opening: int = field(default=0, repr=False, compare=False)
    start: int = field(default=0, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The first label, or nothing."""
        return self.labels[0][0] if self.labels else ""

    @property
    def at(self) -> Place:
        """Where its opening delimiter stands."""
        return self.region.place(self.opening)

    @property
    def file(self) -> str:
        return self.region.file

    @property
    def line(self) -> int:
        return self.at.line

    @property
    def column(self) -> int:
        return self.at.column

    def place(self, offset: int) -> Place:
        """Where the character of ``text`` at an offset stands."""
        return self.region.place(self.start + offset)


@dataclass(frozen=True)
class Heading:
    """Level 1 is ``#`` or ``\\section``; titles, parts and chapters are 0."""

    text: str
    level: int
    at: Place

    @property
    def line(self) -> int:
        return self.at.line


@dataclass(frozen=True)
class Directive:
    """What stands after ``derivations:`` in a comment, one line of it."""

    text: str
    at: Place

    @property
    def line(self) -> int:
        return self.at.line

    @property
    def column(self) -> int:
        return self.at.column


@dataclass(frozen=True)
class Problem:
    """What the scanner could not make sense of; the rest of the document is scanned all the same."""

    message: str
    at: Place

    @property
    def line(self) -> int:
        return self.at.line

    @property
    def column(self) -> int:
        return self.at.column


@dataclass(frozen=True)
class Stamped:
    """A comment line that says where the formula behind it came from; ``start`` is its offset in the region."""

    text: str
    region: Region = field(repr=False, compare=False)
    start: int = 0

    @property
    def at(self) -> Place:
        return self.region.place(self.start)


@dataclass(frozen=True)
class Source:
    """A document as it was scanned, everything in its order. ``macros`` are those in force at its end."""

    file: str
    passages: tuple[Passage, ...]
    macros: Mapping[str, Macro]
    directives: tuple[Directive, ...]
    headings: tuple[Heading, ...]
    problems: tuple[Problem, ...]
    stamps: tuple[Stamped, ...] = ()
