"""A norm by those of the other side: X = Y ± Z, proved, gives ‖X‖ ≤ ‖Y‖ + ‖Z‖.

With it ‖S + g‖ ≥ ‖g‖ - ‖S‖, the reverse triangle inequality. What X, Y and Z share, derivatives above all, is replaced
by unknown nodes first: an equality for all values of these holds for the shared ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from sympy import Basic, Expr

from derivations.algebra import Norm
from derivations.calculus import Jacobian, OverSteps
from derivations.proof.magnitude import Magnitude
from derivations.proof.pattern import canonical, skeleton
from derivations.proof.scope import Line, Scope, Upper
from derivations.proof.steps import bound_step
from derivations.relations import AT_MOST, EQUAL
from derivations.symbols import Expression, Family, Name, Node, Step, same_type

MOST = 4  # norms of the other side that are tried


def combined(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """Bounds of ‖e‖ by one or two norms of the same kind on the other side."""
    others = [goal for goal in scope.shared.goals
              if goal.kind == kind and same_type(goal.args[0].axes, e.axes) and goal.args[0] != e][:MOST]
    for many in (1, 2):
        for chosen in combinations(others, many):
            for signs in product((1, -1), repeat=many):
                yield from _as(scope, e, [(sign, goal) for sign, goal in zip(signs, chosen, strict=True)])


def _as(scope: Scope, e: Expression, parts: list[tuple[int, Norm]]) -> Iterator[Upper]:
    form: Expression | None = None
    for sign, goal in parts:
        term = goal.args[0] if sign > 0 else -goal.args[0]
        form = term if form is None else form + term
    assert form is not None
    form = canonical(form)
    trace = scope.equal(*unknown(scope, e, form))
    if trace is not None:
        bound = Magnitude({})
        for _, goal in parts:
            bound = bound + Magnitude.atom(goal)
        same = Line("equal, proved for whatever the derivatives are", e, EQUAL, form, scope.over, trace)
        last = Line("‖A ± B‖ ≤ ‖A‖ + ‖B‖", Norm(e, parts[0][1].args[1]), AT_MOST, bound, scope.over)
        yield Upper(bound, (same, last))


def unknown(scope: Scope, left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Both sides with every derivative at one step replaced by a node of its type at that step, equal ones by one."""
    families: dict[object, Family] = {}

    def change(e: Basic) -> Basic:
        if isinstance(e, Jacobian):
            return _node(scope, e, families)
        if not isinstance(e, Expression) or not e.args or isinstance(e, Node):
            return e
        if isinstance(e, OverSteps):
            return e.func(change(e.body), *e.args[1:])
        return e.func(*map(change, e.args))

    return change(left), change(right)


def _node(scope: Scope, e: Jacobian, families: dict[object, Family]) -> Expression:
    """The unknown in place of a derivative: the same for derivatives that differ in one step throughout."""
    steps = {node.step for node in e.atoms(Node) if node.step is not None and node.step.free_symbols}
    if len(steps) > 1 or any(isinstance(s, OverSteps) for s in e.atoms(OverSteps)):
        return e
    at: Expr | None = next(iter(steps), None)
    mark = bound_step("?")  # no author can write it
    pattern = e if at is None else e.xreplace({node: Node(node.family, mark) for node in e.atoms(Node)
                                               if node.step == at and node.step is not None})
    if pattern.free_symbols - {mark} & {s for s in e.free_symbols if isinstance(s, Step)}:
        return e
    family = families.setdefault((pattern, skeleton(e)), Family.of(
        scope.model.name + "?", Name.of("X" + "'" * len(families)), *e.axes, indexed=at is not None))
    return Node(family, at) if at is not None else Node(family)
