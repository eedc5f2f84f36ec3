"""From characters to tokens: commands, signs and groups as they were written, without spaces and comments."""

from __future__ import annotations

from typing import NamedTuple

from derivations.latex.reader.tree import NotRead

_SPACE = " \t\n\r\f\v\u00a0\u2002\u2003\u2009\u200a\u202f\u200b\ufeff"


class Token(NamedTuple):
    """``key`` is a character, a command with its backslash, or "" at the end; ``words`` an argument made of words."""

    key: str
    start: int
    end: int
    spaced: bool = False  # whether a space stands before it
    words: str = ""


def scanned(text: str) -> list[Token]:
    """The tokens of a text. Raises NotRead for a backslash at its end."""
    found: list[Token] = []
    at, size, spaced = 0, len(text), False
    while at < size:
        c = text[at]
        if c in _SPACE:
            at, spaced = at + 1, True
            continue
        if c == "%":
            end = text.find("\n", at)
            at, spaced = size if end < 0 else end + 1, True
            continue
        end = at + 1
        if c == "\\":
            end = _command_end(text, at)
        elif c == "#" and end < size and text[end] in "123456789#":
            end += 1
        if (text[end - 1] < " " and text[end - 1] not in _SPACE) or text[end - 1] == "\x7f":
            raise NotRead(f"unknown sign U+{ord(text[end - 1]):04X}: a character that does not print", end - 1)
        found.append(Token(text[at:end], at, end, spaced))
        at, spaced = end, False
        if c == "\\" and found[-1].key == "\\\\":
            at = _after_break(text, at)
    return found


def _command_end(text: str, at: int) -> int:
    end = at + 1
    while end < len(text) and text[end].isascii() and text[end].isalpha():
        end += 1
    if end > at + 1:
        return end + 1 if text[at:end + 1] in (r"\operatorname*", r"\hspace*", r"\tag*") else end
    if end == len(text):
        raise NotRead("a backslash with nothing behind it: a command was expected", at)
    return end + 1


def _after_break(text: str, at: int) -> int:
    """Behind what may follow a line break at once: a star, and an extra distance such as [1ex]."""
    at += text[at:at + 1] == "*"
    if text[at:at + 1] != "[":
        return at
    end = text.find("]", at, at + 40)
    inside = text[at + 1:end] if end >= 0 else ""
    number = inside.strip().rstrip("abcdefghijklmnopqrstuvwxyz\\ ")
    is_length = bool(number) and len(number) < len(inside.strip()) and all(c in "+-.0123456789 " for c in number)
    return end + 1 if is_length else at
