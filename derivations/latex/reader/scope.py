"""What the names of a document stand for, at the place where they are read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sympy import Expr

from derivations.calculus import Let
from derivations.errors import NamingError, ShapeError
from derivations.functions import Elementwise, Func, cos, exp, log, relu, sigma, sign, sin, softplus, step, tanh
from derivations.latex.reader.choices import Choice
from derivations.latex.reader.keys import Census, Key
from derivations.latex.reader.tree import Tree
from derivations.operations import block
from derivations.symbols import Dim, Expression, Family, Node, Step, coerce

KNOWN: dict[str, Elementwise] = {
    "sigma": sigma, "sigmoid": sigma, "tanh": tanh, "exp": exp, "log": log, "ln": log, "sin": sin, "cos": cos,
    "softplus": softplus, "relu": relu, "ReLU": relu, "sign": sign, "sgn": sign, "step": step,
}
"""Elementwise functions by the word or letter that is printed; a document that defines one of these names wins."""

Thing = Family | Let | Dim | Step | Expression


@dataclass(frozen=True)
class Lambda:
    """A function that a document defines by a formula of its arguments."""

    arguments: tuple[Key, ...]
    body: Tree
    scope: Scope

    def at(self, values: tuple[Expression, ...], choice: Choice) -> Expression:
        """The formula at these values. Raises NotRead."""
        from derivations.latex.reader.evaluate import Reader

        things = {**self.scope.things, **dict(zip(self.arguments, values, strict=True))}
        return Reader(replace(self.scope, things=things), choice)(self.body)


@dataclass
class Scope:
    """Keys and what they stand for: nodes and abbreviations, sizes, steps, functions.

    ``lambdas`` are functions given by a formula, ``seen`` the arguments with which a node is written out.
    """

    census: Census
    things: dict[Key, Thing] = field(default_factory=dict)
    functions: dict[Key, Func] = field(default_factory=dict)
    lambdas: dict[Key, Lambda] = field(default_factory=dict)
    seen: dict[Key, Tree] = field(default_factory=dict)
    sizes: dict[str, Dim] = field(default_factory=dict)
    uses: bool = False  # whether W^{(j)} is the use of W at step j, as our printer writes it, and never a label

    def function(self, key: Key | None) -> Func | None:
        """The function that a name is; None where it is a value, or nothing."""
        if key is None or key in self.things:
            return None
        if key in self.functions:
            return self.functions[key]
        plain = not (key.style or key.accents or key.labels or key.primes)
        return KNOWN.get(key.stem) if plain else None

    def at(self, key: Key, step: Expr | None) -> Expression | None:
        """What a name stands for at a step; None where it is not declared. Raises the errors of the language."""
        thing = self.things.get(key)
        if thing is None:
            return self._block(key, step)
        if isinstance(thing, Family):
            if thing.indexed and step is None:
                raise ShapeError(f"{key} is a sequence: name a step, as in {key}_t")
            return Node(thing, step) if thing.indexed else Node(thing)
        if isinstance(thing, Let) and thing.at_steps:
            if step is None:
                raise ShapeError(f"{key} has a step: name it, as in {key}_t")
            return thing.subs(thing.at_steps[0], step)
        return coerce(thing)

    def _block(self, key: Key, step: Expr | None) -> Expression | None:
        """A named block, by its label: the last of the name's labels."""
        if not key.labels:
            return None
        base = Key(key.stem, key.style, key.accents, key.primes, key.labels[:-1])
        if base not in self.things or isinstance(self.things[base], (Dim, Step)):
            return None
        whole = self.at(base, step)
        try:
            return None if whole is None else block(whole, key.labels[-1])
        except (ShapeError, NamingError):
            return None

    def size(self, key: Key) -> Dim | None:
        """The size that a letter counts; it may be the letter of a node too."""
        return self.sizes.get("_".join((key.stem, *key.labels))) if not key.style else None
