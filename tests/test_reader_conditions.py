"""What stands beside an equation: conditions that are read or kept, ranges that say nothing, words that turn it."""

from __future__ import annotations

import pytest
from reader_documents import BARE, displays

from derivations.latex.reader.account import Kind


@pytest.mark.parametrize(("condition", "given"), [
    (r"\quad t > 1", "t > 1"), (r"\quad (t > 1)", "t > 1"), (r"\quad \text{for } t \ge 2", "t >= 2"),
    (r", \quad 2 \le t < k", "(2 <= t) & (t < k)"), (r"\quad t = 2, \ldots, k", "(2 <= t) & (t <= k)"),
    (r"\quad t \in \{2, \ldots, k\}", "(2 <= t) & (t <= k)"), (r"\quad t = 1, 2, \ldots", "1 <= t"),
    (r"\quad t \le T", "True"),  # of an end that nothing else speaks of nothing is said
    (r"\quad \text{for all } t", "True"), (r"\quad (12)", "True"),
])
def test_conditions_beside_a_claim_are_read(condition: str, given: str) -> None:
    account = displays(f"h_t^\\top h_k = a {condition}")[0]
    assert account.claim is not None, account.reason
    assert str(account.claim.given) == given
    assert account.claim.unread == ()


@pytest.mark.parametrize("condition", [r"\text{if } W = A", r"\text{when } a \ne 0", r"\text{for } x = 0",
                                       r"\text{if } a > 0 \text{ and } c > 0", r"\quad t = 2, 4, \ldots, k",
                                       r"\quad (x = y)"])
def test_conditions_that_are_not_read_are_kept(condition: str) -> None:
    """Nothing is refuted without them; and no condition is a claim or a definition of its own."""
    account, *others = displays(rf"x^\top W x = a {condition}")
    assert account.claim is not None, account.reason
    assert len(account.claim.unread) == 1 + condition.count("and")
    assert not [other for other in others if other.kind in (Kind.CLAIM, Kind.DEFINITION)]


@pytest.mark.parametrize("condition", [r"\quad t > 1", r"\quad (t > 1)", r"\text{ if } t = 1", r"\text{ if } W = A",
                                       r", \quad t < T", r"\quad t \in \{3, \ldots, T\}"])
def test_a_definition_under_a_condition_is_not_read(condition: str) -> None:
    """And its name means nothing then: neither a free input nor what the next equation says."""
    accounts = displays(f"h_t = W h_{{t-1}} {condition}", r"\frac{\partial h_t}{\partial h_{t-1}} = W",
                        head=BARE + "<!-- derivations: h_t : n -->\n")
    assert "a definition under a condition" in accounts[0].reason
    assert "h_t is not declared" in accounts[-1].reason


@pytest.mark.parametrize("condition", [r"\quad t \ge 1", r"\quad 1 \le t \le T", r", \quad t = 1, \ldots, T",
                                       r"\quad t \in \{1, \ldots, T\}", r"\text{ for all } t", r"\quad t > 0",
                                       r"\quad \text{where } y = v"])
def test_a_range_over_all_steps_is_no_condition(condition: str) -> None:
    account = displays(f"h_t = W h_{{t-1}} {condition}", head=BARE)[0]
    assert account.kind is Kind.DEFINITION, account.reason


@pytest.mark.parametrize("display", [r"x = y \text{ or } y = b", r"\text{it is false that } x = y",
                                     r"x = y \text{ unless } t > 1", r"\exists W: W x = y",
                                     r"x = y \text{ does not hold}",
                                     r"x = y \text{ otherwise}", r"x = y \quad \text{for some } t"])
def test_words_that_turn_a_formula_keep_it_from_being_read(display: str) -> None:
    accounts = displays(display)
    assert accounts
    assert not [account for account in accounts if account.kind in (Kind.CLAIM, Kind.DEFINITION)]
    assert accounts[0].kind is Kind.NOT_READ
