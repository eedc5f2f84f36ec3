"""A stack in a derivative must not have one node twice at any step of the range."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Ne

from derivations import Model, Prod, StepError, Sum, d, tanh, vstack

net = Model("net")
[n] = net.dims("n")
t, s, j, k = net.times("t s j k")
W, x = net.parameter("W", n, n), net.inputs("x", n)
c, h, y = net.sequence("c", n), net.sequence("h", n), net.sequence("y", n)
c[t] = tanh(W @ c[t - 1] + x[t])
h[t] = tanh(W @ c[t])
y[t] = h[t] + x[t]
GRAM = c[t].T @ c[t]


def claim(e: Any, **options: Any) -> None:
    made = net.equal("tried", e, e, **options)
    del net._claims[made.id]


def both(a: Any, b: Any, of: Any = None) -> Any:
    return d(y[t] if of is None else of, vstack(a, b))


REFUSED = [
    (both(c[t], c[k]), {}),
    (both(c[t], c[k]), {"given": k <= t}),
    (both(c[t], c[k]), {"given": Ne(t, s) & (s >= 1)}),
    (both(c[j], c[k], c[t]), {"given": (j < t) & (k < t)}),
    (both(c[t], c[5]), {}),
    (both(vstack(c[t - 1], h[t]), c[k], c[t]), {"given": k < t}),
    (Sum(both(c[s], c[k], GRAM), (s, k, t)), {}),
    (Sum(both(c[s], c[k], GRAM), (s, 1, k)), {"given": k <= t}),
]
FINE = [
    (both(c[t], c[k]), {"given": k < t}),
    (both(c[t], c[k]), {"given": k > t + 2}),
    (both(c[t], c[k]), {"given": Ne(k, t)}),
    (both(c[j], c[k], c[t]), {"given": (j < k) & (k < t)}),
    (both(c[j], c[t]) + 0 * both(c[k], h[k]), {"given": (j < k) & (k < t)}),
    (both(c[t], c[2 * t]), {}),  # y_0 does not exist
    (both(c[t], h[k]), {}),
    (both(c[t], c[t - 1]), {}),
    (both(c[t], c[2 * t]), {"given": t >= 1}),
    (both(c[t], c[5]), {"given": t >= 6}),
    (Sum(both(c[s], c[k], GRAM), (s, 1, k - 1)), {"given": k <= t}),
    (Sum(both(c[s], c[k], GRAM), (s, k + 1, t)), {}),
    (Prod(d(vstack(c[s], c[s - 1]), vstack(c[s - 1], c[s - 2])), (s, 2, k)), {}),
]


@pytest.mark.parametrize(("e", "options"), REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_members_that_may_be_one_node_are_refused(e: Any, options: Any) -> None:
    with pytest.raises(StepError, match=r"as members, which may be one node: say which steps are meant, as in given="):
        claim(e, **options)


@pytest.mark.parametrize(("e", "options"), FINE, ids=[str(i) for i in range(len(FINE))])
def test_members_that_the_range_keeps_apart_are_fine(e: Any, options: Any) -> None:
    claim(e, **options)


def test_definitions_are_read_too() -> None:
    m = Model("inner")
    [size] = m.dims("n")
    [r] = m.times("r")
    a, b, g = m.inputs("a", size), m.sequence("b"), m.sequence("g")
    b[r] = a[r].T @ a[r]
    g[r] = d(b[r], vstack(a[r], a[4])) @ vstack(a[r], a[r])
    with pytest.raises(StepError, match="a_r and a_4 as members"):
        m.equal("tried", g[r], g[r])
