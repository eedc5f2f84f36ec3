"""Conditions under which an equation is stated: t > 1, t = 1, …, T, and what stands beside it and is not understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import And, Eq, Expr, Ne
from sympy.logic.boolalg import Boolean

from derivations.latex.reader import tree
from derivations.latex.reader.census import DOTS
from derivations.latex.reader.keys import Census, affine, letter_name
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.statements import EQUATION_SIGNS, Statement
from derivations.latex.reader.tree import NotRead, Relation, Tree

ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "≤": lambda a, b: a <= b, "<": lambda a, b: a < b, "≥": lambda a, b: a >= b, ">": lambda a, b: a > b,
    "=": Eq, "≠": Ne,
}


def bare(e: Tree) -> Tree:
    """A condition without its parentheses; t ∈ {1, …, T} as t = 1, …, T."""
    if isinstance(e, tree.Fenced) and (e.left, e.right) in (("(", ")"), ("[", "]")) and isinstance(e.body, Relation):
        return bare(e.body)
    if isinstance(e, Relation) and e.signs == ("∈",) and isinstance(e.sides[1], tree.Fenced) \
            and e.sides[1].left == "{" and isinstance(e.sides[1].body, tree.Listed):
        return Relation((e.sides[0], e.sides[1].body), ("=",), start=e.start, end=e.end)
    return e


def is_condition(e: Tree, scope: Scope) -> bool:
    """Whether a statement speaks of steps and sizes alone: t < T, t = 1, …, T."""
    e = bare(e)
    if not isinstance(e, Relation):
        return False
    plain = [side for side in e.sides if not isinstance(side, tree.Listed)]
    return all(affine(side, scope.census.steps) is not None or (letter_name(side) or "") in scope.sizes
               or (isinstance(side, tree.Letter) and side.name in ("infty", *DOTS)) for side in plain) \
        and any(not isinstance(side, tree.Number) for side in plain)


def condition(e: Tree, scope: Scope) -> Boolean:
    """A condition on steps and sizes, such as 1 ≤ t < T. Raises NotRead."""
    e = bare(e)
    if isinstance(e, Relation) and set(e.signs) <= set(ORDER):
        if e.signs == ("=",) and isinstance(e.sides[1], tree.Listed):
            first, last = _ends(e.sides[1])
            middle = _number(e.sides[0], scope)
            return And(_number(first, scope) <= middle, middle <= _number(last, scope)) if last is not None else \
                _number(first, scope) <= middle
        ends = [_number(side, scope) for side in e.sides]
        return And(*(ORDER[sign](a, b) for sign, a, b in zip(e.signs, ends, ends[1:], strict=False)))
    raise NotRead("a condition that is not read: expected steps and sizes with ≤, <, ≥, >, = between them", e.start)


def _ends(e: tree.Listed) -> tuple[Tree, Tree | None]:
    """The ends of 1, 2, …, T, or of 1, 2, … without one. Raises NotRead."""
    dots = [k for k, item in enumerate(e.items) if isinstance(item, tree.Letter) and item.name in DOTS]
    if len(dots) == 1 and dots[0] > 0 and len(e.items) - dots[0] <= 2:
        first = e.items[0]
        steady = all(isinstance(item, tree.Number) and isinstance(first, tree.Number)
                     and item.text.isdigit() and first.text.isdigit() and int(item.text) == int(first.text) + k
                     for k, item in enumerate(e.items[:dots[0]]) if k)
        if steady:
            return first, e.items[-1] if dots[0] + 1 < len(e.items) else None
    raise NotRead("a list that is not read: expected 1, \\ldots, T", e.start)


def _number(e: Tree, scope: Scope) -> Expr:
    step = affine(e, scope.census.steps)
    if step is not None:
        return step
    name = letter_name(e)
    if name is not None and name in scope.sizes:
        return scope.sizes[name]
    raise NotRead("a condition that is not read: it speaks of more than steps and sizes", e.start)


def holds_everywhere(e: Tree, census: Census) -> bool:
    """Whether a condition says no more than where steps begin and end: t ≥ 1, t = 1, …, T, 1 ≤ t ≤ T."""
    e = bare(e)
    if not isinstance(e, Relation):
        return False
    if e.signs == ("=",) and isinstance(e.sides[1], tree.Listed):
        try:
            first, last = _ends(e.sides[1])
        except NotRead:
            return False
        start = affine(first, census.steps)
        return start is not None and start.is_Integer and start <= 1 and (last is None or letter_name(last) is not None)
    return all(_begins_or_ends(a, sign, b, census) for sign, a, b in zip(e.signs, e.sides, e.sides[1:], strict=False))


def _begins_or_ends(a: Tree, sign: str, b: Tree, census: Census) -> bool:
    """Whether a < b is 0 < t, 1 ≤ t, t ≤ T."""
    if sign in ("≥", ">"):
        a, b, sign = b, a, {"≥": "≤", ">": "<"}[sign]
    low, end = affine(a, census.steps), letter_name(b) is not None
    if low is None or not end or sign not in ("≤", "<"):
        return False
    return bool(low <= (1 if sign == "≤" else 0)) if low.is_Integer else bool(low.is_Symbol) and sign == "≤"


def said_beside(statement: Statement, scope: Scope) -> tuple[list[Tree], list[Tree]]:
    """What stands beside an equation: the conditions that are read, and what is not understood."""
    read: list[Tree] = []
    other: list[Tree] = []
    for e in statement.beside:
        if is_condition(e, scope):
            try:
                condition(e, scope)
                read.append(e)
            except NotRead:
                other.append(e)
        elif not stands_alone(e, scope.census) or (isinstance(e, Relation) and e.start in statement.conditions):
            other.append(e)
    return read, other


def stands_alone(e: Tree, census: Census) -> bool:
    """Whether what stands beside an equation says nothing of it: another equation, a declaration, a number, "for t"."""
    if isinstance(e, Relation):
        return e.signs == ("∈",) or any(sign in EQUATION_SIGNS for sign in e.signs)
    inner = e.body if isinstance(e, tree.Fenced) and e.body is not None else e
    items = inner.items if isinstance(inner, tree.Listed) else (inner,)
    return all(isinstance(item, tree.Number | tree.Signs) or affine(item, census.steps) is not None for item in items)
