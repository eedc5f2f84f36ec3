"""Claims and definitions as formulas: sides, cases, and how they are broken into lines that fit a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sympy import S

from derivations.calculus import Let
from derivations.claim import EQUALITY, PARENTS, SEPARATES, Case, Claim, Definition
from derivations.errors import DerivationError
from derivations.latex.notation import TEXT, Latex, notation
from derivations.latex.operators import lines
from derivations.latex.rules import Printer
from derivations.latex.scalars import condition
from derivations.symbols import Expression

WIDTH = 64  # letters of the ruler in a line of an A4 article, beside the equation's number
CONDITION = 16  # the same of "for t ≥ 2, n ≥ 2" behind an equation

Row = tuple[str, str]  # what stands before the alignment point, and after it


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
    """An expression, claim or definition in one line of plain text, for terminals and messages."""
    if isinstance(obj, (Claim, Definition)):
        return "; ".join(" ".join(filter(None, row)) for block in _blocks(TEXT, obj) for row in block)
    return Printer(TEXT)(obj)


def _blocks(style: Latex, obj: Any) -> list[list[Row]]:
    """The rows of each case."""
    if isinstance(obj, Definition):
        return [_equality(style, (obj.left, obj.right if isinstance(obj.left, Let) else opened(obj.right)), "")]
    if not isinstance(obj, Claim):
        raise DerivationError(f"{obj!r} cannot be printed: expected an expression, a claim or a definition")
    given = "" if obj.given == S.true else f"{style.gap}{style.phrase('for')} {condition(style, obj.given)}"
    if obj.kind == EQUALITY:
        return [_equality(style, case.sides, given) for case in obj.cases]
    statement = STATEMENTS.get(obj.kind, _unknown(obj.kind))
    return [[(statement(Printer(style), case), given)] for case in obj.cases]


def opened(e: Expression) -> Expression:
    """The expression with its outermost abbreviations written out."""
    return e.xreplace({let: let.body for let in e.atoms(Let)})


# ---- dependencies


def _parents(p: Printer, case: Case) -> str:
    node, parents = case.sides
    return f"{p.style.call(p.style.word('pa'), p(node))} = {p.style.set(list(map(p, parents)))}"


def _separates(p: Printer, case: Case) -> str:
    through, source, targets = case.sides
    names = ", ".join(map(p, through))
    return (f"{p(source)} {p.style.arrow} {p.style.set(list(map(p, targets)))} "
            f"{p.style.phrase('through')} {names} {p.style.phrase('alone')}")


def _unknown(kind: str) -> Callable[[Printer, Case], str]:
    return lambda p, case: p.style.call(p.style.word(kind), ", ".join(map(p, case.expressions)))


STATEMENTS: dict[str, Callable[[Printer, Case], str]] = {PARENTS: _parents, SEPARATES: _separates}


# ---- equalities


def _equality(style: Latex, sides: Sequence[Expression], given: str) -> list[Row]:
    p = Printer(style)
    left, *others = sides
    widths = [p.width(side) + 2 for side in sides]
    if style is TEXT or (len(sides) == 2 and sum(widths) + (CONDITION if given else 0) <= WIDTH):
        return [(p(left), " ".join([*(f"= {p(side)}" for side in others), *filter(None, [given])]))]
    if widths[0] > WIDTH // 2 and widths[0] + max(widths[1:]) > WIDTH:
        first = _broken(style, left, WIDTH)
        found = [("", first[0]), *(("", rf"\quad {line}") for line in first[1:])]
        head, indent, space = "", r"\quad ", WIDTH - 4
    else:
        found, head, indent, space = [], p(left), "", WIDTH - widths[0]
    for side in others:
        broken = _broken(style, side, space)
        found.append((head, f"{indent}= {broken[0]}"))
        found += [("", rf"{indent}\quad {line}") for line in broken[1:]]
        head = ""
    return [*found, ("", given)] if given else found


def _broken(style: Latex, e: Expression, space: int) -> list[str]:
    """The lines of a formula: broken at its outermost sum or product, and inside only where that is not enough."""
    for room in (None, space - 8, space // 2, space // 3):
        p = Printer(style, room=room)
        if p.width(e) <= space:
            return [p(e)]
        if max(map(len, lines(p.ruler, e, space))) <= space:
            break
    return lines(p, e, space)
