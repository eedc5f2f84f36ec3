"""Environments: matrices, and alignments inside formulas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derivations.latex.reader.rows import Lines
from derivations.latex.reader.tokens import Token
from derivations.latex.reader.tree import Matrix, NotRead, Statements, Tree
from derivations.latex.reader.vocabulary import COUNTED, LINES, MATRICES

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

_PLACES = ("t", "b", "c", "l", "r")


def environment(p: Parser) -> Tree:
    opened = p.tokens[p.at]
    name, fence = opened.words, MATRICES.get(opened.words.rstrip("*"))
    p.step()
    if name in LINES:
        _option(p)
        _columns(p, name in COUNTED)
        found = _lines(p)
    elif fence is not None:
        if name == "array" or name.endswith("*"):
            _option(p)
        _columns(p, name == "array")
        found = Matrix(_cells(p), fence)
    else:
        raise NotRead(f"unknown environment {name}: expected one such as aligned or bmatrix", opened.start)
    _close(p, opened)
    return replace(found, start=opened.start, end=p.last)


def _close(p: Parser, opened: Token) -> None:
    name = opened.words
    if not p.key:
        raise NotRead(rf"\begin{{{name}}} is not closed: \end{{{name}}} was expected", opened.start)
    if p.key != r"\end":
        raise p.unexpected()
    if p.tokens[p.at].words != name:
        raise NotRead(rf"\begin{{{name}}} is closed by \end{{{p.tokens[p.at].words}}}", p.start)
    p.step()


def _columns(p: Parser, wanted: bool) -> None:
    """Drops the columns of an array, or how many an alignment has."""
    if wanted:
        if p.key != "{":
            raise NotRead("expected the columns in braces", p.start)
        p.move(p.closes[p.at])
        p.step()


def _option(p: Parser) -> None:
    """Drops the placement [t], and nothing that is mathematics."""
    if p.key == "[" and p.keys[p.at + 1] in _PLACES and p.keys[p.at + 2] == "]":
        p.move(p.at + 3)


def _lines(p: Parser) -> Tree:
    """The statements on the lines; a single one stands for itself."""
    items = p.within(p.statements, p.context.inner(lines=Lines()))
    return items[0] if len(items) == 1 else Statements(tuple(items))


def stacked(p: Parser) -> Tree:
    """``\\substack{a \\\\ b}``: lines under a sign."""
    opened, brace = p.tokens[p.at], p.tokens[p.at + 1]
    p.step()
    if p.key != "{":
        raise NotRead(rf"{opened.key} with no lines: expected {{…}}", opened.start)
    p.step()
    found = _lines(p)
    p.expect("}", brace)
    return replace(found, start=opened.start, end=p.last)


def _cells(p: Parser) -> tuple[tuple[Tree, ...], ...]:
    """The cells, row by row; an empty one has no statements. Rows with nothing in them are space between rows."""
    found: list[tuple[Tree, ...]] = []
    row: list[Tree] = []
    while True:
        begun = p.start
        cell = p.within(p.content, p.context.inner(cell=True))
        row.append(cell or Statements((), start=begun, end=begun))
        if p.key == "&":
            p.step()
            continue
        if any(cell != Statements(()) for cell in row):
            found.append(tuple(row))
        if p.key != r"\\":
            return tuple(found)
        row = []
        p.step()
