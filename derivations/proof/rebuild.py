"""Changes inside factors: steps replaced, nodes opened, atoms replaced. A head is taken apart, changed, and built anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from sympy import Expr

from derivations.errors import Unclear, Undecided
from derivations.proof import heads
from derivations.proof.engine import Engine, Memo, numbers, place_in, spots_of
from derivations.proof.functions import atom, exponential, number, power
from derivations.proof.heads import width
from derivations.proof.inverses import Matrix, determinant, inverse
from derivations.proof.links import Links, linked, summed, summed_over
from derivations.proof.normal import Poly, indices, product
from derivations.proof.places import put
from derivations.symbols import Expression, Node, Step

Steps = Mapping[Step, Expr]


class Rewrite:
    """A change of polynomials that reaches into every factor: what a head becomes, and the ends of ranges."""

    def __init__(self, p: Engine) -> None:
        self.p = p
        self.memo: Memo = {}
        self.brought: frozenset[int] = frozenset()  # free indices that come with what is put in

    def touches(self, head: int) -> bool:
        """Whether a factor changes, itself or inside."""
        raise NotImplementedError

    def becomes(self, head: int, at: tuple[int, ...]) -> Poly | None:
        """What a factor itself is replaced by; None: it is rebuilt from what is inside."""
        raise NotImplementedError

    def end(self, e: Expr) -> Expr:
        """The end of a range of steps."""
        return e

    def over(self, step: Step, first: Expr, last: Expr) -> AbstractContextManager[Step]:
        """The step of a sum or product under a name of its own, known to be in its range."""
        return self.p.over(first, last)

    def sum(self, meaning: heads.Summed, at: tuple[int, ...], first: Expr, last: Expr) -> Poly:
        """A sum over steps with what is inside changed."""
        body = self.p.space.spread(meaning.body, at)
        return summed_over(self.p, first, last, lambda step: self.inside(body, {meaning.step: step}))

    def origin(self, meaning: heads.Linked, step: Step) -> Expression | None:
        """One step's matrix as an expression, where the change leaves it one."""
        return None

    def inside(self, poly: Poly, bound: Steps) -> Poly:
        """What stands in a sum or product over steps, its step under another name."""
        return self(at_steps(self.p, poly, bound))

    def __call__(self, poly: Poly) -> Poly:
        if not any(self.touches(h) for _, f in poly.terms for h, _ in f):
            return poly
        out = Poly([], poly.free | self.brought)
        for c, f in poly.terms:
            self.p.space.spend()
            kept = tuple(g for g in f if not self.touches(g[0]))
            new = product([Poly([(c, kept)], indices(kept)), *(self._factor(*g) for g in f if self.touches(g[0]))])
            counted = self.p.space.counted(f, poly.free, Poly(new.terms, out.free))
            self.p.space.spend(len(counted.terms) // 8)  # made, and not yet collected
            out.terms += counted.terms
        return out

    def _factor(self, head: int, at: tuple[int, ...]) -> Poly:
        key = head, self.p.known  # what is a power depends on the range that its steps run through
        if key not in self.memo:
            found = self.becomes(head, at)
            self.memo[key] = at, self._rebuilt(head, at) if found is None else found
        places, poly = self.memo[key]
        if places == at:
            return poly
        if len(set(places)) == len(places):
            return poly.renamed(dict(zip(places, at, strict=True)))
        found = self.becomes(head, at)  # was first met with two equal indices: what it became is not general
        return self._rebuilt(head, at) if found is None else found

    def _rebuilt(self, head: int, at: tuple[int, ...]) -> Poly:
        space, meaning = self.p.space, self.p.space.meanings[head]
        if isinstance(meaning, heads.Value):
            return atom(space, meaning.function, self(space.spread(meaning.argument, at)))
        if isinstance(meaning, heads.Exponential):
            return exponential(space, None, self(space.spread(meaning.argument, at)).scaled(meaning.coefficient))
        if isinstance(meaning, heads.Power):
            return power(space, self(space.spread(meaning.base, at)), meaning.exponent)
        if isinstance(meaning, heads.Open):
            inside = tuple((where, self._body(body, width(where))) for where, body in meaning.argument)
            return space.factor(heads.Open(meaning.function, meaning.entry, meaning.by, inside), at)
        if isinstance(meaning, heads.Norm):
            both = tuple((where, self._body(body, sum(map(width, where)))) for where, body in meaning.argument)  # type: ignore[arg-type]
            return space.factor(heads.Norm(meaning.kind, both), at)
        if isinstance(meaning, (heads.Inverted, heads.Determinant)):
            return self._of_matrix(meaning, at)
        if isinstance(meaning, heads.Summed):
            first, last = self.end(meaning.first), self.end(meaning.last)
            return self.sum(meaning, at, first, last)
        assert isinstance(meaning, heads.Linked)
        return self._linked(meaning, at)

    def _of_matrix(self, meaning: heads.Inverted | heads.Determinant, at: tuple[int, ...]) -> Poly:
        matrix = Matrix(self(self.p.space.spread(meaning.body, (1, 2))), 1, 2, meaning.size)
        if isinstance(meaning, heads.Determinant):
            return determinant(self.p.space, matrix)
        return inverse(self.p.space, matrix).renamed(dict(enumerate(at, 1)))

    def _body(self, body: heads.Body, slots: int) -> heads.Body:
        order = range(1, slots + 1)
        changed = self(self.p.space.spread(body, order))
        if not changed.free <= set(order):
            raise Undecided("an open function inside an elementwise one that was defined by it")
        return self.p.space.fixed_body(changed, order)

    def _linked(self, meaning: heads.Linked, at: tuple[int, ...]) -> Poly:
        first, last = self.end(meaning.first), self.end(meaning.last)
        row, col = spots_of(meaning.row, meaning.col, at)
        with self.over(meaning.step, first, last) as step:
            matrix: Links = []
            for a, b, body in meaning.bodies:
                order = iter(range(1, width(a) + width(b) + 1))
                place = put(place_in(a), order)
                spots = place, put(place_in(b), order)
                inner = self.p.space.spread(body, numbers(*spots))
                matrix.append((*spots, self.inside(inner, {meaning.step: step})))
            return linked(self.p, step, first, last, matrix, row, col, self.origin(meaning, step), meaning.power)


class _AtSteps(Rewrite):
    def __init__(self, p: Engine, steps: Steps) -> None:
        super().__init__(p)
        self.steps = {step: value for step, value in steps.items() if step != value}
        self.memo = p.moved.setdefault(frozenset(self.steps.items()), {})

    def touches(self, head: int) -> bool:
        return not self.p.space.steps[head].isdisjoint(self.steps)

    def becomes(self, head: int, at: tuple[int, ...]) -> Poly | None:
        meaning = self.p.space.meanings[head]
        if isinstance(meaning, heads.Scalar):
            return number(self.p.space, self.end(meaning.symbol))
        if isinstance(meaning, heads.Entry):
            node = Node(meaning.node.family, self.end(meaning.node.step))
            return self.p.space.factor(heads.Entry(node, meaning.row, meaning.col), at)
        return None

    def over(self, step: Step, first: Expr, last: Expr) -> AbstractContextManager[Step]:
        taken = any(step in value.free_symbols for value in self.steps.values())
        return self.p.over(first, last) if taken else nullcontext(step)

    def sum(self, meaning: heads.Summed, at: tuple[int, ...], first: Expr, last: Expr) -> Poly:
        with self.over(meaning.step, first, last) as step:
            inner = self.inside(self.p.space.spread(meaning.body, at), {meaning.step: step})
            return summed(self.p, inner, step, first, last)

    def origin(self, meaning: heads.Linked, step: Step) -> Expression | None:
        return None if meaning.origin is None else meaning.origin.xreplace({**self.steps, meaning.step: step})

    def end(self, e: Expr) -> Expr:
        return e.xreplace(self.steps).expand() if e.free_symbols else e

    def inside(self, poly: Poly, bound: Steps) -> Poly:
        return at_steps(self.p, poly, {**self.steps, **bound})


class _Opened(Rewrite):
    """Nodes replaced by their definitions."""

    def __init__(self, p: Engine, which: frozenset[Node]) -> None:
        super().__init__(p)
        self.which = which

    def touches(self, head: int) -> bool:
        return not self.p.space.nodes[head].isdisjoint(self.which)

    def becomes(self, head: int, at: tuple[int, ...]) -> Poly | None:
        from derivations.proof.entry import entry

        meaning = self.p.space.meanings[head]
        if not isinstance(meaning, heads.Entry):
            return None
        try:
            found = self.p.definition(meaning.node)
        except Unclear:  # at some of the steps of a sum or product it is no definition
            found = None
        if found is None:
            return Poly.factor(head, at)
        row, col = spots_of(meaning.row, meaning.col, at)
        return self(entry(self.p, found, row, col))

    def inside(self, poly: Poly, bound: Steps) -> Poly:
        steps = dict(bound)
        which = frozenset(Node(n.family, n.step.xreplace(steps).expand()) if n.step is not None else n
                          for n in self.which)
        return _Opened(self.p, which)(at_steps(self.p, poly, bound))


class _Replaced(Rewrite):
    """Heads replaced by polynomials over their slots 1, 2, …"""

    def __init__(self, p: Engine, by: Mapping[int, Poly]) -> None:
        super().__init__(p)
        self.by = by
        self._touched: dict[int, bool] = {}
        own = (q.free - set(range(1, 1 + len(p.space.runs[h]))) for h, q in by.items())
        self.brought = frozenset[int]().union(*own)

    def touches(self, head: int) -> bool:
        from derivations.proof.space import bodies
        if head not in self._touched:
            inner = {h for body in bodies(self.p.space.meanings[head]) for f, _ in body.terms for h, _ in f}
            self._touched[head] = head in self.by or any(map(self.touches, sorted(inner)))
        return self._touched[head]

    def becomes(self, head: int, at: tuple[int, ...]) -> Poly | None:
        found = self.by.get(head)
        return None if found is None else found.renamed(dict(enumerate(at, 1)))


def at_steps(p: Engine, poly: Poly, steps: Steps) -> Poly:
    """The polynomial at other steps."""
    return _AtSteps(p, steps)(poly)


def at_step(p: Engine, poly: Poly, step: Step, value: Expr) -> Poly:
    return at_steps(p, poly, {step: value})


def opened(p: Engine, poly: Poly, which: frozenset[Node]) -> Poly:
    """The polynomial with nodes replaced by their definitions, also inside its factors. Only after differentiation."""
    return _Opened(p, which)(poly) if which else poly


def replaced(p: Engine, poly: Poly, by: Mapping[int, Poly]) -> Poly:
    """The polynomial with heads replaced."""
    return _Replaced(p, by)(poly)


