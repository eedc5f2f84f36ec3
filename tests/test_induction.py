"""Proofs by induction: what the claim at one step may be used for at the next."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from evaluation import REFUTED, status

from derivations import Model, relu, vstack
from derivations.proof.prove import prove
from derivations.verdict import Status
from numeric.replay import replay


@pytest.fixture
def w() -> SimpleNamespace:
    """Recurrences of which s h_k = s (h_0 + k b) is true, for s is zero or one, and h_k = h_0 + k b is not."""
    m = Model("switched")
    t, k = m.times("t k")
    a, b = m.parameter("a"), m.parameter("b")
    s = relu.prime(a)
    h, f = m.sequence("h"), m.sequence("f")
    h[t] = h[t - 1] + b + (1 - s)
    f[t] = f[t - 1] + h[t - 1] - h[0] - (t - 1) * b
    return SimpleNamespace(m=m, k=k, s=s, h=h, f=f, line=h[0] + k * b)


HOLDS: dict[str, Any] = {
    "alone": lambda w: (w.s * w.h[w.k], w.s * w.line),
    "for a cell that has the number too": lambda w: (
        vstack(w.s * w.h[w.k], w.s * w.f[w.k]), vstack(w.s * w.line, w.s * w.f[0])),
}
FAILS: dict[str, Any] = {
    "without the number": lambda w: (w.h[w.k], w.line),
    "for another cell": lambda w: (vstack(w.s * w.h[w.k], w.f[w.k]), vstack(w.s * w.line, w.f[0])),
    "for a cell before": lambda w: (vstack(w.f[w.k], w.s * w.h[w.k]), vstack(w.f[0], w.s * w.line)),
}


@pytest.mark.parametrize("name", HOLDS)
def test_what_holds_where_a_number_is_zero_is_proved(w: SimpleNamespace, name: str) -> None:
    claim = w.m.equal("right", *HOLDS[name](w), given=w.k >= 0)
    proof = prove(claim)
    assert proof.status is Status.PROVED, proof.detail
    assert replay(claim, proof) == []


@pytest.mark.parametrize("name", FAILS)
def test_what_is_said_of_nothing_proves_nothing(w: SimpleNamespace, name: str) -> None:
    claim = w.m.equal("wrong", *FAILS[name](w), given=w.k >= 0, fails=True)
    assert prove(claim).status is Status.UNDECIDED
    assert status(claim) is REFUTED
