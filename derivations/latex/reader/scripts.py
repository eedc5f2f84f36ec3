"""Subscripts, superscripts and primes, and arguments of commands, which TeX takes in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.latex.reader.tokens import Token
from derivations.latex.reader.tree import Letter, NotRead, Number, Scripted, Signs, Tree, Word
from derivations.latex.reader.vocabulary import (
    BARS,
    BIG,
    CLOSING,
    NAMED,
    OPENING,
    PLACEHOLDERS,
    PLUS,
    RELATIONS,
    SCRIPTS,
)

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser

# What cannot be a script or an argument without braces around it.
_LONG = frozenset((*OPENING, *BARS, *BIG, r"\left", r"\begin", r"\substack", r"\mathop", r"\underset", ".", "{"))


def scripts(p: Parser, base: Tree, begun: int) -> Tree:
    """A base with the scripts behind it. TeX takes each once, and primes only beside what stands above."""
    sub: Tree | None = None
    sup: Tree | None = None
    primes, below, above = 0, False, False
    while p.key in SCRIPTS:
        mark = p.tokens[p.at]
        if below if mark.key == "_" else above:
            raise NotRead(f"two {'sub' if mark.key == '_' else 'super'}scripts on one base: put the first, with its "
                          "base, in braces", mark.start)
        if mark.key == "_":
            below = True
            p.step()
            sub, _ = script(p, mark)
            continue
        above = True
        while p.key == "'":
            primes += 1
            p.step()
        if p.key == "^":
            mark = p.tokens[p.at]
            p.step()
            sup, more = script(p, mark)
            primes += more
    if sub is None and sup is None and not primes:
        return base
    return Scripted(base, sub, sup, primes, start=begun, end=p.last)


def script(p: Parser, mark: Token) -> tuple[Tree | None, int]:
    """What stands behind ^ or _, and how many primes come first in it."""
    context = p.context.inner(script=True)
    if p.key == r"\prime" and mark.key == "^":
        p.step()
        return None, 1
    if p.key != "{":
        return p.within(lambda: single(p, mark), context), 0
    opened = p.tokens[p.at]
    p.step()
    found = p.within(lambda: _inside(p, mark.key == "^"), context)
    p.expect("}", opened)
    return found


def _inside(p: Parser, above: bool) -> tuple[Tree | None, int]:
    primes = 0
    while above and p.key in (r"\prime", "'"):
        primes += 1
        p.step()
    begun, signs, at = p.start, list[str](), p.at
    while p.keys[at] not in PLUS and (sign := PLACEHOLDERS.get(p.keys[at]) or RELATIONS.get(p.keys[at])):
        signs.append(sign)
        at += 1
    if not signs or p.keys[at] in (",", ";", *SCRIPTS):
        return p.content(), primes
    for _ in signs:
        p.step()
    after = p.content()
    return Signs(tuple(signs), after, start=begun, end=p.last), primes


def argument(p: Parser, command: Token) -> Tree:
    """One argument of a command: a group with something in it, or a single sign."""
    if p.key != "{":
        return p.within(lambda: single(p, command), p.context.inner())
    opened = p.tokens[p.at]
    p.step()
    found = p.within(p.content, p.context.inner())
    p.expect("}", opened)
    if found is None:
        raise NotRead(f"{command.key} with an empty argument", opened.start)
    return found


def single(p: Parser, command: Token) -> Tree:
    """A script or an argument that has no braces: one sign, or one command with its own arguments."""
    key, begun = p.key, p.start
    if BIG.get(key) in NAMED:
        p.step()
        return Word(BIG[key], start=begun, end=p.last)
    if key in PLACEHOLDERS and command.key in SCRIPTS:
        p.step()
        return Signs((PLACEHOLDERS[key],), start=begun, end=p.last)
    if key in _LONG or key in CLOSING:
        raise NotRead(f"{command.key} takes one sign or a group: put what belongs to it in braces", begun)
    if len(key) == 1 and key.isdigit():
        p.step()
        return Number(key, start=begun, end=p.last)
    if len(key) == 1 and key.isalpha():
        p.step()
        return Letter(key, p.context.style, start=begun, end=p.last)
    if key not in p.rules:
        raise p.unexpected()
    return p.rules[key](p)
