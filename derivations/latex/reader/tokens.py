"""The tokens of mathematics in LaTeX: commands, characters, groups and words, with comments gone and macros expanded.

Every token knows where it stands in the text; one that a macro made stands where the macro was called. Arguments that
are words and not mathematics (``\\text{…}``, ``\\begin{…}``) come as one token.
"""

from __future__ import annotations

from collections.abc import Mapping

from derivations.latex.reader.characters import Token, scanned
from derivations.latex.reader.expansion import expanded
from derivations.latex.reader.passages import Macro
from derivations.latex.reader.tree import NotRead
from derivations.latex.reader.unicode import ACCENTED, SUBSCRIPTS, SUPERSCRIPTS, spelled
from derivations.latex.reader.vocabulary import CONTROL_SPACES, DELIMITERS, IGNORED, PROSE, SILENT, SIZES, TEXTS

__all__ = ["LONGEST", "Macro", "Token", "tokens"]

LONGEST = 50_000  # characters of one passage
_NAMES = {r"\begin", r"\end", r"\operatorname", r"\operatorname*"}  # commands whose argument is a name
_UNSIDED = {"/", "‖", "∥", "⟨", "⟩"}
_SIDED = {"|": "vert", r"\vert": "vert", r"\|": "Vert", r"\Vert": "Vert", "‖": "Vert", "∥": "Vert"}


def tokens(text: str, macros: Mapping[str, Macro]) -> list[Token]:
    """The tokens of a passage; the last one is its end. Raises NotRead."""
    if len(text) > LONGEST:
        raise NotRead(f"a formula of {len(text)} characters: at most {LONGEST} are read; split it", LONGEST)
    found = scanned(text)
    if macros:
        found = expanded(found, macros)
    return [*_Arranging(found).run(), Token("", len(text), len(text))]


class _Arranging:
    """Takes tokens as they were written, and gives those that the grammar knows."""

    def __init__(self, found: list[Token]) -> None:
        self.found, self.at, self.out = found, 0, list[Token]()
        self.small = "", -1  # the last script made of small signs, and where it ends

    def run(self) -> list[Token]:
        while self.at < len(self.found):
            token = self.found[self.at]
            self.at += 1
            key = token.key
            if key in IGNORED:
                self.apart()
            elif len(key) == 1 and not key.isascii():
                self.unicode(token)
            elif key in TEXTS or key in PROSE or key in _NAMES:
                words, end = self.words(token)
                self.out.append(Token(key.rstrip("*"), token.start, end, token.spaced, words))
            elif key.rstrip("*") in SILENT:
                self.option()
                self.words(token)
                self.apart()
            elif key == r"\parbox":
                self.option()
                self.words(token)
                words, end = self.words(token)
                self.out.append(Token(r"\intertext", token.start, end, token.spaced, words))
            elif key in SIZES:
                self.sized(token)
            else:
                self.out.append(token)
        return self.out

    def apart(self) -> None:
        """What is dropped here parts what stands before it from what stands behind."""
        if self.at < len(self.found):
            self.found[self.at] = self.found[self.at]._replace(spaced=True)

    def words(self, command: Token) -> tuple[str, int]:
        """The argument of a command as it was written, with single spaces, and where it ends."""
        if self.at >= len(self.found):
            raise NotRead(f"{command.key} has no argument: expected {{…}}", command.start)
        first = self.found[self.at]
        self.at += 1
        if first.key == "}":
            raise NotRead(f"{command.key} has no argument: expected {{…}}", command.start)
        if first.key != "{":
            return (" " if first.key in CONTROL_SPACES else first.key), first.end
        said: list[str] = []
        depth = 1
        while self.at < len(self.found):
            token = self.found[self.at]
            self.at += 1
            depth += (token.key == "{") - (token.key == "}")
            joins_command = bool(said) and said[-1][0] == "\\" and said[-1][-1].isalpha() and token.key[0].isalpha()
            said.append(" " if token.spaced or joins_command else "")
            if not depth:
                return "".join(said), token.end
            said.append(" " if token.key in CONTROL_SPACES else token.key)
        raise NotRead("{ is not closed: } was expected", first.start)

    def option(self) -> None:
        """Drops an argument in brackets, if one comes."""
        if self.at < len(self.found) and self.found[self.at].key == "[":
            while self.at < len(self.found) and self.found[self.at].key != "]":
                self.at += 1
            self.at += 1

    def sized(self, token: Token) -> None:
        """A fence with a size: the size is dropped; ``\\bigl|`` opens and ``\\bigr|`` closes."""
        if self.at >= len(self.found):
            raise NotRead(f"{token.key} with nothing behind it: a fence such as ( was expected", token.start)
        fence, side = self.found[self.at], SIZES[token.key]
        if fence.key not in DELIMITERS and fence.key not in _UNSIDED:
            raise NotRead(f"{token.key} before {fence.key}: expected a fence such as (", token.start)
        self.at += 1
        if fence.key == "." and side == "l":
            return
        key = f"\\{side}{_SIDED[fence.key]}" if fence.key in _SIDED and side in ("l", "r") else fence.key
        self.out.append(Token(key, token.start, fence.end, token.spaced))

    def unicode(self, token: Token) -> None:
        """A sign of Unicode as the commands that it stands for; a combining accent goes around what it follows."""
        if token.key in ACCENTED:
            if not self.out:
                raise NotRead(f"the accent U+{ord(token.key):04X} has no letter to stand on", token.start)
            letter = self.out.pop()
            self.out += [Token(ACCENTED[token.key], letter.start, token.end, letter.spaced),
                         Token("{", letter.start, token.end), letter, Token("}", letter.start, token.end)]
            return
        for mark, scripts in (("_", SUBSCRIPTS), ("^", SUPERSCRIPTS)):
            if token.key in scripts:
                self.script(mark, Token(scripts[token.key], token.start, token.end))
                return
        keys = spelled(token.key)
        if keys is None:
            raise NotRead(f"unknown sign {token.key!r} (U+{ord(token.key):04X}): write it as a command of LaTeX",
                          token.start)
        self.out += [Token(key, token.start, token.end, token.spaced and not k) for k, key in enumerate(keys)]


    def script(self, mark: str, token: Token) -> None:
        """A small sign such as ₁, in one script with those directly before it."""
        brace = Token("}", token.start, token.end)
        if self.out and self.small == (mark, token.start):
            self.out[-1:] = [token, brace]
        else:
            self.out += [Token(mark, token.start, token.end), Token("{", token.start, token.end), token, brace]
        self.small = mark, token.end
