"""Where notation is ambiguous: every reading is made, each is named, and what cannot be meant is none."""

from __future__ import annotations

from reader_documents import HEAD, A, E, W, a, b, displays, k, lam, t, x, y

from derivations import Prod, diag, had, norm, sigma
from derivations.latex.reader.choices import CHOICES, every_choice, first_choice
from derivations.symbols import Expression

HAD = "⊗ as entrywise product"
LEFT, RIGHT = "∏ with its latest factor leftmost", "∏ with its latest factor rightmost"


def readings(equation: str, *more: str) -> dict[tuple[Expression, ...], tuple[str, ...]]:
    """The readings of a claim, and how each is named."""
    account = displays(*more, equation)[-1]
    assert account.claim is not None, account.reason
    return {tuple(one.cases[0].sides): one.read_as for one in (account.claim, *account.claim.alternatives)}


def test_a_norm_without_a_subscript_is_a_choice() -> None:
    found = readings(r"\|A\|^2 = a")
    assert found == {(norm(A) ** 2, a): ("‖·‖ of a matrix as Frobenius norm",),
                     (norm(A, 2) ** 2, a): ("‖·‖ of a matrix as spectral norm",)}


def test_circled_signs_are_choices() -> None:
    assert set(readings(r"x \oplus y = b")) == {(x + y, b)}  # a concatenation has no room in b
    assert set(readings(r"x \otimes y = A")) == {(x @ y.T, A), (diag(had(x, y)), A)}
    assert readings(r"x \otimes y = b")[had(x, y), b] == (HAD,)


def test_how_far_a_product_reaches_is_a_choice() -> None:
    """∏ a_t W: a power of W, or W once. Where the last factor has the letter nothing is asked."""
    found = readings(r"\prod_{t=1}^{k} E_t \, W = A")
    assert found == {(Prod(E[t] * W, (t, 1, k)), A): ("∏ over all factors behind it", LEFT),
                     (Prod(E[t] * W, (t, 1, k), "right"), A): ("∏ over all factors behind it", RIGHT),
                     (Prod(E[t], (t, 1, k)) * W, A): (
                         "∏ over the factors up to the last with its letter",)}
    assert readings(r"\prod_{t=1}^{k} a E_t = a") == {(Prod(a * E[t], (t, 1, k)), a): ()}


def test_a_transpose_of_a_number_is_no_reading() -> None:
    """Where T is no step, ^T above a number may be a power that is not declared as one."""
    head = HEAD.replace("t, T, k", "t, k")
    [account] = displays("R = a^T x", head=head)
    assert "^T above a number" in account.reason
    [account] = displays("R = W^T x", head=head)
    assert account.definition is not None
    assert account.definition.right == W.T @ x


def test_letters_may_be_set_in_one_way_only() -> None:
    [account] = displays(r"R = \mathrm{x} + x")
    assert "x is set upright and in italics" in account.reason
    [account] = displays(r"R = W^\mathrm{T} x + \mathrm{y}")  # alone, upright is the same letter
    assert account.definition is not None
    assert account.definition.right == W.T @ x + y


def test_unicode_letters_are_the_commands() -> None:
    [account] = displays("R = σ(W x) ⊙ y − λ b")
    assert account.definition is not None
    assert account.definition.right == had(sigma(W @ x), y) - lam * b


def test_choices_are_tried_in_their_order_and_only_where_asked() -> None:
    assert len(list(every_choice())) == 1
    assert first_choice("denominator").made["layout"] == "denominator"
    tried = []
    for choice in every_choice():
        tried.append((choice("stack"), choice("dot")))
    assert tried == [("above", "matrix"), ("beside", "matrix"), ("above", "entries"), ("beside", "entries")]
    assert all(len(words) > 1 for words in CHOICES.values())
