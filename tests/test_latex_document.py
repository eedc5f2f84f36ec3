"""A whole document of a check, in LaTeX and in Typst, and its PDF."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from standin import Checker, Write, checker, derivations, write
from test_latex import DIFFERENT, c, net, shipped, t
from typesetting import compiled, needs_latex, overfull
from verdicts import CLAIMS, EVERY, run

from derivations.claim import Definition, Remark
from derivations.latex import pdf
from derivations.latex.fragments import Sheet
from derivations.latex.pdf import NotSet
from derivations.latex.printed import NotPrinted
from derivations.latex.stamp import intact
from derivations.latex.typst import typst, typst_rows
from derivations.latex.words import words
from derivations.model import Model
from derivations.recurrent import lstm, rnn
from derivations.report.manuscript import WORDS, Display, Heading, Paragraph, Steps, manuscript
from derivations.report.manuscript_tex import LINE, manuscript_tex
from derivations.report.manuscript_typst import manuscript_typst
from derivations.verdict import Status

__all__ = ["checker", "write"]  # fixtures
needs_typst = pytest.mark.skipif(find_spec("typst") is None, reason="typst is not installed")
SHEET = Sheet(width=LINE)
BOUND = next(claim for claim in rnn.claims if claim.id == "rnn.vanish.bounded")


def texts(blocks: list[object]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, (Heading, Paragraph))]


# ---- what is in it


def test_every_item_is_in_the_document_with_its_verdict() -> None:
    found = run(*EVERY)
    claims = [verdict.claim for verdict in found.verdicts]
    definitions = [item for model in (rnn, lstm) for item in model.definitions]
    blocks = manuscript([*definitions, *claims], SHEET, found)
    marks = {block.text: block.mark for block in blocks if isinstance(block, Heading) and block.level == 2}
    assert {id: mark for id, mark in marks.items() if mark != "remark"} == {
        verdict.claim.id: str(verdict.status) for verdict in found.verdicts}
    assert {id for id, mark in marks.items() if mark == "remark"} == {
        item.id for item in definitions if isinstance(item, Remark)}
    labels = {block.label for block in blocks if isinstance(block, Display)}
    assert labels == {item.id for item in [*definitions, *claims] if not isinstance(item, Remark)}
    heads = {block.head for block in blocks if isinstance(block, Paragraph)}
    assert heads >= {"Verdict", "Counterexample", *WORDS}
    assert {source for verdict in found.verdicts if (source := verdict.claim.source)} <= set(texts(blocks))


def test_a_proof_is_shown_step_by_step() -> None:
    proved = [verdict for verdict in EVERY if verdict.status is Status.PROVED]
    assert proved
    blocks = manuscript([verdict.claim for verdict in proved], SHEET, run(*proved))
    assert any(isinstance(block, Paragraph) and block.head == "Proof" for block in blocks)
    steps = [formula for block in blocks if isinstance(block, Steps) for _, formula in block.rows]
    assert any(r"\mathbf{B}_t" in formula for formula in steps)


def test_without_a_check_nothing_is_claimed_to_be_known() -> None:
    blocks = manuscript(rnn.claims, SHEET)
    assert {block.mark for block in blocks if isinstance(block, Heading) and block.level == 2} == {"not checked"}
    assert not {"Verdict", "Proof", "Counterexample"} & {b.head for b in blocks if isinstance(b, Paragraph)}


def test_claims_are_in_the_order_of_their_file() -> None:
    blocks = manuscript([*reversed(rnn.claims)], SHEET)
    ids = [block.text for block in blocks if isinstance(block, Heading) and block.level == 2]
    assert ids == [claim.id for claim in rnn.claims]


# ---- words


@pytest.mark.parametrize(("plain", "tex"), [
    ("50 % of a_{t-1} & b", r"50 \% of a\textsubscript{t-1} \& b"), ("W_f^h", r"W\textsubscript{f}\textsuperscript{h}"),
    ("x^(j) _", r"x\textsuperscript{(j)} \_"), ("a ≠ b → ∂⁺c", r"a $\neq$ b $\to$ $\partial $$^{+}$c"),
    ("Łódź, Gauß, naïve", r"{\L}\'{o}d\'{z}, Gau{\ss}, na\"{i}ve"), ("c̃_t", r"\~{c}\textsubscript{t}"),
    ("show --proof", r"show -{}-proof"), ("中", "[U+4E2D]"), ("\\input{x} $ # ~", r"\textbackslash{}input\{x\} \$ \# "
                                                            r"\textasciitilde{}"),
    ("x_{unclosed", r"x\_\{unclosed"), ("e_{a_{b}}", r"e\textsubscript{a\textsubscript{b}}"), ("a\n\nb", "a b"),
])
def test_words_for_latex(plain: str, tex: str) -> None:
    assert words(plain) == tex


@needs_latex
def test_hostile_words_compile(tmp_path: Path) -> None:
    hostile = ["".join(map(chr, range(start, start + 64))) for start in range(32, 0x2100, 64)]
    hostile += ["\\end{document}", "^^5c", "a_b^c_{d", "%", "$$", "\u202e", "\U0001f600"]
    odd = Definition("odd.id_{x}", c[t], c[t], source=" ".join(hostile))
    blocks = [*manuscript([odd], SHEET), *(Paragraph(text, head=text) for text in hostile)]
    status, log = compiled(tmp_path, manuscript_tex(blocks))
    assert status == 0, log[-2000:]


# ---- through TeX and Typst


def whole() -> list[object]:
    """The document of everything that is shipped, with the proofs that take little time."""
    items = [*shipped()]
    quick = [verdict for verdict in EVERY if verdict.claim.id != "lstm.chain.full"]
    return [*manuscript(items, SHEET, run(*quick))]


@needs_latex
def test_the_document_compiles_and_fits(tmp_path: Path) -> None:
    source = manuscript_tex(whole())
    assert intact(source)
    status, log = compiled(tmp_path, source)
    assert status == 0, log[-2000:]
    assert overfull(log) == []
    assert "multiply" not in log


@needs_latex
def test_every_proof_that_is_shown_fits(tmp_path: Path) -> None:
    """All the proofs of the recurrent network, and a bound's."""
    from derivations.report.manuscript import _proof

    blocks = [block for claim in rnn.claims for block in _proof(claim, "article")]
    assert len(blocks) > 40
    assert any(BOUND.id in block.text or "≤" in block.text for block in blocks if isinstance(block, Paragraph))
    status, log = compiled(tmp_path, manuscript_tex(blocks))
    assert status == 0, log[-2000:]
    assert overfull(log) == []


def test_every_printed_formula_has_its_form_in_typst() -> None:
    for e in DIFFERENT:
        for profile in ("paper", "article"):
            assert typst(e.latex(profile))
    for tex in (r"\unknown", "{", r"\foo{a}"):
        with pytest.raises(NotPrinted):
            typst(tex)


@pytest.mark.parametrize(("tex", "wanted"), [
    (r"\frac{\partial \mathbf{c}_t}{\partial \mathbf{c}_{t-1}}",
     "frac(∂ bold(upright(c))_(t), ∂ bold(upright(c))_(t - 1))"),
    (r"\sum_{t=1}^{10} \operatorname{diag}(\sigma'(x), y)", 'sum_(t = 1)^(10) op("diag") ( σ\' ( x ) \\, y )'),
    (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}", 'mat(delim: "[", a, b; c, d)'),
    (r"\left.x\right|_{\mathbf{o}_{\bullet}}", "lr(x |)_(bold(upright(o))_(•))"),
    (r"\lVert x \rVert_{2}^{2} \, \tfrac{1}{2}",
     'class("opening", ‖) x class("closing", ‖)_(2)^(2) thin inline(frac(1, 2))'),
    (r"\tilde{\mathbf{c}} \odot \boldsymbol{\tau}", "tilde(bold(upright(c))) ⊙ bold(τ)"),
    (r'\text{a "b" \& c}', '"a \\"b\\" & c"'),
])
def test_formulas_in_typst(tex: str, wanted: str) -> None:
    assert typst(tex) == wanted


def test_lines_in_typst() -> None:
    assert typst_rows([("a", "= b"), ("", r"\quad + c")]) == "a & = b \\  & quad + c"


@needs_typst
def test_the_document_compiles_in_typst_and_has_the_same_bytes_again(tmp_path: Path) -> None:
    source = manuscript_typst(whole())
    first, second = (pdf._by_typst(source) for _ in range(2))
    assert first[:5] == b"%PDF-"
    assert first == second
    assert pdf._by_typst(source.replace("Recurrent", "Other")) != first
    formulas = "\n".join(f"$ {typst(e.latex())} $" for e in DIFFERENT)
    assert pdf._by_typst(formulas)[:5] == b"%PDF-"
    with pytest.raises(NotSet, match="typst: "):
        pdf._by_typst("$ frac(a $")


@needs_latex
def test_a_pdf_has_the_same_bytes_again_and_no_date(tmp_path: Path) -> None:
    source = manuscript_tex(manuscript(net.claims, SHEET))
    first, second = (pdf.pdf(source, lambda: "") for _ in range(2))
    assert first == second
    assert b"CreationDate" not in first
    assert pdf.pdf(source.replace("cell", "cage"), lambda: "") != first
    with pytest.raises(NotSet, match=r"pdflatex: Undefined control sequence.*l\.\d+"):
        pdf.pdf(source.replace(r"\begin{document}", "\\begin{document}\n\\undefined"), lambda: "")


# ---- the command


def test_the_document_of_a_check(checker: Checker, tmp_path: Path) -> None:
    result = derivations("latex", "rnn.jacobian", "rnn.jacobian.right", "rnn.state", "-o", tmp_path, "--document",
                         "--stamp")
    path = tmp_path / "derivations.tex"
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    text = path.read_text(encoding="utf-8")
    assert r"\claim{rnn.jacobian}{agrees}" in text
    assert r"\claim{rnn.jacobian.right}{refuted}" in text
    assert r"\label{eq:rnn.state}" in text
    path.write_text(text + "% mine", encoding="utf-8")
    result = derivations("latex", "rnn.jacobian", "-o", tmp_path, "--document")
    assert (result.exit_code, result.stdout) == (2, "")
    assert path.read_text(encoding="utf-8") == text + "% mine"
    assert derivations("latex", "rnn.jacobian", "-o", tmp_path, "--document", "--force").exit_code == 0


def test_the_pdf_of_a_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = tmp_path / "derivations.pdf"
    monkeypatch.setattr(pdf, "pdf", lambda latex, other: b"%PDF " + other().encode()[:4] + latex.encode()[:4])
    found.write_bytes(b"of another paper")
    result = derivations("latex", "rnn.jacobian", "-o", tmp_path, "--pdf")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{found}: it is not made from a derivations.tex of ours" in result.stderr
    assert found.read_bytes() == b"of another paper"
    assert derivations("latex", "rnn.jacobian", "-o", tmp_path, "--pdf", "--force").exit_code == 0
    assert found.read_bytes() == b"%PDF #set% de"
    assert derivations("latex", "rnn.state", "-o", tmp_path, "--pdf").exit_code == 0  # ours by now


def test_without_latex_and_typst_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "which", lambda command: None)
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    result = derivations("latex", "rnn.jacobian", "-o", tmp_path, "--pdf")
    assert result.exit_code == 2
    assert "pip install 'derivations[pdf]'" in result.stderr
    assert "Traceback" not in result.stderr
    assert (tmp_path / "derivations.tex").is_file()
    assert not (tmp_path / "derivations.pdf").exists()


def test_typst_is_taken_where_there_is_no_latex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "which", lambda command: None)
    monkeypatch.setattr(pdf, "find_spec", lambda name: name)
    monkeypatch.setattr(pdf, "_by_typst", lambda source: source.encode())
    assert pdf.pdf("latex", lambda: "typst") == b"typst"


def test_files_of_one_s_own_make_a_document(checker: Checker, write: Write) -> None:
    write("mine.py")
    result = derivations("latex", "mine.py", "-o", "out", "--document", "--stamp")
    assert result.exit_code == 0, result.stderr
    text = Path("out/derivations.tex").read_text(encoding="utf-8")
    assert r"\claim{net.same}{agrees}" in text
    assert r"\claim{net.other}{refuted}" in text


def test_help_needs_neither_sympy_nor_a_typesetter() -> None:
    code = ("import sys\nfrom numeric.cli import main\ntry:\n    main(['latex', '--help'])\nexcept SystemExit: pass\n"
            "print(*{'sympy', 'jax', 'typst', 'derivations.latex'} & set(sys.modules), file=sys.stderr)")
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stderr.strip() == ""
    assert "--document" in shown.stdout


def test_two_models_of_one_title() -> None:
    a, b = Model("a", title="One"), Model("b", title="One")
    blocks = manuscript([a.remark("x", "Said."), b.remark("y", "Said too.")], SHEET)
    assert [block.text for block in blocks if isinstance(block, Heading) and block.level == 2] == ["a.x", "b.y"]
    assert CLAIMS
