"""Witnesses along their orbits: what is settled for every k, what must not be, and the same numbers by other routes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from evaluation import values
from flint import ctx
from mpmath import mp, mpf
from sympy import Integer, Rational

from derivations import (
    Model,
    Prod,
    Sum,
    Witness,
    d,
    dot,
    log,
)
from derivations.model import Sequence
from derivations.points import point
from derivations.proof import factors
from derivations.proof.orbit import Orbit, Settled, along_orbit
from derivations.proof.progressions import summed
from derivations.proof.reals import PRECISION, ball
from derivations.proof.spans import Range
from derivations.recurrent import lstm, rnn
from derivations.symbols import Dim, Node, Step
from derivations.verdict import Status
from numeric.program import trace

PROVED, REFUTED, UNDECIDED = Status.PROVED, Status.REFUTED, Status.UNDECIDED
SHIPPED = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}
n, m, p = map(Dim, "nmp")
k = Step("k")
HALF = Rational(1, 2)


def at(id: str, values: dict[Any, Any], others: int | None = None) -> Orbit:
    """A shipped claim at another witness."""
    claim = replace(SHIPPED[id], witness=None)
    return along_orbit(replace(claim, witness=point(Witness(values, others=others), claim)))


def leaf(model: Model, name: str, indexed: bool = False) -> Any:
    family = model.families[name, indexed]
    return Node(family, Step("t")) if indexed else Node(family)


W_rec, W_in = leaf(rnn, "W")["rec"], leaf(rnn, "W")["in"]
x, y = leaf(rnn, "x", True), leaf(rnn, "y", True)
c_0 = leaf(rnn, "c", True).subs(Step("t"), 0)
W_f, W_c, u, t = leaf(lstm, "W_f"), leaf(lstm, "W_c"), leaf(lstm, "x", True), Step("t")
c, h = Sequence(lstm, lstm.families["c", True]), Sequence(lstm, lstm.families["h", True])

# ---- the rows of the article


ROWS = {
    "rnn.explode": (PROVED, "2^(k - 1)"), "rnn.vanish": (REFUTED, "2^(k - 1)"),
    "rnn.explode.sufficient": (REFUTED, ""), "rnn.step-gradient": (REFUTED, "[1/8, 0]"),
    "rnn.step-gradient.unbounded": (REFUTED, "(27/20)^k"), "rnn.total": (REFUTED, "[1/8·T - 1/8, 0]"),
    "rnn.no-update": (REFUTED, "[-1/8·T + 1/8, 0]"), "rnn.prevention": (PROVED, "2^(k - 1)"),
    "lstm.product-vanishes": (REFUTED, "1"), "lstm.partial-sums": (REFUTED, "1/4"), "lstm.likelihood": (REFUTED, "0"),
    "lstm.partial-sums.growing": (REFUTED, "1"), "lstm.prevention": (PROVED, "(1 + 0.36787944·k^(-1))^(-(k - 1))"),
    "lstm.prevention.update": (PROVED, "0.8954"), "lstm.prevention.always": (REFUTED, "(0.11920292)^k"),
    "lstm.prevention.update.always": (REFUTED, "(1/4)^(k - 1)")}


@pytest.mark.parametrize("id", ROWS)
def test_the_article_at_its_witnesses(id: str) -> None:
    status, closed = ROWS[id]
    found = along_orbit(SHIPPED[id])
    assert found.status is status, found.detail
    assert closed in found.closed


def test_the_same_again() -> None:
    claim = SHIPPED["rnn.explode.sufficient"]
    assert along_orbit(claim) == along_orbit(claim)


def test_a_size_that_is_left_open_is_said() -> None:
    assert "at m = n = 1 and 2" in along_orbit(SHIPPED["lstm.product-vanishes"]).detail


# ---- by another route: recurrences by hand, with derivatives carried along


def by_hand(w: Fraction, b: Fraction, c: Fraction, scale: Fraction, steps: int) -> list[tuple[Fraction, Fraction]]:
    """The derivatives of scale^k·c_k by w and by v = 1, for c_t = σ(w·c_{t-1} + v·b), where all arguments are 0."""
    out, by_w, by_v = [], Fraction(0), Fraction(0)
    for t in range(1, steps + 1):
        assert w * c + b == 0
        by_w, by_v = (c + w * by_w) / 4, (b + w * by_v) / 4
        c = Fraction(1, 2)
        out.append((scale**t * by_w, scale**t * by_v))
    return out


def test_a_gradient_that_grows_is_that_of_the_recurrence() -> None:
    settled = Settled(SHIPPED["rnn.step-gradient.unbounded"], {})
    along = settled.along([d(leaf(rnn, "E", True).subs(Step("t"), k), leaf(rnn, "W"))], k, settled.range)
    w, b = Fraction(18, 5), Fraction(-9, 5)
    for v, numbers in enumerate(by_hand(w, b, Fraction(1, 2), Fraction(3, 2), 9), 1):
        assert tuple(f.at({k: Integer(v)}).constant for f in along.closed[0].values()) == numbers
        assert tuple(f.constant for f in along.literal(v)[0].values()) == numbers


def lstm_product(weights: dict[str, tuple[Any, Any]], x_: Any, steps: int) -> Any:
    """Π_{t=2}^{steps} ∂c_t/∂c_{t-1} of a cell with one state, c_0 = h_0 = 0; weights by gate, of state and input."""
    def s(z: Any) -> Any:
        return 1 / (1 + mp.exp(-z))

    def cell(c: Any, dc: Any, h: Any, dh: Any) -> tuple[Any, Any, Any]:
        z = {q: (a * h + b * x_, a * dh) for q, (a, b) in weights.items()}
        gate = {q: (s(v), s(v) * (1 - s(v)) * dv) for q, (v, dv) in z.items() if q != "c"}
        v, dv = z["c"]
        g, dg = mp.tanh(v), (1 - mp.tanh(v) ** 2) * dv
        (f, df), (i, di) = gate["f"], gate["i"]
        new, dnew = c * f + g * i, dc * f + c * df + dg * i + g * di
        return new, dnew, gate["o"][0] * mp.tanh(new)

    c = h = mpf(0)
    o = mpf(0)
    product = mpf(1)
    for t in range(1, steps + 1):
        through = (o * (1 - mp.tanh(c) ** 2)) if t > 1 else mpf(0)  # of h_{t-1} by c_{t-1}
        new, slope, out = cell(c, mpf(1), h, through)
        product *= slope if t > 1 else 1
        o = s(weights["o"][0] * h + weights["o"][1] * x_)
        c, h = new, out
    return product


ZERO = {"f": (0, 0), "i": (0, 0), "c": (0, 0), "o": (0, 0)}
CELLS: dict[str, tuple[dict[str, tuple[Any, Any]], int]] = {
    "lstm.prevention.always": ({**ZERO, "f": (0, -2)}, 1), "lstm.product-vanishes": ({**ZERO, "c": (2, 0)}, 0),
    "lstm.prevention.update.always": ({**ZERO, "c": (-1, 0)}, 0)}


@pytest.mark.parametrize("id", CELLS)
def test_products_are_those_of_a_cell_by_hand(id: str) -> None:
    weights, x_ = CELLS[id]
    claim = SHIPPED[id]
    side = claim.assuming[0].left if claim.assuming else claim.cases[0].sides[0]
    with mp.workdps(60), ctx.workprec(PRECISION):
        settled = Settled(claim, dict.fromkeys((n, m), 1))
        along = settled.along([side], k, settled.range)
        [form] = along.closed[0].values()
        for v in range(2, 9):
            [number] = along.literal(v)[0].values()
            for found in (form.at({k: Integer(v)}).constant, number.constant):
                middle = mpf(found.numerator) / found.denominator if isinstance(found, Fraction) else mpf(
                    found.value.mid().str(60, radius=False))  # type: ignore[union-attr]  # a number
                assert abs(middle - lstm_product(weights, x_, v)) < mpf(10) ** -50


JAX: dict[str, tuple[str, Any, dict[str, list[list[float]]]]] = {  # with the leaves that are not zero
    "a product": ("lstm.product-vanishes", Prod(d(c[t], c[t - 1]), (t, 2, k)), {"W_c": [[2.0, 0.0]]}),
    "round the states": ("lstm.product-vanishes", d(c[k], c[1]), {"W_c": [[2.0, 0.0]]}),
    "round the outputs": ("lstm.product-vanishes", d(h[k], c[1]), {"W_c": [[2.0, 0.0]]}),
    "a weight, at rest": ("lstm.prevention.update.always", d(c[k], W_f), {"W_c": [[-1.0, 0.0]]}),
    "a weight": ("lstm.prevention.always", d(c[k], W_c), {"W_f": [[0.0, -2.0]], "x": [[1.0]]}),
    "the output's weight": ("lstm.prevention.always", Sum(d(h[t], W_c), (t, 1, k)),
                            {"W_f": [[0.0, -2.0]], "x": [[1.0]]}),
}


@pytest.mark.parametrize("name", JAX)
def test_closed_forms_are_what_jax_computes(name: str) -> None:
    id, e, leaves = JAX[name]
    claim = SHIPPED[id]
    with ctx.workprec(PRECISION):
        settled = Settled(claim, dict.fromkeys((n, m), 1))
        along = settled.along([e], k, Range(2))
        for v in range(2, 9):
            program = trace(lstm, [e], {n: 1, m: 1}, [{k: v}], "forward")
            given = [np.broadcast_to(np.array(leaves.get(str(leaf_.owner), [[0.0]])), leaf_.shape)[None]
                     for leaf_ in program.leaves]
            wanted = values(program, given, {k: v})[0].ravel()
            for forms in (along.literal(v)[0], {at_: f.at({k: Integer(v)}) for at_, f in along.closed[0].items()}):
                found = [float(ball(f.constant).mid()) for f in forms.values()]  # type: ignore[arg-type]  # numbers
                assert np.allclose(found, wanted, rtol=1e-12, atol=1e-15), (v, found, wanted)


def test_an_update_by_hand() -> None:
    s = 1 / (1 + mp.exp(2))
    after = (1 / (1 + mp.exp(2 - 10 * (1 - s)))) ** 100
    assert along_orbit(SHIPPED["lstm.prevention.update"]).closed.endswith(mp.nstr(after, 8))


# ---- witnesses that show nothing


def rnn_point(w: Any, v: Any, start: Any, value: Any = 1) -> dict[Any, Any]:
    return {n: 1, m: 1, W_rec: w, W_in: v, x: value, c_0: start}


WRONG: dict[str, tuple[str, dict[Any, Any], str]] = {
    "another weight": ("rnn.explode", rnn_point(7, -4, HALF), "false at the witness"),
    "another start": ("rnn.explode", rnn_point(8, -4, 0), "false at the witness"),
    "an unstable orbit left by a little": ("rnn.explode", rnn_point(8, -4, HALF + Rational(1, 10**12)),
                                           "false at the witness"),
    "an unstable orbit left by very little": ("rnn.explode", rnn_point(8, -4, HALF + Rational(1, 10**80)),
                                              "no closed form was found for c"),
    "what vanishes": ("rnn.vanish", rnn_point(2, -1, HALF), "the claim is true"),
    "what is zero": ("rnn.vanish", rnn_point(0, 0, HALF), "the claim is true"),
    "what grows": ("rnn.explode.sufficient", rnn_point(8, -4, HALF), "the claim is true"),
    "what does not meet the assumption": ("rnn.explode.sufficient", rnn_point(4, -2, HALF), "the assumption 1 < ρ"),
    "a product of less than a half": ("rnn.prevention", rnn_point(2, -1, HALF), "false at the witness at every k ≥ 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_witness_that_shows_nothing(name: str) -> None:
    id, values, reason = WRONG[name]
    found = at(id, values)
    assert found.status is UNDECIDED
    assert reason in found.detail


@pytest.mark.parametrize("start", [HALF + Rational(1, 10**12), Rational(1, 3)])
def test_an_orbit_that_leaves_its_fixed_point_refutes_nothing(start: Any) -> None:
    """From beside 1/2 the state leaves it, and the product vanishes."""
    assert at("rnn.vanish", rnn_point(8, -4, start)).status is UNDECIDED


def test_an_assumption_that_is_not_met_is_named() -> None:
    values = {**rnn_point(8, -4, HALF), p: 1, y: 1, leaf(rnn, "alpha"): 1, rnn.functions["phi"]: lambda v: v,
              rnn.functions["ell"]: lambda h, y: dot(h, y)}
    found = at("rnn.step-gradient", values)
    assert found.status is UNDECIDED
    assert "does not satisfy the assumption ρ < 1" in found.detail


@pytest.mark.parametrize(("value", "status"), [
    (log(k) + 1, PROVED), (2 * log(k) + 1, PROVED), (3, UNDECIDED), (log(k) - 3, UNDECIDED), (0, UNDECIDED)])
def test_a_witness_that_moves_with_k(value: Any, status: Status) -> None:
    """σ(p)^{k-1} ≥ 1/2 for every k needs a p that grows as log k, and enough of it."""
    assert at("lstm.prevention", {n: 1, m: 1, u: 1, W_f["x"]: value}, others=0).status is status


def test_where_an_update_does_not_help_is_said() -> None:
    """At the smallest k the update is too small; later it helps, and what is found says no more."""
    found = at("lstm.prevention.update.always", {n: 1, m: 1, u: 1, W_f["x"]: -2}, others=0)
    assert found.status is REFUTED
    assert "every" not in found.detail
    assert "false at k = 2, 3" in found.detail
    later = at("lstm.prevention.update.always", {n: 1, m: 1, W_c["h"]: 0}, others=0)
    assert "false at every k ≥ 3" in later.detail


def test_a_closed_form_that_is_not_the_number_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed forms are compared with the values step by step: a wrong sum is an engine at fault, never a verdict."""
    monkeypatch.setattr(factors, "summed", lambda form, step, first, last: summed(form, step, first, last + 1))
    found = along_orbit(SHIPPED["rnn.step-gradient.unbounded"])
    assert found.status is UNDECIDED
    assert "the engine is at fault" in found.detail


def test_a_claim_without_a_witness() -> None:
    assert along_orbit(SHIPPED["rnn.slope.bound"]).status is UNDECIDED
