"""What a printed formula says when it is read again, and whether that is the same: for round trips and for fuzzing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from expressions import renamed
from sympy import Basic, S, prod

from derivations.algebra import Eye, Had, Ones, Plus, Times
from derivations.calculus import Chain
from derivations.latex import latex
from derivations.latex.notation import PROFILES
from derivations.latex.reader import tree
from derivations.latex.reader.known import reading
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.tree import NotRead, Tree
from derivations.symbols import Constant, Expression, length

Read = Callable[[Tree, Scope], Expression]
Print = Callable[[Expression, str], str]


def read_back(text: str, scope: Scope, read: Read = reading) -> Expression:
    """The one formula that a text is. Raises NotRead."""
    items = parse(text).items
    if len(items) != 1:
        raise NotRead(f"{len(items)} statements where one formula was expected", 0)
    return read(items[0], scope)


def form(e: Any) -> Any:
    """An expression up to what print leaves open: parentheses in products and sums, numbers in them, bound letters.

    Equal forms have equal values: a product is the same however its factors are grouped, wherever both groupings type.
    """
    return _form(renamed(e) if isinstance(e, Expression) else e)


def _form(e: Any) -> Any:
    if isinstance(e, Times):
        factors = list(_flat(e, Times))
        number = prod([factor.args[0] for factor in factors if isinstance(factor, Constant)], S.One).expand()
        rest = [_form(factor) for factor in factors if not isinstance(factor, Constant)]
        if not rest:
            return "number", number
        return rest[0] if number == 1 and len(rest) == 1 else ("times", number, *rest)
    if isinstance(e, Plus):
        terms = list(_flat(e, Plus))
        number = sum((term.args[0] for term in terms if isinstance(term, Constant)), S.Zero).expand()
        return ("plus", number, *(_form(term) for term in terms if not isinstance(term, Constant)))
    if isinstance(e, Had):
        return ("had", *map(_form, _flat(e, Had)))
    if isinstance(e, Constant):
        return "number", e.args[0].expand()
    if isinstance(e, (Ones, Eye)):  # whether sizes are named as blocks is not printed
        return (type(e).__name__, *(length(ax) if ax else None for ax in e.axes))
    if isinstance(e, Chain) and e.exponent is not None:  # whatever letter counts its equal factors
        return "power", _form(e.body), e.exponent
    if isinstance(e, Basic) and e.args:
        return (type(e).__name__, *map(_form, e.args))
    return e


def _flat(e: Any, cls: type) -> Iterator[Any]:
    for x in e.args:
        yield from _flat(x, cls) if isinstance(x, cls) else (x,)


def changed(text: str, scope: Scope, read: Read = reading, write: Print = latex) -> list[str]:
    """What is wrong with the formulas of a text that are read: another meaning once they are printed and read again."""
    found = []
    for e in _formulas(text):
        try:
            said = read(e, scope)
        except NotRead as problem:
            if not 0 <= problem.at <= len(text):
                found.append(f"not read at {problem.at} of {len(text)}: {problem.reason}")
            continue
        for profile in PROFILES:
            printed = write(said, profile)
            try:
                again = read_back(printed, scope, read)
            except NotRead as problem:
                found.append(f"printed as {printed!r} in {profile!r}, which is not read: {problem.reason}")
                continue
            if form(again) != form(said):
                found.append(f"read as {said}, printed as {printed!r} in {profile!r}, read again as {again}")
    return found


def _formulas(text: str) -> Iterator[Tree]:
    """The formulas of a text: sides of relations, and what stands alone."""
    try:
        items = parse(text).items
    except NotRead:
        return
    for item in items:
        if isinstance(item, tree.Relation):
            yield from item.sides
        elif not isinstance(item, tree.Text):
            yield item
