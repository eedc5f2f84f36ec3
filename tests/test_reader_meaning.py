"""What formulas mean: each is read in the one way in which it can be meant, with what must be said, or refused."""

from __future__ import annotations

import pytest
from reader_documents import (
    A,
    B,
    E,
    L,
    T,
    W,
    a,
    b,
    c,
    displays,
    h,
    k,
    lam,
    m,
    n,
    not_read,
    t,
    u,
    v,
    w,
    x,
    y,
)
from sympy import Rational

from derivations import (
    Prod,
    Sum,
    absolute,
    cos,
    det,
    diag,
    dot,
    exp,
    eye,
    had,
    hstack,
    inverse,
    log,
    norm,
    ones,
    power,
    relu,
    sigma,
    sin,
    tanh,
    trace,
    vstack,
    zeros,
)
from derivations.latex.reader.account import Kind
from derivations.symbols import Expression, coerce

TRANSPOSE, MATRIX = "^T as transpose", "products as matrix products"
ENTRIES = "a vector beside a matrix as its diagonal"
HAD, OUTER = "⊗ as entrywise product", "⊗ as outer product"

READ: list[tuple[str, Expression, tuple[str, ...]]] = [
    # products and quotients
    (r"W y x^\top", W @ y @ x.T, ()),
    (r"x^\top y b", (x.T @ y) @ b, ()),
    (r"1/2 x", x / 2, ()),
    (r"\frac{x}{a}", x / a, ()),
    (r"\tfrac{1}{2} x", x / 2, ()),
    (r"\frac{a}{b^\top v} x", (a / dot(b, v)) * x, ()),
    (r"2x", 2 * x, ()),
    (r"x \cdot 2", x * 2, ()),
    (r"W (x + y)", W @ (x + y), ()),
    (r"a (c + L)", a * (c + L), ()),
    (r"a[x + y]", a * (x + y), ()),
    (r"x \cdot y", dot(x, y), (MATRIX,)),
    (r"W \cdot x", W @ x, (MATRIX,)),
    (r"x \cdot W", diag(x) @ W, (ENTRIES,)),
    (r"\langle x, y \rangle", dot(x, y), ()),
    (r"a \times x", a * x, ()),
    (r"x \odot y \odot w", had(x, y, w), ()),
    (r"W x \odot y", had(W @ x, y), ("products before ⊙",)),
    (r"x \odot W", diag(x) @ W, (ENTRIES,)),
    (r"x \circ y", had(x, y), ()),
    (r"x \otimes y", had(x, y), (HAD,)),
    (r"A \otimes B", had(A, B), (HAD,)),
    (r"x \otimes u", x @ u.T, (OUTER,)),
    (r"x \oplus y", x + y, ("⊕ as sum",)),
    (r"x \oplus u", vstack(x, u), ("⊕ as concatenation",)),
    # scripts
    (r"-a^2", -(a ** 2), ()),
    (r"(-a)^2", (-a) ** 2, ()),
    (r"A^{-1} b", inverse(A) @ b, ()),
    (r"A^{-\top} b", inverse(A).T @ b, ()),
    (r"A^{-T} b", inverse(A).T @ b, (TRANSPOSE,)),
    (r"A B^T", A @ B.T, (TRANSPOSE,)),
    (r"A B^{\mathrm{T}}", A @ B.T, ()),
    (r"A^2 x", A ** 2 @ x, ()),
    (r"a^T", a ** T, ("^T as power",)),
    (r"h_0", h[0], ()),
    (r"h_{T}", h[T], ()),
    (r"x^{\odot 2}", power(2)(x), ()),
    (r"\|x\|^2", norm(x) ** 2, ()),
    (r"\|x\|_\infty", norm(x, "inf"), ()),
    (r"\|A\|", norm(A), ("‖·‖ of a matrix as Frobenius norm",)),
    (r"\|A\|_2", norm(A, 2), ()),
    (r"|a|", absolute(a), ()),
    # constants
    (r"1 - x", ones(n) - x, ()),
    (r"I - A", eye(n) - A, ()),
    (r"A - \lambda I", A - lam * eye(n), ()),
    (r"I_m u", eye(m) @ u, ()),
    (r"\mathbf{1}_n^\top v", ones(n).T @ v, ()),
    (r"\mathbf{1}_{n \times m} u", ones(n, m) @ u, ()),
    (r"0_n + x", zeros(n) + x, ()),
    # functions
    (r"\sigma(W x)^\top y", sigma(W @ x).T @ y, ()),
    (r"\sigma'(x) \odot y", had(sigma.prime(x), y), ()),
    (r"\tanh'' (a)", tanh.prime.prime(a), ()),
    (r"\sigma(a)^2", sigma(a) ** 2, ()),
    (r"\tanh^2 x", power(2)(tanh(x)), ()),
    (r"\sin^2 a + \cos^2 a", sin(a) ** 2 + cos(a) ** 2, ()),
    (r"\log a + L", log(a) + L, ()),
    (r"\exp(-x)", exp(-x), ()),
    (r"e^{-x}", exp(-x), ()),
    (r"e^{a}", exp(a), ()),
    (r"\max(0, x)", relu(x), ()),
    (r"\exp(A)", exp(A), (r"\mathrm{exp} of a square matrix entry by entry",)),
    (r"\sqrt{a}", a ** Rational(1, 2), ()),
    (r"\sqrt{x}", power(Rational(1, 2))(x), ()),
    (r"\operatorname{diag}(x) y", diag(x) @ y, ()),
    (r"\mathrm{tr}(A B)", trace(A @ B), ()),
    (r"\det(A) x", det(A) * x, ()),
    # stacks
    (r"[x; u]", vstack(x, u), ()),
    (r"[x, u]", vstack(x, u), ("[a, b] one above the other",)),
    (r"[A, B]", hstack(A, B), ("[A, B] as two blocks side by side, not as a commutator",)),
    (r"\begin{bmatrix} A & B \\ B & A \end{bmatrix}", vstack(hstack(A, B), hstack(B, A)), ()),
    # sums and products over steps
    (r"\frac{1}{T} \sum_{t=1}^T E_t + a", coerce(1 / T) * Sum(E[t], (t, 1, T)) + a, ()),
    (r"1/T \sum_{t=1}^T E_t", coerce(1 / T) * Sum(E[t], (t, 1, T)), ()),
    (r"\sum_{t=1}^T a E_t", Sum(a * E[t], (t, 1, T)), ()),
    (r"\sum_{t=1}^T \sum_{k=1}^t E_k", Sum(Sum(E[k], (k, 1, t)), (t, 1, T)), ()),
    (r"\prod_{t=1}^{T} E_t", Prod(E[t], (t, 1, T)), ()),
]


@pytest.mark.parametrize(("formula", "expected", "said"), READ, ids=[row[0] for row in READ])
def test_formulas_are_read(formula: str, expected: Expression, said: tuple[str, ...]) -> None:
    """Structural equality with the expression built by hand; every choice that was made is told."""
    [account] = displays(f"R = {formula}")
    assert account.kind is Kind.DEFINITION, account.reason
    assert account.definition is not None
    assert account.definition.right == expected
    assert account.said == said


REFUSED: list[tuple[str, str, str]] = [  # the formula, what stands where reading stopped, a part of the reason
    # more than one meaning
    ("a/b c", "b c", "a slash with a factor behind it"),
    (r"a/c \cdot L", r"c \cdot L", "a slash with a factor behind it"),
    ("a/c/L", "c/L", "a slash with a factor behind it"),
    (r"W x^\top y", r"x^\top y", "a product of matrix n × n and row n"),
    ("x y", "y", "two vectors side by side"),
    (r"x \times y", "y", "a cross product is not read"),
    (r"\sigma'(x) W", "W", "a product of vector n and matrix n × n"),
    (r"A \odot x", "x", "between a vector and a matrix"),
    (r"a \odot x", "x", "expected one shape"),
    (r"x \odot y^\top w", r"y^\top w", "expected one shape"),
    ("c(a)", "(a)", "with an argument, or times what stands in parentheses?"),
    ("W(x)", "(x)", "with an argument, or times what stands in parentheses?"),
    (r"W\left[x\right]", r"\left[x\right]", "with an argument, or times"),
    (r"L(x, W)", "(x, W)", "with an argument, or times"),
    ("x 2", "2", "a number behind a factor"),
    (r"\log a L", "a L", "a function with several factors behind it"),
    (r"\log a / c", "a / c", "a function with several factors behind it"),
    (r"\tanh W x", "W x", "a function with several factors behind it"),
    (r"\tanh x \odot y", r"x \odot y", "a function with several factors behind it"),
    (r"\sin 2a", "2a", "a function with several factors behind it"),
    (r"\sigma x", "x", "not in parentheses"),
    (r"\sigma^{-1}(a)", "-1}(a)", "an inverse function"),
    (r"\sigma \circ \tanh", r" \circ \tanh", "a composition"),
    (r"e^{A}", "A}", "e to a matrix n × n"),
    (r"\sqrt{A}", r"\sqrt{A}", "a root of a matrix"),
    (r"|x|", "|x|", "write \\| \\| for a norm"),
    (r"|A|", "|A|", "\\det for a determinant"),
    ("1 + A", "1 + A", "could mean ones or the identity"),
    (r"\pm a", r"\pm a", "± is two equations"),
    (r"\sum_t E_t", r"\sum_t E_t", "without both ends"),
    (r"\sum_{t=1} E_t", r"\sum_{t=1} E_t", "without both ends"),
    (r"\prod_{T \ge t > k} E_t", r"\prod_{T \ge t > k} E_t", "without both ends"),
    (r"\prod_{t=k}^{2} E_t", r"\prod_{t=k}^{2} E_t", "seems to run downwards"),
    (r"\prod_{j=T}^{k+1} E_j", r"\prod_{j=T}^{k+1} E_j", "seems to run downwards"),
    (r"\sum_{t=1}^T \sum_{t=1}^t E_t", r"\sum_{t=1}^t E_t", "the ends must not depend on t"),
    (r"\sum_{a=1}^{T} a x", "a=1}^{T} a x", "the name of something else"),
    (r"\sum_{x=1}^{T} E_x", "x=1}^{T} E_x", "the name of something else"),
    (r"\sum_{i=1}^{n} x_i", r"\sum_{i=1}^{n} x_i", "sums over entries or data are not read"),
    # no meaning
    ("W_{ij}", "W_{ij}", "W_{ij} is not declared (declared is W"),
    ("h_{t,i}", "t,i}", "entries of vectors and matrices are not read"),
    ("h_t^{(k)}", "(k)}", "a step below and another above"),
    ("h + h_1", "h + h_1", "h is not declared (declared is h_t"),
    ("x + x_1^2", "x_1^2", "x_1 is not declared (declared is x"),
    (r"\dot h_t", r"\dot h_t", "\\dot{h}_t is not declared"),
    ("h_t'", "h_t'", "h'_t is not declared"),
    ("W'", "W'", "W' is not declared"),
    (r"\hat y", r"\hat y", "\\hat{y} is not declared"),
    (r"\mathbf{x} + x", r"\mathbf{x}", "\\mathbf{x} is not declared (declared is x"),
    (r"\mathcal{L} + L", r"\mathcal{L}", "is not declared (declared is L"),
    (r"\mathcal{I} x", r"\mathcal{I} x", "is not declared"),
    (r"\hat{I} x", r"\hat{I} x", "is not declared"),
    (r"W^* x", "W^* x", "is not declared"),
    (r"W^\dagger x", r"W^\dagger x", "is not declared"),
    (r"\operatorname{softmax}(x)", "(x)", "derivations: \\mathrm{softmax} : function"),
    (r"\mathbb{E}[a]", "[a]", "with an argument"),
    ("x^2", "2", "** on a vector"),
    ("x^T y^T", "y^T", "a product of row n and row n"),
    (r"\mathbf{1}^\top v", r"\mathbf{1}^\top v", "without a size"),
    (r"\lambda I", r"\lambda I", "without a size"),
    (r"\mathbf{1} + a", r"\mathbf{1} + a", "without a size"),
    ("x / y", "y", "a division by a vector"),
    (r"\frac{a}{x}", r"\frac{a}{x}", "a division by a vector"),
    ("x * y", "x * y", "the sign \\ast"),
    ("(x, y)", "(x, y)", "a list in parentheses"),
    ("0,5 a", "0,5 a", "a decimal comma"),
    ("a^{0{,}5}", "{,}5}", "a comma inside a number"),
    ("[a, c)", "[a, c)", "fences [ ) that are not read"),
    (r"\lfloor a \rfloor", r"\lfloor a \rfloor", "fences ⌊ ⌋"),
    (r"\begin{cases} x & t > 1 \\ y & t = 1 \end{cases}", r"\begin{cases}", "a distinction of cases"),
    (r"\begin{vmatrix} a & c \\ c & a \end{vmatrix}", r"\begin{vmatrix}", "the determinant of an array"),
    (r"\lim_{t \to \infty} E_t", r"\lim", "\\lim is not read"),
    (r"\max(x, y)", r"\max", "\\max is not read"),
    (r"\int a", r"\int", "\\int is not read"),
    ("t x", "t x", "R has no step, and its definition speaks of step t"),
    (r"\sum_{k=1}^{t} E_k", r"\sum_{k=1}^{t} E_k", "speaks of step t: write R_t"),
]


@pytest.mark.parametrize(("formula", "at", "reason"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_doubtful_is_refused(formula: str, at: str, reason: str) -> None:
    """With the place and what to do; nothing is chosen silently."""
    equation = f"R = {formula}"
    [account] = displays(equation)
    assert not_read(account, equation).startswith(at)
    assert reason in account.reason


def test_a_minus_a_transpose_and_an_order_matter() -> None:
    """What would be lost is in the tree: neighbours that differ in one sign are read as different things."""
    pairs = [(r"A x - b", r"A x + b"), (r"A^\top x", r"A x"), (r"A B x", r"B A x"), (r"\sigma'(x)", r"\sigma(x)"),
             (r"h_{t-1}^\top o_t", r"h_t^\top o_t"), (r"\frac{1}{T} E_1", r"T E_1"), (r"x y^\top", r"y x^\top"),
             (r"A^{-1} x", r"A x"), (r"\cos a", r"\sin a"), (r"[x; u]", r"[u; x]")]
    for one, other in pairs:
        first, second = (displays(f"R_t = {formula}" if "_t" in formula else f"R = {formula}")[0]
                         for formula in (one, other))
        assert first.definition is not None, first.reason
        assert second.definition is not None, second.reason
        assert first.definition.right != second.definition.right
