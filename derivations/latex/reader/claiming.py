"""From an equation to claims: its sides under every choice of readings, each a candidate of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sympy import And, Ge, Gt, Le, Lt, S, oo
from sympy.logic.boolalg import Boolean

from derivations.claim import Claim
from derivations.errors import DerivationError
from derivations.latex.reader import tree
from derivations.latex.reader.census import derives
from derivations.latex.reader.choices import Choice, every_choice, first_choice
from derivations.latex.reader.conditions import condition
from derivations.latex.reader.declarations import real_space
from derivations.latex.reader.evaluate import Reader
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.statements import Statement
from derivations.latex.reader.tree import NotRead, Relation, Tree
from derivations.latex.reader.values import Columns, unify
from derivations.model import Model
from derivations.relations import eq, ne
from derivations.symbols import Expression, Step, same_type, show_axes

MOST = 32  # readings of one equation that type
TRIED = 512  # readings of one equation
BUILD: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq, ":=": eq, "≡": eq, "≠": ne, "≤": lambda a, b: a <= b, "<": lambda a, b: a < b,
    "≥": lambda a, b: a >= b, ">": lambda a, b: a > b,
}


@dataclass(frozen=True)
class Parts:
    """An equation taken apart: its sides and signs, without the shape that may be said at its end."""

    sides: tuple[Tree, ...]
    signs: tuple[str, ...]
    shape: Tree | None = None

    @classmethod
    def of(cls, e: Relation) -> Parts:
        if e.signs[-1] == "∈":
            return cls(e.sides[:-1], e.signs[:-1], e.sides[-1])
        return cls(e.sides, e.signs)


@dataclass(frozen=True)
class Claimer:
    """Makes claims of one model, at one place of its document."""

    model: Model
    scope: Scope
    layout: str
    sizes_of: Any  # a declared shape → axes

    def claim(self, id: str, statement: Statement, parts: Parts, given: Sequence[Tree], unread: tuple[str, ...], *,
              fails: bool) -> Claim:
        """The claim that an equation makes: its first reading that types, with the others in their order.

        Raises NotRead where none types.
        """
        conditions = [condition(e, self.scope) for e in given]
        found: dict[Any, Claim] = {}
        problems: dict[str, NotRead] = {}
        for tried, choice in enumerate(every_choice(self.layout)):
            if tried >= TRIED or len(found) > MOST:
                self._forget(found.values())
                raise NotRead("too many readings: write with parentheses, or with other signs, what is meant",
                              parts.sides[0].start)
            try:
                sides = self._sides(parts, choice)
                within = self._within(sides, choice)
                under = [*_telling(conditions, sides), *within]
                if (meaning := (sides, frozenset(under))) in found:
                    continue
                claim = self._claim(f"{id}-reading-{len(found) + 1}" if found else id, parts, sides, under, fails)
            except NotRead as error:
                problems.setdefault(f"{error.reason}", error)
                continue
            except DerivationError as error:
                problems.setdefault(str(error), NotRead(str(error), parts.sides[0].start))
                continue
            found[meaning] = replace(claim, file=statement.at.file, line=statement.at.line, printed=statement.latex,
                                     label=statement.label, read_as=choice.words(self.layout), unread=unread)
        if not found:
            raise _none(list(problems.values()))
        first, *others = found.values()
        self._forget(others)  # readings of one equation are one claim
        self.model._claims[first.id] = replace(first, alternatives=tuple(others))
        return self.model._claims[first.id]

    def _forget(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            del self.model._claims[claim.id]

    def types(self, parts: Parts) -> bool:
        """Whether an equation types in this layout, with every other choice the one that is tried first."""
        if not set(parts.signs) <= set(BUILD):
            return False
        try:
            sides = self._sides(parts, first_choice(self.layout))
        except NotRead:
            return False
        return all(same_type(side.axes, sides[0].axes) for side in sides)

    def _sides(self, parts: Parts, choice: Choice) -> tuple[Expression, ...]:
        reader = Reader(self.scope, choice)
        values = []
        for k, side in enumerate(parts.sides):
            choice.side = k
            values.append(reader.value(side))
        if "→" in parts.signs:
            values = values[:1]
        sides = reader.guarded(parts.sides[0], partial(unify, values, choice, sides=True))
        if parts.shape is not None:
            last = values[-1]
            self._check_shape(parts.shape, last if isinstance(last, Columns) else sides[-1])
        return tuple(sides)

    def check_shape(self, parts: Parts, e: Expression) -> None:
        """The shape that a definition says at its end. Raises NotRead."""
        if parts.shape is not None:
            self._check_shape(parts.shape, e)

    def check_member(self, e: Relation) -> None:
        """The shape that a text says of a derivative, ``\\partial L / \\partial W \\in ℝ^{n × m}``. Raises NotRead."""
        if derives(e.sides[0]):
            value = Reader(self.scope, next(every_choice(self.layout))).value(e.sides[0])
            if isinstance(value, (Expression, Columns)):
                self._check_shape(e.sides[1], value)

    def _check_shape(self, e: Tree, value: Expression | Columns) -> None:
        """The shape that is said at the end of an equation, ``… ∈ ℝ^q``, is the one that its sides have."""
        shape = real_space(e)
        if shape is None:
            return
        axes, said = value.axes, self.sizes_of(shape)
        if not same_type(axes, said):
            raise NotRead(f"said to be a {show_axes(said)}, but this is a {show_axes(axes)}", e.start)

    def _within(self, sides: tuple[Expression, ...], choice: Choice) -> list[Boolean]:
        """The ends of the free steps that run in the document's sums, where the reading says so: t ≤ T."""
        ends = self.scope.census.ends
        free = sorted({s for side in sides for s in side.steps if s.name in ends and s.name != ends[s.name]}, key=str)
        if not free or choice("range") == "all":
            return []
        return [s <= Step(ends[s.name]) for s in free]

    def _claim(self, id: str, parts: Parts, sides: tuple[Expression, ...], given: list[Boolean], fails: bool) -> Claim:
        said: dict[str, Any] = {"given": given or (), "fails": True if fails else ()}
        if set(parts.signs) <= {"=", ":=", "≡"}:
            return self.model.equal(id, *sides, **said)
        if parts.signs == ("→",):
            return self._limit(id, parts, sides[0], said)
        if set(parts.signs) <= set(BUILD):
            relations = [BUILD[sign](a, b) for sign, a, b in zip(parts.signs, sides, sides[1:], strict=False)]
            return self.model.bound(id, *relations, **said)
        raise NotRead(f"relations {' '.join(parts.signs)} that are not read together", parts.sides[0].start)

    def _limit(self, id: str, parts: Parts, side: Expression, said: dict[str, Any]) -> Claim:
        """``‖P_k‖ → 0`` along its only free step."""
        end = parts.sides[1]
        limit: Any = oo if isinstance(end, tree.Letter) and end.name == "infty" else None
        if isinstance(end, tree.Number) and end.text == "0":
            limit = S.Zero
        if limit is None or len(side.steps) != 1:
            raise NotRead("a limit that is not read: expected one free step, and 0 or \\infty", end.start)
        return self.model.tends(id, side, limit, along=side.steps[0], **said)


def _telling(conditions: Sequence[Boolean], sides: Sequence[Expression]) -> list[Boolean]:
    """Conditions without their parts t ≤ T and t < T where nothing else speaks of T: some T is always late enough."""
    named = {s for side in sides for s in side.free_symbols}
    parts = [part for condition in conditions for part in And.make_args(condition)]
    kept = []
    for part in parts:
        ends = {part.gts} if isinstance(part, Le | Lt | Ge | Gt) else set()
        others = named.union(*(other.free_symbols for other in parts if other is not part))
        if not any(isinstance(end, Step) and end not in others for end in ends):
            kept.append(part)
    return kept


def _none(problems: list[NotRead]) -> NotRead:
    """Why no reading types: the first reason, and the others where there are several."""
    first = problems[0]
    others = [problem.reason for problem in problems[1:3]]
    reason = first.reason if not others else f"{first.reason}; in other readings: {'; '.join(others)}"
    return NotRead(reason, first.at)

