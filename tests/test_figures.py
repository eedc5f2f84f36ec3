"""The numbers of the figures: against JAX's derivative of the unrolled network, and wrong ones that must be noticed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
import pytest
from jax.extend.core import jaxpr_as_fun
from measurements import DRAWS, asked, measured

from derivations import Prod, d, norm
from derivations.recurrent import lstm, rnn
from numeric.figures import explosion, prevention, single_path, terms, vanishing
from numeric.figures.canvas import Page, style
from numeric.figures.laws import Law, name_of
from numeric.figures.measured import Contradicted, Measured, above, below_bound, curve, equal
from numeric.figures.networks import L, R, at_witness, claim_of, logarithm, long_short, opening, proved, recurrent
from numeric.figures.recurrence import Norms, lags
from numeric.figures.table import Asked
from numeric.program import trace

K = 6


# ---- the chain of a recurrence


def chained(cell: Any, law: Law, at: list[int], scale: float = 1.0, **how: bool) -> tuple[Norms, dict[str, np.ndarray]]:
    """The norms of a recurrence, and the leaves that they were measured at, all steps of the inputs included."""
    values = {name: drawn * scale if name.startswith("W") else drawn for name, drawn in cell.values(law).items()}
    [name] = [name_of(leaf) for leaf in cell.leaves if name_of(leaf) not in values]
    return cell.norms(values, cell.inputs(law), at, **how), {**values, name: cell.inputs(law)(at[-1] + 1)}


def unrolled(model: Any, wanted: Any, letters: Any, leaves: Mapping[str, np.ndarray], sizes: Any) -> np.ndarray:
    """log₁₀ of the spectral norm of a matrix at k = 1, …, K by the program of the whole unrolled network."""
    program = trace(model, [norm(wanted, 2)], sizes, [{letters.k: 1}, {letters.k: K}])
    arrays = [a[:, None] if a.ndim < len(leaf.shape) + 1 else a
              for leaf, a in ((leaf, leaves[name_of(leaf)]) for leaf in program.leaves)]
    with jax.enable_x64(True):
        at_all = jax.vmap(jaxpr_as_fun(program.jaxpr), in_axes=[*[None] * len(arrays), 0])
        over = jax.jit(jax.vmap(at_all, in_axes=[*[0] * len(arrays), None]))
        return np.log10(np.asarray(over(*arrays, np.arange(1, K + 1))[0]))[:, :, 0, 0]


CHAINS = [
    pytest.param(lambda: recurrent(4, 3), rnn, R, lambda: d(R.c[R.k], R.c[1]), False, id="rnn"),
    pytest.param(lambda: recurrent(4, 3), rnn, R, lambda: Prod(R.J, (R.t, 2, R.k)), True, id="rnn, product"),
    pytest.param(lambda: long_short(4, 3), lstm, L, lambda: d(L.c[L.k], L.c[1]), False, id="lstm"),
    pytest.param(lambda: long_short(4, 3), lstm, L, lambda: Prod(L.J, (L.t, 2, L.k)), True, id="lstm, product"),
    pytest.param(lambda: long_short(4, 3), lstm, L, lambda: Prod(L.four, (L.t, 2, L.k)), True, id="lstm, four terms"),
]


@pytest.mark.parametrize(("cell", "model", "letters", "wanted", "restart"), CHAINS)
def test_a_chain_is_the_derivative_of_the_unrolled_network(cell: Any, model: Any, letters: Any, wanted: Any,
                                                           restart: bool) -> None:
    network = cell()
    found, leaves = chained(network, Law(asked("chain", K), "a", network.sizes), list(range(K)), restart=restart)
    expected = unrolled(model, wanted(), letters, leaves, network.sizes)
    assert found.logs == pytest.approx(expected, abs=1e-11)


def test_a_chain_that_leaves_a_path_out_is_told_apart() -> None:
    """The product of one-step derivatives is the total derivative at k = 2, and not from k = 3 on."""
    cell = long_short(4, 3)
    law = Law(asked("chain", K), "a", cell.sizes)
    whole, part = (chained(cell, law, list(range(K)), restart=restart)[0].logs for restart in (False, True))
    assert whole[:, :2] == pytest.approx(part[:, :2], abs=1e-12)
    assert (np.abs(whole - part)[:, 2:] > 1e-6).all()


def test_the_product_of_the_forget_gates_is_carried_along() -> None:
    cell = long_short(4, 3)
    found, leaves = chained(cell, Law(asked("chain", K), "a", cell.sizes), list(range(K)))
    program = trace(lstm, [L.f[L.k]], cell.sizes, [{L.k: 1}, {L.k: K}])
    arrays = [leaves[name_of(leaf)] for leaf in program.leaves]
    with jax.enable_x64(True):
        run = jaxpr_as_fun(program.jaxpr)
        for draw in range(DRAWS):
            one = [a[draw] if a[draw].ndim == len(leaf.shape) else a[draw][None]
                   for a, leaf in zip(arrays, program.leaves, strict=True)]
            gates = np.stack([np.asarray(run(*one, np.int64(k))[0]) for k in range(1, K + 1)])
            logs = np.cumsum(np.log10(gates[1:]), axis=0).max(axis=(1, 2))
            assert found.products[0][draw] == pytest.approx([0.0, *logs], abs=1e-12)


def test_numbers_far_below_the_least_double_are_kept() -> None:
    """With n = 1 the norm is a product of numbers, whose logarithms are added up here one by one."""
    network = recurrent(1, 1)
    found, leaves = chained(network, Law(asked("tiny", 1000), "a", network.sizes), [0, 10, 1000], scale=0.03)
    for draw in range(DRAWS):
        c, total = leaves["c"][draw, 0, 0], 0.0
        for k in range(1001):
            z = leaves["W"][draw, 0] @ [c, leaves["x"][draw, k, 0, 0]]
            c = 1 / (1 + np.exp(-z))
            total += np.log10(abs(leaves["W"][draw, 0, 0]) * c * (1 - c)) if k else 0.0
        assert found.logs[draw, -1] == pytest.approx(total, rel=1e-12)
    assert (found.logs[:, -1] < -1900).all()
    rows = list(csv.reader(io.StringIO(Measured("k - 1", (curve("rnn", "log10", found.lags, found.logs),), "").csv())))
    assert min(float(x) for x in rows[3][4:]) == found.logs[:, -1].min() < -1900


def test_a_product_that_is_zero_is_written_as_such_and_drawn() -> None:
    pytest.importorskip("matplotlib", reason="figures are an extra")
    network = recurrent(3, 2)
    found, _ = chained(network, Law(asked("zero", 40), "a", network.sizes), lags(40), scale=0.0)
    assert (found.logs[:, 0] == 0).all()
    assert np.isneginf(found.logs[:, 1:]).all()
    zero = curve("rnn", vanishing.NORM, found.lags, found.logs)
    assert ",-inf," in Measured("k - 1", (zero,), "").csv()
    with style("zero"):
        page = Page()
        ax = page.axes("k", "norm", decades=True)
        page.curve(ax, zero, 0)
        page.label(ax, zero.at, zero.median, "words", 0.9)
        page.beside(ax, -np.inf, "end")
        page.finish()
        page.figure.draw_without_rendering()


def test_a_draw_is_the_same_however_many_are_drawn() -> None:
    network = long_short(4, 3)
    few, many = (chained(network, Law(asked("few", 30, draws), "a", network.sizes), [30])[0].logs for draws in (2, 5))
    assert few == pytest.approx(many[:2], abs=1e-11)
    other = chained(network, Law(asked("few", 30, 2, seed=1), "a", network.sizes), [30])[0].logs
    assert (np.abs(other - few) > 1e-3).all()


def test_lags() -> None:
    assert lags(2) == [0, 1, 2]
    assert lags(1000)[-1] == 1000
    assert lags(30) == [*range(26), 30]
    assert len(lags(10_000)) < 500


# ---- what must be true of the numbers, and is noticed where it is not


def test_no_drawn_norm_is_above_its_bound_and_a_violated_bound_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = vanishing.measure(asked("vanishing", 60), 6, 4)
    norms, bounds = found["rnn"], found["rnn, bound"]
    assert (norms.quantiles[1:] < bounds.quantiles[1:]).all()
    right = vanishing.bound_rates
    monkeypatch.setattr(vanishing, "bound_rates", lambda *given: right(*given) - 0.5)
    with pytest.raises(Contradicted, match=r"rnn\.vanish\.bounded: at draw 0, place \d+, the logarithm"):
        vanishing.measure(asked("vanishing", 60), 6, 4)


def test_a_bound_is_compared_in_logarithms() -> None:
    tiny = np.array([[-2000.0, -2000.1]])
    assert not above(tiny, tiny).any()
    assert above(tiny, np.array([[-2000.2, -2000.0]])).tolist() == [[True, False]]
    assert not above(np.array([[-np.inf]]), np.array([[-np.inf]])).any()
    assert above(np.array([[-5.0]]), np.array([[-np.inf]])).all()
    with pytest.raises(Contradicted, match="1 of 2 numbers"):
        below_bound("net.bound", tiny, np.array([[-2000.2, -2000.0]]))


def test_sides_that_are_proved_equal_are() -> None:
    equal("net.same", np.array([1e-15, 0.0]), 1e-12)
    for wrong in (1e-11, np.nan):
        with pytest.raises(Contradicted, match=r"net\.same: the sides differ"):
            equal("net.same", np.array([0.0, wrong]), 1e-12)


def test_a_term_that_is_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = terms.measure(asked("terms", 5), 4, 3)
    forget = found["B, p = 0"]
    assert ((forget.quantiles > 0) & (forget.quantiles < 1)).all()
    assert (found["B, p = log T + 1"].median > forget.median).all()
    monkeypatch.setattr(terms.L, "four", L.A + L.B + L.C)
    with pytest.raises(Contradicted, match=r"lstm\.state-gradient"):
        terms.measure(asked("terms", 5), 4, 3)


def test_the_single_path_is_all_at_first_and_soon_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured("single-path")
    for id, labels in single_path.PATHS:
        for label in labels:
            error, kept = found[f"{id}, {label}"], found[f"{id}, {label}, kept"]
            assert error.greatest[0] < 1e-14
            assert (error.quantiles[1:, 0] > 1e-3).all()
            assert kept.median[0] == pytest.approx(0, abs=1e-12)
    assert found["rnn.chain.full, W"].greatest.max() < 1e-13
    monkeypatch.setattr(single_path, "RIGHT", ("rnn.chain", "W_in"))
    with pytest.raises(Contradicted, match=r"rnn\.chain"):
        single_path.measure(asked("single-path", 2, draws=1), 2, 1, 1)


def test_the_relative_error_against_a_derivative_written_by_hand() -> None:
    """At k = 2 with n = m = p = 1, where ∂E_2/∂W is a number times w c_1 (1 − c_1) (c_0, x_1) + (c_1, x_2)."""
    a = Asked("single-path", 0, 4, 2)
    [[off, whole, kept]] = single_path.sides([("rnn.chain", "W")], a, {"n": 1, "m": 1, "p": 1})
    law = Law(a, "rnn", {R.n: 1, R.m: 1, R.p: 1})
    program = trace(rnn, [R.c[2]], law.sizes, [{}])
    leaves = {name_of(leaf): law.draw(leaf) for leaf in program.leaves}
    for draw in range(4):
        w, (c0,), x = leaves["W"][draw, 0], leaves["c"][draw, :, 0, 0], leaves["x"][draw, :, 0, 0]
        c1 = 1 / (1 + np.exp(-(w @ [c0, x[0]])))
        first = w[0] * c1 * (1 - c1) * np.array([c0, x[0]])
        every = np.add(first, [c1, x[1]])
        assert off[draw, 1] / whole[draw, 1] == pytest.approx(np.linalg.norm(every - first) / np.linalg.norm(every))
        assert kept[draw, 1] / whole[draw, 1] == pytest.approx(np.linalg.norm(first) / np.linalg.norm(every))


def test_the_sweep_goes_through_the_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    a = asked("prevention", 100, draws=1)
    [swept] = prevention.alone(a, [100])
    assert swept == pytest.approx(-99 * np.log1p(np.exp(-prevention.SWEEP)) / np.log(10), rel=1e-10)
    claim = claim_of("lstm.prevention")
    for k in (10, 1000):
        assert float(at_witness(claim, L.W_f["x"], {L.k: k}).mid()) == pytest.approx(opening(k), rel=1e-15)
        assert prevention.witness(claim.id, k, a).median[0] > np.log10(0.5)
    assert prevention.witness("lstm.prevention.always", 1000, a).median[0] == pytest.approx(-922.79, abs=0.01)
    right = prevention.logarithm
    monkeypatch.setattr(prevention, "logarithm", lambda x: right(x) * 1.001)
    with pytest.raises(Contradicted, match=r"lstm\.prevention at k = 10"):
        prevention.witness(claim.id, 10, a)


def test_explosion_keeps_to_its_bound_and_its_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    found = explosion.measure(asked("explosion", 30, draws=2), 4, 3)
    for name in ("drawn inputs", "centred inputs"):
        assert (found[name].greatest <= found["bound"].median + 1e-12).all()
        assert (found[name].greatest[found[name].at <= 4] <= 0).all()
    attained, doubling, flat = (found[f"witness of {id}"] for id in explosion.WITNESSES)
    assert (attained.at[0], doubling.at[0], flat.at[0]) == (2, 8, 100)
    assert 10 ** attained.median[0] == pytest.approx(1 / 2, rel=1e-14)
    assert 10 ** doubling.median[0] == pytest.approx(2, rel=1e-14)
    assert flat.median[0] < -40
    right = explosion.below_bound
    monkeypatch.setattr(explosion, "below_bound", lambda id, logs, bounds: right(id, logs, bounds - 1e3))
    with pytest.raises(Contradicted):
        explosion.measure(asked("explosion", 30, draws=2), 4, 3)


def test_a_label_says_proved_only_of_what_is() -> None:
    assert proved("rnn.vanish.bounded") == "proved: rnn.vanish.bounded"
    assert proved("rnn.chain") == "claimed, not proved: rnn.chain"


def test_a_number_at_a_witness_is_rigorous_however_small() -> None:
    found = at_witness(claim_of("rnn.explode.sufficient"), norm(R.P, 2), {R.k: 101})
    assert logarithm(found) == pytest.approx(-4142.945, abs=1e-3)


# ---- tables of numbers


def test_csv_is_read_back_as_it_was() -> None:
    values = np.array([[0.1, -1e-300], [1 / 3, -np.inf], [7.0, 1e300]])
    written_as = Measured("k (steps)", (curve('a "quoted", name', "size (1)", [1, 2], values),), "").csv()
    heading, *rows = list(csv.reader(io.StringIO(written_as)))
    assert heading[:4] == ["curve", "quantity (unit)", "k (steps)", "draws (count)"]
    assert len(rows) == 2
    assert [row[0] for row in rows] == ['a "quoted", name'] * 2
    assert [float(x) for x in rows[0][4:]] == [0.1, 0.1, 1 / 3, 7.0, 7.0]
    assert [float(x) for x in rows[1][4:]] == [-np.inf, -np.inf, -1e-300, 1e300, 1e300]


def test_a_curve_refuses_what_is_no_number() -> None:
    with pytest.raises(ArithmeticError, match="a: size is no number at 2"):
        curve("a", "size", [1, 2], np.array([[1.0, np.nan]]))
