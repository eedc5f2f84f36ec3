"""The heads of one proof, and the normal form of polynomials over them.

Sums of monomials are collected after every monomial has been reduced by the rules of the space: what
is known of exponentials, powers, reciprocals and a few functions. Two polynomials are equal when their difference
is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from sympy import Expr

from derivations.errors import Exhausted, Undecided
from derivations.proof.heads import (
    Body,
    Delta,
    Determinant,
    Entry,
    Exponential,
    Inverted,
    Linked,
    Meaning,
    Norm,
    Open,
    Power,
    Scalar,
    Summed,
    Value,
    slot_sizes,
    width,
)
from derivations.proof.normal import (
    Monomial,
    Poly,
    Slots,
    Terms,
    TooSymmetric,
    canonical,
    contract,
    fresh,
    indices,
    product,
    total,
)
from derivations.proof.places import Index
from derivations.symbols import Family, Node, Step

BUDGET = 50_000  # rewriting steps of one proof
MOST_ORDERS = 4  # open indices of a function's argument that are tried in every order
Normal = dict[Monomial, Fraction]
Form = tuple[tuple[Monomial, Fraction], ...]


@dataclass(frozen=True)
class Rule:
    """What is known of some heads: given a monomial and which of its factors is one, what it is equal to, or None."""

    name: str
    speaks_of: Callable[[Meaning], bool]
    reduce: Callable[[Space, Monomial, int, frozenset[int]], Poly | None]


class Space:
    """The heads of one proof: a number for each, and what the normal form needs to know of it."""

    def __init__(self, rules: tuple[Rule, ...] = (), defined: Container[Family] = ()) -> None:
        self.rules, self.defined = rules, defined  # what has a definition: a structure binds its leaves alone
        self.meanings: list[Meaning] = []
        self.slots: list[Slots] = []
        self.runs: list[tuple[Expr, ...]] = []  # how far the index in each slot runs
        self.steps: list[frozenset[Step]] = []  # free in the head
        self.nodes: list[frozenset[Node]] = []  # in the head, at any depth
        self.special: set[int] = set()  # heads that a rule speaks of
        self.ends: dict[int, dict[int, tuple[Linked, int]]] = {}  # of heads, where powers stand (see ``powers``)
        self._numbers: dict[Meaning, int] = {}
        self.spent, self.budget = 0, BUDGET

    def spend(self, steps: int = 1) -> None:
        """Raises Exhausted when the proof's budget of rewriting steps is used up."""
        self.spent += steps
        if self.spent > self.budget:
            raise Exhausted(f"more than {self.budget:,} rewriting steps")

    def head(self, meaning: Meaning) -> int:
        """The number of a head; equal heads have one number."""
        if (found := self._numbers.get(meaning)) is not None:
            return found
        number = self._numbers[meaning] = len(self.meanings)
        self.meanings.append(meaning)
        self.slots.append(_slots(meaning))
        self.runs.append(slot_sizes(meaning, self.runs))
        own_nodes, own_steps = _own(meaning)
        inner = [h for body in bodies(meaning) for monomial, _ in body.terms for h, _ in monomial]
        self.nodes.append(own_nodes.union(*(self.nodes[h] for h in inner)))
        within = own_steps.union(*(self.steps[h] for h in inner))
        if isinstance(meaning, (Summed, Linked)):
            ends = (meaning.first.free_symbols | meaning.last.free_symbols)
            within = (within - {meaning.step}) | frozenset(s for s in ends if isinstance(s, Step))
        self.steps.append(within)
        if any(row.speaks_of(meaning) for row in self.rules):
            self.special.add(number)
        return number

    def factor(self, meaning: Meaning, at: Sequence[int] = ()) -> Poly:
        return Poly.factor(self.head(meaning), at)

    # ---- scalars and deltas

    def delta(self, a: int, b: int, size: Expr) -> Poly:
        return self.factor(Delta(size), (a, b))

    def scalar(self, value: Expr) -> Poly:
        """A polynomial in dimensions and steps."""
        if value.is_Rational:
            return Poly.number(Fraction(int(value.p), int(value.q)))
        if value.is_Symbol:
            return self.factor(Scalar(value))
        if value.is_Add:
            return total(map(self.scalar, value.args))
        if value.is_Mul:
            return product(map(self.scalar, value.args))
        if value.is_Pow and value.exp.is_Integer and value.exp > 0:
            return product([self.scalar(value.base)] * int(value.exp))
        raise Undecided(f"{value} as a number")

    def sum(self, poly: Poly, over: Iterable[Index]) -> Poly:
        """The sum over indices; one that a term does not carry gives the dimension."""
        over = list(over)
        out = Poly([], poly.free - {i.number for i in over})
        for c, f in poly.terms:
            used = indices(f)
            sizes = [i.size for i in over if i.number not in used]
            term = Poly([(c, f)], out.free)
            out = out + (product([Poly(term.terms, out.free), *map(self.scalar, sizes)]) if sizes else term)
        return out

    def counted(self, f: Monomial, free: frozenset[int], became: Poly) -> Poly:
        """What a monomial became, where it lost an index that is summed: times the size that the index runs to."""
        run = {i: self.runs[h][k] for h, ix in f for k, i in enumerate(ix) if i not in free}
        lost = [[size for i, size in run.items() if i not in indices(g)] for _, g in became.terms]
        if not any(lost):
            return became
        terms = [(c * a, (*g, *d)) for (c, g), sizes in zip(became.terms, lost, strict=True)
                 for a, d in product(map(self.scalar, sizes)).terms]
        return Poly(terms, became.free)

    # ---- normal form

    def normal(self, poly: Poly) -> Normal:
        """The polynomial collected: equal monomials once, none with coefficient zero."""
        out: Normal = {}
        todo = list(poly.terms)
        while todo:
            c, f = todo.pop()
            self.spend()
            f, loops = contract(f, poly.free, self.slots)
            if loops:
                sizes = [self.meanings[h].size for h in loops]  # type: ignore[union-attr]  # loops are deltas
                dims = product(map(self.scalar, sizes))
                todo += [(c * a, f + g) for a, g in dims.terms]
                continue
            replaced = self._reduced(f, poly.free)
            if replaced is not None:
                todo += [(c * a, g) for a, g in replaced]
                continue
            try:
                key, _ = canonical(f, poly.free, self.slots)
            except TooSymmetric:
                raise Undecided("a term with too many interchangeable indices") from None
            out[key] = out.get(key, Fraction(0)) + c
        return {k: v for k, v in out.items() if v}

    def _reduced(self, f: Monomial, free: frozenset[int]) -> Terms | None:
        if self.special.isdisjoint(h for h, _ in f):
            return None
        for row in self.rules:
            for k, (h, _) in enumerate(f):
                if h in self.special and row.speaks_of(self.meanings[h]):
                    found = row.reduce(self, f, k, free)
                    if found is not None:
                        return found.terms
        return None

    def collected(self, poly: Poly) -> Poly:
        """The same polynomial with its terms collected."""
        normal = self.normal(poly)
        return Poly(((c, self.spread_monomial(f)) for f, c in sorted(normal.items())), poly.free)

    @staticmethod
    def spread_monomial(f: Monomial, names: dict[int, int] | None = None) -> Monomial:
        """A monomial in normal form with indices of its own for the bound ones, and the given ones for its slots."""
        new = dict(names or {})
        for i in indices(f):
            if i < 0:
                new[i] = fresh()
        return tuple((h, tuple(new.get(i, i) for i in ix)) for h, ix in f)

    # ---- polynomials inside heads

    def body(self, poly: Poly, signed: bool = False) -> tuple[Body, list[int], int]:
        """A polynomial as the body of a head: the body, the indices for its slots in order, and a sign.

        The order of slots is the one with the least form, so that f(M_ij) and f(Mᵀ_ji) are one head. With ``signed``,
        the body of whichever of p and -p has a positive leading coefficient.
        """
        if len(poly.free) == 1:
            [only] = poly.free
            normal = self.normal(poly.renamed({only: 1}))
            terms, sign = self._sign(tuple(sorted(normal.items())), signed)
            return Body(terms), [only] if any(ix for f in normal for _, ix in f if 1 in ix) else [], sign
        normal = self.normal(poly)
        used = sorted({i for f in normal for i in indices(f) if i > 0})
        orders = permutations(used) if len(used) <= MOST_ORDERS else [tuple(used)]
        found = min(((self._form(normal, order, signed), order) for order in orders), key=lambda x: x[0][0])
        (terms, sign), order = found
        return Body(terms), list(order), sign

    def _form(self, normal: Normal, order: tuple[int, ...], signed: bool) -> tuple[Form, int]:
        names = {i: k for k, i in enumerate(order, 1)}
        free = frozenset(names.values())
        if names:
            normal = {canonical(tuple((h, tuple(names.get(i, i) for i in ix)) for h, ix in f), free, self.slots)[0]: c
                      for f, c in normal.items()}
        return self._sign(tuple(sorted(normal.items())), signed)

    @staticmethod
    def _sign(terms: Form, signed: bool) -> tuple[Form, int]:
        if signed and terms and terms[0][1] < 0:
            return tuple((f, -c) for f, c in terms), -1
        return terms, 1

    def fixed_body(self, poly: Poly, order: Sequence[int]) -> Body:
        """A polynomial as the body of a head with these slots, in this order."""
        assert poly.free <= set(order), "an index escaped"
        normal = self.normal(poly.renamed({i: k for k, i in enumerate(order, 1)}))
        return Body(tuple(sorted(normal.items())))

    def spread(self, body: Body, at: Sequence[int]) -> Poly:
        """The polynomial of a body at these indices."""
        names = dict(enumerate(at, 1))
        return Poly(((c, self.spread_monomial(f, names)) for f, c in body.terms), at)


def bodies(meaning: Meaning) -> list[Body]:
    """The polynomials inside a head."""
    if isinstance(meaning, (Value, Exponential)):
        return [meaning.argument]
    if isinstance(meaning, (Open, Norm)):
        return [body for _, body in meaning.argument]
    if isinstance(meaning, Power):
        return [meaning.base]
    if isinstance(meaning, (Summed, Inverted, Determinant)):
        return [meaning.body]
    return [body for _, _, body in meaning.bodies] if isinstance(meaning, Linked) else []


def _own(meaning: Meaning) -> tuple[frozenset[Node], frozenset[Step]]:
    if isinstance(meaning, Entry):
        return frozenset({meaning.node}), frozenset(meaning.node.steps)
    if isinstance(meaning, Scalar) and isinstance(meaning.symbol, Step):
        return frozenset(), frozenset({meaning.symbol})
    return frozenset(), frozenset()


def _slots(meaning: Meaning) -> Slots:
    if isinstance(meaning, Delta):
        return Slots(delta=True, groups=((0, 1),))
    if isinstance(meaning, Inverted):
        return Slots(groups=((0, 1),)) if meaning.symmetric else Slots()
    if isinstance(meaning, Linked) and meaning.symmetric:
        return Slots(groups=((0, 1),))
    if isinstance(meaning, Entry) and "symmetric" in meaning.node.family.structure and meaning.row == meaning.col:
        return Slots(groups=((0, 1),)) if width(meaning.row) == 1 else Slots()
    if isinstance(meaning, Open):  # derivatives commute (Schwarz)
        first = width(meaning.entry)
        where = {cell: [first + k for k, other in enumerate(meaning.by) if other == cell] for cell in meaning.by}
        single = all(width(cell) == 1 for cell in meaning.by)
        return Slots(groups=tuple(tuple(ks) for ks in where.values() if len(ks) > 1)) if single else Slots()
    return Slots()
