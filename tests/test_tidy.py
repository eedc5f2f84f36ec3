"""Programs with less in them: the same numbers, and the same derivatives."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from jax import lax
from jax.extend.core import jaxpr_as_fun

from derivations.recurrent import lstm, rnn
from numeric.cells import traced
from numeric.derivative import forward, reverse
from numeric.draws import Key, draw
from numeric.elementwise import _softplus
from numeric.exact.degrees import Degrees
from numeric.exact.fields import Fields
from numeric.exact.interpret import PerDraw, run
from numeric.exact.levels import Needs
from numeric.program import Program
from numeric.sizes import Options, Sizes, instances_of, sizes_of
from numeric.sweep import interpreted
from numeric.tidy import structure, tidied


def program_of(id: str, role: str = "exact") -> tuple[Program, list[dict]]:
    claim = next(c for m in (rnn, lstm) for c in m.claims if c.id == id)
    sizes: Sizes = next(s for s in sizes_of(claim, Options()) if s.role == role)
    instances = instances_of(claim, sizes)
    return next(iter(traced(claim, sizes, instances))).program, instances


def traced_function(f, *shapes):
    with jax.enable_x64(True):
        return jax.make_jaxpr(f)(*(jax.ShapeDtypeStruct(s, np.float64) for s in shapes))


def equations(closed) -> list[str]:
    return [e.primitive.name for e in closed.jaxpr.eqns]


@pytest.mark.parametrize("f", [
    lambda x: lax.add(x, lax.full_like(x, 0.0)),
    lambda x: lax.mul(lax.full_like(x, 1.0), x),
    lambda x: lax.select(np.ones((2, 3), bool), x, lax.full_like(x, 5.0)),
    lambda x: lax.transpose(lax.transpose(x, (0, 1)), (0, 1)),
])
def test_what_changes_nothing_is_left_out(f):
    assert equations(tidied(traced_function(f, (2, 3)))) == []


def test_equal_equations_are_shared_and_unequal_ones_are_not():
    found = tidied(traced_function(lambda x: (lax.add(lax.exp(x), lax.exp(x)), lax.neg(lax.sin(x)), lax.cos(x)), (2,)))
    assert sorted(equations(found)) == ["add", "cos", "exp", "neg", "sin"]


def test_a_quotient_of_constants_is_not_rounded():
    found = tidied(traced_function(lambda x: lax.mul(x, lax.div(np.float64(1), np.float64(3))), ()))
    assert equations(found) == ["div", "mul"]
    found = tidied(traced_function(lambda x: lax.mul(x, lax.mul(np.float64(0.1), np.float64(0.1))), ()))
    assert equations(found) == ["mul", "mul"]


def test_what_a_loop_repeats_moves_out_of_it():
    def f(x):
        return lax.scan(lambda c, y: (lax.add(c, lax.mul(lax.exp(x), y)), None), x, np.arange(1.0, 5.0))[0]

    closed = traced_function(f, ())
    found = tidied(closed)
    [loop] = [e for e in found.jaxpr.eqns if e.primitive.name == "scan"]
    assert "exp" in equations(found)
    assert "exp" not in equations(loop.params["jaxpr"])
    with jax.enable_x64(True):
        assert jaxpr_as_fun(found)(np.float64(0.3))[0] == jaxpr_as_fun(closed)(np.float64(0.3))[0]


@pytest.mark.parametrize("mode", [forward, reverse])
def test_a_function_that_says_how_it_is_differentiated_keeps_saying_so(mode):
    with jax.enable_x64(True):
        found = tidied(jax.make_jaxpr(lambda x: mode(lambda z: _softplus(lax.add(z, x)), np.zeros(2)))(np.zeros(2)))
        assert not {"max", "abs", "sign", "select_n"} & set(equations(found))
        value = jaxpr_as_fun(found)(np.array([0.0, 100.0]))[0]
    np.testing.assert_allclose(value, np.diag([0.5, 1.0]))


def test_programs_are_alike_only_if_every_equation_is():
    def key(f, *shapes):
        return structure(traced_function(f, *shapes))

    assert key(lambda x, y: lax.sub(x, y), (2,), (2,)) == key(lambda a, b: lax.sub(a, b), (2,), (2,))
    assert key(lambda x, y: lax.sub(x, y), (2,), (2,)) != key(lambda x, y: lax.sub(y, x), (2,), (2,))
    assert key(lambda x: lax.integer_pow(x, 2), (2,)) != key(lambda x: lax.integer_pow(x, 3), (2,))
    assert key(lambda x: lax.mul(x, np.float64(2)), ()) != key(lambda x: lax.mul(x, np.float64(3)), ())
    assert key(lambda x: lax.exp(x), (2,)) != key(lambda x: lax.exp(x), (3,))


@pytest.mark.parametrize("id", ["lstm.state-gradient", "rnn.chain.first-use", "rnn.loss-sum"])
def test_a_part_of_a_program_gives_what_the_whole_gives(id):
    program, instances = program_of(id)
    leaves = draw(Key(0, id, ()), program.leaves, "balanced", 8)
    steps = program.step_rows([instances[k % len(instances)] for k in range(8)])
    whole = interpreted(program, leaves, steps)
    for k in range(len(program.shapes)):
        part = interpreted(program.only([k]), leaves, steps)
        np.testing.assert_array_equal(part.values[0], whole.values[k])


LEVELS = 8


@pytest.mark.parametrize("id", ["lstm.state-gradient", "rnn.chain.first-use", "lstm.state-product.joint"])
def test_levels_that_nobody_needs_change_nothing(id):
    program, instances = program_of(id)
    steps = program.step_rows(instances)
    whole = program.jaxpr.jaxpr
    needs = Needs(whole, LEVELS)
    assert any(levels > 1 for levels in needs.of.values())  # something feeds an exponential
    assert any(levels == 1 for levels in needs.of.values())  # and something is needed at the top alone
    results = []
    for wanted in (needs, None):
        system = Fields(LEVELS, 1, len(steps), wanted)
        leaves = [system.variable(leaf.shape) for leaf in program.leaves]  # all levels, so that residues are the same
        out = run(whole, program.jaxpr.consts, [*leaves, *(PerDraw(c) for c in steps.T)], system)
        results.append([x.parts[-1] for x in out])
    deep = run(whole, program.jaxpr.consts, [*(Degrees().variable(leaf.shape, len(steps)) for leaf in program.leaves),
                                             *(PerDraw(c) for c in steps.T)], Degrees())
    for a, b, d in zip(*results, deep, strict=True):
        depth = d.parts[2].reshape(len(d.parts[2]), -1)
        shallow = (depth < LEVELS).all(axis=1)  # deeper than the tower, residues are arbitrary
        assert shallow.any()
        assert (a == b)[np.broadcast_to(shallow, len(a))].all()
