"""Documents as a whole: definitions and claims, scopes, recurrences and starts, functions, and what is missing."""

from __future__ import annotations

import pytest
from reader_documents import (
    BARE,
    COLUMN,
    NET,
    ROW,
    A,
    W,
    a,
    b,
    claimed,
    displays,
    kinds,
    read,
    right,
    t,
    x,
    y,
)

from derivations import Model, dot, sigma, tanh
from derivations.calculus import Let
from derivations.functions import Activation, Smooth
from derivations.latex.reader.account import Kind
from derivations.symbols import Expression

# ---- definitions and claims


def test_the_first_equation_defines_and_the_next_claims() -> None:
    first, second = displays("y = W x", "y = A x")
    assert kinds([first, second]) == ["definition", "claim"]
    assert right(first) == W @ x
    assert claimed(second) == [(y_of("doc"), A @ x)]


def y_of(name: str) -> Expression:
    """The node y, defined."""
    model = Model(name)
    [size] = model.dims("n")
    weights, leaf = model.parameter("W", size, size), model.parameter("x", size)
    return model.node("y", weights @ leaf)


def test_a_chain_defines_by_its_first_side_and_claims_the_rest() -> None:
    [account] = displays(r"c = x^\top y = y^\top x \le a")
    assert account.kind is Kind.CLAIM
    assert right(account) == dot(x, y)
    assert "its first side is the definition" in account.said
    assert account.claim is not None
    assert [case.sign for case in account.claim.cases] == ["=", "≤"]


def test_signs_that_define() -> None:
    for sign in (":=", r"\triangleq", r"\coloneqq", "="):
        [account] = displays(rf"R {sign} W x")
        assert right(account) == W @ x


def test_an_equation_defines_anew_where_it_is_told() -> None:
    body = "$$c = a$$\n$$c + a = 2 a$$\n<!-- derivations: define -->\n$$c = 3 a$$\n$$c = 3 a$$\n"
    first, claim, anew, last = read(body).accounts
    assert kinds([first, claim, anew, last]) == ["definition", "claim", "definition", "claim"]
    assert claimed(claim)[0][0] != claimed(last)[0][0]  # two things have the name c
    assert right(anew) == 3 * a


def test_a_name_defined_anew_must_not_be_used_in_a_later_definition() -> None:
    body = "$$c = a$$\n<!-- derivations: define -->\n$$c = 3 a$$\n$$R = c + a$$\n"
    assert "begin a scope instead" in read(body).accounts[1].reason


def test_scopes_are_worlds_of_their_own() -> None:
    body = "$$c = a$$\n<!-- derivations: scope -->\n$$c = 3 a$$\n$$c = 4 a$$\n"
    document = read(body)
    assert kinds(list(document.accounts)) == ["definition", "definition", "claim"]
    assert [model.name for model in document.models] == ["doc-1", "doc-2"]
    without = read(body.replace("<!-- derivations: scope -->\n", ""))
    assert kinds(list(without.accounts)) == ["definition", "claim", "claim"]


@pytest.mark.parametrize(("body", "expected"), [
    ("a condition $t = 0$, an example $x = 1$", []),
    ("with $y = W x$ and so on. $$\\frac{\\partial y}{\\partial x} = W$$", ["definition", "claim"]),
    ("$$a \\approx c$$", ["not checkable"]),
    ("$$a \\propto c$$", ["not checkable"]),
    ("$$W \\leftarrow W + A$$", ["not checkable"]),
    ("$$x \\in \\mathbb{R}^n$$", ["declaration"]),
    ("$$W x$$", []),  # no equation
    ("<!-- derivations: ignore -->\n$$y = W x$$", ["ignored"]),
])
def test_what_else_equations_are(body: str, expected: list[str]) -> None:
    assert [kind for kind in kinds(list(read(body).accounts)) if kind != "aside"] == expected


# ---- recurrences, starts, abbreviations


def test_a_recurrence_gets_its_shape_from_what_it_is_made_of() -> None:
    accounts = displays(NET, ROW + COLUMN + "W", head=BARE)
    assert kinds(accounts) == ["definition", "claim"]
    node = claimed(accounts[1])[0][0].args[0]
    assert node.axes[0][0][1].name == "n"  # type: ignore[attr-defined]
    assert right(accounts[0]) == tanh(W @ node.subs(t, t - 1) + b)


def test_a_later_step_on_the_left_is_the_same_recurrence() -> None:
    [account] = displays(r"h_{t+1} = \tanh(W h_t + b)", head=BARE)
    [same] = displays(NET, head=BARE)
    assert right(account) == right(same)


def test_a_start_at_zero_binds_the_sequence() -> None:
    accounts = displays(NET, "h_0 = 0", head=BARE)
    assert accounts[1].said == ("where the sequence starts",)
    document = read(f"$${NET}$$\n$$h_0 = 0$$", BARE)
    [family] = [family for family in document.models[0].families.values() if family.indexed]
    assert "zero" in str(family.structure)
    other = read(f"$${NET}$$\n$$h_0 = x$$", BARE)  # a claim about the start, and no zero
    assert other.accounts[1].kind is Kind.CLAIM
    [family] = [family for family in other.models[0].families.values() if family.indexed]
    assert "zero" not in str(family.structure)


def test_an_abbreviation_with_a_shifted_step_means_what_it_says() -> None:
    accounts = displays(NET, r"J_{t+1} = \frac{\partial h_{t+1}}{\partial h_t}",
                        r"J_t = \frac{\partial h_t}{\partial h_{t-1}}", head=BARE)
    left, derivative = claimed(accounts[2])[0]
    assert isinstance(left, Let)
    assert left.body == derivative


def test_an_abbreviation_with_two_steps_runs_over_the_one_of_its_name() -> None:
    accounts = displays(NET, r"\sum_{t=1}^{T} q^\top h_t = a", r"G_t = \frac{\partial h_T}{\partial h_t}",
                        r"G_{t+1} = \frac{\partial h_T}{\partial h_{t+1}}", head=BARE)
    left, derivative = claimed(accounts[3])[0]
    assert isinstance(left, Let)
    assert left.body == derivative


@pytest.mark.parametrize("definition", [r"z = W h_{t-1} + b", r"z = \frac{\partial h_t}{\partial h_{t-1}}", "z = t x"])
def test_a_plain_name_does_not_hide_a_step(definition: str) -> None:
    """Else every h_t would be made of one and the same z."""
    accounts = displays(r"h_t = \tanh(W h_{t-1})", definition, head=BARE)
    assert "z has no step, and its definition speaks of step t: write z_t" in accounts[1].reason


def test_a_step_letter_may_be_a_label_and_then_it_is_asked() -> None:
    body = ["h_t = W_f h_{t-1} + W_i x", r"a = \sum_{i=1}^{T} q^\top h_i"]
    head = "<!-- derivations:\nW_f, W_i : n x n\nx, q : n\na : scalar\nh_t : n\n-->\n"
    doubtful, _ = displays(*body, head=head)
    assert "i is a step, and W has labels" in doubtful.reason
    upright = [body[0].replace("W_i", r"W_{\mathrm{i}}"), body[1]]
    fine, _ = displays(*upright, head=head.replace("W_i", r"W_{\mathrm{i}}"))
    assert fine.kind is Kind.DEFINITION


def test_what_is_summed_over_entries_is_no_step() -> None:
    body = r"With $x \in \mathbb{R}^n$: $$a = \sum_{i=1}^{n} x_i$$ $$y_i = \sigma(x_i)$$"
    accounts = [account for account in read(body, "").accounts if account.kind is not Kind.ASIDE]
    assert kinds(accounts) == ["not read", "not read"]
    assert "sums over entries" in accounts[0].reason


# ---- functions


def test_a_formula_of_an_argument_is_put_in() -> None:
    accounts = displays(r"f(z) = z^\top z", "R = f(x)")
    assert right(accounts[1]) == dot(x, x)  # and not the square of every entry
    accounts = displays("f(z, s) = z + W s", "R = f(x, y)", "S = f(x)")
    assert right(accounts[1]) == x + W @ y
    assert "a function of 2 arguments with 1" in accounts[2].reason


def test_a_formula_of_numbers_is_taken_entry_by_entry_and_said() -> None:
    accounts = displays(r"f(z) = \frac{1}{1 + e^{-z}}", "R = f(W x)", "S = f'(x)", "P = f(a)")
    assert accounts[1].said == ("a function of numbers entry by entry: f",)
    assert right(accounts[1]).args[1] == W @ x
    assert right(accounts[2]).args[0].order == 1  # type: ignore[attr-defined]
    assert right(accounts[3]).is_scalar


@pytest.mark.parametrize(("formula", "use", "reason"), [
    (r"f(z) = z^\top z", "R = f'(x)", "not one of each entry"),
    (r"f(z) = \|z\|", "R = f'(x)", "a prime on a function of several numbers"),
    ("f(z) = z + b", "R = f^2(x)", "a power of a function's name"),
    (r"f(z) = \sum_{k=1}^{T} z E_k", "R_k = f(E_k)", "k runs in the formula of the function"),
])
def test_a_formula_is_not_bent(formula: str, use: str, reason: str) -> None:
    accounts = displays(formula, use)
    assert reason in accounts[1].reason


def test_functions_that_nothing_defines_are_any_smooth_ones() -> None:
    document = read(r"$$c = \ell(x, y)$$ $$R = \phi'(x)$$")
    functions = document.models[0].functions
    assert isinstance(functions["ell"], Smooth)
    assert isinstance(functions["phi"], Activation)
    assert [account.kind for account in document.accounts] == [Kind.DEFINITION] * 2
    declared = read("<!-- derivations: g : function -> n -->\n$$R = W g(x)$$")
    assert declared.accounts[0].kind is Kind.DEFINITION
    number = read("$$R = W g(x)$$")  # a number, then
    assert number.accounts[0].definition is not None
    assert right(number.accounts[0]).axes == W.axes


def test_a_known_function_is_not_defined_by_a_claim_about_it() -> None:
    [account] = displays(r"\sigma(a) = \frac{1}{1 + e^{-a}}")
    assert account.kind is Kind.CLAIM
    assert claimed(account)[0][0] == sigma(a)


def test_a_node_that_is_written_out_stands_for_itself_at_these_arguments_only() -> None:
    accounts = displays(r"c(x, W) = q^\top W x", r"\frac{\partial c(x, W)}{\partial x} = W^\top q", "a = c(y, W)",
                        r"\nabla_x c(x, W) = W^\top q", r"R = \nabla_x c(W)")
    assert kinds(accounts) == ["definition", "claim", "not read", "claim", "not read"]
    assert "other arguments than those of its definition" in accounts[2].reason
    assert "other arguments" in accounts[4].reason
