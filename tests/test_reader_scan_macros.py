"""Definitions of macros in documents: where they begin to count, and those that come back to themselves."""

from __future__ import annotations

import pytest

from derivations.latex.reader.passages import Macro
from derivations.latex.reader.scan import scan
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.tree import NotRead

DEFINITIONS: list[tuple[str, dict[str, Macro]]] = [
    (r"\newcommand{\R}{\mathbb{R}}\newcommand\had{\odot}", {"R": Macro(0, r"\mathbb{R}"), "had": Macro(0, r"\odot")}),
    (r"\newcommand*{\d}[2][x]{\frac{#2}{#1}}", {"d": Macro(2, r"\frac{#2}{#1}", "x")}),
    ("\\newcommand % a comment\n  {\\v} % another\n  [1]\n  {\\mathbf{#1}}", {"v": Macro(1, r"\mathbf{#1}")}),
    (r"\def\a#1#2{#1_{#2}}", {"a": Macro(2, "#1_{#2}")}),
    (r"\providecommand{\a}{x}\providecommand{\a}{y}", {"a": Macro(0, "x")}),
    (r"\newcommand{\a}{x}\renewcommand{\a}{y}", {"a": Macro(0, "y")}),
    (r"\DeclareMathOperator{\diag}{diag}\DeclareMathOperator*{\am}{arg\,max}",
     {"diag": Macro(0, r"\operatorname{diag}"), "am": Macro(0, r"\operatorname*{arg\,max}")}),
    (r"\NewDocumentCommand{\a}{O{z} m}{#1#2}", {"a": Macro(2, "#1#2", "z")}),
    (r"\let\eps\varepsilon \let\e=\eps", {"eps": Macro(0, r"\varepsilon", literal=True),
                                         "e": Macro(0, r"\varepsilon", literal=True)}),
    (r"\let\old\phi \renewcommand{\phi}{\old'}", {"old": Macro(0, r"\phi", literal=True), "phi": Macro(0, r"\old'")}),
    (r"% \newcommand{\a}{x}", {}),
    (r"\def\in@side(#1){x}", {}),
    (r"\verb|\newcommand{\a}{x}| \iffalse\newcommand{\a}{x}\fi", {}),
]


@pytest.mark.parametrize(("text", "macros"), DEFINITIONS)
def test_definitions_of_macros(text: str, macros: dict[str, Macro]) -> None:
    source = scan((text, "tex"))
    assert (dict(source.macros), source.problems) == (macros, ())


def test_a_definition_counts_from_its_place_on() -> None:
    text = "$a$ \\newcommand{\\x}{1} $b$ $\\renewcommand{\\x}{2} c + \\x$ $d$"
    source = scan((text, "tex"))
    one, two = {"x": Macro(0, "1")}, {"x": Macro(0, "2")}
    assert [dict(passage.macros) for passage in source.passages] == [{}, one, two, two]
    assert source.passages[2].text.strip() == r"c + \x"
    assert source.passages[2].place(source.passages[2].text.index("c")).column == text.index("c +") + 1


@pytest.mark.parametrize(("text", "column"), [
    (r"\newcommand{\a}{\a'}", 1), (r"\newcommand{\a}{\b}\newcommand{\b}{\c}\def\c{x\a}", 39),
])
def test_a_recursion_is_said_and_what_uses_it_is_refused(text: str, column: int) -> None:
    source = scan((text + r" $\a + 1$", "tex"))
    (problem,) = source.problems
    assert (problem.column, "is defined by itself" in problem.message) == (column, True)
    with pytest.raises(NotRead, match="calls itself"):
        parse(source.passages[0].text, source.passages[0].macros)


def test_let_keeps_the_meaning_of_a_command() -> None:
    """The usual swap of two letters: read with the macros as plain texts, it would go round in a circle, or be lost."""
    swap = scan((r"\let\old\phi \let\phi\varphi \let\varphi\old $\phi$ $\varphi$", "tex"))
    assert [parse(passage.text, passage.macros) for passage in swap.passages] == [parse(r"\varphi"), parse(r"\phi")]
