"""What one proof works with: the model, the claim's steps, the heads; definitions opened, heads rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager

from sympy import Expr

from derivations.errors import Unclear, Undecided
from derivations.graph import FIRST, last_step
from derivations.model import Model
from derivations.proof import cancellation, heads, powers
from derivations.proof.heads import Cell
from derivations.proof.monomials import RULES
from derivations.proof.normal import UNIT, Poly
from derivations.proof.places import At, Index, Only, Place, Two, cell, put, runs
from derivations.proof.separators import Paths
from derivations.proof.space import Space, bodies
from derivations.proof.steps import Known, bound_step
from derivations.symbols import Expression, Family, Node, Step

Memo = dict[tuple[int, Known], tuple[tuple[int, ...], Poly]]  # what became of a factor, where this is known of steps


class Engine:
    """One proof's state: what is known of its steps, its heads, the states that its author's products go through."""

    def __init__(self, model: Model, known: Known, prefer: Sequence[tuple[Family, ...]] = (),
                 joining: bool = True) -> None:
        self.model, self.known, self.prefer = model, known, tuple(prefer)
        self.joining = joining  # whether x·xᵃ is xᵃ⁺¹ of numbers too; else their ranges are brought to one
        own = powers.RULES if joining else powers.OF_MATRICES
        self.space = Space((*RULES, *cancellation.RULES, *own), model.rules)
        self.paths = Paths(model)
        self.opened: dict[Node, Expression | None] = {}
        self._depths: dict[int, int] = {}
        self._level = 0
        self.moved: dict[Hashable, Memo] = {}  # factors at other steps
        self._memory: dict[Hashable, tuple[tuple[int, ...], Poly]] = {}

    @contextmanager
    def over(self, first: Expr, last: Expr) -> Iterator[Step]:
        """A step that runs from first to last, known to do so inside."""
        before = self.known
        self._level += 1  # named by the level, so that the same work twice makes the same heads
        step = bound_step(f"τ{self._level}'")
        self.known = before.within(step, first, last)
        try:
            yield step
        finally:
            self.known = before
            self._level -= 1

    def remembered(self, key: Hashable, spots: Sequence[Place], compute: Callable[[], Poly]) -> Poly:
        """A polynomial at these places, computed once for their cells and what is known of steps."""
        at = numbers(*spots)
        if len(set(at)) < len(at):
            return compute()
        whole = (key, tuple(map(cell, spots)), self.known)
        if whole not in self._memory:
            self._memory[whole] = at, compute()
        places, poly = self._memory[whole]
        return poly if places == at else poly.renamed(dict(zip(places, at, strict=True)))

    def depth(self, head: int) -> int:
        """How deeply sums and products over steps are nested in a factor."""
        if head not in self._depths:
            meaning = self.space.meanings[head]
            inner = [h for body in bodies(meaning) for f, _ in body.terms for h, _ in f]
            own = int(isinstance(meaning, (heads.Summed, heads.Linked)))
            self._depths[head] = own + max(map(self.depth, inner), default=0)
        return self._depths[head]

    def definition(self, node: Node) -> Expression | None:
        """The node's definition at its step; None for a leaf. Raises Undecided where the range does not tell."""
        key = node
        rule = self.model.rules.get(node.family)
        if rule is None:
            return None
        if rule.step is None or node.step is None:
            return rule.expression
        if not self.defined(node):
            return None
        if key not in self.opened:
            found = rule.expression.subs(rule.step, node.step)
            self.opened[key] = found
        return self.opened[key]

    def defined(self, node: Node) -> bool:
        """Whether a node of a sequence lies where its definition stands. Raises Undecided if the range leaves it open.
        """
        last = last_step(self.model, node.family)
        rule = self.model.rules[node.family]
        if (low := self.known.least(node.step)) is None or low < FIRST:
            high = self.known.least(-node.step)
            if high is None or -high >= FIRST:
                raise Unclear(f"whether {node} is defined or an initial value is not known: state from which step "
                              "on the claim is made", node.step - FIRST)
            return False
        if last is None or rule.last is None:
            return True
        if (room := self.known.least(rule.last - node.step)) is not None and room >= 0:
            return True
        if (past := self.known.least(node.step - rule.last)) is not None and past >= 1:
            return False
        raise Unclear(f"whether {node} comes before the last step of {node.family} is not known",
                      rule.last - node.step)

    def delta(self, a: Place, b: Place) -> Poly:
        """1 where two places of one axis are the same, else 0."""
        if a is None or b is None:
            return UNIT
        if isinstance(a, Index) and isinstance(b, Index):
            return self.space.delta(a.number, b.number, a.size)
        if isinstance(a, Only) and isinstance(b, Only):
            return UNIT
        if isinstance(a, At) and isinstance(b, At) and a.sizes == b.sizes:
            return self.delta(a.place, b.place) if a.k == b.k else Poly()
        if isinstance(a, Two) and isinstance(b, Two):
            return self.delta(a.row, b.row) * self.delta(a.col, b.col)
        raise Undecided("two places on one axis that is cut differently")


def numbers(*spots: Place) -> tuple[int, ...]:
    return tuple(i.number for i in runs(*spots))


def spots_of(row: Cell, col: Cell, at: Sequence[int]) -> tuple[Place, Place]:
    """The places of a factor, from the cells of its head and its indices."""
    left = iter(at)
    return put(place_in(row), left), put(place_in(col), left)


def place_in(cell: Cell) -> Place:
    """A place in a cell; its indices are to be put."""
    if not cell:
        return None
    if cell[0] == "index":
        return Index(0, cell[1])
    if cell[0] == "at":
        return At(cell[1], cell[2], place_in(cell[3]))  # type: ignore[arg-type]  # as ``cell`` writes it
    if cell[0] == "two":
        return Two(place_in(cell[1]), place_in(cell[2]))  # type: ignore[arg-type]
    return Only()

