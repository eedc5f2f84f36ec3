"""How far definitions read: claims are made only where everything behind them exists, and numbers reach that far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from evaluation import AGREES, REFUTED, verdict

from derivations import Model, StepError, Sum, grad, had, tanh
from derivations.claim import Claim
from derivations.ranges import instances, range_text
from derivations.reach import furthest
from derivations.verdict import Status

Build = Callable[[Any], Any]


def status(claim: Claim) -> Status:
    """What numbers alone say: that a formula is proved must not hide that they read the wrong step."""
    return verdict(claim, evidence=("exact", "sweep")).status


class Net:
    """A recurrence that looks back, one that looks forward to T, and g, whose definition is at test."""

    def __init__(self, definition: Build, last: Any = None) -> None:
        self.model = m = Model("net")
        [self.n] = m.dims("n")
        self.t, self.s, self.T = m.times("t s T")
        t, n = self.t, self.n
        self.W, self.x = m.parameter("W", n, n), m.inputs("x", n)
        self.c, self.delta = m.sequence("c", n), m.sequence("delta", n, last=self.T)
        self.q = m.sequence("q", n, last=5)
        self.c[t] = tanh(self.W @ self.c[t - 1] + self.x[t])
        self.delta[t] = self.W @ self.delta[t + 1] + self.x[t]
        self.q[t] = self.x[t]
        self.g, self.e = m.sequence("g", n, last=last), m.sequence("e", n)
        self.g[t] = definition(self)
        self.e[t] = had(self.e[t - 1], self.g[t + 1])

    def claim(self, *sides: Any, **options: Any) -> Claim:
        return self.model.equal("tried", *sides, **options)


@pytest.mark.parametrize(("definition", "g", "e"), [
    (lambda m: m.delta[m.t], "1 ≤ t ≤ T + 1", "0 ≤ t ≤ T"),
    (lambda m: m.delta[m.t + 2], "1 ≤ t ≤ T - 1", "0 ≤ t ≤ T - 2"),
    (lambda m: m.delta[m.t + 2] + m.c[m.t + 4], "1 ≤ t ≤ T - 1", "0 ≤ t ≤ T - 2"),
    (lambda m: m.q[m.t + 1], "1 ≤ t ≤ 4", "0 ≤ t ≤ 3"),
    (lambda m: m.q[2 * m.t], "1 ≤ t ≤ 2", "0 ≤ t ≤ 1"),
    (lambda m: m.c[5 - m.t], "1 ≤ t ≤ 5", "0 ≤ t ≤ 4"),
    (lambda m: m.c[m.t + 40], "t ≥ 1", "t ≥ 0"),
    (lambda m: Sum(m.delta[m.s], (m.s, m.t, m.t + 3)), "1 ≤ t ≤ T - 2", "0 ≤ t ≤ T - 3"),
    (lambda m: Sum(m.delta[m.s], (m.s, 1, m.T + 1)) + m.x[m.t], "t ≥ 1", "t ≥ 0"),
])
def test_a_range_ends_where_what_a_definition_reads_ends(definition: Build, g: str, e: str) -> None:
    net = Net(definition)
    said = net.claim(net.g[net.t], net.g[net.t])
    assert range_text(said).split(", T")[0] == g
    del net.model._claims[said.id]
    assert range_text(net.claim(net.e[net.t], net.e[net.t])).split(", T")[0] == e


def test_a_range_starts_where_what_a_definition_reads_starts() -> None:
    net = Net(lambda m: m.delta[m.t - 2])  # there is no δ_0: it looks forward
    claim = net.claim(net.g[net.t], net.g[net.t])
    assert range_text(claim) == "3 ≤ t ≤ T + 3"


def test_a_recurrence_that_reads_what_never_was_cannot_be_claimed_about() -> None:
    net = Net(lambda m: m.delta[m.t - 3])  # e reads g from its second step on
    with pytest.raises(StepError, match=r"e_3 does not exist: behind it stands"):
        net.claim(net.e[3], net.e[3])


def test_the_letter_of_a_definition_is_its_own() -> None:
    net = Net(lambda m: m.x[m.t])
    late = net.model.sequence("l", net.n)
    late[net.T] = net.delta[net.T + 2]  # T is the step here, and the end of δ there
    assert range_text(net.claim(late[net.t], late[net.t])) == "1 ≤ t ≤ T - 1"


@pytest.mark.parametrize(("step", "message"), [
    (5, "g_5 does not exist: behind it stands q"), (7, "g_7 does not exist: behind it stands q"),
])
def test_a_literal_step_behind_which_something_does_not_exist(step: int, message: str) -> None:
    net = Net(lambda m: m.q[m.t + 1])
    with pytest.raises(StepError, match=message):
        net.claim(net.g[step], net.x[step])


def test_a_sequence_that_looks_forward_needs_its_own_end_to_exist() -> None:
    net = Net(lambda m: m.q[m.t + 1], last=9)  # its own end is past what it reads
    with pytest.raises(StepError, match="g_2 does not exist: behind it stands q"):
        net.claim(net.g[2], net.x[2])
    fine = Net(lambda m: m.q[m.t + 1], last=4)
    assert range_text(fine.claim(fine.g[fine.t], fine.g[fine.t])) == "1 ≤ t ≤ 4"
    other = Net(lambda m: m.delta[m.t + 1], last=4)  # as long as T says
    assert "T ≥ 4" in range_text(other.claim(other.g[other.t], other.g[other.t]))


def test_no_instance_reads_past_an_end() -> None:
    net = Net(lambda m: m.delta[m.t + 2])
    claim = net.claim(net.g[net.t], net.W @ net.delta[net.t + 3] + net.x[net.t + 2], given=net.t <= net.T - 2)
    assert all(at[net.t] <= at[net.T] - 2 for at in instances(claim, 6))
    assert status(claim) is AGREES


# ---- numbers reach as far


def test_what_is_far_away_is_not_the_nearest() -> None:
    net = Net(lambda m: m.c[12] + 0 * m.x[m.t])
    t, c, g, s = net.t, net.c, net.g, net.s
    whole = net.model.node("S", Sum(c[t], (t, 1, 20)))
    net.model.node("v", c[3])
    claims = {
        "right": (g[2], c[12]), "whole.right": (whole, Sum(c[s], (s, 1, 20))),
        "near": (g[2], c[8]), "nearer": (g[2], c[2]), "whole.near": (whole, Sum(c[s], (s, 1, 3)) + 17 * c[3]),
    }
    found = {id: status(net.model.equal(id, *sides)) for id, sides in claims.items()}
    assert found == {id: AGREES if "right" in id else REFUTED for id in claims}


def test_multiples_of_steps_are_far_away() -> None:
    net = Net(lambda m: m.c[3 * m.t])
    t, c, g = net.t, net.c, net.g
    assert status(net.model.equal("right", g[t], c[3 * t])) is AGREES
    assert status(net.model.equal("wrong", g[2], c[4])) is REFUTED
    assert status(net.model.equal("wrong.derivative", grad(g[2].T @ g[2], c[4]), 2 * g[2])) is REFUTED


def test_furthest() -> None:
    net = Net(lambda m: m.c[3 * m.t])
    g, c, t, T = net.g, net.c, net.t, net.T
    ranges = {t: (1, 4), T: (1, 6)}
    assert furthest(net.model, [c[t]], ranges) == 4
    assert furthest(net.model, [g[t]], ranges) == 12
    assert furthest(net.model, [net.e[t]], ranges) == 15
    assert furthest(net.model, [Sum(c[t], (t, 1, 9))], {}) == 9
    assert furthest(net.model, [net.delta[t]], ranges) == 7
    assert furthest(net.model, [net.W], {}) == 1


@pytest.mark.parametrize("condition", [lambda t: t >= 9, lambda t: t >= 60])
def test_a_range_that_starts_late_is_checked_there(condition: Callable[[Any], Any]) -> None:
    net = Net(lambda m: m.x[m.t])
    t, c = net.t, net.c
    step = tanh(net.W @ c[t - 1] + net.x[t])
    assert status(net.model.equal("right", c[t], step, given=condition(t))) is AGREES
    assert status(net.model.equal("wrong", c[t], tanh(net.W @ c[t - 1]), fails=True, given=condition(t))) is REFUTED


def test_late_pairs_of_steps_are_checked() -> None:
    net = Net(lambda m: m.x[m.t])
    t, s, c = net.t, net.s, net.c
    right = net.model.equal("right", had(c[t], c[s]), had(c[s], c[t]), given=s >= t + 9)
    wrong = net.model.equal("wrong", had(c[t], c[s]), had(c[t], c[t]), given=s >= t + 9, fails=True)
    assert (status(right), status(wrong)) == (AGREES, REFUTED)
