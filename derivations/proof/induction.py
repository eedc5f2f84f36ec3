"""Induction over a step: the base, and from one step to the next, where the normal form alone does not decide.

A sum or product over steps stands alone in the claim at k, so the claim says what it is; at k + 1 its last step is
taken out, what is left of it is replaced by what the claim at k says, and the sides must then be the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial

from sympy import Expr, Integer

from derivations.claim import Case, Claim
from derivations.proof import heads
from derivations.proof.alignment import aligned
from derivations.proof.normal import Factor, Monomial, Poly, fresh
from derivations.proof.places import Index
from derivations.proof.powers import of_matrix, raised, size_of
from derivations.proof.prove import Pairing
from derivations.proof.rebuild import at_step, opened, replaced
from derivations.proof.space import Form
from derivations.proof.steps import Known
from derivations.proof.trace import Sides, Trace
from derivations.ranges import free_steps
from derivations.symbols import Node, Step

TAKEN_OUT = "steps taken out of sums and products"


def by_induction(claim: Claim, case: Case, k: int, hypothesis: Pairing) -> list[Trace] | None:
    """Base and step of a proof by induction over one of the claim's steps; None where there is none.

    ``hypothesis``: the sides as far as they were reduced. The claim as it was written, in which a node may stand alone
    that was opened since, is the other one that is tried.
    """
    found = _by_induction(claim, case, k, hypothesis)
    if found is None:
        written = Pairing(claim, case, k, hypothesis.p.known, hypothesis.when, hypothesis.p.joining)
        written.start(*hypothesis.sides)
        found = _by_induction(claim, case, k, written) if _recurs(written) else None
    return found


def _recurs(at: Pairing) -> bool:
    """Whether the sides speak of a node of a recurrence at a step that is not given."""
    found = (at.p.space.meanings[h] for h in at.rest())
    return any(isinstance(m, heads.Entry) and m.node.family in at.p.model.rules and m.node.steps for m in found)


def _by_induction(claim: Claim, case: Case, k: int, hypothesis: Pairing) -> list[Trace] | None:
    known, when = hypothesis.p.known, hypothesis.when
    for step in sorted({s for side in case.sides for s in side.steps}, key=str):
        first = first_of(known, step, free_steps(claim))
        if first is None or known.least(-step) is not None:
            continue
        so_far = hypothesis.cells, hypothesis.lines
        found = _next(hypothesis, step)
        hypothesis.cells, hypothesis.lines = so_far
        if found is None:
            continue
        base = Pairing(claim, case, k, known, when, hypothesis.p.joining)
        base.pin(((step, first),))
        if base.reduce():
            return [base.trace(), found]
    return None


def first_of(known: Known, step: Step, steps: list[Step]) -> Expr | None:
    """The first value of a step, which may depend on the other steps: k begins at j where 1 ≤ j ≤ k. None where no one
    lower bound is known to be above all others."""
    symbols = {s.name: s for s in steps}
    bounds: list[Expr] = []
    for coefficients, rest in sorted(known.slacks):
        own = dict(coefficients)
        if own.get(step.name, 0) > 0:
            if own[step.name] != 1 or not own.keys() <= symbols.keys():
                return None
            bounds.append(step - sum((int(c) * symbols[name] for name, c in coefficients), Integer(int(rest))))
    above = (b for b in bounds if all((gap := known.least(b - other)) is not None and gap >= 0 for other in bounds))
    return next(above, None)


def _next(at: Pairing, step: Step) -> Trace | None:
    """The step of the induction: the claim at step + 1 from the claim at step."""
    p, before, by = at.p, list(at.cells), _rules(at, step)
    by = [own | _next_powers(at, step, own) for own in by]
    uses = [partial(replaced, p, by=own) for own in by]
    at.lines = []
    at.cells = [(row, col, at_step(p, left, step, step + 1), at_step(p, right, step, step + 1))
                for row, col, left, right in before]
    at.record(f"the claim at {step} + 1")
    if which := frozenset(node for own in by for node in _after(at, step, own)):
        at.change(lambda poly: opened(p, poly, which), "definitions of", which)
    change = aligned(p, [poly for _, _, *both in (*before, *at.cells) for poly in both])
    if change is not None:
        at.change(change, TAKEN_OUT)
    if any(by):
        at.change_each(uses, f"the claim at {step} used")
    if any(by) and not at.equal and (change := aligned(p, at.collected())) is not None:
        at.change(change, TAKEN_OUT)
    if not at.equal:
        at.cells = [(row, col, left + (old_right - old_left), right)
                    for (row, col, left, right), (_, _, old_left, old_right) in zip(at.cells, before, strict=True)]
        at.record(f"the claim at {step} added")
    return replace(at.trace(), at=((step, step + 1),)) if at.equal else None


def _after(at: Pairing, step: Step, by: Mapping[int, Poly]) -> Iterator[Node]:
    """The nodes one step after those of which the claim at this step speaks."""
    for head in by:
        m = at.p.space.meanings[head]
        if isinstance(m, heads.Entry):
            yield Node(m.node.family, (m.node.step + 1).expand())


def _rules(at: Pairing, step: Step) -> list[dict[int, Poly]]:
    """What each cell may use of what the claim at this step says of a sum or product, or of a node of a recurrence,
    that stands alone in it.

    Where a number that was taken out is zero nothing is said: that is for cells which are equal there too.
    """
    cells, found = at.lines[-1].cells, list[tuple[set[Factor], int, Poly]]()
    shared = [_shared(at, sides, step) for sides in cells]
    for sides, own in zip(cells, shared, strict=True):
        rest = _without(sides.rest, own)
        for f, c in rest:
            if len(f) != 1 or sorted(f[0][1]) != sorted(sides.at):
                continue
            head = f[0][0]
            m = at.p.space.meanings[head]
            uses = sum(head == h for g, _ in rest for h, _ in g)
            if _grows(at, m, step) and uses == 1 and not any(head == g and less <= set(own) for less, g, _ in found):
                found.append((set(own), head, _solved(at, rest, f, c)))
                break
    return [{head: poly for without, head, poly in found if without <= set(own)} for own in shared]


def _grows(at: Pairing, m: heads.Meaning, step: Step) -> bool:
    """Whether it is told at the next step by what it is at this one."""
    if isinstance(m, heads.Entry):
        return m.node.family in at.p.model.rules and m.node.step is not None and bool((m.node.step - step).is_Integer)
    return isinstance(m, (heads.Summed, heads.Linked)) and m.last.has(step)


def _next_powers(at: Pairing, step: Step, by: Mapping[int, Poly]) -> dict[int, Poly]:
    """What the claim at this step says of the powers in the claim at the next one: Mᵃ⁺¹ = M·Mᵃ."""
    found: dict[int, Poly] = {}
    for head, poly in by.items():
        m = at.p.space.meanings[head]
        if of_matrix(m):
            higher = m.last.xreplace({step: step + 1}).expand()
            [(_, factor)] = raised(at.p.space, m, higher, (1, 2)).terms
            between = fresh()
            body = at.p.space.spread(m.bodies[0][2], (1, between))
            if (higher - m.last).expand() == 1:
                joint = [Index(between, size_of(m))]  # a sum that no factor carries is counted
                found[factor[0][0]] = at.p.space.sum(body * poly.renamed({1: between}), joint)
    return found


def _shared(at: Pairing, sides: Sides, step: Step) -> Counter[Factor]:
    """The scalars that all terms of the difference have and that are the same at every step: where one is zero, the
    claim holds at every step."""
    rest = sides.rest
    shared = Counter(g for g in rest[0][0] if not g[1] and step not in at.p.space.steps[g[0]]) if rest else Counter()
    for f, _ in rest:
        shared &= Counter(f)
    return shared


def _without(rest: Form, shared: Counter[Factor]) -> Form:
    """The terms of a difference without some factors that all have."""
    return tuple((tuple(sorted((Counter(f) - shared).elements())), c) for f, c in rest)


def _solved(at: Pairing, rest: Form, alone: Monomial, c: Fraction) -> Poly:
    """A head over its slots 1, 2, … from an equation in which it stands once, with this coefficient."""
    names = {slot: k for k, slot in enumerate(alone[0][1], 1)}
    terms = [(-b / c, at.p.space.spread_monomial(f, names)) for f, b in rest if f != alone]
    return Poly(terms, names.values())
