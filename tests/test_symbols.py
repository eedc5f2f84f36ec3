"""SymPy's contract on every expression: rebuilding, equality, pickling, substitution."""

from __future__ import annotations

import pickle

import pytest
import sympy
from expressions import SAMPLES, W, b, c, expressions, h, j, k, n, recipes, renamed, t, world, x, z
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, pi

from derivations import Model, NamingError, Prod, ShapeError, StepError, Sum, d, diag, had, ones
from derivations.algebra import Plus
from derivations.calculus import Let, see_through
from derivations.names import Dim, Name, Step, exact_step
from derivations.symbols import Expression, Node, nodes

thorough = settings(max_examples=60, deadline=None)

affine = st.sampled_from([t + 1, t - 2, 2 * t, k, k - t, Integer(3)])


def subclasses(cls: type) -> set[type]:
    children: list[type] = cls.__subclasses__()
    below = {sub for sub in children if sub.__module__.startswith("derivations.")}
    return below.union(*map(subclasses, below)) if below else set()


def parts(e: sympy.Basic) -> list[sympy.Basic]:
    return list(sympy.preorder_traversal(e))


# ---- SymPy's contract


def test_samples_hold_every_class() -> None:
    found = {type(part) for e in SAMPLES for part in parts(e)}
    abstract = {cls for cls in subclasses(Expression) if "infer" not in vars(cls) and cls.__subclasses__()}
    assert subclasses(Expression) - abstract - found == set()


@thorough
@given(expressions())
def test_an_expression_is_built_from_its_args(e: Expression) -> None:
    for part in parts(e):
        if isinstance(part, Expression):
            again = part.func(*part.args)
            assert again == part
            assert hash(again) == hash(part)
            assert again.axes == part.axes


@pytest.mark.parametrize("e", SAMPLES, ids=str)
def test_samples_are_built_from_their_args_and_pickle(e: Expression) -> None:
    assert e.func(*e.args) == e
    loaded = pickle.loads(pickle.dumps(e))
    assert loaded == e
    assert hash(loaded) == hash(e)
    assert loaded.axes == e.axes


@thorough
@given(expressions())
def test_pickling_keeps_an_expression(e: Expression) -> None:
    assert pickle.loads(pickle.dumps(e)) == e


@thorough
@given(expressions(), expressions())
def test_equal_expressions_are_those_with_equal_parts(e: Expression, f: Expression) -> None:
    assert (e == f) == (sympy.srepr(e) == sympy.srepr(f))
    assert e != f or hash(e) == hash(f)


@thorough
@given(expressions())
def test_free_symbols_are_dimensions_and_steps_that_are_not_bound(e: Expression) -> None:
    assert all(isinstance(s, (Dim, Step)) for s in e.free_symbols)
    for s in e.steps:
        assert e.subs(s, 5).free_symbols == e.free_symbols - {s}
    for bound in {Step("t"), Step("j"), Step("q_a")} - e.free_symbols:
        assert e.subs(bound, 5) == e


# ---- substitution


@thorough
@given(recipes(), affine)
def test_substituting_a_step_is_building_at_it(recipe, step) -> None:  # type: ignore[no-untyped-def]
    assert renamed(recipe(t).subs(t, step)) == renamed(recipe(exact_step(step)))
    assert renamed(recipe(t).xreplace({t: step})) == renamed(recipe(exact_step(step)))


@thorough
@given(recipes(), st.sampled_from([j, Step("q_a"), j + 1, j - t]))
def test_no_step_is_captured(recipe, step) -> None:  # type: ignore[no-untyped-def]
    e = recipe(t)
    got = e.subs(t, step)
    assert renamed(got) == renamed(e.xreplace({t: step})) == renamed(recipe(step))
    if t in e.free_symbols:
        assert got.free_symbols == (e.free_symbols - {t}) | step.free_symbols
    # the substituted step stays free: what is put for it later arrives
    assert renamed(got.subs({j: 7, Step("q_a"): 7, t: 2}, simultaneous=True)) == \
        renamed(recipe(exact_step(step)).subs({j: 7, Step("q_a"): 7, t: 2}, simultaneous=True))


@thorough
@given(expressions())
def test_swapping_two_steps_twice_changes_nothing(e: Expression) -> None:
    swap = {t: k, k: t}
    assert renamed(e.subs(swap, simultaneous=True).subs(swap, simultaneous=True)) == renamed(e)


@thorough
@given(expressions())
def test_xreplace_is_by_structure_and_can_be_undone(e: Expression) -> None:
    fresh = Node(world.families["v", False].of("world", Name.of("fresh"), n, None, indexed=False))
    assert e.xreplace({}) == e
    assert see_through(e.xreplace({b: fresh}).xreplace({fresh: b})) == see_through(e)
    assert b not in nodes(see_through(e.xreplace({b: fresh})))


def test_xreplace_enters_sums_and_subs_respects_them() -> None:
    e = Sum(had(c[t], c[k]), (t, 1, k))
    assert e.xreplace({c[t]: b}) == Sum(had(b, c[k]), (t, 1, k))
    assert e.subs(c[t], b) == e
    assert e.subs(c[k], c[1]) == Sum(had(c[t], c[1]), (t, 1, k))
    assert e.subs(k, t) == e.xreplace({k: t}) == Sum(had(c[Step("t'")], c[t]), (Step("t'"), 1, t))
    assert str(Sum(c[Step("q_a")], (Step("q_a"), 1, k)).subs(k, Step("q_a")).bound) == "q'_a"
    assert e.xreplace({k: 5}) == Sum(had(c[t], c[5]), (t, 1, 5))


def test_at_is_for_one_step() -> None:
    assert d(c[t], c[t - 1]).at(3) == d(c[3], c[2])
    assert Prod(diag(c[t]), (t, 1, k)).at(t) == Prod(diag(c[Step("t'")]), (Step("t'"), 1, t))
    with pytest.raises(StepError, match="found k, t"):
        (c[t] + c[k]).at(1)
    with pytest.raises(StepError, match="found none"):
        b.at(1)
    with pytest.raises(StepError, match="is not a step"):
        c[t].at(Rational(1, 2))


def test_an_abbreviation_keeps_its_name_through_steps_and_sizes_only() -> None:
    for same in (z.at(3), z.subs(t, t - 1), z.xreplace({t: k}), z.subs(n, 4), z.subs(c[t], b), z.xreplace({c[1]: b})):
        assert isinstance(same, Let)
        assert see_through(same) == same.body
    for changed in (z.subs(W, 2 * W), z.xreplace({h[t - 1]: b}), z.subs(x[t], x[t - 1])):
        assert not isinstance(changed, Let)
    assert z.subs(t, k).at_steps == (k,)
    model = Model("nested")
    w = model.parameter("w", n)
    inner = model.let("A", 2 * w)
    outer = model.let("B", inner + w)
    assert outer.xreplace({w: ones(n)}) == 2 * ones(n) + ones(n)
    assert outer.subs(inner, w) == w + w
    assert see_through(outer) == Plus(2 * w, w)


@pytest.mark.parametrize(("old", "new"), [
    (t, "__import__('os')._exit(1)"), ("t", 1), (1, j), (Integer(1), j), (b, "b"), (t, 1.5), (b, 0.5), (n, pi),
])
def test_what_cannot_be_substituted(old, new) -> None:  # type: ignore[no-untyped-def]
    e = d(c[t], c[1]) @ b
    for change, *pair in ((e.subs, old, new), (e.subs, {old: new}), (e.subs, [(old, new)]), (e.xreplace, {old: new})):
        with pytest.raises((NamingError, ShapeError, StepError)):
            change(*pair)
    with pytest.raises(NamingError, match="pairs of old and new"):
        e.subs(t)


def test_a_substitution_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="a sum of scalar and vector n"):
        (b + c[t]).subs(b, 0)
    with pytest.raises(StepError, match="5/2 is not a step"):
        Sum(c[t], (t, 1, k)).subs(k, Rational(5, 2))
    with pytest.raises(ShapeError, match="with respect to a node"):
        d(c[t], c[1]).subs(c[1], 2 * b)
