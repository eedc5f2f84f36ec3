"""Fragments for papers: their forms, lines that fit and mean the same, the macros of notation.sty."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest
from test_latex import DIFFERENT, c, chain, d, deep, each, net, o, shipped, t, uses, wide
from typesetting import compiled, needs_latex, overfull, source, widths

from derivations.claim import Definition, Remark
from derivations.errors import NamingError
from derivations.latex import fragment, latex, notation_sty
from derivations.latex.breaking import by_terms, extent
from derivations.latex.fragments import FORMS, NUMBER, Sheet, fragment_on
from derivations.latex.macros import MACRO_STYLE, MACROS, expanded, with_line
from derivations.latex.measure import GREEK, ITALIC, OPERATORS, SIGNS, SPACES, width
from derivations.latex.notation import PROFILES, Latex
from derivations.latex.printed import (
    Called,
    Fenced,
    Formula,
    Grid,
    Group,
    NotPrinted,
    Scripted,
    Sign,
    taken_apart,
)
from derivations.latex.relations import formula_rows
from derivations.latex.rules import Printer
from derivations.model import Model
from derivations.operations import det, trace
from derivations.recurrent import lstm, rnn

EVERYTHING = shipped()
IDS = [item.id for item in EVERYTHING]
LONG = next(claim for claim in lstm.claims if claim.id == "lstm.state-gradient.long")


def body(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("%")]


# ---- forms


def test_the_forms_of_a_claim() -> None:
    one = next(claim for claim in rnn.claims if claim.id == "rnn.jacobian")
    formula = latex(one)
    left, _, right = formula.partition(" = ")
    assert body(fragment(one)) == [r"\begin{equation}", r"\label{eq:rnn.jacobian}", formula, r"\end{equation}"]
    assert body(fragment(one, form="align")) == [
        r"\begin{align}", rf"{left} & = {right} \label{{eq:rnn.jacobian}}", r"\end{align}"]
    assert body(fragment(one, form="inline")) == [f"${formula}$%"]


def test_align_has_one_number_and_one_label() -> None:
    lines = body(fragment(LONG, form="align"))
    assert (lines[0], lines[-1]) == (r"\begin{align}", r"\end{align}")
    assert [r"\notag" in line for line in lines[1:-1]] == [True] * (len(lines) - 3) + [False]
    assert [r"\label" in line for line in lines[1:-1]] == [False] * (len(lines) - 3) + [True]
    assert r"\begin{aligned}" not in fragment(uses, form="align")


def test_a_line_of_text_has_no_breaks_and_no_label() -> None:
    for item in EVERYTHING:
        [line] = body(fragment(item, form="inline"))
        assert r"\\" not in line.replace(r"\begin{bmatrix}", "").split(r"\begin{aligned}")[0] or "bmatrix" in line
        assert r"\label" not in line
        assert r"\begin{aligned}" not in line
        assert line.count("$") % 2 == 0
    assert body(fragment(each, form="inline"))[0].count("; $") == 1  # two cases


def test_remarks_are_sentences() -> None:
    said = Remark("net.said", "50 % of $it")
    assert body(fragment(said, form="inline")) == [r"50 \% of \$it%"]
    assert r"50 \% of \$it" in fragment(said)


@pytest.mark.parametrize("wrong", [{"form": "gather"}, {"profile": "fancy"}])
def test_what_a_sheet_refuses(wrong: dict[str, str]) -> None:
    with pytest.raises(NamingError, match=r"equation, align, inline|article, paper"):
        Sheet(**wrong)  # type: ignore[arg-type]  # what a caller may get wrong


# ---- lines


def unbroken(tex: str) -> list[str]:
    """The signs of a formula without what breaks it: alignment, gaps, fences that grow; every product sign alike."""
    for word in (r"\begin{aligned}", r"\end{aligned}", r"\\[1ex]", r"\\[-1ex]", r"\quad", r"\left", r"\right", r"\!"):
        tex = tex.replace(word, " ")
    found = (token for token in _tokens(tex) if token not in ("&", "\\\\"))
    return ["product" if token in (r"\,", r"\cdot", r"\matmul") else token for token in found]


def _tokens(tex: str) -> Iterator[str]:
    at = 0
    while at < len(tex):
        end = at + 1
        if tex[at] == "\\":
            while end < len(tex) and tex[end].isalpha():
                end += 1
            end = max(end, at + 2)
        if not tex[at].isspace():
            yield tex[at:end]
        at = end


def set_on(style: Latex, item: object, line: float) -> tuple[list[str], Latex]:
    style = with_line(style, line)
    return [f"{before} {after}" for before, after in formula_rows(style, item)], style


@pytest.mark.parametrize("name", [*PROFILES, "macros"])
@pytest.mark.parametrize("line", [317, 224, 130])
def test_a_broken_line_never_changes_the_meaning(name: str, line: float) -> None:
    style = PROFILES.get(name, MACRO_STYLE)
    broken = 0
    for item in EVERYTHING:
        if isinstance(item, Remark):
            continue
        rows, _ = set_on(style, item, line)
        whole, _ = set_on(style, item, inf)
        broken += len(rows) > len(whole)
        assert unbroken(" ".join(rows)) == unbroken(" ".join(whole)), item.id
        assert all(balanced(row) for row in rows), rows
    assert broken > 5  # the test has something to look at


def balanced(row: str) -> bool:
    """Whether every fence, brace and parenthesis that opens in a line closes in it."""
    plain = row.replace(r"\{", "").replace(r"\}", "")
    return row.count(r"\left") - row.count(r"\leftarrow") == row.count(r"\right") - row.count(r"\rightarrow") and \
        all(plain.count(a) == plain.count(b) for a, b in ("{}", "()", "[]"))


@pytest.mark.parametrize("damage", [
    lambda rows: rows[:-1],
    lambda rows: [rows[0], *reversed(rows[1:])],
    lambda rows: [row.replace("+", "-", 1) for row in rows],
    lambda rows: [row.replace("sigma", "tanh", 1) for row in rows],
    lambda rows: [*rows, rows[-1]],
], ids=["a line lost", "lines in another order", "a sign", "a function", "a line twice"])
def test_a_damaged_break_would_be_noticed(damage) -> None:  # type: ignore[no-untyped-def]
    rows, _ = set_on(PROFILES["paper"], LONG, 224)
    whole, _ = set_on(PROFILES["paper"], LONG, inf)
    assert len(rows) > 4
    assert unbroken(" ".join(rows)) == unbroken(" ".join(whole))
    assert unbroken(" ".join(damage(rows))) != unbroken(" ".join(whole))


def test_breaks_stand_before_signs() -> None:
    rows, _ = set_on(PROFILES["paper"], LONG, 317)
    later = [row.replace(r"\quad", "").split()[0] for row in rows[1:]]
    assert set(later) <= {"=", "+", r"\cdot"}


def test_narrow_lines_are_kept() -> None:
    for item in (LONG, wide, deep):
        for line in (317.0, 224.0):
            style = with_line(PROFILES["paper"], line)
            assert extent(style, formula_rows(style, item)) <= line, item.id


def test_what_cannot_be_broken_is_told_by_how_much() -> None:
    assert fragment_on(Sheet(width=345), LONG).excess == 0
    narrow = Sheet(width=100)
    found = fragment_on(narrow, LONG).excess
    rows = formula_rows(narrow.style, LONG)
    assert found == pytest.approx(extent(narrow.style, rows) - narrow.style.line - NUMBER)
    assert found > 0


def test_a_long_polynomial_is_broken_at_its_outermost_terms() -> None:
    tex = r"\sum_a \left(a + b\right) - \left[c - d\right]_{i+1} + e"
    assert by_terms(tex, 1) == [r"\sum_a \left(a + b\right)", r"- \left[c - d\right]_{i+1}", "+ e"]
    assert by_terms(tex, 1000) == [tex]


# ---- how wide TeX sets it


def printed() -> list[str]:
    found = [Printer(style)(e) for e in DIFFERENT for style in PROFILES.values()]
    for item in EVERYTHING:
        for style in PROFILES.values():
            found += set_on(style, item, 317)[0]
    return list(dict.fromkeys(found))


@needs_latex
def test_the_measure_is_tex_s_own_within_a_few_percent(tmp_path: Path) -> None:
    formulas = [tex for tex in printed() if r"\parbox" not in tex]
    assert len(formulas) > 300
    wrong = []
    for tex, real in zip(formulas, widths(tmp_path, formulas), strict=True):
        if not -0.01 * real - 1 <= width(tex) - real <= 0.05 * real + 3:
            wrong.append((tex, real, width(tex)))
    assert wrong == []


def test_the_measure_knows_every_sign_of_the_printer() -> None:
    known = {*SIGNS, *OPERATORS, *SPACES, *ITALIC, *GREEK}
    assert {sign for tex in printed() for sign in signs(taken_apart(tex))} - known - {" "} == set()


def signs(formula: Formula) -> Iterator[str]:
    for item in formula:
        if isinstance(item, Sign):
            yield item.token
        elif isinstance(item, (Group, Fenced)):
            yield from signs(item.inside)
        elif isinstance(item, Called):
            for part in item.arguments if item.name not in ("mathrm", "mathbf", "operatorname") else ():
                yield from signs(part)
        elif isinstance(item, Scripted):
            yield from signs((item.base, *item.below, *item.above))
        elif isinstance(item, Grid):
            for row in item.rows:
                for cell in row:
                    yield from signs(cell)


@pytest.mark.parametrize("tex", ["{", "a}", r"\left(a", r"\begin{bmatrix} a", r"\frac{a}", r"\end{x}", "{" * 300])
def test_what_is_not_printed_is_refused_and_still_measured(tex: str) -> None:
    with pytest.raises(NotPrinted):
        taken_apart(tex)
    assert width(tex) > 0


# ---- macros


def test_macros_written_out_are_the_notation_without_macros() -> None:
    for name, style in PROFILES.items():
        plain, macros = with_line(style, inf), with_line(MACRO_STYLE, inf)
        for e in DIFFERENT:
            assert expanded(Printer(macros)(e), plain) == Printer(plain)(e), name
        for item in EVERYTHING:
            rows, others = set_on(macros, item, inf)[0], set_on(plain, item, inf)[0]
            assert [expanded(row, plain) for row in rows] == others, item.id


def test_every_macro_is_used_and_the_notations_stay_out_of_fragments() -> None:
    style = with_line(MACRO_STYLE, inf)
    everything = "\n".join([*(Printer(style)(e) for e in DIFFERENT),
                            *(row for item in EVERYTHING for row in set_on(style, item, inf)[0])])
    unused = [name for name in MACROS if rf"\{name}" not in everything]
    assert set(unused) <= {"trop", "detop", "atstepup"}  # a trace, a determinant, a block at a step: none has them
    for command in (r"\odot", r"\otimes", r"\oplus", r"\mathbf", r"\boldsymbol"):
        assert command not in everything


def test_macros_of_a_block_at_a_step_of_a_trace_and_of_a_determinant() -> None:
    own = Model("own")
    n, m = own.dims("n m")
    [s] = own.times("s")
    q = own.inputs("q_f", {"h": n, "x": m})
    A = own.parameter("A", n, n)
    for e, wanted in ((q[s]["h"], r"\atstepup[f]{\vect{q}}{h}{s}"), (trace(A), r"\trop(\vect{A})"),
                      (det(A), r"\detop(\vect{A})")):
        assert Printer(MACRO_STYLE)(e) == wanted
        for style in PROFILES.values():
            assert expanded(wanted, style) == Printer(style)(e)


def test_a_wrong_expansion_would_be_noticed() -> None:
    tex = Printer(MACRO_STYLE)(d(c[t], c[t - 1], hold=o))
    assert expanded(tex, PROFILES["paper"]) != expanded(tex, PROFILES["article"])
    assert expanded(tex.replace(r"\jac", r"\immjac"), PROFILES["paper"]) != expanded(tex, PROFILES["paper"])
    for broken in (r"\atstep[f{a}{t}", r"\jac{a}", r"\vect"):
        with pytest.raises(NotPrinted):
            expanded(broken, PROFILES["paper"])


@needs_latex
@pytest.mark.parametrize("profile", list(PROFILES))
def test_notation_sty_sets_what_is_printed_without_it(profile: str, tmp_path: Path) -> None:
    (tmp_path / "notation.sty").write_text(notation_sty(), encoding="utf-8")
    plain, macros = with_line(PROFILES[profile], inf), with_line(MACRO_STYLE, inf)
    pairs = [(Printer(plain)(e), Printer(macros)(e)) for e in DIFFERENT]
    for item in EVERYTHING:
        pairs += zip(set_on(plain, item, inf)[0], set_on(macros, item, inf)[0], strict=True)
    formulas = [tex for pair in pairs for tex in pair if r"\parbox" not in tex]
    found = widths(tmp_path, formulas, rf"\usepackage[{profile}]{{notation}}")
    assert [formulas[k] for k in range(0, len(found), 2) if abs(found[k] - found[k + 1]) > 0.001] == []
    other = "article" if profile == "paper" else "paper"
    changed = widths(tmp_path, formulas, rf"\usepackage[{other}]{{notation}}")
    assert sum(a != b for a, b in zip(found, changed, strict=True)) > 200  # the notation does change


@needs_latex
def test_a_paper_changes_a_macro_in_one_place(tmp_path: Path) -> None:
    (tmp_path / "notation.sty").write_text(notation_sty("article"), encoding="utf-8")
    probe = [r"a \had b", r"a \times\times b", r"\vect{W}", "W"]
    own = r"\usepackage{notation}\renewcommand{\had}{\times\times}"
    renewed, wanted, letter, plain = widths(tmp_path, probe, own)
    assert renewed == wanted
    assert letter == plain  # the notation that the file was written with
    assert widths(tmp_path, probe, r"\usepackage[paper]{notation}")[2] != plain
    status, log = compiled(tmp_path, source([], r"\usepackage[fancy]{notation}"))
    assert status != 0
    assert "Unknown option" in log


def test_notation_sty_of_an_unknown_profile() -> None:
    with pytest.raises(NamingError, match="article, paper"):
        notation_sty("fancy")


# ---- through TeX


@needs_latex
@pytest.mark.parametrize("width", [345, 252])
@pytest.mark.parametrize("profile", list(PROFILES))
@pytest.mark.parametrize("form", ["equation", "align", "inline"])
def test_fragments_compile_and_fit_the_page(form: str, profile: str, width: float, tmp_path: Path) -> None:
    everything = [fragment(item, profile, form=form, width=width) for item in EVERYTHING]
    if form == "inline":  # TeX breaks a line of text where it can
        everything = [rf"\begin{{sloppypar}}{text}{chr(10)}\end{{sloppypar}}" for text in everything]
    status, log = compiled(tmp_path, source(everything, r"\usepackage{amssymb}", width))
    assert status == 0, log[-2000:]
    assert form == "inline" or overfull(log) == []


@needs_latex
@pytest.mark.parametrize("option", list(PROFILES))
@pytest.mark.parametrize("mark", [True, False])
def test_fragments_in_macros_compile_with_amsmath_alone(option: str, mark: bool, tmp_path: Path) -> None:
    (tmp_path / "notation.sty").write_text(notation_sty(), encoding="utf-8")
    everything = [fragment(item, form=form, macros=True, mark=mark).replace("{eq:", f"{{eq:{form}.")
                  for form in ("equation", "align") for item in EVERYTHING]
    everything += [fragment(item, form="inline", macros=True) for item in EVERYTHING[:5]]
    status, log = compiled(tmp_path, source(everything, rf"\usepackage[{option}]{{notation}}"))
    assert status == 0, log[-2000:]
    assert overfull(log) == []
    assert "multiply" not in log


@needs_latex
@pytest.mark.parametrize("options", ["a4paper", "a4paper,leqno", "a4paper,fleqn", "a4paper,twocolumn"])
def test_marks_in_the_margin(options: str, tmp_path: Path) -> None:
    (tmp_path / "notation.sty").write_text(notation_sty(), encoding="utf-8")
    one = next(claim for claim in rnn.claims if claim.id == "rnn.jacobian")
    texts = [fragment(one, mark=True), fragment(one, mark=True, form="inline"),
             fragment(chain, mark=True, form="align"), fragment(chain).replace("{eq:", "{eq:other."),
             r"\eqref{eq:rnn.jacobian}"]
    assert [r"\begin{verdict}{not checked}" in text for text in texts] == [True, False, True, False, False]
    assert r"\verdictaside{not checked}%" in texts[1]
    status, log = compiled(tmp_path, source(texts, r"\usepackage{notation}", options=options))
    assert status == 0, log[-2000:]
    if options == "a4paper":
        assert overfull(log) == []


def test_a_definition_has_no_verdict_to_mark() -> None:
    [one, *_] = [item for item in EVERYTHING if isinstance(item, Definition)]
    assert "verdict}" not in fragment(one, mark=True)
    assert "verdict=definition" in fragment(one)
    assert set(FORMS) == {"equation", "align", "inline"}
    assert net.title
