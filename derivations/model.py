"""A model: named nodes with definitions, abbreviations, assumptions, and the claims made about them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Tuple
from sympy.core.symbol import Str
from sympy.logic.boolalg import Boolean

from derivations.alike import ACTIVATION, STEP, Declared, require_distinct
from derivations.calculus import Let, see_through
from derivations.checks import owned, require_ends
from derivations.claim import Claim, Definition, Remark, definition_id, definitions_of, region
from derivations.display import Displayed
from derivations.errors import DefinitionError, DerivationError, NamingError, ShapeError, StepError
from derivations.functions import Activation, Open, Smooth, activation, smooth
from derivations.names import SCALAR, Axes
from derivations.statements import Statements
from derivations.symbols import (
    Dim,
    Expression,
    Family,
    Name,
    Node,
    Step,
    checked_name,
    coerce,
    exact_step,
    same_type,
    show_axes,
)
from derivations.where import Where


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
        self.model.define(self[step], definition)

    def __iter__(self) -> Any:  # else Python would go through self[0], self[1], … without end
        raise ShapeError(f"{self.family} has a node for each step and no end: name a step, as in {self.family}[t]")


class Model(Displayed, Statements):
    """Declarations, definitions and claims under one name, which is the prefix of their ids.

    Raises NamingError for a name that is used twice, and the errors of what it builds.
    """

    def __init__(self, name: str, title: str = "", source: str = "") -> None:
        if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise NamingError(f"{name!r} is not a model's name: expected lower-case letters, digits and hyphens")
        self.name, self.title, self.source = name, title or name, source
        self.file = sys._getframe(1).f_code.co_filename
        self.module = sys._getframe(1).f_globals.get("__name__", "")
        self.families: dict[tuple[str, bool], Family] = {}
        self.rules: dict[Family, Rule] = {}
        self.functions: dict[str, Open] = {}
        self.elementwise: dict[str, Any] = {}
        self.lets: dict[tuple[str, bool], Let] = {}
        self.assumptions: list[Boolean] = []
        self._claims: dict[str, Claim] = {}
        self.remarks: dict[str, Remark] = {}
        self.glosses: dict[Family, tuple[str, int]] = {}
        self.printed_forms: dict[str, tuple[str, str]] = {}
        self.let_lines: dict[tuple[str, bool], int] = {}
        self._lasts: dict[Family, Expr | None] = {}
        self._taken: dict[tuple[str, bool], Declared] = {}

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {len(self.claims)} claims)"

    # ---- declarations

    def _take(self, name: str, indexed: bool, what: str, axes: Axes = SCALAR) -> None:
        if (name, indexed) in self._taken:
            first = self._taken[name, indexed].what
            raise NamingError(f"{self.name}: the name {name!r} is used twice, for {first} and {what}")
        taken = {**self._taken, (name, indexed): Declared.of(what, indexed, axes)}
        require_distinct(self.name, taken)
        self._taken = taken

    def dims(self, names: str) -> list[Dim]:
        """Symbolic sizes: ``n, m = model.dims("n m")``."""
        for name in names.split():
            self._take(name, False, "a dimension")
        return [Dim(name) for name in names.split()]

    def times(self, names: str) -> list[Step]:
        """Symbolic steps: ``t, k = model.times("t k")``."""
        for name in names.split():
            self._take(name, False, STEP)
        return [Step(name) for name in names.split()]

    def _family(self, name: str, rows: Any, cols: Any, what: str, *, indexed: bool, accent: str = "",
                structure: Iterable[str] = ()) -> Family:
        words = (structure,) if isinstance(structure, str) else tuple(structure)
        family = Family.of(self.name, Name.of(name, accent), rows, cols, indexed=indexed, structure=words)
        self._take(*family.key, what, family.axes)
        self.families[family.key] = family
        return family

    def parameter(self, name: str, rows: Any = None, cols: Any = None, *, structure: Any = (),
                  accent: str = "") -> Node:
        """A parameter, shared by all steps: a scalar, vector (rows) or matrix (rows × cols). An axis in blocks is a
        dictionary, ``{"h": n, "x": m}``."""
        return Node(self._family(name, rows, cols, "a parameter", indexed=False, structure=structure, accent=accent))

    def input(self, name: str, rows: Any = None, cols: Any = None, *, structure: Any = (), accent: str = "") -> Node:
        """An input that has no steps."""
        return Node(self._family(name, rows, cols, "an input", indexed=False, structure=structure, accent=accent))

    def inputs(self, name: str, rows: Any = None, cols: Any = None, *, structure: Any = (),
               accent: str = "") -> Sequence:
        """An input at each step."""
        family = self._family(name, rows, cols, "inputs", indexed=True, structure=structure, accent=accent)
        return Sequence(self, family)

    def sequence(self, name: str, rows: Any = None, gloss: str = "", *, cols: Any = None, accent: str = "",
                 last: Any = None, structure: Any = ()) -> Sequence:
        """A node at each step, to be defined by ``c[t] = …``; ``last`` is the last step of one that looks forward.
        ``structure`` ("zero", "positive") binds what its definition leaves free: c_0, or what is past the last step."""
        end = None if last is None else exact_step(last)
        words = (structure,) if isinstance(structure, str) else tuple(structure)
        if other := [word for word in words if word not in ("zero", "positive")]:
            raise ShapeError(f"the sequence {name} is declared {other[0]}, which its definition need not keep: "
                             "expected zero or positive, for what the definition leaves free")
        self._take_id(definition_id(gloss), needed=False)
        family = self._family(name, rows, cols, f"the sequence {gloss or name}", indexed=True, accent=accent,
                              structure=structure)
        self.glosses[family] = gloss, sys._getframe(1).f_lineno
        self._lasts[family] = end
        return Sequence(self, family)

    def node(self, name: str, definition: Any, gloss: str = "", *, accent: str = "") -> Node:
        """A node without steps, with its definition."""
        definition = owned(self, coerce(definition), f"the definition of {name}")
        rows, cols = definition.axes
        self._take_id(definition_id(gloss), needed=False)
        family = self._family(name, rows, cols, f"the node {gloss or name}", indexed=False, accent=accent)
        self.glosses[family] = gloss, sys._getframe(1).f_lineno
        self.define(Node(family), definition)
        return Node(family)

    def smooth(self, name: str, size: Any = None) -> Smooth:
        """An open function: any smooth function of vectors, scalars and matrices, ``f(x[t], h[t - 1], W)``, with scalar
        values or a vector of this size. It is applied to arguments of the same sizes everywhere."""
        self._take(checked_name(name), False, "a function")
        made = self.functions[name] = smooth(self.name, name, size)
        return made

    def activation(self, name: str) -> Activation:
        """An open elementwise function: any smooth function of one real number, applied to every entry of a scalar,
        vector or matrix. Its derivatives ``phi.prime``, ``phi.prime.prime`` are open too."""
        made = activation(self.name, checked_name(name))
        if name in self.elementwise:
            raise NamingError(f"{self.name}: the function {name!r} has a definition already: choose another name")
        self._take(name, False, ACTIVATION)
        self.functions[name] = made
        return made

    def let(self, name: str, body: Any) -> Let:
        """An abbreviation for an expression: derivatives see through it, printing shows it."""
        body = owned(self, coerce(body), f"the abbreviation {name}")
        let = Let(Str(self.name), Name.of(name), Tuple(*body.steps), body)
        if name in (definition_id(gloss) for gloss, _ in self.glosses.values()):
            raise NamingError(f"the id '{self.name}.{name}' is used twice, for a definition and an abbreviation")
        self._take(name, bool(body.steps), "an abbreviation", body.axes)
        self.lets[name, bool(body.steps)] = let
        self.let_lines[name, bool(body.steps)] = sys._getframe(1).f_lineno
        return let

    def assume(self, *conditions: Any) -> None:
        """Conditions on dimensions and steps under which every claim of the model is made."""
        self.assumptions.extend(region(c, "assume") for c in conditions)

    # ---- definitions

    def define(self, node: Node, definition: Any) -> None:
        """Give a node its definition, once. Raises ShapeError, DefinitionError or NamingError."""
        e = owned(self, coerce(definition), f"the definition of {node}")
        family = node.family
        if node.step is not None and not isinstance(node.step, Step):
            raise StepError(f"{node} = …: a definition is for every step, write {family}[t] = …")
        if family in self.rules:
            raise DefinitionError(f"{family} is defined twice: a node has one definition")
        if family not in self.glosses:
            known = self._taken.get(family.key)
            raise DefinitionError(f"{family} is {known.what if known else 'of another model'}: "
                                  "only a sequence or a node is defined")
        if e.has(Where):
            raise DefinitionError(f"the definition of {node} is of another graph, {e}: where(…) is for claims")
        if not same_type(e.axes, family.axes):
            raise ShapeError(f"{node} is a {show_axes(family.axes)}, its definition a {show_axes(e.axes)}")
        self.rules[family] = Rule(node.step, e, self._lasts.get(family))
        try:
            require_ends(self)
        except DerivationError:
            del self.rules[family]
            raise

    @property
    def definitions(self) -> list[Definition | Remark]:
        """Definitions that have an id, a node's gloss, a let's name unless a claim has that id; and remarks."""
        return definitions_of(self)

    def printed(self, id: str, latex: str, source: str = "") -> None:
        """How the source prints a definition, and where. (A claim says so itself, with ``printed=``, ``source=``.)"""
        known = [*(definition_id(gloss) for gloss, _ in self.glosses.values()), *(name for name, _ in self.lets)]
        if id not in known:
            raise NamingError(f"{self.name}: no definition has the id {id!r}; a claim takes printed= itself")
        self.printed_forms[id] = latex, source
