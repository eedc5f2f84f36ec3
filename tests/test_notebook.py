"""What shows itself in a notebook, and how: formulas drawn, words escaped, in light and dark, trusted or not."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from verdicts import EVERY, FAILS, GOOD, WRONG, run

from derivations import Model, dot
from derivations.claim import Remark
from derivations.display import Displayed
from derivations.recurrent import lstm, rnn
from derivations.report.notebook import COLOURS, FRAGMENTS, bundle
from derivations.report.run import Outcome, outcome
from derivations.report.web.figure import Figure
from derivations.report.words import MARKS, headline
from derivations.symbols import Expression
from derivations.verdict import Status, Verdict

HTML, LATEX, TEXT, SVG = "text/html", "text/latex", "text/plain", "image/svg+xml"
CLAIMS = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}
DRAWING = Figure("curve", "A curve", "What it shows.", '<svg xmlns="http://www.w3.org/2000/svg"><title>é</title></svg>',
                 "x\n1\n")
SHOWN: dict[str, Displayed] = {
    "model": rnn, "claim": CLAIMS["rnn.chain"], "definition": rnn.definitions[0], "verdict": FAILS,
    "remark": next(item for item in lstm.definitions if isinstance(item, Remark)), "run": run(*EVERY),
    "figure": DRAWING}
EVIL = ("<script>alert(1)</script> & \"q' $x^2$ \N{RIGHT-TO-LEFT OVERRIDE}abc אבג 😀 <img src=x onerror=y> "
        "{{ 7*7 }} \\end")


def html(item: Displayed) -> str:
    return item._repr_mimebundle_()[HTML]


class Reader(HTMLParser):
    """The elements of a fragment: each with its attributes, its text, and what it stands in."""

    VOID = ("img", "br", "hr", "meta")

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(fragment)
        assert not self.open, f"never closed: {self.open[-1].tag}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, list(self.open))
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, list(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


class Element:
    def __init__(self, tag: str, attributes: dict[str, str], inside: list[Element]) -> None:
        self.tag, self.attributes, self.inside, self.text = tag, attributes, inside, ""

    def within(self, tag: str) -> bool:
        return any(element.tag == tag for element in self.inside)


# ---- which media types


@pytest.mark.parametrize("name", SHOWN)
def test_what_shows_itself_gives_text_and_html(name: str) -> None:
    item, found = SHOWN[name], SHOWN[name]._repr_mimebundle_()
    assert set(found) == {TEXT, HTML, SVG if name == "figure" else LATEX}
    assert found[TEXT] == ("A curve: What it shows." if name == "figure" else repr(item))
    assert Reader(found[HTML]).elements[0].tag == "div"


def test_every_kind_that_has_html_is_tested() -> None:
    assert {type(item) for item in SHOWN.values()} == set(FRAGMENTS)


def test_an_expression_shows_its_latex() -> None:
    e = CLAIMS["rnn.chain"].cases[0].sides[0]
    assert isinstance(e, Expression)
    assert e._repr_mimebundle_() == {TEXT: "∂E_k/∂W_rec", LATEX: f"$\\displaystyle {e.latex()}$"}
    assert e._repr_latex_() == e._repr_mimebundle_()[LATEX]


def test_front_ends_choose_media_types() -> None:
    assert set(bundle(FAILS, include={HTML})) == {HTML}
    assert set(bundle(FAILS, include=[HTML, TEXT], exclude=[TEXT])) == {HTML}
    assert set(bundle(FAILS, exclude={HTML})) == {TEXT, LATEX}
    assert set(bundle(FAILS, include={"image/png"})) == set()


@pytest.mark.parametrize("name", SHOWN)
def test_ipython_takes_what_is_given(name: str) -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(SHOWN[name])
    assert data == SHOWN[name]._repr_mimebundle_()


def test_latex_says_the_verdict_in_a_sign_and_words() -> None:
    latex = FAILS._repr_mimebundle_()[LATEX]
    assert latex.startswith(r"$\displaystyle \checkmark\ \text{refuted, as expected where k $\geq$ 2:}\quad")
    assert WRONG._repr_mimebundle_()[LATEX].startswith(r"$\displaystyle \times\ \text{refuted, but expected to hold")
    assert rnn._repr_mimebundle_()[LATEX].count("$$") == 2 * sum(
        not isinstance(item, Remark) for item in [*rnn.definitions, *rnn.claims])


# ---- what the HTML says


def test_every_outcome_has_a_mark_that_is_seen() -> None:
    marks = [re.search(r"[✓✗?!]", Reader(html(verdict)).elements[0].text) for verdict in EVERY]
    assert "".join(found[0] for found in marks if found) == "✓✓✓✗✗✓??!"


@pytest.mark.parametrize("verdict", EVERY, ids=lambda verdict: verdict.claim.id)
def test_a_verdict_says_its_mark_and_its_words(verdict: Verdict) -> None:
    text = Reader(html(verdict)).elements[0].text
    assert re.search(rf"{re.escape(MARKS[outcome(verdict)])}\s+{re.escape(headline(verdict))}", text)
    assert verdict.claim.id in text
    if outcome(verdict) is not Outcome.EXPECTED:
        assert verdict.reason in text


def test_every_rung_is_told_and_no_clock() -> None:
    text = Reader(html(GOOD)).elements[0].text
    assert "proof: proved; 13 monomials, every n, m" in text
    assert "sweep: agrees; draws = 5,000" in text
    assert "seconds" not in text


@pytest.mark.parametrize("name", ["model", "claim", "definition"])
def test_what_is_not_checked_shows_no_verdict(name: str) -> None:
    text = Reader(html(SHOWN[name])).elements[0].text
    assert not re.search(r"\b(proved|refuted|agrees|undecided|vacuous)\b|[✓✗]", text)


def test_a_model_shows_its_definitions_and_every_claim_with_what_is_expected() -> None:
    text = Reader(html(lstm)).elements[0].text
    assert "Long short-term memory · Medewar 2022" in text
    assert f"{len(lstm.claims)} claims" in text
    assert all(claim.id in text for claim in lstm.claims)
    assert "lstm.state-gradient.forget-only · expected to fail where t ≥ 2" in text


def test_an_interrupted_run_says_so() -> None:
    text = Reader(html(run(GOOD, selected=5, interrupted=True, controls=("a flipped sign",)))).elements[0].text
    assert "interrupted: 4 claims of 5 not checked" in text
    assert "the checker itself is broken: a flipped sign" in text
    assert "interrupted" not in html(run(GOOD))


def test_a_figure_is_a_picture_of_its_own() -> None:
    [image] = [element for element in Reader(html(DRAWING)).elements if element.tag == "img"]
    kind, _, data = image.attributes["src"].partition(",")
    assert (kind, base64.b64decode(data).decode()) == ("data:image/svg+xml;base64", DRAWING.svg)
    assert image.attributes["alt"] == "A curve"
    assert "background: #ffffff" in image.attributes["style"]
    assert "<svg" not in html(DRAWING)


@pytest.mark.parametrize("model", [rnn, lstm], ids=lambda model: model.name)
def test_every_formula_that_is_shipped_is_drawn(model: Model) -> None:
    for item in [*model.claims, *model.definitions]:
        fragment = html(item)
        assert isinstance(item, Remark) or "<math" in fragment
        assert 'class="unset"' not in fragment, item.id


def test_latex_that_cannot_be_drawn_is_shown_as_it_is_written() -> None:
    claim = replace(CLAIMS["rnn.chain"], printed=r"\frac{a}{b \nosuch")
    [code] = [e for e in Reader(html(claim)).elements if e.attributes.get("class") == "unset"]
    assert (code.tag, code.text) == ("code", claim.printed)


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_the_same_whenever_it_is_asked_for(name: str) -> None:
    assert SHOWN[name]._repr_mimebundle_() == SHOWN[name]._repr_mimebundle_()


def test_what_is_typed_into_a_cell_is_in_no_file() -> None:
    there = Reader(html(WRONG)).elements[0].text
    assert "file: derivations/recurrent/rnn.py" in there
    assert "again: derivations check" in there
    typed = replace(WRONG, claim=replace(WRONG.claim, file="/nowhere/ipykernel_1/2.py"))
    assert "ipykernel" not in html(typed)
    assert "again:" not in html(typed)


# ---- text of others


def hostile() -> Verdict:
    evil = Model("evil", title=EVIL, source=EVIL)
    n, = evil.dims("n")
    x, w = evil.input("x", n), evil.parameter("w", n)
    claim = evil.equal("same", dot(x, w), dot(w, x), printed=r"\text{" + EVIL + "}", source=EVIL)
    evil.remark("said", EVIL, printed=EVIL)
    return Verdict(claim, Status.UNDECIDED, False, EVIL, repair=EVIL, paths=(EVIL,))


def faults(fragment: str, known: str = "") -> list[str]:
    """What must not be in HTML for somebody's notebook; ``known`` is a text that must stand there as such."""
    elements = Reader(fragment).elements
    allowed = {"div", "span", "b", "i", "bdi", "code", "details", "summary", "img", "math", "derivations-mathml",
               "derivations-latex"}
    found = [f"<{e.tag}>" for e in elements if e.tag not in allowed and not e.within("math")]
    found += [f"{e.tag} {name}" for e in elements for name in e.attributes
              if name.startswith("on") or name in ("href", "srcset", "id")]
    found += [f"loads {e.attributes['src']}" for e in elements
              if "src" in e.attributes and not e.attributes["src"].startswith("data:")]
    found += [f"url in {e.attributes['style']}" for e in elements if "url" in e.attributes.get("style", "")]
    if not {"mathjax_ignore", "tex2jax_ignore"} <= set(elements[0].attributes.get("class", "").split()):
        found.append("MathJax would typeset its dollars")
    if known and not any(e.tag == "bdi" and known in e.text for e in elements):
        found.append("not shown as text of its own direction")
    return found


@pytest.mark.parametrize("pick", [
    lambda v: v, lambda v: v.claim, lambda v: v.claim.model, lambda v: run(v, controls=(EVIL,)),
    lambda v: v.claim.model.definitions[0], lambda v: Figure("f", EVIL, EVIL, "<svg/>", "")],
    ids=["verdict", "claim", "model", "run", "remark", "figure"])
def test_text_of_others_is_text(pick: Callable[[Verdict], Displayed]) -> None:
    assert faults(html(pick(hostile())), EVIL) == []


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_but_plain_elements_goes_into_a_notebook(name: str) -> None:
    assert faults(html(SHOWN[name])) == []


@pytest.mark.parametrize(("planted", "word"), [
    ("<script>alert(1)</script>", "<script>"), ("<style>p {}</style>", "<style>"), ("<b onclick='x'>a</b>", "onclick"),
    ("<img src='https://example.org/a.png'>", "loads"), ("<span style='background: url(a)'>a</span>", "url"),
    ("<a href='#'>a</a>", "<a>"), ("<iframe></iframe>", "<iframe>")])
def test_what_does_not_belong_there_would_be_noticed(planted: str, word: str) -> None:
    fragment = html(GOOD).rstrip().removesuffix("</div>") + planted + "</div>"
    assert any(word in fault for fault in faults(fragment))


def test_dollars_and_directions_would_be_noticed() -> None:
    assert faults("<div>$x$</div>", "$x$") == ["MathJax would typeset its dollars",
                                               "not shown as text of its own direction"]


# ---- light and dark, and notebooks that are not trusted


def brightness(colour: str) -> float:
    """Relative luminance, as in WCAG 2.2."""
    parts = [int(colour[k:k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([brightness(one), brightness(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [*COLOURS.values(), "#888888"])
@pytest.mark.parametrize("ground", ["#ffffff", "#1e1e1e", "#111111", "#000000"])
def test_signs_are_seen_on_light_and_on_dark(colour: str, ground: str) -> None:
    assert contrast(colour, ground) >= 3


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffff00", "#ffffff") < 3


@pytest.mark.parametrize("name", SHOWN)
def test_text_has_the_colour_of_the_theme(name: str) -> None:
    styles = [(e, e.attributes.get("style", "")) for e in Reader(html(SHOWN[name])).elements]
    coloured = [e for e, style in styles if re.search(r"(?<!-)\bcolor:", style)]
    assert all(e.attributes.get("aria-hidden") == "true" and e.text in MARKS.values() for e in coloured)
    assert all(e.tag == "img" for e, style in styles if "background" in style)


KEPT = {"div", "span", "b", "i", "bdi", "code", "details", "summary", "img"}  # of ours, by JupyterLab's sanitizer


def legible(fragment: str) -> list[str]:
    """What is read of a fragment whose unknown elements were stripped, their text kept: the pieces that have a size."""
    pieces: list[str] = []

    class Stripped(HTMLParser):
        stack: tuple[tuple[str, str], ...] = ()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in KEPT and tag != "img":
                self.stack += (tag, dict(attrs).get("style") or ""),

        def handle_endtag(self, tag: str) -> None:
            if tag in KEPT:
                self.stack = self.stack[:-1]

        def handle_data(self, data: str) -> None:
            if data.strip() and not any("font-size: 0" in style for _, style in self.stack):
                pieces.append(data.strip())

    Stripped().feed(fragment)
    return pieces


@pytest.mark.parametrize("verdict", EVERY, ids=lambda verdict: verdict.claim.id)
def test_a_notebook_that_is_not_trusted_shows_latex_for_mathml(verdict: Verdict) -> None:
    fragment = html(verdict)
    assert f"$\\displaystyle {verdict.claim.latex()}$" in legible(fragment)
    letters = "".join(e.text for e in Reader(fragment).elements if e.tag == "math")
    assert letters
    assert letters not in "".join(legible(fragment))
    [hidden] = [e for e in Reader(fragment).elements if e.tag == "derivations-latex"]
    assert "hidden" in hidden.attributes
    assert all(e.within("derivations-mathml") for e in Reader(fragment).elements if e.tag == "math")


def test_mathml_without_a_size_of_its_own_would_be_noticed() -> None:
    fragment = html(GOOD).replace("font-size: 0", "font-size: 1em")
    letters = "".join(e.text for e in Reader(fragment).elements if e.tag == "math")
    assert letters in "".join(legible(fragment))
