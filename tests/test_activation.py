"""Open elementwise functions: what the language and the proof make of an activation that is never defined."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy
from evaluation import AGREES, REFUTED, status
from perceptron import FAILS, HOLDS, W1, act, c, k, n, net, p, phi, psi, s, t, x, z

from derivations import (
    Model,
    NamingError,
    elementwise,
    sigma,
)
from derivations.edits import Context
from derivations.functions import ROWS, Activation
from derivations.latex import latex
from derivations.latex.notation import TEXT
from derivations.latex.rules import Printer
from derivations.proof import heads
from derivations.proof.prove import prove
from derivations.symbols import Expression
from derivations.variants import variants
from derivations.verdict import Status
from numeric import Options
from numeric.mutation import score
from numeric.replay import replay

PROVED, UNDECIDED = Status.PROVED, Status.UNDECIDED


# ---- the language


def test_it_has_the_type_of_its_argument() -> None:
    for argument in (s, x, x.T, W1):
        for f in (phi, phi.prime, phi.prime.prime):
            assert f(argument).axes == argument.axes
            assert f(argument).func(*f(argument).args) == f(argument)
    assert phi.prime.prime.base == phi
    assert isinstance(phi.prime, Activation)
    assert phi != phi.prime != psi.prime
    assert pickle.loads(pickle.dumps(phi.prime(W1))) == phi.prime(W1)
    assert act(c[t]).subs(t, k) == act(c[k])


def test_it_is_printed_as_a_function_with_a_name() -> None:
    labelled = Model("labelled").activation("phi_out")
    shown = {phi(z): ("φ(z)", r"\varphi(\mathbf{z})"), phi.prime(z): ("φ′(z)", r"\varphi'(\mathbf{z})"),
             phi.prime.prime(z): ("φ′′(z)", r"\varphi''(\mathbf{z})"),
             labelled.prime(s): ("φ′_out(s)", r"\varphi'_{\mathrm{out}}(s)")}
    for expression, (text, tex) in shown.items():
        assert Printer(TEXT)(expression) == text
        assert latex(expression) == tex


def test_its_form_in_sympy_is_a_function_that_sympy_differentiates() -> None:
    form, variable = phi(s).sympy(), s.sympy()
    assert form == sympy.Function("phi")(variable)
    assert form.diff(variable) == phi.prime(s).sympy()
    assert phi.prime(W1).sympy().shape == (p, n)


@pytest.mark.parametrize(("name", "words"), [
    *((name, "exists already") for name in (*ROWS, "power")), ("phi'", "reads as a derivative: declare 'phi'"),
    *((name, "is not a name") for name in ("1", "phi psi", None, "__import__('os')")),
    ("W_1", "used twice"), ("phi", "used twice"), ("ell", "used twice"), ("n", "used twice"),
])
def test_names_that_are_refused(name: Any, words: str) -> None:
    with pytest.raises(NamingError, match=words):
        net.activation(name)
    assert net.functions["phi"] == phi


def test_no_other_name_prints_like_its_derivative() -> None:
    model = Model("primes")
    model.activation("f")
    with pytest.raises(NamingError, match="f', a parameter, prints like the derivative of f"):
        model.parameter("f'")
    model.parameter("w'")
    with pytest.raises(NamingError, match="prints like the derivative of w"):
        model.activation("w")


def test_it_belongs_to_one_model_and_has_no_definition_there() -> None:
    other = Model("other")
    w = other.parameter("w")
    with pytest.raises(NamingError, match="uses the function phi of the model 'perceptron'"):
        other.node("A", phi.prime(w))
    other.node("B", elementwise("f", lambda v: v * v)(w))
    with pytest.raises(NamingError, match="has a definition already"):
        other.activation("f")
    other.activation("h")
    with pytest.raises(NamingError, match="an open one of this name"):
        other.node("C", elementwise("h", lambda v: v * v)(w))


# ---- the proof


@pytest.mark.parametrize("name", HOLDS)
def test_what_is_right_is_proved_replayed_and_agrees(name: str) -> None:
    claim = HOLDS[name]
    proof = prove(claim)
    assert proof.status is PROVED
    assert replay(claim, proof) == []
    assert status(claim) is AGREES


@pytest.mark.parametrize("name", FAILS)
def test_what_is_wrong_is_not_proved_but_refuted(name: str) -> None:
    assert prove(FAILS[name]).status is UNDECIDED
    assert status(FAILS[name]) is REFUTED


@pytest.mark.parametrize("name", ["by-argument", "second", "one-step"])
def test_a_replay_tells_the_derivatives_apart(name: str) -> None:
    claim = HOLDS[name]
    proof = prove(claim)

    def tampered(change: Callable[[Activation], Activation]) -> list[Any]:
        traces = tuple(replace(t, meanings=tuple(
            replace(h, function=change(h.function)) if isinstance(h, heads.Value) else h for h in t.meanings))
            for t in proof.traces)
        return replay(claim, replace(proof, traces=traces))

    assert tampered(lambda f: f) == []
    assert tampered(lambda f: f.prime)
    assert tampered(lambda f: f.base if f.order else f.prime)


def test_the_variants_are_the_mistakes_people_make() -> None:
    """φ where φ′ belongs, another open function or its derivative; of σ and tanh only σ and tanh."""
    def functions(e: Expression) -> set[str]:
        return {str(v.after) for v in variants(e, Context(net, (e,))) if v.edit.name == "function"}

    assert functions(phi.prime(s)) == {"φ(s)", "ψ(s)", "ψ′(s)"}
    assert functions(phi(s)) == {"ψ(s)"}
    assert functions(sigma(s)) == {"tanh(s)"}


@pytest.mark.parametrize("name", ["by-argument", "whole", "one-step"])
def test_no_wrong_variant_survives(name: str) -> None:
    found = score(HOLDS[name], Options())
    assert found.refuted >= 10
    assert not found.survivors


