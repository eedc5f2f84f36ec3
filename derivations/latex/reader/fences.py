"""Fences and bars. A bar looks the same where it opens, closes, and gives the values at which a formula is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.latex.reader.context import Context
from derivations.latex.reader.folding import hold
from derivations.latex.reader.scripts import script
from derivations.latex.reader.tree import At, Fenced, NotRead, Number, Tree
from derivations.latex.reader.vocabulary import BARS, CLOSES, CLOSING, DELIMITERS, OPENING

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

_DOUBLE = "||"  # the fence that two bars | beside each other are
_UNPAIRED = r"a bar that is not one of a pair: write \lvert … \rvert around a value, \mid for 'given'"


def fenced(p: Parser) -> Tree:
    """A formula in fences, up to the one that closes: also ``(a, b]``."""
    opened = p.tokens[p.at]
    left = OPENING[opened.key]
    p.step()
    body = p.within(p.content, _open(p, left))
    right = CLOSING.get(p.key) or BARS.get(p.key, "")
    if not right or right not in CLOSES[left]:
        if p.key and p.key not in CLOSING:
            raise p.unexpected()
        raise NotRead(f"{opened.key} is closed by {p.key}: write \\left and \\right if that is meant" if p.key
                      else f"{opened.key} is not closed", opened.start)
    p.step()
    return Fenced(left, body, right, start=opened.start, end=p.last)


def _open(p: Parser, fence: str) -> Context:
    """The context inside a fence; rows of an alignment go on in it."""
    return p.context.inner(fence=fence, lines=p.context.lines)


def sized(p: Parser) -> Tree:
    """``\\left( … \\right]``, as written. ``\\left. … \\right|_{…}`` is a formula at values."""
    opened = p.tokens[p.at]
    p.step()
    left = _delimiter(p, r"\left")
    body = p.within(p.content, p.context.inner(fence=r"\left"))
    p.expect(r"\right", opened)
    right = _delimiter(p, r"\right")
    if left == "." and right == "|" and p.key == "_":
        if body is None:
            raise NotRead("a bar with values behind it, and nothing before it", opened.start)
        return _at(p, body, opened.start)
    return Fenced(left, body, right, start=opened.start, end=p.last)


def _delimiter(p: Parser, command: str) -> str:
    found = DELIMITERS.get(p.key)
    if found is None:
        raise NotRead(f"{command} before {p.key or 'the end'}: expected a fence such as ( or .", p.start)
    p.step()
    return found


# ---- bars


def barred(p: Parser) -> Tree:
    """A value or norm between bars. Two bars | beside each other, with two more behind, are a norm."""
    opened = p.tokens[p.at]
    sign = BARS[opened.key]
    p.step()
    double = sign == "|" and BARS.get(p.key) == "|" and not p.tokens[p.at].spaced
    if double:
        p.step()
    fence = _DOUBLE if double else sign
    body = p.within(p.content, _open(p, fence))
    if not closes(p, fence):
        raise NotRead(_UNPAIRED, opened.start)
    p.step()
    if double:
        p.step()
        sign = "‖"
    p.context.risk = p.context.risk or not (p.stops() or p.key in BARS)
    return Fenced(sign, body, sign, start=opened.start, end=p.last)


def is_bar(p: Parser) -> bool:
    """Whether a single bar comes that does not open."""
    return BARS.get(p.key) == "|" or p.key == r"\rvert"


def closes(p: Parser, fence: str) -> bool:
    """Whether the bar here closes the fence. A single bar where two are open is not clear."""
    if fence != _DOUBLE:
        return fence != "" and BARS.get(p.key) == fence
    if BARS.get(p.key) != "|":
        return False
    if BARS.get(p.ahead(p.at)) != "|":
        raise NotRead(r"one bar where two are open: write \lvert … \rvert or \lVert … \rVert", p.start)
    return True


def beside(p: Parser, before: Tree) -> None:
    """Refuses a bar directly behind an operand that would open, if it could also close one that was read as closing."""
    is_value = isinstance(before, Fenced) and before.left in ("|", "‖")
    if p.key in BARS and p.context.risk and not is_value:
        raise NotRead(r"bars that can be paired in two ways: write \lvert … \rvert", p.start)


# ---- values


def at(p: Parser, factors: list[Tree]) -> list[Tree]:
    """``body |_{values}``: the bar belongs to the last factor where numbers alone stand before it."""
    if not all(isinstance(factor, Number) for factor in factors[:-1]):
        raise NotRead(r"a bar with values behind several factors: write \left. … \right|_{…} around what they hold for",
                      p.start)
    hold(factors[-1])
    p.step()
    return [*factors[:-1], _at(p, factors[-1], factors[-1].start)]


def _at(p: Parser, body: Tree, begun: int) -> Tree:
    mark = p.tokens[p.at]
    p.step()
    note, _ = script(p, mark)
    if note is None:
        raise NotRead("a bar with no values behind it", mark.start)
    if p.key in ("^", "'"):
        raise NotRead("a bar with scripts below and above: write the difference of two values", p.start)
    return At(body, note, start=begun, end=p.last)
