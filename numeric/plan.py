"""What is known of a model before any number is: sizes, horizon, the arrays to draw, what lies downstream of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from derivations import graph as paths
from derivations.calculus import Jacobian, see_through
from derivations.functions import Activation, Apply, Open, open_of
from derivations.model import Model, Rule
from derivations.symbols import Dim, Expression, Family, Step, length, nodes
from derivations.witness import Opening
from numeric.arrays import Unsupported

WINDOW = 3  # steps between a cut and a node up to which the window is written out instead of scanned


@dataclass(frozen=True)
class Leaf:
    """An array to draw: of a family (its steps first, if it has any) or a part (A, a, B, b, c) of an open function."""

    owner: Family | Open
    part: str
    shape: tuple[int, ...]


@lru_cache(maxsize=4096)
def derivatives(e: Expression) -> frozenset[Jacobian]:
    return frozenset(e.atoms(Jacobian))


@lru_cache(maxsize=4096)
def mentioned(e: Expression) -> tuple[tuple[tuple[Open, Expression], ...], tuple[Family, ...]]:
    """The open functions that an expression applies and their arguments, and the families that it names or holds."""
    found = [(f, a.argument) for a in e.atoms(Apply) if (f := open_of(a.function)) is not None]
    applied = sorted(found, key=lambda pair: (str(pair[0].name), str(pair[1])))
    held = (h for J in derivatives(e) for h in J.held if isinstance(h, Family))
    return tuple(applied), tuple(dict.fromkeys((*(node.family for node in nodes(e)), *held)))


class Plan:
    """What is known of a model before any number is: sizes, horizon, which leaves there are, what lies downstream."""

    def __init__(self, model: Model, sizes: Mapping[Dim, int], horizon: int, ranges: Mapping[Step, tuple[int, int]],
                 expressions: tuple[Expression, ...]) -> None:
        self.model, self.sizes, self.ranges = model, dict(sizes), dict(ranges)
        self.openings: dict[Open, Opening] = {}  # what open functions are, where a witness says so
        self.families, self.functions = self._reached(expressions)
        self._behind: dict[Expression, list[Family]] = {}
        self._shapes: dict[Family, tuple[int, int]] = {}
        self.low = {f: int(paths.first_step(model, f)) for f in self.families if f.indexed}
        self.components = {f: c for c in paths.order(model) for f in c.families}
        self.edges = [(child, p.family, paths.lag(model, child, p)) for child in self.families if child in model.rules
                      for p in nodes(self.rule(child).expression)]
        self.children: dict[Family, list[tuple[Family, int | None]]] = {f: [] for f in self.families}
        for child, parent, k in self.edges:
            self.children[parent].append((child, k))
        self.ahead = sum(-k for _, _, k in self.edges if k is not None and k < 0)
        self.horizon = horizon + self.ahead

    def rule(self, f: Family) -> Rule:
        return self.model.rules[f]

    def _reached(self, expressions: tuple[Expression, ...]) -> tuple[list[Family], dict[Open, int]]:
        families: dict[Family, None] = {}
        functions: dict[Open, int] = {}
        todo: list[Any] = [see_through(e) for e in expressions]
        while todo:
            e = todo.pop()
            applied, met = mentioned(e)
            for function, argument in applied:
                entrywise = isinstance(function, Activation)
                size = 1 if entrywise else int(length(argument.axes[0]).subs(self.sizes))
                if functions.setdefault(function, size) != size:
                    raise Unsupported(f"{function.name} applied to vectors of two sizes")
            for f in met:
                if f not in families:
                    families[f] = None
                    if f in self.model.rules:
                        todo.append(self.rule(f).expression)
        named = dict(sorted(functions.items(), key=lambda item: str(item[0].name)))
        return sorted(families, key=lambda f: f.key), named

    def reached(self, e: Expression) -> list[Family]:
        """The families that an expression names, and those behind them."""
        if e not in self._behind:
            self._behind[e] = self._reached((e,))[0]
        return self._behind[e]

    def shape(self, f: Family) -> tuple[int, int]:
        if f not in self._shapes:
            rows, cols = (int(length(ax).subs(self.sizes)) for ax in f.axes)
            self._shapes[f] = rows, cols
        return self._shapes[f]

    def behind(self, group: tuple[Family, ...]) -> list[Family]:
        """What a group's definitions name outside of it; where they contain derivatives, all that lies behind it."""
        inside = [J for f in group for J in derivatives(self.rule(f).expression)]
        found = dict.fromkeys(h for J in inside for h in J.held if isinstance(h, Family) and h not in group)
        todo = [*group, *found]
        while todo:
            f = todo.pop()
            new = [p for child, p, _ in self.edges if child == f and p not in group and p not in found]
            found.update(dict.fromkeys(new))
            todo += new if inside else []
        return list(found)

    def reach_ahead(self, f: Family) -> int:
        """How many steps past its end a sequence that looks forward is asked for: there it is a leaf."""
        group = self.components[f].families
        return max([0, *(-k for child, p, k in self.edges if p == f and child in group and k is not None)])

    def leaves(self) -> list[Leaf]:
        """The arrays to draw, in a fixed order."""
        out = []
        for f in self.families:
            if not f.indexed:
                if f not in self.model.rules:
                    out.append(Leaf(f, "", self.shape(f)))
                continue
            count = self.horizon + 1 - self.low[f] if f not in self.model.rules else \
                self.reach_ahead(f) if self.components[f].direction < 0 else 1 - self.low[f]
            if count:
                out.append(Leaf(f, "", (count, *self.shape(f))))
        for function, size in self.functions.items():
            entrywise = isinstance(function, Activation)
            values, hidden = 1 if entrywise else int(length(function.args[2]).subs(self.sizes)), size + 1
            shapes = {"A": (hidden, size), "a": (hidden, 1), "B": (values, hidden), "b": (values, 1)}
            shapes |= {"c": (1, 1)} if entrywise else {}
            out += [Leaf(function, part, shape) for part, shape in shapes.items()]
        return out

    def first_of(self, f: Family, at: Mapping[Step, int]) -> int:
        """The step of the first row of a family's leaf."""
        rule = self.model.rules.get(f)
        if rule is not None and rule.last is not None:
            return int(rule.last.subs(list(at.items()))) + 1
        return self.low[f]

    def downstream(self, sources: set[Family], held: set[Family]) -> set[Family]:
        """The sources, and every family that responds to one of them along definitions."""
        found, todo = set(sources), list(sources)
        while todo:
            for child, _ in self.children.get(todo.pop(), ()):
                if child not in found and child not in held:
                    found.add(child)
                    todo.append(child)
        return found

    def places(self, seeds: set[tuple[Family, int]], among: set[Family]) -> set[tuple[Family, int]]:
        """Every (family, steps after the cut) up to the window's end that responds to a seed."""
        found, todo = set(seeds), list(seeds)
        while todo:
            parent, at = todo.pop()
            for child, k in self.children.get(parent, ()):
                if k is not None and child in among:
                    place = (child, at + k)
                    if place not in found and place[1] <= WINDOW:
                        found.add(place)
                        todo.append(place)
        return found
