"""Points found by ascent as witnesses: simple rational values of every leaf, the inputs the same at every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from sympy import Integer, Rational

from derivations.algebra import Block, Ones, Times
from derivations.claim import Claim
from derivations.points import reached
from derivations.symbols import Constant, Expression, Family, Node, Step
from derivations.witness import Point
from numeric.attack import is_input
from numeric.plan import Leaf
from numeric.program import Program
from numeric.sizes import dimensions

MOST = 4  # ends from which candidates are made
DENOMINATORS = (1, 2, 4, 10)


def candidate_points(claim: Claim, program: Program, leaves: Sequence[np.ndarray]) -> Iterator[Point]:
    """Witnesses near the ends of an ascent at sizes 1, simplest first. None where the claim has open functions."""
    if reached(claim)[1] or any(v != 1 for v in program.plan.sizes.values()):
        return
    sizes = tuple((d, 1) for d in dimensions(claim))
    for denominator in DENOMINATORS:
        for k in range(min(MOST, len(leaves[0]))):
            values = [entry for leaf, a in zip(program.leaves, leaves, strict=True)
                      for entry in named(program, leaf, a[k], denominator)]
            yield Point(sizes, (), tuple(values), (), False, f"found by ascent, rounded to 1/{denominator}")


def named(program: Program, leaf: Leaf, value: np.ndarray, denominator: int) -> Iterator[tuple[Expression, Expression]]:
    """The entries of a witness for one leaf at sizes 1: of the whole, or of each of its blocks."""
    f = leaf.owner
    assert isinstance(f, Family)
    if not f.indexed:
        yield from blocks(Node(f), value, denominator)
    elif is_input(program, leaf):
        yield from blocks(Node(f, Step("t")), value[0], denominator)
    else:
        for k, row in enumerate(value):
            yield from blocks(Node(f, Integer(program.plan.low[f] + k)), row, denominator)


def blocks(node: Node, value: np.ndarray, denominator: int) -> Iterator[tuple[Expression, Expression]]:
    cut = next((a for a, axis in enumerate(node.axes) if len(axis) > 1), None)
    parts = [node] if cut is None else [Block(node, label) for label, _ in node.axes[cut]]
    for part, number in zip(parts, value.reshape(-1), strict=True):
        exact = Fraction(round(float(number) * denominator), denominator)
        constant = Constant(Rational(exact.numerator, exact.denominator))
        yield part, constant if part.is_scalar else Times(constant, Ones(*part.axes))
