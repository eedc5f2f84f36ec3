"""The arithmetic of closed forms: sums over steps, growth, signs, powers of matrices, balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sympy import Integer, Matrix

from derivations.errors import Undecided
from derivations.proof.growth import bounded, sign_from, vanishes
from derivations.proof.matrices import power_of
from derivations.proof.progressions import Form, power, summed
from derivations.proof.reals import Ball, nonzero, value
from derivations.proof.steps import Known
from derivations.symbols import Step

k = Step("k")

RATIOS = [Fraction(1), Fraction(-1), Fraction(2), Fraction(-1, 2), Fraction(3, 5)]


@pytest.mark.parametrize("r", RATIOS)
@pytest.mark.parametrize("q", RATIOS)
@pytest.mark.parametrize("degree", [0, 1, 3])
def test_sums_over_a_step_are_sums(r: Fraction, q: Fraction, degree: int) -> None:
    """Σ_{j=3}^{k} r^(k - j)·q^j·j^p, with the number of terms one by one."""
    j = Step("j")
    form = power(r, k - j) * power(q, j) * Form.affine(j) ** degree
    closed = summed(form, j, Integer(3), k)
    for v in range(2, 9):
        terms = (r ** (v - i) * q**i * i**degree for i in range(3, v + 1))
        assert closed.at({k: Integer(v)}).constant == sum(terms, Fraction(0))


def form(*terms: tuple[Any, Any, int]) -> Form:
    """Σ c·r^k·k^p."""
    out = Form()
    for coefficient, r, degree in terms:
        out = out + Form.number(Fraction(coefficient)) * power(Fraction(r), k) * Form.affine(k) ** degree
    return out


@pytest.mark.parametrize(("terms", "gone", "small"), [
    ([(5, "1/2", 3)], True, True), ([(1, 1, 0)], False, True), ([(1, 1, -1)], True, True), ([(1, 1, 1)], False, False),
    ([(1, -1, 0), (1, 1, 0)], False, True), ([(1, "-9/10", 2)], True, True), ([(1, "11/10", -3)], False, False),
    ([(1, -2, 0), (-1, 2, 0)], False, False), ([], True, True)])
def test_what_becomes_of_a_form(terms: list[Any], gone: bool, small: bool) -> None:
    assert vanishes(form(*terms), k) is gone
    assert bounded(form(*terms), k) is small


def test_the_sign_of_a_form_and_from_where_on() -> None:
    late = form((1, "11/10", 0), (-1000, 1, 2))  # negative for long, then positive
    sign, first = sign_from(late, k, 1)
    numbers = [late.at({k: Integer(v)}).constant for v in (first, first + 1, first + 50)]
    assert sign == 1
    assert all(x > 0 for x in numbers if x is not None)
    assert late.at({k: Integer(100)}).constant < 0  # type: ignore[operator]  # a fraction
    with pytest.raises(Undecided, match="for ever"):
        sign_from(form((1, -1, 0)), k, 1)


@pytest.mark.parametrize("rows", [[[2, 1], [0, 5]], [[2, 1], [0, 2]], [[0, 1], [0, 3]], [[1, 2], [3, 2]],
                                  [[3, 0, 1], [0, 3, 1], [0, 0, 0]], [[2, 1, 0], [0, 2, 1], [0, 0, 2]]])
def test_powers_of_matrices(rows: list[list[int]]) -> None:
    cells = [("at", i) for i in range(len(rows))]
    square = {(a, b): Form.number(rows[i][q]) for i, a in enumerate(cells) for q, b in enumerate(cells)}
    powers = power_of(square, cells, Step("t"), k, Known().at_least(k - 3))
    for v in range(3, 8):
        whole = Matrix(rows) ** v
        assert all(powers[a, b].at({k: Integer(v)}).constant == whole[i, q]
                   for i, a in enumerate(cells) for q, b in enumerate(cells))


def test_a_ball_is_itself_and_no_other() -> None:
    """A number divided by itself is 1; two numbers in one ball are not one number."""
    one, again = (value("sigma", Fraction(-2)) for _ in range(2))
    assert one == again
    assert one * again**-1 == 1
    assert isinstance(one, Ball)
    some, other = Ball.varying(one.value), Ball.varying(one.value)
    assert some != other
    assert some * other**-1 != 1
    assert not nonzero(some + -other)
