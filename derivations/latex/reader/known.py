"""Reading formulas of a model that exists already: its own names, as its printer writes them.

This is how a fragment in a paper is compared with the claim that it came from, and how the printer is tested: what it
writes is read back to the same expression.
"""

from __future__ import annotations

from sympy import Integer

from derivations.alike import STEP
from derivations.functions import ROWS, Elementwise
from derivations.latex.letters import LETTERS
from derivations.latex.reader.choices import first_choice
from derivations.latex.reader.evaluate import Reader
from derivations.latex.reader.keys import Census, Key
from derivations.latex.reader.scope import Scope, Thing
from derivations.latex.reader.tree import Tree
from derivations.model import Model
from derivations.names import Name
from derivations.symbols import Dim, Expression

STYLES = ("", "bf")  # the printer sets vectors bold in one notation and not in the other
_COMMANDS = {name: command.removeprefix("\\") for name, (command, _) in LETTERS.items()}


def keys(name: Name, *, steps: bool = False) -> list[Key]:
    """How a declared name is printed, in every notation."""
    stem = name.stem.rstrip("'")
    primes = len(name.stem) - len(stem)
    accents = (name.accent,) if name.accent else ()
    labels = (name.label,) if name.label else ()
    return [Key(_COMMANDS.get(stem, stem), style, accents, primes, labels, steps) for style in STYLES]


def scope_of(model: Model) -> Scope:
    """The scope in which a model's own formulas are read."""
    census = Census()
    scope = Scope(census, uses=True)
    for (name, _), declared in model._taken.items():
        if declared.what == STEP:
            census.steps.add(name)
        elif declared.what == "a dimension":
            census.sizes.add(name)
            scope.sizes[name] = Dim(name)
            _declare(scope, Name.of(name), Dim(name))
    for family in model.families.values():
        _declare(scope, family.name, family, steps=family.indexed)
    for let in model.lets.values():
        _declare(scope, let.name, let, steps=bool(let.at_steps))
    for named, function in model.functions.items():
        for key in keys(Name.of(named)):
            scope.functions[key] = function
    for function in sorted(_own_functions(model), key=str):
        for key in keys(Name.of(function.name)):
            scope.functions[key] = function
    census.indexed = {key.bare for key in scope.things if key.steps}
    census.labelled = {key.bare if not key.labels else Key(key.stem, key.style, key.accents, key.primes, key.labels)
                       for key in scope.things if key.labels}
    return scope


def _own_functions(model: Model) -> set[Elementwise]:
    """The elementwise functions that an author defined, without their derivatives."""
    said = [rule.author for rule in model.rules.values()] + [let.body for let in model.lets.values()]
    said += [e for claim in model.claims for e in claim.expressions]
    return {Elementwise(f.args[0], Integer(0), *f.parameters) for e in said for f in e.atoms(Elementwise)
            if f.name not in ROWS and f.name != "power"}


def _declare(scope: Scope, name: Name, thing: Thing, *, steps: bool = False) -> None:
    for key in keys(name, steps=steps):
        scope.things.setdefault(key, thing)


def reading(e: Tree, scope: Scope) -> Expression:
    """What a formula in our own notation says: it has one reading. Raises NotRead."""
    return Reader(scope, first_choice("numerator"))(e)
