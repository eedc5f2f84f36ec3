"""How far definitions read: at which steps the nodes behind a node are asked for, and whether they exist there.

A definition may name nodes at other steps: g_t = δ_{t+2} exists only where δ_{t+2} does. A recurrence is computed at
every step from its first one on, one that looks forward up to its last, so what stands in its definition is read all
that way. Steps are affine, so the ends of a span say enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sympy import Basic, Dummy, Expr, Integer, expand

from derivations.calculus import OverSteps, see_through
from derivations.graph import FIRST, extreme, first_step, last_step, order
from derivations.symbols import Family, Node, Step

if TYPE_CHECKING:
    from derivations.model import Model

Ranges = tuple[tuple[Basic, Expr, Expr], ...]


@dataclass(frozen=True)
class Span:
    """A node that is read at every step between two."""

    node: Node
    low: Expr
    high: Expr

    @property
    def family(self) -> Family:
        return self.node.family


def read(model: Model, e: Basic, own: tuple[Step, Dummy] | None = None, ranges: Ranges = ()) -> Iterator[Span]:
    """The nodes with steps that an expression reads, those in definitions of nodes without steps too. ``own``: the step
    of a definition and what stands for it, since the same letter may end a sequence."""
    if isinstance(e, Node):
        if e.step is not None:
            ends = [extreme(e.step, ranges, lowest=end) for end in (True, False)]
            yield Span(e, *(ends if own is None else [end.subs(*own) for end in ends]))
        elif e.family in model.rules:  # its steps are its own
            yield from read(model, model.rules[e.family].expression)
    elif isinstance(e, OverSteps):
        yield from read(model, e.body, own, (*ranges, (e.bound, e.first, e.last)))
    else:
        for arg in e.args:
            yield from read(model, arg, own, ranges)


HERE = Dummy("here", integer=True)  # the step of a definition, whatever its author calls it


class Reach:
    """What the definitions of a model read."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.back = {f for c in order(model) if c.direction > 0 for f in c.families}
        self.parents = {f: tuple(dict.fromkeys(read(model, rule.expression, rule.step and (rule.step, HERE))))
                        for f, rule in model.rules.items()}
        self.affine = {f: [(span.node, _affine(span.low), _affine(span.high)) for span in spans]
                       for f, spans in self.parents.items()}

    def opened(self, span: Span) -> tuple[Expr, Expr]:
        """The steps at which a node's definition is computed for the sake of a span."""
        last = self.model.rules[span.family].last
        return FIRST if span.family in self.back else span.low, span.high if last is None else last

    def behind(self, starts: Iterable[Span]) -> list[Span]:
        """Everything that is read for the sake of these, themselves included."""
        found: dict[Family, list[Span]] = {}
        todo = list(starts)
        while todo:
            span = todo.pop(0)
            known = found.setdefault(span.family, [])
            if any(_within(span, other) for other in known):
                continue
            known.append(span)
            if span.family in self.model.rules:
                low, high = self.opened(span)
                todo += [Span(node, a * (low if a > 0 else high) + p, b * (high if b > 0 else low) + q)
                         for node, (a, p), (b, q) in self.affine[span.family]]
        return [span for spans in found.values() for span in spans]

    def conditions(self, family: Family) -> Iterator[tuple[Expr, Node]]:
        """What must not be negative where a definition is computed, and the node that would not exist otherwise."""
        for parent in self.parents[family]:
            first, last = first_step(self.model, parent.family), last_step(self.model, parent.family)
            slacks = [parent.low - first, *([last - parent.high] if last is not None else [])]
            yield from ((slack, parent.node) for slack in map(expand, slacks) if not _always(slack))


def _affine(step: Expr) -> tuple[Expr, Expr]:
    """The factor of ``HERE`` in a step, and the rest."""
    factor = step.coeff(HERE)
    return factor, expand(step - factor * HERE)


def _within(a: Span, b: Span) -> bool:
    return all(gap.is_number and bool(gap >= 0) for gap in (a.low - b.low, b.high - a.high))


def _always(slack: Expr) -> bool:
    """Whether a condition is met at every step from the first one on."""
    first = slack.subs(HERE, FIRST)
    return bool(first.is_number and first >= 0 and slack.coeff(HERE) >= 0)


@lru_cache(maxsize=64)
def _reach(model: Model, definitions: Any) -> Reach:
    return Reach(model)


def reach(model: Model) -> Reach:
    """What the definitions of a model read, as they are now."""
    return _reach(model, tuple(model.rules.items()))


def undefined(model: Model, node: Node) -> tuple[tuple[Expr, Node], ...]:
    """Beyond its own first and last step, what must not be negative in ``HERE``, the step of a node, for everything to
    exist that its definition reads; and the node which is at fault otherwise."""
    return _undefined(model, tuple(model.rules.items()), node.family)


@lru_cache(maxsize=1024)
def _undefined(model: Model, definitions: Any, family: Family) -> tuple[tuple[Expr, Node], ...]:
    if family not in model.rules:
        return ()
    behind, found = reach(model), dict[Expr, Node]()
    for span in behind.behind([Span(Node(family, FIRST), HERE, HERE)]):
        if span.family in model.rules:
            for slack, node in behind.conditions(span.family):
                slack = extreme(slack, ((HERE, *behind.opened(span)),), lowest=True)
                if not (slack.is_number and slack >= 0):
                    found.setdefault(slack, node)
    return tuple(found.items())


def furthest(model: Model, expressions: Iterable[Basic], ranges: Mapping[Step, tuple[int, int]]) -> int:
    """The highest step at which a node is read for the sake of expressions, while their steps run through ranges."""
    ends = tuple((s, Integer(low), Integer(high)) for s, (low, high) in ranges.items())
    spans = {(span.family, span.low, span.high): span for e in expressions for span in read(model, see_through(e))}
    starts = [Span(span.node, extreme(span.low, ends, lowest=True), extreme(span.high, ends, lowest=False))
              for span in spans.values()]
    highest = (extreme(span.high, ends, lowest=False) for span in reach(model).behind(starts))
    return max((int(step) for step in highest if step.is_Integer), default=1)
