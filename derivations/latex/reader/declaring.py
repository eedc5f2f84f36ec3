"""A first sidecar for a document: guesses of the shapes that it leaves open, and the questions that are left.

A guess is declared where reading the document with it is no worse than without; where it is, and where a formula
contradicts it, it stands in a comment. What the reader took by itself (steps, sizes, open functions) is told, to be put
right where it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from derivations.calculus import Let
from derivations.functions import Smooth
from derivations.latex.reader.account import Account, Kind
from derivations.latex.reader.declarations import Directions, direct
from derivations.latex.reader.document import sections
from derivations.latex.reader.inference import (
    LETTERS,
    NUMBER,
    SIGNS,
    Guess,
    Inference,
    Sides,
    Size,
    habit,
    names,
    spelled,
)
from derivations.latex.reader.keys import Key
from derivations.latex.reader.passages import Directive, Place, Source
from derivations.latex.reader.scan import scan
from derivations.latex.reader.section import Section
from derivations.latex.reader.sidecar import beside, load
from derivations.latex.reader.statements import Statement, statements
from derivations.latex.reader.targets import target
from derivations.latex.reader.tree import NotRead, Relation
from derivations.names import Axes, Family

MOST = 24  # guesses that are tried one by one, where all together are worse
SHOWN = 6  # lines that are named


@dataclass(frozen=True)
class Proposal:
    """What a first sidecar would say: entries with what is noted beside each, and questions."""

    declared: tuple[tuple[str, str], ...]
    doubtful: tuple[tuple[str, str], ...]
    taken: tuple[tuple[str, str], ...]
    questions: tuple[str, ...]
    scopes: tuple[tuple[str, str], ...]
    unread: tuple[int, int]  # equations that are not read: without the declarations, and with them


@dataclass
class Attempt:
    """The document read with some declarations beside its own."""

    source: Source
    name: str
    found: list[Statement]
    own: Callable[[Directions], None]
    read: list[tuple[Section, list[Account]]] = field(default_factory=list)

    def with_(self, entries: list[str]) -> Attempt:
        directions = Directions()
        self.own(directions)
        direct(self.source.directives, directions)
        direct([Directive(entry, Place(self.source.file, 1, 1)) for entry in entries], directions)
        return replace(self, read=list(sections(self.found, self.source, self.name, directions, [])))

    @property
    def accounts(self) -> list[Account]:
        return [account for _, accounts in self.read for account in accounts]

    @property
    def unread(self) -> int:
        return sum(account.kind is Kind.NOT_READ for account in self.accounts)

    def worse(self, before: Attempt) -> bool:
        """Whether an equation that was read is not any more, or is no claim any more."""
        return any(b.kind is not Kind.NOT_READ and a.kind is not b.kind
                   for a, b in zip(self.accounts, before.accounts, strict=True))


def propose(path: Path) -> Proposal:
    """Guesses and questions for a document. Raises DerivationError where it cannot be scanned."""
    source = scan(path)

    def own(directions: Directions) -> None:
        if beside(path).is_file():
            load(beside(path), directions)

    before = Attempt(source, path.stem, statements(source), own).with_([])
    guesses = list(_guesses(before))
    entries = [(guess, _entry(guess, letters, step)) for guess, letters, step in guesses]
    kept = _kept(before, [entry for guess, entry in entries if not (guess.conflict or guess.defined)])
    kept += _helping(before, kept, [entry for _, entry in entries if entry not in kept])
    after = before.with_(kept)
    told = [(entry, _lines(guess.lines), guess.defined) for guess, entry in entries]
    return Proposal(
        declared=tuple((entry, lines) for entry, lines, _ in told if entry in kept),
        doubtful=tuple((entry, lines) for entry, lines, defined in told if entry not in kept and not defined),
        taken=tuple(_taken(after)), questions=tuple(_questions(after)), scopes=tuple(_scopes(after)),
        unread=(before.unread, after.unread))


def _kept(before: Attempt, entries: list[str]) -> list[str]:
    """The declarations with which reading is no worse: all of them, else one after the other."""
    if not before.with_(entries).worse(before):
        return entries
    kept: list[str] = []
    for entry in entries[:MOST]:
        if not before.with_([*kept, entry]).worse(before):
            kept.append(entry)
    return kept


def _helping(before: Attempt, kept: list[str], entries: list[str]) -> list[str]:
    """Of doubtful declarations those with which more is read: one after the other, or all where that reads more."""
    found: list[str] = []
    least = before.with_(kept).unread
    for entry in entries[:MOST]:
        attempt = before.with_([*kept, *found, entry])
        if attempt.unread < least and not attempt.worse(before):
            found, least = [*found, entry], attempt.unread
    whole = before.with_([*kept, *entries])
    return entries if whole.unread < least and not whole.worse(before) else found


# ---- guesses


def _guesses(attempt: Attempt) -> Iterator[tuple[Guess, Callable[[], str], str]]:
    """The names that no scope declares or defines, with the shapes that their formulas suggest, a supply of letters for
    sizes, and the letter of its steps."""
    found: dict[Key, tuple[Guess, Callable[[], str], str]] = {}
    for section, _ in attempt.read:
        sizes = {name: Size(name) for name in sorted(section.census.sizes)}
        things = section.scope.things.items()
        known = {key: sides for key, thing in things if (sides := _sides(thing, sizes)) is not None}
        defined = {item.target.key for item in section.builder.pending}
        missing: dict[Key, Guess] = {}
        told: dict[Key, Guess] = {}
        equations = [s for s in section.statements if s.is_equation and s.display]
        for statement in equations:
            for key in names(statement.tree, section.census) if statement.tree is not None else ():
                if not _is_open(section, key):
                    continue
                guess = told.setdefault(key, missing.setdefault(key, Guess(key, habit(key))))
                if statement.at.line not in guess.lines:
                    guess.lines.append(statement.at.line)
        inference = Inference(section.census, known, missing, lambda key, s=section: _is_function(s, key))  # type: ignore[misc]  # bound now
        for statement in equations:
            if statement.tree is not None:
                inference.take(statement.tree)
        letters = _letters(section, sizes)
        step = "t" if "t" in section.census.steps else min(section.census.steps, default="t")
        for key, guess in told.items():
            guess.defined = key in defined
            found.setdefault(key, (guess, letters, _letter(step)))
    yield from found.values()


def _is_open(section: Section, key: Key) -> bool:
    """Whether nothing says what a name stands for."""
    scope = section.scope
    if key in scope.things or key in scope.lambdas or _is_function(section, key):
        return False
    whole = replace(key, labels=key.labels[:-1])
    return not (key.labels and whole in scope.things)


def _is_function(section: Section, key: Key) -> bool:
    function = replace(key, primes=0)
    return section.scope.function(function) is not None or function in section.scope.lambdas


def _sides(thing: object, sizes: dict[str, Size]) -> Sides | None:
    """Rows and columns of what the scope knows."""
    if not isinstance(thing, (Family, Let)):
        return None
    axes: Axes = thing.axes
    sides = []
    for axis in axes:
        parts = tuple(sizes.setdefault(str(size), Size(str(size))) for _, size in axis)
        sides.append(None if not parts else parts[0] if len(parts) == 1 else Size(parts=parts))
    return sides[0], sides[1]


def _letters(section: Section, sizes: dict[str, Size]) -> Callable[[], str]:
    """Letters for sizes, which mean nothing else in the document."""
    census = section.census
    used = {key.stem for statement in section.statements if statement.tree is not None
            for key in names(statement.tree, census)} | census.steps | set(sizes)
    free = iter([letter for letter in LETTERS if letter not in used] + [f"n_{k}" for k in range(1, 1000)])
    return lambda: next(free)


def _entry(guess: Guess, letters: Callable[[], str], step: str) -> str:
    key = guess.key
    name = f"{replace(key, steps=False, labels=())}{key.scripts(step)}" if key.steps else str(key)
    rows, cols = (None if size is None else spelled(size, letters) for size in guess.sides)
    shape = "scalar" if guess.sides == NUMBER else f"{rows} x {cols}" if rows and cols else rows or f"1 x {cols}"
    return f"{name} : {shape}"


# ---- what else there is to say


def _lines(lines: list[int]) -> str:
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:SHOWN]))}{more}"


def _taken(attempt: Attempt) -> Iterator[tuple[str, str]]:
    """What the reader took by itself: steps, sizes, and functions that are defined nowhere."""
    entries: dict[str, str] = {}
    for section, _ in attempt.read:
        for name in sorted(section.census.steps):
            entries.setdefault(f"{_letter(name)} : step", "from its use")
        for name in sorted(section.census.sizes):
            entries.setdefault(f"{_letter(name)} : size", "from declared shapes")
        for key, function in section.scope.functions.items():
            if isinstance(function, Smooth) and key.stem not in SIGNS:
                values = f" -> {_size(function)}" if _size(function) else ""
                entries.setdefault(f"{key} : function{values}", "any smooth function")
    yield from entries.items()


def _letter(name: str) -> str:
    stem, _, label = name.partition("_")
    return (f"\\{stem}" if len(stem) > 1 else stem) + (f"_{{{label}}}" if label else "")


def _size(function: Smooth) -> str:
    return "+".join(str(size) for _, size in function.args[2])


def _questions(attempt: Attempt) -> Iterator[str]:
    """What is still not read, and why."""
    for account in attempt.accounts:
        if account.kind is Kind.NOT_READ:
            yield f"line {account.place.line}, column {account.place.column}: {account.reason}"


def _scopes(attempt: Attempt) -> Iterator[tuple[str, str]]:
    """Headings before the second definition of a name: there a scope may begin."""
    found: dict[str, list[str]] = {}
    for section, _ in attempt.read:
        first: dict[Key, int] = {}
        for statement in section.statements:
            key = _defined(section, statement)
            if key is None:
                continue
            line = first.setdefault(key, statement.at.line)
            titles = [h for h in attempt.source.headings if line < h.line < statement.at.line]
            if titles and statement.at.cell == 0:
                found.setdefault(titles[-1].text.strip().rstrip("#").strip(), []).append(
                    f"{key} (lines {line} and {statement.at.line})")
    for title, words in found.items():
        yield title, ", ".join(list(dict.fromkeys(words))[:SHOWN])


def _defined(section: Section, statement: Statement) -> Key | None:
    e = statement.tree
    if not statement.display or not isinstance(e, Relation) or e.signs[0] not in ("=", ":="):
        return None
    try:
        found = target(e.sides[0], section.census, frozenset())
    except NotRead:
        return None
    return found.key if found is not None and not found.arguments else None
