"""Witnesses: what an author may give, what is missing, what does not fit; and the values that a claim keeps."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Integer, Matrix, Rational

from derivations import (
    DerivationError,
    Model,
    NamingError,
    Prod,
    ShapeError,
    StepError,
    Sum,
    Witness,
    absolute,
    d,
    dot,
    eye,
    log,
    norm,
    ones,
    sigma,
    vanishing,
    vstack,
    zeros,
)
from derivations.claim import Claim
from derivations.recurrent import lstm, rnn
from derivations.report.words import witness_words
from derivations.symbols import Node
from derivations.witness import Opening

M = Model("witnessed")
n, m = M.dims("n m")
t, j, k, T = M.times("t j k T")
x, y = M.inputs("x", m), M.inputs("y", n)
W, a, S = M.parameter("W", n, {"h": n, "x": m}), M.parameter("a"), M.parameter("S", 2, 2, structure="symmetric")
g, phi, ell = M.inputs("g"), M.smooth("phi", n), M.smooth("ell")
c, E = M.sequence("c", n, "state"), M.sequence("E")
c[t] = sigma(W["h"] @ c[t - 1] + W["x"] @ x[t])
E[t] = ell(vstack(phi(c[t]), y[t]))
P = norm(Prod(d(c[t], c[t - 1]), (t, 2, k)), 2)
WHOLE = {n: 1, m: 1, W["h"]: 8, W["x"]: 1, x[t]: -4, c[0]: Rational(1, 2)}
_serial = iter(range(1000))


def exists(values: Any, *relations: Any, along: Any = k, **options: Any) -> Claim:
    return M.exists(f"claim-{next(_serial)}", *(relations or (P >= 1,)), along=along, witness=values, **options)


def test_a_point_has_a_value_of_its_leafs_type() -> None:
    found = exists(Witness(WHOLE, "every factor is 2")).witness
    assert found is not None
    assert found.label == "every factor is 2"
    assert dict(found.sizes) == {n: 1, m: 1}
    assert str(found.value(Node(W.family))) == "[8 · 1_{n × n}, 1 · 1_{n × m}]"
    assert found.value(x[7]) == found.value(x[t])
    assert found.value(x[7]).axes == x[t].axes
    assert witness_words(found) == "n = 1, m = 1, W_h = 8, W_x = 1, x_t = -4, c_0 = 1/2: every factor is 2"
    with pytest.raises(DerivationError, match="no value"):
        found.value(y[1])


def test_values_depend_on_their_own_step() -> None:
    found = exists({**WHOLE, x[t]: Rational(3, 2) ** t, x[2]: 5}).witness
    assert found is not None
    assert str(found.value(x[3])) == "(3/2)^3 1_m"
    assert str(found.value(x[2])) == "5 · 1_m"


def test_sizes_may_be_left_open() -> None:
    found = exists({W["h"]: 2 * eye(n), W["x"]: 0, x[t]: ones(m), c[0]: zeros(n)}).witness
    assert found is not None
    assert not found.sizes


def test_explicit_matrices() -> None:
    sized = {**WHOLE, n: 2, m: 1, W["h"]: Matrix([[1, 2], [3, 4]]), W["x"]: Matrix([1, 2]) @ Matrix([[1]]),
             c[0]: Matrix([1, 2])}
    with pytest.raises(ShapeError, match="W"):
        exists(sized)  # a column is a vector, the block a matrix of one column
    found = exists({**sized, W["x"]: ones(n, m)}).witness
    assert found is not None
    assert found.value(c[0]).axes != c[0].axes


@pytest.mark.parametrize(("change", "error", "words"), [
    ({W["h"]: None}, DerivationError, "block h of W has no value"),
    ({c[0]: None}, DerivationError, "c_0 has no value"),
    ({x[t]: None}, DerivationError, r"x_t has no value \(for every t\)"),
    ({x[t]: None, x[1]: 0, x[2]: 0}, DerivationError, r"x_t has no value \(for every t\)"),
    ({c[1]: 0}, DerivationError, "c_1 is computed"),
    ({c[t]: 0}, DerivationError, "c_t is computed"),
    ({x[t + 1]: 0}, StepError, "for every step, or at a literal"),
    ({W: 0}, NamingError, "has a value twice"),
    ({n: 0}, DerivationError, "n = 0: expected a whole number, 1 or more"),
    ({n: Rational(1, 2)}, DerivationError, "expected a whole number"),
    ({n: 2}, ShapeError, "write ones"),
    ({W["h"]: Matrix([[1, 2]])}, ShapeError, "its value"),
    ({c[0]: a}, NamingError, "depends on a"),
    ({c[0]: 0.5}, ShapeError, "not an exact number"),
    ({x[t]: 2**j}, NamingError, "depends on j"),
    ({x[t]: 2**k}, NamingError, "depends on k"),
    ({W["h"]: phi(ones(n)).T @ ones(n)}, NamingError, "depends on phi"),
    ({k: 3}, DerivationError, "must exist at every k"),
    ({a + 1: 3}, ShapeError, "no value of its own"),
    ({Model("elsewhere").parameter("q"): 1}, NamingError, "not declared"),
    ({Model("functions").smooth("phi", 1): lambda v: v}, NamingError, "of another model"),
], ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", "values"))
def test_what_is_refused(change: dict[Any, Any], error: type[Exception], words: str) -> None:
    values = {key: value for key, value in {**WHOLE, **change}.items() if value is not None}
    with pytest.raises(error, match=words):
        exists(values)


def test_others_are_zero_only_if_the_author_says_so() -> None:
    with pytest.raises(DerivationError, match="others=0"):
        exists({n: 1})
    found = exists(Witness({n: 1, m: 1, W["h"]: 8}, others=0)).witness
    assert found is not None
    assert found.value(c[0]) == zeros(n)
    assert str(found.value(Node(W.family))) == "[8 · 1_{n × n}, 0_{n × m}]"
    with pytest.raises(DerivationError, match="expected 0"):
        exists(Witness({n: 1}, others=1))


def test_a_value_may_depend_on_what_comes_before_it() -> None:
    """For every k there are weights, not: there are weights for every k."""
    grows = {**WHOLE, W["x"]: log(k) + 1}
    assert exists(grows, along=None).witness is not None
    with pytest.raises(NamingError, match="depends on k"):
        exists(grows, along=k)


def test_leaves_stay_as_a_step_grows_unless_they_are_assumed_to_vanish() -> None:
    total = absolute(Sum(g[t], (t, 1, T)))
    with pytest.raises(NamingError, match="depends on T"):
        M.tends("fixed", total, 0, along=T, fails=True, witness={g[t]: 1 / T})
    family = M.tends("family", total, 0, along=T, given=vanishing(g[t]), fails=True, witness={g[t]: 1 / T})
    assert family.witness is not None
    assert str(family.witness.value(g[3])) == "1/T"


def test_a_witness_shows_a_failure_or_an_existence() -> None:
    with pytest.raises(DerivationError, match="cannot show that this bound holds"):
        M.bound("holding", P <= 1, witness=WHOLE)
    with pytest.raises(DerivationError, match="cannot show that this existence fails"):
        exists(WHOLE, fails=True)


def test_steps_of_a_failure() -> None:
    claim = M.bound("failing", P <= 1, given=k >= 2, fails=k >= 3, witness={**WHOLE, k: 4})
    assert claim.witness is not None
    assert dict(claim.witness.steps) == {k: 4}
    with pytest.raises(DerivationError, match="k = 1 lies outside k >= 2"):
        M.bound("outside", P <= 1, given=k >= 2, fails=True, witness={**WHOLE, k: 1})
    with pytest.raises(DerivationError, match="lies outside k >= 3"):
        M.bound("region", P <= 1, fails=k >= 3, witness={**WHOLE, k: 2})
    with pytest.raises(StepError, match="not a step that the claim leaves free"):
        M.bound("foreign", P <= 1, fails=True, witness={**WHOLE, j: 2})
    with pytest.raises(StepError, match="not a step that the claim leaves free"):
        M.tends("along", P, 0, along=k, fails=True, witness={**WHOLE, k: 2})


# ---- open functions


OPEN = {**WHOLE, y[t]: 1, phi: lambda v: v, ell: lambda h, y: dot(h, y)}


def losses(values: Any) -> Claim:
    return exists(values, norm(d(E[k], c[1])) >= 1)


def test_open_functions_are_given_by_rules() -> None:
    found = losses(OPEN).witness
    assert found is not None
    rules: dict[Any, Opening] = dict(found.functions)
    assert [str(part) for part in rules[ell].parts] == ["h", "y"]
    assert str(rules[ell].value) == "hᵀ y"
    whole = losses({**OPEN, ell: lambda v: dot(v, v)}).witness
    assert whole is not None
    assert len(dict(whole.functions)[ell].parts) == 1
    assert "φ(v) = v" in witness_words(found)
    assert "ℓ(h, y) = hᵀ y" in witness_words(found)


@pytest.mark.parametrize(("rule", "words"), [
    (None, "the function ell is left open"),
    (3, "expected a function"),
    (lambda h: h, "values, its rule gives"),
    (lambda h, y, z: dot(h, y), "given as a function of h, y, z"),
    (lambda h, y: dot(h, y) * a, "depends on a"),
    (lambda h, y: dot(h, y) * k, "depends on k"),
], ids=["missing", "number", "vector", "three", "parameter", "step"])
def test_rules_that_are_refused(rule: Any, words: str) -> None:
    values = {key: value for key, value in {**OPEN, ell: rule}.items() if value is not None}
    with pytest.raises(DerivationError, match=words):
        losses(values)
    if rule is None:
        with pytest.raises(DerivationError, match=words):
            losses(Witness(values, others=0))


# ---- structure


def test_a_value_has_the_structure_of_its_leaf() -> None:
    assert exists({S: Matrix([[1, 2], [2, 3]])}, norm(S) >= 1, along=None).witness is not None
    with pytest.raises(DerivationError, match="declared symmetric"):
        exists({S: Matrix([[1, 2], [0, 3]])}, norm(S) >= 1, along=None)


# ---- the article's


@pytest.mark.parametrize("claim", [claim for model in (rnn, lstm) for claim in model.claims if claim.witness],
                         ids=lambda claim: str(claim.id))
def test_the_articles_witnesses_give_every_leaf_a_value(claim: Claim) -> None:
    from derivations.points import initial_steps, reached

    assert claim.witness is not None
    families, functions = reached(claim)
    for family in families:
        if family in claim.model.rules:
            leaves = [Node(family, step) for step in initial_steps(claim, family)]
        else:
            leaves = [Node(family, *([Integer(1)] if family.indexed else []))]
        for leaf in leaves:
            assert claim.witness.value(leaf) is not None
    assert set(functions) <= {f for f, _ in claim.witness.functions}
    assert (claim.kind == "existence") == (claim.expect == "holds")
    assert claim.witness.label or claim.id == "rnn.slope"
