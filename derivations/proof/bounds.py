"""The proof of a bound: entry by entry in one variable, or of norms by rules, for every dimension and step.

A bound of norms is brought to the form Σ (what must be smaller) ≤ Σ (what must be larger), both of terms that are not
negative. Norms on the smaller side are bounded by rules; the result is compared term by term.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from sympy import Expr

from derivations.algebra import Norm
from derivations.calculus import Series
from derivations.claim import Case, Claim
from derivations.errors import DerivationError, Undecided
from derivations.functions import Apply, absolute
from derivations.proof.assumed import scope_of
from derivations.proof.comparison import at_most
from derivations.proof.entrywise import entrywise
from derivations.proof.magnitude import Magnitude, Powers, ordered
from derivations.proof.norms import upper
from derivations.proof.pattern import canonical, skeleton
from derivations.proof.prove import prove
from derivations.proof.scalars import value
from derivations.proof.scope import Line, Lines, Scope, Upper
from derivations.proof.trace import Bounding, Proof
from derivations.relations import AT_MOST, EQUAL, LESS
from derivations.symbols import Expression
from derivations.verdict import Status

TRIED = 400  # upper bounds of one side that are compared with the other


def prove_bound(claim: Claim) -> Proof:
    """The proof of every case of a bound, or why there is none. Never raises DerivationError: that is undecided."""
    found = [_case(claim, case) for case in claim.cases]
    bad = [(case, proof) for case, proof in zip(claim.cases, found, strict=True) if proof.status is not Status.PROVED]
    status = Status.UNDECIDED if bad or not found else Status.PROVED
    shown = [(bad[0][0], bad[0][1])] if bad else list(zip(claim.cases, found, strict=True))
    detail = "; ".join(f"{case.label}: {proof.detail}" if case.label else proof.detail for case, proof in shown)
    bounds = tuple(line for proof in found for line in proof.bounds)
    return Proof(status, detail, tuple(t for proof in found for t in proof.traces), bounds,
                 tuple(a for proof in found for a in proof.attained), steps=in_text(bounds))


def in_text(bounds: tuple[Bounding, ...]) -> tuple[tuple[str, str], ...]:
    """The steps of a proof as a reader sees them: ‖…‖_2 ≤ 1/4, 2 ≤ i ≤ k."""
    def text(line: Bounding) -> str:
        return ", ".join([str(line.relation), *(f"{first} ≤ {s} ≤ {last}" for s, first, last in line.over)])

    return tuple((line.rule, text(line)) for line in bounds)


def _case(claim: Claim, case: Case) -> Proof:
    if case.sign == EQUAL:
        return prove(Claim(claim.id, claim.kind, claim.model, (case,), given=claim.given))
    reasons = []
    norms = any(side.has(Norm) for side in map(canonical, case.sides))
    for method in (_in_norms,) if norms else (_in_one_variable, _in_norms):
        try:
            found = method(claim, case)
            if found.status is Status.PROVED or found.attained:
                return found
            reasons.append(found.detail)
        except DerivationError as reason:
            reasons.append(str(reason))
    return Proof(Status.UNDECIDED, reasons[0])


def _in_one_variable(claim: Claim, case: Case) -> Proof:
    found = entrywise(claim, case)
    return Proof(Status.PROVED if found.proved else Status.UNDECIDED, found.detail, attained=found.attained)


# ---- norms


def _in_norms(claim: Claim, case: Case) -> Proof:
    left, right = case.sides
    if case.sign not in (AT_MOST, LESS) or not left.is_scalar:
        raise Undecided(f"a relation {case.sign} between sides that are no numbers, and not in one variable")
    scope = scope_of(claim)
    smaller, larger = sides(scope, value(scope, right) - value(scope, left))
    speaks_of(scope, larger)
    weak = False
    for scope.shared.combining in (False, True):
        scope.shared.memory.clear()
        for found in islice(bounded(scope, smaller), TRIED):
            compared = at_most(scope, found.value, larger)
            if compared is not None and (case.sign != LESS or compared.strict):
                last = Line("term by term", found.value, AT_MOST, larger)
                lines = told((*found.lines, *compared.lines, last))
                return Proof(Status.PROVED, summary(lines), bounds=lines)
            weak = weak or compared is not None
    return Proof(Status.UNDECIDED, "≤ is proved, < is not" if weak else _why_not(scope, smaller))


def _why_not(scope: Scope, smaller: Magnitude) -> str:
    """The upper bound that was found, if one was."""
    best = next(bounded(scope, smaller), None)
    if best is None:
        names = ", ".join(str(Magnitude(dict([term])).expression()) for term in ordered(smaller.terms))
        return f"no rule bounds {names}"
    return f"only {best.value.expression()} is an upper bound of {smaller.expression()} by the rules for norms"


def sides(scope: Scope, difference: Magnitude) -> tuple[Magnitude, Magnitude]:
    """A difference as larger minus smaller, both of terms that are not negative; what has no known sign counts among
    the smaller, by its absolute value."""
    signs = {powers: scope.sign(powers, c) for powers, c in difference.terms.items()}
    larger = Magnitude({p: c for p, c in difference.terms.items() if signs[p] > 0})
    smaller = larger - difference
    out = Magnitude({})
    for powers, c in smaller.terms.items():
        out = out + (_absolute(scope, powers, c) if signs[powers] == 0 else Magnitude({powers: c}))
    return out, larger


def _absolute(scope: Scope, powers: Powers, c: Expr) -> Magnitude:
    if not scope.at_least(c) and not scope.at_least(-c):
        raise Undecided(f"whether {c} is negative is not known")
    out = Magnitude.number(c if scope.at_least(c) else -c)
    for a, q in powers:
        known = scope.not_negative(a) or (q.is_Integer and q % 2 == 0)
        out = out * Magnitude.atom(a if known else absolute(a), q)
    return out


def speaks_of(scope: Scope, larger: Magnitude) -> None:
    """Notes which norms the other side and the assumptions speak of: these may stay in an upper bound."""
    fixed = [fact.small for fact in scope.facts]
    for powers, _ in [*larger.terms.items(), *fixed]:
        for a in sorted((a for a, _ in powers if isinstance(a, Expression)), key=str):
            for e in sorted(a.atoms(Norm, Apply), key=str):
                scope.shared.wanted.add(skeleton(canonical(e)))
            scope.shared.series = scope.shared.series or a.has(Series)
    for powers, _ in larger.terms.items():
        scope.shared.goals.extend(sorted((a for a, _ in powers if isinstance(a, Norm)), key=str))


def bounded(scope: Scope, smaller: Magnitude) -> Iterator[Upper]:
    """Upper bounds of a sum: of every term by those of its factors."""
    terms = [list(islice(_term(scope, *term), TRIED)) for term in ordered(smaller.terms)]
    for choice in product(*terms):
        out, lines = Magnitude({}), Lines()
        for found in choice:
            out, lines = out + found.value, (*lines, *found.lines)
        yield Upper(out, lines)


def _term(scope: Scope, powers: Powers, c: Expr) -> Iterator[Upper]:
    atoms = sorted(powers, key=str)
    choices = [_atom(scope, a, q) for a, q in atoms]
    for choice in product(*choices):
        out, lines = Magnitude.number(c), Lines()
        for found in choice:
            out, lines = out * found.value, (*lines, *found.lines)
        yield Upper(out, lines)


def _atom(scope: Scope, a: object, q: Expr) -> list[Upper]:
    """Bounds of one factor to its power."""
    if not isinstance(a, Expression) or not scope.at_least(q):
        return [Upper(Magnitude.atom(a, q))]
    if isinstance(a, Norm):
        found = upper(scope, a.args[0], a.kind)
    else:
        found = upper(scope, a.argument if isinstance(a, Apply) and a.function == absolute else a, "abs")
    out = []
    for bound in found:
        try:
            out.append(Upper(bound.value**q, bound.lines))
        except Undecided:
            continue
    return out


def told(lines: Lines) -> tuple[Bounding, ...]:
    """The lines of a proof, each once, in the language. Raises DerivationError for one that cannot be written in it."""
    return tuple(dict.fromkeys(line.told() for line in lines))


def summary(lines: tuple[Bounding, ...]) -> str:
    """How a bound was proved: the rules used, the equalities proved on the way."""
    rules = dict.fromkeys(line.rule for line in lines if line.trace is None and line.rule != "term by term")
    equal = [f"{line.relation} ({line.rule})" for line in lines if line.trace is not None]
    return "; ".join(["by " + ", ".join(rules) if rules else "term by term", *equal])
