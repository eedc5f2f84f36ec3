"""The product of (A + B + C + D) over k − 1 steps against p, which is added to the forget gate's argument."""

from __future__ import annotations

import numpy as np

from derivations import norm
from numeric.figures import laws
from numeric.figures.canvas import Page
from numeric.figures.laws import Law
from numeric.figures.measured import Curve, Measured, curve, equal
from numeric.figures.networks import L, at_witness, claim_of, logarithm, long_short, opened
from numeric.figures.table import Asked

N, M = 8, 4
HOLDS, FAILS = "lstm.prevention", "lstm.prevention.always"
SWEEP = np.linspace(-6.0, 12.0, 73)
NORM = "norm of the product over t = 2..k of (A_t + B_t + C_t + D_t) (log10)"


def ks(steps: int) -> list[int]:
    """10, 100, 1000 and so on, below the number of steps, and that."""
    return sorted({*(10**e for e in range(1, 5) if 10**e < steps), steps})


def measure(asked: Asked, n: int = N, m: int = M) -> Measured:
    """The sweep with all other weights 0 and with all others drawn, and the witnesses of the claims.

    Raises Contradicted where the sweep does not go through a witness.
    """
    at = ks(asked.steps)
    swept = zip(at, alone(asked, at), strict=True)
    curves = [curve(f"others 0, k = {k}", NORM, SWEEP, logs[None]) for k, logs in swept]
    curves.append(curve(f"others drawn, k = {asked.steps}", NORM, SWEEP, drawn(asked, n, m)))
    for id, steps in ((HOLDS, at), (FAILS, at[-1:])):
        curves += [witness(id, k, asked) for k in steps]
    return Measured("p (1)", tuple(curves), caption(asked, float(curves[-1].at[0]), n, m))


def alone(asked: Asked, at: list[int], places: np.ndarray = SWEEP) -> np.ndarray:
    """log₁₀ of the norm at each k (k × places): n = m = 1, x_t = 1, W_f^x = p, and every other leaf 0."""
    cell = long_short(1, 1)
    law = Law(Asked(asked.name, asked.seed, len(places), asked.steps), "alone", cell.sizes)
    zero = {name: np.zeros_like(values) for name, values in cell.values(law).items()}
    values, inputs = opened(zero, cell.inputs(law), 1, places)
    return cell.norms(values, inputs, [k - 1 for k in at], restart=True).logs.T


def drawn(asked: Asked, n: int, m: int) -> np.ndarray:
    """log₁₀ of the norm at the last k (draws × places), each draw with every p."""
    cell = long_short(n, m)
    law = Law(asked, "drawn", cell.sizes)
    values = {name: np.tile(drawn, (len(SWEEP), 1, 1)) for name, drawn in cell.values(law).items()}
    one = cell.inputs(law)
    values, inputs = opened(values, lambda steps: np.tile(one(steps), (len(SWEEP), 1, 1, 1)), n,
                            np.repeat(SWEEP, asked.draws))
    logs = cell.norms(values, inputs, [asked.steps - 1], restart=True).logs
    return logs.reshape(len(SWEEP), asked.draws).T


def witness(id: str, k: int, asked: Asked) -> Curve:
    """A claim's witness: its p, and the norm there by rigorous balls. Raises Contradicted where the sweep misses it."""
    claim = claim_of(id)
    p = float(at_witness(claim, L.W_f["x"], {L.k: k}).mid())
    exact = logarithm(at_witness(claim, norm(L.P, 2), {L.k: k}))
    [[swept]] = alone(Asked(asked.name, asked.seed, 1, k), [k], np.array([p]))
    equal(f"{id} at k = {k}", np.array([abs(swept - exact) / max(1.0, abs(exact))]), 1e-9)
    return curve(f"witness of {id}, k = {k}", NORM, [p], np.array([[exact]]))


def caption(asked: Asked, fading: float, n: int, m: int) -> str:
    return (
        f"‖Π_{{t=2}}^k (A_t + B_t + C_t + D_t)‖₂ against p, which is added to every forget gate's argument. Left, as "
        f"logarithms; right, as it is. Lines: all other weights are 0 (n = m = 1, x_t = 1), so that the product is "
        f"σ(p)^(k−1). Stars: the witnesses of {HOLDS}, p = log k + 1, at which the norm is at least 1/2; cross: the "
        f"witness of {FAILS}, p = {fading:g}, at which it vanishes; all of them by rigorous interval arithmetic. Black "
        f"line and band: all other weights are drawn ({asked.draws} draws, k = {asked.steps}; median, 5 % to 95 % "
        f"quantile): there the other terms add to the forget gate's, and the norm may exceed 1. n = {n}, m = {m}; "
        f"{laws.WEIGHTS}; the first input is 1, and the first column of W_f^x is p. Seed {asked.seed}.")


def draw(measured: Measured) -> Page:
    page = Page(columns=2)
    y = r"$\Vert\,\Pi_{t=2}^k\,(A_t + B_t + C_t + D_t)\,\Vert_2$"
    left = page.axes("$p$", y, title="Over many powers of ten", decades=True)
    right = page.axes("$p$", y, title="The same, as it is")
    alone = [c for c in measured.curves if c.name.startswith("others 0")]
    [drawn] = [c for c in measured.curves if c.name.startswith("others drawn")]
    for number, found in enumerate([drawn, *alone]):
        page.curve(left, found, number, band=found is drawn)
        page.curve(right, found, number, band=found is drawn, size=True)
    for found in alone:
        foot = int(np.abs(np.float_power(10.0, found.median) - 0.2).argmin())
        page.words(right, found.at[foot], 0.2, f"$k = {found.name.rpartition(' ')[2]}$",
                   offset=(7, 0) if found is alone[-1] else (-7, 0), ha="left" if found is alone[-1] else "right")
    for found in (c for c in measured.curves if c.name.startswith("witness")):
        p, log = float(found.at[0]), float(found.median[0])
        if FAILS in found.name:
            page.point(left, p, log, "X")
            page.words(left, p, log, f"witness of\n{FAILS}", offset=(12, -6), va="top")
        else:
            page.point(right, p, 10.0**log, "*")
    page.label(left, drawn.at, drawn.high, "others drawn", 0.0, offset=(0, 5))
    left.set_ylim(top=-0.06 * left.get_ylim()[0])
    right.set_ylim(0, 1.5)
    right.set_xlim(-1.5, SWEEP[-1])
    page.level(right, 0.5, "1/2")
    return page
