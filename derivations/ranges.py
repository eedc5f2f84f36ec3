"""The steps at which a claim is made: where every node that it names exists, or where the claim says.

What must be true of the steps is a list of needs: affine expressions that must not be negative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from sympy import And, Basic, Expr, GreaterThan, LessThan, S, StrictGreaterThan, StrictLessThan

from derivations.calculus import Jacobian, OverSteps, Use, see_through
from derivations.errors import StepError
from derivations.graph import FIRST, extreme, first_step, last_step
from derivations.symbols import Node, Step, exact_step

if TYPE_CHECKING:
    from derivations.claim import Claim
    from derivations.model import Model

Ranges = tuple[tuple[Step, Expr, Expr], ...]


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
        yield Need(slack, f"the range of {e} ends before it starts", range=True)
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
    elif e.family in model.rules:  # its steps are its own, whatever the sums around it range over
        yield from needs(model, model.rules[e.family].expression)


def claim_needs(claim: Claim) -> list[Need]:
    """Every condition on the steps of a claim, of all its cases, without repetition."""
    found = [n for case in claim.cases for e in case.expressions for n in needs(claim.model, see_through(e))]
    return list({(n.slack, n.range): n for n in found}.values())


def check_steps(claim: Claim) -> None:
    """Refuse a literal step at which a node does not exist, and regions in steps that the claim does not name.

    Raises StepError.
    """
    for need in claim_needs(claim):
        if need.slack.is_number and need.slack < 0:
            raise StepError(f"{claim.id}: {need.why}")
    known = set(free_steps(claim))
    for what, condition in (("fails", claim.fails), ("given", claim.given)):
        for s in sorted(condition.free_symbols - known, key=str):
            if isinstance(s, Step):
                raise StepError(f"{claim.id}: {what} speaks of {s}, which the claim does not name")
    if claim.also and (set(dict(claim.also)) != known or not in_range(claim, dict(claim.also))):
        said = ", ".join(f"{s} = {value}" for s, value in claim.also)
        raise StepError(f"{claim.id}: also={{{said}}} is not a value for each of its steps, inside their range")


def free_steps(claim: Claim) -> list[Step]:
    """The steps that a claim leaves free, by name: its own, and those in the definitions of nodes without steps."""
    symbols: set[Basic] = set()
    for need in claim_needs(claim):
        symbols |= need.slack.free_symbols
    for case in claim.cases:
        for e in case.expressions:
            symbols |= e.free_symbols
    return sorted((s for s in symbols if isinstance(s, Step)), key=str)


# ---- which steps are in the range


def in_range(claim: Claim, values: Mapping[Any, int]) -> bool:
    """Whether the claim is made at these steps: where every node exists, and in its own range if it states one."""
    return _inside(claim, claim_needs(claim), values)


def _inside(claim: Claim, found: list[Need], values: Mapping[Any, int]) -> bool:
    from derivations.claim import holds_at

    conditions = [c for c in claim.conditions if c.free_symbols <= set(values)]
    return (all(holds_at(c, values) for c in conditions)
            and all(need.slack.subs(list(values.items())) >= 0 for need in found
                    if need.slack.free_symbols <= set(values) and not _waived(claim, need)))


def _waived(claim: Claim, need: Need) -> bool:
    """Whether the claim states the range of these steps itself, so that a sum or product may be empty."""
    return need.range and bool(need.slack.free_symbols) and need.slack.free_symbols <= claim.given.free_symbols


def instances(claim: Claim, most: int) -> list[dict[Step, int]]:
    """The steps at which a claim is checked, fewest first: a free step runs from its first value on, up to ``most``."""
    steps, found = free_steps(claim), claim_needs(claim)
    lowest = min([-2, *(int(first_step(claim.model, f)) for f in claim.model.families.values() if f.indexed)])
    inside = [dict(zip(steps, values, strict=True)) for values in product(range(lowest, most + 1), repeat=len(steps))]
    return sorted((at for at in inside if _inside(claim, found, at)), key=lambda at: (sum(at.values()), [*at.values()]))


# ---- the range in words


def range_text(claim: Claim) -> str:
    """The range of steps, as the verdict prints it: ``t ≥ 2``, or ``1 ≤ j ≤ k``."""
    slacks = [need.slack for need in claim_needs(claim) if need.slack.free_symbols and not _waived(claim, need)]
    stated = And.make_args(claim.given)
    told = {condition: slack for condition in stated if (slack := _slack(condition)) is not None}
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


def _slack(condition: Basic) -> Expr | None:
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
