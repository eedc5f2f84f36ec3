"""Prime towers: JAX's own derivative over finite fields, where rational identities hold exactly (after Gonnet 1984).

A tower is a chain of primes p₀ | p₁ − 1, p₁ | p₂ − 1, …, each of 61 bits or more, chosen at random from the seed. A
variable is an independent random residue at each level. With g_L of order p_{L−1} modulo p_L,

    exp(x) at level L  :=  g_L ^ (x at level L − 1),

so that exp(x + y) = exp(x) exp(y) and exp(0) = 1 hold, and tanh = (e^{2x} − 1)/(e^{2x} + 1), σ = 1/(1 + e^{−x}) are
rational in exp. There is a level for each nesting of exp. What is equal by the laws of fields and of exp is equal in
every tower, without a tolerance.

**The bound.** Let two results be unequal by these laws. Their difference is a quotient of polynomials in the variables
and in the exponentials met on the way, of degree d at most (``numeric.exact.degrees`` computes d from the program). At
its level the variables are uniform in a set of at least 2⁶⁰ elements, and so is each exponential, in the subgroup of
order p_{L−1}. By Schwartz (1980) and Zippel (1979) a nonzero numerator vanishes with probability at most d/2⁶⁰.
Exponentials are independent unless two exponents that differ as functions coincide at the level below: with N of them,
of degree e at most, that has probability at most N² e/2⁶⁰, added to the bound. Conditions: exponents that occur are not
tied by integer relations other than the laws above (σ(z) and σ(2z) are covered: tanh counts as degree two), and the
primes are drawn after the claim was written. A draw with a zero denominator is discarded and counted. Towers are
independent, so their bounds multiply.

Square roots are taken with every choice of their signs, so they can be found equal, never refuted: the argument, and
what it adds to the bound, is in ``numeric.exact.roots``. Comparisons, log, sin, other roots and powers that are not
whole are out of this class: reported by name, never passed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from flint import fmpz_mod_ctx

from numeric.exact.floats import contract
from numeric.exact.interpret import EXPONENTIAL, Lifted, OutOfClass, System, each
from numeric.exact.levels import Needs
from numeric.exact.roots import Roots

BITS = 60  # a field has at least 2⁶⁰ elements
MOST_LEVELS = 24
# of Miller and Rabin: exact below 2⁸¹, and beyond far below the bound
WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


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
    """(prime, generator of the subgroup whose order is the prime below) a level. Every prime leaves remainder 3 divided
    by 4: a power of a square is its root. Raises OutOfClass for too many levels."""
    if levels > MOST_LEVELS:
        raise OutOfClass(f"{levels} exponentials inside each other: no tower has more than {MOST_LEVELS} levels")
    rng = random.Random(seed)
    while not is_prime(p := rng.getrandbits(BITS + 1) | 1 << BITS | 3):
        pass
    out = [(p, 0)]
    while len(out) < levels:
        below = out[-1][0]
        k = 4 * rng.randrange(32) + 2
        while not is_prime(p := k * below + 1):
            k += 4
        while (g := pow(rng.randrange(2, p - 1), k, p)) == 1:
            pass
        out.append((p, g))
    return tuple(out)


class Fields(System):
    """Residues at the levels of one tower that need them. ``discarded`` marks draws with a zero denominator, or with a
    radicand that is not a square. With ``copies``, that many draws in a row have the same residues, and signs of roots
    of their own."""

    name = "prime fields"

    def __init__(self, levels: int, seed: int, draws: int, needs: Needs | None = None, copies: int = 1) -> None:
        super().__init__()
        self.copies = copies
        draws *= copies
        self.tower, self.random = tower(levels, seed), random.Random(f"{seed}/{levels}")
        self.rings = [fmpz_mod_ctx(p) for p, _ in self.tower]
        self.discarded = np.zeros(draws, bool)
        self.draws, self.needs = draws, needs
        self.everywhere = frozenset(range(levels))
        self.wanted = self.lifting = self.everywhere
        self._sets: dict[int, frozenset[int]] = {}

    def begin(self, eqn: Any) -> None:
        self.shape = (self.draws, *(eqn.outvars[0].aval.shape if eqn is not None else ()))
        if self.needs is None or eqn is None:
            self.wanted = self.lifting = self.everywhere
        else:
            self.wanted = self.lifting = self.levels(self.needs.of.get(id(eqn), self.needs.all))
            if eqn.primitive.name in EXPONENTIAL:  # which asks for its argument one level further down
                self.lifting = self.wanted | frozenset(level - 1 for level in self.wanted if level)

    def levels(self, bits: int) -> frozenset[int]:
        """The levels of a set of bits, the top level's first."""
        if bits not in self._sets:
            top = len(self.tower) - 1
            self._sets[bits] = frozenset(level for level in self.everywhere if bits >> (top - level) & 1)
        return self._sets[bits]

    def _at(self, f: Callable[..., Any], *values: Lifted) -> Lifted:
        """f of the parts, at each level that is needed and known: loops may share a body, and need others."""
        return Lifted(tuple(np.asarray(f(*(v.parts[k] for v in values)), dtype=object)
                            if k in self.wanted and all(v.parts[k] is not None for v in values) else None
                            for k in range(len(self.tower))))

    def lift(self, a: np.ndarray) -> Lifted:
        values, where = np.unique(np.asarray(a), return_inverse=True)
        ratios, where = [float(v).as_integer_ratio() for v in values], where.reshape((1, *np.shape(a)))
        return Lifted(tuple(np.array([ring(n) / ring(d) for n, d in ratios], dtype=object)[where]
                            if k in self.lifting else None for k, ring in enumerate(self.rings)))

    def variable(self, shape: tuple[int, ...], bits: int | None = None) -> Lifted:
        """Independent random residues, at each level that is needed and for each draw."""
        blank = np.zeros((self.draws // self.copies, *shape))
        wanted = self.everywhere if bits is None else self.levels(bits)
        rings = zip(self.tower, self.rings, strict=True)
        parts = (each(lambda _, p=p, ring=ring: ring(self.random.randrange(p)), blank) if k in wanted else None
                 for k, ((p, _), ring) in enumerate(rings))
        return Lifted(tuple(part if part is None else part.repeat(self.copies, axis=0) for part in parts))

    def p_add(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._at(lambda x, y: x + y, a, b)

    p_add_any = p_add

    def p_sub(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._at(lambda x, y: x - y, a, b)

    def p_mul(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._at(lambda x, y: x * y, a, b)

    def p_square(self, p: Any, a: Lifted) -> Lifted:
        return self.p_mul(p, a, a)

    def p_neg(self, p: Any, a: Lifted) -> Lifted:
        return self._at(lambda x: -x, a)

    def p_dot_general(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._at(lambda x, y: contract(p, x, y), a, b)

    def p_reduce_sum(self, p: Any, a: Lifted) -> Lifted:
        return self._at(lambda x: x.sum(axis=tuple(axis + 1 for axis in p["axes"])), a)

    def p_div(self, p: Any, a: Lifted, b: Lifted) -> Lifted:
        return self._at(lambda x, y: x * self.inverse(y), a, b)

    def p_integer_pow(self, p: Any, a: Lifted) -> Lifted:
        n = p["y"]
        return self._at(lambda x: (x if n >= 0 else self.inverse(x)) ** abs(n), a)

    def inverse(self, x: np.ndarray) -> np.ndarray:
        zero = np.asarray(x == 0, bool)
        if zero.any():
            self.discarded |= np.broadcast_to(zero.any(axis=tuple(range(1, zero.ndim))), self.discarded.shape)
            x = np.where(zero, x.flat[0] ** 0, x)
        return x**-1

    # ---- square roots

    @cached_property
    def roots(self) -> Roots:
        return Roots(np.arange(self.draws) % self.copies, self.rings, [p for p, _ in self.tower])

    def p_sqrt(self, p: Any, a: Lifted) -> Lifted:
        out: list[Any] = [None] * len(self.tower)
        for k in sorted(self.wanted):
            if a.parts[k] is not None:
                values = np.broadcast_to(a.parts[k], (self.draws, *a.parts[k].shape[1:]))
                out[k], missing = self.roots.of(k, values)
                self.discarded |= missing
        return Lifted(tuple(out))

    def p_rsqrt(self, p: Any, a: Lifted) -> Lifted:
        return self._at(self.inverse, self.p_sqrt(p, a))

    # ---- exponentials

    def _of_exponential(self, a: Lifted, times: int, f: Callable[[np.ndarray], np.ndarray]) -> Lifted:
        """f of exp(times · x). A level is lost: at level 0 nothing is known of it, and a random residue stands in."""
        out: list[Any] = [None] * len(self.tower)
        shape = next((part.shape for part in a.parts if part is not None), self.shape)
        for k in sorted(self.wanted):
            if k and a.parts[k - 1] is None:
                continue
            (p, g), ring = self.tower[k], self.rings[k]
            if k:
                base = ring(g) ** times
                u = each(lambda v, base=base: base ** int(v), a.parts[k - 1])
            else:
                u = each(lambda _, p=p, ring=ring: ring(self.random.randrange(1, p)), np.zeros(shape))
            out[k] = np.asarray(f(u), dtype=object)
        return Lifted(tuple(out))

    def p_exp(self, p: Any, a: Lifted) -> Lifted:
        return self._of_exponential(a, 1, lambda u: u)

    def p_logistic(self, p: Any, a: Lifted) -> Lifted:
        return self._of_exponential(a, -1, lambda u: self.inverse(u + 1))

    def p_tanh(self, p: Any, a: Lifted) -> Lifted:
        return self._of_exponential(a, 2, lambda u: (u - 1) * self.inverse(u + 1))
