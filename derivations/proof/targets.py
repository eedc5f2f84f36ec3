"""What a derivative is taken by: nodes, blocks and uses of them, and what is held meanwhile."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr

from derivations.algebra import Block, Stack
from derivations.calculus import Use, see_through, variables
from derivations.errors import Unclear, Undecided
from derivations.proof.engine import Engine
from derivations.proof.normal import Poly
from derivations.proof.places import Place, in_whole, part_of
from derivations.proof.separators import Held
from derivations.symbols import Expression, Node


class Part(NamedTuple):
    """One part of what a derivative is taken by: a node, or a parameter as one step uses it; the entry's place, if the
    entry lies in this part."""

    node: Node
    use: Expr | None
    place: tuple[Place, Place] | None


Target = tuple[Part, ...]


class Holding(NamedTuple):
    """What is held at its value: whole sequences, single nodes."""

    families: Held
    nodes: frozenset[Node]


FREE = Holding(frozenset(), frozenset())


def target_of(p: Engine, x: Expression, row: Place, col: Place) -> Target:
    """What x stands for, part by part, and in which part its entry at this row and column lies."""
    base, place = _located(see_through(x), row, col)
    found = []
    for variable, _ in dict.fromkeys(variables(x)):
        node, use = (variable.parameter, variable.step) if isinstance(variable, Use) else (variable, None)
        if "zero" in node.family.structure and node.family not in p.model.rules:
            raise Undecided(f"a derivative by {node}, which is zero: what it would do elsewhere is not in its entries")
        if structure := sorted(set(node.family.structure) - {"positive", "zero"}):
            # before anything is known of it: what its structure makes equal would have no derivative
            raise Undecided(f"a derivative by {node}, whose entries are not independent: it is {', '.join(structure)}")
        here = variable == base
        found.append(Part(node, use, place if here else None))
    if len(found) != len({(part.node, part.use) for part in found}):  # several blocks of one node: only one is hit
        found = [part for part in found if part.place is not None or all(
            (other.node, other.use) != (part.node, part.use) for other in found if other.place is not None)]
        found = list(dict.fromkeys(found))
    return tuple(found)


def _located(x: Expression, row: Place, col: Place) -> tuple[Expression, tuple[Place, Place]]:
    """The variable in which an entry of x lies, and the entry's place in it."""
    if isinstance(x, Stack):
        part, place = part_of(x, row, col)
        return _located(part, *place)
    if isinstance(x, Block):
        return _located(x.args[0], *in_whole(x, row, col))
    return x, (row, col)


def hit(p: Engine, target: Target, v: Node, row: Place, col: Place) -> Poly:
    """The derivative of a target's entry by itself; 0 of any other node. Raises Unclear where they may be the same."""
    for part in target:
        if part.use is None and part.place is not None and same_node(p, part.node, v):
            return p.delta(row, part.place[0]) * p.delta(col, part.place[1])
    return Poly()


def same_node(p: Engine, a: Node, b: Node) -> bool:
    """Whether two nodes are one, at every value of their steps; Unclear where that depends on the value."""
    if a == b or a.family != b.family or a.step is None or b.step is None:
        return bool(a == b)
    if p.known.order(a.step, b.step) is None:
        difference = (b.step - a.step).expand()
        low = p.known.least(difference)
        boundary = difference - 1 if low is not None and low >= 0 else difference
        raise Unclear(f"whether {a} is {b} is not known", boundary)
    return False
