"""Printed formulas for Typst: the same signs in another typesetter's words, for where there is no LaTeX.

What the printer writes is taken apart and set again, item by item. Typst reads Unicode in formulas; a comma or
semicolon in a function's argument would end it, so both are written as signs of their own.
"""

from __future__ import annotations

from collections.abc import Iterable

from derivations.latex.breaking import Row
from derivations.latex.letters import LETTERS
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

_SIGNS = {
    **dict(LETTERS.values()),
    r"\odot": "⊙", r"\otimes": "⊗", r"\oplus": "⊕", r"\times": "×", r"\cdot": "⋅", r"\geq": "≥", r"\leq": "≤",
    r"\neq": "≠", r"\to": "→", r"\longrightarrow": "⟶", r"\partial": "∂", r"\nabla": "∇", r"\top": "⊤",
    r"\infty": "∞", r"\bullet": "•", r"\land": "∧", r"\lor": "∨", r"\prime": "′", r"\sum": "sum", r"\prod": "product",
    r"\lVert": 'class("opening", ‖)', r"\rVert": 'class("closing", ‖)', r"\lvert": 'class("opening", |)',
    r"\rvert": 'class("closing", |)', r"\{": "{", r"\}": "}", "/": r"\/", ",": r"\,",
    ";": r"\;", "#": r"\#", "$": r"\$", '"': r"\"", "&": r"\&", "_": r"\_", "^": r"\^", "*": "∗", "'": "′",
    r"\quad": "quad", r"\qquad": "quad quad", r"\,": "thin", r"\;": "thick", r"\ ": "space", r"\!": "", r"\:": "med",
    **{f"\\{name}": name for name in ("sin", "cos", "exp", "log", "tanh", "inf")},
}
_FENCES = {".": "", r"\lVert": "‖", r"\rVert": "‖", r"\lvert": "|", r"\rvert": "|"}  # lr makes them fences
_ACCENTS = {"tilde": "tilde", "hat": "hat", "bar": "macron", "dot": "dot", "overrightarrow": "arrow"}
_BACK = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^",
         **{f"\\{c}": c for c in "&%$#_{}"}}


def typst(tex: str) -> str:
    """A formula in Typst's notation, without dollar signs. Raises NotPrinted for what the printer does not write."""
    return _row(taken_apart(tex))


def typst_rows(rows: Iterable[Row]) -> str:
    """Lines that are aligned, each cut at its alignment point."""
    return " \\ ".join(f"{typst(before)} & {typst(after)}" for before, after in rows)


def quoted(text: str) -> str:
    """Text as a string of Typst, on one line."""
    return string(" ".join(text.split()))


def string(text: str) -> str:
    """Text as a string of Typst, blanks at its ends included."""
    visible = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return '"' + visible.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _row(formula: Formula) -> str:
    found: list[str] = []
    digits = ""
    for item in (*formula, None):
        if isinstance(item, Sign) and (item.token.isdigit() or (item.token == "." and digits)):
            digits += item.token
            continue
        if digits:
            found.append(digits)
            digits = ""
        if item is not None:
            found.append(_item(item))
    return " ".join(filter(None, found))


def _item(item: Item) -> str:
    if isinstance(item, Sign):
        return _sign(item.token)
    if isinstance(item, Words):
        return quoted(_plain(item.text)) if item.text.strip() else "space"
    if isinstance(item, Group):
        return f"#box($ {_row(item.inside)} $)" if item.inside else "zws"
    if isinstance(item, Called):
        return _called(item)
    if isinstance(item, Scripted):
        return _scripted(item)
    if isinstance(item, Fenced):
        return f"lr({' '.join(filter(None, (_fence(item.left), _row(item.inside), _fence(item.right))))})"
    return _grid(item)


def _sign(token: str) -> str:
    if token in _SIGNS:
        return _SIGNS[token]
    if token.startswith("\\"):
        raise NotPrinted(f"{token} is not a sign of the printer")
    return token


def _fence(side: str) -> str:
    return _FENCES[side] if side in _FENCES else _sign(side)


def _called(item: Called) -> str:
    name, arguments = item.name, [_row(part) for part in item.arguments]
    if name in ("frac", "dfrac", "tfrac"):
        found = f"frac({arguments[0]}, {arguments[1]})"
        return f"inline({found})" if name == "tfrac" else found
    [inside] = arguments
    if name in _ACCENTS:
        return f"{_ACCENTS[name]}({inside})"
    if name in ("mathrm", "operatorname"):
        word = "".join(x.token for x in item.arguments[0] if isinstance(x, Sign))
        return f'op("{word}")' if name == "operatorname" else f'upright("{word}")'
    if name in ("mathbf", "boldsymbol"):
        word = "".join(x.token for x in item.arguments[0] if isinstance(x, Sign) and not x.token.startswith("\\"))
        letter = f'"{word}"' if len(word) > 1 else inside
        return f"bold(upright({letter}))" if name == "mathbf" else f"bold({inside})"
    if name == "mathop":
        return f"op({inside}, limits: #true)"
    return f"sqrt({inside})" if name == "sqrt" else inside


def _scripted(item: Scripted) -> str:
    above = list(item.above)
    primes = 0
    while above and above[0] == Sign(r"\prime"):
        primes += 1
        above.pop(0)
    below = f"_({_row(item.below)})" if item.below else ""
    raised = f"^({_row(tuple(above))})" if above else ""
    return _item(item.base) + "'" * primes + below + raised


def _grid(item: Grid) -> str:
    rows = "; ".join(", ".join(_row(cell) or "zws" for cell in line) for line in item.rows)
    if item.name == "aligned":
        joined = "; ".join(" ".join(filter(None, (_row(cell) for cell in line))) or "zws" for line in item.rows)
        return f"mat(delim: #none, align: #left, {joined})"
    return f'mat(delim: "[", {rows})'


def _plain(text: str) -> str:
    for tex, character in _BACK.items():
        text = text.replace(tex, character)
    return text
