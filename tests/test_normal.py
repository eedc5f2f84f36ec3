"""The normal form of polynomials in index notation, against brute force, and how much it looks at."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Symbol

from derivations.proof import normal as forms
from derivations.proof.heads import Delta, Entry
from derivations.proof.normal import Monomial, Poly, Slots, TooSymmetric, canonical, contract, fresh, indices, rename
from derivations.proof.space import Space
from derivations.symbols import Dim, Family, Name, Node

WIDTHS = (1, 2, 2, 3)  # how many slots each head has; the second is symmetric
SLOTS = [Slots(), Slots(groups=((0, 1),)), Slots(), Slots()]
FREE = (1, 2)


def monomials(most: int = 4, bound: int = 4) -> st.SearchStrategy[Monomial]:
    """Small index graphs: a few factors, free indices 1 and 2, bound ones from 1001 on."""
    index = st.sampled_from([*FREE, *range(1001, 1001 + bound)])
    factors = [st.tuples(st.just(h), st.tuples(*[index] * width)) for h, width in enumerate(WIDTHS)]
    return st.lists(st.one_of(factors), min_size=1, max_size=most).map(tuple)


def form(f: Monomial, slots: list[Slots] = SLOTS) -> Monomial:
    return canonical(f, frozenset(FREE), slots)[0]


def shuffled(f: Monomial, z: Random) -> Monomial:
    """The same index graph: factors in another order, bound indices with other names, symmetric slots exchanged."""
    names = [i for i in indices(f) if i not in FREE]
    new = z.sample(range(2000, 2100), len(names))
    other = rename(f, dict(zip(names, new, strict=True)))
    g = [(h, ix[::-1] if h == 1 and z.random() < 0.5 else ix) for h, ix in other]
    return tuple(z.sample(g, len(g)))


def same_graph(f: Monomial, g: Monomial) -> bool:
    """Whether some renaming of bound indices makes one the other, tried one by one."""
    def bag(m: Monomial) -> Counter[tuple[int, tuple[int, ...]]]:
        return Counter((h, tuple(sorted(ix)) if h == 1 else ix) for h, ix in m)

    mine, other = ([i for i in indices(m) if i not in FREE] for m in (f, g))
    return len(mine) == len(other) and any(
        bag(rename(f, dict(zip(mine, p, strict=True)))) == bag(g) for p in permutations(other))


@given(monomials(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_names_and_order_do_not_matter(f: Monomial, z: Random) -> None:
    assert form(shuffled(f, z)) == form(f)


@given(monomials())
@settings(max_examples=200, deadline=None)
def test_the_form_of_a_form_is_itself(f: Monomial) -> None:
    assert form(form(f)) == form(f)


@given(monomials(3, 3), monomials(3, 3))
@settings(max_examples=300, deadline=None)
def test_equal_forms_are_equal_graphs(f: Monomial, g: Monomial) -> None:
    assert (form(f) == form(g)) == same_graph(f, g)


@given(monomials(3, 3), st.randoms(use_true_random=False), st.integers(0, 20))
@settings(max_examples=300, deadline=None)
def test_a_graph_with_one_index_changed_is_told_apart_as_brute_force_does(f: Monomial, z: Random, at: int) -> None:
    k = at % len(f)
    head, ix = f[k]
    slot = z.randrange(len(ix))
    changed = (*f[:k], (head, (*ix[:slot], z.choice([*FREE, *indices(f)]), *ix[slot + 1 :])), *f[k + 1 :])
    assert (form(changed) == form(f)) == same_graph(changed, f)


def test_graphs_that_refinement_cannot_tell_apart() -> None:
    """A ring of six and two rings of three: every index looks alike, and they are not the same."""
    ring = [(2, (1001 + k, 1001 + (k + 1) % 6)) for k in range(6)]
    rings = [(2, (1001 + 3 * r + k, 1001 + 3 * r + (k + 1) % 3)) for r in range(2) for k in range(3)]
    assert form(tuple(ring)) != form(tuple(rings))
    assert form(shuffled(tuple(ring), Random(1))) == form(tuple(ring))
    assert form(shuffled(tuple(rings), Random(2))) == form(tuple(rings))


# ---- how much is looked at: counted in labellings, not in seconds


def labellings(f: Monomial, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many complete labellings are compared for the form of a monomial."""
    made: list[forms._Labelling] = []
    start = forms._Labelling.__init__

    def counted(self: forms._Labelling, *args: object) -> None:
        start(self, *args)  # type: ignore[arg-type]
        made.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(forms._Labelling, "__init__", counted)
        form(f)
    return sum(one.leaves for one in made)


ALIKE = 10
STAR = tuple((2, (1, 1001 + k)) for k in range(ALIKE))  # Π_k M_1k: ten sums of one row
PAIRS = tuple((1, (1001 + a, 1001 + b)) for a in range(ALIKE) for b in range(a))  # symmetric, between any two of ten
CHAINS = tuple((h, ix) for k in range(ALIKE) for h, ix in ((2, (1, 1001 + k)), (2, (1001 + k, 1))))


@pytest.mark.parametrize("f", [STAR, PAIRS, CHAINS], ids=["star", "pairs", "chains"])
def test_ten_interchangeable_indices_need_one_labelling_each(f: Monomial, monkeypatch: pytest.MonkeyPatch) -> None:
    assert labellings(f, monkeypatch) <= ALIKE
    assert form(shuffled(f, Random(3))) == form(f)


def test_without_twins_the_same_would_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms._Labelling, "_one_of_twins", lambda self, members: members)
    with pytest.raises(TooSymmetric):
        form(PAIRS)


# ---- polynomials


def space() -> tuple[Space, list[int], Dim]:
    n, s = Dim("n"), Space()
    cell = ("index", n)
    made = [Node(Family.of("normal", Name.of(name), *axes, indexed=False, structure=words))
            for name, axes, words in (("v", (n, None), ()), ("S", (n, n), ("symmetric",)), ("M", (n, n), ()))]
    heads = [s.head(Entry(node, cell, cell if node.axes[1] else ())) for node in made]
    return s, [*heads, s.head(Delta(n))], n


def polynomials() -> st.SearchStrategy[list[tuple[int, tuple[tuple[int, tuple[int, ...]], ...]]]]:
    index = st.sampled_from([1, 1001, 1002, 1003])
    factors = [st.tuples(st.just(h), st.tuples(*[index] * width)) for h, width in enumerate((1, 2, 2, 2))]
    term = st.tuples(st.integers(-3, 3), st.lists(st.one_of(factors), min_size=1, max_size=4).map(tuple))
    return st.lists(term, min_size=1, max_size=4)


def poly(terms: list[tuple[int, Monomial]], heads: list[int]) -> Poly:
    return Poly([(Fraction(c), tuple((heads[h], ix) for h, ix in f)) for c, f in terms], {1})


@given(polynomials(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_normal_form_of_a_polynomial(terms: list[tuple[int, Monomial]], z: Random) -> None:
    s, heads, _ = space()
    p = poly(terms, heads)
    normal = s.normal(p)
    again = Poly([(c, s.spread_monomial(f)) for f, c in normal.items()], {1})
    assert s.normal(again) == normal, "idempotent"
    mixed = [(c, tuple(z.sample(f, len(f)))) for c, f in z.sample(terms, len(terms))]
    assert s.normal(poly(mixed, heads)) == normal, "in any order"
    new = {1001: fresh(), 1002: fresh(), 1003: fresh()}
    assert s.normal(poly([(c, rename(f, new)) for c, f in terms], heads)) == normal, "under any names"
    assert s.normal(p - p) == {}
    assert all(normal.values()), "no term is zero"


@given(polynomials(), polynomials())
@settings(max_examples=200, deadline=None)
def test_products_capture_nothing(a: list[tuple[int, Monomial]], b: list[tuple[int, Monomial]]) -> None:
    """(p + q)·p = p·p + q·p, although p and q sum over indices of the same names."""
    s, heads, _ = space()
    p, q = poly(a, heads), poly(b, heads)
    assert s.normal((p + q) * p) == s.normal(p * p + q * p)
    assert s.normal(p * q) == s.normal(q * p)


def test_a_closed_loop_of_deltas_is_the_dimension_and_is_counted_once() -> None:
    s, [v, *_, delta], n = space()
    scalar = s.normal(s.scalar(n))
    loop = Poly([(Fraction(1), ((delta, (1001, 1002)), (delta, (1002, 1001))))])
    assert s.normal(loop) == scalar
    assert s.normal(Poly([(Fraction(1), ((delta, (1, 1001)), (v, (1001,))))], {1})) == s.normal(Poly.factor(v, (1,)))
    left, loops = contract(((delta, (1, 2)),), frozenset({1, 2}), s.slots)
    assert (left, loops) == (((delta, (1, 2)),), [])


def test_an_index_that_goes_with_its_factor_leaves_its_size() -> None:
    """Σ_i v_i where v_i becomes 1 is n; where i still occurs, or is free, nothing is counted."""
    s, [v, _, M, _], n = space()
    before: Monomial = ((v, (1001,)), (M, (1, 1002)))
    became = Poly([(Fraction(2), ((M, (1, 1002)),)), (Fraction(3), ((v, (1001,)), (v, (1002,))))], {1})
    by_hand = Poly([(Fraction(2), ((M, (1, 1002)),))], {1}) * s.scalar(n) + Poly(became.terms[1:], {1})
    assert s.normal(s.counted(before, frozenset({1}), became)) == s.normal(by_hand)
    assert s.counted(before, frozenset({1, 1001}), became) is became


def test_slots_know_how_far_they_run() -> None:
    s, heads, n = space()
    assert [s.runs[h] for h in heads] == [(n,), (n, n), (n, n), (n, n)]
    assert isinstance(n, Symbol)
