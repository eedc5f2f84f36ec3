"""Scanning a paragraph of Markdown for its mathematics: everything else in it is passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from derivations.latex.reader.definitions import FORMS, Groups
from derivations.latex.reader.delimiters import ENVIRONMENTS, NAMED, Closing, Ends, content
from derivations.latex.reader.gathering import Gathering
from derivations.latex.reader.passages import Region

ATTRIBUTE = r"""[ \t\n]+[A-Za-z_:][A-Za-z0-9:._-]{0,99}(?:[ \t\n]*=[ \t\n]*
    (?:[^\s"'=<>`]{1,2000}|'[^']{0,2000}'|"[^"]{0,2000}"))?"""
TOKEN = re.compile(rf"""
    (?P<definition>\\(?:{'|'.join(sorted(FORMS, key=len, reverse=True))})(?![A-Za-z@])(?=\*?\s{{0,9}}[{{\\]))
  | (?P<environment>\\begin[ \t]*\{{[A-Za-z]+\*?\}})
  | (?P<bracket>\\\\?[(\[])
  | (?P<escape>\\[\s\S])
  | (?P<role>(?:\{{math\}}|:math:|\$)(?=`[^`]))
  | (?P<code>`+)
  | (?P<comment><!--)
  | (?P<raw><(?i:pre|code|script|style|textarea|kbd|samp)(?:{ATTRIBUTE}){{0,50}}[ \t\n]*>)
  | (?P<tag><[A-Za-z][A-Za-z0-9-]{{0,99}}(?:{ATTRIBUTE}){{0,50}}[ \t\n]*/?>|<[A-Za-z][A-Za-z0-9+.-]{{1,31}}:[^<>\s]*>)
  | (?P<link>\]\(|^[ \t]*\[(?!\^)[^\[\]\n]{{1,999}}\]:[ \t]*(?=\S))
  | (?P<label>^[ \t]*:eqlabel:`[^`\n]+`)
  | (?P<directive>^%+[ \t]*derivations:[^\n]*)
  | (?P<dollars>\$\$)
  | (?P<dollar>\$)
""", re.VERBOSE | re.MULTILINE)
LABEL = re.compile(r"[ \t]*(?:\{#([^\s}]+)[^}\n]*\}|\(([A-Za-z0-9:._-]+)\)(?=[ \t]*$))", re.MULTILINE)
TARGET = re.compile(r"<[^<>\n]{0,2000}>|(?:[^\s()]|\([^\s()]{0,2000}\)){0,2000}")
BEGINS = re.compile(r"[^\W\d_]|[\\{(\[|+<-]")  # what a formula may begin with, and a price does not go on with
FORMULA = re.compile(r"[\\^_=]")
RUN = re.compile(r"`+")


class Paragraph:
    """One paragraph, heading or block of HTML. ``spaced``: ``$ x $`` is mathematics too."""

    def __init__(self, region: Region, gathering: Gathering, spaced: bool) -> None:
        self.region, self.text, self.gathering, self.spaced = region, region.text, gathering, spaced
        self._groups: Groups | None = None
        self._ends = Ends(self.text, comments=False)
        self._runs: dict[int, list[int]] | None = None
        self._missing: set[str] = set()  # what no longer occurs from here on

    def run(self) -> None:
        """Walks the paragraph from one token that matters to the next."""
        at = 0
        while found := TOKEN.search(self.text, at):
            at = RULES[found.lastgroup or ""](self, found)

    def _find(self, closer: str, start: int) -> int:
        """The next occurrence, or −1, looked for in vain once at most."""
        at = -1 if closer in self._missing else self.text.find(closer, start)
        if at < 0:
            self._missing.add(closer)
        return at

    def _close(self, start: int, closer: str) -> Closing | None:
        end = self._ends.find(start, closer, self.gathering.table.aliases)
        return end if isinstance(end, Closing) else None

    def _unclosed(self, found: re.Match[str]) -> int:
        self.gathering.problem(f"{found.group()} is not closed in its paragraph: close it"
                               + (r", or write \$ for a dollar sign" if "$" in found.group() else ""),
                               self.region, found.start())
        return found.end()

    def dollars(self, found: re.Match[str]) -> int:
        """A display, perhaps with a label behind: ``{#eq-x}`` or ``(x)``."""
        end = self._close(found.end(), "$$")
        if not end:
            return self._unclosed(found)
        label = LABEL.match(self.text, end.after)
        self.gathering.passage(self.region, "$$", found.start(), found.end(), end.end, display=True,
                               after=(label[1] or label[2],) if label else ())
        return label.end() if label else end.after

    def dollar(self, found: re.Match[str]) -> int:
        """Pandoc's rule: no space inside the dollars, no digit behind them. Prices are prose."""
        start, end = found.end(), self._close(found.end(), "$")
        inside = self.text[start:end.end] if end else self.text[start:start + 1]
        price, spaced = inside[:1].isdigit(), inside[:1].isspace()
        if not end or not inside:
            return self._unclosed(found) if BEGINS.match(inside) else start
        tight = inside == inside.strip() or (self.spaced and spaced and inside[-1].isspace())
        digit = self.text[end.after:end.after + 1].isdigit()
        if tight and not digit and "`" not in inside:
            self.gathering.passage(self.region, "$", found.start(), start, end.end, display=False)
            return end.after
        if price or not (BEGINS.match(inside) or FORMULA.search(inside)):
            return start
        self.gathering.problem("$ with space or code inside, or a digit behind, does not enclose mathematics in "
                               r"Markdown: write it as in $x$, or \$ for a dollar sign", self.region, found.start())
        return end.after if (spaced or digit) and "`" not in inside else start

    def bracket(self, found: re.Match[str]) -> int:
        r"""``\(x\)`` and ``\[x\]``, with one backslash or two. Brackets that are only escaped, as in a list of
        references, are prose: a display stands alone on its lines, or looks like a formula."""
        token, start = found.group(), found.end()
        closer = token[:-1] + {"(": ")", "[": "]"}[token[-1]]
        end = self._find(closer, start)
        display = token[-1] == "["
        formula = not display or FORMULA.search(self.text, start, max(end, start))
        if end < 0 or not (formula or self._alone(found.start(), end + len(closer))):
            return start
        self.gathering.passage(self.region, token[-2:], found.start(), start, end, display=display)
        return end + len(closer)

    def _alone(self, start: int, end: int) -> bool:
        """Whether nothing but punctuation stands on the same lines."""
        before = self.text[self.text.rfind("\n", 0, start) + 1:start]
        line = self.text.find("\n", end)
        return not before.strip() and not self.text[end:line if line >= 0 else None].strip(" \t.,;")

    def environment(self, found: re.Match[str]) -> int:
        """An environment of mathematics that stands in Markdown as such."""
        named = NAMED.match(found.group())
        if not named or named[2] not in ENVIRONMENTS:
            return found.end()
        end = self._close(found.end(), named[2])
        if not end:
            return self._unclosed(found)
        self.gathering.passage(self.region, named[2], found.start(), content(self.text, found.end(), named[2]), end.end,
                               display=ENVIRONMENTS[named[2]].display)
        return end.after

    def definition(self, found: re.Match[str]) -> int:
        return self.gathering.definition(self.region, found.group()[1:], found.start(), found.end(), self.groups)

    def groups(self) -> Groups:
        """The groups of the paragraph, matched when first asked for."""
        self._groups = self._groups or Groups(self.text)
        return self._groups

    def code(self, found: re.Match[str]) -> int:
        """A span of code ends at a run of as many backticks."""
        if self._runs is None:
            self._runs = {}
            for run in RUN.finditer(self.text):
                self._runs.setdefault(run.end() - run.start(), []).append(run.start())
            for starts in self._runs.values():
                starts.reverse()
        length, starts = len(found.group()), self._runs.get(len(found.group()), [])
        while starts and starts[-1] < found.end():
            starts.pop()
        return starts[-1] + length if starts else found.end()

    def role(self, found: re.Match[str]) -> int:
        """``{math}`x```, ``:math:`x```, and GitHub's ``$`x`$``."""
        start, dollar = found.end() + 1, found.group() == "$"
        end = self._find("`$" if dollar else "`", start)
        if end < 0:
            return self._unclosed(found)
        self.gathering.passage(self.region, "math", found.start(), start, end, display=False)
        return end + 1 + dollar

    def comment(self, found: re.Match[str]) -> int:
        end = self._find("-->", found.end())
        if end < 0:
            return found.end()
        self.gathering.remark(self.region, found.end(), end)
        return end + 3

    def raw(self, found: re.Match[str]) -> int:
        """Elements of HTML whose text is no prose."""
        name = re.split(r"[\s>]", found.group()[1:], maxsplit=1)[0]
        end = self._find(f"</{name}>", found.end())
        if end < 0:
            self.gathering.problem(f"<{name}> is not closed: close it with </{name}>", self.region, found.start())
        return found.end() if end < 0 else end

    def link(self, found: re.Match[str]) -> int:
        target = TARGET.match(self.text, found.end())
        return target.end() if target else found.end()

    def label(self, found: re.Match[str]) -> int:
        """A label on a line of its own, behind a display."""
        self.gathering.label_behind(found.group().split("`")[1], self.region, found.start())
        return found.end()

    def directive(self, found: re.Match[str]) -> int:
        self.gathering.comment(self.region, found.start(), found.end())
        return found.end()


RULES: Mapping[str, Callable[[Paragraph, re.Match[str]], int]] = {
    "escape": lambda paragraph, found: found.end(), "tag": lambda paragraph, found: found.end(),
    **{name: getattr(Paragraph, name) for name in ("definition", "environment", "bracket", "role", "code", "comment",
                                                   "raw", "link", "label", "directive", "dollars", "dollar")},
}


def scan_inline(region: Region, gathering: Gathering, spaced: bool = False) -> None:
    """Scans a paragraph into the gathering."""
    Paragraph(region, gathering, spaced).run()
