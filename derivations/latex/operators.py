"""Sums and products, those over steps included: operands, the signs between them, and their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sympy import S

from derivations.algebra import Had, Plus, Times
from derivations.calculus import Chain, OverSteps
from derivations.latex.notation import TEXT, Level, Piece
from derivations.latex.scalars import number
from derivations.symbols import AsPrinted, Constant, Expression

if TYPE_CHECKING:
    from derivations.latex.rules import Printer

STEP_IN = 20.0  # pt: by which a term's factors are set in, with their sign

Part = tuple[str, str]  # a sign ("" before the first operand) and an operand


def operator(p: Printer, e: Expression) -> Piece:
    """The rule of sums, products and Hadamard products, and of what a source prints as one."""
    cls, operands = _operation(e), _operands(e)
    if cls not in OPERATORS:
        return Piece(p.style.call(p.style.word(e.operation), ", ".join(map(p, operands))))
    if len(operands) < 2:
        return p.piece(operands[0] if operands else Constant(S.One))
    level = OPERATORS[cls][0]
    if cls is Plus and p.room is not None:
        broken = lines(p, e, p.room)
        return Piece(p.style.lines([f"& {line}" for line in broken]) if len(broken) > 1 else broken[0], level)
    found = parts(p, e)
    negative = cls is not Plus and found[0][1].startswith("-")
    return Piece(_spaced(*(word for part in found for word in part)), Level.NEGATIVE if negative else level)


def over_steps(p: Printer, e: OverSteps) -> Piece:
    """The rule of Σ and Π over steps."""
    return Piece(f"{_over(p, e)} {p(e.body, _body_level(e))}", Level.PREFIX)


def parts(p: Printer, e: Expression) -> list[Part]:
    """A sum or product as signs and operands, also behind a Σ or Π; any other expression as one operand."""
    power = isinstance(e, Chain) and e.exponent is not None
    opens = isinstance(e, OverSteps) and not power and _operation(e.body) in (Times, Had)
    if opens and p.piece(e.body).level >= _body_level(e):
        (_, first), *rest = parts(p, e.body)
        return [("", _spaced(_over(p, e), first)), *rest]
    cls = _operation(e)
    return OPERATORS[cls][1](p, e) if cls in OPERATORS else [("", p(e))]


def _operation(e: Expression) -> type:
    if not isinstance(e, AsPrinted):
        return type(e)
    return next((cls for cls in OPERATORS if cls.__name__ == e.operation), AsPrinted)


def _operands(e: Expression) -> tuple[Expression, ...]:
    return e.operands if isinstance(e, AsPrinted) else e.args


def _spaced(*words: str) -> str:
    return " ".join(filter(None, words))


def _flat(e: Expression, cls: type) -> Iterator[Expression]:
    for x in _operands(e):
        yield from _flat(x, cls) if _operation(x) is cls else (x,)


def _sum_parts(p: Printer, e: Expression) -> list[Part]:
    terms = list(_flat(e, Plus))
    plus = "+" if all(term.is_scalar for term in terms) else p.style.plus
    found: list[Part] = []
    for term in terms:
        text, level = p.piece(term)
        if level == Level.NEGATIVE:
            found.append(("-", text[1:]) if found else ("", text))
        else:
            found.append((plus if found else "", text if level >= Level.HAD else p.style.parens(text)))
    return found


def _had_parts(p: Printer, e: Expression) -> list[Part]:
    factors = list(_flat(e, Had))
    return [(p.style.had if k else "", p(factor, Level.FRACTION)) for k, factor in enumerate(factors)]


def _negative(e: Expression) -> bool:
    """Whether it is a negative number, or a product that begins with one."""
    first = e.args[0] if type(e) is Times else e
    return isinstance(first, Constant) and number(TEXT, first.value).level == Level.NEGATIVE


def _factors(e: Expression) -> list[Expression]:
    """The factors, those of inner products included where the product means the same without their parentheses."""
    if isinstance(e, AsPrinted):
        return list(_operands(e))
    found: list[Expression] = []
    for k, f in enumerate(e.args):
        inner = _factors(f) if type(f) is Times and not _negative(f) else []
        # aᵀb c would read as a product of vectors: a scalar that is made of vectors keeps its parentheses
        last = k == len(e.args) - 1 and all(x.is_scalar for x in found)
        found += inner if inner and (last or not f.is_scalar or all(x.is_scalar for x in inner)) else [f]
    return found


def _product_parts(p: Printer, e: Expression) -> list[Part]:
    factors, sign = _factors(e), ""
    if len(factors) > 1 and _negative(factors[0]) and isinstance(factors[0], Constant):
        sign, factors[0] = "-", Constant(-factors[0].value)
        factors = factors[factors[0].value == 1:]
    if len(factors) == 1:
        return [("", sign + p(factors[0], Level.HAD))]
    found: list[Part] = []
    for k, factor in enumerate(factors):
        text = p(factor, Level.PREFIX if k == len(factors) - 1 else Level.FRACTION)
        after_number = k > 0 and isinstance(factors[k - 1], Constant)
        digits = isinstance(factor, Constant) or (after_number and text[0].isdigit())  # 2 · 3, not 23
        between = p.style.cdot if digits else r"\," if after_number and p.style.product else p.style.product
        found.append((between if k else "", text if k else sign + text))
    return found


OPERATORS: dict[type, tuple[Level, Callable[[Printer, Expression], list[Part]]]] = {
    Plus: (Level.SUM, _sum_parts),
    Had: (Level.HAD, _had_parts),
    Times: (Level.PRODUCT, _product_parts),
}


# ---- over steps


def _body_level(e: OverSteps) -> Level:
    return Level.PRODUCT if isinstance(e, Chain) else Level.HAD


def _over(p: Printer, e: OverSteps) -> str:
    style = p.style
    sign = style.sum if not isinstance(e, Chain) else style.prod if e.latest == "left" else style.prod_right
    return style.over(sign, p.number(e.bound), p.number(e.first), p.number(e.last))


# ---- lines


def lines(p: Printer, e: Expression, space: float) -> list[str]:
    """The expression on lines no longer than ``space``, where its outermost sum or product allows that.

    A term of a sum that is too long for a line of its own is broken between its factors, and these are set in.
    """
    operands, found = parts(p, e), list[str]()
    terms = list(_flat(e, Plus)) if _operation(e) is Plus else []
    widths = [p.style.width(f"{{}} {sign} {text}") for sign, text in operands]
    for line in _packed(widths, space):
        (sign, first), *rest = operands[line.start:line.stop]
        visible = p.style.cdot if found and sign in p.style.gaps else sign
        if terms and not rest and widths[line.start] > space and _operation(terms[line.start]) in (Times, Had):
            factors = lines(p, terms[line.start], space - STEP_IN)
            found.append(_spaced(visible, factors[0].removeprefix("-") if sign == "-" else factors[0]))
            found += [rf"\quad {factor}" for factor in factors[1:]]
        else:
            found.append(_spaced(visible, first, *(word for part in rest for word in part)))
    return found


def _packed(widths: list[float], space: float) -> list[range]:
    """Which operands go on which line: as few lines as this space allows, and then as even as they can be."""
    lines = _filled(widths, space)
    low = max(widths, default=0.0)
    while space - low > 1:
        middle = (low + space) / 2
        closer = _filled(widths, middle)
        if len(closer) == len(lines):
            space, lines = middle, closer
        else:
            low = middle
    return lines


def _filled(widths: list[float], space: float) -> list[range]:
    starts, used = [0], 0.0
    for k, width in enumerate(widths):
        if used and used + width > space:
            starts.append(k)
            used = 0.0
        used += width
    return [range(a, b) for a, b in zip(starts, [*starts[1:], len(widths)], strict=True)]
