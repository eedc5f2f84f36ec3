"""Prime towers: JAX's own derivative over finite fields, where rational identities hold exactly (after Gonnet 1984).

A tower is a chain of primes p₀ | p₁ − 1, p₁ | p₂ − 1, …, each of 61 bits or more, chosen at random from the seed. A
variable is an independent random residue at each level. With g_L of order p_{L−1} modulo p_L,

    exp(x) at level L  :=  g_L ^ (x at level L − 1),

so that exp(x + y) = exp(x) exp(y) and exp(0) = 1 hold, and tanh = (e^{2x} − 1)/(e^{2x} + 1), σ = 1/(1 + e^{−x}) are
rational in exp. There is a level for each nesting of exp. What is equal by the laws of fields and of exp is equal in
every tower, without a tolerance.

**The bound.** Let two results be unequal by these laws. Their difference is a quotient of polynomials in the variables
and in the exponentials met on the way, of degree d at most (``numeric.exact.degrees`` computes d from the program). At its
level the variables are uniform in a set of at least 2⁶⁰ elements, and so is each exponential, in the subgroup of order
p_{L−1}. By Schwartz (1980) and Zippel (1979) a numerator that is not zero vanishes with probability at most d/2⁶⁰.
Exponentials are independent unless two exponents that differ as functions coincide at the level below: with N of them,
of degree e at most, that has probability at most N² e/2⁶⁰, added to the bound. Conditions: exponents that occur are not
tied by integer relations other than the laws above (σ(z) and σ(2z) are covered: tanh counts as degree two), and the
primes are drawn after the claim was written. A draw with a zero denominator is discarded and counted. Towers are
independent, so their bounds multiply.

Comparisons, roots, log, sin and powers that are not whole are out of this class: reported by name, never passed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from numeric.exact.floats import contract
from numeric.exact.interpret import Lifted, OutOfClass, System

BITS = 60  # a field has at least 2⁶⁰ elements
MOST_LEVELS = 24
WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)  # Miller and Rabin: exact below 2⁸¹, and beyond far below the bound


def is_prime(n: int) -> bool:
    if any(n % q == 0 for q in WITNESSES):
        return n in WITNESSES
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for a in WITNESSES:
        x = pow(a, odd, n)
        if x not in (1, n - 1):
            for _ in range(twos - 1):
                x = x * x % n
                if x == n - 1:
                    break
            else:
                return False
    return True


@lru_cache(maxsize=64)
def tower(levels: int, seed: int) -> tuple[tuple[int, int], ...]:
    """(prime, generator of the subgroup whose order is the prime below) for each level. Raises OutOfClass for too many."""
    if levels > MOST_LEVELS:
        raise OutOfClass(f"{levels} exponentials inside each other: no tower of more than {MOST_LEVELS} levels is built")
    rng = random.Random(seed)
    while not is_prime(p := rng.getrandbits(BITS + 1) | 1 << BITS | 1):
        pass
    out = [(p, 0)]
    while len(out) < levels:
        below = out[-1][0]
        k = 2 * rng.randrange(1, 64)
        while not is_prime(p := k * below + 1):
            k += 2
        while (g := pow(rng.randrange(2, p - 1), k, p)) == 1:
            pass
        out.append((p, g))
    return tuple(out)


def each(f: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    return np.asarray(np.frompyfunc(f, len(arrays), 1)(*arrays), dtype=object)


class Fields(System):
    """Residues at every level of one tower. ``discarded`` marks draws in which a denominator was zero."""

    name = "prime fields"

    def __init__(self, levels: int, seed: int, draws: int) -> None:
        self.tower, self.random = tower(levels, seed), random.Random(f"{seed}/{levels}")
        self.discarded = np.zeros(draws, bool)
        self.draws = draws

    def lift(self, a: np.ndarray) -> Lifted:
        numbers = each(lambda v: Fraction(float(v)), np.asarray(a))[None]
        return Lifted(tuple(each(lambda q, p=p: q.numerator * pow(q.denominator, -1, p) % p, numbers) for p, _ in self.tower))

    def variable(self, shape: tuple[int, ...]) -> Lifted:
        """Independent random residues, at each level and for each draw."""
        blank = np.zeros((self.draws, *shape))
        return Lifted(tuple(each(lambda _, p=p: self.random.randrange(p), blank) for p, _ in self.tower))

    def _ring(self, f: Callable[..., Any], *values: Lifted) -> Lifted:
        return Lifted(tuple(np.asarray(f(*parts) % p, dtype=object)
                            for (p, _), *parts in zip(self.tower, *(v.parts for v in values), strict=True)))

    def p_add(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._ring(lambda x, y: x + y, a, b)

    p_add_any = p_add

    def p_sub(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._ring(lambda x, y: x - y, a, b)

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._ring(lambda x, y: x * y, a, b)

    def p_square(self, p: Any, a: Lifted) -> Lifted:
        return self.p_mul(p, a, a)

    def p_neg(self, p: Any, a: Lifted) -> Lifted:
        return self._ring(lambda x: -x, a)

    def p_dot_general(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._ring(lambda x, y: contract(p, x, y), a, b)

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        return self._ring(lambda x: x.sum(axis=tuple(axis + 1 for axis in p["axes"])), a)

    def p_div(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self.p_mul(p, a, self.inverse(b))

    def p_integer_pow(self, p: Any, a: Lifted) -> Lifted:
        base = a if p["y"] >= 0 else self.inverse(a)
        return Lifted(tuple(each(lambda v, q=q: pow(v, abs(p["y"]), q), x)
                            for (q, _), x in zip(self.tower, base.parts, strict=True)))

    def inverse(self, a: Lifted) -> Lifted:
        out = []
        for (p, _), x in zip(self.tower, a.parts, strict=True):
            zero = np.asarray(x == 0, bool)
            if zero.any():
                self.discarded |= np.broadcast_to(zero.any(axis=tuple(range(1, zero.ndim))), self.discarded.shape)
                x = np.where(zero, 1, x)
            out.append(each(lambda v, p=p: pow(v, -1, p), x))
        return Lifted(tuple(out))

    def p_exp(self, p: Any, a: Lifted) -> Lifted:
        """One level is lost: at level 0 nothing is known of it, and a random residue takes its place."""
        first, _ = self.tower[0]
        unknown = each(lambda _: self.random.randrange(1, first), np.zeros(a.parts[0].shape))
        levels = zip(self.tower[1:], a.parts[:-1], strict=True)
        return Lifted((unknown, *(each(lambda v, g=g, q=q: pow(g, v, q), x) for (q, g), x in levels)))

    def p_logistic(self, p: Any, a: Lifted) -> Lifted:
        return self.inverse(self._ring(lambda x: x + 1, self.p_exp(p, self.p_neg(p, a))))

    def p_tanh(self, p: Any, a: Lifted) -> Lifted:
        u = self.p_exp(p, self._ring(lambda x: 2 * x, a))
        return self.p_div(p, self._ring(lambda x: x - 1, u), self._ring(lambda x: x + 1, u))
