"""A proof to read: what was done, and both sides after it; as rows of text, or as LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Ge

from derivations.claim import Claim
from derivations.latex.letters import escaped
from derivations.latex.notation import TEXT, Latex, Level, notation
from derivations.latex.polynomials import WIDTH, Polynomials, spot
from derivations.latex.relations import relation
from derivations.latex.rules import Printer
from derivations.latex.scalars import condition, placed
from derivations.proof.trace import Line, Proof, Sides, Trace
from derivations.report.story import Row
from derivations.verdict import Status

MOST_CELLS = 4  # blocks of the claim's axes that are shown; the others read alike
# Signs of the rules' names that LaTeX's text fonts do not have.
IN_TEXT = {"‖": r"$\Vert$", "≤": r"$\leq$", "≥": r"$\geq$", "₂": "$_2$", "Π": r"$\prod$", "Σ": r"$\sum$", "|": "$|$",
           "²": "$^2$", "ρ": r"$\rho$", "→": r"$\to$", "·": r"$\cdot$", "∂": r"$\partial$", "±": r"$\pm$", "−": "$-$",
           "<": "$<$", ">": "$>$"}
BOTH, LEFT, RIGHT, LEFT_OVER = "both sides", "left", "right", "left over"


@dataclass(frozen=True)
class ProofStep:
    """A step to read: the rule in words, the formulas that it gives in LaTeX, each with what it is of (``left``), and
    what part of the claim it is about. Plain data, which goes from process to process."""

    rule: str
    formulas: tuple[tuple[str, str], ...] = ()
    note: str = ""
    about: str = ""


@dataclass(frozen=True)
class ProofSteps:
    """A proof, or an attempt, step by step."""

    status: Status
    detail: str
    steps: tuple[ProofStep, ...] = ()


def proof_steps(claim: Claim, proof: Proof, profile: str = "paper") -> ProofSteps:
    """The proof as data, its formulas in LaTeX in a notation profile."""
    style = notation(profile)
    steps = [ProofStep(rule, (("", formula),)) for rule, formula in _bound_lines(proof, style)]
    if not proof.bounds:
        steps += [ProofStep(rule, note=words) for rule, words in proof.steps]
    for trace in proof.traces:
        about = ", ".join(f"{row.label} {row.text}" for row in _about(trace, TEXT))
        printer = Polynomials(claim.model, trace, style)
        for number, line in enumerate(trace.lines, 1):
            rows = list(_sides(printer, line, last=number == len(trace.lines)))
            steps.append(ProofStep(_rule(line, TEXT), tuple((row.label, row.text) for row in rows if row.label),
                                   "; ".join(row.text for row in rows if not row.label), about))
    return ProofSteps(proof.status, proof.detail, tuple(steps))


def proof_rows(claim: Claim, proof: Proof) -> list[Row]:
    """The proof, or what is left of the attempt, in plain text."""
    rows = [Row("proof", f"{proof.status}: {proof.detail}"), *(Row(rule, words) for rule, words in proof.steps)]
    for trace in proof.traces:
        rows += _about(trace, TEXT)
        for number, line in enumerate(trace.lines, 1):
            rows.append(Row(f"step {number}", _rule(line, TEXT)))
            rows += _sides(Polynomials(claim.model, trace), line, last=number == len(trace.lines))
    return rows


def proof_latex(claim: Claim, proof: Proof, profile: str) -> str:
    """The proof in LaTeX, in a notation profile: an ``align*`` for each case, the rules between its lines."""
    style = notation(profile)
    out = [f"% {claim.id}: {proof.status}, {proof.detail}"]
    if proof.bounds:
        out.append("\\begin{align*}\n" + "\n".join(_bounds(proof, style)) + "\n\\end{align*}")
    for trace in proof.traces:
        lines: list[str] = [rf"\intertext{{{row.label}: {row.text}.}}" for row in _about(trace, style)]
        printer = Polynomials(claim.model, trace, style)
        for number, line in enumerate(trace.lines, 1):
            rows = list(_sides(printer, line, last=number == len(trace.lines)))
            said = [rf"\text{{{row.label}}} &= {row.text}" for row in rows if row.label]
            more = "".join(rf" \text{{ {row.text}}}" for row in rows if not row.label)
            lines.append(rf"\intertext{{{_rule(line, style)}{more}:}}" + "\n" + " \\\\\n".join(said))
        out.append("\\begin{align*}\n" + "\n".join(lines) + "\n\\end{align*}")
    return "\n".join(out)


def _bounds(proof: Proof, style: Latex) -> Iterator[str]:
    """The lines of a proof of a bound: each with its rule before it, and its range of steps behind it."""
    for rule, formula in _bound_lines(proof, style):
        yield rf"\intertext{{{''.join(IN_TEXT.get(x, x) for x in escaped(rule))}:}}"
        yield f"&{formula}"


def _bound_lines(proof: Proof, style: Latex) -> Iterator[tuple[str, str]]:
    """The rule of each line, and the relation that it gives, with its range of steps."""
    for line in proof.bounds:
        ranges = ", ".join(rf"{first} \leq {step} \leq {last}" for step, first, last in (
            [placed(style, x, Level.SUM) for x in over] for over in line.over))
        yield line.rule, relation(Printer(style, room=WIDTH), line.relation) + (
            rf", \qquad {ranges}" if ranges else "")


def _about(trace: Trace, style: Latex) -> Iterator[Row]:
    """What a trace is about: which case, which part of the range."""
    if trace.case:
        yield Row("case", trace.case if style is TEXT else escaped(trace.case))
    conditions = [condition(style, Ge(slack, 0)) for slack in trace.when]
    if conditions:
        yield Row("where", ", ".join(c if style is TEXT else f"${c}$" for c in conditions))
    for step, value in trace.at:
        yield Row("at", f"{step} = {value}" if style is TEXT else f"${condition_text(style, step, value)}$")


def condition_text(style: Latex, step: object, value: object) -> str:
    from sympy import Eq
    return condition(style, Eq(step, value, evaluate=False))


def _rule(line: Line, style: Latex) -> str:
    names = [Printer(style)(node) for node in line.nodes]
    return " ".join(filter(None, [line.rule, ", ".join(n if style is TEXT else f"${n}$" for n in names)]))


def _sides(printer: Polynomials, line: Line, last: bool) -> Iterator[Row]:
    for sides in line.cells[:MOST_CELLS]:
        block = f" in block {_block(sides)}" if len(line.cells) > 1 else ""
        if sides.equal:
            yield Row(BOTH + block, printer.side(sides, sides.left))
            continue
        yield Row(LEFT + block, printer.side(sides, sides.left))
        yield Row(RIGHT + block, printer.side(sides, sides.right))
        if last:
            yield Row(LEFT_OVER + block, printer.side(sides, sides.rest))
    if len(line.cells) > MOST_CELLS:
        equal = sum(sides.equal for sides in line.cells[MOST_CELLS:])
        rest = len(line.cells) - MOST_CELLS
        yield Row("", f"and {rest} more blocks, " + ("alike" if equal == rest else f"{equal} of them with equal sides"))


def _block(sides: Sides) -> str:
    """Which block of the claim's axes this is, by numbers."""
    nothing = iter([""] * 8)
    spots = [spot(where, nothing) for where in (sides.row, sides.col) if where]
    return ", ".join(filter(None, spots))
