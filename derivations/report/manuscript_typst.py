"""The document for Typst, which has its fonts in its own wheel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivations.latex.breaking import by_terms
from derivations.latex.printed import NotPrinted
from derivations.latex.typst import quoted, string, typst, typst_rows
from derivations.latex.words import cut
from derivations.report.manuscript import STEP, Block, Display, Heading, Paragraph, Steps

_PREAMBLE = """#set document(date: none)
#set page(paper: "a4", numbering: "1")
#set text(font: "New Computer Modern", size: 10pt, ligatures: false)
#set par(justify: true, spacing: 0.8em)
#set math.equation(numbering: none)
#show heading: set block(above: 1.6em, below: 0.9em)
#let numbered(body) = math.equation(block: true, numbering: "(1)", body)
#let fitted(body) = layout(size => {
  let wide = measure(body).width
  if wide > size.width { scale(size.width / wide * 100%, reflow: true, origin: left, body) } else { body }
})
#let claim(id, verdict) = block(above: 1.6em, sticky: true)[*#id* #h(1fr) _#verdict _]
#let head(word) = [_#word _ #h(0.3em)]"""


def manuscript_typst(blocks: Iterable[Block]) -> str:
    """The Typst source of a document."""
    return "\n".join([_PREAMBLE, *_set(blocks), ""])


def _set(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading):
            yield _heading(block)
        elif isinstance(block, Paragraph):
            yield (f"#head({quoted(block.head)})" if block.head else "") + _words(block.text) + "\n"
        elif isinstance(block, Display):
            yield f"#numbered($ {_formula(block)} $)"
        else:
            yield from _steps(block)


def _heading(block: Heading) -> str:
    if block.level == 0:
        return f"#align(center, text(size: 17pt, {quoted(block.text)}))"
    if block.level == 1:
        return f"#heading(level: 1, {quoted(block.text)})"
    return f"#claim({quoted(block.text)}, {quoted(block.mark)})"


def _words(text: str) -> str:
    """Text with its subscripts and superscripts; everything else is a string, so that no sign of it is markup."""
    functions = {"_": "sub", "^": "super"}
    return "".join(f"#{functions[mark]}({string(part)});" if mark else f"#{string(part)};"
                   for mark, part in cut(" ".join(text.split())) if part)


def _formula(block: Display) -> str:
    if len(block.rows) == 1:
        return typst(" ".join(block.rows[0]))
    return typst_rows(block.rows)


def _steps(block: Steps) -> Iterator[str]:
    for said, tex in block.rows:
        head = f"{quoted(said)} space = " if said else ""
        first, *rest = by_terms(tex, STEP)
        try:
            lines = " \\ ".join([f"{head} & {typst(first)}", *(f"& quad {typst(line)}" for line in rest)])
            yield f"#fitted($ {lines} $)"
        except NotPrinted:  # shown as it is, rather than wrongly
            yield f"#raw({string(tex)})"
