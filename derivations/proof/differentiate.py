"""Derivatives of polynomials along the graph: the sum over paths, nodes opaque as values, definitions opened on paths.

Over a symbolic number of steps a total derivative has a normal form where some states separate the ends (see
``separators``); by a shared parameter it is the sum over the parameter's uses.
"""

from __future__ import annotations

from itertools import product as cartesian

from sympy import Integer

from derivations.algebra import Stack
from derivations.calculus import Jacobian, see_through
from derivations.errors import Unclear, Undecided
from derivations.graph import FIRST
from derivations.proof.engine import Engine
from derivations.proof.entry import entry
from derivations.proof.grains import grains
from derivations.proof.links import summed_over
from derivations.proof.normal import Poly
from derivations.proof.over_steps import Along, over_steps
from derivations.proof.places import Place, part_of, places, runs
from derivations.proof.product_rule import derive
from derivations.proof.targets import Holding, Part, Target, hit, same_node, target_of
from derivations.symbols import Expression, Family, Node


def jacobian(p: Engine, e: Jacobian, y: tuple[Place, Place], x: tuple[Place, Place]) -> Poly:
    """The entry of a derivative: y's entry at one pair of places, by x's at another."""
    target = target_of(p, e.x, *x)
    held = Holding(frozenset(h for h in e.held if isinstance(h, Family)),
                   frozenset(h for h in e.held if isinstance(h, Node)))
    if any(part.node.family in held.families or part.node in held.nodes for part in target if part.use is None):
        raise Undecided(f"a derivative by {e.x}, which is held")
    body = see_through(e.y)
    if e.kind == "immediate":
        return _immediate(p, body, y, target)
    return derive(p, entry(p, body, *y), lambda v, r, c: along(p, v, r, c, target, held))


def _immediate(p: Engine, body: Expression, at: tuple[Place, Place], target: Target) -> Poly:
    """Nodes respond by their own definitions, those of a stack each by its own; what is cut, by itself alone."""
    if isinstance(body, Stack):
        return _immediate(p, *part_of(body, *at), target)
    if isinstance(body, Node) and not any(part.use is None and same_node(p, part.node, body) for part in target):
        return _by_definition(p, body, at, target)
    return derive(p, entry(p, body, *at), lambda v, r, c: hit(p, target, v, r, c))


def _by_definition(p: Engine, node: Node, at: tuple[Place, Place], target: Target) -> Poly:
    definition = p.definition(node)
    if definition is None:
        return hit(p, target, node, *at)
    used = []
    for part in target:
        if part.use is not None:
            order = None if node.step is None else p.known.order(part.use, node.step)
            if order is None:
                later = p.known.least(node.step - part.use) == 0  # then what is open is whether it is one and the same
                raise Unclear(f"whether {node} uses {part.node} at step {part.use} is not known",
                              node.step - part.use - int(later))
            used.append(part._replace(use=None, place=part.place if order == 0 else None))
        else:
            used.append(part)
    return derive(p, entry(p, definition, *at), lambda v, r, c: hit(p, tuple(used), v, r, c))


def along(p: Engine, v: Node, row: Place, col: Place, target: Target, held: Holding) -> Poly:
    """∂v/∂x: the sum over the paths from x to v, of the derivatives along each."""
    spots = [row, col, *(place for part in target for place in part.place or ())]
    key = "along", v, tuple((part.node, part.use, part.place is None) for part in target), held
    return p.remembered(key, spots, lambda: _along(p, v, row, col, target, held))


def _along(p: Engine, v: Node, row: Place, col: Place, target: Target, held: Holding) -> Poly:
    if any(part.node == v and part.use is None for part in target):
        return hit(p, target, v, row, col)
    if v.family not in p.model.rules or _is_held(p, v, held):
        return Poly()
    p.space.spend()
    shared = [part for part in target if part.node.step is None]
    if v.step is not None and shared and (not v.step.is_Integer or any(part.use is not None for part in shared)):
        return _over_uses(p, v, row, col, target, held)
    if v.step is not None and not shared:
        lags = [(v.step - part.node.step).expand() for part in target]
        if not all(k.is_Integer for k in lags):
            return over_steps(p, v, row, col, target, held, along)
        if not any(p.paths.connects(part.node.family, v.family, int(k), held.families)
                   for part, k in zip(target, lags, strict=True)):
            return Poly()
    definition = p.definition(v)
    if definition is None:
        return Poly()
    return derive(p, entry(p, definition, row, col), lambda w, r, c: along(p, w, r, c, target, held))


def _is_held(p: Engine, v: Node, held: Holding) -> bool:
    if v.family in held.families or v in held.nodes:
        return True
    for node in held.nodes:
        if node.family == v.family and (v.step is None or p.known.order(v.step, node.step) is None):
            raise Undecided(f"whether {v} is {node}, which is held, is not known")
    return False


def _over_uses(p: Engine, v: Node, row: Place, col: Place, target: Target, held: Holding) -> Poly:
    """By a shared parameter: Σ over the steps j and the nodes u_j whose definitions use it, ∂v/∂u_j · ∂⁺u_j/∂p."""
    if p.paths.forward:
        raise Undecided("definitions that look forward, and a parameter that every step uses")
    here = next((part for part in target if part.place is not None), None)
    if here is None:
        return Poly()
    if len({part.use is None for part in target}) > 1 or any(part.node.step is not None for part in target):
        raise Undecided("a derivative by parameters and states together")
    if p.definition(v) is None:
        return Poly()
    out, upstream = Poly(), p.paths.upstream(v.family)
    for family, rule in p.model.rules.items():
        if not rule.expression.has(here.node) or family in held.families or family not in upstream:
            continue
        if rule.step is None or held.nodes:
            raise Undecided(f"{family} uses {here.node}, and so do the steps")
        out = out + _uses_of(p, v, row, col, here, family, held)
    return out


def _uses_of(p: Engine, v: Node, row: Place, col: Place, part: Part, family: Family, held: Holding) -> Poly:
    """The share of one sequence's definitions: at the step of the use, or summed over all steps up to v's."""
    by_parameter = (Part(part.node, None, part.place),)
    if part.use is not None:
        return _one_use(p, v, row, col, by_parameter, Node(family, part.use), held, along)
    out = summed_over(p, Integer(FIRST), v.step,
                      lambda j: _one_use(p, v, row, col, by_parameter, Node(family, j), held, _far))
    return out + _within_step(p, v, row, col, by_parameter, Node(family, v.step), held)


def _one_use(p: Engine, v: Node, row: Place, col: Place, by: Target, u: Node, held: Holding, far: Along) -> Poly:
    """∂v/∂u · ∂⁺u/∂p for one node u whose definition uses p; ``far`` gives ∂v/∂u."""
    order = p.known.order(u.step, v.step)
    if order == 1:
        return Poly()
    definition = p.definition(u)
    if definition is None:
        return Poly()
    out = Poly()
    for k in matrix_places(u):
        near = derive(p, entry(p, definition, *k), lambda w, r, c: hit(p, by, w, r, c))
        if near.terms:
            out = out + p.space.sum(far(p, v, row, col, (Part(u, None, k),), held) * near, runs(*k))
    return out


def _far(p: Engine, v: Node, row: Place, col: Place, target: Target, held: Holding) -> Poly:
    """∂v_k/∂u_j for the sum over uses: paths within the last step that pass no state are added by ``_within_step``."""
    if any(part.node == v for part in target):
        return hit(p, target, v, row, col)
    lag = (v.step - target[0].node.step).expand()
    if lag.is_Integer:
        return along(p, v, row, col, target, held)
    return over_steps(p, v, row, col, target, held, along, summed_over_uses=True)


def _within_step(p: Engine, v: Node, row: Place, col: Place, by: Target, u: Node, held: Holding) -> Poly:
    """The term at j = k: the paths from u_k to v_k that pass through no state."""
    states = p.paths.separator(u.family, v.family, held.families, p.prefer)
    block = held.families | frozenset(states)
    if not {u.family, v.family}.isdisjoint(states) or not p.paths.connects(u.family, v.family, 0, block):
        return Poly()
    definition = p.definition(u)
    if definition is None:
        return Poly()
    out = Poly()
    for k in matrix_places(u):
        near = derive(p, entry(p, definition, *k), lambda w, r, c: hit(p, by, w, r, c))
        far = along(p, v, row, col, (Part(u, None, k),), Holding(block, held.nodes))
        out = out + p.space.sum(far * near, runs(*k))
    return out


def matrix_places(node: Node) -> list[tuple[Place, Place]]:
    rows, cols = grains(node)
    return list(cartesian(places(rows), places(cols)))
