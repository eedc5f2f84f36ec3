"""What an author has names for: a node for the value of its definition, an abbreviation for what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sympy import Basic, Expr

from derivations.algebra import Block, Plus, Stack, Times, Transposed
from derivations.calculus import immediate, see_through
from derivations.functions import Apply
from derivations.model import Model
from derivations.proof import heads
from derivations.symbols import Expression, Node, Step


@dataclass
class Names:
    """The names of a model for expressions that are written out."""

    model: Model

    def named(self, e: Expression) -> Expression:
        """Values and arguments that the author has names for, by these."""
        for body, (step, name) in self._values.items():
            for found in sorted(e.atoms(type(body)), key=str):
                for at in _steps(found):
                    if _moved(body, step, at) == found:
                        e = e.xreplace({found: _moved(name, step, at)})
        return e

    def of_open(self, m: heads.Open, arguments: Sequence[Node | None]) -> Expression | None:
        """An open function of these nodes as the node that it defines, or as its immediate derivative by one."""
        for family, rule in self.model.rules.items():
            e = rule.expression
            if not isinstance(e, Apply) or e.function != m.function or rule.step is None:
                continue
            parts = e.argument.parts if isinstance(e.argument, Stack) else (e.argument,)
            if len(parts) != len(arguments) or not all(isinstance(part, Node) for part in parts):
                continue
            shifts = {(node.step - part.step).expand() for part, node in zip(parts, arguments, strict=True)
                      if node is not None and part.step is not None and node.family == part.family}
            if len(shifts) != 1 or None in arguments:
                continue
            value = Node(family, (rule.step + shifts.pop()).expand())
            cells = [where for where, _ in m.argument]
            if not m.by:
                return value
            if len(m.by) == 1:
                slope = immediate(value, arguments[cells.index(m.by[0])])
                return slope if value.axes[0] else Transposed(slope)
        return None

    @cached_property
    def _values(self) -> dict[Expression, tuple[Step, Expression]]:
        """What is named, with its step and its name."""
        values: dict[Expression, tuple[Step, Expression]] = {
            blockwise(rule.expression): (rule.step, Node(family, rule.step))
            for family, rule in self.model.rules.items()
            if isinstance(rule.expression, Apply) and rule.step is not None}
        return values | {blockwise(see_through(let)): (let.steps[0], let) for let in self.model.lets.values()
                         if len(let.steps) == 1}


@lru_cache(maxsize=4096)
def _moved(e: Expression, step: Step, at: Expr) -> Expression:
    """An expression at another step."""
    moved: Expression = e.subs(step, at)
    return moved


@lru_cache(maxsize=1024)
def blockwise(e: Basic) -> Any:
    """The expression with W [a; b] as the sum of its blocks, as polynomials say it."""
    if not isinstance(e, Basic) or not e.args or isinstance(e, Node):
        return e
    e = e.func(*map(blockwise, e.args))
    if isinstance(e, Times) and len(e.args) == 2 and isinstance(e.args[1], Stack) and isinstance(e.args[0], Node):
        matrix, stack = e.args
        labels = [label for label, _ in matrix.axes[1]]
        if len(labels) == len(stack.parts) and all(label.name for label in labels) and stack.direction == 0:
            return Plus(*(Times(Block(matrix, label), part) for label, part in zip(labels, stack.parts, strict=True)))
    return e


def _steps(e: Expression) -> list[Expr]:
    """The steps at which a definition may stand whose nodes are these: theirs, and the one after, which looks back."""
    own = {node.step for node in e.atoms(Node) if node.step is not None}
    return sorted(own | {(step + 1).expand() for step in own}, key=str)
