"""Sums and products over ranges that differ by a few steps, brought to one range.

Π_{t=a}^{k+1} J_t = J_{k+1} Π_{t=a}^{k} J_t and Σ_{t=a}^{k+1} x_t = x_{k+1} + Σ_{t=a}^{k} x_t, and the same at the first
step, where the shorter range is not shorter than empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import product as cartesian

from sympy import Expr

from derivations.errors import Unclear, Undecided
from derivations.proof import heads
from derivations.proof.engine import Engine, numbers, place_in, spots_of
from derivations.proof.heads import width
from derivations.proof.links import Links, linked, summed_over
from derivations.proof.normal import Poly, fresh
from derivations.proof.places import Place, put, runs
from derivations.proof.powers import is_power, of_matrix
from derivations.proof.rebuild import Rewrite, at_step, replaced

FAR = 8  # steps that are taken out at most
Ranged = heads.Summed | heads.Linked
Bodies = tuple[tuple[heads.Cell, heads.Cell, heads.Body], ...]


def aligned_inside(p: Engine, polys: Iterable[Poly]) -> Callable[[Poly], Poly] | None:
    """The change that brings products inside sums to one range where they end a few steps apart; None where none do."""
    found: dict[int, heads.Summed] = {}
    groups: dict[Bodies, list[heads.Linked]] = defaultdict(list)
    for head in dict.fromkeys(h for poly in polys for _, f in poly.terms for h, _ in f):
        m = p.space.meanings[head]
        if isinstance(m, heads.Summed):
            found[head] = m
            for inner in _products(p, m):
                groups[inner.bodies].append(inner)
    by: dict[int, Poly] = {}
    for head, m in found.items():
        ends = {inner.bodies: _earliest(inner, groups[inner.bodies]) for inner in _products(p, m)}
        if any(ends[inner.bodies] != inner.last for inner in _products(p, m)):
            try:
                by[head] = _inside(p, head, m, ends)
            except Undecided:  # it stays as it is
                continue
    return (lambda poly: replaced(p, poly, by)) if by else None


def _products(p: Engine, m: heads.Summed) -> list[heads.Linked]:
    """The products over steps in a sum, powers that join by themselves left out."""
    inside = (p.space.meanings[h] for f, _ in m.body.terms for h, _ in f)
    return [q for q in inside if isinstance(q, heads.Linked) and not joins(p, q)]


def _later(other: heads.Linked, own: heads.Linked) -> int:
    """How many steps later a product ends than another; none where they are too far apart, or not to be compared."""
    gap = (other.last - own.last).expand()
    return int(gap) if gap.is_Integer and abs(gap) <= FAR else 0


def _earliest(own: heads.Linked, group: Iterable[heads.Linked]) -> Expr:
    """The end of the product of a group that ends first, among those that can be compared with this one."""
    best = own
    for other in group:
        best = other if _later(other, best) < 0 else best
    return best.last


def _inside(p: Engine, head: int, m: heads.Summed, ends: Mapping[Bodies, Expr]) -> Poly:
    """A sum over its slots, the products in it up to given ends, as far as they reach."""
    body = p.space.spread(m.body, range(1, 1 + len(p.space.runs[head])))

    def term(step: Expr) -> Poly:
        poly, to = at_step(p, body, m.step, step), dict[int, tuple[Expr, Expr]]()
        for h in dict.fromkeys(h for _, f in poly.terms for h, _ in f):
            q = p.space.meanings[h]
            if isinstance(q, heads.Linked) and q.bodies in ends and _later(q, replace(q, last=ends[q.bodies])) > 0:
                room = (ends[q.bodies] - q.first + 1).expand()
                least, most = p.known.least(room), p.known.least(-room)
                if least is not None and least >= 0:
                    to[h] = q.first, ends[q.bodies]
                elif most is None or most < 1:
                    raise Unclear(f"whether a product from {q.first} to {ends[q.bodies]} has steps is not known", room)
        return _Aligned(p, to)(poly)

    return summed_over(p, m.first, m.last, term)


def aligned(p: Engine, polys: Iterable[Poly]) -> Callable[[Poly], Poly] | None:
    """The change that brings ranges to one where they differ by a few steps; None where nothing differs."""
    found: dict[int, Ranged] = {}
    for poly in polys:
        for _, f in poly.terms:
            for head, _ in f:
                m = p.space.meanings[head]
                if isinstance(m, (heads.Summed, heads.Linked)) and not joins(p, m):
                    found.setdefault(head, m)
    by_body: dict[object, list[int]] = defaultdict(list)
    for head, m in found.items():
        by_body[m.body if isinstance(m, heads.Summed) else m.bodies].append(head)
    to: dict[int, tuple[Expr, Expr]] = {}
    for group in by_body.values():
        for head in group:
            target = _common(p, found[head], [found[other] for other in group])
            if target is not None:
                to[head] = target
    return _Aligned(p, to) if to else None


def joins(p: Engine, m: Ranged) -> bool:
    """Whether it is a power, whose first and last factors join it again wherever they are taken out."""
    return is_power(m) and (p.joining or of_matrix(m))


def _common(p: Engine, m: Ranged, group: list[Ranged]) -> tuple[Expr, Expr] | None:
    """What this range shares with another one of the group, where that is all of it but a few steps at its ends: the
    smallest such."""
    best = None
    for other in group:
        early, late = (other.first - m.first).expand(), (m.last - other.last).expand()
        if early.is_Integer and late.is_Integer and 0 < max(early, 0) + max(late, 0) <= FAR:
            first, last = other.first if early > 0 else m.first, other.last if late > 0 else m.last
            room, gone = p.known.least((last - first + 1).expand()), max(early, 0) + max(late, 0)
            if room is not None and room >= 0 and (best is None or gone > best[0]):
                best = gone, (first, last)
    return best[1] if best else None


class _Aligned(Rewrite):
    """The outermost sums and products over other ranges, with the steps that differ written out."""

    def __init__(self, p: Engine, to: dict[int, tuple[Expr, Expr]]) -> None:
        super().__init__(p)
        self.to = to

    def touches(self, head: int) -> bool:
        return head in self.to

    def becomes(self, head: int, at: tuple[int, ...]) -> Poly | None:
        m, (first, last) = self.p.space.meanings[head], self.to[head]
        if isinstance(m, heads.Summed):
            return self._sum(m, at, first, last)
        assert isinstance(m, heads.Linked)
        return self._product(m, at, first, last)

    def _sum(self, m: heads.Summed, at: tuple[int, ...], first: Expr, last: Expr) -> Poly:
        body = self.p.space.spread(m.body, at)
        out = Poly.factor(self.p.space.head(heads.Summed(m.step, first, last, m.body)), at)
        for step in (*_steps(m.first, first), *_steps(last + 1, m.last + 1)):
            out = out + at_step(self.p, body, m.step, step)
        return out

    def _product(self, m: heads.Linked, at: tuple[int, ...], first: Expr, last: Expr) -> Poly:
        row, col = spots_of(m.row, m.col, at)
        cells = list(dict.fromkeys(a for a, _, _ in m.bodies))
        out = Poly()
        for one, other in cartesian(cells, cells):
            a, b = _place(one), _place(other)
            late = linked(self.p, m.step, last + 1, m.last, self._links(m), row, a, m.origin, m.power)
            middle = linked(self.p, m.step, first, last, self._links(m), a, b, m.origin, m.power)
            early = linked(self.p, m.step, m.first, first - 1, self._links(m), b, col, m.origin, m.power)
            if late.terms and early.terms:
                out = out + self.p.space.sum(late * middle * early, runs(a, b))
        return out

    def _links(self, m: heads.Linked) -> Links:
        found: Links = []
        for a, b, body in m.bodies:
            i, j = _place(a), _place(b)
            found.append((i, j, self.p.space.spread(body, numbers(i, j))))
        return found


def _place(where: heads.Cell) -> Place:
    """A place in a cell, with new indices."""
    return put(place_in(where), iter([fresh() for _ in range(width(where))]))


def _steps(first: Expr, end: Expr) -> list[Expr]:
    return [(first + k).expand() for k in range(int((end - first).expand()))]


