"""Proofs replayed at numbers: those of all that is shipped stand, and a proof that was tampered with does not."""

from __future__ import annotations

import pickle
import runpy
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from derivations import Model
from derivations.claim import EQUALITY
from derivations.proof import heads
from derivations.proof.prove import prove
from derivations.proof.trace import Line, Proof, Sides, Trace
from derivations.recurrent import lstm, rnn
from derivations.symbols import Node
from derivations.verdict import Status
from numeric.replay import replay

GALLERY = Path(__file__).parent.parent / "examples" / "derivations_gallery.py"
MODELS = [rnn, lstm, *(m for m in runpy.run_path(str(GALLERY)).values() if isinstance(m, Model))]
CLAIMS = {c.id: c for m in MODELS for c in m.claims if c.kind == EQUALITY and c.expect == "holds"}
PROOFS = {id: proof for id, claim in CLAIMS.items() if (proof := prove(claim)).status is Status.PROVED}
TAMPERED = ["rnn.chain.full", "rnn.jacobian", "lstm.state-gradient", "lstm.step-map", "lstm.state-product.defect",
            "softmax.jacobian", "layer.norm", "gru.step"]


def test_most_of_what_is_shipped_is_proved() -> None:
    assert len(PROOFS) >= 30


@pytest.mark.parametrize("id", PROOFS)
def test_every_shipped_proof_stands(id: str) -> None:
    assert replay(CLAIMS[id], PROOFS[id]) == []


@pytest.mark.parametrize("id", ["rnn.chain.full", "lstm.state-product.joint", "layer.norm"])
def test_a_trace_is_data(id: str) -> None:
    again = pickle.loads(pickle.dumps(PROOFS[id]))
    assert again == PROOFS[id]
    assert replay(CLAIMS[id], again, seed=3) == []


# ---- tampering: each change is made on both sides of a cell alike, so that the last line still looks proved

Change = Callable[[Trace], Trace]


def spots(t: Trace) -> Iterator[tuple[int, int]]:
    """Lines and cells in which both sides are the same and not zero."""
    for k, line in enumerate(t.lines):
        for q, cell in enumerate(line.cells):
            if cell.left == cell.right and cell.left:
                yield k, q


def with_terms(t: Trace, k: int, q: int, terms: tuple[Any, ...]) -> Trace:
    cells = list(t.lines[k].cells)
    cells[q] = replace(cells[q], left=terms, right=terms)
    return replace(t, lines=(*t.lines[:k], replace(t.lines[k], cells=tuple(cells)), *t.lines[k + 1 :]))


def on_a_monomial(change: Callable[[Trace, Any], Any]) -> Callable[[Trace], Trace | None]:
    """The first monomial that a change has something to say about, changed."""
    def tamper(t: Trace) -> Trace | None:
        for k, q in spots(t):
            terms = t.lines[k].cells[q].left
            for n, (f, c) in enumerate(terms):
                if (new := change(t, (f, c))) is not None:
                    return with_terms(t, k, q, (*terms[:n], new, *terms[n + 1 :]))
        return None
    return tamper


def coefficient(t: Trace, term: Any) -> Any:
    return term[0], term[1] + 1


def factor_dropped(t: Trace, term: Any) -> Any:
    f, c = term
    return (f[1:], c) if len(f) > 1 and isinstance(t.meanings[f[0][0]], (heads.Entry, heads.Value)) else None


def index_swapped(t: Trace, term: Any) -> Any:
    f, c = term
    for n, (h, ix) in enumerate(f):
        m = t.meanings[h]
        if isinstance(m, heads.Entry) and len(set(ix)) == 2 and m.row == m.col and not m.node.family.structure:
            return (*f[:n], (h, ix[::-1]), *f[n + 1 :]), c
    return None


def term_dropped(t: Trace) -> Trace | None:
    return next((with_terms(t, k, q, t.lines[k].cells[q].left[1:]) for k, q in spots(t)), None)


def step_shifted(t: Trace) -> Trace | None:
    """Every head of the last line that is a node at a step, one step later."""
    used = {h for cell in t.lines[-1].cells for f, _ in cell.left for h, _ in f}
    meanings = list(t.meanings)
    for h in used:
        m = meanings[h]
        if isinstance(m, heads.Entry) and m.node.step is not None:
            meanings[h] = replace(m, node=Node(m.node.family, m.node.step + 1))
    return None if tuple(meanings) == t.meanings else replace(t, meanings=tuple(meanings))


def range_shortened(t: Trace) -> Trace | None:
    meanings = tuple(replace(m, last=m.last - 1) if isinstance(m, (heads.Linked, heads.Summed)) else m
                     for m in t.meanings)
    return None if meanings == t.meanings else replace(t, meanings=meanings)


def function_exchanged(t: Trace) -> Trace | None:
    from derivations import cos, sigma, tanh
    other = {sigma: tanh, tanh: cos, cos: tanh}
    meanings = tuple(replace(m, function=other.get(m.function, m.function)) if isinstance(m, heads.Value) else m
                     for m in t.meanings)
    return None if meanings == t.meanings else replace(t, meanings=meanings)


def exponent_changed(t: Trace) -> Trace | None:
    meanings = tuple(replace(m, exponent=m.exponent - 1) if isinstance(m, heads.Power) else
                     replace(m, coefficient=m.coefficient * 2) if isinstance(m, heads.Exponential) else m
                     for m in t.meanings)
    return None if meanings == t.meanings else replace(t, meanings=meanings)


def cells_exchanged(t: Trace) -> Trace | None:
    """The sides of two cells of one shape, exchanged."""
    line = t.lines[-1]
    for q, a in enumerate(line.cells):
        for r, b in enumerate(line.cells[:q]):
            if len(a.at) == len(b.at) and a.left != b.left and set(widths(a)) == set(widths(b)):
                cells = list(line.cells)
                cells[q], cells[r] = (replace(x, left=y.left, right=y.right) for x, y in ((a, b), (b, a)))
                return replace(t, lines=(*t.lines[:-1], Line(line.rule, tuple(cells))))
    return None


def widths(cell: Sides) -> list[str]:
    return [str(part) for where in (cell.row, cell.col) for part in where if isinstance(part, tuple)]


def cell_dropped(t: Trace) -> Trace | None:
    cells = t.lines[-1].cells
    return replace(t, lines=(*t.lines[:-1], Line("", cells[1:]))) if len(cells) > 1 else None


def not_finished(t: Trace) -> Trace | None:
    """A last line in which one side has not become the other."""
    [*before, last] = t.lines
    cell = last.cells[0]
    return replace(t, lines=(*before, Line(last.rule, (replace(cell, right=cell.right[1:]), *last.cells[1:]))))


TAMPERING: dict[str, Callable[[Trace], Trace | None]] = {
    "a coefficient": on_a_monomial(coefficient), "a factor dropped": on_a_monomial(factor_dropped),
    "indices swapped": on_a_monomial(index_swapped), "a term dropped": term_dropped, "a step": step_shifted,
    "the end of a range": range_shortened, "a function": function_exchanged, "an exponent": exponent_changed,
    "cells exchanged": cells_exchanged, "a cell dropped": cell_dropped, "not finished": not_finished,
}


def tampered(id: str, change: Callable[[Trace], Trace | None]) -> list[Proof]:
    proof = PROOFS[id]
    found = [(k, new) for k, t in enumerate(proof.traces) if (new := change(t)) is not None]
    return [replace(proof, traces=(*proof.traces[:k], new, *proof.traces[k + 1 :])) for k, new in found]


@pytest.mark.parametrize("what", TAMPERING)
def test_a_tampered_proof_does_not_stand(what: str) -> None:
    found = [(id, proof) for id in TAMPERED for proof in tampered(id, TAMPERING[what])]
    assert found, "the change has nothing to change"
    for id, proof in found[:6]:
        assert replay(CLAIMS[id], proof), f"{what} in {id} was not noticed"


def test_the_proof_of_another_claim_does_not_stand() -> None:
    for id, other in (("lstm.A", "lstm.C"), ("lstm.C", "lstm.D"), ("rnn.chain.first-use", "rnn.chain.full")):
        assert replay(CLAIMS[id], PROOFS[other])


def test_a_line_of_another_proof_is_noticed() -> None:
    mine, other = PROOFS["lstm.A"].traces[0], PROOFS["lstm.C"].traces[0]
    shift = len(mine.meanings)
    moved = tuple((tuple((h + shift, ix) for h, ix in f), c) for f, c in other.lines[0].cells[0].left)
    assert all(not isinstance(m, (heads.Linked, heads.Summed)) for m in other.meanings)
    cell = replace(mine.lines[0].cells[0], left=moved, right=moved)
    meanings = (*mine.meanings, *(shifted(m, shift) for m in other.meanings))
    between = replace(mine, lines=(Line("", (cell,)), *mine.lines), meanings=meanings)
    [first, *_] = replay(CLAIMS["lstm.A"], replace(PROOFS["lstm.A"], traces=(between,)))
    assert (first.line, first.reason) == (0, "a side is not the claim's")


def shifted(m: heads.Meaning, by: int) -> heads.Meaning:
    """A head whose inner heads have other numbers."""
    if not isinstance(m, heads.Value):
        return m
    terms = tuple((tuple((h + by, ix) for h, ix in f), c) for f, c in m.argument.terms)
    return replace(m, argument=heads.Body(terms))


def test_what_is_not_covered_is_noticed() -> None:
    claim, proof = CLAIMS["rnn.state-product"], PROOFS["rnn.state-product"]
    [k] = {s for e in claim.expressions for s in e.steps}
    half = replace(proof.traces[0], when=(k - 3,))
    for traces in ((), (half,)):
        assert any("nothing is proved" in d.reason for d in replay(claim, replace(proof, traces=traces), draws=9))


def test_a_case_without_a_proof_is_noticed() -> None:
    proof = PROOFS["rnn.chain.full"]
    found = replay(CLAIMS["rnn.chain.full"], replace(proof, traces=proof.traces[:-1]))
    assert {d.reason for d in found} == {"nothing is proved of W"}


def test_zeros_are_no_evidence() -> None:
    m = Model("zeros")
    [n] = m.dims("n")
    v = m.parameter("v", n)
    claim = m.equal("nothing", v - v, 0 * v)
    [found] = replay(claim, prove(claim))
    assert "both sides are zero" in found.reason
