"""Paths over any number of steps, and the states that every one of them goes through.

A set S of states separates u_j from v_k when no path, avoiding S and what is held inside, (a) goes from S to S over
two steps or more, (b) leaves u_j and meets S first at a later step, (c) leaves S for the last time before step k and
reaches v_k, or (d) runs from u_j to v_k without meeting S. Then ∂v_k/∂u_j = ∂v_k/∂S_k · Π ∂S_t/∂S_{t-1} · ∂S_j/∂u_j.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import chain, combinations

from derivations.calculus import Jacobian
from derivations.errors import Undecided
from derivations.graph import Trail, lag, parents
from derivations.model import Model
from derivations.symbols import Family

Held = frozenset[Family]
MOST_STATES = 3  # of a separating set that the author's own products do not name


class Paths:
    """The edges of a model's graph of families, each with its lag in steps."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.edges: dict[Family, list[tuple[Family, int]]] = {}
        self.unclear: dict[Family, str] = {}
        for child, rule in model.rules.items():
            found = self.edges[child] = []
            if rule.step is not None and rule.expression.has(Jacobian):  # its value depends on more than its nodes
                self.unclear[child] = f"the definition of {child} contains a derivative"
            for p in parents(rule.expression) if rule.step is not None else []:
                if p.step is None:
                    if p.family in model.rules:
                        self.unclear[child] = f"{child} uses {p}, which has no steps of its own"
                    continue
                k = lag(model, child, p)
                if k is None:
                    self.unclear[child] = f"{child} uses {p}, which is not a fixed number of steps away"
                else:
                    found.append((p.family, k))
        self.forward = any(k < 0 for found in self.edges.values() for _, k in found)
        self.back = any(k > 0 for found in self.edges.values() for _, k in found)
        self.far = max((abs(k) for found in self.edges.values() for _, k in found), default=0)

    def of(self, family: Family) -> list[tuple[Family, int]]:
        if family in self.unclear:
            raise Undecided(f"{self.unclear[family]}: paths through it are not followed")
        return self.edges.get(family, [])

    def upstream(self, family: Family) -> frozenset[Family]:
        """The families that a family depends on, itself included."""
        found, todo = {family}, [family]
        while todo:
            rule = self.model.rules.get(todo.pop())
            for p in parents(rule.expression) if rule is not None else []:
                if p.family not in found:
                    found.add(p.family)
                    todo.append(p.family)
        return frozenset(found)

    def connects(self, a: Family, b: Family, steps: int, held: Held) -> bool:
        """Whether a path leads from a, so many steps back, to b."""
        low, high = min(0, steps), max(0, steps)
        if self.forward and self.back:
            reach = len(self.edges) * self.far
            low, high = low - reach, high + reach
        seen, queue = {(b, 0)}, deque([(b, 0)])
        while queue:
            family, at = queue.popleft()
            if (family, at) == (a, steps):
                return True
            if family in held:
                continue
            for parent, k in self.of(family):
                if (parent, at + k) not in seen and low <= at + k <= high:
                    seen.add((parent, at + k))
                    queue.append((parent, at + k))
        return False

    def way(self, a: Family, b: Family, at_least: int, avoid: Held) -> Trail | None:
        """A shortest path from a to b over so many steps or more, through nothing in ``avoid``; or None."""
        if self.forward:
            raise Undecided("definitions that look forward: paths over any number of steps are not followed")
        seen: set[tuple[Family, int]] = {(b, 0)}
        queue: deque[Trail] = deque([((b, 0),)])
        while queue:
            trail = queue.popleft()
            family, at = trail[-1]
            if family == a and at >= at_least and (len(trail) > 1 or at_least == 0):
                return trail[::-1]
            if len(trail) > 1 and family in avoid:
                continue
            for parent, k in self.of(family):
                state = (parent, min(at + k, at_least + 1))
                if state not in seen or (parent == a and state[1] >= at_least):
                    seen.add(state)
                    queue.append((*trail, (parent, at + k)))
        return None

    def round(self, states: tuple[Family, ...], u: Family, v: Family, held: Held, lag_: int) -> Trail | None:
        """A path that goes round the states on the way from u_j to v_k, j at least ``lag_`` before k; or None."""
        block = held | frozenset(states)
        asked = [(a, b, 2) for a in states for b in states]
        asked += [(u, s, 1) for s in states] if u not in states else []
        asked += [(s, v, 1) for s in states] if v not in states else []
        asked += [(u, v, lag_)] if u not in states and v not in states else []
        found = (self.way(a, b, least, block) for a, b, least in asked)
        return next((trail for trail in found if trail), None)

    def _recurrent(self, families: Iterable[Family], u: Family, v: Family, held: Held) -> list[Family]:
        """Those that depend on their own past, u and v first."""
        ordered = sorted(families, key=lambda f: (f not in (u, v), f.key))
        return [f for f in ordered if f not in held and self.way(f, f, 1, held)]

    def separator(self, u: Family, v: Family, held: Held,
                  prefer: Iterable[tuple[Family, ...]] = ()) -> tuple[Family, ...]:
        """The smallest set of recurrent states that separates u from v, those of the author's own products first.

        Raises Undecided with the path that goes round.
        """
        behind = [f for f in self.upstream(v) if f in self.edges]
        between = [f for f in behind if u in self.upstream(f)]
        # where none lies between, nothing leads from u to v over a step, and any one behind v shows it
        states = self._recurrent(between, u, v, held) or self._recurrent(behind, u, v, held)
        shown: Trail | None = None
        for names in chain(prefer, *(combinations(states, r) for r in range(1, MOST_STATES + 1))):
            if held.isdisjoint(names):
                trail = self.round(names, u, v, held, 1)
                if trail is None:
                    return names
                shown = shown or trail
        went = f": {route(shown)} goes round" if shown else ""
        raise Undecided(f"no state separates {v} from {u} over the steps{went}")


def route(trail: Trail) -> str:
    """((c, 2), (h, 2), (o, 1), (h, 1), (c, 0)) as c_1 → h_1 → o_2 → h_2 → c_3."""
    last = trail[0][1] + 1
    return " → ".join(f"{family}_{last - at}" for family, at in trail)
