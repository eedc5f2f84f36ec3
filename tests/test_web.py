"""The page of a check: its structure, its words, its formulas, and what it must refuse to do."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from standin import Checker, Write, broken, checker, contrary, derivations, interrupt, undecided, write
from verdicts import BROKEN, CLAIMS, EVERY, FAILS, GOOD, OPEN, SURVIVES, VACUOUS, WRONG, run, verdict

from derivations.claim import Definition, Remark
from derivations.errors import DerivationError, NamingError
from derivations.model import Model
from derivations.proof.claims import PROVERS, proof_of, remembering
from derivations.proof.trace import Proof
from derivations.recurrent import lstm, rnn
from derivations.report.proof_page import proof_latex, proof_steps
from derivations.report.run import Run
from derivations.report.told import Mended, Told
from derivations.report.web import mathml as conversion
from derivations.report.web.build import page_html
from derivations.report.web.drawing import drawing
from derivations.report.web.figure import Figure
from derivations.report.web.font.subset import FILE as FONT
from derivations.report.web.font.subset import code_points
from derivations.report.web.graph import at_fault, recurrence
from derivations.report.web.items import SIGNS, lowered
from derivations.report.web.mathml import Untypeset, converted, mathml, printed
from derivations.report.words import MARKS, headline
from derivations.verdict import Status

__all__ = ["checker", "write"]  # fixtures

VOID = {"meta", "input", "br", "link", "img", "hr"}
HOSTILE = "<script>alert('1')</script> & $x$ \" ' \u202eabc\u202c שלום \U0001f600 </title></style>"
EVIL = {"script": 1, "iframe": 0, "object": 0, "embed": 0, "link": 0, "base": 0, "img": 0}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'
FIGURE = Figure("curve", "A curve", "What it shows.", SVG.format('<path d="M 0.123456 0 \nL 9 9" id="unused"/>'),
                "k,value\n1,0.5\n")


@dataclass
class Tag:
    """An element of a page."""

    name: str
    attributes: dict[str, str]
    inside: list[Tag] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # of it and all that is in it

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def __iter__(self) -> Iterator[Tag]:
        """It, and all that is in it."""
        yield self
        for tag in self.inside:
            yield from tag

    def every(self, name: str, **attributes: str) -> list[Tag]:
        return [tag for tag in self if tag.name == name
                and all(value in tag.attributes.get(key, "").split() for key, value in attributes.items())]


class Reader(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Tag("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Tag(tag, {key: value or "" for key, value in attrs})
        assert len(made.attributes) == len(attrs), f"an attribute twice in <{tag}>"
        self.open[-1].inside.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            tag.words.append(data)


def read(page: str) -> Tag:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def article(page: Tag, id: str) -> Tag:
    [found] = [tag for tag in page.every("article") if tag.attributes["id"] == id]
    return found


def addresses(page: str) -> list[str]:
    """Whatever a browser could fetch."""
    tags = [value for tag in read(page) for key, value in tag.attributes.items()
            if key.rpartition(":")[2] in ("src", "href", "srcset", "action", "data", "poster", "formaction")]
    return [*tags, *re.findall(r"url\(\s*[\"']?([^)\"']*)", page), *re.findall(r"@import[^;]*", page)]


DEFINITIONS = (*rnn.definitions, *lstm.definitions)
REMARK = next(d for d in DEFINITIONS if isinstance(d, Remark))
PROOFS = ("rnn.vanish.bounded", "lstm.state.full", "rnn.chain", "lstm.state-gradient")
TOLD = {id: Told(proof_steps(CLAIMS[id], proof_of(CLAIMS[id]))) for id in PROOFS}
MENDED = Mended(r"\mathbf{a} = \mathbf{b}", "a = b", Status.UNDECIDED, "k ≥ 1", "", "precision ran out")
LOST = replace(FAILS, repair="use: W → W^(1)", paths=("missing: W_rec → c_2 → h_2 → E_2",))
FULL = run(*(LOST if v is FAILS else v for v in EVERY), verdict("lstm.state.full", Status.PROVED, True),
           definitions=DEFINITIONS, told=TOLD | {"rnn.chain": replace(TOLD["rnn.chain"], mended=MENDED)})


@pytest.fixture(scope="module")
def html() -> str:
    return page_html(FULL, [FIGURE])


@pytest.fixture(scope="module")
def page(html: str) -> Tag:
    return read(html)


# ---- structure


def test_landmarks_and_headings_in_order(page: Tag) -> None:
    assert page.every("html")[0].attributes["lang"] == "en"
    assert [len(page.every(name)) for name in ("main", "nav", "h1", "head")] == [1, 1, 1, 1]
    assert page.every("head")[0].every("title")[0].text == "Long short-term memory · Recurrent network: checked"
    levels = [int(tag.name[1]) for tag in page if re.fullmatch("h[1-6]", tag.name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.every("a", **{"class": "skip"})[0].attributes["href"] == "#_main"


def test_ids_are_unique_and_links_lead_somewhere(page: Tag) -> None:
    ids = [tag.attributes["id"] for tag in page if "id" in tag.attributes]
    assert len(set(ids)) == len(ids)
    links = [tag.attributes["href"][1:] for tag in page.every("a") if tag.attributes["href"].startswith("#")]
    named = [id for tag in page for id in tag.attributes.get("aria-labelledby", "").split()]
    labels = [tag.attributes["for"] for tag in page.every("label") if "for" in tag.attributes]
    assert {*links, *named, *labels} <= {*ids}
    assert {v.claim.id for v in FULL.verdicts} <= {*links}


def test_everything_is_in_the_order_of_its_file(page: Tag) -> None:
    shown = [tag.attributes["id"] for tag in page.every("article")]
    lines = {item.id: item.line for item in (*DEFINITIONS, *CLAIMS.values())}
    for name in ("rnn", "lstm"):
        mine = [lines[id] for id in shown if id.startswith(f"{name}.")]
        assert len(mine) > 5
        assert mine == sorted(mine)
    contents = [tag.attributes["data-for"] for tag in page.every("li") if "data-for" in tag.attributes]
    assert contents == shown


def test_a_verdict_is_told_by_sign_and_word(page: Tag) -> None:
    assert len({*SIGNS.values()}) == len(Status)
    for v in FULL.verdicts:
        [said] = [tag for tag in article(page, v.claim.id).inside if "verdict" in tag.attributes.get("class", "")]
        assert said.text.startswith(f"{SIGNS[v.status]} {headline(v)}")
        entry = next(tag for tag in page.every("li") if tag.attributes.get("data-for") == v.claim.id)
        assert entry.text.startswith(SIGNS[v.status])
        assert v.status in entry.text
    assert f"{MARKS['contrary to expectation']} contrary to expectation" in article(page, WRONG.claim.id).text
    assert "contrary to expectation" not in article(page, GOOD.claim.id).text
    assert f"{MARKS['not decided']} not decided" in article(page, OPEN.claim.id).text
    assert OPEN.reason in article(page, OPEN.claim.id).text
    assert VACUOUS.reason in article(page, VACUOUS.claim.id).text
    assert "the checker contradicts itself" in article(page, BROKEN.claim.id).text


def test_filters_and_their_counts(page: Tag) -> None:
    groups = {tag.attributes["id"]: tag.attributes["data-group"] for tag in page.every("article")}
    assert [groups[v.claim.id] for v in (GOOD, FAILS, WRONG, SURVIVES, OPEN, VACUOUS)] == [
        "holds", "fails", "fails", "holds", "undecided", "undecided"]
    assert groups[DEFINITIONS[0].id] == "none"
    for name in ("holds", "fails", "undecided"):
        [label] = [tag for tag in page.every("label")
                   if any(i.attributes.get("value") == name for i in tag.every("input"))]
        assert label.text == f"{name} {[*groups.values()].count(name)}"


def test_a_refutation_has_its_story(page: Tag) -> None:
    found = article(page, "rnn.chain")
    for words in ("k = 3, n = 2, m = 1, row 1, column 2, W rec", "0.125 ± 1e-30", "the second factor", "k = 1",
                  "missing: W rec → c 2 → h 2 → E 2", "? undecided : precision ran out"):
        assert words in found.text
    assert [len(found.every(name, **{"class": which})) for name, which in (("path", "path"), ("g", "marked"))] == [3, 4]
    assert "left over" in found.text
    assert not article(page, GOOD.claim.id).every("div", **{"class": "story"})


def test_a_proof_unfolds_in_steps(page: Tag) -> None:
    [proof] = article(page, "lstm.state.full").every("details", **{"class": "proof"})
    steps = proof.every("ol")[0].inside
    assert len(steps) == 3
    assert all(step.every("math") for step in steps)
    assert "definitions of c t" in steps[1].text
    assert [b.attributes["data-step"] for b in proof.every("button")] == ["next", "all"]
    assert "Attempt at a proof" in article(page, "rnn.chain").text


def test_evidence_is_counted(page: Tag) -> None:
    rows = [row.text for row in article(page, GOOD.claim.id).every("tr")[1:]]
    assert rows[0] == "proof ∎ proved 13 monomials, every n, m"
    assert "draws = 5,000, worst = 0.0625" in rows[2]
    assert "seconds" not in " ".join(rows)


def test_what_is_copied_is_there_to_be_read(page: Tag) -> None:
    [latex, command] = [tag.text for tag in article(page, GOOD.claim.id).every("code")]
    assert latex.startswith(r"\frac{\partial \mathbf{c}_t}")
    assert command == "derivations check lstm.state-gradient --seed 7"
    assert all(tag.every("button") for tag in page.every("div", **{"class": "copied"}))


def test_without_scripts_everything_can_be_read(page: Tag) -> None:
    for tag in page.every("main")[0]:
        if "hidden" in tag.attributes:
            assert "js-only" in tag.attributes.get("class", "")
        if tag.name in ("button", "input"):
            assert "js-only" in tag.attributes.get("class", "") or tag.attributes.get("data-step")


# ---- what the run was


def test_an_interrupted_run_says_so(page: Tag) -> None:
    cut = read(page_html(run(GOOD, selected=5, interrupted=True)))
    assert "Interrupted. 4 claims of 5 were not checked" in cut.text
    assert "Interrupted" not in page.text


def test_a_broken_checker_says_so() -> None:
    assert "The checker itself is broken. 1 = 2" in read(page_html(run(GOOD, controls=("1 = 2",)))).text


def test_nothing_at_all() -> None:
    assert "Nothing was checked" in read(page_html(Run(()))).text
    alone = read(page_html(Run((), definitions=DEFINITIONS)))
    assert len(alone.every("article")) == len(DEFINITIONS)


def test_notes_are_said(page: Tag) -> None:
    assert "left out" in read(page_html(run(GOOD), notes=["Figures are left out: why."])).text


def test_trouble_in_telling_is_told() -> None:
    told = {GOOD.claim.id: Told(trouble="internal error: IndexError: 3")}
    assert "internal error: IndexError: 3" in article(read(page_html(run(GOOD, told=told))), GOOD.claim.id).text


def test_the_choices_of_a_reading_are_told() -> None:
    claim = replace(GOOD.claim, read_as=("W is n × n", "derivatives have a row for each entry"))
    text = article(read(page_html(run(replace(GOOD, claim=claim)))), claim.id).text
    assert "W is n × n; derivatives have a row for each entry" in text


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(NamingError, match="no notation profile"):
        page_html(run(GOOD), profile="klingon")
    assert page_html(run(GOOD), profile="article") != page_html(run(GOOD))


def test_equations_of_a_paper_that_are_not_read_are_told(tmp_path: Path) -> None:
    from numeric.batch import Request
    from numeric.batch import run as check
    from numeric.collect import select

    (tmp_path / "p.tex").write_text(r"""\documentclass{article}\begin{document}
Let $W \in \mathbb{R}^{n \times n}$, $x \in \mathbb{R}^n$.
\begin{equation}\label{eq:a} (W + W) x = 2 W x \end{equation}
\begin{equation} \nosuchthing <b>x</b> \end{equation}
\end{document}""", encoding="utf-8")
    found = check(select([str(tmp_path / "p.tex")]), Request(evidence=("proof",), timing=False), progress=False)
    page = read(page_html(found))
    assert "1 equation not read." in page.text
    [rest] = page.every("div", **{"class": "rest"})
    assert "not read" in rest.text
    assert r"\nosuchthing <b>x</b>" in rest.text
    assert len(page.every("article", **{"class": "proved"})) == 1


# ---- nothing leaves the page, nothing comes in


def test_nothing_is_fetched(html: str) -> None:
    assert len(addresses(html)) > 20
    assert [a for a in addresses(html) if not a.startswith(("#", "data:"))] == []
    policy = next(tag.attributes["content"] for tag in read(html).every("meta") if "http-equiv" in tag.attributes)
    [script] = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("planted", [
    '<img src="https://x.example/a.png">', '<link href="//x.example/a.css">', "<style>a{background:url(http://x)}</style>",
    '<style>@import "x.css";</style>', '<svg><use xlink:href="other.svg#a"/></svg>'])
def test_the_guard_against_fetching_can_fail(html: str, planted: str) -> None:
    wrong = html.replace("<main", f"{planted}<main", 1)
    assert [a for a in addresses(wrong) if not a.startswith(("#", "data:"))] != []


def hostile_model() -> Model:
    model = Model("evil", title=HOSTILE, source=HOSTILE)
    a, b = model.parameter("a"), model.parameter("b")
    model.equal("same", a + b, b + a, printed=HOSTILE, source=HOSTILE)
    model.remark("said", HOSTILE, printed=rf"\text{{``{HOSTILE}''}}")
    return model


def hostile_run() -> Run:
    model = hostile_model()
    claim = replace(model.claims[0], file=f"/tmp/{HOSTILE}.py")
    base = replace(WRONG, claim=claim, reason=HOSTILE, repair=HOSTILE, paths=(HOSTILE,), range=HOSTILE,
                   holds_where=HOSTILE, cases=((HOSTILE, Status.REFUTED),))
    assert base.counterexample is not None
    bad = replace(base, counterexample=replace(base.counterexample, term=HOSTILE, leaves={HOSTILE: HOSTILE}),
                  evidence=tuple(replace(e, method=HOSTILE, detail=HOSTILE) for e in base.evidence))
    told = Told(trouble=HOSTILE, mended=replace(MENDED, latex=HOSTILE, reason=HOSTILE))
    definitions = [d for d in model.definitions if isinstance(d, (Definition, Remark))]
    return run(bad, definitions=tuple(definitions), command=HOSTILE, controls=(HOSTILE,), told={claim.id: told})


def test_hostile_text_is_shown_as_text() -> None:
    page = page_html(hostile_run(), [replace(FIGURE, title=HOSTILE, caption=HOSTILE)], notes=[HOSTILE], title=HOSTILE)
    tree = read(page)
    assert {name: len(tree.every(name)) for name in EVIL} == EVIL
    assert not [key for tag in tree for key in tag.attributes if key.startswith("on")]
    shown = " ".join(HOSTILE.split())
    assert tree.every("h1")[0].text == tree.every("h1")[0].every("bdi")[0].text == shown
    assert tree.every("title")[0].text.startswith(shown)
    assert tree.text.count(shown) > 15
    assert addresses(page)
    assert [a for a in addresses(page) if not a.startswith(("#", "data:"))] == []


def test_what_no_file_can_hold_is_written_out() -> None:
    page = page_html(run(replace(OPEN, reason="\ud800 \x00 \x1b[31m")))
    assert r"\ud800 � �[31m" in page
    page.encode("utf-8")


# ---- the same bytes, not too many of them


def test_the_same_run_gives_the_same_page(html: str) -> None:
    assert page_html(FULL, [FIGURE]) == html
    assert page_html(replace(FULL, seconds=99.0, verdicts=tuple(replace(v, seconds=9.0) for v in FULL.verdicts)),
                     [FIGURE]) == html
    assert page_html(replace(FULL, seed=8), [FIGURE]) != html


def test_no_order_comes_from_a_set() -> None:
    code = ("import sys; sys.path.insert(0, 'tests')\nfrom test_web import FULL, FIGURE\n"
            "from derivations.report.web.build import page_html\nimport hashlib\n"
            "print(hashlib.sha256(page_html(FULL, [FIGURE]).encode()).hexdigest())")
    found = {subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
                            capture_output=True, text=True, cwd=Path(__file__).parent.parent).stdout for seed in "12"}
    assert len(found) == 1


def many(count: int) -> Run:
    """The shipped claims with their proofs, again and again under other names."""
    told = {id: Told(proof_steps(claim, proof_of(claim))) for id, claim in CLAIMS.items()}
    verdicts, more = [], {}
    for k in range(count):
        claim = [*CLAIMS.values()][k % len(CLAIMS)]
        again = replace(claim, id=f"{claim.id}.{k}")
        verdicts.append(replace((FAILS, GOOD)[k % 2], claim=again, paths=LOST.paths if claim.model is rnn else ()))
        more[again.id] = told[claim.id]
    return run(*verdicts, definitions=DEFINITIONS, told=more)


def test_three_hundred_claims_of_the_article() -> None:
    page = page_html(many(300))
    assert len(page.encode()) < 5_000_000
    assert len(read(page).every("article")) == 300 + len(DEFINITIONS)
    assert "could not be typeset" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_the_size_of_the_articles_own_page() -> None:
    assert len(page_html(many(len(CLAIMS))).encode()) < 1_200_000  # figures are the rest of 1.5 MB


# ---- formulas


@pytest.mark.parametrize("item", [*DEFINITIONS, *CLAIMS.values()], ids=lambda item: item.id)
def test_every_shipped_equation_converts(item: Any) -> None:
    """And in letters that the font has."""
    known = {chr(c) for c in code_points()}
    forms = [] if isinstance(item, Remark) else [mathml(item.latex(profile)) for profile in ("paper", "article")]
    for form in [*forms, *([printed(item.printed)] if item.printed else [])]:
        assert "unset" not in form
        assert "<merror" not in form
        words = read(str(form)).text
        assert {*words.replace("\ufe00", "")} <= known, {*words} - known
        assert "\\" not in words
        assert "[1ex]" not in words


@pytest.mark.parametrize(("latex", "wanted"), [
    (r"\begin{aligned} a & = b \\[1ex] & + c \end{aligned}", '<mo form="infix">+</mo>'),
    (r"\mathop{\overrightarrow{\prod}}_{t=2}^{k} x", "<munderover>"),
    (r"x \text{ when $y$ is}", "<mtext>\u00a0when\u00a0</mtext><mi>y</mi><mtext>\u00a0is</mtext>"),
    (r"\text{a} < \text{b}", "<mo>&lt;</mo>"),
    (r"\left.\frac{a}{b}\right|_{o}", "<mo>|</mo>"),
    (r"\sigma'(x)", "<mo>′</mo>"),
])
def test_what_the_converter_does_otherwise_is_mended(latex: str, wanted: str) -> None:
    assert wanted in mathml(latex)


def test_sentences_break_into_lines() -> None:
    said = printed(r"\text{``when $W_{rec}$ is 5\% of it''}: c(t)")
    assert read(str(said)).text == "“when W r e c is 5% of it”: c ( t )"
    assert 'class="sentence"' in said
    assert "<mtext>" not in said


@pytest.mark.parametrize("latex", [
    r"\nosuchcommand{x}", r"\frac{", "a & b", r"\href{javascript:alert(1)}{x}", r"\text{<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>&", "{" * 5000 + "x" + "}" * 5000, r"\sqrt" * 5000 + "x", "x+" * 20_000,
    r"\newcommand{\a}{\a\a}\a", r"\text{``\emph{so}''}", "\x00", "\ud800"])
def test_what_cannot_be_set_is_shown_as_it_is_written(latex: str) -> None:
    for shown in (mathml(latex), printed(latex)):
        tree = read(str(shown))
        assert not tree.every("script")
        assert not tree.every("img")
        code = tree.every("code")
        if code:
            assert latex in " ".join(code[0].words)
            assert conversion.NOTE in code[0].attributes["title"]
        else:
            assert tree.every("math")
    if latex not in ("\x00", "\ud800"):
        assert "unset" in mathml(latex)


@pytest.mark.parametrize("answer", [
    "<math><script>alert(1)</script></math>", '<math><mi onclick="alert(1)">x</mi></math>', "<math><mi>x</math>",
    '<math><mi style="background:url(//x)">x</mi></math>', '<math><mi href="javascript:1">x</mi></math>',
    "<math><annotation-xml>x</annotation-xml></math>", "<p>error</p>", "<math><merror>x</merror></math>"])
def test_the_converter_is_not_trusted(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Liar:
        def convert_with_local_state(self, latex: str, displaystyle: bool) -> str:
            return answer

    monkeypatch.setattr(conversion, "_converter", Liar)
    with pytest.raises(Untypeset):
        converted.__wrapped__("x")


def test_a_formula_that_is_not_set_is_told_apart_on_the_page() -> None:
    claim = replace(GOOD.claim, printed=r"\nosuch{x}")
    assert article(read(page_html(run(replace(GOOD, claim=claim)))), claim.id).every("code", **{"class": "unset"})


def test_words_with_subscripts() -> None:
    assert lowered("∂c_k/∂c_1|_{o_•} W^(1) 10^−3 <b>") == (
        "∂c<sub>k</sub>/∂c<sub>1</sub>|<sub>o<sub>•</sub></sub> W<sup>(1)</sup> 10<sup>−3</sup> &lt;b&gt;")
    assert lowered("P|_{W := W + ∇_{[W; V]} a^{k-1}} E^(1)") == (
        "P|<sub>W := W + ∇<sub>[W; V]</sub> a<sup>k-1</sup></sub> E<sup>(1)</sup>")
    assert lowered("never {closed _{c ^{<b>") == "never {closed _{c ^{&lt;b&gt;"
    assert lowered("_ ^ __ a_ {b}") == "_ ^ <sub>_</sub> a_ {b}"


def test_the_font_is_there_with_its_licence() -> None:
    assert 50_000 < FONT.stat().st_size < 200_000
    assert FONT.read_bytes()[:4] == b"wOF2"
    assert "SIL OPEN FONT LICENSE Version 1.1" in FONT.with_name("OFL.txt").read_text(encoding="utf-8")


# ---- graphs


def edges(drawn: str, kind: str = "edge") -> int:
    return len(read(drawn).every("path", **{"class": kind}))


def nodes(drawn: str) -> list[str]:
    return [tag.text.replace(" ", "") for tag in read(drawn).every("text")]


def test_the_graph_of_a_recurrence() -> None:
    drawn = str(recurrence(lstm, "g"))
    assert nodes(drawn).count("ct−1") == nodes(drawn).count("ct") == 1
    assert len(nodes(drawn)) == 18
    assert edges(drawn) == 2 * (4 + 4 + 2 + 2) - 2 + 5  # of c_{t-1} at the first step, one stands outside
    [title] = read(drawn).every("title")
    assert title.text == "Graph of Long short-term memory"
    assert "Parameters are left out" in read(drawn).every("desc")[0].text


def test_what_looks_back_two_steps_and_ahead() -> None:
    model = Model("net")
    n, = model.dims("n")
    t, T = model.times("t T")
    x, c, b = model.inputs("x", n), model.sequence("c", n), model.sequence("b", n, last=T)
    c[t] = c[t - 2] + x[t]
    b[t] = b[t + 1] + x[t]
    drawn = str(recurrence(model, "g"))
    assert nodes(drawn).count("ct−2") == nodes(drawn).count("bt+1") == 1


def test_no_graph_without_a_recurrence() -> None:
    assert recurrence(hostile_model(), "g") == ""


PATHS = ("missing: c_1 → h_1 → o_2 → h_2 → f_3 → c_3", "missing: c_1 → h_1 → o_2 → h_2 → i_3 → c_3")


def test_paths_at_fault_are_drawn_in() -> None:
    drawn = str(at_fault(lstm, PATHS, "g"))
    assert edges(drawn, "path") == 7
    assert len(read(drawn).every("circle", **{"class": "ring"})) == 7
    assert "the paths at fault" in read(drawn).every("desc")[0].text
    assert edges(str(at_fault(lstm, PATHS[:1], "g")), "path") == 5


@pytest.mark.parametrize("path", ["missing: a_1 → b_2", "missing: c_1 → c_20", "no path", HOSTILE, ""])
def test_paths_that_cannot_be_drawn_are_left_to_words(path: str) -> None:
    assert at_fault(lstm, [path], "g") == ""


# ---- figures


def test_a_figure_has_its_place_and_its_data(page: Tag) -> None:
    [found] = [tag for tag in page.every("figure") if tag.attributes.get("id") == "_figure-curve"]
    assert "What it shows." in found.text
    [link] = found.every("a")
    packed = base64.b64decode(link.attributes["href"].partition(",")[2])
    assert gzip.decompress(packed).decode() == FIGURE.csv
    assert found.every("svg")[0].attributes["aria-label"] == "A curve"
    assert found.every("path")[0].attributes["d"] == "M0.12 0L9 9"
    assert "id" not in found.every("path")[0].attributes


def test_long_data_stays_outside() -> None:
    rows = "".join(hashlib.sha256(str(k).encode()).hexdigest() + "\n" for k in range(4000))
    long = read(page_html(run(GOOD), [replace(FIGURE, csv=rows)]))
    assert "derivations plot curve -o DIR writes it" in long.text
    assert not long.every("a", **{"class": "data"})


@pytest.mark.parametrize("inside", [
    "<script>alert(1)</script>", '<path onload="alert(1)"/>', '<use xlink:href="http://x.example/a.svg#b"/>',
    '<image href="data:image/png;base64,AA"/>', '<path fill="url(http://x.example)"/>', "<foreignObject/>",
    "<style>@import 'x.css';</style>", "<style>body { display: none }</style>", '<a href="#x"/>', "<path>"])
def test_a_figure_that_could_act_is_refused(inside: str) -> None:
    with pytest.raises(DerivationError, match="the figure curve"):
        drawing(replace(FIGURE, svg=SVG.format(inside)))


def test_a_figure_that_is_none_is_refused() -> None:
    with pytest.raises(DerivationError, match="expected <svg>"):
        drawing(replace(FIGURE, svg="<p/>"))


def test_a_style_for_all_elements_stays_in_its_figure() -> None:
    drawn = drawing(replace(FIGURE, svg=SVG.format(
        '<style>*{stroke-linejoin: round}</style><path id="a" d="M0 0"/><use xlink:href="#a"/>')))
    assert "<style" not in drawn
    assert 'style="stroke-linejoin:round"' in drawn
    assert 'id="a"' in drawn


# ---- what is told beside a verdict


def test_the_steps_are_those_of_the_printed_proof() -> None:
    for id, told in TOLD.items():
        assert told.proof is not None
        whole = proof_latex(CLAIMS[id], proof_of(CLAIMS[id]), "paper")
        formulas = [formula for step in told.proof.steps for _, formula in step.formulas]
        assert formulas
        assert all(formula in whole for formula in formulas)


def test_a_claim_is_proved_once_while_it_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def prover(claim: Any) -> Proof:
        asked.append(claim.id)
        return Proof(Status.UNDECIDED, "not now")

    monkeypatch.setitem(PROVERS, "equality", prover)
    claim = CLAIMS["rnn.concat"]
    with remembering():
        assert proof_of(claim) is proof_of(claim)
        proof_of(replace(claim))  # an equal claim may be of another graph
    assert len(asked) == 2
    proof_of(claim), proof_of(claim)
    assert len(asked) == 4


def test_a_repaired_formula_has_a_verdict_of_its_own() -> None:
    from numeric.batch import Request
    from numeric.batch import run as check
    from numeric.collect import select
    from numeric.told import tell

    found = check(select(["rnn.jacobian.right", "rnn.slope"]), Request(draws=8, tell=tell, timing=False),
                  progress=False)
    mended = found.told["rnn.jacobian.right"].mended
    assert mended is not None
    assert (mended.reading, mended.status) == ("∂c_t/∂c_{t-1} = diag(σ′(z_t)) W_rec", Status.PROVED)
    assert found.told["rnn.slope"].mended is None
    text = article(read(page_html(found)), "rnn.jacobian.right").text
    assert "∎ proved t ≥ 1" in text


def test_trouble_does_not_change_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    from numeric import told
    from numeric.batch import Request

    monkeypatch.setattr(told, "proof_steps", lambda *asked: 1 / 0)
    found = told.tell(GOOD.claim, GOOD, Request())
    assert found.trouble == "internal error: ZeroDivisionError: division by zero"


# ---- the command


def test_the_command_writes_a_page(write: Write, checker: Checker) -> None:
    write("net.py")
    result = derivations("report", "net.py", "-o", "net.html", "--draws", 9, "--seed", 3)
    assert (result.exit_code, result.stdout) == (0, "net.html: 2 claims: agrees 1, refuted 1\n")
    page = read(Path("net.html").read_text(encoding="utf-8"))
    assert {"net.same", "net.other", "net.state"} == {tag.attributes["id"] for tag in page.every("article")}
    assert "derivations check net.py --seed 3 --draws 9" in page.text
    assert {options.draws for _, options in checker.asked} == {9}
    assert sorted(os.listdir()) == ["net.html", "net.py"]


@pytest.mark.parametrize(("answer", "status", "words"), [
    (contrary, 1, "contrary to expectation"), (undecided, 3, "it is hard"), (broken, 4, "contradicts itself")])
def test_the_exit_status_is_that_of_the_check(write: Write, checker: Checker, answer: Any, status: int,
                                              words: str) -> None:
    write("net.py")
    checker.answers["net.same"] = answer
    assert derivations("report", "net.py", "-o", "net.html").exit_code == status
    assert words in read(Path("net.html").read_text(encoding="utf-8")).text


def test_an_interrupted_check_gives_a_page_that_says_so(write: Write, checker: Checker) -> None:
    write("net.py")
    checker.answers["net.other"] = interrupt
    result = derivations("report", "net.py", "-o", "net.html")
    assert result.exit_code == 130
    assert "interrupted, 1 not checked" in result.stdout
    assert "Interrupted. 1 claim of 2 was not checked" in read(Path("net.html").read_text(encoding="utf-8")).text


@pytest.mark.parametrize(("words", "message"), [
    (["net.py", "-o", "no/net.html"], "no folder no"), (["net.py", "-o", "."], "is a directory"), (["net.py"], "-o"),
    (["nothing", "-o", "a.html"], "nothing"), (["net.py", "-o", "a.html", "--evidence", "x"], "'x' is no evidence"),
    (["net.py", "-o", "a.html", "--draws", "0"], "0"), (["net.py", "-o", "a.html", "--sizes", "q=2"], "dimension q"),
    (["net.py", "-o", "a.html", "--profile", "x"], "'x'"), (["net.py", "-o", "a" * 300 + ".html"], "too long")])
def test_what_the_command_refuses(write: Write, checker: Checker, words: list[str], message: str) -> None:
    write("net.py")
    result = derivations("report", *words)
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.output
    assert sorted(os.listdir()) == ["net.py"]


def test_figures_need_matplotlib(write: Write, checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    write("net.py")
    monkeypatch.setattr("numeric.commands.report.find_spec", lambda name: None)
    result = derivations("report", "net.py", "-o", "net.html", "--figures")
    assert (result.exit_code, "pip install 'derivations[figures]'" in result.stderr) == (2, True)
    assert not Path("net.html").exists()
    result = derivations("report", "rnn", "-o", "rnn.html", "--evidence", "sweep")
    assert "Figures are left out: matplotlib is not installed" in result.stderr
    assert "Figures are left out" in read(Path("rnn.html").read_text(encoding="utf-8")).text
    result = derivations("report", "rnn", "-o", "rnn.html", "--no-figures", "--evidence", "sweep")
    assert result.stderr == ""


def test_figures_are_drawn_for_the_networks_that_are_shipped(write: Write, checker: Checker,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    write("net.py")
    asked: list[int] = []

    def drawn(names: list[str], seed: int) -> tuple[Figure, ...]:
        asked.append(seed)
        return (FIGURE,)

    monkeypatch.setattr("numeric.figures.figures", drawn)
    monkeypatch.setattr("numeric.commands.report.find_spec", lambda name: name)
    for targets, wanted in (["net.py"], []), (["rnn", "--seed", "5"], [5]), (["rnn.slope"], []), (
            ["net.py", "--figures"], [0]):
        asked.clear()
        assert derivations("report", *targets, "-o", "a.html", "--evidence", "sweep").exit_code == 0
        assert asked == wanted
        assert ("A curve" in Path("a.html").read_text(encoding="utf-8")) == bool(wanted)


def test_help_imports_little() -> None:
    code = ("import sys\nfrom click.testing import CliRunner\nfrom numeric.cli import main\n"
            "assert CliRunner().invoke(main, ['report', '--help']).exit_code == 0\n"
            "print(sorted({'jax', 'sympy', 'numpy', 'jinja2', 'math_core', 'matplotlib'} & set(sys.modules)))")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
