"""What a model asks of an expression before it joins a definition or a claim: its own names, and their definitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sympy import Basic

from derivations import graph
from derivations.calculus import Let, see_through
from derivations.errors import DefinitionError, NamingError
from derivations.functions import Apply, Elementwise, open_of
from derivations.symbols import Expression, Family, Node
from derivations.where import Where, leaf_of

if TYPE_CHECKING:
    from derivations.model import Model


def owned(model: Model, e: Expression, what: str) -> Expression:
    """The expression, if everything in it was declared by this model. Raises NamingError."""
    for family in _sorted(e.atoms(Family)):
        if family.model and model.families.get(family.key) != family:
            whose = f"of the model {family.model!r}" if family.model != model.name else "of another model of this name"
            shown = next((node for node in _sorted(e.atoms(Node)) if node.family == family), family)
            raise NamingError(f"{what} uses {shown}, a node {whose}: declare it in {model.name!r}")
    for leaf in (leaf_of(leaf) for where in _sorted(e.atoms(Where)) for leaf, _ in where.values):
        if leaf.family in model.glosses:
            raise DefinitionError(f"{what} gives {leaf} another value, and it is computed: only parameters and inputs "
                                  "have values of their own")
    for let in _sorted(e.atoms(Let)):
        if let.args[0].name != model.name:
            raise NamingError(f"{what} uses the abbreviation {let} of the model {let.args[0].name!r}")
    for f in dict.fromkeys(apply.function for apply in _sorted(e.atoms(Apply))):
        opened = open_of(f)
        if opened is not None and model.functions.get(str(opened.name)) != opened:
            raise NamingError(f"{what} uses the function {opened.name} of the model {opened.model!r}")
        if isinstance(f, Elementwise) and f.body and f.name in model.functions:
            raise NamingError(f"{what} uses a function {f.name!r} with a definition, and {model.name!r} has an open "
                              "one of this name: choose another name")
        if isinstance(f, Elementwise) and f.body and model.elementwise.setdefault(f.name, f.body) != f.body:
            raise NamingError(f"{what} uses another function {f.name!r} than before: one name has one definition")
    return e


def _sorted(found: set[Basic]) -> list[Basic]:
    return sorted(found, key=str)


def require_definitions(model: Model, expressions: Iterable[Basic]) -> None:
    """Every sequence that is reached has a definition. Raises DefinitionError."""
    todo, seen = [f for e in expressions for f in graph.families(see_through(e))], set()
    while todo:
        family = todo.pop()
        if family in seen:
            continue
        seen.add(family)
        if family in model.rules:
            todo += graph.families(model.rules[family].expression)
        elif family in model.glosses:
            raise DefinitionError(f"{family} has no definition: write {family}[t] = … before it is used in a claim")


def require_ends(model: Model) -> None:
    """A recurrence that looks forward says where it starts. Raises DefinitionError."""
    for component in graph.order(model):
        for family in component.families if component.direction < 0 else ():
            if model.rules[family].last is None:
                raise DefinitionError(f"{family} looks forward and never ends: declare it with its last step, "
                                      f'as in sequence("{family}", …, last=T)')
