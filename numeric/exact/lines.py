"""A program's equations as the interpreter meets them: which are needed, what they read, what can be let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from jax.extend.core import Literal

from numeric.exact.moves import MOVES

INNER = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "custom_jvp_call": "call_jaxpr",
         "custom_vjp_call": "call_jaxpr", "remat": "jaxpr", "remat2": "jaxpr", "checkpoint": "jaxpr"}
SPECIAL = {"scan", "select_n", "convert_element_type"}
CONTRACTIONS = {"dot_general"}  # primitives of two operands whose axes have meanings of their own


@dataclass(frozen=True)
class Line:
    """An equation that some result needs; constants are read once, and what is not read again is let go."""

    eqn: Any
    reads: tuple[tuple[Any, Any], ...]  # a variable, or None and a constant
    last: tuple[Any, ...]
    outs: tuple[Any, ...]
    simple: bool  # arithmetic, or a movement of data
    moves: bool
    mixed: bool  # a scalar beside an array


def line_of(eqn: Any, needed: set[Any]) -> Line:
    name = eqn.primitive.name
    reads = tuple((None, np.asarray(v.val)) if isinstance(v, Literal) else (v, None) for v in eqn.invars)
    last = {*(v for v, _ in reads if v is not None), *eqn.outvars} - needed
    mixed = len({v.aval.ndim for v in eqn.invars}) > 1 and name not in MOVES and name not in CONTRACTIONS
    simple = name not in INNER and name not in SPECIAL
    return Line(eqn, reads, tuple(last), tuple(eqn.outvars), simple, name in MOVES, mixed)


_lines: WeakKeyDictionary[Any, list[Line]] = WeakKeyDictionary()


def lines(jaxpr: Any) -> list[Line]:
    """The equations that some result needs, in order."""
    if jaxpr in _lines:
        return _lines[jaxpr]
    needed = {v for v in jaxpr.outvars if not isinstance(v, Literal)}
    kept = []
    for eqn in reversed(jaxpr.eqns):
        if needed.intersection(eqn.outvars):
            line = line_of(eqn, needed)
            kept.append(line)
            needed.update(v for v, _ in line.reads if v is not None)
    _lines[jaxpr] = kept[::-1]
    return _lines[jaxpr]
