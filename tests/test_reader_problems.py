"""What is missing or wrong in a document: told with its place, and the rest is read."""

from __future__ import annotations

import pytest
from reader_documents import BARE, COLUMN, NET, ROW, claimed, displays, kinds, line, not_read, read

from derivations.latex.reader import claiming
from derivations.latex.reader.account import Kind


def test_what_is_undeclared_is_told_where_it_stands() -> None:
    equation = r"y = W x + V_q z"
    [account] = displays("R = x", equation)[1:]
    assert not_read(account, equation) == "V_q z"
    assert line(account) == 2
    assert account.reason == r"V_q is not declared: say its shape, as in 'derivations: V_q : n'"


def test_two_shapes_of_one_name_are_told_and_the_rest_is_checked() -> None:
    body = "Let $x \\in \\mathbb{R}^n$.\n\nNow $x \\in \\mathbb{R}^m$ and $a \\in \\mathbb{R}$.\n\n$$a = x^\\top x$$\n"
    document = read(body, "")
    [(message, place)] = document.problems
    assert message == "x is declared as m here, and as n in :1: the first counts"
    assert (place.line, place.column) == (3, 6)
    assert kinds(list(document.accounts)) == ["definition"]


def test_shapes_are_shown_where_nothing_types() -> None:
    [account] = displays("U x = b")
    assert account.reason == "a product of matrix n × m and vector n: U @ x"
    [account] = displays("W x + u = b")
    assert "a sum of" in account.reason or "vector n" in account.reason
    assert "vector m" in account.reason
    first, second = displays("y = W x", r"\frac{\partial y}{\partial x} = U")
    assert first.kind is Kind.DEFINITION
    assert second.kind is Kind.NOT_READ
    assert "matrix n × n" in second.reason
    assert "matrix n × m" in second.reason


@pytest.mark.parametrize(("directive", "message", "column"), [
    ("lambda : scalar", r"not a name: expected a letter with scripts", 1),
    ("W : n x m x k", "a shape 'n x m x k'", 1),
    ("W : matrix y", "'matrix' is no size", 1),
    ("W ; n", "expected NAMES : SHAPE", 1),
    ("W : scalar -> n", "only functions have values", 1),
    ("define:", "expected a label", 1),
])
def test_directives_that_are_not_understood(directive: str, message: str, column: int) -> None:
    document = read("$$R = x$$", f"<!-- derivations: x : n -->\n<!-- derivations: {directive} -->\n")
    assert [account.kind for account in document.accounts] == [Kind.DEFINITION]
    assert any(message in said and place.line == 2 for said, place in document.problems), document.problems


def test_one_wrong_equation_loses_no_other() -> None:
    accounts = displays("R = W x", "R = = x", r"\frac{x}{", r"S = \foo x", "P = x y", "Q = A x", "1 = 2", "x",
                        r"\mathbf{1} = 1")
    assert kinds(accounts) == ["definition", *["not read"] * 4, "definition", "claim", "not read"]


def test_readings_of_one_claim_are_not_dropped() -> None:
    """Every choice that matters is tried; too many are refused, and none is forgotten silently."""
    product = r"\frac{\partial h_k}{\partial h_1} = \prod_{t=2}^{k}"
    [_, account] = displays(NET, product + COLUMN + "W", head=BARE)
    found = claimed(account)
    assert len(found) == len(set(found))
    assert len(found) >= 12


def test_too_many_readings_are_refused_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading that is not checked could be the one that is meant."""
    monkeypatch.setattr(claiming, "MOST", 3)
    document = read(f"$${NET}$$\n$${ROW} {COLUMN} W$$\n$$\\frac{{\\partial h_k}}{{\\partial h_1}} = "
                    f"\\prod_{{t=2}}^{{k}} {COLUMN} W$$", BARE)
    assert "too many readings" in document.accounts[2].reason
    assert [claim.id for claim in document.models[0].claims] == [document.accounts[1].claim.id]  # type: ignore[union-attr]


def test_the_same_document_is_read_in_the_same_way() -> None:
    equations = (NET, r"c = \|A\| + x^\top y", r"R = x \otimes y", r"J_t = \frac{\partial h_t}{\partial b}")
    body = "\n".join(f"$${equation}$$" for equation in equations)
    one, other = ([(each.kind, each.reason, each.said, each.definition) for each in read(body).accounts]
                  for _ in range(2))
    assert one == other
