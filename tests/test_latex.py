"""The printer: no two meanings look alike, and what it writes compiles and fits the page."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
from fractions import Fraction

import pytest
from sympy import Basic, Expr, Matrix, Symbol

from derivations.calculus import Prod, Sum, d, grad, immediate, use
from derivations.claim import Claim, Definition
from derivations.errors import DerivationError, NamingError
from derivations.functions import elementwise, exp, power, relu, sigma, softplus, tanh
from derivations.latex import fragment, latex, text
from derivations.latex.notation import PROFILES, TEXT
from derivations.latex.rules import RULES
from derivations.latex.scalars import number
from derivations.model import Model
from derivations.operations import diag, dot, eye, had, hstack, norm, ones, vec, vstack, zeros
from derivations.symbols import Expression, as_printed, coerce

net = Model("net", title="A cell to print", source="A. Author, \"100 %\",\n\\input{evil} 2022")
n, m = net.dims("n m")
t, j, k, T = net.times("t j k T")
x, y = net.inputs("x", m), net.inputs("y", n)
A, B, b, alpha, mu = (net.parameter("A", n, n), net.parameter("B", n, n), net.parameter("b", n),
                      net.parameter("alpha"), net.parameter("mu"))
W = net.parameter("W", n, {"rec": n, "in": m})
W_f = net.parameter("W_f", n, {"h": n, "x": m})
ell, phi = net.smooth("ell"), net.smooth("phi", n)
z = net.let("z", W["rec"] @ vstack(b) + W["in"] @ x[t])
z_f = net.let("z_f", W_f @ vstack(b, x[t]))
c, o, E = net.sequence("c", n, "state"), net.sequence("o", n, "gate"), net.sequence("E")
g = net.sequence("g", n, "candidate", accent="tilde")
g[t] = tanh(z)
o[t] = sigma(z_f)
c[t] = had(c[t - 1], o[t]) + g[t]
E[t] = ell(vstack(c[t], y[t]))
total = net.node("E", Sum(E[t], (t, 1, T)))
J = d(c[t], c[t - 1])
swish, half = elementwise("swish", lambda v: v * sigma(v)), elementwise("s_half", lambda v: sigma(v / 2))
V, V_old = net.parameter("V'", n, n), net.parameter("V'_old", {"h": n, "x": m}, n, accent="hat")


def concrete(cls: type[Expression]) -> set[type]:
    """The subclasses that have a type rule of their own or from a parent."""
    children: list[type[Expression]] = cls.__subclasses__()
    below = {s for child in children for s in concrete(child)}
    ruled = any("infer" in vars(parent) for parent in cls.__mro__[: cls.__mro__.index(Expression)])
    return below | ({cls} if ruled and cls.__module__.startswith("derivations.") else set())


def test_every_expression_class_has_its_rule() -> None:
    assert concrete(Expression) == set(RULES)


GOLDEN = [
    (c[t - 1], r"\mathbf{c}_{t-1}", "c(t-1)", "c_{t-1}"),
    (g[t], r"\tilde{\mathbf{g}}_t", r"\tilde{g}(t)", "g̃_t"),
    (E[t], "E_t", "E(t)", "E_t"),
    (z_f, r"\mathbf{z}_{f,t}", "z_f(t)", "z_{f,t}"),
    (W["rec"], r"\mathbf{W}_{\mathrm{rec}}", r"W_{\mathrm{rec}}", "W_rec"),
    (W_f["h"], r"\mathbf{W}_f^{h}", "W_f^{h}", "W_f^h"),
    (use(W["rec"], j), r"\mathbf{W}_{\mathrm{rec}}^{(j)}", r"W_{\mathrm{rec}}^{(j)}", "W_rec^(j)"),
    (use(W_f["h"], j + 1), r"\mathbf{W}_f^{h,(j+1)}", "W_f^{h,(j+1)}", "W_f^{h,(j+1)}"),
    (J, r"\frac{\partial \mathbf{c}_t}{\partial \mathbf{c}_{t-1}}", r"\frac{\partial c(t)}{\partial c(t-1)}",
     "∂c_t/∂c_{t-1}"),
    (immediate(c[t], o[t]), r"\frac{\partial^{+} \mathbf{c}_t}{\partial \mathbf{o}_t}",
     r"\frac{\partial^{+} c(t)}{\partial o(t)}", "∂⁺c_t/∂o_t"),
    (d(c[3], c[1], hold=o), r"\left.\frac{\partial \mathbf{c}_3}{\partial \mathbf{c}_1}\right|_{\mathbf{o}_{\bullet}}",
     r"\left.\frac{\partial c(3)}{\partial c(1)}\right|_{o(\bullet)}", "∂c_3/∂c_1|_{o_•}"),
    (W - alpha * grad(total, W), r"\mathbf{W} - \alpha \, \nabla_{\mathbf{W}} E", r"W - \alpha \cdot \nabla_W E",
     "W - α ∇_W E"),
    (diag(sigma.prime(z)) @ W["rec"], r"\operatorname{diag}(\sigma'(\mathbf{z}_t)) \, \mathbf{W}_{\mathrm{rec}}",
     r"\operatorname{diag}(\sigma'(z(t))) \cdot W_{\mathrm{rec}}", "diag(σ′(z_t)) W_rec"),
    (had(c[t - 1], o[t]) + g[t], r"\mathbf{c}_{t-1} \odot \mathbf{o}_t + \tilde{\mathbf{g}}_t",
     r"c(t-1) \otimes o(t) \oplus \tilde{g}(t)", "c_{t-1} ⊙ o_t + g̃_t"),
    (Prod(J, (t, 2, k)) @ A,
     r"\left(\prod_{t=2}^{k} \frac{\partial \mathbf{c}_t}{\partial \mathbf{c}_{t-1}}\right) \, \mathbf{A}",
     r"\left(\prod_{t=2}^{k} \frac{\partial c(t)}{\partial c(t-1)}\right) \cdot A", "(Π_{t=2}^{k} ∂c_t/∂c_{t-1}) A"),
    (ell(vstack(c[t], y[t])), r"\ell(\mathbf{c}_t, \mathbf{y}_t)", r"\ell(c(t), y(t))", "ℓ(c_t, y_t)"),
    (vstack(hstack(A, B), hstack(B, A)),
     r"\begin{bmatrix} \mathbf{A} & \mathbf{B} \\ \mathbf{B} & \mathbf{A} \end{bmatrix}",
     r"\begin{bmatrix} A & B \\ B & A \end{bmatrix}", "[A, B; B, A]"),
    (Fraction(1, 2) * dot(b, b), r"\tfrac{1}{2} \, \mathbf{b}^{\top} \, \mathbf{b}",
     r"\tfrac{1}{2} \, b^{\top} \cdot b", "(1/2) bᵀ b"),
    (power(2)(b), r"\mathbf{b}^{\odot 2}", r"b^{\otimes 2}", "b^{⊙2}"),
    (ones(n, m + 1) - zeros(n, m + 1), r"\mathbf{1}_{n \times (m+1)} - 0_{n \times (m+1)}",
     r"\mathbf{1}_{n \times (m+1)} - 0_{n \times (m+1)}", "1_{n × (m+1)} - 0_{n × (m+1)}"),
    (phi(-(b + c[t])), r"\varphi(-(\mathbf{b} + \mathbf{c}_t))", r"\varphi(-(b \oplus c(t)))", "φ(-(b + c_t))"),
    (norm(A.T @ b) ** 2, r"\lVert \mathbf{A}^{\top} \, \mathbf{b} \rVert_{2}^{2}",
     r"\lVert A^{\top} \cdot b \rVert_{2}^{2}", "‖Aᵀ b‖_2^2"),
]


@pytest.mark.parametrize(("e", "paper", "article", "plain"), GOLDEN, ids=[text(row[0]) for row in GOLDEN])
def test_golden(e: Expression, paper: str, article: str, plain: str) -> None:
    assert (latex(e), latex(e, "article"), text(e)) == (paper, article, plain)
    assert str(e) == plain


with as_printed():
    LITERAL = sigma.prime(b) @ A

DIFFERENT = [
    # derivatives
    d(c[3], c[1]), immediate(c[3], c[1]), d(c[3], c[1], hold=o), d(c[3], c[1], hold=o[2]),
    d(c[3], c[1], hold=(o[2], o[1])),
    d(E[k], W), grad(E[k], W), grad(E[k], W, hold=o), d(E[k], use(W, j)), d(E[k], use(W, k)), d(E[k], W["rec"]),
    d(E[k], use(W["rec"], j)), d(total, W), d(total, W, hold=E), d(total, W, hold=total), d(A @ c[t], b),
    A @ d(c[t], b),
    d(c[t], vstack(b, o[t])), d(vec(A @ B), A), grad(dot(b, c[t]), b), grad(d(E[1], alpha), b), d(d(E[1], alpha), b),
    # sums and products over steps
    Prod(J, (t, 2, k)), Prod(J, (t, 2, k), latest="right"), Prod(J + A, (t, 2, k)), Prod(J, (t, 2, k)) + A,
    Prod(J @ A, (t, 2, k)), Prod(J, (t, 2, k)) @ A, A @ Prod(J, (t, 2, k)), Prod(had(J, A), (t, 2, k)),
    had(Prod(J, (t, 2, k)), A), Sum(J + A, (t, 1, T)), Sum(J, (t, 1, T)) + A,
    Sum(J @ A, (t, 1, T)), Sum(J, (t, 1, T)) @ A,
    Sum(-J, (t, 1, T)), alpha * Sum(E[t], (t, 1, T)) * mu, alpha * Sum(E[t] * mu, (t, 1, T)) * 2,
    # sums, products, ∘
    (A + B) @ b, A + B @ A, (A + B) @ A, (A @ B).T, A @ B.T, A.T @ B, B @ A, A @ B,
    had(A, B), had(A, B @ A), had(A, B) @ A,
    A @ had(B, A), -(A + B), B - A, -A + B, A - (B - A), A - B - A, 2 * had(A, B), dot(b, c[t]) * b, dot(b, b) ** 2,
    b @ b.T, b @ dot(b, c[t]), (b @ b.T) @ (c[t] @ b.T), LITERAL, diag(sigma.prime(b)) @ A,
    # functions
    sigma(A @ b), A @ sigma(b), sigma(b), sigma.prime(b), sigma.prime.prime(b), relu(b), softplus(b), swish(b),
    swish.prime(b), phi(b), exp(b), power(2)(b), power(-1)(b), power(3).prime(b), alpha**2, alpha**-1,
    (2 * alpha) ** 2, 2 * alpha**2, coerce(Fraction(1, 2)) * alpha, (2 * alpha) ** -1, alpha ** Fraction(1, 2),
    (alpha + mu) ** Fraction(1, 2), alpha ** Fraction(1, 3), -(alpha**2), (-alpha) ** 2,
    norm(b), norm(b, 1), norm(b, "inf"), norm(A), sigma(alpha) * mu, sigma(alpha * mu),
    sigma(alpha) ** 2, sigma(alpha**2),
    # blocks, uses, stacks, constants
    W["rec"], W["in"], W_f["h"], W_f, use(W_f, 2), use(W_f["h"], 2), use(W, 2), use(W["rec"], 2),
    vstack(A, B), hstack(A, B),
    vstack(A, B) @ b, vstack(hstack(A, B), hstack(B, A)), vstack(W, hstack(A, A @ W["in"])), eye(n), eye(m),
    ones(n), ones(n, m), ones(m, n), ones(n).T, zeros(n), zeros(n, n), zeros(m), coerce(0), coerce(1), coerce(23),
    coerce(2) * (coerce(3) * alpha), vec(A), diag(b), z, z.at(2), z_f, z.body, c[t], c[1], o[t], g[t],
    E[t], total, alpha, mu,
    V, V.T, V_old, V_old["h"].T, use(V, 2), use(V_old["x"], 1), half(b), half.prime.prime(b), half(b).T,
    ones({"h": n, "x": m})["h"], coerce(Matrix([[1, 2], [3, 4]])), coerce(Matrix([1, 2])), coerce(Matrix([[1, 2]])),
    coerce(n + 1) * alpha, coerce(n) * alpha + 1, coerce(k - j) ** -1 * alpha,
    Sum(c[t], (t, 1, T)), Sum(c[t], (t, 2, T)),
]


@pytest.mark.parametrize("printer", [text, latex, lambda e: latex(e, "article")], ids=["text", "paper", "article"])
def test_different_meanings_never_print_alike(printer) -> None:  # type: ignore[no-untyped-def]
    printed = [printer(e) for e in DIFFERENT]
    pairs = itertools.combinations(zip(DIFFERENT, printed, strict=True), 2)
    alike = [(a, text(first), text(second)) for (first, a), (second, b) in pairs if a == b]
    assert alike == []


def test_nothing_is_printed_by_sympy() -> None:
    for e in DIFFERENT:
        for s in (text(e), latex(e), latex(e, "article")):
            assert not any(word in s for word in ("Tuple", "Str(", "Node", "Expression", "**", "Matrix", "None")), s


@pytest.mark.parametrize("profile", ["Paper", "", "text", None])
def test_unknown_profile(profile: object) -> None:
    with pytest.raises(NamingError, match="article, paper"):
        latex(c[t], profile)  # type: ignore[arg-type]  # what a caller may get wrong
    with pytest.raises(NamingError, match="article, paper"):
        fragment(chain, profile)  # type: ignore[arg-type]


def test_what_cannot_be_printed() -> None:
    with pytest.raises(DerivationError, match="cannot be printed"):
        latex(object())
    assert text(Basic())  # an error message may hold anything


def test_the_authors_order_is_kept() -> None:
    assert text(B + A) == "B + A"
    assert text(mu * alpha) == "μ α"
    assert text(-B + A - b @ b.T) == "-B + A - b bᵀ"


def test_parentheses_only_where_they_mean_something() -> None:
    assert text(A + (B + A)) == "A + B + A"
    assert text(A.xreplace({A: A @ (B @ A)})) == "A B A"
    assert text(alpha * mu * alpha) == "α μ α"
    assert text(-(alpha * dot(b, b))) == "-α bᵀ b"
    assert text(-had(A, B)) == "-A ⊙ B"


def test_definition_writes_out_one_level() -> None:
    definitions = {definition.id: definition for definition in net.definitions}
    assert text(definitions["net.gate"]) == "o_t = σ(W_f [b; x_t])"
    assert text(definitions["net.z_f"]) == "z_{f,t} = W_f [b; x_t]"
    assert latex(definitions["net.candidate"], "article") == (
        r"\tilde{g}(t) = \tanh\!\left(W_{\mathrm{rec}} \cdot \begin{bmatrix} b \end{bmatrix} "
        r"\oplus W_{\mathrm{in}} \cdot x(t)\right)")


chain = net.equal("chain", c[t], sigma(b), A @ b + had(b, b), fails=True)
each = net.equal("each", lambda V: (grad(total, V), Sum(grad(E[t], V), (t, 1, T))), each=(A, B), fails=True)
given = net.equal("given", d(c[k], c[t]), A, fails=True, given=[t >= 2, k > t])
uses = net.parents("uses", c[t], {c[t - 1], o[t], g[t]})
through = net.separates("through", c[t - 1], c[t - 2], {c[t], E[t]})
wide = net.equal("wide", J, diag(had(c[t - 1], sigma.prime(z_f))) @ A @ diag(o[t])
                 - diag(had(g[t], tanh.prime(z))) @ B @ diag(had(o[t], o[t])) + (A + B) @ (A - B) @ diag(c[t - 1]) @ A
                 + diag(had(c[t - 1], c[t - 1])), fails=True)
many = sum((had(A @ c[t], B @ o[t]) for _ in range(5)), b)
deep = net.equal("deep", d(vstack(c[t], o[t]), b), vstack(A, B @ diag(many)), fails=True)


def test_claims() -> None:
    assert latex(chain).splitlines() == [
        r"\begin{aligned}",
        r"  \mathbf{c}_t & = \sigma(\mathbf{b}) \\",
        r"  & = \mathbf{A} \, \mathbf{b} + \mathbf{b} \odot \mathbf{b}",
        r"\end{aligned}",
    ]
    assert text(chain) == "c_t = σ(b) = A b + b ⊙ b"
    assert len(latex(each).splitlines()) == 4
    assert text(each) == "∇_A E = Σ_{t=1}^{T} ∇_A E_t; ∇_B E = Σ_{t=1}^{T} ∇_B E_t"
    assert text(given) == "∂c_k/∂c_t = A for k > t and t ≥ 2"
    assert latex(uses, "article") == r"\operatorname{pa}(c(t)) = \{c(t-1), \tilde{g}(t), o(t)\}"
    assert text(through) == "c_{t-2} ⟶ {E_t, c_t} through c_{t-1} alone"
    assert chain.latex("paper") == latex(chain)


def test_fragment_cannot_leave_its_comment() -> None:
    comment, steps, stamp, *rest = fragment(chain).splitlines()
    assert comment == r'% net.chain: A. Author, "100 %", \input{evil} 2022'
    assert steps == "% range: t ≥ 0"
    assert stamp.startswith("% derivations-stamp: id=net.chain verdict=not-checked ")
    assert rest[:2] == [r"\begin{equation}", r"\label{eq:net.chain}"]
    assert rest[-1] == r"\end{equation}"
    odd = Definition("a}\n\\b", c[t], b, source="x\r\\y\u2028\\z\x0c\x00")
    assert fragment(odd).splitlines()[0] == r"% a} \b: x \y \z"
    assert r"\label{eq:ab}" in fragment(odd)


# ---- what is shipped, through TeX


def shipped() -> list[Claim | Definition]:
    """The definitions and claims of every model that can be imported, and of this file's."""
    package = importlib.import_module("derivations.recurrent")
    names = [f"{package.__name__}.{info.name}" for info in pkgutil.iter_modules(package.__path__)]
    modules = [importlib.import_module(name) for name in names]
    models = {model.name: model for module in modules for model in vars(module).values() if isinstance(model, Model)}
    found: list[Claim | Definition] = []
    for model in (*models.values(), net):
        found += [*model.definitions, *model.claims]
    return found


@pytest.mark.parametrize(("value", "plain", "tex"), [
    (n - 1, "n-1", "n-1"),
    (1 - k, "1-k", "1-k"),
    (2 * n * m, "2 · m · n", r"2 \cdot m \cdot n"),
    (-n / 3, "-n/3", r"-\frac{n}{3}"),
    (1 / (k - j), "1/(k-j)", r"\frac{1}{k-j}"),
    (n**2 + 1, "n^2+1", "n^{2}+1"),
    (Symbol("p_1") / (1 - Symbol("some thing")), "p_1/(1-some thing)", r"\frac{p_1}{1-some thing}"),
])
def test_numbers(value: Expr, plain: str, tex: str) -> None:
    assert number(TEXT, value).text == plain
    assert number(PROFILES["paper"], value).text == tex
