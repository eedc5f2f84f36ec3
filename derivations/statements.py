"""What a model claims: the methods by which an author states equalities, dependencies, bounds, limits, existence."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from sympy import S, Tuple, oo

from derivations.checks import owned, require_definitions
from derivations.claim import (
    BOUND,
    EQUALITY,
    EXISTENCE,
    LIMIT,
    PARENTS,
    SEPARATES,
    Case,
    Claim,
    Remark,
    Trend,
    assumptions,
    built,
    definition_id,
    inherited,
    listed,
    region,
    related,
    same_shape,
)
from derivations.errors import DefinitionError, DerivationError, NamingError
from derivations.operations import norm
from derivations.points import point
from derivations.ranges import check_steps
from derivations.symbols import Family, Node, Step, coerce
from derivations.witness import Witness

if TYPE_CHECKING:
    from derivations.model import Model, Rule

TRENDS = {S.Zero: Trend.VANISHES, oo: Trend.GROWS}


class Said(TypedDict, total=False):
    """What may be said of every claim.

    ``fails``: the region in which it is expected to fail. ``given``: under which conditions it is made, on dimensions
    and steps, and relations between values. ``printed``: the form in the source, that of ``chain`` for ``chain.full``
    unless it is given; "" where the source has none. ``source``: where. ``also``: steps at which it is checked too,
    beside the first few, as in ``{k: 100}``. ``witness``: where it is seen to fail, or what exists.
    """

    fails: Any
    given: Any
    printed: str | None
    source: str
    also: Mapping[Step, int] | None
    witness: Witness | Mapping[Any, Any] | None


class Statements:
    """The claims of a model, by id."""

    name: str
    source: str
    file: str
    rules: dict[Family, Rule]
    remarks: dict[str, Remark]
    glosses: dict[Family, tuple[str, int]]
    _claims: dict[str, Claim]

    @property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(self._claims.values())

    def equal(self, id: str, *sides: Any, each: Iterable[Any] | None = None, **said: Unpack[Said]) -> Claim:
        """Claim that the sides are equal. One function instead of sides builds them: of a case with ``each``, else as
        printed, for a formula whose shapes do not fit."""
        function = sides[0] if len(sides) == 1 and callable(sides[0]) else None
        if function is None:
            cases = [Case("", tuple(map(coerce, sides)))] if each is None else []
        else:
            cases = built(function, each)
        if not cases or any(len(case.sides) < 2 for case in cases):
            raise DerivationError(f"{id}: expected two sides or more, or one function that builds them "
                                  "(with each=, for every one of several cases)")
        if function is None or each is not None:
            for case in cases:
                same_shape(id, case.sides)
        return self._claim(id, EQUALITY, cases, **said)

    def parents(self, id: str, node: Node, parents: Iterable[Node], **said: Unpack[Said]) -> Claim:
        """Claim that exactly these nodes stand in the node's own definition."""
        [defined], found = listed(id, node), listed(id, parents)
        if defined.family not in self.rules:
            raise DefinitionError(f"{id}: {node} has no definition, so it has no parents")
        return self._claim(id, PARENTS, [Case("", (defined, Tuple(*found)))], **said)

    def separates(self, id: str, through: Any, source_node: Node, targets: Iterable[Node],
                  **said: Unpack[Said]) -> Claim:
        """Claim that the targets depend on a node only along paths through another (or a tuple of others)."""
        [start] = listed(id, source_node)
        case = Case("", (Tuple(*listed(id, through)), start, Tuple(*listed(id, targets))))
        return self._claim(id, SEPARATES, [case], **said)

    def bound(self, id: str, *relations: Any, each: Iterable[Any] | None = None, **said: Unpack[Said]) -> Claim:
        """Claim relations such as ``norm(P, 2) <= 1``, each for all values of the leaves that satisfy ``given``.

        Several relations are several cases; with ``each``, a function builds the relation of every case.
        """
        if each is not None:
            [build] = relations if len(relations) == 1 and callable(relations[0]) else [None]
            if build is None:
                raise DerivationError(f"{id}: with each=, expected one function that builds a relation")
            cases = [case for v in each for case in related([build(v)], str(v))]
        else:
            cases = related(relations)
        return self._claim(id, BOUND, cases, **said)

    def tends(self, id: str, e: Any, limit: Any, *, along: Step, **said: Unpack[Said]) -> Claim:
        """Claim that e tends to 0, or to ``oo``, as a step grows and the leaves stay as they are, for all that satisfy
        ``given``. A vector or matrix means its norm."""
        if limit not in TRENDS:
            raise DerivationError(f"{id}: a limit of {limit!r}: expected 0, or sympy.oo; say e - a for a limit a")
        return self._claim(id, LIMIT, [_size(e)], along=along, trend=TRENDS[limit], **said)

    def stays(self, id: str, e: Any, *, along: Step, **said: Unpack[Said]) -> Claim:
        """Claim that e, a number that is not negative or a norm, stays above some positive number at every value of a
        step, for all leaves that satisfy ``given``; the number may depend on the leaves."""
        return self._claim(id, LIMIT, [_size(e)], along=along, trend=Trend.STAYS, **said)

    def exists(self, id: str, *relations: Any, along: Step | None = None, **said: Unpack[Said]) -> Claim:
        """Claim that there are values of the leaves at which the relations hold, all of them.

        A free step comes first: for every k there are values, which a witness may give in terms of k. With ``along=k``
        the same values serve at every k.
        """
        return self._claim(id, EXISTENCE, related(relations), along=along, **said)

    def remark(self, id: str, sentence: str, *, printed: str = "", source: str = "") -> Remark:
        """A sentence of the source that holds by definition, or is no statement: listed and shown, never checked."""
        self._take_id(id)
        frame = sys._getframe(1)
        self.remarks[id] = Remark(f"{self.name}.{id}", sentence, printed, source or self.source,
                                  frame.f_code.co_filename, frame.f_lineno)
        return self.remarks[id]

    def _take_id(self, id: str, needed: bool = True) -> None:
        """Ids are words, and each is used once. Raises NamingError."""
        if not id and not needed:
            return
        if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", id):
            raise NamingError(f"{id!r} is not an id: expected words of letters, digits and hyphens, joined by dots")
        if (claim := self._claims.get(f"{self.name}.{id}")) is not None:
            raise NamingError(f"the id {claim.id!r} is used twice, first in line {claim.line}")
        if id in self.remarks:
            raise NamingError(f"the id '{self.name}.{id}' is used twice, first for the remark in line "
                              f"{self.remarks[id].line}")
        for gloss, line in self.glosses.values():
            if definition_id(gloss) == id:
                raise NamingError(f"the id '{self.name}.{id}' is used twice, first for the definition in line {line}")

    def _claim(self, id: str, kind: str, cases: list[Case], *, fails: Any = (), given: Any = (),
               printed: str | None = None, source: str = "", also: Mapping[Step, int] | None = None,
               witness: Witness | Mapping[Any, Any] | None = None, along: Step | None = None,
               trend: Trend | None = None) -> Claim:
        self._take_id(id)
        full, frame, model = f"{self.name}.{id}", sys._getframe(2), cast("Model", self)
        if not cases:
            raise DerivationError(f"{full}: expected at least one relation")
        where = S.false if fails == () else region(fails, "fails")
        conditions, relations = assumptions(given)
        claim = Claim(full, kind, model, tuple(cases), where, conditions,
                      inherited(full, self._claims) if printed is None else printed, source or self.source,
                      frame.f_code.co_filename, frame.f_lineno, tuple((also or {}).items()), relations, along, trend)
        for e in claim.expressions:
            owned(model, e, f"the claim {full}")
        require_definitions(model, claim.expressions)
        check_steps(claim)
        if witness is not None:
            claim = replace(claim, witness=point(witness, claim))
        self._claims[full] = claim
        return claim


def _size(e: Any) -> Case:
    """What tends: a number, or the norm of a vector or matrix."""
    e = coerce(e)
    return Case("", (e if e.is_scalar else norm(e),), sign="")
