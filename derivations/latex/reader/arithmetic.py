"""Sums and products as they stand, flat; what stands in braces that do not print is no part of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.latex.reader import fences, rows
from derivations.latex.reader.atoms import atom
from derivations.latex.reader.folding import hold
from derivations.latex.reader.scripts import scripts
from derivations.latex.reader.tree import (
    Big,
    Braced,
    NotRead,
    Number,
    Product,
    Scripted,
    Sum,
    Tree,
)
from derivations.latex.reader.vocabulary import GAPS, PLUS, SCRIPTS, STOPS, TIMES

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

_LAYOUT = frozenset((*GAPS, "&", r"\\", "{", ","))  # what may stand between an operand and its sign


def terms(p: Parser) -> Tree:
    p.skip()
    begun, sign = p.start, ""
    if p.key in PLUS and not p.bare():
        sign = PLUS[p.key]
        p.step()
    first = factors(p)
    if not sign and p.key not in PLUS:
        return first
    terms, signs = [first], [sign]
    while p.key in PLUS:
        signs.append(PLUS[p.key])
        p.step()
        terms.append(factors(p))
    for term, before in zip(terms, signs, strict=True):
        if not (isinstance(term, Braced) and isinstance(term.body, Sum) and before in ("", "+")):
            hold(term)
    return Sum(tuple(terms), tuple(signs), start=begun, end=p.last)


def factors(p: Parser) -> Tree:
    begun, first = p.start, scripted(p)
    if p.key in _LAYOUT:
        rows.settle(p)
    if p.key in STOPS:
        return first
    found, signs = [first], list[str]()
    while True:
        key = p.key
        if key in TIMES:
            signs.append(TIMES[key])
            p.step()
        elif key in STOPS or p.prose(p.at) or fences.closes(p, p.context.fence):
            break
        elif fences.is_bar(p) and p.ahead(p.at) == "_":
            found = fences.at(p, found)
            continue
        else:
            fences.beside(p, found[-1])
            signs.append("")
        found.append(scripted(p))
        if p.key in _LAYOUT:
            rows.settle(p)
    return _joined(found, signs, begun, p.last)


def scripted(p: Parser) -> Tree:
    if p.key in _LAYOUT:
        p.skip()
    begun, base = p.start, atom(p)
    return scripts(p, base, begun) if p.key in SCRIPTS else base


def _joined(factors: list[Tree], signs: list[str], begun: int, end: int) -> Tree:
    """Factors as one product, flat. What does not print as one, or is not parted on the page, is refused."""
    if len(factors) == 1:
        return factors[0]
    flat, between = list[Tree](), list[str]()
    for k, factor in enumerate(factors):
        hold(factor)
        between += [signs[k - 1]] if k else []
        if isinstance(factor, Product):
            flat += factor.factors
            between += factor.signs
        else:
            flat.append(factor)
    for left, sign, right in zip(flat, between, flat[1:], strict=False):
        if isinstance(left, Big):
            raise NotRead("what stands under a big sign ends in braces that do not print: put parentheses around it",
                          left.start)
        if not sign and isinstance(left, Number) and _begins_with_digit(right):
            raise NotRead("two numbers beside each other: write them as one, or a sign between them", right.start)
    return Product(tuple(flat), tuple(between), start=begun, end=end)


def _begins_with_digit(tree: Tree) -> bool:
    while isinstance(tree, Scripted):
        tree = tree.base
    return isinstance(tree, Number)
