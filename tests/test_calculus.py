"""Types and derivatives: what fits, what is refused, and that the message names both shapes."""

from __future__ import annotations

import re
from fractions import Fraction
from operator import mul

import pytest
from expressions import E, N, S, V, W, a, b, c, h, j, k, m, n, t, total, v, x, z

from derivations import (
    Model,
    NamingError,
    Prod,
    ShapeError,
    StepError,
    Sum,
    d,
    diag,
    dot,
    eye,
    grad,
    had,
    hstack,
    immediate,
    norm,
    ones,
    sigma,
    use,
    vec,
    vstack,
    zeros,
)
from derivations.algebra import Ones, Plus, Stack
from derivations.calculus import Use
from derivations.names import Name, Step, axis, show_axes
from derivations.symbols import AsPrinted, Expression, Family, Node, as_printed


def shape(e: Expression) -> str:
    return show_axes(e.axes)


# ---- type rules


@pytest.mark.parametrize(("e", "expected"), [
    (a, "scalar"), (b, "vector n"), (b.T, "row n"), (W, "matrix n × (n + m)"), (W.T, "matrix (n + m) × n"),
    (W @ vstack(h[t], x[t]), "vector n"), (b @ v.T, "matrix n × m"), (dot(b, b), "scalar"), (b.T @ b, "scalar"),
    (b.T @ S, "row n"), (a * W, "matrix n × (n + m)"), (diag(b), "matrix n × n"), (eye(n), "matrix n × n"),
    (vec(V), "vector (n + m)*(n) + (n + m)*m"), (vec(W), "vector n**2 + m*n"), (vec(b), "vector n"), (vec(a), "scalar"),
    (vstack(a, a, a), "vector 1 + 1 + 1"), (hstack(b, b), "matrix n × (1 + 1)"), (vstack(b, v), "vector n + m"),
    (hstack(W, b), "matrix n × (n + m + 1)"), (vstack(b.T, b.T), "matrix (1 + 1) × n"), (hstack(a, b.T), "row 1 + n"),
    (V["up"], "matrix n × (n + m)"), (V["x"], "matrix (n + m) × m"), (V["up"]["x"], "matrix n × m"),
    (ones(n), "vector n"), (zeros(n, m), "matrix n × m"), (norm(S), "scalar"), (norm(b, 1), "scalar"),
    (norm(S, 2), "scalar"),
    (d(b, v), "matrix n × m"), (d(a, b), "row n"), (d(b, a), "vector n"), (d(a, a), "scalar"), (d(W, b), None),
    (grad(a, W), "matrix n × (n + m)"), (grad(a, b), "vector n"), (immediate(h[t], c[t]), "matrix n × n"),
    (use(W, j), "matrix n × (n + m)"), (Sum(c[t], (t, 1, k)), "vector n"), (Prod(E[t], (t, 1, k)), "scalar"),
    (Prod(d(c[t], c[t - 1]), (t, 2, k)), "matrix n × n"), (sigma(W), "matrix n × (n + m)"),
])
def test_types(e: Expression, expected: str | None) -> None:
    if expected is None:
        assert e.shape == ((n * (n + m)).expand(), n)
    elif e == vec(V):
        assert e.shape[0].expand() == ((n + m) ** 2).expand()
    else:
        assert shape(e).replace("m*n + n**2", "n**2 + m*n") == expected


@pytest.mark.parametrize(("attempt", "message"), [
    (lambda: b + v, "a sum of vector n and vector m: b + v"),
    (lambda: b + a, "a sum of vector n and scalar"),
    (lambda: b + b.T, "a sum of vector n and row n"),
    (lambda: S @ v, "a product of matrix n × n and vector m: S @ v"),
    (lambda: b @ S, "a product of vector n and matrix n × n: b @ S"),
    (lambda: b @ b, "a product of vector n and vector n: b @ b (had(a, b) is the entrywise product)"),
    (lambda: S @ W @ b, "a product of matrix n × (n + m) and vector n: W @ b"),
    (lambda: b * b, "* between vector n and vector n: write a @ b"),
    (lambda: S * b, "* between matrix n × n and vector n"),
    (lambda: had(b, v), "an entrywise product of vector n and vector m: had(b, v)"),
    (lambda: had(b), "had takes two factors or more, got 1"),
    (lambda: diag(S), "diag takes a vector, not a matrix n × n: S"),
    (lambda: diag(b.T), "diag takes a vector, not a row n"),
    (lambda: dot(b, S), "dot of vector n and matrix n × n"),
    (lambda: vstack(b, S), "vstack of vector n and matrix n × n"),
    (lambda: hstack(b, v), "hstack of vector n and vector m"),
    (lambda: vstack(), "a stack of nothing"),
    (lambda: norm(b, "F"), "norm 'F' of a vector n"),
    (lambda: norm(S, 1), "norm '1' of a matrix n × n"),
    (lambda: norm(a), "norm '2' of a scalar"),
    (lambda: norm(b, 0), "norm '0' of a vector n"),
    (lambda: 1 - S, "1 beside a square matrix n × n could mean ones or the identity: write ones(n, n) or eye(n)"),
    (lambda: W**2, "** on a matrix n × (n + m): only a square matrix has powers, W has not; write power(2)(A)"),
    (lambda: W**k, "** on a matrix n × (n + m): only a square matrix has powers"),
    (lambda: b**2, "** on a vector n: write power(2)(v) entrywise"),
    (lambda: S**-1, "a matrix to the power -1: write inverse(A)"),
    (lambda: S**-2, "a matrix to the power -2: write inverse(A) ** 2"),
    (lambda: S**Fraction(1, 2), "a matrix to the power 1/2: expected a whole number"),
    (lambda: S**n, "a matrix to the power n: expected a whole number"),
    (lambda: S**129, "a matrix to the power 129: at most 128"),
    (lambda: a / b, "a division by a vector n"),
    (lambda: a / 0, "a division of α by zero"),
    (lambda: Prod(W, (t, 1, k)), "a product over steps of a matrix n × (n + m): expected square matrices or scalars"),
    (lambda: Prod(c[t], (t, 1, k)), "a product over steps of a vector n"),
    (lambda: grad(b, a), "grad of a vector n: the gradient is of a scalar, use d for the Jacobian"),
])
def test_shapes_that_do_not_fit(attempt, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match=re.escape(message)):
        attempt()


def test_a_number_beside_a_vector_is_that_number_in_every_entry() -> None:
    assert 1 - b == Plus(Ones(axis(n), axis(None)), -b)
    assert Plus(b.T, 2 * Ones(axis(None), axis(n))) == b.T + 2
    entries, number = W.__rsub__(1), a.__rsub__(1)
    assert entries.args[0] == Ones(W.axes[0], W.axes[1])
    assert number.args[0].is_scalar
    for zero in (0, n - n):
        assert zero + S == S + zero == S


def test_one_does_not_change_kinds() -> None:
    row = V["up"]["x"].subs(m, 1)
    assert shape(row) == "matrix n × 1"
    for other in (b, b.T, a):
        with pytest.raises(ShapeError, match="a sum of matrix n × 1 and"):
            row + other
    assert shape(row @ v.subs(m, 1)) == "vector n"
    assert shape(1 - row) == "matrix n × 1"
    assert shape(V["up"]["x"].__rsub__(1).subs({n: 1, m: 1})) == "matrix 1 × 1"


# ---- blocks and stacks


@pytest.mark.parametrize(("attempt", "message"), [
    (lambda: W["y"], "no block is called 'y': the blocks are h, x"),
    (lambda: b["h"], "no block is called 'h': the blocks are none"),
    (lambda: W["__import__('os')._exit(1)"], "the blocks are h, x"),
    (lambda: vstack(W, W)["h"] @ hstack(W, W)["h"], "several blocks are called 'h': the blocks are h, x, h, x"),
    (lambda: W["h"]["x"], "no block is called 'x'"),
])
def test_blocks_are_known_and_unambiguous(attempt, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match=re.escape(message)):
        attempt()


def test_blocks_are_found_on_either_axis() -> None:
    assert V["up"].place == (0, 0)
    assert V["low"].place == (0, 1)
    assert V["x"].place == (1, 1)
    assert vstack(W, W)["x"].place == (1, 1)


# ---- derivatives


@pytest.mark.parametrize("variable", [
    lambda: sigma(b), lambda: b.T, lambda: 2 * b, lambda: vec(W), lambda: diag(b), lambda: vstack(b, 2 * b), lambda: 3,
    lambda: t, lambda: d(b, v), lambda: vstack(W, W)["x"], lambda: Sum(c[t], (t, 1, k)),
])
@pytest.mark.parametrize("derivative", [d, immediate, grad])
def test_derivatives_are_with_respect_to_nodes(derivative, variable) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match="with respect to a node, a block or use of one, or a stack of these, not"):
        derivative(a, variable())


@pytest.mark.parametrize("twice", [
    lambda: vstack(b, b), lambda: vstack(c[t], h[t], c[t]), lambda: hstack(W, W["h"]), lambda: hstack(W["h"], W["h"]),
    lambda: hstack(V["up"]["h"], V["up"]), lambda: vstack(V["up"]["h"], V["h"]), lambda: vstack(use(W, 1), use(W, 1)),
    lambda: vstack(vstack(c[t], h[t]), c[t]),
])
def test_a_node_is_varied_once(twice) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match=r"which contains \S+ twice"):
        d(a, twice())


def test_what_derivatives_may_be_taken_with_respect_to() -> None:
    once = [hstack(W["h"], W["x"]), vstack(use(W, 1), use(W, 2)), vstack(c[t], c[t - 1]), vstack(V["up"], V["low"]),
            hstack(V["up"]["h"], V["up"]["x"]), vstack(V["up"]["h"], V["low"]["h"]), vstack(c[t], a)]
    for variable in once:
        assert d(a, variable).x == variable
    s = Model("lets").let("s", 1)
    with pytest.raises(ShapeError, match="not 1"):
        d(a, s)
    assert d(z, c[t]).y == z


def test_what_is_held() -> None:
    assert d(c[k], c[1], hold=h) == d(c[k], c[1], hold=[h, h]) == d(c[k], c[1], hold=(h[t].family,))
    both = (E, total)
    assert d(c[k], c[1], hold=both) == d(c[k], c[1], hold=both[::-1]) == d(c[k], c[1], hold={E, total})
    assert d(c[k], c[1], hold=h[2]) != d(c[k], c[1], hold=h) != d(c[k], c[1])
    for wrong in ("h", sigma(b), 3, None, [None]):
        with pytest.raises(ShapeError, match="hold takes nodes or whole sequences"):
            d(c[k], c[1], hold=wrong)


def test_uses_of_parameters() -> None:
    assert use(W["h"], j) == use(W, j)["h"]
    assert use(hstack(S, W), 1) == hstack(use(S, 1), use(W, 1))
    assert isinstance(use(a, t - 1), Use)
    assert use(W, j).subs(j, 3) == use(W, 3)
    for wrong in (c[t], 2 * W, sigma(b)):
        with pytest.raises(ShapeError, match="use takes a parameter, without steps of its own"):
            use(wrong, 1)
    with pytest.raises(StepError, match="is not a step"):
        use(W, "1")


@pytest.mark.parametrize("limits", [
    (t, 1), (t, 1, 2, 3), t, 3, None, "abc", ("t", 1, 2), (n, 1, 2), (3, 1, 2), (t, 1, 2.5), (t, n, k), (t, 1, t + 1),
    (t, t, k), (t, "1", 2), (t, 1, None),
])
def test_bad_ranges_of_sums_and_products(limits) -> None:  # type: ignore[no-untyped-def]
    for over in (Sum, Prod):
        with pytest.raises(StepError):
            over(E[t], limits)


def test_where_the_latest_factor_stands() -> None:
    left, right = Prod(S, (t, 1, k)), Prod(S, (t, 1, k), latest="right")
    assert left.latest == "left" != right.latest
    assert left != right
    with pytest.raises(NamingError, match="expected 'left' or 'right'"):
        Prod(S, (t, 1, k), latest="up")


# ---- formulas as printed, structure


def test_as_printed_builds_what_does_not_fit() -> None:
    with as_printed():
        e = b @ S
        assert isinstance(e, AsPrinted)
        assert isinstance(b + S, AsPrinted)
        assert isinstance(had(b, v), AsPrinted)
        assert isinstance((b @ S).T, Expression)
        assert not isinstance(S @ b, AsPrinted)
        for function, *parts in ((mul, b, S), (diag, S), (vstack, b, S), (norm, a)):
            with pytest.raises(ShapeError):
                function(*parts)
    assert e.func(*e.args) == e
    assert e.operation == "Times"
    assert e.subs(n, 3).operands == (b.subs(n, 3), S.subs(n, 3))
    assert e.xreplace({S: S.T}).operands == (b, S.T)
    with pytest.raises(ShapeError):
        b @ S


def test_structure_is_declared_with_a_node() -> None:
    model = Model("structure")
    p = model.parameter("P", n, n, structure=("symmetric", "positive"))
    assert p.family.structure == ("symmetric", "positive")
    assert model.parameter("Q", n, structure="positive").family.structure == ("positive",)
    assert N.family.structure == ()
    with pytest.raises(ShapeError, match="structure 'round' is not known: expected one of symmetric, "):
        model.parameter("R", n, n, structure="round")
    for rows, cols, found in ((n, m, "matrix n × m"), (n, None, "vector n"), (None, None, "scalar")):
        with pytest.raises(ShapeError, match=f"is a {found}: only a square matrix can be symmetric"):
            model.parameter("R", rows, cols, structure="symmetric")
    assert Family.of("m", Name.of("A"), n, n, indexed=False) != Family.of("m", Name.of("A"), n, n, indexed=True)
    assert isinstance(Stack(0 * t, b, b).parts[0], Node)
    assert Step("t") == t
