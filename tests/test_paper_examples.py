"""The two papers in examples/: every equation of the one holds, and the mistakes of the other are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivations.latex.reader.account import Account, Kind
from derivations.latex.reader.document import read
from derivations.verdict import Status
from numeric.batch import Request, verdict

PAPERS = Path(__file__).parent.parent / "examples" / "paper"
MISTAKES = {
    "eq:jacobian": Status.REFUTED, "eq:product": Status.REFUTED, "eq:bound": Status.REFUTED,
    "eq:weights": Status.REFUTED, "eq:backward": Status.REFUTED, "eq:four": Status.REFUTED,
    "eq:past": Status.REFUTED, "eq:forget-only": Status.REFUTED,
}
"""What was planted, by label."""
REPAIRS = {"eq:product": "first step", "eq:weights": "c_t → c_{t-1}", "eq:four": "tanh′", "eq:past": "o is held"}
NOT_CLAIMS = {"eq:inputs": Kind.NOT_READ, "eq:undeclared": Kind.NOT_READ, "eq:approximately": Kind.NOT_CHECKABLE}


def accounts(name: str) -> list[Account]:
    return list(read(PAPERS / name).accounts)


def claims(name: str) -> list[Account]:
    return [account for account in accounts(name) if account.kind is Kind.CLAIM]


@pytest.mark.parametrize("account", claims("gradients.tex"), ids=lambda account: account.id)
def test_every_equation_of_the_paper_is_proved(account: Account) -> None:
    assert account.claim is not None
    found = verdict(account.claim, Request(draws=16))
    assert (found.status, found.as_expected) == (Status.PROVED, True), found.reason


def test_nothing_of_the_paper_is_left_out() -> None:
    kinds = [account.kind for account in accounts("gradients.tex")]
    assert set(kinds) == {Kind.CLAIM, Kind.DEFINITION}
    assert (kinds.count(Kind.CLAIM), kinds.count(Kind.DEFINITION)) == (7, 12)
    assert not read(PAPERS / "gradients.tex").problems


@pytest.mark.parametrize("account", claims("mistakes.tex"), ids=lambda account: account.id)
def test_every_mistake_is_found(account: Account) -> None:
    assert account.claim is not None
    label = account.statement.label
    found = verdict(account.claim, Request(draws=16))
    assert (found.status, found.as_expected) == (MISTAKES[label], False), found.reason
    assert REPAIRS.get(label, "") in found.repair
    assert found.counterexample is not None


def test_the_mistakes_are_those_that_were_planted() -> None:
    found = {account.statement.label: account.kind for account in accounts("mistakes.tex")}
    assert {label for label, kind in found.items() if kind is Kind.CLAIM} == set(MISTAKES)
    assert {label: found[label] for label in NOT_CLAIMS} == NOT_CLAIMS


def test_a_paper_without_its_mistakes_would_be_noticed(tmp_path: Path) -> None:
    """The table above tells the planted text from one that was mended."""
    text = (PAPERS / "mistakes.tex").read_text(encoding="utf-8")
    mended = text.replace(r"\delta_t \vect{c}_t^\top", r"\delta_t \vect{c}_{t-1}^\top")
    assert mended != text
    (tmp_path / "mistakes.tex").write_text(mended, encoding="utf-8")
    [account] = [one for one in read(tmp_path / "mistakes.tex").accounts if one.statement.label == "eq:weights"]
    assert account.claim is not None
    assert verdict(account.claim, Request(draws=16)).status is Status.PROVED
