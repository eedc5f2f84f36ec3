"""Derivatives in other words: forms that may be equal, each to be proved before it is used.

From the model's own equalities; by the chain rule on one definition; over any number of steps by the states that
separate (exit · Π steps · entry); by the sum that a node is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import add, matmul

from sympy import Expr, Integer, Tuple
from sympy.core.symbol import Str

from derivations.algebra import Eye, Had, Plus, Stack, Times, Transposed, Zeros, vec_axis
from derivations.calculus import TOTAL, Chain, Jacobian, Series, Use, variables
from derivations.claim import EQUALITY
from derivations.errors import DerivationError
from derivations.functions import Apply, Elementwise
from derivations.operations import diag, eye, had, vstack, zeros
from derivations.proof.pattern import canonical, match
from derivations.proof.prove import products_of
from derivations.proof.scope import Scope
from derivations.proof.separators import Paths
from derivations.symbols import Expression, Family, Node, Step

NOTHING = Tuple()  # is held
Form = tuple[str, Expression]  # where it comes from, and what may be equal


def forms(scope: Scope, e: Jacobian) -> Iterator[Form]:
    """What a derivative may be equal to, the simplest first."""
    yield from sorted(_of_model(scope, e), key=lambda form: len(form[1].atoms(Jacobian)))
    for rule, build in BUILDERS:
        try:
            found = build(scope, e)
        except DerivationError:  # the form does not exist: its parts do not fit, or no state separates
            continue
        for form in found:
            if form is not None and canonical(form) != e:
                yield rule, canonical(form)


def _of_model(scope: Scope, e: Jacobian) -> Iterator[Form]:
    """The other sides of the model's equalities of which this is one side."""
    for claim in scope.model.claims:
        if claim.kind != EQUALITY or claim.id == scope.claim.id or claim.expect != "holds" or claim.assuming:
            continue
        for case in claim.cases:
            sides = list(map(canonical, case.sides))
            for side in sides:
                steps = match(side, e, _steps(side)) if isinstance(side, Jacobian) else None
                if steps is not None:
                    yield from ((claim.id, canonical(other.xreplace(steps))) for other in sides
                                if not other.has(side) and _steps(other) <= _steps(side))


def _steps(e: Expression) -> set[Step]:
    return {s for s in e.free_symbols if isinstance(s, Step)}


# ---- the chain rule on one definition


def _by_definition(scope: Scope, e: Jacobian) -> list[Expression | None]:
    if e.kind != TOTAL.name or e.held or not isinstance(e.x, Node):
        return []
    y = e.y
    if isinstance(y, Node):
        rule = scope.model.rules.get(y.family)
        if rule is None or rule.step is None or y == e.x or not scope.at_least((y.step - 1).expand()):
            return []
        y = rule.expression.subs(rule.step, y.step)
    return [through(y, e.x, frozenset(scope.model.rules))]


def through(e: Expression, x: Node, defined: frozenset[Family]) -> Expression | None:
    """∂e/∂x of a scalar or vector by the rules for sums, products with what does not respond, and functions; nodes that
    have definitions keep their derivatives. None for zero."""
    if e == x:
        return eye(_length(x)) if x.axes[0] else None
    if not e.has(x) and not any(node.family in defined for node in e.atoms(Node)):
        return None
    if isinstance(e, Plus):
        parts = [part for part in (through(term, x, defined) for term in e.args) if part is not None]
        return reduce(add, parts) if parts else None
    if isinstance(e, Times):
        inner = through(e.args[-1], x, defined)
        if inner is None:
            return None
        return reduce(matmul, e.args[:-1] if isinstance(inner, Eye) else [*e.args[:-1], inner])
    if isinstance(e, Apply) and isinstance(e.function, Elementwise) and e.is_column:
        inner = through(e.argument, x, defined)
        slope = diag(e.function.prime(e.argument))
        return None if inner is None else slope if isinstance(inner, Eye) else slope @ inner
    if isinstance(e, Had):
        return _by_product_rule(e, x, defined)
    if isinstance(e, Stack) and e.direction == 0 and all(part.is_column for part in e.parts):
        inside = [through(part, x, defined) for part in e.parts]
        shown = [zeros(_length(part), _length(x)) if d is None else d for part, d in zip(e.parts, inside, strict=True)]
        return vstack(*shown) if any(part is not None for part in inside) else None
    return Jacobian(e, x, TOTAL, NOTHING)


def _by_product_rule(e: Had, x: Node, defined: frozenset[Family]) -> Expression | None:
    parts = []
    for k, factor in enumerate(e.args):
        inner = through(factor, x, defined)
        if inner is not None:
            others = [*e.args[:k], *e.args[k + 1 :]]
            slope = diag(had(*others) if len(others) > 1 else others[0])
            parts.append(slope if isinstance(inner, Eye) else slope @ inner)
    return reduce(add, parts) if parts else None


def _length(e: Expression) -> object:
    return e.axes[0]


# ---- over steps


def _by_separator(scope: Scope, e: Jacobian) -> list[Expression | None]:
    """exit · Π ∂s_t/∂s_{t-1} · entry, from the step of the variable to that of y."""
    if e.kind != TOTAL.name or e.held or not isinstance(e.y, Node) or e.y.step is None:
        return []
    [(base, _), *others] = variables(e.x)
    at = base.step
    if others or at is None or not scope.at_least((e.y.step - at).expand()):
        return []
    if (e.y.step - at).expand() == 1 and isinstance(base, Node):
        return []
    return [_through_states(e, states, at) for states in _states(scope, e.y.family, base)]


def _states(scope: Scope, y: Family, base: Expression) -> Iterator[tuple[Family, ...]]:
    paths = Paths(scope.model)
    prefer = [*products_of(*(e for e in scope.claim.expressions))]
    sources = [base.family] if isinstance(base, Node) else [
        f for f, rule in scope.model.rules.items() if rule.step is not None and rule.expression.has(base.parameter)]
    found: dict[tuple[Family, ...], None] = {}
    for u in sources:
        found.setdefault(paths.separator(u, y, frozenset(), prefer))
    yield from found


def _through_states(e: Jacobian, states: tuple[Family, ...], at: Expr) -> Expression:
    def s(step: Expr) -> Expression:
        found = [Node(f, step.expand()) for f in states]
        return found[0] if len(found) == 1 else vstack(*found)

    taken, name = {x.name for x in e.free_symbols}, "t"
    while name in taken:
        name += "'"
    t = Step(name)
    product = Chain(Jacobian(s(t), s(t - 1), TOTAL, NOTHING), t, (at + 1).expand(), e.y.step, Str("left"))
    parts: list[Expression] = [product]
    if e.y != s(e.y.step):
        parts.insert(0, Jacobian(e.y, s(e.y.step), TOTAL, NOTHING))
    if e.x != s(at):
        parts.append(Jacobian(s(at), e.x, TOTAL, NOTHING))
    return parts[0] if len(parts) == 1 else Times(*parts)


def _over_uses(scope: Scope, e: Jacobian) -> list[Expression | None]:
    """By a shared parameter: the sum over the steps that use it."""
    if e.held or not isinstance(e.y, Node) or e.y.step is None or e.kind != TOTAL.name:
        return []
    if not isinstance(e.x, Node) or e.x.step is not None:
        return []
    taken, name = {x.name for x in e.free_symbols}, "j"
    while name in taken:
        name += "'"
    j = Step(name)
    return [Series(Jacobian(e.y, Use(e.x, j), TOTAL, NOTHING), j, Integer(1), e.y.step)]


def _by_sum(scope: Scope, e: Jacobian) -> list[Expression | None]:
    """Of a node that is a sum over steps: the sum of the derivatives."""
    rule = scope.model.rules.get(e.y.family) if isinstance(e.y, Node) and e.y.step is None else None
    if rule is None or not isinstance(rule.expression, Series):
        return []
    series = rule.expression
    return [Series(Jacobian(series.body, *e.args[1:]), *series.args[1:])]


def _as_derivative(scope: Scope, e: Jacobian) -> list[Expression | None]:
    """A gradient by a vector: the transpose of the derivative."""
    if e.kind != "gradient" or not (e.x.axes[0] and not e.x.axes[1]):
        return []
    return [Transposed(Jacobian(e.y, e.x, TOTAL, e.args[3]))]


def _none(scope: Scope, e: Jacobian) -> list[Expression | None]:
    """A derivative that is zero, since nothing that y depends on is x."""
    paths = Paths(scope.model)
    behind = {f for node in e.y.atoms(Node) for f in paths.upstream(node.family)}
    bases = {base.family if isinstance(base, Node) else base.parameter.family for base, _ in variables(e.x)}
    if e.kind != TOTAL.name or not any(e.axes) or behind & bases:
        return []
    return [Zeros(vec_axis(e.y.axes), vec_axis(e.x.axes))]


BUILDERS = (
    ("the chain rule", _by_definition),
    ("the states in between", _by_separator),
    ("the sum over uses", _over_uses),
    ("linearity", _by_sum),
    ("the gradient as a derivative", _as_derivative),
    ("no path", _none),
)


def folded(e: Times) -> Iterator[tuple[int, Jacobian]]:
    """Neighbouring derivatives ∂y/∂u ∂u/∂x that may be ∂y/∂x: where they stand, and what they may be."""
    for k, (a, b) in enumerate(zip(e.args[:-1], e.args[1:], strict=True)):
        if isinstance(a, Jacobian) and isinstance(b, Jacobian) and a.x == b.y and a.kind == b.kind == TOTAL.name:
            yield k, Jacobian(a.y, b.x, TOTAL, a.args[3])
