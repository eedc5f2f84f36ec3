"""A counterexample is small and still one: the fewest steps, the smallest sizes, simple numbers, the term at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from evaluation import REFUTED, verdict
from sympy import Rational

from derivations import Model, Prod, d, diag, had, sigma, tanh
from derivations.claim import Claim
from derivations.verdict import Counterexample


def found(claim: Claim, **options: Any) -> Counterexample:
    verdict_ = verdict(claim, **options)
    assert verdict_.status is REFUTED, verdict_.reason
    assert verdict_.counterexample is not None
    return verdict_.counterexample


def chain() -> tuple[Model, Any]:
    m = Model("chain")
    [n] = m.dims("n")
    t, k = m.times("t k")
    W, c = m.parameter("W", n, n), m.sequence("c", n)
    c[t] = tanh(W @ c[t - 1])
    return m, (n, t, k, W, c)


def test_the_fewest_steps_and_the_smallest_sizes() -> None:
    m, (_, t, k, _, c) = chain()
    turned = Prod(d(c[t], c[t - 1]), (t, 2, k), latest="right")
    order = found(m.equal("order", d(c[k], c[1]), turned))
    assert (order.steps, order.sizes) == ({"k": 3}, {"n": 2})
    assert f"--sizes n={order.sizes['n']}" in order.command
    ends = found(m.equal("ends", d(c[k], c[1]), Prod(d(c[t], c[t - 1]), (t, 1, k)), given=k >= 1))
    assert (ends.steps, ends.sizes) == ({"k": 1}, {"n": 1})


def test_sizes_that_were_asked_for_bound_the_smaller_ones() -> None:
    m, (n, *_) = chain()
    A = m.parameter("A", n, n)
    assert found(m.equal("symmetric", A, A.T)).sizes == {"n": 2}
    assert found(m.equal("given", A, A.T, given=n >= 3), sizes={"n": 5}).sizes == {"n": 3}


def arrays(leaves: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {name: np.array(value) for name, value in leaves.items()}


def test_the_numbers_are_simple_and_still_refute() -> None:
    """The numbers that are reported, put into both sides by hand."""
    m = Model("layer")
    [n] = m.dims("n")
    A, x = m.parameter("A", n, n), m.parameter("x", n)
    y = m.node("y", tanh(A @ x))
    example = found(m.equal("wrong", d(y, x), A @ diag(tanh.prime(A @ x))))
    given = arrays(example.leaves)
    z = given["A"] @ given["x"]
    left, right = np.diag(1 - np.tanh(z) ** 2) @ given["A"], given["A"] @ np.diag(1 - np.tanh(z) ** 2)
    assert example.entry is not None
    assert left[example.entry] != right[example.entry]
    assert float(example.left) == pytest.approx(left[example.entry], abs=1e-7)
    assert float(example.right) == pytest.approx(right[example.entry], abs=1e-7)
    assert all(np.array_equal(10 * a, np.round(10 * a)) for a in given.values())


def test_the_numbers_keep_their_structure() -> None:
    m = Model("kept")
    [n] = m.dims("n")
    S, p = m.parameter("S", n, n, structure="symmetric"), m.parameter("p", n, structure="positive")
    given = arrays(found(m.equal("wrong", S @ p, 2 * (S.T @ p))).leaves)
    assert np.array_equal(given["S"], given["S"].T)
    assert (given["p"] > 0).all()


TERMS = "ABCD"


@pytest.mark.parametrize("wrong", range(4))
def test_the_term_at_fault_of_a_sum_is_named(wrong: int) -> None:
    m = Model("sum")
    [n] = m.dims("n")
    gates = [(m.parameter(f"W_{name}", n, n), m.parameter(f"v_{name}", n)) for name in "abcd"]
    x = m.parameter("x", n)
    terms = [m.let(name, had(v, sigma(W @ x) - tanh(W @ x))) for name, (W, v) in zip(TERMS, gates, strict=True)]
    true = sum(terms[1:], terms[0])
    y = m.node("y", true)
    changed = [2 * term if k == wrong else term for k, term in enumerate(terms)]
    example = found(m.equal("claim", y, sum(changed[1:], changed[0])))
    assert example.term.startswith("term ")
    assert [name for name in TERMS if name in example.term] == [TERMS[wrong]]


def test_a_defect_too_small_to_be_seen_is_shown_as_it_was_found() -> None:
    m = Model("tiny")
    [n] = m.dims("n")
    A, B, a = m.parameter("A", n, n), m.parameter("B", n, n), m.parameter("a", n)
    claim = m.equal("claim", lambda V: (V @ a, (1 + Rational(1, 10**12)) * (V @ a)), each=(A, B))
    example = found(claim)
    assert example.case in ("A", "B")
    assert example.left != ""
    assert "e-1" in example.difference.split()[0]


def test_what_needs_no_numbers_needs_none() -> None:
    from sympy import Matrix

    example = found(Model("constants").equal("claim", Matrix([1, 1]), Matrix([1, 2])))
    assert (example.entry, example.leaves, example.sizes) == ((1, 0), {}, {})
