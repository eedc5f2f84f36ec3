"""One expression found in another: at other steps, whatever the bound steps are called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from functools import lru_cache
from itertools import chain, count

from sympy import Basic, Expr, MatrixExpr

from derivations.calculus import OverSteps, see_through
from derivations.graph import parents
from derivations.model import Model
from derivations.proof.steps import bound_step
from derivations.symbols import Expression, Node, Step

Steps = dict[Step, Expr]
STEMS = "irq"  # of bound steps


@lru_cache(maxsize=8192)
def canonical(e: Expression) -> Expression:
    """The expression with abbreviations written out and steps expanded; bound steps are named by their nesting."""
    found = _named(see_through(e), 0, bound_step)
    taken = {s.name.rstrip("'") for s in found.free_symbols if isinstance(s, Step)}
    stem = next(stem for stem in chain(STEMS, ("i" * k for k in count(2))) if stem not in taken)
    return _named(found, 0, lambda mark: Step(stem + "'" * (len(mark) - 1)))


def _named(e: Basic, depth: int, name_of: Callable[[str], Step]) -> Basic:
    if isinstance(e, OverSteps):
        name = name_of("#" * (depth + 1))  # no author can write it, so nothing is captured on the way
        body = _named(e.body.xreplace({e.bound: name}), depth + 1, name_of)
        return e.func(body, name, e.first.expand(), e.last.expand(), *e.args[4:])
    if isinstance(e, Expr) and not isinstance(e, MatrixExpr):
        return e.expand()
    if not e.args:
        return e
    args = [_named(arg, depth, name_of) for arg in e.args]
    return e if all(a is b for a, b in zip(args, e.args, strict=True)) else e.func(*args)


def skeleton(e: Basic) -> Hashable:
    """An expression without its steps and numbers: what two expressions at different steps have in common."""
    if isinstance(e, Expr) and not isinstance(e, MatrixExpr):
        return None
    if isinstance(e, OverSteps):
        return (type(e).__name__, skeleton(e.body))
    return (type(e).__name__, *map(skeleton, e.args)) if e.args else e


def match(pattern: Expression, e: Expression, wild: Collection[Step]) -> Steps | None:
    """The steps at which a pattern is an expression; both canonical. None where there are none."""
    found: Steps = {}
    if not _match(pattern, e, wild, found):
        return None
    return found if canonical(pattern.xreplace(found)) == e else None


def _match(pattern: Basic, e: Basic, wild: Collection[Step], found: Steps) -> bool:
    if isinstance(pattern, Expr) and not isinstance(pattern, MatrixExpr):
        return _match_step(pattern, e, wild, found)
    if isinstance(pattern, OverSteps) and isinstance(e, OverSteps):
        same = bound_step("=")  # no author's step, so that nothing wild is matched with it by accident
        parts = [(pattern.body.xreplace({pattern.bound: same}), e.body.xreplace({e.bound: same})),
                 (pattern.first, e.first), (pattern.last, e.last)]
        return type(pattern) is type(e) and all(_match(a, b, wild, found) for a, b in parts)
    if type(pattern) is not type(e) or len(pattern.args) != len(e.args):
        return False
    if not pattern.args:
        return bool(pattern == e)
    return all(_match(a, b, wild, found) for a, b in zip(pattern.args, e.args, strict=True))


def _match_step(pattern: Basic, e: Basic, wild: Collection[Step], found: Steps) -> bool:
    if not isinstance(e, Expr) or isinstance(e, MatrixExpr):
        return False
    left = pattern.xreplace(found) if found else pattern
    free = [s for s in sorted(left.free_symbols, key=str) if s in wild]
    if not free:
        return bool((left - e).expand() == 0)
    if len(free) > 1 or abs(left.coeff(free[0])) != 1:
        return True  # settled by the other parts, or refused at the end
    a = left.coeff(free[0])
    found[free[0]] = ((e - (left - a * free[0])) / a).expand()
    return True


def depends(model: Model, e: Basic) -> set[Step]:
    """The free steps of an expression, those in the definitions of nodes without steps of their own included."""
    found = {s for s in e.free_symbols if isinstance(s, Step)}
    todo, seen = parents(e), set()
    while todo:
        node: Node = todo.pop()
        rule = model.rules.get(node.family)
        if node.family in seen or rule is None:
            continue
        seen.add(node.family)
        own = {rule.step} if rule.step is not None else set()
        found |= {s for s in rule.expression.free_symbols if isinstance(s, Step)} - own
        todo += parents(rule.expression)
    return found
