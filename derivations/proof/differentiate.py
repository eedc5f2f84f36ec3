"""Derivatives of polynomials along the graph: the sum over paths, nodes opaque as values, definitions opened on paths.

Over a symbolic number of steps a total derivative has a normal form where some states separate the ends (see
``separators``); by a shared parameter it is the sum over the parameter's uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product as cartesian
from typing import NamedTuple

from sympy import Expr, Integer, Tuple

from derivations.algebra import Block, Stack
from derivations.calculus import TOTAL, Jacobian, Use, see_through, variables
from derivations.errors import Unclear, Undecided
from derivations.graph import FIRST
from derivations.proof import heads
from derivations.proof.engine import Engine, numbers, place_in, spots_of
from derivations.proof.entry import entry, open_factor
from derivations.proof.functions import elementwise, power
from derivations.proof.heads import width
from derivations.proof.inverses import Matrix, inverse
from derivations.proof.links import Links, linked, summed, summed_over
from derivations.proof.normal import Poly, fresh, indices
from derivations.proof.places import (
    Blocks,
    Grain,
    Index,
    Place,
    at_block,
    grain_of,
    grains,
    in_block,
    places,
    put,
    runs,
)
from derivations.proof.rebuild import at_steps
from derivations.proof.separators import Held, route
from derivations.symbols import Expression, Family, Node

ByNode = Callable[[Node, Place, Place], Poly]  # the derivative of a node's entry


class Part(NamedTuple):
    """One part of what a derivative is taken by: a node, or a parameter as one step uses it; the entry's place, if the
    entry lies in this part."""

    node: Node
    use: Expr | None
    place: tuple[Place, Place] | None


Target = tuple[Part, ...]
Along = Callable[[Engine, Node, Place, Place, Target, "Holding"], Poly]


class Holding(NamedTuple):
    """What is held at its value: whole sequences, single nodes."""

    families: Held
    nodes: frozenset[Node]


FREE = Holding(frozenset(), frozenset())


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
        return _immediate(p, *_part_of(body, *at), target)
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
        part, place = _part_of(x, row, col)
        return _located(part, *place)
    if isinstance(x, Block):
        spots, whole = [row, col], x.args[0]
        axis, k = x.place
        spots[axis] = at_block(k, spots[axis], grains(whole)[axis], whole.axes[axis])
        return _located(whole, *spots)
    return x, (row, col)


def _part_of(x: Stack, row: Place, col: Place) -> tuple[Expression, tuple[Place, Place]]:
    """The part of a stack in which an entry lies, and the entry's place in it."""
    spots = [row, col]
    k, inner = in_block(spots[x.direction], x.axes[x.direction])
    for part in x.parts:
        axis = part.axes[x.direction]
        if k < max(len(axis), 1):
            break
        k -= max(len(axis), 1)
    spots[x.direction] = at_block(k, inner, grains(part)[x.direction], axis) if axis else None
    return part, (spots[0], spots[1])


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


# ---- the product rule, and the chain rule on atoms


def derive(p: Engine, poly: Poly, by_node: ByNode) -> Poly:
    """The derivative of a polynomial, given that of nodes' entries."""
    out = Poly()
    for c, f in poly.terms:
        bound = set(indices(f)) - poly.free
        for k, (head, at) in enumerate(f):
            if not p.space.nodes[head]:
                continue
            inner = _of_factor(p, head, at, by_node)
            if inner.terms:
                rest = (*f[:k], *f[k + 1 :])
                out = out + p.space.counted(f, poly.free, Poly([(c, rest)], indices(rest)) * inner).bind(bound)
    return out


def _of_factor(p: Engine, head: int, at: tuple[int, ...], by_node: ByNode) -> Poly:
    space, m = p.space, p.space.meanings[head]
    if isinstance(m, heads.Entry):
        return by_node(m.node, *spots_of(m.row, m.col, at))
    if isinstance(m, heads.Value):
        inner = derive(p, space.spread(m.argument, at), by_node)
        return elementwise(space, m.function.prime, space.spread(m.argument, at)) * inner if inner.terms else inner
    if isinstance(m, heads.Exponential):
        inner = derive(p, space.spread(m.argument, at), by_node)
        return Poly.factor(head, at).scaled(m.coefficient) * inner
    if isinstance(m, heads.Power):
        base = space.spread(m.base, at)
        inner = derive(p, base, by_node)
        return power(space, base, m.exponent - 1).scaled(m.exponent) * inner if inner.terms else inner
    if isinstance(m, heads.Open):
        return _of_open(p, m, at, by_node)
    if isinstance(m, (heads.Inverted, heads.Determinant)):
        return _of_matrix(p, m, head, at, by_node)
    if isinstance(m, heads.Summed):
        return summed_over(p, m.first, m.last, lambda step: derive(
            p, at_steps(p, space.spread(m.body, at), {m.step: step}), by_node))
    if isinstance(m, heads.Linked):
        return _of_linked(p, m, at, by_node)
    raise Undecided(f"the derivative of a norm of kind {m.kind}" if isinstance(m, heads.Norm) else "a derivative")


def _of_matrix(p: Engine, m: heads.Inverted | heads.Determinant, head: int, at: tuple[int, ...],
               by_node: ByNode) -> Poly:
    """∂(A⁻¹) = −A⁻¹ ∂A A⁻¹, and ∂ det(A) = det(A) tr(A⁻¹ ∂A)."""
    a, b = fresh(), fresh()
    matrix = p.space.spread(m.body, (a, b))
    inner = derive(p, matrix, by_node)
    if not inner.terms:
        return inner
    if isinstance(m, heads.Inverted):
        out = Poly.factor(head, (at[0], a)) * inner * Poly.factor(head, (b, at[1])).scaled(Fraction(-1))
    else:
        turned = inverse(p.space, Matrix(matrix, a, b, m.size)).renamed({a: b, b: a})
        out = Poly.factor(head) * turned * inner
    return p.space.sum(out, [Index(a, m.size), Index(b, m.size)])


def _of_open(p: Engine, m: heads.Open, at: tuple[int, ...], by_node: ByNode) -> Poly:
    """∂φ_i(v)/∂x = Σ_l φ_{i,l}(v) ∂v_l/∂x."""
    first = width(m.entry)
    entry_place = put(place_in(m.entry), iter(at[:first]))
    left = iter(at[first:])
    by = tuple(put(place_in(cell_), left) for cell_ in m.by)
    out = Poly()
    for cell_, body in m.argument:
        place = put(place_in(cell_), iter(fresh_for(cell_)))
        inner = derive(p, p.space.spread(body, numbers(place)), by_node)
        if inner.terms:
            factor = open_factor(p, m.function, entry_place, (*by, place), m.argument)
            out = out + p.space.sum(factor * inner, runs(place))
    return out


def fresh_for(where: heads.Cell) -> list[int]:
    return [fresh() for _ in range(width(where))]


def _of_linked(p: Engine, m: heads.Linked, at: tuple[int, ...], by_node: ByNode) -> Poly:
    """The derivative of a product over steps: the sum over the factor that is differentiated."""
    row, col = spots_of(m.row, m.col, at)
    out = Poly()
    with p.over(m.first, m.last) as step:
        for a, b, body in m.bodies:
            i, j = (put(place_in(where), iter(fresh_for(where))) for where in (a, b))
            here = at_steps(p, p.space.spread(body, numbers(i, j)), {m.step: step})
            inner = derive(p, here, by_node)
            if inner.terms:
                later = _part_of_product(p, m, step + 1, m.last, row, i)
                earlier = _part_of_product(p, m, m.first, step - 1, j, col)
                out = out + p.space.sum(later * inner * earlier, runs(i, j))
        return summed(p, out, step, m.first, m.last)


def _part_of_product(p: Engine, m: heads.Linked, first: Expr, last: Expr, row: Place, col: Place) -> Poly:
    with p.over(first, last) as step:
        matrix: Links = []
        for a, b, body in m.bodies:
            i, j = (put(place_in(where), iter(fresh_for(where))) for where in (a, b))
            matrix.append((i, j, at_steps(p, p.space.spread(body, numbers(i, j)), {m.step: step})))
        return linked(p, step, first, last, matrix, row, col)


# ---- total derivatives


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
            return _over_steps(p, v, row, col, target, held)
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
    return _over_steps(p, v, row, col, target, held, summed_over_uses=True)


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


def _over_steps(p: Engine, v: Node, row: Place, col: Place, target: Target, held: Holding,
                summed_over_uses: bool = False) -> Poly:
    """∂v_k/∂x_j over a symbolic number of steps, where some states separate them: exit · Π ∂s_t/∂s_{t-1} · entry."""
    here = _single(target)
    x, k = here.node, v.step
    if p.paths.forward:
        raise Undecided("definitions that look forward, over a symbolic number of steps")
    low = p.known.least((k - x.step).expand())
    if low is None or low < 0:
        high = p.known.least((x.step - k).expand())
        if high is not None and high > 0:
            return Poly()  # what comes later does not act back
        raise Unclear(f"whether step {x.step} comes before step {k} is not known", k - x.step)
    if held.nodes:
        raise Undecided("single nodes held, over a symbolic number of steps")
    families = held.families
    states = p.paths.separator(x.family, v.family, families, p.prefer)
    apart = summed_over_uses or low >= 1
    if not apart and (way := p.paths.round(states, x.family, v.family, families, 0)):
        raise Unclear(f"{route(way)} goes round within one step", k - x.step - 1)
    return _exit_product_entry(p, v, (row, col), here, states, held)


def _single(target: Target) -> Part:
    """The one part of a target over a symbolic number of steps."""
    here = next((part for part in target if part.place is not None), None)
    if here is None or len(target) > 1:
        raise Undecided("a derivative by several nodes at once, over a symbolic number of steps")
    return here


State = tuple[int, tuple[Place, Place]]  # which of the states, and the entry's place in it


def _exit_product_entry(p: Engine, v: Node, at: tuple[Place, Place], x: Part, states: tuple[Family, ...],
                        held: Holding) -> Poly:
    first, last = (x.node.step + 1).expand(), v.step
    grain = _joint_grain(states)

    def joint(time: Expr, live: State | None) -> Target:
        return tuple(Part(Node(f, time), None, live[1] if live is not None and live[0] == q else None)
                     for q, f in enumerate(states))

    # Outside of the product's range, which may be empty: nothing may be concluded from a step that it has.
    exits = [(a, poly) for a in places(grain) if (poly := along(p, v, *at, joint(last, _state(states, a)), held)).terms]
    entries = []
    for b in places(grain):
        q, there = _state(states, b)
        if (poly := along(p, Node(states[q], x.node.step), *there, (x,), held)).terms:
            entries.append((b, poly))
    with p.over(first, last) as step:
        matrix: Links = []
        for a, b in cartesian(places(grain), places(grain)):
            (q, here), live = _state(states, a), _state(states, b)
            matrix.append((a, b, along(p, Node(states[q], step), *here, joint(step - 1, live), held)))
    now, before = ([Node(f, time) for f in states] for time in (step, step - 1))
    origin = Jacobian(_above(now), _above(before), TOTAL, Tuple(*sorted(held.families, key=str)))
    out = Poly()
    for (a, exit_), (b, entry_) in cartesian(exits, entries):
        link = linked(p, step, first, last, matrix, a, b, origin)
        out = out + p.space.sum(exit_ * link * entry_, runs(a, b))
    return out


def _above(nodes: list[Node]) -> Expression:
    return nodes[0] if len(nodes) == 1 else Stack(Integer(0), *nodes)


def _joint_grain(states: Iterable[Family]) -> Grain:
    """The axis of the states one above the other; a matrix among them by its columns."""
    parts: list[Grain] = []
    for family in states:
        if family.axes[0] and family.axes[1]:
            raise Undecided(f"a state that is a matrix ({family}), over a symbolic number of steps")
        own = grain_of(family.axes[0] or family.axes[1])
        parts += own.parts if isinstance(own, Blocks) else [own]
    return parts[0] if len(parts) == 1 else Blocks(tuple(parts))


def _state(states: tuple[Family, ...], place: Place) -> State:
    """Which state a place on the joint axis belongs to, and where in it."""
    grain = _joint_grain(states)
    if not isinstance(grain, Blocks):
        return 0, _in_family(states[0], 0, place)
    k, inner = in_block(place, (None,) * len(grain.parts))
    for q, family in enumerate(states):
        own = family.axes[0] or family.axes[1]
        blocks = grain_of(own)
        width_ = len(blocks.parts) if isinstance(blocks, Blocks) else 1
        if k < width_:
            return q, _in_family(family, k, inner)
        k -= width_
    raise AssertionError("a place beyond the states")


def _in_family(family: Family, k: int, inner: Place) -> tuple[Place, Place]:
    own = family.axes[0] or family.axes[1]
    place = None if not own else at_block(k, inner, grain_of(own), own)
    return (place, None) if family.axes[0] or not family.axes[1] else (None, place)


