"""The nearest formula that holds: named when one edit away, not invented when there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from evaluation import REFUTED, verdict

from derivations import Model, d, diag, dot, grad, had, sigma, tanh
from derivations.recurrent import lstm, rnn
from numeric import Options
from numeric.mutation import mutants, trial_of
from numeric.repair import repair

SHIPPED = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}


class Net:
    """A layer, a quadratic form, and a recurrence."""

    def __init__(self) -> None:
        self.model = m = Model("net")
        [n] = m.dims("n")
        [self.t] = m.times("t")
        t = self.t
        self.A, self.x, self.v = m.parameter("A", n, n), m.parameter("x", n), m.input("v", n)
        self.z = self.A @ self.x
        self.y = m.node("y", had(self.v, sigma(self.z)))
        self.q = m.node("q", dot(self.x, self.A @ self.x))
        self.c, self.o = m.sequence("c", n), m.sequence("o", n)
        self.o[t] = sigma(self.A @ self.c[t - 1])
        self.c[t] = had(self.o[t], tanh(self.c[t - 1]))
        self.J = diag(had(self.v, sigma.prime(self.z))) @ self.A


WRONG: dict[str, tuple[Callable[[Net], tuple[Any, Any]], str]] = {
    "function": (lambda e: (d(e.y, e.x), diag(had(e.v, tanh.prime(e.z))) @ e.A), "σ′(A x)"),
    "function itself": (lambda e: (d(e.y, e.x), diag(had(e.v, sigma(e.z))) @ e.A), "σ′(A x)"),
    "sign": (lambda e: (d(e.y, e.x), -e.J), "sign"),
    "coefficient": (lambda e: (d(e.y, e.x), 2 * e.J), "coefficient 1/2"),
    "transposed": (lambda e: (d(e.y, e.x), e.J.T), "transposed"),
    "missing factor": (lambda e: (d(e.y, e.x), diag(sigma.prime(e.z)) @ e.A), "missing factor"),
    "order": (lambda e: (d(e.y, e.x), e.A @ diag(had(e.v, sigma.prime(e.z)))), "order of factors"),
    "symmetric": (lambda e: (grad(e.q, e.x), 2 * (e.A @ e.x)), "holds when A is symmetric"),
    "held": (lambda e: (d(e.c[e.t], e.c[e.t - 1]), diag(had(e.o[e.t], tanh.prime(e.c[e.t - 1])))), "∂⁺c_t/∂c_{t-1}"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_nearest_formula_is_named(name: str) -> None:
    build, words = WRONG[name]
    net = Net()
    found = verdict(net.model.equal("claim", *build(net)))
    assert found.status is REFUTED
    assert words in found.repair


@pytest.mark.parametrize("build", [lambda e: (d(e.y, e.x), tanh(e.A) @ e.A),
                                   lambda e: (e.y, had(e.x, tanh(e.v)) + e.v)])
def test_no_repair_is_invented(build: Callable[[Net], tuple[Any, Any]]) -> None:
    net = Net()
    found = verdict(net.model.equal("claim", *build(net)))
    assert found.status is REFUTED
    assert found.repair.startswith("no single change")


def test_a_dropped_term_is_the_repair_of_one_too_many() -> None:
    net = Net()
    assert verdict(net.model.equal("claim", net.y, net.y + net.x / 1000)).repair.startswith("term dropped")


def test_where_it_holds_is_told() -> None:
    found = verdict(SHIPPED["rnn.jacobian.right"], 12)
    assert "= 1" in found.holds_where


def test_every_single_edit_of_a_formula_can_be_mended() -> None:
    """What mutation breaks, repair mends: the same table, read backwards."""
    claim = SHIPPED["rnn.jacobian"]
    trial, case = trial_of(claim, Options()), claim.cases[0]
    broken = [v for _, found in mutants(claim, case, None) for v in found
              if v.edit.name in ("sign", "function", "coefficient") and v.before != case.sides[0]]
    assert len(broken) >= 3
    for v in broken:
        wrong = type(case)(case.label, (case.sides[0], v.result))
        if trial.fates(case.sides[0], [v.result])[0].value == "differs":
            assert repair(claim, wrong, trial) is not None, v.change
