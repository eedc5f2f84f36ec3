"""The ledger of evidence: what would have told a wrong formula apart, and in how many draws it did.

Each term of a side is dropped, each factor of a term is replaced by ones or the identity. A draw counts for a term (a
factor) only where the claim with that change is told apart from the claim as it stands. Fewer than eight such draws
for any of them, and the agreement proves nothing: vacuous.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import S

from derivations.algebra import Diag, Eye, Had, Ones, Plus, Times, Trace, Transposed, Zeros
from derivations.calculus import Let, OverSteps
from derivations.latex import text
from derivations.symbols import Constant, Expression, fits

ENOUGH = 8


def probes(side: Expression) -> list[tuple[str, Expression]]:
    """(what was changed, the side with that change): every term dropped, every factor made neutral."""
    e = _named(side)
    if not isinstance(e, Plus):
        return [(text(side), Zeros(*side.axes)), *((f"{label} in {text(side)}", v) for label, v in factors(e))]
    out: list[tuple[str, Expression]] = [(text(side), Zeros(*side.axes))]
    for k, term in enumerate(e.args):
        rest = e.args[:k] + e.args[k + 1 :]
        out.append((text(term), rest[0] if len(rest) == 1 else Plus(*rest)))
        out += [(f"{label} in {text(term)}", Plus(*e.args[:k], v, *e.args[k + 1 :]))
                for label, v in factors(_named(term))]
    return out


def _named(e: Expression) -> Expression:
    return _named(e.body) if isinstance(e, Let) else e


def factors(term: Expression) -> Iterator[tuple[str, Expression]]:
    """(factor, the term with that factor made neutral)."""
    if isinstance(term, (Times, Had)):
        for k, factor in enumerate(term.args):
            if isinstance(factor, Constant):
                continue
            neutral = neutral_of(factor, entrywise=isinstance(term, Had))
            if not _is_neutral(factor):
                yield text(factor), term.func(*term.args[:k], neutral, *term.args[k + 1 :])
            for label, inner in factors(_named(factor)):
                yield label, term.func(*term.args[:k], inner, *term.args[k + 1 :])
    elif isinstance(term, (Diag, Transposed, Trace)):  # within an inverse, ones would make it singular
        for label, inner in factors(_named(term.args[0])):
            yield label, term.func(inner)
    elif isinstance(term, OverSteps):
        for label, inner in factors(_named(term.body)):
            yield label, term.func(inner, *term.args[1:])


def _is_neutral(factor: Expression) -> bool:
    """Ones and identities as the author wrote them: replacing them by themselves would tell nothing."""
    while isinstance(factor, (Transposed, Let)):
        factor = factor.body if isinstance(factor, Let) else factor.args[0]
    return type(factor) is Ones or isinstance(factor, Eye)


def neutral_of(factor: Expression, *, entrywise: bool) -> Expression:
    """Ones where factors meet entry by entry, the identity where they meet as square matrices."""
    if factor.is_scalar:
        return Constant(S.One)
    if not entrywise and fits(*factor.axes):
        return Eye(factor.axes[0])
    return Ones(*factor.axes)
