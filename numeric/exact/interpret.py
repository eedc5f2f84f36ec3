"""An interpreter of traced programs over other numbers: floats with running error bounds, balls, prime fields.

The program is JAX's own, its derivative included, so what is compared with a closed form is never a re-derivation.
A number system is a class with a method for each arithmetic primitive; what only moves data is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jax.extend.core import Literal

from numeric.exact.lines import INNER, Line, lines
from numeric.exact.moves import ELEMENTWISE, MOVES, PLAIN


class OutOfClass(Exception):
    """A primitive that a number system cannot evaluate; named, never passed over."""


class Unknown(Exception):
    """A comparison that the precision at hand cannot decide."""


class Lifted:
    """Numbers of a system: one array for each of its parts, with a leading axis of draws."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self.parts = parts


def over(f: Callable[..., Any], *values: Lifted) -> Lifted:
    """The same operation on each part that all of them have."""
    if len(values) == 1:
        return Lifted(tuple([None if part is None else f(part) for part in values[0].parts]))
    return Lifted(tuple(None if any(part is None for part in parts) else f(*parts)
                        for parts in zip(*(v.parts for v in values), strict=True)))


def each(f: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """A function of single numbers, entry by entry."""
    return np.asarray(np.frompyfunc(f, len(arrays), 1)(*arrays), dtype=object)


def of_each_value(f: Callable[[float], Any], a: np.ndarray) -> np.ndarray:
    """A function of the entries of an array in which few values occur: masks, identities, zeros."""
    values, where = np.unique(a, return_inverse=True)
    return np.asarray(each(f, values)[where.reshape(-1)].reshape(a.shape), dtype=object)


@dataclass(frozen=True)
class PerDraw:
    """Plain integers or truth values that depend on the draw (a leading axis of draws): steps, masks, comparisons."""

    array: np.ndarray


class System:
    """A number system: a method ``p_add``, ``p_tanh``, … for each arithmetic primitive; how data moves is shared."""

    name = ""
    wanted: Any = None  # what of a result is needed, where that is not all
    lifting: Any = None  # what of plain numbers that it meets is, where that is not all

    def __init__(self) -> None:
        self.lifts: dict[Any, tuple[Any, Lifted]] = {}

    def begin(self, eqn: Any) -> None:
        """The equation that comes next; None where what is needed of its results is not known."""

    def lift(self, a: Any) -> Lifted:
        """Plain numbers, without an axis of draws, in this system."""
        raise NotImplementedError

    def whole(self, a: np.ndarray) -> Lifted:
        """Whole numbers of each draw, in this system."""
        return over(lambda part: part[0], self.lift(a))

    def plain(self, eqn: Any, ins: list[Any]) -> Any:
        """A primitive on numbers that no draw has touched: steps, masks, whole numbers."""
        name = eqn.primitive.name
        return MOVES[name](eqn.params, 0, *ins) if name in MOVES else PLAIN[name](eqn.params, *ins)

    def move(self, eqn: Any, values: Sequence[Lifted]) -> Any:
        rule, p = MOVES[eqn.primitive.name], eqn.params
        if not eqn.primitive.multiple_results:
            return over(partial(rule, p, 1), *values)
        return [over(lambda *parts, k=k: rule(p, 1, *parts)[k], *values) for k in range(len(eqn.outvars))]

    def select(self, which: Any, cases: Sequence[Lifted]) -> Lifted:
        chosen = (which.array if isinstance(which, PerDraw) else np.asarray(which)[None]).astype(int)

        def pick(*parts: np.ndarray) -> np.ndarray:
            result = parts[0]
            for k, part in enumerate(parts[1:], start=1):
                mask = chosen == k
                result = np.where(mask.reshape(mask.shape + (1,) * (part.ndim - mask.ndim)), part, result)
            return result

        return over(pick, *cases)

    def scan(self, p: dict[str, Any], consts: list[Any], carry: list[Any], xs: list[Any]) -> list[Any]:
        steps = range(p["length"] - 1, -1, -1) if p["reverse"] else range(p["length"])
        rows: list[list[Any]] = []
        for k in steps:
            out = run(p["jaxpr"].jaxpr, p["jaxpr"].consts, [*consts, *carry, *(item(x, k) for x in xs)], self)
            carry = out[: len(carry)]
            rows.append(out[len(carry) :])
        self.begin(None)
        if p["reverse"]:
            rows.reverse()
        if not rows:
            results = p["jaxpr"].jaxpr.outvars[len(carry) :]
            return [*carry, *(np.zeros((0, *v.aval.shape), v.aval.dtype) for v in results)]
        return [*carry, *(stack(column, self) for column in zip(*rows, strict=True))]

    def call(self, name: str, p: dict[str, Any], values: Sequence[Any]) -> Any:
        rule = getattr(self, f"p_{name}", None)
        if rule is None:
            raise OutOfClass(f"{name} is not in the class of {self.name}")
        return rule(p, *values)


EXPONENTIAL = frozenset({"exp", "tanh", "logistic"})
ROUNDING = frozenset({"add", "add_any", "sub", "mul", "integer_pow", "reduce_sum"})


def run(jaxpr: Any, consts: Sequence[Any], args: Sequence[Any], system: System) -> list[Any]:
    """The results of a jaxpr over a number system. Plain NumPy arrays stay plain until they meet a lifted value."""
    env: dict[Any, Any] = dict(zip(jaxpr.constvars, map(np.asarray, consts), strict=True))
    env.update(zip(jaxpr.invars, args, strict=True))
    for line in lines(jaxpr):
        out = apply(line, [const if v is None else env[v] for v, const in line.reads], system)
        env.update(zip(line.outs, out, strict=True))
        for v in line.last:
            del env[v]
    return [np.asarray(v.val) if isinstance(v, Literal) else env[v] for v in jaxpr.outvars]


def apply(line: Line, ins: list[Any], system: System) -> list[Any]:
    eqn = line.eqn
    name, p = eqn.primitive.name, eqn.params
    if line.simple and ins and all([type(x) is Lifted for x in ins]):  # noqa: C419 - a list is faster here
        system.begin(eqn)
        out = arithmetic(line, ins, system)
    elif name in INNER:
        inner = p[INNER[name]]
        return run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), ins, system)
    elif name == "scan":
        system.begin(None)
        split, rest = p["num_consts"], p["num_consts"] + p["num_carry"]
        # its kind must not change on the way
        carry = [lifted(c, system) if is_float(c) else c for c in ins[split:rest]]
        return system.scan(p, ins[:split], carry, ins[rest:])
    else:
        system.begin(eqn)
        out = mixture(line, ins, system)
    return list(out) if eqn.primitive.multiple_results else [out]


def mixture(line: Line, ins: list[Any], system: System) -> Any:
    """Choices, and whatever meets plain numbers or numbers that depend on the draw alone."""
    eqn, name = line.eqn, line.eqn.primitive.name
    if name == "select_n":
        return select(eqn, ins, system)
    if any(isinstance(x, PerDraw) for x in ins):
        return per_draw(eqn, ins, system)
    untouched = not any(isinstance(x, Lifted) for x in ins)
    if untouched and (line.moves or name in PLAIN) and not rounds(name, eqn.params, ins):
        return system.plain(eqn, ins)
    if name == "convert_element_type":
        return lifted(ins[0], system)
    return arithmetic(line, [lifted(x, system) for x in ins], system)


def arithmetic(line: Line, values: list[Lifted], system: System) -> Any:
    if line.mixed:
        values = [spread(v, line.eqn.outvars[0].aval.ndim) for v in values]
    if line.moves:
        return system.move(line.eqn, values)
    return system.call(line.eqn.primitive.name, line.eqn.params, values)


def spread(value: Lifted, ndim: int) -> Lifted:
    """A scalar beside an array: its axis of draws stays first."""
    return over(lambda part: part.reshape(part.shape + (1,) * (1 + ndim - part.ndim)), value)


def rounds(name: str, p: dict[str, Any], ins: list[Any]) -> bool:
    """Whether doubles might round here: then plain numbers are lifted first. Small whole numbers are exact."""
    if name not in ROUNDING or ins[0].dtype.kind != "f":
        return False
    if (name == "integer_pow" and p["y"] < 0) or not all(np.array_equal(x, np.trunc(x)) for x in ins):
        return True
    sizes = [float(abs(x).max(initial=0)) for x in ins]
    largest: dict[str, float] = {"mul": float(np.prod(sizes)), "integer_pow": sizes[0] ** p.get("y", 1),
                                 "reduce_sum": sizes[0] * ins[0].size}
    return not largest.get(name, sum(sizes)) < 2.0**53


def lifted(x: Any, system: System) -> Lifted:
    """Numbers of a system; the same array, met in each round of a loop, is lifted once."""
    if isinstance(x, Lifted):
        return x
    key = id(x), system.lifting
    known = system.lifts.get(key)
    if known is None or known[0] is not x:
        known = system.lifts[key] = x, system.lift(x)
    return known[1]


def is_float(x: Any) -> bool:
    return not isinstance(x, (Lifted, PerDraw)) and x.dtype.kind == "f"


def per_draw(eqn: Any, ins: list[Any], system: System) -> Any:
    """Steps and truth values of each draw: moved, combined, compared, or made numbers."""
    name, p = eqn.primitive.name, eqn.params
    arrays = [x.array if isinstance(x, PerDraw) else np.asarray(x)[None] for x in ins]
    if name == "convert_element_type" and np.dtype(p["new_dtype"]).kind == "f":
        return system.whole(arrays[0])
    if name in MOVES:
        return PerDraw(MOVES[name](p, 1, *arrays))
    if name not in ELEMENTWISE:
        raise OutOfClass(f"{name} on steps that depend on the draw")
    rank = max(a.ndim for a in arrays)
    return PerDraw(PLAIN[name](p, *(a.reshape(a.shape + (1,) * (rank - a.ndim)) for a in arrays)))


def select(eqn: Any, ins: list[Any], system: System) -> Any:
    which, *cases = ins
    if not any(isinstance(x, (Lifted, PerDraw)) for x in ins):
        return system.plain(eqn, ins)
    if all(isinstance(c, PerDraw) or (not isinstance(c, Lifted) and c.dtype.kind != "f") for c in cases):
        return per_draw(eqn, ins, system)
    return system.select(which, [lifted(c, system) for c in cases])


def item(x: Any, k: int) -> Any:
    if isinstance(x, Lifted):
        return over(lambda part: part[:, k], x)
    return PerDraw(x.array[:, k]) if isinstance(x, PerDraw) else np.asarray(x)[k]


def stack(column: Sequence[Any], system: System) -> Any:
    if any(isinstance(x, PerDraw) for x in column):
        return PerDraw(np.stack([x.array for x in column], axis=1))
    if not any(isinstance(x, Lifted) for x in column):
        return np.stack(column)
    values = [lifted(x, system) for x in column]

    def joined(*parts: np.ndarray) -> np.ndarray:
        draws = max(part.shape[0] for part in parts)
        return np.stack([np.broadcast_to(part, (draws, *part.shape[1:])) for part in parts], axis=1)

    return over(joined, *values)


def arguments(system: Any, leaves: Sequence[np.ndarray], steps: np.ndarray) -> list[Any]:
    """The arguments of a program: leaves as exact draws, then for each step its values. ``steps``: a row a draw."""
    return [*(system.draw(a) for a in leaves), *(PerDraw(column) for column in steps.T)]
