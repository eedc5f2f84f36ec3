"""A document read as mathematics: every equation a definition, a claim in its readings, or not read, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from derivations.claim import Definition
from derivations.errors import DerivationError
from derivations.functions import Smooth
from derivations.latex.reader import tree
from derivations.latex.reader.account import Account, Document, Kind
from derivations.latex.reader.building import Builder, Pending, mentions
from derivations.latex.reader.census import take, walk
from derivations.latex.reader.choices import CHOICES
from derivations.latex.reader.claiming import Claimer, Parts, is_condition
from derivations.latex.reader.declarations import Declaration, Directions, bind, declared_in, direct
from derivations.latex.reader.keys import Census, Key, affine, letter_key, letter_name, mention
from derivations.latex.reader.passages import Heading, Place, Source
from derivations.latex.reader.scan import scan
from derivations.latex.reader.scope import KNOWN, Scope
from derivations.latex.reader.sidecar import beside, load, unmet
from derivations.latex.reader.statements import Statement, statements
from derivations.latex.reader.targets import Target, target
from derivations.latex.reader.tree import NotRead, Relation, Tree
from derivations.model import Model
from derivations.symbols import SCALAR, Axes, Node

UNCHECKED = {
    "≈": "an approximation states nothing that can be checked exactly",
    "∝": "a proportionality leaves its factor open",
    "~": "a distribution or an order of size is not read",
    "←": "an assignment gives a name a new value: it states no equation",
    "⇒": "an implication is not read",
    "⇔": "an equivalence is not read",
}
GRADIENT = next(iter(CHOICES["layout"]))


def read(path: str | Path) -> Document:
    """Read a document, with its sidecar NAME.derivations.toml if there is one. Raises DerivationError."""
    path = Path(path)
    directions = Directions()
    if beside(path).is_file():
        load(beside(path), directions)
    return understand(scan(path), path.stem, directions)


def understand(source: Source, name: str, directions: Directions | None = None) -> Document:
    """The mathematics of a scanned document."""
    directions = directions or Directions()
    direct(source.directives, directions)
    found = statements(source)
    accounts: list[Account] = []
    models: list[Model] = []
    layouts: dict[str, None] = {}
    problems = [(problem.message, problem.at) for problem in source.problems] + directions.problems
    problems += unmet(directions, found)
    for section, found_accounts in sections(found, source, name, directions, problems):
        accounts += found_accounts
        layouts[section.layout] = None
        models.append(section.model)
        problems += section.problems
    words = " and ".join(CHOICES["layout"][layout] for layout in layouts)
    return Document(source.file, tuple(accounts), tuple(models), tuple(problems),
                    words + (", as declared" if directions.layout else ""))


def sections(found: list[Statement], source: Source, name: str, directions: Directions,
             problems: list[tuple[str, Place]]) -> Iterator[tuple[Section, list[Account]]]:
    """The scopes of a document, read, each with what became of its equations."""
    parts = list(_scopes(found, source, directions, problems))
    for number, part in enumerate(parts, 1):
        title = _model_name(name) + (f"-{number}" if len(parts) > 1 else "")
        section = Section(title, source.file, part, directions, directions.layout or GRADIENT)
        accounts = section.accounts()
        layout = directions.layout or section.detected()
        if layout != section.layout:  # definitions that name derivatives are laid out too
            section = Section(title, source.file, part, directions, layout)
            accounts = section.accounts()
        yield section, accounts


def _model_name(stem: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in stem.lower()).strip("-")
    return words if words[:1].isalpha() else f"paper-{words}".rstrip("-")


def _scopes(found: list[Statement], source: Source, directions: Directions,
            problems: list[tuple[str, Place]]) -> Iterator[list[Statement]]:
    """The statements of each scope: a scope begins at the document's beginning, at a directive or a heading."""
    starts = [place for place in directions.scopes]
    for title in directions.headings:
        heading = next((h for h in source.headings if _plain(h) == title.strip()), None)
        if heading is None:
            problems.append((f"no heading is called {title!r}: the scope that should begin there does not",
                             Place(source.file, 1, 1)))
        else:
            starts.append(heading.at)
    edges = sorted({(place.cell, place.line) for place in starts})
    groups: list[list[Statement]] = [[] for _ in range(len(edges) + 1)]
    for statement in found:
        at = statement.passage.at
        groups[sum((at.cell, at.line) > edge for edge in edges)].append(statement)
    yield from (group for group in groups if group)


def _plain(heading: Heading) -> str:
    return heading.text.strip().rstrip("#").strip()


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
        self._marked: dict[str, set[int]] = {mark: self._marks(mark) for mark in ("define", "ignore", "fails")}
        self._ids: set[str] = set()

    # ---- what the whole scope tells

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
        declarations = self._declarations()
        sizes = {letter for d in declarations if d.role in ("shape", "function") for letter in d.shape.letters}
        sizes |= {name for d in declarations if d.role == "size" and (name := letter_name(d.names))}
        self.census.sizes |= sizes
        self.census.steps |= {name for d in declarations if d.role == "step" and (name := letter_name(d.names))}
        take([*self.trees, *(d.names for d in declarations)], self.census)
        declared = self._bound(declarations)
        targets = self._targets(declared)
        builder = self.builder = Builder(self.model, self.census, self.scope, declared,
                                         layout=self.layout)
        used = self._used(declared, targets)
        named = [*used, *(item.target.key for item in targets.values())]
        builder.letters(sizes, {key.stem for key in named if not key.steps})
        zeros = self._zeros()
        defined = {item.target.key for item in targets.values()}
        for key in used:
            if key not in defined:
                self._guarded(declared[key], lambda key=key: builder.leaf(key, zero=key in zeros))
        self._functions(declared, targets)
        builder.pending = [item for k, item in targets.items() if k not in self._marked["define"]]
        for item in builder.pending:
            if item.target.seen is not None:
                self.scope.seen[item.target.key] = item.target.seen
        builder.build(zeros)
        return [self._account(k, statement, targets.get(k)) for k, statement in enumerate(self.statements)
                if statement.is_equation or statement.tree is None or self._declares(statement)]

    def detected(self) -> str:
        """The layout in which most of the derivatives of this scope type; the first of those that tie."""
        equations = [Parts.of(s.tree) for k, s in enumerate(self.statements)
                     if isinstance(s.tree, Relation) and s.display and _derives(s.tree)]
        types = {layout: sum(Claimer(self.model, self.scope, layout, self.builder.axes).types(parts)
                             for parts in equations) for layout in CHOICES["layout"]}
        return max(types, key=lambda layout: types[layout])  # max gives the first of equals

    def _guarded(self, declaration: Declaration, build: object) -> None:
        """What a declaration asks for; what is wrong with it is a problem at its place."""
        try:
            build()  # type: ignore[operator] # a function without arguments
        except (NotRead, DerivationError) as error:
            self.problems.append((str(error), declaration.at))

    def _declares(self, statement: Statement) -> bool:
        return statement.display and isinstance(statement.tree, Relation) and statement.tree.signs == ("∈",)

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
        plain = self._plain() | {replace(key, steps=False) for d in declarations if (key := self._stated(d)) is not None}
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

    def _used(self, declared: dict[Key, Declaration], targets: dict[int, Pending]) -> list[Key]:
        """The declared names that occur in an equation."""
        equations = [s.tree for s in self.statements if s.tree is not None and s.is_equation]
        return [key for key in declared if any(mentions(e, key, self.census) for e in equations)]

    # ---- what defines what

    def _targets(self, declared: dict[Key, Declaration]) -> dict[int, Pending]:
        """The first equation with a plain name on its left defines it; those marked define it anew."""
        taken: set[Key] = set()
        known = frozenset(declared) | {Key(name) for name in self.census.steps}
        out: dict[int, Pending] = {}
        for k, statement in enumerate(self.statements):
            e = statement.tree
            if not isinstance(e, Relation) or e.signs[0] not in ("=", ":=", "≡") or k in self._marked["ignore"]:
                continue
            try:
                found = target(e.sides[0], self.census, known | taken)
            except NotRead:
                continue
            if found is None or not self._defines(k, statement, found, taken, declared):
                continue
            taken.add(found.key)
            out[k] = Pending(found, statement, e.sides[1], statement.passage.place)
        return out

    def _defines(self, k: int, statement: Statement, found: Target, taken: set[Key],
                 declared: dict[Key, Declaration]) -> bool:
        e = statement.tree
        assert isinstance(e, Relation)
        if k in self._marked["define"]:
            return True
        key = found.key
        plain = not (key.style or key.accents or key.primes or key.labels)
        step_letter = plain and key.stem in self.census.steps and found.step is None and key not in declared
        number = isinstance(e.sides[1], tree.Number)
        if key in taken or step_letter or (found.step is not None and not found.step.free_symbols):
            return False
        if plain and key.stem in KNOWN and found.arguments and key not in declared:
            return False  # σ(x) = 1/(1 + e^{-x}) is a claim about σ
        return statement.display or not (number or (key in declared and not _used_as_node(self.trees, key, self.census)))

    def _zeros(self) -> set[Key]:
        """Sequences that the document starts at zero: h_0 = 0."""
        found = set()
        for e in self.trees:
            if isinstance(e, Relation) and e.signs == ("=",) and isinstance(e.sides[1], tree.Number) \
                    and e.sides[1].text == "0":
                try:
                    named = mention(e.sides[0], self.census)
                except NotRead:
                    continue
                if named is not None and named.step == 0:
                    found.add(named.key)
        return found

    def _functions(self, declared: dict[Key, Declaration], targets: dict[int, Pending]) -> None:
        """Functions that are declared, or called and never defined: any smooth ones."""
        defined = {item.target.key for item in targets.values()}
        open_ = {key: d for key, d in declared.items() if d.role in ("function", "activation")}
        called = sorted(self.census.called | self.census.primed, key=str)
        for key in [*open_, *(key for key in called if key not in open_)]:
            names = key in self.scope.things or key in defined or key in declared and key not in open_
            if names or not _may_be_function(key):
                continue
            d = open_.get(key)
            entrywise = d.role == "activation" if d is not None else key in self.census.primed
            if d is None and key.stem in KNOWN and not (key.style or key.accents):
                continue
            try:
                size = self.builder.axes(d.shape) if d is not None else self._values_of(key, targets)
                self.builder.open_function(key, size, entrywise=entrywise)
            except (NotRead, DerivationError) as error:
                at = d.at if d is not None else self.statements[0].at
                self.problems.append((f"the function {key}: {error}", at))

    def _values_of(self, key: Key, targets: dict[int, Pending]) -> Axes:
        """The type of an open function's values: that of what it defines, else a number."""
        for item in targets.values():
            right = item.right
            if isinstance(right, tree.Product) and len(right.factors) == 2 and letter_key(right.factors[0]) == key:
                axes = self.builder.shape(item.target.key)
                if axes is not None:
                    return axes
        return SCALAR

    # ---- each equation

    def _account(self, k: int, statement: Statement, item: Pending | None) -> Account:
        account = Account(statement, Kind.NOT_READ, self._id(statement))
        e = statement.tree
        if k in self._marked["ignore"]:
            return replace(account, kind=Kind.IGNORED)
        if e is None:
            return account.as_not_read(statement.reason, statement.at)
        assert isinstance(e, Relation)
        strange = next((sign for sign in e.signs if sign in UNCHECKED), None)
        if strange is not None:
            return replace(account, kind=Kind.NOT_CHECKABLE, reason=UNCHECKED[strange])
        if e.signs == ("∈",):
            return replace(account, kind=Kind.DECLARATION)
        try:
            if item is not None:
                return self._definition(k, account, item)
            if self._starts(e):
                return replace(account, kind=Kind.DEFINITION, said=("where the sequence starts",))
            if is_condition(e, self.scope) or (not statement.display and not _derives(e)):
                return replace(account, kind=Kind.ASIDE)
            return self._claim(k, account, Parts.of(e))
        except NotRead as error:
            return account.as_not_read(error.reason, statement.passage.place(error.at))

    def _starts(self, e: Relation) -> bool:
        """h_0 = 0, for a sequence that was declared so."""
        if e.signs != ("=",) or not (isinstance(e.sides[1], tree.Number) and e.sides[1].text == "0"):
            return False
        named = mention(e.sides[0], self.census)
        return named is not None and named.step == 0 and named.key in self.scope.things

    def _definition(self, k: int, account: Account, item: Pending) -> Account:
        if k in self._marked["define"]:
            self._anew(item)
        if item.error is not None:
            raise item.error
        if item.built is None:
            raise NotRead("its definition was not reached", item.right.start)
        e = account.statement.tree
        assert isinstance(e, Relation)
        account = replace(account, kind=Kind.DEFINITION, said=item.words, definition=self._shown(account, item))
        parts = Parts.of(e)
        if len(parts.sides) > 2 or parts.shape is not None:
            rest = Parts((parts.sides[0], *parts.sides[2:]), parts.signs[1:], parts.shape)
            if len(rest.sides) > 1:
                return self._claim(k, replace(account, said=("its first side is the definition", *item.words)), rest)
            self._claimer().check_shape(parts, item.built)
        return account

    def _shown(self, account: Account, item: Pending) -> Definition | None:
        thing = self.scope.things.get(item.target.key)
        if thing is None or item.built is None:
            return None
        left = self.scope.at(item.target.key, item.target.step)
        if left is None:
            return None
        at = account.statement.at
        return Definition(f"{self.name}.{account.id}", left, item.built, account.statement.latex, "", at.file, at.line)

    def _anew(self, item: Pending) -> None:
        """A name that means something new from here on."""
        key = item.target.key
        later = [other for other in self.builder.pending if other.statement.at.line > item.statement.at.line
                 and other.right is not item.right and mentions(other.right, key, self.census)]
        if later:
            raise NotRead(f"{key} is defined anew, and used in a later definition (line {later[0].statement.at.line}): "
                          "begin a scope instead", item.right.start)
        self.scope.things.pop(key, None)
        self.builder.node(item)

    def _claimer(self) -> Claimer:
        return Claimer(self.model, self.scope, self.layout, self.builder.axes)

    def _claim(self, k: int, account: Account, parts: Parts) -> Account:
        claimer = self._claimer()
        given, unread = self._given(account.statement, claimer)
        claim = claimer.claim(account.id, account.statement, parts, given, unread, fails=k in self._marked["fails"])
        return replace(account, kind=Kind.CLAIM, claim=claim)

    def _given(self, statement: Statement, claimer: Claimer) -> tuple[list[Tree], tuple[str, ...]]:
        """The conditions beside an equation and those of directives; those that are not read are told."""
        given: list[Tree] = []
        unread: list[str] = []
        for e in statement.beside:
            if is_condition(e, self.scope):
                try:
                    claimer.condition(e)
                    given.append(e)
                except NotRead:
                    unread.append(statement.passage.text[e.start:e.end].strip())
        for label, e, place in self.directions.given:
            at = statement.passage.at
            nearest = next((s for s in self.statements if s.display and s.passage.at.line >= place.line), None)
            if label in (statement.label, str(at.line)) if label else nearest is statement:
                given.append(e)
        return given, tuple(unread)

    def _id(self, statement: Statement) -> str:
        label = "-".join(filter(None, ("".join(c if c.isascii() and c.isalnum() else " " for c in statement.label)).split()))
        base = label or (f"cell-{statement.at.cell}-" if statement.at.cell else "") + f"line-{statement.at.line}"
        name, k = base, 2
        while name in self._ids:
            name, k = f"{base}-{k}", k + 1
        self._ids.add(name)
        return name


def _derives(e: Tree) -> bool:
    """Whether a derivative stands in it."""
    return any(isinstance(part, tree.Letter) and part.name in ("partial", "nabla") for part in walk(e))


def _used_as_node(trees: list[Tree], key: Key, census: Census) -> bool:
    """Whether a name stands in a derivative's denominator or numerator: then a text's first equation for it defines."""
    return any(_derives(e) and mentions(e, key, census) for e in trees)


def _has_call(e: Tree, part: Tree, census: Census) -> bool:
    """Whether a name stands before its step in parentheses: c(t-1)."""
    if not isinstance(e, tree.Product):
        return False
    k = next(k for k, factor in enumerate(e.factors) if factor is part)
    after = e.factors[k + 1] if k + 1 < len(e.factors) and not e.signs[k] else None
    return isinstance(after, tree.Fenced) and after.left == "(" and affine(after.body, census.steps) is not None


def _may_be_function(key: Key) -> bool:
    return not key.labels and key.stem not in ("partial", "nabla", "mathbb")


__all__ = ["CHOICES", "Document", "Node", "Smooth", "read", "understand"]
