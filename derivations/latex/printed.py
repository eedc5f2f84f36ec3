"""LaTeX that the printer wrote, taken apart again: what its width is measured on, and what other typesetters get.

It knows the commands that the printer uses, and no more: what an author wrote may be refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

# Commands with arguments that are formulas, and how many; those with words.
FORMULAS = {"frac": 2, "tfrac": 2, "dfrac": 2, "sqrt": 1, "mathrm": 1, "mathbf": 1, "mathit": 1, "boldsymbol": 1,
            "operatorname": 1, "tilde": 1, "hat": 1, "bar": 1, "dot": 1, "mathop": 1, "mathrel": 1,
            "overrightarrow": 1}
WORDS = {"text": 1, "parbox": 2}
DEEPEST = 200


class NotPrinted(ValueError):
    """LaTeX that is not as the printer writes it."""


@dataclass(frozen=True)
class Sign:
    """A letter, a digit, a sign, or a command without arguments."""

    token: str


@dataclass(frozen=True)
class Words:
    """Text between formulas; the commands in it are left as they are. What wraps has the width that it is given."""

    text: str
    wraps: bool = False


@dataclass(frozen=True)
class Group:
    inside: Formula


@dataclass(frozen=True)
class Called:
    """A command with its arguments."""

    name: str
    arguments: tuple[Formula, ...]


@dataclass(frozen=True)
class Scripted:
    """A base with what stands below and above it; primes are signs above."""

    base: Item
    below: Formula
    above: Formula


@dataclass(frozen=True)
class Fenced:
    r"""What stands between ``\left`` and ``\right``."""

    left: str
    inside: Formula
    right: str


@dataclass(frozen=True)
class Grid:
    """An environment of rows and cells."""

    name: str
    rows: tuple[tuple[Formula, ...], ...]


Item = Sign | Words | Group | Called | Scripted | Fenced | Grid
Formula = tuple[Item, ...]


@lru_cache(maxsize=4096)
def taken_apart(tex: str) -> Formula:
    """The items of a formula. Raises NotPrinted where braces, fences or environments do not close."""
    cursor = _Cursor(tex)
    found = cursor.formula()
    if cursor.token():
        raise NotPrinted(f"{cursor.token()!r} at {cursor.at} closes nothing")
    return found


def raw_group(text: str, at: int) -> tuple[str, int]:
    """What stands in the braces that open at a place, and the place behind them. Raises NotPrinted."""
    while at < len(text) and text[at].isspace():
        at += 1
    if text[at:at + 1] != "{":
        raise NotPrinted(f"expected an argument at {at}, found {text[at:at + 1]!r}")
    depth, start = 0, at + 1
    while at < len(text):
        c = text[at]
        depth += {"{": 1, "}": -1}.get(c, 0)
        at += 2 if c == "\\" else 1
        if not depth:
            return text[start:at - 1], at
    raise NotPrinted(f"the brace at {start - 1} is not closed")


class _Cursor:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def token(self) -> str:
        """The token here: a command with its backslash, or a character; "" at the end."""
        text = self.text
        while self.at < len(text) and text[self.at].isspace():
            self.at += 1
        if text[self.at:self.at + 1] != "\\":
            return text[self.at:self.at + 1]
        end = self.at + 1
        while end < len(text) and text[end].isascii() and text[end].isalpha():
            end += 1
        return text[self.at:max(end, self.at + 2)]

    def take(self) -> str:
        token = self.token()
        self.at += len(token)
        return token

    def expect(self, wanted: str) -> None:
        if (token := self.take()) != wanted:
            raise NotPrinted(f"expected {wanted} before {self.at}, found {token!r}")

    def formula(self) -> Formula:
        """Items up to what closes something else."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotPrinted(f"more than {DEEPEST} levels")
        items: list[Item] = []
        while self.token() not in ("", "}", "&", "\\\\", r"\right", r"\end"):
            item = self.item()
            items.append(self.scripts(item))
        self.depth -= 1
        return tuple(items)

    def item(self) -> Item:
        if self.token() in ("_", "^", "'"):
            return Group(())  # scripts without a base
        token = self.take()
        name = token[1:] if token[0] == "\\" else ""
        if token == "{":
            found = self.formula()
            self.expect("}")
            return Group(found)
        if name == "left":
            left, inside = self.take(), self.formula()
            self.expect(r"\right")
            return Fenced(left, inside, self.take())
        if name == "begin":
            return self.grid(self.raw())
        if name in WORDS:
            return Words([self.raw() for _ in range(WORDS[name])][-1], wraps=name == "parbox")
        if name in FORMULAS:
            return Called(name, tuple(self.argument() for _ in range(FORMULAS[name])))
        return Sign(token)

    def argument(self) -> Formula:
        """A group, or the one item that stands for it."""
        if not self.token():
            raise NotPrinted("an argument is missing at the end")
        item = self.item()
        return item.inside if isinstance(item, Group) else (item,)

    def raw(self) -> str:
        found, self.at = raw_group(self.text, self.at)
        return found

    def scripts(self, base: Item) -> Item:
        below: Formula = ()
        above: Formula = ()
        primes = 0
        while self.token() in ("_", "^", "'"):
            mark = self.take()
            if mark == "'":
                primes += 1
            elif mark == "_":
                below = below + self.argument()
            else:
                above = above + self.argument()
        above = (Sign(r"\prime"),) * primes + above
        return Scripted(base, below, above) if below or above else base

    def grid(self, name: str) -> Grid:
        rows: list[tuple[Formula, ...]] = []
        cells: list[Formula] = [self.formula()]
        while (token := self.take()) in ("&", "\\\\"):
            if token == "\\\\":
                self.skip_gap()
                rows.append(tuple(cells))
                cells = []
            cells.append(self.formula())
        if token != r"\end" or self.raw() != name:
            raise NotPrinted(f"{name} before {self.at} is not closed")
        return Grid(name, (*rows, tuple(cells)))

    def skip_gap(self) -> None:
        if self.text[self.at:self.at + 1] == "[":
            end = self.text.find("]", self.at)
            if end < 0:
                raise NotPrinted(f"the bracket at {self.at} is not closed")
            self.at = end + 1
