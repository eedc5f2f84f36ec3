"""Random programs of arrays, and how the untouched ones are evaluated, to set beside them what was made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import lax
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from numeric.plan import Leaf
from numeric.program import Program
from numeric.sweep import interpreted

SHAPE = (2, 3)
Function = Callable[..., Any]


def traced(f: Function, *shapes: tuple[int, ...]) -> ClosedJaxpr:
    with jax.enable_x64(True):
        return jax.make_jaxpr(f)(*(jax.ShapeDtypeStruct(s, np.float64) for s in shapes))


def values(closed: ClosedJaxpr, *leaves: np.ndarray) -> list[np.ndarray]:
    """The results, by the interpreter in floats: no compilation, so that hundreds of programs can run."""
    named = tuple(Leaf(None, str(k), a.shape) for k, a in enumerate(leaves))  # type: ignore[arg-type]
    program = Program(named, (), closed, "", None)  # type: ignore[arg-type]
    return [v[0] for v in interpreted(program, [a[None] for a in leaves], np.zeros((1, 0), np.int64)).values]


def by_jax(closed: ClosedJaxpr, *leaves: np.ndarray) -> list[Any]:
    with jax.enable_x64(True):
        return [np.asarray(v) for v in jaxpr_as_fun(closed)(*leaves)]


def close(found: list[Any], wanted: list[Any]) -> None:
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@jax.custom_jvp
def odd(x: Any) -> Any:
    """A function whose stated derivative is not that of its value: whoever loses its rule is found out."""
    return lax.tanh(x)


odd.defjvps(lambda t, out, x: t * (2.0 + x))


@jax.custom_jvp
def like_odd(x: Any) -> Any:
    return lax.tanh(x)


like_odd.defjvps(lambda t, out, x: t * (3.0 + x))


class Writer:
    """Random programs of arrays of one shape: what was computed before is used again and again, and written again."""

    def __init__(self, seed: int, depth: int = 0) -> None:
        self.rng, self.depth = np.random.default_rng(seed), depth

    def pick(self, known: list[Any]) -> Any:
        return known[int(self.rng.integers(len(known)))]

    def constant(self) -> Any:
        whole = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0]
        kind = int(self.rng.integers(4))
        if kind == 0:
            return np.full(SHAPE, whole[int(self.rng.integers(len(whole)))])
        if kind == 1:
            return self.rng.integers(-2, 3, SHAPE).astype(float)
        if kind == 2:
            steps = lax.broadcasted_iota(np.int64, SHAPE, int(self.rng.integers(2)))
            return lax.convert_element_type(steps, np.float64)
        return lax.convert_element_type(np.asarray(self.rng.integers(0, 2, SHAPE), bool), np.float64)

    def program(self, lines: int) -> Function:
        seed = int(self.rng.integers(2**31))

        def f(*args: Any) -> Any:
            writer = Writer(seed, self.depth)
            known = list(args)
            for _ in range(lines):
                known.append(writer.line(known))
            return known[-1] + writer.pick(known) * writer.pick(known)
        return f

    def line(self, known: list[Any]) -> Any:
        a, b = self.pick(known), self.pick(known)
        rules = [self.unary, self.binary, self.moved, self.chosen, self.called, self.with_constant]
        if self.depth < 2:
            rules += [self.loop, self.loop]
        return rules[int(self.rng.integers(len(rules)))](a, b, known)

    def unary(self, a: Any, b: Any, known: list[Any]) -> Any:
        rules = [lax.tanh, lax.sin, lax.neg, lax.logistic, lambda z: lax.integer_pow(z, int(self.rng.integers(1, 4))),
                 lambda z: lax.exp(lax.tanh(z)), lax.stop_gradient]
        return lax.tanh(rules[int(self.rng.integers(len(rules)))](a))

    def binary(self, a: Any, b: Any, known: list[Any]) -> Any:
        rules = [lax.add, lax.sub, lax.mul, lambda p, q: lax.div(p, 2.0 + q * q)]
        return lax.tanh(rules[int(self.rng.integers(len(rules)))](a, b))

    def with_constant(self, a: Any, b: Any, known: list[Any]) -> Any:
        c = self.constant()
        rules = [lambda: a + c, lambda: c + a, lambda: a - c, lambda: c - a, lambda: a * c, lambda: c * a,
                 lambda: a / (1.0 + c * c)]
        return rules[int(self.rng.integers(len(rules)))]()

    def moved(self, a: Any, b: Any, known: list[Any]) -> Any:
        rules: list[Function] = [
            lambda: lax.transpose(lax.reshape(a, (3, 2)), (1, 0)),
            lambda: lax.reshape(lax.reshape(a, (6,)), SHAPE),
            lambda: lax.reshape(a[:, :2], (2, 2), dimensions=(1, 0)) @ b[:, :3],
            lambda: lax.rev(a, (int(self.rng.integers(2)),)),
            lambda: lax.concatenate([a[:, 1:], b[:, :1]], 1),
            lambda: lax.concatenate([a], 0),
            lambda: lax.pad(a, np.float64(0), ((0, 0, 0), (1, -1, 0))),
            lambda: lax.broadcast_in_dim(a[0], SHAPE, (1,)),
            lambda: lax.transpose(a, (0, 1)),
            lambda: a @ lax.transpose(b, (1, 0)) @ a * 0.1,
            lambda: lax.reduce_sum(lax.broadcast_in_dim(a, (4, *SHAPE), (1, 2)), (0,)),
        ]
        return rules[int(self.rng.integers(len(rules)))]()

    def chosen(self, a: Any, b: Any, known: list[Any]) -> Any:
        some = self.rng.integers(0, 2, SHAPE).astype(bool)
        masks: list[Any] = [np.ones(SHAPE, bool), np.zeros(SHAPE, bool), some, a > b, a > 0.1]
        return lax.select(masks[int(self.rng.integers(len(masks)))], a, b)

    def called(self, a: Any, b: Any, known: list[Any]) -> Any:
        rules = [odd, like_odd, jax.jit(lambda z: lax.sin(z) * b), jax.jit(lambda z: z), jax.checkpoint(lax.sin)]
        return rules[int(self.rng.integers(len(rules)))](a)

    def loop(self, a: Any, b: Any, known: list[Any]) -> Any:
        """A loop that reads what lies around it, passes on, swaps or forgets what it carries, and may be empty."""
        inner, turn = Writer(int(self.rng.integers(2**31)), self.depth + 1).program(3), int(self.rng.integers(4))
        around, length = self.pick(known), int(self.rng.integers(0, 4))
        reverse, rows = bool(self.rng.integers(2)), self.rng.integers(-2, 3, (length, *SHAPE)).astype(float)

        def step(carry: Any, row: Any) -> Any:
            p, q = carry
            new = lax.tanh(inner(p, around, row) if turn % 2 else inner(p, q, around))
            still = lax.sin(around) * around
            return [(q, new), (new, q), (new, still), (p, new)][turn], (new + still, still, row)
        (p, q), (moved, still, _) = lax.scan(step, (a, b), rows, reverse=reverse)
        return p + lax.tanh(q) + lax.reduce_sum(moved, (0,)) - lax.reduce_sum(still, (0,))


def leaves_of(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(SHAPE), rng.standard_normal(SHAPE)]
