"""Words in formulas: prose between them, names set upright, and what is said of what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.latex.reader.scripts import argument
from derivations.latex.reader.tokens import Token
from derivations.latex.reader.tree import Fenced, Letter, NotRead, Number, Text, Tree, Word
from derivations.latex.reader.vocabulary import (
    BARS,
    CLOSING,
    CONNECTIVES,
    LOGIC,
    NEGATED,
    PLUS,
    RELATIONS,
    SAYING,
    TEXTS,
    TIMES,
)

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

_DEFINING = ("def", "Delta", "triangle")  # above = they make it :=
_SPACING = ("\\,", "\\!", "\\;", "\\:", "\\ ", "~", " ")


def plain(said: str) -> bool:
    """Whether it is one word, such as a name may be: letters, then letters, digits, - and _."""
    return said.isascii() and said[:1].isalpha() and all(c.isalnum() or c in "-_" for c in said)


def named(text: str, style: str, start: int, end: int) -> Letter | Word:
    """One letter alone, or a word."""
    return (Letter if len(text) == 1 else Word)(text, style, start=start, end=end)


def bare(token: Token) -> str:
    """The words of a token without what only protects them."""
    return token.words.replace(r"\_", "_").replace("~", " ").strip(" ")


def is_prose(token: Token, script: bool, scripted: bool) -> bool:
    """Whether ``\\text{…}`` parts formulas: it has several words, or is a word such as *if*.

    In a script, and with scripts of its own, a single word is a name; "if" with spaces around it is prose there too.
    """
    said = bare(token)
    if not (plain(said) or (said.isascii() and said.isdigit())):
        return True
    if said.lower() not in CONNECTIVES or scripted:
        return False
    return not script or token.words.strip(" ") != token.words


def prose(p: Parser) -> list[Tree]:
    """The prose that comes next, if it says anything."""
    token = p.tokens[p.at]
    p.step()
    said = SAYING.get(token.key) or " ".join(filter(None, token.words.replace("~", " ").split(" ")))
    return [Text(said, start=token.start, end=token.end)] if said else []


def name(p: Parser) -> Tree:
    """A word as a name: ``\\textrm{tanh}``, ``W_\\textrm{hx}``."""
    token = p.tokens[p.at]
    if p.prose(p.at):
        raise NotRead(f"words where a formula was expected: {bare(token)!r}", token.start)
    p.step()
    said = bare(token)
    if said.isdigit() and TEXTS[token.key] != "rm":
        return Letter(said, TEXTS[token.key], start=token.start, end=token.end)
    if said.isdigit():
        return Number(said, start=token.start, end=token.end)
    return named(said, TEXTS[token.key], token.start, token.end)


def operator(p: Parser) -> Tree:
    """``\\operatorname{diag}``; spaces in it do not part words: ``arg\\,max`` is argmax."""
    token = p.tokens[p.at]
    said = token.words
    for space in _SPACING:
        said = said.replace(space, "")
    if not plain(said.replace(r"\_", "_")):
        raise NotRead(f"\\operatorname{{{token.words}}}: expected one word of letters and digits", token.start)
    p.step()
    return named(said.replace(r"\_", "_"), "rm", token.start, token.end)


# ---- relations


def relation(p: Parser) -> str | None:
    """The sign of the relation that comes next; None for a colon that only ends words."""
    key, start = p.key, p.start
    following = p.ahead(p.at)
    if key == ":" and following == "=":
        p.step()
        key = r"\coloneqq"
    elif key == "=" and following == ":":
        p.step()
        key = r"\eqqcolon"
    elif key == ":" and p.ends(p.behind(p.at)):
        return None
    if key in RELATIONS:
        p.step()
        return RELATIONS[key]
    place = p.at
    p.step()
    if key == r"\middle":
        if p.key not in BARS:
            raise NotRead(r"\middle: expected a bar behind it", start)
        p.step()
        return "∣"
    if key == r"\not":
        sign = NEGATED.get(RELATIONS.get(p.key, ""))
        if sign is None:
            raise NotRead(rf"\not before {p.key or 'the end'}: expected a relation such as = or \in", start)
        p.step()
        return sign
    return _noted(p, p.tokens[place], start)


def _noted(p: Parser, command: Token, start: int) -> str:
    """A relation with a note above it: ``\\stackrel{\\text{def}}{=}`` is :=, a number above changes nothing."""
    note = argument(p, command)
    braced, opened = p.key == "{", p.tokens[p.at]
    if braced:
        p.step()
    sign = RELATIONS.get(p.key)
    if sign is None:
        raise NotRead(f"{command.key} over {p.key or 'nothing'}: expected a relation such as =", start)
    p.step()
    if braced:
        p.expect("}", opened)
    if (note.text if isinstance(note, Word) else note.name if isinstance(note, Letter) else "") in _DEFINING:
        return ":=" if sign == "=" else sign
    if isinstance(note, Fenced | Number):
        return sign
    raise NotRead(f"a note above {sign} that may change its meaning: expected a number, or def", start)


# ---- what cannot be read


def unexpected(key: str, token: Token) -> NotRead:
    """What is said of a token where no operand can begin with it, or where nothing more can stand."""
    if not key:
        said = "the formula ends where a letter, a number or a fence was expected"
    elif key in CLOSING or key == "}":
        said = f"{key} where a letter or a number was expected, or without what opens it"
    elif key in PLUS or key in TIMES or key in RELATIONS or key in LOGIC:
        said = f"{key} where a letter, a number or a fence was expected"
    elif key in ("&", r"\\"):
        said = f"{key} outside an alignment or a matrix"
    elif key in BARS:
        said = r"a bar that is not one of a pair: write \lvert … \rvert around a value, \mid for 'given'"
    elif key in (r"\right", r"\end", r"\over", r"\middle"):
        said = f"{key} with nothing that it could end or part"
    elif key in ("^", "_", "'"):
        said = f"{key} without a letter in front of it"
    elif key[0] == "\\" and key[1:].isalpha():
        said = rf"unknown command {key}: define it with \newcommand, or write what it stands for"
    else:
        said = f"unknown sign {key}: write what it stands for in LaTeX mathematics"
    return NotRead(said, token.start)
