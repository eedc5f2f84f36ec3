r"""Formulas on lines that fit: broken at relations, then by term, then by factor, and inside a formula's parts last.

A break stands before a sign of the outermost sum or product, and never between a fence and its partner; where that is
not enough, a sum inside a fence or a stack becomes lines of its own, aligned inside it. Taking the breaks out again
gives the unbroken formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

from derivations.latex.measure import width
from derivations.latex.notation import TEXT, Latex
from derivations.latex.operators import lines
from derivations.latex.rules import Printer
from derivations.symbols import Expression

INDENT, SIGN = 10.0, 14.0  # pt: of \quad, and of a relation with its gaps
QUAD = r"\quad "

Row = tuple[str, str]  # what stands before the alignment point, and after it


def related(style: Latex, sides: Sequence[Any], sign: str, given: list[str], before: str = "") -> list[Row]:
    """Sides with a sign between them, and what is assumed behind them, on as many lines as they need."""
    p, sign = Printer(style), style.signs[sign]
    left, *others = sides
    behind = " ".join([style.gap, *given]).strip() if given else ""
    start = " ".join(filter(None, [before, p(left)]))
    one_line = " ".join(f"{sign} {p(side)}" for side in others)
    short = len(sides) <= 2 or style.line == inf
    if style is TEXT or (short and style.width(f"{start} {one_line} {behind}") <= style.line):
        return [(start, " ".join(filter(None, [one_line, behind])))]
    conditions = [("", f"{QUAD}{line}") for line in _filled(style, given)]
    if short and style.width(f"{start} {one_line}") <= style.line:
        return [("", f"{start} {one_line}"), *conditions]
    layouts = [_hanging(style, start, others, sign)] if others else []
    if not others or style.width(start) > 2 * SIGN:
        layouts.append(_beneath(style, before, left, others, sign))
    return [*min(layouts, key=lambda rows: (max(extent(style, rows), style.line), len(rows))), *conditions]


def _hanging(style: Latex, start: str, others: Sequence[Any], sign: str) -> list[Row]:
    """Each side beside the first, its lines aligned at the sign."""
    found: list[Row] = []
    for k, side in enumerate(others):
        first, *rest = _broken(style, side, style.line - style.width(start) - SIGN)
        found.append(("" if k else start, f"{sign} {first}"))
        found += [("", f"{QUAD}{line}") for line in rest]
    return found


def _beneath(style: Latex, before: str, left: Any, others: Sequence[Any], sign: str) -> list[Row]:
    """The first side on lines of its own, and the others beneath it, set in."""
    first, *rest = _broken(style, left, style.line - INDENT - style.width(before))
    found: list[Row] = [("", " ".join(filter(None, [before, first]))), *(("", f"{QUAD}{line}") for line in rest)]
    for side in others:
        first, *rest = _broken(style, side, style.line - INDENT - SIGN)
        found += [("", f"{QUAD}{sign} {first}"), *(("", f"{QUAD}{QUAD}{line}") for line in rest)]
    return found


def extent(style: Latex, rows: Sequence[Row]) -> float:
    """How wide rows are that are aligned, in pt."""
    columns = zip(*rows, strict=True) if rows else ()
    return sum(max(style.width(cell) for cell in column) for column in columns)


def together(style: Latex, blocks: Sequence[list[Row]]) -> list[Row]:
    """The rows of several cases, aligned where they fit side by side."""
    rows = [row for block in blocks for row in block]
    if style is TEXT or len(blocks) < 2 or extent(style, rows) <= style.line:
        return rows
    return [row for block in blocks for row in flush(style, block)]


def flush(style: Latex, block: Sequence[Row]) -> list[Row]:
    """The rows of one case without an alignment point; further lines are set in by what stood before it."""
    start = next((before for before, _ in block if before), "")
    set_in = QUAD if start else ""
    return [("", f"{before} {after}".strip() if before else f"{set_in}{after}") for before, after in block]


def _filled(style: Latex, given: list[str]) -> list[str]:
    """What is assumed, on as few lines as it needs."""
    found: list[str] = []
    for said in given:
        longer = f"{found[-1]} {said}" if found else ""
        if longer and style.width(longer) <= style.line - INDENT:
            found[-1] = longer
        else:
            found.append(said)
    return found


def _broken(style: Latex, e: Expression, space: float) -> list[str]:
    """The lines of a formula: broken at its outermost sum or product, and inside only where that is not enough."""
    best: list[str] = []
    for room in (None, space - 3 * INDENT, space / 2, space / 3, space / 5):
        p = Printer(style, room=room)
        whole = [p(e)]
        for found in (whole, lines(p, e, space)):
            if not best or _widest(style, found) < _widest(style, best) - 1:
                best = found
            if _widest(style, found) <= space:
                return found
    return best


def _widest(style: Latex, found: Sequence[str]) -> float:
    return max(style.width(line) + (INDENT if k else 0.0) for k, line in enumerate(found))


# ---- formulas that are no expressions: the polynomials of a proof


def by_terms(tex: str, space: float) -> list[str]:
    """A printed formula on lines no longer than ``space``, broken before its outermost + and − alone."""
    lines: list[str] = []
    for term in _terms(tex):
        if lines and width(f"{lines[-1]} {term}") <= space - (INDENT if len(lines) > 1 else 0.0):
            lines[-1] += f" {term}"
        else:
            lines.append(term)
    return lines


def _terms(tex: str) -> Iterator[str]:
    """The outermost terms, each with its sign."""
    depth = start = at = 0
    while at < len(tex):
        depth += next((step for opens, step in _DEPTH if tex.startswith(opens, at)), 0)
        if depth == 0 and at > start and tex[at] in "+-" and tex[at - 1:at] == " " and tex[at + 1:at + 2] == " ":
            yield tex[start:at].strip()
            start = at
        at += 2 if tex[at] == "\\" else 1
    yield tex[start:].strip()


_DEPTH = ((r"\begin", 1), (r"\end", -1), (r"\lVert", 1), (r"\rVert", -1), (r"\lvert", 1), (r"\rvert", -1),
          *((opens, 1) for opens in "{(["), *((closes, -1) for closes in "})]"))
