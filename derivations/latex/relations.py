"""Claims and definitions as formulas: their sides, their cases, and what is said around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sympy import S

from derivations.calculus import Let
from derivations.claim import (
    BOUND,
    EQUALITY,
    EXISTENCE,
    LIMIT,
    PARENTS,
    SEPARATES,
    Claim,
    Definition,
    Remark,
    Trend,
)
from derivations.errors import DerivationError
from derivations.latex.breaking import INDENT, QUAD, Row, related, together
from derivations.latex.notation import TEXT, Latex, notation
from derivations.latex.rules import Printer
from derivations.latex.scalars import condition
from derivations.ranges import everywhere, free_steps
from derivations.relations import EQUAL, LESS, VANISHING, Relation
from derivations.symbols import Expression


def latex(obj: Any, profile: str = "paper") -> str:
    """LaTeX of an expression, claim or definition in a notation profile, without dollar signs.

    What is long, or has several cases or sides, comes as ``aligned``. Raises NamingError for an unknown profile.
    """
    style = notation(profile)
    if isinstance(obj, Expression):
        return Printer(style)(obj)
    return aligned(style, formula_rows(style, obj))


def formula_rows(style: Latex, obj: Any) -> list[Row]:
    """The lines of a claim, definition or remark, each cut at its alignment point."""
    return together(style, blocks(style, obj))


def aligned(style: Latex, rows: list[Row]) -> str:
    """One line as it is; several as ``aligned``."""
    if len(rows) == 1:
        return " ".join(rows[0]).strip()
    return style.environment("aligned", cells(rows), "\n  ")


def cells(rows: list[Row]) -> list[str]:
    return [f"{before} & {after}".strip() for before, after in rows]


def text(obj: Any) -> str:
    """An expression, relation, claim, definition or remark in one line of plain text, for terminals and messages."""
    if isinstance(obj, (Claim, Definition, Remark)):
        return "; ".join(" ".join(filter(None, row)) for block in blocks(TEXT, obj) for row in block)
    return relation(Printer(TEXT), obj) if isinstance(obj, Relation) else Printer(TEXT)(obj)


def blocks(style: Latex, obj: Any) -> list[list[Row]]:
    """The rows of each case."""
    if isinstance(obj, Remark):
        return [[("", style.remark(obj.sentence))]]
    if isinstance(obj, Definition):
        right = obj.right if isinstance(obj.left, Let) else opened(obj.right)
        return [related(style, (obj.left, right), EQUAL, [])]
    if not isinstance(obj, Claim):
        raise DerivationError(f"{obj!r} cannot be printed: expected an expression, a claim or a definition")
    if obj.kind in STATEMENTS:
        return STATEMENTS[obj.kind](style, obj)
    said = Printer(style)
    return [[(style.call(style.word(obj.kind), ", ".join(map(said, case.expressions))), "")] for case in obj.cases]


def opened(e: Expression) -> Expression:
    """The expression with its outermost abbreviations written out."""
    return e.xreplace({let: let.body for let in e.atoms(Let)})


# ---- what is assumed


def relation(p: Printer, found: Relation) -> str:
    return f"{p(found.left)} {p.style.signs[found.sign]} {p(found.right)}"


def assumptions(style: Latex, claim: Claim) -> list[str]:
    """What a claim assumes of values, and at which steps."""
    p, found = Printer(style), []
    for assumption in claim.assuming:
        every = [s for s in everywhere(claim, assumption) if assumption.sign != VANISHING or s != claim.along]
        steps = f" {style.phrase('for every')} {', '.join(map(p.number, every))}" if every else ""
        found.append(relation(p, assumption) + steps)
    return found


def assumed(style: Latex, claim: Claim) -> list[str]:
    """Under what a claim is made: the conditions on sizes and steps, then each assumption on values."""
    found = [] if claim.given == S.true else [f"{style.phrase('for')} {condition(style, claim.given)}"]
    return found + [f"{style.phrase('and' if k else 'if')} {said}" for k, said in enumerate(assumptions(style, claim))]


# ---- dependencies


def _parents(style: Latex, claim: Claim) -> list[list[Row]]:
    p = Printer(style)
    node, parents = claim.cases[0].sides
    said = f"{p.style.call(p.style.word('pa'), p(node))} = {p.style.set(list(map(p, parents)))}"
    return [[(said, _behind(style, claim))]]


def _separates(style: Latex, claim: Claim) -> list[list[Row]]:
    p = Printer(style)
    through, source, targets = claim.cases[0].sides
    said = f"{p(source)} {style.arrow} {style.set(list(map(p, targets)))}"
    how = f"{style.phrase('through')} {', '.join(map(p, through))} {style.phrase('alone')}"
    behind = _behind(style, claim)
    if style is TEXT or style.width(f"{said} {how} {behind}") <= style.line:
        return [[(f"{said} {how}", behind)]]
    return [[("", said), ("", f"{QUAD}{how}"), *([("", behind)] if behind else [])]]


def _behind(style: Latex, claim: Claim) -> str:
    return " ".join([style.gap, *assumed(style, claim)]) if assumed(style, claim) else ""


# ---- equalities, bounds, limits, existence


def _relations(style: Latex, claim: Claim) -> list[list[Row]]:
    given = assumed(style, claim)
    return [related(style, case.sides, case.sign, given) for case in claim.cases]


def _limit(style: Latex, claim: Claim) -> list[list[Row]]:
    step, [case] = Printer(style).number(claim.along), claim.cases
    if claim.trend is Trend.STAYS:
        smallest = style.script(style.function("inf"), step)
        return [related(style, case.sides, LESS, assumed(style, claim), before=f"0 {style.signs[LESS]} {smallest}")]
    end = "0" if claim.trend is Trend.VANISHES else style.infinity
    said = [f"{style.phrase('as')} {step} {style.signs[VANISHING]} {style.infinity}", *assumed(style, claim)]
    return [related(style, (*case.sides, end), VANISHING, said)]


def _existence(style: Latex, claim: Claim) -> list[list[Row]]:
    """For every k there are leaves such that …; or, along k, leaves that serve at every k."""
    p = Printer(style)
    first = [p.number(s) for s in free_steps(claim) if s != claim.along]
    head = " ".join([*([style.phrase("for every"), ", ".join(first)] if first else []),
                     style.phrase("there are parameters and inputs with")])
    every = "" if claim.along is None else p.number(claim.along)
    tail = [*([f"{style.phrase('for every')} {every}"] if every else []), *assumed(style, claim)]
    inner = style if style is TEXT else replace(style, line=style.line - INDENT)
    rows = [row for k, case in enumerate(claim.cases) for row in related(
        inner, case.sides, case.sign, tail if case is claim.cases[-1] else [], before=style.phrase("and") if k else "")]
    if style is TEXT:
        return [[(" ".join([head, *(part for row in rows for part in row if part)]), "")]]
    return [[("", head), *(("", f"{QUAD}{before} {after}".rstrip()) for before, after in rows)]]


STATEMENTS: dict[str, Callable[[Latex, Claim], list[list[Row]]]] = {
    PARENTS: _parents,
    SEPARATES: _separates,
    EQUALITY: _relations,
    BOUND: _relations,
    LIMIT: _limit,
    EXISTENCE: _existence,
}
