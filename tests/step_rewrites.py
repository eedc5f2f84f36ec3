"""Rewritings that are right, by hand, of powers over steps, of sums in another order and of open functions."""

from __future__ import annotations

from random import Random

from derivations import Prod, Sum, vstack
from derivations.algebra import Stack, Times, Transposed
from derivations.calculus import Chain, Series
from derivations.functions import Apply, Smooth
from derivations.symbols import Expression, Step, fits


def powers(e: Expression, z: Random) -> Expression | None:
    """M Mᵃ = Mᵃ M, Mᵃ = Mᵃ⁺¹ of one factor less, (Mᵃ)ᵀ = (Mᵀ)ᵃ, A (BA)ᵃ = (AB)ᵃ A, (c M)ᵃ = cᵃ Mᵃ."""
    if isinstance(e, Transposed) and _is_power(e.args[0]):
        return e.args[0].body.T ** e.args[0].exponent
    if _is_power(e):
        base, times = e.body, e.exponent
        ways = [lambda: base.T.T**times, lambda: Prod(base, (Step("i"), 2, times + 1)), lambda: base.T**times]
        if isinstance(base, Times) and all(base.axes) and len(base.args) == 2:
            ways.append(lambda: (base.args[0] ** times) * base.args[1] ** times if base.args[0].is_scalar else e)
        return z.choice(ways[:2])() if base.is_scalar else z.choice([*ways[:2], lambda: ways[2]().T, *ways[3:]])()
    if not isinstance(e, Times):
        return None
    for n, (f, g) in enumerate(zip(e.args[:-1], e.args[1:], strict=True)):
        new = _joined(f, g) or _turned(f, g)
        if new is not None:
            whole = (*e.args[:n], *new, *e.args[n + 2 :])
            return whole[0] if len(whole) == 1 else Times(*whole)
    return None


def _is_power(e: Expression) -> bool:
    return isinstance(e, Chain) and e.exponent is not None and not e.exponent.is_Integer


def _joined(f: Expression, g: Expression) -> tuple[Expression, ...] | None:
    if _is_power(f) and _is_power(g) and f.body == g.body:
        return (f.body ** (f.exponent + g.exponent),)
    for power_, other in ((f, g), (g, f)):
        if _is_power(power_) and power_.body == other:
            return (other ** (power_.exponent + 1),)
    return None


def _turned(f: Expression, g: Expression) -> tuple[Expression, ...] | None:
    if _is_power(f) and isinstance(f.body, Times) and f.body.args[0] == g and all(map(_square, f.body.args)):
        rest = f.body.args[1:]
        return g, Times(*rest, g) ** f.exponent
    return None


def _square(e: Expression) -> bool:
    return bool(e.axes[0]) and fits(*e.axes)


def order_of_a_sum(e: Expression, z: Random) -> Expression | None:
    """Σ from the last step to the first; two sums exchanged."""
    if not isinstance(e, Series) or (e.body.has(Series) and not isinstance(e.body, Series)):
        return None
    s, first, last, inner = e.bound, e.first, e.last, e.body
    if isinstance(inner, Series) and s not in inner.first.free_symbols and inner.last == s and inner.bound != s:
        return Sum(Sum(inner.body, (s, inner.bound, last)), (inner.bound, inner.first, last)) if (
            inner.first == first) else None
    turned_round = first.is_Integer and not inner.has(Series)  # a sum in a sum is exchanged, and not turned round
    return Sum(inner.subs(s, first + last - s), (s, first, last)) if turned_round else None


def several_arguments(e: Expression, z: Random) -> Expression | None:
    """f(x, y, w) = f((x, y), w)."""
    if not (isinstance(e, Apply) and isinstance(e.function, Smooth) and isinstance(e.argument, Stack)):
        return None
    parts_ = e.argument.parts
    n = z.randint(1, len(parts_) - 1)
    return e.function(vstack(*parts_[:n]) if n > 1 else parts_[0], vstack(*parts_[n:]) if n < len(parts_) - 1
                      else parts_[-1])
