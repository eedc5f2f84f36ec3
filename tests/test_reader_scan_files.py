"""Scanning files: what they bring in, notebooks, encodings, and what cannot be scanned at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.errors import DerivationError
from derivations.latex.reader import scan as scanning
from derivations.latex.reader.passages import Macro, Problem, Source
from derivations.latex.reader.scan import KINDS, scan


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    """Files of LaTeX, ``folder__name`` in a folder."""
    for name, text in files.items():
        path = Path(name.replace("__", "/") + ".tex")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def places(source: Source) -> list[tuple[str, str]]:
    return [(passage.text, str(passage.at)) for passage in source.passages]


def notebook(*cells: Any) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def markdown(source: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def said(problem: Problem) -> str:
    return f"{problem.at}: {problem.message}"


def test_files_that_are_brought_in_stand_where_they_are() -> None:
    write(paper="$a$\n\\input{parts/one}\n\\include{two} $d$\n",
          parts__one="\n$b$ \\input{inner}\n\\newcommand{\\x}{1}", parts__inner="$c$", two="$\\x$")
    source = scan("paper.tex")
    assert places(source) == [("a", "paper.tex:1"), ("b", "parts/one.tex:2"), ("c", "parts/inner.tex:1"),
                              ("\\x", "two.tex:1"), ("d", "paper.tex:3")]
    assert dict(source.passages[3].macros) == {"x": Macro(0, "1")}
    assert (source.file, source.problems) == ("paper.tex", ())


def test_in_a_preamble_only_definitions_count() -> None:
    write(paper="\\documentclass{a}\\input{macros}\n\\begin{document}\n$a$ \\input{body}\n\\end{document}",
          macros="\\newcommand{\\x}{1} $no$", body="$b$")
    source = scan("paper.tex")
    assert (places(source), dict(source.macros)) == ([("a", "paper.tex:3"), ("b", "body.tex:1")], {"x": Macro(0, "1")})


def test_a_package_beside_the_document_gives_its_macros() -> None:
    write(paper="\\usepackage[a]{amsmath,notation}\n$a$")
    Path("notation.sty").write_text("\\newcommand{\\had}{\\odot} $no$ \\def\\other(#1){x} \\usepackage{amssymb}")
    source = scan("paper.tex")
    assert (places(source), source.problems) == ([("a", "paper.tex:2")], ())
    assert source.macros["had"] == Macro(0, "\\odot")


@pytest.mark.parametrize(("files", "problem"), [
    ({"paper": "$a$\n\\input{nothing} $b$"}, "paper.tex:2: there is no file nothing.tex beside the document"),
    ({"paper": "$a$\n\\input{paper} $b$"}, "paper.tex:2: paper brings itself in"),
    ({"paper": "$a$ \\input{one} $b$", "one": "\n\\input{./paper}"}, "one.tex:2: ./paper brings itself in"),
    ({"paper": "$a$\n\\input{" + "x" * 400 + "} $b$"}, "paper.tex:2: there is no file xxx"),
    ({"paper": "$a$\n\\input{|ls} $b$"}, "paper.tex:2: there is no file |ls"),
])
def test_files_that_cannot_be_brought_in(files: dict[str, str], problem: str) -> None:
    write(**files)
    source = scan("paper.tex")
    assert [said(found)[:len(problem)] for found in source.problems] == [problem]
    assert [passage.text for passage in source.passages] == ["a", "b"]


def test_files_that_bring_in_ever_more_have_an_end() -> None:
    """Each of forty files brings in the next one twice; and a chain of a hundred is cut."""
    write(paper="\\input{f0}", f40="$x$", **{f"f{k}": f"\\input{{f{k + 1}}}\\input{{f{k + 1}}}" for k in range(40)})
    assert any("more than" in problem.message or "at most" in problem.message for problem in scan("paper.tex").problems)
    write(paper="$a$ \\input{g0} $b$", **{f"g{k}": f"$x$\\input{{g{k + 1}}}" for k in range(100)})
    source = scan("paper.tex")
    assert ["at most" in problem.message for problem in source.problems] == [True]
    assert (source.passages[0].text, source.passages[-1].text) == ("a", "b")


def test_notebooks_are_scanned_cell_by_cell() -> None:
    Path("paper.ipynb").write_text(notebook(
        markdown(["# A\n", "$$\n", "\\newcommand{\\x}{1}\n", "a\n", "$$\n", "<!-- derivations: W : n -->"]),
        {"cell_type": "code", "source": "x = '$no$'", "outputs": []},
        markdown("text\n $ \\x $ and $lost\n\n---\nt: $b$\n---")))
    source = scan("paper.ipynb")
    assert [(p.text.strip(), str(p.at)) for p in source.passages] == [
        ("a", "paper.ipynb:cell 1:2"), ("\\x", "paper.ipynb:cell 3:2"), ("b", "paper.ipynb:cell 3:5")]
    assert source.passages[0].place(source.passages[0].text.index("a")).exact == "paper.ipynb:cell 1:4:1"
    assert dict(source.passages[1].macros) == {"x": Macro(0, "1")}
    assert [(d.text, str(d.at)) for d in source.directives] == [("W : n", "paper.ipynb:cell 1:6")]
    assert (source.headings[0].text, str(source.headings[0].at)) == ("A", "paper.ipynb:cell 1:1")
    assert [said(found)[:40] for found in source.problems] == ["paper.ipynb:cell 3:2: $ is not closed in"]


def test_a_notebook_of_format_3() -> None:
    text = json.dumps({"worksheets": [{"cells": [markdown("$a$")]}]})
    assert places(scan((text, "notebook"))) == [("a", ":cell 1:1")]


@pytest.mark.parametrize(("text", "message"), [
    ("", "a.ipynb:1:1 is not JSON"), ("{\n\"cells\": [,]}", "a.ipynb:2:11 is not JSON"), ("[]", "no list of cells"),
    ("{}", "no list of cells"), ('{"cells": {}}', "no list of cells"), ("3", "no list of cells"),
    ("[" * 100_000, "nested too deeply"), ("1" * 10_000, "is no notebook"),
    ('{"worksheets": [3]}', "no list of cells"),
    (notebook(markdown(3)), "the source of cell 1"), (notebook(3, markdown(["a", 3])), "the source of cell 2"),
])
def test_what_is_no_notebook(text: str, message: str) -> None:
    Path("a.ipynb").write_text(text)
    with pytest.raises(DerivationError, match=message):
        scan("a.ipynb")


@pytest.mark.parametrize(("data", "problem", "mathematics"), [
    ("$a$\nna\xefve $b$".encode("latin-1"), "a.tex:2: not UTF-8: byte 6 is 0xef", ["a", "b"]),
    (b"\xef\xbb\xbf$a$\n\xff$b$", "a.tex:2: not UTF-8: byte 7 is 0xff", ["a", "b"]),
    (b"\xff\xfe$\0a\0$\0", "a.tex:1: ", ["\ufffda\ufffd"]),
    (b"$a$\n\0\0", "a.tex:2: a NUL character", ["a"]),
])
def test_bytes_that_are_no_text(data: bytes, problem: str, mathematics: list[str]) -> None:
    Path("a.tex").write_bytes(data)
    source = scan("a.tex")
    assert any(said(found).startswith(problem) for found in source.problems)
    assert [passage.text for passage in source.passages] == mathematics


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_newlines_of_all_kinds(end: bytes) -> None:
    Path("a.md").write_bytes(end.join([b"# A", b"", b"$$", b"x", b"y $$", b"\t$z$ w", b"$v$"]))
    (display, *_), last = scan("a.md").passages, scan("a.md").passages[-1]
    assert [display.place(at).exact for at in (1, 3)] == ["a.md:4:1", "a.md:5:1"]
    assert (last.text, last.at.exact) == ("v", "a.md:7:1")


@pytest.mark.parametrize("name", [f"a{ending}" for ending in KINDS if ending != ".ipynb"] + ["A.MD"])
def test_empty_files(name: str) -> None:
    Path(name).touch()
    assert scan(name) == Source(name, (), {}, (), (), ())


def test_what_cannot_be_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("folder.tex").mkdir()
    Path("a.tex").write_text("$a$" * 10)
    monkeypatch.setattr(scanning, "LARGEST", 20)
    refused = {
        "folder.tex": "is a folder: give a file", "nothing.tex": "cannot be read: No such file",
        "a": "end in 'nothing'",
        "a.docx": "that end in '.docx' are not read: give one that ends in .tex", "a.tex": "more than 0 MB",
        "a\0.tex": "cannot be read", "x" * 5000 + ".tex": "cannot be read",
    }
    for name, message in refused.items():
        with pytest.raises(DerivationError, match=message):
            scan(name)
    with pytest.raises(DerivationError, match="kind 'docx' are not read: give one of tex, markdown"):
        scan(("", "docx"))


def test_a_folder_for_a_file_that_is_brought_in() -> None:
    write(paper="$a$ \\input{x} $b$")
    Path("x.tex").mkdir()
    source = scan("paper.tex")
    assert [passage.text for passage in source.passages] == ["a", "b"]
    assert [problem.message[:16] for problem in source.problems] == ["there is no file"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.binary())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, ending: str, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes(data)
    if ending == ".ipynb":  # bytes that happen to be a notebook are rarer than any number of examples
        with pytest.raises(DerivationError, match=r"any\.ipynb"):
            scan(path)
    else:
        assert all(problem.line >= 1 and problem.column >= 1 for problem in scan(path).problems)


def test_scanning_needs_neither_jax_nor_the_numbers() -> None:
    code = "import sys; from derivations.latex.reader.scan import scan; scan(('$x$', 'markdown')); " \
           "print(sorted({'jax', 'numeric', 'pylatexenc'} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert out.stdout == "[]\n"
