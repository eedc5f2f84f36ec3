"""Total derivatives over a symbolic number of steps: exit · Π ∂s_t/∂s_{t-1} · entry, where states separate the ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product as cartesian

from sympy import Expr, Integer, Tuple

from derivations.algebra import Stack
from derivations.calculus import TOTAL, Jacobian
from derivations.errors import Unclear, Undecided
from derivations.proof.engine import Engine
from derivations.proof.grains import Blocks, Grain, grain_of
from derivations.proof.links import Links, linked
from derivations.proof.normal import Poly
from derivations.proof.places import Place, at_block, in_block, places, runs
from derivations.proof.separators import route
from derivations.proof.targets import Holding, Part, Target
from derivations.symbols import Expression, Family, Node

Along = Callable[[Engine, Node, Place, Place, Target, Holding], Poly]  # ∂v/∂x, as ``differentiate.along``


def over_steps(p: Engine, v: Node, row: Place, col: Place, target: Target, held: Holding, along: Along,
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
    return _exit_product_entry(p, v, (row, col), here, states, held, along)


def _single(target: Target) -> Part:
    """The one part of a target over a symbolic number of steps."""
    here = next((part for part in target if part.place is not None), None)
    if here is None or len(target) > 1:
        raise Undecided("a derivative by several nodes at once, over a symbolic number of steps")
    return here


State = tuple[int, tuple[Place, Place]]  # which of the states, and the entry's place in it


def _exit_product_entry(p: Engine, v: Node, at: tuple[Place, Place], x: Part, states: tuple[Family, ...],
                        held: Holding, along: Along) -> Poly:
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
