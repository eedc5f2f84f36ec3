"""The prover: two sides as polynomials, changed by equal polynomials until they are the same.

Nodes are opened, latest first, only while a difference is left; sums and products over ranges that differ by a few
steps are brought to one range; where the order of two steps is not known, each is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product as cartesian

from sympy import Expr, Integer

from derivations.calculus import Chain, Jacobian, see_through, variables
from derivations.claim import Case, Claim
from derivations.errors import DerivationError, Exhausted, Unclear, Undecided
from derivations.proof.alignment import aligned, aligned_inside
from derivations.proof.engine import Engine, numbers
from derivations.proof.entry import entry
from derivations.proof.exponentials import in_exponentials
from derivations.proof.grains import grains, join
from derivations.proof.normal import Poly
from derivations.proof.places import Place, cell, places
from derivations.proof.powers import is_power, of_matrix
from derivations.proof.rebuild import opened
from derivations.proof.reindex import exchanged, reindexed
from derivations.proof.steps import Bound, Known
from derivations.proof.trace import Line, Proof, Sides, Trace, frozen
from derivations.ranges import free_steps
from derivations.symbols import Dim, Expression, Family, Node, Step
from derivations.verdict import Status

ROUNDS = 12  # times that definitions are opened
FEW = 1_500  # rewriting steps for a claim that is expected to fail
SPLITS = 4  # times that a range is split where the order of two steps matters


def prove(claim: Claim) -> Proof:
    """The proof of an equality, for every dimension and the stated range of steps; or why there is none."""
    traces: list[Trace] = []
    for case in claim.cases:
        for k, _ in enumerate(case.sides[1:]):
            try:
                traces += _proved(claim, case, k, Known.of(claim), ())
            except DerivationError as reason:
                label = f"{case.label}: " if case.label else ""
                return Proof(Status.UNDECIDED, f"{label}{reason}", tuple(traces))
            if not traces[-1].proved:
                return Proof(Status.UNDECIDED, left_over(traces[-1]), tuple(traces))
    if not traces:
        return Proof(Status.UNDECIDED, "there is nothing to prove")
    return Proof(Status.PROVED, summary(claim, traces), tuple(traces))


def summary(claim: Claim, traces: Sequence[Trace]) -> str:
    """How large the proof is, and for what it holds: ``13 monomials, every n, m``."""
    size = sum(t.size for t in traces)
    dims = {s.name for e in claim.expressions for s in e.free_symbols if isinstance(s, Dim)}
    every = ", ".join([*sorted(dims), *map(str, free_steps(claim))])
    words = f"{size} {'monomial' if size == 1 else 'monomials'}"
    return f"{words}, every {every}" if every else words


def left_over(trace: Trace) -> str:
    last = trace.lines[-1]
    terms = sum(len(set(c.left) ^ set(c.right)) for c in last.cells)
    return f"{terms} terms of the difference are left"


def _proved(claim: Claim, case: Case, k: int, known: Known, when: tuple[Expr, ...]) -> list[Trace]:
    """The traces of one equality: several where the range had to be split."""
    from derivations.proof.induction import by_induction

    try:
        pairing = Pairing(claim, case, k, known, when)
        if when:
            pairing.pin(pinned(known, free_steps(claim)))
        if pairing.reduce():
            return [pairing.trace()]
        found = by_induction(claim, case, k, pairing)
        if found is None and any(is_power(m) and not of_matrix(m) for m in pairing.p.space.meanings):
            other = Pairing(claim, case, k, known, when, joining=False)
            other.pin(pairing.at)
            found = [other.trace()] if other.reduce() else by_induction(claim, case, k, other)
        return found or [pairing.trace()]
    except Unclear as unclear:
        if len(when) >= SPLITS or not unclear.boundary.free_symbols <= set(free_steps(claim)):
            raise  # a step that runs in a sum is on both sides of a boundary: it divides no cases
        parts = unclear.boundary, -unclear.boundary - 1
        out: list[Trace] = []
        for slack in parts:
            out += _proved(claim, case, k, known.at_least(slack), (*when, slack))
            if not out[-1].proved:
                break
        return out


def pinned(known: Known, steps: Iterable[Step]) -> tuple[tuple[Step, Expr], ...]:
    """The steps that can have one value alone, in a part of a range."""
    lowest = [(s, low) for s in steps if (low := known.least(s)) is not None]
    return tuple((s, Integer(low)) for s, low in lowest if known.least(-s) == -low)


class Pairing:
    """Two sides of a case on their way to being the same."""

    def __init__(self, claim: Claim, case: Case, k: int, known: Known, when: tuple[Expr, ...],
                 joining: bool = True) -> None:
        self.case, self.k, self.when = case, k, when
        self.p = Engine(claim.model, known, products_of(*case.sides), joining)
        if claim.expect == "fails":  # what is expected to fail is not sought as long
            self.p.space.budget = FEW
        self.sides: tuple[Expression, Expression] = case.sides[k], case.sides[k + 1]
        self.lines: list[Line] = []
        self.at: tuple[tuple[Step, Expr], ...] = ()
        self.cells: list[tuple[Place, Place, Poly, Poly]] = []

    def pin(self, at: tuple[tuple[Step, Expr], ...]) -> None:
        """Speak of these values of steps alone."""
        self.sides = self.sides[0].subs(list(at)), self.sides[1].subs(list(at))
        self.at = at

    def reduce(self) -> bool:
        """Change the sides until they are the same; whether they are. Else the line with the least left is the last."""
        self.start(*self.sides)
        try:
            for rule, change in RULES:
                for _ in range(ROUNDS):
                    if self.equal or not change(self, rule):
                        break
        except Exhausted:  # what is left of the difference is still worth showing
            pass
        if not self.equal:
            del self.lines[self.best() + 1 :]
        return self.equal

    def best(self) -> int:
        """The line at which the least is left of the difference: what a failed proof shows."""
        left = [sum(len(set(c.left) ^ set(c.right)) for c in line.cells) for line in self.lines]
        return left.index(min(left))

    def start(self, left: Expression, right: Expression) -> None:
        (r1, c1), (r2, c2) = grains(left), grains(right)
        for row, col in cartesian(places(join(r1, r2)), places(join(c1, c2))):
            both = entry(self.p, left, row, col), entry(self.p, right, row, col)
            free = frozenset(numbers(row, col))
            for poly in both:
                if not poly.free <= free:
                    raise Undecided("an index escaped: the engine is at fault")
            self.cells.append((row, col, *both))
        self.record("derivatives along the graph, in index notation")

    def record(self, rule: str, nodes: Iterable[Node] = ()) -> None:
        cells = []
        for row, col, left, right in self.cells:
            at = numbers(row, col)
            names = {i: n for n, i in enumerate(at, 1)}
            both = (frozen(self.p.space.normal(poly.renamed(names))) for poly in (left, right))
            cells.append(Sides(cell(row), cell(col), tuple(names.values()), *both))
        self.lines.append(Line(rule, tuple(cells), tuple(sorted(nodes, key=str))))

    @property
    def equal(self) -> bool:
        return all(cell.equal for cell in self.lines[-1].cells)

    def change(self, by: Callable[[Poly], Poly], rule: str, nodes: Iterable[Node] = ()) -> bool:
        """Both sides changed in every cell; whether that made a difference."""
        return self.change_each([by] * len(self.cells), rule, nodes)

    def change_each(self, by: Sequence[Callable[[Poly], Poly]], rule: str, nodes: Iterable[Node] = ()) -> bool:
        """Both sides changed, in every cell in its own way; whether that made a difference."""
        self.cells = [(row, col, own(left), own(right))
                      for own, (row, col, left, right) in zip(by, self.cells, strict=True)]
        self.record(rule, nodes)
        if self.lines[-1].cells == self.lines[-2].cells:
            del self.lines[-1]
            return False
        return True

    def collected(self) -> list[Poly]:
        """The sides of every cell, in normal form from here on: what stands beside a power has joined it."""
        normal = self.p.space.collected
        self.cells = [(row, col, normal(left), normal(right)) for row, col, left, right in self.cells]
        return [poly for _, _, *both in self.cells for poly in both]

    def trace(self) -> Trace:
        return Trace(self.case.label, (self.k, self.k + 1), tuple(self.lines), tuple(self.p.space.meanings), self.equal,
                     self.when, self.at)

    def rest(self) -> list[int]:
        """The heads in what is left of the difference."""
        found: dict[int, None] = {}
        for sides in self.lines[-1].cells:
            for f, _ in sorted(set(sides.left) ^ set(sides.right), key=lambda term: term[0]):
                found.update((h, None) for h, _ in f)
        return list(found)


def _open(pairing: Pairing, rule: str) -> bool:
    which = latest(pairing.p, pairing.rest())
    if not which:
        return False
    return pairing.change(lambda poly: opened(pairing.p, poly, which), rule, which)


def _align(pairing: Pairing, rule: str) -> bool:
    change = aligned(pairing.p, pairing.collected())
    return change is not None and pairing.change(change, rule)


def _align_inside(pairing: Pairing, rule: str) -> bool:
    change = aligned_inside(pairing.p, pairing.collected())
    return change is not None and pairing.change(change, rule)


def _exchange(pairing: Pairing, rule: str) -> bool:
    change = exchanged(pairing.p, pairing.collected())
    return change is not None and pairing.change(change, rule)


def _reindex(pairing: Pairing, rule: str) -> bool:
    change = reindexed(pairing.p, pairing.collected())
    return change is not None and pairing.change(change, rule)


def _exponentials(pairing: Pairing, rule: str) -> bool:
    return pairing.change(lambda poly: in_exponentials(pairing.p, poly), rule)


RULES: tuple[tuple[str, Callable[[Pairing, str], bool]], ...] = (
    ("steps taken out of sums and products", _align),
    ("sums over two steps exchanged", _exchange),
    ("sums over steps in one order", _reindex),
    ("steps taken out of sums and products", _align),
    ("steps taken out of products in sums", _align_inside),
    ("steps taken out of sums and products", _align),
    ("definitions of", _open),
    ("sums over two steps exchanged", _exchange),
    ("sums over steps in one order", _reindex),
    ("steps taken out of sums and products", _align),
    ("σ and tanh by exponentials", _exponentials),
)


def latest(p: Engine, rest: Iterable[int]) -> frozenset[Node]:
    """The latest of the nodes that are left in a difference and have a definition."""
    seen = {n for head in rest for n in p.space.nodes[head]}
    late: dict[Node, int] = {}
    for node in sorted(seen, key=str):
        try:
            if p.definition(node) is not None:
                late[node] = 10**6 if node.step is None else p.known.least(node.step) or 0
        except Undecided:  # inside a sum or product, where the range of its step is known, it may be
            if any(isinstance(s, Bound) for s in node.steps):
                late[node] = -1
    return frozenset(n for n, at in late.items() if at == max(late.values()))


def products_of(*sides: Expression) -> list[tuple[Family, ...]]:
    """The states that the author's own products over steps go through: separating sets are not unique."""
    found: dict[tuple[Family, ...], None] = {}
    for side in map(see_through, sides):
        for chain in sorted(side.atoms(Chain), key=str):
            for jacobian in sorted(chain.body.atoms(Jacobian), key=str):
                bases = [base for base, _ in variables(jacobian.x)]
                steps = {b.step for b in bases if isinstance(b, Node)}
                names = tuple(b.family for b in bases if isinstance(b, Node))
                if len(steps) == 1 and None not in steps and len(set(names)) == len(names) == len(bases):
                    found.setdefault(names)
    return sorted(found, key=len)


