"""Derivatives as responses of a graph, against a network that is written out by hand in plain JAX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from evaluation import close, evaluated, named, traced, values

from derivations import Model, d, grad, had, immediate, sigma, tanh, use, vstack
from derivations.symbols import Expression
from numeric import plan, response

LAST = 4
net = Model("net")
n, m = net.dims("n m")
[t] = net.times("t")
x, W, V = net.inputs("x", m), net.parameter("W", n, {"h": n, "x": m}), net.parameter("V", n, {"h": n, "x": m})
f, c, h, e = net.sequence("f", n), net.sequence("c", n), net.sequence("h", n), net.sequence("e")
u = vstack(h[t - 1], x[t])
f[t] = sigma(V @ u)
c[t] = had(f[t], c[t - 1]) + tanh(W @ u)
h[t] = had(f[t], tanh(c[t]))
e[t] = c[t].T @ h[t]
s = net.let("s", vstack(c[t], h[t]))
SIZES = {n: 3, m: 2}

Values = dict[tuple[str, int], Any]
Response = Callable[[Any, tuple[str, int]], Any]


def unrolled(leaves: Mapping[str, Any], put: Values | None = None, uses: Values | None = None,
             shifts: Values | None = None, last: int = LAST) -> Values:
    """Every node at every step. ``put`` replaces nodes, ``shifts`` moves them, ``uses`` replaces weights at a step."""
    put, uses, shifts = put or {}, uses or {}, shifts or {}
    found: Values = {(name, 0): put.get((name, 0), leaves[name][0, :, 0]) for name in "ch"}
    for step in range(1, last + 1):
        A, B = (uses.get((name, step), leaves[name]) for name in "VW")

        def be(name: str, value: Any, step: int = step) -> Any:
            found[name, step] = put.get((name, step), value + shifts.get((name, step), 0))
            return found[name, step]

        before = jnp.concatenate([found["h", step - 1], be("x", leaves["x"][step - 1, :, 0])])
        gate = be("f", 1 / (1 + jnp.exp(-A @ before)))
        state = be("c", gate * found["c", step - 1] + jnp.tanh(B @ before))
        be("e", (state @ be("h", gate * jnp.tanh(state)))[None])
    return found


def cut(*keys: tuple[str, int], held: tuple[str, ...] = ()) -> Response:
    """The response of a node to others that are cut, moved together and independently; some sequences are held."""
    def response_of(leaves: Any, y: tuple[str, int]) -> Any:
        base = unrolled(leaves)
        fixed = {key: value for key, value in base.items() if key[0] in held and key[1] > 0}
        ends = np.cumsum([0] + [base[key].size for key in keys])

        def respond(eps: Any) -> Any:
            moved = {key: base[key] + eps[a:b] for key, a, b in zip(keys, ends, ends[1:], strict=False)}
            return unrolled(leaves, fixed | moved)[y]
        return jax.jacfwd(respond)(jnp.zeros(ends[-1]))
    return response_of


def weights(name: str, steps: range, columns: slice = slice(None)) -> Response:
    """The response of a node to a weight (or some columns of it) at some steps; columns of the weight are stacked."""
    def response_of(leaves: Any, y: tuple[str, int]) -> Any:
        weight = leaves[name]

        def respond(eps: Any) -> Any:
            moved = weight.at[:, columns].add(eps)
            return unrolled(leaves, uses={(name, step): moved for step in steps})[y]
        J = jax.jacfwd(respond)(jnp.zeros(weight[:, columns].shape))
        return J.transpose(0, 2, 1).reshape(J.shape[0], -1)
    return response_of


def joint(leaves: Any, step: int) -> Any:
    """The Jacobian of the step map: both parts of the last state are moved, none responding to the other."""
    return jnp.concatenate([cut(("c", step - 1), ("h", step - 1))(leaves, (name, step)) for name in "ch"])


EVERY = range(1, LAST + 1)
CASES: dict[str, tuple[Expression, Callable[[Any], Any]]] = {
    "total, one step": (d(c[3], c[2]), lambda p: cut(("c", 2))(p, ("c", 3))),
    "total, in the step": (d(h[2], c[2]), lambda p: cut(("c", 2))(p, ("h", 2))),
    "total, along every path": (d(c[4], c[1]), lambda p: cut(("c", 1))(p, ("c", 4))),
    "total, by a leaf": (d(c[2], h[0]), lambda p: cut(("h", 0))(p, ("c", 2))),
    "total, by an input": (d(h[4], x[2]), lambda p: cut(("x", 2))(p, ("h", 4))),
    "total, of a node by itself": (d(c[2], c[2]), lambda p: cut(("c", 2))(p, ("c", 2))),
    "total, by what comes later": (d(c[2], c[3]), lambda p: cut(("c", 3))(p, ("c", 2))),
    "held": (d(c[4], c[1], hold=f), lambda p: cut(("c", 1), held=("f",))(p, ("c", 4))),
    "two held": (d(c[4], c[1], hold=[f, h]), lambda p: cut(("c", 1), held=("f", "h"))(p, ("c", 4))),
    "a stack": (d(c[4], vstack(c[2], h[2])), lambda p: cut(("c", 2), ("h", 2))(p, ("c", 4))),
    "a stack of two steps": (d(c[4], vstack(c[2], c[1])), lambda p: cut(("c", 2), ("c", 1))(p, ("c", 4))),
    "the joint state": (d(s.at(3), s.at(2)), lambda p: joint(p, 3)),
    "by a weight": (d(c[3], W), lambda p: weights("W", EVERY)(p, ("c", 3))),
    "by a block": (d(h[3], V["x"]), lambda p: weights("V", EVERY, slice(3, 5))(p, ("h", 3))),
    "by a use": (d(c[3], use(W, 2)), lambda p: weights("W", range(2, 3))(p, ("c", 3))),
    "by a use of a block": (d(c[4], use(W["h"], 2)), lambda p: weights("W", range(2, 3), slice(0, 3))(p, ("c", 4))),
    "by a use that comes later": (d(c[2], use(W, 3)), lambda p: weights("W", range(3, 4))(p, ("c", 2))),
    "immediate": (immediate(c[3], f[3]), lambda p: jnp.diag(unrolled(p)["c", 2])),
    "immediate, no path around": (immediate(c[3], c[2]), lambda p: jnp.diag(unrolled(p)["f", 3])),
    "immediate, by a weight": (immediate(c[3], W), lambda p: cut_weight(p)),
    "immediate, not in the definition": (immediate(c[3], c[1]), lambda p: jnp.zeros((3, 3))),
    "gradient": (grad(e[3], W), lambda p: weights("W", EVERY)(p, ("e", 3)).reshape(5, 3).T),
    "gradient, held": (grad(e[3], c[1], hold=h), lambda p: cut(("c", 1), held=("h",))(p, ("e", 3)).T),
}


def cut_weight(leaves: Any) -> Any:
    """∂⁺c_3/∂W: tanh′ of W u, by each entry of W."""
    base = unrolled(leaves)
    last = jnp.concatenate([base["h", 2], base["x", 3]])
    return jnp.kron(last[None], jnp.diag(1 - jnp.tanh(leaves["W"] @ last) ** 2))


@pytest.fixture(scope="module", params=["forward", "reverse"])
def responses(request: pytest.FixtureRequest) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Every case in one traced program, and the leaves that it was given."""
    program, leaves = traced(net, [expression for expression, _ in CASES.values()], SIZES, mode=request.param)
    return dict(zip(CASES, values(program, leaves), strict=True)), named(program, leaves)


@pytest.mark.parametrize("case", CASES)
def test_a_derivative_is_what_a_network_written_by_hand_responds(case: str, responses: Any) -> None:
    found, leaves = responses
    if case not in by_hand:  # the same leaves in either mode
        with jax.enable_x64(True):
            by_hand[case] = np.asarray(CASES[case][1]({name: jnp.asarray(a) for name, a in leaves.items()}))
    assert close(found[case], by_hand[case])


by_hand: dict[str, np.ndarray] = {}


OTHERS = {
    "total, one step": immediate(c[3], c[2]),
    "total, along every path": d(c[4], c[1], hold=f),
    "held": d(c[4], c[1], hold=h),
    "a stack": d(c[4], vstack(h[2], c[2])),
    "by a weight": d(c[3], use(W, 3)),
    "by a use": d(c[3], use(W, 3)),
    "immediate": immediate(c[3], c[2]),
}


def test_other_derivatives_are_told_from_them(responses: Any) -> None:
    for case, other in zip(OTHERS, evaluated(net, list(OTHERS.values()), SIZES), strict=True):
        assert not close(other, responses[0][case], 1e-3), case


def test_the_joint_jacobian_is_not_the_block_matrix_of_total_derivatives(responses: Any) -> None:
    blocks = evaluated(net, [d(a[3], b[2]) for a in (c, h) for b in (c, h)], SIZES)
    total, cut_jointly = np.block([blocks[:2], blocks[2:]]), responses[0]["the joint state"]
    assert np.abs(total - cut_jointly).max() > 0.01  # h responds to c, and would be counted twice
    assert close(total[:, 3:], cut_jointly[:, 3:])  # nothing in the same step responds to h


def test_layout_has_a_row_for_each_entry_of_y() -> None:
    wide, gradient = evaluated(net, [d(e[2], W), grad(e[2], W)], SIZES)
    assert (wide.shape, gradient.shape) == ((1, 15), (3, 5))
    assert close(gradient.T.reshape(1, 15), wide)  # vec(grad) = dᵀ, columns stacked


# ---- windows, scans, literal and symbolic steps


@pytest.mark.parametrize("step", [1, 2, 4])
def test_symbolic_and_literal_steps_give_the_same(step: int) -> None:
    pairs = [(c, 1), (h, 1), (x, 0), (f, 0)]
    symbolic = evaluated(net, [d(c[t], of[t - back]) for of, back in pairs], SIZES, {t: step})
    literal = evaluated(net, [d(c[step], of[step - back]) for of, back in pairs], SIZES)
    assert all(close(a, b) for a, b in zip(symbolic, literal, strict=True))
    assert all(np.abs(a).max() > 1e-3 for a in symbolic)


@pytest.mark.parametrize("window", [0, 1, 2, 8])
def test_a_window_gives_what_the_whole_scan_gives(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [d(c[t], c[t - 2]), d(h[t], use(W, t - 1)), d(s, s.at(t - 1)), d(h[t], c[t - 1], hold=f),
             immediate(c[t], f[t])]
    before = evaluated(net, asked, SIZES, {t: 3})
    for module in (plan, response):
        monkeypatch.setattr(module, "WINDOW", window)
    after = evaluated(net, asked, SIZES, {t: 3})
    assert all(close(a, b) for a, b in zip(after, before, strict=True))
    assert all(np.abs(b).max() > 1e-3 for b in before)


# ---- held sequences, blocks, derivatives of derivatives


@pytest.mark.parametrize("step", [3, 9])
def test_a_sequence_that_is_held_responds_where_it_is_cut_and_nowhere_else(step: int) -> None:
    free, held, uncut, first = evaluated(net, [d(c[step], c[1]), d(c[step], c[1], hold=c), d(c[step], c[1], hold=c[2]),
                                               d(h[1], c[1], hold=c)], SIZES)
    assert np.abs(free).max() > 1e-6
    assert not held.any()
    assert np.abs(uncut - free).max() > 1e-6
    assert np.abs(first).max() > 1e-3


@pytest.mark.parametrize("step", [2, 9])
def test_blocks_of_one_node_move_together_and_apart(step: int) -> None:
    q = Model("blocks")
    [p] = q.dims("p")
    s_ = q.times("s")[0]
    A, v = q.parameter("A", p, p), q.sequence("v", {"a": p, "b": p})
    v[s_] = vstack(tanh(A @ v[s_ - 1]["b"]), had(v[s_ - 1]["a"], v[s_ - 1]["b"]))
    a, b = v[1]["a"], v[1]["b"]
    by = (v[1], vstack(a, b), vstack(b, a), a, b)
    whole, both, turned, left, right = evaluated(q, [d(v[step], x_) for x_ in by], {p: 2})
    assert close(both, whole)
    assert close(np.hstack([left, right]), whole)
    assert close(np.hstack([right, left]), turned)
    assert np.abs(left).max() > 0
    assert np.abs(right).max() > 0


MIXED = [(3, ("c", 1), ("h", 2)), (3, ("c", 1), ("c", 2)), (3, ("c", 1), ("c", 1)), (3, ("x", 1), ("x", 2)),
         (9, ("c", 1), ("h", 2)), (9, ("x", 1), ("x", 8)), (9, ("c", 1), ("c", 3))]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_derivative_of_a_derivative_is_the_mixed_one(mode: str) -> None:
    """Both nodes are perturbed at their values; what one of them drives keeps the other's perturbation."""
    nodes = {"c": c, "h": h, "x": x}
    asked = [d(d(e[last], nodes[a][i]), nodes[b][j]) for last, (a, i), (b, j) in MIXED]
    program, leaves = traced(net, asked, SIZES, mode=mode)
    found = values(program, leaves)
    with jax.enable_x64(True):
        given = {name: jnp.asarray(a) for name, a in named(program, leaves).items()}
        for (last, one, other), value in zip(MIXED, found, strict=True):
            size = [2 if name == "x" else 3 for name, _ in (one, other)]

            def moved(first: Any, second: Any, last: int = last, one: Any = one, other: Any = other) -> Any:
                shifts: Values = {one: first}
                shifts[other] = shifts.get(other, 0) + second
                return unrolled(given, shifts=shifts, last=last)["e", last][0]
            wanted = jax.jacfwd(jax.jacrev(moved), 1)(*map(jnp.zeros, size))
            assert close(value, np.asarray(wanted))
            assert np.abs(value).max() > 1e-8
