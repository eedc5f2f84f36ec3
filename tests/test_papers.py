"""Documents on the command line: every equation accounted for, one selected, the formats of the report."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from papers import CLAIMS, TEX, asked
from standin import GOOD, Checker, Write, checker, contrary, derivations, write

__all__ = ["checker", "write"]  # fixtures


@pytest.fixture
def paper(checker: Checker, write: Write) -> Path:
    return write("paper.tex", TEX)


# ---- every equation


def test_every_equation_is_told_where_it_stands(checker: Checker, paper: Path) -> None:
    checker.answers["paper.line-13"] = contrary
    result = derivations("check", "paper.tex")
    assert asked(checker) == list(CLAIMS)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("paper.tex  6 equations: 3 claims, 1 definition, 1 not read, 1 not checkable")
    told = [line[2:].split("  ")[:2] for line in lines if line[2:].startswith("paper.tex:")]
    assert told == [["paper.tex:5: eq:state", "definition"], ["paper.tex:9: eq:jac", "agrees"],
                    ["paper.tex:11: eq:input", "agrees"], ["paper.tex:13", "agrees"],
                    ["paper.tex:14: eq:bad", "not read"], ["paper.tex:16", "not checkable"]]
    assert "column 8: unknown command \\nowhere" in result.stdout


def test_what_is_not_read_is_not_decided(checker: Checker, paper: Path) -> None:
    assert derivations("check", "paper.tex").exit_code == 3
    assert derivations("check", "paper.tex", "-q").exit_code == 3
    assert "eq:bad" in derivations("check", "paper.tex", "-q").stdout


def test_a_document_in_which_all_is_read_and_as_expected(checker: Checker, write: Write) -> None:
    write("fine.tex", TEX.replace(r"\[ q = \nowhere{U} \label{eq:bad} \]", ""))
    assert derivations("check", "fine.tex").exit_code == 0


def test_a_problem_of_the_document_is_not_all_right(checker: Checker, write: Write) -> None:
    text = TEX.replace(r"\[ q = \nowhere{U} \label{eq:bad} \]", "")
    write("twice.tex", text.replace("Then\n", "Then $x_t \\in \\mathbb{R}^m$\n"))
    result = derivations("check", "twice.tex")
    assert result.exit_code == 3
    assert "twice.tex:7: x_t is declared as m here, and as n in twice.tex:3: the first counts" in result.stdout
    assert len(checker.asked) == 3  # the rest is checked


@pytest.mark.parametrize(("text", "words"), [
    ("", "no equations"), ("Only prose.\n", "no equations"), ("$$ h = 2 $$\n", "no claims: 1 equation: 1 definition"),
])
def test_a_document_without_claims_exits_3(checker: Checker, write: Write, text: str, words: str) -> None:
    write("note.md", text)
    result = derivations("check", "note.md")
    assert result.exit_code == 3
    assert result.stderr.startswith("note.md: no ")
    assert words in result.stderr


def test_several_documents_may_have_one_name(checker: Checker, write: Write) -> None:
    for folder in "ab":
        write(f"{folder}/paper.tex", TEX)
    write("own.py", GOOD, name="paper")
    result = derivations("check", "a/paper.tex", "b/paper.tex", "own.py", "./a/paper.tex")
    assert asked(checker) == [*CLAIMS, *CLAIMS, "paper.same", "paper.other"]
    assert result.stdout.count("a/paper.tex:9: eq:jac  agrees") == 1
    assert result.stdout.count("b/paper.tex:9: eq:jac  agrees") == 1


@pytest.mark.parametrize(("words", "message"), [
    (["folder"], "no claim or family is called 'folder'"),
    (["./folder"], "a folder; name the files in it"),
    (["folder.tex"], "is a folder: give a file that ends in"),
    (["none.tex"], "none.tex cannot be read: No such file"),
    (["paper.docx::x"], "not a Python file"),
    (["paper.tex::eq:jak"], "did you mean eq:jac"),
    (["paper.tex::999"], "expected a label, an id, or the line of an equation, such as 5"),
    (["paper.tex::eq:state"], "nothing to check in a definition"),
    (["paper.tex", "--format", "xml"], "'xml' is not one of"),
    (["paper.tex", "--format", "sarif", "--json"], "ask for different reports"),
])
def test_bad_targets_and_options(checker: Checker, paper: Path, words: list[str], message: str) -> None:
    Path("folder").mkdir()
    Path("folder.tex").mkdir()
    Path("paper.docx").write_text("", encoding="utf-8")
    result = derivations("check", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


# ---- one equation


@pytest.mark.parametrize(("pattern", "id"), [
    ("eq:jac", "paper.eq-jac"), ("paper.eq-jac", "paper.eq-jac"), ("eq-jac", "paper.eq-jac"),
    ("9", "paper.eq-jac"), ("10", "paper.eq-jac"), ("11", "paper.eq-input"), ("13", "paper.line-13"),
    ("line-13", "paper.line-13"), ("paper.line-13", "paper.line-13"), ("paper.tex:13", "paper.line-13"),
    ("*-jac", "paper.eq-jac"),
])
def test_one_equation(checker: Checker, paper: Path, pattern: str, id: str) -> None:
    result = derivations("check", f"paper.tex::{pattern}")
    assert asked(checker) == [id]
    assert result.exit_code == 0  # what is not read elsewhere was not asked for
    assert result.stdout.startswith("paper.tex  1 equation: 1 claim\n")


def test_several_equations_in_the_document_s_order(checker: Checker, paper: Path) -> None:
    result = derivations("check", "paper.tex::13", "paper.tex::eq:jac", "paper.tex::9")
    assert asked(checker) == ["paper.eq-jac", "paper.line-13"]
    assert result.exit_code == 0
    assert derivations("check", "paper.tex::eq:bad").exit_code == 3
    assert derivations("check", "paper.tex::13", "paper.tex").exit_code == 3


def test_the_line_of_the_opening_selects_the_whole_display(checker: Checker, paper: Path) -> None:
    derivations("check", "paper.tex::8")
    assert asked(checker) == ["paper.eq-jac", "paper.eq-input"]


def test_the_command_that_checks_again_selects_the_equation_alone(checker: Checker, paper: Path) -> None:
    checker.answers = dict.fromkeys(CLAIMS, contrary)
    record = json.loads(derivations("check", "paper.tex", "--json").stdout)
    assert [claim["id"] for claim in record["claims"]] == list(CLAIMS)
    text = derivations("check", "paper.tex").stdout
    commands = [line.split("again", 1)[1].strip() for line in text.splitlines() if line.startswith("    again")]
    checker.asked.clear()
    for command, id in zip(commands, CLAIMS, strict=True):
        assert derivations(*shlex.split(command)[1:]).exit_code == 1
        assert asked(checker)[-1:] == [id]
    assert len(checker.asked) == 3


def test_an_equation_of_a_file_that_is_brought_in(checker: Checker, write: Write) -> None:
    write("main.tex", "$A \\in \\mathbb{R}^{n \\times n}$\n\\input{parts/one}\n\\[ A + A = 2 A \\]\n")
    write("parts/one.tex", "\\[ A A = A^2 \\label{eq:square} \\]\n")
    checker.answers["main.eq-square"] = contrary
    text = derivations("check", "main.tex").stdout
    assert "parts/one.tex:1: eq:square  agrees" in text
    [again] = [line.split("again", 1)[1].strip() for line in text.splitlines() if line.startswith("    again")]
    assert shlex.split(again)[:3] == ["derivations", "check", "main.tex::main.eq-square"]
    for target in ("main.tex::main.eq-square", "main.tex::parts/one.tex:1"):
        checker.asked.clear()
        derivations("check", target)
        assert asked(checker) == ["main.eq-square"]


def test_a_cell_of_a_notebook(checker: Checker, write: Write) -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in (
        "$A \\in \\mathbb{R}^{n \\times n}$", "Words\n\n$$ A + A = 2 A $$\n\n$$ A + A = \\nowhere $$")]
    write("book.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    checker.answers["book.cell-2-line-3"] = contrary
    result = derivations("check", "book.ipynb::cell 2:3")
    assert asked(checker) == ["book.cell-2-line-3"]
    assert "book.ipynb:cell 2:3  agrees" in result.stdout
    log = json.loads(derivations("check", "book.ipynb", "--format", "sarif").stdout)
    found = log["runs"][0]["results"]
    assert [one["message"]["text"].split("\n")[0] for one in found] == [
        "book.ipynb:cell 2:3: agrees", "book.ipynb:cell 2:5: not read"]
    assert all("region" not in one["locations"][0]["physicalLocation"] for one in found)


# ---- list and show


def test_list_and_show(checker: Checker, paper: Path) -> None:
    assert derivations("list", "paper.tex").stdout.split() == list(CLAIMS)
    assert derivations("list", "paper.tex::9").stdout.split() == ["paper.eq-jac"]
    shown = derivations("show", "paper.tex::eq:jac")
    assert shown.exit_code == 0
    assert "∂h_t/∂h_{t-1} = diag(1_n - h_t ⊙ h_t) W" in shown.stdout
    everything = derivations("show", "paper.tex").stdout
    for word in (*CLAIMS, "paper.eq-state: a definition", "eq:bad: not read", "unknown command", "not checkable"):
        assert word in everything


def test_list_of_a_document_without_claims(checker: Checker, write: Write) -> None:
    write("note.md", "words")
    assert derivations("list", "note.md").exit_code == 2
    assert derivations("show", "note.md").exit_code == 2
