"""Claims made to deceive the prover: false ones that it must not prove, beside true ones that it should.

Each false claim is refuted by numbers too, so that none is here by mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sympy import Rational

from derivations import (
    Model,
    Prod,
    Sum,
    absolute,
    cos,
    d,
    diag,
    dot,
    elementwise,
    exp,
    eye,
    grad,
    had,
    hstack,
    immediate,
    log,
    norm,
    ones,
    power,
    relu,
    sigma,
    sin,
    tanh,
    use,
    vec,
    vstack,
)
from derivations.claim import Claim
from derivations.proof.prove import prove
from derivations.verdict import Status
from numeric import Options, check
from numeric.mutation import trial_of
from numeric.trial import Fate

FALSE: list[Claim] = []
TRUE: list[Claim] = []


def attack(build: Callable[[Model, Callable[..., None], Callable[..., None]], None]) -> None:
    """A model with claims that are false and claims that are true."""
    m = Model(build.__name__.replace("_", "-"))

    def put(where: list[Claim]) -> Callable[..., None]:
        return lambda id, left, right, **more: where.append(m.equal(id, left, right, **more))

    build(m, put(FALSE), put(TRUE))


@attack
def lost_index(m: Model, false: Any, true: Any) -> None:
    """A sum over an index that no factor carries any more is the dimension, and not one."""
    [n] = m.dims("n")
    s, x = m.parameter("s"), m.parameter("x", n)
    y, v, z = m.node("y", ones(n)), m.node("v", s * ones(n)), m.node("z", 1 * x)
    E = m.node("E", dot(ones(n), v))
    one, half = 1 + 0 * s, Rational(1, 2) + 0 * s
    for id, left, wrong, right in (
            ("opened", dot(ones(n), y), one, n + 0 * s), ("derivative", d(E, s), one, n + 0 * s),
            ("exponentials", dot(exp(x), exp(-x)), one, n + 0 * s),
            ("reciprocal", dot(x, power(-1)(x)), one, n + 0 * s),
            ("squares", dot(cos(x), cos(x)), 1 - dot(sin(x), sin(x)), n - dot(sin(x), sin(x))),
            ("at-zero", dot(ones(n), sigma(x - z)), half, half * dot(ones(n), ones(n)))):
        false(id, left, wrong)
        true(f"{id}.right", left, right)


@attack
def own_function(m: Model, false: Any, true: Any) -> None:
    """The argument of an author's function keeps its row."""
    [n] = m.dims("n")
    x, W = m.parameter("x", n), m.parameter("W", n, n)
    f = elementwise("swish", lambda z: z * sigma(z))
    total = dot(ones(n), x)
    false("summed", f(x), total * sigma(total) * ones(n))
    true("entry", f(x), had(x, sigma(x)))
    y = m.node("y", f(W @ x))
    false("product-rule", d(y, x), diag(sigma(W @ x)) @ W)
    true("chain-rule", d(y, x), diag(sigma(W @ x) + had(W @ x, sigma.prime(W @ x))) @ W)


@attack
def ranges(m: Model, false: Any, true: Any) -> None:
    """Ranges that may be empty, and an induction that must begin where the range does."""
    t, j, k, T, u = m.times("t j k T u")
    W, s, w, r = m.parameter("W"), m.parameter("s"), m.inputs("w"), m.inputs("r")
    c = m.sequence("c")
    c[t] = tanh(W * c[t - 1] + r[t])
    false("negative-count", Sum(W, (t, 1, k)), k * W, given=k >= -3)
    true("count", Sum(W, (t, 1, k)), k * W, given=k >= 0)
    true("count-none", Sum(W, (t, 1, k)), k * W, given=k >= 1)
    false("mixed", Sum(d(c[t], c[j]), (t, 1, T)) * Sum(d(c[j], c[u + 1]), (u, 1, T)), 0 * W, given=[j >= 1, T >= 1])
    false("too-early", Sum(d(c[t], c[j]), (t, 1, T)), Sum(Prod(d(c[u], c[u - 1]), (u, j + 1, t)), (t, 1, T)),
          given=[j >= 1, T >= 1])
    false("base", Sum(w[t], (t, j, k)), Sum(w[t], (t, j, 1)) + Sum(w[t], (t, 2, k)), given=[j >= 1, k >= j])
    true("gauss", Sum(t * s, (t, 1, k)), k * (k + 1) * s / 2, given=k >= 0)
    true("gauss-from", Sum(t * s, (t, j, k)), (k * (k + 1) - j * (j - 1)) * s / 2, given=[k >= j, j >= 1])
    false("gauss-beyond", Sum(t * s, (t, j, k)), (k * (k + 1) - j * (j - 1)) * s / 2, given=[k >= 1, j >= 1])
    false("one-step-only", Prod(W + r[t], (t, 1, k)), W + r[1], given=k >= 1)
    false("end-dropped", Sum(w[t], (t, 1, k)), Sum(w[t], (t, 1, k - 1)), given=k >= 1)


@attack
def first_steps(m: Model, false: Any, true: Any) -> None:
    """What is a leaf at the first step does not respond there; a derivative held at the border of a range."""
    t, j, k = m.times("t j k")
    W = m.parameter("W")
    h, y = m.sequence("h"), m.sequence("y")
    h[t] = tanh(W * h[t - 1] + y[t - 1])
    y[t] = h[t] * h[t]
    J = Prod(d(h[t], h[t - 1]), (t, j + 1, k))
    false("at-zero", d(y[k], h[j]), 2 * h[k] * J, given=[j >= 0, k >= j])
    true("from-one", d(y[k], h[j]), 2 * h[k] * J, given=[j >= 1, k >= j])
    false("at-one", d(h[t], h[t - 1]), tanh.prime(W * h[t - 1] + y[t - 1]) * (W + 2 * h[t - 1]), given=t >= 1)
    true("at-two", d(h[t], h[t - 1]), tanh.prime(W * h[t - 1] + y[t - 1]) * (W + 2 * h[t - 1]), given=t >= 2)


@attack
def derivatives(m: Model, false: Any, true: Any) -> None:
    """The four derivatives, stacks, uses, and products that go round a state."""
    [n] = m.dims("n")
    t, j, k = m.times("t j k")
    W, V, x, a = m.parameter("W", n, n), m.parameter("V", n, n), m.inputs("x", n), m.parameter("a", n)
    Z = m.parameter("Z", n, structure="zero")
    E = m.node("E", dot(a, Z) + dot(a, a))
    c, h = m.sequence("c", n), m.sequence("h", n)
    c[t] = tanh(W @ h[t - 1] + x[t])
    h[t] = had(c[t], sigma(V @ c[t - 1]))
    both, before = vstack(c[t], h[t]), vstack(c[t - 1], h[t - 1])
    inner = diag(tanh.prime(W @ h[t - 1] + x[t])) @ W
    false("by-zero", grad(E, Z), 0 * a)
    false("itself", immediate(c[t], c[t]), 0 * W)
    true("itself.right", immediate(c[t], c[t]), eye(n))
    false("stack", immediate(both, h[t - 1]), vstack(0 * W, 0 * W), given=t >= 1)
    true("stack.right", immediate(both, h[t - 1]), vstack(inner, 0 * W), given=t >= 1)
    false("counted-twice", d(both, before), hstack(d(both, c[t - 1]), d(both, h[t - 1])), given=t >= 2)
    false("total-for-immediate", d(h[t], c[t - 1]), immediate(h[t], c[t - 1]), given=t >= 2)
    false("round", d(c[k], c[j]), Prod(d(c[t], c[t - 1]), (t, j + 1, k)), given=[j >= 1, k >= j])
    false("unknown-order", d(h[k], h[j]), 0 * W, given=[j >= 1, k >= 1])
    false("use-last", d(c[k], use(W, k)), d(c[k], W), given=k >= 1)
    false("use-none", d(c[k], use(W, k - 1)), 0 * d(c[k], W), given=k >= 2)
    true("use-later", d(c[k], use(W, j)), 0 * d(c[k], W), given=[k >= 1, j >= k + 1])
    true("held", d(h[t], h[t - 1], hold=c), 0 * W, given=t >= 2)
    false("held-forgotten", d(h[t], h[t - 1]), 0 * W, given=t >= 2)


@attack
def matrices(m: Model, false: Any, true: Any) -> None:
    """Orders, transposes, blocks of one size, layouts, structures, sizes that are numbers."""
    n, q = m.dims("n q")
    t, k = m.times("t k")
    A, B, S = m.parameter("A", n, q), m.parameter("B", q, n), m.parameter("S", n, n, structure="symmetric")
    D, x, r = m.parameter("D", n, n, structure="diagonal"), m.parameter("x", n), m.inputs("r", n)
    M, N, W = m.parameter("M", {"a": n, "b": n}, {"c": n, "d": n}), m.parameter("N", 2, 2), m.parameter("W", n, n)
    f, g, G = m.node("f", dot(x, S @ x)), m.node("g", dot(x, D @ x)), m.node("G", dot(x, M["a"]["d"] @ x))
    step = diag(r[t]) @ W
    false("order", A @ B @ S, S @ A @ B)
    true("transposes", (A @ B).T, B.T @ A.T)
    false("of-structures", (S @ D).T, S @ D)
    true("of-structures.right", (S @ D).T, D @ S)
    false("vec", vec(S @ D), vec(D @ S))
    false("by-symmetric", grad(f, S), 2 * x @ x.T)
    false("by-diagonal", grad(g, D), 2 * diag(had(x, x)))
    false("blocks", M["a"]["c"], M["a"]["d"])
    false("blocks-swapped", vstack(M["b"], M["a"]), 1 * M)
    true("blocks.right", vstack(M["a"], M["b"]), 1 * M)
    false("by-block", grad(G, M["a"]["c"]), x @ x.T)
    true("by-block.right", grad(G, M["a"]), hstack(0 * S, x @ x.T))
    false("two-by-two", N.T @ N, N @ N.T)
    true("literal", Prod(step, (t, 1, 3)), diag(r[3]) @ W @ diag(r[2]) @ W @ diag(r[1]) @ W)
    false("literal-diagonal", Prod(W, (t, 1, 2)), W @ had(W, eye(n)))
    false("literal-reversed", Prod(step, (t, 1, 2)), diag(r[1]) @ W @ diag(r[2]) @ W)
    false("commuted", W @ Prod(diag(r[t]), (t, 1, k)), Prod(diag(r[t]), (t, 1, k)) @ W, given=k >= 1)
    false("sizes", dot(ones(n), ones(n)), dot(ones(q), ones(q)))


@attack
def functions(m: Model, false: Any, true: Any) -> None:
    """Roots of squares, logarithms of products, kinks."""
    [n] = m.dims("n")
    s, p, x = m.parameter("s"), m.parameter("p", structure="positive"), m.parameter("x", n)
    root = power(Rational(1, 2))
    false("root-of-square", root(s * s), s)
    true("root-of-square.right", root(s * s), absolute(s))
    false("root-of-reciprocal", root(power(-2)(s)), power(-1)(s))
    false("cube-of-root", power(Rational(3, 2))(s * s), s * s * s)
    false("log-of-square", log(s * s), 2 * log(absolute(s)) + s)
    true("log-of-positive", log(p * p), 2 * log(p))
    false("relu", relu(s), s)
    true("relu.right", relu(s) - relu(-s), s)
    false("relu-squared", relu(s) * relu(s), s * s)
    false("slope", relu.prime(s) + relu.prime(-s), 0 * s)
    false("norm", norm(x), dot(ones(n), x))
    false("odd", sigma(-s), -sigma(s))
    true("logistic", sigma(s), power(-1)(1 + exp(-s)))
    false("logistic-sign", sigma(s), power(-1)(1 + exp(s)))


@pytest.mark.parametrize("claim", FALSE, ids=lambda claim: claim.id)
def test_what_is_false_is_not_proved_and_numbers_refute_it(claim: Claim) -> None:
    assert prove(claim).status is not Status.PROVED
    assert check(claim, Options(draws=8, evidence=("exact",))).status is Status.REFUTED


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.id)
def test_what_is_true_is_proved(claim: Claim) -> None:
    assert prove(claim).status is Status.PROVED
    left, right = claim.cases[0].sides
    assert trial_of(claim, Options()).fates(left, [right]) == [Fate.EQUAL]
