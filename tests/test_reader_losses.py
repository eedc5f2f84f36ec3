"""A reader or printer that loses a prime, a transpose, a minus or an order is noticed; and so are mutated formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from random import Random

import pytest
from laboratory import KINDS, expression, laboratory
from meaning_fuzz import tally
from meanings import Read, changed, form, read_back
from sympy import S

from derivations import sigma
from derivations.algebra import Stack
from derivations.latex import latex
from derivations.latex.reader import tree
from derivations.latex.reader.known import reading, scope_of
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.tree import NotRead, Tree
from derivations.recurrent import lstm, rnn
from derivations.symbols import Expression, Node

SCOPES = {model.name: scope_of(model) for model in (rnn, lstm)}
LABORATORY = scope_of(laboratory)
Lose = Callable[[Tree], Tree]


def test_mutated_formulas_keep_their_meaning() -> None:
    """At reduced size; ``make fuzz`` tries 100,000."""
    found = tally(0, 1500)
    assert found.tried == 1500
    assert found.wrong == []


def test_the_fuzzer_notices_a_reader_that_is_not_steady() -> None:
    def noticed(lose: Lose) -> int:
        return len(tally(0, 900, lambda text, scope: changed(text, scope, unsteady(lose))).wrong)

    counts = {name: noticed(lose) for name, lose in LOSSES.items() if lose is not _plus}
    assert min(counts.values()) > 2, counts
    # of immediate derivatives there are few
    assert changed(r"\frac{\partial^{+} \mathbf{c}_t}{\partial \mathbf{c}_{t-1}}", SCOPES["lstm"], unsteady(_plus))


def drops(lose: Lose) -> Read:
    """A reader before which something is lost in every tree."""
    def read(e: Tree, scope: Scope) -> Expression:
        return reading(everywhere(e, lose), scope)

    return read


def unsteady(lose: Lose) -> Read:
    """A reader that loses something in every second formula: once what is read, once what is read again."""
    turns = cycle((False, True))
    return lambda e, scope: (drops(lose) if next(turns) else reading)(e, scope)


def everywhere(e: Tree, change: Lose) -> Tree:
    """A tree with a change made at every place, inside first."""
    values = {}
    for name, value in vars(e).items():
        if isinstance(value, Tree):
            values[name] = everywhere(value, change)
        elif isinstance(value, tuple) and any(isinstance(item, Tree) for item in value):
            values[name] = tuple(everywhere(item, change) for item in value)
    out: Tree = change(replace(e, **values))
    return out


def _prime(e: Tree) -> Tree:
    return replace(e, primes=0) if isinstance(e, tree.Scripted) and e.primes and (e.sub or e.sup) else \
        e.base if isinstance(e, tree.Scripted) and e.primes else e


def _transpose(e: Tree) -> Tree:
    return e.base if isinstance(e, tree.Scripted) and isinstance(e.sup, tree.Letter) and e.sup.name == "top" else e


def _minus(e: Tree) -> Tree:
    return replace(e, signs=tuple("+" if sign == "-" else sign for sign in e.signs)) if isinstance(e, tree.Sum) else e


def _order(e: Tree) -> Tree:
    swapped = isinstance(e, tree.Product) and len(e.factors) == 2 and "/" not in e.signs \
        and not any(isinstance(factor, (tree.Fenced, tree.Word)) for factor in e.factors)
    return replace(e, factors=e.factors[::-1]) if isinstance(e, tree.Product) and swapped else e


def _plus(e: Tree) -> Tree:
    return tree.Letter("partial") if isinstance(e, tree.Scripted) and e.base == tree.Letter("partial") else e


LOSSES = {"a prime": _prime, "a transpose": _transpose, "a minus": _minus, "the order": _order, "∂⁺": _plus}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_a_reader_that_loses_a_sign_is_noticed(lose: Lose) -> None:
    """Many times: as another expression, not only as a formula that no longer types."""
    wrong, noticed, z = drops(lose), 0, Random("losses")
    drawn = [(expression(z, z.choice(KINDS), 3), LABORATORY) for _ in range(200)]
    shipped = [(e, SCOPES[model.name]) for model in (rnn, lstm) for claim in model.claims for e in claim.expressions]
    for e, scope in (*drawn, *shipped):
        try:
            again = read_back(latex(e), scope, wrong)
        except NotRead:
            continue
        noticed += form(again) != form(e)
    assert noticed > 4


def test_a_printer_that_loses_a_sign_is_noticed() -> None:
    """A tree that prints back to something with another meaning is what the property is about."""
    scope = SCOPES["lstm"]
    text = (r"\mathbf{B}_t - \operatorname{diag}(\sigma'(\mathbf{z}_{f,t})) \, (\mathbf{W}_f^{h})^{\top}"
            r" = \mathbf{W}_f^{h} \, \mathbf{W}_i^{h}")
    assert changed(text, scope) == []
    assert changed(text, scope, write=lambda e, profile: latex(e, profile).replace("'", ""))
    assert changed(text, scope, write=lambda e, profile: latex(e, profile).replace(r" - ", " + "))
    for lose in ("a prime", "a minus", "a transpose", "the order"):
        assert changed(text, scope, read=unsteady(LOSSES[lose])), lose


def test_forms_tell_apart_what_differs() -> None:
    """The comparison itself: it must not take different things for one."""
    A, B, x = laboratory.families["A", False], laboratory.families["B", False], laboratory.families["x", False]
    a, b, v = Node(A), Node(B), Node(x)
    assert form((a @ a.T) @ v) == form(a @ (a.T @ v))
    assert form(2 * (3 * v)) == form(6 * v)
    for one, other in ((a @ a.T, a.T @ a), (a + a.T, a.T + a), (a @ v, a.T @ v), (v, -v), (2 * v, 3 * v),
                       (sigma(v), sigma.prime(v)), (a @ b, a @ a @ b), (Stack(S.Zero, v, v), Stack(S.One, v, v))):
        assert form(one) != form(other)
