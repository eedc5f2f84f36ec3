"""What is gathered while a document is scanned, file by file and cell by cell, and its macros so far."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from derivations.latex.reader.definitions import FORMS, Groups, define
from derivations.latex.reader.delimiters import ENVIRONMENTS, labels, unwrapped
from derivations.latex.reader.macros import Table
from derivations.latex.reader.passages import Directive, Heading, Passage, Problem, Region, Source, Stamped
from derivations.latex.stamp import STAMP

DEFINES = re.compile(rf"%[^\n]*|\\({'|'.join(sorted(FORMS, key=len, reverse=True))})(?![A-Za-z@])|\\[\s\S]")
DIRECTIVE = re.compile(r"%+[ \t]*derivations:[ \t]*([^\n]*)")
COMMENT = re.compile(r"%[^\n]*|\\[\s\S]")
NOT_BLANK = re.compile(r"[^\n]")
REMARK = re.compile(r"\s*derivations:")
LINE = re.compile(r"[^\n]+")
BEHIND = 3  # lines from the end of a display's mathematics to a label of its own


@dataclass
class Gathering:
    """The parts of a ``Source`` so far."""

    file: str
    passages: list[Passage] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stamps: list[Stamped] = field(default_factory=list)
    table: Table = field(default_factory=Table)

    def source(self) -> Source:
        return Source(self.file, tuple(self.passages), self.table.now, tuple(self.directives), tuple(self.headings),
                      tuple(self.problems), tuple(self.stamps))

    def problem(self, message: str, region: Region, offset: int) -> None:
        self.problems.append(Problem(message, region.place(offset)))

    def heading(self, text: str, level: int, region: Region, offset: int) -> None:
        self.headings.append(Heading(" ".join(text.split()), level, region.place(offset)))

    def comment(self, region: Region, start: int, end: int) -> None:
        """A comment of LaTeX, ``%`` included."""
        found = DIRECTIVE.match(region.text, start, end)
        if found and found[1].strip():
            self.directives.append(Directive(found[1].strip(), region.place(found.start(1))))
        elif region.text.startswith(STAMP, start):
            self.stamps.append(Stamped(region.text[start:end], region, start))

    def remark(self, region: Region, start: int, end: int) -> None:
        """The inside of a comment of HTML: each line after ``derivations:`` is a directive."""
        opened = REMARK.match(region.text, start, end)
        for line in LINE.finditer(region.text, opened.end(), end) if opened else ():
            text = line.group().strip()
            if text:
                self.directives.append(Directive(text, region.place(line.start() + line.group().index(text[0]))))

    def definition(self, region: Region, command: str, start: int, end: int, groups: Callable[[], Groups], *,
                   report: bool = True) -> int:
        """Reads the definition whose command stands from start to end; where what follows begins."""
        defined = define(region.text, command, end, groups, self.table)
        if defined.problem and report:
            self.problem(defined.problem, region, start)
        return defined.end

    def passage(self, region: Region, environment: str, opening: int, start: int, end: int, *,
                display: bool, after: tuple[str, ...] = ()) -> None:
        """Mathematics from start to end, opened at ``opening``; ``after`` are the labels written behind it."""
        inner = unwrapped(region.text, start, end) if display else None
        if inner:
            environment, start, end = inner
        text = self._without_definitions(region, start, end)
        if not text.strip():
            return
        found, unnumbered = labels(text)
        numbered = environment in ENVIRONMENTS and ENVIRONMENTS[environment].numbered and not unnumbered
        self.passages.append(Passage(
            text, display, environment, numbered, found + tuple((label, len(text)) for label in after),
            self.table.now, region, opening, start))

    def label_behind(self, label: str, region: Region, offset: int) -> None:
        """A label on a line of its own, of the display that ends a few lines before."""
        last, place = self.passages[-1] if self.passages else None, region.place(offset)
        end = last.place(len(last.text)) if last else place
        near = (end.file, end.cell) == (place.file, place.cell) and 0 < place.line - end.line <= BEHIND
        if last and last.display and near:
            self.passages[-1] = replace(last, labels=(*last.labels, (label, len(last.text))))
        else:
            self.problem(f"the label {label} stands behind no display: put it on the line after one", region, offset)

    def _without_definitions(self, region: Region, start: int, end: int) -> str:
        """The mathematics, with definitions read and overwritten with spaces, and directives read."""
        text = region.text[start:end]
        if "derivations:" in text:
            for found in COMMENT.finditer(text):
                self.comment(region, start + found.start(), start + found.end())
        if not DEFINES.search(text):
            return text
        groups, kept, at = Groups(text), [], 0
        for found in DEFINES.finditer(text):
            if found[1] and found.start() >= at:
                defined = define(text, found[1], found.end(), lambda: groups, self.table)
                if defined.problem:
                    self.problem(defined.problem, region, start + found.start())
                if defined.end > found.end():
                    kept += [text[at:found.start()], NOT_BLANK.sub(" ", text[found.start():defined.end])]
                    at = defined.end
        return "".join([*kept, text[at:]])
