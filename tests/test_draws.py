"""Draws: keyed by what they are for, the same whatever else is drawn, with the structure that was declared."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from derivations import Model, tanh
from numeric.draws import STRATA, Key, draw
from numeric.plan import Leaf
from numeric.program import trace

m = Model("drawn")
[n] = m.dims("n")
[t] = m.times("t")
W, V, S = m.parameter("W", n, n), m.parameter("V", n, n), m.parameter("S", n, n, structure="symmetric")
P = m.parameter("P", n, n, structure=("positive", "diagonal"))
x, c = m.inputs("x", n), m.sequence("c", n)
c[t] = tanh(W @ c[t - 1] + V @ S @ P @ x[t])
KEY = Key(0, "claim", (("n", 3),))


def leaves(horizon: int = 2) -> tuple[Leaf, ...]:
    return trace(m, [c[t]], {n: 3}, [{t: horizon}]).leaves


def drawn(stratum: str, count: int, key: Key = KEY) -> dict[str, np.ndarray]:
    found = leaves()
    return {str(leaf.owner): a for leaf, a in zip(found, draw(key, found, stratum, count), strict=True)}


@pytest.mark.parametrize("stratum", STRATA)
def test_a_draw_does_not_depend_on_how_many_there_are(stratum: str) -> None:
    few, many = drawn(stratum, 5), drawn(stratum, 40)
    assert all(np.array_equal(many[name][:5], a) for name, a in few.items())


@pytest.mark.parametrize("stratum", STRATA)
def test_a_draw_does_not_depend_on_what_else_is_drawn(stratum: str) -> None:
    [alone] = draw(KEY, [leaf for leaf in leaves() if str(leaf.owner) == "x"], stratum, 3)
    assert np.array_equal(alone, drawn(stratum, 3)["x"])


def test_whatever_a_draw_is_keyed_by_changes_it() -> None:
    keys = [KEY, Key(1, "claim", (("n", 3),)), Key(0, "other", (("n", 3),)), Key(0, "claim", (("n", 4),))]
    found = [drawn(stratum, 1, key)["W"] for key in keys for stratum in ("balanced", "tiny")]
    assert all(not np.array_equal(a, b) for a, b in combinations(found, 2))
    for one in (drawn("balanced", 2),):
        assert not np.array_equal(one["W"][0], one["W"][1])
        assert not np.array_equal(one["W"], one["V"])


@pytest.mark.parametrize("stratum", STRATA)
def test_structure_is_kept_in_every_stratum(stratum: str) -> None:
    found = drawn(stratum, 30)
    symmetric, positive = found["S"], found["P"]
    assert np.array_equal(symmetric, symmetric.swapaxes(1, 2))
    diagonal = np.diagonal(positive, axis1=1, axis2=2)
    assert (diagonal > 0).all()  # what is positive is not zero, not even among zeros
    assert np.array_equal(positive, positive * np.eye(3))
    assert not np.array_equal(found["W"], found["W"].swapaxes(1, 2))


def test_strata_are_what_they_are_called() -> None:
    found = {stratum: drawn(stratum, 60) for stratum in STRATA}
    sizes = {stratum: np.abs(a["W"]).max(axis=(1, 2)) for stratum, a in found.items()}
    assert sizes["tiny"].max() < 1e-3 < sizes["balanced"].min()
    assert 3 < sizes["saturated"].max() > 2 * sizes["balanced"].max()
    assert (sizes["zeros"] == 0).any()
    assert (sizes["zeros"] > 0).any()
    assert np.abs(found["loguniform"]["W"]).min() >= 1e-3
    assert np.abs(found["loguniform"]["W"]).max() <= 10
    assert (found["loguniform"]["W"] < 0).any()
    ranks = np.linalg.matrix_rank(found["structured"]["W"])
    assert {1, 3} <= set(ranks.tolist())
    permuted = found["structured"]["W"][ranks == 3]
    assert ((permuted != 0).sum(axis=1) == 1).all()


def test_every_parameter_takes_its_turn() -> None:
    tests = {"saturated": lambda a: np.abs(a).max(axis=(1, 2)) > 8, "zeros": lambda a: (a == 0).all(axis=(1, 2))}
    for stratum, test in tests.items():
        turns = {name: set(np.flatnonzero(test(a)).tolist()) for name, a in drawn(stratum, 40).items() if name in "WV"}
        assert all(turns.values())
        assert not turns["W"] & turns["V"]
