"""Inverses, determinants, traces and orthogonal matrices: what holds is proved and agrees, what does not is refuted."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from derivations import (
    DerivationError,
    Model,
    Prod,
    ShapeError,
    d,
    det,
    diag,
    dot,
    exp,
    eye,
    grad,
    had,
    inverse,
    log,
    norm,
    ones,
    power,
    trace,
    vec,
    vstack,
    zeros,
)
from derivations.claim import EQUALITY, Case, Claim
from derivations.edits import Context
from derivations.latex import latex, text
from derivations.proof.prove import prove
from derivations.symbols import Expression
from derivations.variants import variants
from numeric import Options, check
from numeric.draws import Key, draw
from numeric.matrices import value_at
from numeric.program import trace as traced
from numeric.replay import replay

world = Model("inverses")
n, m = world.dims("n m")
t, k = world.times("t k")
A, B = world.parameter("A", n, n), world.parameter("B", n, n)
S, D = world.parameter("S", n, n, structure="symmetric"), world.parameter("D", n, n, structure="diagonal")
Q, R = (world.parameter(name, n, n, structure="orthogonal") for name in "QR")
X, u, v, w, y = (world.parameter(name, *axes) for name, axes in
                 (("X", (m, n)), ("u", (n,)), ("v", (n,)), ("w", (n,)), ("y", (m,))))
a, lam = world.parameter("alpha"), world.parameter("lambda")
N, P = world.parameter("N", 2, 2), world.parameter("P", 3, 3)
J = eye(n)
c = world.sequence("c", n, "implicit Euler")
c[t] = inverse(J - a * A) @ c[t - 1]
ridge = X.T @ X + lam * J
moved = A + a * B

Pair = tuple[Expression, Expression]
HOLD: dict[str, Pair] = {
    "left": (inverse(A) @ A, J),
    "right": (A @ inverse(A) @ B, B),
    "solved": (A @ (inverse(A) @ v), v),
    "of-a-sum": (inverse(A + B) @ (A + B), J),
    "of-a-sum-right": ((A + B) @ inverse(A + B), J),
    "of-a-product": (inverse(A @ B), inverse(B) @ inverse(A)),
    "of-a-product-of-sums": (inverse((A + B) @ A), inverse(A) @ inverse(A + B)),
    "twice": (inverse(inverse(A)), A),
    "twice-of-a-product": (inverse(A @ inverse(B)), B @ inverse(A)),
    "transposed": (inverse(A.T), inverse(A).T),
    "of-a-sum-transposed": (inverse((A + B).T), inverse(A + B).T),
    "scaled": (inverse(a * A), inverse(A) / a),
    "scaled-sum": (inverse(2 * A + 2 * B), inverse(A + B) / 2),
    "negative": (inverse(-A), -inverse(A)),
    "scaled-by-a-product": (inverse(dot(u, v) * A), inverse(A) / dot(u, v)),
    "of-diag": (inverse(diag(v)), diag(power(-1)(v))),
    "of-diag-and-eye": (inverse(diag(v) + J), diag(power(-1)(v + ones(n)))),
    "of-diagonal": (inverse(D) @ D, J),
    "through-diag": (inverse(A @ diag(v) @ B), inverse(B) @ diag(power(-1)(v)) @ inverse(A)),
    "symmetric": (inverse(S), inverse(S).T),
    "symmetric-gram": (inverse(ridge), inverse(ridge).T),
    "difference": (inverse(A) - inverse(B), inverse(A) @ (B - A) @ inverse(B)),
    "resolvent": (inverse(A + B), inverse(A) - inverse(A) @ B @ inverse(A + B)),
    "resolvent-other-way": (inverse(A + B), inverse(A) - inverse(A + B) @ B @ inverse(A)),
    "resolvent-shift": (inverse(A) - inverse(A + a * J), a * (inverse(A) @ inverse(A + a * J))),
    "ridge-residual": (inverse(ridge) @ X.T @ X, J - lam * inverse(ridge)),
    # derivatives
    "slope": (d(vec(inverse(moved)), a), -vec(inverse(moved) @ B @ inverse(moved))),
    "gradient-of-a-form": (grad(dot(u, inverse(A) @ v), A), -(inverse(A).T @ u @ v.T @ inverse(A).T)),
    "second-slope": (d(d(dot(u, inverse(moved) @ v), a), a),
                     2 * dot(u, inverse(moved) @ B @ inverse(moved) @ B @ inverse(moved) @ v)),
    "ridge-by-data": (d(inverse(ridge) @ X.T @ y, y), inverse(ridge) @ X.T),
    "ridge-by-weight": (d(inverse(ridge) @ X.T @ y, lam), -(inverse(ridge) @ inverse(ridge) @ X.T @ y)),
    "gaussian-mean": (grad(dot(u - v, inverse(S) @ (u - v)), v), -2 * (inverse(S) @ (u - v))),
    "implicit-step": (d(c[t], c[t - 1]), inverse(J - a * A)),
    "implicit-steps": (d(c[k], c[1]), Prod(inverse(J - a * A), (t, 2, k))),
    "implicit-equation": (c[t] - a * (A @ c[t]), c[t - 1]),
    # determinants and traces
    "log-det": (grad(log(det(A)), A), inverse(A).T),
    "det-gradient": (grad(det(A), A), det(A) * inverse(A).T),
    "log-det-slope": (d(log(det(moved)), a), trace(inverse(moved) @ B)),
    "log-det-curvature": (d(d(log(det(moved)), a), a), -trace(inverse(moved) @ B @ inverse(moved) @ B)),
    "det-product": (det(A @ B), det(A) * det(B)),
    "det-transposed": (det((A + B).T), det(A + B)),
    "det-inverse": (det(inverse(A)) * det(A), trace(J) / n),
    "det-similar": (det(inverse(B) @ A @ B), det(A)),
    "trace-cyclic": (trace(A @ B @ S), trace(S @ A @ B)),
    "trace-linear": (trace(2 * A + B), 2 * trace(A) + trace(B)),
    "trace-rank-one": (trace(u @ v.T), dot(u, v)),
    "trace-unit": (trace(inverse(A) @ A), trace(J)),
    "trace-gradient": (grad(trace(A @ B), A), B.T),
    "trace-of-square": (grad(trace(A.T @ A), A), 2 * A),
    # orthogonal matrices
    "orthogonal": (Q.T @ Q, J),
    "orthogonal-rows": (Q @ Q.T, J),
    "orthogonal-inverse": (inverse(Q), Q.T),
    "orthogonal-inverse-of-product": (inverse(Q @ A), inverse(A) @ Q.T),
    "length-kept": (norm(Q @ v), norm(v)),
    "angle-kept": (dot(Q @ u, Q @ R @ v), dot(u, R @ v)),
    "frobenius-kept": (norm(Q @ A @ R), norm(A)),
    "trace-kept": (trace(Q.T @ A @ Q), trace(A)),
    "det-kept": (det(Q @ A @ Q.T), det(A)),
    "length-gradient": (grad(dot(Q @ v, Q @ v), v), 2 * v),
    # sizes that are numbers
    "two-by-two": (inverse(N) @ N, eye(2)),
    "two-by-two-det": (det(N @ N), det(N) * det(N)),
    "three-by-three": (P @ inverse(P), eye(3)),
    "three-by-three-gradient": (grad(det(P), P), det(P) * inverse(P).T),
}
FAIL: dict[str, Pair] = {
    "slope-sign": (d(vec(inverse(moved)), a), vec(inverse(moved) @ B @ inverse(moved))),
    "slope-order": (d(vec(inverse(moved)), a), -vec(B @ inverse(moved) @ inverse(moved))),
    "form-not-transposed": (grad(dot(u, inverse(A) @ v), A), -(inverse(A) @ u @ v.T @ inverse(A))),
    "form-swapped": (grad(dot(u, inverse(A) @ v), A), -(inverse(A).T @ v @ u.T @ inverse(A).T)),
    "form-without-sign": (grad(dot(u, inverse(A) @ v), A), inverse(A).T @ u @ v.T @ inverse(A).T),
    "product-order": (inverse(A @ B), inverse(A) @ inverse(B)),
    "sum-of-inverses": (inverse(A + B), inverse(A) + inverse(B)),
    "between-other-factors": (inverse(A) @ B @ A, B),
    "one-sided": (A @ B @ inverse(A), B),
    "resolvent-sign": (inverse(A + B), inverse(A) + inverse(A) @ B @ inverse(A + B)),
    "resolvent-other-inverse": (inverse(A + B), inverse(A) - inverse(A) @ B @ inverse(A)),
    "difference-swapped": (inverse(A) - inverse(B), inverse(A) @ (A - B) @ inverse(B)),
    "ridge-without-weight": (inverse(ridge) @ X.T @ X, J - inverse(ridge)),
    "ridge-power": (d(inverse(ridge) @ X.T @ y, lam), -(inverse(ridge) @ X.T @ y)),
    "not-symmetric": (inverse(A), inverse(A).T),
    "scaled-wrongly": (inverse(2 * A), 2 * inverse(A)),
    "entrywise": (inverse(had(A, A)), had(inverse(A), inverse(A))),
    "log-det-not-transposed": (grad(log(det(A)), A), inverse(A)),
    "det-gradient-not-transposed": (grad(det(A), A), det(A) * inverse(A)),
    "curvature-sign": (d(d(log(det(moved)), a), a), trace(inverse(moved) @ B @ inverse(moved) @ B)),
    "det-sum": (det(A + B), det(A) + det(B)),
    "det-scaled": (det(2 * A), 2 * det(A)),
    "det-inverse-same": (det(inverse(A)), det(A)),
    "trace-product": (trace(A @ B), trace(A) * trace(B)),
    "trace-not-cyclic": (trace(A @ B @ S), trace(B @ A @ S)),
    "trace-gradient-not-transposed": (grad(trace(A @ B), A), B),
    "orthogonal-square": (Q @ Q, J),
    "orthogonal-inverse-itself": (inverse(Q), Q),
    "orthogonal-is-a-rotation": (det(Q) * v, v),
    "orthogonal-one-determinant": (det(Q), det(R)),
    "orthogonal-between": (Q.T @ A @ Q, A),
    "orthogonal-entrywise": (had(Q, Q), J),
    "orthogonal-two": (Q.T @ R, J),
    "implicit-explicit": (d(c[t], c[t - 1]), J + a * A),
    "two-by-two-order": (inverse(N @ N.T), inverse(N) @ inverse(N.T)),
}


def claim(sides: Pair) -> Claim:
    return Claim("inverses.tried", EQUALITY, world, (Case("", sides),))


@pytest.mark.parametrize("name", HOLD)
def test_what_holds_is_proved(name: str) -> None:
    proof = prove(claim(HOLD[name]))
    assert proof.status == "proved", proof.detail


@pytest.mark.parametrize("name", HOLD)
def test_what_holds_agrees(name: str) -> None:
    verdict = check(claim(HOLD[name]), Options(draws=64, evidence=("exact", "sweep")))
    # where a side has a value that is always 1, no draw can tell it apart: that is for a proof
    assert verdict.status in ("agrees", "vacuous"), (verdict.status, verdict.reason)
    assert verdict.status == "agrees" or " told apart in " in verdict.reason


@pytest.mark.parametrize("name", HOLD)
def test_a_proof_is_replayed(name: str) -> None:
    it = claim(HOLD[name])
    assert not replay(it, prove(it))


@pytest.mark.parametrize("name", FAIL)
def test_what_fails_is_refuted_and_not_proved(name: str) -> None:
    it = claim(FAIL[name])
    assert prove(it).status == "undecided"
    verdict = check(it, Options(draws=64, evidence=("exact", "sweep")))
    assert verdict.status == "refuted", (verdict.status, verdict.reason)
    assert verdict.counterexample is not None


def test_no_variant_of_what_holds_is_proved_and_refuted() -> None:
    """One edit of each identity; what is proved all the same is put to the numbers."""
    proved = []
    for left, right in HOLD.values():
        for variant in variants(right, Context(world, (left, right))):
            it = claim((left, variant.result))
            if prove(it).status == "proved":
                proved.append(it)
    assert proved
    for it in proved:
        assert check(it, Options(draws=16, evidence=("exact", "sweep"))).status != "refuted", str(it.cases[0].sides)


# ---- the language


@pytest.mark.parametrize("make", [inverse, det, trace])
def test_only_square_matrices(make) -> None:  # type: ignore[no-untyped-def]
    for other in (v, X, a, v.T):
        with pytest.raises(ShapeError, match="expected a square matrix"):
            make(other)


@pytest.mark.parametrize("attempt", [lambda: A.inverse(), lambda: A.inv(), lambda: A.I, lambda: A.det(),
                                     lambda: A.trace(), lambda: sympy.det(A), lambda: sympy.trace(A)])
def test_methods_of_sympy_name_the_functions(attempt) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match=r"write inverse\(A\), det\(A\) or trace\(A\)"):
        attempt()


def test_an_inverse_has_the_axes_the_other_way_round() -> None:
    W = Model("blocks").parameter("W", {"h": n, "x": m}, {"y": n, "z": m})
    assert inverse(W).axes == W.axes[::-1]
    assert det(W).is_scalar
    assert trace(W).is_scalar
    assert inverse(W)["y"].axes[1] == W.axes[0]


def test_how_they_print() -> None:
    assert [text(e) for e in (inverse(A), inverse(A + B), inverse(A).T, inverse(inverse(A)), det(A @ B), trace(A))] == [
        "A^{-1}", "(A + B)^{-1}", "(A^{-1})ᵀ", "(A^{-1})^{-1}", "det(A B)", "tr(A)"]
    assert latex(inverse(A) @ v) == r"\mathbf{A}^{-1} \, \mathbf{v}"
    assert latex(det(A)) == r"\operatorname{det}(\mathbf{A})"
    assert sympy.pretty(trace(A)) == "tr(A)"


def test_sympys_own_form() -> None:
    M = sympy.MatrixSymbol("A", n, n)
    assert inverse(A).sympy() == sympy.Inverse(M)
    assert det(A).sympy() == sympy.Determinant(M)
    assert trace(A).sympy() == sympy.Trace(M)


# ---- orthogonal matrices


@pytest.mark.parametrize("other", ["symmetric", "zero", "positive", "diagonal"])
def test_orthogonal_stands_alone(other: str) -> None:
    with pytest.raises(ShapeError, match="expected orthogonal alone"):
        Model("both").parameter("Q", n, n, structure=("orthogonal", other))


def test_only_a_square_matrix_is_orthogonal() -> None:
    with pytest.raises(ShapeError, match="only a square matrix can be orthogonal"):
        Model("wide").parameter("Q", n, m, structure="orthogonal")


@pytest.mark.parametrize("word", ["symmetric", "diagonal", "orthogonal"])
def test_a_sequence_is_not_bound_by_what_its_definition_may_break(word: str) -> None:
    with pytest.raises(ShapeError, match="which its definition need not keep"):
        Model("bound").sequence("C", n, cols=n, structure=word)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_draws_are_orthogonal_of_either_sign(size: int) -> None:
    program = traced(world, [Q], {n: size}, [{}])
    [leaf], [drawn] = program.leaves, draw(Key(0, "orthogonal", ()), program.leaves, "balanced", 40)
    values = np.stack([value_at(leaf, a) for a in drawn])
    assert np.allclose(values @ values.swapaxes(1, 2), np.eye(size), atol=1e-9)
    assert set(np.sign(np.linalg.det(values))) == {-1.0, 1.0}


def test_a_counterexample_shows_the_orthogonal_matrix_itself() -> None:
    found = check(claim(FAIL["orthogonal-square"]), Options(draws=64)).counterexample
    assert found is not None
    value = np.array(found.leaves["Q"])
    assert np.allclose(value @ value.T, np.eye(len(value)))


def test_an_orthogonal_input_is_one_at_every_step() -> None:
    model = Model("steps")
    [size], [s] = model.dims("n"), model.times("t")
    U, x = model.inputs("U", size, size, structure="orthogonal"), model.sequence("x", size)
    x[s] = U[s] @ x[s - 1]
    kept = model.equal("kept", norm(x[s]), norm(x[s - 1]))
    assert prove(kept).status == "proved"
    assert check(kept, Options(draws=64)).status in ("agrees", "proved")
    same = model.equal("same", det(U[s]), det(U[s + 1]))
    assert prove(same).status == "undecided"
    assert check(same, Options(draws=64)).status == "refuted"


@pytest.mark.parametrize("structure", ["symmetric", "diagonal", "orthogonal"])
def test_a_derivative_by_a_matrix_whose_entries_are_tied_is_left_open(structure: str) -> None:
    """What its structure makes equal is not put in first: the derivative would be lost."""
    model = Model("tied")
    [size] = model.dims("n")
    x, z = model.parameter("x", size), model.parameter("z", size)
    M = model.parameter("K", size, size, structure=structure)
    tied = (M.T @ M - eye(size)) if structure == "orthogonal" else M - M.T
    proof = prove(model.equal("lost", grad(dot(exp(tied @ x), z), M), zeros(size, size)))
    assert proof.status == "undecided"
    assert f"whose entries are not independent: it is {structure}" in proof.detail


def test_a_witness_is_orthogonal() -> None:
    model = Model("witnessed")
    M = model.parameter("M", 2, 2, structure="orthogonal")
    turn = sympy.Matrix([[0, -1], [1, 0]])
    model.bound("small", trace(M) >= 0, fails=True, witness={M: -sympy.eye(2)})
    model.bound("turned", trace(M) > 0, fails=True, witness={M: turn})
    for value, words in (({M: sympy.Matrix([[1, 1], [0, 1]])}, "was declared orthogonal"),):
        with pytest.raises(DerivationError, match=words):
            model.bound("wrong", trace(M) >= 0, fails=True, witness=value)


# ---- what has no inverse


def test_a_matrix_that_never_has_an_inverse_is_no_evidence() -> None:
    verdict = check(claim((inverse(A - A) @ A, J)), Options(draws=64))
    assert verdict.status == "undecided"
    options = Options(draws=64, evidence=("exact", "sweep"))  # the next one has an inverse for n = 1
    thin = check(claim((inverse(u @ v.T) @ u @ v.T, J)), options)
    assert thin.status == "undecided"


def test_blocks_are_left_open_with_their_reason() -> None:
    model = Model("blocks")
    W = model.parameter("W", {"h": n, "x": m}, {"h": n, "x": m})
    x, z = model.parameter("x", n), model.parameter("z", m)
    proof = prove(model.equal("both", inverse(W) @ W @ vstack(x, z), vstack(x, z)))
    assert (proof.status, "a matrix in blocks" in proof.detail) == ("undecided", True)
