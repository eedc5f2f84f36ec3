"""How fast the norm of ∂c_k/∂c_1 grows or shrinks a step, against the largest singular value of W_rec."""

from __future__ import annotations

import numpy as np

from derivations import norm
from numeric.figures.canvas import Page, power_of_ten
from numeric.figures.laws import Law
from numeric.figures.measured import Curve, Measured, below_bound, curve
from numeric.figures.networks import R, at_witness, claim_of, logarithm, proved, recurrent
from numeric.figures.recurrence import Inputs
from numeric.figures.table import Asked

N, M = 16, 8
BOUND, NECESSARY, SUFFICIENT = "rnn.vanish.bounded", "rnn.explode.necessary", "rnn.explode.sufficient"
WITNESSES = ("rnn.vanish.bounded.attained", "rnn.explode", SUFFICIENT)
SWEEP = np.linspace(-2.0, 7.0, 37)  # log₂ of the largest singular value
LOWEST = -3.5  # decades: what lies lower is pointed at
FACTOR = "factor by which the norm of dc_k/dc_1 grows a step (log10)"


def measure(asked: Asked, n: int = N, m: int = M) -> Measured:
    """Weights scaled to each largest singular value, with drawn inputs and with centred ones, and the witnesses.

    Raises Contradicted where a norm lies above its bound.
    """
    at = 2.0**SWEEP
    curves = [curve("drawn inputs", FACTOR, at, swept(asked, n, m, centred=False)),
              curve("centred inputs", FACTOR, at, swept(asked, n, m, centred=True)),
              curve("bound", "rho (log10)", at, np.log10(at / 4)[None])]
    curves += [witness(id, asked) for id in WITNESSES]
    return Measured("largest singular value of W_rec (1)", tuple(curves), caption(asked, n, m))


def swept(asked: Asked, n: int, m: int, *, centred: bool) -> np.ndarray:
    """log₁₀ of the factor a step (draws × places), over k − 1 steps.

    Centred inputs: W_in x_t = −W_rec (1/2, …, 1/2), so that z_t = 0 where c_{t-1} = 1/2: where σ is steepest, as it is
    at the witness of rnn.explode.
    """
    network, places = recurrent(n, m), len(SWEEP)
    law = Law(asked, "rnn", network.sizes)
    values = {name: np.tile(drawn, (places, 1, 1)) for name, drawn in network.values(law).items()}
    weights = values["W"][:, :, :n]
    weights *= (np.repeat(2.0**SWEEP, asked.draws) / np.linalg.svd(weights, compute_uv=False)[:, 0])[:, None, None]
    inputs: Inputs
    if centred:
        values["W"][:, :, n:] = 0.0
        values["W"][:, :, n] = -weights.sum(axis=2) / 2
        inputs = lambda steps: np.ones((places * asked.draws, steps, m, 1))  # noqa: E731 - the other is a function too
    else:
        one = network.inputs(law)
        inputs = lambda steps: np.tile(one(steps), (places, 1, 1, 1))  # noqa: E731
    lag = asked.steps - 1
    logs = network.norms(values, inputs, [lag]).logs
    below_bound(BOUND, logs, lag * np.repeat(np.log10(2.0**SWEEP / 4), asked.draws)[:, None])
    return (logs / lag).reshape(places, asked.draws).T


def witness(id: str, asked: Asked) -> Curve:
    """A claim's witness: the largest singular value of its W_rec, and the factor there by rigorous balls."""
    claim, k = claim_of(id), asked.steps
    largest = at_witness(claim, norm(R.W_rec, 2), {R.k: k})
    factor = logarithm(at_witness(claim, norm(R.P, 2), {R.k: k})) / (k - 1)
    below_bound(BOUND, np.array([[factor]]), np.array([[logarithm(largest / 4)]]))
    return curve(f"witness of {id}", FACTOR, [float(largest.mid())], np.array([[factor]]))


def caption(asked: Asked, n: int, m: int) -> str:
    return (
        f"The factor ‖∂c_k/∂c_1‖₂^(1/(k−1)) by which the gradient of the state grows a step, k = {asked.steps}, "
        f"against the largest singular value of W_rec, in the recurrent network. It is at most ρ = γ‖W_rec‖₂, γ = 1/4 "
        f"({proved(BOUND)}), and no draw exceeds it: to grow it needs ‖W_rec‖₂ > 4 ({proved(NECESSARY)}). That does "
        f"not suffice, for a state may saturate where σ is flat. Lines: medians of {asked.draws} draws at each value; "
        f"bands: 5 % to 95 % quantile; centred inputs keep the argument of σ where σ is steepest. Stars: the witnesses "
        f"of {' and '.join(WITNESSES[:2])}, on the bound; the arrow points to that of {SUFFICIENT}, far below; all "
        f"three by rigorous interval arithmetic. n = {n}, m = {m}; W from N(0, 1), W_rec scaled; inputs and initial "
        f"states from N(0, 1), or, centred, W_in x_t = −W_rec (1/2, …, 1/2). Seed {asked.seed}.")


def draw(measured: Measured) -> Page:
    from matplotlib.ticker import FuncFormatter

    page = Page(width=6.6)
    ax = page.axes(r"largest singular value  $\Vert W_{rec}\Vert_2$",
                   r"$\Vert\,\partial c_k/\partial c_1\,\Vert_2^{\,1/(k-1)}$", decades=True)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    bound = measured["bound"]
    page.bound(ax, bound.at, bound.median)
    page.words(ax, 0.27, 0.6, f"{proved(BOUND)}\n" r"$\gamma\,\Vert W_{rec}\Vert_2$")
    for number, name in enumerate(("drawn inputs", "centred inputs")):
        page.curve(ax, measured[name], number)
        page.beside(ax, float(measured[name].median[-1]), name)
    ax.set_ylim(bottom=max(ax.get_ylim()[0], LOWEST))
    page.level(ax, 0.0, "neither grows nor shrinks")
    page.threshold(ax, 4.0, f"needed to grow: {NECESSARY}")
    for id in WITNESSES:
        found = measured[f"witness of {id}"]
        x, y = float(found.at[0]), float(found.median[0])
        if y > LOWEST:
            page.point(ax, x, y, "*")
            page.words(ax, x, y, "\n.".join(id.rsplit(".", 1)) if id.count(".") > 1 else id, offset=(-9, 6), ha="right")
        else:
            page.below(ax, x, f"{id}: {power_of_ten(round(y))}")
    return page
