"""The steps at which a claim is made: where every node that it names exists, or where the claim says.

What must be true of the steps is a list of needs: affine expressions that must not be negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from sympy import (
    And,
    Basic,
    Equality,
    Expr,
    GreaterThan,
    LessThan,
    S,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
    ceiling,
)

from derivations.apart import require_apart
from derivations.calculus import Chain, Jacobian, OverSteps, Use, see_through
from derivations.errors import StepError
from derivations.graph import FIRST, extreme, first_step, last_step
from derivations.reach import HERE, undefined
from derivations.symbols import Node, Step, exact_step

if TYPE_CHECKING:
    from derivations.claim import Claim
    from derivations.model import Model
    from derivations.relations import Relation

Ranges = tuple[tuple[Step, Expr, Expr], ...]
LATEST = 1000  # a range that starts later is not looked at


@dataclass(frozen=True)
class Need:
    """An affine expression in steps that must not be negative, and why.

    ``range`` marks that a sum or product does not end before it starts: a claim that states the range of these steps
    itself may mean an empty one. That a node exists is always needed.
    """

    slack: Expr
    why: str
    range: bool = False


def needs(model: Model, e: Basic, ranges: Ranges = ()) -> Iterator[Need]:
    """What must be true of the steps of an expression for every node in it to exist."""
    if isinstance(e, Node):
        yield from _node_needs(model, e, ranges)
    elif isinstance(e, Jacobian):
        for arg in (*(held for held in e.held if isinstance(held, Node)), e.y, e.x):
            yield from needs(model, arg, ranges)
    elif isinstance(e, OverSteps):
        slack = extreme((e.last - e.first + 1).expand(), ranges, lowest=True)
        power = isinstance(e, Chain) and e.exponent is not None  # where it is negative, a product would be 1, or I
        why = f"the exponent of {e} is negative" if power else f"the range of {e} ends before it starts"
        yield Need(slack, why, range=not power)
        yield from needs(model, e.body, (*ranges, (e.bound, e.first, e.last)))
    else:
        if isinstance(e, Use):
            lowest = extreme(e.step, ranges, lowest=True)
            yield Need(lowest - FIRST, f"{e} is not used: definitions start at step {FIRST}")
        for arg in e.args:
            yield from needs(model, arg, ranges)


def _node_needs(model: Model, e: Node, ranges: Ranges) -> Iterator[Need]:
    if e.step is not None:
        first, last = first_step(model, e.family), last_step(model, e.family)
        lowest, highest = (extreme(e.step, ranges, lowest=end) for end in (True, False))
        yield Need(lowest - first, f"{e} does not exist: {e.family} starts at step {first}")
        if last is not None:
            yield Need(last - highest, f"{e} does not exist: {e.family} ends at step {last}")
        for slack, node in undefined(model, e):
            slack = extreme(slack.subs(HERE, e.step), ranges, lowest=True)
            yield Need(slack, f"{e} does not exist: behind it stands {node}, at a step at which there is none")
    elif e.family in model.rules:  # its steps are its own, whatever the sums around it range over
        yield from needs(model, model.rules[e.family].expression)


def claim_needs(claim: Claim) -> list[Need]:
    """Every condition on the steps of a claim, of all its cases and assumptions, without repetition.

    Those of an assumption count where they speak of the claim's own steps alone: the others it takes as they come.
    """
    found = _needs_of(claim, _sides(claim))
    if claim.assuming:
        known = set(free_steps(claim))
        found += [n for n in _needs_of(claim, _assumed(claim)) if n.slack.free_symbols <= known]
    return list({(n.slack, n.range): n for n in found}.values())


def _sides(claim: Claim) -> list[Basic]:
    return [e for case in claim.cases for e in case.expressions]


def _assumed(claim: Claim) -> list[Basic]:
    return [side for relation in claim.assuming for side in relation.sides]


def _needs_of(claim: Claim, expressions: Iterable[Basic]) -> list[Need]:
    return [n for e in expressions for n in needs(claim.model, see_through(e))]


def _steps_of(claim: Claim, expressions: Iterable[Basic]) -> set[Step]:
    """The free steps of expressions: their own, and those in the definitions of nodes without steps."""
    found = list(expressions)
    symbols = {s for e in found for s in e.free_symbols}
    symbols |= {s for need in _needs_of(claim, found) for s in need.slack.free_symbols}
    return {s for s in symbols if isinstance(s, Step)}


def check_steps(claim: Claim) -> None:
    """Refuse a literal step at which a node does not exist, and regions in steps that the claim does not name.

    Raises StepError.
    """
    for need in claim_needs(claim):
        if need.slack.is_number and need.slack < 0:
            raise StepError(f"{claim.id}: {need.why}")
    distinct = [c.lhs - c.rhs for c in claim.conditions if isinstance(c, Unequality)]
    require_apart(claim.id, claim.model, [*_sides(claim), *_assumed(claim)], slacks_of(claim), distinct)
    known = set(free_steps(claim))
    for what, condition in (("fails", claim.fails), ("given", claim.given)):
        for s in sorted(condition.free_symbols - known, key=str):
            if isinstance(s, Step):
                raise StepError(f"{claim.id}: {what} speaks of {s}, which the claim does not name")
    if claim.along is not None and claim.along not in known:
        raise StepError(f"{claim.id}: along={claim.along}, which the claim does not name")
    if claim.also and (set(dict(claim.also)) != known or not in_range(claim, dict(claim.also))):
        said = ", ".join(f"{s} = {value}" for s, value in claim.also)
        raise StepError(f"{claim.id}: also={{{said}}} is not a value for each of its steps, inside their range")


def free_steps(claim: Claim) -> list[Step]:
    """The steps that a claim leaves free, by name: those of its sides, ``along`` included, and those of its assumptions
    of which its conditions speak."""
    assumed = _steps_of(claim, _assumed(claim))
    conditions = claim.given.free_symbols | claim.fails.free_symbols
    return sorted(_steps_of(claim, _sides(claim)) | (assumed & conditions), key=str)


def everywhere(claim: Claim, relation: Relation) -> list[Step]:
    """The steps of an assumption at every value of which it is made: those that the claim does not leave free, and the
    step along which it speaks."""
    known = set(free_steps(claim)) - {claim.along}
    return sorted(_steps_of(claim, relation.sides) - known, key=str)


# ---- which steps are in the range


def in_range(claim: Claim, values: Mapping[Any, int]) -> bool:
    """Whether the claim is made at these steps: where every node exists, and in its own range if it states one."""
    return _inside(claim, claim_needs(claim), values)


def _inside(claim: Claim, found: list[Need], values: Mapping[Any, int]) -> bool:
    from derivations.claim import holds_at

    conditions = [c for c in claim.conditions if c.free_symbols <= set(values)]
    return (all(holds_at(c, values) for c in conditions)
            and all(need.slack.subs(list(values.items())) >= 0 for need in found
                    if need.slack.free_symbols <= set(values) and not waived(claim, need)))


def waived(claim: Claim, need: Need) -> bool:
    """Whether the claim states the range of these steps itself, so that a sum or product may be empty."""
    return need.range and bool(need.slack.free_symbols) and need.slack.free_symbols <= claim.given.free_symbols


def instances(claim: Claim, most: int) -> list[dict[Step, int]]:
    """The steps at which a claim is checked, fewest first: a free step runs from its first value on, up to ``most``; in
    a range that starts later, as many values from its own first one on."""
    steps, found = free_steps(claim), claim_needs(claim)
    lowest = min([-2, *(int(first_step(claim.model, f)) for f in claim.model.families.values() if f.indexed)])

    def inside(windows: Iterable[range]) -> list[dict[Step, int]]:
        tried = (dict(zip(steps, values, strict=True)) for values in product(*windows))
        kept = [at for at in tried if _inside(claim, found, at)]
        return sorted(kept, key=lambda at: (sum(at.values()), [*at.values()]))

    usual = inside([range(lowest, most + 1)] * len(steps))
    if usual or not steps:
        return usual
    first = first_values(slacks_of(claim))
    return inside([range(low := min(first.get(s, lowest), LATEST), low + most) for s in steps])


def slacks_of(claim: Claim) -> list[Expr]:
    """What is not negative in the range of a claim: that nodes exist, and what it states, as far as that is affine."""
    met = [need.slack for need in claim_needs(claim) if need.slack.free_symbols and not waived(claim, need)]
    stated = [slack for condition in claim.conditions if (slack := slack_of(condition)) is not None]
    equal = [gap for c in claim.conditions if isinstance(c, Equality) for gap in (c.lhs - c.rhs, c.rhs - c.lhs)]
    return [*met, *stated, *equal]


def first_values(slacks: Sequence[Expr]) -> dict[Step, int]:
    """The first value of each step that is bounded below, alone or by others that are: k ≥ j + 20 where j ≥ 1."""
    first: dict[Step, int] = {}
    for _ in slacks:
        for slack in slacks:
            for s in sorted((s for s in slack.free_symbols if slack.coeff(s) > 0), key=str):
                rest = (slack - slack.coeff(s) * s).expand()
                if all(q in first and rest.coeff(q) < 0 for q in rest.free_symbols):
                    low = int(ceiling(-rest.subs(list(first.items())) / slack.coeff(s)))
                    first[s] = min(max(first.get(s, low), low), LATEST)
    return first


# ---- the range in words


def range_text(claim: Claim) -> str:
    """The range of steps, as the verdict prints it: ``t ≥ 2``, or ``1 ≤ j ≤ k``."""
    slacks = [need.slack for need in claim_needs(claim) if need.slack.free_symbols and not waived(claim, need)]
    known = set(free_steps(claim))
    stated = [*And.make_args(claim.given), *(c for c in claim.model.assumptions if c.free_symbols <= known)]
    told = {condition: slack for condition in stated if (slack := slack_of(condition)) is not None}
    lower, upper, others = _bounds([*slacks, *told.values()])
    parts = []
    for s in sorted(lower.keys() | upper.keys(), key=str):
        ends = [e for e in (lower.get(s), s, upper.get(s)) if e is not None]
        parts.append(f"{s} ≥ {ends[0]}" if s == ends[-1] else " ≤ ".join(map(str, ends)))
    for slack in others:
        terms = slack.as_ordered_terms()
        left = S.Zero - sum((term for term in terms if term.could_extract_minus_sign()), S.Zero)
        parts.append(f"{left} ≤ {slack + left}")
    return ", ".join([*parts, *(_words(condition) for condition in stated if condition not in {S.true, *told})])


def slack_of(condition: Basic) -> Expr | None:
    """A stated condition as an affine expression in steps that must not be negative; None if it is not one."""
    if not isinstance(condition, (GreaterThan, LessThan, StrictGreaterThan, StrictLessThan)):
        return None
    try:
        slack = exact_step(condition.gts - condition.lts)
    except StepError:
        return None
    return slack - 1 if isinstance(condition, (StrictGreaterThan, StrictLessThan)) else slack


def _bounds(slacks: list[Expr]) -> tuple[dict[Step, Expr], dict[Step, Expr], list[Expr]]:
    """Affine expressions that are not negative, as lower and upper bounds of single steps, and what is neither."""
    lower: dict[Step, Expr] = {}
    upper: dict[Step, Expr] = {}
    others = []
    for slack in [s for s in slacks if len(s.free_symbols) == 1]:
        [s] = slack.free_symbols
        a = slack.coeff(s)
        rest = (slack - a * s).expand()
        if a > 0:
            lower[s] = max(lower.get(s, -(rest // a)), -(rest // a))
        else:
            upper[s] = min(upper.get(s, rest // -a), rest // -a)
    for slack in [s for s in slacks if len(s.free_symbols) > 1 and not _implied(s, lower)]:
        below = [s for s in sorted(slack.free_symbols, key=str) if slack.coeff(s) == -1]
        if below:
            end = (slack + below[0]).expand()
            other = upper.setdefault(below[0], end)
            if (end - other).is_Integer:
                upper[below[0]] = min(end, other, key=lambda e: e.as_coeff_Add()[0])
                continue
        if slack not in others:
            others.append(slack)
    return {s: low for s, low in lower.items() if not _between(s, low, lower, upper)}, upper, others


def _between(s: Step, low: Expr, lower: dict[Step, Expr], upper: dict[Step, Expr]) -> bool:
    """Whether another step tells a lower bound: k ≥ 0 where 0 ≤ j ≤ k is said."""
    ends = {q: end - s for q, end in upper.items() if q != s and q in lower}
    return any(beyond.is_Integer and lower[q] - beyond >= low for q, beyond in ends.items())


def _implied(slack: Expr, lower: dict[Step, Expr]) -> bool:
    """Whether the lower bounds alone make an affine expression non-negative."""
    if any(slack.coeff(s) < 0 or s not in lower for s in slack.free_symbols):
        return False
    return bool(slack.subs(list(lower.items())) >= 0)


def _words(condition: Basic) -> str:
    from derivations.latex.notation import TEXT
    from derivations.latex.scalars import condition as words

    return words(TEXT, condition)
