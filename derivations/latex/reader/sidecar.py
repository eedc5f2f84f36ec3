"""Sidecar files: NAME.derivations.toml beside a document says what its text leaves open.

    declare = ['W_f : n x (n+m)', 'x_t : m']      scopes = ["Backpropagation"]      layout = "numerator"
    define = ["eq:a"]    ignore = ["eq:b"]        fails = ["eq:c"]                  given = ["eq:d: t <= T"]

An entry that is not understood becomes a problem at its line, and the others count.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from derivations.latex.reader.declarations import Directions, direct
from derivations.latex.reader.passages import Directive, Place
from derivations.latex.reader.statements import Statement

ENDING = ".derivations.toml"
LARGEST = 1 << 20  # bytes of a sidecar: people write them
ENTRIES: dict[str, Callable[[str], str]] = {
    "declare": lambda text: text,
    "define": lambda text: f"define: {text}",
    "ignore": lambda text: f"ignore: {text}",
    "fails": lambda text: f"fails: {text}",
    "given": lambda text: f"given {text}",
    "layout": lambda text: f"layout: {text}",
}
"""For each key the directive that an entry stands for."""
SCOPES = "scopes"
KNOWN = (SCOPES, *ENTRIES)


def beside(document: Path) -> Path:
    """Where the sidecar of a document stands."""
    return document.parent / f"{document.stem}{ENDING}"


def load(path: Path, into: Directions) -> None:
    """What a sidecar says; one that is not TOML, and every entry that is not understood, is a problem."""
    text = _text(path, into)
    if text is None:
        return
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line, column = _position(str(error), text) if isinstance(error, tomllib.TOMLDecodeError) else (1, 1)
        into.problems.append((f"not TOML: {error}; none of the sidecar counts", Place(str(path), line, column)))
        return
    lines = text.splitlines()
    for key, value in data.items():
        at = _line(lines, key, 0)
        for entry, line in _entries(key, value, lines, at):
            place = Place(str(path), line + 1, 1)
            if key not in KNOWN:
                into.problems.append((f"the key {key!r} is not known: expected one of {', '.join(KNOWN)}", place))
            elif not isinstance(entry, str):
                into.problems.append((f"{key}: expected text between quotes, or a list of such, not {entry!r:.60}",
                                      place))
            elif key == SCOPES:
                into.headings.append(entry)
            else:
                direct([Directive(ENTRIES[key](entry), place)], into)


def _text(path: Path, into: Directions) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        into.problems.append((f"cannot be read: {error.strerror}; none of the sidecar counts", Place(str(path), 1, 1)))
        return None
    if len(data) > LARGEST:
        into.problems.append((f"has more than {LARGEST >> 20} MB; none of the sidecar counts", Place(str(path), 1, 1)))
        return None
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        into.problems.append((f"not UTF-8: byte {error.start} is 0x{data[error.start]:02x}; none of the sidecar counts",
                              Place(str(path), line, 1)))
        return None


def _position(message: str, text: str) -> tuple[int, int]:
    """Line and column that tomllib's message ends with: ``(at line 3, column 5)``, or ``(at end of document)``."""
    numbers = [word.strip("),") for word in message.rpartition("(at line ")[2].split(", column ")]
    if len(numbers) == 2 and all(number.isdigit() for number in numbers):
        return int(numbers[0]), int(numbers[1])
    return text.count("\n") + 1, 1


def _entries(key: str, value: object, lines: list[str], at: int) -> Iterable[tuple[object, int]]:
    """Entries with their lines, counted from 0: of a list, each where its text stands."""
    if not isinstance(value, list) or key not in KNOWN:
        yield value, at
        return
    for entry in value:
        written = entry if isinstance(entry, str) else str(entry)
        at = _line(lines, written, at)
        yield entry, at


def _line(lines: list[str], written: str, start: int) -> int:
    """The first line from one on in which something is written, also with TOML's backslashes doubled."""
    spelled = (written, written.replace("\\", "\\\\"))
    return next((k for k in range(start, len(lines)) if any(word in lines[k] for word in spelled)), start)


def unmet(directions: Directions, found: Iterable[Statement]) -> Iterable[tuple[str, Place]]:
    """Directives that name an equation which the document does not have: a typing error, else they would do nothing."""
    named = [(mark, label, place) for mark, label, place in directions.marks]
    named += [("given", label, place) for label, _, place in directions.given]
    if not any(label for _, label, _ in named):
        return
    known = {name for s in found for name in (s.label, str(s.at.line), str(s.passage.at.line))}
    for mark, label, place in named:
        if label and label not in known:
            yield f"{mark}: no equation has the label, or the line, {label!r}", place
