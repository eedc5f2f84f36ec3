"""A proof as data: what was to be shown, and the sides after each step, cell by cell.

A line holds for every dimension and every step in its range: both sides are equal to those of the claim, so each line
can be evaluated and compared on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr, Rational

from derivations.proof.heads import Cell, Meaning
from derivations.proof.normal import Monomial
from derivations.proof.space import Normal
from derivations.relations import Relation
from derivations.symbols import Expression, Node, Step
from derivations.verdict import Status


@dataclass(frozen=True)
class Sides:
    """Both sides in one cell of the claim's axes, in normal form; ``at`` are the cell's indices."""

    row: Cell
    col: Cell
    at: tuple[int, ...]
    left: tuple[tuple[Monomial, Fraction], ...]
    right: tuple[tuple[Monomial, Fraction], ...]

    @property
    def equal(self) -> bool:
        return self.left == self.right

    @property
    def rest(self) -> tuple[tuple[Monomial, Fraction], ...]:
        """The left side less the right."""
        left = dict(self.left)
        for f, c in self.right:
            left[f] = left.get(f, Fraction(0)) - c
        return tuple(sorted((f, c) for f, c in left.items() if c))


@dataclass(frozen=True)
class Line:
    """One step of a proof: the rule that was used, in words, and the sides after it."""

    rule: str
    cells: tuple[Sides, ...]
    nodes: tuple[Node, ...] = ()  # that were opened


@dataclass(frozen=True)
class Trace:
    """The proof of one equality, or the attempt.

    ``meanings`` says what the heads of the monomials are, by number. ``when`` are affine expressions in steps that are
    not negative in the part of the range that this trace is about; ``at``: at which other steps than the claim's, in
    the base and the step of an induction.
    """

    case: str
    sides: tuple[int, int]  # which sides of the case
    lines: tuple[Line, ...]
    meanings: tuple[Meaning, ...]
    proved: bool
    when: tuple[Expr, ...] = ()
    at: tuple[tuple[Expr, Expr], ...] = ()

    @property
    def size(self) -> int:
        """How many monomials the left side has."""
        return sum(len(cell.left) for cell in self.lines[0].cells) if self.lines else 0


@dataclass(frozen=True)
class Bounding:
    """One step in the proof of a bound: a rule in words and the relation that it gives, at every value of the steps in
    ``over`` from first to last, under the claim's assumptions. An equality was proved by itself, as ``trace`` tells."""

    rule: str
    relation: Relation
    over: tuple[tuple[Step, Expr, Expr], ...] = ()
    trace: Trace | None = None


@dataclass(frozen=True)
class Attained:
    """Where the sides of a bound are equal: where a function ("" for none) of an argument has a value. The value is
    None where it is no fraction, the argument where it does not stand in the claim; ``at`` is the argument itself,
    where it is known."""

    case: str
    function: str
    argument: Expression | None
    value: Rational | None
    at: Rational | None = None


@dataclass(frozen=True)
class Proof:
    """What the prover found for a claim."""

    status: Status
    detail: str
    traces: tuple[Trace, ...] = ()
    bounds: tuple[Bounding, ...] = ()  # of a bound or limit
    attained: tuple[Attained, ...] = ()  # of a bound in one variable
    steps: tuple[tuple[str, str], ...] = ()  # of a proof in words: the rule, and what it gives


def frozen(normal: Normal) -> tuple[tuple[Monomial, Fraction], ...]:
    return tuple(sorted(normal.items()))
