"""Sums and products over ranges that differ by a few steps, brought to one range.

Π_{t=a}^{k+1} J_t = J_{k+1} Π_{t=a}^{k} J_t and Σ_{t=a}^{k+1} x_t = x_{k+1} + Σ_{t=a}^{k} x_t, and the same at the first
step, where the shorter range is not shorter than empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product as cartesian

from sympy import Expr

from derivations.proof import heads
from derivations.proof.engine import Engine, numbers, place_in, spots_of
from derivations.proof.heads import width
from derivations.proof.links import Links, linked
from derivations.proof.normal import Poly, fresh
from derivations.proof.places import Place, put, runs
from derivations.proof.rebuild import Rewrite, at_step

FAR = 8  # steps that are taken out at most
Ranged = heads.Summed | heads.Linked


def aligned(p: Engine, polys: Iterable[Poly]) -> Callable[[Poly], Poly] | None:
    """The change that brings ranges to one where they differ by a few steps; None where nothing differs."""
    found: dict[int, Ranged] = {}
    for poly in polys:
        for _, f in poly.terms:
            for head, _ in f:
                m = p.space.meanings[head]
                if isinstance(m, (heads.Summed, heads.Linked)):
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


def _common(p: Engine, m: Ranged, group: list[Ranged]) -> tuple[Expr, Expr] | None:
    """The smallest range of the group that is this one without a few steps at an end."""
    best = None
    for other in group:
        early, late = (other.first - m.first).expand(), (m.last - other.last).expand()
        if early.is_Integer and late.is_Integer and early >= 0 and late >= 0 and 0 < early + late <= FAR:
            room = p.known.least((other.last - other.first + 1).expand())
            if room is not None and room >= 0 and (best is None or early + late > best[0]):
                best = early + late, (other.first, other.last)
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
            late = linked(self.p, m.step, last + 1, m.last, self._links(m), row, a, m.origin)
            middle = linked(self.p, m.step, first, last, self._links(m), a, b, m.origin)
            early = linked(self.p, m.step, m.first, first - 1, self._links(m), b, col, m.origin)
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


