"""The equations of a document that say from which claim they came: by a stamp before them, or by their label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from derivations.claim import Claim, Definition, Remark
from derivations.latex.fragments import label as label_of
from derivations.latex.reader.passages import Passage, Place, Source, Stamped
from derivations.latex.stamp import Stamp, intact, read_stamps
from derivations.model import Model

PREFIX = "eq:"
INSIDE = ("\\begin{verdict}",)  # what may stand between a stamp and its formula
INLINE = ("$", r"\(", "math")
BETWEEN = {"", ";", ","}  # what stands between the formulas of one inline fragment

Item = Claim | Definition | Remark


@dataclass(frozen=True)
class Known:
    """An item that an equation may have come from, with its model."""

    item: Item
    model: Model


@dataclass(frozen=True)
class Equation:
    """An equation of a document with the id that it names, by a label or a stamp.

    ``spans`` are the parts of its passages that belong to it: a passage with several labels has several equations.
    ``prose`` is what stands behind the stamp where that is no mathematics; ``edited`` whether the file of the stamp is
    not as it was written.
    """

    id: str
    place: Place
    passages: tuple[Passage, ...] = ()
    span: tuple[int, int] | None = None
    stamp: Stamp | None = None
    edited: bool = False
    label: str = ""
    prose: str = ""


def by_id(models: Sequence[Model]) -> dict[str, Known]:
    """Everything that models state, by the id that a label or a stamp names."""
    return {label_of(item): Known(item, model) for model in models for item in (*model.definitions, *model.claims)}


def equations(source: Source, known: Mapping[str, Known]) -> list[Equation]:
    """The equations of a document that came from something, in its order; stamps whose formula is gone too."""
    stamped = list(_stamped(source))
    taken = {(id(equation.passages[0]), equation.id) for equation in stamped if equation.passages}
    families = {word.partition(".")[0] for word in known}
    labelled = [equation for passage in source.passages for equation in _labelled(passage, known, families)
                if (id(passage), equation.id) not in taken]
    order = {id(passage): k for k, passage in enumerate(source.passages)}
    places = [(_order(equation, order), k) for k, equation in enumerate(stamped + labelled)]
    return [(stamped + labelled)[k] for _, k in sorted(places)]


def _order(equation: Equation, order: Mapping[int, int]) -> tuple[int, int]:
    """Where an equation stands; one without mathematics, by its line behind the last that is before it."""
    if equation.passages:
        return order[id(equation.passages[0])], 0
    return len(order), equation.place.line


# ---- labels


def _labelled(passage: Passage, known: Mapping[str, Known], families: set[str]) -> Iterator[Equation]:
    """An equation for each label that names an id, or would name one of a known family."""
    for label, at in passage.labels:
        name = label.removeprefix(PREFIX)
        if label.startswith(PREFIX) and (name in known or ("." in name and name.partition(".")[0] in families)):
            yield Equation(name, passage.at, (passage,), _span(passage, at), label=label)


def _span(passage: Passage, at: int) -> tuple[int, int] | None:
    """The rows that a label numbers: those since the label before it. None where it numbers the whole."""
    if len(passage.labels) < 2:
        return None
    edges = [0]
    for _, place in sorted(passage.labels, key=lambda pair: pair[1]):
        behind = passage.text.find(r"\\", place)
        edges.append(behind if behind >= 0 else len(passage.text) + 1)
    upper = next(edge for edge in edges[1:] if edge >= at)
    return max(edge for edge in edges if edge < upper), upper


# ---- stamps


def _stamped(source: Source) -> Iterator[Equation]:
    for comment in source.stamps:
        found = read_stamps(comment.text)
        if found:
            yield _behind(source, comment, found[0])


def _behind(source: Source, comment: Stamped, stamp: Stamp) -> Equation:
    """The equation behind a stamp: what stands next in its file, and nothing that is further away."""
    text = comment.region.text
    start = comment.start + len(comment.text)
    end = min((s.start for s in source.stamps if s.region is comment.region and s.start > comment.start),
              default=len(text))
    own = [p for p in source.passages if p.region is comment.region and start <= p.opening < end]
    edited = _is_fragment(source, comment) and not intact(text)
    if own and not _words(text[start:own[0].opening]):
        passages = tuple(_run(own))
        return Equation(stamp.id, passages[0].at, passages, stamp=stamp, edited=edited)
    return Equation(stamp.id, comment.at, stamp=stamp, edited=edited, prose=_words(text[start:end]))


def _is_fragment(source: Source, comment: Stamped) -> bool:
    """Whether the file holds this one formula, and is not the document itself: its seal then speaks of the formula."""
    alone = sum(s.region is comment.region for s in source.stamps) == 1
    return alone and comment.region.file != source.file


def _run(passages: Sequence[Passage]) -> Iterator[Passage]:
    """The first of these, and the inline ones that go on with it: the cases of one formula."""
    first, *others = passages
    yield first
    for before, after in zip(passages, others, strict=False):
        if not (before.environment in INLINE and after.environment in INLINE):
            return
        gap = before.region.text[before.start + len(before.text):after.opening].lstrip("$)\\")
        if _words(gap) not in BETWEEN:
            return
        yield after


def _words(text: str) -> str:
    """What is left of a text without comments, blanks, and the marks that a fragment has around its formula."""
    lines = (line for line in text.split("\n") if not line.lstrip().startswith("%"))
    kept = " ".join(" ".join(lines).split())
    for mark in INSIDE:
        if kept.startswith(mark):
            kept = kept[kept.find("}", len(mark)) + 1:].lstrip()
    return kept
