"""How commas, relations and arrows bind: ``a, b ∈ S`` is one statement, ``a = 1, b = 2`` are two; and what holds
together only in something that prints."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from derivations.latex.reader.tree import (
    At,
    Big,
    Braced,
    Listed,
    NotRead,
    Number,
    Product,
    Relation,
    Scripted,
    Signs,
    Statements,
    Sum,
    Text,
    Tree,
)
from derivations.latex.reader.vocabulary import BELONGS, IMPLIES, ORDER

LOOSE = (Sum, Relation, Listed, Statements, Text)  # trees that hold together only in something that prints
SEVERAL = (*LOOSE, Product, Big)  # on these no script can stand
Joint = tuple[str, str]  # "relation", "logic", "list" or "given", and its sign


@dataclass(frozen=True)
class Implies(Tree):
    """⇒ or ⇔ among statements, before it is folded into a relation of them."""

    sign: str


class _Segment:
    """What stands between two commas: sides with relations between them."""

    def __init__(self, first: Tree) -> None:
        self.sides: list[Tree] = [first]
        self.signs: list[str] = []

    @property
    def tree(self) -> Tree:
        return _relation(self.sides, self.signs)


def related(elements: list[Tree], joints: list[Joint], apart: bool) -> list[Tree]:
    """Sides and what stands between them as relations and lists; ``apart`` where commas may part statements."""
    for element in elements:
        if isinstance(element, Relation | Listed | Statements | Text):
            raise NotRead("lines that hold several statements are one side of a relation: write them apart",
                          element.start)
    kinds = {kind for kind, _ in joints}
    if "given" in kinds:
        return [_given(elements, joints, apart)]
    if "logic" in kinds:
        return [_connected(elements, joints)]
    if "list" not in kinds:
        return [_relation(elements, [sign for _, sign in joints])]
    if "relation" not in kinds:
        return [_listed(elements, [sign for _, sign in joints])]
    segments, commas = [_Segment(elements[0])], list[str]()
    for (kind, sign), element in zip(joints, elements[1:], strict=True):
        if kind == "list":
            segments.append(_Segment(element))
            commas.append(sign)
        else:
            segments[-1].sides.append(element)
            segments[-1].signs.append(sign)
    found, between = _gathered(segments, commas)
    return found if apart or len(found) == 1 else [_listed(found, between)]


def _gathered(segments: list[_Segment], commas: list[str]) -> tuple[list[Tree], list[str]]:
    """The relations, each with the items of a list that its first and its last side have."""
    at = [k for k, segment in enumerate(segments) if segment.signs]
    cuts, between = [0], list[str]()
    for left, right in pairwise(at):
        cuts.append(_cut(segments, left, right))
        between.append(commas[cuts[-1] - 1])
    cuts.append(len(segments))
    found = []
    for k, (low, high) in enumerate(pairwise(cuts)):
        main = segments[at[k]]
        if low < at[k]:
            main.sides[0] = _listed([s.sides[0] for s in segments[low:at[k] + 1]], commas[low:at[k]])
        if at[k] + 1 < high:
            main.sides[-1] = _listed([main.sides[-1], *(s.sides[0] for s in segments[at[k] + 1:high])],
                                     commas[at[k]:high - 1])
        found.append(main.tree)
    return found, between


def _cut(segments: list[_Segment], left: int, right: int) -> int:
    """The first segment that belongs to the second of two relations."""
    before, after = segments[left], segments[right]
    if before.signs[-1] in BELONGS:
        return left + 1
    if right > left + 1:
        raise NotRead("a list between two relations, which may belong to either: write \\quad between statements",
                      segments[left + 1].sides[0].start)
    both = before.signs[-1] in ORDER and after.signs[0] in ORDER
    if both and not isinstance(before.sides[-1], Number) and not isinstance(after.sides[0], Number):
        raise NotRead("one chain with a list in it, or two statements: write \\quad between statements, or the list in "
                      "parentheses", after.sides[0].start)
    return right


def _relation(sides: list[Tree], signs: list[str]) -> Tree:
    if len(sides) == 1:
        return sides[0]
    for side in sides:
        if isinstance(side, Signs):
            raise NotRead("a sign as a side of a relation: expected a letter or a number", side.start)
    return Relation(tuple(sides), tuple(signs), start=sides[0].start, end=sides[-1].end)


def _listed(items: list[Tree], separators: list[str]) -> Tree:
    return Listed(tuple(items), tuple(separators), start=items[0].start, end=items[-1].end)


def _given(elements: list[Tree], joints: list[Joint], apart: bool) -> Tree:
    """What stands before and behind : or ∣, which part more than commas do: ``f, g : A → B``, ``x, y ∣ z``."""
    cuts = [k for k, (kind, _) in enumerate(joints) if kind == "given"]
    if apart and any(kind == "list" for kind, _ in joints[cuts[0]:]):
        raise NotRead(f"a comma behind {joints[cuts[0]][1]}: write \\quad between statements, or parentheses",
                      elements[cuts[0] + 1].start)
    parts = []
    for low, high in pairwise([-1, *cuts, len(joints)]):
        side, between = elements[low + 1:high + 1], joints[low + 1:high]
        parts += related(side, between, apart=False) if between else side
    return _relation(parts, [joints[k][1] for k in cuts])


def _connected(elements: list[Tree], joints: list[Joint]) -> Tree:
    """Relations with ∧ and ∨ between them."""
    parts, signs = [_Segment(elements[0])], list[str]()
    for (kind, sign), element in zip(joints, elements[1:], strict=True):
        if kind == "list":
            raise NotRead(f"a comma beside ∧ or ∨: it is not clear what {sign} parts; put parentheses", element.start)
        if kind == "logic":
            parts.append(_Segment(element))
            signs.append(sign)
        else:
            parts[-1].sides.append(element)
            parts[-1].signs.append(sign)
    return _relation([part.tree for part in parts], signs)


def implied(items: list[Tree], starts: set[int]) -> list[Tree]:
    """Statements of which some imply others: each arrow has the rest of its row on its sides.

    An arrow at the beginning of a row has the row above on its left.
    """
    if not any(isinstance(item, Implies) for item in items):
        return items
    found: list[Tree] = []
    side: list[Tree] = []  # statements since the last arrow or row
    sides: list[Tree] = []
    signs: list[str] = []

    def close() -> None:
        for item in [*sides, *side] if signs else []:
            _refuse_arrows(item)
        if not signs:
            found.extend(side)
        elif not side:
            raise NotRead(f"{signs[-1]} with nothing behind it: a statement was expected", sides[-1].end)
        else:
            found.append(_relation([*sides, _one(side)], signs))
        side.clear()
        sides.clear()
        signs.clear()

    for k, item in enumerate(items):
        if k in starts and not isinstance(item, Implies):
            close()
        if not isinstance(item, Implies):
            side.append(item)
        elif side:
            sides.append(_one(side))
            signs.append(item.sign)
            side = []
        else:
            raise NotRead(f"{item.sign} with nothing before it: a statement was expected", item.start)
    close()
    return found


def _refuse_arrows(side: Tree) -> None:
    for item in side.items if isinstance(side, Statements) else (side,):
        if isinstance(item, Relation) and item.signs[0] in IMPLIES.values():
            raise NotRead("an arrow inside lines that an arrow stands beside: write the statements apart", item.start)


def _one(statements: list[Tree]) -> Tree:
    if len(statements) == 1:
        return statements[0]
    return Statements(tuple(statements), start=statements[0].start, end=statements[-1].end)


def hold(part: Tree) -> None:
    """Refuses a part that the page does not show as one: a sum in braces that do not print, in a product.

    A bare sign is no part either: beside others it would be taken for what it does between them.
    """
    body = part.body if isinstance(part, Braced | At) else part
    if isinstance(body, Signs) or (isinstance(body, Scripted) and isinstance(body.base, Signs)):
        raise NotRead("a sign where a letter or a number was expected", part.start)
    if isinstance(body, LOOSE):
        raise NotRead("braces or lines that do not print hold several terms together: put parentheses around them",
                      part.start)
