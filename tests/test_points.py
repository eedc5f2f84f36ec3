"""Numbers at points: exact rationals, floats with exponents, spectral norms, and what they say of a relation."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from flint import arb, ctx, fmpq
from jax import lax

from numeric.exact.interpret import Lifted, OutOfClass, Unknown
from numeric.exact.rationals import Rationals, exactly, root
from numeric.exact.settle import Truth, truth
from numeric.exact.singular import direction, float_norms, largest
from numeric.exact.wide import Wide, logarithm
from numeric.spectral import spectral_norm

A = np.random.default_rng(3).standard_normal((4, 3))


def balls(a: np.ndarray) -> np.ndarray:
    return np.array([[arb(float(x)) for x in row] for row in a], dtype=object)


def numbers(*values: fmpq | int) -> Lifted:
    return Lifted((np.array([[fmpq(v) for v in values]], dtype=object),))


# ---- spectral norm


@pytest.mark.parametrize("a", [A, A.T, A[:2, :2], 1e-200 * A, 1e150 * A, np.outer(A[:, 0], A[0])])
def test_spectral_norm_in_balls_encloses_the_largest_singular_value(a: np.ndarray) -> None:
    scale = float(np.abs(a).max())
    with ctx.workprec(106):
        found = largest(balls(a))
        assert found.rad() <= arb(2) ** -40 * found
        assert abs(float(found) / scale - np.linalg.norm(a / scale, 2)) < 1e-13


def test_spectral_norm_of_zero_and_of_the_identity() -> None:
    with ctx.workprec(106):
        assert largest(balls(np.zeros((3, 2)))) == 0
        assert largest(balls(np.eye(3))).contains(1)


def test_spectral_norm_is_enclosed_for_wide_balls_too() -> None:
    with ctx.workprec(106):
        wide = balls(A) + arb(0, 0.01)
        assert largest(wide).contains(largest(balls(A)))


def test_gradient_of_the_spectral_norm() -> None:
    with jax.enable_x64(True):
        slope = np.asarray(jax.grad(lambda a: spectral_norm(a)[0, 0])(A))
        steps = np.zeros((*A.shape, *A.shape))
        for index in np.ndindex(A.shape):
            steps[(*index, *index)] = 1e-6
        numeric = [(np.linalg.norm(A + h, 2) - np.linalg.norm(A - h, 2)) / 2e-6 for h in steps.reshape(-1, *A.shape)]
    assert np.allclose(slope.reshape(-1), numeric, atol=1e-8)
    with ctx.workprec(106):
        exact = direction(balls(A))
        assert all(abs(float(x) - y) < 1e-13 for x, y in zip(exact.ravel(), slope.ravel(), strict=True))


def test_gradient_at_equal_singular_values_is_unknown() -> None:
    with ctx.workprec(106), pytest.raises(Unknown, match="not told apart"):
        direction(balls(np.eye(2)))


def test_of_one_row_or_column_it_is_a_length_and_of_a_number_its_size() -> None:
    with jax.enable_x64(True):
        assert float(spectral_norm(lax.full((1, 1), -3.0, np.float64))[0, 0]) == 3.0
        assert float(spectral_norm(np.array([[3.0, 4.0]]))[0, 0]) == 5.0


def test_bound_of_the_spectral_norm_of_floats_covers_a_perturbation() -> None:
    moved = np.full(A.shape, 1e-3)
    _, bound = float_norms(A[None], moved[None])
    assert abs(np.linalg.norm(A + moved, 2) - np.linalg.norm(A, 2)) <= bound[0]


# ---- rationals


def test_special_values() -> None:
    system = Rationals()
    for name, at, value in (("logistic", 0, fmpq(1, 2)), ("tanh", 0, 0), ("exp", 0, 1), ("cos", 0, 1), ("log", 1, 0)):
        assert system.call(name, {}, [numbers(at)]).parts[0][0, 0] == value


@pytest.mark.parametrize(("name", "at"), [("logistic", 1), ("tanh", 1), ("exp", -1), ("log", 2), ("sqrt", 2),
                                          ("sqrt", -1), ("erf", 0)])
def test_what_is_not_rational_is_out_of_class(name: str, at: int) -> None:
    with pytest.raises(OutOfClass):
        Rationals().call(name, {}, [numbers(at)])


def test_roots_of_squares_alone() -> None:
    assert root(fmpq(9, 4)) == fmpq(3, 2)
    with pytest.raises(OutOfClass):
        root(fmpq(9, 5))


def test_no_division_by_zero_no_infinity_no_endless_numbers() -> None:
    system = Rationals()
    with pytest.raises(OutOfClass, match="division by zero"):
        system.p_div({}, numbers(1), numbers(0))
    with pytest.raises(OutOfClass, match="no rational number"):
        exactly(np.inf)
    with pytest.raises(OutOfClass, match="binary digits"):
        system.p_integer_pow({"y": 1 << 17}, numbers(2))


def test_slope_of_the_size_at_zero_is_a_kink() -> None:
    system = Rationals()
    assert system.p_abs({}, numbers(0)).parts[0][0, 0] == 0
    assert system.ties is None
    system.p_sign({}, numbers(0))
    assert system.ties is not None
    assert system.ties.all()


# ---- floats with exponents


def test_what_underflows_still_has_a_logarithm() -> None:
    system = Wide()
    x = system.draw(np.full((1, 1), 1e-300))
    for _ in range(10):
        x = system.p_mul({}, x, x)  # 10^(-300 · 2^10)
    assert logarithm(x)[0, 0] == pytest.approx(-300 * 2**10)


def test_wide_arithmetic_agrees_with_doubles() -> None:
    system, rng = Wide(), np.random.default_rng(0)
    a, b = rng.standard_normal((2, 5, 3, 3))
    p = {"dimension_numbers": (((1,), (0,)), ((), ()))}
    x, y = system.draw(a), system.draw(b)
    for found, wanted in ((system.p_add({}, x, y), a + b), (system.p_sub({}, x, y), a - b),
                          (system.p_mul({}, x, y), a * b), (system.p_div({}, x, y), a / b),
                          (system.p_dot_general(p, x, y), a @ b), (system.p_exp({}, x), np.exp(a)),
                          (system.p_logistic({}, x), 1 / (1 + np.exp(-a))), (system.p_tanh({}, x), np.tanh(a)),
                          (system.p_reduce_sum({"axes": (0,)}, x), a.sum(axis=1)),
                          (system.p_integer_pow({"y": -3}, x), a**-3), (system.p_sqrt({}, system.p_abs({}, x)),
                                                                        np.sqrt(abs(a))),
                          (system.p_spectral_norm({}, x), np.linalg.norm(a, 2, axis=(1, 2)))):
        assert np.allclose(system._double(found), wanted, rtol=1e-13, atol=1e-13)


def test_a_product_of_matrices_of_different_sizes_keeps_its_digits() -> None:
    system = Wide()
    p = {"dimension_numbers": (((1,), (0,)), ((), ()))}
    tiny = system.draw(np.full((1, 2, 2), 1e-250))
    product = system.p_dot_general(p, tiny, tiny)
    assert np.allclose(logarithm(product), np.log10(2) - 500)


# ---- relations


def test_what_exact_numbers_say_of_a_relation() -> None:
    half, one = np.array([[fmpq(1, 2)]], dtype=object), np.array([[fmpq(1)]], dtype=object)
    for sign, expected in (("≤", (Truth.HOLDS, Truth.FAILS, Truth.HOLDS)),
                           ("<", (Truth.HOLDS, Truth.FAILS, Truth.FAILS)),
                           ("=", (Truth.FAILS, Truth.FAILS, Truth.HOLDS)),
                           ("≠", (Truth.HOLDS, Truth.HOLDS, Truth.FAILS))):
        assert (truth(sign, half, one).truth, truth(sign, one, half).truth, truth(sign, one, one).truth) == expected


def test_balls_that_overlap_decide_nothing() -> None:
    close = np.array([[arb(1, 1e-20)]], dtype=object)
    wide = np.array([[arb(1, 0.1)]], dtype=object)
    for sign in ("≤", "<", "=", "≠"):
        assert truth(sign, close, close).truth is Truth.CLOSE
        assert truth(sign, wide, wide).truth is Truth.OPEN


def test_of_vectors_one_entry_refutes_and_only_all_hold() -> None:
    left, right = (np.array([[fmpq(a)], [fmpq(b)]], dtype=object) for a, b in ((1, 5), (2, 3)))
    found = truth("≤", left, right)
    assert found.truth is Truth.FAILS
    assert found.entry == (1, 0)
    assert truth("≠", left, left).truth is Truth.FAILS
    assert truth("≠", left, right).truth is Truth.HOLDS


def test_what_is_not_finite_decides_nothing() -> None:
    nan = np.array([[arb("nan")]], dtype=object)
    for sign in ("≤", "<", "=", "≠"):
        assert truth(sign, nan, nan).truth is Truth.OPEN
