"""Paths at fault: what a formula misses, what it counts twice, and nothing where there is nothing to say."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from evaluation import AGREES, REFUTED, status, verdict

from derivations import Model, Prod, d, diag, had, sigma, tanh
from derivations.recurrent import lstm


def test_a_chain_that_keeps_the_first_use_alone_misses_the_others() -> None:
    found = verdict(next(claim for claim in lstm.claims if claim.id == "lstm.chain"), 12)
    assert "missing: W_f → f_2 → c_2 → h_2 → E_2" in found.paths
    assert all(line.startswith("missing: ") for line in found.paths)


def two_ways() -> SimpleNamespace:
    """From a to y directly, by b, and by c."""
    m = Model("ways")
    [n] = m.dims("n")
    a, W = m.parameter("a", n), m.parameter("W", n, n)
    b = m.node("b", tanh(a))
    c = m.node("c", sigma(W @ a))
    y = m.node("y", had(a, b) + had(b, c))
    terms = {"direct": diag(b), "by_b": diag(a + c) @ d(b, a), "by_c": diag(b) @ d(c, a)}
    return SimpleNamespace(model=m, a=a, b=b, c=c, y=y, W=W, **terms)


WRONG = {
    "missing": (lambda w: w.direct + w.by_b, {"missing: a → c → y"}),
    "two are missing": (lambda w: w.by_b, {"missing: a → y", "missing: a → c → y"}),
    "twice": (lambda w: w.direct + w.by_b + 2 * w.by_c, {"counted twice: a → c → y"}),
    "thrice": (lambda w: w.direct + 3 * w.by_b + w.by_c, {"counted 3 times: a → b → y"}),
    "one for another": (lambda w: w.direct + 2 * w.by_b, {"missing: a → c → y", "counted twice: a → b → y"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_missing_or_counted_twice_is_named(name: str) -> None:
    ways = two_ways()
    formula, paths = WRONG[name]
    found = verdict(ways.model.equal("claim", d(ways.y, ways.a), formula(ways)))
    assert found.status is REFUTED
    assert set(found.paths) == paths


@pytest.mark.parametrize("formula", [lambda w: w.direct + w.by_b + w.by_c.T, lambda w: w.direct / 2 + w.by_b + w.by_c,
                                     lambda w: w.direct + w.by_b + w.by_c @ w.W])
def test_what_is_no_matter_of_paths_names_none(formula: object) -> None:
    ways = two_ways()
    found = verdict(ways.model.equal("claim", d(ways.y, ways.a), formula(ways)))  # type: ignore[operator]
    assert (found.status, found.paths) == (REFUTED, ())


def test_what_holds_names_none() -> None:
    ways = two_ways()
    found = verdict(ways.model.equal("claim", d(ways.y, ways.a), ways.direct + ways.by_b + ways.by_c))
    assert (found.status, found.paths) == (AGREES, ())


def test_a_held_node_is_on_no_path() -> None:
    ways = two_ways()
    held = d(ways.y, ways.a, hold=ways.b)
    assert status(ways.model.equal("right", held, ways.direct + ways.by_c)) is AGREES
    assert verdict(ways.model.equal("wrong", held, ways.direct)).paths == ("missing: a → c → y",)


def test_a_product_of_steps_that_skips_a_lag_misses_paths() -> None:
    m = Model("lag")
    [n] = m.dims("n")
    t, k = m.times("t k")
    W, c = m.parameter("W", n, n), m.sequence("c", n)
    c[t] = tanh(W @ c[t - 1] + c[t - 2])
    found = verdict(m.equal("claim", d(c[k], c[1]), Prod(d(c[t], c[t - 1]), (t, 2, k)), fails=k >= 3))
    assert (found.status, found.as_expected) == (REFUTED, True)
    assert found.paths == ("missing: c_1 → c_3",)
