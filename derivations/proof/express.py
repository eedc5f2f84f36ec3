"""Polynomials back in the author's symbols: matrix notation where a term is one path from row to column.

What is recognised: σ′ for s − s² and tanh′ for 1 − t², a node for its definition's value, an immediate derivative for
the slope of an open function, abbreviations of the model. For reading only: nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from sympy import Expr, Integer, Rational, Tuple
from sympy.core.symbol import Str

from derivations.algebra import Block, Det, Diag, Eye, Had, Inverse, Ones, Plus, Times, Transposed
from derivations.calculus import Chain, Series
from derivations.fold import folded
from derivations.functions import Apply, exp, power, sigma, tanh
from derivations.model import Model
from derivations.proof import heads
from derivations.proof.naming import Names
from derivations.proof.normal import Factor, Monomial, indices, rename
from derivations.symbols import Constant, Expression, Node, Step, axis

Terms = Sequence[tuple[Monomial, Fraction]]
BOUND = "τ"  # how the names of bound steps begin
PRIMED = {"sigma": (sigma, 1), "tanh": (tanh, 0)}  # f′ = ± f² + f^power: which power


class NotAPath(Exception):
    """A term that is no product of matrices and vectors along one path."""


@dataclass
class Reader:
    """Reads polynomials over the heads of one proof."""

    model: Model
    meanings: list[heads.Meaning]
    symmetric: set[Expression] = field(default_factory=set, init=False)  # matrices met that are their own transposes

    @cached_property
    def names(self) -> Names:
        return Names(self.model)

    @cached_property
    def letters(self) -> dict[Step, Step]:
        """Letters for the bound steps, by nesting; none is free in the proof."""
        steps = {s for m in self.meanings for s in _steps_of(m)}
        free = {s.name for s in steps if not s.name.startswith(BOUND)}
        bound = sorted((s for s in steps if s.name.startswith(BOUND)), key=lambda s: (len(s.name), s.name))
        left = [x for x in "tsrqpuvwabcdeghln" if x not in free]
        return {step: Step(left[k % len(left)]) for k, step in enumerate(bound)}

    def expression(self, terms: Terms, row: int | None, col: int | None) -> Expression:
        """The polynomial with free indices at most row and column. Raises NotAPath."""
        parts = [self._term(f, c, row, col) for f, c in self.primed(terms)]
        if not parts:
            return Constant(Integer(0))
        whole = parts[0] if len(parts) == 1 else Plus(*parts)
        return folded(self.names.named(whole), self.model)

    # ---- derivatives of σ and tanh

    def primed(self, terms: Terms) -> list[tuple[Monomial, Fraction]]:
        """s − s² as one factor σ′, 1 − t² as tanh′, as often as they occur."""
        left, found = dict(self._gathered(terms)), True
        while found:
            found = False
            for f, c in list(left.items()):
                for factor in dict.fromkeys(f):
                    mate = self._mate(f, factor)
                    if mate is not None and left.get(mate[0]) == -c:
                        del left[f], left[mate[0]]
                        left[mate[1]] = left.get(mate[1], Fraction(0)) - c
                        found = True
                        break
                if found:
                    break
        return sorted((item for item in left.items() if item[1]), key=lambda item: (len(item[0]), item[0]))

    def _gathered(self, terms: Terms) -> Terms:
        """Sums over one range that differ in their body alone, as one sum."""
        groups: dict[tuple[Monomial, Step, Expr, Expr, tuple[int, ...]], dict[Monomial, Fraction]] = {}
        single: list[tuple[Monomial, Fraction]] = []
        for f, c in terms:
            sums = [g for g in f if isinstance(self.meanings[g[0]], heads.Summed)]
            if len(sums) != 1:
                single.append((f, c))
                continue
            m, at = self.meanings[sums[0][0]], sums[0][1]
            assert isinstance(m, heads.Summed)
            order = sorted(at)
            names = {slot: 1 + order.index(i) for slot, i in enumerate(at, 1)}
            rest = tuple(g for g in f if g is not sums[0])
            inside = groups.setdefault((rest, m.step, m.first, m.last, tuple(order)), {})
            for body, factor in m.body.terms:
                key = tuple(sorted(rename(body, names)))
                inside[key] = inside.get(key, Fraction(0)) + c * factor
        for (rest, step, first, last, slots), inside in groups.items():
            whole = self._number(heads.Summed(step, first, last, heads.Body(tuple(sorted(inside.items())))))
            single.append((tuple(sorted([*rest, (whole, slots)])), Fraction(1)))
        return single

    def _mate(self, f: Monomial, factor: Factor) -> tuple[Monomial, Monomial] | None:
        """For a term with a square of σ or tanh: the term that makes it a derivative, and the two as one."""
        m = self.meanings[factor[0]]
        if not isinstance(m, heads.Value) or m.function.name not in PRIMED or m.function.order or f.count(factor) != 2:
            return None
        function, first_power = PRIMED[m.function.name]
        rest = [g for g in f if g != factor]
        prime = self._number(heads.Value(function.prime, m.argument)), factor[1]
        return tuple(sorted([*rest, *[factor] * first_power])), tuple(sorted([*rest, prime]))

    def _number(self, meaning: heads.Meaning) -> int:
        if meaning not in self.meanings:
            self.meanings.append(meaning)
        return self.meanings.index(meaning)

    # ---- terms

    def _term(self, f: Monomial, c: Fraction, row: int | None, col: int | None) -> Expression:
        f, row, col, forced = self._without_deltas(f, row, col)
        scalars: list[Expression] = []
        vectors: dict[int, list[Expression]] = {}
        edges: list[tuple[int, int, Expression]] = []
        for head, at in f:
            e = self.factor(head)
            if _is_symmetric(self.meanings[head]):
                self.symmetric.add(e)
            if not at:
                scalars.append(e)
            elif len(at) == 1:
                vectors.setdefault(at[0], []).append(e)
            elif len(at) == 2:
                edges.append((at[0], at[1], e))
            else:
                raise NotAPath
        body = None
        if forced is not None:
            body = self._diagonal(vectors.pop(row, []), forced) if row is not None else None
        elif row is not None or col is not None:
            body = self._path(vectors, edges, row, col)
        while vectors or edges:
            scalars.append(self._closed(vectors, edges))
        parts = [*([Constant(Rational(c.numerator, c.denominator))] if abs(c) != 1 else []), *scalars,
                 *([body] if body is not None else [])]
        whole = parts[0] if len(parts) == 1 else Times(*parts) if parts else Constant(Integer(1))
        return Times(Constant(Integer(-1)), whole) if c == -1 else whole

    def _without_deltas(self, f: Monomial, row: int | None,
                        col: int | None) -> tuple[Monomial, int | None, int | None, heads.Delta | None]:
        """A delta between row and column makes the term diagonal; others do not occur in normal form."""
        for factor in f:
            m = self.meanings[factor[0]]
            if isinstance(m, heads.Delta):
                if {row, col} != set(factor[1]) or row is None:
                    raise NotAPath
                rest = tuple((h, tuple(row if i == col else i for i in ix)) for h, ix in f if (h, ix) != factor)
                return rest, row, None, m
        return f, row, col, None

    def _diagonal(self, vectors: list[Expression], delta: heads.Delta) -> Expression:
        if not vectors:
            return Eye(axis(delta.size))
        return Diag(vectors[0] if len(vectors) == 1 else Had(*vectors))

    def _path(self, vectors: dict[int, list[Expression]], edges: list[tuple[int, int, Expression]],
              row: int | None, col: int | None) -> Expression:
        """The product along the path that starts at the row (or at the column, transposed)."""
        if row is None and col is not None:
            return Transposed(self._path(vectors, edges, col, None))
        assert row is not None
        factors: list[Expression] = []
        here, own = row, vectors.pop(row, [])
        while True:
            nxt = [edge for edge in edges if here in edge[:2]]
            if not nxt:
                break
            if len(nxt) > 1:
                raise NotAPath
            if own:
                factors.append(Diag(own[0] if len(own) == 1 else Had(*own)))
            a, b, e = nxt[0]
            edges.remove(nxt[0])
            factors.append(e if a == here or e in self.symmetric else Transposed(e))
            here = b if a == here else a
            own = vectors.pop(here, [])
        if here == col and here != row:
            if own:
                factors.append(Diag(own[0] if len(own) == 1 else Had(*own)))
        elif own and here != col:
            factors.append(own[0] if len(own) == 1 else Had(*own))
            if col is not None:  # an outer product
                factors.append(Transposed(self._path(vectors, edges, col, None)))
        else:
            raise NotAPath
        return factors[0] if len(factors) == 1 else Times(*factors)

    def _closed(self, vectors: dict[int, list[Expression]], edges: list[tuple[int, int, Expression]]) -> Expression:
        """A scalar: a path between two vectors."""
        ends = [i for i in vectors if sum(i in edge[:2] for edge in edges) < 2]
        if not ends:
            raise NotAPath
        start = ends[0]
        own = vectors.pop(start)
        if not any(start in edge[:2] for edge in edges):
            if len(own) < 2:
                return Times(Transposed(Ones(own[0].axes[0], own[0].axes[1])), own[0])
            return Times(Transposed(own[0]), own[1] if len(own) == 2 else Had(*own[1:]))
        rest = self._path(vectors, edges, start, None)
        return Times(Transposed(own[0] if len(own) == 1 else Had(*own)), rest)

    # ---- factors

    def factor(self, head: int) -> Expression:
        """A head alone: a scalar, vector or matrix. Raises NotAPath."""
        m = self.meanings[head]
        if isinstance(m, heads.Entry):
            return self._node(m)
        if isinstance(m, heads.Scalar):
            return Constant(m.symbol.xreplace(self.letters))
        if isinstance(m, heads.Value):
            return Apply(m.function, self._body(m.argument))
        if isinstance(m, heads.Exponential):
            scaled = tuple((f, c * m.coefficient) for f, c in m.argument.terms)
            return Apply(exp, self._body(heads.Body(scaled)))
        if isinstance(m, heads.Power):
            return Apply(power(Rational(m.exponent.numerator, m.exponent.denominator)), self._body(m.base))
        if isinstance(m, (heads.Inverted, heads.Determinant)):
            return (Inverse if isinstance(m, heads.Inverted) else Det)(self.expression(m.body.terms, 1, 2))
        if isinstance(m, heads.Open):
            return self._open(m)
        if isinstance(m, heads.Summed):
            return Series(self._body(m.body), *self.range(m))
        if isinstance(m, heads.Linked) and len(m.bodies) == 1:
            return self.product(m)
        raise NotAPath

    def range(self, m: heads.Summed | heads.Linked) -> tuple[Step, Expr, Expr]:
        """The bound step of a sum or product, and its ends, in letters."""
        return self.letters[m.step], m.first.xreplace(self.letters), m.last.xreplace(self.letters)

    def product(self, m: heads.Linked) -> Expression:
        """A product over steps of the expression that it comes from or a power. Raises NotAPath where there is none."""
        if m.origin is None:
            if not m.power or len(m.bodies) != 1:
                raise NotAPath
            base = self.expression(m.bodies[0][2].terms, *((1, 2) if heads.width(m.row) else (None, None)))
            return Chain(base, *self.range(m), Str("left"))
        return Chain(folded(m.origin.xreplace(self.letters), self.model), *self.range(m), Str("left"))

    def _body(self, body: heads.Body) -> Expression:
        slots = sorted({i for f, _ in body.terms for i in indices(f) if i > 0})
        if len(slots) > 2:
            raise NotAPath
        return self.expression(body.terms, *([*slots, None, None][:2]))

    def _node(self, m: heads.Entry) -> Expression:
        e: Expression = m.node.xreplace(self.letters)
        for k, where in enumerate((m.row, m.col)):
            if where and where[0] == "at":
                e = Block(e, self._label(m.node.axes[k], where))
            elif where and where[0] == "two":
                raise NotAPath
        if "diagonal" in m.node.family.structure:
            raise NotAPath  # the vector of a diagonal has no name
        return e

    @staticmethod
    def _label(ax: Tuple, where: heads.Cell) -> Str:
        """The label of the block that a cell lies in. Raises NotAPath."""
        _, k, _, inside = where
        label: Str = ax[k][0] if len(ax) > 1 else Str("")
        if not label.name or (isinstance(inside, tuple) and inside[:1] != ("index",)):
            raise NotAPath
        return label

    def _open(self, m: heads.Open) -> Expression:
        """An open function's value or slope, as the node that it defines, or its immediate derivative."""
        found = self.names.of_open(m, [self._single(body) for _, body in m.argument])
        if found is None:
            raise NotAPath
        return found

    def _single(self, body: heads.Body) -> Node | None:
        """The node whose entry a body is, if it is one."""
        if len(body.terms) == 1 and body.terms[0][1] == 1 and len(body.terms[0][0]) == 1:
            m = self.meanings[body.terms[0][0][0][0]]
            return m.node.xreplace(self.letters) if isinstance(m, heads.Entry) else None
        return None


def _is_symmetric(m: heads.Meaning) -> bool:
    return (isinstance(m, (heads.Inverted, heads.Linked)) and m.symmetric) or (
        isinstance(m, heads.Entry) and "symmetric" in m.node.family.structure and m.row == m.col)


def _steps_of(m: heads.Meaning) -> set[Step]:
    """The steps that a head names itself, bound ones too."""
    if isinstance(m, heads.Entry):
        return set(m.node.steps)
    if isinstance(m, (heads.Summed, heads.Linked)):
        return {m.step} | {s for end in (m.first, m.last) for s in end.free_symbols if isinstance(s, Step)}
    return {m.symbol} if isinstance(m, heads.Scalar) and isinstance(m.symbol, Step) else set()
