"""What a witness says that an open function is: a rule, checked against what the function is applied to."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from derivations.algebra import Stack
from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.errors import DerivationError, NamingError, ShapeError
from derivations.functions import Activation, Apply, Elementwise, Open, Smooth, open_of
from derivations.symbols import Axes, Dim, Expression, Family, Name, Node, coerce, same_type, show_axes
from derivations.witness import Opening

Refuse = Callable[..., DerivationError]  # an error in the words of the witness
NUMBER = coerce(0)  # what a function that is applied to every entry is a function of


def opening(claim: Claim, f: Open, rule: Any, sized: Callable[[Axes], Axes], refuse: Refuse) -> Opening:
    """What a function is: a rule of its argument, or of the parts of a stacked one; of one number, if it is applied to
    every entry. ``sized``: axes at the witness's sizes. Raises what ``refuse`` makes of a rule that does not fit."""
    if not callable(rule):
        raise refuse(f"{f.name} = {rule!r}: expected a function, as in lambda v: v")
    argument = NUMBER if isinstance(f, Activation) else _argument(claim, f, sized, refuse)
    names = [*inspect.signature(rule).parameters]
    inside = list(argument.parts) if isinstance(argument, Stack) and len(names) > 1 else [argument]
    if len(names) != len(inside):
        applied, expected = ("every entry", "one number") if isinstance(f, Activation) else \
            (argument, "one argument, or one for each part of a stacked one")
        raise refuse(f"{f.name} is applied to {applied}, and given as a function of {', '.join(names) or 'nothing'}: "
                     f"expected {expected}", ShapeError)
    parts = tuple(Node(Family.of("", Name.of(name), *part.axes, indexed=False))
                  for name, part in zip(names, inside, strict=True))
    value = coerce(rule(*parts))
    others = {*value.atoms(Node), *value.free_symbols} - {*parts, *value.atoms(Dim)}
    if foreign := [*sorted(map(str, others)), *open_in(value)]:
        raise refuse(f"{f.name} depends on {foreign[0]}: it may depend on its argument alone", NamingError)
    known = [a.function for a in value.atoms(Apply) if isinstance(a.function, Elementwise)]
    if kinks := sorted(g.name for g in known if g.in_table and g.row.kink is not None):
        raise refuse(f"{f.name} stands for any smooth function, and its rule has {kinks[0]} in it, which has a kink")
    wanted = sized(f.type_of(argument))
    if not same_type(sized(value.axes), wanted):
        raise refuse(f"{f.name} has {show_axes(wanted)} values, its rule gives a {show_axes(sized(value.axes))}",
                     ShapeError)
    return Opening(parts, value)


def _argument(claim: Claim, f: Smooth, sized: Callable[[Axes], Axes], refuse: Refuse) -> Expression:
    """What the function is applied to, in the claim or the definitions; the same shape everywhere."""
    whole = [*claim.expressions, *(rule.expression for rule in claim.model.rules.values())]
    applied = [a for e in whole for a in sorted(see_through(e).atoms(Apply), key=str)]
    found = [a.argument for a in applied if a.function == f]
    if not found:
        raise refuse(f"{f.name} is not applied to anything")
    if any(not same_type(sized(e.axes), sized(found[0].axes)) for e in found):
        raise refuse(f"{f.name} is applied to arguments of several shapes: it cannot be given by one rule")
    return found[0]


def open_in(e: Expression) -> list[str]:
    """The names of the open functions in an expression."""
    return sorted({str(f.name) for f in (open_of(a.function) for a in e.atoms(Apply)) if f is not None})
