"""Everything there is to say of one claim or definition before it is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Basic

from derivations.algebra import Norm
from derivations.calculus import GRADIENT, IMMEDIATE, TOTAL, Chain, Jacobian, Let, Use, see_through
from derivations.claim import Claim, Definition, Remark
from derivations.latex import latex, text
from derivations.ranges import range_text
from derivations.report.places import located
from derivations.report.story import Row
from derivations.report.words import expectation, given_words, readings, witness_words
from derivations.where import Where

HELD = "held"

# What may occur in a formula, and what it means: one sentence each, in the order in which they are explained.
GLOSSARY = {
    TOTAL.name: "∂y/∂x: total; the graph is cut at x, and all that lies downstream of x responds, along every path",
    HELD: "∂y/∂x|_{o}: the same, but what stands behind the bar is held at its value and does not respond",
    IMMEDIATE.name: "∂⁺y/∂x: immediate; the definition of y alone responds, and every other node stays as it is",
    GRADIENT.name: "∇_x y: gradient of a scalar, in the shape of x; along every path, as in the total derivative",
    Use.__name__: "W^(j): the parameter W where the definitions of step j use it, and only there",
    Where.__name__: "e|_{W := V}: e in the graph in which W has the value V, and all that depends on it follows",
    "left": "Π: an ordered product over steps, the latest factor leftmost; the identity where it is empty",
    "right": "Π→: an ordered product over steps, the latest factor rightmost; the identity where it is empty",
    "spectral": "‖A‖_2 of a matrix: its largest singular value",
    "frobenius": "‖A‖_F: the root of the sum of the squares of all entries",
}


def page(item: Claim | Definition | Remark, profile: str = "paper") -> tuple[str, list[Row]]:
    """A headline, and the rows beneath it."""
    if isinstance(item, Remark):
        rows = [Row("sentence", item.sentence), *_shared(item, profile, ())]
        return f"{item.id}: a remark", _ordered(rows)
    if isinstance(item, Definition):
        rows = [Row("reading", text(item)), *_shared(item, profile, (item.left, item.right))]
        return f"{item.id}: a definition", rows
    expressions = item.expressions
    rows = [
        *(Row("reading", reading) for reading in readings(item)),
        *(Row("where", line) for line in abbreviations(expressions)),
        *_shared(item, profile, expressions),
        Row("range", range_text(item)),
        Row("given", given_words(item)),
        Row("expected", expectation(item)),
        Row("witness", witness_words(item.witness)),
    ]
    return f"{item.id}: {item.kind}", _ordered(rows)


ORDER = ("printed", "sentence", "reading", "LaTeX", "where", "meaning", "range", "given", "expected", "witness",
         "source", "file")


def _ordered(rows: Iterable[Row]) -> list[Row]:
    return [row for row in sorted(rows, key=lambda row: ORDER.index(row.label)) if row.text]


def _shared(item: Claim | Definition | Remark, profile: str, expressions: Iterable[Basic]) -> list[Row]:
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
    if e.has(Where):
        yield Where.__name__
    for chain in e.atoms(Chain):
        if chain.exponent is None:
            yield chain.latest
    for norm in e.atoms(Norm):
        if norm.spectral or norm.kind == "F":
            yield "spectral" if norm.spectral else "frobenius"


def abbreviations(expressions: Iterable[Basic]) -> list[str]:
    """The abbreviations that the formulas show, each with what it stands for, then those that their bodies show."""
    return list(dict.fromkeys(f"{text(let)} = {text(let.body)}" for let in lets(expressions)))


def lets(expressions: Iterable[Basic]) -> list[Let]:
    """The abbreviations that the formulas show, then those that their bodies show, each once."""
    found: dict[Let, None] = {}
    todo = [let for e in expressions for let in _shown(e)]
    while todo:
        let = todo.pop(0)
        if let not in found:
            found[let] = None
            todo += _shown(let.body)
    return list(found)


def _shown(e: Basic) -> list[Let]:
    """The abbreviations of a formula in the order in which they stand, not those inside them."""
    return [e] if isinstance(e, Let) else [let for arg in e.args for let in _shown(arg)]
