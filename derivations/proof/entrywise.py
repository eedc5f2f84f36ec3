"""Bounds in one variable: the difference of the sides, entry by entry, as a polynomial in one number of known range.

Derivatives of σ and tanh are polynomials in them, so tanh′ ≤ 1 is tanh² ≥ 0 on (-1, 1). What has several functions of
one argument is written in E = exp of it, as a fraction of polynomials on E > 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import product as cartesian
from math import gcd

from sympy import Expr, Poly, Rational, S, Symbol, fraction, together

from derivations.calculus import see_through
from derivations.claim import Case, Claim
from derivations.errors import Undecided
from derivations.functions import Apply, Elementwise
from derivations.proof import heads
from derivations.proof.engine import Engine, numbers
from derivations.proof.entry import entry
from derivations.proof.exponentials import in_exponentials
from derivations.proof.grains import grains, join
from derivations.proof.normal import Poly as Polynomial
from derivations.proof.one_variable import POSITIVE, REAL, Interval, Sign, X, range_of, sign_on
from derivations.proof.places import places
from derivations.proof.prove import latest
from derivations.proof.rebuild import opened
from derivations.proof.steps import Known
from derivations.proof.trace import Attained
from derivations.relations import AT_MOST, LESS, UNEQUAL
from derivations.symbols import Constant, Expression, Node

OPENINGS = 6  # times that definitions are opened
# The only argument at which a function takes a value
AT: dict[tuple[str, Rational | None], Rational] = {
    (name, S(value)): S.Zero for name, value in (("tanh", 0), ("sigma", Rational(1, 2)), ("exp", 1), ("abs", 0))}
Key = tuple[heads.Body | int, tuple[int, ...]]  # an argument, or the head of a node's entry; its indices


@dataclass
class Variable:
    """What a difference is a polynomial in: a function's name ("" for a number itself) of one argument."""

    name: str = ""
    key: Key | None = None
    interval: Interval = REAL
    root: Fraction = Fraction(1)  # E = exp(root · argument)
    powers: list[Fraction] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """What became of one case."""

    proved: bool
    detail: str
    attained: tuple[Attained, ...] = ()


def entrywise(claim: Claim, case: Case) -> Found:
    """A case of a bound by its entries, definitions opened while that helps. Raises Undecided with the construct."""
    known = Known.of(claim)
    p = Engine(claim.model, known)
    left, right = map(see_through, case.sides)
    rows, cols = (join(a, b) for a, b in zip(grains(left), grains(right), strict=True))
    found = [_cell(claim, case, p, entry(p, right, *at) - entry(p, left, *at), numbers(*at))
             for at in cartesian(places(rows), places(cols))]
    failed = next((cell for cell in found if not cell.proved), None)
    return failed or found[0]


def _cell(claim: Claim, case: Case, p: Engine, difference: Polynomial, at: tuple[int, ...]) -> Found:
    reason: Undecided | None = None
    last: Found | None = None
    for _ in range(OPENINGS):
        try:
            last = _decided(claim, case, p, difference)
            if last.proved:
                return last
        except _Several as why:
            reason = reason or why
        except Undecided as why:  # other constructs do not go away when definitions are opened
            reason = reason or why
            break
        nodes = latest(p, [h for f in p.space.normal(difference) for h, _ in f])
        if not nodes:
            break
        difference = opened(p, difference, nodes)
    if last is None:
        raise reason or Undecided("nothing to compare")
    return last


def _decided(claim: Claim, case: Case, p: Engine, difference: Polynomial) -> Found:
    variable, numerator = polynomial(p, difference)
    interval = variable.interval.within(assumed(claim, p, variable))
    if interval.low is not None and interval.high is not None and interval.low >= interval.high:
        raise Undecided("the assumptions leave the variable no room")
    sign = sign_on(numerator, interval)
    words = in_words(claim, case, p, variable)
    where = "every value" if sign.zeros is None else " and ".join(_place(variable, words, z.value, str(z))
                                                                 for z in sign.zeros)
    attained = tuple(Attained(case.label, variable.name, words, zero.value,
                              AT.get((variable.name, zero.value)) if variable.name else zero.value)
                     for zero in sign.zeros or ())
    if case.sign == UNEQUAL:
        never = sign.zeros == ()
        return Found(never, "the difference has no zero" if never else f"the sides are equal at {where}", attained)
    if not sign.never_negative:
        of = words or "one variable"
        return Found(False, f"the difference of the sides is negative somewhere, as a function of {of}")
    if case.sign == LESS and where:
        return Found(False, f"≤ holds; equality exactly at {where}", attained)
    return Found(True, _told(case, where, variable, interval, sign), attained)


def _told(case: Case, where: str, variable: Variable, on: Interval, sign: Sign) -> str:
    over = f"a polynomial on {'[' if on.with_low else '('}{_end(on.low, '-∞')}, {_end(on.high, '∞')}" \
           f"{']' if on.with_high else ')'}"
    strict = "" if case.sign == LESS else f"; equality exactly at {where}" if where else "; never equal"
    return f"{over}, by its real zeros{strict}"


def _end(end: Rational | None, infinite: str) -> str:
    return infinite if end is None else str(end)


def _place(variable: Variable, words: Expression | None, value: Rational | None, text: str) -> str:
    if (variable.name, value) in AT:
        return f"{words or 'the argument'} = {AT[variable.name, value]}"
    name = {"exp": "exp", "sigma": "σ"}.get(variable.name, variable.name)
    return f"{name}({words or 'its argument'}) = {text}" if name else f"{words} = {text}"


# ---- the difference as a polynomial


def polynomial(p: Engine, difference: Polynomial) -> tuple[Variable, Poly]:
    """The variable and the numerator over it, with the sign of the difference. Raises Undecided with what it is not."""
    difference = Polynomial(difference.terms, difference.free)
    try:
        variable, e = _formula(p, difference)
    except _Several:
        variable, e = _formula(p, in_exponentials(p, difference), exponentials=True)
    top, below = fraction(together(e))
    top, below = Poly(top, X, domain="QQ"), Poly(below, X, domain="QQ")
    if sign_on(below, variable.interval).zeros != ():
        raise Undecided("a denominator that may be zero")
    return variable, top * below


class _Several(Undecided):
    """More than one function or argument."""


def _formula(p: Engine, difference: Polynomial, exponentials: bool = False) -> tuple[Variable, Expr]:
    variable = Variable(name="exp" if exponentials else "")
    e = _walk(p, difference, variable)
    if variable.name == "exp":
        variable.interval = POSITIVE
        denominators = [q.denominator for q in variable.powers]
        variable.root = Fraction(1, reduce(lambda a, b: a * b // gcd(a, b), denominators, 1))
        scale = 1 / variable.root
        e = e.replace(lambda x: x.is_Pow and x.base == _E, lambda x: X ** (x.exp * Rational(scale.numerator)))
        e = e.subs(_E, X ** Rational(scale.numerator))
    return variable, e


_E = Symbol("E", positive=True)


def _walk(p: Engine, poly: Polynomial, variable: Variable) -> Expr:
    out = S.Zero
    for f, c in p.space.normal(poly).items():
        term = Rational(c.numerator, c.denominator)
        for head, at in f:
            if any(i < 0 for i in at):
                raise Undecided("a sum over entries")
            term *= _factor(p, head, at, variable)
        out += term
    return out


def _factor(p: Engine, head: int, at: tuple[int, ...], variable: Variable) -> Expr:
    m = p.space.meanings[head]
    if isinstance(m, heads.Exponential):
        _same(variable, "exp", (m.argument, at))
        variable.powers.append(m.coefficient)
        return _E ** Rational(m.coefficient.numerator, m.coefficient.denominator)
    if isinstance(m, heads.Power) and m.exponent.denominator == 1:
        return _walk(p, p.space.spread(m.base, at), variable) ** int(m.exponent)
    if isinstance(m, heads.Value):
        if m.function.name == "log" or m.function.parameters:
            raise Undecided(f"a bound with {m.function.name} is no polynomial in one function")
        _same(variable, m.function.name, (m.argument, at))
        variable.interval = range_of(m.function.name)
        return X
    if isinstance(m, heads.Entry):
        _same(variable, "", (head, at))
        leaf = m.node.family not in p.model.rules
        variable.interval = POSITIVE if leaf and "positive" in m.node.family.structure else REAL
        return X
    raise Undecided(f"a bound with {_name(m)} is no polynomial in one variable")


def _same(variable: Variable, name: str, key: Key) -> None:
    if variable.key is None:
        variable.name, variable.key = name, key
    elif (variable.name, variable.key) != (name, key):
        raise _Several("a bound in several functions or arguments is no polynomial in one variable")


def _name(m: heads.Meaning) -> str:
    names = {heads.Open: "an open function", heads.Summed: "a sum over steps", heads.Linked: "a product over steps",
             heads.Norm: "a norm", heads.Power: "a root", heads.Scalar: "a dimension or step"}
    return names.get(type(m), type(m).__name__)


# ---- assumptions, and words


def assumed(claim: Claim, p: Engine, variable: Variable) -> Interval:
    """What the claim assumes of the variable: its own bounds, or the sign of a function's argument."""
    on = REAL
    for relation in claim.assuming:
        if relation.sign not in (AT_MOST, LESS):
            continue
        for value, e, lower in ((relation.left, relation.right, True), (relation.right, relation.left, False)):
            if isinstance(value, Constant) and value.value.is_Rational and _is_variable(p, e, variable):
                end = _image(variable, value.value, lower)
                closed = relation.sign == AT_MOST
                if end is not None:
                    on = on.within(Interval(end, None, closed) if lower else Interval(None, end, False, closed))
    return on


def _image(variable: Variable, end: Rational, lower: bool) -> Rational | None:
    """The value of an increasing function at an end of its argument, where it is known."""
    if not variable.name:
        return end
    if variable.name not in ("tanh", "sigma", "exp") or end * (1 if lower else -1) < 0:
        return None
    return {"tanh": Rational(0), "sigma": Rational(1, 2), "exp": Rational(1)}[variable.name]


def _is_variable(p: Engine, e: Expression, variable: Variable) -> bool:
    """Whether a scalar is the variable, or its argument."""
    if variable.key is None or not e.is_scalar:
        return False
    what, at = variable.key
    mine = Polynomial.factor(what, at) if isinstance(what, int) else p.space.spread(what, at)
    return not p.space.normal(entry(p, e, None, None) - mine)


def in_words(claim: Claim, case: Case, p: Engine, variable: Variable) -> Expression | None:
    """The variable, or the argument of the function that is the variable, in the author's symbols."""
    found = list(dict.fromkeys(_arguments(case)))
    scalar = next((e for e in (*found, *(-e for e in found)) if _is_variable(p, e, variable)), None)
    applied = list(dict.fromkeys(e for e in found if not isinstance(e, Node) or not e.is_scalar))
    return scalar or (applied[0] if len(applied) == 1 and not applied[0].is_scalar else None)


def _arguments(case: Case) -> Iterator[Expression]:
    """Arguments of elementwise functions in the sides, and their nodes."""
    for side in map(see_through, case.sides):
        applied = [e.argument for e in sorted(side.atoms(Apply), key=str) if isinstance(e.function, Elementwise)]
        yield from applied or sorted(side.atoms(Node), key=str)
        yield from (e for e in sorted(side.atoms(Node), key=str) if e.is_scalar)
