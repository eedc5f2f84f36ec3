"""Programs with less in them, beside the untouched ones: hundreds of random programs, and tricks one by one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.extend.core import check_jaxpr
from programs import SHAPE, Function, Writer, by_jax, close, leaves_of, traced, values

from numeric.derivative import forward, reverse
from numeric.exact.interpret import OutOfClass
from numeric.tidy import needed, structure, tidied

# ---- random programs


@pytest.mark.parametrize("block", range(8))
def test_random_programs_give_the_same_numbers(block: int) -> None:
    shorter = 0
    for seed in range(40 * block, 40 * block + 40):
        f = Writer(seed).program(8)
        whole = traced(lambda x, y, f=f: (f(x, y), x, np.ones(SHAPE), f(x, y) + f(y, x)), SHAPE, SHAPE)
        wanted = values(whole, *leaves_of(seed))
        for keep in (False, True):
            less = tidied(whole, keep_rules=keep)
            assert [v.aval for v in less.jaxpr.outvars] == [v.aval for v in whole.jaxpr.outvars]
            with jax.enable_x64(True):
                check_jaxpr(less.jaxpr)
            close(values(less, *leaves_of(seed)), wanted)
            close(values(needed(less, [3, 0, 0]), *leaves_of(seed)), [wanted[3], wanted[0], wanted[0]])
            shorter += len(less.jaxpr.eqns) < len(whole.jaxpr.eqns)
    assert shorter > 40


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_give_the_same_numbers_in_jax(seed: int) -> None:
    whole = traced(Writer(1000 + seed).program(6), SHAPE, SHAPE)
    close(by_jax(tidied(whole), *leaves_of(seed)), by_jax(whole, *leaves_of(seed)))


@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize("block", range(5))
def test_random_derivatives_are_those_of_the_untouched_function(mode: Any, block: int) -> None:
    """In the memory of all derivatives before: programs that are nearly alike must not be taken for one another."""
    for seed in range(30 * block, 30 * block + 30):
        f = Writer(seed % 10, depth=1).program(3 + seed // 10 % 5)

        def function(z: Any, x: Any, f: Function = f) -> Any:
            return lax.reshape(f(lax.reshape(z, SHAPE) + x, x), (6,))

        def ours(x: Any, y: Any, function: Function = function) -> Any:
            return mode(lambda z: function(z, x), np.zeros(6)) - 2 * mode(lambda z: function(z, y), np.zeros(6))

        def jaxs(x: Any, y: Any, function: Function = function) -> Any:
            J = jax.jacfwd(function)
            return J(np.zeros(6), x) - 2 * J(np.zeros(6), y)
        found, wanted = (values(traced(g, SHAPE, SHAPE), *leaves_of(seed)) for g in (ours, jaxs))
        close(found, wanted)


# ---- tricks


def three(x: Any) -> Any:
    def step(c: Any, _: Any) -> Any:
        a, b, d = c
        return (b * 1.5, d + a, a * d), None
    return lax.scan(step, (x, x + 1, x + 2), None, length=2)[0]


def fourth(which: bool) -> Function:
    """Two programs that are alike but for one operand, behind an equation with three results."""

    def f(x: Any) -> Any:
        a, b, d = three(x)
        s, c = lax.sin(a), lax.cos(b)
        return (d if which else c) * lax.exp(c) * s + d
    return f


def test_results_of_one_equation_are_not_those_of_another() -> None:
    assert structure(traced(fourth(False), ())) != structure(traced(fourth(True), ()))
    with jax.enable_x64(True):
        x = jnp.asarray(0.3)
        for f in (fourth(False), fourth(True)):
            found = forward(lambda z, f=f: f(z[0] + x)[None], np.zeros(1))[0, 0]
            assert found == pytest.approx(float(jax.grad(f)(x)))


def test_programs_that_differ_in_an_operand_are_not_taken_for_one_another() -> None:
    rng, keys = np.random.default_rng(5), {}
    for seed in range(80):
        i, j, k, q = (int(index) for index in rng.integers(0, [3, 3, 5, 5]))

        def f(z: Any, x: Any, i: int = i, j: int = j, k: int = k, q: int = q) -> Any:
            pool = list(three(z[0] + x[0, 0]))
            pool += [lax.sin(pool[i]), lax.cos(pool[j])]
            return (pool[k] * pool[q] + sum(pool))[None]
        ours = traced(lambda x, f=f: forward(lambda z: f(z, x), np.zeros(1)), SHAPE)
        jaxs = traced(lambda x, f=f: jax.jacfwd(f)(np.zeros(1), x), SHAPE)
        close(values(ours, leaves_of(seed)[0]), values(jaxs, leaves_of(seed)[0]))
        keys.setdefault(structure(traced(lambda x, f=f: f(np.zeros(1), x), SHAPE)), set()).add((i, j, k, q))
    assert len(keys) > 30
    assert all(len(alike) == 1 for alike in keys.values())


def test_a_reshape_that_turns_axes_is_a_movement() -> None:
    whole = traced(lambda x: lax.reshape(x, (2, 2), dimensions=(1, 0)), (2, 2))
    x = np.arange(4.0).reshape(2, 2)
    for run in (values, by_jax):
        np.testing.assert_array_equal(run(tidied(whole), x)[0], x.T)
        np.testing.assert_array_equal(run(whole, x)[0], x.T)


def test_literals_keep_their_types() -> None:
    def f(x: Any) -> Any:
        ones = (lax.convert_element_type(np.asarray(v), np.float64) for v in (True, 1, 1.0, np.float32(1)))
        return sum((k + 1) * v for k, v in enumerate(ones)) * x + (x < 1) * x
    whole = traced(f, SHAPE)
    close(by_jax(tidied(whole), leaves_of(0)[0]), by_jax(whole, leaves_of(0)[0]))
    assert structure(traced(lambda x: (x, np.float32(1) * np.ones(2, np.float32)), ())) != \
        structure(traced(lambda x: (x, 1.0 * np.ones(2)), ()))
    assert structure(traced(lambda x: x * 0.0, ())) != structure(traced(lambda x: x * -0.0, ()))


@pytest.mark.parametrize("parameters", [(1, 1.0), (1, True), (0.0, -0.0), ((1, 2), (1, 2.0)), ((0, 1), (False, True))])
def test_parameters_that_python_finds_equal_are_different(parameters: tuple[Any, Any]) -> None:
    from jax.extend.core import Primitive

    primitive = Primitive("told")
    primitive.def_abstract_eval(lambda a, **_: a)
    assert parameters[0] == parameters[1]
    whole = traced(lambda x: [primitive.bind(x, told=p) for p in (*parameters, parameters[0])], ())
    assert len(tidied(whole).jaxpr.eqns) == 2  # the third is the first
    keys = {structure(traced(lambda x, p=p: primitive.bind(x, told=p), ())) for p in parameters}
    assert len(keys) == 2


def test_primitives_of_one_name_are_different() -> None:
    from jax.extend.core import Primitive

    twins = [Primitive("twin"), Primitive("twin")]
    for twin in twins:
        twin.def_abstract_eval(lambda a: a)
    assert len(tidied(traced(lambda x: [twin.bind(x) for twin in twins], ())).jaxpr.eqns) == 2


def test_what_has_an_effect_stays_where_it_is_and_happens_as_often() -> None:
    def f(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            jax.debug.callback(lambda _: None, x)
            jax.debug.callback(lambda _: None, x)
            return c + lax.exp(x), None
        return lax.scan(step, x, None, length=3)[0]
    [loop] = [e for e in tidied(traced(f, ())).jaxpr.eqns if e.primitive.name == "scan"]
    inside = [e.primitive.name for e in loop.params["jaxpr"].jaxpr.eqns]
    assert sum("callback" in name for name in inside) == 2
    assert "exp" not in inside


def test_what_is_taken_out_of_an_empty_loop_does_no_harm() -> None:
    def f(x: Any, y: Any) -> Any:
        return lax.scan(lambda c, row: (c / (x - x) + lax.log(-x * x), None), y, np.zeros((0, *SHAPE)))[0]
    x, y = leaves_of(0)
    whole = traced(f, SHAPE, SHAPE)
    np.testing.assert_array_equal(by_jax(tidied(whole), x, y)[0], y)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(values(tidied(whole), x, y)[0], y)


def test_a_movement_without_a_rule_is_left_to_who_runs_the_program() -> None:
    whole = traced(lambda x: x + lax.pad(np.ones(2), np.float64(0), ((0, 0, 1),)), (3,))
    close(by_jax(tidied(whole), np.ones(3)), [np.array([2.0, 1.0, 2.0])])


def test_branches_and_endless_loops_are_left_alone() -> None:
    def f(x: Any, y: Any) -> Any:
        z = lax.cond(x[0, 0] > 0, lambda a: lax.sin(a) * y, lambda a: a + y, x)
        return lax.while_loop(lambda s: lax.reduce_sum(s * s, (0, 1)) > 1.0, lambda s: s * 0.5 * lax.tanh(y * y), z)
    whole = traced(f, SHAPE, SHAPE)
    for seed in range(4):
        close(by_jax(tidied(whole), *leaves_of(seed)), by_jax(whole, *leaves_of(seed)))
    with pytest.raises(OutOfClass):
        values(tidied(whole), *leaves_of(0))


def test_derivatives_of_many_closures_do_not_meet_in_memory() -> None:
    """Objects come and go: that one has the address of another before it must not matter."""
    def make(k: int) -> Function:
        table = np.full(2, float(k))

        @jax.custom_jvp
        def f(z: Any) -> Any:
            return z * table
        f.defjvps(lambda t, out, z: t * (table + 0.5))
        return f
    with jax.enable_x64(True):
        for k in range(20):
            for mode in (forward, reverse):
                np.testing.assert_allclose(mode(make(k), np.zeros(2)), np.diag([k + 0.5] * 2))
                for factor in (k, np.array([k, -k])):
                    wanted = np.diag(factor * np.ones(2))
                    np.testing.assert_allclose(mode(lambda z, factor=factor: z * factor, np.zeros(2)), wanted)
