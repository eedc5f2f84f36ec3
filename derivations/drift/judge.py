"""Each equation of a document that came from something, judged: what it says now beside what that says now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from derivations.claim import Claim, Definition, Remark
from derivations.digest import meaning
from derivations.drift.compare import Comparison, Values, without_values
from derivations.drift.finding import Difference, Finding, Status
from derivations.drift.found import Equation, Known, by_id, equations
from derivations.drift.reading import other_readings, said_in
from derivations.errors import DerivationError
from derivations.latex import latex
from derivations.latex.fragments import UNCHECKED
from derivations.latex.letters import escaped
from derivations.latex.notation import PROFILES
from derivations.latex.reader import tree
from derivations.latex.reader.known import scope_of
from derivations.latex.reader.passages import Passage, Place, Source
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.stamp import Stamp
from derivations.model import Model
from derivations.version import __version__

PARBOX = "\\parbox"


@dataclass
class Drift:
    """Compares documents with what models say now. ``values`` tells formulas apart by numbers."""

    models: Sequence[Model]
    values: Values = without_values
    _scopes: dict[str, Scope] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known: Mapping[str, Known] = by_id(self.models)

    def findings(self, source: Source) -> Iterator[Finding]:
        """What became of every equation of a document that came from something, in its order."""
        for equation in equations(source, self.known):
            yield self._finding(equation)

    def _finding(self, equation: Equation) -> Finding:
        known = self.known.get(equation.id)
        if known is None:
            return Finding(equation.id, equation.place, Status.UNKNOWN, reason=self._nearest(equation.id),
                           label=equation.label, edited=equation.edited)
        finding = self._remark(equation, known.item) if isinstance(known.item, Remark) else \
            self._read(equation, known.item, known.model)
        return _with_stamp(replace(finding, label=equation.label, edited=equation.edited), known, equation.stamp)

    def _nearest(self, id: str) -> str:
        near = get_close_matches(id, self.known, 3, 0.6)
        hint = f"did you mean {', '.join(near)}?" if near else "'derivations list --definitions' shows what there is"
        return f"nothing that is shipped or given with --against is called so: {hint}"

    # ---- remarks are prose

    def _remark(self, equation: Equation, item: Remark) -> Finding:
        ours = " ".join(escaped(item.sentence).split())
        theirs = " ".join(" ".join([*map(_unlabelled, equation.passages), equation.prose]).split())
        theirs = _boxed(theirs) if PARBOX in theirs else _to_the_end(theirs)
        if theirs == ours:
            return Finding(equation.id, equation.place, Status.SAME)
        return Finding(equation.id, equation.place, Status.CHANGED, (Difference("the sentence", ours, theirs),))

    # ---- formulas

    def _read(self, equation: Equation, item: Claim | Definition, model: Model) -> Finding:
        nothing = Finding(equation.id, equation.place, Status.NOT_READ)
        if not equation.passages:
            return replace(nothing, reason="no formula stands behind its stamp")
        items: list[Tree] = []
        passage = equation.passages[0]
        try:
            for passage in equation.passages:
                items += _items(passage, equation.span)
            printed = _as_printed(items, item)
            compared = Comparison(item, model, self.values).run(said_in(items, self._scope(model)))
        except NotRead as error:
            if items and _as_printed(items, item):  # also what does not type, and is about that
                return Finding(equation.id, equation.place, Status.SAME)
            return replace(nothing, reason=error.reason, place=_place(passage, error.at))
        except DerivationError as error:
            return replace(nothing, reason=str(error))
        if compared.differences:
            for words, said in other_readings(items, self._scope(model)):
                other = Comparison(item, model).run(said)
                if not (other.differences or other.open):
                    return Finding(equation.id, equation.place, Status.UNDECIDED,
                                   reason=f"it means the same with {words}, and changed in the reading tried first")
            return Finding(equation.id, equation.place, Status.CHANGED, tuple(compared.differences))
        if compared.open and not printed:
            return Finding(equation.id, equation.place, Status.UNDECIDED, reason="; ".join(compared.open))
        return Finding(equation.id, equation.place, Status.SAME if printed else Status.NOTATION)

    def _scope(self, model: Model) -> Scope:
        return self._scopes.setdefault(model.name, scope_of(model))


def _items(passage: Passage, span: tuple[int, int] | None) -> list[Tree]:
    """The statements of a passage, or of those of its rows that belong to one label."""
    found = parse(passage.text, passage.macros).items
    return list(found) if span is None else [item for item in found if span[0] <= item.start < span[1]]


def _place(passage: Passage, at: int) -> Place:
    return passage.place(min(at, len(passage.text)))


def _unlabelled(passage: Passage) -> str:
    text = passage.text
    for label, _ in passage.labels:
        text = text.replace(f"\\label{{{label}}}", " ")
    return text


def _to_the_end(text: str) -> str:
    """A sentence in the running text: an inline fragment ends in a comment."""
    end = next((at for at, c in enumerate(text) if c == "%" and text[at - 1:at] != "\\"), len(text))
    return text[:end].rstrip()


def _boxed(text: str) -> str:
    """The sentence in ``\\parbox{width}{…}``, with what stands around it."""
    opened = text.find("}{", text.find(PARBOX))
    around = text[:text.find(PARBOX)].strip(" &")  # a row's place in an alignment
    return around + text[opened + 2:text.rfind("}")] if opened >= 0 else text


def _as_printed(items: Sequence[Tree], item: Claim | Definition) -> bool:
    """Whether the formula stands as it is printed in one of the notations, apart from breaks and blanks."""
    ours = [_plain(e) for e in items]
    for profile in PROFILES:
        try:
            if [_plain(e) for e in parse(latex(item, profile)).items] == ours:
                return True
        except DerivationError:
            continue
    return False


def _plain(e: Tree) -> Tree:
    """The tree with every product sign that a line break may set written as none."""
    parts: dict[str, Any] = {f.name: _plained(getattr(e, f.name)) for f in fields(e)}
    if isinstance(e, tree.Product):
        parts["signs"] = tuple("" if sign == "cdot" else sign for sign in e.signs)
    return replace(e, **parts)


def _plained(value: object) -> object:
    if isinstance(value, Tree):
        return _plain(value)
    return tuple(map(_plained, value)) if isinstance(value, tuple) else value


# ---- stamps


def _with_stamp(finding: Finding, known: Known, stamp: Stamp | None) -> Finding:
    """What the stamp tells beside: an older claim, a verdict of another version."""
    notes = ["the file was edited after it was written"] if finding.edited else []
    if stamp is None:
        return replace(finding, notes=tuple(notes))
    stale = bool(stamp.meaning) and stamp.meaning != meaning(known.item)
    if not stamp.meaning:
        notes.append("its stamp does not say what the claim meant")
    if stale:
        notes.append("the claim, or a definition that it leads to, has changed since the formula was stamped")
    checked = stamp.verdict not in UNCHECKED.values()
    outdated = checked and stamp.version != __version__
    if outdated:
        notes.append(f"its verdict, {stamp.verdict}, is of version {stamp.version or 'unknown'}; this is {__version__}")
    status = Status.STALE if stale and finding.status in (Status.SAME, Status.NOTATION) else finding.status
    return replace(finding, status=status, notes=tuple(notes), stale=stale, outdated=outdated)
