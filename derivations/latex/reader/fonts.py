"""Letters in their fonts and under their accents. A font's braces print nothing; its letters may make one word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from derivations.latex.reader import big
from derivations.latex.reader.scripts import argument, single
from derivations.latex.reader.tree import Letter, NotRead, Number, Text, Tree, Word
from derivations.latex.reader.vocabulary import ACCENTS, DECLARATIONS, SEPARATE, STYLES
from derivations.latex.reader.words import named

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

_UPRIGHT = ("", "rm")  # in these a digit looks like any other
_PLAIN = ("", "rm", "it", "bf")  # what bold letters of these kinds look like is bold


def letters(p: Parser) -> Tree:
    """A letter; in a font for words, all that stand together are one word."""
    begun, said = p.start, p.key
    p.step()
    while p.context.run and len(p.key) == 1 and p.key.isalnum() and not p.tokens[p.at].spaced:
        said += p.key
        p.step()
    return named(said, p.context.style, begun, p.last)


def styled(p: Parser) -> Tree:
    """``\\mathbf{…}``, ``\\boldsymbol{…}`` and their like."""
    command = p.tokens[p.at]
    style, run = _font(p, command.key)
    p.step()
    digits = _digits(p) if style not in _UPRIGHT else ""
    if digits:
        return Letter(digits, style, start=command.start, end=p.last)
    context = p.context.styled(style, run)
    if p.key != "{":
        return replace(p.within(lambda: single(p, command), context), start=command.start)
    opened = p.tokens[p.at]
    p.step()
    found = p.within(p.content, context)
    p.expect("}", opened)
    if found is None:
        raise NotRead(f"{command.key} with an empty argument", opened.start)
    if isinstance(found, Text):
        raise NotRead(f"words where a formula was expected: {found.text!r}", command.start)
    return replace(found, start=command.start, end=p.last)


def _font(p: Parser, command: str) -> tuple[str, bool]:
    """The font of a command inside the font around it: bold goes with any other, otherwise the inner one counts."""
    inner, outer = STYLES[command], p.context.style
    separate = command in SEPARATE
    if separate and inner == "bf":
        return ("bf" if outer in _PLAIN or outer.startswith("bf") else f"bf{outer}"), False
    if outer.startswith("bf") and not p.context.run:
        return ("bf" if inner in _PLAIN else f"bf{inner}"), not separate
    return inner, not separate


def _digits(p: Parser) -> str:
    """The digits that are all of an argument, as in ``\\mathbf{1}``; they are passed."""
    if p.key.isdigit():
        found = p.key
        p.step()
        return found
    inside = p.keys[p.at + 1:p.closes[p.at]] if p.key == "{" else []
    if not inside or not all(key.isdigit() for key in inside):
        return ""
    p.move(p.closes[p.at])
    p.step()
    return "".join(inside)


def declared(p: Parser) -> Tree:
    """A font from here to the end of the group, which parentheses and the cells of an alignment are not."""
    c = p.context
    if (c.fence and c.fence != r"\left") or (c.lines is not None and p.aligned):
        raise NotRead(f"{p.key} outside a group of its own: write {{{p.key} …}}", p.start)
    c.style, c.run = DECLARATIONS[p.key], bool(DECLARATIONS[p.key])
    p.step()
    return p.within(p.operand, c)


def accented(p: Parser) -> Tree:
    if big.ahead(p) is not None:
        return big.sign(p)
    command = p.tokens[p.at]
    p.step()
    found = argument(p, command)
    if isinstance(found, Number):
        found = Letter(found.text, "" if p.context.style in _UPRIGHT else p.context.style)
    if not isinstance(found, Letter | Word):
        raise NotRead(f"{command.key} over more than one letter: put the scripts behind it, or name it otherwise",
                      command.start)
    return replace(found, accents=(ACCENTS[command.key], *found.accents), start=command.start, end=p.last)
