"""Scanning Markdown: markdown-it finds the blocks, which are then scanned for their mathematics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from derivations.latex.reader.delimiters import ENVIRONMENTS
from derivations.latex.reader.gathering import Gathering
from derivations.latex.reader.inline import scan_inline
from derivations.latex.reader.passages import Region

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

FRONT = re.compile(r"---[ \t]*\n(?=[\w\"'-]+[ \t]*:|#|---|\.\.\.)(?:[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
OPENING = re.compile(r"\$\$|\\begin[ \t]*\{([A-Za-z]+\*?)\}|\\\\?\[")
BEGIN = re.compile(r"\\begin[ \t]*\{([A-Za-z]+\*?)\}")
DOLLARS = re.compile(r"\\.|(\$\$)")
AGAIN = re.compile(r"(?<!\\)\$\$")
OPTIONS = re.compile(r"(?:[ \t]*:[a-z-]+:[^\n]*(?:\n|\Z))+|---[ \t]*\n(?:[ \t]*[a-z-]+:[^\n]*\n)*---[ \t]*(?:\n|\Z)")
OPTION = re.compile(r"^[ \t]*:?(?:label|name):[ \t]*(\S+)", re.MULTILINE)
SPACES = re.compile(r"[^\S \t\n]")  # which Markdown takes for letters, and Python would strip from a paragraph
PROSE = {"note", "tip", "important", "warning", "caution", "danger", "attention", "error", "hint", "seealso", "topic",
         "admonition", "sidebar", "margin", "dropdown", "card", "tab-item", "figure", "proof", "theorem", "lemma",
         "proposition", "corollary", "definition", "remark", "example", "exercise", "solution", "axiom", "conjecture"}
DEEPEST, DIRECTIVES = 60, 10  # blocks inside blocks, directives inside directives


def scan_markdown(region: Region, gathering: Gathering, spaced: bool = False, depth: int = 0) -> None:
    """Scans Markdown into the gathering. ``spaced``: ``$ x $`` is mathematics too, as in notebooks."""
    front = FRONT.match(region.text) if not depth and not region.cell else None
    text = "\n" * front.group().count("\n") + region.text[front.end():] if front else region.text
    text, level = SPACES.sub("\ufffd", text), 0
    lines = text.split("\n")
    for token in _blocks().parse(text + "\n"):
        if token.type == "heading_open":
            level = int(token.tag[1])
        if token.type not in ("inline", "display", "fence", "html_block", "deep"):
            continue
        inner = _lines(region, lines, token)
        if token.type == "fence":
            _fence(inner, region, gathering, token, spaced, depth)
        elif token.type == "deep":
            gathering.problem("blocks are nested too deeply here: what is inside is not read", inner, 0)
        elif token.type == "html_block" and token.content.lstrip().startswith("<!--") and "-->" not in token.content:
            gathering.problem("<!-- is not closed: what is behind it is not read; end it with -->", inner, 0)
        else:
            if token.type == "inline" and level:
                gathering.heading(inner.text.rstrip("# "), level, inner, 0)
                level = 0
            scan_inline(inner, gathering, spaced)


def _lines(region: Region, lines: list[str], token: Token) -> Region:
    """The content of a block, each line where it stands: a block's content is the ends of its lines."""
    first = (token.map or [0])[0] + (token.type == "fence")
    spans = []
    for number, content in enumerate(token.content.removesuffix("\n").split("\n"), first):
        start, end = region.line(number)
        line = lines[number] if number < len(lines) else ""
        if line.endswith(content):
            spans.append((end - len(content), end))
        else:  # a tab that is half indentation, the signs that close a heading, space at the end
            kept = content.strip()
            start += max(line.rfind(kept), 0)
            spans.append((start, start + len(kept)))
    return region.lines(spans)


def _fence(inner: Region, region: Region, gathering: Gathering, token: Token, spaced: bool, depth: int) -> None:
    """A fence: of mathematics, of prose (a directive of MyST), or of code, which is passed over."""
    first, last = token.map or [0, 0]
    opening = region.text.index(token.markup, region.line(first)[0])
    if last - first - 2 < token.content.count("\n"):
        gathering.problem(f"{token.markup} is not closed: it takes everything behind it; close it", region, opening)
    kind, _, argument = token.info.strip().partition(" ")
    name = kind.strip("{}").rpartition(":")[2]
    if name == "math" and kind in ("math", "{math}"):
        _math(inner, gathering, kind, argument)
    elif kind.startswith("{") and name in PROSE:
        if depth < DIRECTIVES:
            scan_markdown(inner, gathering, spaced, depth + 1)
        else:
            gathering.problem("directives are nested too deeply here: what is inside is not read", inner, 0)


def _math(inner: Region, gathering: Gathering, kind: str, argument: str) -> None:
    """The mathematics of a fence; a directive of MyST may begin with options, the label among them."""
    found, start = [], 0
    if argument.strip() and kind == "{math}":
        gathering.problem("mathematics on the line that opens a fence is not read: put it on the lines below", inner, 0)
    options = OPTIONS.match(inner.text) if kind == "{math}" else None
    if options:
        found, start = OPTION.findall(options.group()), options.end()
    gathering.passage(inner, "math", start, start, len(inner.text), display=True, after=tuple(found))


@lru_cache(maxsize=1)
def _blocks() -> MarkdownIt:
    """A parser of blocks alone, with displays among them; without references, which would take footnotes' text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 10 * DEEPEST}).disable(["inline", "text_join", "reference"])
    parser.block.ruler.before("code", "deep", _deep)
    parser.block.ruler.before("fence", "display", _display, {"alt": ["paragraph", "blockquote", "list"]})
    parser.block.ruler.before("paragraph", "display_behind", _display_behind, {"alt": ["paragraph"]})
    return parser


def _deep(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if state.level < DEEPEST or silent:
        return False
    token = state.push("deep", "", 0)
    token.map, token.content, state.line = [first, last], _line(state, first), last
    return True


def _display(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A block of lines that begins with a display and ends with the line where it ends, or the display behind it."""
    return _take(state, first, last, silent, OPENING.match(_line(state, first)))


def _display_behind(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """The same with a display that a line of prose opens at its end."""
    line = _line(state, first)
    ends = line.endswith("$$") and line.count("$$") % 2 and "`" not in line
    return _take(state, first, last, silent, OPENING.match(line, len(line) - 2) if ends else None)


def _take(state: StateBlock, first: int, last: int, silent: bool, opened: re.Match[str] | None) -> bool:
    if state.is_code_block(first) or not opened or (opened[1] and opened[1] not in ENVIRONMENTS):
        return False
    count = _count(state, first, last, opened)
    if count and not silent:
        token = state.push("display", "", 0)
        token.map = [first, first + count]
        token.content = "\n".join(_line(state, number) for number in range(first, first + count))
        state.line = first + count
    return bool(count)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number]:state.eMarks[number]].rstrip()


def _container(state: StateBlock, first: int, last: int) -> Iterator[str]:
    """The lines of the block that the first one stands in."""
    for number in range(first, last):
        if number > first and not state.isEmpty(number) and state.sCount[number] < state.blkIndent:
            return
        yield _line(state, number)


def _count(state: StateBlock, first: int, last: int, opened: re.Match[str]) -> int:
    """How many lines displays take that follow each other; none if one is not closed. Looks at no line behind them."""
    at = opened.end()
    closer: re.Pattern[str] | None = _closer(opened)
    for count, line in enumerate(_container(state, first, last), 1):
        if count > 1 and _interrupts(line, opened):
            return 0
        while closer:
            closed = next((found for found in closer.finditer(line, at) if found[1]), None)
            if not closed:
                break
            again = AGAIN.search(line, closed.end())
            closer = DOLLARS if again else None
            at = again.end() if again else closed.end()
        if not closer:
            return count
        at = 0
    return 0


def _interrupts(line: str, opened: re.Match[str]) -> bool:
    """Whether a line cannot stand in the display that was opened."""
    if opened[1]:
        return any(begun[1] in ENVIRONMENTS for begun in BEGIN.finditer(line))
    return not line or (opened.group() != "$$" and line.startswith(opened.group()))


def _closer(opened: re.Match[str]) -> re.Pattern[str]:
    """What closes a display, in the first group."""
    if opened[1]:
        return re.compile(rf"(\\end[ \t]*\{{{re.escape(opened[1])}\}})")
    return DOLLARS if opened.group() == "$$" else re.compile(f"({re.escape(opened.group()[:-1])}\\])")
