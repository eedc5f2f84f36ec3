"""Derivatives as documents print them, and the layout in which they are laid out."""

from __future__ import annotations

import pytest
from reader_documents import BARE, A, W, displays, kinds, not_read, q, read, right, x, y

from derivations import d, dot, grad, immediate


@pytest.mark.parametrize(("formula", "at", "reason"), [
    (r"\frac{\partial^2 c}{\partial x^2}", r"\partial^2 c", "second derivatives are not"),
    (r"\frac{\partial c}{\partial x \partial y}", r"\partial y", "two ∂"),
    (r"\frac{\partial c}{\partial W^\top}", r"\frac", "with respect to a node"),
    (r"\frac{\partial}{\partial x} c q", r"\frac", "Put what is differentiated in brackets"),
    (r"\frac{\partial}{\partial x} \sigma(x) q", r"\frac", "Put what is differentiated in brackets"),
    (r"\nabla_x c a", r"\nabla_x", "Put what is differentiated in brackets"),
    (r"\nabla c", r"\nabla", "a ∇ without its variable"),
    (r"\partial_x c", r"\partial_x", "with scripts that are not read"),
    (r"\frac{\partial c}{\partial}", r"\partial", "with respect to nothing"),
    (r"\frac{\partial}{\partial x}", r"\frac", "a derivative of nothing"),
    (r"\frac{c}{\partial x}", r"\frac", "a ∂ above or below alone"),
    (r"\frac{\partial c}{\partial^{+} x}", r"\partial^{+} x", "stands above"),
    (r"\partial c + x", r"\partial c", "not part of ∂y/∂x"),
    (r"\left.\frac{\partial c}{\partial x}\right|_{x = 0}", "x = 0", "write them as in x := 0"),
    (r"J_c(x)", "(x)", "J_c with an argument"),
])
def test_derivatives_that_are_doubtful(formula: str, at: str, reason: str) -> None:
    equation = f"R = {formula}"
    account = displays(r"c = q^\top \sigma(W x)", equation)[1]
    assert not_read(account, equation).startswith(at)
    assert reason in account.reason


def test_derivatives_that_are_read() -> None:
    accounts = displays(r"c = q^\top \sigma(W x)", *(f"R_{{{number}}} = {formula}" for number, formula in enumerate([
        r"\frac{\partial c}{\partial x}", r"\partial c / \partial x", r"\frac{\partial}{\partial x} c",
        r"\frac{\partial}{\partial x}\left[c\right]", r"\frac{dc}{dx}", r"\mathrm{d}c/\mathrm{d}x", r"\nabla_x c"])))
    [node] = [e.left for e in [accounts[0].definition] if e is not None]
    assert {right(account) for account in accounts[1:]} == {grad(node, x)}
    [account] = displays(r"R = \frac{\partial (W x)}{\partial x} A")
    assert right(account) == d(W @ x, x) @ A
    [account] = displays(r"R = \frac{\partial^{+} (W x)}{\partial x}")
    assert right(account) == immediate(W @ x, x)
    [account] = displays(r"R = \nabla_x (q^\top x) y^\top")  # a row cannot be differentiated: it is a factor
    assert right(account) == grad(dot(q, x), x) @ y.T


def test_a_d_that_is_a_size_is_no_differential() -> None:
    body = (r"$x \in \mathbb{R}^d$ $$c = x^\top x$$ $$\frac{dc}{dx} = 2 x$$ $$dc/dx = 2 x$$ "
            r"$$\frac{\mathrm{d}c}{\mathrm{d}x} = 2x$$")
    accounts = list(read(body, "<!-- derivations: c : scalar -->\n").accounts)
    assert kinds(accounts) == ["definition", "not read", "not read", "claim"]
    assert "d is a name here, or a size" in accounts[1].reason


def test_a_bar_behind_a_derivative_is_said() -> None:
    accounts = displays(r"c = q^\top x", r"R = \left.\frac{\partial c}{\partial x}\right|_{q}")
    assert "what stands behind the bar as held" in accounts[1].said


# ---- layout


def test_the_layout_is_detected_and_told() -> None:
    numerator = read(r"$$c = q^\top x$$ $$\frac{\partial c}{\partial x} = q^\top$$", BARE)
    assert numerator.layout == "numerator layout throughout"
    gradient = read("$$c = q^\\top x$$\n$$\\frac{\\partial c}{\\partial x} = q$$", BARE)
    assert "in the shape of its variable" in gradient.layout
    head = "<!-- derivations:\nU : n x m\nx : m\nq : n\nc : scalar\n-->\n"
    denominator = read(r"$$y = U x$$ $$c = q^\top y$$ $$\frac{\partial y}{\partial x} = U^\top$$ "
                       r"$$\frac{\partial c}{\partial x} "
                       r"= \frac{\partial y}{\partial x} \frac{\partial c}{\partial y}$$", head)
    assert denominator.layout == "denominator layout"
    assert all(account.claim is None or not any("layout" in words for words in account.claim.read_as)
               for account in denominator.accounts)  # it is told once, of all


def test_a_layout_is_declared() -> None:
    body = r"$$c = q^\top x$$ $$\frac{\partial c}{\partial x} = q$$"
    document = read("<!-- derivations: layout: denominator -->\n" + body, BARE)
    assert document.layout == "denominator layout, as declared"
    wrong = read("<!-- derivations: layout: sideways -->\n", BARE)
    [(message, place)] = wrong.problems
    assert "expected one of gradient, numerator, denominator" in message
    assert place.line == BARE.count("\n") + 1


def test_an_equation_in_another_layout_says_so() -> None:
    accounts = displays("y = W x", r"\frac{\partial y}{\partial x} = W^\top", head=BARE.replace("x, y,", "x,"))
    assert accounts[1].claim is not None
    named = [one.read_as for one in (accounts[1].claim, *accounts[1].claim.alternatives)]
    assert any("denominator layout" in words for words in named)
