"""A model: named nodes with definitions, abbreviations, assumptions, and the claims made about them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Basic, Expr, Tuple
from sympy.core.symbol import Str
from sympy.logic.boolalg import Boolean

from derivations import graph
from derivations.calculus import Let, see_through
from derivations.claim import EQUALITY, PARENTS, SEPARATES, Case, Claim, Definition, region, same_shape
from derivations.errors import DefinitionError, DerivationError, NamingError, ShapeError, StepError
from derivations.functions import Apply, Smooth, smooth
from derivations.symbols import (
    Dim,
    Expression,
    Family,
    Name,
    Node,
    Step,
    as_printed,
    checked_name,
    coerce,
    exact_step,
    same_type,
    show_axes,
)


@dataclass(frozen=True)
class Rule:
    """How a node is computed: the step symbol of its definition (None without steps) and the expression."""

    step: Step | None
    author: Expression  # as written, abbreviations kept
    last: Expr | None = None  # of a sequence that looks forward

    @property
    def expression(self) -> Expression:
        return see_through(self.author)


@dataclass(frozen=True)
class Sequence:
    """A node for each step: ``c[t]``, defined by ``c[t] = …``."""

    model: Model
    family: Family

    def __getitem__(self, step: Any) -> Node:
        return Node(self.family, exact_step(step))

    def __setitem__(self, step: Any, definition: Any) -> None:
        if not isinstance(step, Step):
            raise StepError(f"{self.family}[{step}] = …: a definition is for every step, write {self.family}[t] = …")
        self.model.define(self[step], definition)

    def __iter__(self) -> Any:
        raise StepError(f"{self.family} has a node for each step and no end: name a step, as in {self.family}[t]")


class Model:
    """Declarations, definitions and claims under one name, which is the prefix of their ids.

    Raises NamingError for a name that is used twice, and the errors of what it builds.
    """

    def __init__(self, name: str, title: str = "", source: str = "") -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise NamingError(f"{name!r} is not a model's name: expected lower-case letters, digits and hyphens")
        self.name, self.title, self.source = name, title or name, source
        self.file = sys._getframe(1).f_code.co_filename
        self.module = sys._getframe(1).f_globals.get("__name__", "")
        self.families: dict[tuple[str, bool], Family] = {}
        self.rules: dict[Family, Rule] = {}
        self.functions: dict[str, Smooth] = {}
        self.lets: dict[str, Let] = {}
        self.assumptions: list[Boolean] = []
        self._claims: dict[str, Claim] = {}
        self._glosses: dict[Family, tuple[str, int]] = {}
        self._let_lines: dict[str, int] = {}
        self._lasts: dict[Family, Expr] = {}
        self._taken: dict[tuple[str, bool], str] = {}

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {len(self.claims)} claims)"

    # ---- declarations

    def _take(self, name: str, indexed: bool, what: str) -> None:
        if (name, indexed) in self._taken:
            raise NamingError(f"{self.name}: the name {name!r} is used twice, for {self._taken[name, indexed]} and {what}")
        self._taken[name, indexed] = what

    def dims(self, names: str) -> list[Dim]:
        """Symbolic sizes: ``n, m = model.dims("n m")``."""
        for name in names.split():
            self._take(name, False, "a dimension")
        return [Dim(name) for name in names.split()]

    def times(self, names: str) -> list[Step]:
        """Symbolic steps: ``t, k = model.times("t k")``."""
        for name in names.split():
            self._take(name, False, "a step")
        return [Step(name) for name in names.split()]

    def _family(self, name: str, rows: Any, cols: Any, what: str, *, indexed: bool, accent: str = "",
                structure: Iterable[str] = ()) -> Family:
        words = (structure,) if isinstance(structure, str) else tuple(structure)
        family = Family.of(self.name, Name.of(name, accent), rows, cols, indexed=indexed, structure=words)
        self._take(*family.key, what)
        self.families[family.key] = family
        return family

    def parameter(self, name: str, rows: Any = None, cols: Any = None, *, structure: Any = (), accent: str = "") -> Node:
        """A parameter: a scalar, vector (rows) or matrix (rows × cols), shared by all steps. Blocks: ``{"h": n, "x": m}``."""
        return Node(self._family(name, rows, cols, "a parameter", indexed=False, structure=structure, accent=accent))

    def input(self, name: str, rows: Any = None, cols: Any = None, *, structure: Any = (), accent: str = "") -> Node:
        """An input that has no steps."""
        return Node(self._family(name, rows, cols, "an input", indexed=False, structure=structure, accent=accent))

    def inputs(self, name: str, rows: Any = None, cols: Any = None, *, structure: Any = (), accent: str = "") -> Sequence:
        """An input at each step."""
        return Sequence(self, self._family(name, rows, cols, "inputs", indexed=True, structure=structure, accent=accent))

    def sequence(self, name: str, rows: Any = None, gloss: str = "", *, cols: Any = None, accent: str = "",
                 last: Any = None) -> Sequence:
        """A node at each step, to be defined by ``c[t] = …``; ``last`` is the last step of one that looks forward."""
        family = self._family(name, rows, cols, f"the sequence {gloss or name}", indexed=True, accent=accent)
        self._glosses[family] = gloss, sys._getframe(1).f_lineno
        if last is not None:
            self._lasts[family] = exact_step(last)
        return Sequence(self, family)

    def node(self, name: str, definition: Any, gloss: str = "", *, accent: str = "") -> Node:
        """A node without steps, with its definition."""
        definition = coerce(definition)
        family = self._family(name, *definition.axes, f"the node {gloss or name}", indexed=False, accent=accent)
        self._glosses[family] = gloss, sys._getframe(1).f_lineno
        node = Node(family)
        self.define(node, definition)
        return node

    def smooth(self, name: str, size: Any = None) -> Smooth:
        """An open function: any smooth function of one vector, with scalar values or a vector of this size."""
        self._take(checked_name(name), False, "a function")
        self.functions[name] = smooth(self.name, name, size)
        return self.functions[name]

    def let(self, name: str, body: Any) -> Let:
        """An abbreviation for an expression: derivatives see through it, printing shows it."""
        body = self._own(coerce(body), f"the abbreviation {name}")
        let = Let(Str(self.name), Name.of(name), Tuple(*body.steps), body)
        self._take(name, bool(body.steps), "an abbreviation")
        self.lets[name] = let
        self._let_lines[name] = sys._getframe(1).f_lineno
        return let

    def assume(self, *conditions: Any) -> None:
        """Conditions on dimensions and steps under which every claim of the model is made."""
        self.assumptions.extend(region(c, "assume") for c in conditions)

    # ---- definitions

    def define(self, node: Node, definition: Any) -> None:
        """Give a node its definition, once. Raises ShapeError, DefinitionError or NamingError."""
        e = self._own(coerce(definition), f"the definition of {node}")
        family = node.family
        if family in self.rules:
            raise DefinitionError(f"{family} is defined twice: a node has one definition")
        if family not in self._glosses:
            raise DefinitionError(f"{family} is {self._taken.get(family.key, 'of another model')}: "
                                  "only a sequence or a node is defined")
        if not same_type(e.axes, family.axes):
            raise ShapeError(f"{node} is a {show_axes(family.axes)}, its definition a {show_axes(e.axes)}")
        for other in (family, *(p.family for p in graph.parents(see_through(e)))):
            if other.key in self.families and other not in self.rules and other in self._glosses and other != family \
                    and not other.indexed:
                raise DefinitionError(f"{node} uses {other}, which has no definition yet")
        self.rules[family] = Rule(node.step, e, self._lasts.get(family))
        try:
            graph.order(self)
        except DerivationError:
            del self.rules[family]
            raise

    def _own(self, e: Expression, what: str) -> Expression:
        """The expression, if everything in it was declared by this model. Raises NamingError."""
        for node in e.atoms(Node):
            family = node.family
            if family.model and self.families.get(family.key) != family:
                whose = f"of the model {family.model!r}" if family.model != self.name else "of another model of this name"
                raise NamingError(f"{what} uses {node}, a node {whose}: declare it in {self.name!r}")
        for let in e.atoms(Let):
            if let.args[0].name != self.name:
                raise NamingError(f"{what} uses the abbreviation {let} of the model {let.args[0].name!r}")
        for apply in e.atoms(Apply):
            f = apply.function
            if isinstance(f, Smooth) and self.functions.get(str(f.name)) != f:
                raise NamingError(f"{what} uses the function {f.name} of the model {f.args[0].name!r}")
        return e

    def require_definitions(self, expressions: Iterable[Basic]) -> None:
        """Every sequence that is reached has a definition. Raises DefinitionError."""
        todo, seen = [f for e in expressions for f in graph.families(see_through(e))], set()
        while todo:
            family = todo.pop()
            if family in seen:
                continue
            seen.add(family)
            if family in self.rules:
                todo += graph.families(self.rules[family].expression)
            elif family in self._glosses:
                raise DefinitionError(f"{family} has no definition: write {family}[t] = … before it is used in a claim")

    @property
    def definitions(self) -> list[Definition]:
        """Definitions that have an id: a node's gloss, a let's name unless a claim has that id."""
        found = []
        for family, rule in self.rules.items():
            gloss, line = self._glosses[family]
            if gloss:
                left = Node(family, rule.step) if rule.step is not None else Node(family)
                found.append(Definition(f"{self.name}.{gloss.replace(' ', '-')}", left, rule.author, "", self.source,
                                        self.file, line))
        for name, let in self.lets.items():
            if f"{self.name}.{name}" not in self._claims:
                found.append(Definition(f"{self.name}.{name}", let, let.body, "", self.source, self.file,
                                        self._let_lines[name]))
        return sorted(found, key=lambda definition: definition.line)

    # ---- claims

    @property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(self._claims.values())

    def equal(self, id: str, *sides: Any, fails: Any = False, each: Iterable[Any] | None = None, printed: str = "",
              source: str = "", given: Any = ()) -> Claim:
        """Claim that the sides are equal. One function instead of sides builds them: of a case with ``each``, else as
        printed, for a formula whose shapes do not fit."""
        if len(sides) == 1 and callable(sides[0]):
            cases = self._built(sides[0], each)
        elif len(sides) > 1 and each is None:
            cases = (Case("", tuple(map(coerce, sides))),)
            same_shape(id, cases[0].sides)
        else:
            raise DerivationError(f"{id}: expected two sides or more, or one function that builds them")
        if each is not None:
            for case in cases:
                same_shape(id, case.sides)
        return self._claim(id, EQUALITY, cases, fails, printed, source, given)

    @staticmethod
    def _built(build: Callable[..., tuple[Any, ...]], each: Iterable[Any] | None) -> tuple[Case, ...]:
        if each is not None:
            return tuple(Case(str(v), tuple(map(coerce, build(v)))) for v in each)
        with as_printed():
            return (Case("", tuple(map(coerce, build()))),)

    def parents(self, id: str, node: Node, parents: Iterable[Node], *, fails: Any = False, printed: str = "",
                source: str = "", given: Any = ()) -> Claim:
        """Claim that exactly these nodes stand in the node's own definition."""
        case = Case("", (node, Tuple(*sorted(parents, key=str))))
        return self._claim(id, PARENTS, (case,), fails, printed, source, given)

    def separates(self, id: str, through: Any, source_node: Node, targets: Iterable[Node], *, fails: Any = False,
                  printed: str = "", source: str = "", given: Any = ()) -> Claim:
        """Claim that the targets depend on a node only along paths through another (or a tuple of others)."""
        through = through if isinstance(through, (tuple, list, set)) else (through,)
        case = Case("", (Tuple(*sorted(through, key=str)), source_node, Tuple(*sorted(targets, key=str))))
        return self._claim(id, SEPARATES, (case,), fails, printed, source, given)

    def _claim(self, id: str, kind: str, cases: tuple[Case, ...], fails: Any, printed: str, source: str, given: Any) -> Claim:
        if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", id):
            raise NamingError(f"{id!r} is not an id: expected words of letters, digits and hyphens, joined by dots")
        full, frame = f"{self.name}.{id}", sys._getframe(2)
        if full in self._claims:
            raise NamingError(f"the id {full!r} is used twice, first in line {self._claims[full].line}")
        for case in cases:
            for e in case.expressions:
                self._own(e, f"the claim {full}")
            self.require_definitions(case.expressions)
        prefix = id
        while not printed and "." in prefix:
            prefix = prefix.rpartition(".")[0]
            inherited = self._claims.get(f"{self.name}.{prefix}")
            printed = inherited.printed if inherited else ""
        claim = Claim(full, kind, self, cases, region(fails, "fails"), region(given, "given") if given else region(True, "given"),
                      printed, source or self.source, frame.f_code.co_filename, frame.f_lineno)
        graph.check_steps(claim)
        self._claims[full] = claim
        return claim


