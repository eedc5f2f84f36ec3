"""Rules of differentiation, written by hand: one step of a derivative at a time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from laboratory import laboratory as model
from laboratory import t

from derivations import d, diag, eye
from derivations.algebra import Block, Had, Plus, Times, Transposed
from derivations.calculus import GRADIENT, TOTAL, Jacobian, see_through
from derivations.functions import Apply, Elementwise
from derivations.symbols import Expression, Node


def definition(e: Expression, z: Random) -> Expression | None:
    if not isinstance(e, Node) or e.family not in model.rules or (e.step is not None and (e.step - t).is_negative):
        return None
    rule = model.rules[e.family]
    return rule.expression if rule.step is None else rule.expression.subs(rule.step, e.step)


def derivative(e: Expression, z: Random) -> Expression | None:
    """One rule of differentiation: of a sum, a product, a function, a matrix times a vector, a node's definition."""
    if not isinstance(e, Jacobian) or e.held:
        return None
    target = e.x
    if e.args[2] == GRADIENT:
        return d(e.y, target).T if target.is_column else None
    if e.args[2] != TOTAL:
        return None
    whole = see_through(e.y)
    if whole == target and target.is_column and len(target.axes[0]) == 1:
        return eye(target.shape[0])
    for rule in DERIVATIVES:
        if (found := rule(whole, target)) is not None:
            return found
    return None


def _of_sum(v: Expression, by: Expression) -> Expression | None:
    return Plus(*(d(term, by) for term in v.args)) if isinstance(v, Plus) else None


def _of_entrywise_product(v: Expression, by: Expression) -> Expression | None:
    if not (isinstance(v, Had) and v.is_column):
        return None
    first, rest = v.args[0], v.args[1] if len(v.args) == 2 else Had(*v.args[1:])
    return diag(first) @ d(rest, by) + diag(rest) @ d(first, by)


def _of_function(v: Expression, by: Expression) -> Expression | None:
    if not isinstance(v, Apply) or not isinstance(v.function, Elementwise) or not (v.is_column or v.is_scalar):
        return None
    slope = v.function.prime(v.argument)
    return (diag(slope) if v.is_column else slope) @ d(v.argument, by) if v.is_column else slope * d(v.argument, by)


def _of_product(v: Expression, by: Expression) -> Expression | None:
    """Of a number times a vector, of a parameter that is not the variable times a vector, of an inner product."""
    if not isinstance(v, Times) or len(v.args) != 2:
        return None
    left, right = v.args
    if left.is_scalar and right.is_column:
        return right @ d(left, by) + left * d(right, by)
    if left.is_scalar and right.is_scalar:
        return right * d(left, by) + left * d(right, by)
    base = left.args[0] if isinstance(left, (Transposed, Block)) else left
    constant = isinstance(base, Node) and base.family not in model.rules and not by.has(base)
    if right.is_column and constant and all(left.axes):
        return left @ d(right, by)
    if v.is_scalar and isinstance(left, Transposed) and right.is_column:
        return right.T @ d(left.args[0], by) + left @ d(right, by)
    return None


def _of_node(v: Expression, by: Expression) -> Expression | None:
    opened = definition(v, Random(0))
    return d(opened, by) if opened is not None and v != by and not by.has(v) and v.step in (None, t) else None


DERIVATIVES: tuple[Callable[[Expression, Expression], Expression | None], ...] = (
    _of_sum, _of_entrywise_product, _of_function, _of_product, _of_node)
