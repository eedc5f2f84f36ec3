"""Everything there is to say of one claim or definition before it is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Basic

from derivations.calculus import GRADIENT, IMMEDIATE, TOTAL, Chain, Jacobian, Let, Use, see_through
from derivations.claim import Claim, Definition
from derivations.latex import latex, text
from derivations.ranges import range_text
from derivations.report.places import located
from derivations.report.story import Row
from derivations.report.words import expectation, readings, region_words

HELD = "held"

# What may occur in a formula, and what it means: one sentence each, in the order in which they are explained.
GLOSSARY = {
    TOTAL.name: "∂y/∂x: total; the graph is cut at x, and all that lies downstream of x responds, along every path",
    HELD: "∂y/∂x|_{o}: the same, but what stands behind the bar is held at its value and does not respond",
    IMMEDIATE.name: "∂⁺y/∂x: immediate; the definition of y alone responds, and every other node stays as it is",
    GRADIENT.name: "∇_x y: gradient of a scalar, in the shape of x; along every path, as in the total derivative",
    Use.__name__: "W^(j): the parameter W where the definitions of step j use it, and only there",
    "left": "Π: an ordered product over steps, the latest factor leftmost; the identity where it is empty",
    "right": "Π→: an ordered product over steps, the latest factor rightmost; the identity where it is empty",
}


def page(item: Claim | Definition, profile: str = "paper") -> tuple[str, list[Row]]:
    """A headline, and the rows beneath it."""
    if isinstance(item, Definition):
        rows = [Row("reading", text(item)), *_shared(item, profile, (item.left, item.right))]
        return f"{item.id}: a definition", rows
    expressions = [e for case in item.cases for e in case.expressions]
    given = " and ".join(filter(None, map(region_words, (item.given, *item.model.assumptions))))
    rows = [
        *(Row("reading", reading) for reading in readings(item)),
        *(Row("where", line) for line in abbreviations(expressions)),
        *_shared(item, profile, expressions),
        Row("range", range_text(item)),
        Row("given", given),
        Row("expected", expectation(item)),
    ]
    order = ["printed", "reading", "LaTeX", "where", "meaning", "range", "given", "expected", "source", "file"]
    return f"{item.id}: {item.kind}", [row for row in sorted(rows, key=lambda row: order.index(row.label)) if row.text]


def _shared(item: Claim | Definition, profile: str, expressions: Iterable[Basic]) -> list[Row]:
    rows = [
        Row("LaTeX", latex(item, profile)),
        *(Row("meaning", GLOSSARY[word]) for word in meanings(expressions)),
        Row("source", item.source),
        Row("file", located(item.file, item.line)),
        Row("printed", item.printed),
    ]
    return [row for row in rows if row.text]


def meanings(expressions: Iterable[Basic]) -> list[str]:
    """The words of the glossary that occur in expressions, abbreviations written out."""
    found = {word for e in expressions for word in _words(see_through(e))}
    return [word for word in GLOSSARY if word in found]


def _words(e: Basic) -> Iterator[str]:
    for jacobian in e.atoms(Jacobian):
        yield jacobian.kind
        if jacobian.held:
            yield HELD
    if e.has(Use):
        yield Use.__name__
    for chain in e.atoms(Chain):
        yield chain.latest


def abbreviations(expressions: Iterable[Basic]) -> list[str]:
    """The abbreviations that the formulas show, each with what it stands for, then those that their bodies show."""
    lines: dict[str, None] = {}
    todo = [let for e in expressions for let in _shown(e)]
    while todo:
        let = todo.pop(0)
        line = f"{text(let)} = {text(let.body)}"
        if line not in lines:
            lines[line] = None
            todo += _shown(let.body)
    return list(lines)


def _shown(e: Basic) -> list[Let]:
    """The abbreviations of a formula in the order in which they stand, not those inside them."""
    return [e] if isinstance(e, Let) else [let for arg in e.args for let in _shown(arg)]
