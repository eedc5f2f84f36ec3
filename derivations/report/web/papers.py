"""What a page says of a document beside its claims: the equations that have no verdict, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derivations.report.places import place
from derivations.report.run import Run

if TYPE_CHECKING:
    from derivations.latex.reader.account import Account, Document


@dataclass(frozen=True)
class Unjudged:
    """An equation without a verdict: where it stands, what it is, why, its LaTeX."""

    name: str
    kind: str
    words: str
    latex: str
    open: bool  # not read: it counts as undecided


@dataclass(frozen=True)
class Paper:
    """A document: how many equations of which kind it has, what is wrong with it, and its equations without verdict."""

    file: str
    tally: str
    problems: tuple[str, ...]
    rest: tuple[Unjudged, ...]


def papers(run: Run) -> list[Paper]:
    """The documents of a run."""
    return [_paper(document, run) for document in run.documents]


def _paper(document: Document, run: Run) -> Paper:
    from derivations.report.papers import located, tally, verdicts_of

    judged = verdicts_of(document, run.verdicts)
    rest = [account for account in document.accounts if account.claim is None or account.claim.id not in judged]
    return Paper(place(document.file), tally(document),
                 tuple(f"{located(at)}: {message}" for message, at in document.problems), tuple(_unjudged(rest)))


def _unjudged(accounts: list[Account]) -> Iterator[Unjudged]:
    from derivations.latex.reader.account import Kind
    from derivations.report.papers import SILENT, name, said, unmet

    for account in accounts:
        if account.kind not in SILENT:
            words = said(account) if account.claim is None else unmet(account)
            yield Unjudged(name(account), account.kind.value, words, account.statement.latex,
                           account.kind is Kind.NOT_READ)
