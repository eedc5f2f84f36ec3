"""Scanning takes time in proportion to the text, whatever the text is."""

from __future__ import annotations

import time

import pytest

from derivations.latex.reader.scan import scan

HOSTILE = {
    "tex": [
        "$", "${", "$a{ ", "$$\n", "{", "\\(", "\\[", "\\({", "\\begin{equation}", "\\begin{aligned}",
        "$\\begin{aligned}", "\\end{align}", "\\newcommand{", "\\def\\a{", "\\newcommand{\\a}[1][",
        "\\newcommand %\n", "\\def\\b{\\c}\\def\\c{\\d}", "\\iffalse ", "\\if ", "\\verb|", "\\begin{verbatim}",
        "\\begin{comment}", "\\section[", "\\input{a}", "\\label{", "%", "\\newenvironment{a}{",
    ],
    "markdown": [
        "$", "${a", "$$\n", "a $$\n", "$$a\n\n", "\\[\n", "\\[", "\\(", "`", "` ", "``` ", "<!-- ", "<a b='", "](",
        "](a(", "[a", "[a]:\n", ">", "- ", "- a\n", "```\n", "```{note}\n", "\\begin{align}\n", "{math}`", "$`a",
        "<pre>", "x\n", "# ", ":eqlabel:`a`\n", "---\na: b\n", "\\newcommand{\\a}{b}",
    ],
}


@pytest.mark.parametrize(("kind", "unit"), [(kind, unit) for kind, units in HOSTILE.items() for unit in units])
def test_no_text_takes_long(kind: str, unit: str) -> None:
    """A tenth of a megabyte of anything; searching it anew from every place would take minutes."""
    start = time.process_time()
    scan((unit * (100_000 // len(unit)), kind))
    assert time.process_time() - start < 5


@pytest.mark.parametrize(("kind", "unit"), [
    ("tex", "A state $c_t$.\n\\begin{equation}\\label{eq:a}\n\\frac{\\partial c_t}{\\partial c_{t-1}} = f_t\n"
            "\\end{equation}\n"),
    ("markdown", "A state $c_t$.\n\n$$\n\\frac{\\partial c_t}{\\partial c_{t-1}} = f_t\n$$\n\n"),
])
def test_a_thousand_equations(kind: str, unit: str) -> None:
    start = time.process_time()
    source = scan((unit * 1000, kind))
    assert len(source.passages) == 2000
    assert time.process_time() - start < 2
