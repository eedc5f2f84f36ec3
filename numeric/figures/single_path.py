"""What the single-path formula of a weight's gradient keeps, against the step of the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from derivations import norm
from derivations.recurrent import rnn
from derivations.report.words import expectation
from derivations.symbols import Dim, Expression
from numeric.figures import laws
from numeric.figures.canvas import Page
from numeric.figures.laws import Law
from numeric.figures.measured import Curve, Measured, curve, equal
from numeric.figures.networks import L, R, claim_of, proved
from numeric.figures.table import Asked
from numeric.figures.terms import along
from numeric.program import trace

N, M, P = 16, 8, 3
PATHS = (("rnn.chain", ("W",)), ("lstm.chain", ("W_f", "W_i", "W_c")))
RIGHT = ("rnn.chain.full", "W")
ERROR, KEPT = "relative error (1)", "share that is kept (log10)"


def measure(asked: Asked, n: int = N, m: int = M, p: int = P) -> Measured:
    """Both sides of the claims, the left one by automatic differentiation of the unrolled network, for k = 1, …, K.

    Raises Contradicted where the corrected formula, the sum over all paths, does not agree.
    """
    steps, curves = np.arange(1, asked.steps + 1), []
    for id, labels in PATHS:
        more = [RIGHT] if id == "rnn.chain" else []
        found = sides([(id, label) for label in labels] + more, asked, {"n": n, "m": m, "p": p})
        for label, (off, whole, kept) in zip(labels, found, strict=False):
            with np.errstate(divide="ignore"):
                curves += [curve(f"{id}, {label}", ERROR, steps, off / whole),
                           curve(f"{id}, {label}, kept", KEPT, steps, np.log10(kept) - np.log10(whole))]
        if more:
            off, whole, _ = found[-1]
            equal(RIGHT[0], off / whole, 1e-9)
            curves.append(curve(", ".join(RIGHT), ERROR, steps, off / whole))
    return Measured("k (steps)", tuple(curves), caption(asked, curves, n, m, p))


def sides(cases: Sequence[tuple[str, str]], asked: Asked, lengths: Mapping[str, int]) -> list[list[np.ndarray]]:
    """‖left − right‖, ‖left‖ and ‖right‖ (draws × steps; Frobenius norms) of cases of one model's claims.

    ``lengths``: sizes by the names of dimensions.
    """
    model = claim_of(cases[0][0]).model
    letters = R if model is rnn else L
    sizes: dict[Dim, int] = {getattr(letters, name): size for name, size in lengths.items() if hasattr(letters, name)}
    wanted: list[Expression] = []
    for id, label in cases:
        [(left, right)] = [case.sides for case in claim_of(id).cases if case.label == label]
        wanted += [norm(left - right), norm(left), norm(right)]
    program = trace(model, wanted, sizes, [{letters.k: 1}, {letters.k: asked.steps}])
    law = Law(asked, model.name, sizes)
    found = along([law.draw(leaf) for leaf in program.leaves], program.jaxpr, np.arange(1, asked.steps + 1))
    return [found[start:start + 3] for start in range(0, len(found), 3)]


def caption(asked: Asked, curves: list[Curve], n: int, m: int, p: int) -> str:
    author = "; ".join(f"{id} is marked {expectation(claim_of(id))}" for id, _ in PATHS)
    [kept] = [10.0 ** c.median[-1] for c in curves if c.name == "rnn.chain, W, kept"]
    worst = max(c.greatest.max() for c in curves if c.name.startswith(RIGHT[0]))
    return (
        f"The gradient ∂E_k/∂W as the product along one path, through the use of W at step 1, against k. Left: its "
        f"relative error, ∂E_k/∂W being automatic differentiation of the unrolled network ({author}); the sum over all "
        f"paths ({proved(RIGHT[0])}) is off by no more than {worst:.0e}, which is rounding. Right: what the path "
        f"keeps, the ratio of its norm to that of ∂E_k/∂W; in the recurrent network {kept:.0e} at k = {asked.steps}. "
        f"Medians of {asked.draws} draws, and for the recurrent network the band from the 5 % to the 95 % quantile. n "
        f"= {n}, m = {m}, p = {p}; {laws.WEIGHTS}; φ and ℓ random networks with one hidden layer. Seed {asked.seed}.")


def draw(measured: Measured) -> Page:
    page = Page(columns=2)
    whole, path = r"\partial E_k/\partial W", r"\mathrm{path}"
    left = page.axes("$k$  (steps)", rf"$\Vert\,{whole} - {path}\,\Vert\;/\;\Vert\,{whole}\,\Vert$",
                     title="Relative error")
    right = page.axes("$k$  (steps)", rf"$\Vert\,{path}\,\Vert\;/\;\Vert\,{whole}\,\Vert$", title="What is kept",
                      decades=True)
    for number, (id, case) in enumerate((id, label) for id, labels in PATHS for label in labels):
        page.curve(left, measured[f"{id}, {case}"], number, band=number == 0)
        found = measured[f"{id}, {case}, kept"]
        page.curve(right, found, number, band=number == 0)
        stem, _, label = case.partition("_")
        letters = f"${stem}_{label}$" if label else f"${stem}$"
        page.beside(right, float(found.median[-1]), f"{id.partition('.')[0].upper()}, {letters}")
    full = measured[", ".join(RIGHT)]
    page.curve(left, full, 4, band=False)
    page.label(left, full.at, full.median, proved(RIGHT[0]), 0.97, ha="right", offset=(0, 8))
    page.label(left, full.at, np.ones(len(full.at)), "the one path, lines as on the right", 0.97, ha="right", va="top",
               offset=(0, -36))
    return page
