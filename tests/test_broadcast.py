"""A row added to every row of a matrix, a column to every column: how it is written, in every rung."""

from __future__ import annotations

import re
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from evaluation import REFUTED, evaluated, status

from derivations import Model, ShapeError, grad, ones
from derivations.proof.prove import prove
from derivations.verdict import Status
from numeric.replay import replay

World = SimpleNamespace


def rows() -> World:
    m = Model("rows")
    n, q, h = m.dims("n q h")
    X, W = m.input("X", n, q), m.parameter("W", q, h)
    r, b, one, u = (m.parameter("r", None, h), m.parameter("b", h), m.parameter("e", 1, h), m.parameter("u", n))
    return World(**locals())


SPREAD: dict[str, Any] = {
    "row": (lambda w: w.X @ w.W + ones(w.n) @ w.r, lambda w, Z: grad(Z, w.r), lambda w, G: ones(w.n).T @ G),
    "vector": (lambda w: w.X @ w.W + ones(w.n) @ w.b.T, lambda w, Z: grad(Z, w.b), lambda w, G: G.T @ ones(w.n)),
    "one row": (lambda w: w.X @ w.W + ones(w.n, 1) @ w.one, lambda w, Z: grad(Z, w.one), lambda w, G: ones(1, w.n) @ G),
    "column": (lambda w: w.X @ w.W + w.u @ ones(w.h).T, lambda w, Z: grad(Z, w.u), lambda w, G: G @ ones(w.h)),
}


@pytest.mark.parametrize("name", SPREAD)
def test_a_row_added_to_every_row_in_every_rung(name: str) -> None:
    w = rows()
    made, left, right = SPREAD[name]
    loss = w.m.smooth("l")
    Z = w.m.node("Z", made(w))
    E = w.m.node("E", loss(Z, w.X))
    claim = w.m.equal("gradient", left(w, E), right(w, grad(E, Z)))
    wrong = w.m.equal("twice", left(w, E), 2 * right(w, grad(E, Z)), fails=True)
    proof = prove(claim)
    assert proof.status is Status.PROVED
    assert replay(claim, proof) == []
    assert status(claim) is Status.AGREES
    assert prove(wrong).status is Status.UNDECIDED
    assert status(wrong) is REFUTED


def test_a_row_that_is_not_spread_is_refused_with_its_spelling() -> None:
    w = rows()
    for e, words in ((w.r, "ones(n) @ b"), (w.b, "ones(n) @ b.T"), (w.one, "ones(n, 1) @ b"), (w.u, "b @ ones(h).T")):
        for attempt in (lambda e=e: w.X @ w.W + e, lambda e=e: e + w.X @ w.W):
            with pytest.raises(ShapeError, match=re.escape(words)):
                attempt()


def test_a_row_along_the_wrong_axis_is_refused() -> None:
    w = rows()
    wrong = w.m.parameter("z", w.q)
    for attempt in (lambda: w.X @ w.W + ones(w.h) @ w.b.T, lambda: w.X @ w.W + ones(w.n) @ wrong.T,
                    lambda: w.X @ w.W + w.b @ ones(w.n).T):
        with pytest.raises(ShapeError, match="a sum of"):
            attempt()
    with pytest.raises(ShapeError) as found:
        w.X @ w.W + wrong
    assert "ones" not in str(found.value)


def test_every_pair_of_sizes_is_told_apart() -> None:
    """n = 1 and h = 1 are where a row and a column can be mistaken for one another."""
    w = rows()
    for n, h in product((1, 3), (1, 2)):
        one, other = evaluated(w.m, [w.X @ w.W + ones(w.n) @ w.r, w.X @ w.W + w.u @ ones(w.h).T],
                               {w.n: n, w.q: 2, w.h: h})
        assert one.shape == other.shape == (n, h)
