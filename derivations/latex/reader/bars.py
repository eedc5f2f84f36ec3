"""Formulas with a bar behind them: at other values of leaves, or derivatives in which nodes are held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derivations.calculus import Jacobian, d, grad
from derivations.latex.reader import tree
from derivations.latex.reader.keys import mention
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.reader.values import Value
from derivations.symbols import Expression, Family, Node, show_axes

if TYPE_CHECKING:
    from derivations.latex.reader.evaluate import Reader


def evaluated(r: Reader, e: tree.At) -> Value:
    """A derivative with nodes held, or a formula where leaves have other values."""
    body = r(e.body)
    items = e.note.items if isinstance(e.note, tree.Listed) else (e.note,)
    if all(isinstance(item, tree.Relation) and item.signs == (":=",) for item in items):
        pairs = {r(item.sides[0]): r(item.sides[1]) for item in items if isinstance(item, tree.Relation)}
        found: Expression = r.guarded(e, lambda: body.where(pairs))
        return found
    if not isinstance(body, Jacobian):
        raise NotRead("a bar behind what is no derivative: expected values as in W := V, or nodes that are held",
                      e.start)
    if any(isinstance(item, tree.Relation) for item in items):
        raise NotRead("a derivative at values: write them as in x := 0; without values, nodes are held", e.note.start)
    held = [held_thing(r, item) for item in items]
    r.choice.say("what stands behind the bar as held")
    build = grad if body.kind == "gradient" else d
    if body.kind == "immediate":
        raise NotRead("an immediate derivative holds everything already", e.start)
    found = r.guarded(e, lambda: build(body.y, body.x, hold=held))
    return found


def held_thing(r: Reader, e: Tree) -> Family | Node:
    """A node, or a whole sequence, written with a dot for its step: o_•."""
    if isinstance(e, tree.Product) and len(e.factors) == 2 and isinstance(e.factors[1], tree.Fenced) \
            and isinstance(e.factors[1].body, tree.Signs):
        e = tree.Scripted(e.factors[0], e.factors[1].body, start=e.start, end=e.end)
    if isinstance(e, tree.Scripted):
        items = e.sub.items if isinstance(e.sub, tree.Listed) else (e.sub,)
        rest = [item for item in items if not (isinstance(item, tree.Signs) and item.signs == ("bullet",))]
        if len(rest) < len(items):
            base = tree.Scripted(e.base, rest[0]) if rest else e.base
            named = mention(base, r.scope.census)
            thing = None if named is None else r.scope.things.get(named.key.stepped)
            if isinstance(thing, Family):
                return thing
            raise NotRead("a dot for the step of what is no sequence", e.start)
    node = r(e)
    if not isinstance(node, Node):
        raise NotRead(f"only nodes are held, not a {show_axes(node.axes)}", e.start)
    return node

