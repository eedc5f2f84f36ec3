"""What the printer writes is read back to the same expression, in both notations."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import expressions
import pytest
from evaluation import status
from hypothesis import HealthCheck, given, settings
from laboratory import KINDS, expression, laboratory
from laboratory import given as ranges_of
from meanings import form, read_back
from sympy import And, S
from sympy.logic.boolalg import Boolean

from derivations import Model, absolute, det, inverse, norm, power, relu, sigma, tanh, vec, vstack
from derivations.claim import EQUALITY, EXISTENCE, LIMIT, SEPARATES, Case, Claim, Trend
from derivations.latex import latex
from derivations.latex.notation import PROFILES
from derivations.latex.reader import tree
from derivations.latex.reader.conditions import condition, is_condition, stands_alone
from derivations.latex.reader.known import keys, reading, scope_of
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.tree import NotRead, Tree
from derivations.names import Name
from derivations.recurrent import lstm, rnn
from derivations.symbols import AsPrinted, Expression, Node, coerce
from derivations.verdict import Status

MODELS = {model.name: model for model in (rnn, lstm)}
SCOPES = {name: scope_of(model) for name, model in MODELS.items()}
CLAIMS = [claim for model in MODELS.values() for claim in model.claims]
ILL_TYPED = {"rnn.jacobian.literal", "lstm.terms.unsliced"}  # printed as their source has them, unchecked
NUMBERS = {"lstm.prevention.update"}  # (1/2)^100, which is kept as a power and read as a number


def same(model: Model, e: Expression, again: Expression, given: Boolean = S.true) -> bool:
    """Equal as trees, but for the grouping of products; else proved equal, and equal on draws."""
    if again == e or form(again) == form(e):
        return True
    claim = Claim(f"{model.name}.read-back", EQUALITY, model, (Case("", (e, again)),), given=given)
    return status(claim, evidence=("proof",)) is Status.PROVED and status(claim) is Status.AGREES


def parts_of(claim: Claim) -> Iterator[Expression]:
    """What the printed form of a claim says, from left to right: the sides of its cases, then its assumptions."""
    for case in claim.cases:
        yield from case.expressions
    for relation in claim.assuming:
        yield from relation.sides


def parts_read(items: Iterable[Tree], scope: Scope) -> tuple[list[Expression], Boolean]:
    """The same, as it is read from the statements of the printed form; and the conditions among them."""
    found: list[Expression] = []
    given: list[Boolean] = []
    for item in items:
        if isinstance(item, tree.Text) or (stands_alone(item, scope.census) and not isinstance(item, tree.Relation)):
            continue  # the k of "for every k"
        if isinstance(item, tree.Relation) and is_condition(item, scope):
            if "→" not in item.signs:  # k → ∞ says along which step
                given.append(condition(item, scope))
            continue
        sides = item.sides if isinstance(item, tree.Relation) else (item,)
        for side in sides:
            found += _side(side, scope)
    return found, And(*given)


def _side(e: Tree, scope: Scope) -> list[Expression]:
    """An expression; of pa(c) its node, of a set its nodes, of inf_k x the x; of a limit's end nothing."""
    if isinstance(e, tree.Letter) and e.name == "infty":
        return []
    if isinstance(e, tree.Big) and e.sign == "inf":
        return [reading(e.body, scope)]
    if isinstance(e, tree.Product) and isinstance(e.factors[0], tree.Word) and e.factors[0].text == "pa":
        [inside] = [factor.body for factor in e.factors[1:] if isinstance(factor, tree.Fenced)]
        return [reading(inside, scope)] if inside is not None else []
    if isinstance(e, tree.Fenced) and e.left == "{":
        items = e.body.items if isinstance(e.body, tree.Listed) else (e.body,)
        return [reading(item, scope) for item in items if item is not None]
    return [reading(item, scope) for item in (e.items if isinstance(e, tree.Listed) else (e,))]


def words(items: Iterable[Tree]) -> list[str]:
    return [item.text for item in items if isinstance(item, tree.Text)]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_claims_are_read_back(claim: Claim, profile: str) -> None:
    """Every side of every case, the assumptions and the conditions, in their order. Words are compared in the other
    notation, which has the same, and with what a kind must say."""
    items = parse(latex(claim, profile)).items
    scope = SCOPES[claim.model.name]
    if claim.id in ILL_TYPED:
        with pytest.raises(NotRead, match="a product of"):
            parts_read(items, scope)
        return
    found, conditions = parts_read(items, scope)
    expected = list(parts_of(claim))
    if claim.kind == LIMIT:
        zero = {Trend.VANISHES: [len(claim.cases[0].sides)], Trend.STAYS: [0]}.get(claim.trend or Trend.GROWS, [])
        assert all(found.pop(k) == coerce(0) for k in zero)
    if claim.kind == SEPARATES:  # printed from what it is, to what, through what
        through, source, targets = claim.cases[0].sides
        expected = [source, *targets, *through]
    assert len(found) == len(expected)
    for e, again in zip(expected, found, strict=True):
        assert same(claim.model, e, again, claim.given) or claim.id in NUMBERS, f"{e} read back as {again}"
    assert conditions == claim.given
    others = [parse(latex(claim, other)).items for other in PROFILES]
    assert all(words(other) == words(items) for other in others)
    assert REQUIRED.get(claim.kind, set()) <= set(" ".join(words(items)).split())


REQUIRED = {SEPARATES: {"through", "alone"}, EXISTENCE: {"there", "are", "parameters"}}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", MODELS)
def test_definitions_are_read_back(name: str, profile: str) -> None:
    model, scope = MODELS[name], SCOPES[name]
    said: list[tuple[Expression, Expression]] = [
        (family_node(model, family), rule.author) for family, rule in model.rules.items()]
    said += [(let, let.body) for let in model.lets.values()]
    assert len(said) > 5
    for left, right in said:
        for e in (left, right):
            assert read_back(latex(e, profile), scope) == e
    for definition in model.definitions:
        if definition.kind == "definition":
            found, _ = parts_read(parse(latex(definition, profile)).items, scope)
            assert form(found[0]) == form(definition.left)  # type: ignore[union-attr] # remarks are of another kind
            assert len(found) == 2


def family_node(model: Model, family: Any) -> Expression:
    step = model.rules[family].step
    return Node(family) if step is None else Node(family, step)


# ---- drawn at random


def world_scope() -> Scope:
    scope = scope_of(expressions.world)
    for key in keys(Name.of("swish")):  # the world has no claim that would tell of it
        scope.functions[key] = expressions.swish
    return scope


WORLD = world_scope()
LABORATORY = scope_of(laboratory)


def has_misfit(e: Expression) -> bool:
    return e.has(AsPrinted)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions.expressions())
def test_random_expressions_are_read_back(e: Expression) -> None:
    for profile in PROFILES:
        if has_misfit(e):
            with pytest.raises(NotRead, match="a product of"):
                read_back(latex(e, profile), WORLD)
        else:
            assert form(read_back(latex(e, profile), WORLD)) == form(e), latex(e, profile)


@pytest.mark.parametrize("seed", range(40))
def test_the_laboratory_is_read_back(seed: int) -> None:
    z = Random(seed)
    e = expression(z, z.choice(KINDS), 3)
    for profile in PROFILES:
        again = read_back(latex(e, profile), LABORATORY)
        assert same(laboratory, e, again, ranges_of(e)), latex(e, profile)


@pytest.mark.slow
def test_many_of_the_laboratory_are_read_back() -> None:
    z = Random("many")
    for _ in range(1500):
        e = expression(z, z.choice(KINDS), z.randint(0, 4))
        for profile in PROFILES:
            again = read_back(latex(e, profile), LABORATORY)
            assert same(laboratory, e, again, ranges_of(e)), latex(e, profile)


def test_what_one_claim_alone_has_is_read_back() -> None:
    """Powers, activations, functions of several arguments, norms, relations in one model."""
    model = Model("pieces")
    [n] = model.dims("n")
    t, k, T = model.times("t k T")
    W, x, a = model.parameter("W", n, n), model.parameter("x", n), model.parameter("a")
    h = model.sequence("h", n)
    h[t] = tanh(W @ h[t - 1] + x)
    f, psi, loss = model.smooth("f", n), model.activation("psi"), model.smooth("ell")
    scope = scope_of(model)
    for e in (W ** 3, W ** (T - k), W.T ** (k - 1), (W ** k).T, inverse(W) ** 2, inverse(W.T), a ** (k - 2), a ** -1,
              power(-2)(x), power(2)(sigma(x)), psi(x), psi.prime(W @ x), psi.prime.prime(h[t - 1]), f(x, h[t - 1], W),
              loss(h[t], a), relu(x), absolute(a), norm(W), norm(W, 2), norm(x, 1), norm(x, "inf"), det(W), vec(W),
              vstack(x, h[t]), (W + W.T).T, -(W @ x), a * (W @ (-x)), 2 * (3 * x)):
        for profile in PROFILES:
            again = read_back(latex(e, profile), scope)
            assert form(again) == form(e), latex(e, profile)


def test_the_gallery_is_read_back() -> None:
    path = Path(__file__).parents[1] / "examples" / "derivations_gallery.py"
    spec = importlib.util.spec_from_file_location("gallery_to_read", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    models = [value for value in vars(module).values() if isinstance(value, Model)]
    assert len(models) > 3
    for model in models:
        scope = scope_of(model)
        for e in (e for claim in model.claims for e in claim.expressions):
            for profile in PROFILES:
                again = read_back(latex(e, profile), scope)
                assert form(again) == form(e), latex(e, profile)
