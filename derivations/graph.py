"""The graph behind a model: which node stands in which definition, at which lag; from which step on a node exists.

Shared by checking, proving and drawing. Lags count steps back: c_t with c_{t-1} in its definition has lag 1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sympy import Basic, Expr, Integer

from derivations.calculus import OverSteps, see_through
from derivations.errors import DefinitionError, DerivationError
from derivations.symbols import Family, Node, Step, nodes

if TYPE_CHECKING:
    from derivations.model import Model, Rule

FIRST = Integer(1)  # a recurrence's first step; what a definition looks back to below it is a leaf


def parents(e: Basic) -> list[Node]:
    """The nodes of an expression, abbreviations written out."""
    return nodes(see_through(e))


def families(e: Basic) -> list[Family]:
    return list(dict.fromkeys(node.family for node in parents(e)))


def lag(model: Model, child: Family, parent: Node) -> int | None:
    """How many steps back a parent stands in its child's definition; None where that is not one number."""
    step = model.rules[child].step
    if step is None or parent.step is None:
        return None
    difference = (step - parent.step).expand()
    return int(difference) if difference.is_Integer else None


# ---- order of evaluation


@dataclass(frozen=True)
class Component:
    """Families that are defined in terms of each other, in an order that works within a step; where they look."""

    families: tuple[Family, ...]
    direction: int  # +1 looks back, -1 looks forward, 0 is no recurrence


def order(model: Model) -> list[Component]:
    """The defined families, each component after those that it needs.

    Raises DefinitionError for a cycle within a step and for a recurrence that mixes directions.
    """
    edges = {f: [p for p in parents(rule.expression) if p.family in model.rules] for f, rule in model.rules.items()}
    groups = _components({f: [p.family for p in ps] for f, ps in edges.items()})
    return [_component(model, group, edges) for group in groups]


def _components(edges: dict[Family, list[Family]]) -> list[list[Family]]:
    """Strongly connected components, needed ones first (Tarjan 1972)."""
    index: dict[Family, int] = {}
    low: dict[Family, int] = {}
    stack: list[Family] = []
    out: list[list[Family]] = []

    def visit(f: Family) -> None:
        index[f] = low[f] = len(index)
        stack.append(f)
        for p in edges[f]:
            if p not in index:
                visit(p)
                low[f] = min(low[f], low[p])
            elif p in stack:
                low[f] = min(low[f], index[p])
        if low[f] == index[f]:
            at = stack.index(f)
            out.append(stack[at:])
            del stack[at:]

    for f in edges:
        if f not in index:
            visit(f)
    return out


def _component(model: Model, group: list[Family], edges: dict[Family, list[Node]]) -> Component:
    inner = [(f, p, lag(model, f, p)) for f in group for p in edges[f] if p.family in group]
    names = " → ".join(str(f) for f in [*reversed(group), group[-1]])
    for f, p, k in inner:
        if k is None:
            raise DefinitionError(f"a cycle in definitions: {names}; "
                                  f"{f} uses {p}, which is not a fixed number of steps away")
    lags = {k for _, _, k in inner if k is not None}
    if any(k > 0 for k in lags) and any(k < 0 for k in lags):
        raise DefinitionError(f"a recurrence that mixes directions: {names} looks both back and forward in steps")
    within = {f: [p.family for g, p, k in inner if g == f and k == 0] for f in group}
    ordered = _components(within)
    for part in ordered:
        if len(part) > 1 or part[0] in within[part[0]]:
            raise DefinitionError(f"a cycle in definitions: {' → '.join(map(str, [*part, part[0]]))} within one step")
    return Component(tuple(f for part in ordered for f in part), (max(lags) > 0) - (min(lags) < 0) if lags else 0)


# ---- the steps at which a node exists


def first_step(model: Model, family: Family) -> Expr:
    """The first step at which a node exists: 1, or the lowest that a definition looks back to."""
    rules = [*model.rules.values()]
    known, found = _FIRST.get(model, ((), {}))
    if len(known) != len(rules) or any(a is not b for a, b in zip(known, rules, strict=True)):
        known, found = _FIRST[model] = rules, {}
    if family not in found:
        found[family] = _first_step(model.rules, family)
    return found[family]


# What was found for the definitions that a model had then; to compare them by structure would cost more than it saves.
_FIRST: WeakKeyDictionary[Model, tuple[Sequence[Rule], dict[Family, Expr]]] = WeakKeyDictionary()


def _first_step(rules: Mapping[Family, Rule], family: Family) -> Expr:
    lowest: Expr = FIRST
    for rule in rules.values():
        for step in _lowest_steps(rule.expression, family):
            if rule.step is not None:
                step = step.subs(rule.step, FIRST)
            if step.is_Integer and step < lowest and (family not in rules or rules[family].last is None):
                lowest = step
    return lowest


def _lowest_steps(e: Basic, family: Family, ranges: tuple[tuple[Step, Expr, Expr], ...] = ()) -> Iterator[Expr]:
    if isinstance(e, Node):
        if e.family == family and e.step is not None:
            yield extreme(e.step, ranges, lowest=True)
    elif isinstance(e, OverSteps):
        yield from _lowest_steps(e.body, family, (*ranges, (e.bound, e.first, e.last)))
    else:
        for arg in e.args:
            yield from _lowest_steps(arg, family, ranges)


def last_step(model: Model, family: Family) -> Expr | None:
    """The last step at which a node exists, for a sequence that looks forward; None: there is none."""
    rule = model.rules.get(family)
    if rule is None or rule.last is None:
        return None
    [group] = [c.families for c in order(model) if family in c.families]
    ahead = [-k for child in group for p in parents(model.rules[child].expression)
             if p.family == family and (k := lag(model, child, p)) is not None]
    return rule.last + max([0, *ahead])


def extreme(step: Expr, ranges: Iterable[tuple[Step, Expr, Expr]], *, lowest: bool) -> Expr:
    """The lowest (or highest) value of a step while the bound steps run through their ranges."""
    for bound, first, last in reversed(tuple(ranges)):
        a = step.coeff(bound)
        if a != 0:
            step = step.subs(bound, first if (a > 0) == lowest else last)
    return step.expand()


# ---- paths


Trail = tuple[tuple[Family, int], ...]


def path(model: Model, a: Family, b: Family, *, lag_: int, avoid: Iterable[tuple[Family, int]] = (),
         earliest: int | None = None) -> Trail | None:
    """A shortest path from a (``lag_`` steps back) to b along definitions, through no place in ``avoid``; or None.

    A place is a family and how many steps before b it lies; definitions stand up to ``earliest`` steps before it, if
    that is known.
    """
    blocked = set(avoid)
    low, high = _window(model, [0, lag_, *(at for _, at in blocked)])
    seen: set[tuple[Family, int]] = {(b, 0)}
    queue: deque[Trail] = deque([((b, 0),)])
    while queue:
        trail = queue.popleft()
        family, at = trail[-1]
        if (family, at) == (a, lag_):
            return trail[::-1]
        if family not in model.rules or (at > earliest if earliest is not None else False):
            continue
        if (family, at) in blocked and len(trail) > 1:
            continue
        for parent in parents(model.rules[family].expression):
            k = lag(model, family, parent) if parent.step is not None else None
            if k is None:
                if parent.step is not None or parent.family in model.rules:
                    raise DerivationError(f"{family} uses {parent}, which is not a fixed number of steps away: "
                                          "paths through it are not followed")
                continue
            place = (parent.family, at + k)
            if place not in seen and low <= place[1] <= high:
                seen.add(place)
                queue.append((*trail, place))
    return None


def _window(model: Model, places: list[int]) -> tuple[int, int]:
    """Lags between which a path goes if there is one: where definitions look both ways, it may leave and come back.

    Outside of the given places the graph looks the same at every step: a path that repeats a family there can be cut.
    """
    lags = [k for child, rule in model.rules.items() for p in parents(rule.expression)
            if p.step is not None and (k := lag(model, child, p)) is not None]
    back, ahead = max([0, *lags]), max([0, *(-k for k in lags)])
    far = len(model.families) ** 2 * max(back, ahead) if back and ahead else 0
    return (min(places) - far if ahead else 0), (max(places) + far if back else 0)
