"""What defines what: the first equation with a plain name on its left side, and functions that nothing defines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derivations.errors import DerivationError
from derivations.latex.reader import tree
from derivations.latex.reader.building import Builder, Pending, mentions
from derivations.latex.reader.census import derives
from derivations.latex.reader.conditions import bare, holds_everywhere, stands_alone
from derivations.latex.reader.declarations import Declaration
from derivations.latex.reader.keys import Census, Key, letter_key, mention
from derivations.latex.reader.passages import Place
from derivations.latex.reader.scope import KNOWN
from derivations.latex.reader.statements import Statement
from derivations.latex.reader.targets import Target, target
from derivations.latex.reader.tree import NotRead, Relation, Tree
from derivations.latex.reader.vocabulary import LETTERS
from derivations.symbols import SCALAR, Axes

DEFINES = ("=", ":=", "≡")
GREEK = frozenset(LETTERS.values())


@dataclass
class Defining:
    """Finds the definitions among the statements of a scope."""

    statements: list[Statement]
    trees: list[Tree]
    census: Census
    marked: Mapping[str, set[int]]
    declared: Mapping[Key, Declaration]

    def targets(self) -> dict[int, Pending]:
        """The first equation with a plain name on its left defines it; those marked define it anew.

        One that stands under a condition keeps its error: its name has no definition then, and none that is guessed.
        """
        taken: set[Key] = set()
        known = frozenset(self.declared) | {Key(name) for name in self.census.steps}
        out: dict[int, Pending] = {}
        for k, statement in enumerate(self.statements):
            e = statement.tree
            if not isinstance(e, Relation) or e.signs[0] not in DEFINES or k in self.marked["ignore"]:
                continue
            if statement.conditional or statement.turned:
                continue
            try:
                found = target(e.sides[0], self.census, known | taken)
            except NotRead:
                continue
            if found is None or not self._defines(k, statement, e, found, taken):
                continue
            taken.add(found.key)
            out[k] = Pending(found, statement, e.sides[1], statement.passage.place, error=self._condition(statement))
        return out

    def _condition(self, statement: Statement) -> NotRead | None:
        """The condition under which a definition stands, as the reason why it is not read."""
        for e in statement.beside:
            if self._limits(e, statement) and not holds_everywhere(e, self.census):
                return NotRead("a definition under a condition: only one for all steps is read, as in t \\ge 1",
                               e.start)
        return None

    def _limits(self, e: Tree, statement: Statement) -> bool:
        """Whether what stands beside a definition may limit it."""
        if not isinstance(e, Relation):
            return not stands_alone(e, self.census)
        return e.start in statement.conditions or bare(e) is not e or isinstance(e.sides[-1], tree.Listed) \
            or not set(e.signs) & {*DEFINES, "∈"}

    def _defines(self, k: int, statement: Statement, e: Relation, found: Target, taken: set[Key]) -> bool:
        if k in self.marked["define"]:
            return True
        key = found.key
        plain = not (key.style or key.accents or key.primes or key.labels)
        step_letter = plain and key.stem in self.census.steps and found.step is None and key not in self.declared
        if key in taken or step_letter or (found.step is not None and not found.step.free_symbols):
            return False
        called = bool(found.arguments) or found.seen is not None
        if plain and key.stem in KNOWN and called and key not in self.declared:
            return False  # σ(x) = 1/(1 + e^{-x}) is a claim about σ
        example = isinstance(e.sides[1], tree.Number) or (key in self.declared and not self._derived(key))
        return statement.display or not example

    def _derived(self, key: Key) -> bool:
        """Whether a name stands in a derivative: then a text's first equation for it defines."""
        return any(derives(e) and mentions(e, key, self.census) for e in self.trees)

    def zeros(self) -> set[Key]:
        """Sequences that the document starts at zero: h_0 = 0."""
        found = set()
        for statement in self.statements:
            e = statement.tree
            if statement.conditional or statement.turned or not (isinstance(e, Relation) and e.signs == ("=",)):
                continue
            if isinstance(e.sides[1], tree.Number) and e.sides[1].text == "0":
                try:
                    named = mention(e.sides[0], self.census)
                except NotRead:
                    continue
                if named is not None and named.step == 0 and named.power is None:
                    found.add(named.key)
        return found


# ---- functions


def open_functions(builder: Builder, targets: Mapping[int, Pending], start: Place) -> None:
    """Functions that are declared, or called and never defined: any smooth ones. What is wrong becomes a problem."""
    defined = {item.target.key for item in targets.values()}
    declared, scope = builder.declared, builder.scope
    open_ = {key: d for key, d in declared.items() if d.role in ("function", "activation")}
    called = sorted(builder.census.called | builder.census.primed, key=str)
    for key in [*open_, *(key for key in called if key not in open_)]:
        named = key in scope.things or key in defined or (key in declared and key not in open_)
        if named or (key not in open_ and not _may_be_open(key)):
            continue
        d = open_.get(key)
        entrywise = d.role == "activation" if d is not None else key in builder.census.primed
        try:
            size = builder.axes(d.shape) if d is not None else _values(key, builder, targets)
            builder.open_function(key, size, entrywise=entrywise)
        except (NotRead, DerivationError) as error:
            builder.problems.append((f"the function {key}: {error}", d.at if d is not None else start))


def _may_be_open(key: Key) -> bool:
    """Whether a function that is only called may be any smooth one: a letter may, not a word that has a meaning."""
    letter = len(key.stem) == 1 or key.stem in GREEK
    known = key.stem in KNOWN and not (key.style or key.accents)
    return letter and not known and not key.labels and key.style != "bb" and key.stem not in ("partial", "nabla")


def _values(key: Key, builder: Builder, targets: Mapping[int, Pending]) -> Axes:
    """The type of an open function's values: that of what it defines, else a number."""
    for item in targets.values():
        right = item.right
        if isinstance(right, tree.Product) and len(right.factors) == 2 and letter_key(right.factors[0]) == key:
            axes = builder.shape(item.target.key)
            if axes is not None:
                return axes
    return SCALAR
