"""A refutation explained: the smallest counterexample, the term at fault, the nearest formula that holds, the paths."""

from __future__ import annotations

from typing import Any

import pytest

from derivations import Model, d, diag, grad, had, sigma, tanh
from derivations.claim import Claim
from derivations.recurrent import lstm, rnn
from derivations.verdict import Status, Verdict
from numeric import Options, check

QUICK = Options(draws=32)


def shipped(id: str) -> Claim:
    return next(c for model in (rnn, lstm) for c in model.claims if c.id == id)


def refuted(claim: Claim) -> Verdict:
    verdict = check(claim, QUICK)
    assert isinstance(verdict, Verdict)
    assert verdict.status is Status.REFUTED
    return verdict


@pytest.mark.parametrize(("id", "words"), [
    ("lstm.D.misprint", "σ′(z_{c,t}) → tanh′(z_{c,t})"),
    ("rnn.jacobian.right", "W_rec diag(σ′(z_t)) → diag(σ′(z_t)) W_rec"),
    ("rnn.jacobian.literal", "read as diag(σ′(z_t)) W_rec"),
    ("rnn.state-product.reversed", "order of the product"),
    ("lstm.state-product", "holds when o is held"),
])
def test_the_nearest_formula_that_holds(id: str, words: str) -> None:
    assert words in refuted(shipped(id)).repair


@pytest.mark.parametrize(("id", "paths"), [
    ("rnn.chain", {"missing: W_rec → c_2 → h_2 → E_2"}),
    ("lstm.state-gradient.forget-only", {f"missing: c_1 → h_1 → {gate}_2 → c_2" for gate in ("f", "i", "c̃")}),
    ("lstm.state-product", {f"missing: c_1 → h_1 → o_2 → h_2 → {gate}_3 → c_3" for gate in ("f", "i", "c̃")}),
])
def test_the_paths_that_are_missing(id: str, paths: set[str]) -> None:
    assert set(refuted(shipped(id)).paths) == paths


def test_what_holds_names_no_path_and_no_repair() -> None:
    verdict = check(shipped("rnn.jacobian"), QUICK)
    assert isinstance(verdict, Verdict)
    assert (verdict.status, verdict.paths, verdict.repair) == (Status.PROVED, (), "")


def layer() -> tuple[Model, dict[str, Any]]:
    m = Model("layer")
    [n] = m.dims("n")
    A, x, v = m.parameter("A", n, n), m.parameter("x", n), m.input("v", n)
    z = m.let("z", A @ x)
    y = m.node("y", had(v, sigma(z)))
    f = m.node("f", x.T @ A @ x)
    return m, {"A": A, "x": x, "v": v, "z": z, "y": y, "f": f}


def test_a_missing_factor_is_found() -> None:
    m, e = layer()
    claim = m.equal("a", d(e["y"], e["x"]), diag(sigma.prime(e["z"])) @ e["A"])
    assert "missing factor" in refuted(claim).repair
    assert "diag(v)" in refuted(claim).repair


def test_a_transposed_layout_is_told() -> None:
    m, e = layer()
    claim = m.equal("a", d(e["y"], e["x"]), (diag(had(e["v"], sigma.prime(e["z"]))) @ e["A"]).T)
    assert "transpos" in refuted(claim).repair


def test_symmetry_is_told() -> None:
    m, e = layer()
    assert "holds when A is symmetric" in refuted(m.equal("a", grad(e["f"], e["x"]), 2 * (e["A"] @ e["x"]))).repair


def test_where_nothing_helps_it_says_so() -> None:
    m, e = layer()
    claim = m.equal("a", grad(e["f"], e["x"]), tanh(had(e["v"], sigma(e["A"] @ tanh(e["v"])))))
    assert refuted(claim).repair.startswith("no single change")


def test_the_smallest_sizes_and_steps_are_reported() -> None:
    found = refuted(shipped("rnn.state-product.reversed")).counterexample
    assert found is not None
    assert (found.steps, found.sizes["n"], found.sizes["m"]) == ({"k": 3}, 2, 1)
    assert found.left != found.right
    assert "rnn.state-product.reversed" in found.command


def test_the_term_at_fault_is_named() -> None:
    four = shipped("lstm.state-gradient").cases[0].sides
    A, B, C, D = four[1].args
    wrong = Claim("lstm.wrong", "equality", lstm, (type(shipped("lstm.A").cases[0])("", (four[0], A + B + 2 * C + D)),))
    found = refuted(wrong).counterexample
    assert found is not None
    assert "C_t" in found.term
