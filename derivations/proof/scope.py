"""What a bound is proved from: a model, what is known of steps, the claim's assumptions, the equalities proved."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sympy import Expr, S
from sympy.core.symbol import Str

from derivations.algebra import Norm
from derivations.calculus import OverSteps
from derivations.claim import EQUALITY, Case, Claim
from derivations.errors import DerivationError, Undecided
from derivations.functions import Apply, Elementwise
from derivations.model import Model
from derivations.proof.magnitude import Geometric, Magnitude, Powers
from derivations.proof.one_variable import range_of
from derivations.proof.pattern import depends, skeleton
from derivations.proof.prove import Pairing
from derivations.proof.steps import Known, bound_step
from derivations.proof.trace import Bounding, Trace
from derivations.relations import Relation
from derivations.symbols import Dim, Expression, Node, Step

Over = tuple[tuple[Step, Expr, Expr], ...]
EQUALITIES = 400  # tried in one proof


@dataclass(frozen=True)
class Fact:
    """An assumption as small ≤ large, small one term, at all values of some steps at which its nodes exist."""

    relation: Relation
    small: tuple[Powers, Expr]
    large: Magnitude
    strict: bool
    wild: tuple[Step, ...] = ()
    needs: tuple[Expr, ...] = ()  # not negative where it is made

    def at(self, steps: dict[Step, Expr]) -> Fact:
        """The assumption at these steps."""
        [small] = Magnitude(dict([self.small])).xreplace(steps).terms.items()
        return replace(self, relation=self.relation.xreplace(steps), small=small, large=self.large.xreplace(steps),
                       wild=tuple(s for s in self.wild if s not in steps),
                       needs=tuple(need.xreplace(steps) for need in self.needs))


class Line(NamedTuple):
    """A step of a proof, before it is written in the language."""

    rule: str
    left: Expression | Magnitude
    sign: str
    right: Expression | Magnitude
    over: Over = ()
    trace: Trace | None = None

    def told(self) -> Bounding:
        """The line in the language. Raises DerivationError where a power cannot be written."""
        left, right = (e if isinstance(e, Expression) else e.expression() for e in (self.left, self.right))
        return Bounding(self.rule, Relation(left, Str(self.sign), right), self.over, self.trace)


Lines = tuple[Line, ...]


class Upper(NamedTuple):
    """An upper bound with its proof."""

    value: Magnitude
    lines: Lines = ()


@dataclass
class Shared:
    """What every scope of one proof shares."""

    equalities: dict[Hashable, Trace | None] = field(default_factory=dict)
    memory: dict[Hashable, list[Upper]] = field(default_factory=dict)
    wanted: set[Hashable] = field(default_factory=set)  # norms that may stay as they are: those of the other side
    series: bool = False  # whether sums over steps may
    may_stay: Callable[[Expression], bool] = lambda e: False  # what else may, by itself
    goals: list[Norm] = field(default_factory=list)  # norms of the other side
    combining: bool = False  # whether norms of the other side may be combined: after all else has failed
    positive: set[Node] = field(default_factory=set)  # scalars that are not negative by the assumptions


@dataclass(frozen=True)
class Scope:
    """A place in a proof: ``over`` are the bound steps around it."""

    claim: Claim
    known: Known
    facts: tuple[Fact, ...] = ()
    over: Over = ()
    opened: int = 0  # definitions, one inside the other
    shared: Shared = field(default_factory=Shared)

    @property
    def model(self) -> Model:
        return self.claim.model

    def within(self, e: OverSteps) -> tuple[Scope, Step, Expression]:
        """The scope inside a sum or product over steps, its bound step, its body; the step is none that is in use."""
        used = {s for s, *_ in self.over} | {s for side in self.claim.expressions for s in side.free_symbols}
        used |= {s for condition in self.claim.conditions for s in condition.free_symbols}
        used |= {bound_step(name) for coefficients, _ in self.known.slacks for name, _ in coefficients}
        inner = e.renamed(used) if e.bound in used else e
        over = (*self.over, (inner.bound, inner.first, inner.last))
        return replace(self, known=self.known.within(inner.bound, inner.first, inner.last), over=over), \
            inner.bound, inner.body

    # ---- signs

    def least(self, e: Expr) -> Expr | None:
        """A number that an affine expression in steps is known to be at least; None where there is none."""
        e = S(e).expand()
        if e.is_Rational:
            return e
        steps = sorted(e.free_symbols, key=str)
        poly = e.as_poly(*steps)
        if poly is None or poly.total_degree() > 1 or not all(isinstance(s, Step) for s in steps):
            return None
        whole, parts = poly.clear_denoms(convert=True)
        low = self.known.least(parts.as_expr())
        return None if low is None else S(low) / whole

    def at_least(self, e: Expr, least: int = 0) -> bool:
        """Whether an affine expression, or a polynomial in steps with positive coefficients, is at least a number."""
        if (low := self.least(e)) is not None:
            return bool(low >= least)
        poly = S(e).expand().as_poly(*sorted(e.free_symbols, key=str))
        if poly is None or least > 0 or any(c < 0 for c in poly.coeffs()):
            return False
        return all(isinstance(s, Step) and (low := self.known.least(s)) is not None and low >= 0 for s in poly.gens)

    def not_negative(self, a: Any) -> bool:
        """Whether an atom is known not to be negative."""
        if isinstance(a, (int, Dim, Geometric, Norm)):
            return True
        if isinstance(a, Node):
            leaf = a.family not in self.model.rules
            return a in self.shared.positive or (leaf and "positive" in a.family.structure)
        if isinstance(a, OverSteps):
            from derivations.proof.scalars import value
            inside, _, body = self.within(a)
            return all(inside.sign(*term) > 0 for term in value(inside, body).terms.items())
        if isinstance(a, Apply) and isinstance(a.function, Elementwise) and a.function.in_table:
            low = range_of(a.function.name).low if a.function.order == 0 and a.function.name != "power" else None
            return low is not None and bool(low >= 0)
        return False

    def sign(self, powers: Powers, c: Expr) -> int:
        """1 for a term that is not negative, -1 for one that is not positive, 0 where it is not known."""
        if not all(self.not_negative(a) or (q.is_Integer and q % 2 == 0) for a, q in powers):
            return 0
        return 1 if self.at_least(c) else -1 if self.at_least(-c) else 0

    # ---- what may stay, and what changes with a step

    def wants(self, e: Expression) -> bool:
        """Whether the other side, or an assumption, speaks of something like it."""
        return skeleton(e) in self.shared.wanted

    def may_stay(self, e: Expression) -> bool:
        """Whether a norm may stand in an upper bound as it is."""
        bound = {s for s, *_ in self.over}
        return self.wants(e) or (not bound & e.free_symbols and self.shared.may_stay(e))

    def fixed(self, e: Expression) -> bool:
        """Whether an expression stays the same inside the sums and products around it, and in a limit."""
        steps = self.depends(e)
        return self.claim.along not in steps and steps.isdisjoint(s for s, *_ in self.over)

    def depends(self, e: Expression) -> set[Step]:
        return depends(self.model, e)

    # ---- equalities

    def equal(self, left: Expression, right: Expression) -> Trace | None:
        """The proof of an equality, from the graph alone; None where there is none."""
        key = left, right, self.known
        if key not in self.shared.equalities:
            if len(self.shared.equalities) >= EQUALITIES:
                raise Undecided(f"more than {EQUALITIES} equalities tried for one bound")
            self.shared.equalities[key] = self._proved(left, right)
        return self.shared.equalities[key]

    def _proved(self, left: Expression, right: Expression) -> Trace | None:
        case = Case("", (left, right))
        claim = Claim(self.claim.id, EQUALITY, self.model, (case,), given=self.claim.given)
        try:
            pairing = Pairing(claim, case, 0, self.known, ())
            return pairing.trace() if pairing.reduce() else None
        except DerivationError:
            return None

    def remembered(self, key: Hashable, compute: Callable[[], Iterable[Upper]], most: int) -> list[Upper]:
        key = key, self.known, self.opened
        if key not in self.shared.memory:
            self.shared.memory[key] = []  # what leads back to itself has no bound by itself
            found: dict[Magnitude, Upper] = {}
            for upper in compute():
                found.setdefault(upper.value, upper)
                if len(found) >= most:
                    break
            self.shared.memory[key] = list(found.values())
        return self.shared.memory[key]
