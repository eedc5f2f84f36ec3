"""Claims: a relation with an id, the form as printed, a formal reading, and what its author expects.

A claim never stores its verdict. Its kinds are equality (``a = b = c``), the dependencies ``parents`` and
``separates``, bounds, limits and existence; a kind is a word here and a row in the checker's table, so that others can
join. A claim speaks of all values of the leaves that satisfy its assumptions; only existence speaks of some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sympy import And, S, Symbol, Tuple
from sympy.logic.boolalg import Boolean

from derivations.display import Typeset
from derivations.errors import DerivationError, ShapeError
from derivations.relations import EQUAL, VANISHING, Relation
from derivations.symbols import Dim, Expression, Node, Step, as_printed, coerce, same_type, show_axes

if TYPE_CHECKING:
    from derivations.model import Model
    from derivations.witness import Point

EQUALITY, PARENTS, SEPARATES = "equality", "parents", "separates"
BOUND, LIMIT, EXISTENCE = "bound", "limit", "existence"


class Trend(StrEnum):
    """What a limit says of a number that is not negative, as a step grows and the leaves stay as they are."""

    VANISHES = "tends to zero"
    GROWS = "grows without bound"  # in the end it exceeds every number
    STAYS = "stays above a positive number"  # at every step of its range


@dataclass(frozen=True)
class Case:
    """One reading to check: its label ("" where the claim has one case only), its sides and the sign between them.

    A limit has one side, the number that tends; a dependency has nodes for sides.
    """

    label: str
    sides: tuple[Any, ...]
    sign: str = EQUAL

    @property
    def expressions(self) -> tuple[Expression, ...]:
        flat = [x for side in self.sides for x in (side if isinstance(side, (tuple, Tuple)) else (side,))]
        return tuple(flat)


@dataclass(frozen=True)
class Claim(Typeset):
    """A claim of a model.

    ``fails`` is the region in which its author expects it to be false: a condition on dimensions and steps, ``true``
    for always, ``false`` for a claim that holds. ``given`` and ``assuming`` are conditions under which the claim is
    made, on dimensions and steps and on values; an assumption is made for every value of those of its steps that the
    claim does not leave free (``ranges.everywhere``).

    ``along`` is the step that grows in a limit; in a claim of existence, a step for which the same leaves must serve at
    every value. There, every other free step comes first: for every k there are leaves.
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
    assuming: tuple[Relation, ...] = ()
    along: Step | None = None
    trend: Trend | None = None  # of a limit
    witness: Point | None = None  # where its author says that what is claimed to exist exists, or that the claim fails
    label: str = ""  # of an equation in a document
    read_as: tuple[str, ...] = ()  # the choices by which an equation of a document was read, in words
    unread: tuple[str, ...] = ()  # conditions beside it that were not read: nothing is refuted without them
    alternatives: tuple[Claim, ...] = field(default=(), repr=False, compare=False)  # its other readings

    @property
    def expect(self) -> str:
        return "holds" if self.fails is S.false else "fails"

    @property
    def conditions(self) -> tuple[Boolean, ...]:
        """Under which the claim is made, one by one: its own and its model's assumptions."""
        return tuple(part for condition in (self.given, *self.model.assumptions) for part in And.make_args(condition)
                     if part is not S.true)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Everything that it speaks of: the sides of all cases, then those of its assumptions."""
        return (*(e for case in self.cases for e in case.expressions),
                *(side for relation in self.assuming for side in relation.sides))

    @property
    def local_id(self) -> str:
        return self.id.partition(".")[2]


@dataclass(frozen=True)
class Definition(Typeset):
    """The defining expression of a node or an abbreviation, with its id, for listing and printing."""

    id: str
    left: Expression
    right: Expression
    printed: str = ""
    source: str = ""
    file: str = ""
    line: int = 0
    kind: str = "definition"


@dataclass(frozen=True)
class Remark(Typeset):
    """A sentence of the source that needs no check, with its id, for listing and printing."""

    id: str
    sentence: str
    printed: str = ""
    source: str = ""
    file: str = ""
    line: int = 0
    kind: str = "remark"


def inherited(id: str, claims: Mapping[str, Claim]) -> str:
    """The printed form of the nearest claim above: that of ``rnn.chain`` for ``rnn.chain.first-use``."""
    while "." in id:
        id = id.rpartition(".")[0]
        if (above := claims.get(id)) is not None and above.printed:
            return above.printed
    return ""


def definition_id(gloss: str) -> str:
    return gloss.replace(" ", "-")


def definitions_of(model: Model) -> list[Definition | Remark]:
    """The definitions that have an id, a node's gloss, a let's name unless a claim has that id; and the remarks."""
    found: list[Definition | Remark] = [*model.remarks.values()]

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


def assumptions(given: Any) -> tuple[Boolean, tuple[Relation, ...]]:
    """What ``given=`` says: conditions on dimensions and steps, and relations between values."""
    items = list(given) if isinstance(given, (list, tuple)) else [given]
    relations = [item for item in items if isinstance(item, Relation)]
    return region([item for item in items if not isinstance(item, Relation)], "given"), tuple(relations)


def same_shape(id: str, sides: tuple[Expression, ...]) -> None:
    for side in sides[1:]:
        if not same_type(side.axes, sides[0].axes):
            raise ShapeError(f"{id}: the sides do not fit, {show_axes(sides[0].axes)} = {show_axes(side.axes)}; "
                             "a claim about a formula that does not type is given as a function: lambda: (a, b)")


# ---- what claims are made of


def related(relations: Iterable[Any], label: str | None = None) -> list[Case]:
    """Cases of relations, one each; of several, each is labelled by itself. Raises DerivationError for what is none."""
    found = list(relations)
    for relation in found:
        if not isinstance(relation, Relation):
            raise DerivationError(f"{relation!r} is no relation: write a <= b, a < b, eq(a, b) or ne(a, b)")
        if relation.sign == VANISHING:
            raise DerivationError(f"{relation} is an assumption; that something tends to zero is claimed with tends")
    labels = [label if label is not None else str(relation) if len(found) > 1 else "" for relation in found]
    return [Case(name, relation.sides, relation.sign) for name, relation in zip(labels, found, strict=True)]


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
