"""A claim's assumptions as facts: one term at most a sum of others, at which steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr

from derivations.calculus import see_through
from derivations.claim import Claim
from derivations.errors import Undecided
from derivations.proof.magnitude import EMPTY, Magnitude
from derivations.proof.scalars import value
from derivations.proof.scope import Fact, Scope, Shared
from derivations.proof.steps import Known
from derivations.ranges import everywhere, needs
from derivations.relations import AT_MOST, EQUAL, LESS, Relation
from derivations.symbols import Node, Step

ROUNDS = 3  # 1/(1 - ρ) in one assumption is known to be positive by another


def scope_of(claim: Claim) -> Scope:
    """What a claim's bounds are proved from."""
    shared = Shared()
    scope = Scope(claim, Known.of(claim), shared=shared)
    for _ in range(ROUNDS):
        facts = tuple(fact for relation in claim.assuming for fact in _facts(scope, relation))
        if facts == scope.facts and not _new_signs(scope):
            break
        scope = replace(scope, facts=facts)
    return scope


def _differences(scope: Scope, relation: Relation) -> Iterator[tuple[Magnitude, bool]]:
    """Magnitudes that an assumption says are not negative, and whether they are positive."""
    if relation.sign not in (AT_MOST, LESS, EQUAL) or not relation.left.is_scalar:
        return
    try:
        difference = value(scope, relation.right) - value(scope, relation.left)
    except Undecided:
        return
    yield difference, relation.sign == LESS
    if relation.sign == EQUAL:
        yield -difference, False


def _facts(scope: Scope, relation: Relation) -> Iterator[Fact]:
    wild, conditions = made_at(scope.claim, relation)
    for difference, strict in _differences(scope, relation):
        signs = {p: scope.sign(p, c) for p, c in difference.terms.items()}
        large = Magnitude({p: c for p, c in difference.terms.items() if signs[p] >= 0})
        if 0 in signs.values():  # a number of unknown sign: by itself it is at least what is not negative
            continue
        for p, c in difference.terms.items():
            if signs[p] < 0 and (p != EMPTY or large.single is not None):  # a number may stand below: 1 < a
                yield Fact(relation, (p, -c), large, strict, wild, conditions)


def _new_signs(scope: Scope) -> bool:
    """Numbers that an assumption makes not negative: M, of which something not negative is at most M. Whether there are
    any that were not known."""
    before = len(scope.shared.positive)
    for relation in scope.claim.assuming:
        wild, conditions = made_at(scope.claim, relation)
        if not all(condition.coeff(s) >= 0 for condition in conditions for s in wild):
            continue  # it may be made at no step
        for difference, _ in _differences(scope, relation):
            unknown = [(p, c) for p, c in difference.terms.items() if scope.sign(p, c) == 0]
            rest = [scope.sign(p, c) for p, c in difference.terms.items() if scope.sign(p, c)]
            if len(unknown) == 1 and all(sign < 0 for sign in rest):
                [(powers, c)] = unknown
                [(atom, q), *more] = powers
                if not more and q == 1 and isinstance(atom, Node) and not atom.steps and scope.at_least(c) and c != 0:
                    scope.shared.positive.add(atom)
    return len(scope.shared.positive) > before


def made_at(claim: Claim, relation: Relation) -> tuple[tuple[Step, ...], tuple[Expr, ...]]:
    """The steps at every value of which an assumption is made, and what must not be negative there."""
    wild = tuple(everywhere(claim, relation))
    found = [need.slack for side in relation.sides for need in needs(claim.model, see_through(side))]
    return wild, tuple(dict.fromkeys(slack for slack in found if slack.free_symbols & set(wild)))


