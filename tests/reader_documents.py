"""Small documents for tests of the reader: declarations that all share, and what became of their equations."""

from __future__ import annotations

from derivations import Model
from derivations.latex.reader.account import Account, Document, Kind
from derivations.latex.reader.document import understand
from derivations.latex.reader.scan import scan
from derivations.symbols import Expression

HEAD = r"""<!-- derivations:
W, A, B : n x n
U : n x m
x, y, b, v, w, q : n
u : m
a, c, L, \lambda : scalar
t, T, k, i, j : step
h_t, o_t : n
r_t : m
E_t : scalar
-->
"""
# The same, built by hand: nodes of models of one name are equal.
model = Model("doc")
n, m = model.dims("n m")
T, i, j, k, t = model.times("T i j k t")
W, A, B = (model.parameter(name, n, n) for name in "WAB")
U = model.parameter("U", n, m)
x, y, b, v, w, q = (model.parameter(name, n) for name in "xybvwq")
u = model.parameter("u", m)
a, c, L, lam = (model.parameter(name) for name in ("a", "c", "L", "lambda"))
h, o, r = model.inputs("h", n), model.inputs("o", n), model.inputs("r", m)
E = model.inputs("E")


BARE = "<!-- derivations:\nW, A : n x n\nx, y, b, q : n\na, c : scalar\n-->\n"
ROW, COLUMN = r"\frac{\partial h_t}{\partial h_{t-1}} = ", r"\operatorname{diag}(1 - h_t \odot h_t) "
NET = r"h_t = \tanh(W h_{t-1} + b)"


def read(body: str, head: str = HEAD) -> Document:
    return understand(scan((head + body, "markdown")), "doc")


def displays(*equations: str, head: str = HEAD) -> list[Account]:
    """What became of displays, one a line; the first stands in line 1 below the head."""
    return list(read("\n".join(f"$${equation}$$" for equation in equations) + "\n", head).accounts)


def line(account: Account, head: str = HEAD) -> int:
    """The line of an equation, counted from the head."""
    return account.place.line - head.count("\n")


def not_read(account: Account, equation: str) -> str:
    """The reason for which a display is not read, and from where on: its place is checked by what stands there."""
    assert account.kind is Kind.NOT_READ, account
    return equation[account.place.column - 3:]


def kinds(accounts: list[Account]) -> list[str]:
    return [str(account.kind) for account in accounts]


def right(account: Account) -> Expression:
    assert account.definition is not None, account.reason
    return account.definition.right


def claimed(account: Account) -> list[tuple[Expression, ...]]:
    """The sides of every reading."""
    assert account.claim is not None, account.reason
    return [tuple(one.cases[0].sides) for one in (account.claim, *account.claim.alternatives)]
