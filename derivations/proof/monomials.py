"""Which factors of a monomial a pattern is, what a monomial becomes without them, and what is known of exponentials,
powers and a few functions beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derivations.functions import sin
from derivations.proof.functions import atom, exponential_of, power_of_body
from derivations.proof.heads import Body, Exponential, Meaning, Power, Value
from derivations.proof.normal import Monomial, Poly, apart, indices, product
from derivations.proof.space import Rule, Space


def _others(f: Monomial, *gone: int) -> Monomial:
    return tuple(g for k, g in enumerate(f) if k not in gone)


def replaced(space: Space, f: Monomial, free: frozenset[int], replacement: Poly, *gone: int) -> Poly:
    """A monomial with some of its factors replaced; a sum over an index that goes with them leaves its size."""
    rest = _others(f, *gone)
    became = Poly([(c, rest + apart(g, frozenset(replacement.free))) for c, g in replacement.terms], free)
    return space.counted(f, free, became)


def _exponentials(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """exp(a m)·exp(b m) = exp((a + b) m)."""
    head, at = f[k]
    mine = space.meanings[head]
    assert isinstance(mine, Exponential)
    for q in range(k + 1, len(f)):
        other = space.meanings[f[q][0]]
        if f[q][1] == at and isinstance(other, Exponential) and other.argument == mine.argument:
            c = mine.coefficient + other.coefficient
            joined = exponential_of(space, mine.argument, list(at), c) if c else Poly.number(1)
            return replaced(space, f, free, joined, k, q)
    return None


def _powers(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
    """Powers of one base are one power; a base beside its own power joins it; r·d = 1 for a reciprocal of a sum."""
    head, at = f[k]
    mine = space.meanings[head]
    assert isinstance(mine, Power)
    for q, (other, ix) in enumerate(f):
        theirs = space.meanings[other]
        if q != k and ix == at and isinstance(theirs, Power) and theirs.base == mine.base:
            joined = power_of_body(space, mine.base, at, mine.exponent + theirs.exponent)
            return replaced(space, f, free, joined, k, q)
    if mine.exponent > 0:
        whole = mine.exponent > 1
        return replaced(space, f, free, power_of_body(space, mine.base, at, mine.exponent), k) if whole else None
    lead, c = max(mine.base.terms, key=lambda term: (len(term[0]), term[0]))
    if not lead:
        return None
    for found in matches(space.spread_monomial(lead, dict(enumerate(at, 1))), f, k, free | set(at)):
        rest = _others(f, *found)  # the sums inside d go with it
        up = power_of_body(space, mine.base, at, mine.exponent + 1)
        others = Body(tuple(term for term in mine.base.terms if term[0] != lead))
        left = up - space.spread(others, at) * Poly.factor(head, at)
        return replaced(space, rest, free, left.scaled(1 / c), rest.index(f[k]))
    return None


def matches(pattern: Monomial, f: Monomial, skip: int, free: frozenset[int]) -> Iterator[tuple[int, ...]]:
    """Which factors of f are the pattern, whose bound indices are bound in f and occur nowhere else in it."""
    bound = {i for i in indices(pattern) if i not in free}

    def search(at: int, used: tuple[int, ...], names: dict[int, int]) -> Iterator[tuple[int, ...]]:
        if at == len(pattern):
            inside = set(names.values())
            elsewhere = {i for q, (_, ix) in enumerate(f) if q not in used for i in ix}
            if len(inside) == len(names) and inside.isdisjoint(elsewhere) and inside.isdisjoint(free):
                yield used
            return
        head, slots = pattern[at]
        for q, (other, ix) in enumerate(f):
            if other != head or q in used or q == skip:
                continue
            new = dict(names)
            if all((new.setdefault(s, i) if s in bound else s) == i for s, i in zip(slots, ix, strict=True)):
                yield from search(at + 1, (*used, q), new)

    yield from search(0, (), {})


def _squared(of: Callable[[Space, Value, tuple[int, ...]], Poly]) -> Callable[..., Poly | None]:
    """A rule for the square of a function."""
    def rule(space: Space, f: Monomial, k: int, free: frozenset[int]) -> Poly | None:
        other = next((q for q in range(len(f)) if q != k and f[q] == f[k]), None)
        if other is None:
            return None
        meaning = space.meanings[f[k][0]]
        assert isinstance(meaning, Value)
        return replaced(space, f, free, of(space, meaning, f[k][1]), k, other)
    return rule


def _named(*names: str) -> Callable[[Meaning], bool]:
    return lambda meaning: isinstance(meaning, Value) and meaning.function.name in names


def _one_minus_sine(space: Space, value: Value, at: tuple[int, ...]) -> Poly:
    sine = atom(space, sin, space.spread(value.argument, at))
    return Poly.number(1) - sine * sine


RULES: tuple[Rule, ...] = (
    Rule("exp(a)·exp(b) = exp(a + b)", lambda m: isinstance(m, Exponential), _exponentials),
    Rule("powers of one base", lambda m: isinstance(m, Power), _powers),
    Rule("cos² = 1 − sin²", _named("cos"), _squared(_one_minus_sine)),
    Rule("|x|² = x²", _named("abs"), _squared(lambda s, v, at: product([s.spread(v.argument, at)] * 2))),
    Rule("step² = step", _named("step"), _squared(lambda s, v, at: Poly.factor(s.head(v), at))),
)
