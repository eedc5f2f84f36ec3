"""Where mathematics ends in LaTeX: the delimiter that closes what another opened, environments, labels inside.

The expressions here find delimiters, commands and comments; what stands between them is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Environment(NamedTuple):
    """A LaTeX environment that holds mathematics. ``argument``: it takes one in braces before its content."""

    display: bool = True
    numbered: bool = False
    argument: bool = False


_PLAIN = ("equation", "align", "gather", "multline", "eqnarray", "flalign", "dmath", "dgroup")
_WITH_ARGUMENT = ("alignat", "xalignat", "IEEEeqnarray")
ENVIRONMENTS: Mapping[str, Environment] = {
    "math": Environment(display=False),
    "displaymath": Environment(),
    "xxalignat": Environment(argument=True),
    **{name: Environment(numbered=True) for name in _PLAIN},
    **{f"{name}*": Environment() for name in (*_PLAIN, "displaymath")},
    **{name: Environment(numbered=True, argument=True) for name in _WITH_ARGUMENT},
    **{f"{name}*": Environment(argument=True) for name in _WITH_ARGUMENT},
}

SECTIONS = {"title": 0, "part": 0, "chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4,
            "subparagraph": 5}

BARE = r"\\(?:begin|end)[ \t]*\{[A-Za-z]+\*?\}|\\[A-Za-z@]+|\\[\s\S]|\$\$?|[{}]|\n[ \t]*\n"
TOKENS = {False: re.compile(BARE), True: re.compile(rf"%[^\n]*|{BARE}")}
NAMED = re.compile(r"\\(begin|end)[ \t]*\{([A-Za-z]+\*?)\}")
LABELS = re.compile(r"%[^\n]*|\\label[ \t]*\{([^{}\n]*)\}|\\(?:nonumber|notag)(?![A-Za-z])|\\[\s\S]")
WRAPPED = re.compile(r"\s*\\begin[ \t]*\{([A-Za-z]+\*?)\}")
ARGUMENT = re.compile(r"(?:\[[^\]\n]{0,99}\])?[ \t]{0,9}\{[^{}\n]{0,99}\}")

Aliases = Mapping[str, tuple[str, str]]  # commands that stand for the beginning or the end of an environment


class Closing(NamedTuple):
    """The mathematics ends at ``end``, its delimiter at ``after``.

    ``seen``: how far the search for a delimiter outside all braces went in vain; the braces are then unbalanced.
    """

    end: int
    after: int
    seen: int = 0


class Open(NamedTuple):
    """Nothing closes it: the search stopped at ``seen``, before ``what``."""

    what: str
    seen: int = 0


@dataclass
class _Search:
    """A search for what closes mathematics: ``$``, ``$$``, ``\\)``, ``\\]``, or an environment's name."""

    text: str
    start: int
    closer: str
    aliases: Aliases
    braces: bool
    group: Callable[[int], int] | None  # where the group begins that a brace closes
    depth: int = 0
    inside: list[str] = field(default_factory=list)  # environments begun within
    fallback: Closing | None = None

    def brace(self, start: int, token: str) -> Open | None:
        """At a brace: ``$`` ends in the group in which it began."""
        outer = token == "}" and not self.depth and self.closer == "$"
        if outer and self.group and -1 < self.group(start) < self.start:
            return Open("the end of its group, }")
        self.depth = self.depth + 1 if token == "{" else max(0, self.depth - 1)
        return None

    def sign(self, start: int, token: str) -> Closing | None:
        """At a sign that may be the closing one."""
        if token != self.closer and self.closer != "$":
            return None
        closing = Closing(start, start + len(self.closer))
        if not self.depth or not self.braces:
            return closing
        self.fallback = self.fallback or closing
        return None

    def command(self, found: re.Match[str]) -> Closing | Open | None:
        """At a command: it may close the mathematics, or stand where mathematics cannot."""
        token = found.group()
        named = NAMED.match(token)
        side, name = (named[1], named[2]) if named else self.aliases.get(token[1:], ("", ""))
        if side == "end" and name == self.closer:
            return Closing(found.start(), found.end())
        if side == "end" and self.inside[-1:] == [name]:
            self.inside.pop()
        elif (side == "end" and not self.inside) or token == r"\[" or token[1:] in SECTIONS or \
                (name in ENVIRONMENTS and not self._wrapped(found.start())):
            return Open(token)
        elif side == "begin":
            self.inside.append(name)
        return None

    def _wrapped(self, start: int) -> bool:
        """Whether an environment is the first thing in a display, as in ``$$ \\begin{align}``."""
        return self.closer in ("$$", r"\]") and not self.text[self.start:start].strip()


def closing(text: str, start: int, closer: str, aliases: Aliases, *, end: int | None = None,
            braces: bool = True, comments: bool = True, group: Callable[[int], int] | None = None) -> Closing | Open:
    """The delimiter that closes mathematics which begins at ``start``: ``$``, ``$$``, ``\\)``, ``\\]`` or an
    environment's name. Mathematics in an environment may have empty lines, other mathematics none.

    A sign inside braces counts where there is no other before the mathematics must end (the braces are then
    unbalanced), or with ``braces=False``. ``comments``: ``%`` begins a comment, in which nothing closes anything.
    ``group`` gives for a brace } the offset of its {, or −1.
    """
    search, end = _Search(text, start, closer, aliases, braces, group), len(text) if end is None else end
    stopped, at = Open("the end"), end
    for found in TOKENS[comments].finditer(text, start, end):
        token = found.group()
        result: Closing | Open | None = None
        if token[0] == "%":
            continue
        if token in "{}":
            result = search.brace(found.start(), token)
        elif token[0] == "$" or token == closer:
            result = search.sign(found.start(), token)
        elif token[0] == "\n":
            result = Open("an empty line") if closer[0] in "$\\" else None
        else:
            result = search.command(found)
        if isinstance(result, Closing):
            return result
        if result:
            stopped, at = result, found.start()
            break
    return (search.fallback or stopped)._replace(seen=at)


class Ends:
    """The ends of mathematics in one text. No stretch of it is searched in vain twice, whatever it holds."""

    def __init__(self, text: str, *, comments: bool, group: Callable[[int], int] | None = None) -> None:
        self._text, self._comments, self._group = text, comments, group
        self._loose = 0  # up to here braces are known to be unbalanced
        self._open: dict[str, Open] = {}

    def find(self, start: int, closer: str, aliases: Aliases) -> Closing | Open:
        """As ``closing``."""
        known = self._open.get(closer)
        if known and start < known.seen:
            return known
        found = closing(self._text, start, closer, aliases, braces=start > self._loose, comments=self._comments,
                        group=self._group)
        if isinstance(found, Closing):
            self._loose = max(self._loose, found.seen)
        elif closer[0] in "$\\":  # an environment stops every search for the end of another
            self._open[closer] = found
        return found


def labels(text: str) -> tuple[tuple[tuple[str, int], ...], bool]:
    """The labels inside mathematics with their offsets, and whether each of its rows says that it has no number."""
    found, unnumbered = [], 0
    for match in LABELS.finditer(text):
        if match[1] is not None:
            found.append((match[1].strip(), match.start()))
        unnumbered += match.group() in (r"\nonumber", r"\notag")
    return tuple(found), unnumbered > text.count(r"\\")


def unwrapped(text: str, start: int, end: int) -> tuple[str, int, int] | None:
    """The environment that is all that stands between two offsets, and where its content does."""
    opened = WRAPPED.match(text, start, end)
    if not opened or opened[1] not in ENVIRONMENTS:
        return None
    closed = closing(text, opened.end(), opened[1], {}, end=end)
    if isinstance(closed, Open) or text[closed.after:end].strip():
        return None
    return opened[1], content(text, opened.end(), opened[1]), closed.end


def content(text: str, start: int, environment: str) -> int:
    """Where the content of an environment begins: after its argument, if it takes one."""
    argument = ARGUMENT.match(text, start) if ENVIRONMENTS[environment].argument else None
    return argument.end() if argument else start
