"""Lines and columns: where a row of an alignment continues the formula of the row before, and where a new one begins.

A row that begins with a relation continues the chain, one that begins with a sign of a product continues it. A row that
begins with + or − continues the sum, unless the sign stands in the left column. What could be either is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from derivations.latex.reader.tree import NotRead
from derivations.latex.reader.vocabulary import (
    CLOSING,
    ENDS,
    GAPS,
    IMPLIES,
    LOGIC,
    OPENING,
    PLUS,
    RELATING,
    TIMES,
)

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

# In front of these a formula goes on behind a gap or a column.
_JOINING = frozenset((*TIMES, *RELATING, *LOGIC, *IMPLIES, *CLOSING, *ENDS, "&", r"\\", ",", ";", "."))


class Lines:
    """Where reading is in an alignment: the column, and what the statement that is being read has had so far."""

    __slots__ = ("columns", "indented", "related", "right")

    def __init__(self) -> None:
        self.columns = 0  # & passed in this row
        self.right = False  # whether the place is right of an alignment point with nothing left of it
        self.indented = False  # whether the statement began there
        self.related = False  # whether it has a relation

    def begin(self) -> None:
        self.indented, self.related = self.right, False

    def separate(self, p: Parser) -> bool:
        """Passes a row or column between statements; whether it was a row."""
        row = p.key == r"\\"
        self.columns = 0 if row else self.columns + 1
        self.right = not row and self.columns % 2 == 1
        p.step()
        return row



class _Row(NamedTuple):
    """What the next row looks like: its first place, the columns before it, and what it has."""

    first: int
    columns: int
    related: bool
    aligned: bool


def settle(p: Parser) -> None:
    """Behind an operand: passes over what only lays out, and stays where a statement ends."""
    while True:
        key, lines = p.key, p.context.lines
        if key == "{":
            if not p.transparent():
                return
            p.enter()
        elif key in GAPS:
            if not _gap(p):
                return
        elif lines is None:
            return
        elif key == "&":
            if not _column(p, lines):
                return
        elif key == r"\\":
            if not _row(p, lines):
                return
        elif key == "," and p.ahead(p.at) == r"\\" and not p.context.fence:
            row = _next_row(p, p.at + 1)
            if p.keys[row.first] not in RELATING:
                return
            lines.columns = row.columns
            p.move(row.first)
        else:
            return


def _gap(p: Parser) -> bool:
    """Whether the formula goes on behind a gap."""
    at = p.at
    while p.keys[at] in GAPS or p.hidden[at]:
        at += 1
    key = p.keys[at]
    if key in PLUS and p.keys[at + 1] not in GAPS:
        raise NotRead(f"a gap before {key}: it is not clear whether a new statement begins", p.tokens[at].start)
    if (key in PLUS or key in _JOINING) and not p.number(at):
        p.move(at)
        return True
    return False


def _column(p: Parser, lines: Lines) -> bool:
    """Whether the formula goes on behind &: behind every second one a new column of statements begins."""
    if not p.context.fence and lines.columns % 2 == 1:
        return False
    key = p.ahead(p.at)
    if not (key in PLUS or key in _JOINING or key in GAPS or p.prose(p.behind(p.at))):
        raise NotRead("& between two formulas with no sign between them", p.start)
    lines.columns += 1
    p.step()
    return True


def _row(p: Parser, lines: Lines) -> bool:
    """Whether the next row continues the formula."""
    row = _next_row(p, p.at)
    key, fence = p.keys[row.first], bool(p.context.fence)
    if key in RELATING or key in TIMES or key in LOGIC:
        goes_on = True
    elif key in PLUS:
        goes_on = _goes_on_with_sign(p, row, fence)
    elif fence:
        goes_on = key in CLOSING or key in (",", ";")
        if not goes_on:
            raise NotRead("a line break inside parentheses with no sign at it", p.start)
    else:
        goes_on = False
        if not (key in _JOINING or p.prose(row.first)) or p.number(row.first):
            _refuse_unclear(p, row, lines)
    if goes_on:
        lines.columns = row.columns
        p.last = p.tokens[p.at].end
        p.move(row.first)
    return goes_on


def _goes_on_with_sign(p: Parser, row: _Row, fence: bool) -> bool:
    if row.columns or fence or not (row.related or row.aligned):
        return True
    if row.aligned:
        return False  # the sign stands in the left column
    raise NotRead(f"a row that begins with {p.keys[row.first]} and has a relation: put & before the sign if it "
                  "continues the row above, and behind the left side if it is a new statement",
                  p.tokens[row.first].start)


def _refuse_unclear(p: Parser, row: _Row, lines: Lines) -> None:
    """A row that begins with an operand is a new statement if it has a relation, or if neither row has one."""
    begins_right = row.columns == 1
    if row.related and not (begins_right and lines.related and not lines.indented):
        return
    if not row.related and not lines.related:
        return
    raise NotRead("a row that begins with no sign: begin it with a relation, + or \\cdot if it continues the row above",
                  p.tokens[row.first].start)


def _next_row(p: Parser, at: int) -> _Row:
    columns = 0
    while p.keys[at] in ("&", r"\\") or p.keys[at] in GAPS or p.hidden[at]:
        columns = 0 if p.keys[at] == r"\\" else columns + (p.keys[at] == "&")
        at += 1
    first, related, aligned, depth = at, False, False, 0
    while depth >= 0 and (key := p.keys[at]) and not (depth == 0 and key == r"\\"):
        if key == "{":
            at = p.closes[at]
        elif key in (r"\left", r"\right"):
            depth += 1 if key == r"\left" else -1
            at += bool(p.keys[at + 1])  # its fence
        elif key in OPENING or key == r"\begin":
            depth += 1
        elif key in CLOSING or key == r"\end":
            depth -= 1
        elif key == "}" and not p.hidden[at]:
            break
        elif depth == 0:
            aligned |= key == "&"
            related |= key in RELATING
        at += 1
    return _Row(first, columns, related, aligned)
