"""σ and tanh written in exponentials: what proves rewrites between them."""

from __future__ import annotations

from fractions import Fraction

from derivations.proof import heads
from derivations.proof.engine import Engine
from derivations.proof.functions import exponential, power
from derivations.proof.normal import Poly
from derivations.proof.rebuild import Rewrite
from derivations.proof.space import bodies

# f(z) = a + b / (1 + exp(c z))
LOGISTIC: dict[str, tuple[int, int, int]] = {"sigma": (1, -1, 1), "tanh": (1, -2, 2)}


class _InExponentials(Rewrite):
    def __init__(self, p: Engine) -> None:
        super().__init__(p)
        self._touched: dict[int, bool] = {}

    def touches(self, head: int) -> bool:
        if head not in self._touched:
            m = self.p.space.meanings[head]
            own = isinstance(m, heads.Value) and m.function.name in LOGISTIC
            inner = sorted({h for body in bodies(m) for f, _ in body.terms for h, _ in f})
            self._touched[head] = own or any(map(self.touches, inner))
        return self._touched[head]

    def becomes(self, head: int, at: tuple[int, ...]) -> Poly | None:
        m, space = self.p.space.meanings[head], self.p.space
        if not isinstance(m, heads.Value) or m.function.name not in LOGISTIC:
            return None
        a, b, c = LOGISTIC[m.function.name]
        grown = exponential(space, None, self(space.spread(m.argument, at)).scaled(Fraction(c)))
        return Poly.number(a) + power(space, Poly.number(1) + grown, Fraction(-1)).scaled(Fraction(b))


def in_exponentials(p: Engine, poly: Poly) -> Poly:
    """The polynomial with σ(z) = 1 - 1/(1 + exp(z)) and tanh(z) = 1 - 2/(1 + exp(2z)) written out."""
    return _InExponentials(p)(poly)
