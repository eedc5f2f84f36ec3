"""The meaning of a claim in sixteen digits: what tells whether a formula that was checked still says the same.

It covers the relation itself with its cases, what is assumed, on which steps, and every definition that the claim
leads to, with abbreviations written out; not the id, the source, the author's expectation, or how the file is laid
out. Two claims with one digest are the same claim; a formula that was merely rewritten has another digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sympy import Add, And, Basic, Mul, Or, Symbol

from derivations.calculus import Let
from derivations.claim import Claim, Definition, Remark
from derivations.names import Family

FORMAT = "1"  # another number where the same meaning gets another digest
DIGITS = 16
_UNORDERED = (Add, Mul, And, Or)  # SymPy's own, of sizes, steps and conditions


def meaning(item: Claim | Definition | Remark) -> str:
    """The digest of what an item says, in hexadecimal digits: the same in every process."""
    if isinstance(item, Remark):
        return _hashed("remark", " ".join(item.sentence.split()))
    if isinstance(item, Definition):
        left = _hashed("let", str(item.left.name), *map(_of, item.left.at_steps)) if isinstance(item.left, Let) \
            else _of(item.left)
        return _hashed("definition", left, _of(item.right))
    cases = [_hashed(case.sign, *map(_of, case.sides)) for case in item.cases]
    model = item.model
    parts = ["claim", item.kind, *cases, "given", _of(item.given), *map(_of, item.assuming),
             "model", *sorted(map(_of, model.assumptions)),
             "limit", _of(item.along), str(item.trend), "definitions", *_definitions(item)]
    return _hashed(*parts)


def _definitions(claim: Claim) -> Iterable[str]:
    """The definitions that a claim leads to, in the order in which they are reached."""
    seen: dict[Family, str] = {}
    todo = _families((*claim.expressions, *([claim.along] if claim.along is not None else [])))
    while todo:
        family = todo.pop(0)
        if family in seen:
            continue
        rule = claim.model.rules.get(family)
        seen[family] = "" if rule is None else _hashed(_of(family), _of(rule.step), _of(rule.author), _of(rule.last))
        if rule is not None:
            todo += _families((rule.author,))
    return sorted(filter(None, seen.values()))


def _families(expressions: Iterable[Basic]) -> list[Family]:
    return sorted({family for e in expressions for family in _inside(e)}, key=lambda family: (family.model, family.key))


@lru_cache(maxsize=4096)
def _inside(e: Basic) -> frozenset[Family]:
    if isinstance(e, Family):
        return frozenset([e])
    return frozenset().union(*(_inside(arg) for arg in e.args if isinstance(arg, Basic)))


def _of(x: Any) -> str:
    """The digest of an expression, or of a side of a dependency; of what is not there, a word."""
    return _digest(x) if isinstance(x, Basic) else repr(x)


@lru_cache(maxsize=8192)
def _digest(e: Basic) -> str:
    """By structure, from the leaves up, so that what is shared is done once."""
    if isinstance(e, Let):
        return _digest(e.body)
    if not e.args:
        return _hashed(type(e).__name__, e.name if isinstance(e, Symbol) else str(e))
    parts = [_of(arg) for arg in e.args]
    return _hashed(type(e).__name__, *(sorted(parts) if isinstance(e, _UNORDERED) else parts))


def _hashed(*parts: str) -> str:
    joined = "\x1f".join((FORMAT, *parts))
    return sha256(joined.encode()).hexdigest()[:DIGITS]
