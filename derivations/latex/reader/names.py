"""Names for what a document writes: each key gets a name of the language, and no two the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from derivations.errors import NamingError
from derivations.latex.reader.keys import Key
from derivations.latex.reader.tree import NotRead
from derivations.names import ACCENTS

Declared = TypeVar("Declared")


def spelled(key: Key) -> tuple[str, str]:
    """Name and accent of a key as the language spells them. Raises NotRead."""
    if not (key.stem.isascii() and key.stem.isalpha()):
        raise NotRead(f"{key} has no spelling as a name: expected letters", 0)
    if len(key.accents) > 1 or not set(key.accents) <= {*ACCENTS, "vec"}:
        raise NotRead(f"{key}: of several accents, or one that is not known; known are {', '.join(ACCENTS[1:])}", 0)
    label = "".join(key.labels).replace("(", "").replace(")", "")
    accent = "".join(key.accents).replace("vec", "")
    return key.stem + "'" * key.primes + (f"_{label}" if label else ""), accent


def declare(key: Key, build: Callable[[str, str], Declared], *, accents: bool = True) -> Declared:
    """Declare a key under its own name, or under the first of a few others where that is taken.

    ``build`` gets the name and the accent. Raises NotRead where no name is free.
    """
    name, accent = spelled(key)
    problem: Exception | None = None
    for candidate, over in _spellings(key, name, accent, accents=accents):
        try:
            return build(candidate, over)
        except NamingError as error:
            problem = problem or error
    raise NotRead(str(problem), 0)


def _spellings(key: Key, name: str, accent: str, *, accents: bool) -> list[tuple[str, str]]:
    stem, _, label = name.partition("_")
    hints = [key.style, *key.accents, "b", "c"]
    plain = [(name, accent)] if accents or not accent else [(f"{stem}_{label}{accent}", "")]
    others = [f"{stem}_{label}{hint}" for hint in hints if hint]
    return plain + [(other, accent if accents else "") for other in others]
