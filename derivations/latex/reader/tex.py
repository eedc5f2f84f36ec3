"""Scanning LaTeX: a walk from delimiter to delimiter, in time proportional to the text.

Not TeX: braces do not bound definitions, and of conditionals only ``\\iffalse`` and ``\\iftrue`` are decided.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from derivations.errors import DerivationError
from derivations.latex.reader.definitions import FORMS, Groups
from derivations.latex.reader.delimiters import ENVIRONMENTS, NAMED, SECTIONS, Ends, Open, content
from derivations.latex.reader.gathering import Gathering
from derivations.latex.reader.passages import Region

TOKEN = re.compile(r"%[^\n]*|\\(?:begin|end)[ \t]*\{[^{}\n]*\}|\\[A-Za-z@]+|\\[\s\S]|\$\$?")
BEGUN = re.compile(r"^[ \t]*\\begin[ \t]*\{document\}", re.MULTILINE)
CONDITION = re.compile(r"%[^\n]*|\\(if[A-Za-z@]*|else|fi)(?![A-Za-z@])|\\[\s\S]")
NO_CONDITIONS = {"iff", "ifthenelse", "iftoggle", "ifbool", "ifstrequal", "ifstrempty", "ifdefstring", "ifblank"}
VERBATIM = {"verbatim", "verbatim*", "Verbatim", "lstlisting", "minted", "comment", "filecontents", "filecontents*",
            "alltt", "tikzpicture", "pgfpicture", "tikzcd", "pycode"}
OPTIONS = r"(?:\[[^\]\n]{0,500}\])?"
GROUP = r"\{[^{}\n]{0,500}\}"
QUOTED = r"(?:([^\sA-Za-z*{\[])[^\n]{0,500}?\1" + f"|{GROUP})"
COLUMNS = {"tabular": 1, "array": 1, "longtable": 1, "supertabular": 1, "tabular*": 2, "tabularx": 2, "tabulary": 2}
VERB = re.compile(rf"\*?{QUOTED}")
LISTING = re.compile(OPTIONS + QUOTED)
MINTED = re.compile(OPTIONS + GROUP + QUOTED)
ADDRESS = re.compile(rf"[ \t]{{0,9}}{OPTIONS}{GROUP}")
TITLE = re.compile(rf"\*?[ \t]{{0,9}}{OPTIONS}[ \t]{{0,9}}\n?[ \t]{{0,99}}(?=\{{)")
FILE = re.compile(rf"[ \t]{{0,9}}{OPTIONS}(?:\{{([^{{}}\n]{{0,500}})\}}|([^\s{{}}\\%$]{{1,500}}))")
SIGNS = {"$": ("$", False), "$$": ("$$", True), r"\(": (r"\)", False), r"\[": (r"\]", True)}
FILES, DEEPEST = 1000, 50  # files that one document may bring in, and that may bring each other in


class Walk:
    """One file of a document, from its beginning to its end. In a preamble only definitions count."""

    def __init__(self, region: Region, gathering: Gathering, inputs: Inputs, *, live: bool = True,
                 package: bool = False) -> None:
        self.region, self.text, self.gathering, self.inputs = region, region.text, gathering, inputs
        self.live = live and not BEGUN.search(self.text)
        self.package = package
        self._groups: Groups | None = None
        self._ends = Ends(self.text, comments=True, group=lambda at: self.groups().start(at))
        self._conditions: list[str] = []
        self._endless: set[str] = set()  # what was begun and has no end from here on

    def groups(self) -> Groups:
        """The groups of the file, matched when first asked for."""
        self._groups = self._groups or Groups(self.text)
        return self._groups

    def run(self) -> None:
        """Walks the file from one delimiter or command that matters to the next."""
        at = 0
        while found := TOKEN.search(self.text, at):
            token, at = found.group(), found.end()
            if token[0] == "%":
                self.gathering.comment(self.region, found.start(), at)
            elif token in SIGNS:
                at = self.sign(token, found.start(), at)
            elif token.startswith((r"\begin", r"\end")) and token[-1] == "}":
                at = self.environment(*_sides(token), found.start(), at)
            elif token[1:] in COMMANDS:
                at = COMMANDS[token[1:]](self, token[1:], found.start(), at)
            elif token[1:] in self.gathering.table.aliases:
                at = self.environment(*self.gathering.table.aliases[token[1:]], found.start(), at)
            elif token.startswith(r"\if"):
                at = self.condition(token[1:], found.start(), at)

    def sign(self, token: str, opening: int, start: int) -> int:
        """Mathematics between signs."""
        if not self.live:
            return start
        closer, display = SIGNS[token]
        end = self._ends.find(start, closer, self.gathering.table.aliases)
        if isinstance(end, Open):
            return self.unclosed(token, opening, start, end.what)
        self.gathering.passage(self.region, token, opening, start, end.end, display=display)
        return end.after

    def unclosed(self, token: str, opening: int, start: int, what: str) -> int:
        self.gathering.problem(f"{token} is not closed before {what}: close it, or write \\$ for a dollar sign"
                               if token[0] == "$" else f"{token} is not closed before {what}: close it",
                               self.region, opening)
        return start

    def environment(self, side: str, name: str, opening: int, start: int) -> int:
        """The beginning or the end of an environment: mathematics, verbatim, or prose that is walked through."""
        if name == "document":
            self.live = side == "begin"
            return start if self.live else len(self.text)
        if name in COLUMNS:
            return self.arguments(COLUMNS[name], start) if side == "begin" else start
        if name in VERBATIM and side == "begin":
            behind = -1 if name in self._endless else self.text.find(f"\\end{{{name}}}", start)
            if behind < 0:
                self._endless.add(name)
            return behind if behind >= 0 else self.unclosed(f"\\begin{{{name}}}", opening, start, "the end")
        meant = self.gathering.table.environments.get(name, name)
        if meant not in ENVIRONMENTS or not self.live:
            return start
        if side == "end":
            self.gathering.problem(f"\\end{{{name}}} closes nothing: is its \\begin missing?", self.region, opening)
            return start
        end = self._ends.find(start, name, self.gathering.table.aliases)
        if isinstance(end, Open):
            return self.unclosed(f"\\begin{{{name}}}", opening, start, end.what)
        self.gathering.passage(self.region, meant, opening, content(self.text, start, meant), end.end,
                               display=ENVIRONMENTS[meant].display)
        return end.after

    def define(self, command: str, opening: int, start: int) -> int:
        """A definition; of a package, those that are not read are no problem of the document."""
        return self.gathering.definition(self.region, command, opening, start, self.groups, report=not self.package)

    def stray(self, command: str, opening: int, start: int) -> int:
        if self.live:
            self.gathering.problem(f"\\{command} closes nothing: is its \\{STRAY[command]} missing?",
                                   self.region, opening)
        return start

    def heading(self, command: str, opening: int, start: int) -> int:
        """A heading, whose text is walked through afterwards: it may hold mathematics."""
        title = TITLE.match(self.text, start)
        end = self.groups().end(title.end()) if title else -1
        if title and end >= 0:
            self.gathering.heading(self.text[title.end() + 1:end], SECTIONS[command], self.region, opening)
        return start

    def arguments(self, count: int, start: int) -> int:
        """Passes over arguments that are no prose; the columns of a table are often set with ``$``."""
        for _ in range(count):
            opened = TITLE.match(self.text, start)
            end = self.groups().end(opened.end()) if opened else -1
            if end < 0:
                break
            start = end + 1
        return start

    def skip(self, pattern: re.Pattern[str], start: int) -> int:
        found = pattern.match(self.text, start)
        return found.end() if found else start

    def condition(self, command: str, opening: int, start: int) -> int:
        """A conditional: dead text is passed over, of a condition that is not known both branches are read."""
        if command == "fi" and self._conditions:
            self._conditions.pop()
        elif command == "else" and self._conditions[-1:] == ["iftrue"]:
            self._conditions.pop()
            return self._dead(command, opening, start)
        elif command == "iffalse":
            return self._dead(command, opening, start)
        elif command.startswith("if") and command not in NO_CONDITIONS:
            self._conditions.append(command)
        return start

    def _dead(self, command: str, opening: int, start: int) -> int:
        """Where dead text ends: at its ``\\fi``, or after ``\\iffalse`` at its ``\\else``."""
        depth = 0
        for found in CONDITION.finditer(self.text, start, 0 if command in self._endless else len(self.text)):
            word = found[1] or ""
            if not depth and (word == "fi" or (word == "else" and command == "iffalse")):
                self._conditions += ["else"] if word == "else" else []
                return found.end()
            depth += {"fi": -1, "else": 0, "": 0}.get(word, word not in NO_CONDITIONS)
        self._endless.add(command)
        return self.unclosed(f"\\{command}", opening, start, r"the end, by \fi")

    def input(self, command: str, opening: int, start: int) -> int:
        """``\\input{name}``: the file is scanned here; a package, if it lies beside the document."""
        found = FILE.match(self.text, start)
        if not found:
            return start
        package = command in PACKAGES
        for name in (found[1] or found[2]).split(",") if package else [found[1] or found[2]]:
            self.inputs.scan(name.strip(), self, opening, package=package)
        return found.end()


class Inputs:
    """The files that a document brings in, looked for beside the file that does and beside the document.

    ``root`` is the document's file, None for a text; ``read`` gives a file's text, problems of it reported.
    """

    def __init__(self, root: Path | None, read: Callable[[Path, Gathering], Region]) -> None:
        self.root, self.read, self.count = root, read, 0
        self.stack: list[Path] = [root] if root else []

    def scan(self, name: str, walk: Walk, opening: int, *, package: bool) -> None:
        """Scans a file where it is brought in."""
        path = self._path(name, (".sty",) if package else (".tex", ""))
        reason = self._refused(name, path, package)
        if reason:
            walk.gathering.problem(reason, walk.region, opening)
        if reason or not path:
            return
        self.count += 1
        self.stack.append(path)
        try:
            region = self.read(path, walk.gathering)
        except DerivationError as error:
            walk.gathering.problem(str(error), walk.region, opening)
        else:
            Walk(region, walk.gathering, self, live=walk.live and not package, package=walk.package or package).run()
        self.stack.pop()

    def _path(self, name: str, endings: tuple[str, ...]) -> Path | None:
        folders = dict.fromkeys(path.parent for path in (self.stack[-1:] + self.stack[:1]))
        tried = (folder / f"{name}{ending}" for folder in folders for ending in endings)
        return next((path for path in tried if name and os.path.isfile(path)), None)

    def _refused(self, name: str, path: Path | None, package: bool) -> str:
        """Why a file is not scanned."""
        if not self.root:
            return "" if package else f"{name} is not followed: a text has no folder; give the document's file"
        if not path:
            return "" if package else f"there is no file {name}.tex beside the document, nor {name}: is its name right?"
        if any(os.path.samefile(path, other) for other in self.stack):
            return f"{name} brings itself in: take one of the \\input out"
        if self.count >= FILES or len(self.stack) >= DEEPEST:
            return f"{name} is not scanned: at most {FILES} files are brought in, at most {DEEPEST} one by another"
        return ""


def scan_tex(region: Region, gathering: Gathering, inputs: Inputs) -> None:
    """Scans a LaTeX document into the gathering."""
    Walk(region, gathering, inputs).run()


def _sides(token: str) -> tuple[str, str]:
    found = NAMED.match(token)
    return (found[1], found[2]) if found else ("", "")


STRAY = {"]": "[", ")": "("}
PACKAGES = {"usepackage", "RequirePackage"}
COMMANDS: Mapping[str, Callable[[Walk, str, int, int], int]] = {
    **dict.fromkeys(FORMS, Walk.define),
    **dict.fromkeys(SECTIONS, Walk.heading),
    **dict.fromkeys(("input", "include", "subfile", *PACKAGES), Walk.input),
    **dict.fromkeys(STRAY, Walk.stray),
    "else": Walk.condition, "fi": Walk.condition,
    **{name: lambda walk, _, __, start: walk.skip(VERB, start) for name in ("verb", "path")},
    **{name: lambda walk, _, __, start: walk.skip(ADDRESS, start) for name in ("url", "href", "includegraphics")},
    **{name: lambda walk, _, __, start: walk.arguments(2, start) for name in ("newcolumntype", "multicolumn")},
    "lstinline": lambda walk, _, __, start: walk.skip(LISTING, start),
    "mintinline": lambda walk, _, __, start: walk.skip(MINTED, start),
}
