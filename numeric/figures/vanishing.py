"""‖∂c_k/∂c_j‖₂ against k − j: the recurrent network beside its bound, the LSTM beside its forget gate."""

from __future__ import annotations

import numpy as np

from numeric.figures import laws
from numeric.figures.canvas import Page
from numeric.figures.laws import Law
from numeric.figures.measured import Curve, Measured, below_bound, curve
from numeric.figures.networks import bound_rates, long_short, opened, opening, proved, recurrent
from numeric.figures.recurrence import lags
from numeric.figures.table import Asked

N, M = 32, 8
BOUND = "rnn.vanish.bounded"
LEAST_DOUBLE = float(np.log10(np.finfo(float).tiny))
NORM, PRODUCT = "norm of dc_k/dc_1 (log10)", "largest entry of the product of f_t (log10)"


def measure(asked: Asked, n: int = N, m: int = M) -> Measured:
    """Draws of both networks, the LSTM once with p = 0 and once with p = log k + 1, all else being the same.

    Raises Contradicted where a norm of the recurrent network lies above its draw's own bound.
    """
    at = lags(asked.steps)
    network = recurrent(n, m)
    law = Law(asked, "rnn", network.sizes)
    values = network.values(law)
    found = network.norms(values, network.inputs(law), at)
    bounds = bound_rates(values, n, m)[:, None] * np.array(at)
    below_bound(BOUND, found.logs, bounds)
    curves = [curve("rnn", NORM, at, found.logs), curve("rnn, bound", "rho^(k-1) of each draw (log10)", at, bounds)]
    cell = long_short(n, m)
    law = Law(asked, "lstm", cell.sizes)
    for label, p in (("p = 0", 0.0), ("p = log k + 1", opening(asked.steps))):
        values, inputs = opened(cell.values(law), cell.inputs(law), n, p)
        found = cell.norms(values, inputs, at)
        curves += [curve(f"lstm, {label}", NORM, at, found.logs),
                   curve(f"forget gate, {label}", PRODUCT, at, found.products[0])]
    return Measured("k - 1 (steps)", tuple(curves), caption(asked, curves, n, m))


def caption(asked: Asked, curves: list[Curve], n: int, m: int) -> str:
    ends = {c.name: f"10^{c.median[-1]:.0f}" for c in curves}
    return (
        f"‖∂c_k/∂c_j‖₂ of the total derivative against k − j, j = 1, for {asked.draws} draws of each network: the line "
        f"is the median, the band reaches from the 5 % to the 95 % quantile. All numbers are carried as logarithms, so "
        f"those below 10^−308, the least that a double holds in full, are not lost. Recurrent network: after "
        f"{asked.steps} steps the median is {ends['rnn']}. No drawn norm exceeds its own bound ρ^(k−j), ρ = γ‖W_rec‖₂ "
        f"with γ = 1/4 ({proved(BOUND)}; {proved('rnn.state-product')}); the line with ticks is the largest of these "
        f"bounds. LSTM: the same draws twice, p being added to every forget gate's argument. With p = 0 the median "
        f"ends at {ends['lstm, p = 0']}; with p = log {asked.steps} + 1 = {opening(asked.steps):.2f}, the p of the "
        f"witness of lstm.prevention, at {ends['lstm, p = log k + 1']}. Beside it, without a band, the largest entry "
        f"of the product Π f_t of the forget gates alone. n = {n}, m = {m}; {laws.WEIGHTS}; in the LSTM the first "
        f"input is 1, and the first column of W_f^x is p. Seed {asked.seed}.").replace("^-", "^−")


def draw(measured: Measured) -> Page:
    page = Page(columns=2)
    left = page.axes("$k - j$  (steps)", r"$\Vert\,\partial c_k/\partial c_j\,\Vert_2$", title="Recurrent network",
                     decades=True)
    bound, norms = measured["rnn, bound"], measured["rnn"]
    page.bound(left, bound.at, bound.greatest)
    page.curve(left, norms, 0)
    words = f"{proved(BOUND)}\n" r"$(\gamma\,\Vert W_{rec}\Vert_2)^{k-j}$"
    page.words(left, float(bound.at[-1]), 0.0, words, ha="right", offset=(8, 0))
    page.label(left, norms.at, norms.median, "median and\n90 % of draws", 0.5, offset=(-10, -8), ha="right", va="top")
    right = page.axes("$k - j$  (steps)", "", title="LSTM", decades=True, share=left)
    for number, p in enumerate(("p = 0", "p = log k + 1")):
        page.curve(right, measured[f"lstm, {p}"], 1 + 2 * number)
        page.curve(right, measured[f"forget gate, {p}"], 2 + 2 * number, band=False)
    for number, (name, words, offset, ha, va) in enumerate((
            ("lstm, p = 0", "$p = 0$", (0, 16), "right", "bottom"),
            ("forget gate, p = 0", r"$\Pi\,f_t$ for $p = 0$", (-4, -12), "right", "top"),
            ("lstm, p = log k + 1", r"$p = \log k + 1$, and $\Pi\,f_t$", (0, -8), "right", "top"))):
        found = measured[name]
        page.label(right, found.at, found.median, words, (1.0, 0.8, 1.0)[number], offset=offset, ha=ha, va=va)
    page.level(left, LEAST_DOUBLE, "least double")
    page.level(right, LEAST_DOUBLE)
    return page
