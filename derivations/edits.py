"""One table of edits on expressions: the mistakes people make, and, read backwards, how to mend them.

Wrong variants of a formula that holds come from it (mutation), and so does the nearest formula that holds for one that
fails (repair). A row looks at one place in the tree and yields what may stand there instead, with a word for the
change. No row knows a particular claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sympy import Basic, Rational, Tuple
from sympy.core.symbol import Str

from derivations.algebra import Det, Diag, Eye, Had, Inverse, Plus, Times, Trace, Transposed
from derivations.calculus import (
    GRADIENT,
    IMMEDIATE,
    TOTAL,
    Chain,
    Jacobian,
    OverSteps,
    Series,
    Use,
    see_through,
    use,
)
from derivations.functions import Activation, Apply, Elementwise, sigma, tanh
from derivations.model import Model
from derivations.symbols import Constant, Expression, Family, Node, fits, same_type

Option = tuple[str, Expression]


@dataclass(frozen=True)
class Place:
    """Where an edit looks: the expression there, what is around it, and the claim's surroundings."""

    here: Expression
    parent: Expression | None
    context: Context


@dataclass(frozen=True)
class Context:
    """What else occurs in the claim and its model: nodes and arguments that could have been meant."""

    model: Model
    whole: tuple[Expression, ...]

    @cached_property
    def arguments(self) -> list[Expression]:
        """Every argument of an elementwise function, in the claim and in the model's definitions."""
        found: dict[Expression, None] = {}
        for e in (*self.whole, *(rule.expression for rule in self.model.rules.values())):
            for apply in sorted(see_through(e).atoms(Apply), key=str):
                inside = not all(family.model for family in apply.argument.atoms(Family))  # an author's function
                if isinstance(apply.function, Elementwise) and not inside:
                    found.setdefault(apply.argument)
        return list(found)

    @cached_property
    def families(self) -> list[Family]:
        return sorted(self.model.families.values(), key=lambda f: f.key)


@dataclass(frozen=True)
class Edit:
    """A row: its name, its cost when it is used to mend (cheaper ones are tried first), and the rule."""

    name: str
    cost: int
    rule: Callable[[Place], Iterator[Option]]


def _is_term(place: Place) -> bool:
    """A whole side, a term of a sum, or the body of a sum over steps: where a sign or a factor of two sits."""
    if isinstance(place.parent, Plus):
        return True
    return not isinstance(place.here, Plus) and (place.parent is None or isinstance(place.parent, Series))


def _sign(place: Place) -> Iterator[Option]:
    if _is_term(place):
        yield "sign", -place.here


def _coefficient(place: Place) -> Iterator[Option]:
    if _is_term(place):
        yield "coefficient 2", Times(Constant(Rational(2)), place.here)
        yield "coefficient 1/2", Times(Constant(Rational(1, 2)), place.here)


def _defect(place: Place) -> Iterator[Option]:
    if _is_term(place):
        yield "defect of 1e-9", Times(Constant(1 + Rational(1, 10**9)), place.here)


def _transpose(place: Place) -> Iterator[Option]:
    e = place.here
    if e.axes[0] and e.axes[1] and fits(*e.axes) and not isinstance(e, (Diag, Eye, Transposed)):
        yield "transposed", e.T
    if isinstance(e, Transposed) and fits(*e.axes):
        yield "not transposed", e.args[0]


def _dropped(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, (Plus, Times, Had)) and len(e.args) > 1:
        word = "term" if isinstance(e, Plus) else "factor"
        for k in range(len(e.args)):
            rest = e.args[:k] + e.args[k + 1 :]
            yield f"{word} dropped", rest[0] if len(rest) == 1 else e.func(*rest)


def _doubled(place: Place) -> Iterator[Option]:
    if isinstance(place.here, Plus):
        for term in place.here.args:
            yield "term doubled", Plus(*place.here.args, term)


def _function(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, Apply) and isinstance(e.function, Elementwise):
        for f in _rivals(e.function, place.context.model):
            for other in (f, f.prime):
                if other != e.function and other.order <= e.function.order:
                    yield "function", Apply(other, e.argument)


def _rivals(f: Elementwise, model: Model) -> list[Elementwise]:
    """The functions that may be taken for each other: σ and tanh, and the model's open ones."""
    known = [sigma, tanh], [g for g in model.functions.values() if isinstance(g, Activation)]
    return next((list(group) for group in known if f.base in group), [])


def _primed(place: Place) -> Iterator[Option]:
    """A function that stands where its derivative belongs. Only for mending."""
    e = place.here
    if isinstance(e, Apply) and isinstance(e.function, Elementwise) and not e.function.order:
        for f in dict.fromkeys((e.function, *_rivals(e.function, place.context.model))):
            yield "function", Apply(f.prime, e.argument)


def _argument(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, Apply) and isinstance(e.function, Elementwise):
        for argument in place.context.arguments:
            moved = _at_steps_of(argument, e.argument)
            if moved is not None and moved != e.argument and same_type(moved.axes, e.axes):
                yield "argument", Apply(e.function, moved)


def _at_steps_of(e: Expression, like: Expression) -> Expression | None:
    """An argument of a definition, at the steps of the one that stands here."""
    if e.steps == like.steps:
        return e
    return e.at(like.steps[0]) if len(e.steps) == len(like.steps) == 1 else None


def _step(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, Node) and e.step is not None:
        for shift in (-1, 1):
            yield "step", Node(e.family, e.step + shift)


def _exchange(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, Node):
        for family in place.context.families:
            if family != e.family and family.indexed == e.family.indexed and same_type(family.axes, e.axes):
                yield "exchanged", Node(family, *e.args[1:])


def _order(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, Times):
        for k in range(len(e.args) - 1):
            a, b = e.args[k], e.args[k + 1]
            if not a.is_scalar and not b.is_scalar:
                yield "order of factors", Times(*e.args[:k], b, a, *e.args[k + 2 :])


def _product(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, Had):
        yield "matrix product", Times(*e.args)
    if isinstance(e, Times) and len(e.args) > 1 and all(same_type(f.axes, e.axes) and not f.is_scalar for f in e.args):
        yield "entrywise product", Had(*e.args)


def _inverse(place: Place) -> Iterator[Option]:
    """An inverse left out, or inside the other way round; the trace for the determinant."""
    e = place.here
    if isinstance(e, Inverse):
        yield "inverse dropped", e.args[0]
        if isinstance(e.args[0], Times) and len(e.args[0].args) > 1:
            yield "inverses not reversed", Times(*map(_inverted, e.args[0].args))
    if isinstance(e, (Det, Trace)):
        yield "trace for determinant" if isinstance(e, Det) else "determinant for trace", \
            (Trace if isinstance(e, Det) else Det)(e.args[0])


def _inverted(factor: Expression) -> Expression:
    return factor**-1 if factor.is_scalar else Inverse(factor)


def _range(place: Place) -> Iterator[Option]:
    e = place.here
    power = isinstance(e, Chain) and e.exponent is not None  # of which the order and the first step do not matter
    if isinstance(e, OverSteps):
        for k, end in ((3, "exponent"),) if power else ((2, "first step"), (3, "last step")):
            for shift in (-1, 1):
                yield end, e.func(*e.args[:k], e.args[k] + shift, *e.args[k + 1 :])
    if isinstance(e, Chain) and not power:
        yield "order of the product", Chain(*e.args[:4], Str("right" if e.latest == "left" else "left"))


def _derivative(place: Place) -> Iterator[Option]:
    e = place.here
    if isinstance(e, Jacobian) and e.args[2] != GRADIENT:
        kind = TOTAL if e.args[2] == IMMEDIATE else IMMEDIATE
        yield f"{kind.name} derivative", Jacobian(e.y, e.x, kind, Tuple() if kind == IMMEDIATE else e.args[3])
    if isinstance(e, Jacobian) and e.held:
        yield "held node released", Jacobian(e.y, e.x, e.args[2], Tuple())
    if isinstance(e, Jacobian):
        for k, part in ((0, e.y), (1, e.x)):
            inside = Place(part, e, place.context)
            for word, other in (*_step(inside), *_exchange(inside)):
                yield f"{word} in the derivative", Jacobian(*e.args[:k], other, *e.args[k + 1 :])


def _hold(place: Place) -> Iterator[Option]:
    """A derivative that is right once a sequence is held. Only for mending."""
    e = place.here
    if isinstance(e, Jacobian) and e.args[2] != IMMEDIATE and not e.held:
        for family in place.context.families:
            if family.indexed and family in place.context.model.rules:
                yield "held", Jacobian(e.y, e.x, e.args[2], Tuple(family))


def _use(place: Place) -> Iterator[Option]:
    """A derivative by a shared parameter that is right for its use at one step alone. Only for mending."""
    e = place.here
    if isinstance(e, Jacobian) and e.kind == "total" and not e.x.steps and not e.x.has(Use):
        steps = {node.step for whole in place.context.whole for node in whole.atoms(Node) if node.step is not None}
        for step in sorted(steps, key=str):
            if step.is_Integer and step >= 1:
                yield "use", Jacobian(e.y, use(e.x, step), *e.args[2:])


def _missing(place: Place) -> Iterator[Option]:
    """What a term may have lost: a factor diag of some vector, or a vector entrywise. Only for mending."""
    e = place.here
    if not _is_term(place):
        return
    for node in _vectors(place):
        if e.axes[0] and fits(node.axes[0], e.axes[0]):
            factors = e.args if isinstance(e, Times) else (e,)
            yield "missing factor", Had(node, e) if e.is_column else Times(Diag(node), *factors)


def _vectors(place: Place) -> list[Expression]:
    """The vectors that the claim names, then those in the definitions of what it names."""
    named = list(dict.fromkeys(n for e in place.context.whole for n in sorted(see_through(e).atoms(Node), key=str)))
    behind = [n for node in named for n in sorted(_definition(node, place.context.model).atoms(Node), key=str)]
    return [n for n in dict.fromkeys([*named, *behind]) if n.is_column]


def _definition(node: Node, model: Model) -> Basic:
    rule = model.rules.get(node.family)
    if rule is None:
        return Tuple()
    return rule.expression if rule.step is None else rule.expression.subs(rule.step, node.step)


TABLE: tuple[Edit, ...] = (
    Edit("sign", 1, _sign),
    Edit("function", 1, _function),
    Edit("transpose", 1, _transpose),
    Edit("coefficient", 2, _coefficient),
    Edit("step", 2, _step),
    Edit("exchange", 2, _exchange),
    Edit("derivative", 2, _derivative),
    Edit("range", 2, _range),
    Edit("order", 2, _order),
    Edit("product", 2, _product),
    Edit("inverse", 2, _inverse),
    Edit("argument", 3, _argument),
    Edit("dropped", 3, _dropped),
    Edit("doubled", 3, _doubled),
    Edit("defect", 9, _defect),
)
MENDING: tuple[Edit, ...] = (
    *TABLE[:-1], Edit("primed", 1, _primed), Edit("use", 1, _use), Edit("held", 2, _hold), Edit("missing", 3, _missing))
