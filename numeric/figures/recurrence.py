"""A recurrence step by step, and the norm of a state's derivative by an earlier one, as a logarithm.

The step is the program that the model's own definitions are lowered to, and its derivative JAX's. A product of
Jacobians is carried as its image of the first state's directions: each step maps it by the step's derivative and takes
a power of two out of it, exactly, into an exponent of its own; so 10⁻²⁰⁰⁰ is a number like any other. Only what is lost
within one step is lost: entries of less than 10⁻³⁰⁰ of the largest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.extend.core import jaxpr_as_fun

from derivations.model import Model
from derivations.symbols import Dim, Expression, Family, Node
from numeric.figures.laws import Law, name_of
from numeric.program import Program, trace

STRIDE = 25  # steps that one call of the compiled program makes at most
DENSE = 25  # lags up to which every one is measured
Inputs = Callable[[int], np.ndarray]


def lags(last: int) -> list[int]:
    """The distances at which a norm is measured: every one up to 25, then every 25th, and the last."""
    return sorted({*range(min(DENSE, last) + 1), *range(DENSE, last + 1, STRIDE), last})


@dataclass(frozen=True, eq=False)
class Norms:
    """log₁₀ ‖∂c_k/∂c_1‖₂ at lags k − 1 (draws × lags), and log₁₀ of the largest entry of the product, from step 2 to
    k, of each vector that was watched."""

    lags: tuple[int, ...]
    logs: np.ndarray
    products: tuple[np.ndarray, ...] = ()


class Recurrence:
    """One step of a model at given sizes: from the state and the input before it to the state after it.

    ``state``: nodes at step 1 that separate past from future, what is differentiated first. ``watched``: vectors at
    step 1, with positive entries, whose products are carried along. The model's only input sequence drives it.
    """

    def __init__(self, model: Model, state: Sequence[Node], start: Expression, sizes: Mapping[Dim, int],
                 watched: Sequence[Expression] = ()) -> None:
        self.state: list[Family] = [node.family for node in state]
        program = trace(model, [*state, start, *watched], sizes, [{}], horizon=1)
        self.sizes, self.leaves, count = dict(sizes), program.leaves, len(state)
        self.step = _runs(program.only(range(count)))
        self.start = _runs(program.only([count]))  # ∂s_1/∂c_1: c responds by itself, the rest of s within the step
        self.watched = _runs(program.only(range(count + 1, count + 1 + len(watched))))
        self.begin = jax.jit(jax.vmap(self._begin))
        self.advance = {restart: jax.jit(jax.vmap(partial(self._advance, restart), in_axes=(0, 0, 0, None)))
                        for restart in (False, True)}

    def values(self, law: Law) -> dict[str, np.ndarray]:
        """A draw of each parameter (draws × rows × columns) and initial state (draws × rows × 1)."""
        found = {}
        for leaf in self.leaves:
            if not self._is_input(leaf.owner):
                drawn = law.draw(leaf)
                found[name_of(leaf)] = drawn[:, 0] if leaf.owner in self.state else drawn
        return found

    def inputs(self, law: Law) -> Inputs:
        [leaf] = [leaf for leaf in self.leaves if self._is_input(leaf.owner)]
        return law.inputs(name_of(leaf), leaf.shape[1:])

    def norms(self, values: Mapping[str, np.ndarray], inputs: Inputs, at: Sequence[int], *,
              restart: bool = False) -> Norms:
        """The norms of the total derivative ∂c_k/∂c_1; with ``restart``, of the product of one-step derivatives
        ∂c_t/∂c_{t-1}, in each of which what is beside c in the state responds to c_{t-1} alone.

        ``values`` by name of leaf, draws first; ``inputs`` gives the next so many steps; lags in increasing order.
        """
        found: list[tuple[Any, ...]] = []
        with jax.enable_x64(True):
            carry, done = self.begin(dict(values), inputs(1)[:, 0]), 0
            for lag in at:
                while done < lag:
                    count = min(STRIDE, lag - done)
                    xs = inputs(count)
                    padded = np.concatenate([xs, np.zeros((len(xs), STRIDE - count, *xs.shape[2:]))], axis=1)
                    carry = self.advance[restart](dict(values), carry, padded, count)
                    done += count
                found.append((carry[1][0], carry[2], carry[3]))
                if len(found) > 1:  # while the next steps run, the last norm but one
                    found[-2] = _measured(*found[-2])
            found[-1] = _measured(*found[-1])
        logs, *products = (np.stack(column, axis=1) for column in zip(*found, strict=True))
        return Norms(tuple(at), logs, tuple(products))

    # ---- one draw

    def _is_input(self, owner: Any) -> bool:
        return isinstance(owner, Family) and owner.indexed and owner not in self.state

    def _arguments(self, values: Mapping[str, Array], state: Sequence[Array], x: Array) -> list[Array]:
        return [state[self.state.index(leaf.owner)][None] if leaf.owner in self.state
                else x[None] if self._is_input(leaf.owner) else values[name_of(leaf)] for leaf in self.leaves]

    def _begin(self, values: Mapping[str, Array], x: Array) -> Any:
        """The state at step 1, its derivative by c_1, no power of two taken out, and nothing watched yet."""
        arguments = self._arguments(values, [values[str(f)] for f in self.state], x)
        state, [start] = self.step(*arguments), self.start(*arguments)
        return state, self._split(start, state), jnp.int64(0), [jnp.zeros_like(w) for w in self.watched(*arguments)]

    def _split(self, columns: Array, state: Sequence[Array]) -> list[Array]:
        """The rows of a derivative of the joint state, shared out: columns × rows × 1 for each part of it."""
        ends = np.cumsum([part.shape[0] for part in state])
        return [part.T[:, :, None] for part in jnp.split(columns, ends[:-1], axis=0)]

    def _advance(self, restart: bool, values: Mapping[str, Array], carry: Any, xs: Array, count: Array) -> Any:
        """The first ``count`` of the steps whose inputs are given."""

        def step(at: Array, carry: Any) -> Any:
            state, columns, exponent, products = carry
            x = lax.dynamic_index_in_dim(xs, at, keepdims=False)

            def moved(*state: Array) -> list[Array]:
                return self.step(*self._arguments(values, state, x))

            def along(*direction: Array) -> Any:
                return jax.jvp(moved, tuple(state), direction)

            new, columns = jax.vmap(along, out_axes=(None, 0))(*columns)
            arguments = self._arguments(values, state, x)
            if restart:
                columns = self._split(self.start(*arguments)[0] @ columns[0][:, :, 0].T, new)
            _, shift = jnp.frexp(jnp.stack([jnp.abs(part).max() for part in columns]).max())
            columns = [part * jnp.ldexp(1.0, -shift) for part in columns]
            watched = [p + jnp.log10(w) for p, w in zip(products, self.watched(*arguments), strict=True)]
            return new, columns, exponent + shift, watched

        return lax.fori_loop(0, count, step, carry)


def _runs(program: Program) -> Callable[..., list[Any]]:
    return jaxpr_as_fun(program.jaxpr)


def _measured(columns: Any, exponent: Any, products: Sequence[Any]) -> tuple[np.ndarray, ...]:
    """log₁₀ of the norm, and of the largest entry of each product, of each draw."""
    with np.errstate(divide="ignore"):
        largest = np.linalg.svd(np.asarray(columns)[..., 0], compute_uv=False)[:, 0]
        logs = np.log10(largest) + np.asarray(exponent) * np.log10(2.0)
        return logs, *(np.asarray(p).max(axis=(1, 2)) for p in products)
