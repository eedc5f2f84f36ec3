"""Upper bounds of norms by rules, each true for all real matrices of any size.

A rule gives bounds of a norm in terms of norms of parts. Kinds: "2" is the Euclidean norm of a vector and the spectral
norm of a matrix, "F" the Frobenius norm, "inf" the largest entry of a vector, "abs" the absolute value of a number.
Sources: R. Horn and C. Johnson, Matrix Analysis, 2nd ed., chapter 5; for Hadamard products, Topics, chapter 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from sympy import Rational
from sympy.core.symbol import Str

from derivations.algebra import Block, Diag, Eye, Had, Norm, Ones, Plus, Stack, Times, Transposed, Vec
from derivations.calculus import Chain, Jacobian, Series, Use
from derivations.errors import Undecided
from derivations.functions import Apply, absolute
from derivations.proof.comparison import instances
from derivations.proof.factorizations import folded, forms
from derivations.proof.geometric import over_steps
from derivations.proof.known_norms import of_constant, of_function, of_number, of_orthogonal, one
from derivations.proof.magnitude import Magnitude
from derivations.proof.pattern import canonical
from derivations.proof.scalars import rational, value
from derivations.proof.scope import Line, Lines, Scope, Upper
from derivations.relations import AT_MOST, EQUAL
from derivations.symbols import Constant, Expression, Node, length

MOST = 12  # bounds that are kept of one norm
MOST_OPENED = 2  # definitions, one inside the other
MOST_FORMS = 2  # forms of a derivative that have bounds
MOST_TOGETHER = 48  # combinations of bounds of the parts
HALF = Rational(1, 2)
Parts = tuple[tuple[Expression, str], ...]  # expressions with the kinds of their norms


def sized(e: Expression, kind: str) -> Expression:
    """The norm of an expression, as an expression."""
    return absolute(e) if e.is_scalar else Norm(e, Str(kind))


def kind_of(e: Expression, kind: str) -> str:
    """The kind of norm that a rule means by a kind, of a part: for vectors F is 2, for numbers all are one."""
    if e.is_scalar:
        return "abs"
    return "2" if kind == "F" and not all(e.axes) else kind


def upper(scope: Scope, e: Expression, kind: str) -> list[Upper]:
    """Upper bounds of a norm, the best guesses first."""
    e = canonical(e)
    kind = kind_of(e, kind)
    return scope.remembered((e, kind), lambda: _upper(scope, e, kind), MOST)


def _upper(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    yield from _itself(scope, e, kind)
    for rule in RULES:
        if isinstance(e, rule.of) and kind in rule.kinds:
            for found in rule.bounds(scope, e, kind):
                yield _told(scope, rule.name, e, kind, found)


def _told(scope: Scope, name: str, e: Expression, kind: str, found: Upper) -> Upper:
    """The bound with the rule that gave it; a change of form has told itself."""
    if not name:
        return found
    return Upper(found.value, (*found.lines, Line(name, sized(e, kind), AT_MOST, found.value, scope.over)))


def _itself(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """The norm itself where the other side speaks of it, or nothing more is to be said; what is assumed of it."""
    try:
        exact = value(scope, sized(e, kind))
    except Undecided:
        return
    if exact.single is not None and exact.single[1].is_Rational:
        for fact in scope.facts:
            for made in instances(scope, fact, exact.single) if fact.wild else [fact]:
                [(powers, c)] = [made.small]
                later = scope.fixed(e) and made.large.single is not None  # left to the comparison of both sides
                if powers and powers == exact.single[0] and not later:
                    bound = made.large * Magnitude.number(exact.single[1] / c)
                    line = Line("an assumption", exact, AT_MOST, bound, scope.over)
                    yield Upper(bound, (line,))
    final = isinstance(e, (Node, Block, Use)) and not (isinstance(e, Node) and e.family in scope.model.rules)
    known = not any(isinstance(a, Norm) or (isinstance(a, Apply) and a.function == absolute)
                    for powers in exact.terms for a, _ in powers)
    left = [a for powers in exact.terms for a, _ in powers if isinstance(a, Norm)]
    if final or known or any(map(scope.may_stay, left)) or scope.may_stay(sized(e, kind)):
        yield Upper(exact)


# ---- rules


class Rule(NamedTuple):
    """One row: what it says, of which norms of which expressions, and the bounds that it gives."""

    name: str
    of: type[Expression] | tuple[type[Expression], ...]
    kinds: tuple[str, ...]
    bounds: Callable[[Scope, Expression, str], Iterator[Upper]]


def _each(scope: Scope, parts: Parts) -> Iterator[tuple[tuple[Magnitude, ...], Lines]]:
    """Bounds of all parts together."""
    found = [upper(scope, e, kind) for e, kind in parts]
    for k, choice in enumerate(product(*found)):
        if k >= MOST_TOGETHER:
            return
        yield tuple(u.value for u in choice), tuple(line for u in choice for line in u.lines)


def multiplied(*ways: Callable[[Expression, str], Iterator[Parts] | list[Parts]]) -> Callable[..., Iterator[Upper]]:
    """The rule that a norm is at most the product of those of its parts, in one of these ways."""
    def bounds(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
        for way in ways:
            for parts in way(e, kind):
                for values, lines in _each(scope, parts):
                    out = Magnitude.number(1)
                    for v in values:
                        out = out * v
                    yield Upper(out, lines)
    return bounds


def _added(parts_of: Callable[[Expression, str], Parts]) -> Callable[..., Iterator[Upper]]:
    def bounds(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
        for values, lines in _each(scope, parts_of(e, kind)):
            out = Magnitude({})
            for v in values:
                out = out + v
            yield Upper(out, lines)
    return bounds


def _factors(e: Expression, kind: str) -> list[Parts]:
    """All in the spectral norm; for the Frobenius norm, one of the matrices in it. What is a number is one."""
    rest = [k for k, f in enumerate(e.args) if not f.is_scalar]
    if kind != "F":
        return [tuple((f, "2") for f in e.args)]
    return [tuple((f, "F" if k == chosen else "2") for k, f in enumerate(e.args)) for chosen in rest]


def _of_largest(e: Expression, kind: str) -> list[Parts]:
    """‖u ∘ v‖: one factor in the norm itself, the others by their largest entries."""
    if kind == "inf":
        return [tuple((f, "inf") for f in e.args)]
    if all(e.axes):  # of matrices both norms are submultiplicative under ∘
        return [tuple((f, kind) for f in e.args)]
    return [tuple((f, "2" if k == chosen else "inf") for k, f in enumerate(e.args)) for chosen in range(len(e.args))]


def _whole(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """Of a whole for that of a part, of a transpose for that of the matrix: the same kind, the first argument."""
    yield from upper(scope, e.args[0], kind)


def _block(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """Of a whole for that of a block; a leaf's block stays what it is unless something is said of the whole."""
    if not isinstance(e.args[0], (Node, Use)) or scope.wants(sized(e.args[0], kind)):
        yield from upper(scope, e.args[0], kind)


def _steps_product(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """‖Π A_t‖₂ ≤ r^(number of steps), where ‖A_t‖₂ ≤ r at every step, r independent of the step."""
    count = (e.last - e.first + 1).expand()
    if not scope.at_least(count):
        return
    inside, step, body = scope.within(e)
    for found in upper(inside, body, "2"):
        if found.value.single is not None and step not in found.value.symbols:
            try:
                yield Upper(found.value**count, found.lines)
            except Undecided:
                continue


def _steps_sum(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    inside, step, body = scope.within(e)
    for found in upper(inside, body, kind):
        for total in over_steps(scope, found.value, step, e.first, e.last):
            yield Upper(total.value, (*found.lines, *total.lines))


def _derivative(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """In another form, which is first proved to be equal."""
    assert isinstance(e, Jacobian)
    helped = 0
    for source, form in forms(scope, e):
        trace = scope.equal(e, form) if helped < MOST_FORMS else None
        if trace is not None:
            line = Line(f"equal, proved ({source})", e, EQUAL, form, scope.over, trace)
            found = upper(scope, form, kind)
            helped += bool(found)
            yield from (Upper(u.value, (line, *u.lines)) for u in found)


def _defined(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """Of a node by its definition."""
    rule = scope.model.rules.get(e.family) if isinstance(e, Node) else None
    if rule is None or scope.opened >= MOST_OPENED:
        return
    form = canonical(rule.expression if rule.step is None else rule.expression.subs(rule.step, e.step))
    trace = scope.equal(e, form)  # not where the node may be an initial value
    if trace is not None:
        line = Line(f"definition of {e}", e, EQUAL, form, scope.over, trace)
        inside = replace(scope, opened=scope.opened + 1)
        yield from (Upper(u.value, (line, *u.lines)) for u in upper(inside, form, kind))


def _folded(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """∂y/∂u ∂u/∂x as ∂y/∂x, where that is proved."""
    assert isinstance(e, Times)
    for k, form in folded(e):
        pair = Times(*e.args[k : k + 2])
        trace = scope.equal(pair, form)
        if trace is not None:
            rest = (*e.args[:k], form, *e.args[k + 2 :])
            line = Line("equal, proved (the chain rule)", pair, EQUAL, form, scope.over, trace)
            whole = rest[0] if len(rest) == 1 else Times(*rest)
            yield from (Upper(u.value, (line, *u.lines)) for u in upper(scope, whole, kind))


def _size(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """Of a norm that stands in a product or sum: what bounds it."""
    if isinstance(e, Norm):
        yield from upper(scope, e.args[0], e.kind)
    elif isinstance(e, Apply) and e.function == absolute:
        yield from upper(scope, e.argument, "abs")


def _by_frobenius(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    if all(e.axes) and scope.wants(Norm(e, Str("F"))):
        yield Upper(value(scope, Norm(e, Str("F"))))


def _by_spectral(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    """‖A‖_F ≤ √n ‖A‖₂, n the number of rows or of columns."""
    for found in upper(scope, e, "2"):
        for count in dict.fromkeys(map(length, e.axes)):
            if (many := rational(count)).single is not None:
                yield Upper(found.value * many**HALF, found.lines)


def _by_euclid(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    yield from upper(scope, e, "2")


def _from_goals(scope: Scope, e: Expression, kind: str) -> Iterator[Upper]:
    from derivations.proof.combinations import combined
    if scope.shared.combining and not scope.over:
        yield from combined(scope, e, kind)


NORMS, ALL = ("2", "F"), ("2", "F", "inf", "abs")
RULES: tuple[Rule, ...] = (
    Rule("", Jacobian, ALL, _derivative),
    Rule("", Node, ALL, _defined),
    Rule("", Times, ALL, _folded),
    Rule("‖AB‖ ≤ ‖A‖ ‖B‖", Times, ("2", "F", "abs"), multiplied(_factors)),
    Rule("‖A + B‖ ≤ ‖A‖ + ‖B‖", Plus, ALL, _added(lambda e, kind: tuple((term, kind) for term in e.args))),
    Rule("‖[A B]‖ ≤ ‖A‖ + ‖B‖", Stack, ("2", "F", "inf"), _added(lambda e, kind: tuple((p, kind) for p in e.parts))),
    Rule("‖A ∘ B‖ ≤ ‖A‖ ‖B‖", Had, ("2", "F", "inf", "abs"), multiplied(_of_largest)),
    Rule("‖diag(v)‖₂ = max|v_i|", Diag, ("2",), multiplied(lambda e, kind: [((e.args[0], "inf"),)])),
    Rule("‖diag(v)‖_F = ‖v‖₂", Diag, ("F",), multiplied(lambda e, kind: [((e.args[0], "2"),)])),
    Rule("‖Aᵀ‖ = ‖A‖", Transposed, ALL, _whole),
    Rule("‖a block of A‖ ≤ ‖A‖", Block, ("2", "F", "inf"), _block),
    Rule("‖vec(A)‖₂ = ‖A‖_F", Vec, ("2",), multiplied(lambda e, kind: [((e.args[0], "F"),)])),
    Rule("‖Q‖₂ = 1 where QᵀQ = I", Node, ("2",), of_orthogonal),
    Rule("‖I‖₂ = 1", Eye, ("2",), one),
    Rule("the norm of a constant", Ones, ("2", "F", "inf"), of_constant),
    Rule("the largest value of a function", Apply, ALL, of_function),
    Rule("‖Π A_t‖₂ ≤ r^(number of steps)", Chain, ("2", "abs"), _steps_product),
    Rule("‖Σ A_t‖ ≤ Σ ‖A_t‖", Series, ALL, _steps_sum),
    Rule("", (Norm, Apply), ("abs",), _size),
    Rule("a number", Constant, ("abs",), of_number),
    Rule("‖A‖₂ ≤ ‖A‖_F", Expression, ("2",), _by_frobenius),
    Rule("max|v_i| ≤ ‖v‖₂", Expression, ("inf",), _by_euclid),
    Rule("‖A‖_F ≤ √n ‖A‖₂", Expression, ("F",), _by_spectral),
    Rule("", Expression, ("2", "F", "inf"), _from_goals),
)
