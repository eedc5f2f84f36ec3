"""Open elementwise functions in numbers: draws, bounds, limits, and witnesses that say what one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from evaluation import AGREES, REFUTED, status, traced, values, verdict
from perceptron import HOLDS, W1, act, h, n, net, p, phi, psi, q, r, s, x, z

from derivations import (
    DerivationError,
    Model,
    NamingError,
    ShapeError,
    absolute,
    d,
    elementwise,
    norm,
    relu,
    vstack,
)
from derivations.proof.prove import prove
from derivations.verdict import Status
from numeric import Options, check

PROVED, UNDECIDED = Status.PROVED, Status.UNDECIDED


def mathematically(leaves: dict[str, np.ndarray]) -> Callable[[Any], Any]:
    """The function that the arrays stand for, written for JAX to differentiate."""
    A, a, B, b, c = (leaves[part].ravel() for part in "AaBbc")
    return lambda v: c[0] * v + b[0] + sum(B[i] * jnp.tanh(A[i] * v + a[i]) for i in range(2))


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_its_values_and_derivatives_are_those_of_one_function(order: int) -> None:
    f = phi
    for _ in range(order):
        f = f.prime
    program, leaves = traced(net, [f(W1), f(x), W1, x], {n: 3, p: 2, q: 1})
    of_matrix, of_vector, matrix, vector = values(program, leaves)
    drawn = {leaf.part: a[0] for leaf, a in zip(program.leaves, leaves, strict=True) if leaf.owner == phi}
    assert [drawn[part].shape for part in "AaBbc"] == [(2, 1), (2, 1), (1, 2), (1, 1), (1, 1)]
    with jax.enable_x64(True):
        function = mathematically(drawn)
        for _ in range(order):
            function = jax.grad(function)
        for found, at in ((of_matrix, matrix), (of_vector, vector)):
            expected = np.array([[float(function(v)) for v in row] for row in at])
            assert found.shape == at.shape
            assert np.allclose(found, expected, rtol=1e-12, atol=1e-13)
            assert np.ptp(found) > 1e-3


def test_a_draw_has_one_function_and_another_draw_another() -> None:
    program, leaves = traced(net, [phi(s), phi(s + 0 * r), psi(s)], {}, count=2)
    first, second = (values(program, [a[k : k + 1] for a in leaves]) for k in (0, 1))
    assert first[0] == first[1] != first[2]
    own = {leaf: a for leaf, a in zip(program.leaves, leaves, strict=True) if leaf.owner == phi}
    assert len(own) == 5
    assert all((a[0] != a[1]).all() for a in own.values())
    assert second[0] != first[0]


def test_every_rung_speaks_of_it() -> None:
    found = {e.method: e for e in check(HOLDS["one-step"], Options(draws=60)).evidence}
    assert found["proof"].outcome is PROVED
    assert found["exact"].outcome is AGREES
    assert found["exact"].counts["false_accept"] < 1e-20
    assert found["sweep"].outcome is AGREES
    assert found["sweep"].counts["xla"] + found["sweep"].counts["resolved"] > 30


# ---- bounds and limits


BOUNDED: dict[str, tuple[Any, Any, Status]] = {
    "square": (phi(s) ** 2 >= 0, (), PROVED),
    "of-known-range": (norm(phi(x), "inf") <= 10, (), REFUTED),
    "not-negative": (phi(s) >= 0, (), REFUTED),
    "contracts": (norm(d(h, z), 2) <= 1, (), REFUTED),
    "grows": (phi.prime(s) >= 0, (), REFUTED),
    "smaller-inside": (absolute(phi(s)) <= absolute(s), (), REFUTED),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_nothing_bounds_it_but_what_is_assumed(name: str) -> None:
    relation, given, expected = BOUNDED[name]
    claim = net.bound(f"bounded-{name}", relation, given=given)
    assert check(claim, Options(draws=24)).status is expected


def test_a_bound_on_its_slope_bounds_what_goes_through_it() -> None:
    model = Model("tending")
    [size], [i] = model.dims("n"), model.times("k")
    w, slope, f = model.parameter("W", size, size), model.parameter("b"), model.activation("f")
    state = model.sequence("h", size)
    state[i] = f(w @ state[i - 1])
    far, flat = norm(d(state[i], state[0]), 2), (norm(f.prime(w @ state[i - 1]), "inf") <= slope, slope >= 0)
    sure = model.bound("sure", norm(d(state[i], state[i - 1]), 2) <= slope * norm(w, 2), given=flat)
    open_ = model.bound("open", norm(d(state[i], state[i - 1]), 2) <= norm(w, 2))
    slow = model.tends("slow", far, 0, along=i, given=(*flat, slope * norm(w, 2) < 1))
    free = model.tends("free", far, 0, along=i, given=norm(w, 2) < 1)
    seen = model.tends("seen", far, 0, along=i, fails=True,
                       witness={size: 1, f: lambda v: 3 * v + 1, w: 1, state[0]: 0})
    found = [check(claim, Options(draws=24)).status for claim in (sure, open_, slow, free, seen)]
    assert found == [PROVED, REFUTED, PROVED, UNDECIDED, REFUTED]


# ---- witnesses


def test_a_witness_says_what_it_is_and_its_derivatives_follow() -> None:
    given = {phi: lambda v: v**2, s: 1}
    claim = net.equal("seen", phi(s) * phi.prime(s), phi.prime.prime(s) * 2, fails=True, witness=given)
    found = {e.method: e for e in check(claim, Options(draws=24)).evidence}
    assert found["witness"].outcome is REFUTED
    not_there = net.equal("unseen", phi(s) * phi.prime(s), phi.prime.prime(s), fails=True, witness=given)
    assert {e.method: e for e in check(not_there, Options(draws=24)).evidence}["witness"].outcome is not REFUTED


def test_what_exists_is_shown_by_a_rule() -> None:
    there = net.exists("there", phi(s) >= phi.prime(s) + 1, witness={phi: lambda v: v**2 + v, s: 2})
    absent = net.exists("absent", phi(s) >= phi.prime(s) + 1, witness={phi: lambda v: v, s: 1})
    assert check(there, Options()).status is PROVED
    assert check(absent, Options()).status is not PROVED


@pytest.mark.parametrize(("key", "rule", "error", "words"), [
    (phi, 3, DerivationError, "expected a function"),
    (phi, lambda v, w: v, ShapeError, "applied to every entry, and given as a function of v, w: expected one number"),
    (phi, lambda v: v * s, NamingError, "depends on s"),
    (phi, lambda v: psi(v), NamingError, "depends on psi"),
    (phi, lambda v: vstack(v, v), ShapeError, "phi has scalar values, its rule gives a vector 1 \\+ 1"),
    (phi, lambda v: relu(v), DerivationError, "any smooth function, and its rule has relu in it, which has a kink"),
    (phi.prime, lambda v: v, DerivationError, "a derivative of phi follows from phi: give phi a rule"),
    (act, lambda v: v, NamingError, "of another model"),
    (None, None, DerivationError, "the function phi is left open"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_rules_that_are_refused(key: Any, rule: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        net.equal("refused", phi(s), s, fails=True, witness={s: 1, **({key: rule} if key is not None else {})})


def test_an_author_s_function_may_be_made_of_it() -> None:
    swish = elementwise("swish", lambda v: v * phi(v))
    right = net.equal("swish", swish.prime(s), phi(s) + s * phi.prime(s))
    wrong = net.equal("not-swish", swish.prime(s), phi(s) + phi.prime(s), fails=True)
    assert prove(right).status is PROVED
    assert status(right) is AGREES
    assert verdict(wrong).status is REFUTED
