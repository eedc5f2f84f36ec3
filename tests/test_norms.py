"""Every upper bound that the rules find, against numbers: none may be too small."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce, singledispatch
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational

import derivations.proof.norms as rules
from derivations import Model, Prod, Sum, absolute, diag, dot, eye, had, hstack, norm, ones, sigma, tanh, vec, vstack
from derivations.algebra import Block, Diag, Eye, Had, Norm, Ones, Plus, Stack, Times, Transposed, Vec, Zeros
from derivations.calculus import Chain, Series
from derivations.functions import Apply
from derivations.proof.assumed import scope_of
from derivations.proof.bounds import bounded
from derivations.proof.magnitude import Magnitude
from derivations.proof.norms import upper
from derivations.proof.pattern import canonical
from derivations.proof.scalars import value
from derivations.proof.scope import Scope
from derivations.symbols import Constant, Dim, Expression, Node

room = Model("room", title="Leaves alone")
n, m = room.dims("n m")
t, k = room.times("t k")
A, B, V = room.parameter("A", n, n), room.parameter("B", n, n), room.parameter("V", n, {"h": n, "x": m})
Q, u, r = room.parameter("Q", n, n, structure="orthogonal"), room.parameter("u", n), room.parameter("r")
g, D = room.inputs("g", n), room.inputs("D", n, n)
SIZES: dict[Any, int] = {n: 3, m: 2, k: 3}
CLAIM = room.bound("room", norm(Sum(g[t], (t, 1, k))) <= 1)
SCALARS, VECTORS, MATRICES = [r, dot(u, g[1])], [u, g[k], ones(n)], [A, B, D[k], Q, eye(n), V["h"], Prod(A, (t, 1, k))]


def expressions(depth: int = 3) -> st.SearchStrategy[Expression]:
    if not depth:
        return st.sampled_from([*SCALARS, *VECTORS, *MATRICES])
    v, a, s = vectors(depth - 1), matrices(depth - 1), scalars(depth - 1)
    return st.one_of(v, a, s)


def scalars(depth: int) -> st.SearchStrategy[Expression]:
    if not depth:
        return st.sampled_from(SCALARS)
    v, s = vectors(depth - 1), scalars(depth - 1)
    return st.one_of(st.builds(dot, v, v), st.builds(lambda a, b: a * b - 2, s, s), st.builds(norm, v),
                     st.builds(tanh, s), st.builds(absolute, s), st.builds(lambda x: Sum(x, (t, 1, k)), s))


def vectors(depth: int) -> st.SearchStrategy[Expression]:
    if not depth:
        return st.sampled_from(VECTORS)
    v, a, s = vectors(depth - 1), matrices(depth - 1), scalars(depth - 1)
    return st.one_of(st.builds(lambda x, y: x - y, v, v), st.builds(had, v, v), st.builds(lambda x, y: x @ y, a, v),
                     st.builds(lambda x, y: x * y, s, v), st.sampled_from([sigma, tanh, sigma.prime]).flatmap(
                         lambda f: v.map(f)), st.builds(lambda x: Sum(had(x, g[t]), (t, 1, k)), v))


def matrices(depth: int) -> st.SearchStrategy[Expression]:
    if not depth:
        return st.sampled_from(MATRICES)
    a, v, s = matrices(depth - 1), vectors(depth - 1), scalars(depth - 1)
    return st.one_of(
        st.builds(lambda x, y: x @ y, a, a), st.builds(lambda x, y: x + 2 * y, a, a), st.builds(had, a, a),
        st.builds(diag, v), st.builds(lambda x: x.T, a), st.builds(lambda x, y: x @ y.T, v, v), a.map(sigma),
        st.builds(lambda x, y: x * y, s, a), st.builds(lambda x, y: x @ hstack(y, x) @ vstack(x, y), a, a),
        st.builds(lambda x: Prod(D[t] @ x, (t, 2, k)), a), st.builds(lambda x: Sum(D[t] @ x, (t, 1, k)), a))


# ---- values

Values = Mapping[Any, Any]


def draw(seed: int) -> dict[Any, Any]:
    rng = np.random.default_rng(seed)
    size = float(rng.choice([0.3, 1.0, 4.0]))
    found: dict[Any, Any] = dict(SIZES)
    for leaf in (A, B, V, u, r):
        found[leaf] = size * rng.normal(size=tuple(int(x.subs(SIZES)) for x in leaf.shape))
    found[Q] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    for at in range(1, 4):
        found[g[at]], found[D[at]] = size * rng.normal(size=(3, 1)), size * rng.normal(size=(3, 3))
    return found


@singledispatch
def evaluate(e: Any, at: Values) -> np.ndarray:
    raise NotImplementedError(type(e).__name__)


@evaluate.register
def _(e: Node, at: Values) -> np.ndarray:
    return np.asarray(at[e if e.step is None else Node(e.family, Integer(e.step.subs(steps(at))))])


@evaluate.register
def _(e: Constant, at: Values) -> np.ndarray:
    return np.array([[float(e.value.subs({**SIZES, **steps(at)}))]])


def steps(at: Values) -> dict[Any, Any]:
    return {s: x for s, x in at.items() if not isinstance(s, (Expression, Dim))}


@evaluate.register(Plus)
def _(e: Expression, at: Values) -> np.ndarray:
    return reduce(np.add, (evaluate(a, at) for a in e.args))


@evaluate.register(Had)
def _(e: Expression, at: Values) -> np.ndarray:
    return reduce(np.multiply, (evaluate(a, at) for a in e.args))


@evaluate.register(Times)
def _(e: Expression, at: Values) -> np.ndarray:
    scale = reduce(np.multiply, (evaluate(a, at) for a in e.args if a.is_scalar), np.ones((1, 1)))
    rest = [evaluate(a, at) for a in e.args if not a.is_scalar]
    return scale * reduce(np.matmul, rest) if rest else scale


@evaluate.register(Diag)
def _(e: Expression, at: Values) -> np.ndarray:
    return np.diag(evaluate(e.args[0], at)[:, 0])


@evaluate.register(Transposed)
def _(e: Expression, at: Values) -> np.ndarray:
    return evaluate(e.args[0], at).T


@evaluate.register(Stack)
def _(e: Stack, at: Values) -> np.ndarray:
    return np.concatenate([evaluate(part, at) for part in e.parts], axis=e.direction)


@evaluate.register(Block)
def _(e: Block, at: Values) -> np.ndarray:
    axis, which = e.place
    ends = np.cumsum([0, *(int(size.subs(SIZES)) for _, size in e.args[0].axes[axis])])
    return np.take(evaluate(e.args[0], at), range(ends[which], ends[which + 1]), axis=axis)


@evaluate.register(Vec)
def _(e: Expression, at: Values) -> np.ndarray:
    return evaluate(e.args[0], at).T.reshape(-1, 1)


@evaluate.register(Eye)
@evaluate.register(Ones)
def _(e: Expression, at: Values) -> np.ndarray:
    rows, cols = (int(x.subs(SIZES)) for x in e.shape)
    return np.eye(rows) if isinstance(e, Eye) else np.full((rows, cols), 0.0 if isinstance(e, Zeros) else 1.0)


@evaluate.register(Apply)
def _(e: Apply, at: Values) -> np.ndarray:
    z, name, order = evaluate(e.argument, at), e.function.name, e.function.order
    if name == "power":
        return np.power(z, float(e.function.parameters[0]))
    s = 1 / (1 + np.exp(-np.clip(z, -700, 700)))
    return {("sigma", 0): s, ("sigma", 1): s - s**2, ("tanh", 0): np.tanh(z), ("abs", 0): np.abs(z)}[name, order]


@evaluate.register(Norm)
def _(e: Norm, at: Values) -> np.ndarray:
    return np.array([[size(evaluate(e.args[0], at), e.kind)]])


def size(a: np.ndarray, kind: str) -> float:
    return float(np.abs(a).max() if kind in ("inf", "abs") else np.linalg.norm(a, 2 if kind == "2" else "fro"))


@evaluate.register(Series)
@evaluate.register(Chain)
def _(e: Any, at: Values) -> np.ndarray:
    first, last = (int(end.subs(steps(at))) for end in (e.first, e.last))
    parts = [evaluate(e.body, {**at, e.bound: here}) for here in range(first, last + 1)]
    if isinstance(e, Series):
        return sum(parts, np.zeros(tuple(int(x.subs(SIZES)) for x in e.shape)))
    return reduce(lambda so_far, new: new @ so_far, parts, np.eye(int(e.shape[0].subs(SIZES))))


# ---- bounds against values


def scope() -> Scope:
    """A place where every norm of leaves may stand."""
    found = scope_of(CLAIM)
    found.shared.series = True
    return found


def too_small(e: Expression, kind: str, at: Values) -> list[str]:
    """The bounds of a norm that are less than the norm."""
    exact = size(evaluate(e, at), kind)
    found = upper(scope(), e, kind)
    return [str(bound.value.expression()) for bound in found
            if float(evaluate(canonical(bound.value.expression()), at).item()) < exact * (1 - 1e-9) - 1e-12]


def kinds(e: Expression) -> tuple[str, ...]:
    return ("abs",) if e.is_scalar else ("2", "F") if all(e.axes) else ("2", "inf")


@settings(max_examples=250, deadline=None)
@given(expressions(), st.integers(0, 10**6))
def test_no_bound_is_too_small(e: Expression, seed: int) -> None:
    for kind in kinds(e):
        assert too_small(e, kind, draw(seed)) == []


def test_bounds_are_found() -> None:
    """The property above says nothing of a norm without bounds: these have some."""
    for e in (A @ B + D[k], diag(sigma(u)) @ A, Sum(D[t] @ g[t], (t, 1, k)), Prod(diag(sigma(g[t])) @ A, (t, 1, k)),
              had(u, g[k]), vec(A), u @ u.T, dot(u, g[1]) * Q, hstack(A, B), Prod(2 * eye(n), (t, 1, k))):
        for kind in kinds(e):
            assert upper(scope(), e, kind), (e, kind)


@pytest.mark.parametrize(("name", "wrong", "e", "kind"), [
    ("‖AB‖ ≤ ‖A‖ ‖B‖", rules.multiplied(lambda e, kind: [((e.args[0], kind),)]), A @ B, "2"),
    ("‖A + B‖ ≤ ‖A‖ + ‖B‖", rules.multiplied(lambda e, kind: [tuple((a, kind) for a in e.args)]), A + B, "F"),
    ("‖diag(v)‖_F = ‖v‖₂", rules.multiplied(lambda e, kind: [((e.args[0], "inf"),)]), diag(u), "F"),
    ("‖A ∘ B‖ ≤ ‖A‖ ‖B‖", rules.multiplied(lambda e, kind: [((e.args[0], kind),)]), had(A, B), "2"),
    ("‖[A B]‖ ≤ ‖A‖ + ‖B‖", rules.multiplied(lambda e, kind: [((e.parts[0], kind),)]), hstack(A, B), "F"),
    ("‖vec(A)‖₂ = ‖A‖_F", rules.multiplied(lambda e, kind: [((e.args[0], "2"),)]), vec(A), "2"),
])
def test_a_wrong_rule_is_caught_by_numbers(name: str, wrong: Any, e: Expression, kind: str,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(too_small(e, kind, draw(seed)) for seed in range(20))
    rows = tuple(row._replace(bounds=wrong) if row.name == name else row for row in rules.RULES)
    assert rows != rules.RULES
    monkeypatch.setattr(rules, "RULES", rows)
    assert any(too_small(e, kind, draw(seed)) for seed in range(20))


@settings(max_examples=150, deadline=None)
@given(scalars(3), st.integers(0, 10**6))
def test_scalars_are_what_they_were(e: Expression, seed: int) -> None:
    """A scalar as a magnitude, and back in the language, has the same value."""
    at = draw(seed)
    back = canonical(value(scope(), e).expression())
    assert np.isclose(evaluate(back, at).item(), evaluate(e, at).item(), rtol=1e-9, atol=1e-9)


powers = st.fractions(0, 3, max_denominator=2).map(lambda f: Rational(f.numerator, f.denominator))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([norm(A, 2), norm(u), 2, 3, n]), powers, st.integers(-2, 2)), max_size=4))
def test_magnitudes_in_the_language(factors: list[tuple[Any, Rational, int]]) -> None:
    """A product of powers, some with steps in the exponent, written in the language: its value, and itself again."""
    out, at, expected = Magnitude.number(Rational(3, 2)), draw(7), 1.5
    for atom, constant, slope in factors:
        if isinstance(atom, Dim) or (slope < 0 and not isinstance(atom, int)):
            slope = 0
        exponent = constant + slope * (k - 1)
        out = out * Magnitude.atom(canonical(atom) if isinstance(atom, Expression) else atom, exponent)
        base = float(evaluate(atom, at).item()) if isinstance(atom, Expression) else float(SIZES.get(atom, 0) or atom)
        expected *= base ** float(exponent.subs(SIZES))
    written = out.expression()
    assert np.isclose(evaluate(canonical(written), at).item(), expected)
    assert value(scope(), written) == out


def test_bounds_of_sums_are_of_every_term() -> None:
    found = next(bounded(scope(), value(scope(), 2 * norm(A @ B, 2) + norm(u))))
    assert str(found.value.expression()) == "2 ‖A‖_2 ‖B‖_2 + ‖u‖_2"
    assert [line.rule for line in found.lines] == ["‖AB‖ ≤ ‖A‖ ‖B‖"]
