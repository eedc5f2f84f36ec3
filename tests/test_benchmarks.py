"""The benchmark's parts at their smallest: what is counted is true, every table has its rows. Times are not tested."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from benchmarks import caught, commands, exact, jacobian, proofs
from benchmarks.cell import DERIVATIVE, FORMULA, Point, Points
from benchmarks.measure import Table, ratio
from benchmarks.peers import NO_TORCH, TORCH, jax_accepts, torch_accepts
from derivations.proof.prove import prove

needs_torch = pytest.mark.skipif(not TORCH, reason=NO_TORCH)


@pytest.fixture(scope="module")
def here() -> Points:
    """JAX's derivative beside the formula and beside the formula turned over, which is wrong."""
    return Points([FORMULA, FORMULA.T], "balanced", 2)


def claimed(here: Points, candidate: int) -> list[tuple[Point, np.ndarray]]:
    return list(zip(here.points, here.matrices(candidate), strict=True))


def shown(table: Table) -> str:
    table.show(Console(width=110, file=(out := StringIO())))
    return out.getvalue()


def test_points_belong_to_the_claim(here: Points) -> None:
    values = Points([DERIVATIVE], "balanced", 2).matrices(0)
    np.testing.assert_allclose(values, here.matrices(0), rtol=1e-12)
    assert not np.allclose(here.matrices(0)[0], here.matrices(0)[1])


def test_check_grads_on_the_same_step(here: Points) -> None:
    for k, accepted in ((0, True), (1, False)):
        assert [jax_accepts(*given) for given in claimed(here, k)] == [accepted] * 2
    assert jax_accepts(here.points[0])


@needs_torch
@pytest.mark.parametrize("fast", [False, True])
def test_gradcheck_on_the_same_step(here: Points, fast: bool) -> None:
    for k, accepted in ((0, True), (1, False)):
        assert [torch_accepts(*given, fast=fast) for given in claimed(here, k)] == [accepted] * 2
    assert torch_accepts(here.points[0], fast=fast)


def test_no_wrong_variant_escapes_exact_evidence() -> None:
    gross, small = caught.wrong(5)
    assert (len(gross), len(small)) == (5, 4)
    for candidates, stratum in ((gross, "balanced"), (gross, "tiny"), (gross, "saturated"), (small, "balanced")):
        found, false = caught.caught(candidates, stratum, 1)[caught.OURS]
        assert (found, false) == (len(candidates), 0)


def test_tables() -> None:
    assert "lstm.state-gradient" in shown(exact.table(draws=1))
    assert "ours: balls" in shown(jacobian.table(points=1, repeats=1))
    gross, small = caught.tables(variants=2, points=1)
    assert len(gross.rows) == len(caught.STRATA)
    assert len(small.rows) == 1


def test_commands_in_processes_of_their_own() -> None:
    table = commands.table("lstm.dependencies", repeats=1)
    assert [row[0] for row in table.rows][-2:] == ["derivations check lstm.dependencies, cold",
                                                   "derivations check lstm.dependencies, warm"]


def test_ratio_shows_two_digits() -> None:
    assert [ratio(value, 1.0) for value in (123.4, 2.34, 0.0234)] == ["123×", "2.3×", "0.023×"]


def test_proofs_and_their_peer() -> None:
    assert proofs.explicit(1)  # SymPy's route shows the same claim
    assert proofs.interchangeable(6) == 1
    assert prove(proofs.gates(3)).status == "proved"
    text = shown(proofs.table(sizes=(1,), terms=(2,), repeats=1))
    assert "SymPy's Matrix.jacobian" in text
    assert "gates" in text
