"""Numbers and matrices of SymPy mix with ours from both sides; everything else is refused, and never evaluated."""

from __future__ import annotations

from fractions import Fraction
from operator import add, matmul, mul, sub

import numpy as np
import pytest
import sympy
from expressions import E, N, S, a, b, c, k, m, n, t, total
from sympy import Matrix, MatrixSymbol, Rational, Symbol, pi, sqrt

from derivations import Model, NamingError, ShapeError, StepError, Sum, d, elementwise, had, sigma
from derivations.algebra import Plus, Times
from derivations.names import Dim, Name, Step, axis
from derivations.symbols import AsPrinted, Constant, Explicit, Node, coerce, nodes

MATRIX = Matrix([[1, 2], [3, Rational(1, 2)]])


@pytest.mark.parametrize("number", [2, Rational(1, 2), Fraction(2, 3), np.int64(3), n, t, n / m, -t + 1])
def test_exact_numbers_mix_from_both_sides(number) -> None:  # type: ignore[no-untyped-def]
    constant = coerce(number)
    assert isinstance(constant, Constant)
    assert number * b == Times(constant, b)
    assert b * number == Times(b, constant)
    assert number + a == Plus(constant, a)
    assert a - number == Plus(a, Constant(-constant.value))
    assert b / number == Times(Constant(1 / constant.value), b)


@pytest.mark.parametrize("matrix", [MATRIX, MATRIX.as_immutable(), sympy.SparseMatrix(MATRIX)])
def test_matrices_of_numbers_mix_from_both_sides(matrix) -> None:  # type: ignore[no-untyped-def]
    wrapped = coerce(matrix)
    assert isinstance(wrapped, Explicit)
    assert matrix @ N == matrix * N == Times(wrapped, N)
    assert N @ matrix == Times(N, wrapped)
    assert matrix + N == Plus(wrapped, N)
    assert N - matrix == Plus(N, -wrapped)
    assert matrix - N == Plus(wrapped, -N)
    assert had(matrix, N).axes == N.axes


@pytest.mark.parametrize(("foreign", "message"), [
    (MatrixSymbol("Q", n, n), "SymPy's own matrix expression"), (Symbol("q"), "SymPy's own symbol q"),
    (1.5, "not an exact number"), (sympy.Float(2), "not an exact number"), (np.float64(2), "not an exact number"),
    (np.ones((2, 2)), "not an exact number"), ("__import__('os')._exit(1)", "not an exact number"),
    (True, "not an exact number"), (None, "not an exact number"), (pi, "not an exact number"),
    (sqrt(2), "not an exact number"), (sympy.oo, "not an exact number"), (sympy.sin(n), "not an exact number"),
    (Matrix([[pi]]), "expected rational entries"), (sigma, "is a function"), (c, "c is a sequence"),
])
def test_what_is_not_exact_is_refused_from_both_sides(foreign, message) -> None:  # type: ignore[no-untyped-def]
    attempts = [(operation, S, foreign) for operation in (add, sub, mul, matmul, had)]
    if foreign is not c and foreign is not None:
        attempts += [(operation, foreign, S) for operation in (add, mul, sub)]
    for operation, left, right in attempts:
        with pytest.raises(ShapeError, match=message):
            operation(left, right)


@pytest.mark.parametrize("attempt", [
    lambda: S**n, lambda: b**2, lambda: 2**a, lambda: S**-1, lambda: S.inverse(), lambda: S.inv(), lambda: S.I,
    lambda: b.diff(t), lambda: sympy.diff(a, Symbol("u")), lambda: b[0], lambda: S[0, 0], lambda: b[0:1],
    lambda: list(b), lambda: sympy.det(S), lambda: sympy.trace(S), lambda: S.as_explicit(), lambda: S.conjugate(),
    lambda: a % 2, lambda: a // 2, lambda: abs(a), lambda: 1 / b, lambda: a**n, lambda: a / 0, lambda: coerce(0) ** -1,
])
def test_what_the_language_does_not_have_is_refused(attempt) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError):
        attempt()


def test_sympy_leaves_the_author_s_order() -> None:
    e = c[t] + b - a * b + 2 * (S @ b)
    assert [str(term) for term in e.args] == [str(term) for term in (c[t], b, -(a * b), 2 * (S @ b))]
    assert e.doit() == sympy.simplify(e) == e.expand() == sympy.sympify(e) == e
    assert (b * 2 * a).args == (b, coerce(2), a)
    assert sum([b, c[t]]) == b + c[t]
    assert S.transpose() == S.T
    assert S.T.T == S
    assert bool(b)


# ---- names, steps, sizes


@pytest.mark.parametrize("name", [
    "", "1", "W1", "_rec", "W__rec", "W_rec_in", "W rec", "W-rec", "W_", "x\n", "'", "W'_", "ẗ",
    "__import__('os')._exit(1)", "().__class__", "W_{rec}", r"\tilde c", None, 3, Symbol("W"),
])
def test_names_that_are_refused(name) -> None:  # type: ignore[no-untyped-def]
    model = Model("names")
    for attempt in (Name.of, Dim, Step, model.parameter, model.inputs, model.smooth, lambda n_: model.let(n_, 1),
                    lambda n_: elementwise(n_, sigma), lambda n_: axis({n_: n}) if n_ else Name.of(n_)):
        with pytest.raises(NamingError, match="is not a name"):
            attempt(name)


def test_a_name_is_split_once() -> None:
    name = Name.of("W'_rec", "tilde")
    assert (name.stem, name.accent, name.label) == ("W'", "tilde", "rec")
    assert str(name) == "W'.tilde_rec"
    with pytest.raises(NamingError, match="accent 'wide' is not known: expected one of tilde, hat, bar, dot"):
        Name.of("c", "wide")


@pytest.mark.parametrize("step", [
    1.0, "t", "__import__('os')._exit(1)", n, t * k, t**2, t / 2, Rational(1, 2), True, None, Symbol("t"),
    Symbol("t", integer=True), sympy.oo,
])
def test_steps_are_affine_with_whole_coefficients(step) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(StepError, match="is not a step"):
        c[step]
    with pytest.raises(StepError, match="is not a step"):
        Sum(c[t], (t, 1, step))


@pytest.mark.parametrize("size", [0, -1, -n, n / 2, t, n - n, 1.5, "n", pi, Rational(1, 2), Symbol("n")])
def test_sizes_are_dimensions_or_positive_integers(size) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError):
        Model("sizes").parameter("P", size)


def test_a_node_has_a_step_if_its_family_has() -> None:
    with pytest.raises(StepError, match="needs a step"):
        Node(c[t].family)
    with pytest.raises(StepError, match="has no steps"):
        Node(total.family, t)
    assert E[t].family != total.family
    assert nodes(Sum(E[t] + a, (t, 1, k)) - a) == [E[t], a]
    assert not any(isinstance(e, AsPrinted) for e in sympy.preorder_traversal(d(c[t], b)))
