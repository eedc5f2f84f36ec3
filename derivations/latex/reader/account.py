"""What became of each equation of a document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from derivations.claim import Claim, Definition
from derivations.latex.reader.passages import Place
from derivations.latex.reader.statements import Statement
from derivations.model import Model


class Kind(StrEnum):
    """Every equation is one of these; only claims get a verdict, and what is not read counts as undecided."""

    CLAIM = "claim"
    DEFINITION = "definition"
    DECLARATION = "declaration"
    NOT_READ = "not read"
    NOT_CHECKABLE = "not checkable"  # ≈, ∝, an assignment
    ASIDE = "aside"  # in the running text: a condition or an example, not a statement of its own
    IGNORED = "ignored"


@dataclass(frozen=True)
class Account:
    """One equation: what it is, why it is not read, or the claim that it makes.

    ``said`` is what a reader must be told of it, whatever its verdict; ``unchanged`` the revision since which it means
    the same, where only what changed is checked.
    """

    statement: Statement
    kind: Kind
    id: str = ""
    reason: str = ""
    at: Place | None = None
    claim: Claim | None = None
    said: tuple[str, ...] = ()
    definition: Definition | None = None
    unchanged: str = ""

    @property
    def place(self) -> Place:
        """Where reading stopped, or where the equation stands."""
        return self.at or self.statement.at

    def as_not_read(self, reason: str, at: Place | None = None) -> Account:
        return replace(self, kind=Kind.NOT_READ, reason=reason, at=at, claim=None)


@dataclass(frozen=True)
class Document:
    """A document as it was read: its equations in order, the models that they speak of, and what is wrong with it."""

    file: str
    accounts: tuple[Account, ...]
    models: tuple[Model, ...]
    problems: tuple[tuple[str, Place], ...]
    layout: str = ""

    def of(self, kind: Kind) -> list[Account]:
        return [account for account in self.accounts if account.kind is kind]
