"""From a witness as its author writes it to the point that a claim keeps: every entry is checked, none is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Basic, Expr, ImmutableMatrix

from derivations import graph
from derivations.algebra import Block, Ones, Times, Zeros
from derivations.calculus import see_through
from derivations.claim import EXISTENCE, LIMIT, Claim, holds_at
from derivations.errors import DerivationError, NamingError, ShapeError, StepError
from derivations.functions import Activation, Apply, Open, Smooth, open_of
from derivations.openings import open_in, opening
from derivations.ranges import free_steps
from derivations.relations import VANISHING
from derivations.symbols import (
    Axes,
    Constant,
    Dim,
    Expression,
    Family,
    Node,
    Step,
    axis,
    coerce,
    same_type,
    show_axes,
)
from derivations.where import leaf_of
from derivations.witness import Point, Witness

ONE = axis(1)
STRUCTURED: dict[str, Callable[[Any], bool]] = {  # of an explicit matrix
    "symmetric": lambda M: M == M.T,
    "diagonal": lambda M: M.is_diagonal(),
    "orthogonal": lambda M: (M.T * M).is_Identity,
    "positive": lambda M: all(x.is_positive for x in M),
    "zero": lambda M: M.is_zero_matrix,
}


def point(witness: Witness | Mapping[Any, Any], claim: Claim) -> Point:
    """The witness as the claim keeps it. Raises DerivationError where it gives what is no leaf, or not all of them."""
    given = witness if isinstance(witness, Witness) else Witness(witness)
    if (claim.expect == "holds") != (claim.kind == EXISTENCE):
        raise DerivationError(f"{claim.id}: a witness shows that a claim fails, or that what it speaks of exists; it "
                              f"cannot show that this {claim.kind} {claim.expect}")
    if given.others not in (None, 0):
        raise DerivationError(f"{claim.id}: others={given.others!r}: expected 0, the value of all leaves not named")
    made = _Making(claim, given)
    for key, value in given.values.items():
        made.take(key, value)
    made.require_inside()
    made.require_all()
    return Point(tuple(made.sizes.items()), tuple(made.steps.items()),
                 tuple((leaf, made.typed(leaf, value)) for leaf, value in made.leaves.items()),
                 tuple((f, opening(claim, f, rule, made.sized, made.refuse)) for f, rule in made.rules.items()),
                 given.others == 0, given.label)


@dataclass
class _Making:
    """A point while its keys are read one by one."""

    claim: Claim
    given: Witness
    sizes: dict[Dim, int] = field(default_factory=dict)
    steps: dict[Step, int] = field(default_factory=dict)
    leaves: dict[Expression, Any] = field(default_factory=dict)
    rules: dict[Open, Any] = field(default_factory=dict)

    def refuse(self, words: str, error: type[DerivationError] = DerivationError) -> DerivationError:
        return error(f"{self.claim.id}: the witness: {words}")

    def take(self, key: Any, value: Any) -> None:
        """One entry: what it is of, and that it may be given."""
        if isinstance(key, Dim):
            self.sizes[key] = self.whole(key, value, 1)
        elif isinstance(key, Step):
            self.steps[key] = self.pinned(key, value)
        elif isinstance(key, (Smooth, Activation)):
            self.rules[self.function(key)] = value
        else:
            leaf = self.leaf(key)
            self.leaves[leaf] = value

    def function(self, key: Open) -> Open:
        """An open function of the claim's model, not a derivative of one."""
        own = self.claim.model.functions.get(str(key.name))
        if own is None or own != open_of(key):
            raise self.refuse(f"the function {key.name} is of another model", NamingError)
        if own != key:
            raise self.refuse(f"a derivative of {own.name} follows from {own.name}: give {own.name} a rule instead")
        return own

    def whole(self, key: Any, value: Any, least: int) -> int:
        number = coerce(value)
        if not (isinstance(number, Constant) and number.value.is_Integer and number.value >= least):
            raise self.refuse(f"{key} = {value}: expected a whole number, {least} or more")
        return int(number.value)

    def pinned(self, key: Step, value: Any) -> int:
        """A step at which a claim is seen to fail."""
        if self.claim.kind == EXISTENCE:
            raise self.refuse(f"{key} = {value}: what exists must exist at every {key}; write the relation at that one")
        if key not in free_steps(self.claim) or key == self.claim.along:
            raise self.refuse(f"{key} is not a step that the claim leaves free", StepError)
        return self.whole(key, value, -10)

    # ---- leaves

    def leaf(self, key: Any) -> Expression:
        e = coerce(key)
        base = leaf_of(e)
        family, model = base.family, self.claim.model
        if model.families.get(family.key) != family:
            raise self.refuse(f"{base} is not declared in the model {model.name!r}", NamingError)
        if isinstance(e, Block) and not isinstance(e.args[0], Node):
            raise self.refuse(f"{e} is a block of a block: give the value of {e.args[0]} or of {base}")
        if family in model.rules and base.step not in initial_steps(self.claim, family):
            raise self.refuse(f"{base} is computed: only parameters, inputs and initial states have values to give")
        if base.step is not None and not (base.step.is_Integer or isinstance(base.step, Step) or family in model.rules):
            raise self.refuse(f"{base}: give a value at a step symbol, for every step, or at a literal one", StepError)
        twice = [other for other in self.leaves if leaf_of(other) == base and not
                 (isinstance(e, Block) and isinstance(other, Block) and e.place[0] == other.place[0] and e != other)]
        if twice:
            raise self.refuse(f"{e} has a value twice, also by that of {twice[0]}", NamingError)
        return e

    def typed(self, leaf: Expression, value: Any) -> Expression:
        """The value in the type of its leaf. Raises ShapeError where it does not fit, NamingError where it names."""
        found = coerce(value)
        known = self.symbols(leaf)
        foreign = [*sorted(map(str, found.atoms(Node))), *open_in(found),
                   *sorted(str(s) for s in found.free_symbols if not isinstance(s, Dim) and s not in known)]
        if foreign:
            allowed = ", ".join(map(str, known)) or "no step"
            raise self.refuse(f"{leaf} = {found} depends on {foreign[0]}: a value is made of numbers, dimensions and "
                              f"steps that it may depend on, here {allowed}", NamingError)
        axes = self.sized(leaf.axes)
        if found.is_scalar and any(axes):
            found = self.fill(leaf, found, axes)
        if not same_type(self.sized(found.axes), axes):
            raise self.refuse(f"{leaf} is a {show_axes(axes)}, its value {found} a {show_axes(self.sized(found.axes))}",
                              ShapeError)
        self.structured(leaf, found)
        return found

    def symbols(self, leaf: Expression) -> list[Step]:
        """The steps on which a leaf's value may depend: its own, and those that come before the choice of leaves."""
        own = leaf_of(leaf).step
        claim = self.claim
        free = [s for s in free_steps(claim) if s != claim.along and s not in self.steps]
        if claim.kind == LIMIT and any(leaf_of(leaf).family in {node.family for node in relation.atoms(Node)}
                                       for relation in claim.assuming if relation.sign == VANISHING):
            free += [s for s in (claim.along,) if s is not None]
        return list(dict.fromkeys([*([own] if isinstance(own, Step) else []), *free]))

    def sized(self, axes: Axes) -> Axes:
        rows, cols = (ax.subs(list(self.sizes.items())) for ax in axes)
        return rows, cols

    def fill(self, leaf: Expression, number: Expression, axes: Axes) -> Expression:
        """A number as a vector or matrix: in every entry, where that is the only thing that it can mean."""
        if number == coerce(0):
            return Zeros(*leaf.axes)
        if all(axes) and same_type(axes, axes[::-1]) and not same_type(axes, (ONE, ONE)):
            raise self.refuse(f"{leaf} = {number}: a square {show_axes(axes)} could be meant to have it in every entry "
                              "or on its diagonal: write ones(n, n) or eye(n)", ShapeError)
        return Times(number, Ones(*leaf.axes))

    def structured(self, leaf: Expression, value: Expression) -> None:
        """The structure that a leaf was declared with. Raises DerivationError where the value has it not."""
        words = leaf_of(leaf).family.structure
        if not words:
            return
        found = value.subs(list(self.sizes.items())).sympy()
        matrix = found.as_explicit() if getattr(found, "is_Matrix", False) else ImmutableMatrix([[found]])
        for word in words:
            if not STRUCTURED[word](matrix):
                raise self.refuse(f"{leaf} = {value}: {leaf} was declared {word}")

    # ---- nothing is missing

    def require_inside(self) -> None:
        """The sizes and steps are those of which the claim speaks. Raises DerivationError."""
        values: dict[Any, int] = {**self.sizes, **self.steps}
        conditions = [*self.claim.conditions, *([self.claim.fails] if self.claim.expect == "fails" else [])]
        for condition in conditions:
            if condition.free_symbols and condition.free_symbols <= set(values) and not holds_at(condition, values):
                at = ", ".join(f"{s} = {v}" for s, v in values.items())
                raise self.refuse(f"{at} lies outside {condition}, where the claim is made or expected to fail")

    def require_all(self) -> None:
        """Every leaf and function on which the claim depends has a value. Raises DerivationError."""
        families, functions = reached(self.claim)
        if missing := [str(f.name) for f in functions if f not in self.rules]:
            raise self.refuse(f"the function {missing[0]} is left open: give it, as in {{{missing[0]}: lambda v: v}}")
        if self.given.others == 0:
            for leaf in (leaf for family in families for leaf in self.wanted(family)):
                if {"orthogonal", "positive"} & set(leaf.family.structure) and not self.given_to(leaf):
                    raise self.refuse(f"{leaf} was declared {leaf.family.structure[0]}, so that others=0 cannot be its "
                                      "value: give it one")
            return
        for family in families:
            for leaf in self.wanted(family):
                self.require(leaf)

    def wanted(self, family: Family) -> list[Node]:
        """The leaves of a family: itself, its initial states, or, at any step symbol, an input."""
        if "zero" in family.structure:
            return []
        if family in self.claim.model.rules:
            return [Node(family, step) for step in initial_steps(self.claim, family)]
        if not family.indexed:
            return [Node(family)]
        patterns = [leaf_of(e) for e in self.leaves if leaf_of(e).family == family]
        return [next((p for p in patterns if isinstance(p.step, Step)), Node(family, Step("t")))]

    def given_to(self, leaf: Node) -> list[Expression]:
        return [e for e in self.leaves if leaf_of(e) == leaf]

    def require(self, leaf: Node) -> None:
        given = self.given_to(leaf)
        if not given:
            every = " (for every t)" if isinstance(leaf.step, Step) else ""
            raise self.refuse(f"{leaf} has no value{every}: give it one, or others=0")
        if leaf in given:
            return
        along = given[0].place[0]
        if missing := [label.name for label, _ in leaf.axes[along] if label.name not in {e.label for e in given}]:
            raise self.refuse(f"the block {missing[0]} of {leaf} has no value: give it one, or others=0")


def initial_steps(claim: Claim, family: Family) -> list[Expr]:
    """The steps at which a defined family is a leaf: below the first, or past the last of one that looks forward."""
    model = claim.model
    first, last = graph.first_step(model, family), graph.last_step(model, family)
    before = [first + k for k in range(int(graph.FIRST - first))]
    rule = model.rules[family]
    if rule.last is None or last is None:
        return before
    return [*before, *((rule.last + k + 1).expand() for k in range(int(last - rule.last)))]


def reached(claim: Claim) -> tuple[list[Family], list[Open]]:
    """The families and open functions on which a claim depends, through definitions too, each once."""
    families: dict[Family, None] = {}
    functions: dict[Open, None] = {}
    todo: list[Basic] = [see_through(e) for e in claim.expressions]
    while todo:
        e = todo.pop(0)
        for apply in sorted(e.atoms(Apply), key=str):
            if (function := open_of(apply.function)) is not None:
                functions.setdefault(function)
        for family in graph.families(e):
            if family not in families:
                families[family] = None
                if family in claim.model.rules:
                    todo.append(claim.model.rules[family].expression)
    return list(families), list(functions)
