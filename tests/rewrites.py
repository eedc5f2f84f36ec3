"""Rewritings of typed expressions that are right, by hand: distribution, transposes, derivative rules, sums over steps.

A rule looks at one place of the tree and says what may stand there instead, or nothing. None of them uses the prover.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from derivative_rules import definition, derivative
from laboratory import A, W, a, b, c, j, k, p, q, x, y
from step_rewrites import order_of_a_sum, powers, several_arguments
from sympy import Integer, Rational

from derivations import (
    Prod,
    Sum,
    cos,
    d,
    diag,
    dot,
    exp,
    eye,
    had,
    hstack,
    ones,
    power,
    sigma,
    softplus,
    tanh,
    use,
)
from derivations.algebra import Block, Diag, Had, Plus, Stack, Times, Transposed, Vec
from derivations.calculus import Chain, Jacobian, Series
from derivations.errors import DerivationError
from derivations.functions import Apply, Elementwise
from derivations.symbols import Expression, Node, Step, fits
from derivations.variants import places, put

Change = Callable[[Expression, Random], Expression | None]


@dataclass(frozen=True)
class Rule:
    """A kind of rewriting, and what it makes of an expression."""

    kind: str
    change: Change


def distribute(e: Expression, z: Random) -> Expression | None:
    if not isinstance(e, (Times, Had)):
        return None
    sums = [n for n, f in enumerate(e.args) if isinstance(f, Plus)]
    if not sums:
        return None
    n = z.choice(sums)
    return Plus(*(e.func(*e.args[:n], term, *e.args[n + 1 :]) for term in e.args[n].args))


def associate(e: Expression, z: Random) -> Expression | None:
    if not isinstance(e, (Times, Had, Plus)):
        return None
    inner = [n for n, f in enumerate(e.args) if isinstance(f, e.func)]
    if inner and z.random() < 0.5:
        n = z.choice(inner)
        return e.func(*e.args[:n], *e.args[n].args, *e.args[n + 1 :])
    if len(e.args) < 3:
        return None
    n = z.randrange(len(e.args) - 1)
    return e.func(*e.args[:n], e.func(*e.args[n : n + 2]), *e.args[n + 2 :])


def commute(e: Expression, z: Random) -> Expression | None:
    if isinstance(e, (Plus, Had)):
        return e.func(*z.sample(e.args, len(e.args)))
    scalars = [f for f in e.args if f.is_scalar] if isinstance(e, Times) else []
    return Times(*(f for f in e.args if not f.is_scalar), *scalars) if scalars and len(scalars) < len(e.args) else None


def transpose(e: Expression, z: Random) -> Expression | None:
    inside = e.args[0] if isinstance(e, Transposed) else None
    if isinstance(inside, Times):
        return Times(*(f if f.is_scalar else f.T for f in inside.args[::-1]))
    if isinstance(inside, Plus):
        return Plus(*(term.T for term in inside.args))
    if isinstance(inside, Transposed):
        return inside.args[0]
    return e.T.T if all(e.axes) else None


def diagonal(e: Expression, z: Random) -> Expression | None:
    if isinstance(e, Had) and e.is_column:
        return Times(diag(e.args[0]), e.args[1] if len(e.args) == 2 else Had(*e.args[1:]))
    if isinstance(e, Diag) and isinstance(e.args[0], (Plus, Had)):
        op = Plus if isinstance(e.args[0], Plus) else Times
        return op(*map(diag, e.args[0].args))
    if isinstance(e, Times):
        for n, (f, g) in enumerate(zip(e.args[:-1], e.args[1:], strict=True)):
            if isinstance(f, Diag) and (g.is_column or isinstance(g, Diag)):
                new = had(f.args[0], g) if g.is_column else diag(had(f.args[0], g.args[0]))
                return Times(*e.args[:n], new, *e.args[n + 2 :]) if len(e.args) > 2 else new
    return None


def inner_product(e: Expression, z: Random) -> Expression | None:
    """xᵀ M y = yᵀ Mᵀ x, xᵀ y = 1ᵀ (x ∘ y)."""
    if not (isinstance(e, Times) and e.is_scalar and len(e.args) == 2 and isinstance(e.args[0], Transposed)):
        return None
    left, right = e.args[0].args[0], e.args[1]
    if not (left.is_column and right.is_column):
        return None
    if isinstance(right, Times) and not right.args[0].is_scalar and not right.args[0].is_column:
        rest = right.args[1] if len(right.args) == 2 else Times(*right.args[1:])
        return dot(right.args[0].T @ left, rest)
    return z.choice((dot(right, left), dot(ones(*left.shape[:1]), had(left, right)) if len(left.axes[0]) == 1 else e))


def structured(e: Expression, z: Random) -> Expression | None:
    structure = e.family.structure if isinstance(e, Node) else ()
    if "symmetric" in structure or "diagonal" in structure:
        return z.choice((e.T, (e + e.T) / 2))
    if isinstance(e, Times) and len(e.args) == 2 and all(isinstance(f, Diag) or (
            isinstance(f, Node) and "diagonal" in f.family.structure) for f in e.args):
        return Times(e.args[1], e.args[0])
    return None


def function(e: Expression, z: Random) -> Expression | None:
    """σ′ = σ - σ², tanh′ = 1 - tanh², σ(-v) = 1 - σ(v), tanh v = 2σ(2v) - 1, exp(v + w) = exp v ∘ exp w, …"""
    if not isinstance(e, Apply) or not isinstance(e.function, Elementwise):
        return None
    v, f = e.argument, e.function
    formulas = FORMULAS.get((f.name, f.order), []) if f.name != "power" or f == power(2) else []
    return z.choice(formulas)(v) if formulas else None


def _one(v: Expression) -> Expression:
    if v.is_scalar:
        return Integer(1) + 0 * v
    return ones(v.shape[0]) if v.is_column and len(v.axes[0]) == 1 else power(0)(v)


FORMULAS: dict[tuple[str, int], list[Callable[[Expression], Expression]]] = {
    ("sigma", 0): [lambda v: _one(v) - sigma(-v), lambda v: (tanh(v / 2) + _one(v)) / 2,
                   lambda v: power(-1)(_one(v) + exp(-v))],
    ("tanh", 0): [lambda v: -tanh(-v), lambda v: 2 * sigma(2 * v) - _one(v)],
    ("sigma", 1): [lambda v: sigma(v) - had(sigma(v), sigma(v)), lambda v: had(sigma(v), sigma(-v)),
                   lambda v: sigma.prime(-v)],
    ("tanh", 1): [lambda v: _one(v) - had(tanh(v), tanh(v)), lambda v: tanh.prime(-v),
                  lambda v: 4 * sigma.prime(2 * v)],
    ("softplus", 0): [lambda v: v + softplus(-v)],
    ("softplus", 1): [sigma], ("cos", 0): [lambda v: cos(-v)], ("power", 0): [lambda v: power(2)(-v)],
    ("exp", 0): [lambda v: had(exp(v / 3), exp(2 * v / 3)), lambda v: power(-1)(exp(-v)),
                 lambda v: had(exp(v + v), exp(-v))],
}


def cancel(e: Expression, z: Random) -> Expression | None:
    """Times what is one, plus what is zero."""
    if e.is_scalar:
        return z.choice((e * p * power(-1)(p), e + a - a, e * exp(b) * exp(-b), power(-1)(power(-1)(p)) * e / p))
    if e.is_column and fits(e.axes[0], x.axes[0]):
        return z.choice((had(e, q, power(-1)(q)), e + y - y, had(had(e, sigma(x)), power(-1)(sigma(x))),
                         eye(x.shape[0]) @ e))
    return e + e - e if z.random() < 0.5 else Rational(1, 2) * (e + e)


def over_steps(e: Expression, z: Random) -> Expression | None:
    """Sums and products over steps: one step taken out at an end, the step shifted, transposed, split."""
    if not isinstance(e, (Series, Chain)) or isinstance(e.body, Jacobian):
        return None
    s, first, last = e.bound, e.first, e.last
    if e.exponent is not None if isinstance(e, Chain) else False:
        return None
    rest = e.args[4:]

    def over(body: Expression, low: object, high: object) -> Expression:
        return e.func(body, s, low, high, *rest)

    shift = z.choice((-1, 1))
    what = z.choice(("last", "first", "shift", "parts"))
    if what == "shift":
        return over(e.body.subs(s, s + shift), first - shift, last - shift)
    if what == "parts":
        return parts(e)
    end, smaller = (e.body.subs(s, last), over(e.body, first, last - 1)) if what == "last" else (
        e.body.subs(s, first), over(e.body, first + 1, last))
    if isinstance(e, Series):
        return end + smaller
    late_left = (what == "last") == (e.latest == "left")
    return Times(end, smaller) if late_left else Times(smaller, end)


def parts(e: Expression) -> Expression | None:
    """Σ of a sum, Σ of a number times something; a product is the transpose of the product of transposes."""
    if isinstance(e, Chain):
        latest = "right" if e.latest == "left" else "left"
        return Prod(e.body.T, (e.bound, e.first, e.last), latest=latest).T if all(e.axes) else None
    if isinstance(e.body, Plus):
        return Plus(*(Sum(term, (e.bound, e.first, e.last)) for term in e.body.args))
    if isinstance(e.body, Times) and e.bound not in e.body.args[0].free_symbols:
        left, right = e.body.args[0], e.body.args[1:]
        return Times(left, Sum(right[0] if len(right) == 1 else Times(*right), (e.bound, e.first, e.last)))
    return None


def blocks(e: Expression, z: Random) -> Expression | None:
    if e == W:
        return hstack(W["h"], W["x"])
    if isinstance(e, Times) and len(e.args) == 2 and e.args[0] == W and isinstance(e.args[1], Stack):
        top, low = e.args[1].parts
        return W["h"] @ top + W["x"] @ low
    if isinstance(e, Vec) and isinstance(e.args[0], Plus):
        return Plus(*map(Vec, e.args[0].args))
    if isinstance(e, Block) and isinstance(e.args[0], Plus):
        return Plus(*(Block(term, e.args[1]) for term in e.args[0].args))
    return None


def along_steps(e: Expression, z: Random) -> Expression | None:
    """∂c_k/∂c_j as a product of steps, ∂c_k/∂A as a sum over its uses."""
    s = Step("i")
    if e == d(c[k], c[j]):
        return z.choice((Prod(d(c[s], c[s - 1]), (s, j + 1, k)), d(c[k], c[k - 1]) @ d(c[k - 1], c[j]),
                         Prod(d(c[s], c[s - 1]), (s, j + 2, k)) @ d(c[j + 1], c[j])))
    if e == d(c[k], A):
        return z.choice((Sum(d(c[k], use(A, s)), (s, 1, k)), Sum(d(c[k], c[s]) @ d(c[s], use(A, s)), (s, 1, k)),
                         d(c[k], use(A, k)) + Sum(d(c[k], use(A, s)), (s, 1, k - 1)),
                         d(c[k], use(A, k)) + d(c[k], c[k - 1]) @ d(c[k - 1], A)))
    return None


RULES: tuple[Rule, ...] = tuple(Rule(change.__name__.replace("_", " "), change) for change in (
    distribute, associate, commute, transpose, diagonal, inner_product, structured, function, cancel, over_steps,
    blocks, definition, derivative, along_steps, powers, order_of_a_sum, several_arguments))
WEIGHTS = (4, 3, 2, 3, 4, 3, 3, 6, 2, 6, 4, 3, 8, 8, 8, 3, 3)


def rewritten(e: Expression, z: Random, changes: int) -> tuple[Expression, list[str]]:
    """The expression after so many random rewritings at random places, and their kinds."""
    kinds: list[str] = []
    for _ in range(8 * changes):
        if len(kinds) == changes:
            break
        [rule] = z.choices(RULES, WEIGHTS)
        options = list(places(e, (), None))
        path, here, _ = z.choice(options)
        for path, here, _ in z.sample(options, len(options)):
            try:
                new = rule.change(here, z)
                if new is None or new == here:
                    continue
                e = put(e, path, new)
            except DerivationError:
                continue
            kinds.append(rule.kind)
            break
    return e, kinds
