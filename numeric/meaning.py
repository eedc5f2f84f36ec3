"""What the factors of a proof mean, in numbers: each head is an array over its slots, of balls.

One short rule for each kind of head, written from what the head says of itself and from nothing else of the prover.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce, singledispatchmethod
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq

from derivations.functions import Activation, Open
from derivations.proof import heads
from derivations.proof.normal import Monomial
from derivations.proof.trace import Trace
from derivations.symbols import Node, Step
from numeric.arrays import Unsupported
from numeric.axes import Array, Numbers, positions, taken, total, value_of
from numeric.opened import at_numbers, at_vector


@dataclass(frozen=True)
class Point:
    """Sizes and steps, every node's value (rows × columns), and the arrays of open functions."""

    numbers: Numbers
    nodes: Mapping[Node, Array]
    functions: Mapping[tuple[Any, str], Array]


# ---- which nodes a proof speaks of


def needed(t: Trace, numbers: Numbers) -> Iterator[Node]:
    """Every node, at its step as a number, whose value the lines of a trace need."""
    sides = [side for line in t.lines for cell in line.cells for side in (cell.left, cell.right)]
    for head in sorted({h for side in sides for f, _ in side for h, _ in f}):
        yield from _nodes(t.meanings, head, numbers)


def _nodes(meanings: Sequence[heads.Meaning], head: int, numbers: Numbers) -> Iterator[Node]:
    m = meanings[head]
    if isinstance(m, heads.Entry):
        yield m.node if m.node.step is None else Node(m.node.family, m.node.step.subs(list(numbers.items())))
        return
    values: list[Numbers] = [numbers]
    if isinstance(m, (heads.Summed, heads.Linked)):
        values = [{**numbers, m.step: s} for s in _steps(m, numbers)]
    for body in _bodies(m):
        for at in values:
            for h in sorted({h for f, _ in body.terms for h, _ in f}):
                yield from _nodes(meanings, h, at)


def _steps(m: heads.Summed | heads.Linked, numbers: Numbers) -> range:
    return range(value_of(m.first, numbers), value_of(m.last, numbers) + 1)


def _bodies(m: heads.Meaning) -> list[heads.Body]:
    found = [getattr(m, word, None) for word in ("argument", "base", "body", "bodies")]
    flat = [x for group in found if group is not None for x in (group if isinstance(group, tuple) else [group])]
    return [x[-1] if isinstance(x, tuple) else x for x in flat]


# ---- functions

VALUES: dict[str, Callable[[arb], arb]] = {
    "sigma": lambda z: 1 / (1 + (-z).exp()),
    "tanh": lambda z: z.tanh(),
    "exp": lambda z: z.exp(),
    "log": lambda z: z.log(),
    "softplus": lambda z: (1 + z.exp()).log(),
    "relu": lambda z: z if z > 0 else arb(0) if z < 0 else z.max(arb(0)),
    "step": lambda z: arb(_sign(z) > 0),
    "abs": lambda z: abs(z),
    "sign": lambda z: arb(_sign(z)),
    "sin": lambda z: z.sin(),
    "cos": lambda z: z.cos(),
}


def _sign(z: arb) -> int:
    if z.contains(0):
        raise Unsupported("a jump at the draw")
    return 1 if z > 0 else -1


def number(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def raised(x: arb, q: Fraction) -> arb:
    """x^q: a whole power of any number, a root of what is not negative."""
    if q.denominator == 1:
        return x ** int(q)
    return x.sqrt() ** q.numerator if q.denominator == 2 else (number(q) * x.log()).exp()


def each(f: Callable[..., Any], *arrays: Array) -> Array:
    return np.asarray(np.frompyfunc(f, len(arrays), 1)(*arrays), dtype=object)


# ---- polynomials


class Evaluator:
    """The values of a trace's polynomials at one point."""

    def __init__(self, point: Point, meanings: Sequence[heads.Meaning]) -> None:
        self.point, self.meanings = point, meanings
        self._known: dict[tuple[int, tuple[tuple[str, int], ...]], Array] = {}

    def polynomial(self, terms: Iterable[tuple[Monomial, Fraction]], bound: Mapping[Step, int],
                   sizes: Mapping[int, int], at: Sequence[int]) -> Array:
        """An array over the indices ``at``, of these sizes; every other index is summed over where it occurs."""
        out = np.full(tuple(sizes[i] for i in at), arb(0), dtype=object)
        for factors, c in terms:
            value, names = self._monomial(factors, bound, at)
            order = [names.index(i) for i in at if i in names]
            shape = tuple(sizes[i] if i in names else 1 for i in at)
            out = out + number(c) * np.asarray(value).transpose(order).reshape(shape)
        return out

    def _monomial(self, factors: Monomial, bound: Mapping[Step, int],
                  keep: Sequence[int]) -> tuple[Array, list[int]]:
        """The product of factors over the indices that are kept; one that occurs nowhere later is summed at once."""
        value, names = np.array(arb(1), dtype=object), list[int]()
        for k, (head, ix) in enumerate(factors):
            factor, own = self._diagonal(self.head(head, bound), list(ix))
            both = [*names, *(i for i in own if i not in names)]
            value, names = _spread(value, names, both) * _spread(factor, own, both), both
            later = {i for _, rest in factors[k + 1 :] for i in rest} | set(keep)
            gone = tuple(axis for axis, i in enumerate(names) if i not in later)
            value, names = np.asarray(value.sum(axis=gone) if gone else value), [i for i in names if i in later]
        return value, names

    @staticmethod
    def _diagonal(a: Array, names: list[int]) -> tuple[Array, list[int]]:
        """An array whose axes have names of their own: of two with one name, the diagonal."""
        for k, i in enumerate(names):
            if i in names[:k]:
                a = np.diagonal(a, axis1=names.index(i), axis2=k)
                rest = [q for axis, q in enumerate(names) if axis not in (names.index(i), k)]
                return Evaluator._diagonal(a, [*rest, i])
        return a, names

    def head(self, head: int, bound: Mapping[Step, int]) -> Array:
        key = head, tuple(sorted((s.name, value) for s, value in bound.items()))
        if key not in self._known:
            self._known[key] = np.asarray(self._of(self.meanings[head], bound), dtype=object)
        return self._known[key]

    def _numbers(self, bound: Mapping[Step, int]) -> Numbers:
        return {**self.point.numbers, **bound}

    def _body(self, body: heads.Body, bound: Mapping[Step, int], sizes: Sequence[int] | None = None) -> Array:
        """A polynomial over its slots 1, 2, …; where no cell tells how far they run, the factors that have them do."""
        runs = self._runs(body) if sizes is None else dict(enumerate(sizes, 1))
        return self.polynomial(body.terms, bound, runs, sorted(runs))

    def _runs(self, body: heads.Body) -> dict[int, int]:
        return {i: n for f, _ in body.terms for head, ix in f
                for i, n in zip(ix, self._shape(head), strict=True) if i > 0}

    def _shape(self, head: int) -> tuple[int, ...]:
        """How far the index in each slot of a head runs."""
        m, numbers = self.meanings[head], self.point.numbers
        if isinstance(m, (heads.Delta, heads.Inverted)):
            return (value_of(m.size, numbers),) * 2
        cells = [getattr(m, word) for word in ("entry", "row", "col") if hasattr(m, word)]
        if cells:
            return tuple(n for cell in (*cells, *getattr(m, "by", ())) for n in positions(cell, numbers).shape)
        bodies = [] if isinstance(m, (heads.Norm, heads.Determinant)) else _bodies(m)
        return tuple(n for body in bodies for _, n in sorted(self._runs(body).items()))

    def _along(self, cells: Iterable[tuple[heads.Cell, ...]], bodies: Iterable[heads.Body], shape: tuple[int, ...],
               bound: Mapping[Step, int]) -> Array:
        """A vector or matrix that is given cell by cell."""
        numbers, out = self._numbers(bound), np.full(shape, arb(0), dtype=object)
        for where, body in zip(cells, bodies, strict=True):
            spots = [positions(cell, numbers) for cell in where]
            value = np.asarray(self._body(body, bound, [n for w in spots for n in w.shape]), dtype=object)
            out[np.ix_(*(w.ravel() for w in spots))] = value.reshape([w.size for w in spots])
        return out

    def _drawn(self, f: Open, parts: str) -> tuple[Array, ...]:
        """The arrays of an open function."""
        return tuple(self.point.functions[f, part] for part in parts)

    # ---- one rule for each kind of head

    @singledispatchmethod
    def _of(self, m: Any, bound: Mapping[Step, int]) -> Any:
        raise Unsupported(f"a factor of the kind {type(m).__name__}")

    @_of.register
    def _(self, m: heads.Delta, bound: Mapping[Step, int]) -> Any:
        return each(arb, np.eye(value_of(m.size, self._numbers(bound)), dtype=int))

    @_of.register
    def _(self, m: heads.Scalar, bound: Mapping[Step, int]) -> Any:
        return np.array(arb(value_of(m.symbol, self._numbers(bound))), dtype=object)

    @_of.register
    def _(self, m: heads.Entry, bound: Mapping[Step, int]) -> Any:
        numbers = self._numbers(bound)
        step = None if m.node.step is None else m.node.step.subs(list(numbers.items()))
        a = self.point.nodes[m.node if step is None else Node(m.node.family, step)]
        row = positions(m.row, numbers)
        if not m.col and all(m.node.axes):  # of a diagonal matrix
            return taken(np.diagonal(a), row)
        return taken(a, row, positions(m.col, numbers))

    @_of.register
    def _(self, m: heads.Value, bound: Mapping[Step, int]) -> Any:
        if isinstance(m.function, Activation):
            return at_numbers(self._drawn(m.function.base, "AaBbc"), self._body(m.argument, bound), m.function.order)
        if m.function.order or m.function.name not in VALUES:
            raise Unsupported(f"the function {m.function}")
        return each(VALUES[m.function.name], self._body(m.argument, bound))

    @_of.register
    def _(self, m: heads.Exponential, bound: Mapping[Step, int]) -> Any:
        return each(lambda x: (number(m.coefficient) * x).exp(), self._body(m.argument, bound))

    @_of.register
    def _(self, m: heads.Power, bound: Mapping[Step, int]) -> Any:
        return each(lambda x: raised(x, m.exponent), self._body(m.base, bound))

    @_of.register
    def _(self, m: heads.Inverted, bound: Mapping[Step, int]) -> Any:
        try:
            return np.array(self._matrix(m, bound).inv().tolist(), dtype=object)
        except ZeroDivisionError:
            raise Unsupported("a matrix without an inverse at the draw") from None

    @_of.register
    def _(self, m: heads.Determinant, bound: Mapping[Step, int]) -> Any:
        return np.array(self._matrix(m, bound).det(), dtype=object)

    def _matrix(self, m: heads.Inverted | heads.Determinant, bound: Mapping[Step, int]) -> arb_mat:
        size = value_of(m.size, self._numbers(bound))
        return arb_mat(self._body(m.body, bound, [size, size]).tolist())

    @_of.register
    def _(self, m: heads.Summed, bound: Mapping[Step, int]) -> Any:
        none = np.full(tuple(n for _, n in sorted(self._runs(m.body).items())), arb(0), dtype=object)
        return sum((self._body(m.body, {**bound, m.step: s}) for s in _steps(m, self._numbers(bound))), none)

    @_of.register
    def _(self, m: heads.Linked, bound: Mapping[Step, int]) -> Any:
        numbers = self._numbers(bound)
        size = total(m.row, numbers)
        out = each(arb, np.eye(size, dtype=int))
        for s in _steps(m, numbers):
            cells, bodies = [(a, b) for a, b, _ in m.bodies], [body for *_, body in m.bodies]
            out = self._along(cells, bodies, (size, size), {**bound, m.step: s}).dot(out)
        return taken(out, positions(m.row, numbers), positions(m.col, numbers))

    @_of.register
    def _(self, m: heads.Norm, bound: Mapping[Step, int]) -> Any:
        numbers, [(row, col), *_] = self._numbers(bound), [where for where, _ in m.argument]
        shape = total(row, numbers), total(col, numbers)  # type: ignore[arg-type]  # a pair of cells
        cells, bodies = [where for where, _ in m.argument], [body for _, body in m.argument]
        a = self._along(cells, bodies, shape, bound)  # type: ignore[arg-type]
        if m.kind != "inf":
            raise Unsupported(f"the norm {m.kind}")
        return np.array(reduce(lambda x, y: x.max(y), each(abs, a).ravel()), dtype=object)

    @_of.register
    def _(self, m: heads.Open, bound: Mapping[Step, int]) -> Any:
        numbers = self._numbers(bound)
        cells, bodies = [(where,) for where, _ in m.argument], [body for _, body in m.argument]
        v = self._along(cells, bodies, (total(m.argument[0][0], numbers),), bound)
        out = at_vector(self._drawn(m.function, "AaBb"), v, len(m.by))
        return taken(out, *(positions(cell, numbers) for cell in (m.entry, *m.by)))


def _spread(a: Array, names: Sequence[int], onto: Sequence[int]) -> Array:
    """An array with its axes in the order of other names, and an axis of length one for those that it has not."""
    order = [names.index(i) for i in onto if i in names]
    moved = a.transpose(order)
    left = iter(moved.shape)
    return moved.reshape(tuple(next(left) if i in names else 1 for i in onto))
