"""What the names of a document stand for, at the place where they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sympy import Expr

from derivations.calculus import Let
from derivations.errors import NamingError, ShapeError
from derivations.functions import Elementwise, Func, cos, exp, log, relu, sigma, sign, sin, softplus, step, tanh
from derivations.latex.reader.choices import Choice
from derivations.latex.reader.keys import Census, Key, letter_name
from derivations.latex.reader.tree import Big, NotRead, Relation, Tree
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
    """A function that a document defines by a formula of its arguments.

    ``entrywise`` is the formula as a function of one number, where it is one.
    """

    arguments: tuple[Key, ...]
    body: Tree
    scope: Scope
    entrywise: Elementwise | None = None

    def at(self, values: Sequence[Expression], primes: int, choice: Choice, where: Tree) -> Expression:
        """The formula at these values; of a vector entry by entry where it is one of numbers only. Raises NotRead."""
        if len(values) != len(self.arguments):
            raise NotRead(f"a function of {len(self.arguments)} arguments with {len(values)}", where.start)
        if primes:
            return self._derived(values[0], primes, choice, where)
        if self.entrywise is not None and values[0].is_scalar:
            return self.entrywise(values[0])
        try:
            return self.formula(values, choice, where)
        except NotRead:
            if self.entrywise is None:
                raise
        choice.say(f"a function of numbers entry by entry: {self.entrywise.name}")
        return self.entrywise(values[0])

    def formula(self, values: Sequence[Expression], choice: Choice, where: Tree) -> Expression:
        """The formula with its arguments replaced. Raises NotRead."""
        from derivations.latex.reader.evaluate import Reader

        free = {str(step) for value in values for step in value.steps}
        if captured := free & bound_letters(self.body):
            raise NotRead(f"{min(captured)} runs in the formula of the function: give it another letter there",
                          where.start)
        things = {**self.scope.things, **dict(zip(self.arguments, values, strict=True))}
        return Reader(replace(self.scope, things=things), choice)(self.body)

    def _derived(self, value: Expression, primes: int, choice: Choice, where: Tree) -> Expression:
        if self.entrywise is None:
            raise NotRead("a prime on a function of several numbers: write the derivative with ∂", where.start)
        if not value.is_scalar:
            try:
                whole = self.formula([value], choice, where)
            except NotRead:
                whole = value
            if whole.axes != value.axes or all(value.axes):
                raise NotRead("a prime on a function that is not one of each entry: write the derivative with ∂",
                              where.start)
        function: Elementwise = self.entrywise
        for _ in range(primes):
            function = function.prime
        return function(value)


def bound_letters(e: Tree) -> set[str]:
    """The letters over which a formula's sums and products run."""
    from derivations.latex.reader.census import walk

    return {name for part in walk(e) if isinstance(part, Big) and isinstance(part.below, Relation)
            and (name := letter_name(part.below.sides[0])) is not None}


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
    running: dict[Key, Step] = field(default_factory=dict)  # of abbreviations, the step of their name
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
        if isinstance(thing, Let) and key.steps:
            at = self.running.get(key, thing.at_steps[0] if len(thing.at_steps) == 1 else None)
            if step is None or at is None:
                raise ShapeError(f"{key} has a step: name it, as in {key}_t")
            return thing.subs(at, step)
        return coerce(thing)

    def _block(self, key: Key, step: Expr | None) -> Expression | None:
        """A named block, or a block of one, by the last of the name's labels."""
        if not key.labels:
            return None
        base = replace(key, labels=key.labels[:-1])
        if isinstance(self.things.get(base), (Dim, Step)):
            return None
        whole = self.at(base, step)
        try:
            return None if whole is None else block(whole, key.labels[-1])
        except (ShapeError, NamingError):
            return None

    def size(self, key: Key) -> Dim | None:
        """The size that a letter counts; it may be the letter of a node too."""
        plain = not (key.style or key.accents or key.primes or key.steps)
        return self.sizes.get("_".join((key.stem, *key.labels))) if plain else None
