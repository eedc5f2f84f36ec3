"""Open functions of several arguments: h_t = f(x_t, h_{t-1}, W), o_t = g(h_t, v), L = 1/T Σ l(y_t, o_t)."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from evaluation import REFUTED, close, evaluated, named, status, traced, values, verdict

from derivations import Model, Prod, ShapeError, Sum, d, grad, immediate, tanh, vec, vstack
from derivations.proof.prove import prove
from derivations.verdict import Status
from numeric.replay import replay

World = SimpleNamespace


@pytest.fixture
def w() -> World:
    m = Model("several")
    n, q, p = m.dims("n q p")
    t, i, j, T = m.times("t i j T")
    x, y = m.inputs("x", q), m.inputs("y", p)
    W, v, a = m.parameter("w_h", n, n), m.parameter("w_o", q), m.parameter("a")
    f, g, loss = m.smooth("f", n), m.smooth("g", p), m.smooth("l")
    h, o = m.sequence("h", n), m.sequence("o", p)
    h[t] = f(x[t], h[t - 1], W)
    o[t] = g(h[t], v)
    L = m.node("L", (1 / T) * Sum(loss(y[t], o[t]), (t, 1, T)))
    return World(**locals(), F=lambda s: f(x[s], h[s - 1], W))


def test_arguments_stand_one_above_the_other(w: World) -> None:
    assert w.f(w.x[w.t], w.h[w.t]) == w.f(vstack(w.x[w.t], w.h[w.t]))
    assert w.f(w.x[w.t], w.W) == w.f(vstack(w.x[w.t], vec(w.W)))
    assert w.f(w.a, w.a).shape == (w.n, 1)
    assert w.loss(w.a, w.W, w.v.T).is_scalar


def test_a_function_of_nothing_or_of_a_matrix_alone_is_refused(w: World) -> None:
    with pytest.raises(ShapeError, match=re.escape("f of nothing")):
        w.f()
    with pytest.raises(ShapeError, match="use vec"):  # a function of every entry could be meant
        w.f(w.W)


def test_printing(w: World) -> None:
    e = w.f(w.x[w.t], w.h[w.t - 1], w.W)
    assert str(e) == "f(x_t, h_{t-1}, w_h)"
    assert e.latex() == r"f(\mathbf{x}_t, \mathbf{h}_{t-1}, \mathbf{w}_h)"
    assert e.latex("article") == "f(x(t), h(t-1), w_h)"
    assert str(w.loss(vec(w.W))) == "l(vec(w_h))"


def test_the_value_is_that_of_the_stack(w: World) -> None:
    sizes = {w.n: 3, w.q: 2, w.p: 4}
    one, other = evaluated(w.m, [w.f(w.x[1], w.W), w.f(vstack(w.x[1], vec(w.W)))], sizes)
    assert one.shape == (3, 1)
    assert close(one, other)
    program, leaves = traced(w.m, [w.loss(w.v, w.a)], sizes)
    [found] = values(program, leaves)
    parts = {(str(getattr(leaf.owner, "name", leaf.owner)), leaf.part): array[0]
             for leaf, array in zip(program.leaves, leaves, strict=True)}
    A, a, B, b = (parts["l", part] for part in ("A", "a", "B", "b"))
    drawn = named(program, leaves)
    z = np.concatenate([drawn["w_o"], drawn["a"].reshape(1, 1)])
    assert close(found, B @ np.tanh(A @ z + a) + b)


HOLDS: dict[str, Any] = {
    "recurrence": lambda w: (d(w.h[w.t], w.W), immediate(w.F(w.t), w.W)
                             + immediate(w.F(w.t), w.h[w.t - 1]) @ d(w.h[w.t - 1], w.W)),
    "without recurrence": lambda w: (d(w.h[w.t], w.W), immediate(w.F(w.t), w.W) + Sum(Prod(
        immediate(w.F(w.j), w.h[w.j - 1]), (w.j, w.i + 1, w.t)) @ immediate(w.F(w.i), w.W), (w.i, 1, w.t - 1))),
    "loss": lambda w: (d(w.L, w.W), (1 / w.T) * Sum(immediate(w.loss(w.y[w.t], w.o[w.t]), w.o[w.t])
                                                    @ immediate(w.g(w.h[w.t], w.v), w.h[w.t]) @ d(w.h[w.t], w.W),
                                                    (w.t, 1, w.T)), w.T >= 1),
    "output": lambda w: (grad(w.L, w.v), (1 / w.T) * Sum((d(w.loss(w.y[w.t], w.o[w.t]), w.o[w.t])
                                                          @ immediate(w.o[w.t], w.v)).T, (w.t, 1, w.T)), w.T >= 1),
    "one step": lambda w: (d(w.h[w.t], w.h[w.t - 1]), immediate(w.F(w.t), w.h[w.t - 1])),
    "inside": lambda w: (d(w.loss(tanh(w.v), w.a), w.a), immediate(w.loss(tanh(w.v), w.a), w.a)),
}
FAILS: dict[str, Any] = {
    "an earlier slope": lambda w: (d(w.h[w.t], w.W), immediate(w.F(w.t), w.W)
                                   + immediate(w.F(w.t - 1), w.h[w.t - 2]) @ d(w.h[w.t - 1], w.W)),
    "one factor too many": lambda w: (d(w.h[w.t], w.W), immediate(w.F(w.t), w.W) + Sum(Prod(
        immediate(w.F(w.j), w.h[w.j - 1]), (w.j, w.i, w.t)) @ immediate(w.F(w.i), w.W), (w.i, 1, w.t - 1)), w.t >= 2),
    "paths left out": lambda w: (d(w.h[w.t], w.W), immediate(w.F(w.t), w.W), w.t >= 2),
    "arguments exchanged": lambda w: (w.loss(w.v, w.a), w.loss(w.a, w.v)),
    "by another argument": lambda w: (d(w.h[w.t], w.h[w.t - 1]), 2 * immediate(w.F(w.t), w.h[w.t - 1])),
    "the mean forgotten": lambda w: (grad(w.L, w.v), Sum((d(w.loss(w.y[w.t], w.o[w.t]), w.o[w.t])
                                                          @ immediate(w.o[w.t], w.v)).T, (w.t, 1, w.T)), w.T >= 2),
}


def claimed(w: World, sides: tuple[Any, ...], **options: Any) -> Any:
    left, right, *given = sides
    return w.m.equal("claim", left, right, **({"given": given[0]} if given else {}), **options)


@pytest.mark.parametrize("name", HOLDS)
def test_what_holds_is_proved_and_agrees(w: World, name: str) -> None:
    claim = claimed(w, HOLDS[name](w))
    proof = prove(claim)
    assert proof.status is Status.PROVED, proof.detail
    assert replay(claim, proof) == []
    found = verdict(claim, evidence=("proof", "exact", "sweep"))  # after many steps, floats alone have too wide bounds
    assert found.status is Status.PROVED
    assert [e.outcome for e in found.evidence if e.method in ("exact", "ledger")] == [Status.AGREES] * 2


@pytest.mark.parametrize("name", FAILS)
def test_what_fails_is_refuted_and_not_proved(w: World, name: str) -> None:
    claim = claimed(w, FAILS[name](w), fails=True)
    assert prove(claim).status is Status.UNDECIDED
    assert status(claim) is REFUTED
