"""Square roots in prime fields: every choice of their signs, so that what is found equal is equal on the reals' branch.

Over the reals √g is the root that is not negative. A finite field has no such thing: a residue has two roots, or none.
So a draw is kept only where every radicand is a square, and then the program is run once for each choice of the signs
of its roots. Two results are found *equal* only if they are so for every choice.

**Why that is sound.** Let the results' difference F be other than zero somewhere on the domain, where radicands are
positive. Near that point F lies in the field L that the real roots S₁, …, S_r generate over the field K of rational
functions in variables and exponentials, of degree 2^m ≤ 2^r over it, and its norm N(F) in K is not zero. Its degree is
at most 2^r times the degree of F, where √g counts half of what g does (heights of algebraic functions add). A point at
which no denominator vanishes extends from K to the S_i: each goes to one of the two roots of its radicand there, so
this extension is among the choices that were tried. If F vanished in it, N(F) would vanish at the point: by Schwartz
and Zippel, with probability at most the degree of N(F) over 2⁶⁰, and no matter how the roots depend on each other. With
a draw tried again a times until every radicand is a square, that is multiplied by a.

**What they do not say.** Where some choice tells the results apart, nothing is refuted: √(x²) = x holds for x > 0, and
√((1 + x²)²) = 1 + x² everywhere, but both fail for one choice of sign. The decision is left to balls.

Signs are not free where a radicand is known to be positive because it is a product or quotient of (two, or squares of)
radicands before it, times c² for a small positive rational c: then its root is the same product of their roots, as it
is over the reals. So √a √b = √(ab), √(4a) = 2√a and √9 = 3 are found equal. This reads an identity of functions from
their values at the point; that it is a coincidence is counted, as one more polynomial that may vanish by chance.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

MOST = 6  # roots whose signs are free: each run is one of 2⁶
SQUARES = tuple(sorted({Fraction(a, b) for a in range(1, 9) for b in range(1, 9)}, key=lambda c: (c != 1, c)))
RELATION = 10.0  # a relation is of this many times a radicand's degree, at most: g = c² h² k², cleared of denominators


class Roots:
    """The roots of one run: for each draw a choice of signs (a bit for each), and what was met on the way."""

    def __init__(self, signs: np.ndarray, rings: list[Any], primes: list[int]) -> None:
        self.signs, self.primes, draws = signs, primes, len(signs)
        self.free = np.zeros(draws, np.int64)  # how many roots' signs are free
        self.tests = np.zeros(draws, np.int64)  # how many relations were tried
        self.known: list[list[dict[int, Any]]] = [[{} for _ in rings] for _ in range(draws)]
        self.products: list[list[list[tuple[Any, Any]]]] = \
            [[[(ring(1), ring(1))] for ring in rings] for _ in range(draws)]
        self.generators: list[list[list[tuple[Any, Any]]]] = [[[] for _ in rings] for _ in range(draws)]
        self.rings = rings

    @cached_property
    def constants(self) -> list[list[Any]]:
        return [[ring(c.numerator) / ring(c.denominator) for c in SQUARES] for ring in self.rings]

    def of(self, level: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The roots of residues (draws × …), and in which draws one of them has none."""
        out, missing = np.empty(values.shape, dtype=object), np.zeros(len(values), bool)
        for index, value in np.ndenumerate(values):
            found = self.root(index[0], level, value)
            out[index] = value if found is None else found
            missing[index[0]] |= found is None
        return out, missing

    def root(self, draw: int, level: int, value: Any) -> Any:
        """The root of a residue with the sign that this draw has chosen for it; None if there is none."""
        known = self.known[draw][level]
        if int(value) not in known:
            known[int(value)] = value if value == 0 else self.related(draw, level, value)
            if known[int(value)] is None:
                known[int(value)] = self.chosen(draw, level, value)
        return known[int(value)]

    def related(self, draw: int, level: int, value: Any) -> Any:
        """The root of what is a product of radicands before it and a small square."""
        products = self.products[draw][level]
        self.tests[draw] += len(SQUARES) * len(products)
        roots = {int(product): root for product, root in products}
        for c in self.constants[level]:
            root = roots.get(int(value / (c * c)))
            if root is not None:
                return c * root
        return None

    def chosen(self, draw: int, level: int, value: Any) -> Any:
        """A root of its own, with the next sign; every prime leaves remainder 3 divided by 4, so a power finds it."""
        root = value ** ((self.primes[level] + 1) // 4)
        if root * root != value:
            return None
        if self.signs[draw] >> self.free[draw] & 1:
            root = -root
        self.free[draw] += 1
        new = [(value, root), (value**-1, root**-1)]
        generators, products = self.generators[draw][level], self.products[draw][level]
        products += [*new, *((g * g, g) for g, _ in new)]
        products += [(g * h, r * s) for g, r in new for h, s in generators]
        generators += new
        return root
