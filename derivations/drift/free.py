"""Formulas set free of what their model says: every node and every derivative is a value of its own.

Two formulas are the same formula where they are equal whatever these values are. Equal by the definitions, or by
carrying out a derivative, is not the same: ``a = a`` says something else than ``a = b``, also where a is b.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sympy import And, Basic, Expr, Integer
from sympy.logic.boolalg import Boolean

from derivations.algebra import Eye, Plus, Times, Zeros
from derivations.calculus import GRADIENT, TOTAL, Chain, Jacobian, OverSteps, see_through
from derivations.claim import EQUALITY, Case, Claim
from derivations.errors import Undecided
from derivations.model import Model
from derivations.operations import transpose, vec
from derivations.proof.steps import bound_step
from derivations.ranges import slacks_of
from derivations.symbols import Constant, Expression, Family, Name, Node, Step
from derivations.where import Where

FAR = 100  # a free value exists at every step: below the first one too
MOST = 256  # factors or terms that a product or sum is written out to
HERE = Step("here")  # the step of a derivative in the name of its free value

Key = tuple[Basic, ...]


def same_bounds(e: Basic, depth: int = 0) -> Basic:
    """The expression with the steps of its sums and products named by their depth."""
    if not e.args or not e.has(OverSteps):
        return e
    if isinstance(e, OverSteps):
        step = bound_step(f"•{depth}")
        return e.func(same_bounds(e.body.subs(e.bound, step), depth + 1), step, *e.args[2:])
    return e.func(*(same_bounds(arg, depth) for arg in e.args))


@dataclass
class Freed:
    """Free values by what they stand for, in a model that says nothing of them."""

    model: Model = field(default_factory=lambda: Model("free"))
    _families: dict[Key, Family] = field(default_factory=dict)

    def __call__(self, e: Expression, constants: frozenset[Step]) -> Expression:
        """The expression with free values; ``constants`` are the steps that no sum or product runs over.

        Raises Undecided for a derivative whose steps are more than one name can carry.
        """
        found: Expression = self._free(see_through(e), constants)
        return found

    def _free(self, e: Basic, constants: frozenset[Step]) -> Basic:
        if isinstance(e, Jacobian) and e.args[2] == TOTAL and e.y.is_scalar and not e.x.is_scalar:
            return transpose(vec(self._free(Jacobian(e.y, e.x, GRADIENT, e.args[3]), constants)))
        if isinstance(e, Jacobian | Where):
            return self._value(same_bounds(e), e, constants)
        if isinstance(e, Node):
            return self._value(e, e, constants)
        if not e.args or isinstance(e, Constant | Family):
            return e
        inner = constants - {e.bound} if isinstance(e, OverSteps) else constants
        return e.func(*(self._free(arg, inner) if isinstance(arg, Expression) else arg for arg in e.args))

    def _value(self, key: Basic, e: Expression, constants: frozenset[Step]) -> Node:
        """The free value of a node or derivative: a sequence where one step moves it."""
        steps = sorted((s for s in e.free_symbols if isinstance(s, Step)), key=str)
        moving = [s for s in steps if s not in constants] or steps[:1]
        if len(moving) > 1:
            raise Undecided(f"{e} ranges over {' and '.join(map(str, moving))}")
        if not moving:
            return Node(self._family((key,), e))
        last = _last(key, moving[0])
        return Node(self._family((key.subs(moving[0], HERE - last),), e, indexed=True), moving[0] + last + FAR)

    def _family(self, key: Key, e: Expression, *, indexed: bool = False) -> Family:
        if key not in self._families:
            structure = e.family.structure if isinstance(e, Node) else ()
            rows, cols = (axis or None for axis in e.axes)
            self._families[key] = Family.of("free", Name.of(f"Q_{len(self._families)}"), rows, cols, indexed=indexed,
                                            structure=structure)
        return self._families[key]


def _last(e: Basic, step: Step) -> Integer:
    """By how much the latest step in an expression is later than a step; 0 where they do not move together."""
    gaps = [(node.step - step).expand() for node in e.atoms(Node) if node.step is not None]
    return max((gap for gap in gaps if gap.is_Integer), default=Integer(0))


def free_claim(one: Expression, other: Expression, of: Claim, given: Boolean) -> Claim:
    """The claim that two formulas are the same, at the steps at which a claim is made. Raises Undecided."""
    constants = frozenset(s for e in (one, other) for s in e.free_symbols if isinstance(s, Step))
    freed = Freed()
    sides = tuple(freed(e, constants) for e in (one, other))
    ranges = And(given, *(slack >= 0 for slack in slacks_of(of) if slack.free_symbols <= constants))
    return Claim(f"free.{of.local_id or of.id}", EQUALITY, freed.model, (Case("", sides),), given=ranges)


# ---- at numbers instead of steps


def at_steps(one: Expression, other: Expression, steps: Mapping[Step, int], id: str) -> Claim:
    """The claim that two formulas are the same at these steps, sums and products written out.

    Raises Undecided where they are too long.
    """
    freed = Freed()
    values = [(step, Integer(value)) for step, value in steps.items()]
    sides = tuple(freed(_concrete(see_through(e).subs(values)), frozenset()) for e in (one, other))
    return Claim(f"free.{id}", EQUALITY, freed.model, (Case("", sides),))


def _concrete(e: Basic) -> Basic:
    if isinstance(e, Jacobian | Where | Node) or not e.args or not e.has(OverSteps):
        return e
    if isinstance(e, OverSteps):
        return _written_out(e)
    return e.func(*(_concrete(arg) if isinstance(arg, Expression) else arg for arg in e.args))


def _written_out(e: OverSteps) -> Basic:
    if not (e.first.is_Integer and e.last.is_Integer) or e.last - e.first >= MOST:
        raise Undecided(f"{e} is too long to be written out, or its ends are not known")
    parts = [_concrete(e.body.subs(e.bound, step)) for step in _between(e)]
    product = isinstance(e, Chain)
    if not parts:
        return Constant(Integer(int(product))) if e.is_scalar else Eye(e.axes[0]) if product else Zeros(*e.axes)
    if isinstance(e, Chain) and e.latest == "left":
        parts.reverse()
    return parts[0] if len(parts) == 1 else (Times if product else Plus)(*parts)


def _between(e: OverSteps) -> Iterator[Expr]:
    return (Integer(k) for k in range(int(e.first), int(e.last) + 1))
