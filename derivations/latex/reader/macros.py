"""The macros of a document while it is scanned: what is in force, what stands for what, what leads back to itself."""

from __future__ import annotations

import re

from derivations.latex.reader.delimiters import ENVIRONMENTS, NAMED
from derivations.latex.reader.passages import Macro, Macros

MENTIONED = re.compile(r"\\([A-Za-z@]+|[^A-Za-z@])")
SEARCH = 1_000_000  # commands of a document that are looked at in search of recursions


class Table:
    """The macros so far. ``aliases`` are those that stand for ``\\begin`` or ``\\end`` of mathematics,
    ``environments`` the names that a document gives to environments of mathematics."""

    def __init__(self) -> None:
        self._history: dict[str, list[tuple[int, Macro]]] = {}
        self._serial, self._looked = 0, 0
        self._mentioned: set[str] = set()
        self.aliases: dict[str, tuple[str, str]] = {}
        self.environments: dict[str, str] = {}

    @property
    def now(self) -> Macros:
        """The macros in force here."""
        return Macros(self._history, self._serial)

    def define(self, name: str, macro: Macro) -> str:
        """Puts a macro in force from here on; what is wrong with it, if something is.

        A macro that leads back to itself is in force too, so that what uses it is refused.
        """
        mentioned = _mentioned(macro)
        recursive = name in mentioned or (name in self._mentioned and self._reaches(mentioned, name))
        self._put(name, macro)
        self._mentioned.update(mentioned)
        if recursive:
            return f"\\{name} is defined by itself: give it a body that does not come back to \\{name}"
        return self._alias(name, macro)

    def let(self, name: str, other: str) -> str:
        """``\\let``: a macro is copied; another command keeps its own meaning under the new name."""
        if other == f"\\{name}":
            return ""
        macro = self.now.get(other[1:]) if other[0] == "\\" else None
        return self.define(name, macro or Macro(0, other, literal=True))

    def refuse(self, name: str) -> None:
        """Makes every use of a command a recursion, which no reader follows."""
        self._put(name, Macro(0, f"\\{name}" + (" " if name.isalpha() else "")))

    def _put(self, name: str, macro: Macro) -> None:
        self._serial += 1
        self._history.setdefault(name, []).append((self._serial, macro))
        self.aliases.pop(name, None)

    def _alias(self, name: str, macro: Macro) -> str:
        """Notes what stands for a delimiter; equations that a macro makes as a whole would go by unseen."""
        found = NAMED.fullmatch(macro.body.strip())
        if found and found[2] in ENVIRONMENTS and not macro.parameters:
            self.aliases[name] = (found[1], found[2])
        elif any(named[2] in ENVIRONMENTS for named in NAMED.finditer(macro.body)):
            return f"\\{name} makes a whole equation, which is not read: write the equation where it stands"
        return ""

    def _reaches(self, names: list[str], goal: str) -> bool:
        """Whether commands lead to another through the macros in force."""
        seen, left = set(names), list(names)
        while left and self._looked < SEARCH:
            entries = self._history.get(left.pop())
            for name in _mentioned(entries[-1][1]) if entries else ():
                self._looked += 1
                if name == goal:
                    return True
                if name not in seen:
                    seen.add(name)
                    left.append(name)
        return self._looked >= SEARCH


def _mentioned(macro: Macro) -> list[str]:
    """The commands that its expansion goes on with."""
    return [] if macro.literal else MENTIONED.findall(macro.body)
