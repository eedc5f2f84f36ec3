"""Files for papers: one formula a claim, to ``\\input``, with what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

from derivations.claim import Claim, Definition, Remark
from derivations.digest import meaning
from derivations.errors import NamingError
from derivations.latex.breaking import Row, extent
from derivations.latex.letters import escaped
from derivations.latex.macros import MACRO_STYLE
from derivations.latex.notation import Latex, notation
from derivations.latex.relations import aligned, blocks, cells, formula_rows
from derivations.latex.stamp import DEFINITION, NOT_CHECKED, REMARK, Stamp, sealed
from derivations.ranges import range_text

COLUMN = 345.0  # pt: a line of an A4 article at 10 pt
NUMBER = 28.0  # pt: the equation's number, with a gap
UNCHECKED = {Definition: DEFINITION, Remark: REMARK, Claim: NOT_CHECKED}  # the words of what no check has seen

Item = Claim | Definition | Remark


@dataclass(frozen=True)
class Sheet:
    """What a fragment is written for.

    ``form`` is ``equation``, ``align`` or ``inline``; ``width`` that of a line of the paper, in pt where its letters
    have 10 pt; ``macros``: in the macros of ``notation.sty``, which then decides on the notation; ``mark``: with the
    verdict in the margin, by that file's macros too. Raises NamingError for an unknown profile or form.
    """

    profile: str = "paper"
    form: str = "equation"
    width: float = COLUMN
    macros: bool = False
    mark: bool = False

    def __post_init__(self) -> None:
        notation(self.profile)
        if self.form not in FORMS:
            raise NamingError(f"no form is called {self.form!r}: the forms are {', '.join(FORMS)}")

    @property
    def style(self) -> Latex:
        line = inf if self.form == "inline" else self.width - NUMBER
        return replace(MACRO_STYLE if self.macros else notation(self.profile), line=line)


class Fragment(NamedTuple):
    """The text of a file, and by how many pt its widest line is too wide where it could not be broken further."""

    text: str
    excess: float


def fragment(obj: Item, profile: str = "paper", *, form: str = "equation", width: float = COLUMN,
             macros: bool = False, mark: bool = False, stamp: Stamp | None = None) -> str:
    """A formula with the label ``eq:<id>``, after comments that say where it comes from and what is known of it.

    The arguments are those of ``Sheet``; without a stamp a claim is stamped as not checked.
    """
    return fragment_on(Sheet(profile, form, width, macros, mark), obj, stamp).text


def fragment_on(sheet: Sheet, obj: Item, stamp: Stamp | None = None) -> Fragment:
    """The fragment of an item as a sheet asks for it."""
    stamp = stamp or unchecked(obj)
    rows = formula_rows(sheet.style, obj)
    lines = FORMS[sheet.form](sheet.style, obj, rows)
    if sheet.mark and isinstance(obj, Claim):
        word = stamp.verdict.replace("-", " ")
        lines = [*lines, rf"\verdictaside{{{word}}}%"] if sheet.form == "inline" else \
            [rf"\begin{{verdict}}{{{word}}}", *lines, r"\end{verdict}"]
    comments = [_comment(f"{obj.id}: {obj.source}" if obj.source else obj.id)]
    if isinstance(obj, Claim) and (steps := range_text(obj)):
        comments.append(_comment(f"range: {steps}"))
    text = sealed("\n".join([*comments, str(stamp), *lines, ""]))
    return Fragment(text, max(0.0, extent(sheet.style, rows) - sheet.style.line - NUMBER))


def unchecked(obj: Item) -> Stamp:
    """The stamp of an item that no check has seen."""
    return Stamp(label(obj), UNCHECKED[type(obj)], meaning=meaning(obj))


def label(obj: Item) -> str:
    """The id of an item with the characters that a label may have."""
    return "".join(c for c in obj.id if c.isalnum() or c in ".-_:'")


# ---- forms


def _equation(style: Latex, obj: Item, rows: list[Row]) -> list[str]:
    return [r"\begin{equation}", rf"\label{{eq:{label(obj)}}}", aligned(style, rows), r"\end{equation}"]


def _align(style: Latex, obj: Item, rows: list[Row]) -> list[str]:
    """One number for the whole, on its last line."""
    numbered = [*(rf"{cell} \notag" for cell in cells(rows[:-1])), rf"{cells(rows)[-1]} \label{{eq:{label(obj)}}}"]
    return [style.environment("align", numbered, "\n")]


def _inline(style: Latex, obj: Item, rows: list[Row]) -> list[str]:
    """In a line of text, without a number; the cases one after another."""
    if isinstance(obj, Remark):
        return [f"{escaped(obj.sentence)}%"]
    formulas = (" ".join(part for row in block for part in row if part) for block in blocks(style, obj))
    return ["; ".join(f"${formula}$" for formula in formulas) + "%"]


FORMS: dict[str, Callable[[Latex, Item, list[Row]], list[str]]] = {
    "equation": _equation,
    "align": _align,
    "inline": _inline,
}


def _comment(words: str) -> str:
    """One comment line, whatever the words: nothing that ends a line is left in them."""
    return "% " + " ".join("".join(c if c.isprintable() else " " for c in words).split())
