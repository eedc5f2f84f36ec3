"""Square roots in prime towers: equal for every choice of signs, or left to balls; wrong formulas are never agreed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from evaluation import AGREES, REFUTED, verdict
from jax import lax
from test_exact import program

from derivations import Model, d, norm, vec
from numeric.exact import roots
from numeric.exact.interpret import OutOfClass
from numeric.exact.towers import TOWERS, by_towers

Function = Callable[[Any, Any], tuple[Any, Any]]
SHAPE = (2, 1)


def size(x: Any) -> Any:
    return lax.sqrt((x * x).sum())


def first(x: Any) -> Any:
    return 1 + x[0, 0] ** 2


def second(x: Any) -> Any:
    return 2 + x[0, 0] * x[1, 0]


def towers(f: Function, seed: int = 0, steps: int = 3) -> Any:
    return by_towers(program(f, SHAPE, SHAPE), np.zeros((steps, 0), np.int64), [(0, 1)], seed)


EQUAL: dict[str, Function] = {
    "gradient of a norm": lambda x, y: (jax.grad(size)(x), x / size(x)),
    "reverse beside forward": lambda x, y: (jax.jacrev(lambda z: z / size(z))(x), jax.jacfwd(lambda z: z / size(z))(x)),
    "hessian of a norm": lambda x, y: (jax.hessian(size)(x).reshape(2, 2),
                                       (np.eye(2) - x @ x.T / size(x) ** 2) / size(x)),
    "square": lambda x, y: (size(x) ** 2, (x * x).sum()),
    "cube": lambda x, y: (lax.sqrt(first(x)) ** 3, first(x) * lax.sqrt(first(x))),
    "reciprocal": lambda x, y: (lax.rsqrt(first(x)), lax.sqrt(first(x)) / first(x)),
    "root of a reciprocal": lambda x, y: (lax.sqrt(1 / first(x)), lax.rsqrt(first(x))),
    "product": lambda x, y: (lax.sqrt(first(x)) * lax.sqrt(second(x)), lax.sqrt(first(x) * second(x))),
    "quotient": lambda x, y: (lax.sqrt(first(x)) / lax.sqrt(second(x)), lax.sqrt(first(x) / second(x))),
    "square of a radicand": lambda x, y: (lax.sqrt(first(x)) + lax.sqrt(first(x) ** 2), lax.sqrt(first(x)) + first(x)),
    "twice a norm": lambda x, y: (size(2 * x), 2 * size(x)),
    "a norm turned": lambda x, y: (size(x - y), size(y - x)),
    "constants": lambda x, y: (lax.sqrt(8.0 + 0 * x) * x, 2 * lax.sqrt(2.0 + 0 * x) * x),
    "a constant without a root in the half of all fields": lambda x, y: (lax.sqrt(1009.0 + 0 * x) ** 2 * x, 1009 * x),
    "a rational root": lambda x, y: (lax.sqrt(2.25 + 0 * x) * x, 1.5 * x),
    "inside each other": lambda x, y: (jax.grad(lambda z: lax.sqrt(1 + size(z)))(x),
                                       x / (2 * size(x) * lax.sqrt(1 + size(x)))),
    "inside an exponential": lambda x, y: (lax.exp(size(x) + size(x)), lax.exp(size(x)) ** 2),
    "around an exponential": lambda x, y: (lax.sqrt(1 + lax.exp(x[0, 0])) ** 2 * lax.exp(-x[0, 0]),
                                          1 + lax.exp(-x[0, 0])),
    "a relation of four roots": lambda x, y: (size(x) * size(y) + size(y) * size(x), 2 * size(x) * size(y)),
}
UNEQUAL: dict[str, Function] = {
    "the other sign": lambda x, y: (size(x), -size(x)),
    "a factor": lambda x, y: (jax.grad(size)(x), 2 * x / size(x)),
    "a small defect": lambda x, y: (size(x), size(x) * (1 + 2.0**-45)),
    "another radicand": lambda x, y: (lax.sqrt(first(x)), lax.sqrt(second(x))),
    "one branch: x": lambda x, y: (lax.sqrt(x * x), x),
    "one branch: -x": lambda x, y: (lax.sqrt(x * x), -x),
    "one branch of two": lambda x, y: ((lax.sqrt(x * x) + x) * (lax.sqrt(y * y) + y), 0 * x),
    "one branch of a product": lambda x, y: (lax.sqrt(first(x)) * lax.sqrt(second(x)), -lax.sqrt(first(x) * second(x))),
    "one branch of a constant": lambda x, y: (lax.sqrt(1009.0**2 + 0 * x) * x, -1009 * x),
    "one branch of a small constant": lambda x, y: (lax.sqrt(9.0 + 0 * x) * x, -3 * x),
    "one branch of an exponential": lambda x, y: (lax.sqrt(lax.exp(2 * x)), -lax.exp(x)),
    "one branch, nested": lambda x, y: (lax.sqrt(3 + 2 * lax.sqrt(2.0 + 0 * x)) * x, -(1 + lax.sqrt(2.0 + 0 * x)) * x),
    "one branch inside an exponential": lambda x, y: (lax.exp(lax.sqrt(x * x)), lax.exp(x)),
    "a sum": lambda x, y: (size(x) + size(y), size(x + y)),
}
BRANCHES: dict[str, Function] = {  # right over the reals, for one choice of signs
    "a square": lambda x, y: (lax.sqrt(first(x) ** 2), first(x)),
    "an exponential": lambda x, y: (lax.sqrt(lax.exp(2 * x)), lax.exp(x)),
    "a sum of roots": lambda x, y: (lax.sqrt(5 + 2 * lax.sqrt(6.0 + 0 * x)),
                                    lax.sqrt(2.0 + 0 * x) + lax.sqrt(3.0 + 0 * x)),
}


@pytest.mark.parametrize("name", EQUAL)
def test_roots_that_are_equal_for_every_sign_agree(name: str) -> None:
    for seed in range(6):
        found = towers(EQUAL[name], seed)
        assert found.decided.all()
        assert not found.differs.any()
        assert 0 < found.false_accept < 1e-20


@pytest.mark.parametrize("name", UNEQUAL)
def test_what_is_unequal_is_never_agreed(name: str) -> None:
    for seed in range(12):
        with pytest.raises(OutOfClass, match="signs of square roots"):
            towers(UNEQUAL[name], seed)


@pytest.mark.parametrize("name", BRANCHES)
def test_what_holds_for_one_choice_of_signs_is_left_to_balls(name: str) -> None:
    for seed in range(6):
        with pytest.raises(OutOfClass, match="signs of square roots"):
            towers(BRANCHES[name], seed)


def test_too_many_signs_are_not_tried() -> None:
    powers = [lambda x, k=k: lax.sqrt(1 + k * x[0, 0] + x[1, 0] ** k) for k in range(1, roots.MOST + 2)]
    assert towers(lambda x, y: (sum(f(x) for f in powers[:-4]),) * 2).decided.all()
    with pytest.raises(OutOfClass, match=f"{roots.MOST} at most|never a square|every radicand is a square"):
        towers(lambda x, y: (sum(f(x) for f in powers),) * 2, steps=1)


def test_a_denominator_that_is_always_zero_is_no_agreement() -> None:
    with pytest.raises(OutOfClass, match="no denominator zero"):
        towers(lambda x, y: (1 / lax.sqrt(x - x), 1 / lax.sqrt(x - x)), steps=1)


def test_a_root_that_cannot_change_sign_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the choices of signs, a formula that holds on the wrong branch is agreed at some seed."""
    chosen = roots.Roots.chosen

    def principal(self: Any, draw: int, level: int, value: Any) -> Any:
        self.signs[draw] = 0
        return chosen(self, draw, level, value)
    monkeypatch.setattr(roots.Roots, "chosen", principal)
    agreed = 0
    for seed in range(30):
        try:
            agreed += not towers(UNEQUAL["one branch: -x"], seed, steps=1).differs.any()
        except OutOfClass:
            continue
    assert agreed


def test_the_bound_counts_signs_attempts_and_degrees() -> None:
    bounds = [towers(f).false_accept for f in (EQUAL["square"], EQUAL["hessian of a norm"], lambda x, y: (x, x))]
    assert bounds[1] > bounds[0] > bounds[2]
    assert bounds[2] ** (1 / TOWERS) < 1e-17


# ---- claims


def cases() -> tuple[Model, dict[str, tuple[Any, Any]], dict[str, tuple[Any, Any]]]:
    m = Model("roots")
    [n] = m.dims("n")
    W, v = m.parameter("W", n, n), m.parameter("v", n)
    length, matrix = m.node("l", norm(v)), m.node("f", norm(W))
    right = {"norm": (d(length, v), v.T / length), "frobenius": (d(matrix, W), vec(W).T / matrix),
             "twice": (norm(2 * v), 2 * length)}
    wrong = {"norm": (d(length, v), 2 * v.T / length), "power": (d(length, v), v.T / length**2),
             "frobenius": (d(matrix, W), vec(W.T).T / matrix), "sign": (norm(-v), -length)}
    return m, right, wrong


@pytest.mark.parametrize("name", ["norm", "frobenius", "twice"])
def test_claims_with_norms_agree_in_towers(name: str) -> None:
    m, right, _ = cases()
    found = verdict(m.equal(name, *right[name]), evidence=("exact", "sweep"))
    assert found.status is AGREES
    [exact] = [e for e in found.evidence if e.method == "exact"]
    assert "equal in two towers" in exact.detail
    assert 0 < exact.counts["false_accept"] < 1e-20


@pytest.mark.parametrize("name", ["norm", "power", "frobenius", "sign"])
def test_wrong_claims_with_norms_are_refuted(name: str) -> None:
    m, _, wrong = cases()
    assert verdict(m.equal(name, *wrong[name], fails=True), evidence=("exact", "sweep")).status is REFUTED


def test_the_root_of_nothing_is_told_from_that_of_something() -> None:
    """‖w − w‖ with w computed: no precision tells that the sum of squares is 0, and its root is no guess."""
    m = Model("nothing")
    n, = m.dims("n")
    v, s = m.parameter("v", n), m.parameter("s")
    w = m.node("w", v + s * v)
    assert verdict(m.equal("wrong", norm(w - w), norm(v))).status is REFUTED
