"""Different things never print alike: labels that read as a step or a block are refused, whichever comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from derivations import Model, NamingError

Declare = Callable[[Model], Any]
THINGS: dict[str, Declare] = {
    "W": lambda m: m.parameter("W", {"rec": 2, "in": 3}, {"h": 2}),
    "W_rec": lambda m: m.parameter("W_rec", 2, 2),
    "W_h": lambda m: m.input("W_h", 2),
    "W_o": lambda m: m.parameter("W_o", 2),
    "W_t": lambda m: m.parameter("W_t", 2),
    "W_1": lambda m: m.parameter("W_1", 2),
    "W[t]": lambda m: m.sequence("W", 2),
    "x[t]": lambda m: m.inputs("W", {"rec": 2}),
    "W_rec[t]": lambda m: m.inputs("W_rec", 2),
    "W_1[t]": lambda m: m.inputs("W_1", 2),
    "hat": lambda m: m.parameter("W", 2, accent="hat"),
    "hat[t]": lambda m: m.inputs("W", {"rec": 2}, accent="hat"),
    "hat_1": lambda m: m.parameter("W_1", 2, accent="hat"),
    "let": lambda m: m.let("W_1", 2),
    "steps": lambda m: m.times("t k"),
    "dimension": lambda m: m.dims("W_2"),
}
CLASHES = [("W", "W_rec"), ("W", "W_h"), ("W[t]", "W_1"), ("x[t]", "W_rec[t]"), ("x[t]", "W_1"), ("hat[t]", "hat_1"),
           ("W[t]", "let"), ("W[t]", "dimension")]
FINE = [("W", "W_o"), ("W", "W_1"), ("W", "W_rec[t]"), ("W[t]", "W_rec"), ("W[t]", "W_t"), ("W[t]", "W_1[t]"),
        ("W", "W[t]"), ("hat[t]", "W_1"), ("W[t]", "hat_1"), ("hat", "hat_1"), ("W_t", "steps")]


@pytest.mark.parametrize("names", [*CLASHES, *((b, a) for a, b in CLASHES)])
def test_what_prints_alike_is_refused(names: tuple[str, str]) -> None:
    m = Model("alike")
    THINGS[names[0]](m)
    with pytest.raises(NamingError, match=r"alike: .*, prints like .*: give one of them another name or label"):
        THINGS[names[1]](m)


@pytest.mark.parametrize("names", FINE)
def test_what_prints_differently_is_not(names: tuple[str, str]) -> None:
    m = Model("alike")
    printed = [str(thing[t] if hasattr(thing, "__getitem__") and "[" in name else thing)
               for name in names for t in [3] for thing in [THINGS[name](m)]]
    assert len(set(printed)) == 2


@pytest.mark.parametrize("order", [("steps", "W[t]", "W_t"), ("W_t", "W[t]", "steps"), ("W[t]", "W_t", "steps")])
def test_the_letter_of_a_step_is_no_label_beside_a_sequence(order: tuple[str, ...]) -> None:
    m = Model("alike")
    for name in order[:2]:
        THINGS[name](m)
    with pytest.raises(NamingError, match="W_t, a parameter, prints like W at step t"):
        THINGS[order[2]](m)


def test_what_is_refused_is_forgotten() -> None:
    m = Model("alike")
    THINGS["W[t]"](m)
    with pytest.raises(NamingError):
        THINGS["W_1"](m)
    THINGS["W_o"](m)
