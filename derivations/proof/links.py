"""Sums and products over steps as factors: what is inside is in normal form, and its step is named by nesting."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from derivations.errors import Unclear, Undecided
from derivations.proof import heads, powers
from derivations.proof.engine import Engine, numbers
from derivations.proof.normal import ONE, Monomial, Poly, fresh, indices, total
from derivations.proof.places import Place, cell, put, runs
from derivations.proof.steps import bound_step
from derivations.symbols import Expression, Step

Links = list[tuple[Place, Place, Poly]]  # one step's matrix, cell by cell
MOST_STEPS = 64  # of a sum or product with given ends, written out


def summed_over(p: Engine, first: Expr, last: Expr, term: Callable[[Expr], Poly]) -> Poly:
    """Σ term(t) for t = first … last; where the order of t and another step matters, in two parts."""
    try:
        with p.over(first, last) as step:
            poly = term(step)
    except Unclear as unclear:
        if (count := (last - first + 1).expand()).is_Integer and count <= MOST_STEPS:
            return total(term(first + k) for k in range(max(0, int(count))))
        low = _pivot(unclear.boundary, step)
        if low is None or not (low - first).expand() or not (last + 1 - low).expand():
            raise  # neither part would be smaller
        for end in (low - first, last + 1 - low):  # else one of the parts would not be a part
            least = p.known.least(end.expand())
            if least is None or least < 0:
                raise Unclear(str(unclear), end.expand()) from None
        return summed_over(p, first, low - 1, term) + summed_over(p, low, last, term)
    return summed(p, poly, step, first, last)


def _pivot(boundary: Expr, step: Step) -> Expr | None:
    """The first step at which an affine expression has another sign than before it; None if it is not one step's."""
    slope = boundary.coeff(step)
    rest = (boundary - slope * step).expand()
    if slope == 1:
        return -rest  # step + rest ≥ 0 from here on
    return (rest + 1).expand() if slope == -1 else None  # rest - step ≥ 0 up to rest


def summed(p: Engine, poly: Poly, step: Step, first: Expr, last: Expr) -> Poly:
    """The sum of a polynomial over a step: what does not depend on the step comes out of it, term by term."""
    count = (last - first + 1).expand()
    if count.is_Integer:
        from derivations.proof.rebuild import at_step
        _few(count)
        return total(at_step(p, poly, step, first + k) for k in range(max(0, int(count))))
    out = Poly([], poly.free)
    for f, c in sorted(p.space.normal(poly).items()):
        out = out + _summed(p, p.space.spread_monomial(f), poly.free, step, first, last).scaled(c)
    return out


def _summed(p: Engine, f: Monomial, free: frozenset[int], step: Step, first: Expr, last: Expr) -> Poly:
    """The sum of one monomial: the factors that carry the step, and what is bound to them alone, stay inside."""
    inner = tuple(g for g in f if step in p.space.steps[g[0]])
    rest = tuple(g for g in f if step not in p.space.steps[g[0]])
    if not inner:
        return _count(p, step, first, last) * Poly([(ONE, rest)], free)
    outside = free | set(indices(rest))
    body, at, _ = p.space.body(Poly([(ONE, inner)], (i for i in indices(inner) if i in outside)))
    name, body = _closed(p, step, body)
    factor = p.space.head(heads.Summed(name, first, last, body))
    return Poly([(ONE, (*rest, (factor, tuple(at))))], free)


def _count(p: Engine, step: Step, first: Expr, last: Expr) -> Poly:
    """How many steps a range has: none where it ends before it starts. Raises Unclear where it may."""
    count, outside = (last - first + 1).expand(), p.known.without(step)
    if (low := outside.least(count)) is not None and low >= 0:
        return p.space.scalar(count)
    if (low := outside.least(-count)) is not None and low >= 0:
        return Poly()
    raise Unclear(f"whether the range from {first} to {last} is empty is not known", count)


def linked(p: Engine, step: Step, first: Expr, last: Expr, matrix: Links, row: Place, col: Place,
           origin: Expression | None = None, power: bool = False) -> Poly:
    """The entry of an ordered product over a step, the latest factor leftmost; an empty one is the identity.

    With ``power`` it comes from one whose range is known not to end before it starts.
    """
    count = (last - first + 1).expand()
    if count.is_Integer:
        return _written_out(p, step, first, int(count), matrix, row, col)
    if row is None:  # scalars
        matrix = [(None, None, poly) for _, _, poly in matrix]
    found = [(cell(a), cell(b), p.space.fixed_body(poly, numbers(a, b))) for a, b, poly in matrix]
    depth = 1 + max((_depth(p, body) for _, _, body in found), default=0)
    name = bound_step(f"τ{depth}")
    closed = tuple((a, b, _renamed(p, body, step, name)) for a, b, body in found)
    origin = None if origin is None else origin.subs(step, name)
    meaning = heads.Linked(name, first, last, closed, cell(row), cell(col), origin)
    if not any(step in p.space.steps[h] for *_, body in found for f, _ in body.terms for h, _ in f):
        low = 0 if power else p.known.without(step).least(count)
        if low is not None and low >= 0:  # of what may end before it starts, the exponent is no number of factors
            return powers.raised(p.space, meaning, count, numbers(row, col))
    return p.space.factor(meaning, numbers(row, col))


def _written_out(p: Engine, step: Step, first: Expr, count: int, matrix: Links, row: Place, col: Place) -> Poly:
    from derivations.proof.rebuild import at_step

    _few(count)
    if count <= 0:
        return p.delta(row, col)
    size = round(len(matrix) ** 0.5)
    by_row = [matrix[k * size : (k + 1) * size] for k in range(size)]
    start = next(k for k in range(size) if cell(by_row[k][0][0]) == cell(row))
    end = next(k for k in range(size) if cell(by_row[0][k][1]) == cell(col))
    rows = [Poly() for _ in range(size)]
    for s in range(count - 1, -1, -1):  # the latest factor is leftmost
        now = [[(a, b, at_step(p, poly, step, first + s)) for a, b, poly in line] for line in by_row]
        after = []
        for k in range(size):
            a, _, poly = now[start][k]
            if s == count - 1:
                after.append(poly.renamed(dict(zip(numbers(a), numbers(row), strict=True))))
            else:
                after.append(total(_step_down(p, rows[q], by_row[0][q][1], now[q][k]) for q in range(size)))
        rows = after
    return rows[end].renamed(dict(zip(numbers(by_row[0][end][1]), numbers(col), strict=True)))


def _step_down(p: Engine, so_far: Poly, reached: Place, link: tuple[Place, Place, Poly]) -> Poly:
    a, _, poly = link
    between = put(reached, iter([fresh() for _ in numbers(reached)]))  # every link has the same indices
    left, right = (side.renamed(dict(zip(numbers(old), numbers(between), strict=True)))
                   for side, old in ((so_far, reached), (poly, a)))
    return p.space.sum(left * right, runs(between))


def _few(count: Expr | int) -> None:
    if count > MOST_STEPS:
        raise Undecided(f"a sum or product over {count} given steps: at most {MOST_STEPS} are written out")


def _closed(p: Engine, step: Step, body: heads.Body) -> tuple[Step, heads.Body]:
    name = bound_step(f"τ{1 + _depth(p, body)}")
    return name, _renamed(p, body, step, name)


def _renamed(p: Engine, body: heads.Body, step: Step, name: Step) -> heads.Body:
    from derivations.proof.rebuild import at_step

    if step == name:
        return body
    slots = sorted({i for f, _ in body.terms for i in indices(f) if i > 0})
    poly = at_step(p, p.space.spread(body, slots), step, name)
    return p.space.fixed_body(poly, slots)


def _depth(p: Engine, body: heads.Body) -> int:
    """How deeply sums and products over steps are nested in a body."""
    return max((p.depth(h) for f, _ in body.terms for h, _ in f), default=0)

