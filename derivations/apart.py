"""Members of a stack in a derivative are independent inputs, so no two of them may be one and the same node.

∂y/∂(c_t, c_k) means nothing at t = k. Where the range of a claim does not keep such steps apart, the claim is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from sympy import Basic, Expr, S

from derivations.calculus import Jacobian, OverSteps, overlap, see_through, variables
from derivations.errors import StepError
from derivations.graph import FIRST, extreme
from derivations.symbols import Node, Step

if TYPE_CHECKING:
    from derivations.model import Model

Ranges = tuple[tuple[Step, Expr, Expr], ...]


def gaps(e: Basic, ranges: Ranges = ()) -> Iterator[tuple[Expr, Ranges, Jacobian, Basic, Basic]]:
    """How many steps lie between two members of a stack that may be the same, with the ranges of bound steps."""
    if isinstance(e, Jacobian):
        for (a, labels), (b, others) in combinations(variables(e.x), 2):
            if a != b and a.args[:1] == b.args[:1] and overlap(a, labels, others):
                gap = (a.args[1] - b.args[1]).expand()
                if not gap.is_number:
                    yield gap, ranges, e, a, b
    inner = (*ranges, (e.bound, e.first, e.last)) if isinstance(e, OverSteps) else ranges
    for arg in e.args:
        yield from gaps(arg, inner)


def require_apart(id: str, model: Model, expressions: Sequence[Basic], known: Sequence[Expr],
                  distinct: Sequence[Expr] = ()) -> None:
    """Refuse derivatives whose stack may have one node twice: in expressions, where ``known`` is not negative and
    ``distinct`` not zero, and in the definitions behind them, from their first step on. Raises StepError.
    """
    todo: list[tuple[Basic, Sequence[Expr]]] = [(see_through(e), known) for e in expressions]
    seen: set[Any] = set()
    while todo:
        e, conditions = todo.pop(0)
        for gap, ranges, J, a, b in gaps(e):
            stated = any((gap - sign * other).expand() == 0 for other in distinct for sign in (1, -1))
            if not stated and not any(_positive(sign * gap, ranges, conditions) for sign in (1, -1)):
                raise StepError(f"{id}: {J} has {a} and {b} as members, which may be one node: say which steps are "
                                f"meant, as in given={b.args[1]} < {a.args[1]}")
        for family in sorted({node.family for node in e.atoms(Node)} - seen, key=str):
            seen.add(family)
            if family in model.rules:
                rule = model.rules[family]
                todo.append((rule.expression, () if rule.step is None else (rule.step - FIRST,)))


def _positive(gap: Expr, ranges: Ranges, known: Sequence[Expr]) -> bool:
    """Whether a gap is at least one, as a sum of at most two known conditions and what is left."""
    lowest = extreme(gap, ranges, lowest=True) - 1
    inside = [end for bound, first, last in ranges for end in (bound - first, last - bound)]
    conditions = [S.Zero, *known, *inside]
    rests = ((lowest - a - b).expand() for k, a in enumerate(conditions) for b in conditions[k:])
    return any(rest.is_number and bool(rest >= 0) for rest in rests)
