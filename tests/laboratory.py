"""A small model, and random typed expressions in it: what random identities are made of."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sympy import And, Rational, S
from sympy.logic.boolalg import Boolean

from derivations import (
    Model,
    Prod,
    Sum,
    cos,
    d,
    diag,
    dot,
    exp,
    eye,
    grad,
    had,
    hstack,
    immediate,
    norm,
    ones,
    power,
    sigma,
    softplus,
    tanh,
    use,
    vec,
    vstack,
)
from derivations.symbols import Expression

laboratory = Model("laboratory", title="What random identities are about")
n, m = laboratory.dims("n m")
t, j, k, i = laboratory.times("t j k i")
a, b = laboratory.parameter("alpha"), laboratory.parameter("beta")
p, q = laboratory.parameter("p", structure="positive"), laboratory.parameter("q", n, structure="positive")
x, y, u = laboratory.parameter("x", n), laboratory.parameter("y", n), laboratory.parameter("u", m)
A, B, C = laboratory.parameter("A", n, n), laboratory.parameter("B", n, m), laboratory.parameter("C", m, n)
M = laboratory.parameter("M", n, n, structure="symmetric")
D = laboratory.parameter("D", n, n, structure="diagonal")
W = laboratory.parameter("W", n, {"h": n, "x": m})
V = laboratory.parameter("V", {"up": n, "low": m}, n)
phi, psi = laboratory.smooth("phi", n), laboratory.activation("psi")
chi, ell, rho = laboratory.smooth("chi", n), laboratory.smooth("ell"), laboratory.smooth("rho", m)
r = laboratory.inputs("r", m)
c, h, E = laboratory.sequence("c", n), laboratory.sequence("h", n), laboratory.sequence("E")
c[t] = tanh(A @ c[t - 1] + B @ r[t])
h[t] = had(sigma(D @ c[t]), c[t])
E[t] = dot(h[t], phi(c[t]))
g = laboratory.node("g", had(exp(x), sigma(M @ x)))
f = laboratory.node("f", dot(g, A @ x) + a * dot(x, y))

RANGE = {t: (t >= 2,), k: (k >= 3,), j: (j >= 1, j <= 2)}  # of the free steps, so that a sum or product has its ends
EXPONENTS = (2, k, k - 1, k - 2, k - j, t, t - 1, j, 2 * k - 3, k + j - 2)  # none negative where those are the steps
Make = Callable[[Random], Expression]


def raised(z: Random, e: Expression) -> Expression:
    """A number or a square matrix to a random power."""
    return e ** z.choice(EXPONENTS)


LEAVES: dict[str, list[Make]] = {
    "scalar": [lambda z: z.choice((a, b, p, f, E[t])), lambda z: dot(x, y), lambda z: norm(q),
               lambda z: a * z.randint(1, 3), lambda z: raised(z, z.choice((a, p))),
               lambda z: ell(z.choice((x, c[t])), z.choice((a, E[t])))],
    "vector": [lambda z: z.choice((x, y, q, c[t], c[t - 1], h[t], g)), lambda z: ones(n), lambda z: grad(f, x),
               lambda z: B @ u, lambda z: W @ vstack(x, u), lambda z: phi(x), lambda z: grad(E[t], c[t - 1]),
               lambda z: chi(z.choice((x, c[t - 1])), u, y),
               lambda z: grad(ell(x, dot(x, y)), z.choice((x, y))),
               lambda z: Sum(z.choice((A, M)) ** (k - i) @ c[i], (i, 1, k)),
               lambda z: Sum(A ** (i - 1) @ h[k + 1 - i], (i, 1, k)),
               lambda z: Sum(b ** (t - 1) * Sum(a ** (i - t) * c[i], (i, t, k)), (t, 1, k))],
    "low": [lambda z: u, lambda z: r[t], lambda z: C @ x, lambda z: V["low"] @ y, lambda z: rho(B, z.choice((x, g)))],
    "square": [lambda z: z.choice((A, M, D, W["h"], V["up"])), lambda z: eye(n), lambda z: d(h[t], c[t - 1]),
               lambda z: d(g, x), lambda z: d(c[k], c[j]), lambda z: Prod(d(c[t], c[t - 1]), (t, j + 1, k)),
               lambda z: Prod(diag(c[t]) @ A, (t, j, k)), lambda z: Prod(A, (t, 1, k), latest="right"),
               lambda z: A @ A.T, lambda z: raised(z, z.choice((A, M, D, W["h"], V["up"], A @ M))),
               lambda z: raised(z, z.choice((x @ y.T, ones(n) @ x.T, ones(n, n), A + ones(n, n)))),
               lambda z: Sum(A ** (k - i) @ M @ A ** (i - 1), (i, 1, k)),
               lambda z: immediate(chi(x, u, z.choice((y, c[t]))), x)],
    "wide": [lambda z: z.choice((B, W["x"], C.T)), lambda z: x @ u.T, lambda z: d(W @ vstack(x, u), u)],
    "uses": [lambda z: d(c[k], A), lambda z: d(h[k], use(B, j)), lambda z: d(E[k], vstack(c[k - 1], c[k - 2]))],
    "stacked": [lambda z: vec(A @ B), lambda z: vec(hstack(A, B)), lambda z: vec(x @ y.T)],
}
FUNCTIONS = (sigma, tanh, cos, softplus, sigma.prime, tanh.prime, softplus.prime, power(2), lambda e: exp(e / 2),
             psi, psi.prime)


def expression(z: Random, kind: str, depth: int) -> Expression:
    """A random expression: ``scalar``, ``vector`` (n), ``low`` (m), ``square`` (n × n), ``wide`` (n × m), or another
    kind of leaf."""
    made = MADE.get(kind)
    if depth == 0 or made is None or z.random() < 0.15:
        return z.choice(LEAVES[kind])(z)
    return z.choice(made)(z, lambda other: expression(z, other, depth - 1))


Part = Callable[[str], Expression]
Grow = Callable[[Random, Part], Expression]


def linear(kind: str) -> list[Grow]:
    return [lambda z, of: of(kind) + of(kind), lambda z, of: of(kind) - of(kind), lambda z, of: of("scalar") * of(kind),
            lambda z, of: Rational(z.randint(1, 5), 2) * of(kind) - of(kind),
            lambda z, of: Sum(of(kind), (t, 1, k)) if z.random() < 0.5 else Sum(of(kind) + of(kind), (t, 2, k))]


MADE: dict[str, list[Grow]] = {
    "scalar": [*linear("scalar"), lambda z, of: dot(of("vector"), of("vector")),
               lambda z, of: dot(of("low"), of("low")), lambda z, of: z.choice(FUNCTIONS)(of("scalar")),
               lambda z, of: raised(z, of("scalar")), lambda z, of: ell(of("vector"), of("scalar")),
               lambda z, of: dot(of("vector"), of("square") @ of("vector"))],
    "vector": [*linear("vector"), lambda z, of: had(of("vector"), of("vector")),
               lambda z, of: of("square") @ of("vector"),
               lambda z, of: of("wide") @ of("low"), lambda z, of: z.choice(FUNCTIONS)(of("vector")),
               lambda z, of: grad(dot(of("vector"), of("vector")), x), lambda z, of: chi(of("vector"), of("low"), y),
               lambda z, of: Sum(z.choice((A, M)) ** (k - t) @ of("vector"), (t, 1, k))],
    "low": [*linear("low"), lambda z, of: of("wide").T @ of("vector"), lambda z, of: z.choice(FUNCTIONS)(of("low"))],
    "square": [*linear("square"), lambda z, of: of("square") @ of("square"), lambda z, of: diag(of("vector")),
               lambda z, of: of("vector") @ of("vector").T, lambda z, of: (of("square") @ of("square")).T,
               lambda z, of: of("wide") @ of("wide").T, lambda z, of: d(of("vector"), z.choice((x, y))),
               lambda z, of: d(of("vector"), c[t - 1]), lambda z, of: raised(z, of("square"))],
    "wide": [*linear("wide"), lambda z, of: of("square") @ of("wide"), lambda z, of: of("vector") @ of("low").T,
             lambda z, of: d(of("vector"), u)],
}
KINDS = (*MADE, *MADE, "uses", "stacked")


def given(*sides: Expression) -> Boolean:
    """The conditions on the steps that the sides leave free."""
    free = {s for side in sides for s in side.free_symbols}
    return And(S.true, *(condition for step, own in RANGE.items() if step in free for condition in own))

