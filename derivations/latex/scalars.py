"""Numbers, sizes and steps, and conditions on them: the part of a formula that is SymPy's own."""

from __future__ import annotations

from typing import Any

from sympy import Add, Basic, Mul, Pow, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Not, Or

from derivations.latex.notation import Latex, Level, Piece


def number(style: Latex, value: Any) -> Piece:
    """A rational number, or a rational expression in symbols, without spaces, positive terms first."""
    if isinstance(value, Symbol):
        return Piece(symbol(style, value))
    if value.could_extract_minus_sign() and not isinstance(value, Add):
        return Piece("-" + placed(style, -value, Level.PRODUCT), Level.NEGATIVE)
    if value.is_Integer:
        return Piece(str(value))
    if isinstance(value, Add):
        terms = sorted(value.as_ordered_terms(), key=lambda term: term.could_extract_minus_sign())
        parts = [number(style, term).text for term in terms]
        return Piece(parts[0] + "".join(p if p.startswith("-") else f"+{p}" for p in parts[1:]), Level.SUM)
    above, below = value.as_numer_denom()
    if below != 1:
        wanted = Level.ATOM if style.fraction_level == Level.PRODUCT else Level.SUM
        sides = placed(style, above, wanted), placed(style, below, wanted)
        return Piece(style.number_frac(*sides), style.fraction_level)
    if isinstance(value, Mul):
        factors = [placed(style, f, Level.FRACTION) for f in value.as_ordered_factors()]
        return Piece(f" {style.cdot} ".join(factors), Level.PRODUCT)
    if isinstance(value, Pow):
        base = placed(style, value.base, Level.ATOM)
        return Piece(style.script(base, "", number(style, value.exp).text), Level.SCRIPTED)
    return Piece(style.parens(str(value)))  # not of the language: shown, not set


def symbol(style: Latex, value: Symbol) -> str:
    """A dimension or step; a symbol of another kind, whose name may be anything, as it is."""
    try:
        return style.symbol(value.name)
    except ValueError:
        return str(value.name)


def placed(style: Latex, value: Any, level: Level) -> str:
    piece = number(style, value)
    return piece.text if piece.level >= level else style.parens(piece.text)


def condition(style: Latex, value: Basic) -> str:
    """A condition on sizes and steps, such as ``k ≥ 3 and n ≥ 2``."""
    signs = dict(zip((">=", "<=", ">", "<", "==", "!=", And, Or), style.relations, strict=True))
    if isinstance(value, Relational) and value.rel_op in signs:
        return f"{number(style, value.lhs).text} {signs[value.rel_op]} {number(style, value.rhs).text}"
    if isinstance(value, (And, Or)):
        parts = sorted(condition(style, part) for part in value.args)
        mixed = isinstance(value, And) and any(part.has(Or) for part in value.args)
        return f" {signs[value.func]} ".join(map(style.parens, parts) if mixed else parts)
    if isinstance(value, Not):
        return style.call(style.word("not"), condition(style, value.args[0]))
    return style.word(str(value))


