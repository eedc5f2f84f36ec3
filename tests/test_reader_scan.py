"""Scanning documents: what is mathematics, what is not, where it stands, and what is wrong with the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.errors import DerivationError
from derivations.latex.reader.passages import Region, Source
from derivations.latex.reader.scan import SCANNERS, scan

Found = list[tuple[str, str, str]]  # environment, mathematics, label


def found(source: Source) -> Found:
    return [(passage.environment, passage.text.strip(), passage.label) for passage in source.passages]


def misplaced(source: Source, text: str) -> list[str]:
    """The passages whose characters do not stand where their places say; line ends and overwritten ones aside."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    wrong = []
    for passage in source.passages:
        places = [(passage.place(at), c) for at, c in enumerate(passage.text) if c not in " \n"]
        if not all(lines[place.line - 1][place.column - 1:place.column] == c for place, c in places):
            wrong.append(passage.text)
    return wrong


IN_TEX: list[tuple[str, Found]] = [
    ("$x$ and \\(y\\)", [("$", "x", ""), (r"\(", "y", "")]),
    ("$a$$b$", [("$", "a", ""), ("$", "b", "")]),
    ("$$x$$ and \\[y\\] after", [("$$", "x", ""), (r"\[", "y", "")]),
    ("\\begin{equation}\\label{eq:x}\nx\n\\end{equation}", [("equation", "\\label{eq:x}\nx", "eq:x")]),
    ("\\begin{align}\na &= b \\label{p}\\\\\n &= c \\label{q}\n\\end{align}",
     [("align", "a &= b \\label{p}\\\\\n &= c \\label{q}", "p")]),
    *[(f"\\begin{{{name}}}x\\end{{{name}}}", [(name, "x", "")])
      for name in ("equation*", "gather", "gather*", "multline", "eqnarray", "displaymath", "math", "flalign*")],
    ("\\begin{alignat}{2} a &= b \\end{alignat}", [("alignat", "a &= b", "")]),
    ("\\begin{IEEEeqnarray}{rCl} a \\end{IEEEeqnarray}", [("IEEEeqnarray", "a", "")]),
    ("\\begin{equation}\\begin{aligned}a\\\\b\\end{aligned}\\end{equation}",
     [("equation", "\\begin{aligned}a\\\\b\\end{aligned}", "")]),
    ("\\[\\begin{gather}a\\end{gather}\\]", [("gather", "a", "")]),
    ("\\begin{theorem}$x$\\begin{equation}y\\end{equation}\\end{theorem}", [("$", "x", ""), ("equation", "y", "")]),
    ("$a \\text{ if $b$ and $c$} d$ and $e$", [("$", "a \\text{ if $b$ and $c$} d", ""), ("$", "e", "")]),
    ("\\begin{equation}a % \\end{equation} $\n\\end{equation}$b$",
     [("equation", "a % \\end{equation} $", ""), ("$", "b", "")]),
    ("\\begin{equation}\na\n\nb\n\\end{equation}", [("equation", "a\n\nb", "")]),
    ("\\[ a \\\\[1ex] b \\]", [(r"\[", "a \\\\[1ex] b", "")]),
    ("\\newcommand{\\be}{\\begin{equation}}\\def\\ee{\\end{equation}}\n\\be x \\ee $y$",
     [("equation", "x", ""), ("$", "y", "")]),
    ("\\newenvironment{eqn}{\\begin{align}}{\\end{align}}\\begin{eqn}x\\end{eqn}", [("align", "x", "")]),
    ("\\newcolumntype{L}{>{$}l<{$}}\n\\begin{document}$x$\n\\end{document} $y", [("$", "x", "")]),
    ("\\iftrue $a$ \\ifx\\p\\q $b$ \\else $c$ \\fi \\else $d$ \\fi $e$",
     [("$", "a", ""), ("$", "b", ""), ("$", "c", ""), ("$", "e", "")]),
    ("\\iffalse $a$ \\iff \\if $b$ \\else $c$ \\fi \\else $d$ \\fi $e$", [("$", "d", ""), ("$", "e", "")]),
    ("\\begin{tabular}[t]{>{$}l<{$}}a & $b$\\end{tabular} $c$ \\multicolumn{2}{>{$}c<{$}}{$d$}",
     [("$", "b", ""), ("$", "c", ""), ("$", "d", "")]),
    ("\\footnote{$x$} \\section{On $y$}", [("$", "x", ""), ("$", "y", "")]),
]

NOT_IN_TEX = ["", "\n", "price \\$5 and \\$6", "% $x$", "50\\% of", "\\verb|$x$|", "\\verb*+$x$+", "\\lstinline!$x$!",
              "\\mintinline{tex}|$x$|", "\\url{http://x%y$z$}", "\\begin{verbatim}\n$x$\n\\end{verbatim}",
              "\\begin{lstlisting}[escapechar=$]\n\\begin{equation}\n\\end{lstlisting}",
              "\\begin{minted}{tex}$x$\\end{minted}",
              "\\begin{comment}\n$x$\n\\end{comment}", "\\iffalse $x$ \\fi", "\\newcommand{\\x}{$y$}",
              "\\begin{tikzpicture}\\draw ($(a)+(b)$);\\end{tikzpicture}",
              "\\documentclass{a}\n\\begin{document}\n\\end{document}$x$"]

IN_MARKDOWN: list[tuple[str, Found]] = [
    ("$x$ and $\\mathbf{y}_t$.", [("$", "x", ""), ("$", "\\mathbf{y}_t", "")]),
    ("$a\n= b$", [("$", "a\n= b", "")]),
    ("text $$ a = b $$ and more", [("$$", "a = b", "")]),
    ("text $$ a\n= b $$ more $$c$$", [("$$", "a\n= b", ""), ("$$", "c", "")]),
    ("$$\na\n- b\n=\nc\n# d\n$$", [("$$", "a\n- b\n=\nc\n# d", "")]),
    ("so that $$\n- a\n$$\nand $b$", [("$$", "- a", ""), ("$", "b", "")]),
    ("$$ a $$ (eq-one)\n\n$$ b $$ {#eq-two}\n\n$$ c $$ {#eq:three .wide}",
     [("$$", "a", "eq-one"), ("$$", "b", "eq-two"), ("$$", "c", "eq:three")]),
    ("$$a$$\n:eqlabel:`eq_a`\n\n$$\nb\n$$\n\n:eqlabel:`eq_b`", [("$$", "a", "eq_a"), ("$$", "b", "eq_b")]),
    ("$$ a \\label{eq:a} $$", [("$$", "a \\label{eq:a}", "eq:a")]),
    ("\\begin{align}\na &= b\n\n- c\n\\end{align}", [("align", "a &= b\n\n- c", "")]),
    ("$$\n\\begin{align*}\na\n\\end{align*}\n$$", [("align*", "a", "")]),
    ("$$\\begin{aligned}a\\end{aligned}$$", [("$$", "\\begin{aligned}a\\end{aligned}", "")]),
    ("\\[\na = b\n\\]\nand \\\\(c\\\\)", [(r"\[", "a = b", ""), (r"\(", "c", "")]),
    ("```math\na\n```\n~~~math\nb\n~~~", [("math", "a", ""), ("math", "b", "")]),
    ("```{math}\n:label: eq-a\n:nowrap:\na\n```", [("math", "a", "eq-a")]),
    ("```{math}\n---\nlabel: eq-b\n---\nb\n```", [("math", "b", "eq-b")]),
    ("````{note}\n$a$\n```{math}\nb\n```\n````", [("$", "a", ""), ("math", "b", "")]),
    ("::: {.callout}\n$a$\n:::", [("$", "a", "")]),
    ("> $$\n> a\n> $$\n> and $b$", [("$$", "a", ""), ("$", "b", "")]),
    ("1. item $a$\n\n   $$\n   b\n   $$\n\n       $code$", [("$", "a", ""), ("$$", "b", "")]),
    ("| $a$ | $|b|$ |\n|---|---|\n| $c$ | d |", [("$", "a", ""), ("$", "|b|", ""), ("$", "c", "")]),
    ("<div>\n$a$ <b title='$no$'>$b$</b>\n</div>", [("$", "a", ""), ("$", "b", "")]),
    ("{math}`a` and $`b`$ and :math:`c`", [("math", "a", ""), ("math", "b", ""), ("math", "c", "")]),
    ("[$a$](http://x/$y$) and [^1]\n\n[^1]: $b$", [("$", "a", ""), ("$", "b", "")]),
    ("costs $5 and $6, with $x$", [("$", "x", "")]),
    ("if a <b and $c>d$ hold", [("$", "c>d", "")]),
    ("*$a$*, **$b$**, $50\\%$", [("$", "a", ""), ("$", "b", ""), ("$", "50\\%", "")]),
    ("$$a$$ and $$\n- b\n$$", [("$$", "a", ""), ("$$", "- b", "")]),
    ("$$ 50\\% % $$ and $x$", [("$$", "50\\% %", ""), ("$", "x", "")]),
    ("$$\\newcommand{\\R}{\\mathbb{R}}$$\n\n$x \\in \\R$", [("$", "x \\in \\R", "")]),
    ("---\ntitle: $t$\n---\n$a$", [("$", "a", "")]),
    ("---\n$a$\n\n---\n$b$", [("$", "a", ""), ("$", "b", "")]),
    ("<!-- $x$ --> $y$", [("$", "y", "")]),
    ("\\\\$x$", [("$", "x", "")]),
    ("\x0c\n\u2028\n$x$", [("$", "x", "")]),
]

NOT_IN_MARKDOWN = ["", "it costs $5", "write it with \\newcommand, as", "$5 for a_b, or $6", "$5-$10",
                   "costs 5$ or 6 $.", "\\$x", "a $, or two $",
                   "`$x$` and ``a ` $y$``", "```\n$$x$$\n```", "~~~python\n$x$\n~~~", "    $x$", "- a\n\n      $x$",
                   "<!-- $x$ -->", "<!--\n$$\nx\n$$\n-->",
                   "<pre class='a'>\n$x$\n\n$y$\n</pre>", "<script>\n$x$\n</script>", "<TEXTAREA>$x$</TEXTAREA>",
                   "<code>$x$</code>", "[a](http://x/$y$)", "[a]: http://x/$y$z$",
                   "<http://x/$y$>",
                   "\\[1\\] A. Author", "```{code-cell} python\n$x$\n```", "```{python}\nx = '$a$'\n```", "$ 5 and 6 $"]


@pytest.mark.parametrize(("text", "expected"), IN_TEX)
def test_mathematics_of_tex(text: str, expected: Found) -> None:
    source = scan((text, "tex"))
    assert (found(source), source.problems) == (expected, ())
    assert not misplaced(source, text)


@pytest.mark.parametrize("text", NOT_IN_TEX)
def test_what_is_no_mathematics_in_tex(text: str) -> None:
    source = scan((text + "\n$z$" * ("end{document}" not in text), "tex"))
    assert found(source) == [("$", "z", "")] * ("end{document}" not in text)
    assert source.problems == ()


@pytest.mark.parametrize(("text", "expected"), IN_MARKDOWN)
def test_mathematics_of_markdown(text: str, expected: Found) -> None:
    source = scan((text, "markdown"))
    assert (found(source), source.problems) == (expected, ())
    assert not misplaced(source, text)


@pytest.mark.parametrize("text", NOT_IN_MARKDOWN)
def test_what_is_no_mathematics_in_markdown(text: str) -> None:
    source = scan((f"{text}\n\n$z$", "markdown"))
    assert (found(source), source.problems) == ([("$", "z", "")], ())


def test_spaces_inside_dollars() -> None:
    """Mathematics in notebooks and in MyST; in other Markdown no renderer takes it, which is said."""
    assert found(scan(("$ x_1 $", "myst"))) == [("$", "x_1", "")]
    source = scan(("$ x_1 $ and $y$", "markdown"))
    assert found(source) == [("$", "y", "")]
    assert "space" in source.problems[0].message


PROBLEMS: list[tuple[str, str, str, int, int, list[str]]] = [  # kind, text, what is said, line, column, mathematics
    ("tex", "a\n $b\n\n$c$", "$ is not closed before an empty line", 2, 2, ["c"]),
    ("tex", "{a\n $b} and $c$", "$ is not closed before the end of its group, }", 2, 2, ["c"]),
    ("tex", "\\[b \\[c\\]", "\\[ is not closed before \\[", 1, 1, ["c"]),
    ("tex", "$$b\n\n$c$", "$$ is not closed", 1, 1, ["c"]),
    ("tex", "\\[b\n\\begin{gather}c\\end{gather}", "\\[ is not closed before \\begin{gather}", 1, 1, ["c"]),
    ("tex", "x\\begin{align}b\n\\begin{equation}c\\end{equation}", "\\begin{align} is not closed before \\begin{equ",
     1, 2, ["c"]),
    ("tex", "\\begin{proof}\\begin{align}b\\end{proof}$c$", "\\begin{align} is not closed before \\end{proof}", 1, 14,
     ["c"]),
    ("tex", "\\begin{align}b\n\\section{A}$c$", "is not closed before \\section", 1, 1, ["c"]),
    ("tex", "$c$ \\end{align}", "\\end{align} closes nothing", 1, 5, ["c"]),
    ("tex", "$c$ \\]", "\\] closes nothing", 1, 5, ["c"]),
    ("tex", "\\begin{verbatim} $b$\n$c$", "\\begin{verbatim} is not closed", 1, 1, ["b", "c"]),
    ("tex", "\\iffalse $b$", "\\iffalse is not closed before the end", 1, 1, ["b"]),
    ("tex", "\\newcommand{\\a}{b\n\n$c$", "the definition of \\a is not read", 1, 1, ["c"]),
    ("tex", "\\def\\a(#1){b} $c$", "the definition of \\a is not read: expected \\def", 1, 1, ["c"]),
    ("tex", "\\newcommand{\\a}[1]{#2}$c$", "\\a uses #2 and has 1 parameters", 1, 1, ["c"]),
    ("tex", "\\newcommand{\\q}[1]{\\begin{equation}#1\\end{equation}}$c$", "\\q makes a whole equation", 1, 1, ["c"]),
    ("tex", "\\DeclarePairedDelimiter{\\norm}{\\|}{\\|}$c$", "the definition of \\norm is not read", 1, 1, ["c"]),
    ("tex", "$c$\n\\input{other}", "other is not followed", 2, 1, ["c"]),
    ("markdown", "a $b\n\n$c$", "$ is not closed in its paragraph", 1, 3, ["c"]),
    ("markdown", "$$b\n\n$c$", "$$ is not closed in its paragraph", 1, 1, ["c"]),
    ("markdown", "> $$\n> b\n\n$c$", "$$ is not closed", 1, 3, ["c"]),
    ("markdown", "\\begin{align}\nb\n\n$c$", "\\begin{align} is not closed", 1, 1, ["c"]),
    ("markdown", "$c$\n```\n$d$", "``` is not closed", 2, 1, ["c"]),
    ("markdown", "$c$\n\n- ~~~math\n  d\n\n$e$", "~~~ is not closed", 3, 3, ["c", "d", "e"]),
    ("markdown", "$c$\n<!-- b\n\n$d$", "<!-- is not closed", 2, 1, ["c"]),
    ("markdown", "$b$2 and $c$", "a digit behind", 1, 1, ["c"]),
    ("markdown", "$a `b$ c` $c$", "code inside", 1, 1, ["c"]),
    ("markdown", "$c$\n\n\n\n:eqlabel:`x`", "the label x stands behind no display", 5, 1, ["c"]),
    ("markdown", "$$c$$\n\n\n\n:eqlabel:`x`", "the label x stands behind no display", 5, 1, ["c"]),
    ("markdown", "- \\begin{align}\n  b\n\n\\end{align} $c$", "\\begin{align} is not closed", 1, 3, ["c"]),
    ("markdown", "<pre>\n$c$", "<pre> is not closed", 1, 1, ["c"]),
    ("markdown", "```{math} b = d\nc\n```", "on the line that opens a fence", 2, 1, ["c"]),
    ("markdown", "> " * 70 + "$b$\n\n$c$", "nested too deeply", 1, 121, ["c"]),
]


@pytest.mark.parametrize(("kind", "text", "said", "line", "column", "mathematics"), PROBLEMS)
def test_problem_with_its_place_and_the_rest_scanned(kind: str, text: str, said: str, line: int, column: int,
                                                     mathematics: list[str]) -> None:
    source = scan((text, kind))
    problem = source.problems[0]
    assert said in problem.message
    assert (problem.line, problem.column, len(source.problems)) == (line, column, 1)
    assert [passage.text.strip() for passage in source.passages] == mathematics


def test_unbalanced_braces_do_not_swallow_what_follows() -> None:
    """The formula is given as it stands, for its reader to refuse; the next ones are found."""
    source = scan(("so ${a$ and $b$\n\n$c \\text{ if $d$}$", "tex"))
    assert [passage.text for passage in source.passages] == ["{a", "b", r"c \text{ if $d$}"]


def test_directives_and_headings() -> None:
    tex = scan(("\\title{T}\n% derivations: W : n x m\n\\section*{A $x$}%derivations: b : n\n\\subsection[s]{B}\n"
                "$a % derivations: c : n\n$ \\verb|% derivations: no|", "tex"))
    assert [(d.text, d.line, d.column) for d in tex.directives] == [
        ("W : n x m", 2, 16), ("b : n", 3, 31), ("c : n", 5, 19)]
    assert [(h.text, h.level, h.line) for h in tex.headings] == [("T", 0, 1), ("A $x$", 1, 3), ("B", 2, 4)]
    markdown = scan(("# A $x$ #\n<!-- derivations: W : n x m -->\nB\n---\ntext <!-- derivations: b : n\nc : m\n--> on\n"
                     "<!-- other -->\n% derivations: d : n\n\n`<!-- derivations: no -->`", "markdown"))
    assert [(d.text, d.line, d.column) for d in markdown.directives] == [
        ("W : n x m", 2, 19), ("b : n", 5, 24), ("c : m", 6, 1), ("d : n", 9, 16)]
    assert [(h.text, h.level, h.line) for h in markdown.headings] == [("A $x$", 1, 1), ("B", 2, 3)]


def test_labels_stand_where_they_are_written() -> None:
    (passage,) = scan(("\\begin{align}a\\label{p}\\\\\n% \\label{no}\nb\\label{q}\\end{align}", "tex")).passages
    assert passage.labels == (("p", 1), ("q", 27))
    assert [passage.text[at:].startswith("\\label") for _, at in passage.labels] == [True, True]


# ---- documents made of pieces with known places

PIECES: dict[str, list[tuple[str, Found]]] = {
    "tex": [(text, passages) for text, passages in IN_TEX + [(text, []) for text in NOT_IN_TEX]
            if text and "document}" not in text],
    "markdown": [(text, passages) for text, passages in IN_MARKDOWN + [(text, []) for text in NOT_IN_MARKDOWN]
                 if text and not text.startswith(("---", "    "))],
}


@pytest.mark.parametrize("kind", ["tex", "markdown"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_documents_made_of_pieces(kind: str, data: st.DataObject) -> None:
    """Whatever stands beside it, each piece is found as it is alone, its characters at their places."""
    pieces = data.draw(st.lists(st.sampled_from(PIECES[kind]), max_size=8))
    newline, mark = data.draw(st.sampled_from(["\n", "\r\n"])), data.draw(st.sampled_from(["", "\ufeff"]))
    between = "\n\nWörter in 文字, 𝔸.\n\n"
    text = mark + between.join(piece for piece, _ in pieces).replace("\n", newline)
    source = scan((text, kind))
    assert found(source) == [passage for _, passages in pieces for passage in passages]
    assert source.problems == ()
    assert not misplaced(source, text)


def test_misplaced_passages_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the check of places: a region that is one column off."""
    text, true = "> $$\n> a\n> $$", Region.place
    assert not misplaced(scan((text, "markdown")), text)
    monkeypatch.setattr(Region, "place", lambda self, offset: replace(true(self, offset), column=1))
    assert misplaced(scan((text, "markdown")), text)


SHARDS = [
    *"$%\\{}[]()`<>|#-=~\n \t\0x", "$$", "\r\n", "```", "\\begin{align}", "\\end{align}", "\\begin{aligned}", "\\[",
    "\\]", "\\(",
    "\\)", "\\newcommand{\\a}", "\\def\\a#1{", "\\let\\a\\b", "\\iffalse", "\\else", "\\fi", "\\verb|", "<!--",
    "-->", "\\label{",
    "> ", "- ", "1. ", "```{math}\n", "```{note}\n", ":eqlabel:`a`", "(eq)", "\u2028", "\x0c", "é", "𝔸",
    "\\begin{document}",
    "\\begin{verbatim}", "\\section{", "derivations:", "---\n",
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SCANNERS)),
       st.one_of(st.text(), st.lists(st.sampled_from(SHARDS), max_size=40).map("".join)))
def test_anything_at_all(kind: str, text: str) -> None:
    try:
        source = scan((text, kind))
    except DerivationError:
        assert kind == "notebook"
        return
    read = text.replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")
    assert not misplaced(source, read)
