"""What a claim needs from numbers: less where it is proved, one counterexample where it fails, all where it holds."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest

from derivations import Model, d, sigma
from derivations.claim import Claim
from derivations.recurrent.lstm import lstm
from derivations.recurrent.rnn import rnn
from derivations.verdict import Status
from numeric import workers
from numeric.batch import arranged, weight
from numeric.cells import Cell
from numeric.equality import gather
from numeric.exact.decide import Outcome
from numeric.ladder import check
from numeric.ledger import ENOUGH
from numeric.sampling import turns
from numeric.sizes import PROVED, REFUTING, WHOLE, Options, effort


def named(model: Model, id: str) -> Claim:
    return next(claim for claim in model.claims if claim.id == id)


def recurrent() -> tuple[Model, Any, Any]:
    m = Model("m")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, c = m.parameter("W", n, n), m.sequence("c", n)
    c[t] = sigma(W @ c[t - 1])
    m.equal("first", c[t], sigma(W @ c[t - 1]))
    return m, c, t


# ---- how much


def test_a_proved_claim_needs_less_and_every_rung_all_the_same() -> None:
    claim = named(rnn, "rnn.jacobian")
    whole, less = gather(claim, Options(draws=400)), gather(claim, Options(draws=400), proved=True)
    assert effort(claim, proved=True) == PROVED
    assert len(less.cells) < len(whole.cells)
    assert sum(c.floats for c in less.cells) < sum(c.floats for c in whole.cells) / 3
    assert all(c.status is Status.AGREES for c in less.cells)
    assert min(c.floats for c in less.cells) > 0 < min(c.exact for c in less.cells)
    assert Outcome.AGREES in {c.towers for c in less.cells}
    assert min(less.ledger.values()) >= ENOUGH
    assert less.ledger.keys() == whole.ledger.keys()


@pytest.mark.parametrize("evidence", [("exact",), ("sweep",), ("exact", "sweep")])
def test_what_is_proved_wrongly_is_refuted_all_the_same(evidence: tuple[str, ...]) -> None:
    m, c, t = recurrent()
    J = d(c[t], c[t - 1])
    wrong = m.equal("wrong", J, J + J / 10**9)
    found = gather(wrong, Options(draws=200, evidence=evidence), proved=True)
    assert all(cell.status is Status.REFUTED for cell in found.cells)


def test_a_region_of_steps_needs_no_large_size_and_one_of_sizes_does() -> None:
    assert effort(named(rnn, "rnn.chain")) == REFUTING
    assert "large" in effort(named(rnn, "rnn.jacobian.right")).roles
    assert effort(named(rnn, "rnn.jacobian")) == WHOLE
    assert effort(named(rnn, "rnn.chain"), proved=True) == REFUTING  # a proof of what should fail is put to the test


@pytest.mark.parametrize("model", [rnn, lstm])
def test_one_claim_of_a_family_is_compiled_whatever_is_proved(model: Model) -> None:
    found = [claim for claim in model.claims if claim.kind == "equality" and effort(claim, proved=True).compiled]
    assert len(found) == 1
    assert gather(found[0], Options(draws=64), proved=True).xla_draws >= 64


def test_sizes_that_a_claim_rules_out_leave_it_those_at_which_it_is_made() -> None:
    m = Model("m")
    [n] = m.dims("n")
    W, x = m.parameter("W", n, n), m.parameter("x", n)
    claim = m.equal("a", W @ x, W.T @ x, given=n < 2)
    found = gather(claim, Options(draws=64), proved=True)
    assert {tuple(c.sizes.named.values()) for c in found.cells} == {(1,)}


# ---- cells that are expected to be refuted


def cells_of(claim: Claim, role: str) -> list[Cell]:
    return [c for c in gather(claim, Options(draws=400)).cells if c.sizes.role == role]


def test_inside_the_region_a_few_draws_and_outside_a_full_share() -> None:
    cells = cells_of(named(rnn, "rnn.state-product.reversed"), "main")
    inside, outside = ([c for c in cells if (max(c.at.values()) >= 3) == within] for within in (True, False))
    assert inside
    assert outside
    assert all(c.refuted is not None and c.floats <= 12 for c in inside)
    assert all(c.status is Status.AGREES and c.floats >= 45 for c in outside)


def test_what_is_expected_to_fail_and_does_not_gets_every_draw() -> None:
    m, c, t = recurrent()
    J = d(c[t], c[t - 1])
    claim = m.equal("right", J, J / 3 + 2 * J / 3, fails=True)
    cells = cells_of(claim, "main")
    assert len(cells) == len({tuple(c.at.items()) for c in cells}) == 8
    assert min(cell.floats for cell in cells) >= 45
    verdict = check(claim, Options(draws=64, evidence=("exact", "sweep")))
    assert (verdict.status, verdict.as_expected) == (Status.AGREES, False)


def test_one_cell_of_a_region_that_holds_is_found() -> None:
    m, c, t = recurrent()
    J = d(c[t], c[t - 1])
    claim = m.equal("late", d(c[t], c[0]), J, fails=t >= 1)  # at t = 1 it holds
    verdict = check(claim, Options(draws=64))
    assert verdict.status is Status.REFUTED
    assert not verdict.as_expected
    assert "t = 1" in verdict.reason


# ---- turns


@pytest.mark.parametrize(("places", "parameters"), [(8, 4), (8, 8), (5, 4), (4, 5), (3, 1), (1, 7), (6, 4), (2, 0)])
def test_every_place_sees_every_parameter_in_its_turn(places: int, parameters: int) -> None:
    count = 2 * places * max(1, parameters)
    found = turns(count, range(places), parameters)
    seen = Counter(zip(found.tolist(), (np.arange(count) % max(1, parameters)).tolist(), strict=True))
    assert set(seen) == set(product(range(places), range(max(1, parameters))))
    assert len(set(seen.values())) == 1
    assert set(found[: 2 * places].tolist()) == set(range(places))


# ---- several workers


@pytest.mark.parametrize("sides", [(True,), (False,), (True, False), (True, False, False, True)])
def test_workers_at_both_ends_do_each_task_once(monkeypatch: pytest.MonkeyPatch, sides: tuple[bool, ...]) -> None:
    monkeypatch.setattr(workers, "_taken", multiprocessing.get_context("fork").Array("i", 3), raising=False)
    monkeypatch.setattr(workers, "_task", lambda argument: argument * 10, raising=False)
    queue = [(place, place + 1) for place in (3, 0, 4, 1, 2)]
    found = []
    for k in range(len(queue)):
        monkeypatch.setattr(workers, "_from_front", sides[k % len(sides)], raising=False)
        found.append(workers._run(queue))
    assert sorted(found) == [(place, 10 * (place + 1)) for place in range(5)]
    assert found[0][0] == queue[0 if sides[0] else -1][0]


def test_claims_are_arranged_by_family_with_the_light_ones_in_the_middle() -> None:
    claims = [*lstm.claims, *rnn.claims]
    order = arranged(claims)
    assert sorted(order) == list(range(len(claims)))
    weights = [weight(claims[k]) for k in order]
    first = len(lstm.claims)
    assert weights[:first] == sorted(weights[:first], reverse=True)
    assert weights[first:] == sorted(weights[first:])
    assert {claims[k].model for k in order[:first]} == {lstm}
    assert arranged([]) == []


def test_a_worker_that_dies_loses_its_task_alone() -> None:
    """In a process of its own: workers are forked while there is one thread and no JAX."""
    program = """
import os, signal
from numeric import workers

def task(argument):
    if argument == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return argument * 10

os.sched_getaffinity = lambda pid: {0, 1}
with workers.workers(task, 6) as mapped:
    print(sorted((place, found if found is not workers.LOST else "lost") for place, found in mapped(range(6))))
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "[(0, 0), (1, 10), (2, 20), (3, 'lost'), (4, 40), (5, 50)]"
