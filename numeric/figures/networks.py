"""The two networks of the article, at the sizes of a figure, and what the figures say of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from math import inf, log
from typing import Any

import jax
import numpy as np
from flint import arb
from jax.extend.core import jaxpr_as_fun

from derivations.calculus import d
from derivations.claim import Claim
from derivations.proof.claims import proof_of
from derivations.recurrent import lstm, rnn
from derivations.symbols import Expression, Step
from derivations.verdict import Status
from numeric.exact.settle import as_ball, value_at
from numeric.figures.laws import name_of, shifted, with_one
from numeric.figures.recurrence import Inputs, Recurrence
from numeric.pointed import Wanted, program_of
from numeric.program import trace

# the letters of their pages: the packages' own names are the models
R: Any = import_module("derivations.recurrent.rnn")
L: Any = import_module("derivations.recurrent.lstm")


@lru_cache(maxsize=8)
def recurrent(n: int, m: int) -> Recurrence:
    """The recurrent network, one step."""
    return Recurrence(rnn, [R.c[1]], d(R.c[1], R.c[1]), {R.n: n, R.m: m})


@lru_cache(maxsize=8)
def long_short(n: int, m: int) -> Recurrence:
    """The LSTM, one step, with its forget gate watched."""
    return Recurrence(lstm, [L.c[1], L.h[1]], d(L.s.at(1), L.c[1]), {L.n: n, L.m: m}, [L.f[1]])


def opened(values: Mapping[str, np.ndarray], inputs: Inputs, n: int,
           by: float | np.ndarray) -> tuple[dict[str, np.ndarray], Inputs]:
    """An LSTM whose inputs begin with 1, so that the first column of W_f^x is added to z_f: it is p in each row."""
    return shifted(values, "W_f", n, by), with_one(inputs)


def bound_rates(values: Mapping[str, np.ndarray], n: int, m: int) -> np.ndarray:
    """log₁₀ ρ of each draw of the recurrent network, ρ = γ‖W_rec‖₂ as its page defines it."""
    program = trace(rnn, [R.rho], {R.n: n, R.m: m}, [{}])
    with jax.enable_x64(True):
        [rho] = jax.vmap(jaxpr_as_fun(program.jaxpr))(*(values[name_of(leaf)] for leaf in program.leaves))
        with np.errstate(divide="ignore"):
            return np.log10(np.asarray(rho)[:, 0, 0])


def opening(steps: int) -> float:
    """The p of the witness of lstm.prevention for this many steps."""
    return log(steps) + 1


def claim_of(id: str) -> Claim:
    """A claim of the two networks."""
    [found] = [claim for model in (rnn, lstm) for claim in model.claims if claim.id == id]
    return found


@lru_cache(maxsize=64)
def proved(id: str) -> str:
    """How a claim stands, for a label: proved by the prover now, or only claimed."""
    return f"proved: {id}" if proof_of(claim_of(id)).status is Status.PROVED else f"claimed, not proved: {id}"


def at_witness(claim: Claim, wanted: Expression, steps: Mapping[Step, int]) -> arb:
    """A number at the claim's witness: a rigorous ball, narrower than 2⁻⁴⁰ of its value.

    Raises ArithmeticError where it has no value there.
    """
    assert claim.witness is not None
    program = program_of(claim, [Wanted(wanted)], dict(claim.witness.sizes), [steps], point=claim.witness)
    value = value_at(program, program.step_rows([steps]))
    if value.number is None:
        raise ArithmeticError(f"{claim.id}: no value at its witness: {value.reason}")
    return arb(as_ball(value.number))


def logarithm(number: arb) -> float:
    """log₁₀ of the size of a ball's midpoint, which may be far below what a double holds."""
    size = abs(number)
    return -inf if size == 0 else float(size.log().mid()) / log(10)
