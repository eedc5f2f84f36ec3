"""What a report tells: stories, the screen at several widths, the page of one claim."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console
from verdicts import (
    AGREES,
    BROKEN,
    CLAIMS,
    EVERY,
    FAILS,
    FOUND,
    GOOD,
    OPEN,
    SHAPES,
    SURVIVES,
    SWEEP,
    WRONG,
    run,
    verdict,
)

from derivations.calculus import GRADIENT, IMMEDIATE, TOTAL, Use, d, grad, immediate, use
from derivations.claim import Claim
from derivations.model import Model
from derivations.recurrent import lstm
from derivations.report import Outcome, Run, outcome, page, print_report, story_text
from derivations.report.console import Level
from derivations.report.page import GLOSSARY, HELD, meanings
from derivations.report.record import run_record
from derivations.report.story import story
from derivations.report.words import MARKS, counts, expectation, headline
from derivations.verdict import Counterexample, Status


def screen(report: Run, level: Level = Level.NORMAL, width: int = 80, **more: Any) -> str:
    file = io.StringIO()
    print_report(Console(file=file, width=width, highlight=False, **more), report, level)
    return file.getvalue()


# ---- what a verdict means


def test_outcomes() -> None:
    assert [outcome(v) for v in EVERY] == [
        Outcome.EXPECTED, Outcome.EXPECTED, Outcome.EXPECTED, Outcome.CONTRARY, Outcome.CONTRARY, Outcome.EXPECTED,
        Outcome.OPEN, Outcome.OPEN, Outcome.BROKEN]


def test_what_is_not_decided_is_never_as_expected() -> None:
    for status in (Status.UNDECIDED, Status.VACUOUS):
        assert outcome(verdict("rnn.concat", status, True)) is Outcome.OPEN


def test_every_outcome_has_its_own_mark() -> None:
    assert len(set(MARKS.values())) == len(MARKS) == len(Outcome)


def test_headlines() -> None:
    assert [headline(v) for v in (GOOD, FAILS, WRONG, SURVIVES, OPEN)] == [
        "proved, as expected", "refuted, as expected where k ≥ 2", "refuted, but expected to hold",
        "agrees, but expected to fail always", "undecided, expected to hold"]
    assert expectation(CLAIMS["rnn.state-product.reversed"]) == "to fail where k ≥ 3 and n ≥ 2"


def test_counts_add_up_draws_and_name_what_needs_none() -> None:
    assert counts(GOOD) == "proof + 5,008 draws"
    assert counts(SHAPES) == "shape"
    assert counts(replace(AGREES, evidence=(replace(SWEEP, counts={"draws": 1}),))) == "1 draw"
    assert counts(replace(AGREES, evidence=(replace(SWEEP, outcome=Status.REFUTED),))) == "5,000 draws"
    assert counts(OPEN) == ""
    assert counts(replace(OPEN, evidence=(replace(SWEEP, outcome=Status.UNDECIDED),))) == ""  # they decided nothing


# ---- stories


def test_a_contrary_claim_has_its_whole_story() -> None:
    rows = {row.label: row.text for row in story(WRONG)}
    assert rows[""] == "refuted, but expected to hold"
    assert rows["reason"] == "expected to hold at n = 2, m = 1"
    assert rows["reading"] == "c_t = σ(W [c_{t-1}; x_t])"
    assert rows["at"] == "k = 3, n = 2, m = 1, row 1, column 2"
    assert (rows["left"], rows["right"], rows["difference"]) == ("0.25", "0.125", "0.125 ± 1e-30")
    assert rows["at fault"] == "the second factor"
    assert rows["numbers"] == "W = [[0.5, 1]]"
    assert rows["file"] == f"derivations/recurrent/rnn.py:{CLAIMS['rnn.concat'].line}"
    assert rows["again"] == "derivations check rnn.concat --sizes n=2,m=1 --seed 7"


def test_many_numbers_are_left_to_the_json() -> None:
    many = replace(WRONG, counterexample=replace(FOUND, leaves={"W": np.zeros((4, 4))}))
    assert "numbers" not in {row.label for row in story(many)}


def test_only_the_case_at_fault_is_read() -> None:
    contrary = replace(FAILS, as_expected=False)
    assert [row.text for row in story(contrary) if row.label == "reading"] == [
        "∂E_k/∂W_rec = ∂E_k/∂h_k ∂h_k/∂c_k (Π_{t=2}^{k} ∂c_t/∂c_{t-1}) ∂c_1/∂W_rec"]


def test_an_expected_refutation_is_told_in_one_sentence() -> None:
    [row] = story(FAILS)
    assert row.text == ("refuted, as expected where k ≥ 2; at k = 3, n = 2, m = 1, row 1, column 2, W_rec: "
                        "left − right = 0.125 ± 1e-30; the second factor; holds at k = 1")
    [row] = story(SHAPES)
    assert row.text == "refuted, as expected where n ≥ 2; 2 × 1 and 2 × 2"
    path = replace(FAILS, counterexample=Counterexample(term="path c → h → c"), holds_where="")
    assert story(path)[0].text == "refuted, as expected where k ≥ 2; path c → h → c"


def test_an_open_claim_says_why_and_how_to_ask_again() -> None:
    rows = {row.label: row.text for row in story(OPEN, seed=3)}
    assert rows["reason"] == "precision ran out at 2048 bits"
    assert rows["again"] == "derivations check rnn.state-product --seed 3"


def test_a_claim_of_a_file_is_asked_for_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    claim = replace(CLAIMS["rnn.chain"], file=str(tmp_path / "my page.py"))
    wanted = "derivations check 'my page.py::rnn.chain' --sizes n=2,m=1 --seed 7"
    contrary = replace(FAILS, claim=claim, as_expected=False)
    assert story(contrary)[-1].text == wanted
    assert run_record(run(contrary))["claims"][0]["counterexample"]["command"] == wanted


def test_plain_text_for_pytest() -> None:
    text = story_text(WRONG, seed=3)
    assert text.startswith("rnn.concat: refuted, but expected to hold\n")
    assert "  difference  0.125 ± 1e-30\n" in text
    assert "sweep" in text
    assert "\x1b" not in text


# ---- the screen


def test_one_line_a_claim_where_there_is_room() -> None:
    lines = screen(run(GOOD, AGREES), width=150).splitlines()
    [line] = [line for line in lines if "lstm.state-gradient" in line]
    assert re.fullmatch(r"✓ lstm\.state-gradient +∂c_t/∂c_\{t-1\} = A_t \+ B_t \+ C_t \+ D_t +proved +t ≥ 2 +"
                        r"proof \+ 5,008 draws", line)


def test_the_columns_are_aligned_also_under_accents() -> None:
    several = [replace(GOOD, claim=claim) for claim in lstm.claims]
    for width in (80, 120, 200):
        lines = [line for line in screen(run(*several), width=width).splitlines() if line.startswith("✓ lstm")]
        assert len(lines) == len(several)
        assert len({cell_len(line[:line.index("  proved")]) for line in lines}) == 1


@pytest.mark.parametrize("width", [20, 60, 80, 100, 130, 200])
def test_no_id_and_no_command_is_cut_and_lines_fit(width: int) -> None:
    many = [replace(v, claim=claim) for v, claim in zip(EVERY * 5, CLAIMS.values(), strict=False)]
    text = screen(run(*many), width=width)
    words = set(text.split())
    assert {v.claim.id for v in many} <= words
    assert "  derivations check rnn.loss-sum --sizes n=2,m=1 --seed 7" in screen(
        run(replace(WRONG, claim=CLAIMS["rnn.loss-sum"])), width=width)
    if width >= 80:
        assert [line for line in text.splitlines() if cell_len(line) > width and "derivations check" not in line] == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_the_equation_moves_below_where_it_has_no_room() -> None:
    long = replace(GOOD, claim=CLAIMS["lstm.product-rule"])
    lines = screen(run(long), width=80).splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("✓ lstm.product-rule"))
    assert "∂" not in lines[at]
    assert lines[at + 1].startswith("    ∂c_t/∂c_{t-1} = diag(c_{t-1})")
    assert lines[at + 1].endswith("…")


def test_without_timing_no_second_is_left() -> None:
    texts = {screen(run(*(replace(v, seconds=s) for v in EVERY), seconds=None), Level.VERBOSE) for s in (0.1, 0.2)}
    assert len(texts) == 1
    assert not re.search(r"seconds|\d s\b", texts.pop())
    assert re.search(r"seconds|\d s\b", screen(run(*EVERY), Level.VERBOSE))


def test_no_machine_path_is_left() -> None:
    assert str(Path(__file__).resolve().parent.parent) not in screen(run(*EVERY), Level.VERBOSE)


def test_levels() -> None:
    quiet, normal, verbose = (screen(run(*EVERY), level) for level in Level)
    contrary = ["rnn.concat", "lstm.D.misprint", "rnn.state-product", "rnn.loss-sum", "lstm.step-map"]
    assert re.findall(r"^[✓✗?!] ([\w.-]+\.\S+)", quiet, re.MULTILINE) == contrary
    assert re.findall(r"^[✓✗?!] ([\w.-]+\.\S+)", normal, re.MULTILINE) == [v.claim.id for v in EVERY]
    assert "false accept = 1e-32" in verbose
    assert "false accept" not in normal
    for text in (quiet, normal, verbose):
        assert "9 claims: proved 1, agrees 2, refuted 3, undecided 2, vacuous 1" in text


def test_verdicts_are_words_and_marks_and_not_colours_alone() -> None:
    for v in EVERY:
        text = screen(run(v), width=150)
        assert re.search(rf"^{re.escape(MARKS[outcome(v)])} {re.escape(v.claim.id)} .*{v.status}", text, re.MULTILINE)
        assert "\x1b" not in text
    for v in (FAILS, WRONG, SURVIVES, OPEN, BROKEN):
        assert headline(v) in screen(run(v), width=150)


def test_colours_are_for_terminals() -> None:
    coloured = screen(run(WRONG), force_terminal=True, color_system="standard")
    assert "\x1b[1;31m" in coloured
    plain_text = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert plain_text == screen(run(WRONG))
    assert not re.search(r"\x1b\[[\d;]*3\dm", screen(run(WRONG), force_terminal=True, no_color=True))


def test_text_is_never_markup() -> None:
    strange = replace(WRONG, reason="[bold]entry[/bold] [0]")
    assert "[bold]entry[/bold] [0]" in screen(run(strange))


def test_the_summary() -> None:
    text = screen(run(GOOD, AGREES))
    assert "✓ all as expected" in text
    assert "seed 7 · 1,000 draws a claim · 2.5 s" in text
    assert "again: derivations check --seed 7" in text
    text = screen(run(GOOD, WRONG, interrupted=True, selected=5))
    assert "✓ 1 as expected\n✗ 1 contrary to expectation\n" in text
    assert "interrupted: 3 claims of 5 not checked" in text


# ---- the page of one claim


def net() -> Model:
    m = Model("net")
    [n] = m.dims("n")
    [t] = m.times("t")
    W, x, c = m.parameter("W", n, n), m.input("x", n), m.sequence("c", n, "state")
    A = m.let("A", W @ c[t - 1])
    c[t] = A + x
    e = m.node("e", x.T @ c[3])
    m.equal("total", d(c[t], x), d(c[t], x), given=t >= 2)
    m.equal("held", d(c[t], x, hold=c), d(c[t], x))
    m.equal("immediate", immediate(c[t], x), immediate(c[t], x), fails=n >= 2)
    m.equal("gradient", grad(e, x), grad(e, x))
    m.equal("use", d(c[t], use(W, 1)), d(c[t], use(W, 1)))
    m.equal("hidden", A, W @ c[t - 1])
    return m


@pytest.mark.parametrize(("id", "words"), [
    ("total", [TOTAL.name]), ("held", [TOTAL.name, HELD]), ("immediate", [IMMEDIATE.name]),
    ("gradient", [GRADIENT.name]), ("use", [TOTAL.name, Use.__name__]), ("hidden", []),
])
def test_the_glossary_explains_what_occurs_and_nothing_else(id: str, words: list[str]) -> None:
    claim = next(claim for claim in net().claims if claim.local_id == id)
    assert meanings(claim.cases[0].expressions) == words
    rows = page(claim)[1]
    assert [row.text for row in rows if row.label == "meaning"] == [GLOSSARY[word] for word in words]


def test_the_page_of_a_claim() -> None:
    headline_, rows = page(CLAIMS["lstm.state-gradient"])
    assert headline_ == "lstm.state-gradient: equality"
    labels = list(dict.fromkeys(row.label for row in rows))
    order = ["printed", "reading", "LaTeX", "where", "meaning", "range", "expected", "source", "file"]
    assert labels == [label for label in order if label in labels]
    where = [row.text for row in rows if row.label == "where"]
    assert where[1] == "B_t = diag(f_t)"
    assert "z_{f,t} = W_f [h_{t-1}; x_t]" in where[4:]
    found = {row.label: row.text for row in rows}
    assert found["range"] == "t ≥ 2"
    assert found["expected"] == "to hold"
    assert found["file"] == f"derivations/recurrent/lstm.py:{CLAIMS['lstm.state-gradient'].line}"
    given = {row.label: row.text for row in page(net().claims[0])[1]}
    assert given["given"] == "t ≥ 2"


def test_the_page_of_a_definition() -> None:
    state = next(d for d in lstm.definitions if d.id == "lstm.state")
    headline_, rows = page(state)
    assert headline_ == "lstm.state: a definition"
    assert rows[0].text == "c_t = c_{t-1} ⊙ f_t + c̃_t ⊙ i_t"
    assert not isinstance(state, Claim)
