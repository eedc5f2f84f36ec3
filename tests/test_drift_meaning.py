"""Drift by meaning: what counts as the same, as changed, as not decided; wrong variants are all noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import S

from derivations import Model, had
from derivations.claim import Case, Claim, Definition, Remark
from derivations.drift import judge
from derivations.drift.compare import Apart, without_values
from derivations.drift.finding import Difference, Finding, Status
from derivations.drift.judge import Drift
from derivations.drift.reading import said_in
from derivations.drift.saying import said_by
from derivations.latex import latex
from derivations.latex.reader.known import scope_of
from derivations.latex.reader.scan import scan
from derivations.latex.reader.syntax import parse
from derivations.recurrent import lstm, rnn
from derivations.symbols import Expression
from numeric.drift import apart

DRIFT = Drift([rnn, lstm], apart)
CLAIMS = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}
C, H, F, OUT = r"\mathbf{c}_t", r"\mathbf{h}_t", r"\mathbf{f}_t", r"\mathbf{o}_t"
CBEFORE, IN, TILDE = r"\mathbf{c}_{t-1}", r"\mathbf{i}_t", r"\tilde{\mathbf{c}}_t"
B = rf"\frac{{\partial^{{+}} {C}}}{{\partial {CBEFORE}}}"
NORM = r"\left\lVert \prod_{t=2}^{k} \frac{\partial \mathbf{c}_t}{\partial \mathbf{c}_{t-1}}\right\rVert_{2}"
GRADIENT = r"\lVert \frac{\partial E_k}{\partial \mathbf{c}_k}\rVert_{2} \leq M"
LAST = r"\left\lVert \frac{\partial E_k}{\partial \mathbf{W}}\right\rVert_{2}"


def of(id: str, tex: str, drift: Drift = DRIFT) -> Finding:
    """What becomes of one equation with a claim's label."""
    [finding] = drift.findings(scan((rf"\begin{{equation}}\label{{eq:{id}}}{tex}\end{{equation}}", "tex")))
    return finding


# ---- the same in other words

SAME = {
    "terms in another order": ("lstm.state", rf"{C} = {IN} \odot {TILDE} + {F} \odot {CBEFORE}"),
    "factors in another order": ("lstm.output", rf"{H} = \tanh({C}) \odot {OUT}"),
    "a product as a diagonal": ("lstm.output", rf"{H} = \operatorname{{diag}}({OUT}) \tanh({C})"),
    "a gradient for the derivative of a number": (
        "lstm.chain.output-weight", latex(CLAIMS["lstm.chain.output-weight"]).replace(
            r"\frac{\partial E_k}{\partial \mathbf{h}_k}", r"(\nabla_{\mathbf{h}_k} E_k)^{\top}")),
    "sides exchanged": ("lstm.B", rf"{B} = \mathbf{{B}}_t"),
    "a term on the other side": ("lstm.B", rf"\mathbf{{B}}_t - {B} = 0_{{n \times n}}"),
    "an abbreviation written out": ("lstm.B", rf"\operatorname{{diag}}({F}) = {B}"),
    "another letter for the step": ("lstm.B", r"\mathbf{B}_k = \frac{\partial^{+} \mathbf{c}_k}"
                                    r"{\partial \mathbf{c}_{k-1}}"),
    "a bound step of another name": ("lstm.P", r"\mathbf{P}_k = \prod_{j=2}^{k}"
                                     r"(\mathbf{A}_j + \mathbf{B}_j + \mathbf{C}_j + \mathbf{D}_j)"),
    "a bound turned round": ("rnn.slope.bound", r"1 \geq \tanh'(\mathbf{v}), \quad \tfrac{1}{4} \geq "
                             r"\sigma'(\mathbf{v})"),
    "relations in another order": ("rnn.slope.bound", r"\sigma'(\mathbf{v}) \leq \tfrac14, \quad "
                                   r"\tanh'(\mathbf{v}) \leq 1"),
    "a condition that its range says": ("lstm.B", rf"\mathbf{{B}}_t = {B} \quad \text{{for }} t \geq 1"),
    "an assumption in other words": ("rnn.explode.necessary", NORM + r" \leq 1 \quad \text{whenever } 1 \geq \rho"),
    "a limit of a turned product": ("rnn.vanish.bounded.limit", NORM + r" \to 0 \text{ as } k \to \infty "
                                    r"\text{ provided that } \rho < 1"),
    "nodes of a set in another order": ("lstm.dependencies", r"\operatorname{pa}(\mathbf{c}_t) = "
                                        r"\{\mathbf{i}_t, \mathbf{f}_t, \tilde{\mathbf{c}}_t, \mathbf{c}_{t-1}\}"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same_is_no_drift(name: str) -> None:
    finding = of(*SAME[name])
    assert finding.status is Status.NOTATION, finding


# ---- changed

CHANGED = {
    "a sign": ("lstm.B", rf"\mathbf{{B}}_t = -{B}", "right side"),
    "a function left out": ("lstm.output", rf"{H} = {OUT} \odot {C}", "right side"),
    "a prime": ("lstm.output", rf"{H} = {OUT} \odot \tanh'({C})", "right side"),
    "a step": ("lstm.output", rf"{H} = {OUT} \odot \tanh({CBEFORE})", "right side"),
    "another kind of derivative": ("lstm.B", r"\mathbf{B}_t = " + B.replace("^{+}", ""), "right side"),
    "one side for both": ("lstm.B", rf"{B} = {B}", "side"),
    "the same value by its definition": ("lstm.output.jacobian", r"\frac{\partial \mathbf{h}_t}{\partial \mathbf{c}_t}"
                                         r" = \operatorname{diag}(\mathbf{o}_t \odot \tanh'(\mathbf{c}_t)) + "
                                         r"\mathbf{B}_t - \operatorname{diag}(\tilde{\mathbf{c}}_t)", "right side"),
    "a definition of something else": ("lstm.output", rf"{OUT} = {OUT} \odot \tanh({C})", "what is defined"),
    "an abbreviation that defines itself": ("lstm.P", r"\mathbf{P}_k = \mathbf{P}_k", "right side"),
    "an end of a product": ("lstm.P", r"\mathbf{P}_k = \prod_{t=1}^{k}"
                            r"(\mathbf{A}_t + \mathbf{B}_t + \mathbf{C}_t + \mathbf{D}_t)", "right side"),
    "the order of a product": ("lstm.P", r"\mathbf{P}_k = \mathop{\overrightarrow{\prod}}_{t=2}^{k}"
                               r"(\mathbf{A}_t + \mathbf{B}_t + \mathbf{C}_t + \mathbf{D}_t)", "right side"),
    "a relation that is gone": ("rnn.slope.bound", r"\sigma'(\mathbf{v}) \leq \tfrac14", "whole"),
    "a sign of a bound": ("rnn.slope.bound", r"\sigma'(\mathbf{v}) < \tfrac14, \quad "
                          r"\tanh'(\mathbf{v}) \leq 1", "sign"),
    "an equality for a bound": ("rnn.explode.necessary", NORM + r" = 1 \quad \text{if } \rho \leq 1", "sign"),
    "an assumption left out": ("rnn.explode.necessary", NORM + r" \leq 1", "what is assumed"),
    "another assumption": ("rnn.explode.necessary", NORM + r" \leq 1 \quad \text{if } \rho \leq 2", "what is assumed"),
    "an assumption turned round": ("rnn.explode.necessary", NORM + r" \leq 1 \quad \text{if } \rho \geq 1",
                                   "what is assumed"),
    "a strict assumption": ("rnn.explode.necessary", NORM + r" \leq 1 \quad \text{if } \rho < 1", "what is assumed"),
    "a further assumption": ("lstm.output.jacobian", r"\frac{\partial \mathbf{h}_t}{\partial \mathbf{c}_t} = "
                             r"\boldsymbol{\tau}_t \text{ if } \lVert \mathbf{c}_t \rVert_2 \leq 1", "what is assumed"),
    "an assumption for every step, for one": (
        "rnn.last-statement", latex(CLAIMS["rnn.last-statement"]).replace(r"\ \text{for every}\  k", ""),
        "what is assumed"),
    "a condition on steps": ("lstm.B", rf"\mathbf{{B}}_t = {B} \quad \text{{for }} t \geq 3", "the condition"),
    "a condition left out": ("lstm.dependencies.gates", latex(CLAIMS["lstm.dependencies.gates"])
                             .replace(r"\ \text{for}\  t \geq 2", ""), "the condition"),
    "a condition moved": ("lstm.likelihood", latex(CLAIMS["lstm.likelihood"]).replace(r"T \geq 1", r"T \geq 2"),
                          "the condition"),
    "a limit that grows": ("rnn.vanish.bounded.limit", NORM + r" \to \infty \text{ as } k \to \infty "
                           r"\text{ if } \rho < 1", "limit"),
    "a limit for a bound": ("rnn.explode.necessary", NORM + r" \to 0 \text{ as } k \to \infty \text{ if } \rho \leq 1",
                            "kind of statement"),
    "for every k first": ("rnn.prevention", r"\text{for every } k \text{ there are parameters and inputs with } "
                          r"\tfrac12 \leq " + NORM, "step"),
    "an existence for all": ("rnn.prevention", r"\tfrac12 \leq " + NORM, "kind of statement"),
    "a parent left out": ("lstm.dependencies", r"\operatorname{pa}(\mathbf{c}_t) = "
                          r"\{\mathbf{c}_{t-1}, \tilde{\mathbf{c}}_t, \mathbf{f}_t\}", "parents"),
    "another way through": ("lstm.dependencies.gates", latex(CLAIMS["lstm.dependencies.gates"])
                            .replace(r"\mathbf{h}_{t-1} \ \text", r"\mathbf{o}_{t-1} \ \text"), "through"),
}


def missed(drift: Drift) -> list[str]:
    """The rows of the table of changes that a drift does not notice."""
    return [name for name, (id, tex, _) in CHANGED.items() if of(id, tex, drift).status is not Status.CHANGED]


@pytest.mark.parametrize("name", CHANGED)
def test_what_means_something_else_has_changed(name: str) -> None:
    id, tex, where = CHANGED[name]
    finding = of(id, tex)
    assert finding.status is Status.CHANGED, finding
    assert any(where in difference.where for difference in finding.differences), finding.differences


# ---- neither

OPEN = {
    "an unknown function": ("lstm.output", rf"{H} = {OUT} \odot \zeta({C})", Status.NOT_READ, "zeta"),
    "shapes that do not fit": ("lstm.output", rf"{H} = {OUT} \, {C}", Status.NOT_READ, "vectors side by side"),
    "words that are not known": ("lstm.output", rf"{H} = {OUT} \odot \tanh({C}) \text{{ unless }} t = 3",
                                 Status.NOT_READ, "unless"),
    "no equation": ("lstm.output", H, Status.NOT_READ, "without a relation"),
    "a condition behind one of two": ("rnn.slope.bound", r"\sigma'(\mathbf{v}) \leq \tfrac14, \quad "
                                      r"\tanh'(\mathbf{v}) \leq 1 \text{ for } n \geq 2",
                                      Status.NOT_READ, "behind each"),
    "no closing brace": ("lstm.output", H + r" = \frac{1}{2", Status.NOT_READ, "not closed"),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_read_is_neither_the_same_nor_changed(name: str) -> None:
    id, tex, status, words = OPEN[name]
    finding = of(id, tex)
    assert (finding.status, words in finding.reason) == (status, True), finding


def test_what_no_value_tells_apart_and_no_proof_joins_is_undecided() -> None:
    def silent(one: Expression, other: Expression, of: Claim) -> Apart:
        return Apart(False, "nothing was tried")

    finding = of("lstm.output", rf"{H} = {OUT} \odot {C}", Drift([lstm], silent))
    assert finding.status is Status.UNDECIDED
    assert "nothing was tried" in finding.reason


def test_another_reading_that_means_the_same_leaves_it_undecided() -> None:
    """W a ⊙ b is read as (W a) ⊙ b first, and may be meant as W (a ⊙ b)."""
    m = Model("made")
    [n] = m.dims("n")
    W, a, b, y = m.parameter("W", n, n), m.input("a", n), m.input("b", n), m.input("y", n)
    m.equal("one", y, W @ had(a, b), fails=True)
    drift = Drift([m], apart)
    tex = r"\mathbf{y} = \mathbf{W} \, \mathbf{a} \odot \mathbf{b}"
    finding = of("made.one", tex, drift)
    assert (finding.status, "⊙ before products" in finding.reason) == (Status.UNDECIDED, True), finding
    assert of("made.one", tex.replace("odot", "odot 2"), drift).status is Status.CHANGED


# ---- every claim as it is printed, by its reading


def typed(claim: Claim) -> bool:
    """Whether a claim is about formulas that type."""
    return claim.id not in ("rnn.jacobian.literal", "lstm.terms.unsliced")


@pytest.mark.parametrize("profile", ["paper", "article"])
def test_what_is_printed_is_read_as_what_the_claim_says(profile: str) -> None:
    for model in (rnn, lstm):
        scope = scope_of(model)
        for item in (*model.definitions, *filter(typed, model.claims)):
            if isinstance(item, Remark):
                continue
            read, told = said_in(parse(latex(item, profile)).items, scope), said_by(item)
            assert (read.form, read.along, read.first, read.trend) == (told.form, told.along, told.first, told.trend)
            assert [(p.sign, len(p.sides), set(p.conditions), len(p.assumptions)) for p in read.parts] == \
                [(p.sign, len(p.sides), set(p.conditions), len(p.assumptions)) for p in told.parts], item.id


def test_what_does_not_type_is_the_same_only_as_it_is_printed() -> None:
    claim = CLAIMS["rnn.jacobian.literal"]
    assert of(claim.id, latex(claim)).status is Status.SAME
    assert of(claim.id, latex(claim).replace("=", "= -")).status is Status.NOT_READ


# ---- controls: what drift must not be


class ByText(Drift):
    """A drift that compares the text alone."""

    def _read(self, equation: judge.Equation, item: Claim | Definition, model: judge.Model) -> Finding:
        text = equation.passages[0].text.replace(rf"\label{{eq:{item.id}}}", "")
        same = any(latex(item, profile) == text for profile in ("paper", "article"))
        told = () if same else (Difference("the text", "", ""),)
        return Finding(equation.id, equation.place, Status.SAME if same else Status.CHANGED, told)


def test_a_drift_that_compares_text_fails_the_tables() -> None:
    wrong = [name for name, (id, tex) in SAME.items() if of(id, tex, ByText([rnn, lstm])).status is Status.CHANGED]
    assert set(wrong) == set(SAME)


def test_a_drift_that_reads_the_claim_instead_of_the_document_fails_the_tables(
        monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(judge.Comparison):
        def run(self, read: object) -> judge.Comparison:
            return super().run(said_by(self.item))

    monkeypatch.setattr(judge, "Comparison", Own)
    assert len(missed(DRIFT)) == len(CHANGED)


def test_a_drift_without_values_misses_what_only_values_tell() -> None:
    assert "a sign" in missed(Drift([rnn, lstm], without_values))


def test_a_drift_that_uses_definitions_would_miss_a_changed_equation(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the model's definitions, both sides of a claim that holds are one: a = a would pass for a = b."""
    def with_definitions(one: Expression, other: Expression, of: Claim, given: object) -> Claim:
        return replace(of, cases=(Case("", (one, other)),), given=S.true)

    assert of(*CHANGED["one side for both"][:2]).status is Status.CHANGED
    monkeypatch.setattr("derivations.drift.compare.free_claim", with_definitions)
    assert of(*CHANGED["one side for both"][:2]).status is not Status.CHANGED
