"""The interpreter of traced programs: beside JAX itself, bounds beside balls, towers beside known identities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flint import arb
from jax import lax

from numeric.exact.decide import Outcome, Results, decide, evaluate
from numeric.exact.interpret import OutOfClass
from numeric.exact.towers import TOWERS, by_towers, levels_of
from numeric.plan import Leaf
from numeric.program import Program
from numeric.sweep import FLOOR, compare, interpreted

Function = Callable[..., Any]
NO_STEPS = np.zeros((1, 0), np.int64)
SHAPE = (2, 3)


def program(f: Function, *shapes: tuple[int, ...]) -> Program:
    """What JAX traces of a plain function, as a program without steps."""
    with jax.enable_x64(True):
        jaxpr = jax.make_jaxpr(f)(*(jax.ShapeDtypeStruct(shape, np.float64) for shape in shapes))
    return Program(tuple(Leaf(None, str(k), shape) for k, shape in enumerate(shapes)), (), jaxpr, "", None)  # type: ignore[arg-type]


def drawn(seed: int, *shapes: tuple[int, ...], scale: float = 1.0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [scale * rng.standard_normal((1, *shape)) for shape in shapes]


def by_balls(p: Program, leaves: Sequence[np.ndarray], precision: int = 212) -> list[np.ndarray]:
    found = evaluate(p, leaves, np.zeros((len(leaves[0]), 0), np.int64), precision)
    assert isinstance(found, Results), found
    return found.arrays


# ---- the same numbers as JAX


def pieces(x: Any, y: Any) -> Any:
    cut = lax.pad(x, np.float64(0), ((0, 0, 0), (-1, 2, 0)))
    return lax.concatenate([cut, lax.rev(y, (1,)), x[:, 1:2]], 1)


def chosen(x: Any, y: Any) -> Any:
    return lax.select(x > y, lax.exp(x), lax.select(y <= 0.5, x * y, lax.full_like(x, -2.0)))


def looped(x: Any, y: Any, *, reverse: bool = False) -> Any:
    def step(carry: Any, row: Any) -> Any:
        moved = lax.tanh(carry + row)
        return moved, moved * row
    last, rows = lax.scan(step, x[0], y, reverse=reverse)
    return jnp.concatenate([last[None], rows])


def masked(x: Any, y: Any) -> Any:
    steps = jnp.arange(3)
    running = jnp.concatenate([(x * (steps <= k)).sum(1)[:, None] for k in range(3)], 1)
    return jnp.where(steps >= 1, running, y)


PROGRAMS: dict[str, Function] = {
    "arithmetic": lambda x, y: (x - y) * x / (2.0 + y * y) + lax.integer_pow(x, 3) - lax.integer_pow(2.0 + y * y, -2),
    "products": lambda x, y: x @ y.T @ (x - 1.0) + jnp.einsum("ij,ij->ij", x, y),
    "functions": lambda x, y: lax.logistic(x) * lax.tanh(y) + lax.exp(-x * x) * lax.sin(y) - lax.cos(x),
    "roots and logarithms": lambda x, y: (lax.sqrt(x * x + 1.0) + lax.rsqrt(3.0 + x * x)
                                          + lax.log(2.0 + y * y) * lax.log1p(x * x)),
    "pieces": pieces,
    "choices": chosen,
    "loop": looped,
    "loop backwards": lambda x, y: looped(x, y, reverse=True),
    "masks": masked,
    "kinks": lambda x, y: lax.max(x, y) * abs(y) + lax.sign(x),
}
DERIVED: dict[str, Callable[[Function], Function]] = {
    "once": lambda f: lambda x, y: (f(x, y), *jax.jacrev(f, (0, 1))(x, y)),
    "twice": lambda f: lambda x, y: jax.jacfwd(lambda a: jax.jacrev(f)(a, y).sum())(x),
}


@pytest.mark.parametrize("derived", DERIVED)
@pytest.mark.parametrize("name", PROGRAMS)
def test_floats_and_balls_compute_what_jax_computes(name: str, derived: str) -> None:
    f = DERIVED[derived](PROGRAMS[name])
    p = program(f, SHAPE, SHAPE)
    for seed in range(2):
        leaves = drawn(seed, SHAPE, SHAPE)
        with jax.enable_x64(True):
            wanted = jax.tree.leaves(f(*(jnp.asarray(a[0]) for a in leaves)))
        sample, balls = interpreted(p, leaves, NO_STEPS), by_balls(p, leaves)
        for k, value in enumerate(wanted):
            exact = np.vectorize(lambda b: float(b.mid()), otypes=[float])(balls[k][0])
            np.testing.assert_allclose(sample.values[k][0], value, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(exact, value, rtol=1e-10, atol=1e-12)


def test_another_program_computes_something_else() -> None:
    leaves = drawn(0, SHAPE, SHAPE)
    programs = [program(PROGRAMS[name], SHAPE, SHAPE) for name in ("loop", "loop backwards")]
    found = [interpreted(p, leaves, NO_STEPS).values[0] for p in programs]
    assert np.abs(found[0] - found[1]).max() > 1e-3


# ---- running bounds


def long_chain(x: Any, y: Any) -> Any:
    return lax.scan(lambda c, _: (lax.tanh(1.5 * (x[:, :2] @ c) + y[:, :1]), None), x[:, 2:], None, length=40)[0]


HARD: dict[str, Function] = {**{name: PROGRAMS[name] for name in ("arithmetic", "products", "functions", "loop")},
                             "a long chain": long_chain, "a long chain's derivative": jax.jacrev(long_chain),
                             "cancellation": lambda x, y: (x + 1e8 * y) - 1e8 * y - x,
                             "slope": lambda x, y: lax.logistic(x) - lax.logistic(x) * lax.logistic(x)}


@pytest.mark.parametrize("scale", [1.0, 1e-4, 40.0])
@pytest.mark.parametrize("name", HARD)
def test_running_bounds_hold(name: str, scale: float) -> None:
    p = program(HARD[name], SHAPE, SHAPE)
    for seed in range(4):
        leaves = drawn(seed, SHAPE, SHAPE, scale=scale)
        sample, balls = interpreted(p, leaves, NO_STEPS), by_balls(p, leaves, 848)
        for value, bound, exact in zip(sample.values, sample.bounds, balls, strict=True):
            for v, b, e in zip(value.ravel(), bound.ravel(), exact.ravel(), strict=True):
                assert not np.isfinite(b) or bool(abs(e - arb(float(v))) <= arb(float(b)) + arb(FLOOR)), (seed, v, b, e)


def test_a_comparison_within_the_bound_is_only_consistent_and_never_resolved_when_tiny() -> None:
    p = program(lambda x: (x * 1e-305, 2.0 * x * 1e-305), (1, 1))
    found = compare(interpreted(p, [np.ones((1, 1, 1))], NO_STEPS), 0, 1)
    assert found.consistent.all()  # below what XLA keeps
    assert not found.resolved.any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_never_compares_equal(value: float) -> None:
    p = program(lambda x: (x, x), (1, 1))
    found = compare(interpreted(p, [np.full((1, 1, 1), value)], NO_STEPS), 0, 1)
    assert not (found.consistent | found.resolved | found.zero).any()
    [[decision]] = decide(p, [np.full((1, 1, 1), value)], NO_STEPS, [(0, 1)])
    assert decision.outcome is Outcome.UNKNOWN


# ---- balls


def test_balls_say_when_they_do_not_know_and_one_draw_does_not_hide_another() -> None:
    p = program(lambda x, y: (jnp.where(x / 3 + x / 3 + x / 3 - x + y >= 0, x, -x), x, 2 * x), (1, 1), (1, 1))
    leaves = [np.array([[[1.0]], [[1.0]]]), np.array([[[0.0]], [[1.0]]])]
    same, other = decide(p, leaves, np.zeros((2, 0), np.int64), [(0, 1), (0, 2)], cap=424)
    assert (same[0].outcome, same[0].reason) == (Outcome.UNKNOWN, "the sign of a ball around zero")
    assert [d.outcome for d in (same[1], other[0], other[1])] == [Outcome.AGREES, Outcome.UNKNOWN, Outcome.DIFFERS]


@pytest.mark.parametrize(("exponent", "outcome"), [(30, Outcome.DIFFERS), (90, Outcome.DIFFERS), (200, Outcome.AGREES)])
def test_a_precision_is_as_sharp_as_it_says(exponent: int, outcome: Outcome) -> None:
    p = program(lambda x: (x, x + x * 2.0**-exponent), (1, 1))
    leaves = [np.full((1, 1, 1), 0.7)]
    assert decide(p, leaves, NO_STEPS, [(0, 1)], cap=106)[0][0].outcome is outcome
    assert decide(p, leaves, NO_STEPS, [(0, 1)], first=848)[0][0].outcome is Outcome.DIFFERS


def test_the_root_of_zero_has_no_slope_and_is_excluded_only_there() -> None:
    p = program(lambda x: (jax.grad(lambda z: lax.sqrt(z[0, 0]))(x), 0.5 / lax.sqrt(x), lax.sqrt(x), 1 + lax.sqrt(x)),
                (1, 1))
    found = decide(p, [np.array([[[0.0]], [[2.0]]])], np.zeros((2, 0), np.int64), [(0, 1), (2, 3)])
    assert [(d.outcome, d.kink) for d in found[0]] == [(Outcome.UNKNOWN, True), (Outcome.AGREES, False)]
    assert [d.outcome for d in found[1]] == [Outcome.DIFFERS] * 2  # √0 itself is a number like any other


# ---- constants


def test_plain_numbers_are_added_exactly() -> None:
    big = 2.0**53
    p = program(lambda x: ((jnp.full((1, 1), big) + 1.0 - big) * x, x), (1, 1))
    leaves = [np.full((1, 1, 1), 0.7)]
    assert decide(p, leaves, NO_STEPS, [(0, 1)])[0][0].outcome is Outcome.AGREES
    assert not by_towers(p, NO_STEPS, [(0, 1)], 0).differs.any()


# ---- prime towers

EQUAL: dict[str, Function] = {
    "sigma": lambda x: (lax.logistic(x), 1 / (1 + lax.exp(-x))),
    "sigma prime": lambda x: (jax.jvp(lax.logistic, (x,), (jnp.ones_like(x),))[1], lax.logistic(x) * lax.logistic(-x)),
    "tanh prime": lambda x: (jax.jvp(lax.tanh, (x,), (jnp.ones_like(x),))[1], 4 / (lax.exp(x) + lax.exp(-x)) ** 2),
    "half": lambda x: (lax.logistic(x) * (1 - lax.logistic(x)), (1 - lax.tanh(x / 2) ** 2) / 4),
    "sum": lambda x: (lax.exp(x + 2 * x), lax.exp(x) ** 3),
    "thirds": lambda x: (x / 3 + x / 3 + x / 3, x),
    "nested": lambda x: (lax.exp(lax.tanh(x)), lax.exp(2 * lax.logistic(2 * x) - 1)),
    "softmax": lambda x: (lax.exp(x) / lax.exp(x).sum(), lax.exp(x - x[0, 0]) / lax.exp(x - x[0, 0]).sum()),
    "inverse": lambda x: (1 / (1 + 1 / x), x / (x + 1)),
}
UNEQUAL: dict[str, Function] = {
    "sign": lambda x: (lax.logistic(x), 1 / (1 + lax.exp(x))),
    "sigma prime": lambda x: (lax.logistic(x) * lax.logistic(-x), lax.logistic(x) ** 2),
    "half": lambda x: (lax.logistic(x) * (1 - lax.logistic(x)), (1 - lax.tanh(x) ** 2) / 4),
    "sum": lambda x: (lax.exp(x + 2 * x), lax.exp(x) ** 2),
    "nested": lambda x: (lax.exp(lax.tanh(x)), lax.exp(lax.tanh(2 * x))),
    "nested twice": lambda x: (lax.exp(lax.exp(lax.exp(x))), lax.exp(lax.exp(lax.exp(x + 2.0**-200)))),
    "a small defect": lambda x: (x * x, x * x * (1 + 2.0**-50) - x * x * 2.0**-50 + 2.0**-1000),
    "linear": lambda x: (lax.exp(x), 1 + x),
    "one entry": lambda x: (x, x + np.array([[0, 2.0**-200], [0, 0]])),
}


def towers(f: Function, seed: int = 0, shape: tuple[int, int] = (2, 2)) -> Any:
    p = program(f, shape)
    return by_towers(p, np.zeros((4, 0), np.int64), [(0, 1)], seed)


@pytest.mark.parametrize("name", EQUAL)
def test_towers_never_tell_apart_what_is_equal(name: str) -> None:
    for seed in range(10):
        found = towers(EQUAL[name], seed)
        assert found.decided.any()
        assert not (found.differs[:, 0] & found.decided).any()


@pytest.mark.parametrize("name", UNEQUAL)
def test_towers_never_accept_what_is_not(name: str) -> None:
    for seed in range(10):
        assert towers(UNEQUAL[name], seed).differs.all()


def test_a_zero_denominator_is_a_draw_less() -> None:
    found = towers(lambda x: ((x - x) / (x - x), x))
    assert found.discarded > 0
    assert not found.decided.any()


@pytest.mark.parametrize("function", [lax.sin, lax.log, lax.cbrt, abs, lax.sign, lambda x: lax.max(x, 0.0 * x),
                                      lambda x: jnp.where(x > 0, x, 0.0)])
def test_what_is_outside_the_class_is_never_decided(function: Function) -> None:
    with pytest.raises(OutOfClass):
        towers(lambda x: (function(x), function(x)))


def test_too_deep_a_tower_is_not_built() -> None:
    def nested(x: Any) -> Any:
        for _ in range(12):
            x = lax.tanh(x)
        return x, x
    with pytest.raises(OutOfClass, match="deeper than"):
        towers(nested)


def test_the_bound_grows_with_the_degree_and_multiplies_over_towers() -> None:
    bounds = [towers(lambda x, k=k: (x**k, x**k)).false_accept for k in (1, 2, 8)]
    assert 0 < bounds[0] < bounds[1] < bounds[2] < 1e-30
    assert bounds[2] == pytest.approx((bounds[1] ** (1 / TOWERS) * 4) ** TOWERS, rel=0.5)
    assert towers(lambda x: (lax.exp(x), lax.exp(x))).false_accept > bounds[0]


def test_levels_count_exponentials_inside_each_other() -> None:
    deep = program(lambda x: lax.tanh(lax.logistic(lax.exp(x)) + lax.exp(x)), (1, 1))
    assert levels_of(deep, NO_STEPS)[0].tolist() == [4]
    assert levels_of(program(lambda x: lax.exp(x) * lax.exp(x), (1, 1)), NO_STEPS)[0].tolist() == [2]


def test_a_seed_gives_the_same_towers_again() -> None:
    assert towers(EQUAL["half"], 5).false_accept == towers(EQUAL["half"], 5).false_accept
