"""Powers of a square matrix, in every rung: what must be proved and agree, and what must be refused or refuted."""

from __future__ import annotations

import pickle
import re
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from evaluation import REFUTED, close, evaluated, status
from sympy import Integer

from derivations import (
    Model,
    Prod,
    ShapeError,
    StepError,
    Sum,
    d,
    det,
    diag,
    eye,
    grad,
    inverse,
    norm,
    ones,
    trace,
    use,
)
from derivations.calculus import Chain
from derivations.edits import Context
from derivations.errors import DerivationError
from derivations.proof.engine import Engine
from derivations.proof.entry import entry
from derivations.proof.grains import grains
from derivations.proof.heads import Linked
from derivations.proof.places import places
from derivations.proof.prove import prove
from derivations.proof.rebuild import at_steps
from derivations.proof.steps import Known, affine
from derivations.ranges import in_range, range_text
from derivations.symbols import Expression
from derivations.variants import variants
from derivations.verdict import Status
from numeric.replay import replay

World = SimpleNamespace


def world() -> World:
    m = Model("powers")
    n, q, p = m.dims("n q p")
    t, i, j, k, T = m.times("t i j k T")
    x, y = m.inputs("x", p), m.inputs("y", q)
    M, N, a, v, U = m.parameter("M", n, n), m.parameter("N", n, n), m.parameter("a"), m.parameter("v", n), \
        m.parameter("U", n, p)
    Q, S, C = m.parameter("Q", q, n), m.parameter("S", n, n, structure="symmetric"), m.parameter("C", n, q)
    X, everywhere = m.parameter("X", 1, 1), ones(n) @ ones(n).T
    loss, h, o = m.smooth("l"), m.sequence("h", n), m.sequence("o", q)
    h[t] = U @ x[t] + M @ h[t - 1]
    o[t] = Q @ h[t]
    L = m.node("L", (1 / T) * Sum(loss(o[t], y[t]), (t, 1, T)))
    return World(**{name: value for name, value in locals().items() if name != "loss"})


@pytest.fixture
def w() -> World:
    return world()


# ---- the language


def test_a_power_counts_equal_factors(w: World) -> None:
    power = w.M ** (w.T - w.i)
    assert isinstance(power, Chain)
    assert power.exponent == w.T - w.i
    assert power.axes == w.M.axes
    assert eye(w.n) == w.M**0
    assert w.M**1 == w.M
    assert (w.M**3).exponent == 3
    assert (w.M**w.k).subs(w.k, 3) == w.M**3


def test_a_power_keeps_sympys_invariant(w: World) -> None:
    for e in (w.M**w.k, (w.M.T) ** (w.T - w.i), w.M**5, (w.M + w.N) ** (2 * w.k - 1)):
        assert e.func(*e.args) == e
        assert pickle.loads(pickle.dumps(e)) == e
        assert e.subs(w.M, w.N).has(w.N)


def test_a_power_captures_no_step(w: World) -> None:
    outer = w.h[w.i] @ w.h[w.i].T
    assert (w.M**w.k).subs(w.M, outer).free_symbols >= {w.i, w.k}
    assert (w.M**w.k).subs(w.k, w.i).exponent == w.i


@pytest.mark.parametrize(("attempt", "error", "words"), [
    (lambda w: w.U**2, ShapeError, "only a square matrix has powers"),
    (lambda w: w.U**w.k, ShapeError, "only a square matrix has powers"),
    (lambda w: w.v**w.k, ShapeError, "entrywise"),
    (lambda w: w.M**-1, ShapeError, "write inverse(A)"),
    (lambda w: w.M**w.n, ShapeError, "expected a whole number"),
    (lambda w: w.M**2.0, ShapeError, "not an exact number"),
    (lambda w: w.M**w.M, ShapeError, "not an exact number"),
    (lambda w: w.M**500, ShapeError, "at most 128"),
    (lambda w: w.M ** (w.k * w.k), StepError, "is not a step"),
    (lambda w: 2**w.M, ShapeError, "not part of the language"),
])
def test_what_is_no_power_is_refused(w: World, attempt: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        attempt(w)


def test_a_negative_exponent_is_outside_of_the_range(w: World) -> None:
    assert range_text(w.m.equal("late", w.M ** (w.k - 5), w.M)) == "k ≥ 5"
    with pytest.raises(StepError, match="the exponent of M\\^\\{-3\\} is negative"):
        w.m.equal("never", (w.M ** (w.k - 5)).subs(w.k, 2), w.M)
    with pytest.raises(StepError, match="is negative"):
        w.m.equal("inside", Sum(w.M ** (w.k - 1 - w.i) @ w.v, (w.i, 1, w.k)), w.v)


def test_printing(w: World) -> None:
    shown = ((w.M.T ** (w.T - w.i), "(Mᵀ)^{T-i}", r"(\mathbf{M}^{\top})^{T-i}", r"(M^{\top})^{T-i}"),
             ((w.M**w.k).T, "(M^k)ᵀ", r"(\mathbf{M}^{k})^{\top}", r"(M^{k})^{\top}"),
             (w.M**3 @ w.v, "M^3 v", r"\mathbf{M}^{3} \, \mathbf{v}", r"M^{3} \cdot v"),
             ((w.M @ w.N) ** w.k, "(M N)^k", r"(\mathbf{M} \, \mathbf{N})^{k}", r"(M \cdot N)^{k}"),
             ((w.M**w.k) ** 2, "(M^k)^2", r"(\mathbf{M}^{k})^{2}", r"(M^{k})^{2}"),
             (inverse(w.M) ** 2, "(M^{-1})^2", r"(\mathbf{M}^{-1})^{2}", r"(M^{-1})^{2}"),
             (use(w.M, 1) ** w.k, "(M^(1))^k", r"(\mathbf{M}^{(1)})^{k}", r"(M^{(1)})^{k}"))
    for e, text, paper, article in shown:
        assert (str(e), e.latex(), e.latex("article")) == (text, paper, article)
    assert str((w.M.T ** (w.T - w.i)).sympy()) == "M.T**(T - i)"


def test_a_power_is_not_printed_as_a_block() -> None:
    m = Model("blocks")
    [n], [k] = m.dims("n"), m.times("k")
    W = m.parameter("W_f", {"k": n}, {"k": n})
    B = m.parameter("V_f", n, {"k": n, "x": n})
    assert str(W**k) == "(W_f)^k"
    assert str(B["k"]) == "V_f^k"


# ---- what holds


HOLDS: dict[str, Any] = {
    "literal": lambda w: (w.M**3, w.M @ w.M @ w.M),
    "zero": lambda w: ((w.M**w.k).subs(w.k, 0), eye(w.n)),
    "sum of exponents": lambda w: (w.M**w.k @ w.M**w.i, w.M ** (w.i + w.k), (w.i >= 0) & (w.k >= 0)),
    "one more on the left": lambda w: (w.M @ w.M**w.k, w.M ** (w.k + 1)),
    "one more on the right": lambda w: (w.M**w.k @ w.M, w.M ** (w.k + 1)),
    "across": lambda w: (w.M @ w.M**w.k @ w.N, w.M**w.k @ w.M @ w.N),
    "transposed": lambda w: ((w.M**w.k).T, w.M.T**w.k),
    "transposed product": lambda w: ((w.M @ w.N).T ** w.k, ((w.M @ w.N) ** w.k).T),
    "symmetric": lambda w: ((w.S**w.k).T @ w.S, w.S ** (w.k + 1)),
    "shifted range": lambda w: (Prod(w.M, (w.t, 2, w.k)), w.M ** (w.k - 1)),
    "latest on the right": lambda w: (Prod(w.M, (w.t, 2, w.k), latest="right"), w.M ** (w.k - 1)),
    "three less": lambda w: (w.M**3 @ w.M ** (w.k - 3), w.M**w.k),
    "sum as base": lambda w: ((w.M + w.N) @ (w.M + w.N) ** w.k, (w.M + w.N) ** (w.k + 1)),
    "sum with the identity": lambda w: ((w.M + eye(w.n)) ** w.k @ w.M,
                                        (w.M + eye(w.n)) ** (w.k + 1) - (w.M + eye(w.n)) ** w.k),
    "scaled": lambda w: ((2 * w.a * w.M) ** w.k, 2**w.k * w.a**w.k * w.M**w.k, w.k >= 0),
    "numbers": lambda w: (w.a**w.k * w.a ** (w.k + 1), w.a ** (2 * w.k + 1), w.k >= 0),
    "trace": lambda w: (trace(w.M @ w.M ** (w.k - 1)), trace(w.M**w.k), w.k >= 1),
    "quadratic form": lambda w: (norm(w.M**w.k @ w.v) ** 2, w.v.T @ w.M.T**w.k @ w.M**w.k @ w.v),
    "induction": lambda w: (Sum(w.M**w.i, (w.i, 0, w.k)) @ (w.M - eye(w.n)), w.M ** (w.k + 1) - eye(w.n), w.k >= 0),
    "conjugated": lambda w: ((w.N @ w.M @ inverse(w.N)) ** w.k, w.N @ w.M**w.k @ inverse(w.N)),
    "turned": lambda w: (w.N @ (w.M @ w.N) ** w.k, (w.N @ w.M) ** w.k @ w.N),
    "turned, three letters": lambda w: (w.M @ w.N @ (w.M.T @ w.M @ w.N) ** w.k, (w.M @ w.N @ w.M.T) ** w.k @ w.M @ w.N),
    "of a power": lambda w: ((w.M**2) ** w.k, w.M ** (2 * w.k)),
    "of a word": lambda w: ((w.M @ w.N @ w.M @ w.N) ** w.k, (w.M @ w.N) ** (2 * w.k)),
    "of one number": lambda w: (w.X**w.k @ w.X, w.X ** (w.k + 1)),
    "of equal rows": lambda w: ((w.v @ ones(w.n).T) ** w.k, (ones(w.n).T @ w.v) ** (w.k - 1) * (w.v @ ones(w.n).T),
                                w.k >= 1),
    "of ones, written out": lambda w: ((w.M + w.everywhere) ** w.k @ (w.M + w.everywhere) ** (2 - w.k), w.M @ w.M +
                                       w.M @ w.everywhere + w.everywhere @ w.M + w.n * w.everywhere,
                                       (w.k >= 0) & (w.k <= 2)),
    "last of a sum": lambda w: (Sum(w.M ** (w.k - w.i) @ w.N @ w.M ** (w.i - 1), (w.i, 1, w.k)), w.N @ w.M ** (w.k - 1)
                                + Sum(w.M ** (w.k - w.i) @ w.N @ w.M ** (w.i - 1), (w.i, 1, w.k - 1)), w.k >= 2),
    "inverse": lambda w: (inverse(w.M**w.k), inverse(w.M) ** w.k),
    "determinant": lambda w: (det(w.M**w.k), det(w.M) ** w.k),
    "derivative": lambda w: (d(w.M**w.k @ w.v, w.v), w.M**w.k),
    "gradient by the base": lambda w: (grad(w.v.T @ w.M**w.k @ w.v, w.M), Sum(
        (w.M.T) ** (w.i - 1) @ w.v @ w.v.T @ (w.M.T) ** (w.k - w.i), (w.i, 1, w.k)), w.k >= 1),
    "many steps": lambda w: (d(w.h[w.k], w.h[w.j]), w.M ** (w.k - w.j), (w.j >= 1) & (w.k >= w.j)),
    "unrolled": lambda w: (w.h[w.k], w.M**w.k @ w.h[0] + Sum(w.M ** (w.k - w.i) @ w.U @ w.x[w.i], (w.i, 1, w.k)),
                           w.k >= 1),
    "unrolled from the first step": lambda w: (w.h[w.k], w.M ** (w.k - 1) @ w.h[1] + Sum(
        w.M ** (w.k - w.i) @ w.U @ w.x[w.i], (w.i, 2, w.k)), w.k >= 1),
    "backwards": lambda w: (grad(w.L, w.h[w.t]), w.M.T @ grad(w.L, w.h[w.t + 1]) + w.Q.T @ grad(w.L, w.o[w.t]),
                            w.t <= w.T),
    "through time": lambda w: (grad(w.L, w.h[w.t]), Sum(
        w.M.T ** (w.T - w.i) @ w.Q.T @ grad(w.L, w.o[w.T + w.t - w.i]), (w.i, w.t, w.T)), w.t <= w.T),
    "in order of time": lambda w: (grad(w.L, w.h[w.t]), Sum(
        (w.M ** (w.i - w.t)).T @ w.Q.T @ grad(w.L, w.o[w.i]), (w.i, w.t, w.T)), w.t <= w.T),
    "by a parameter": lambda w: (grad(w.L, w.U), Sum(grad(w.L, w.h[w.t]) @ w.x[w.t].T, (w.t, 1, w.T)), w.T >= 1),
    "by the recurrent one": lambda w: (grad(w.L, w.M), Sum(grad(w.L, w.h[w.t]) @ w.h[w.t - 1].T, (w.t, 1, w.T)),
                                       w.T >= 1),
}


def claimed(w: World, sides: tuple[Any, ...], **options: Any) -> Any:
    left, right, *given = sides
    return w.m.equal("claim", left, right, **({"given": given[0]} if given else {}), **options)


@pytest.mark.parametrize("name", HOLDS)
def test_what_holds_is_proved_and_agrees(w: World, name: str) -> None:
    claim = claimed(w, HOLDS[name](w))
    proof = prove(claim)
    assert proof.status is Status.PROVED, proof.detail
    assert replay(claim, proof) == []
    assert status(claim) is Status.AGREES


# ---- what does not


FAILS: dict[str, Any] = {
    "one too many": lambda w: (w.M**w.k @ w.M**w.i, w.M ** (w.i + w.k + 1), (w.i >= 0) & (w.k >= 0)),
    "one too few": lambda w: (w.M @ w.M**w.k, w.M**w.k),
    "range not shifted": lambda w: (Prod(w.M, (w.t, 2, w.k)), w.M**w.k, w.k >= 1),
    "factors exchanged": lambda w: ((w.M @ w.N) ** w.k, w.M**w.k @ w.N**w.k),
    "not commuting": lambda w: (w.M**w.k @ w.N, w.N @ w.M**w.k),
    "not transposed": lambda w: ((w.M**w.k).T, w.M**w.k),
    "transposed once": lambda w: ((w.M @ w.N).T ** w.k, (w.M.T @ w.N.T) ** w.k),
    "empty is not zero": lambda w: ((w.M**w.k).subs(w.k, 0), 0 * w.M),
    "turned the wrong way": lambda w: (w.N @ (w.M @ w.N) ** w.k, (w.M @ w.N) ** w.k @ w.N),
    "turned around a transpose": lambda w: (w.N @ (w.M @ w.N.T) ** w.k, (w.N @ w.M) ** w.k @ w.N),
    "of a power, exponents added": lambda w: ((w.M**2) ** w.k, w.M ** (w.k + 2)),
    "of a word, letters doubled": lambda w: ((w.M @ w.N @ w.M @ w.N) ** w.k, (w.M**2 @ w.N**2) ** w.k),
    "of one number, once": lambda w: (w.X**w.k, w.X),
    "of ones": lambda w: (w.everywhere**w.k, w.everywhere, w.k >= 1),
    "of scaled ones": lambda w: ((w.v.T @ w.v * w.everywhere) ** w.k, (w.v.T @ w.v) ** w.k * w.everywhere, w.k >= 1),
    "of ones, written out, not counted": lambda w: (
        (w.M + w.everywhere) ** w.k @ (w.M + w.everywhere) ** (2 - w.k), w.M @ w.M + w.M @ w.everywhere +
        w.everywhere @ w.M + w.everywhere, (w.k >= 0) & (w.k <= 2)),
    "of nothing": lambda w: ((w.a - w.a) ** w.k, 0 * w.a, w.k >= 0),
    "last of a sum, order kept": lambda w: (
        Sum(w.M ** (w.k - w.i) @ w.N @ w.M ** (w.i - 1), (w.i, 1, w.k)), w.M ** (w.k - 1) @ w.N
        + Sum(w.M ** (w.k - w.i) @ w.N @ w.M ** (w.i - 1), (w.i, 1, w.k - 1)), w.k >= 2),
    "inverse, once": lambda w: (inverse(w.M**w.k), inverse(w.M)),
    "inverse, order kept": lambda w: (inverse((w.M @ w.N) ** w.k), (inverse(w.M) @ inverse(w.N)) ** w.k),
    "determinant, once": lambda w: (det(w.M**w.k), det(w.M)),
    "of a sum": lambda w: ((w.M + w.N) ** w.k, w.M**w.k + w.N**w.k),
    "scaled once": lambda w: ((2 * w.M) ** w.k, 2 * w.M**w.k),
    "entry by entry": lambda w: (diag(w.v) ** w.k @ w.M, w.M @ diag(w.v) ** w.k),
    "gradient without transposes": lambda w: (grad(w.v.T @ w.M**w.k @ w.v, w.M), Sum(
        w.M ** (w.i - 1) @ w.v @ w.v.T @ w.M ** (w.k - w.i), (w.i, 1, w.k)), w.k >= 2),
    "gradient one term short": lambda w: (grad(w.v.T @ w.M**w.k @ w.v, w.M), Sum(
        (w.M.T) ** (w.i - 1) @ w.v @ w.v.T @ (w.M.T) ** (w.k - w.i), (w.i, 2, w.k)), w.k >= 1),
    "through time, one step early": lambda w: (grad(w.L, w.h[w.t]), Sum(
        w.M.T ** (w.T - w.i + 1) @ w.Q.T @ grad(w.L, w.o[w.T + w.t - w.i]), (w.i, w.t, w.T))),
    "through time, not transposed": lambda w: (grad(w.L, w.h[w.t]), Sum(
        w.M ** (w.T - w.i) @ w.Q.T @ grad(w.L, w.o[w.T + w.t - w.i]), (w.i, w.t, w.T))),
    "through time, T for t": lambda w: (grad(w.L, w.h[w.t]), Sum(
        w.M.T ** (w.i - w.t) @ w.Q.T @ grad(w.L, w.o[w.T + w.t - w.i]), (w.i, w.t, w.T))),
    "through time, first step left out": lambda w: (grad(w.L, w.h[w.t]), Sum(
        w.M.T ** (w.T - w.i) @ w.Q.T @ grad(w.L, w.o[w.T + w.t - w.i]), (w.i, w.t + 1, w.T))),
    "unrolled, one step long": lambda w: (w.h[w.k], w.M**w.k @ w.h[0] + Sum(
        w.M ** (w.k - w.i + 1) @ w.U @ w.x[w.i], (w.i, 1, w.k)), w.k >= 1),
    "by a parameter, one step short": lambda w: (grad(w.L, w.U), Sum(
        grad(w.L, w.h[w.t]) @ w.x[w.t].T, (w.t, 2, w.T)), w.T >= 1),
    "by the recurrent one, a step late": lambda w: (grad(w.L, w.M), Sum(
        grad(w.L, w.h[w.t]) @ w.h[w.t].T, (w.t, 1, w.T)), w.T >= 1),
    "jacobian one step long": lambda w: (d(w.h[w.k], w.h[w.j]), w.M ** (w.k - w.j + 1), (w.j >= 1) & (w.k >= w.j)),
}


@pytest.mark.parametrize("name", FAILS)
def test_what_fails_is_refuted_and_not_proved(w: World, name: str) -> None:
    claim = claimed(w, FAILS[name](w), fails=True)
    assert prove(claim).status is Status.UNDECIDED
    assert status(claim) is REFUTED


def test_a_product_that_may_end_before_it_starts_is_no_power(w: World) -> None:
    """Π over 5 … k is the identity for k < 4 where a claim says so, and then M times it is not the next one. It is told
    by what a derivative leaves, whose factors are equal without its author's having said it."""
    step = d(w.h[w.t], w.h[w.t - 1])
    J = Prod(step, (w.t, 5, w.k))
    holds = w.m.equal("next", w.M @ J, Prod(step, (w.t, 5, w.k + 1)), given=w.k >= 4)
    fails = w.m.equal("early", w.M @ J, Prod(step, (w.t, 5, w.k + 1)), given=w.k >= 2, fails=w.k <= 3)
    assert prove(holds).status is Status.PROVED
    assert prove(fails).status is Status.UNDECIDED
    assert status(fails) is REFUTED


def test_a_product_is_a_power_only_where_its_range_is_known(w: World) -> None:
    """What a factor becomes at another step is remembered, for the range of that step alone: Π over 5 … τ is a power
    where 6 ≤ τ, and where 2 ≤ τ it may be the identity."""
    J = Prod(d(w.h[w.t], w.h[w.t - 1]), (w.t, 5, w.i))
    p = Engine(w.m, Known(frozenset(map(affine, (w.k - 6, w.i - 2, w.k - w.i)))))
    [row], [col] = map(places, grains(J))
    product_ = entry(p, J, row, col)
    found = []
    for first in (6, 2, 6):
        with p.over(Integer(first), w.k) as step:
            [(_, [(head, _)])] = at_steps(p, product_, {w.i: step}).terms
        meaning = p.space.meanings[head]
        assert isinstance(meaning, Linked)
        found.append(meaning.power)
    assert found == [True, False, True]


def test_powers_of_what_acts_on_matrices(w: World) -> None:
    """Of a derivative of a matrix by a matrix, whose rows have two indices."""
    H = w.m.sequence("H", w.n, cols=w.n)
    H[w.t] = w.M @ H[w.t - 1] @ w.N
    step = d(H[w.t], H[w.t - 1])
    product_ = Prod(step, (w.t, 2, w.k))
    longer = Prod(step, (w.t, 2, w.k + 1))
    right = w.m.equal("right", longer, step.subs(w.t, 2) @ product_, given=w.k >= 2)
    wrong = w.m.equal("wrong", longer, product_, given=w.k >= 2, fails=True)
    assert prove(right).status is Status.PROVED
    assert prove(wrong).status is Status.UNDECIDED


SAMPLE = 10  # variants of each that are tried


@pytest.mark.parametrize("name", HOLDS)
def test_no_wrong_variant_is_proved(w: World, name: str) -> None:
    """Mistakes that people make, in each formula that holds: what is proved of them all the same, numbers agree to."""
    left, right, *given = HOLDS[name](w)
    found = [v.result for v in variants(right, Context(w.m, (left, right)))]
    for number, wrong in enumerate(found[k * len(found) // SAMPLE] for k in range(min(SAMPLE, len(found)))):
        try:
            claim = w.m.equal(f"variant-{number}", left, wrong, **({"given": given[0]} if given else {}))
        except DerivationError:  # an exponent that is negative at a given step, a step that the side has no longer
            continue
        if prove(claim).status is Status.PROVED:  # vacuous: both sides are one and the same
            assert status(claim) in ((Status.AGREES, Status.VACUOUS) if left == wrong else (Status.AGREES,)), wrong


# ---- proofs of random products, compared with numbers


def test_no_random_equality_of_products_is_proved_wrongly(w: World) -> None:
    """Words of matrices and their powers, on both sides drawn from few: every one that is proved is equal in numbers,
    and many are."""
    random, found = Random(7), 0
    exponents = (w.k, w.k + 1, w.k - 1, w.j, w.j + w.k, w.k - w.j, 2)
    base = w.M @ w.N

    def factor() -> Expression:
        which = random.choice((w.M, w.M, w.N, w.M.T, base, w.M + w.N))
        e = which ** random.choice(exponents) if random.random() < 0.7 else which
        return e.T if random.random() < 0.2 else e

    def word(length: int) -> Expression:
        out = factor()
        for _ in range(length - 1):
            out = out @ factor()
        return out

    for number in range(150):
        left = word(random.randint(1, 3))
        right = rewritten(left, random) if random.random() < 0.5 else word(random.randint(1, 3))
        named = {*left.steps, *right.steps}
        given = (w.j >= 1) & (w.k >= w.j) if w.j in named and w.k in named else w.k >= 1 if w.k in named else True
        claim = w.m.equal(f"random-{number}", left, right, given=w.j >= 1 if named == {w.j} else given)
        if prove(claim).status is Status.PROVED:
            found += 1
            ats = ({s: at[s] for s in named} for at in ({w.j: 1, w.k: 1}, {w.j: 1, w.k: 3}, {w.j: 2, w.k: 4}))
            for at in (at for at in ats if in_range(claim, at)):
                values = evaluated(w.m, [left, right], {w.n: 3, w.q: 2, w.p: 2}, at)
                assert close(*values, factor=1e-9), claim
    assert found > 40


def rewritten(e: Expression, random: Random) -> Expression:
    """An equal product, or one that is nearly equal: exponents split, one changed."""
    parts = list(e.args) if type(e).__name__ == "Times" else [e]
    out: list[Expression] = []
    for part in parts:
        if isinstance(part, Chain) and random.random() < 0.7:
            exponent, base = part.exponent, part.body
            assert exponent is not None
            if random.random() < 0.3:
                exponent = exponent + random.choice((0, 1))
            if not (exponent.is_Integer and exponent < 1):
                out += [base**1, base ** (exponent - 1)] if random.random() < 0.5 else [base**exponent]
                continue
        out.append(part)
    product_ = out[0]
    for part in out[1:]:
        product_ = product_ @ part
    return product_


# ---- numbers


def test_the_value_of_a_power(w: World) -> None:
    for k in range(5):
        M, power, literal = evaluated(w.m, [w.M, w.M**w.k, w.M**4], {w.n: 3}, {w.k: k})
        assert close(power, np.linalg.matrix_power(M, k))
        assert close(literal, np.linalg.matrix_power(M, 4))


def test_every_wrong_exponent_is_a_variant(w: World) -> None:
    side = w.M.T ** (w.T - w.t)
    found = {v.change: v.result for v in variants(side, Context(w.m, (side,)))}
    changed = {e.exponent for e in (v.result for v in variants(side, Context(w.m, (side,)))) if isinstance(e, Chain)}
    assert {w.T - w.t + 1, w.T - w.t - 1} <= changed
    assert "exponent" in found
    assert not {"order of the product", "first step"} & set(found)
    assert w.M ** (w.T - w.t) in {v.result for v in variants(side, Context(w.m, (side,)))}
