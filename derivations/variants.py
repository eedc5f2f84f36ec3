"""Variants of an expression: every place of its tree, changed by one row of the table of edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Basic

from derivations.algebra import Had, Times
from derivations.calculus import Jacobian, Let
from derivations.edits import TABLE, Context, Edit, Option, Place
from derivations.errors import DerivationError
from derivations.symbols import Expression, same_type

Path = tuple[int, ...]  # which argument at each level


@dataclass(frozen=True)
class Variant:
    """A side with one edit: which row, the word for it, what stood there and what stands there now."""

    edit: Edit
    change: str
    before: Expression
    after: Expression
    result: Expression


def variants(side: Expression, context: Context, table: tuple[Edit, ...] = TABLE) -> Iterator[Variant]:
    """Every well-typed change of one place of a side by one row, each result once."""
    seen = {side}
    for path, here, parent in places(side, (), None):
        for edit in table:
            for change, after in _options(edit, Place(here, parent, context)):
                try:
                    result = put(side, path, after)
                except DerivationError:
                    continue
                if result not in seen and same_type(result.axes, side.axes):
                    seen.add(result)
                    yield Variant(edit, change, here, after, result)


def _options(edit: Edit, place: Place) -> Iterator[Option]:
    """What a row offers at a place; what does not type is left out."""
    offered = edit.rule(place)
    while True:
        try:
            option = next(offered)
        except StopIteration:
            return
        except DerivationError:
            return
        if same_type(option[1].axes, place.here.axes) or isinstance(place.parent, (Times, Had)):
            yield option


Found = tuple[Path, Expression, Expression | None]


def places(e: Expression, path: Path, parent: Expression | None) -> Iterator[Found]:
    """Every place of a tree: its path, what stands there, what is around it. Derivatives are single places."""
    yield path, e, parent
    if isinstance(e, Jacobian):
        return
    for k, arg in enumerate(e.args):
        if isinstance(arg, Expression):
            yield from places(arg, (*path, k), None if isinstance(e, Let) and parent is None else e)


def put(e: Basic, path: Path, new: Expression) -> Expression:
    """The tree with another expression at a place."""
    if not path:
        return new
    args = list(e.args)
    args[path[0]] = put(args[path[0]], path[1:], new)
    if isinstance(e, Let):
        return args[3]
    return e.func(*args)


