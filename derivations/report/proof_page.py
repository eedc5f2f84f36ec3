"""A proof as rows to read: what was done, and both sides after it."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Ge

from derivations.claim import Claim
from derivations.latex.notation import TEXT, notation
from derivations.latex.polynomials import Polynomials, spot
from derivations.latex.scalars import condition
from derivations.proof.trace import Line, Proof, Sides, Trace
from derivations.report.story import Row

MOST_CELLS = 4  # blocks of the claim's axes that are shown; the others read alike


def proof_rows(claim: Claim, proof: Proof, profile: str | None = None) -> list[Row]:
    """The proof, or what is left of the attempt: in plain text, or in LaTeX in a notation profile."""
    rows = [Row("proof", f"{proof.status}: {proof.detail}")]
    for label, text in proof.steps:
        rows.append(Row(label, text))
    for trace in proof.traces:
        rows += _trace(claim, trace, profile)
    return rows


def _trace(claim: Claim, trace: Trace, profile: str | None) -> Iterator[Row]:
    style = TEXT if profile is None else notation(profile)
    printer = Polynomials(claim.model, trace, style)
    if trace.case:
        yield Row("case", trace.case)
    if trace.when:
        yield Row("where", ", ".join(condition(style, Ge(slack, 0)) for slack in trace.when))
    for number, line in enumerate(trace.lines, 1):
        yield Row(f"step {number}", line.rule)
        yield from _line(printer, line, last=number == len(trace.lines))


def _line(printer: Polynomials, line: Line, last: bool) -> Iterator[Row]:
    for sides in line.cells[:MOST_CELLS]:
        block = _block(sides) if len(line.cells) > 1 else ""
        if sides.equal:
            yield Row("both sides", block + printer.side(sides, sides.left))
            continue
        yield Row("left", block + printer.side(sides, sides.left))
        yield Row("right", block + printer.side(sides, sides.right))
        if last:
            yield Row("left over", block + printer.side(sides, sides.rest))
    if len(line.cells) > MOST_CELLS:
        equal = sum(sides.equal for sides in line.cells[MOST_CELLS:])
        rest = len(line.cells) - MOST_CELLS
        yield Row("", f"and {rest} more blocks, " + ("alike" if equal == rest else f"{equal} of them with equal sides"))


def _block(sides: Sides) -> str:
    """Which block of the claim's axes this is, by numbers."""
    nothing = iter([""] * 8)
    spots = [spot(where, nothing) for where in (sides.row, sides.col) if where]
    return f"block {', '.join(filter(None, spots))}: "
