"""The equations of documents on the terminal and in JSON: every one accounted for, in the document's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from derivations.latex import text
from derivations.latex.reader.account import Account, Document, Kind
from derivations.latex.reader.passages import Place
from derivations.report.places import place
from derivations.verdict import Verdict

SILENT = (Kind.DECLARATION, Kind.ASIDE, Kind.IGNORED)  # told when everything is asked for

COUNTED = (Kind.CLAIM, Kind.DEFINITION, Kind.DECLARATION, Kind.ASIDE)  # nouns: 2 claims, but 2 not read


def located(at: Place) -> str:
    """``paper.tex:41``, in a notebook ``paper.ipynb:cell 3:2``."""
    return f"{place(at.file)}:cell {at.cell}:{at.line}" if at.cell else f"{place(at.file)}:{at.line}"


def name(account: Account) -> str:
    """Where an equation stands, and its label."""
    at = located(account.statement.at)
    return f"{at}: {account.statement.label}" if account.statement.label else at


def said(account: Account) -> str:
    """What is told of an equation that has no verdict."""
    if account.kind is Kind.NOT_READ:
        return f"column {account.place.column}: {account.reason}" if account.place.line == account.statement.at.line \
            else f"line {account.place.line}, column {account.place.column}: {account.reason}"
    if account.reason:
        return account.reason
    if account.definition is not None:
        return "; ".join(filter(None, [text(account.definition), *account.said]))
    return "; ".join(account.said)


def unread(documents: Iterable[Document]) -> list[Account]:
    """The equations that were not read: each counts as undecided."""
    return [account for document in documents for account in document.of(Kind.NOT_READ)]


def claimless(documents: Iterable[Document]) -> list[Document]:
    """The documents of which nothing was checked, as no equation makes a claim; one that is not read might."""
    return [document for document in documents
            if not any(account.kind in (Kind.CLAIM, Kind.NOT_READ) for account in document.accounts)]


def problems(documents: Iterable[Document]) -> list[tuple[str, Place]]:
    """What could not be made sense of in documents: an equation may be lost there, so nothing is all right."""
    return [problem for document in documents for problem in document.problems]


def verdicts_of(document: Document, verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """The verdicts on a document's claims, by id; another document may have the same ids."""
    models = {id(model) for model in document.models}
    return {verdict.claim.id: verdict for verdict in verdicts if id(verdict.claim.model) in models}


def unmet(account: Account) -> str:
    """Why a claim has no verdict in a run."""
    return f"means the same as at {account.unchanged}: not checked" if account.unchanged else "not checked"


def tally(document: Document) -> str:
    """``12 equations: 5 claims, 6 definitions, 1 not read``."""
    counts = Counter(account.kind for account in document.accounts)
    shown = [f"{counts[kind]} {_plural(kind, counts[kind])}" for kind in Kind if counts[kind]]
    same = sum(bool(account.unchanged) for account in document.accounts)
    shown += [f"{same} unchanged"] if same else []
    total = len(document.accounts)
    return f"{total} equation{'' if total == 1 else 's'}" + (f": {', '.join(shown)}" if shown else "")


def _plural(kind: Kind, count: int) -> str:
    return kind.value + ("s" if count != 1 and kind in COUNTED else "")


def document_record(document: Document, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """A document as JSON: what became of each equation, with its place; verdicts stand with the claims."""
    return {
        "file": place(document.file),
        "layout": document.layout,
        "problems": [{"line": at.line, "column": at.column, "file": place(at.file), "message": message}
                     for message, at in document.problems],
        "equations": [equation_record(account, verdicts) for account in document.accounts],
    }


def equation_record(account: Account, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    at, claim = account.statement.at, account.claim
    verdict = verdicts.get(claim.id) if claim is not None else None
    return {
        "file": place(at.file), "line": at.line, "column": at.column, "cell": at.cell or None,
        "label": account.statement.label or None, "display": account.statement.display,
        "kind": account.kind.value, "claim": claim.id if claim is not None else None,
        "verdict": verdict.status.value if verdict is not None else None,
        "unchanged_since": account.unchanged or None,
        "read_as": list(verdict.claim.read_as) if verdict is not None else [],
        "reason": account.reason or None, "said": list(account.said),
        "at": {"line": account.place.line, "column": account.place.column} if account.reason else None,
        "latex": account.statement.latex,
    }
