r"""The notation as macros, so that a paper changes it in one place: what ``notation.sty`` defines, and what prints it.

Every macro is a row: its arguments, and what it stands for in either notation. ``expanded`` writes them out again, by
the same rules that print without macros.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from derivations.latex.notation import PROFILES, Latex
from derivations.latex.printed import NotPrinted, raw_group


class Macro(NamedTuple):
    """What a macro is for, its arguments (a first one in brackets may be left out), and TeX for both notations.

    ``plain`` prints the same without macros, in a notation; it takes the arguments, that in brackets first.
    """

    what: str
    paper: str
    article: str
    plain: Callable[..., str]
    arguments: int = 0
    optional: bool = False


def _bold(command: str) -> Callable[..., str]:
    return lambda style, s: rf"\{command}{{{s}}}" if style.bold else s


def _word(name: str) -> Callable[..., str]:
    return lambda style: style.word(name)


def _same(tex: str) -> tuple[str, str]:
    return tex, tex


# \ifx\relax#1\relax is TeX's way to ask whether an argument is empty.
MACROS: dict[str, Macro] = {
    "had": Macro("entrywise product", r"\odot", r"\otimes", lambda style: style.had),
    "vplus": Macro("sum of vectors or matrices", "+", r"\oplus", lambda style: style.plus),
    "matmul": Macro("product of matrices", r"\,", r"\cdot", lambda style: style.product),
    "vect": Macro("vector or matrix", r"\mathbf{#1}", "#1", _bold("mathbf"), 1),
    "vectsym": Macro("the same with a Greek letter", r"\boldsymbol{#1}", "#1", _bold("boldsymbol"), 1),
    "vectword": Macro("the same with a word for a letter", r"\mathbf{#1}", r"\mathrm{#1}",
                      lambda style, s: rf"\mathbf{{{s}}}" if style.bold else rf"\mathrm{{{s}}}", 1),
    "atstep": Macro("at a step: [label]{letter}{step}", r"#2_{\ifx\relax#1\relax\else#1,\fi#3}",
                    r"#2\ifx\relax#1\relax\else_{#1}\fi(#3)",
                    lambda style, label, base, step: style.indexed(base, label, [step], []), 3, optional=True),
    "atstepup": Macro("at a step, with a mark above: [label]{letter}{mark}{step}",
                      r"#2^{#3}_{\ifx\relax#1\relax\else#1,\fi#4}", r"#2^{#3}\ifx\relax#1\relax\else_{#1}\fi(#4)",
                      lambda style, label, base, above, step: style.indexed(base, label, [step], [above]), 4,
                      optional=True),
    "jac": Macro("derivative of #1 by #2", *_same(r"\frac{\partial #1}{\partial #2}"),
                 lambda style, y, x: style.jacobian(y, x, False), 2),
    "immjac": Macro("immediate derivative of #1 by #2", *_same(r"\frac{\partial^{+} #1}{\partial #2}"),
                    lambda style, y, x: style.jacobian(y, x, True), 2),
    "gradop": Macro("gradient by #1, before what is differentiated", *_same(r"\nabla_{#1}"),
                    lambda style, x: style.script(style.nabla, x), 1),
    "heldat": Macro("#1 with #2 held, or changed", *_same(r"\left.#1\right|_{#2}"),
                    lambda style, s, nodes: style.held(s, nodes), 2),
    "transp": Macro("transposed", *_same(r"\top"), lambda style: style.top),
    "eyeop": Macro("identity matrix", *_same(r"\mathrm{I}"), lambda style: style.eye),
    "onesop": Macro("all entries one", *_same(r"\mathbf{1}"), lambda style: style.one),
    "prodright": Macro("product with its latest factor rightmost", *_same(r"\mathop{\overrightarrow{\prod}}"),
                       lambda style: style.prod_right),
    "diagop": Macro("diagonal matrix of a vector", *_same(r"\operatorname{diag}"), _word("diag")),
    "vecop": Macro("columns of a matrix, stacked", *_same(r"\operatorname{vec}"), _word("vec")),
    "trop": Macro("trace", *_same(r"\operatorname{tr}"), _word("tr")),
    "detop": Macro("determinant", *_same(r"\operatorname{det}"), _word("det")),
}
_OPERATORS = {name.removesuffix("op"): f"\\{name}" for name in ("diagop", "vecop", "trop", "detop")}


@dataclass(frozen=True)
class Macros(Latex):
    """LaTeX whose notation is left to ``notation.sty``; lines are broken so that they fit in either notation."""

    had: str = r"\had"
    plus: str = r"\vplus"
    product: str = r"\matmul"

    prod_right, top, eye, one = r"\prodright", r"\transp", r"\eyeop", r"\onesop"
    gaps: ClassVar[tuple[str, ...]] = (*Latex.gaps, r"\matmul")

    def width(self, s: str) -> float:
        return max(style.width(expanded(s, style)) for style in PROFILES.values())

    def letter(self, name: str, bold: bool = False) -> str:
        if not bold:
            return super().letter(name)
        plain = super().letter(name)
        kind = "vectsym" if plain.startswith("\\") and not plain.startswith(r"\mathrm") else "vect"
        return rf"\vectword{{{name}}}" if plain.startswith(r"\mathrm") else rf"\{kind}{{{plain}}}"

    def word(self, name: str) -> str:
        return _OPERATORS.get(name) or super().word(name)

    def indexed(self, base: str, label: str, steps: list[str], above: list[str]) -> str:
        if not steps:
            return super().indexed(base, label, steps, above)
        at, mark = ",".join(steps), ",".join(above)
        brackets = f"[{label}]" if label else ""
        return rf"\atstepup{brackets}{{{base}}}{{{mark}}}{{{at}}}" if above else rf"\atstep{brackets}{{{base}}}{{{at}}}"

    def jacobian(self, y: str, x: str, immediate: bool) -> str:
        return rf"\{'immjac' if immediate else 'jac'}{{{y}}}{{{x}}}"

    def gradient(self, y: str, x: str) -> str:
        return rf"\gradop{{{x}}} {y}"

    def held(self, s: str, nodes: str) -> str:
        return rf"\heldat{{{s}}}{{{nodes}}}"

    def tall(self, s: str) -> bool:
        return super().tall(s) or any(command in s for command in (r"\jac", r"\immjac", r"\prodright"))


def with_line(style: Latex, line: float) -> Latex:
    """The same notation on lines of another width, in pt."""
    return replace(style, line=line)


def expanded(tex: str, style: Latex) -> str:
    """LaTeX with the macros written out in a notation, as it is printed without them. Raises NotPrinted."""
    found: list[str] = []
    at = 0
    while at < len(tex):
        name = _command(tex, at)
        if name not in MACROS:
            length = 1 + len(name) if name else 2 if tex[at] == "\\" else 1
            found.append(tex[at:at + length])
            at += length
            continue
        macro = MACROS[name]
        given, at = _arguments(tex, at + 1 + len(name), macro)
        found.append(macro.plain(style, *(expanded(part, style) for part in given)))
    return "".join(found)


def _command(tex: str, at: int) -> str:
    """The name of the command that begins here; "" where none does."""
    end = at + 1
    while tex[at] == "\\" and end < len(tex) and tex[end].isascii() and tex[end].isalpha():
        end += 1
    return tex[at + 1:end] if tex[at] == "\\" else ""


def _arguments(tex: str, at: int, macro: Macro) -> tuple[list[str], int]:
    given: list[str] = []
    if macro.optional:
        end = tex.find("]", at) if tex[at:at + 1] == "[" else -1
        if tex[at:at + 1] == "[" and end < 0:
            raise NotPrinted(f"the bracket at {at} is not closed")
        given.append(tex[at + 1:end] if end >= 0 else "")
        at = end + 1 if end >= 0 else at
    while len(given) < macro.arguments:
        part, at = raw_group(tex, at)
        given.append(part)
    return given, at


MACRO_STYLE = Macros()
