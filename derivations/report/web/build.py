"""A run as one HTML file that needs nothing else: no network, no other file, and JavaScript only for comfort."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from derivations.claim import Claim, Definition, Remark
from derivations.model import Model
from derivations.report.page import GLOSSARY
from derivations.report.places import place
from derivations.report.run import Outcome, Run, outcomes, statuses
from derivations.report.web.drawing import drawing
from derivations.report.web.figure import Figure
from derivations.report.web.graph import recurrence
from derivations.report.web.items import GROUPS, SIGNS, WORDS, Item, checked, described, lowered
from derivations.report.web.papers import papers
from derivations.report.words import MARKS, plural

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent
MOST_DATA = 100_000  # characters of a figure's data, packed, that a page carries
FILTERS = ("holds", "fails", "undecided")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")  # HTML knows none of them


@dataclass(frozen=True)
class Section:
    """A model: its items in the order in which their source states them."""

    name: str
    title: str
    source: str
    file: str
    graph: Markup
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Drawn:
    """A figure in the page; ``data`` is the address of its CSV, empty where that is too long for a page."""

    figure: Figure
    svg: Markup
    data: str


def page_html(run: Run, figures: Sequence[Figure] = (), *, profile: str = "paper", title: str = "",
              notes: Sequence[str] = ()) -> str:
    """The page of a run, with its figures; ``notes`` are said at its top, such as what was left out.

    The same run gives the same text: seconds are not shown. Raises DerivationError for a figure that is no harmless
    SVG, NamingError for an unknown notation profile.
    """
    sections = list(_sections(run, profile))
    said = {word for section in sections for item in section.items for word in item.meanings}
    script, style = _part("page.js"), _part("page.css").replace("FONT", _font())
    html = _template().render(
        run=run, sections=sections, title=title or " · ".join(s.title for s in sections) or "Nothing was checked",
        figures=[_drawn(figure) for figure in figures], papers=papers(run), notes=notes,
        script=Markup(script), style=Markup(style),
        policy=_policy(script), glossary=[GLOSSARY[word] for word in GLOSSARY if word in said], signs=SIGNS,
        words=WORDS, marks=MARKS, outcomes=_outcomes(run), statuses=statuses(run), filters=_filters(run),
        total=plural(len(run.verdicts), "claim"), left=run.selected - len(run.verdicts), plural=plural,
        outcome=Outcome, lowered=lowered)
    # a lone surrogate, which no file can hold, is written out
    return CONTROLS.sub("\ufffd", html).encode("utf-8", "backslashreplace").decode("utf-8")


# ---- what it shows


def _sections(run: Run, profile: str) -> Iterable[Section]:
    """Each model with its claims and definitions, by lines of its file."""
    verdicts = {verdict.claim.id: verdict for verdict in run.verdicts}
    items: dict[str, list[Claim | Definition | Remark]] = {}
    for item in (*(verdict.claim for verdict in run.verdicts), *run.definitions):
        name = item.model.name if isinstance(item, Claim) else item.id.partition(".")[0]
        items.setdefault(name, []).append(item)
    models = {verdict.claim.model.name: verdict.claim.model for verdict in run.verdicts}
    for number, (name, found) in enumerate(items.items()):
        model, shown = models.get(name), []
        for k, item in enumerate(sorted(found, key=lambda item: (item.file, item.line))):
            claim = checked(verdicts[item.id], run, f"_g{number}-{k}") if isinstance(item, Claim) else None
            shown.append(replace(described(item, profile), claim=claim))
        yield _section(name, model, found, tuple(shown), f"_g{number}")


def _section(name: str, model: Model | None, found: Sequence[Claim | Definition | Remark], items: tuple[Item, ...],
             mark: str) -> Section:
    if model is None:  # definitions alone do not know theirs
        return Section(name, name, found[0].source, place(found[0].file), Markup(""), items)
    return Section(name, model.title, model.source, place(model.file), recurrence(model, mark), items)


def _outcomes(run: Run) -> list[tuple[Outcome, str, str]]:
    """Each kind of outcome with its mark and how many there are, in words."""
    found = outcomes(run)
    return [(kind, MARKS[kind], "all" if found[kind] == run.selected > 1 else f"{found[kind]:,}")
            for kind in Outcome if found[kind]]


def _filters(run: Run) -> list[tuple[str, int]]:
    groups = [GROUPS[verdict.status] for verdict in run.verdicts]
    return [(name, groups.count(name)) for name in FILTERS]


def _drawn(figure: Figure) -> Drawn:
    packed = base64.b64encode(gzip.compress(figure.csv.encode("utf-8"), mtime=0)).decode("ascii")
    return Drawn(figure, drawing(figure),
                 f"data:application/gzip;base64,{packed}" if len(packed) <= MOST_DATA else "")


# ---- how it is put together


def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("page.html.j2")


def _part(name: str) -> str:
    return (HERE / "templates" / name).read_text(encoding="utf-8")


def _font() -> str:
    return base64.b64encode((HERE / "font" / "math.woff2").read_bytes()).decode("ascii")


def _policy(script: str) -> str:
    """What a browser may do with the page: run this script, and fetch nothing."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; font-src data:; "
            "img-src data:; base-uri 'none'; form-action 'none'")
