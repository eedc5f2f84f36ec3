"""What becomes of c·r^k·k^p and sums of such terms as a step grows: their sign from some step on, whether they vanish,
whether they stay bounded. Every answer is certain; Undecided is raised where the numbers do not tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from derivations.errors import Undecided
from derivations.proof.logistic import Log, Logistic
from derivations.proof.progressions import Form
from derivations.proof.reals import ONE, Number, ball, certainly_less, nonzero, sign
from derivations.symbols import Step

LATEST = 2**14  # a step from which on a term must outweigh the others


class Term(NamedTuple):
    """c·r^k·k^p, r positive."""

    r: Number
    p: int
    c: Number


class Part(NamedTuple):
    """The form at the steps a·m + b, where no power has a negative base."""

    terms: tuple[Term, ...]
    a: int
    b: int


def enclosed(form: Form, step: Step, start: int) -> Form:
    """The form with its powers of logistic numbers in balls that hold from a step on."""
    out = Form()
    for key, c in form.terms.items():
        for s, _, p in key:
            if isinstance(s, Log):
                raise Undecided(f"the growth of {s.name}")
            if isinstance(s, Logistic):
                c = c * s.enclosed(p, step, start)
        out = out + Form({tuple(entry for entry in key if not isinstance(entry[0], Logistic)): c})
    return out


def parts(form: Form, step: Step, start: int = 1) -> list[Part]:
    """The form itself, or at even and at odd steps where (-1)^k makes these differ."""
    form = enclosed(form, step, start)
    if not set(form.steps) <= {step}:
        raise Undecided(f"what changes with {' and '.join(map(str, form.steps))} at once")
    bases = [r for key in form.terms for _, r, _ in key]
    if all(sign(r) > 0 for r in bases):
        return [Part(_terms(form), 1, 0)]
    return [Part(_terms(form.at({step: 2 * step + b})), 2, b) for b in (0, 1)]


def _terms(form: Form) -> tuple[Term, ...]:
    return tuple(Term(key[0][1] if key else ONE, key[0][2] if key else 0, c) for key, c in form.terms.items())


def _outweighs(one: Term, other: Term) -> bool:
    return one is other or certainly_less(other.r, one.r) or (one.r == other.r and one.p > other.p)


def leading(part: Part) -> Term:
    """The term that outweighs all others in the end, its coefficient certainly not zero."""
    lead = next((t for t in part.terms if all(_outweighs(t, other) for other in part.terms)), None)
    if lead is None or not nonzero(lead.c):
        raise Undecided("which term outweighs the others is not told by their balls")
    return lead


def sign_from(form: Form, step: Step, start: int) -> tuple[int, int]:
    """The sign of a form, and from which step on, ``start`` or later, it has it."""
    found = [(_sign(part, start), part) for part in parts(form, step, start)]
    signs = {s for (s, _), _ in found}
    if len(signs) > 1:
        raise Undecided(f"{form} changes its sign for ever")
    return signs.pop(), max(start, *(part.a * first + part.b for (_, first), part in found))


def _sign(part: Part, start: int) -> tuple[int, int]:
    if not part.terms:
        return 0, 0
    lead, first = leading(part), max(1, -(-(start - part.b) // part.a))
    if len(part.terms) == 1 and lead.p == 0:
        return sign(lead.c), 0
    while first <= LATEST:
        if _outweighed(lead, [t for t in part.terms if t is not lead], first):
            return sign(lead.c), first
        first *= 2
    raise Undecided(f"no term outweighs the others before step {LATEST}")


def _outweighed(lead: Term, others: list[Term], first: int) -> bool:
    """Whether the other terms together are less than the leading one at every step from the first on.

    Each is to it as a·q^k·k^s, which falls from where q·((k + 1)/k)^s ≤ 1 on.
    """
    from flint import arb

    at, total = arb(first), arb(0)
    for term in others:
        s = term.p - lead.p
        q = arb(1) if term.r == lead.r else (ball(term.r).abs_upper() / ball(lead.r).abs_lower())
        if s > 0 and not q * ((at + 1) / at) ** s <= 1:
            return False
        total += ball(term.c).abs_upper() / ball(lead.c).abs_lower() * q**first * at**s
    return bool(total < 1)


def _below(term: Term, degree: int) -> bool:
    """Whether a term is at most a multiple of k^degree; the degree 0 and -1 say bounded and vanishing."""
    return certainly_less(term.r, ONE) or (term.r == ONE and term.p <= degree)


def _settled(form: Form, step: Step, small: Callable[[Term], bool]) -> bool:
    """Whether all terms are small; if not, the leading one must certainly not be."""
    answer = True
    for part in parts(form, step):
        if all(map(small, part.terms)):
            continue
        lead = leading(part)
        if small(lead) or not (lead.r == ONE or certainly_less(ONE, lead.r)):
            raise Undecided("whether a base is less than 1 is not told by its ball")
        answer = False
    return answer


def vanishes(form: Form, step: Step) -> bool:
    """Whether it tends to zero."""
    return _settled(form, step, lambda term: _below(term, -1))


def bounded(form: Form, step: Step) -> bool:
    return _settled(form, step, lambda term: _below(term, 0))
