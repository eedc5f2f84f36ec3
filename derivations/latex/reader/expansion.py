"""Macros: each call becomes its body, with its arguments where the body asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from derivations.latex.reader.characters import Token, scanned
from derivations.latex.reader.passages import Macro
from derivations.latex.reader.tree import NotRead

MOST = 50_000  # tokens that the macros of one passage may become


class _Call(NamedTuple):
    """The macros that a token came out of, innermost first."""

    name: str
    outer: _Call | None


_Sourced = tuple[Token, _Call | None]  # a token and the macros that it came out of


def expanded(found: list[Token], macros: Mapping[str, Macro]) -> list[Token]:
    """The tokens with every macro replaced by what it stands for. Raises NotRead where one calls itself."""
    if not any(token.key[:1] == "\\" and token.key[1:] in macros for token in found):
        return found
    pending: list[_Sourced] = [(token, None) for token in reversed(found)]
    bodies: dict[str, list[Token]] = {}
    out: list[Token] = []
    room = MOST
    while pending:
        token, call = pending.pop()
        macro = macros.get(token.key[1:]) if token.key[:1] == "\\" else None
        if macro is None:
            if not (call is not None and token.key == r"\ifx" and _decided(token, pending)):
                out.append(token)
            continue
        if macro.literal:
            out += [Token(part.key, token.start, token.end, token.spaced) for part in _scanned_macro(macro.body, token)]
            continue
        _refuse_recursion(token, call)
        arguments = _arguments(token, macro, pending)
        if token.key not in bodies:
            bodies[token.key] = _scanned_macro(macro.body, token)
        made = _substituted(token, bodies[token.key], arguments, _Call(token.key, call))
        room -= len(made) + 1
        if room < 0:
            raise NotRead(f"{token.key} and the macros in it become more than {MOST} tokens", token.start)
        pending.extend(reversed(made))
    return out


def _scanned_macro(body: str, call: Token) -> list[Token]:
    try:
        return scanned(body)
    except NotRead as e:
        raise NotRead(f"in the macro {call.key}: {e.reason}", call.start) from None


def _refuse_recursion(token: Token, call: _Call | None) -> None:
    names = [token.key]
    while call is not None:
        names.append(call.name)
        if call.name == token.key:
            raise NotRead(f"a macro that calls itself: {' → '.join(reversed(names))}", token.start)
        call = call.outer


def _substituted(token: Token, body: list[Token], arguments: list[list[_Sourced]], call: _Call) -> list[_Sourced]:
    made: list[_Sourced] = []
    for part in body:
        if part.key[0] == "#" and len(part.key) == 2 and part.key != "##":
            number = int(part.key[1])
            if number > len(arguments):
                raise NotRead(f"{token.key} uses {part.key}, and takes {len(arguments)} arguments", token.start)
            made += arguments[number - 1]
        else:
            made.append((Token(part.key, token.start, token.end, part.spaced), call))
    if made:
        (first, origin), *_ = made
        made[0] = (first._replace(spaced=token.spaced or (first.spaced and first.start != token.start)), origin)
    return made


def _decided(token: Token, pending: list[_Sourced]) -> bool:
    """Whether what follows is TeX's question if an argument is empty, ``\\ifx\\relax#1\\relax…\\else…\\fi``; then its
    answer stands there instead."""
    if len(pending) < 2 or pending[-1][0].key != r"\relax":
        return False
    pending.pop()
    empty = pending.pop()[0].key == r"\relax"
    branches: list[list[_Sourced]] = [[]]
    depth = 0
    while pending:
        item = pending.pop()
        key = item[0].key
        if not depth and key == r"\fi":
            break
        if not depth and key == r"\else":
            branches.append([])
            continue
        depth += (key == r"\ifx") - (key == r"\fi")
        branches[-1].append(item)
    else:
        raise NotRead(r"\ifx without its \fi", token.start)
    # what is left of the argument and the second \relax belong to the branch of a question that is answered with no
    taken = branches[0] if empty else branches[1] if len(branches) > 1 else []
    pending.extend(reversed(taken))
    return True


def _arguments(token: Token, macro: Macro, pending: list[_Sourced]) -> list[list[_Sourced]]:
    """The arguments of a call, taken from what follows it."""
    found = []
    for k in range(macro.parameters):
        if k == 0 and macro.default is not None:
            given = bool(pending) and pending[-1][0].key == "["
            default: list[_Sourced] = [(Token(part.key, token.start, token.end, part.spaced), None)
                                       for part in _scanned_macro(macro.default, token)]
            found.append(_taken(token, pending, "[", "]") if given else default)
        elif pending and pending[-1][0].key == "{":
            found.append(_taken(token, pending, "{", "}"))
        elif pending and pending[-1][0].key != "}":
            found.append([pending.pop()])
        else:
            raise NotRead(f"{token.key} takes {macro.parameters} arguments, and {k} came", token.start)
    return found


def _taken(token: Token, pending: list[_Sourced], left: str, right: str) -> list[_Sourced]:
    """A group, without its braces; a bracket closes only outside all braces."""
    opening, depth, taken = pending.pop()[0], 0, list[_Sourced]()
    while pending:
        item = pending.pop()
        if depth == 0 and item[0].key == right:
            return taken
        depth += (item[0].key == "{") - (item[0].key == "}")
        taken.append(item)
    raise NotRead(f"{left} of an argument of {token.key} is not closed: {right} was expected", opening.start)
