"""What a document declares: shapes in its mathematics (``W \\in \\mathbb{R}^{n \\times m}``), and directives.

Directives stand in comments, ``% derivations: W_f, W_i : n x (n+m)``, or in a sidecar file::

    NAMES : scalar          a number             NAMES : step              letters that count steps
    NAMES : n               a vector             NAMES : size              letters that count entries
    NAMES : n x m           a matrix             NAMES : function          any smooth function, with scalar values
    NAMES : 1 x n           a row                NAMES : function -> n     with values in vectors
    NAMES : n, from T       a sequence that runs backwards from step T
    NAMES : activation      any smooth function, entry by entry
    scope                   from here on, names mean something new
    define                  the next equation defines anew;  define: eq:a  the one with this label, or line
    ignore                  the next equation is not read;   ignore: eq:a
    fails                   the next equation is expected to fail;  fails: eq:a
    given: t <= T           the next equation holds under this condition;  given eq:a: t <= T
    layout: numerator       of derivatives (gradient, numerator, denominator); else it is detected
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from derivations.errors import DerivationError
from derivations.latex.reader.choices import CHOICES
from derivations.latex.reader.keys import Census, Key, letter_name, mention
from derivations.latex.reader.passages import Directive, Place
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.tree import (
    Fenced,
    Letter,
    Listed,
    NotRead,
    Number,
    Product,
    Relation,
    Scripted,
    Statements,
    Sum,
    Tree,
    between_times,
)
from derivations.latex.reader.write import write

ROLES = ("step", "size", "function", "activation", "scalar")
MARKS = ("define", "ignore", "fails")
LONGEST = 2  # letters side by side in a shape: sizes that are multiplied, as in nm


class Directed(DerivationError):
    """A directive that is not understood."""


@dataclass(frozen=True)
class Shape:
    """Sizes as trees, to be read where the sizes are known: none is a scalar, one a vector; a row has columns alone."""

    rows: Tree | None = None
    cols: Tree | None = None

    @property
    def letters(self) -> set[str]:
        """The letters that count entries."""
        from derivations.latex.reader.census import walk

        trees = [part for side in (self.rows, self.cols) if side is not None for part in walk(side)]
        return {name for part in trees if (name := letter_name(part)) is not None}

    def __str__(self) -> str:
        sides = [write(side) for side in (self.rows, self.cols) if side is not None]
        return " x ".join(["1", *sides] if self.rows is None and sides else sides) or "scalar"


@dataclass(frozen=True)
class Declaration:
    """A name with what is said of it, and where."""

    names: Tree
    role: str  # "shape", or one of ROLES
    shape: Shape
    at: Place
    last: Tree | None = None


@dataclass
class Directions:
    """Everything that directives and a sidecar say of a document."""

    declarations: list[Declaration] = field(default_factory=list)
    marks: list[tuple[str, str, Place]] = field(default_factory=list)  # mark, label or "" for the next one, where
    given: list[tuple[str, Tree, Place]] = field(default_factory=list)
    scopes: list[Place] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)  # at which a scope begins
    layout: str = ""
    problems: list[tuple[str, Place]] = field(default_factory=list)


# ---- shapes


def real_space(e: Tree) -> Shape | None:
    """The shape in ``\\mathbb{R}^{n \\times m}``; None where it is another set. Raises NotRead."""
    base, sup = (e.base, e.sup) if isinstance(e, Scripted) and e.sub is None else (e, None)
    if not (isinstance(base, Letter) and base.name == "R" and base.style == "bb"):
        return None
    if sup is None:
        return Shape()
    return shape_of(sup)


def shape_of(sup: Tree) -> Shape:
    """The shape that sizes with × between them say."""
    sides = between_times(sup)
    if len(sides) > 2:
        raise NotRead(f"an array with {len(sides)} axes: only vectors and matrices are read", sup.start)
    for side in sides:
        _require_size(side)
    if len(sides) == 1:
        return Shape(sides[0])
    one = [isinstance(side, Number) and side.text == "1" for side in sides]
    if one == [True, False]:
        return Shape(None, sides[1])
    return Shape(sides[0]) if one == [False, True] else Shape() if all(one) else Shape(*sides)


def _require_size(e: Tree) -> None:
    if isinstance(e, Sum | Product | Fenced):
        for part in e.parts:
            _require_size(part)
    elif not (isinstance(e, Number) and e.text.isdigit()) and letter_name(e) is None:
        raise NotRead("a shape that is not read: expected letters and numbers, as in n \\times (n+m)", e.start)


def declared_in(e: Tree, at: Callable[[int], Place]) -> list[Declaration]:
    """The declarations that a statement makes: names ∈ ℝ^…. Raises NotRead for a set that is none of real arrays."""
    if not (isinstance(e, Relation) and e.signs == ("∈",)):
        return []
    left, right = e.sides
    shape = real_space(right)
    if shape is None:
        return []
    names = left.items if isinstance(left, Listed) else (left,)
    return [Declaration(name, "shape", shape, at(name.start)) for name in names if _is_name(name)]


def _is_name(e: Tree) -> bool:
    try:
        return mention(e, Census()) is not None
    except NotRead:
        return isinstance(e, Scripted)  # a step whose letter is not known yet


# ---- directives


def direct(directives: list[Directive] | tuple[Directive, ...], into: Directions) -> None:
    """Read directives; one that is not understood becomes a problem, and the others count."""
    for directive in directives:
        try:
            _direct(directive.text.strip(), directive.at, into)
        except (NotRead, Directed) as error:
            into.problems.append((f"derivations: {directive.text.strip()!r}: {error}", directive.at))


def _direct(text: str, at: Place, into: Directions) -> None:
    head, colon, rest = (part.strip() for part in text.partition(":"))
    word, _, label = head.partition(" ")
    if head == "scope" and not colon:
        into.scopes.append(at)
    elif head in MARKS:
        if colon and not rest:
            raise Directed(f"expected a label or a line behind '{head}:'")
        into.marks.extend((head, one.strip(), at) for one in (rest.split(",") if rest else [""]))
    elif word == "given" and colon:
        into.given.append((label.strip(), _one(rest), at))
    elif head == "layout" and colon:
        if rest not in CHOICES["layout"]:
            raise Directed(f"a layout {rest!r}: expected one of {', '.join(CHOICES['layout'])}")
        into.layout = rest
    elif colon:
        into.declarations.extend(_declared(head, rest, at))
    else:
        raise Directed("expected NAMES : SHAPE, scope, define, ignore, fails, given or layout")


def _one(text: str) -> Tree:
    found = parse(text.replace("<=", "\\le ").replace(">=", "\\ge "))  # as one types it in a comment
    items = found.items if isinstance(found, Statements) else (found,)
    if len(items) != 1:
        raise Directed(f"expected one formula, not {text!r}")
    return items[0]


def _declared(names: str, what: str, at: Place) -> list[Declaration]:
    word, arrow, values = (part.strip() for part in what.partition("->"))
    shape_text, _, last = (part.strip() for part in what.partition(", from "))
    listed = _one(names)
    items = listed.items if isinstance(listed, Listed) else (listed,)
    if word in ROLES:
        shape = _shape(values) if arrow else Shape()
        if arrow and word != "function":
            raise Directed(f"-> behind {word!r}: only functions have values")
        return [Declaration(item, "shape" if word == "scalar" else word, shape, at) for item in items]
    shape = _shape(shape_text)
    return [Declaration(item, "shape", shape, at, _one(last) if last else None) for item in items]


def _letters(text: str) -> list[str]:
    """The words of a text that are no commands of LaTeX."""
    spaced = "".join(c if c.isalpha() or c == "\\" else " " for c in text).split()
    return [word for word in spaced if not word.startswith("\\")]


def _shape(text: str) -> Shape:
    """``n x (n+m)``, with x, × or \\times between the sizes; ``scalar``."""
    if text == "scalar":
        return Shape()
    word = next((word for word in _letters(text) if len(word) > LONGEST), "")
    if word:
        raise Directed(f"a shape {text!r}: {word!r} is no size; expected scalar, n, n x m or 1 x n")
    words = text.replace("×", " x ").replace("\\times", " x ").split()
    sides = " ".join(words).split(" x ")
    if not text or len(sides) > 2:
        raise Directed(f"a shape {text!r}: expected scalar, n, n x m or 1 x n")
    return shape_of(_one(" \\times ".join(sides)))


def bind(declaration: Declaration, census: Census, plain: set[Key]) -> Key:
    """The key that a declaration names; a sequence may be declared without its step, unless ``plain`` has the name.

    Raises NotRead.
    """
    named = mention(declaration.names, census)
    if named is None:
        raise NotRead(f"{write(declaration.names)!r} is not a name: expected a letter with scripts, as in W_f, h_t or "
                      "\\lambda", declaration.names.start)
    sequence = named.key.bare in census.indexed and named.key not in plain and declaration.role == "shape"
    return named.key.stepped if sequence else named.key
