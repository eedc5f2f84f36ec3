"""The document in LaTeX: amsmath and graphicx, and nothing that a small installation lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivations.latex.breaking import INDENT, by_terms
from derivations.latex.measure import width
from derivations.latex.notation import Latex
from derivations.latex.relations import aligned
from derivations.latex.stamp import FILE, sealed
from derivations.latex.words import words
from derivations.report.manuscript import Block, Display, Heading, Paragraph, Steps
from derivations.version import __version__

NAME = "derivations.tex"
LINE, GAPS = 390.0, 22.0  # pt: a line, and a sign = with what is around it

_PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[textwidth=390pt,textheight=650pt]{geometry}
\usepackage{amsmath,amssymb,graphicx}
\ifdefined\pdftrailerid\pdftrailerid{}\pdfinfoomitdate=1 \pdfsuppressptexinfo=-1 \fi
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{3pt plus 2pt}
\emergencystretch=3em
\newcommand{\claim}[2]{\par\addvspace{12pt plus 4pt}{\bfseries #1}\hfill{\itshape #2}\nopagebreak\par\nopagebreak}
\newcommand{\head}[1]{{\itshape #1}\enspace}
\newcommand{\fitted}[2]{\resizebox{#1}{!}{$\displaystyle #2$}}
\begin{document}"""


def manuscript_tex(blocks: Iterable[Block]) -> str:
    """The LaTeX source of a document, with the digest of what was written, so that an edited one can be told."""
    seal = f"{FILE} id={NAME} version={__version__}"
    return sealed("\n".join([seal, _PREAMBLE, *_set(blocks), r"\end{document}", ""]))


def _set(blocks: Iterable[Block]) -> Iterator[str]:
    blocks = list(blocks)
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if isinstance(block, Heading):
            yield _heading(block)
        elif isinstance(block, Paragraph):
            head = rf"\head{{{words(block.head)}}}" if block.head else ""
            yield f"{head}{words(block.text)}"
            if not isinstance(following, (Display, Steps)):  # a display belongs to the paragraph before it
                yield ""
        else:
            yield _display(block) if isinstance(block, Display) else _steps(block)


def _heading(block: Heading) -> str:
    text = words(block.text)
    if block.level == 0:
        return rf"\begin{{center}}\LARGE {text}\end{{center}}"
    if block.level == 1:
        return rf"\section*{{{text}}}"
    return rf"\claim{{{words(block.text)}}}{{{words(block.mark)}}}"


def _display(block: Display) -> str:
    environment, label = ("equation", rf"\label{{eq:{block.label}}}") if block.label else ("equation*", "")
    formula = aligned(Latex(), list(block.rows))
    return "\n".join(filter(None, [rf"\begin{{{environment}}}", label, formula, rf"\end{{{environment}}}"]))


def _steps(block: Steps) -> str:
    rows = (row for said, tex in block.rows for row in _step(said, tex))
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _step(said: str, tex: str) -> Iterator[str]:
    """A formula behind its word, broken by term, and made smaller where that is not enough."""
    head = rf"\text{{{words(said)}}} & = " if said else "& "
    room = LINE - width(rf"\text{{{said}}}") - GAPS
    for k, line in enumerate(by_terms(tex, room)):
        space = room - (INDENT if k else 0.0)
        fitted = line if width(line) <= space else rf"\fitted{{{space:.0f}pt}}{{{line}}}"
        yield rf"& \quad {fitted}" if k else f"{head}{fitted}"
