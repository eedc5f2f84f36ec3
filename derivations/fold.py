"""Fold what was written out back into the author's abbreviations, so that an explanation reads like the paper."""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr

from derivations.calculus import Let, see_through
from derivations.model import Model
from derivations.symbols import Expression, nodes


def folded(e: Expression, model: Model) -> Expression:
    """The expression with every abbreviation of the model that occurs in it, at whatever step, the largest first."""
    for let in sorted(model.lets.values(), key=_size, reverse=True):
        for step in _steps(e) if len(let.steps) == 1 else [None]:
            here, body = _written_out(let, step)
            if isinstance(here, Let) and body != e and e.has(body):
                e = e.xreplace({body: here})
    return e


@lru_cache(maxsize=4096)
def _written_out(let: Let, step: Expr | None) -> tuple[Expression, Expression]:
    """An abbreviation at a step, and what it stands for there: a proof asks for the same ones again and again."""
    here = let if step is None else let.at(step)
    return here, see_through(here)


@lru_cache(maxsize=1024)
def _size(let: Let) -> tuple[int, str]:
    return sum(1 for _ in _every(see_through(let))), str(let)


def _every(e: Expression) -> list[object]:
    found: list[object] = [e]
    for part in found:
        found.extend(getattr(part, "args", ()))
    return found


def _steps(e: Expression) -> list[Expr]:
    """The steps at which an abbreviation may stand: those of the nodes, and the one after, which looks back."""
    own = {node.step for node in nodes(see_through(e)) if node.step is not None}
    return sorted(own | {(step + 1).expand() for step in own}, key=str)
