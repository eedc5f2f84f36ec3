"""Bad documents and sidecars: a message with its place, the rest checked, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from standin import Checker, Write, checker, derivations, write

__all__ = ["checker", "write"]  # fixtures

BEFORE = "$A \\in \\mathbb{R}^{n \\times n}$, $x_t \\in \\mathbb{R}^n$\n\n$$ A + A = 2 A $$\n\n"  # lines 1 to 4
AFTER = "\n\n$$ A A = A^2 $$\n"

# What stands between two equations that are fine, and where the message about it begins.
FAULTS = {
    "braces": ("$$ A = {A $$", "5", "{ is not closed"),
    "closing brace": ("$$ A + A} = A $$", "5", "}"),
    "fraction": ("$$ A = \\frac{A} $$", "5", "column"),
    "unknown command": ("$$ A = \\nowhere $$", "5", "unknown command \\nowhere"),
    "undeclared": ("$$ A q = A $$", "5", "q is not declared"),
    "shapes": ("$$ x_t x_t = A $$", "5", "x_t"),
    "environment": ("$$ \\begin{bmatrix} A \\end{pmatrix} = A $$", "5", "column"),
    "script": ("$$ A^^2 = A $$", "5", "column"),
    "depth": ("$$ " + "(" * 5000 + "A = A $$", "5", "column"),
    "nothing": ("$$ = A $$", "5", "column"),
    "unclosed fence": ("$$ \\left( A = A $$", "5", "column"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["md", "tex"])
def test_one_faulty_equation_loses_no_other(checker: Checker, write: Write, fault: str, kind: str) -> None:
    text, line, words = FAULTS[fault]
    write(f"paper.{kind}", BEFORE + text + AFTER)
    result = derivations("check", f"paper.{kind}")
    assert [id for id, _ in checker.asked] == ["paper.line-3", "paper.line-7"], result.output
    assert result.exit_code == 3
    assert f"? paper.{kind}:{line}  not read" in result.stdout
    assert words in " ".join(result.stdout.split())
    assert result.stderr == ""


PROBLEMS = {
    "dollars": ("md", "Costs $$ only\n", 5, "not closed"),
    "tex environment": ("tex", "\\begin{equation} A = A\n", 5, "not closed"),
    "recursion": ("tex", "\\newcommand{\\a}{\\b}\\newcommand{\\b}{\\a}\n", 5, "is defined by itself"),
    "missing input": ("tex", "\\input{nothing}\n", 5, "there is no file nothing.tex"),
    "two shapes": ("md", "$x_t \\in \\mathbb{R}^m$\n", 5, "declared as m here, and as n in"),
    "directive": ("md", "<!-- derivations: x_t -> n -->\n", 5, "expected NAMES : SHAPE"),
    "directive, label": ("md", "<!-- derivations: ignore: eq:nope -->\n", 5, "no equation has the label"),
    "three axes": ("md", "$B \\in \\mathbb{R}^{n \\times n \\times n}$\n", 5, "3 axes"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_told_with_its_place_and_the_rest_is_checked(checker: Checker, write: Write, name: str) -> None:
    kind, text, line, words = PROBLEMS[name]
    write(f"paper.{kind}", BEFORE + text + AFTER)
    result = derivations("check", f"paper.{kind}")
    assert "paper.line-3" in [id for id, _ in checker.asked], result.output
    assert result.exit_code == 3
    told = [row for row in result.stdout.splitlines() if row.startswith(f"! paper.{kind}:{line}: ")]
    assert told
    assert words in told[0]


# ---- sidecars

SIDECARS = {
    "not TOML": ("declare = ['A : n x n',\n", 2, "not TOML"),
    "not TOML, first line": ("declare = \n", 1, "not TOML"),
    "unknown key": ("# first\ncolour = 1\n", 2, "the key 'colour' is not known: expected one of scopes, declare"),
    "a number": ("layout = 3\n", 1, "layout: expected text between quotes, or a list of such, not 3"),
    "a table": ("[declare]\nA = 'n'\n", 1, "declare: expected text between quotes"),
    "a list in a list": ("declare = [\n  'q : n',\n  ['r : n'],\n]\n", 3, "declare: expected text between quotes"),
    "no shape": ("declare = [\n  'q : n',\n  'r',\n]\n", 3, "expected NAMES : SHAPE"),
    "a shape that is none": ("declare = [\n  'q : n x n x n',\n]\n", 2, "expected scalar, n, n x m or 1 x n"),
    "a formula that is none": ("declare = [\n  '\\frac{ : n',\n]\n", 2, "\\frac{ : n"),
    "a layout": ("layout = 'sideways'\n", 1, "a layout 'sideways': expected one of gradient"),
    "a label": ("\nfails = ['eq:nope']\n", 2, "fails: no equation has the label, or the line, 'eq:nope'"),
    "a condition": ("given = 'eq:a: A > '\n", 1, "given eq:a"),
    "two shapes": ("declare = 'A : n'\n", 0, "is declared as"),
    "deep": ("declare = " + "[" * 5000 + "\n", 1, "not TOML"),
}


@pytest.mark.parametrize("name", SIDECARS)
def test_a_sidecar_that_is_wrong(checker: Checker, write: Write, name: str) -> None:
    text, line, words = SIDECARS[name]
    write("paper.md", BEFORE + AFTER)
    write("paper.derivations.toml", text)
    result = derivations("check", "paper.md")
    assert result.exit_code == 3
    told = [row for row in result.stdout.splitlines() if row.startswith("! ")]
    assert words in told[0]
    if line:
        assert told[0].startswith(f"! paper.derivations.toml:{line}: ")
        assert [id for id, _ in checker.asked] == ["paper.line-3", "paper.line-7"]


def test_a_scope_that_begins_nowhere(checker: Checker, write: Write) -> None:
    write("paper.md", BEFORE + AFTER)
    write("paper.derivations.toml", "scopes = ['Nothing']\n")
    result = derivations("check", "paper.md")
    assert (result.exit_code, len(checker.asked)) == (3, 2)
    assert "no heading is called 'Nothing'" in result.stdout


@pytest.mark.parametrize("data", [b"declare = ['A : \xff']\n", b"\xff\xfe", b"\0"])
def test_a_sidecar_of_bytes(checker: Checker, write: Write, data: bytes) -> None:
    write("paper.md", BEFORE + AFTER)
    Path("paper.derivations.toml").write_bytes(data)
    result = derivations("check", "paper.md")
    assert (result.exit_code, len(checker.asked)) == (3, 2)
    assert "! paper.derivations.toml:1: not " in result.stdout


# ---- bytes


@pytest.mark.parametrize(("data", "words"), [
    (b"\xff\xfe\x00\x01" * 50, "not UTF-8"),
    (bytes(range(256)) * 20, "NUL"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 1000, "not UTF-8"),
    (b"", "no equations"),
])
@pytest.mark.parametrize("kind", ["md", "tex"])
def test_files_that_are_no_text(checker: Checker, write: Write, data: bytes, words: str, kind: str) -> None:
    Path(write("paper." + kind)).write_bytes(data)
    result = derivations("check", f"paper.{kind}")
    assert result.exit_code == 3
    assert words in result.stdout + result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 3}', '{"cells": [{"cell_type": "markdown"}]}'])
def test_notebooks_that_are_none(checker: Checker, write: Write, text: str) -> None:
    write("book.ipynb", text)
    result = derivations("check", "book.ipynb")
    assert result.exit_code in (2, 3)
    assert "book.ipynb" in result.stderr
    assert "Traceback" not in result.output


def test_a_byte_that_is_not_utf_8_loses_nothing_else(checker: Checker, write: Write) -> None:
    Path(write("paper.md")).write_bytes((BEFORE + "caf\xe9" + AFTER).encode("latin-1", "replace"))
    result = derivations("check", "paper.md")
    assert [id for id, _ in checker.asked] == ["paper.line-3", "paper.line-7"]
    assert "! paper.md:5: not UTF-8: byte" in result.stdout
    assert result.exit_code == 3
