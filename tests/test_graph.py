"""The graph of definitions: order, the steps at which nodes exist, the ranges of claims, paths."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Eq, Ne

from derivations import DefinitionError, DerivationError, Model, Prod, StepError, Sum, d, grad, had, sigma, use
from derivations.claim import Claim
from derivations.graph import first_step, lag, last_step, order, parents, path
from derivations.model import Sequence
from derivations.ranges import free_steps, in_range, instances, range_text
from derivations.recurrent import lstm, rnn

net = Model("net", title="Forward, backward, and two steps back")
n, m = net.dims("n m")
t, j, k, T = net.times("t j k T")
W, V = net.parameter("W", n, n), net.parameter("V", n, n)
x = net.inputs("x", n)
c = net.sequence("c", n, "state")
e = net.sequence("e", n, "second order")
h = net.sequence("h", n, "output")
r = net.sequence("r", n, "backward", last=T)
r5 = net.sequence("r", n, "short", accent="hat", last=5)
E = net.sequence("E")
c[t] = sigma(W @ c[t - 1] + x[t])
h[t] = V @ c[t]
e[t] = had(e[t - 1], e[t - 3]) + h[t]
r[t] = sigma(W @ r[t + 1] + x[t])
r5[t] = r5[t + 2] + x[t]
E[t] = h[t].T @ h[t]
total = net.node("E", Sum(E[t], (t, 1, T)))


def claimed(*sides: object, **options: Any) -> Claim:
    """A claim that is not kept."""
    claim = net.equal("tried", *sides, **options)
    del net._claims[claim.id]
    return claim


# ---- order


def test_definitions_come_after_what_they_need() -> None:
    for model in (net, rnn, lstm):
        seen: set[object] = set()
        for component in order(model):
            for f in component.families:
                now = {node.family for node in parents(model.rules[f].expression) if lag(model, f, node) == 0}
                used = {node.family for node in parents(model.rules[f].expression)}
                assert now & set(model.rules) <= seen
                assert used & set(model.rules) <= seen | set(component.families)
                seen.add(f)
        assert seen == set(model.rules)


def test_directions_of_recurrences() -> None:
    direction = {f: component.direction for component in order(net) for f in component.families}
    assert direction[c.family] == direction[e.family] == 1
    assert direction[r.family] == direction[r5.family] == -1
    assert direction[h.family] == direction[E.family] == direction[total.family] == 0
    [group] = [component for component in order(lstm) if len(component.families) > 1]
    assert [str(f) for f in group.families][-2:] == ["c", "h"]


def tangle(*definitions: str) -> Model:
    """A model of scalar sequences a, b, q, each defined by a formula in t."""
    model = Model("tangle")
    [step] = model.times("t")
    names = {name: model.sequence(name) for name in "abq"[:len(definitions)]}
    for sequence, formula in zip(names.values(), definitions, strict=True):
        sequence[step] = eval(formula, {**names, "t": step})
    return model


@pytest.mark.parametrize(("definitions", "message"), [
    (["a[t]"], "a cycle in definitions: a → a within one step"),
    (["b[t]", "a[t]"], "a cycle in definitions: . → . → . within one step"),
    (["b[t] + a[t-1]", "q[t] + b[t-1]", "a[t]"], "within one step"),
    (["a[t-1] + a[t+1]"], "mixes directions: a → a looks both back and forward"),
    (["b[t-1]", "a[t+1]"], "within one step|mixes directions"),
    (["a[2*t]"], "which is not a fixed number of steps away"),
    (["a[1]"], "a cycle in definitions: a → a; a uses a_1, which is not a fixed number of steps away"),
    (["a[t+1]"], "a looks forward and never ends: declare it with its last step"),
])
def test_cycles_and_mixed_directions_are_refused(definitions: list[str], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        tangle(*definitions)


def test_what_is_refused_is_forgotten() -> None:
    model = Model("again")
    [step] = model.times("t")
    a = model.sequence("a")
    for wrong in (a[step], a[step - 1] + a[step + 1], a[step + 1]):
        with pytest.raises(DefinitionError):
            a[step] = wrong
    a[step] = a[step - 1]
    assert order(model)[0].direction == 1


# ---- steps


@pytest.mark.parametrize(("sequence", "first", "last"), [
    (c, 0, None), (e, -2, None), (h, 1, None), (x, 1, None), (r, 1, T + 1), (r5, 1, 7), (E, 1, None),
])
def test_first_and_last_steps(sequence: Sequence, first: int, last: object) -> None:
    assert first_step(net, sequence.family) == first
    assert last_step(net, sequence.family) == last


def test_sums_extend_what_exists() -> None:
    model = Model("sums")
    [s, q] = model.times("s q")
    u, w = model.inputs("u"), model.sequence("w")
    w[s] = Sum(u[q], (q, s - 4, s)) + Sum(u[s - q], (q, 0, 2))
    assert first_step(model, u.family) == -3
    model.node("A", Sum(w[s], (s, -1, 3)))
    assert first_step(model, w.family) == -1


def test_two_sequences_that_look_forward_at_each_other() -> None:
    model = Model("pair")
    [s] = model.times("s")
    a, b = model.sequence("a", last=4), model.sequence("b", last=4)
    a[s] = b[s + 1]
    with pytest.raises(DefinitionError, match="b has no definition"):
        model.equal("tried", a[s], a[s])
    b[s] = a[s + 2]
    assert last_step(model, a.family) == 6
    assert last_step(model, b.family) == 5


# ---- ranges of claims


J = d(c[t], c[t - 1])
CLAIMS = [
    ("t ≥ 0", claimed(c[t], c[t])),
    ("t ≥ 1", claimed(J, J)),
    ("t ≥ 2", claimed(d(h[t], h[t - 1]), d(h[t], h[t - 1]))),
    ("t ≥ -2", claimed(e[t], e[t])),
    ("t ≥ 4", claimed(c[2 * t - 7], c[t])),
    ("t ≤ -1", claimed(c[-t - 1], c[-t - 1])),
    ("T ≥ 0", claimed(total, total)),
    ("1 ≤ t ≤ T + 1", claimed(r[t], r[t])),
    ("1 ≤ t ≤ 7", claimed(r5[t], r5[t])),
    ("k ≥ 1", claimed(d(c[k], c[1]), Prod(J, (t, 2, k)))),
    ("0 ≤ j ≤ k", claimed(d(c[k], c[j]), Prod(J, (t, j + 1, k)))),
    ("1 ≤ j ≤ k", claimed(d(h[k], h[j]), Prod(J, (t, j + 1, k)))),
    ("0 ≤ j ≤ k - 1", claimed(Prod(J, (t, j + 1, k)), Prod(J, (t, j + 2, k)) @ J.at(j + 1))),
    ("k ≥ 0", claimed(Sum(h[j], (j, 1, k)), Sum(h[j], (j, 1, k)))),
    ("j ≥ 1", claimed(use(W, j).T, W.T)),
    ("", claimed(W, W)),
    ("", claimed(c[3], c[3])),
    ("t ≥ 3", claimed(J, J, given=t >= 3)),
    ("1 ≤ t ≤ 5", claimed(J, J, given=t < 6)),
    ("t ≥ 1", claimed(J, J, given=t >= 0)),
    ("t ≥ 1, n ≥ 2", claimed(J, J, given=n >= 2)),
    ("t ≥ 1, t ≠ 3", claimed(J, J, given=[~Eq(t, 3)])),
    ("0 ≤ t ≤ k", claimed(c[t], c[k].subs(k, t) + 0 * c[k], given=t <= k)),
]
IDS = [f"{index}: {text}" for index, (text, _) in enumerate(CLAIMS)]


@pytest.mark.parametrize(("expected", "claim"), CLAIMS, ids=IDS)
def test_range_in_words(expected: str, claim: Claim) -> None:
    assert range_text(claim) == expected


@pytest.mark.parametrize(("expected", "claim"), CLAIMS, ids=IDS)
def test_instances_are_what_the_range_says(expected: str, claim: Claim) -> None:
    """Every condition of the words, read by Python, selects the same steps."""
    words = expected.replace("≥", ">=").replace("≤", "<=").replace("≠", "!=")
    steps = free_steps(claim)
    found = instances(claim, 8)
    for values in ([p, q] for p in range(-2, 9) for q in range(-2, 9)):
        at = dict(zip(steps, values, strict=False))
        named = {**{str(s): v for s, v in at.items()}, "n": 2, "T": at.get(T, 99)}
        inside = all(eval(part, {}, named) for part in words.split(", ") if part)
        assert (at in found) == inside == in_range(claim, at)
    assert found == sorted(found, key=lambda at: (sum(at.values()), list(at.values())))


def test_a_stated_range_may_mean_empty_products_but_no_node_that_does_not_exist() -> None:
    sides = Prod(J, (t, 2, k)), Prod(J, (t, 2, k))
    assert [at[k] for at in instances(claimed(*sides), 3)] == [1, 2, 3]
    assert [at[k] for at in instances(claimed(*sides, given=k >= -1), 3)] == [-1, 0, 1, 2, 3]
    assert range_text(claimed(*sides, given=k >= -1)) == "k ≥ -1"
    both = (Prod(J, (t, 1, k)) @ c[k], c[k])  # here c_0 must exist, whatever is stated
    assert [at[k] for at in instances(claimed(*both, given=k >= -2), 2)] == [0, 1, 2]
    assert range_text(claimed(*both, given=k >= -2)) == "k ≥ 0"


def test_conditions_on_steps_and_sizes_are_told_apart() -> None:
    claim = claimed(J, J, given=(t >= 3) & (n >= 2))
    assert [at[t] for at in instances(claim, 5)] == [3, 4, 5]
    assert range_text(claim) == "t ≥ 3, n ≥ 2"
    assert set(claim.conditions) == {t >= 3, n >= 2}
    assert claimed(J, J).conditions == ()


def test_assumptions_bind_the_range() -> None:
    model = Model("assumed")
    [s] = model.times("s")
    u = model.inputs("u")
    model.assume(s >= 3, s <= 5)
    assert [at[s] for at in instances(model.equal("same", u[s], u[s]), 8)] == [3, 4, 5]


@pytest.mark.parametrize(("given", "first", "count"), [
    (t >= 9, [{t: 9}, {t: 10}], 8), (t >= 101, [{t: 101}, {t: 102}], 8), (Eq(t, 20), [{t: 20}], 1),
    ((t >= 9) & (t < 11), [{t: 9}, {t: 10}], 2), (2 * t >= 25, [{t: 13}, {t: 14}], 8),
    ((t >= 9) & Ne(t, 9), [{t: 10}, {t: 11}], 7), (t > 10**6, [], 0), ((t > 9) & (t < 9), [], 0),
])
def test_a_range_that_starts_late_is_met_where_it_starts(given: Any, first: list[Any], count: int) -> None:
    found = instances(claimed(J, J, given=given), 8)
    assert found[:2] == first
    assert len(found) == count


def test_late_steps_that_depend_on_each_other() -> None:
    sides = d(c[k], c[j]), d(c[k], c[j])
    assert instances(claimed(*sides, given=k >= j + 20), 8)[0] == {j: 0, k: 20}
    assert instances(claimed(*sides, given=(k >= j + 20) & (j >= 4)), 8)[0] == {j: 4, k: 24}
    both = instances(claimed(*sides, given=k >= j + 20), 8)
    assert all(at[k] >= at[j] + 20 for at in both)
    assert len(both) == 36


@pytest.mark.parametrize(("sides", "message"), [
    (lambda: (h[0], h[0]), "h_0 does not exist: h starts at step 1"),
    (lambda: (c[-1], c[-1]), "c_-1 does not exist|c_{-1} does not exist"),
    (lambda: (r5[8], r5[8]), "does not exist: r.hat ends at step 7"),
    (lambda: (Prod(J, (t, 0, 3)), W), "does not exist: c starts at step 0"),
    (lambda: (Prod(J, (t, 5, 3)), W), "ends before it starts"),
    (lambda: (grad(E[2], use(W, 0)), W), "is not used: definitions start at step 1"),
    (lambda: (d(c[3], c[1], hold=h[0]), W), "h_0 does not exist"),
])
def test_literal_steps_outside_the_range_are_refused(sides, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(StepError, match=message):
        claimed(*sides())


@pytest.mark.parametrize("option", ["fails", "given"])
def test_regions_speak_of_steps_that_the_claim_names(option: str) -> None:
    with pytest.raises(StepError, match=f"{option} speaks of k, which the claim does not name"):
        claimed(c[t], c[t], **{option: k >= 2})
    assert claimed(total, total, **{option: T >= 2}).id == "net.tried"


# ---- paths


def steps(trail: object) -> str:
    return " → ".join(f"{f}{-at or ''}" for f, at in trail)  # type: ignore[attr-defined]


def test_paths_follow_definitions() -> None:
    assert steps(path(net, c.family, h.family, lag_=2)) == "c-2 → c-1 → c → h"
    assert path(net, c.family, h.family, lag_=2, avoid=[(c.family, 1)]) is None
    assert path(net, c.family, h.family, lag_=0, avoid=[(c.family, 0)]) is not None
    assert path(net, h.family, c.family, lag_=1) is None
    assert path(net, x.family, h.family, lag_=2, earliest=1) is None
    assert steps(path(net, e.family, e.family, lag_=2)) == "e-2 → e-1 → e"
    assert steps(path(net, e.family, e.family, lag_=4, avoid=[(e.family, 1)])) == "e-4 → e-3 → e"
    c_, o, h_ = (lstm.families[name, True] for name in "coh")
    assert steps(path(lstm, c_, c_, lag_=2, avoid=[(c_, 1)])) == "c-2 → h-2 → o-1 → h-1 → f → c"
    assert path(lstm, c_, c_, lag_=2, avoid=[(c_, 1), (h_, 1)]) is None
    assert path(lstm, c_, c_, lag_=2, avoid=[(c_, 1), (o, 1)]) is None


def test_a_path_may_leave_and_come_back() -> None:
    model = Model("detour")
    [s] = model.times("s")
    u = model.inputs("u")
    ahead, far, back = model.sequence("a"), model.sequence("f"), model.sequence("b")
    ahead[s] = u[s + 3]
    far[s] = ahead[s - 5]
    back[s] = far[s + 2]
    assert steps(path(model, u.family, back.family, lag_=0)) == "u → a-3 → f2 → b"
    assert path(model, u.family, back.family, lag_=0, avoid=[(far.family, -2)]) is None
    assert path(model, u.family, back.family, lag_=1) is None


def test_a_path_is_not_followed_through_a_node_of_all_steps() -> None:
    model = Model("all")
    s, last = model.times("s T")
    u, w = model.inputs("u"), model.sequence("w")
    whole = model.node("A", Sum(u[s], (s, 1, last)))
    w[s] = whole + u[s - 1]
    with pytest.raises(DerivationError, match="w uses A, which is not a fixed number of steps away"):
        path(model, u.family, w.family, lag_=3)
