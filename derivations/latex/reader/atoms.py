"""What an operand can be: a row for each sign or command that one begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derivations.latex.reader import big, blocks, fences, fonts, words
from derivations.latex.reader.folding import SEVERAL
from derivations.latex.reader.scripts import argument, script
from derivations.latex.reader.tree import (
    Braced,
    Fraction,
    Letter,
    NotRead,
    Number,
    Root,
    Signs,
    Tree,
    Word,
)
from derivations.latex.reader.vocabulary import (
    ACCENTS,
    BARS,
    BIG,
    DECLARATIONS,
    FRACTIONS,
    LETTERS,
    OPENING,
    PLACEHOLDERS,
    SCRIPTS,
    STYLES,
    TEXTS,
    WORDS,
)

if TYPE_CHECKING:
    from derivations.latex.reader.syntax import Parser



def atom(p: Parser) -> Tree:
    """One operand, without scripts of its own."""
    key = p.key
    if len(key) == 1:
        if key.isalpha():
            return fonts.letters(p)
        if key.isdigit() or (key == "." and p.ahead(p.at).isdigit()):
            return _number(p)
    rule = ATOMS.get(key)
    if rule is not None:
        return rule(p)
    if key in PLACEHOLDERS and p.bare():
        begun = p.start
        p.step()
        return Signs((PLACEHOLDERS[key],), start=begun, end=p.last)
    raise p.unexpected()


# ---- letters and numbers


def _number(p: Parser) -> Tree:
    begun, digits = p.start, ""
    while True:
        digits += p.key
        place = p.at
        p.step()
        apart = p.tokens[p.at].spaced or p.at > place + 1  # by a space, or by a brace
        point = p.key == "." and "." not in digits and p.ahead(p.at).isdigit()
        if apart or not (p.key.isdigit() or point):
            break
    if p.key == "{" and p.ahead(p.at) == "," and p.closes[p.at] == p.at + 2:
        raise NotRead("a comma inside a number: write 1000, or 0.5", p.start)
    if p.key in ("e", "E") and _exponent(p):
        raise NotRead(rf"a number with an exponent behind {p.key}: write {digits} \cdot 10^{{…}}, or a space", p.start)
    return Number(digits, start=begun, end=p.last)


def _exponent(p: Parser) -> bool:
    """Whether a number goes on here as programs write it: 1e-5."""
    following = p.tokens[p.at:p.at + 3]
    keys = [token.key for token in following]
    digits = keys[2] if keys[1:2] and keys[1] in ("+", "-") and len(keys) > 2 else keys[1]
    return digits.isdigit() and not any(token.spaced for token in following)


def _letter(p: Parser) -> Tree:
    begun, name = p.start, LETTERS[p.key]
    p.step()
    return Letter(name, p.context.style, start=begun, end=p.last)


def _word(p: Parser) -> Tree:
    begun, text = p.start, WORDS[p.key]
    p.step()
    return Word(text, start=begun, end=p.last)


def _dots(p: Parser) -> Tree:
    """Three points are …"""
    begun = p.start
    if p.keys[p.at:p.at + 3] != [".", ".", "."]:
        raise NotRead(". where a letter or a number was expected", begun)
    for _ in range(3):
        p.step()
    return Letter("ldots", start=begun, end=p.last)


# ---- groups


def _group(p: Parser) -> Tree:
    """A group that prints nothing, and cannot be passed over: a script stands on it, or the font changes in it."""
    if big.ahead(p) is not None:
        return big.sign(p)
    opened = p.tokens[p.at]
    p.step()
    found = p.within(p.content, p.context.inner())
    p.expect("}", opened)
    if found is None:
        raise NotRead("a group with nothing in it where a letter was expected", opened.start)
    return one(p, found)


def one(p: Parser, found: Tree) -> Tree:
    """The content of a group; refused where a script stands on several signs without a fence."""
    if p.key in SCRIPTS and isinstance(found, SEVERAL):
        raise NotRead("a script on several signs that have no fence around them: put parentheses", found.start)
    return found


def _one(rule: Callable[[Parser], Tree]) -> Callable[[Parser], Tree]:
    """The rule, refusing what it gives where a script stands on several signs."""
    return lambda p: one(p, rule(p))


# ---- fractions, roots, braces


def _fraction(p: Parser) -> Tree:
    command = p.tokens[p.at]
    p.step()
    above, below = argument(p, command), argument(p, command)
    return Fraction(above, below, start=command.start, end=p.last)


def _root(p: Parser) -> Tree:
    command = p.tokens[p.at]
    p.step()
    degree = None
    if p.key == "[":
        opened = p.tokens[p.at]
        p.step()
        degree = p.within(p.content, p.context.inner(fence="["))
        p.expect("]", opened)
        if degree is None:
            raise NotRead(r"\sqrt with an empty degree", opened.start)
    return Root(argument(p, command), degree, start=command.start, end=p.last)


def _braced(p: Parser) -> Tree:
    command = p.tokens[p.at]
    p.step()
    body, note = argument(p, command), None
    if p.key == ("_" if command.key == r"\underbrace" else "^"):
        mark = p.tokens[p.at]
        p.step()
        note, _ = script(p, mark)
    return Braced(body, note, start=command.start, end=p.last)


ATOMS: dict[str, Callable[[Parser], Tree]] = {
    "{": _group,
    ".": _dots,
    **dict.fromkeys(LETTERS, _letter),
    **dict.fromkeys(WORDS, _word),
    **dict.fromkeys(STYLES, _one(fonts.styled)),
    **dict.fromkeys(DECLARATIONS, fonts.declared),
    **dict.fromkeys(ACCENTS, fonts.accented),
    **dict.fromkeys(TEXTS, words.name),
    **dict.fromkeys(FRACTIONS, _fraction),
    **dict.fromkeys((r"\underbrace", r"\overbrace"), _braced),
    **dict.fromkeys(OPENING, fences.fenced),
    **dict.fromkeys(BARS, fences.barred),
    **dict.fromkeys((*BIG, r"\mathop"), big.sign),
    r"\operatorname": words.operator,
    r"\sqrt": _root,
    r"\underset": big.under,
    r"\left": fences.sized,
    r"\begin": _one(blocks.environment),
    r"\substack": _one(blocks.stacked),
}
