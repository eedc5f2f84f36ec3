"""From the equations of one scope to a model: shapes, functions, nodes with their definitions, abbreviations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from sympy import Expr, Integer

from derivations.calculus import Jacobian
from derivations.errors import DerivationError
from derivations.functions import elementwise
from derivations.latex.reader import tree
from derivations.latex.reader.census import walk
from derivations.latex.reader.choices import every_choice, first_choice
from derivations.latex.reader.declarations import Declaration, Shape
from derivations.latex.reader.evaluate import Reader
from derivations.latex.reader.keys import Census, Key, mention
from derivations.latex.reader.names import declare
from derivations.latex.reader.passages import Place
from derivations.latex.reader.scope import Lambda, Scope
from derivations.latex.reader.shapes import guess
from derivations.latex.reader.statements import Statement
from derivations.latex.reader.targets import Target
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.reader.values import as_declared
from derivations.model import Model
from derivations.symbols import (
    Axes,
    Constant,
    Dim,
    Expression,
    Family,
    Node,
    Step,
    axis,
)

TRIED = 512  # readings of one definition


@dataclass
class Pending:
    """A definition that waits for what it needs."""

    target: Target
    statement: Statement
    right: Tree
    place: Callable[[int], Place]
    error: NotRead | None = None
    built: Expression | None = None
    words: tuple[str, ...] = ()


@dataclass
class Builder:
    """Builds the model of one scope."""

    model: Model
    census: Census
    scope: Scope
    declared: dict[Key, Declaration]
    pending: list[Pending] = field(default_factory=list)
    layout: str = "gradient"
    sizes: dict[str, Dim] = field(default_factory=dict)
    problems: list[tuple[str, Place]] = field(default_factory=list)

    # ---- sizes, steps, shapes

    def letters(self, sizes: set[str], taken: set[str]) -> None:
        """Declare the letters that count entries and steps. A size with the name of a node gets another one."""
        for name in sorted(self.census.steps):
            self.model.times(name)
        for name in sorted(set(self.census.ends.values())):  # a sum over no step at all is no paper's
            self.model.assume(Step(name) >= 1)
        for name in sorted(sizes):
            spelled = f"n_{name.replace('_', '')}" if name in taken else name
            [dim] = self.model.dims(spelled)
            self.sizes[name] = dim
            stem, _, label = name.partition("_")
            self.scope.things.setdefault(Key(stem, labels=(label,) if label else ()), dim)
            self.scope.sizes[name] = dim

    def axes(self, shape: Shape) -> Axes:
        """The axes that a declared shape means. Raises NotRead."""
        reader = Reader(self.scope, first_choice())
        rows, cols = (None if side is None else reader.size(side) for side in (shape.rows, shape.cols))
        return axis(rows), axis(cols)

    def shape(self, key: Key) -> Axes | None:
        """The declared type of a name."""
        declaration = self.declared.get(key)
        return self.axes(declaration.shape) if declaration is not None and declaration.role == "shape" else None

    # ---- leaves

    def leaf(self, key: Key, *, zero: bool = False) -> None:
        """Declare an input: a name with a shape and without a definition."""
        axes = self.shape(key)
        if axes is None or key in self.scope.things:
            return
        rows, cols = axes
        structure = ("zero",) if zero else ()
        if key.steps:
            made: Any = declare(key, lambda name, accent: self.model.inputs(name, rows, cols, accent=accent,
                                                                            structure=structure))
        else:
            made = declare(key, lambda name, accent: self.model.parameter(name, rows, cols, accent=accent))
        self.scope.things[key] = made.family

    # ---- definitions

    def sequence(self, item: Pending, axes: Axes, *, zero: bool) -> None:
        key = item.target.key
        declaration = self.declared.get(key)
        last = None
        if declaration is not None and declaration.last is not None:
            last = Reader(self.scope, first_choice()).step(declaration.last)
        made = declare(key, lambda name, accent: self.model.sequence(
            name, axes[0], cols=axes[1], accent=accent, last=last, structure=("zero",) if zero else ()))
        self.scope.things[key] = made.family

    def read(self, right: Tree, wanted: Axes | None) -> tuple[Expression, tuple[str, ...]]:
        """The first reading of a right side that types, and its choices in words. Raises NotRead."""
        first: NotRead | None = None
        for choice in islice(every_choice(self.layout), TRIED):
            reader = Reader(self.scope, choice)
            try:
                found: Expression = reader.guarded(right, partial(as_declared, reader.value(right), wanted))
            except NotRead as error:
                first = first or error
                continue
            return found, choice.words(self.layout)
        raise first or NotRead("no reading", right.start)

    def define(self, item: Pending) -> None:
        """Give a sequence its definition. Raises NotRead."""
        family = self.scope.things[item.target.key]
        assert isinstance(family, Family)
        found, item.words = self.read(item.right, family.axes)
        step, shift = _one_step(item)
        found = found.subs(step, step - shift) if shift != 0 else found
        try:
            self.model.define(Node(family, step), found)
        except DerivationError as error:
            raise NotRead(str(error), item.right.start) from error
        item.built = found

    def node(self, item: Pending) -> None:
        """A definition without steps, or an abbreviation for a derivative. Raises NotRead."""
        key, wanted = item.target.key, self.shape(item.target.key)
        found, item.words = self.read(item.right, wanted)
        if item.target.step is None and (running := self._running(found)):
            raise NotRead(f"{key} has no step, and its definition speaks of step {running[0]}: write "
                          f"{key.stepped} for a value at every step", item.right.start)
        try:
            if found.has(Jacobian) or item.target.step is not None:
                self._let(item, found)
            else:
                made = declare(key, lambda name, accent: self.model.node(name, found, accent=accent))
                self.scope.things[key] = made.family
        except DerivationError as error:
            raise NotRead(str(error), item.right.start) from error
        item.built = found

    def _running(self, e: Expression) -> list[str]:
        """The steps of which a name without steps cannot speak: all but ends, such as the T of Σ_{t=1}^T."""
        return sorted(s.name for s in e.steps if s.name in self.census.running or not s.name[0].isupper())

    def _let(self, item: Pending, found: Expression) -> None:
        """An abbreviation; of one with a step, the step at which its body stands is kept."""
        key = item.target.key
        if item.target.step is not None:
            step, shift = _one_step(item)
            self.scope.running[key] = step
            found = found.subs(step, step - shift) if shift != 0 else found
        self.scope.things[key] = declare(key, lambda name, _: self.model.let(name, found), accents=False)

    def function(self, item: Pending) -> None:
        """A function by its formula: of one number entry by entry where that types, else of what is put in."""
        key, names = item.target.key, item.target.arguments
        body = Lambda(names, item.right, self.scope)
        entrywise = None
        if len(names) == 1:
            with suppress(NotRead, DerivationError):
                entrywise = declare(key, lambda name, _: elementwise(
                    name, lambda z: body.formula((z,), first_choice(self.layout), item.right)), accents=False)
        self.scope.lambdas[key] = replace(body, entrywise=entrywise)
        item.built = Constant(Integer(0))

    def open_function(self, key: Key, size: Axes, *, entrywise: bool) -> None:
        """A function that is never defined: any smooth one."""
        if entrywise:
            made: Any = declare(key, lambda name, _: self.model.activation(name), accents=False)
        else:
            made = declare(key, lambda name, _: self.model.smooth(name, size[0] or None), accents=False)
        self.scope.functions[key] = made

    # ---- all of them, in the order in which they can be built

    def build(self, zeros: set[Key]) -> None:
        """Declare and define what can be; what cannot keeps its error."""
        sequences = [item for item in self.pending if item.target.is_sequence(self.census)]
        rest = [item for item in self.pending if item not in sequences]
        for item in rest:
            if item.target.arguments:
                self.function(item)
        rest = [item for item in rest if not item.target.arguments]
        waiting = self._shapes(sequences, rest, zeros)
        for item in sequences:
            if item in waiting or item.built is not None:
                continue
            self._try(item, self.define)
        for item in waiting:  # a last time, for the reason
            self._try(item, self.node if item in rest else self._unknown)

    def _shapes(self, sequences: list[Pending], rest: list[Pending], zeros: set[Key]) -> list[Pending]:
        """Declare sequences as soon as their type is known, and nodes as soon as all they need is there."""
        waiting = [*sequences, *rest]
        progress = True
        while progress and waiting:
            progress = False
            for item in list(waiting):
                if item in sequences:
                    axes = self._type_of(item)
                    done = axes is not None
                    if axes is not None and item.target.is_let(item.right):
                        done = self._try(item, self.node)
                    elif axes is not None:
                        self.sequence(item, axes, zero=item.target.key in zeros)
                else:
                    done = self._try(item, self.node)
                if done:
                    waiting.remove(item)
                    progress = True
        return waiting

    def _type_of(self, item: Pending) -> Axes | None:
        try:
            declared = self.shape(item.target.key)
            return declared or guess(Reader(self.scope, first_choice(self.layout)), item.right)
        except NotRead as error:
            item.error = error
            return None

    def _unknown(self, item: Pending) -> None:
        self.read(item.right, None)
        raise NotRead(f"the shape of {item.target.key} is not known: say it, as in "
                      f"'derivations: {item.target.key} : n'", item.right.start)

    def _try(self, item: Pending, build: Callable[[Pending], None]) -> bool:
        try:
            build(item)
        except NotRead as error:
            item.error = error
            return False
        item.error = None
        return True


def _one_step(item: Pending) -> tuple[Step, Expr]:
    """The step symbol of a definition, and by how much it is shifted: of h_{t+1} = … it is t, by 1. Raises NotRead."""
    step = item.target.step
    if step is not None:
        symbols = [s for s in step.free_symbols if isinstance(s, Step)]
        if len(symbols) == 1 and step.coeff(symbols[0]) == 1:
            return symbols[0], (step - symbols[0]).expand()
    raise NotRead("a definition at one step only: expected one for every step, as in h_t = …", item.right.start)


def mentions(e: Tree, key: Key, census: Census) -> bool:
    """Whether a name stands in a tree."""
    found = census.known.get(id(e))
    if found is None or found[0] is not e or found[1] != census.told:
        found = census.known[id(e)] = e, census.told, frozenset(_names(e, census))
    return key in found[2]


def _names(e: Tree, census: Census) -> Iterator[Key]:
    for part in walk(e):
        if isinstance(part, tree.Letter | tree.Word | tree.Scripted):
            try:
                named = mention(part, census)
            except NotRead:
                continue
            if named is not None:
                yield named.key
