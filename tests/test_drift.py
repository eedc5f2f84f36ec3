"""Drift in documents: fragments brought back, stamps and labels, the command, its report and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from standin import Write, derivations, write

from derivations import Model, sigma, tanh
from derivations.digest import meaning
from derivations.drift.finding import Difference, Finding, Status
from derivations.drift.found import by_id
from derivations.drift.judge import Drift
from derivations.latex import Stamp, fragment, latex, notation_sty
from derivations.latex.fragments import COLUMN, label
from derivations.latex.reader.scan import scan
from derivations.latex.reader.syntax import parse
from derivations.recurrent import lstm, rnn
from derivations.report.drift import Found, summary, to_json
from numeric.commands.drift import exit_status
from numeric.drift import apart

__all__ = ["write"]  # a fixture

DRIFT = Drift([rnn, lstm], apart)
ITEMS = [known.item for known in by_id([rnn, lstm]).values()]
BY_ID = {item.id: item for item in ITEMS}
B = latex(BY_ID["lstm.B"])
DOCUMENT = "\\documentclass{{article}}\n\\usepackage{{notation}}\n\\begin{{document}}\n{}\n\\end{{document}}\n"


def findings(path: Path, drift: Drift = DRIFT) -> list[Finding]:
    source = scan(path)
    assert not source.problems, source.problems
    return list(drift.findings(source))


def in_file(tmp_path: Path, text: str, drift: Drift = DRIFT) -> list[Finding]:
    path = tmp_path / "paper.tex"
    path.write_text(DOCUMENT.format(text), encoding="utf-8")
    return findings(path, drift)


# ---- the round: fragments, written and brought back


def brought_in(folder: Path, profile: str, form: str, *, macros: bool, width: float = COLUMN) -> Path:
    """A document that brings in a fragment of everything that is shipped."""
    (folder / "notation.sty").write_text(notation_sty(profile), encoding="utf-8")
    for k, item in enumerate(ITEMS):  # numbers: lstm.s and lstm.S are one name on some systems
        text = fragment(item, profile, form=form, macros=macros, width=width)
        (folder / f"{k}.tex").write_text(text, encoding="utf-8")
    path = folder / "paper.tex"
    lines = "\n".join(f"As in \\input{{{k}}} we see." for k, _ in enumerate(ITEMS))
    path.write_text(DOCUMENT.format(lines), encoding="utf-8")
    return path


def require_round(path: Path) -> None:
    found = findings(path)
    assert sorted(finding.id for finding in found) == sorted(map(label, ITEMS))
    assert {finding.id: finding for finding in found if finding.status is not Status.SAME or finding.notes} == {}


FORMS = [("paper", "equation", False, COLUMN), ("article", "align", True, COLUMN), ("paper", "inline", False, COLUMN)]
MORE = [("article", "equation", False, COLUMN), ("paper", "align", True, 250.0), ("article", "align", False, 230.0),
        ("article", "inline", True, COLUMN), ("paper", "equation", True, 300.0)]


@pytest.mark.parametrize(("profile", "form", "macros", "width"), FORMS)
def test_what_was_written_means_the_same(tmp_path: Path, profile: str, form: str, macros: bool,
                                         width: float) -> None:
    require_round(brought_in(tmp_path, profile, form, macros=macros, width=width))


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "form", "macros", "width"), MORE)
def test_what_was_written_in_other_ways_means_the_same(tmp_path: Path, profile: str, form: str, macros: bool,
                                                       width: float) -> None:
    require_round(brought_in(tmp_path, profile, form, macros=macros, width=width))


def test_an_edited_fragment_is_told_whether_its_meaning_changed_or_not(tmp_path: Path) -> None:
    path = brought_in(tmp_path, "paper", "equation", macros=False)
    at = {item.id: tmp_path / f"{k}.tex" for k, item in enumerate(ITEMS)}
    edits = {"lstm.B": ("=", "= -"), "lstm.output": (r"\mathbf{h}_t = ", "\\mathbf{h}_t =\n   ")}
    for id, (before, after) in edits.items():
        stamp, body = at[id].read_text(encoding="utf-8").split("\\begin", 1)
        at[id].write_text(f"{stamp}\\begin{body.replace(before, after, 1)}", encoding="utf-8")
    found = {finding.id: finding for finding in findings(path) if finding.edited}
    assert {id: finding.status for id, finding in found.items()} == \
        {"lstm.B": Status.CHANGED, "lstm.output": Status.SAME}
    assert all("edited" in finding.notes[0] for finding in found.values())


def test_a_sentence_is_compared_as_text(tmp_path: Path) -> None:
    remark = BY_ID["lstm.partial-sums.series"]
    for form in ("equation", "align", "inline"):
        text = fragment(remark, form=form)
        assert [f.status for f in in_file(tmp_path, text)] == [Status.SAME]
        assert [f.status for f in in_file(tmp_path, text.replace("zero", "one"))] == [Status.CHANGED]


# ---- stamps


def test_stamps_of_another_claim_or_version_are_told(tmp_path: Path) -> None:
    item, now = BY_ID["lstm.B"], meaning(BY_ID["lstm.B"])
    rows = [
        (Stamp("lstm.B", "proved", seed=0, meaning=now), Status.SAME, False, False),
        (Stamp("lstm.B", "proved", "0.0.1", 0, now), Status.SAME, False, True),
        (Stamp("lstm.B", "not-checked", "0.0.1", None, now), Status.SAME, False, False),
        (Stamp("lstm.B", "proved", seed=0, meaning="0123456789abcdef"), Status.STALE, True, False),
        (Stamp("lstm.Bee", "proved", seed=0, meaning=now), Status.UNKNOWN, False, False),
    ]
    for stamp, status, stale, outdated in rows:
        [*_, found] = sorted(in_file(tmp_path, fragment(item, stamp=stamp)), key=lambda f: f.id)
        assert (found.status, found.stale, found.outdated) == (status, stale, outdated), stamp
    assert "did you mean lstm.B" in found.reason


def test_a_changed_equation_with_a_stale_stamp_has_changed(tmp_path: Path) -> None:
    text = fragment(BY_ID["lstm.B"], stamp=Stamp("lstm.B", "proved", seed=0, meaning="0" * 16))
    [found] = in_file(tmp_path, text.replace("_t = ", "_t = 2 "))
    assert (found.status, found.stale) == (Status.CHANGED, True)


def test_a_stamp_without_its_formula_is_not_read(tmp_path: Path) -> None:
    stamp = str(Stamp("lstm.B", "proved", seed=0))
    [found] = in_file(tmp_path, f"{stamp}\nSomething else, $x = y$, stands here.")
    assert (found.status, "no formula stands behind" in found.reason) == (Status.NOT_READ, True)


def test_the_stamp_tells_more_than_the_label(tmp_path: Path) -> None:
    """An author's own label; and a label that names another claim than the stamp does."""
    text = fragment(BY_ID["lstm.B"])
    [own] = in_file(tmp_path, text.replace("eq:lstm.B", "eq:forget"))
    assert (own.id, own.label, own.status) == ("lstm.B", "", Status.SAME)
    both = in_file(tmp_path, text.replace("eq:lstm.B", "eq:lstm.C"))
    assert {found.id: found.status for found in both} == {"lstm.B": Status.SAME, "lstm.C": Status.CHANGED}


# ---- labels


def test_each_row_of_an_alignment_has_its_own_label(tmp_path: Path) -> None:
    rows = [rf"{latex(BY_ID[id]).replace('=', '&=', 1)} \label{{eq:{id}}}" for id in ("lstm.B", "lstm.output")]
    found = in_file(tmp_path, "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}")
    assert [(f.id, f.status) for f in found] == [("lstm.B", Status.SAME), ("lstm.output", Status.SAME)]
    found = in_file(tmp_path, "\\begin{align}\n" + " \\\\\n".join([rows[0].replace("&=", "&= -"), rows[1]])
                    + "\n\\end{align}")
    assert [(f.id, f.status) for f in found] == [("lstm.B", Status.CHANGED), ("lstm.output", Status.SAME)]


def test_labels_of_a_paper_s_own_equations_are_left_alone(tmp_path: Path) -> None:
    text = "\\begin{equation}\\label{eq:jac} a = b \\end{equation} \\begin{equation}\\label{B} a = b \\end{equation}"
    assert in_file(tmp_path, text) == []
    [found] = in_file(tmp_path, text.replace("eq:jac", "eq:lstm.jac"))
    assert (found.id, found.status) == ("lstm.jac", Status.UNKNOWN)


def test_the_macros_of_a_paper_are_written_out(tmp_path: Path) -> None:
    text = f"\\newcommand{{\\B}}{{{B}}}\\begin{{equation}}\\label{{eq:lstm.B}}\\B\\end{{equation}}"
    assert [f.status for f in in_file(tmp_path, text)] == [Status.SAME]
    assert [f.status for f in in_file(tmp_path, text.replace("_t =", "_t = -"))] == [Status.CHANGED]


def test_an_empty_argument_is_asked_for_as_tex_does() -> None:
    """``\\ifx\\relax#1\\relax``, with which the macros of notation.sty leave out a comma."""
    source = scan((r"\newcommand{\at}[3][]{#2_{\ifx\relax#1\relax\else#1,\fi#3}}"
                   r"$\at{c}{t} = \at[f]{z}{t}$ $c_{t} = z_{f,t}$", "tex"))
    one, other = (parse(passage.text, passage.macros).items for passage in source.passages)
    assert one == other


def test_a_limit_that_is_too_wide_for_a_line_is_printed_whole() -> None:
    item = BY_ID["lstm.prevention.always"]
    text = fragment(item, width=90.0)
    assert r"\inf" in text
    assert [f.status for f in DRIFT.findings(scan((text, "tex")))] == [Status.SAME]


# ---- the command


def paper(tex: str) -> str:
    return f"\\begin{{equation}}\n\\label{{eq:lstm.B}}\n{tex}\n\\end{{equation}}\n"


STATUSES = {
    "the same": (paper(B), 0),
    "changed": (paper(B.replace("=", "= -")), 1),
    "stale": (str(Stamp("lstm.B", "proved", meaning="0" * 16)) + "\n" + paper(B), 1),
    "not read": (paper(B.replace("=", r"= \zeta")), 3),
    "unknown": (paper(B).replace("lstm.B", "lstm.Bee"), 3),
    "nothing to compare": ("No equation.\n", 3),
    "not scanned": (paper(B) + "\\begin{equation} a = b", 3),
    "not read and changed": (paper(B.replace("=", "= -")) + "\\begin{equation} a = b", 1),
}


@pytest.mark.parametrize("name", STATUSES)
def test_the_exit_status(write: Write, name: str) -> None:
    text, status = STATUSES[name]
    write("paper.tex", text)
    result = derivations("drift", "paper.tex")
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("arguments", "words"), [
    (["nosuch.tex"], "cannot be read"), (["net.py"], "are not read"), (["."], "is a folder"),
    (["paper.tex", "--against", "nosuch.py"], "no such file"), ([], "Missing argument"),
    (["paper.tex", "--against", "twice.py"], "a second model is called 'lstm'"),
])
def test_bad_input_is_a_message(write: Write, arguments: list[str], words: str) -> None:
    write("net.py")
    write("twice.py", name="lstm")
    write("paper.tex", paper(B))
    result = derivations("drift", *arguments)
    assert (result.exit_code, words in result.output) == (2, True), result.output


def test_the_report_shows_the_place_the_side_and_the_term(write: Write) -> None:
    write("paper.tex", "\n\n" + paper(B.replace("=", "= -")))
    text = derivations("drift", "paper.tex").output
    assert "paper.tex:3: eq:lstm.B  changed" in text
    assert "right side: values tell them apart at n = 3, t = 1" in text
    assert "claim     ∂⁺c_t/∂c_{t-1}" in text
    assert "document  {+-+}∂⁺c_t/∂c_{t-1}" in text
    assert "1 equation: 1 changed" in text
    assert "\x1b" not in text


def test_quiet_leaves_out_what_is_the_same(write: Write) -> None:
    write("paper.tex", paper(B))
    assert "eq:lstm.B" not in derivations("drift", "-q", "paper.tex").output
    assert "eq:lstm.B  same" in derivations("drift", "paper.tex").output


def test_json_says_what_the_text_says_and_is_the_same_twice(write: Write) -> None:
    write("paper.tex", paper(B.replace("=", "= -")))
    one, other = (derivations("drift", "--json", "paper.tex") for _ in range(2))
    assert one.stdout == other.stdout
    report = json.loads(one.stdout)
    [equation] = report["equations"]
    assert (report["version"], equation["id"], equation["status"], equation["line"]) == (1, "lstm.B", "changed", 1)
    [difference] = equation["differences"]
    assert "".join(piece for sign, piece in difference["diff"] if sign != "+") == difference["claim"]
    assert "".join(piece for sign, piece in difference["diff"] if sign != "-") == difference["document"]
    assert report["counts"]["changed"] == 1


def test_claims_of_a_file(write: Write) -> None:
    write("net.py")
    formula = "\\mathbf{c}_t = \\SIGMA(\\mathbf{W} \\, \\mathbf{c}_{t-1})"
    text = f"\\begin{{equation}}\\label{{eq:net.same}} {formula}\\end{{equation}}"
    write("paper.tex", text.replace("SIGMA", "sigma"))
    assert derivations("drift", "paper.tex", "--against", "net.py").exit_code == 0
    assert derivations("drift", "paper.tex").exit_code == 3
    write("paper.tex", text.replace("SIGMA", "tanh"))
    assert derivations("drift", "paper.tex", "--against", "net.py").exit_code == 1


def test_a_claim_that_changes_makes_its_fragment_stale_and_its_equation_changed(tmp_path: Path) -> None:
    def model(*, turned: bool, other: bool) -> Model:
        m = Model("net")
        [n] = m.dims("n")
        [t] = m.times("t")
        W, c, h = m.parameter("W", n, n), m.sequence("c", n), m.sequence("h", n)
        c[t] = (tanh if other else sigma)(W @ c[t - 1])
        h[t] = tanh(c[t])
        m.equal("one", h[t], -tanh(c[t]) if turned else tanh(c[t]))
        return m

    before = model(turned=False, other=False)
    text = fragment(before.claims[0])
    for turned, other, status in ((False, False, Status.SAME), (False, True, Status.STALE),
                                  (True, False, Status.CHANGED)):
        [found] = in_file(tmp_path, text, Drift([model(turned=turned, other=other)], apart))
        assert (found.status, found.stale) == (status, turned or other)


# ---- the report


def test_what_differs_is_told_piece_by_piece() -> None:
    words = Difference("", "f_t ⊙ c_{t-1} + b", "f_t ⊙ c_t + b").words
    assert next(piece for sign, piece in words if sign == "=") == "f_t ⊙ "
    assert "".join(piece for sign, piece in words if sign != "-") == "f_t ⊙ c_t + b"


def test_the_summary_counts_what_became_of_each() -> None:
    found = Found(tuple(some(status) for status in (Status.SAME, Status.CHANGED, Status.SAME)))
    assert summary(found) == "3 equations: 1 changed, 2 same"
    assert exit_status(found) == 1
    assert json.loads(to_json(found))["counts"]["same"] == 2


def some(status: Status) -> Finding:
    place = scan((paper(B), "tex")).passages[0].at
    return Finding("lstm.B", place, status)
