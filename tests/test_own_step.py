"""Definitions whose sums, products and powers end at their own step, which is not the claim's step of that letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from derivations import Model, Prod, Sum, d
from derivations.verdict import Status
from numeric import Options, check

NUMBERS = Options(draws=16, evidence=("exact", "sweep"))


def model() -> tuple[Model, dict[str, Any]]:
    own = Model("own")
    (n,) = own.dims("n")
    t, i, k = own.times("t i k")
    M, u = own.parameter("M", n, n), own.inputs("u", n)
    g, h, p = own.sequence("g", n), own.sequence("h", n), own.sequence("p", n)
    g[t] = Sum(u[i], (i, 1, t))
    h[t] = M**t @ u[t] + h[t - 1]
    p[t] = Prod(M, (i, 2, t)) @ u[1]
    return own, {"t": t, "i": i, "k": k, "M": M, "u": u, "g": g, "h": h, "p": p}


def sides(which: str) -> dict[str, Callable[..., tuple[Any, Any]]]:
    """Claims at another step than the definition's own, of the same letter and of another; right and wrong ones."""
    tables: dict[str, dict[str, Callable[..., tuple[Any, Any]]]] = {
        "right": {
            "later": lambda t, i, u, g, **_: (g[t + 1], Sum(u[i], (i, 1, t + 1))),
            "another letter": lambda k, i, u, g, **_: (g[k], Sum(u[i], (i, 1, k))),
            "slope": lambda t, u, g, **_: (d(g[t + 1], u[t + 1]), d(u[t], u[t])),
            "power": lambda k, M, u, h, **_: (d(h[k + 1], u[k + 1]), M ** (k + 1)),
            "product": lambda k, M, u, p, **_: (p[k + 1], M**k @ u[1]),
            "under a sum of its letter": lambda t, i, k, u, g, **_: (
                Sum(g[t], (t, 1, k)), Sum(Sum(u[i], (i, 1, t)), (t, 1, k))),
        },
        "wrong": {
            "later": lambda t, i, u, g, **_: (g[t + 1], Sum(u[i], (i, 1, t))),
            "another letter": lambda k, i, u, g, **_: (g[k], Sum(u[i], (i, 1, k - 1))),
            "slope": lambda t, u, g, **_: (d(g[t + 1], u[t + 1]), 2 * d(u[t], u[t])),
            "power": lambda k, M, u, h, **_: (d(h[k + 1], u[k + 1]), M**k),
            "product": lambda k, M, u, p, **_: (p[k + 1], M ** (k + 1) @ u[1]),
            "under a sum of its letter": lambda t, i, k, u, g, **_: (
                Sum(g[t], (t, 1, k)), Sum(Sum(u[i], (i, 1, k)), (t, 1, k))),
        },
    }
    return tables[which]


@pytest.mark.parametrize("name", sides("right"))
@pytest.mark.parametrize(("which", "status"), [("right", Status.AGREES), ("wrong", Status.REFUTED)])
def test_a_definition_s_own_step_runs_to_the_horizon(name: str, which: str, status: Status) -> None:
    own, names = model()
    found = check(own.equal("claim", *sides(which)[name](**names)), NUMBERS)
    assert found.status is status, found.reason
