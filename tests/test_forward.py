"""The forward models compared with cells that nobody here wrote: Equinox's and PyTorch's LSTM, Flax's simple cell.

The same comparison must notice a planted mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from derivations.model import Model
from derivations.recurrent.lstm import c, h, lstm
from derivations.recurrent.lstm import m as m_lstm
from derivations.recurrent.lstm import n as n_lstm
from derivations.recurrent.rnn import c as c_rnn
from derivations.recurrent.rnn import m as m_rnn
from derivations.recurrent.rnn import n as n_rnn
from derivations.recurrent.rnn import rnn
from derivations.symbols import Dim, Expression, Step
from numeric.program import trace

STEPS = 5
CLOSE: dict[str, Any] = {"rtol": 1e-13, "atol": 1e-14}
Named = dict[str, np.ndarray]  # weights, inputs and initial states as they were drawn, by their names
Cell = Callable[[Named, int], np.ndarray]  # what another library computes from them: steps × entries

ORDER = ("W_i", "W_f", "W_c", "W_o")  # in which Equinox and PyTorch stack the gates: input, forget, candidate, output
MISTAKES = [("W_f", "W_i", "W_c", "W_o"), ("W_i", "W_f", "W_o", "W_c"), ("W_i", "W_c", "W_f", "W_o")]


def forward(model: Model, nodes: list[Expression], sizes: Mapping[Dim, int], seed: int) -> tuple[np.ndarray, Named]:
    """What a model says about nodes at steps 1 to STEPS, and the random leaves that it was given."""
    t, rng = Step("t"), np.random.default_rng(seed)
    with jax.enable_x64(True):
        program = trace(model, nodes, sizes, [{t: step} for step in range(1, STEPS + 1)])
        leaves = [rng.normal(size=leaf.shape) for leaf in program.leaves]
        run = jax.jit(jax.extend.core.jaxpr_as_fun(program.jaxpr))
        found = [np.concatenate([np.ravel(value) for value in run(*leaves, np.int64(step))])
                 for step in range(1, STEPS + 1)]
    return np.array(found), {str(leaf.owner): values for leaf, values in zip(program.leaves, leaves, strict=True)}


def lstm_model(n: int, m: int, seed: int) -> tuple[np.ndarray, Named]:
    t = Step("t")
    return forward(lstm, [c[t], h[t]], {n_lstm: n, m_lstm: m}, seed)


def rnn_model(n: int, m: int, seed: int) -> tuple[np.ndarray, Named]:
    return forward(rnn, [c_rnn[Step("t")]], {n_rnn: n, m_rnn: m}, seed)


def stacked(named: Named, n: int, order: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The weights of the four gates in one matrix for the input and one for the last output."""
    together = np.concatenate([named[gate] for gate in order])
    return together[:, n:], together[:, :n]


def equinox_cell(named: Named, n: int, order: tuple[str, ...] = ORDER) -> np.ndarray:
    with jax.enable_x64(True):
        for_input, for_output = stacked(named, n, order)
        cell = eqx.nn.LSTMCell(for_input.shape[1], n, use_bias=False, key=jax.random.key(0))
        cell = eqx.tree_at(lambda cell: (cell.weight_ih, cell.weight_hh), cell,
                           (jnp.asarray(for_input), jnp.asarray(for_output)))
        state = jnp.asarray(named["h"][0, :, 0]), jnp.asarray(named["c"][0, :, 0])
        found = []
        for step in range(STEPS):
            state = cell(jnp.asarray(named["x"][step, :, 0]), state)
            found.append(np.concatenate([state[1], state[0]]))
    return np.array(found)


def torch_cell(named: Named, n: int, order: tuple[str, ...] = ORDER) -> np.ndarray:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for_input, for_output = stacked(named, n, order)
    cell = torch.nn.LSTMCell(for_input.shape[1], n, bias=False, dtype=torch.float64)
    found = []
    with torch.no_grad():
        cell.weight_ih.copy_(torch.from_numpy(for_input))
        cell.weight_hh.copy_(torch.from_numpy(for_output))
        state = torch.from_numpy(named["h"][:1, :, 0]), torch.from_numpy(named["c"][:1, :, 0])
        for step in range(STEPS):
            state = cell(torch.from_numpy(named["x"][step : step + 1, :, 0]), state)
            found.append(np.concatenate([state[1][0].numpy(), state[0][0].numpy()]))
    return np.array(found)


def flax_cell(named: Named, n: int, activation: Callable[[jax.Array], jax.Array] = jax.nn.sigmoid) -> np.ndarray:
    with jax.enable_x64(True):
        W = jnp.asarray(named["W"])
        cell = nn.SimpleCell(features=n, activation_fn=activation, param_dtype=jnp.float64)
        weights = {"params": {"h": {"kernel": W[:, :n].T}, "i": {"kernel": W[:, n:].T, "bias": jnp.zeros(n)}}}
        state, found = jnp.asarray(named["c"][0, :, 0]), []
        for step in range(STEPS):
            state, _ = cell.apply(weights, state, jnp.asarray(named["x"][step, :, 0]))
            found.append(np.asarray(state))
    return np.array(found)


SIZES = pytest.mark.parametrize(("n", "m", "seed"), [(4, 3, 0), (2, 5, 1), (1, 1, 2)])
CELLS = pytest.mark.parametrize("cell", [equinox_cell, torch_cell], ids=["equinox", "torch"])


@CELLS
@SIZES
def test_the_lstm_is_the_one_of_other_libraries(cell: Cell, n: int, m: int, seed: int) -> None:
    found, named = lstm_model(n, m, seed)
    assert found.dtype == np.float64
    assert found.shape == (STEPS, 2 * n)
    np.testing.assert_allclose(found, cell(named, n), **CLOSE)


@SIZES
def test_the_recurrent_network_is_flax_s(n: int, m: int, seed: int) -> None:
    found, named = rnn_model(n, m, seed)
    assert found.shape == (STEPS, n)
    np.testing.assert_allclose(found, flax_cell(named, n), **CLOSE)


@CELLS
@SIZES
@pytest.mark.parametrize("order", MISTAKES, ids=["f and i", "c and o", "f and c"])
def test_swapped_gates_are_noticed(cell: Callable[..., np.ndarray], n: int, m: int, seed: int,
                                   order: tuple[str, ...]) -> None:
    found, named = lstm_model(n, m, seed)
    assert not np.allclose(found, cell(named, n, order), rtol=1e-3)


@SIZES
def test_another_activation_or_a_wrong_side_is_noticed(n: int, m: int, seed: int) -> None:
    found, named = rnn_model(n, m, seed)
    assert not np.allclose(found, flax_cell(named, n, jnp.tanh), rtol=1e-3)
    if n > 1:
        turned = {**named, "W": np.concatenate([named["W"][:, :n].T, named["W"][:, n:]], axis=1)}
        assert not np.allclose(found, flax_cell(turned, n), rtol=1e-3)
