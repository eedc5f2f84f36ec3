"""Notations: what papers disagree about, and how formulas are set in LaTeX and in one line of plain text.

A notation knows signs, letters and layout, and no expressions; the rules for expressions are written once, for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from derivations.errors import NamingError
from derivations.latex.letters import COMBINING, FUNCTIONS, LETTERS, escaped
from derivations.latex.measure import width
from derivations.symbols import Name

LINE = 317.0  # pt for a formula beside its number, in a line of an A4 article at 10 pt


class Level(IntEnum):
    """How tightly a printed formula holds together; what is too loose for its place gets parentheses."""

    SUM = 0
    NEGATIVE = 1  # -x
    HAD = 2
    PRODUCT = 3
    PREFIX = 4  # Σ x, Π x, ∇ x: last in a product they need no parentheses
    FRACTION = 5
    SCRIPTED = 6  # has a superscript already
    ATOM = 7


class Piece(NamedTuple):
    """A printed formula and how tightly it holds together."""

    text: str
    level: Level = Level.ATOM


@dataclass(frozen=True)
class Latex:
    """LaTeX notation; the fields are what the profiles differ in."""

    had: str = r"\odot"
    plus: str = "+"  # between vectors and matrices; between scalars it is always +
    product: str = r"\,"
    bold: bool = True  # vectors and matrices
    calls: bool = False  # c(t) instead of c_t
    line: float = LINE  # how wide a line may be, in pt where letters have 10 pt

    column = 0  # of the tables of letters
    cdot, cross, arrow, gap = r"\cdot", r"\times", r"\longrightarrow", r"\quad"
    partial, immediate, nabla, top, infinity = r"\partial ", r"\partial^{+} ", r"\nabla", r"\top", r"\infty"
    sum, prod, prod_right = r"\sum", r"\prod", r"\mathop{\overrightarrow{\prod}}"
    eye, one, placeholder, whole, becomes = r"\mathrm{I}", r"\mathbf{1}", r"\cdot", r"\bullet", r"\mathrel{:=}"
    relations = (r"\geq", r"\leq", ">", "<", "=", r"\neq", r"\land", r"\lor")
    signs = MappingProxyType({"=": "=", "≠": r"\neq", "≤": r"\leq", "<": "<", "→": r"\to"})
    fraction_level = Level.FRACTION  # of a number such as 1/2
    gaps: ClassVar[tuple[str, ...]] = ("", r"\,")  # signs of a product that a line must not begin with

    # ---- letters and names

    def letter(self, name: str, bold: bool = False) -> str:
        """A letter, in Latin or Greek, or a word, upright."""
        if name in LETTERS:
            return rf"\boldsymbol{{{LETTERS[name][0]}}}" if bold else LETTERS[name][0]
        if bold:
            return rf"\mathbf{{{name}}}"
        return name if len(name) == 1 else rf"\mathrm{{{name}}}"

    def accented(self, letter: str, accent: str) -> str:
        return rf"\{accent}{{{letter}}}"

    def name(self, name: Name, bold: bool = False) -> str:
        """Stem, accent and primes of a name; its label is a subscript."""
        stem: str = name.stem.rstrip("'")
        letter = self.letter(stem, bold and self.bold)
        primes = "'" * (len(name.stem) - len(stem))
        return (self.accented(letter, name.accent) if name.accent else letter) + primes

    def symbol(self, name: str) -> str:
        """A dimension or a step: a name without accent."""
        parsed = Name.of(name)
        return self.script(self.name(parsed), self.label(parsed.label))

    def label(self, label: str) -> str:
        return label if len(label) < 2 or label.isdigit() else rf"\mathrm{{{label}}}"

    def word(self, name: str) -> str:
        return rf"\operatorname{{{name}}}"

    def phrase(self, words: str) -> str:
        return rf"\ \text{{{words}}}\ "

    def remark(self, sentence: str) -> str:
        return rf"\parbox{{0.8\linewidth}}{{{escaped(sentence)}}}"

    def function(self, name: str) -> str:
        return FUNCTIONS[name][self.column] if name in FUNCTIONS else self.word(name)

    def primed(self, function: str, order: int) -> str:
        return function + "'" * order if order < 4 else rf"{function}^{{({order})}}"

    # ---- layout

    def width(self, s: str) -> float:
        """How wide a formula is set, in pt."""
        return width(s)

    def tall(self, s: str) -> bool:
        """Whether brackets around it must grow."""
        return any(command in s for command in (r"\frac", r"\begin", r"\sum", r"\prod"))

    def bracketed(self, left: str, s: str, right: str) -> str:
        return rf"\left{left}{s}\right{right}" if self.tall(s) else f"{left}{s}{right}"

    def parens(self, s: str) -> str:
        return self.bracketed("(", s, ")")

    def call(self, function: str, argument: str) -> str:
        # \left( after a function's name would open a gap
        return function + (r"\!" if self.tall(argument) else "") + self.parens(argument)

    def norm(self, s: str, kind: str) -> str:
        return self.bracketed(r"\lVert ", s, r" \rVert") + f"_{{{kind}}}"

    def bars(self, s: str) -> str:
        return self.bracketed(r"\lvert ", s, r" \rvert")

    def set(self, items: list[str]) -> str:
        return rf"\{{{', '.join(items)}\}}"

    def script(self, base: str, sub: str = "", sup: str = "") -> str:
        below = f"_{{{sub}}}" if len(sub) > 1 else f"_{sub}" if sub else ""
        above = f"^{{{sup}}}" if sup else ""
        return base + (above + below if base.endswith("'") else below + above)  # TeX reads ′ and ^ only side by side

    def indexed(self, base: str, label: str, steps: list[str], above: list[str]) -> str:
        """A name with its label below, its steps, and what stands above."""
        below = [x for x in (label, *(() if self.calls else steps)) if x]
        call = f"({','.join(steps)})" if self.calls and steps else ""
        return self.script(base, ",".join(below), ",".join(above)) + call

    def frac(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def jacobian(self, y: str, x: str, immediate: bool) -> str:
        return self.frac((self.immediate if immediate else self.partial) + y, self.partial + x)

    def gradient(self, y: str, x: str) -> str:
        return f"{self.script(self.nabla, x)} {y}"

    def number_frac(self, above: str, below: str) -> str:
        return (r"\t" if above.isdigit() and below.isdigit() else "\\") + rf"frac{{{above}}}{{{below}}}"

    def over(self, sign: str, bound: str, first: str, last: str) -> str:
        """A sign that ranges over steps, with its range."""
        return f"{sign}_{{{bound}={first}}}^{{{last}}}"

    def sqrt(self, s: str) -> str:
        return rf"\sqrt{{{s}}}"

    def held(self, s: str, nodes: str) -> str:
        return rf"\left.{s}\right|_{{{nodes}}}"

    def stack(self, rows: list[list[str]], inline: bool) -> str:
        if inline:
            return self.bracketed("[", r";\, ".join(r",\, ".join(row) for row in rows), "]")
        cells = [" & ".join(row) for row in rows]
        tall = any(r"\begin" in row for row in cells)
        # \\[1ex] would do nothing in a row that is deeper than that; a low empty row does
        return r"\begin{bmatrix} " + (r" \\ \\[-1ex] " if tall else r" \\ ").join(cells) + r" \end{bmatrix}"

    def lines(self, rows: list[str]) -> str:
        """A formula on several lines, each with an alignment point."""
        return self.environment("aligned", rows)

    def environment(self, name: str, rows: list[str], between: str = " ") -> str:
        # rows that are tall would touch
        gap = r" \\[1ex]" if any(r"\begin" in row or r"\prod" in row or r"\sum" in row for row in rows) else r" \\"
        end = between.rstrip(" ") or " "
        return rf"\begin{{{name}}}" + between + (gap + between).join(rows) + end + rf"\end{{{name}}}"


@dataclass(frozen=True)
class Text(Latex):
    """One line of Unicode, for terminals and error messages."""

    had: str = "⊙"
    product: str = ""
    bold: bool = False

    column = 1
    cdot, cross, arrow, gap = "·", "×", "⟶", ""
    partial, immediate, nabla, top, infinity = "∂", "∂⁺", "∇", "ᵀ", "∞"
    sum, prod, prod_right = "Σ", "Π", "Π→"
    eye, one, placeholder, whole, becomes = "I", "1", "·", "•", ":="
    relations = ("≥", "≤", ">", "<", "=", "≠", "and", "or")
    signs = MappingProxyType({sign: sign for sign in Latex.signs})
    fraction_level = Level.PRODUCT

    def width(self, s: str) -> float:
        return len(s)

    def letter(self, name: str, bold: bool = False) -> str:
        return LETTERS[name][1] if name in LETTERS else name

    def accented(self, letter: str, accent: str) -> str:
        return letter[0] + COMBINING[accent] + letter[1:]

    def label(self, label: str) -> str:
        return label

    def word(self, name: str) -> str:
        return name

    def phrase(self, words: str) -> str:
        return words

    def remark(self, sentence: str) -> str:
        return sentence

    def primed(self, function: str, order: int) -> str:
        return function + "′" * order if order < 4 else f"{function}^({order})"

    def bracketed(self, left: str, s: str, right: str) -> str:
        return f"{left}{s}{right}"

    def call(self, function: str, argument: str) -> str:
        return f"{function}({argument})"

    def norm(self, s: str, kind: str) -> str:
        return f"‖{s}‖_{kind}"

    def bars(self, s: str) -> str:
        return f"|{s}|"

    def set(self, items: list[str]) -> str:
        return f"{{{', '.join(items)}}}"

    def script(self, base: str, sub: str = "", sup: str = "") -> str:
        return base + _script("_", sub) + (sup if sup == self.top else _script("^", sup))

    def frac(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    number_frac = frac

    def sqrt(self, s: str) -> str:
        return f"√({s})"

    def held(self, s: str, nodes: str) -> str:
        return f"{s}|_{{{nodes}}}"

    def stack(self, rows: list[list[str]], inline: bool) -> str:
        return f"[{'; '.join(', '.join(row) for row in rows)}]"

    def lines(self, rows: list[str]) -> str:
        return " ".join(rows)


def _script(mark: str, s: str) -> str:
    """A subscript or superscript in plain text; braces where its end would not be seen."""
    if not s:
        return ""
    closed = s.isalnum() or s == "•" or (s[0] == "(" and s[-1] == ")" and s.count("(") == 1)
    return f"{mark}{s}" if closed else f"{mark}{{{s}}}"


PROFILES = {
    "article": Latex(had=r"\otimes", plus=r"\oplus", product=r"\cdot", bold=False, calls=True),
    "paper": Latex(),
}
TEXT = Text()


def notation(profile: str) -> Latex:
    """The notation of a profile. Raises NamingError where there is none of this name."""
    if not isinstance(profile, str) or profile not in PROFILES:
        raise NamingError(f"no notation profile is called {profile!r}: the profiles are {', '.join(PROFILES)}")
    return PROFILES[profile]
