"""The prover: two sides as polynomials, their difference reduced until nothing is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as cartesian

from derivations.calculus import Chain, Jacobian, see_through, variables
from derivations.claim import Claim
from derivations.errors import Undecided
from derivations.proof import heads
from derivations.proof.engine import Engine, numbers
from derivations.proof.entry import entry
from derivations.proof.normal import Poly
from derivations.proof.places import Place, grains, join, places
from derivations.proof.rebuild import opened
from derivations.proof.steps import Known
from derivations.symbols import AsPrinted, Expression, Family, Node

ROUNDS = 12  # times that definitions are opened


@dataclass(frozen=True)
class Pair:
    """One cell of the two sides: its places, and the sides there."""

    row: Place
    col: Place
    left: Poly
    right: Poly


def prove_pair(p: Engine, left: Expression, right: Expression) -> tuple[bool, list[Pair], int]:
    """Whether two sides are equal: proved or not, what is left, and how many definitions were opened."""
    (r1, c1), (r2, c2) = grains(left), grains(right)
    pairs = []
    for row, col in cartesian(places(join(r1, r2)), places(join(c1, c2))):
        pair = Pair(row, col, entry(p, left, row, col), entry(p, right, row, col))
        for side in (pair.left, pair.right):
            assert side.free <= set(numbers(row, col)), "an index escaped"
        pairs.append(pair)
    count = 0
    for _ in range(ROUNDS):
        rest = [p.space.normal(pair.left - pair.right) for pair in pairs]
        if not any(rest):
            return True, pairs, count
        which = latest(p, rest)
        if not which:
            break
        count += len(which)
        pairs = [Pair(q.row, q.col, opened(p, q.left, which), opened(p, q.right, which)) for q in pairs]
    return False, pairs, count


def latest(p: Engine, rest: list) -> frozenset[Node]:
    """The latest of the nodes that are left in a difference and have a definition."""
    seen = {n for normal in rest for f in normal for h, _ in f for n in p.space.nodes[h]}
    late: dict[Node, int] = {}
    for node in sorted(seen, key=str):
        try:
            if p.definition(node) is not None:
                late[node] = p.known.least(node.step) or 0 if node.step is not None else 10**6
        except Undecided:
            continue
    return frozenset(n for n, at in late.items() if at == max(late.values()))


def products_of(*sides: Expression) -> list[tuple[Family, ...]]:
    """The states that the author's own products over steps go through: separating sets are not unique."""
    found: dict[tuple[Family, ...], None] = {}
    for side in map(see_through, sides):
        for chain in sorted(side.atoms(Chain), key=str):
            for jacobian in sorted(chain.body.atoms(Jacobian), key=str):
                bases = [base for base, _ in variables(jacobian.x)]
                if all(isinstance(b, Node) and b.step is not None for b in bases):
                    found.setdefault(tuple(b.family for b in bases))
    return sorted(found, key=len)
