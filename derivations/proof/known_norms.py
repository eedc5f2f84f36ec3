"""Norms that are known by themselves: of constants, orthogonal matrices, functions of known range."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Rational

from derivations.algebra import Zeros
from derivations.functions import Elementwise, absolute
from derivations.proof.magnitude import Magnitude
from derivations.proof.one_variable import largest
from derivations.proof.scalars import rational, value
from derivations.proof.scope import Scope, Upper
from derivations.symbols import Expression, Node, length

HALF = Rational(1, 2)


def of_function(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """By the largest value of a function, exact in one variable; ‖v‖₂ ≤ √n max|v_i|, ‖A‖_F ≤ √(nm) max|a_ij|."""
    bound = largest(e.function) if isinstance(e.function, Elementwise) else None
    if bound is not None:
        count = rational(length(e.axes[0]) * length(e.axes[1]))
        many = Magnitude.number(1) if kind in ("inf", "abs") else count**HALF if count.single else None
        if many is not None:
            yield Upper(Magnitude.number(bound) * many)


def of_constant(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """Zeros and ones: the matrix of ones has rank one, so that both its norms are √(nm)."""
    if isinstance(e, Zeros):
        yield Upper(Magnitude({}))
    elif kind == "inf":
        yield Upper(Magnitude.number(1))
    elif (count := rational(length(e.axes[0]) * length(e.axes[1]))).single is not None:
        yield Upper(count**HALF)


def one(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """‖I‖₂ = 1."""
    yield Upper(Magnitude.number(1))


def of_orthogonal(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """‖Q‖₂ = 1."""
    if isinstance(e, Node) and "orthogonal" in e.family.structure:
        yield Upper(Magnitude.number(1))


def of_number(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """A number that is known by itself."""
    exact = value(scope, absolute(e))
    if exact.single is None or all(scope.sign(*term) > 0 for term in exact.terms.items()):
        yield Upper(exact)
