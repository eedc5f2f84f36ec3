"""A model with one of everything, and random well-typed expressions in it.

A recipe is a function of a step that builds an expression: what a substitution of the step should give is what the
recipe gives at the new step.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from sympy import Expr, Matrix, Rational

from derivations import (
    Model,
    Prod,
    Sum,
    absolute,
    cos,
    d,
    det,
    diag,
    dot,
    elementwise,
    exp,
    eye,
    grad,
    had,
    hstack,
    immediate,
    inverse,
    norm,
    ones,
    power,
    sigma,
    softplus,
    tanh,
    trace,
    use,
    vec,
    vstack,
    zeros,
)
from derivations.calculus import OverSteps
from derivations.symbols import Constant, Expression, Step, as_printed, coerce

Recipe = Callable[[Expr], Expression]

world = Model("world", title="One of everything")
n, m = world.dims("n m")
t, j, k, T, q_a = world.times("t j k T q_a")
a, b, v = world.parameter("alpha"), world.parameter("b", n), world.parameter("v", m)
S, W = world.parameter("S", n, n, structure="symmetric"), world.parameter("W", n, {"h": n, "x": m})
V = world.parameter("V", {"up": n, "low": m}, {"h": n, "x": m})
N = world.parameter("N", 2, 2)
x, y = world.inputs("x", m), world.inputs("y", n)
ell, phi = world.smooth("ell"), world.smooth("phi", n)
psi = world.activation("psi")
swish = elementwise("swish", lambda z: z * sigma(z))
c = world.sequence("c", n, "state")
h = world.sequence("h", n, "output", accent="hat")
E = world.sequence("E")
z = world.let("z", W["h"] @ h[t - 1] + W["x"] @ x[t])
c[t] = had(c[t - 1], sigma(z))
h[t] = tanh(c[t])
E[t] = ell(vstack(h[t], y[t]))
total = world.node("E", Sum(E[t], (t, 1, T)))



def over(s: Expr, body: Callable[[Step], Expression], first: Expr, last: Expr, make: Callable[..., Expression] = Sum,
         **options: str) -> Expression:
    """A sum or product over a step that is not the recipe's own."""
    bound = next(step for step in (j, t, q_a) if step not in coerce(s).free_symbols)
    return make(body(bound), (bound, first, last), **options)


with as_printed():
    MISFIT = b @ S

# One of each class, and of each kind within a class, so that no test depends on luck
SCALARS: list[Recipe] = [
    lambda s: a,
    lambda s: coerce(s),
    lambda s: coerce(Rational(2, 3) * n + m),
    lambda s: E[s],
    lambda s: total,
    lambda s: dot(b, c[s]),
    lambda s: norm(S),
    lambda s: norm(c[s - 1], "inf"),
    lambda s: power(2)(E[s]),
    lambda s: over(s, lambda i: E[i], 1, s),
    lambda s: Sum(E[t], (t, 1, k)),
    lambda s: over(s, lambda i: E[i] + E[s], 2, k, Prod),
    lambda s: norm(S, 2),
    lambda s: det(S + diag(c[s])),
    lambda s: trace(S),
    lambda s: absolute(E[s]) ** (k - 1),
]
VECTORS: list[Recipe] = [
    lambda s: b,
    lambda s: c[s],
    lambda s: h[2],
    lambda s: z.subs(t, s),
    lambda s: had(c[s], b),
    lambda s: W["h"] @ c[s - 1],
    lambda s: W @ vstack(h[s], x[s]),
    lambda s: grad(E[s], b),
    lambda s: grad(total, c[s]),
    lambda s: ones(n),
    lambda s: zeros(n),
    lambda s: phi(x[s + 1]),
    lambda s: swish(c[s]),
    lambda s: swish.prime(c[s]),
    lambda s: psi(c[s]),
    lambda s: psi.prime.prime(c[s - 1]),
    lambda s: over(s, lambda i: c[i] + c[s], s, k),
]
MATRICES: list[Recipe] = [
    lambda s: S,
    lambda s: eye(n),
    lambda s: S.T,
    lambda s: diag(c[s]),
    lambda s: use(W, s)["h"],
    lambda s: V["up"]["h"],
    lambda s: d(c[s], c[s - 1]),
    lambda s: d(c[k], c[s], hold=(h, E[s])),
    lambda s: immediate(h[s], c[s]),
    lambda s: over(s, lambda i: d(c[i], c[i - 1]), s + 1, k, Prod),
    lambda s: over(s, lambda i: S + diag(c[i]), 1, k, Prod, latest="right"),
    lambda s: inverse(S + diag(c[s])),
    lambda s: psi.prime(S + diag(c[s])),
]
OTHERS: list[Recipe] = [
    lambda s: vec(W),
    lambda s: hstack(W, c[s]),
    lambda s: d(E[s], W),
    lambda s: d(vstack(c[s], h[s]), vstack(c[s - 1], h[s - 1])),
    lambda s: grad(total, V["low"]),
    lambda s: Matrix([[1, 2], [Rational(1, 3), 0]]) @ N,
    lambda s: MISFIT,
    lambda s: x[s].T,
    lambda s: E[s].where({b: c[s], W["h"]: S}),  # refused in derivatives, of which the others may become a part
]
SAMPLES = [recipe(t) for recipe in (*SCALARS, *VECTORS, *MATRICES, *OTHERS)]


def both(make: Callable[..., Expression], *parts: Recipe) -> Recipe:
    return lambda s: make(*(part(s) for part in parts))


def scalars(depth: int = 3) -> st.SearchStrategy[Recipe]:
    if not depth:
        return st.sampled_from(SCALARS)
    one, vector = scalars(depth - 1), vectors(depth - 1)
    return st.one_of(
        st.sampled_from(SCALARS),
        st.builds(lambda p, q: both(lambda f, g: f + g, p, q), one, one),
        st.builds(lambda p, q: both(lambda f, g: f * g - 2, p, q), one, one),
        st.builds(lambda p, q: both(dot, p, q), vector, vector),
        st.builds(lambda p, f: both(f, p), one, st.sampled_from([exp, cos, softplus.prime, power(Rational(1, 2))])),
        st.builds(lambda p: lambda s: over(s, p, s - 2, k), one),
    )


def vectors(depth: int = 3) -> st.SearchStrategy[Recipe]:
    if not depth:
        return st.sampled_from(VECTORS)
    one, scalar, matrix = vectors(depth - 1), scalars(depth - 1), matrices(depth - 1)
    return st.one_of(
        st.sampled_from(VECTORS),
        st.builds(lambda p, q: both(lambda f, g: f - g, p, q), one, one),
        st.builds(lambda p, q: both(had, p, q), one, one),
        st.builds(lambda p, q: both(lambda f, g: f * g, p, q), scalar, one),
        st.builds(lambda p, q: both(lambda f, g: f @ g, p, q), matrix, one),
        st.builds(lambda p, f: both(f, p), one,
                  st.sampled_from([sigma, tanh.prime.prime, swish, psi, lambda e: 1 - e])),
        st.builds(lambda p: lambda s: over(s, lambda i: had(p(i), p(s)), 1, k), one),
    )


def matrices(depth: int = 3) -> st.SearchStrategy[Recipe]:
    if not depth:
        return st.sampled_from(MATRICES)
    one, vector = matrices(depth - 1), vectors(depth - 1)
    return st.one_of(
        st.sampled_from(MATRICES),
        st.builds(lambda p, q: both(lambda f, g: f @ g.T, p, q), one, one),
        st.builds(lambda p, q: both(lambda f, g: -f + 3 * g, p, q), one, one),
        st.builds(lambda p, q: both(lambda f, g: f @ g.T, p, q), vector, vector),
        st.builds(lambda p: both(diag, p), vector),
        st.builds(lambda p, q: both(lambda f, g: d(f, c[1]) @ g, p, q), vector, one),
        st.builds(lambda p: lambda s: over(s, lambda i: p(i) @ p(s), s, k, Prod), one),
    )


def recipes(depth: int = 3) -> st.SearchStrategy[Recipe]:
    return st.one_of(st.sampled_from(OTHERS), scalars(depth), vectors(depth), matrices(depth))


def expressions(depth: int = 3) -> st.SearchStrategy[Expression]:
    return recipes(depth).map(lambda recipe: recipe(t))


def renamed(e: Expression, depth: int = 0) -> Expression:
    """The same with bound steps named by their depth, and numbers expanded: what these choices leave open is equal."""
    if isinstance(e, Constant):
        return Constant(e.value.expand())
    if isinstance(e, OverSteps):
        name = Step("i" + "'" * depth)
        body = renamed(e.body, depth + 1).subs(e.bound, name)
        return e.func(body, name, *e.args[2:])
    if not e.args or not e.has(OverSteps, Constant):
        return e
    return e.func(*(renamed(arg, depth) for arg in e.args))
