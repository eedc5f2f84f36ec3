"""Models with activations that are never defined, a perceptron and a gated recurrence, and claims right and wrong."""

from __future__ import annotations

from typing import Any

from derivations import Model, Prod, d, diag, dot, grad, had, norm, tanh, vec, vstack
from derivations.claim import Claim
from derivations.symbols import Expression

net = Model("perceptron")
n, p, q = net.dims("n p q")
x, y, s, r, lam = net.input("x", n), net.input("y", q), net.parameter("s"), net.parameter("r"), net.parameter("lambda")
W1, W2, N = net.parameter("W_1", p, n), net.parameter("W_2", q, p), net.parameter("N", p, n)
phi, psi, ell = net.activation("phi"), net.activation("psi"), net.smooth("ell")
z = net.node("z", W1 @ x)
h = net.node("h", phi(z))
o = net.node("o", W2 @ h)
L = net.node("L", ell(vstack(o, y)))
S = net.node("S", lam / 2 * (norm(W1, "F") ** 2 + norm(W2, "F") ** 2))
J = net.node("J", L + S)

gru = Model("gated")
a, b = gru.dims("a b")
t, k, j = gru.times("t k j")
u = gru.inputs("u", b)
U, R, V, Q = (gru.parameter(name, *shape) for name, shape in
              {"U": (a, b), "R": (a, a), "V": (a, b), "Q": (a, a)}.items())
act, gate = gru.activation("phi"), gru.activation("psi")
c, g, m = gru.sequence("c", a), gru.sequence("g", a), gru.sequence("m", a)
c[t] = U @ u[t] + R @ m[t - 1]
g[t] = gate(V @ u[t] + Q @ m[t - 1])
m[t] = had(1 - g[t], m[t - 1]) + had(g[t], act(c[t]))
e = V @ u[t] + Q @ m[t - 1]


INNER, BY_GATE, BY_STATE = act(c[t]), gate.prime(e), act.prime(c[t])


def one_step(inner: Any = INNER, by_gate: Any = BY_GATE, by_state: Any = BY_STATE) -> Expression:
    """∂m_t/∂m_{t-1}, or with other functions or places in it."""
    return diag(1 - g[t]) + diag(had(inner - m[t - 1], by_gate)) @ Q + diag(had(g[t], by_state)) @ R


RIGHT: dict[str, tuple[Model, Any, Any]] = {
    "by-output": (net, grad(J, h), W2.T @ grad(J, o)),
    "by-argument": (net, grad(J, z), had(grad(J, h), phi.prime(z))),
    "by-weights": (net, grad(J, W1), grad(J, z) @ x.T + lam * W1),
    "whole": (net, grad(J, W1), had(W2.T @ grad(J, o), phi.prime(z)) @ x.T + lam * W1),
    "of-matrix": (net, grad(dot(vec(N), vec(phi(W1))), W1), had(N, phi.prime(W1))),
    "of-number": (net, d(phi(s), s), phi.prime(s)),
    "of-row": (net, phi(x.T), phi(x).T),
    "second": (net, d(phi.prime(z), z), diag(phi.prime.prime(z))),
    "inside-itself": (net, d(phi(phi(s)), s), phi.prime(phi(s)) * phi.prime(s)),
    "argument-by-normal-form": (net, phi(s + r - s), phi(r)),
    "one-step": (gru, d(m[t], m[t - 1]), one_step()),
    "many-steps": (gru, d(m[k], m[j]), Prod(one_step(), (t, j + 1, k))),
}
WRONG: dict[str, tuple[Model, Any, Any]] = {
    "no-prime": (net, grad(J, z), had(grad(J, h), phi(z))),
    "missing": (net, grad(J, z), grad(J, h)),
    "at-its-value": (net, grad(J, z), had(grad(J, h), phi.prime(h))),
    "once-too-often": (net, grad(J, z), had(grad(J, h), phi.prime.prime(z))),
    "another": (net, grad(J, z), had(grad(J, h), psi.prime(z))),
    "no-transpose": (net, grad(J, W1), (x @ grad(J, z).T + lam * W1.T).T + lam * W1),
    "decay-left-out": (net, grad(J, W1), grad(J, z) @ x.T),
    "not-through-it": (net, grad(J, W1), grad(J, h) @ x.T + lam * W1),
    "constant-slope": (net, phi.prime(s), phi.prime(r)),
    "odd": (net, phi(-s), -phi(s)),
    "even": (net, phi(-s), phi(s)),
    "linear": (net, phi(2 * s), 2 * phi(s)),
    "additive": (net, phi(s + r), phi(s) + phi(r)),
    "zero-at-zero": (net, phi(0), 0 * s),
    "slope-of-one": (net, phi.prime(0), 1 + 0 * s),
    "logistic": (net, phi.prime(s), phi(s) - phi(s) ** 2),
    "hyperbolic": (net, phi.prime(s), 1 - phi(s) ** 2),
    "riccati": (net, phi(s) * phi.prime.prime(s), 2 * phi.prime(s) ** 2),
    "schwarz": (net, (phi.prime.prime.prime(s) * phi.prime(s) - phi.prime.prime(s) ** 2 * 3 / 2) * phi.prime(r) ** 2,
                (phi.prime.prime.prime(r) * phi.prime(r) - phi.prime.prime(r) ** 2 * 3 / 2) * phi.prime(s) ** 2),
    "idempotent": (net, phi(phi(s)), phi(s)),
    "known": (net, phi(s), tanh(s)),
    "same": (net, phi(s), psi(s)),
    "step-before": (gru, d(m[t], m[t - 1]), one_step(inner=act(c[t - 1]))),
    "exchanged": (gru, d(m[t], m[t - 1]), one_step(by_gate=act.prime(e))),
    "at-the-gate": (gru, d(m[t], m[t - 1]), one_step(by_gate=gate.prime(g[t]))),
    "gate-not-primed": (gru, d(m[t], m[t - 1]), one_step(by_gate=g[t])),
    "state-not-primed": (gru, d(m[t], m[t - 1]), one_step(by_state=act(c[t]))),
    "one-step-short": (gru, d(m[k], m[j]), Prod(one_step(), (t, j + 2, k))),
}


def stated(of: dict[str, tuple[Model, Any, Any]], prefix: str) -> dict[str, Claim]:
    ranges = {"many-steps": (j >= 1, k >= j), "one-step-short": (j >= 1, k >= j + 2), "step-before": (t >= 2,)}
    return {name: model.equal(f"{prefix}{name}", left, right, given=ranges.get(name, ()))
            for name, (model, left, right) in of.items()}


HOLDS, FAILS = stated(RIGHT, ""), stated(WRONG, "not-")
