"""Stamps: what they say, when they go stale, and that an edited file is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sympy import oo

from derivations import Model, __version__, diag, grad, had, norm, sigma, tanh, vanishing
from derivations.claim import Claim, Definition, Remark
from derivations.digest import meaning
from derivations.latex import Stamp, fragment, notation_sty, read_stamps
from derivations.latex.stamp import body, intact, sealed
from derivations.recurrent import lstm, rnn


def world(name: str = "net", *, f: Any = sigma, before: bool = False, size: Any = None, last: int = 0,
          structure: tuple[str, ...] = (), more: bool = False) -> SimpleNamespace:
    """A small model, varied: another activation, another order of lines, another shape."""
    w = Model(name, title="whatever", source="somewhere")
    n, m = w.dims("n m")
    t, k = w.times("t k")
    W = w.parameter("W", n, n, structure=structure)
    x = w.inputs("x", n)
    c = w.sequence("c", n, "state")
    A = w.let("A", diag(x[t])) if before else None
    c[t] = f(W @ c[t - 1] + x[t]) if not more else f(W @ c[t - 1] + x[t] + x[t])
    h = w.sequence("h", n, "output")
    h[t] = tanh(c[t])
    A = A or w.let("A", diag(x[t]))
    return SimpleNamespace(w=w, n=n, m=m, t=t, k=k, W=W, x=x, c=c, h=h, A=A)


def claim(s: SimpleNamespace, **said: Any) -> Claim:
    return s.w.equal("one", s.h[s.t], tanh(s.c[s.t]), **said)


BASE = meaning(claim(world()))

SAME: dict[str, Callable[[], Claim]] = {
    "another order of definitions": lambda: claim(world(before=True)),
    "another source": lambda: claim(world(), source="elsewhere"),
    "another printed form": lambda: claim(world(), printed=r"h(t) = \ldots"),
    "another expectation": lambda: claim(world(), fails=True),
    "another file and line": lambda: replace(claim(world()), file="other.py", line=7),
    "another id": lambda: replace(claim(world()), id="net.two"),
    "an abbreviation for a part": lambda: (lambda s: s.w.equal("one", s.h[s.t], s.w.let("T", tanh(s.c[s.t]))))(world()),
}
OTHER: dict[str, Callable[[], Claim]] = {
    "a definition that it leads to": lambda: claim(world(f=tanh)),
    "a term in a definition": lambda: claim(world(more=True)),
    "an assumption on steps": lambda: (lambda s: claim(s, given=s.t >= 2))(world()),
    "an assumption on values": lambda: (lambda s: claim(s, given=norm(s.W) <= 1))(world()),
    "a declared structure": lambda: claim(world(structure=("symmetric",))),
    "an assumption of the model": lambda: (lambda s: (s.w.assume(s.n >= 2), claim(s))[1])(world()),
    "the sides": lambda: (lambda s: s.w.equal("one", s.h[s.t], sigma(s.c[s.t])))(world()),
    "the order of the sides": lambda: (lambda s: s.w.equal("one", tanh(s.c[s.t]), s.h[s.t]))(world()),
    "a step": lambda: (lambda s: s.w.equal("one", s.h[s.t + 1], tanh(s.c[s.t])))(world()),
    "the kind": lambda: (lambda s: s.w.bound("one", s.h[s.t] <= tanh(s.c[s.t])))(world()),
    "another model's node": lambda: claim(world("other")),
    "a product": lambda: (lambda s: s.w.equal("one", s.h[s.t], had(s.c[s.t], s.x[s.t])))(world()),
    "its factors in another order": lambda: (lambda s: s.w.equal("one", s.h[s.t], had(s.x[s.t], s.c[s.t])))(world()),
}


@pytest.mark.parametrize("made", SAME.values(), ids=list(SAME))
def test_what_is_no_part_of_the_meaning(made: Callable[[], Claim]) -> None:
    assert meaning(made()) == BASE


def test_every_change_of_meaning_changes_the_digest() -> None:
    found = {name: meaning(made()) for name, made in OTHER.items()} | {"the base": BASE}
    assert len(set(found.values())) == len(found)


def test_what_a_limit_tends_along_is_meant() -> None:
    s = world()
    one = s.w.tends("one", norm(s.h[s.t]), 0, along=s.t)
    grows = s.w.tends("two", norm(s.h[s.t]), oo, along=s.t)
    driven = s.w.tends("three", norm(s.h[s.t]), 0, along=s.t, given=vanishing(s.x[s.t]))
    assert len({meaning(one), meaning(grows), meaning(driven)}) == 3


def test_definitions_and_remarks() -> None:
    s = world()
    first = {item.id: meaning(item) for item in s.w.definitions}
    assert first == {item.id: meaning(item) for item in world(before=True).w.definitions}
    changed = {item.id: meaning(item) for item in world(f=tanh).w.definitions}
    assert {id for id in first if first[id] != changed[id]} == {"net.state"}
    assert meaning(Remark("a", "One  sentence.")) == meaning(Remark("b", "One sentence."))
    assert meaning(Remark("a", "One sentence.")) != meaning(Remark("a", "Another."))
    a, b = (Definition("a", s.w.let(name, s.W), s.W) for name in "PQ")
    assert meaning(a) != meaning(b)  # W by another name


def test_shipped_claims_have_digests_of_their_own() -> None:
    claims = [*rnn.claims, *lstm.claims]
    found: dict[str, list[str]] = {}
    for one in claims:
        found.setdefault(meaning(one), []).append(one.id)
    twins = [ids for ids in found.values() if len(ids) > 1]
    assert twins == [["rnn.step-gradient", "rnn.step-gradient.unbounded"]]  # one claim, refuted by two witnesses


def test_the_digest_is_the_same_in_every_process() -> None:
    code = ("from derivations.digest import meaning\nfrom derivations.recurrent import lstm, rnn\n"
            "print(*[meaning(x) for m in (rnn, lstm) for x in (*m.claims, *m.definitions)])")
    printed = {subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
                              capture_output=True, text=True).stdout for seed in ("1", "2")}
    assert len(printed) == 1
    here = " ".join(meaning(x) for m in (rnn, lstm) for x in (*m.claims, *m.definitions))
    assert printed == {here + "\n"}


def test_a_gradient_and_a_derivative_have_two_digests() -> None:
    s = world()
    E = s.w.node("E", norm(s.h[3]) ** 2)
    one = s.w.equal("a", grad(E, s.W), grad(E, s.W, hold=s.h))
    two = s.w.equal("b", grad(E, s.W, hold=s.h), grad(E, s.W))
    assert meaning(one) != meaning(two)


# ---- stamps in texts


def test_a_stamp_is_read_back() -> None:
    one = claim(world())
    stamp = Stamp("net.one", "proved", seed=3, meaning=meaning(one))
    text = fragment(one, stamp=stamp)
    [found] = read_stamps(text)
    assert replace(found, body="", line=0) == stamp
    assert (found.version, found.line, len(found.body)) == (__version__, 3, 16)
    [blank] = read_stamps(fragment(one))
    assert (blank.verdict, blank.seed, blank.meaning) == ("not-checked", None, BASE)


def test_stamps_of_a_paper_with_their_lines() -> None:
    one, two = fragment(claim(world())), fragment(claim(world("other")))
    paper = f"Text.\r\n\r\n{one}\nMore text.\n  {two}"
    assert [(stamp.id, stamp.line) for stamp in read_stamps(paper)] == [("net.one", 5), ("other.one", 14)]


@pytest.mark.parametrize("line", [
    "% derivations-stamp:", "% derivations-stamp: id=a", "% derivations-stamp: verdict=proved",
    "% derivations: W : n x n",
    "text % derivations-stamp: id=a verdict=proved", "", "% derivations-stamp: id= verdict=proved",
])
def test_what_is_no_stamp(line: str) -> None:
    assert read_stamps(line) == []


def test_odd_words_in_a_stamp_do_no_harm() -> None:
    [found] = read_stamps("% derivations-stamp: id=a verdict=b seed=-1 meaning version=\u0663 more=1 =x")
    assert (found.seed, found.meaning, found.version) == (None, "", "\u0663")
    [found] = read_stamps("% derivations-stamp: id=a verdict=b seed=" + "9" * 5000)
    assert found.seed is None


# ---- the seal

EDITS: dict[str, Callable[[str], str]] = {
    "a sign": lambda s: s.replace("+", "-", 1) if "+" in s else s.replace("=", r"\neq", 1),
    "the verdict": lambda s: s.replace("verdict=proved", "verdict=agrees"),
    "the seed": lambda s: s.replace("seed=0", "seed=1"),
    "the meaning": lambda s: s.replace("meaning=", "meaning=0"),
    "the label": lambda s: s.replace(r"\label{eq:", r"\label{eq:my."),
    "a line more": lambda s: s.replace(r"\end{equation}", "\\nonumber\n\\end{equation}"),
    "a comment": lambda s: s + "% mine\n",
    "the source": lambda s: s.replace("somewhere", "elsewhere"),
    "the digest itself": lambda s: s.replace("body=", "body=f"),
    "no digest": lambda s: s.partition(" body=")[0] + "\n" + s.partition(" body=")[2].partition("\n")[2],
    "no stamp": lambda s: "\n".join(line for line in s.split("\n") if "derivations-stamp" not in line),
    "a blank inside": lambda s: s.replace("= ", "=  ", 1) if "= " in s.partition("begin")[2] else s.replace("{", "{ "),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_an_edited_fragment_is_noticed(edit: Callable[[str], str]) -> None:
    text = fragment(claim(world()), stamp=Stamp("net.one", "proved", seed=0, meaning=BASE))
    assert intact(text)
    assert edit(text) != text
    assert not intact(edit(text))


@pytest.mark.parametrize("edit", [
    lambda s: s.replace("\n", "\r\n"), lambda s: s.replace("\n", "  \n"), lambda s: s.rstrip("\n"),
    lambda s: s + "\n\n",
], ids=["line ends", "blanks at line ends", "no last line end", "empty lines at the end"])
def test_what_editors_and_git_do_by_themselves_is_no_edit(edit: Callable[[str], str]) -> None:
    assert intact(edit(fragment(claim(world()))))
    assert intact(edit(notation_sty()))


def test_other_texts_are_not_ours() -> None:
    for text in ("", "\\begin{equation}\n\\end{equation}\n", "% derivations-stamp: body=", "% derivations-file:"):
        assert not intact(text)
    plain = "% derivations-file: id=a\nx"
    assert sealed(plain) == plain.replace("\n", f" body={body(plain)}\n")
