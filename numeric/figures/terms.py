"""The norms of the four terms of ∂c_t/∂c_{t-1} = A_t + B_t + C_t + D_t along a sequence."""

from __future__ import annotations

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun

from derivations import norm
from derivations.recurrent import lstm
from numeric.figures import laws
from numeric.figures.canvas import Page
from numeric.figures.laws import Law, name_of, shifted
from numeric.figures.measured import Curve, Measured, curve, equal
from numeric.figures.networks import L, opening, proved
from numeric.figures.table import Asked
from numeric.program import trace

N, M = 32, 8
CLAIM = "lstm.state-gradient"
TERMS = ("A", "B", "C", "D")
QUANTITY = "spectral norm (1)"
SETTINGS = ("p = 0", "p = log T + 1")
SUM = "dc_t/dc_(t-1)"


def measure(asked: Asked, n: int = N, m: int = M) -> Measured:
    """Each term as the model defines it, and their sum as JAX differentiates it, with p = 0 and with p = log T + 1.

    Raises Contradicted where the terms do not add up to the derivative.
    """
    sizes, last = {L.n: n, L.m: m}, asked.steps
    wanted = [*(norm(getattr(L, name), 2) for name in TERMS), norm(L.J, 2), norm(L.four - L.J, 2)]
    program = trace(lstm, wanted, sizes, [{L.t: 2}, {L.t: last}])
    law = Law(asked, "lstm", sizes)
    values = {name_of(leaf): law.draw(leaf) for leaf in program.leaves}
    values["x"][:, :, 0] = 1.0
    steps, curves = np.arange(2, last + 1), []
    for label, p in zip(SETTINGS, (0.0, opening(last)), strict=True):
        changed = shifted(values, "W_f", n, p)
        found = along([changed[name_of(leaf)] for leaf in program.leaves], program.jaxpr, steps)
        equal(CLAIM, found[-1] / found[-2], 1e-12)
        curves += [curve(f"{name}, {label}", QUANTITY, steps, norms)
                   for name, norms in zip((*TERMS, SUM), found, strict=False)]
    return Measured("t (steps)", tuple(curves), caption(asked, curves, n, m))


def along(leaves: list[np.ndarray], jaxpr: object, steps: np.ndarray) -> list[np.ndarray]:
    """The results of a program, which are numbers, at every step: draws × steps. One draw at a time is in memory."""
    with jax.enable_x64(True):
        every = jax.vmap(jaxpr_as_fun(jaxpr), in_axes=[*[None] * len(leaves), 0])
        found = jax.jit(lambda *leaves: jax.lax.map(lambda one: every(*one, steps), leaves))(*leaves)
        return [np.asarray(a)[:, :, 0, 0] for a in found]


def caption(asked: Asked, curves: list[Curve], n: int, m: int) -> str:
    last = {c.name: c.median[-1] for c in curves}
    said = {p: ", ".join(f"‖{name}‖₂ = {last[f'{name}, {p}']:.2f}" for name in TERMS) for p in SETTINGS}
    return (
        f"Spectral norms of the four terms of ∂c_t/∂c_{{t−1}} = A_t + B_t + C_t + D_t ({proved(CLAIM)}) along a "
        f"sequence of T = {asked.steps} steps, and of the derivative itself, taken by automatic differentiation: "
        f"medians of {asked.draws} draws, and around the derivative's the band from the 5 % to the 95 % quantile. "
        f"Left: p = 0 is added to every forget gate's argument; at the last step {said[SETTINGS[0]]}. Right: the same "
        f"draws with p = log T + 1 = {opening(asked.steps):.2f}; there {said[SETTINGS[1]]}: B_t = diag(f_t) is what an "
        f"open forget gate passes on. n = {n}, m = {m}; {laws.WEIGHTS}; the first input is 1, and the first column of "
        f"W_f^x is p. Seed {asked.seed}.")


def draw(measured: Measured) -> Page:
    page = Page(columns=2)
    left = page.axes("$t$  (steps)", r"$\Vert\cdot\Vert_2$  of each term", title="$p = 0$")
    right = page.axes("$t$  (steps)", "", title=r"$p = \log T + 1$", share=left)
    for ax, label in zip((left, right), SETTINGS, strict=True):
        for number, name in enumerate((SUM, *TERMS)):
            found = measured[f"{name}, {label}"]
            page.curve(ax, found, number, band=name == SUM)
            words = r"$\partial c_t/\partial c_{t-1}$" if name == SUM else f"${name}_t$"
            page.beside(ax, float(found.median[-1]), words)
    left.set_ylim(bottom=0)
    return page
