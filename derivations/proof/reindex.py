"""Sums over steps whose terms are the same in another order: Σ_{i=t}^{T} x_{T+t-i} = Σ_{i=t}^{T} x_i, or shifted.

A sum is brought to the terms of one that was met before. What the steps of its terms say suggests how, and it is done
only where the terms then are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial

from sympy import Expr

from derivations.errors import Undecided
from derivations.proof import heads
from derivations.proof.engine import Engine
from derivations.proof.links import summed, summed_over
from derivations.proof.normal import Poly
from derivations.proof.rebuild import at_step, at_steps, replaced
from derivations.proof.space import bodies
from derivations.symbols import Step

MOST = 24  # ways that are tried for one sum
Anchor = tuple[object, Expr]  # something in the terms that knows its step, and that step


def reindexed(p: Engine, polys: Iterable[Poly]) -> Callable[[Poly], Poly] | None:
    """The change that gives sums with the same terms in another order one order; None where there are none."""
    kept: list[heads.Summed] = []
    by: dict[int, Poly] = {}
    for head in dict.fromkeys(h for poly in polys for _, f in poly.terms for h, _ in f):
        m = p.space.meanings[head]
        if not isinstance(m, heads.Summed):
            continue
        same = any(m.body == other.body for other in kept)
        found = None if same else next((poly for other in kept if (poly := _like(p, head, m, other)) is not None), None)
        if found is None:
            kept.append(m)
            found = _evenly(p, head, m)
        if found is not None:
            by[head] = found
    return (lambda poly: replaced(p, poly, by)) if by else None


# ---- sums in sums


def exchanged(p: Engine, polys: Iterable[Poly]) -> Callable[[Poly], Poly] | None:
    """The change that sums over the later of two steps last: Σ_{j=1}^{T} Σ_{i=j}^{T} = Σ_{i=1}^{T} Σ_{j=1}^{i}."""
    by: dict[int, Poly] = {}
    for head in dict.fromkeys(h for poly in polys for _, f in poly.terms for h, _ in f):
        m = p.space.meanings[head]
        if isinstance(m, heads.Summed) and (found := _exchanged(p, head, m)) is not None:
            by[head] = found
    return (lambda poly: replaced(p, poly, by)) if by else None


def _exchanged(p: Engine, head: int, m: heads.Summed) -> Poly | None:
    """A sum over its slots with a sum inside, that starts at its step, outside of it; None where there is none."""
    slots = range(1, 1 + len(p.space.runs[head]))
    [(c, f)] = p.space.spread(m.body, slots).terms
    for k, (inner, at) in enumerate(f):
        q = p.space.meanings[inner]
        if not isinstance(q, heads.Summed) or q.last.has(m.step) or q.first.coeff(m.step) != 1:
            continue
        lag = (q.first - m.step).expand()
        beyond = p.known.least((m.last - q.last + lag).expand())
        if beyond is None or beyond < 0:
            continue  # the step of this sum would end before that of the other
        rest = tuple(g for place, g in enumerate(f) if place != k)
        whole = Poly((Poly([(c, rest)], slots) * p.space.spread(q.body, at)).terms, slots)
        try:
            return summed_over(p, (m.first + lag).expand(), q.last, partial(_earlier, p, m, q, lag, whole))
        except Undecided:
            continue
    return None


def _earlier(p: Engine, m: heads.Summed, q: heads.Summed, lag: Expr, whole: Poly, later: Expr) -> Poly:
    """The sum over the earlier step, up to what the later one allows."""
    return summed_over(p, m.first, (later - lag).expand(),
                       lambda step: at_steps(p, whole, {q.step: later, m.step: step}))


# ---- terms in another order


def _evenly(p: Engine, head: int, m: heads.Summed) -> Poly | None:
    """The mean of a sum and the same sum backwards, where these are one with its slots in another order."""
    slots = range(1, 1 + len(p.space.runs[head]))
    backwards = _moved(p, m, slots, -1, (m.first + m.last).expand())
    if backwards is None or [h for _, f in backwards.terms for h, _ in f] != [head]:
        return None
    own = Poly.factor(head, slots)
    return (own + backwards).scaled(Fraction(1, 2)) if p.space.normal(own - backwards) else None


def _moved(p: Engine, m: heads.Summed, slots: range, sign: int, shift: Expr) -> Poly | None:
    """A sum over its slots with sign·τ + shift for its step; None where its terms then cannot be told."""
    ends = sign * (m.first - shift), sign * (m.last - shift)
    first, last = (end.expand() for end in (ends if sign > 0 else ends[::-1]))
    try:
        with p.over(first, last) as step:
            poly = at_step(p, p.space.spread(m.body, slots), m.step, (sign * step + shift).expand())
        return summed(p, poly, step, first, last)
    except Undecided:
        return None


def _like(p: Engine, head: int, m: heads.Summed, other: heads.Summed) -> Poly | None:
    """A sum over its slots 1, 2, … with the terms of another one; None where the terms are not the same."""
    slots = range(1, 1 + len(p.space.runs[head]))
    for sign, shift in dict.fromkeys(_ways(p, m, other)):
        found = _moved(p, m, slots, sign, shift)
        if found is None:
            continue
        sums = [p.space.meanings[h] for _, f in found.terms for h, _ in f]
        if any(isinstance(s, heads.Summed) and s.body == other.body for s in sums):
            return found
    return None


def _ways(p: Engine, m: heads.Summed, other: heads.Summed) -> Iterator[tuple[int, Expr]]:
    """Signs and shifts such that the step sign·τ + shift of one sum may be the step τ of the other."""
    if m.step != other.step:
        return
    known = [_anchors(p, s.body, s.step) for s in (other, m)]
    pairs = [(a, b) for key, a in known[0] for same, b in known[1] if key == same]
    for theirs, mine in pairs[:MOST]:
        slope = mine.coeff(m.step)
        if abs(slope) == 1 and abs(theirs.coeff(m.step)) == 1:
            way = ((theirs - mine.xreplace({m.step: 0 * m.step})) * slope).expand()
            sign = int(way.coeff(m.step))
            yield sign, (way - sign * m.step).expand()


def _anchors(p: Engine, body: heads.Body, step: Step) -> list[Anchor]:
    """What in a body depends on the step, and how: nodes, exponents, ends of ranges."""
    found: list[Anchor] = []
    for head in dict.fromkeys(h for f, _ in body.terms for h, _ in f):
        if step not in p.space.steps[head]:
            continue
        m = p.space.meanings[head]
        if isinstance(m, heads.Entry):
            found.append(((m.node.family, m.row, m.col), m.node.step))
        elif isinstance(m, (heads.Summed, heads.Linked)):
            found += [((word, m.step), end) for word, end in (("first", m.first), ("last", m.last)) if end.has(step)]
        for inner in bodies(m):
            found += _anchors(p, inner, step)
    return found
