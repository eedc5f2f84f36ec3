"""A whole document of what was claimed and found: definitions, claims with their verdicts, proofs, counterexamples.

Blocks, which know nothing of how they are set: ``manuscript_tex`` and ``manuscript_typst`` do that. Text in blocks is
plain, in which ``c_{t-1}`` and ``x^2`` are names of the plain notation; formulas are LaTeX as the printer writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from derivations.claim import Claim, Definition, Remark
from derivations.latex.breaking import Row, by_terms
from derivations.latex.fragments import Item, Sheet, label
from derivations.latex.measure import width
from derivations.latex.relations import formula_rows
from derivations.model import Model
from derivations.proof.claims import proof_of
from derivations.ranges import range_text
from derivations.report.page import abbreviations
from derivations.report.proof_page import proof_steps
from derivations.report.run import Run
from derivations.report.story import READING, story
from derivations.report.words import counts, expectation, headline, plural, witness_words
from derivations.verdict import Status, Verdict

WORDS = {
    "proved": "a proof, for every dimension and the stated range of steps; for existence, a witness confirmed exactly",
    "agrees": "numeric evidence alone: no difference was found",
    "refuted": "a counterexample confirmed with rigorous arithmetic, or shapes that do not fit, or a proof of the "
               "contrary",
    "undecided": "everything else: never a pass",
    "vacuous": "evidence was gathered, but it could not have failed: never a pass",
    "not checked": "nothing is known: this document was written without a check",
}
NOTES = (
    "In a product over steps the latest factor stands leftmost; under an arrow to the right it stands rightmost. "
    "∂ is total: what lies downstream of the denominator responds, along every path; ∂⁺ is immediate: the definition "
    "of the numerator alone responds; what stands behind a bar is held, or changed."
)
STEP, SMALLEST = 330.0, 2.2  # pt: a formula's place in a proof; how many times wider one may be, to be made smaller
SKIPPED = ("", READING, "file", "again", "source", "printed", "numbers", "witness")  # rows of a story said elsewhere


@dataclass(frozen=True)
class Heading:
    """``level`` 0 is the title, 1 a section, 2 an item of its own."""

    level: int
    text: str
    mark: str = ""  # the verdict's word, of an item


@dataclass(frozen=True)
class Paragraph:
    text: str
    head: str = ""  # set apart: "Counterexample"


@dataclass(frozen=True)
class Display:
    """A formula on lines of its own, with its number and label where it has one."""

    rows: tuple[Row, ...]
    label: str = ""


@dataclass(frozen=True)
class Steps:
    """Formulas beneath one another, each with the word that stands before it."""

    rows: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Display | Steps


def manuscript(items: Iterable[Item], sheet: Sheet, run: Run | None = None) -> list[Block]:
    """The document of these items. Claims that ``run`` has no verdict of are shown as not checked."""
    items = list(items)
    verdicts = {} if run is None else {verdict.claim.id: verdict for verdict in run.verdicts}
    families = _families(items)
    titles = list(dict.fromkeys(model.title for model in families if model is not None)) or ["Derivations"]
    blocks: list[Block] = [Heading(0, "; ".join(titles)), Paragraph(NOTES)]
    for model, mine in families.items():
        blocks += _family(model, mine, sheet, verdicts)
    blocks += [Heading(1, "What the words mean"), *(Paragraph(said, head=word) for word, said in WORDS.items())]
    sources = sorted({item.source for item in items if item.source})
    if sources:
        blocks += [Heading(1, "Sources"), *(Paragraph(source) for source in sources)]
    return blocks


def _families(items: list[Item]) -> dict[Model | None, list[Item]]:
    """The items of each model, which a claim knows and a definition shares by the prefix of its id."""
    models = {item.model.name: item.model for item in items if isinstance(item, Claim)}
    found: dict[Model | None, list[Item]] = {}
    for item in items:
        found.setdefault(models.get(item.id.partition(".")[0]), []).append(item)
    return found


def _family(model: Model | None, items: list[Item], sheet: Sheet, verdicts: Mapping[str, Verdict]) -> Iterator[Block]:
    definitions = [item for item in items if isinstance(item, Definition)]
    others = sorted((item for item in items if not isinstance(item, Definition)), key=lambda item: item.line)
    name = model.title if model is not None else "Definitions"
    if definitions:
        yield Heading(1, f"{name}: definitions" if model is not None else name)
        for definition in definitions:
            yield Paragraph(definition.source, head=definition.id)
            yield Display(tuple(formula_rows(sheet.style, definition)), label(definition))
    if others:
        yield Heading(1, f"{name}: claims")
    for item in others:
        if isinstance(item, Remark):
            yield Heading(2, item.id, "remark")
            yield Paragraph(item.sentence)
        elif isinstance(item, Claim):
            yield from _claim(item, sheet, verdicts.get(item.id))


# ---- a claim


def _claim(claim: Claim, sheet: Sheet, verdict: Verdict | None) -> Iterator[Block]:
    yield Heading(2, claim.id, str(verdict.status) if verdict else "not checked")
    yield Display(tuple(formula_rows(sheet.style, claim)), label(claim))
    said = [f"range {steps}" if (steps := range_text(claim)) else "", f"expected {expectation(claim)}", claim.source]
    yield Paragraph("; ".join(filter(None, said)) + ".")
    if lines := abbreviations(claim.expressions):
        yield Paragraph("; ".join(lines) + ".", head="Where")
    if claim.witness is not None:
        yield Paragraph(witness_words(claim.witness) + ".", head="Witness")
    if verdict is None:
        return
    evidence = counts(verdict)
    yield Paragraph(headline(verdict) + (f" ({evidence})" if evidence else "") + ".", head="Verdict")
    yield from _story(verdict)
    if verdict.status is Status.PROVED:
        yield from _proof(claim, sheet.profile)


def _story(verdict: Verdict) -> Iterator[Block]:
    """What the terminal tells of a verdict beside its headline."""
    for k, row in enumerate(story(verdict)):
        text = row.text
        if not row.label and k == 0:
            text = text.removeprefix(headline(verdict)).lstrip("; ")
        elif row.label in SKIPPED and row.label:
            continue
        if text:
            head = "Counterexample" if not row.label and k == 0 and verdict.status is Status.REFUTED else row.label
            yield Paragraph(text + ".", head=head[:1].upper() + head[1:])


# ---- a proof


def _proof(claim: Claim, profile: str) -> Iterator[Block]:
    proof = proof_steps(claim, proof_of(claim), profile)
    if proof.status is not Status.PROVED:  # the graph, or a witness, proved it
        return
    yield Paragraph(f"{proof.detail}.", head="Proof")
    about = ""
    for number, step in enumerate(proof.steps, 1):
        if step.about != about:
            about = step.about
            yield Paragraph(f"{about[:1].upper()}{about[1:]}:")
        said = "; ".join(filter(None, [step.rule, step.note]))
        yield Paragraph(f"{said}.", head=f"Step {number}")
        shown = tuple(formula for formula in step.formulas if _legible(formula[1]))
        if shown:
            yield Steps(shown)
        if left := len(step.formulas) - len(shown):
            yield Paragraph(f"{plural(left, 'formula')} too long for a page: derivations show {claim.id} --proof has "
                            f"{'it' if left == 1 else 'them'}.")


def _legible(tex: str) -> bool:
    """Whether a formula can be read once it is broken by term and made as small as a line needs."""
    return all(width(line) <= SMALLEST * STEP for line in by_terms(tex, STEP))
