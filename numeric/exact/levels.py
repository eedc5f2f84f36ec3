"""Which levels of a tower each equation's results are needed at.

Results are compared at the top level. Everything that reaches them without passing through an exponential is needed
there alone; each exponential on the way asks for its argument one level further down. JAX's derivatives, the greater
part of a program, stay at the top.
"""

from __future__ import annotations

from typing import Any

from jax.extend.core import Literal

from numeric.exact.interpret import EXPONENTIAL
from numeric.exact.lines import INNER

Levels = int  # a bit for each level that is needed, the top level's first


class Needs:
    """For each equation, loops included, the levels at which its results are needed."""

    def __init__(self, jaxpr: Any, levels: int) -> None:
        self.all = (1 << levels) - 1
        self.of: dict[int, Levels] = {}
        self.arguments = self.walk(jaxpr, [1] * len(jaxpr.outvars))

    def walk(self, jaxpr: Any, wanted: list[Levels]) -> list[Levels]:
        """What is needed of a program's arguments, given what is needed of its results."""
        need: dict[Any, Levels] = {}

        def ask(v: Any, levels: Levels) -> None:
            if not isinstance(v, Literal):
                need[v] = need.get(v, 0) | levels

        for v, levels in zip(jaxpr.outvars, wanted, strict=True):
            ask(v, levels)
        for eqn in reversed(jaxpr.eqns):
            outs = [need.get(v, 0) for v in eqn.outvars]
            if any(outs):
                for v, levels in zip(eqn.invars, self.inputs(eqn, outs), strict=True):
                    ask(v, levels)
        return [need.get(v, 0) for v in jaxpr.invars]

    def inputs(self, eqn: Any, outs: list[Levels]) -> list[Levels]:
        name, together = eqn.primitive.name, 0
        for levels in outs:
            together |= levels
        self.of[id(eqn)] = self.of.get(id(eqn), 0) | together
        if name == "scan":
            return self.scan(eqn.params, outs)
        if name in INNER:  # written out in every program that was tidied: whatever is asked, all is needed
            return [self.all] * len(eqn.invars)
        if name in EXPONENTIAL:
            return [(together << 1) & self.all]
        return [together] * len(eqn.invars)

    def scan(self, p: dict[str, Any], outs: list[Levels]) -> list[Levels]:
        """A loop's body, until what one round needs of the round before grows no further."""
        consts, carried = p["num_consts"], p["num_carry"]
        wanted = list(outs)
        while True:
            found = self.walk(p["jaxpr"].jaxpr, wanted)
            carry = [a | b for a, b in zip(wanted[:carried], found[consts : consts + carried], strict=True)]
            if carry == wanted[:carried]:
                return [*found[:consts], *carry, *found[consts + carried :]]
            wanted[:carried] = carry
