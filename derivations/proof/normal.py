"""Polynomials in index notation and their normal form. Knows no expressions, nodes or steps.

A factor is a head with its indices, a monomial a tuple of factors, a polynomial a sum of monomials with exact
coefficients. Heads are numbers, and what they stand for is kept elsewhere: here only their slots matter (``Slots``).
A polynomial carries its free indices; every other index in it is summed. Products and sums rename the bound indices
of one side, so nothing is ever captured.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import count
from typing import NamedTuple

from derivations.errors import Exhausted

Factor = tuple[int, tuple[int, ...]]
Monomial = tuple[Factor, ...]
Terms = list[tuple[Fraction, Monomial]]

ONE = Fraction(1)
MOST_TERMS = 10_000  # of a product, before it is collected
MOST_LEAVES = 2000  # labellings compared for one monomial; more interchangeable structure than that is given up
_serial = count(1000)  # below are the slots of heads, from 1 on


class Slots(NamedTuple):
    """What the normal form knows of a head: whether it is a Kronecker delta, and which slots are interchangeable."""

    delta: bool = False
    groups: tuple[tuple[int, ...], ...] = ()


class TooSymmetric(Exception):
    """A monomial with more interchangeable structure than the search for its least labelling may look at."""


def fresh() -> int:
    """A new index."""
    return next(_serial)


class Poly:
    """A polynomial: its terms, not yet collected, and its free indices."""

    __slots__ = ("free", "terms")

    def __init__(self, terms: Iterable[tuple[Fraction, Monomial]] = (), free: Iterable[int] = ()) -> None:
        self.terms: Terms = list(terms)
        self.free = frozenset(free)

    @staticmethod
    def number(value: Fraction | int) -> Poly:
        return Poly([(Fraction(value), ())] if value else [])

    @staticmethod
    def factor(head: int, indices: Sequence[int] = ()) -> Poly:
        return Poly([(ONE, ((head, tuple(indices)),))], indices)

    def __add__(self, other: Poly) -> Poly:
        return Poly(self.terms + other.terms, self.free | other.free)

    def __neg__(self) -> Poly:
        return self.scaled(Fraction(-1))

    def __sub__(self, other: Poly) -> Poly:
        return self + -other

    def __mul__(self, other: Poly) -> Poly:
        if len(self.terms) * len(other.terms) > MOST_TERMS:
            raise Exhausted(f"a polynomial with more than {MOST_TERMS:,} terms")
        free = self.free | other.free
        right = [(b, apart(g, other.free)) for b, g in other.terms]
        return Poly([(a * b, f + g) for a, f in self.terms for b, g in right], free)

    def scaled(self, by: Fraction) -> Poly:
        return Poly([(by * c, f) for c, f in self.terms] if by else [], self.free)

    def bind(self, indices: Iterable[int]) -> Poly:
        """The sum over these indices; each must occur in every term that is to be summed over it."""
        return Poly(self.terms, self.free - frozenset(indices))

    def renamed(self, names: Mapping[int, int]) -> Poly:
        """The same polynomial at other free indices."""
        terms = [(c, rename(apart(f, self.free), names)) for c, f in self.terms]
        return Poly(terms, (names.get(i, i) for i in self.free))


ZERO, UNIT = Poly(), Poly.number(1)


def total(polys: Iterable[Poly]) -> Poly:
    """The sum of polynomials."""
    out = Poly()
    for p in polys:
        out = out + p
    return out


def product(polys: Iterable[Poly]) -> Poly:
    out = UNIT
    for p in polys:
        out = out * p
    return out


def rename(factors: Monomial, names: Mapping[int, int]) -> Monomial:
    return tuple((h, tuple(names.get(i, i) for i in ix)) for h, ix in factors)


def apart(factors: Monomial, free: frozenset[int]) -> Monomial:
    """The monomial with new names for its bound indices."""
    new: dict[int, int] = {}
    for _, ix in factors:
        for i in ix:
            if i not in free and i not in new:
                new[i] = fresh()
    return rename(factors, new) if new else factors


def indices(factors: Monomial) -> dict[int, None]:
    """The indices of a monomial, each once, in order."""
    return {i: None for _, ix in factors for i in ix}


# ---- Kronecker deltas


def contract(factors: Monomial, free: frozenset[int], slots: Sequence[Slots]) -> tuple[Monomial, list[int]]:
    """The monomial without superfluous deltas, and the heads of the closed loops that were left: each is a dimension.

    δ_ij f_j with j bound is f_i; with both free, δ_ij f_j is δ_ij f_i, and δ_ii is 1.
    """
    out, loops = list(factors), []
    todo = [f for f in factors if slots[f[0]].delta]
    while todo:
        delta = todo.pop()
        if delta not in out:
            continue
        head, (a, b) = delta
        out.remove(delta)
        if a == b:
            if a not in free and not any(a in ix for _, ix in out):
                loops.append(head)
            continue
        old, new = (a, b) if a not in free else (b, a)
        if old in free:
            new, old = sorted((a, b))
        if any(old in ix for _, ix in out):
            names = {old: new}
            out = [(h, tuple(names.get(i, i) for i in ix)) for h, ix in out]
            todo = [f for f in out if slots[f[0]].delta]
        elif new not in free and not any(new in ix for _, ix in out):
            loops.append(head)  # δ_ij summed over both
            continue
        if old in free:
            out.append((head, (new, old)))
    return tuple(out), loops


# ---- bound indices


def canonical(factors: Monomial, free: frozenset[int], slots: Sequence[Slots],
              outer: frozenset[int] = frozenset()) -> tuple[Monomial, list[int]]:
    """The monomial with its bound indices renamed -1, -2, … so that equal monomials become the same.

    ``outer`` indices are free, and renamed all the same; the order in which all were renamed is returned beside it.
    """
    named = free - outer
    loose = [i for i in indices(factors) if i not in named]
    parts: list[tuple[tuple[tuple[int, tuple[int, ...]], ...], list[int]]] = []
    for component in components(factors, loose):
        parts.append(_Labelling(component, {i for i in indices(component) if i not in named}, outer, slots).best())
    parts.sort(key=lambda part: part[0])
    order = [i for _, own in parts for i in own]
    final = {i: -k for k, i in enumerate(order, 1)}
    return tuple(sorted(_sorted_slots(f, slots) for f in rename(factors, final))), order


def _sorted_slots(factor: Factor, slots: Sequence[Slots]) -> Factor:
    head, ix = factor
    if not slots[head].groups:
        return factor
    out = list(ix)
    for group in slots[head].groups:
        for place, i in zip(group, sorted(ix[k] for k in group), strict=True):
            out[place] = i
    return head, tuple(out)


def components(factors: Monomial, loose: list[int]) -> list[Monomial]:
    """The factors that share bound indices, together; a factor without any stands alone."""
    group = {i: i for i in loose}

    def root(i: int) -> int:
        while group[i] != i:
            group[i] = i = group[group[i]]
        return i

    for _, ix in factors:
        own = [root(i) for i in ix if i in group]
        for i in own[1:]:
            group[root(i)] = root(own[0])
    together: dict[int, list[Factor]] = defaultdict(list)
    alone = []
    for factor in factors:
        first = next((i for i in factor[1] if i in group), None)
        if first is None:
            alone.append((factor,))
        else:
            together[root(first)].append(factor)
    return [*alone, *map(tuple, together.values())]


class _Labelling:
    """The least form of one component: colour refinement, then one index after the other made special.

    Indices whose exchange leaves the component as it is (twins) lead to the same forms: only one of them is tried.
    """

    def __init__(self, factors: Monomial, loose: set[int], outer: frozenset[int], slots: Sequence[Slots]) -> None:
        self.factors, self.slots, self.leaves = factors, slots, 0
        self.loose = sorted(loose)
        self.at = {i: [f for f in factors if i in f[1]] for i in self.loose}
        self.start = {i: int(i in outer) for i in self.loose}

    def best(self) -> tuple[Monomial, list[int]]:
        return self._search(self._refined(self.start))

    def _refined(self, colour: dict[int, int]) -> dict[int, int]:
        classes = len(set(colour.values()))
        while classes < len(self.loose):
            seen = {i: (colour[i], sorted(self._seen(f, i, colour) for f in self.at[i])) for i in self.loose}
            ranks: list[tuple[int, list[tuple[int, tuple[tuple[int, int], ...]]]]] = []
            for s in sorted(seen.values()):
                if not ranks or ranks[-1] != s:
                    ranks.append(s)
            if len(ranks) == classes:
                break
            classes, colour = len(ranks), {i: ranks.index(seen[i]) for i in self.loose}
        return colour

    def _seen(self, factor: Factor, i: int, colour: dict[int, int]) -> tuple[int, tuple[tuple[int, int], ...]]:
        """A factor as one of its indices sees it: itself, the colours of the other bound ones, the free ones."""
        head, ix = factor
        marks = [(0, 0) if k == i else (1, colour[k]) if k in colour else (2, k) for k in ix]
        for group in self.slots[head].groups:
            for place, mark in zip(group, sorted(marks[k] for k in group), strict=True):
                marks[place] = mark
        return head, tuple(marks)

    def _search(self, colour: dict[int, int]) -> tuple[Monomial, list[int]]:
        classes: dict[int, list[int]] = defaultdict(list)
        for i in self.loose:
            classes[colour[i]].append(i)
        first = next((c for c in sorted(classes) if len(classes[c]) > 1), None)
        if first is None:
            self.leaves += 1
            if self.leaves > MOST_LEAVES:
                raise TooSymmetric
            order = sorted(self.loose, key=lambda i: colour[i])
            names = {i: -k for k, i in enumerate(order, 1)}
            return tuple(sorted(_sorted_slots(f, self.slots) for f in rename(self.factors, names))), order
        found = []
        for i in self._one_of_twins(classes[first]):
            special = {k: 2 * c + 1 for k, c in colour.items()} | {i: 2 * colour[i]}
            found.append(self._search(self._refined(special)))
        return min(found, key=lambda leaf: leaf[0])

    def _one_of_twins(self, members: list[int]) -> list[int]:
        kept: list[int] = []
        for i in members:
            if not any(self._twins(i, k) for k in kept):
                kept.append(i)
        return kept

    def _twins(self, a: int, b: int) -> bool:
        near = [f for f in self.factors if a in f[1] or b in f[1]]
        swapped = rename(tuple(near), {a: b, b: a})
        return Counter(_sorted_slots(f, self.slots) for f in near) == Counter(
            _sorted_slots(f, self.slots) for f in swapped)
