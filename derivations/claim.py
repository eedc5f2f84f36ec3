"""Claims: a relation with an id, the form as printed, a formal reading, and what its author expects.

A claim never stores its verdict. Its kinds are equality (``a = b = c``) and the dependencies ``parents`` and
``separates``; a kind is a word here and a row in the checker's table, so that others can join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sympy import And, S, Symbol, Tuple
from sympy.logic.boolalg import Boolean

from derivations.errors import DerivationError, ShapeError
from derivations.symbols import Dim, Expression, Node, Step, as_printed, coerce, same_type, show_axes

if TYPE_CHECKING:
    from derivations.model import Model

EQUALITY, PARENTS, SEPARATES = "equality", "parents", "separates"


@dataclass(frozen=True)
class Case:
    """One reading to check: its label ("" where the claim has one case only) and its sides."""

    label: str
    sides: tuple[Any, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        flat = [x for side in self.sides for x in (side if isinstance(side, (tuple, Tuple)) else (side,))]
        return tuple(flat)


@dataclass(frozen=True)
class Claim:
    """A claim of a model.

    ``fails`` is the region in which its author expects it to be false: a condition on dimensions and steps, ``true``
    for always, ``false`` for a claim that holds. ``given`` are conditions under which the claim is made.
    """

    id: str
    kind: str
    model: Model = field(repr=False, compare=False)
    cases: tuple[Case, ...]
    fails: Boolean = S.false
    given: Boolean = S.true
    printed: str = ""
    source: str = ""
    file: str = ""
    line: int = 0
    also: tuple[tuple[Step, int], ...] = ()  # steps far away at which it is checked too

    @property
    def expect(self) -> str:
        return "holds" if self.fails is S.false else "fails"

    @property
    def conditions(self) -> tuple[Boolean, ...]:
        """Under which the claim is made, one by one: its own and its model's assumptions."""
        return tuple(part for condition in (self.given, *self.model.assumptions) for part in And.make_args(condition)
                     if part is not S.true)

    @property
    def local_id(self) -> str:
        return self.id.partition(".")[2]

    def latex(self, profile: str = "paper") -> str:
        """LaTeX of the formal reading, in a notation profile (``article`` or ``paper``)."""
        from derivations.latex import latex

        return latex(self, profile)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True)
class Definition:
    """The defining expression of a node or an abbreviation, with its id, for listing and printing."""

    id: str
    left: Expression
    right: Expression
    printed: str = ""
    source: str = ""
    file: str = ""
    line: int = 0
    kind: str = "definition"

    def latex(self, profile: str = "paper") -> str:
        from derivations.latex import latex

        return latex(self, profile)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def inherited(id: str, claims: Mapping[str, Claim]) -> str:
    """The printed form of the nearest claim above: that of ``rnn.chain`` for ``rnn.chain.first-use``."""
    while "." in id:
        id = id.rpartition(".")[0]
        if (above := claims.get(id)) is not None and above.printed:
            return above.printed
    return ""


def definition_id(gloss: str) -> str:
    return gloss.replace(" ", "-")


def definitions_of(model: Model) -> list[Definition]:
    """The definitions that have an id: a node's gloss, a let's name unless a claim has that id."""
    found = []

    def add(id: str, left: Expression, right: Expression, line: int) -> None:
        printed, source = model.printed_forms.get(id, ("", ""))
        found.append(Definition(f"{model.name}.{id}", left, right, printed, source or model.source, model.file, line))

    for family, rule in model.rules.items():
        gloss, line = model.glosses[family]
        if gloss:
            add(definition_id(gloss), Node(family, *filter(None, [rule.step])), rule.author, line)
    claimed = {claim.local_id for claim in model.claims}
    for (name, indexed), let in model.lets.items():
        both = indexed and (name, False) in model.lets  # A_t beside A
        id = "_".join([name, *map(str, let.at_steps)]) if both else name
        if id not in claimed:
            add(id, let, let.body, model.let_lines[name, indexed])
    return sorted(found, key=lambda definition: definition.line)


def region(condition: Any, what: str) -> Boolean:
    """A condition on dimensions and steps: True, a SymPy relation, or several of them joined by & and |.

    False is refused: it is what Python makes of ``n == 1``, which would silently be a claim that holds.
    """
    if condition is False:
        raise DerivationError(f"{what}=False: leave it out; if it was written n == 1, write sympy.Eq(n, 1)")
    conditions = [S(c) if isinstance(c, bool) else c
                  for c in (condition if isinstance(condition, (list, tuple)) else [condition])]
    if not all(isinstance(c, Boolean) and not isinstance(c, Symbol) for c in conditions) or \
            not all(isinstance(s, (Dim, Step)) for c in conditions for s in c.free_symbols):
        raise DerivationError(f"{what}={condition!r} is not a condition on dimensions and steps: write True, n >= 2, "
                              "or (k >= 3) & (n >= 2)")
    return And(*conditions)


def holds_at(condition: Boolean, values: Mapping[Any, int]) -> bool:
    """Whether a condition is true at these sizes and steps; symbols that it does not name do not matter."""
    decided = condition.subs(list(values.items()))
    if decided not in (S.true, S.false):
        raise DerivationError(f"the condition {condition} is not decided by {dict(values)}: it names other symbols")
    return decided is S.true or decided == S.true


def same_shape(id: str, sides: tuple[Expression, ...]) -> None:
    for side in sides[1:]:
        if not same_type(side.axes, sides[0].axes):
            raise ShapeError(f"{id}: the sides do not fit, {show_axes(sides[0].axes)} = {show_axes(side.axes)}; "
                             "a claim about a formula that does not type is given as a function: lambda: (a, b)")


# ---- what claims are made of


def built(build: Callable[..., Any], each: Iterable[Any] | None) -> list[Case]:
    """The cases that a function builds: one for each, or one as printed, whatever its shapes are."""
    def sides(*of: Any) -> tuple[Expression, ...]:
        found = build(*of)
        return tuple(map(coerce, found if isinstance(found, (tuple, list)) else (found,)))

    if each is not None:
        return [Case(str(v), sides(v)) for v in each]
    with as_printed():
        return [Case("", sides())]


def listed(id: str, found: Any) -> list[Node]:
    """A node, or nodes, each once and by name. Raises DerivationError."""
    items = [found] if isinstance(found, Expression) or not isinstance(found, Iterable) else list(found)
    for item in items:
        if not isinstance(item, Node):
            raise DerivationError(f"{id}: a dependency is between nodes, and {item!r} is none")
    return sorted(dict.fromkeys(items), key=str)
