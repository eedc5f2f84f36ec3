"""The statements of a document one by one: each equation with its place, its label, and the tree that it is."""

from __future__ import annotations

from dataclasses import dataclass

from derivations.latex.reader.census import walk
from derivations.latex.reader.passages import Passage, Place, Source
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.tree import Fenced, Listed, NotRead, Relation, Statements, Text, Tree

EQUATION_SIGNS = ("=", ":=", "≠", "≤", "<", "≥", ">", "→", "≡", "≈", "∝", "~", "←")
CONDITIONAL = frozenset(("if", "iff", "when", "whenever", "while", "provided", "assuming", "suppose", "supposing",
                         "given", "for", "under", "until", "such"))
JOINING = frozenset(("and", "also", "both"))
TURNING = frozenset(("not", "no", "never", "neither", "nor", "cannot", "false", "wrong", "fails", "unless", "except",
                     "without", "otherwise", "else", "or", "either", "there", "exists", "exist", "some", "almost"))


@dataclass(frozen=True)
class Statement:
    """One statement of a passage; ``tree`` is None where the mathematics could not be parsed, for ``reason``."""

    passage: Passage
    tree: Tree | None
    label: str
    at: Place
    latex: str
    reason: str = ""
    beside: tuple[Tree, ...] = ()  # the other statements of the passage: conditions, declarations
    conditions: frozenset[int] = frozenset()  # where statements of the passage begin that words make conditions
    turned: str = ""  # words of the passage that may turn what it says: "not", "there is"

    @property
    def display(self) -> bool:
        return self.passage.display

    @property
    def conditional(self) -> bool:
        """Whether the words before it make it a condition of what stands beside it."""
        return self.tree is not None and self.tree.start in self.conditions

    @property
    def is_equation(self) -> bool:
        """Whether it states something: also in fences, in a list or behind a colon, where it will not be read."""
        return self.tree is not None and _states(self.tree)


def _states(e: Tree) -> bool:
    if isinstance(e, Relation) and any(sign in EQUATION_SIGNS for sign in e.signs):
        return True
    return isinstance(e, Relation | Listed | Fenced) and any(map(_states, e.parts))


def statements(source: Source) -> list[Statement]:
    """All statements of a document, in its order."""
    return [statement for passage in source.passages for statement in _of(passage)]


def _of(passage: Passage) -> list[Statement]:
    try:
        found = parse(passage.text, passage.macros)
    except NotRead as error:
        # prose puts single letters and half formulas between dollars: only an equation is missed
        text = passage.text.strip()
        if not passage.display and ("=" not in text or "=" in (text[:1], text[-1:])):
            return []
        return [Statement(passage, None, passage.label, passage.place(min(error.at, len(passage.text))),
                          passage.text.strip(), error.reason)]
    items = [item for item in found.items if not isinstance(item, Text)]
    conditional = _conditions(found)
    turned = next((part.text for part in walk(found) if isinstance(part, Text) and TURNING & _words(part)), "")
    out = []
    for k, item in enumerate(items):
        end = items[k + 1].start if k + 1 < len(items) else len(passage.text) + 1
        beside = tuple(other for other in items if other is not item)
        out.append(Statement(passage, item, _label(passage, item, end, len(items)), passage.place(item.start),
                             passage.text[item.start:max(item.end, item.start)].strip(), beside=beside,
                             conditions=conditional, turned=turned))
    return out


def _conditions(found: Statements) -> frozenset[int]:
    """Where the statements begin that words before them make conditions, also behind an "and"."""
    out: set[int] = set()
    conditional = False
    for item in found.items:
        if isinstance(item, Text):
            said = _words(item)
            conditional = bool(said & CONDITIONAL) or (conditional and said <= JOINING)
        elif conditional:
            out.add(item.start)
    return frozenset(out)


def _words(said: Text) -> set[str]:
    return set("".join(c.lower() if c.isalpha() else " " for c in said.text).split())


def _label(passage: Passage, item: Tree, end: int, count: int) -> str:
    """The label that stands in a statement's rows; the passage's only label is that of its first statement."""
    # a label numbers its row, and all that stands in it
    row = passage.text.find("\\\\", item.end)
    inside = [label for label, at in passage.labels if item.start <= at < max(end, row if row >= 0 else 0)]
    if inside:
        return inside[0]
    if len(passage.labels) == 1 and (count == 1 or passage.labels[0][1] >= len(passage.text)
                                     or passage.labels[0][1] < item.start):
        return passage.labels[0][0]
    return ""
