"""Signs such as Σ and max, with their bounds and what they range over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.latex.reader.folding import hold
from derivations.latex.reader.scripts import argument, script
from derivations.latex.reader.tree import Big, NotRead, Scripted, Tree, Word
from derivations.latex.reader.vocabulary import BIG, NAMED

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

_AROUND = ("{", r"\mathop", r"\overrightarrow")


def ahead(p: Parser) -> tuple[str, int] | None:
    """A big sign that comes next, also inside braces and under an arrow: its name, and the last place of it."""
    place, closing, arrow = p.at, list[int](), False
    while p.keys[place] in _AROUND:
        arrow |= p.keys[place] == r"\overrightarrow"
        if p.keys[place] == "{":
            closing.append(p.closes[place])
        place += 1
    name = BIG.get(p.keys[place])
    for close in reversed(closing if name else []):
        place += 1
        if place != close:
            return None
    if name is None or (arrow and name != "prod"):
        return None
    return ("prod-right" if arrow else name), place


def sign(p: Parser, below: Tree | None = None, begun: int = -1) -> Tree:
    """A big sign and the rest of its product; one that is a word may stand alone, as in ``‖x‖_\\max``."""
    begun, found = p.start if begun < 0 else begun, ahead(p)
    if found is None:
        return _operator(p)
    name, place = found
    p.move(place)
    p.step()
    above: Tree | None = None
    marks = set() if below is None else {"_"}
    while p.key in ("_", "^"):
        mark = p.tokens[p.at]
        if mark.key in marks:
            raise NotRead(f"two bounds {mark.key} on one sign", mark.start)
        marks.add(mark.key)
        p.step()
        bound, primes = script(p, mark)
        if primes:
            raise NotRead("a prime on a big sign", mark.start)
        below, above = (bound, above) if mark.key == "_" else (below, bound)
    if not p.stops():
        body = p.within(p.product, p.context)
        hold(body)
        return Big(name, below, above, body, start=begun, end=p.last)
    if name not in NAMED:
        raise NotRead(f"nothing stands behind the sign {name}", begun)
    word = Word(name, start=begun, end=p.last)
    return word if below is None and above is None else Scripted(word, below, above, start=begun, end=p.last)


def _operator(p: Parser) -> Tree:
    """``\\mathop{…}`` around a word."""
    command = p.tokens[p.at]
    p.step()
    found = argument(p, command)
    if not isinstance(found, Word):
        raise NotRead(f"{command.key} around a formula: expected a word or a big sign in it", command.start)
    return found


def under(p: Parser) -> Tree:
    """``\\underset{i}{\\max}``: what stands under a word or a big sign is its subscript."""
    command = p.tokens[p.at]
    p.step()
    below = argument(p, command)
    if ahead(p) is not None:
        return sign(p, below, command.start)
    base = argument(p, command)
    if not isinstance(base, Word):
        raise NotRead(f"{command.key} under a formula: expected it under a word or a big sign", command.start)
    return Scripted(base, below, start=command.start, end=p.last)
