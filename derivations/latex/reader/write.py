"""From trees back to LaTeX: what is written is read as an equal tree.

Everything that parse makes can be written; the page is not the author's, but it says the same.
"""

from __future__ import annotations

from functools import singledispatch

from derivations.latex.reader import tree as trees
from derivations.latex.reader.tree import Tree
from derivations.latex.reader.vocabulary import (
    ACCENTS,
    BIG,
    CLOSING,
    CONNECTIVES,
    IMPLIES,
    LETTERS,
    LOGIC,
    NEGATED,
    OPENING,
    PLACEHOLDERS,
    PLUS,
    RELATIONS,
    TIMES,
)
from derivations.latex.reader.words import plain


def _first(table: dict[str, str]) -> dict[str, str]:
    """What a sign in the tree is written as: the first command that means it."""
    found: dict[str, str] = {}
    for command, name in table.items():
        found.setdefault(name, command)
    return found


_STYLES = {"bf": r"\mathbf", "rm": r"\mathrm", "it": r"\mathit", "sf": r"\mathsf", "tt": r"\mathtt", "cal": r"\mathcal",
           "bb": r"\mathbb", "frak": r"\mathfrak", "scr": r"\mathscr"}
_TEXTS = {"rm": r"\text", "bf": r"\textbf", "it": r"\textit", "sf": r"\textsf", "tt": r"\texttt"}
_ACCENTS, _LETTERS, _PLUS, _TIMES = _first(ACCENTS), _first(LETTERS), _first(PLUS), _first(TIMES)
_NEGATED = {negated: rf"\not{_first(RELATIONS)[sign]}" for sign, negated in NEGATED.items()}
_BETWEEN = {**_NEGATED, **_first(RELATIONS), **_first(LOGIC), **_first(IMPLIES)}
_SIGNS = {**_first(RELATIONS), **_first(PLACEHOLDERS)}
_BIG = {**_first(BIG), "prod-right": r"\mathop{\overrightarrow{\prod}}"}
_LEFT, _RIGHT = _first(OPENING), _first(CLOSING)
_DELIMITERS = {**_LEFT, **_RIGHT, "|": "|", "‖": r"\|", ".": "."}
_PAIRS = {"(": ")", "[": "]", "{": "}", "|": "|", "‖": "‖", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}
_ENVIRONMENTS = {"": "matrix", "[": "bmatrix", "(": "pmatrix", "|": "vmatrix", "‖": "Vmatrix", "{}": "Bmatrix",
                 "{": "cases", "}": "rcases"}


@singledispatch
def write(tree: Tree) -> str:
    """LaTeX of a tree, without dollar signs. ``parse(write(t)) == t`` for every t that parse makes."""
    raise TypeError(f"{tree!r} cannot be written: expected a tree of the reader")


# ---- names and numbers


@write.register
def _(tree: trees.Number) -> str:
    return tree.text


@write.register
def _(tree: trees.Letter) -> str:
    letter = _LETTERS.get(tree.name, tree.name)
    return _accented(_lettered(letter, tree.style), tree.accents)


def _lettered(letter: str, style: str) -> str:
    """A letter in its font."""
    if not style:
        return letter
    if style == "bf" and letter[0] == "\\":
        return rf"\boldsymbol{{{letter}}}"
    if style in _STYLES:
        return rf"{_STYLES[style]}{{{letter}}}"
    return rf"\boldsymbol{{{_STYLES[style.removeprefix('bf')]}{{{letter}}}}}"


@write.register
def _(tree: trees.Word) -> str:
    if not (tree.text.isascii() and tree.text.isalnum()) and tree.style in _TEXTS:
        said = tree.text.replace("_", r"\_")
        word = rf"\operatorname{{{said}}}" if tree.style == "rm" else rf"{_TEXTS[tree.style]}{{{said}}}"
    elif tree.style == "rm":
        word = rf"\operatorname{{{tree.text}}}"
    else:
        word = _lettered(tree.text, tree.style)
    return _accented(word, tree.accents)


def _accented(text: str, accents: tuple[str, ...]) -> str:
    for accent in reversed(accents):
        text = rf"{_ACCENTS[accent]}{{{text}}}"
    return text


@write.register
def _(tree: trees.Text) -> str:
    if tree.text.lower() in CONNECTIVES:
        return rf"\text{{ {tree.text} }}"
    if plain(tree.text.replace(r"\_", "_")) or (tree.text.isascii() and tree.text.isdigit()):  # it would be a name
        return rf"\intertext{{{tree.text}}}"
    return rf"\text{{{tree.text}}}"


@write.register
def _(tree: trees.Signs) -> str:
    signs = " ".join(_SIGNS[sign] for sign in tree.signs)
    return signs if tree.after is None else f"{signs} {write(tree.after)}"


# ---- scripts, fractions, fences


@write.register
def _(tree: trees.Scripted) -> str:
    base = write(tree.base)
    if _needs_braces(tree.base):
        base = f"{{{base}}}"
    above = "'" * tree.primes + ("" if tree.sup is None else f"^{{{write(tree.sup)}}}")
    below = "" if tree.sub is None else f"_{{{write(tree.sub)}}}"
    return base + above + below  # TeX reads ′ and ^ only side by side


def _needs_braces(base: Tree) -> bool:
    """Whether a script behind it would be its own, or would mean something else."""
    bar = isinstance(base, trees.Fenced) and (base.left, base.right) == (".", "|")
    return bar or isinstance(base, trees.Scripted | trees.Braced | trees.At | trees.Signs)


@write.register
def _(tree: trees.Fraction) -> str:
    return rf"\frac{{{write(tree.above)}}}{{{write(tree.below)}}}"


@write.register
def _(tree: trees.Root) -> str:
    degree = "" if tree.degree is None else f"[{{{write(tree.degree)}}}]"
    return rf"\sqrt{degree}{{{write(tree.body)}}}"


@write.register
def _(tree: trees.Fenced) -> str:
    body = "" if tree.body is None else write(tree.body)
    if _PAIRS.get(tree.left) == tree.right:
        return f"{_LEFT[tree.left]} {body} {_RIGHT[tree.right]}"
    return rf"\left{_DELIMITERS[tree.left]} {body} \right{_DELIMITERS[tree.right]}"


@write.register
def _(tree: trees.At) -> str:
    return rf"\left. {write(tree.body)} \right|_{{{write(tree.note)}}}"


@write.register
def _(tree: trees.Braced) -> str:
    note = "" if tree.note is None else f"_{{{write(tree.note)}}}"
    return rf"\underbrace{{{write(tree.body)}}}{note}"


@write.register
def _(tree: trees.Matrix) -> str:
    name = _ENVIRONMENTS[tree.fence]
    rows = r" \\ ".join(" & ".join(map(write, row)) for row in tree.rows)
    return rf"\begin{{{name}}} {rows} \end{{{name}}}"


# ---- sums, products, relations


def _joined(parts: tuple[Tree, ...], signs: tuple[str, ...], table: dict[str, str]) -> str:
    found = write(parts[0])
    for sign, part in zip(signs, parts[1:], strict=True):
        found += f" {table[sign]} {write(part)}" if table[sign] else f" {write(part)}"
    return found


@write.register
def _(tree: trees.Product) -> str:
    return _joined(tree.factors, tree.signs, {"": "", **_TIMES})


@write.register
def _(tree: trees.Sum) -> str:
    first = f"{_PLUS[tree.signs[0]]} " if tree.signs[0] else ""
    return first + _joined(tree.terms, tree.signs[1:], _PLUS)


@write.register
def _(tree: trees.Big) -> str:
    below = "" if tree.below is None else f"_{{{write(tree.below)}}}"
    above = "" if tree.above is None else f"^{{{write(tree.above)}}}"
    return f"{_BIG[tree.sign]}{below}{above} {write(tree.body)}"


@write.register
def _(tree: trees.Listed) -> str:
    return _joined(tree.items, tree.separators, {",": ",", ";": ";"})


@write.register
def _(tree: trees.Relation) -> str:
    return _joined(tree.sides, tree.signs, _BETWEEN)


@write.register
def _(tree: trees.Statements) -> str:
    items = [write(item) for item in tree.items]
    if not any(_begins_with_sign(item) for item in tree.items[1:]) and not any(map(_implies, tree.items)):
        return r" \quad ".join(items)
    rows = r", \\ ".join(items)
    return rf"\begin{{aligned}} {{}} {rows} \end{{aligned}}" if len(items) > 1 else rows


def _implies(tree: Tree) -> bool:
    """Whether it takes all of its row."""
    return isinstance(tree, trees.Relation) and tree.signs[0] in IMPLIES.values()


def _begins_with_sign(tree: Tree) -> bool:
    """Whether a gap before it would not tell that it begins."""
    while not (isinstance(tree, trees.Signs) or (isinstance(tree, trees.Sum) and tree.signs[0])):
        first = next(tree.parts, None) if isinstance(tree, _OPEN) else None
        if first is None:
            return False
        tree = first
    return True


# What is written with its first part first.
_OPEN = (trees.Product, trees.Sum, trees.Listed, trees.Relation, trees.Statements)
