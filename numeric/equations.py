"""Which equations of a document a target names: by label, by id, by line, by a scope's name, or by a pattern of ids.

``paper.tex::eq:jac``, ``paper.tex::paper.eq-jac``, ``paper.tex::41``, in a notebook ``paper.ipynb::cell 3:2``, for a
line of a file that is brought in ``paper.tex::chapter.tex:41``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from derivations.errors import DerivationError
from derivations.latex.reader.account import Account, Document

Chooses = Callable[[Document, str], list[Account]]


class NoEquation(DerivationError):
    """A target that names no equation of its document."""


def chosen(document: Document, patterns: list[str]) -> Document:
    """The document with the equations that any of the patterns names, in its order; an empty pattern names all.

    What is wrong with the document stays told: its equations are read with it. Raises NoEquation.
    """
    if "" in patterns:
        return document
    found = {id(account) for pattern in patterns for account in named(document, pattern)}
    return replace(document, accounts=tuple(account for account in document.accounts if id(account) in found))


def named(document: Document, pattern: str) -> list[Account]:
    """The equations that a pattern names. Raises NoEquation."""
    for rule in RULES:
        if found := rule(document, pattern):
            return found
    raise NoEquation(f"{document.file}::{pattern} names no equation: {_hint(document, pattern)}")


def ids(document: Document, account: Account) -> Iterator[str]:
    """The ids of an equation: its claim's, or those that it would have in the document's scopes."""
    if account.claim is not None:
        yield account.claim.id
    else:
        yield from (f"{model.name}.{account.id}" for model in document.models)


def _by_label(document: Document, pattern: str) -> list[Account]:
    return [account for account in document.accounts if account.statement.label == pattern]


def _by_id(document: Document, pattern: str) -> list[Account]:
    return [account for account in document.accounts if pattern in (account.id, *ids(document, account))]


def _by_line(document: Document, pattern: str) -> list[Account]:
    """Those that begin on a line; else, of those whose display the line is in, the last that begins before it."""
    head, _, number = pattern.rpartition(":")
    cell, file = _cell(head), document.file if head.startswith("cell ") or not head else head
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        return []
    line = int(number)
    here = [account for account in document.accounts
            if account.statement.at.cell == cell and _same(account.statement.at.file, file, document.file)]
    if begun := [account for account in here if account.statement.at.line == line]:
        return begun
    around = [account for account in here if _covers(account, line)]
    return [account for account in around if account.statement.at.line < line][-1:] or around


def _cell(head: str) -> int:
    number = head.removeprefix("cell ")
    return int(number) if number != head and number.isascii() and number.isdigit() and len(number) < 9 else 0


def _same(one: str, other: str, document: str) -> bool:
    """Whether a file is the one that was named, from here or from the document's folder."""
    return Path(one).resolve() in (Path(other).resolve(), (Path(document).parent / other).resolve())


def _covers(account: Account, line: int) -> bool:
    passage = account.statement.passage
    return passage.at.line <= line <= passage.place(len(passage.text)).line


def _by_scope(document: Document, pattern: str) -> list[Account]:
    return [account for account in document.accounts
            if account.claim is not None and account.claim.model.name == pattern]


def _by_glob(document: Document, pattern: str) -> list[Account]:
    return [account for account in document.accounts
            if any(fnmatchcase(id, pattern) for id in (account.id, *ids(document, account)))]


RULES: tuple[Chooses, ...] = (_by_label, _by_id, _by_line, _by_scope, _by_glob)
"""In this order: the first that names anything."""


def _hint(document: Document, pattern: str) -> str:
    if not document.accounts:
        return "the document has none"
    names = [account.statement.label or account.id for account in document.accounts]
    close = get_close_matches(pattern, list(dict.fromkeys(names)), 3, 0.5)
    if close:
        return f"did you mean {', '.join(close)}?"
    line = document.accounts[0].statement.at.line
    return f"expected a label, an id, or the line of an equation, such as {line}; 'derivations list' shows the ids"
