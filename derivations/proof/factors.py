"""Factors of polynomials at a point, one rule for each kind.

Sums and products over a range that is not given are split: the first steps, at which the orbit has not settled, are
taken one by one, and the rest has a closed form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from sympy import Expr

from derivations.errors import Undecided
from derivations.functions import Activation, Open
from derivations.proof import heads
from derivations.proof.course import Transient
from derivations.proof.growth import sign_from
from derivations.proof.heads import Cell
from derivations.proof.logistic import Logistic, exponential, logarithm, logistic
from derivations.proof.matrices import power_of, spectral
from derivations.proof.progressions import UNIT, Form, summed
from derivations.proof.reals import magnitude, power, sign, value
from derivations.symbols import Step

if TYPE_CHECKING:
    from derivations.proof.values import Values

Env = Mapping[Step, Expr]
Square = dict[tuple[Cell, Cell], Form]
Row = dict[Cell, Form]
Tail = TypeVar("Tail")
PEELED = 24  # steps at either end of a range that are taken one by one
DIRECT = 16  # steps of a given range that are taken one by one; in a longer one, the first that have not settled
MOST = 20_000  # steps of a given range that has no closed form


def _entry(v: Values, m: heads.Entry, env: Env) -> Form:
    col = m.row if "diagonal" in m.node.family.structure else m.col
    return v.node((m.node.family, m.row, col), None if m.node.step is None else v.resolved(m.node.step, env))


def _scalar(v: Values, m: heads.Scalar, env: Env) -> Form:
    return Form.affine(v.resolved(m.symbol, env))


def _value(v: Values, m: heads.Value, env: Env) -> Form:
    at, name = v.body(m.argument, env), m.function.name
    number = at.constant
    if isinstance(m.function, Activation):
        raise left_open(m.function)
    if number is not None:
        if name == "power":
            return Form.number(power(number, Fraction(str(m.function.parameters[0]))))
        return Form.number(value(name, number))
    if name in ("abs", "sign"):
        return Form.number(signed(v, at)) if name == "sign" else absolute(v, at)
    if name == "log":
        for step in at.steps:
            _positive(v, step)
    found = SLOW[name](at) if name in SLOW else None
    if found is None:
        raise Undecided(f"{name} of {at}, which changes with the steps")
    return found


SLOW: dict[str, Callable[[Form], Form | None]] = {"log": logarithm, "sigma": logistic}  # of what changes with a step


def signed(v: Values, form: Form) -> int:
    """The sign of a form at every step that is possible here. Raises Transient where later steps have one."""
    if len(form.terms) == 1:
        [(key, c)] = form.terms.items()
        if all(isinstance(s, Logistic) or (isinstance(s, Step) and sign(r) > 0 and (p == 0 or _from_one(v, s)))
               for s, r, p in key):
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


def absolute(v: Values, form: Form) -> Form:
    """|form|, of one term factor by factor."""
    if len(form.terms) == 1:
        [(key, c)] = form.terms.items()
        if all(isinstance(s, Step) and (p == 0 or _from_one(v, s)) for s, _, p in key):
            return Form({tuple((s, magnitude(r), p) for s, r, p in key if magnitude(r) != 1 or p): magnitude(c)})
    return form * Form.number(signed(v, form)) if form.terms else form


def _exponential(v: Values, m: heads.Exponential, env: Env) -> Form:
    found = exponential(v.body(m.argument, env) * Form.number(m.coefficient))
    if found is None:
        raise Undecided("exp of what changes with the steps")
    return found


def _power(v: Values, m: heads.Power, env: Env) -> Form:
    base = v.body(m.base, env)
    number = base.constant
    if number is not None:
        return Form.number(power(number, m.exponent))
    if m.exponent.denominator == 1:
        for step in base.steps:
            _positive(v, step)
        return base ** int(m.exponent)
    if len(base.terms) == 1:
        [(key, c)] = base.terms.items()
        if all(isinstance(s, Step) and (p * m.exponent).denominator == 1 and (p == 0 or _from_one(v, s))
               for s, _, p in key):
            return Form({tuple((s, power(r, m.exponent), int(p * m.exponent)) for s, r, p in key):
                         power(c, m.exponent)})
    raise Undecided(f"the power {m.exponent} of {base}, which changes with the steps")


def _from_one(v: Values, step: Step) -> bool:
    low = v.known.least(step)
    return low is not None and low >= 1


def _positive(v: Values, step: Step) -> None:
    """A step that is divided by is not zero."""
    if not _from_one(v, step):
        raise Transient(f"a division by {step}, which may be zero", step - 1)


def _norm(v: Values, m: heads.Norm, env: Env) -> Form:
    entries_ = {where: v.body(body, env) for where, body in m.argument}
    if m.kind != "2":
        raise Undecided(f"a norm of kind {m.kind} of more than one entry")
    return spectral(entries_, lambda form: absolute(v, form))


def _open(v: Values, m: heads.Open, env: Env) -> Form:
    raise left_open(m.function)


def left_open(f: Open) -> Undecided:
    return Undecided(f"the function {f.name}, which the witness leaves open")


def _delta(v: Values, m: heads.Delta, env: Env) -> Form:
    raise Undecided("a witness with an axis of more than 12 entries")


# ---- ranges of steps


def _range(first: Expr, last: Expr) -> list[Expr]:
    """The steps of a range of given length, the first one first."""
    return [(first + i).expand() for i in range(int((last - first + 1).expand()))]


def _split(v: Values, first: Expr, last: Expr, tail: Callable[[Step, Expr, Expr], Tail]) -> tuple[Tail, Expr, Expr]:
    """The closed form over a range without some steps at its ends, and that range."""
    for _ in range(PEELED):
        room = v.known.least((last - first).expand())
        if room is None or room < 0:  # of an empty range, what is known inside need not be true
            raise Transient(f"whether {last} comes before {first}", (last - first).expand())
        with v.within(first, last) as step:
            try:
                return tail(step, first, last), first, last
            except Transient as reason:
                towards = reason.slack.coeff(step)
                if towards == 0:
                    raise
        first, last = (first + 1, last) if towards > 0 else (first, last - 1)
    raise Undecided(f"more than {PEELED} steps before the orbit settles")


def _ranged(direct: Callable[[Values, Any, Env, Sequence[Expr]], Form],
            closed: Callable[[Values, Any, Env, Expr, Expr], Form]) -> Callable[[Values, Any, Env], Form]:
    """The rule for a sum or product over steps, from one step by step and one in closed form."""
    def rule(v: Values, m: heads.Summed | heads.Linked, env: Env) -> Form:
        first, last = v.resolved(m.first, env), v.resolved(m.last, env)
        count = (last - first + 1).expand()
        if count.is_Integer and count <= DIRECT:
            return direct(v, m, env, _range(first, last))
        try:
            return closed(v, m, env, first, last)
        except Undecided:
            if not count.is_Integer or count > MOST:
                raise
        return direct(v, m, env, _range(first, last))
    return rule


def _added(v: Values, m: heads.Summed, env: Env, steps: Sequence[Expr]) -> Form:
    return sum((v.body(m.body, {**env, m.step: s}) for s in steps), Form())


def _summed(v: Values, m: heads.Summed, env: Env, first: Expr, last: Expr) -> Form:
    def tail(step: Step, a: Expr, b: Expr) -> Form:
        return summed(v.body(m.body, {**env, m.step: step}), step, a, b)

    out, a, b = _split(v, first, last, tail)
    return out + _added(v, m, env, [*_range(first, a - 1), *_range(b + 1, last)])


def _cells(m: heads.Linked) -> list[Cell]:
    return list(dict.fromkeys(a for a, _, _ in m.bodies))


def _factor(v: Values, m: heads.Linked, env: Env, step: Expr) -> Square:
    """One factor of a product over steps."""
    return {(a, b): v.body(body, {**env, m.step: step}) for a, b, body in m.bodies}


def _multiplied(v: Values, m: heads.Linked, env: Env, steps: Sequence[Expr], row: Row | None = None) -> Row:
    """The row of the product that the factor asks for, times the factors of these steps, the latest first."""
    cells = _cells(m)
    reached = {a: UNIT if a == m.row else Form() for a in cells} if row is None else row
    for s in reversed(steps):
        reached = _times(reached, _factor(v, m, env, s), cells)
    return reached


def _linked(v: Values, m: heads.Linked, env: Env, first: Expr, last: Expr) -> Form:
    cells = _cells(m)
    known = v.known

    def tail(step: Step, a: Expr, b: Expr) -> Square:
        return power_of(_factor(v, m, env, step), cells, step, (b - a + 1).expand(), known)

    middle, a, b = _split(v, first, last, tail)
    late = _multiplied(v, m, env, _range(b + 1, last))
    return _multiplied(v, m, env, _range(first, a - 1), _times(late, middle, cells))[m.col]


def _times(row: Row, matrix: Square, cells: Sequence[Cell]) -> Row:
    return {b: sum((row[a] * matrix[a, b] for a in cells if row[a].terms), Form()) for b in cells}


RULES: dict[type, Callable[[Values, Any, Env], Form]] = {  # each takes its own kind of meaning
    heads.Delta: _delta, heads.Scalar: _scalar, heads.Entry: _entry, heads.Value: _value, heads.Open: _open,
    heads.Exponential: _exponential, heads.Power: _power, heads.Norm: _norm,
    heads.Summed: _ranged(_added, _summed),
    heads.Linked: _ranged(lambda v, m, env, steps: _multiplied(v, m, env, steps)[m.col], _linked)}
