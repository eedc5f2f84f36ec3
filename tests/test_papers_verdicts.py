"""Right and wrong equations of small documents: what is right is not refuted, what is wrong is, in every reading.

A wrong equation is the right one with one fault of the kinds that people make: a sign, a transpose, a missing term, a
wrong index, gate or function, the other layout, ∂ taken as immediate where it is total.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from derivations.latex.reader.account import Account, Document, Kind
from derivations.latex.reader.document import understand
from derivations.latex.reader.scan import scan
from derivations.verdict import Status, Verdict
from numeric.batch import Request, verdict

FEW = Request(draws=24)
HOLDS = (Status.PROVED, Status.AGREES)

RNN = r"""
$W, U \in \mathbb{R}^{n \times n}$, $x_t, b \in \mathbb{R}^n$
$$h_t = \tanh(z_t)$$
$$z_t = W h_{t-1} + U x_t + b$$
"""
LSTM = r"""
$W_f, W_i, W_c, W_o \in \mathbb{R}^{n \times n}$, $x_t \in \mathbb{R}^n$
$$f_t = \sigma(W_f x_t) \qquad i_t = \sigma(W_i x_t) \qquad o_t = \sigma(W_o h_{t-1})$$
$$g_t = \tanh(W_c x_t)$$
$$c_t = f_t \odot c_{t-1} + i_t \odot g_t$$
$$h_t = o_t \odot \tanh(c_t)$$
"""
REGRESSION = r"""
$X \in \mathbb{R}^{m \times n}$, $y \in \mathbb{R}^m$, $w \in \mathbb{R}^n$, $\lambda \in \mathbb{R}$
$$L = \frac{1}{2} \lVert X w - y \rVert^2 + \frac{\lambda}{2} \lVert w \rVert^2$$
"""
LAYERS = r"""
$V \in \mathbb{R}^{k \times n}$, $W \in \mathbb{R}^{n \times m}$, $x \in \mathbb{R}^m$, $y \in \mathbb{R}^k$
$$a = W x$$
$$h = \tanh(a)$$
$$o = V h$$
$$E = \frac{1}{2} \|o - y\|^2$$
"""
FORMS = r"""
$A \in \mathbb{R}^{n \times n}$, $u, v \in \mathbb{R}^n$
$$Q = u^\top A u$$
$$S = u^\top v$$
"""
SUM = r"""
$w \in \mathbb{R}^n$, $x_t \in \mathbb{R}^n$, $y_t \in \mathbb{R}$
$$e_t = w^\top x_t - y_t$$
$$L = \sum_{t=1}^T e_t^2$$
"""


@dataclass(frozen=True)
class Row:
    """An equation that holds in a document, and one with a fault."""

    fault: str
    document: str
    right: str
    wrong: str


TABLE = {
    "jacobian, sign": Row("sign", RNN, r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - h_t \odot h_t)",
                          r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 + h_t \odot h_t)"),
    "jacobian, order": Row("order", RNN, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t \odot h_t) W",
                           r"\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(1 - h_t \odot h_t)"),
    "jacobian, parameter": Row("index", RNN,
                               r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t \odot h_t) U",
                               r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t \odot h_t) W"),
    "jacobian, step": Row("index", RNN,
                          r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t \odot h_t) W",
                          r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_{t-1} \odot h_{t-1}) W"),
    "jacobian, factor": Row("missing factor", RNN, r"\frac{\partial z_t}{\partial h_{t-1}} = W",
                            r"\frac{\partial h_t}{\partial h_{t-1}} = W"),
    "jacobian, power": Row("power", RNN, r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - \tanh^2(z_t))",
                           r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - \tanh(z_t))"),
    "jacobian, prime": Row("prime", RNN, r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(\tanh'(z_t))",
                           r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(\tanh(z_t))"),
    "jacobian, function": Row("function", RNN, r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(\tanh'(z_t))",
                              r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(\sigma'(z_t))"),
    "two steps": Row("missing factor", RNN,
                     r"\frac{\partial z_{t+1}}{\partial z_t} = W \mathrm{diag}(1 - h_t \odot h_t)",
                     r"\frac{\partial z_{t+1}}{\partial z_t} = W"),
    "product of steps": Row("bounds", RNN,
                            r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^{t} \mathrm{diag}(1 - h_i \odot h_i) W,"
                            r" \quad k < t",
                            r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k}^{t} \mathrm{diag}(1 - h_i \odot h_i) W,"
                            r" \quad k < t"),
    "cell, gate": Row("gate", LSTM, r"\frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_{t-1})",
                      r"\frac{\partial c_t}{\partial i_t} = \mathrm{diag}(c_{t-1})"),
    "cell, step": Row("index", LSTM, r"\frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_{t-1})",
                      r"\frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_t)"),
    "cell, other gate": Row("gate", LSTM, r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)",
                            r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(i_t)"),
    "cell, sum": Row("extra term", LSTM, r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)",
                     r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t + i_t)"),
    "output, total": Row("total", LSTM,
                         r"\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(o_t \odot (1 - \tanh^2(c_t)))",
                         r"\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(o_t \odot (1 - \tanh(c_t)))"),
    "sigmoid, gate": Row("missing factor", LSTM,
                         r"\frac{\partial f_t}{\partial x_t} = \mathrm{diag}(f_t \odot (1 - f_t)) W_f",
                         r"\frac{\partial f_t}{\partial x_t} = \mathrm{diag}(1 - f_t) W_f"),
    "least squares, sign": Row("sign", REGRESSION, r"\nabla_w L = X^\top (X w - y) + \lambda w",
                               r"\nabla_w L = X^\top (y - X w) + \lambda w"),
    "least squares, missing": Row("missing term", REGRESSION, r"\nabla_w L = X^\top (X w - y) + \lambda w",
                                  r"\nabla_w L = X^\top (X w - y)"),
    "least squares, factor": Row("factor", REGRESSION, r"\nabla_w L = X^\top (X w - y) + \lambda w",
                                 r"\nabla_w L = 2 X^\top (X w - y) + \lambda w"),
    "layers, outer product": Row("sign", LAYERS, r"\frac{\partial E}{\partial V} = (o - y) h^\top",
                                 r"\frac{\partial E}{\partial V} = (y - o) h^\top"),
    "layers, backwards": Row("extra factor", LAYERS, r"\nabla_h E = V^\top (o - y)", r"\nabla_h E = V^\top (2 o - y)"),
    "layers, hadamard": Row("missing factor", LAYERS,
                            r"\nabla_a E = (V^\top (o - y)) \odot (1 - h \odot h)", r"\nabla_a E = V^\top (o - y)"),
    "layers, weight": Row("missing factor", LAYERS,
                          r"\frac{\partial E}{\partial W} = (V^\top (o - y) \odot \tanh'(a)) x^\top",
                          r"\frac{\partial E}{\partial W} = V^\top (o - y) x^\top"),
    "layers, chain": Row("missing factor", LAYERS, r"\frac{\partial o}{\partial x} = V \mathrm{diag}(1 - h \odot h) W",
                         r"\frac{\partial o}{\partial x} = V W"),
    "quadratic form": Row("missing term", FORMS, r"\nabla_u Q = (A + A^\top) u", r"\nabla_u Q = 2 A u"),
    "inner product": Row("index", FORMS, r"\nabla_u S = v", r"\nabla_u S = u"),
    "linear map": Row("extra term", FORMS, r"\frac{\partial (A u)}{\partial u} = A",
                      r"\frac{\partial (A u)}{\partial u} = A + A^\top"),
    "transpose": Row("transpose", FORMS, r"\nabla_u Q = (A + A^\top) u", r"\nabla_u Q = (A + A) u"),
    "sum of losses": Row("bounds", SUM, r"\nabla_w L = \sum_{t=1}^T 2 e_t x_t", r"\nabla_w L = \sum_{t=2}^T 2 e_t x_t"),
    "sum, factor": Row("factor", SUM, r"\nabla_w L = \sum_{t=1}^T 2 e_t x_t", r"\nabla_w L = \sum_{t=1}^T e_t x_t"),
    "transposed product": Row("order", FORMS, r"(A A^\top)^\top = A A^\top", r"(A A^\top)^\top = A^\top A"),
    "entry by entry": Row("function", FORMS, r"u \odot v = \mathrm{diag}(u) v", r"u \odot v = \mathrm{diag}(u) u"),
}


def paper(text: str) -> Document:
    return understand(scan((text, "markdown")), "paper")


def verdict_on(document: str, equation: str) -> Verdict:
    """The verdict on an equation at the end of a document."""
    account = last(f"{document}\n$$ {equation} $$\n")
    assert account.kind is Kind.CLAIM, account.reason
    assert account.claim is not None
    return verdict(account.claim, FEW)


def last(text: str) -> Account:
    """The last equation of a document; a condition beside it is none of its own."""
    return [account for account in paper(text).accounts if account.kind is not Kind.ASIDE][-1]


@pytest.mark.parametrize("name", TABLE)
def test_what_is_right_holds_and_what_is_wrong_is_refuted(name: str) -> None:
    row = TABLE[name]
    right = verdict_on(row.document, row.right)
    assert (right.status in HOLDS, right.as_expected) == (True, True), right.reason
    wrong = verdict_on(row.document, row.wrong)
    assert (wrong.status, wrong.as_expected) == (Status.REFUTED, False), wrong.reason


# ---- formulas that do not fit: no reading, and never a pass

MISFITS = {
    "least squares, transpose": (REGRESSION, r"\nabla_w L = X (X w - y) + \lambda w"),
    "layers, outer product": (LAYERS, r"\frac{\partial E}{\partial V} = h (o - y)^\top"),
    "layers, backwards": (LAYERS, r"\nabla_h E = V (o - y)"),
    "layers, weight": (LAYERS, r"\frac{\partial E}{\partial W} = (V^\top (o - y) \odot \tanh'(a)) h^\top"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_not_read_and_its_shapes_are_told(name: str) -> None:
    document, equation = MISFITS[name]
    account = last(f"{document}\n$$ {equation} $$\n")
    assert account.kind is Kind.NOT_READ
    assert any(size in account.reason for size in ("k × n", "m × n", "n × m"))


# ---- readings

SCALARS = r"""
$W \in \mathbb{R}^{n \times n}$, $x_t \in \mathbb{R}^n$
$$h_t = \tanh(W h_{t-1} + x_t)$$
$$y_t = h_t \odot h_{t-1}$$
"""


def test_the_reading_that_holds_is_named() -> None:
    """∂ is total where that holds, and immediate where only that does; the verdict says which."""
    total = verdict_on(SCALARS, r"\frac{\partial y_t}{\partial h_{t-1}} = "
                                r"\mathrm{diag}(h_t) + \mathrm{diag}(h_{t-1} \odot (1 - h_t \odot h_t)) W")
    immediate = verdict_on(SCALARS, r"\frac{\partial y_t}{\partial h_{t-1}} = \mathrm{diag}(h_t)")
    assert (total.status in HOLDS, immediate.status in HOLDS) == (True, True)
    assert "∂ as total derivative" in total.claim.read_as
    assert any("immediate" in words for words in immediate.claim.read_as)
    assert "∂ as total derivative" not in immediate.claim.read_as


def test_what_no_reading_makes_true_is_refuted_in_the_first() -> None:
    found = verdict_on(SCALARS, r"\frac{\partial y_t}{\partial h_{t-1}} = \mathrm{diag}(h_{t-1})")
    assert found.status is Status.REFUTED
    assert "∂ as total derivative" in found.claim.read_as
    assert found.claim.alternatives  # other readings were there to be tried


def test_a_reading_in_which_nothing_is_said_is_none_that_holds() -> None:
    """As immediate derivatives both sides are 0, as h_{t-1} does not stand in the definition of y_{t+1}."""
    found = verdict_on(SCALARS, r"\frac{\partial y_{t+1}}{\partial h_{t-1}} = 0")
    assert (found.status, found.as_expected) == (Status.REFUTED, False)
    assert "∂ as total derivative" in found.claim.read_as


def test_a_condition_that_is_not_read_makes_a_refutation_undecided() -> None:
    wrong = r"\frac{\partial h_t}{\partial h_{t-1}} = W"
    assert verdict_on(SCALARS, wrong).status is Status.REFUTED
    found = verdict_on(SCALARS, wrong + r" \quad \text{if } x_t > 0")
    assert (found.status, found.as_expected) == (Status.UNDECIDED, False)
    assert "not read" in found.reason


def test_a_condition_that_is_read_bounds_the_claim() -> None:
    product = r"\prod_{i=k+1}^{t} \mathrm{diag}(1 - h_i \odot h_i) W"
    found = verdict_on(RNN, rf"\frac{{\partial h_t}}{{\partial h_k}} = {product}, \quad k < t")
    assert "k" in found.range
    assert found.status in HOLDS
