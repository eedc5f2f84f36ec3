"""How wide LaTeX sets a printed formula: TeX's rules for boxes and gaps, with the metrics of Computer Modern at 10 pt.

Knuth, The TeXbook, appendix G, as far as it bears on widths: classes of atoms and the gaps between them, the sizes of
scripts, and how fences grow. Widths are in pt.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from derivations.latex.metrics import (
    BOLD,
    FENCES,
    GREEK,
    ITALIC,
    OPERATORS,
    ROMAN,
    SIGNS,
    SLANT,
    SMALL,
    SPACES,
    TEXT,
    Kind,
)
from derivations.latex.printed import (
    Called,
    Fenced,
    Formula,
    Grid,
    Group,
    Item,
    NotPrinted,
    Scripted,
    Sign,
    Words,
    taken_apart,
)

AXIS = 2.5  # above the baseline
COLUMN = 10.0  # between the columns of a matrix
SCRIPT_GAP = 0.5
FRACTION_GAP = 2.4
UNKNOWN = 8.0  # of a sign that is not in the tables

THIN, MEDIUM, THICK = 10 / 6, 20 / 9, 25 / 9
K = Kind
# The gap between two neighbours; a script has thin gaps around operators alone.
_THIN = ("ORD OP, ORD INNER, OP ORD, OP OP, OP INNER, CLOSE OP, CLOSE INNER, INNER ORD, INNER OP, INNER OPEN, "
         "INNER INNER, INNER PUNCT, PUNCT ORD, PUNCT OP, PUNCT REL, PUNCT OPEN, PUNCT CLOSE, PUNCT PUNCT, PUNCT INNER")
GAPS: dict[tuple[Kind, Kind], float] = {
    **{(a, K.BIN): MEDIUM for a in (K.ORD, K.CLOSE, K.INNER)},
    **{(K.BIN, b): MEDIUM for b in (K.ORD, K.OP, K.OPEN, K.INNER)},
    **{(a, K.REL): THICK for a in (K.ORD, K.OP, K.CLOSE, K.INNER)},
    **{(K.REL, b): THICK for b in (K.ORD, K.OP, K.OPEN, K.INNER)},
    **{(Kind[a], Kind[b]): THIN for a, b in map(str.split, _THIN.split(", "))},
}
LETTERS = {"mathrm": ROMAN, "operatorname": ROMAN, "mathbf": BOLD, "boldsymbol": BOLD}


class Box(NamedTuple):
    """A width, how far it reaches above and below the baseline, and what its neighbours take it for."""

    width: float
    up: float = 7.0
    down: float = 2.0
    kind: Kind = Kind.ORD


class Style(NamedTuple):
    """0 for formulas, 1 for scripts, 2 for scripts of scripts; and whether limits stand above and below."""

    level: int = 0
    display: bool = True

    @property
    def script(self) -> Style:
        return Style(min(self.level + 1, 2), False)

    @property
    def inside_fraction(self) -> Style:
        return Style(0, False) if self.display else self.script


def width(tex: str) -> float:
    """How wide a formula is in a display, in pt; a guess for what the printer does not write."""
    try:
        return _width(tex)
    except NotPrinted:
        return 5.0 * len(tex)


@lru_cache(maxsize=8192)
def _width(tex: str) -> float:
    return row(taken_apart(tex), Style()).width


def row(formula: Formula, style: Style) -> Box:
    """Boxes side by side with TeX's gaps between them."""
    total, up, down, before = 0.0, 0.0, 0.0, K.NONE
    for b in _settled([box(item, style) for item in formula]):
        total += b.width
        if b.kind is K.GAP:
            continue
        gap = GAPS.get((before, b.kind), 0.0)
        total += gap if style.level == 0 or (gap == THIN and K.OP in (before, b.kind)) else 0.0
        up, down, before = max(up, b.up), max(down, b.down), b.kind
    return Box(total, up, down)


def _settled(boxes: list[Box]) -> list[Box]:
    """A binary sign with no operand before it, or none behind it, is an ordinary one (appendix G, rules 5 and 6)."""
    solid = [k for k, b in enumerate(boxes) if b.kind is not K.GAP]
    before = K.NONE
    for place, k in enumerate(solid):
        b = boxes[k]
        after = boxes[solid[place + 1]].kind if place + 1 < len(solid) else K.NONE
        alone = before in (K.NONE, K.BIN, K.OP, K.REL, K.OPEN, K.PUNCT) or after in (K.REL, K.CLOSE, K.PUNCT, K.NONE)
        if b.kind is K.BIN and alone:
            boxes[k] = b._replace(kind=K.ORD)
        before = boxes[k].kind
    return boxes


def box(item: Item, style: Style) -> Box:
    if isinstance(item, Sign):
        return _sign(item.token, style)
    if isinstance(item, Words):
        return Box(0.0 if item.wraps else words(item.text) * SMALL[TEXT][style.level])
    if isinstance(item, Group):
        return row(item.inside, style)._replace(kind=K.ORD)
    if isinstance(item, Called):
        return _called(item, style)
    if isinstance(item, Scripted):
        return _scripted(item, style)
    return _fenced(item, style) if isinstance(item, Fenced) else _grid(item)


def words(text: str) -> float:
    """Words of the text's own font."""
    return sum(ROMAN.get(c, SPACES[r"\ "] if c == " " else 5.0) for c in text)


def _sign(token: str, style: Style) -> Box:
    if token in SPACES:
        return Box(SPACES[token], kind=K.GAP)
    if token in OPERATORS:
        wide, narrow = OPERATORS[token]
        return Box(wide, 10, 5, K.OP) if style.display else Box(narrow * SMALL[TEXT][style.level], 8, 3, K.OP)
    if token in SIGNS:
        plain, kind = SIGNS[token]
        return Box(plain * SMALL[TEXT][style.level], kind=kind)
    letter = ITALIC.get(token) or GREEK.get(token)
    return Box((letter or UNKNOWN) * SMALL["letters"][style.level])


def _called(item: Called, style: Style) -> Box:
    name, arguments = item.name, item.arguments
    if name in ("frac", "tfrac", "dfrac"):
        return _fraction(arguments, Style(style.level, style.display and name != "tfrac"))
    [inside] = arguments
    if name in LETTERS:
        found = sum(LETTERS[name].get(x.token, GREEK.get(x.token, UNKNOWN) * 1.19) if isinstance(x, Sign)
                    else box(x, Style()).width for x in inside)
        return Box(found * SMALL[TEXT][style.level], kind=K.OP if name == "operatorname" else K.ORD)
    found_box = row(inside, style)
    if name == "sqrt":
        tall = found_box.up + found_box.down > 11
        return Box(found_box.width + (10.0 if tall else 8.33), found_box.up + 3, found_box.down)
    if name == "overrightarrow":
        return Box(max(found_box.width, 10.0), found_box.up + 4, found_box.down, K.OP)
    kind = {"mathop": K.OP, "mathrel": K.REL}.get(name, K.ORD)
    return found_box._replace(kind=kind)


def _fraction(arguments: tuple[Formula, ...], style: Style) -> Box:
    above, below = (row(part, style.inside_fraction) for part in arguments)
    shift = (6.8, 6.9) if style.display else (4.0, 3.5)
    return Box(max(above.width, below.width) + FRACTION_GAP, above.up + shift[0], below.down + shift[1])


def _scripted(item: Scripted, style: Style) -> Box:
    base = box(item.base, style)
    below, above = (row(part, style.script) for part in (item.below, item.above))
    if style.display and _has_limits(item.base):
        return Box(max(base.width, below.width, above.width), base.up + above.up + 3, base.down + below.down + 4, K.OP)
    leaning = SLANT.get(item.base.token, 0.0) if isinstance(item.base, Sign) else 0.0
    lean = leaning * SMALL["letters"][style.level]
    beside = max(below.width - lean if item.below else 0.0, above.width if item.above else 0.0) + SCRIPT_GAP
    up = max(base.up, above.up + base.up - 4 if item.above else 0)
    down = max(base.down, below.down + base.down if item.below else 0)
    return Box(base.width + beside, up, down, base.kind)


def _has_limits(item: Item) -> bool:
    """Whether scripts of it stand above and below in a display, and not beside."""
    return (isinstance(item, Sign) and item.token in OPERATORS) or (isinstance(item, Called) and item.name == "mathop")


def _fenced(item: Fenced, style: Style) -> Box:
    inside = row(item.inside, style)
    reach = max(inside.up - AXIS, inside.down + AXIS)
    fences = sum(fence(side, max(2 * reach * 0.901, 2 * reach - 5)) for side in (item.left, item.right))
    return Box(inside.width + fences, inside.up, inside.down, K.INNER)


def fence(side: str, height: float) -> float:
    """How wide a fence is that is to be so high."""
    return next((wide for high, wide in FENCES.get(side, FENCES["|"]) if high >= height), UNKNOWN)


def _grid(item: Grid) -> Box:
    lines = item.name == "aligned"
    inner = Style(0, lines)
    nothing: Formula = (Group(()),) if lines else ()  # amsmath begins a cell behind & with one
    cells = [[row((*(nothing if k % 2 else ()), *cell), inner) for k, cell in enumerate(line)] for line in item.rows]
    columns = max(map(len, cells))
    wide = sum(max((line[k].width for line in cells if k < len(line)), default=0.0) for k in range(columns))
    high = sum(max(8.4, *(c.up for c in line)) + max(3.6, *(c.down for c in line)) for line in cells)
    half = high / 2
    if lines:
        return Box(wide + THIN, half + AXIS, half - AXIS)
    brackets = 2 * fence("[", max(2 * half * 0.901, 2 * half - 5))
    return Box(wide + COLUMN * (columns - 1) + brackets, half + AXIS, half - AXIS, K.INNER)
