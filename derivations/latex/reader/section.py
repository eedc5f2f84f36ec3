"""One scope of a document: what it tells of its letters as a whole, and what becomes of its equations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from derivations.errors import DerivationError
from derivations.latex.reader import tree
from derivations.latex.reader.account import Account
from derivations.latex.reader.accounting import Accounting
from derivations.latex.reader.building import Builder, Pending, mentions
from derivations.latex.reader.census import derives, take, walk
from derivations.latex.reader.choices import CHOICES
from derivations.latex.reader.claiming import Claimer, Parts
from derivations.latex.reader.declarations import Declaration, Directions, bind, declared_in
from derivations.latex.reader.defining import Defining, open_functions
from derivations.latex.reader.keys import Census, Key, affine, letter_name, mention
from derivations.latex.reader.passages import Place
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.statements import Statement
from derivations.latex.reader.tree import NotRead, Relation, Tree
from derivations.model import Model


@dataclass
class Section:
    """One scope of a document."""

    name: str
    file: str
    statements: list[Statement]
    directions: Directions
    layout: str
    problems: list[tuple[str, Place]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = Model(self.name, title=Path(self.file).name)
        self.model.file = self.file
        self.census = Census()
        self.scope = Scope(self.census)
        self.trees = [s.tree for s in self.statements if s.tree is not None]
        self.marked: dict[str, set[int]] = {mark: self._marks(mark) for mark in ("define", "ignore", "fails")}

    def _marks(self, mark: str) -> set[int]:
        """The positions of the statements that a mark means: by label or line, or the next equation behind it."""
        found: set[int] = set()
        for word, label, place in self.directions.marks:
            if word != mark:
                continue
            for k, statement in enumerate(self.statements):
                at = statement.passage.at
                if label and label in (statement.label, str(statement.at.line), str(at.line)):
                    found.add(k)
                elif not label and statement.display and (at.cell, at.line) >= (place.cell, place.line):
                    found.add(k)
                    break
        return found

    def accounts(self) -> list[Account]:
        """What became of each equation, in the order of the document."""
        declarations = self._declarations()
        sizes = self._letters(declarations)
        declared = self._bound(declarations)
        defining = Defining(self.statements, self.trees, self.census, self.marked, declared)
        targets = defining.targets()
        self.census.running |= {str(s) for item in targets.values() if item.target.step is not None
                                for s in item.target.step.free_symbols}
        self.builder = Builder(self.model, self.census, self.scope, declared, layout=self.layout)
        self._build(targets, sizes, defining.zeros())
        accounting = Accounting(self.name, self.statements, self.directions, self.marked, self.builder)
        return [accounting.account(k, statement, targets.get(k)) for k, statement in enumerate(self.statements)
                if statement.is_equation or statement.tree is None or self._declares(statement)]

    def _letters(self, declarations: list[Declaration]) -> set[str]:
        """The letters of sizes; those of steps are in the census then."""
        sizes = {letter for d in declarations if d.role in ("shape", "function") for letter in d.shape.letters}
        sizes |= {name for d in declarations if d.role == "size" and (name := letter_name(d.names))}
        self.census.sizes |= sizes
        self.census.steps |= {name for d in declarations if d.role == "step" and (name := letter_name(d.names))}
        take(self.trees, [d.names for d in declarations], self.census)
        return sizes

    def _build(self, targets: dict[int, Pending], sizes: set[str], zeros: set[Key]) -> None:
        """Inputs, functions and definitions."""
        builder = self.builder
        used, defined = self._used(builder.declared), {item.target.key for item in targets.values()}
        builder.letters(sizes, {key.stem for key in (*used, *defined) if not key.steps})
        for key in used:
            if key not in defined:
                self._leaf(builder, key, key in zeros)
        open_functions(builder, targets, self.statements[0].at)
        self.problems += builder.problems
        builder.pending = [item for k, item in targets.items() if k not in self.marked["define"] and item.error is None]
        for item in builder.pending:
            if item.target.seen is not None:
                self.scope.seen[item.target.key] = item.target.seen
        builder.build(zeros)

    def detected(self) -> str:
        """The layout in which most of the derivatives of this scope type; the first of those that tie."""
        equations = [Parts.of(s.tree) for s in self.statements
                     if isinstance(s.tree, Relation) and s.display and derives(s.tree)]
        types = {layout: sum(Claimer(self.model, self.scope, layout, self.builder.axes).types(parts)
                             for parts in equations) for layout in CHOICES["layout"]}
        return max(types, key=lambda layout: types[layout])  # max gives the first of equals

    def _leaf(self, builder: Builder, key: Key, zero: bool) -> None:
        """The input that a declaration makes; what is wrong with it is a problem at its place."""
        declaration = builder.declared[key]
        try:
            builder.leaf(key, zero=zero)
        except (NotRead, DerivationError) as error:
            self.problems.append((str(error), declaration.at))

    def _declares(self, statement: Statement) -> bool:
        """Whether it says a shape: in a display, or in the text that of a derivative, which is compared."""
        e = statement.tree
        return isinstance(e, Relation) and e.signs == ("∈",) and (statement.display or derives(e.sides[0]))

    def _declarations(self) -> list[Declaration]:
        """Directives first, then the shapes that the document says, in its order."""
        found = list(self.directions.declarations)
        for statement in self.statements:
            try:
                found += declared_in(statement.tree, statement.passage.place) if statement.tree is not None else []
            except NotRead as error:
                self.problems.append((error.reason, statement.passage.place(error.at)))
        return found

    def _bound(self, declarations: list[Declaration]) -> dict[Key, Declaration]:
        """Declarations by name; a second one that says another shape is a problem, and the first counts."""
        declared: dict[Key, Declaration] = {}
        # x_t ∈ ℝ^d and x ∈ ℝ^n speak of two things
        stated = {replace(key, steps=False) for d in declarations if (key := self._stated(d)) is not None}
        plain = self._plain() | stated
        for d in declarations:
            if d.role in ("step", "size"):
                continue
            try:
                key = bind(d, self.census, plain)
            except NotRead as error:
                self.problems.append((error.reason, d.at))
                continue
            first = declared.setdefault(key, d)
            if (first.role, first.shape) != (d.role, d.shape):
                self.problems.append((f"{key} is declared as {d.shape} here, and as {first.shape} in {first.at}: "
                                      f"the first counts", d.at))
        return declared

    def _stated(self, d: Declaration) -> Key | None:
        """The key of a sequence that is declared with its step."""
        try:
            named = mention(d.names, self.census)
        except NotRead:
            return None
        return named.key if named is not None and named.step is not None else None

    def _plain(self) -> set[Key]:
        """The names that stand without a step somewhere in an equation."""
        found: set[Key] = set()
        for e in (part for s in self.statements if s.is_equation and s.tree is not None for part in walk(s.tree)):
            inner = [part.base for part in e.parts if isinstance(part, tree.Scripted)]
            for part in e.parts:
                if isinstance(part, (tree.Letter, tree.Word, tree.Scripted)) and part not in inner:
                    try:
                        named = mention(part, self.census) if not isinstance(e, tree.Scripted) else None
                    except NotRead:
                        continue
                    if named is not None and named.step is None and not _has_call(e, part, self.census):
                        found.add(named.key)
        return found

    def _used(self, declared: dict[Key, Declaration]) -> list[Key]:
        """The declared names that occur in an equation."""
        equations = [s.tree for s in self.statements if s.tree is not None and s.is_equation]
        return [key for key in declared if any(mentions(e, key, self.census) for e in equations)]


def _has_call(e: Tree, part: Tree, census: Census) -> bool:
    """Whether a name stands before its step in parentheses: c(t-1)."""
    if not isinstance(e, tree.Product):
        return False
    k = next(k for k, factor in enumerate(e.factors) if factor is part)
    after = e.factors[k + 1] if k + 1 < len(e.factors) and not e.signs[k] else None
    return isinstance(after, tree.Fenced) and after.left == "(" and affine(after.body, census.steps) is not None
