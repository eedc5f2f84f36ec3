"""Shapes that names of a document may have, from the formulas in which they stand: guesses, for an author to confirm.

Two sides, the terms of a sum and the factors of ⊙ have one shape; a product's inner sizes meet; ``[a, b]`` adds sizes.
Where a formula does not settle whether a name is a matrix, a vector or a number, habit does: capitals are matrices,
small Latin letters vectors, small Greek letters and losses numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from derivations.latex.reader import tree
from derivations.latex.reader.keys import TRANSPOSES, Census, Key, letter_key, mention
from derivations.latex.reader.products import ENTRYWISE
from derivations.latex.reader.scope import KNOWN
from derivations.latex.reader.tree import NotRead, Tree

GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota",
         "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "varrho", "sigma", "tau", "phi", "varphi", "chi", "psi",
         "omega")
LOSSES = ("L", "E", "J", "C", "mathcal")
LETTERS = ("n", "m", "p", "q", "d", "r", "s", "u", "v", "a", "b", "c")  # for sizes that have no name yet


class Size:
    """A number of entries that is not known yet, one that a letter names, or a sum of two."""

    def __init__(self, name: str = "", parts: tuple[Size, ...] = ()) -> None:
        self.name, self.parts, self.same = name, parts, self

    def found(self) -> Size:
        """What it was found to be the same as."""
        here = self
        while here.same is not here:
            here = here.same
        return here


Sides = tuple[Size | None, Size | None]  # rows and columns; None where there are none
NUMBER: Sides = (None, None)


@dataclass
class Guess:
    """The shape that a name may have; ``conflict`` where a formula contradicts it."""

    key: Key
    sides: Sides
    lines: list[int] = field(default_factory=list)
    conflict: bool = False
    defined: bool = False  # by an equation that is not read


class Misfit(Exception):
    """Two sides that cannot be one."""


@dataclass
class Inference:
    """Shapes of one scope. ``known`` are those that it declares or defines; ``missing`` the names to guess."""

    census: Census
    known: Mapping[Key, Sides]
    missing: Mapping[Key, Guess]
    functions: Callable[[Key], bool]

    def take(self, e: Tree) -> None:
        """What an equation tells; where it does not fit, the names in it are in doubt."""
        try:
            self.sides(e)
        except Misfit:
            for key in names(e, self.census):
                if key in self.missing:
                    self.missing[key].conflict = True

    # ---- the sides of a tree; None where nothing is known

    def sides(self, e: Tree) -> Sides | None:
        rule = RULES.get(type(e))
        if rule is not None:
            return rule(self, e)
        for part in e.parts:
            self.sides(part)
        return None

    def name(self, e: Tree) -> Sides | None:
        try:
            named = mention(e, self.census)
        except NotRead:
            return None
        if named is None:
            return self.sides(e.base) if isinstance(e, tree.Scripted) else None
        guess = self.missing.get(named.key)
        sides = guess.sides if guess is not None else self.known.get(named.key)
        if sides is None or named.power is None:
            return sides
        return self._powered(sides, named.power)

    def _powered(self, sides: Sides, power: Tree) -> Sides | None:
        if isinstance(power, tree.Letter) and power.name in (*TRANSPOSES, "T"):
            return sides[1], sides[0]
        if sides[0] is not None and sides[1] is not None:
            unify(sides[0], sides[1])
        return sides

    def scripted(self, e: tree.Scripted) -> Sides | None:
        if not isinstance(e.base, (tree.Fenced, tree.Braced)):
            return self.name(e)
        inside = self.sides(e.base)
        return inside if inside is None or e.sup is None else self._powered(inside, e.sup)

    def alike(self, parts: Iterable[Tree]) -> Sides | None:
        """The one shape of several trees; a number fits beside anything."""
        first: Sides | None = None
        for part in parts:
            sides = self.sides(part)
            if sides is None or sides == NUMBER:
                continue
            if first is not None:
                match(first, sides)
            first = first or sides
        return first

    def product(self, e: tree.Product) -> Sides | None:
        groups: list[list[Tree]] = [[e.factors[0]]]
        for sign, factor in zip(e.signs, e.factors[1:], strict=True):
            if sign in ENTRYWISE:
                groups.append([factor])
            else:
                groups[-1].append(factor)
        found = [self._chain(group) for group in groups]
        shaped = [sides for sides in found if sides is not None and sides != NUMBER]
        for other in shaped[1:]:
            match(shaped[0], other)
        return shaped[0] if shaped else (NUMBER if None not in found else None)

    def _called(self, e: Tree, argument: Tree) -> tuple[Sides | None] | None:
        """The shape of a function's value, in brackets; None where this is no application."""
        if not (isinstance(argument, tree.Fenced) and argument.left in ("(", "[")):
            return None
        key = letter_key(e.base if isinstance(e, tree.Scripted) else e)
        if key is None or not (key.stem in WORDS or self.functions(key)):
            return None
        sides, of = self.sides(argument), WORDS.get(key.stem)
        return (sides if of is None else of(sides),)

    def _chain(self, factors: list[Tree]) -> Sides | None:
        """Factors beside each other: numbers aside, the columns of one are as many as the rows of the next."""
        whole: Sides | None = NUMBER
        k = 0
        while k < len(factors):
            called = self._called(factors[k], factors[k + 1]) if k + 1 < len(factors) else None
            sides = self.sides(factors[k]) if called is None else called[0]
            k += 1 if called is None else 2
            if sides is None:
                whole = None
            elif sides != NUMBER and whole is not None:
                whole = sides if whole == NUMBER else self._times(whole, sides)
        return whole

    def _times(self, left: Sides, right: Sides) -> Sides | None:
        if left[1] is None and right[0] is None:
            return left[0], right[1]  # a column times a row
        if left[1] is None or right[0] is None:
            return None
        unify(left[1], right[0])
        return left[0], right[1]

    def fenced(self, e: tree.Fenced) -> Sides | None:
        if not isinstance(e.body, tree.Listed):
            return None if e.body is None else self.sides(e.body)
        parts = [self.sides(item) for item in e.body.items]
        if e.left != "[" or len(parts) != 2 or any(part is None or part[0] is None for part in parts):
            return None
        rows = tuple(part[0] for part in parts if part is not None and part[0] is not None)
        return Size(parts=rows), parts[0][1] if parts[0] is not None else None


WORDS: dict[str, Callable[[Sides | None], Sides | None]] = {
    "diag": lambda sides: None if sides is None else (sides[0], sides[0]),
    "tr": lambda sides: NUMBER, "Tr": lambda sides: NUMBER, "trace": lambda sides: NUMBER, "det": lambda sides: NUMBER,
    "softmax": lambda sides: sides,
}
"""The shape of a word's value, by that of what it is applied to; of other functions it is the same."""

RULES: dict[type[Tree], Callable[[Inference, Tree], Sides | None]] = {
    tree.Number: lambda i, e: NUMBER,
    tree.Letter: lambda i, e: i.name(e),
    tree.Word: lambda i, e: i.name(e),
    tree.Scripted: lambda i, e: i.scripted(e),  # type: ignore[arg-type]  # each rule gets its own kind
    tree.Sum: lambda i, e: i.alike(e.parts),
    tree.Relation: lambda i, e: i.alike(e.parts),
    tree.Product: lambda i, e: i.product(e),  # type: ignore[arg-type]  # likewise
    tree.Fenced: lambda i, e: i.fenced(e),  # type: ignore[arg-type]  # likewise
    tree.Braced: lambda i, e: i.sides(next(e.parts)),
    tree.Fraction: lambda i, e: None,  # a derivative has a shape that its layout decides
}


# ---- sizes


def unify(one: Size, other: Size) -> None:
    """Two sizes are one. Raises Misfit where letters differ."""
    a, b = one.found(), other.found()
    if a is b:
        return
    if a.name and b.name:
        raise Misfit
    if a.parts and b.parts:
        if len(a.parts) != len(b.parts):
            raise Misfit
        for x, y in zip(a.parts, b.parts, strict=True):
            unify(x, y)
        return
    settled, free = (a, b) if a.name or a.parts else (b, a)
    if free.name or free.parts or _inside(free, settled):
        raise Misfit
    free.same = settled


def _inside(size: Size, whole: Size) -> bool:
    return any(part.found() is size or _inside(size, part.found()) for part in whole.parts)


def match(one: Sides, other: Sides) -> None:
    for a, b in zip(one, other, strict=True):
        if (a is None) != (b is None):
            raise Misfit
        if a is not None and b is not None:
            unify(a, b)


def spelled(size: Size, letters: Callable[[], str]) -> str:
    """A size as a declaration says it; one without a letter gets the next."""
    here = size.found()
    if here.parts:
        return "(" + "+".join(spelled(part, letters) for part in here.parts) + ")"
    if not here.name:
        here.name = letters()
    return here.name


# ---- names


def habit(key: Key) -> Sides:
    """What a name is by habit."""
    if key.style != "bf" and (key.stem in GREEK or (key.stem in LOSSES and not key.labels)):
        return NUMBER
    return (Size(), Size()) if key.stem[:1].isupper() and key.style != "cal" else (Size(), None)


def names(e: Tree, census: Census) -> list[Key]:
    """The names in a tree, in its order, each where it stands; labels and steps are no names."""
    found: list[Key] = []
    todo = [e]
    while todo:
        here = todo.pop()
        try:
            said = mention(here, census) if isinstance(here, (tree.Letter, tree.Word, tree.Scripted)) else None
        except NotRead:
            said = None
        if said is None:
            inside = [here.base] if isinstance(here, tree.Scripted) else list(here.parts)
            todo.extend(reversed(inside))
        elif _names_something(said.key, census):
            found.append(said.key)
    return found


def _names_something(key: Key, census: Census) -> bool:
    letter = "_".join((key.stem, *key.labels))
    plain = not (key.style or key.accents or key.primes or key.steps)
    return not (key.stem in SIGNS or key.style == "bb" or (plain and letter in census.steps | census.sizes)
                or (key.stem in KNOWN and key.bare not in census.indexed and plain and not key.labels))


SIGNS = ("partial", "nabla", "infty", "ldots", "cdots", "dots", "vdots", "ddots", "top", "e", "ell", "diag", "Diag",
         "tr", "Tr", "trace", "det", "vec", "max", "min", "lim", "prod", "softmax", "argmax", "prime", "quad", "I")
"""Letters and words that are signs by themselves, or that nobody declares."""
