"""Models: names, definitions, claims, and every mistake that is refused when it is made, with its message."""

from __future__ import annotations

import pickle
import re

import pytest
import sympy
from sympy import Symbol

from derivations import (
    DefinitionError,
    DerivationError,
    Model,
    NamingError,
    Prod,
    ShapeError,
    StepError,
    Sum,
    d,
    elementwise,
    had,
    sigma,
    tanh,
    use,
)
from derivations.claim import Case, holds_at
from derivations.recurrent import lstm, rnn


class Net:
    """A fresh model, since what is tested here changes it."""

    def __init__(self, name: str = "net") -> None:
        self.model = model = Model(name, title="Net", source="Somewhere, eq. 1")
        self.n, self.m = model.dims("n m")
        self.t, self.k = model.times("t k")
        self.W, self.a = model.parameter("W", self.n, {"h": self.n, "x": self.m}), model.parameter("a")
        self.x = model.inputs("x", self.m)
        self.c = model.sequence("c", self.n, "state")
        self.ell = model.smooth("ell")
        self.c[self.t] = sigma(self.W["h"] @ self.c[self.t - 1] + self.W["x"] @ self.x[self.t])


@pytest.fixture
def net() -> Net:
    return Net()


# ---- names


def test_an_accent_and_steps_make_another_name(net: Net) -> None:
    model = net.model
    made = [model.parameter("c", net.n).family, model.sequence("c", net.n, accent="tilde").family, net.c.family,
            model.parameter("c", net.n, accent="tilde").family, model.parameter("c_h").family]
    assert len(set(made)) == len({family.key for family in made}) == 5
    assert len(model.families) == len(made) + 3


@pytest.mark.parametrize("again", [
    lambda m: m.parameter("W"), lambda m: m.input("W"), lambda m: m.sequence("c"), lambda m: m.inputs("c"),
    lambda m: m.dims("W"), lambda m: m.dims("q q"), lambda m: m.times("n"), lambda m: m.smooth("ell"),
    lambda m: m.smooth("W"), lambda m: m.let("W", 1), lambda m: m.node("W", 1), lambda m: m.parameter("n"),
    lambda m: m.parameter("ell"),
])
def test_one_name_used_twice(net: Net, again) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NamingError, match=r"net: the name '\w+' is used twice, for .* and "):
        again(net.model)


@pytest.mark.parametrize("name", ["", "Net", "a b", "a_b", "1a", "a.b", None, "__import__('os')._exit(1)", "a\n"])
def test_model_names(name) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NamingError, match="is not a model's name"):
        Model(name)


def test_abbreviations_with_and_without_steps(net: Net) -> None:
    model, t = net.model, net.t
    indexed, plain = model.let("A", 2 * net.c[t]), model.let("A", 2 * net.a)
    assert {model.lets["A", True], model.lets["A", False]} == {indexed, plain}
    assert [definition.id for definition in model.definitions] == ["net.state", "net.A_t", "net.A"]
    with pytest.raises(NamingError, match="used twice, for an abbreviation and an abbreviation"):
        model.let("A", 3 * net.c[t])


# ---- definitions


@pytest.mark.parametrize(("attempt", "error", "message"), [
    (lambda o: o.c.__setitem__(o.t, o.c[o.t - 1]), DefinitionError, "c is defined twice: a node has one definition"),
    (lambda o: o.x.__setitem__(o.t, o.x[o.t - 1]), DefinitionError, "x is inputs: only a sequence or a"),
    (lambda o: o.model.define(o.W, 2 * o.W), DefinitionError, "W is a parameter: only a sequence or a node is defined"),
    (lambda o: o.new.__setitem__(1, o.c[1]), StepError, "a definition is for every step, write q[t] = …"),
    (lambda o: o.new.__setitem__(o.t - 1, o.c[1]), StepError, "a definition is for every step"),
    (lambda o: o.new.__setitem__("t", o.c[1]), StepError, "'t' is not a step"),
    (lambda o: o.new.__setitem__(o.t, o.a), ShapeError, "q_t is a vector n, its definition a scalar"),
    (lambda o: o.new.__setitem__(o.t, o.x[o.t]), ShapeError, "q_t is a vector n, its definition a vector m"),
    (lambda o: o.new.__setitem__(o.t, o.c[o.t].T), ShapeError, "q_t is a vector n, its definition a row n"),
    (lambda o: o.new.__setitem__(o.t, sigma), ShapeError, "is a function: apply it to an expression first"),
    (lambda o: list(o.c), ShapeError, "c has a node for each step and no end: name a step, as in c[t]"),
    (lambda o: o.c.family in o.c, TypeError, "Sequence"),
    (lambda o: d(o.c, o.x), ShapeError, "c is a sequence: name a step, as in c[t]"),
])
def test_definitions_that_are_refused(net: Net, attempt, error: type[Exception], message: str) -> None:  # type: ignore[no-untyped-def]
    net.new = net.model.sequence("q", net.n)  # type: ignore[attr-defined]
    with pytest.raises(error, match=re.escape(message)):
        attempt(net)
    net.new[net.t] = net.c[net.t]  # type: ignore[attr-defined]


def test_what_failed_can_be_tried_again(net: Net) -> None:
    model = net.model
    for wrong in (lambda: model.sequence("q", net.n, "bad (gloss)"), lambda: model.sequence("q", net.n, last=1.5),
                  lambda: model.node("q", "text"), lambda: model.node("q", Net("other").a),
                  lambda: model.sequence("q", net.n, "state")):
        with pytest.raises(DerivationError):
            wrong()
    assert model.node("q", 2 * net.a, "doubled").is_scalar


def test_nodes_of_another_model(net: Net) -> None:
    other, t = Net("other"), net.t
    A, ell, g = other.model.let("A", other.a), other.ell, other.c
    message = "uses .*, a node of the model 'other': declare it in 'net'"
    for index, wrong in enumerate((net.a + other.a, d(net.c[t], g[t]), d(net.c[t], net.c[1], hold=g), use(other.W, t),
                                   Sum(g[t], (t, 1, 3)), had(net.c[t], elementwise("id", lambda z: z)(g[t])))):
        with pytest.raises(NamingError, match=message):
            net.model.equal(f"wrong-{index}", wrong, wrong)
        with pytest.raises(NamingError, match=message):
            net.model.let("wrong", wrong)
        with pytest.raises(NamingError, match=message):
            net.model.node("wrong", wrong)
    with pytest.raises(NamingError, match=r"the claim net\.let uses"):
        net.model.equal("let", A, A)
    with pytest.raises(NamingError, match="uses the function ell of the model 'other'"):
        net.model.equal("ell", ell(net.c[t]), net.a)
    with pytest.raises(NamingError, match="a node of another model of this name"):
        net.model.equal("same", Net().model.parameter("only"), 0)


def test_an_undefined_node_in_a_claim(net: Net) -> None:
    model, t = net.model, net.t
    q, r = model.sequence("q", net.n), model.sequence("r", net.n)
    r[t] = q[t]
    total = model.node("A", Sum(r[t].T @ r[t], (t, 1, net.k)))
    for sides in ((q[t], q[t]), (r[t], net.c[t]), (total, net.a), (d(net.c[t], q[t]), d(net.c[t], q[t]))):
        with pytest.raises(DefinitionError, match=re.escape("q has no definition: write q[t] = … before it is used")):
            model.equal("tried", *sides)
    q[t] = net.c[t]
    assert model.equal("tried", q[t], r[t]).id == "net.tried"


# ---- ids, printed forms, glosses


@pytest.mark.parametrize("id", ["", "a b", "a_b", ".a", "a.", "a..b", "a/b", "é", "a\n", "__import__('os')._exit(1)"])
def test_bad_ids(net: Net, id: str) -> None:
    with pytest.raises(NamingError, match="is not an id"):
        net.model.equal(id, net.a, net.a)
    if id not in ("", "a b"):
        with pytest.raises(NamingError, match="is not an id"):
            net.model.sequence("q", net.n, id)


def test_ids_are_used_once(net: Net) -> None:
    model = net.model
    first = model.equal("same", net.a, net.a)
    model.let("seen", net.a)
    for again in (lambda: model.equal("same", net.a, net.a), lambda: model.equal("state", net.a, net.a),
                  lambda: model.parents("same", net.c[1], {net.c[0]}), lambda: model.sequence("q", gloss="same"),
                  lambda: model.node("q", net.a, "state"), lambda: model.let("state", net.a)):
        with pytest.raises(NamingError, match="is used twice"):
            again()
    assert [definition.id for definition in model.definitions] == ["net.state", "net.seen"]
    assert model.equal("seen", net.a, net.a).line > first.line  # a claim stands for the abbreviation of its name
    assert [definition.id for definition in model.definitions] == ["net.state"]


def test_printed_forms_and_sources(net: Net) -> None:
    model, a = net.model, net.a
    printed = [model.equal(id, a, a, printed=form).printed for id, form in (
        ("p", "A"), ("p.q", None), ("p.q.r", None), ("p.none", ""), ("p.none.below", None), ("p.own", "B"),
        ("p.own.below", None), ("other", None))]
    assert printed == ["A", "A", "A", "", "A", "B", "B", ""]
    model.printed("state", r"c(t) = \dots", source="eq. 2")
    [state] = model.definitions
    assert (state.printed, state.source, state.kind) == (r"c(t) = \dots", "eq. 2", "definition")
    with pytest.raises(NamingError, match="no definition has the id 'p'"):
        model.printed("p", "A")
    claim = model.claims[0]
    assert (claim.source, claim.local_id) == ("Somewhere, eq. 1", "p")
    assert model.equal("sourced", a, a, source="eq. 3").source == "eq. 3"
    assert claim.file == model.file == __file__


# ---- claims


def test_what_a_claim_is_made_of(net: Net) -> None:
    model, t, k, c = net.model, net.t, net.k, net.c
    J = d(c[t], c[t - 1])
    assert len(model.equal("chain", J, J, J).cases[0].sides) == 3
    by_each = model.equal("each", lambda V: (d(c[k], V), d(c[k], V)), each=(net.W["h"], net.W["x"]))
    assert [case.label for case in by_each.cases] == ["W^h", "W^x"] or len({case.label for case in by_each.cases}) == 2
    parents = model.parents("parents", c[t], {c[t - 1], net.x[t]})
    assert parents.cases == (Case("", (c[t], sympy.Tuple(c[t - 1], net.x[t]))),)
    assert model.separates("through", c[2], c[1], [c[3], c[3]]).cases[0].expressions == (c[2], c[1], c[3])
    assert model.separates("through.all", (c[2], c[1]), c[0], c[3]).kind == "separates"
    assert {claim.expect for claim in model.claims} == {"holds"}
    assert len({*model.claims}) == len(model.claims) == 5


@pytest.mark.parametrize(("attempt", "message"), [
    (lambda o: o.model.equal("x"), "expected two sides or more"),
    (lambda o: o.model.equal("x", o.a), "expected two sides or more"),
    (lambda o: o.model.equal("x", lambda: o.a), "expected two sides or more"),
    (lambda o: o.model.equal("x", lambda V: (V, V), each=()), "expected two sides or more"),
    (lambda o: o.model.equal("x", o.a, o.a, each=(o.a,)), "one function that builds them"),
    (lambda o: o.model.equal("x", o.W, o.a), "the sides do not fit, matrix n × (n + m) = scalar; a claim about"),
    (lambda o: o.model.equal("x", lambda V: (V, o.a), each=[o.W]), "the sides do not fit, matrix n × (n + m) = scalar"),
    (lambda o: o.model.equal("x", "a", "b"), "'a' is not an exact number"),
    (lambda o: o.model.parents("x", o.c[1], {"__import__('os')._exit(1)"}), "a dependency is between nodes"),
    (lambda o: o.model.parents("x", sigma(o.c[1]), {o.a}), "a dependency is between nodes, and σ(c_1) is none"),
    (lambda o: o.model.parents("x", o.W, {o.a}), "W has no definition, so it has no parents"),
    (lambda o: o.model.separates("x", o.c, o.c[1], {o.c[2]}), "c has a node for each step"),
    (lambda o: o.model.separates("x", o.c[2], o.c[1], {2 * o.a}), "a dependency is between nodes"),
    (lambda o: o.model.separates("x", o.c[2], 3, {o.a}), "a dependency is between nodes, and 3 is none"),
])
def test_claims_that_are_refused(net: Net, attempt, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DerivationError, match=re.escape(message)):
        attempt(net)
    assert net.model.claims == ()


@pytest.mark.parametrize("condition", [
    "n >= 2", "__import__('os')._exit(1)", 1, 0, None, 2.5, Symbol("q") >= 2, lambda: True, ("n >= 2",),
])
def test_bad_regions(net: Net, condition) -> None:  # type: ignore[no-untyped-def]
    for option in ("fails", "given"):
        with pytest.raises(DerivationError, match="is not a condition on dimensions and steps"):
            net.model.equal("x", net.c[net.t], net.c[net.t], **{option: condition})
    with pytest.raises(DerivationError, match="is not a condition"):
        net.model.assume(condition)
    with pytest.raises(DerivationError, match="is not a condition"):
        net.model.equal("x", net.c[net.t], net.c[net.t], fails=net.n)


def test_regions(net: Net) -> None:
    model, n, t, c = net.model, net.n, net.t, net.c
    always = model.equal("always", c[t], c[t], fails=True)
    some = model.equal("some", c[t], c[t], fails=(t >= 3) & (n >= 2), given=[t >= 2, n >= 2])
    assert [claim.expect for claim in (always, some)] == ["fails", "fails"]
    assert holds_at(some.fails, {t: 3, n: 2})
    assert not holds_at(some.fails, {t: 2, n: 2})
    assert holds_at(some.given, {t: 2, n: 2, net.m: 9})
    assert holds_at(always.fails, {})
    with pytest.raises(DerivationError, match="is not decided by"):
        holds_at(some.fails, {t: 3})
    assert str(model.equal("given", c[t], c[t], given=t >= 2).given) == "t >= 2"


def test_formulas_as_printed_may_not_fit(net: Net) -> None:
    model, t, c = net.model, net.t, net.c
    J = d(c[t], c[t - 1])
    claim = model.equal("literal", lambda: (J, c[t] @ J), fails=net.n >= 2)
    assert type(claim.cases[0].sides[1]).__name__ == "AsPrinted"
    with pytest.raises(ShapeError, match="a product of vector n and matrix n × n"):
        model.equal("built", J, c[t] @ J)
    with pytest.raises(ShapeError, match="a product of vector n and matrix n × n"):
        model.equal("each", lambda V: (J, c[t] @ V), each=[J])
    with pytest.raises(StepError, match="does not exist"):
        model.equal("steps", lambda: (c[-1], c[-1] @ J))


def test_models_and_claims_pickle() -> None:
    for model in (rnn, lstm):
        for claim in model.claims:
            loaded = pickle.loads(pickle.dumps(claim))
            assert loaded == claim
            assert hash(loaded) == hash(claim)
            assert loaded.model.claims == model.claims


def test_smooth_and_elementwise_in_one_model(net: Net) -> None:
    t, c = net.t, net.c
    claim = net.model.equal("swish", elementwise("swish", lambda z: z * tanh(z))(c[t]), had(c[t], tanh(c[t])))
    assert net.model.equal("chain", net.ell(c[t]), net.ell(c[t])).kind == claim.kind == "equality"
    with pytest.raises(NamingError, match="uses another function 'swish' than before"):
        net.model.equal("other", elementwise("swish", lambda z: z)(c[t]), c[t])
    assert Prod(d(c[t], c[t - 1]), (t, 1, net.k)).free_symbols == {net.n, net.k}
