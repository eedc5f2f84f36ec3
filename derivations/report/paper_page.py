"""Everything there is to say of an equation of a document that makes no claim."""

from __future__ import annotations

from derivations.latex.reader.account import Account
from derivations.report.papers import located, said
from derivations.report.story import Row


def account_page(account: Account) -> tuple[str, list[Row]]:
    """A headline, and the rows beneath it."""
    rows = [Row("printed", account.statement.latex), Row("", said(account)),
            Row("file", located(account.statement.at))]
    return f"{account.statement.label or account.id}: {account.kind.value}", [row for row in rows if row.text]
