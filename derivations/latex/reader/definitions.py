"""Definitions of macros in a document: ``\\newcommand`` and its relatives, in the order in which they stand."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import NamedTuple

from derivations.latex.reader.delimiters import ENVIRONMENTS, NAMED
from derivations.latex.reader.macros import Table
from derivations.latex.reader.passages import Macro

GAP = r"(?:\s|%[^\n]*\n)*+"
BARE = r"\\([A-Za-z@]+|[^A-Za-z@\s])"
NAME = rf"{GAP}(?:\{{{GAP}{BARE}{GAP}\}}|{BARE})"
BODY = rf"{GAP}(?=\{{)"
COMMAND = re.compile(rf"\*?{NAME}{GAP}(?:\[([0-9])\])?{GAP}(?:\[([^\[\]]{{0,200}})\])?{BODY}")
PLAIN = re.compile(rf"{NAME}[ \t]*((?:#[1-9])*){BODY}")
OPERATOR = re.compile(rf"(\*?){NAME}{BODY}")
DOCUMENTED = re.compile(rf"{NAME}{GAP}\{{\s*(?:O\{{([^{{}}]{{0,200}})\}})?\s*((?:m\s*){{0,9}})\}}{BODY}")
LET = re.compile(rf"{NAME}[ \t]*=?[ \t]*(\\(?:[A-Za-z@]+|[^A-Za-z@\s])|[^\s\\{{}}])")
ENVIRONMENT = re.compile(rf"\*?{GAP}\{{([A-Za-z]+\*?)\}}{GAP}(?:\[[0-9]\])?{GAP}(?:\[[^\[\]]{{0,200}}\])?{BODY}")
NAMED_ONLY = re.compile(rf"\*?{NAME}")
BRACE = re.compile(r"%[^\n]*|\\[\s\S]|[{}]")
PARAMETER = re.compile(r"#([1-9])")


class Defined(NamedTuple):
    """Where what follows a definition begins, and what is wrong with it."""

    end: int
    problem: str = ""


class Groups:
    """The groups ``{…}`` of a text, matched once."""

    def __init__(self, text: str) -> None:
        self._opens, self._partners = array("q"), array("q")
        self._closing, self._opening = array("q"), array("q")
        stack = array("q")
        for found in BRACE.finditer(text):
            if found.group() == "{":
                stack.append(len(self._opens))
                self._opens.append(found.start())
                self._partners.append(-1)
            elif found.group() == "}" and stack:
                opened = stack.pop()
                self._partners[opened] = found.start()
                self._closing.append(found.start())
                self._opening.append(self._opens[opened])

    def end(self, start: int) -> int:
        """The offset of the brace that closes the one at ``start``, or −1."""
        return _at(self._opens, start, self._partners)

    def start(self, end: int) -> int:
        """The offset of the brace that the one at ``end`` closes, or −1."""
        return _at(self._closing, end, self._opening)


def _at(keys: array[int], key: int, values: array[int]) -> int:
    place = bisect_left(keys, key)
    return values[place] if place < len(keys) and keys[place] == key else -1


class Definition(NamedTuple):
    """A command that defines, in a text: what a reader of one form is given."""

    text: str
    start: int
    groups: Callable[[], Groups]
    table: Table

    def head(self, pattern: re.Pattern[str]) -> tuple[re.Match[str], int] | None:
        """What stands before the body, and the brace that closes the body."""
        found = pattern.match(self.text, self.start)
        end = self.groups().end(found.end()) if found else -1
        return (found, end) if found and end >= 0 else None

    def unread(self, expected: str) -> Defined:
        """A definition that is not read. Its command is put in force as one that leads back to itself: what uses it is
        refused, not read with another meaning."""
        found = NAMED_ONLY.match(self.text, self.start)
        name = (found[1] or found[2]) if found else ""
        if "@" in name:  # the inside of a package: no mathematics can use it
            return Defined(self.start)
        if name:
            self.table.refuse(name)
        return Defined(self.start, f"the definition{f' of {chr(92)}{name}' if name else ''} is not read: {expected}")

    def put(self, name: str, macro: Macro, end: int) -> Defined:
        """Puts a macro in force; ``end`` is the brace that closes its body."""
        highest = max((int(number) for number in PARAMETER.findall(macro.body)), default=0)
        if highest > macro.parameters:
            self.table.refuse(name)
            return Defined(end + 1, f"\\{name} uses #{highest} and has {macro.parameters} parameters: "
                                    "declare as many as it uses")
        return Defined(end + 1, self.table.define(name, macro))


def _command(given: Definition, provide: bool = False) -> Defined:
    head = given.head(COMMAND)
    if not head:
        return given.unread(r"expected \newcommand{\name}[2]{body}, with its braces closed")
    found, end = head
    name = found[1] or found[2]
    if provide and name in given.table.now:
        return Defined(end + 1)
    return given.put(name, Macro(int(found[3] or 0), given.text[found.end() + 1:end], found[4]), end)


def _plain(given: Definition) -> Defined:
    head = given.head(PLAIN)
    if not head:
        return given.unread(r"expected \def\name#1#2{body}; write it with \newcommand")
    found, end = head
    return given.put(found[1] or found[2], Macro(len(found[3]) // 2, given.text[found.end() + 1:end]), end)


def _documented(given: Definition) -> Defined:
    head = given.head(DOCUMENTED)
    if not head:
        return given.unread(r"expected arguments m, the first perhaps O{default}; write it with \newcommand")
    found, end = head
    count = found[4].count("m") + (found[3] is not None)
    return given.put(found[1] or found[2], Macro(count, given.text[found.end() + 1:end], found[3]), end)


def _operator(given: Definition) -> Defined:
    head = given.head(OPERATOR)
    if not head:
        return given.unread(r"expected \DeclareMathOperator{\name}{text}, with its braces closed")
    found, end = head
    body = f"\\operatorname{found[1]}{{{given.text[found.end() + 1:end]}}}"
    return given.put(found[2] or found[3], Macro(0, body), end)


def _let(given: Definition) -> Defined:
    found = LET.match(given.text, given.start)
    if not found:
        return given.unread(r"expected \let\name\other")
    return Defined(found.end(), given.table.let(found[1] or found[2], found[3]))


def _environment(given: Definition) -> Defined:
    head = given.head(ENVIRONMENT)
    second = re.compile(BODY).match(given.text, head[1] + 1) if head else None
    end = given.groups().end(second.end()) if second else -1
    if not head or not second or end < 0:
        return Defined(given.start, r"the definition is not read: expected \newenvironment{name}{before}{after}")
    name, opened = head[0][1], head[0].end()
    before = NAMED.fullmatch(given.text[opened + 1:head[1]].strip())
    after = NAMED.fullmatch(given.text[second.end() + 1:end].strip())
    if before and after and before[2] == after[2] and before[2] in ENVIRONMENTS:
        given.table.environments[name] = before[2]
    elif any(found[2] in ENVIRONMENTS for found in NAMED.finditer(given.text, opened, end)):
        return Defined(end + 1, f"the environment {name} makes equations of its own form, which are not read: "
                                "use one of LaTeX's")
    return Defined(end + 1)


def _unread(given: Definition) -> Defined:
    return given.unread(r"write it with \newcommand")


FORMS: Mapping[str, Callable[[Definition], Defined]] = {
    "newcommand": _command, "renewcommand": _command, "DeclareRobustCommand": _command,
    "providecommand": lambda given: _command(given, provide=True),
    "def": _plain, "gdef": _plain, "let": _let,
    "DeclareMathOperator": _operator,
    **dict.fromkeys(("NewDocumentCommand", "RenewDocumentCommand", "DeclareDocumentCommand"), _documented),
    "newenvironment": _environment, "renewenvironment": _environment,
    **dict.fromkeys(("DeclarePairedDelimiter", "DeclarePairedDelimiterX", "edef", "xdef", "futurelet"), _unread),
}


def define(text: str, command: str, start: int, groups: Callable[[], Groups], table: Table) -> Defined:
    """Reads the definition whose command ends at ``start`` into the table."""
    return FORMS[command](Definition(text, start, groups, table))
