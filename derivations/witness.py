"""Witnesses: exact values of sizes, steps, leaves and open functions at which a claim is seen to fail, or to hold.

An author writes a mapping, ``Witness({n: 1, W_rec: 8, x[t]: -4, c[0]: 0, phi: lambda v: v}, "every factor is 2")``.
The claim keeps it as a ``Point``: checked, with a value of the leaf's own type for all that the claim depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Integer

from derivations.algebra import Block, Stack, Zeros
from derivations.errors import DerivationError
from derivations.functions import Open
from derivations.symbols import Dim, Expression, Family, Node, Step, coerce
from derivations.where import leaf_of


@dataclass(frozen=True)
class Witness:
    """Values as an author writes them, what they show, and the value of all leaves that are not named (None or 0).

    Keys are dimensions; parameters and inputs, or blocks of them; inputs at a step symbol, for every step, or at a
    literal one; initial states; open functions, with a function of the argument or of the parts of a stacked one, and
    for an activation of one number; free steps of a claim that fails. Values are exact: numbers, which fill a vector or
    matrix; explicit matrices; and expressions in dimensions and steps, such as ``Rational(3, 2)**t`` or ``2 * eye(n)``.
    """

    values: Mapping[Any, Any]
    label: str = ""
    others: Any = None


@dataclass(frozen=True)
class Opening:
    """What an open function is at a witness: the parts of its argument, one above the other, and its value; of one that
    is applied to every entry, the one number and its value."""

    parts: tuple[Node, ...]
    value: Expression


@dataclass(frozen=True)
class Point:
    """A witness of one claim. Dimensions without a size may have any.

    ``leaves``: parameters, inputs, initial states, or blocks of these, each with a value of its type; at a step symbol,
    the value at every step that is not named itself. ``zero``: every other leaf is 0.
    """

    sizes: tuple[tuple[Dim, int], ...] = ()
    steps: tuple[tuple[Step, int], ...] = ()
    leaves: tuple[tuple[Expression, Expression], ...] = ()
    functions: tuple[tuple[Open, Opening], ...] = ()
    zero: bool = False
    label: str = ""

    def value(self, leaf: Node) -> Expression:
        """The value of a whole parameter, input or initial state. Raises DerivationError where it has none."""
        for named in (leaf, *self.patterns(leaf.family)):
            parts = {e.label if isinstance(e, Block) else "": value for e, value in self.leaves if leaf_of(e) == named}
            if parts:
                whole = _joined(leaf, parts)
                return whole if named == leaf else whole.subs(named.step, leaf.step)
        if self.zero or "zero" in leaf.family.structure:
            return Zeros(*leaf.axes) if any(leaf.axes) else coerce(0)
        raise DerivationError(f"the witness gives {leaf} no value")

    def patterns(self, family: Family) -> list[Node]:
        """A family at the step symbol that stands for every step, if the witness names it so."""
        bases = [leaf_of(e) for e, _ in self.leaves]
        return list(dict.fromkeys(b for b in bases if b.family == family and isinstance(b.step, Step)))


def _joined(leaf: Node, parts: Mapping[str, Expression]) -> Expression:
    """The value of a leaf from that of the whole, or those of its blocks; a block without one is 0."""
    if "" in parts:
        return parts[""]
    along, _ = Block.locate(leaf.axes, next(iter(parts)))
    blocks = [Block(leaf, label) for label, _ in leaf.axes[along]]
    return Stack(Integer(along), *(parts[b.label] if b.label in parts else Zeros(*b.axes) for b in blocks))
