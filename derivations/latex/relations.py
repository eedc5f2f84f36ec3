"""Claims and definitions as formulas: sides, cases, and how they are broken into lines that fit a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from derivations.latex.notation import RULERS, TEXT, Latex, notation
from derivations.latex.operators import lines
from derivations.latex.rules import Printer
from derivations.latex.scalars import condition
from derivations.ranges import everywhere, free_steps
from derivations.relations import EQUAL, LESS, VANISHING, Relation
from derivations.symbols import Expression

WIDTH = 64  # letters of the ruler in a line of an A4 article, beside the equation's number
CONDITION = 16  # the same of "for t ≥ 2, n ≥ 2" behind an equation

Row = tuple[str, str]  # what stands before the alignment point, and after it
Said = tuple[str, int]  # words behind a formula, and how wide they are


def latex(obj: Any, profile: str = "paper") -> str:
    """LaTeX of an expression, claim or definition in a notation profile, without dollar signs.

    What is long, or has several cases or sides, comes as ``aligned``. Raises NamingError for an unknown profile.
    """
    style = notation(profile)
    if isinstance(obj, Expression):
        return Printer(style)(obj)
    rows = [row for block in _blocks(style, obj) for row in block]
    if len(rows) == 1:
        return " ".join(rows[0]).strip()
    return style.environment("aligned", [f"{before} & {after}".strip() for before, after in rows], "\n  ")


def text(obj: Any) -> str:
    """An expression, relation, claim, definition or remark in one line of plain text, for terminals and messages."""
    if isinstance(obj, (Claim, Definition, Remark)):
        return "; ".join(" ".join(filter(None, row)) for block in _blocks(TEXT, obj) for row in block)
    return relation(Printer(TEXT), obj) if isinstance(obj, Relation) else Printer(TEXT)(obj)


def _blocks(style: Latex, obj: Any) -> list[list[Row]]:
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
    said = (f"{p(source)} {style.arrow} {style.set(list(map(p, targets)))} "
            f"{style.phrase('through')} {', '.join(map(p, through))} {style.phrase('alone')}")
    return [[(said, _behind(style, claim))]]


def _behind(style: Latex, claim: Claim) -> str:
    return " ".join([style.gap, *assumed(style, claim)]) if assumed(style, claim) else ""


# ---- equalities, bounds, limits, existence


def measured(style: Latex, said: Callable[[Latex], list[str]]) -> list[Said]:
    """What stands behind a formula, part by part, each with its width."""
    return list(zip(said(style), [len(part) + 1 for part in said(RULERS.get(style, style))], strict=True))


def _relations(style: Latex, claim: Claim) -> list[list[Row]]:
    given = measured(style, lambda style: assumed(style, claim))
    return [related(style, case.sides, case.sign, given) for case in claim.cases]


def _limit(style: Latex, claim: Claim) -> list[list[Row]]:
    step, [case] = Printer(style).number(claim.along), claim.cases
    if claim.trend is Trend.STAYS:
        smallest = style.script(style.function("inf"), step)
        given = measured(style, lambda style: assumed(style, claim))
        return [related(style, case.sides, LESS, given, before=f"0 {style.signs[LESS]} {smallest}")]
    end = "0" if claim.trend is Trend.VANISHES else style.infinity

    def said(style: Latex) -> list[str]:
        return [f"{style.phrase('as')} {step} {style.signs[VANISHING]} {style.infinity}", *assumed(style, claim)]

    return [related(style, (*case.sides, end), VANISHING, measured(style, said))]


def _existence(style: Latex, claim: Claim) -> list[list[Row]]:
    """For every k there are leaves such that …; or, along k, leaves that serve at every k."""
    p = Printer(style)
    first = [p.number(s) for s in free_steps(claim) if s != claim.along]
    head = " ".join([*([style.phrase("for every"), ", ".join(first)] if first else []),
                     style.phrase("there are parameters and inputs with")])
    every = "" if claim.along is None else p.number(claim.along)
    tail = measured(style, lambda style: [*([f"{style.phrase('for every')} {every}"] if every else []),
                                          *assumed(style, claim)])
    rows = [row for k, case in enumerate(claim.cases) for row in related(
        style, case.sides, case.sign, tail if case is claim.cases[-1] else [], before=style.phrase("and") if k else "")]
    if style is TEXT:
        return [[(" ".join([head, *(part for row in rows for part in row if part)]), "")]]
    return [[("", head), *(("", rf"\quad {before} {after}".rstrip()) for before, after in rows)]]


STATEMENTS: dict[str, Callable[[Latex, Claim], list[list[Row]]]] = {
    PARENTS: _parents,
    SEPARATES: _separates,
    EQUALITY: _relations,
    BOUND: _relations,
    LIMIT: _limit,
    EXISTENCE: _existence,
}


# ---- lines


def related(style: Latex, sides: Sequence[Any], sign: str, given: list[Said], before: str = "") -> list[Row]:
    """Sides with a sign between them, and what is assumed behind them, on as many lines as they need."""
    p, sign = Printer(style), style.signs[sign]
    left, *others = sides
    widths = [p.width(side) + 2 for side in sides]
    behind = " ".join([style.gap, *(said for said, _ in given)]).strip() if given else ""
    start = " ".join(filter(None, [before, p(left)]))
    one_line = " ".join(f"{sign} {p(side)}" for side in others)
    room = WIDTH - max(CONDITION, sum(width for _, width in given)) if given else WIDTH
    if style is TEXT or (len(sides) <= 2 and sum(widths) <= room):
        return [(start, " ".join(filter(None, [one_line, behind])))]
    conditions = [("", rf"\quad {line}") for line in _lines_of(given)]
    if len(sides) <= 2 and sum(widths) <= WIDTH:
        return [("", f"{start} {one_line}"), *conditions]
    if widths[0] > WIDTH // 2 and widths[0] + max(widths[1:], default=0) > WIDTH:
        first = _broken(style, left, WIDTH)
        found = [("", " ".join(filter(None, [before, first[0]]))), *(("", rf"\quad {line}") for line in first[1:])]
        head, indent, space = "", r"\quad ", WIDTH - 4
    else:
        found, head, indent, space = [], start, "", WIDTH - widths[0]
    for side in others:
        broken = _broken(style, side, space)
        found.append((head, f"{indent}{sign} {broken[0]}"))
        found += [("", rf"{indent}\quad {line}") for line in broken[1:]]
        head = ""
    return [*found, *conditions]


def _lines_of(given: list[Said]) -> list[str]:
    """What is assumed, on as few lines as it needs."""
    found: list[list[str]] = []
    used = WIDTH
    for said, width in given:
        if used + width > WIDTH - 4:
            found.append([])
            used = 0
        found[-1].append(said)
        used += width
    return [" ".join(line) for line in found]


def _broken(style: Latex, e: Expression, space: int) -> list[str]:
    """The lines of a formula: broken at its outermost sum or product, and inside only where that is not enough."""
    for room in (None, space - 8, space // 2, space // 3):
        p = Printer(style, room=room)
        if p.width(e) <= space:
            return [p(e)]
        if max(map(len, lines(p.ruler, e, space))) <= space:
            break
    return lines(p, e, space)
