"""A document read as mathematics: every equation a definition, a claim in its readings, or not read, with why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from derivations.latex.reader.account import Account, Document
from derivations.latex.reader.choices import CHOICES
from derivations.latex.reader.declarations import Directions, direct
from derivations.latex.reader.passages import Heading, Place, Source
from derivations.latex.reader.scan import scan
from derivations.latex.reader.section import Section
from derivations.latex.reader.sidecar import beside, load, unmet
from derivations.latex.reader.statements import Statement, statements
from derivations.model import Model

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
    starts = list(directions.scopes)
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
