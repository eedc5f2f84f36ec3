"""Models, claims, verdicts and runs in a notebook: the media types of a cell's output, for one thing.

What Jupyter does with them decides what stands here. JupyterLab and nbconvert prefer HTML to LaTeX and typeset the
dollars of both; VS Code and Colab prefer HTML too, but leave its dollars alone; ``nbconvert --to pdf`` takes the LaTeX.
So formulas in HTML are MathML, which every browser draws by itself, and no dollar of a title or a name may be typeset:
hence the two classes that make MathJax 2 and 3 pass by. Front ends strip style sheets and scripts of what they do not
trust, so there are none: styles stand at the elements, text keeps the colour of the theme, and a verdict's own colour
can be told from white and from black.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Container, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from derivations.claim import Claim, Definition, Remark
from derivations.display import Displayed, Typeset
from derivations.latex.letters import escaped
from derivations.model import Model
from derivations.report.page import page
from derivations.report.places import is_shipped
from derivations.report.proof_page import IN_TEXT
from derivations.report.run import Outcome, Run, outcome, outcomes, statuses
from derivations.report.story import COMMAND, READING, Row, evidence_rows, has_story, story
from derivations.report.web.figure import Figure
from derivations.report.web.mathml import mathml, printed
from derivations.report.words import MARKS, counts, expectation, headline, plural
from derivations.verdict import Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
# Contrast of 3 and more to white and to the darkest ground of a notebook: a sign's, and no text has them.
COLOURS = {Outcome.EXPECTED: "#2e8b57", Outcome.CONTRARY: "#e0483e", Outcome.OPEN: "#b7791f",
           Outcome.BROKEN: "#c850c0"}
SIGNS = {Outcome.EXPECTED: r"\checkmark", Outcome.CONTRARY: r"\times", Outcome.OPEN: "?", Outcome.BROKEN: "!"}
APART = {READING, "printed", "LaTeX"}  # rows that stand as formulas
LOCAL = {COMMAND, "file"}  # rows for who has the file: what is typed into a cell is in none


def bundle(item: Displayed, include: Container[str] | None = None,
           exclude: Container[str] | None = None) -> dict[str, str]:
    """The media types of one thing; what has none of a type is without it."""
    made = {mime: make(item) for mime, make in MADE.items()
            if (not include or mime in include) and not (exclude and mime in exclude)}
    return {mime: words for mime, words in made.items() if words}


# ---- HTML


def html(item: Displayed) -> str:
    """A fragment of HTML in which everything is escaped; none of an expression, since its LaTeX says it all."""
    macro = next((name for kind, name in FRAGMENTS.items() if isinstance(item, kind)), "")
    return str(getattr(_environment().get_template("notebook.html.j2").module, macro)(item)) if macro else ""


FRAGMENTS: dict[type, str] = {Model: "model", Claim: "claim", Definition: "definition", Remark: "remark",
                              Verdict: "verdict", Run: "run", Figure: "figure"}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(
        math=mathml, printed_form=printed, said=_said, told=_told, rungs=_rungs, headline=headline, counts=counts,
        expectation=expectation, outcome=outcome, outcomes=outcomes, statuses=statuses, plural=plural, marks=MARKS,
        colours=COLOURS, base64=_base64)
    return environment


def _base64(words: str) -> str:
    return b64encode(words.encode()).decode("ascii")


def _said(item: Claim | Definition | Remark) -> list[Row]:
    """What there is to say of a claim or definition besides its formulas."""
    return _placed(item, [row for row in page(item)[1] if row.label not in APART])


def _told(verdict: Verdict) -> list[Row]:
    """The story of a verdict, without the headline and the formulas, which stand above it."""
    if not has_story(verdict):
        return []
    first, *rows = story(verdict)
    more = first.text.removeprefix(headline(verdict)).removeprefix("; ")
    return _placed(verdict.claim, [*([Row("", more)] if more else []),
                                   *(row for row in rows if row.label not in APART)])


def _rungs(verdict: Verdict) -> list[Row]:
    return evidence_rows(verdict, timing=False)


def _placed(item: Claim | Definition | Remark, rows: list[Row]) -> list[Row]:
    """The rows that help where the item is written: a command needs a file that is there."""
    there = is_shipped(item.file) or Path(item.file).is_file()
    return [row for row in rows if there or row.label not in LOCAL]


# ---- LaTeX


def latex(item: Displayed) -> str:
    """LaTeX as ``_repr_latex_`` gives it: formulas within dollars."""
    make = next((make for kind, make in LATEX.items() if isinstance(item, kind)), None)
    return make(item) if make else ""


def _inline(formula: str, before: str = "") -> str:
    return f"$\\displaystyle {before}{formula}$"


def _verdict(verdict: Verdict) -> str:
    return _inline(verdict.claim.latex(), f"{SIGNS[outcome(verdict)]}\\ {_words(headline(verdict) + ':')}\\quad ")


def _list(items: Iterable[Claim | Definition | Remark]) -> str:
    """One display each: so a page of paper can end between them."""
    return "\n".join(f"$${_words(item.id + ':')}\\quad {item.latex()}$$" for item in items)


def _words(words: str) -> str:
    return "\\text{" + "".join(IN_TEXT.get(letter, letter) for letter in escaped(words)) + "}"


LATEX: dict[type, Callable[..., str]] = {
    Model: lambda model: _list(item for item in [*model.definitions, *model.claims] if not isinstance(item, Remark)),
    Verdict: _verdict,
    Run: lambda run: "\n\n".join(map(_verdict, run.verdicts)),
    Typeset: lambda item: _inline(item.latex()),
}


# ---- text, and pictures


def plain(item: Displayed) -> str:
    """Text as ``repr`` gives it; a drawing in words."""
    return f"{item.title}: {item.caption}" if isinstance(item, Figure) else repr(item)


def picture(item: Displayed) -> str:
    """A drawing as such, for front ends that print; there is none of a formula."""
    return item.svg if isinstance(item, Figure) else ""


MADE: dict[str, Callable[[Displayed], str]] = {
    "text/plain": plain, "text/latex": latex, "text/html": html, "image/svg+xml": picture}
