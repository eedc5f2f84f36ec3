"""Polynomials at a point: every factor as a number, or as a form in the steps that are left symbolic.

Sums and products over a range that is not given are split: the first steps, at which the orbit has not settled, are
taken one by one, and the rest has a closed form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction

from sympy import Expr, Integer

from derivations.algebra import Block
from derivations.errors import Undecided
from derivations.graph import FIRST
from derivations.proof import heads
from derivations.proof.course import Course, Spot, Transient, entries
from derivations.proof.engine import Engine, place_in
from derivations.proof.entry import entry
from derivations.proof.geometric import UNIT, Form, summed
from derivations.proof.growth import sign_from
from derivations.proof.heads import Cell
from derivations.proof.matrices import power_of, spectral
from derivations.proof.normal import ZERO as NOTHING
from derivations.proof.normal import Monomial, Poly
from derivations.proof.placed import Placed
from derivations.proof.places import cell, grains, in_block, places
from derivations.proof.reals import nonzero, power, sign, value
from derivations.proof.space import bodies
from derivations.proof.steps import Known, bound_step
from derivations.symbols import Expression, Family, Node, Step
from derivations.where import leaf_of

Env = Mapping[Step, Expr]
Given = tuple[Expression, dict[tuple[Cell, Cell], Form]]  # a leaf or a block of one, and its entries
PEELED = 24  # steps at either end of a range that are taken one by one
MOST = 20_000  # steps of a range that is given


class Values:
    """The numbers of one point. ``known``: of the steps left symbolic; ``free``: the claim's steps that are numbers.

    ``given``: leaves that have other values than at the point.
    """

    def __init__(self, p: Engine, placed: Placed, known: Known, free: Mapping[Step, int] | None = None,
                 given: Mapping[Family, Sequence[Given]] | None = None) -> None:
        self.p, self.placed, self.known, self.base = p, placed, known, known
        self.free: Env = {s: Integer(v) for s, v in (free or {}).items()}
        self.given = dict(given or {})
        self.course = Course(self)
        self._level = 0
        self._memory: dict[object, Form] = {}
        self._literal: dict[tuple[Spot, int], Form] = {}
        self._elsewhere: dict[Family, Values] = {}

    # ---- steps

    def resolved(self, e: Expr, env: Env) -> Expr:
        return e.xreplace({**self.free, **env}).expand() if e.free_symbols else e

    @contextmanager
    def every(self, step: Step, first: Expr) -> Iterator[None]:
        """Inside, a step of which only its first value is known, besides the claim's own."""
        before, self.known = self.known, self.base.at_least(step - first)
        try:
            yield
        finally:
            self.known = before

    @contextmanager
    def within(self, first: Expr, last: Expr) -> Iterator[Step]:
        """Inside, a new step that runs from first to last."""
        before = self.known
        self._level += 1
        step = bound_step(f"s{self._level}'")
        self.known = before.within(step, first, last)
        try:
            yield step
        finally:
            self.known = before
            self._level -= 1

    def forget(self) -> None:
        self._memory = {}

    # ---- polynomials

    def entry(self, e: Expression, row: Cell, col: Cell) -> Form:
        """An entry of a placed expression."""
        return self.form(entry(self.p, e, place_in(row), place_in(col)), {})

    def matrix(self, e: Expression) -> dict[tuple[Cell, Cell], Form]:
        """All entries of a placed expression."""
        rows, cols = grains(e)
        return {(cell(r), cell(c)): self.form(entry(self.p, e, r, c), {}) for r in places(rows) for c in places(cols)}

    def form(self, poly: Poly, env: Env) -> Form:
        if poly.free:
            raise Undecided("a witness with an axis of more than 12 entries")
        out = Form()
        for c, f in poly.terms:
            out = out + self._monomial(c, f, env)
        return out

    def _monomial(self, c: Fraction, f: Monomial, env: Env) -> Form:
        """A product of factors; sums and products over steps last, and not at all beside a zero."""
        slow = [g for g in f if isinstance(self.p.space.meanings[g[0]], (heads.Summed, heads.Linked))]
        out = Form.number(c)
        for head, at in [*(g for g in f if g not in slow), *slow]:
            if at:
                raise Undecided("a witness with an axis of more than 12 entries")
            if not out.terms and (head, at) in slow and self._everywhere(head):
                return out
            out = out * self.factor(head, env)
        return out

    def _everywhere(self, head: int) -> bool:
        """Whether a factor has a value whatever its nodes are: no division and no logarithm stands in it."""
        m = self.p.space.meanings[head]
        if isinstance(m, (heads.Power, heads.Open, heads.Norm)) or (
                isinstance(m, heads.Value) and m.function.name not in ("sigma", "tanh", "sin", "cos", "softplus")):
            return False
        return all(self._everywhere(h) for body in bodies(m) for f, _ in body.terms for h, _ in f)

    def factor(self, head: int, env: Env) -> Form:
        space = self.p.space
        steps = tuple((s, self.resolved(s, env)) for s in sorted(space.steps[head], key=str))
        key = head, steps, self.known
        if key not in self._memory:
            found = RULES[type(space.meanings[head])](self, space.meanings[head], dict(steps))
            if found.varies:
                return found
            self._memory[key] = found
        return self._memory[key]

    def body(self, body: heads.Body, env: Env) -> Form:
        return self.form(self.p.space.spread(body, ()), env)

    # ---- nodes

    def node(self, spot: Spot, step: Expr | None) -> Form:
        """A node's entry at a step, given or symbolic; None where it has no steps."""
        family, row, col = spot
        if family in self.placed.elsewhere:
            return self._there(family).entry(self.placed.elsewhere[family].e, row, col)
        if family not in self.p.model.rules:
            return self.leaf(spot, step)
        if step is None:
            return self.defined(spot, None)
        return self.literal(spot, int(step)) if step.is_Integer else self.course.at(spot, step)

    def literal(self, spot: Spot, step: int) -> Form:
        """A node's entry at a given step."""
        key = spot, step
        if key not in self._literal:
            rule = self.p.model.rules[spot[0]]
            last = None if rule.last is None else self.resolved(rule.last, {})
            if last is not None and not last.is_Integer:
                raise Undecided(f"{spot[0]}, which is defined up to a step that is not given")
            if step < FIRST or (last is not None and step > last):
                self._literal[key] = self.leaf(spot, Integer(step))
            else:
                for s in range(int(FIRST), step if last is None else 0):  # from the first on, not from the last back
                    if (spot, s) not in self._literal:
                        self.literal(spot, s)
                self._literal[key] = self.defined(spot, Integer(step))
        return self._literal[key]

    def defined(self, spot: Spot, step: Expr | None) -> Form:
        """A node's entry by its definition."""
        family, row, col = spot
        rule = self.p.model.rules[family]
        poly = self.p.remembered(("defined", family), (place_in(row), place_in(col)),
                                 lambda: entry(self.p, rule.expression, place_in(row), place_in(col)))
        return self.form(poly, {} if rule.step is None or step is None else {rule.step: step})

    def leaf(self, spot: Spot, step: Expr | None) -> Form:
        """A leaf's entry, from the point or as it is given here."""
        family, row, col = spot
        for leaf, values in reversed(self.given.get(family, ())):
            where = _inside(leaf, row, col)
            if where is not None:
                return values[where]
        node = Node(family) if step is None else Node(family, step)
        if step is not None and not step.is_Integer:
            named = [int(base.step) for base in (leaf_of(e) for e, _ in self.placed.point.leaves)
                     if base.family == self.placed.source[family] and base.step.is_Integer]
            least, since = self.known.least(step), max(named, default=-(10**6)) + 1
            if named and (least is None or least < since):
                raise Transient(f"{node}, which the witness gives step by step", step - since)
        return self.entry(self.placed.leaf(node), row, col)

    def _there(self, family: Family) -> Values:
        """The numbers in the graph of an expression whose leaves have other values."""
        if family not in self._elsewhere:
            given = {f: list(found) for f, found in self.given.items()}
            for leaf, e in self.placed.elsewhere[family].values:
                given.setdefault(leaf_of(leaf).family, []).append((leaf, self.matrix(e)))
            there = Values(self.p, self.placed, self.base, given=given)
            there.free = self.free
            self._elsewhere[family] = there
        return self._elsewhere[family]


def _inside(leaf: Expression, row: Cell, col: Cell) -> tuple[Cell, Cell] | None:
    """Where in a leaf, or a block of one, an entry of the whole lies."""
    if isinstance(leaf, Node):
        return row, col
    if not isinstance(leaf, Block) or not isinstance(leaf.args[0], Node):
        raise Undecided(f"another value of {leaf}")
    axis, k = leaf.place
    spots = [place_in(row), place_in(col)]
    found, spots[axis] = in_block(spots[axis], leaf.args[0].axes[axis])
    return (cell(spots[0]), cell(spots[1])) if found == k else None


# ---- one rule for each kind of factor


def _entry(v: Values, m: heads.Entry, env: Env) -> Form:
    col = m.row if "diagonal" in m.node.family.structure else m.col
    return v.node((m.node.family, m.row, col), None if m.node.step is None else v.resolved(m.node.step, env))


def _scalar(v: Values, m: heads.Scalar, env: Env) -> Form:
    return Form.affine(v.resolved(m.symbol, env))


def _value(v: Values, m: heads.Value, env: Env) -> Form:
    at, name = v.body(m.argument, env), m.function.name
    number = at.constant
    if number is not None:
        if name == "power":
            return Form.number(power(number, Fraction(str(m.function.parameters[0]))))
        return Form.number(value(name, number))
    if name in ("abs", "sign"):
        s = signed(v, at)
        return Form.number(s) if name == "sign" else at * Form.number(s)
    raise Undecided(f"{name} of {at}, which changes with the steps")


def signed(v: Values, form: Form) -> int:
    """The sign of a form at every step that is possible here. Raises Transient where later steps have one."""
    if len(form.terms) == 1:
        [(key, c)] = form.terms.items()
        least = [v.known.least(s) for s, _, _ in key]
        if all(sign(r) > 0 for _, r, _ in key) and all(p == 0 or (low is not None and low >= 1)
                                                       for (_, _, p), low in zip(key, least, strict=True)):
            return sign(c)
    if len(form.steps) != 1:
        raise Undecided(f"the sign of {form}")
    [step] = form.steps
    low = v.known.least(step)
    if low is None:
        raise Undecided(f"the sign of {form}, for every {step}")
    found, first = sign_from(form, step, low)
    if first > low:
        raise Transient(f"the sign of {form} before step {first}", step - first)
    return found


def _exponential(v: Values, m: heads.Exponential, env: Env) -> Form:
    number = (v.body(m.argument, env) * Form.number(m.coefficient)).constant
    if number is None:
        raise Undecided("exp of what changes with the steps")
    return Form.number(value("exp", number))


def _power(v: Values, m: heads.Power, env: Env) -> Form:
    base = v.body(m.base, env)
    number = base.constant
    if number is not None:
        return Form.number(power(number, m.exponent))
    if m.exponent.denominator == 1:
        return base ** int(m.exponent)
    raise Undecided(f"the power {m.exponent} of {base}, which changes with the steps")


def _norm(v: Values, m: heads.Norm, env: Env) -> Form:
    entries_ = {where: v.body(body, env) for where, body in m.argument}
    if m.kind != "2":
        raise Undecided(f"a norm of kind {m.kind} of more than one entry")
    return spectral(entries_, lambda form: form * Form.number(signed(v, form)) if form.terms else form)  # type: ignore[arg-type]


def _open(v: Values, m: heads.Open, env: Env) -> Form:
    raise Undecided(f"the function {m.function.name}, which the witness leaves open")


def _delta(v: Values, m: heads.Delta, env: Env) -> Form:
    raise Undecided("a witness with an axis of more than 12 entries")


# ---- ranges of steps


def _range(v: Values, first: Expr, last: Expr) -> range | None:
    """The steps of a range that is given; None for one that is not."""
    if not (last - first).expand().is_Integer:
        return None
    if not first.is_Integer:
        raise Undecided("a few steps at the end of a range")
    if last - first > MOST:
        raise Undecided(f"a range of more than {MOST:,} steps")
    return range(int(first), int(last) + 1)


def _split(v: Values, first: Expr, last: Expr, tail: Callable[[Step, Expr, Expr], Form]) -> tuple[Form, Expr, Expr]:
    """The closed form over a range without some steps at its ends, and that range."""
    for _ in range(PEELED):
        room = v.known.least((last - first + 1).expand())
        if room is None or room < 0:
            raise Transient(f"whether {first} comes before {last}", (last - first + 1).expand())
        with v.within(first, last) as step:
            try:
                return tail(step, first, last), first, last
            except Transient as reason:
                towards = reason.slack.coeff(step)
                if towards == 0:
                    raise
        first, last = (first + 1, last) if towards > 0 else (first, last - 1)
    raise Undecided(f"more than {PEELED} steps before the orbit settles")


def _summed(v: Values, m: heads.Summed, env: Env) -> Form:
    first, last = v.resolved(m.first, env), v.resolved(m.last, env)
    given = _range(v, first, last)
    if given is not None:
        return sum((v.body(m.body, {**env, m.step: Integer(s)}) for s in given), Form())

    def tail(step: Step, a: Expr, b: Expr) -> Form:
        return summed(v.body(m.body, {**env, m.step: step}), step, a, b)

    out, a, b = _split(v, first, last, tail)
    ends = [*(first + i for i in range(int(a - first))), *(b + 1 + i for i in range(int(last - b)))]
    for s in ends:
        out = out + v.body(m.body, {**env, m.step: s})
    return out


Square = dict[tuple[Cell, Cell], Form]


def _linked(v: Values, m: heads.Linked, env: Env) -> Form:
    first, last = v.resolved(m.first, env), v.resolved(m.last, env)
    cells = list(dict.fromkeys(a for a, _, _ in m.bodies))

    def factor_at(step: Expr) -> Square:
        return {(a, b): v.body(body, {**env, m.step: step}) for a, b, body in m.bodies}

    reached = {a: UNIT if a == m.row else Form() for a in cells}
    count = (last - first + 1).expand()
    if count.is_Integer:
        for s in range(int(count)):
            reached = _times(reached, factor_at(last - s), cells)
        return reached[m.col]
    middle: dict[str, Square] = {}

    def tail(step: Step, a: Expr, b: Expr) -> Form:
        middle["power"] = power_of(factor_at(step), cells, step, (b - a + 1).expand(), v.known)
        return Form()

    _, a, b = _split(v, first, last, tail)
    for s in range(int(last - b)):
        reached = _times(reached, factor_at(last - s), cells)
    reached = _times(reached, middle["power"], cells)
    for s in range(int(a - first)):
        reached = _times(reached, factor_at(a - 1 - s), cells)
    return reached[m.col]


def _times(row: dict[Cell, Form], matrix: Square, cells: Sequence[Cell]) -> dict[Cell, Form]:
    return {b: sum((row[a] * matrix[a, b] for a in cells if row[a].terms), Form()) for b in cells}


RULES: dict[type, Callable[[Values, object, Env], Form]] = {
    heads.Delta: _delta, heads.Scalar: _scalar, heads.Entry: _entry, heads.Value: _value, heads.Open: _open,
    heads.Exponential: _exponential, heads.Power: _power, heads.Norm: _norm, heads.Summed: _summed,
    heads.Linked: _linked}  # type: ignore[dict-item]  # each takes its own kind of meaning
