"""Relations between expressions: equal, different, at most, less than; and, as an assumption, tending to zero."""

from __future__ import annotations

from typing import Any, NoReturn

from sympy import Basic, S
from sympy.core.symbol import Str

from derivations.algebra import Zeros
from derivations.errors import DerivationError, ShapeError
from derivations.operations import filled
from derivations.operators import Operators
from derivations.symbols import Constant, Step, coerce, same_type, show_axes

EQUAL, UNEQUAL, AT_MOST, LESS, VANISHING = "=", "≠", "≤", "<", "→"
SIGNS = {EQUAL: "equal", UNEQUAL: "different", AT_MOST: "at most", LESS: "less than", VANISHING: "vanishing"}


class Relation(Basic):
    """left = right, left ≠ right, left ≤ right, left < right; left → 0 as the step of a limit grows.

    args: left, sign, right. Of vectors and matrices: in every entry (≠: in some entry). Raises ShapeError where the
    sides are of two types; a number beside a vector means that number in every entry.
    """

    left = property(lambda self: self.args[0])
    sign = property(lambda self: self.args[1].name)
    right = property(lambda self: self.args[2])
    sides = property(lambda self: (self.args[0], self.args[2]))

    def __new__(cls, left: Any, sign: Str, right: Any) -> Relation:
        a, b = coerce(left), coerce(right)
        if sign.name not in SIGNS:
            raise DerivationError(f"{sign} is no sign of a relation: expected one of {', '.join(SIGNS)}")
        a, b = filled(a, b), filled(b, a)
        if not same_type(a.axes, b.axes):
            raise ShapeError(f"a {show_axes(a.axes)} {sign} a {show_axes(b.axes)}: {a} {sign} {b}; the sides of a "
                             "relation are of one type, take norm(…) of what is not a number")
        if sign.name == VANISHING and not (isinstance(b, Zeros) or b == Constant(S.Zero)):
            raise DerivationError(f"{a} {sign} {b}: the limit of an assumption is 0, write vanishing(a)")
        self: Relation = Basic.__new__(cls, a, sign, b)
        return self

    def __bool__(self) -> NoReturn:
        raise DerivationError(f"{self} is a claim, not a truth value: write two relations instead of 0 <= a <= 1, and "
                              "give relations to bound, exists or given=, not to if, and, or")

    @property
    def steps(self) -> tuple[Step, ...]:
        """The free step symbols, by name."""
        return tuple(sorted((s for s in self.free_symbols if isinstance(s, Step)), key=str))

    def _sympystr(self, printer: Any) -> str:
        from derivations.latex import text
        return text(self)


def eq(a: Any, b: Any) -> Relation:
    """The relation a = b."""
    return Relation(a, Str(EQUAL), b)


def ne(a: Any, b: Any) -> Relation:
    """The relation a ≠ b: of vectors and matrices, in some entry."""
    return Relation(a, Str(UNEQUAL), b)


def vanishing(e: Any) -> Relation:
    """The assumption that e tends to zero as the step of a limit grows; the leaves in it change with that step."""
    return Relation(e, Str(VANISHING), 0)


def at_most(a: Any, b: Any) -> Relation:
    return Relation(a, Str(AT_MOST), b)


def less(a: Any, b: Any) -> Relation:
    return Relation(a, Str(LESS), b)


Operators.table.update({"at most": at_most, "less": less})
