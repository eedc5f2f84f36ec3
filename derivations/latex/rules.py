"""How each class of expression is printed: one table of rules for every notation.

What the notations promise is that different meanings never print alike:

- ``∂y/∂x`` is total, ``∂⁺y/∂x`` immediate, ``∇_x y`` the gradient; what is held stands after a bar, a whole sequence
  with a dot for its step (``o_•``), a single node with its step (``o_2``);
- ``Π`` has its latest factor leftmost; with an arrow to the right its latest factor stands rightmost;
- a formula in another graph stands before a bar with the new values of leaves behind it (``W_f := V``);
- ``W^(j)`` is the use of W at step j, ``W_rec`` and ``W_f^h`` are blocks, ``v^⊙2`` is an entrywise power;
- a product beside a Hadamard product, a sum, Σ or Π that is followed by further factors: each in parentheses.

The author's order is kept; parentheses are left out only where the value is the same without them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sympy import Rational

from derivations import algebra, calculus, functions, symbols
from derivations.calculus import Let, Use
from derivations.functions import Activation, Smooth, absolute
from derivations.latex.notation import TEXT, Latex, Level, Piece
from derivations.latex.operators import operator, over_steps
from derivations.latex.scalars import number, placed
from derivations.symbols import AsPrinted, Axes, Constant, Expression, Family, Name, Node, fits, length
from derivations.where import Where


@dataclass(frozen=True)
class Printer:
    """Prints expressions in one notation. Where there is no room, a sum inside a formula goes on several lines."""

    style: Latex
    inline: bool = False  # inside a fraction or a subscript, where stacks go on one line
    room: float | None = None

    def piece(self, e: Expression) -> Piece:
        return _piece(self, e)

    def __call__(self, e: Any, level: Level = Level.SUM) -> str:
        """The expression, in parentheses where it is looser than its place allows."""
        if not isinstance(e, Expression):
            return str(e)
        text, own = self.piece(e)
        return text if own >= level else self.style.parens(text)

    @property
    def small(self) -> Printer:
        return replace(self, inline=True, room=None)

    def width(self, e: Expression) -> float:
        return self.style.width(self(e))

    def number(self, value: Any) -> str:
        return number(self.style, value).text


@lru_cache(maxsize=4096)  # breaking lines asks for the same part many times
def _piece(p: Printer, e: Expression) -> Piece:
    for cls in type(e).__mro__:
        if cls in RULES:
            return RULES[cls](p, e)
    return Piece(p.style.call(p.style.word(type(e).__name__), ", ".join(map(p, e.args))))


# ---- names


def symbol(p: Printer, name: Name, axes: Axes, marks: list[str], labels: tuple[str, ...] = (), use: str = "") -> Piece:
    """A name with its step; of the labels (its own, then those of blocks) the first stands below, the others above."""
    style = p.style
    first, *others = [style.label(label) for label in (name.label, *labels) if label] or [""]
    above = [*others, *([f"({use})"] if use else [])]
    text = style.indexed(style.name(name, any(axes)), first, marks, above)
    return Piece(text, Level.SCRIPTED if above else Level.ATOM)


def _named(p: Printer, e: Expression | Family, labels: tuple[str, ...] = ()) -> Piece:
    if isinstance(e, Family):
        return symbol(p, e.name, e.axes, [p.style.whole] if e.indexed else [])
    if isinstance(e, Use):
        return symbol(p, e.parameter.family.name, e.axes, [], labels, p.number(e.step))
    name, steps = (e.name, e.at_steps) if isinstance(e, Let) else (e.family.name, e.args[1:])
    return symbol(p, name, e.axes, [p.number(step) for step in steps], labels)


def _block(p: Printer, e: algebra.Block) -> Piece:
    base: Expression = e
    labels: tuple[str, ...] = ()
    while isinstance(base, algebra.Block):
        base, labels = base.args[0], (base.label, *labels)
    if isinstance(base, (Node, Use, Let)):
        return _named(p, base, labels)
    text = p(base) if isinstance(base, algebra.Stack) else p.style.parens(p(base))
    return Piece(p.style.script(text, "".join(f"[{p.style.label(label)}]" for label in labels)))


# ---- constants


def _filled(digit: str) -> Callable[[Printer, Expression], Piece]:
    def rule(p: Printer, e: Expression) -> Piece:
        sign = p.style.one if digit == "1" else digit
        both = all(e.axes)
        sizes = [placed(p.style, length(ax), Level.HAD if both else Level.SUM) for ax in e.axes if ax]
        text = p.style.script(sign, f" {p.style.cross} ".join(sizes))
        if e.axes[0] or not e.axes[1]:
            return Piece(text)
        return Piece(p.style.script(text, "", p.style.top), Level.SCRIPTED)

    return rule


def _explicit(p: Printer, e: symbols.Explicit) -> Piece:
    return Piece(p.style.stack([[p.number(x) for x in row] for row in e.args[0].tolist()], p.inline))


# ---- stacks and functions


def _stack(p: Printer, e: algebra.Stack) -> Piece:
    if e.direction == 1:
        rows = [list(e.parts)]
    elif _is_grid(e.parts):
        rows = [list(part.parts) for part in e.parts]
    else:
        rows = [[part] for part in e.parts]
    return Piece(p.style.stack([[p(cell) for cell in row] for row in rows], p.inline))


def _is_grid(parts: tuple[Expression, ...]) -> bool:
    """Whether stacked rows have parts of the same widths, so that they can be printed as one block matrix."""
    if not all(isinstance(part, algebra.Stack) and part.direction == 1 for part in parts):
        return False
    widths = [[cell.axes[1] for cell in part.parts] for part in parts]
    return all(len(row) == len(widths[0]) and all(map(fits, row, widths[0])) for row in widths)


def function_name(p: Printer, f: Any) -> str:
    style = p.style
    if isinstance(f, Smooth):
        return style.script(style.name(f.name), style.label(f.name.label))
    if isinstance(f, Activation):
        name = Name.of(f.name)
        return style.script(style.primed(style.name(name), f.order), style.label(name.label))
    if f.name == "power":
        power = style.script(style.placeholder, "", number(TEXT, f.parameters[0]).text)
        return style.primed(style.parens(power), f.order)
    stem, _, label = f.name.partition("_")
    return style.script(style.primed(style.function(stem), f.order), style.label(label))


def arguments(e: functions.Apply) -> list[Expression]:
    """What an open function is applied to: the parts of a stack, matrices for their columns."""
    if not isinstance(e.argument, algebra.Stack) or e.argument.direction or len(e.argument.parts) < 2:
        return [e.argument]
    return [part.args[0] if isinstance(part, algebra.Vec) else part for part in e.argument.parts]


def _apply(p: Printer, e: functions.Apply) -> Piece:
    f = e.function
    if f == absolute:
        return Piece(p.style.bars(p(e.argument)))
    if isinstance(f, Smooth):
        return Piece(p.style.call(function_name(p, f), ", ".join(map(p, arguments(e)))))
    if f.name != "power" or f.order:
        return Piece(p.style.call(function_name(p, f), p(e.argument)))
    exponent = f.parameters[0]
    if exponent == Rational(1, 2) and e.is_scalar:
        return Piece(p.style.sqrt(p(e.argument)))
    mark = "" if e.is_scalar else p.style.had + ("" if p.style.column else " ")
    above = mark + number(TEXT, exponent).text  # 1/3 on one line, also in LaTeX
    return Piece(p.style.script(p(e.argument, Level.ATOM), "", above), Level.SCRIPTED)


def _word(name: str) -> Callable[[Printer, Expression], Piece]:
    return lambda p, e: Piece(p.style.call(p.style.word(name), p(e.args[0])))


def _norm(p: Printer, e: algebra.Norm) -> Piece:
    return Piece(p.style.norm(p(e.args[0]), p.style.infinity if e.kind == "inf" else e.kind))


# ---- derivatives


def _jacobian(p: Printer, e: calculus.Jacobian) -> Piece:
    q, style = p.small, p.style
    y = q(e.y, Level.SCRIPTED)
    if e.kind == "gradient":
        text, level = style.gradient(y, q(e.x)), Level.PREFIX
    else:
        text, level = style.jacobian(y, q(e.x, Level.SCRIPTED), e.kind == "immediate"), Level.FRACTION
    if e.held:
        text, level = style.held(text, ", ".join(_named(q, held).text for held in e.held)), Level.FRACTION
    return Piece(text, level)


def _where(p: Printer, e: Where) -> Piece:
    q = p.small
    values = ", ".join(f"{q(leaf)} {p.style.becomes} {q(value)}" for leaf, value in e.values)
    return Piece(p.style.held(p(e.e, Level.FRACTION), values), Level.FRACTION)


def _chain(p: Printer, e: calculus.Chain) -> Piece:
    """A product over steps; a power where every factor is the same number or matrix."""
    if e.exponent is None:
        return over_steps(p, e)
    base, exponent = p(e.body, Level.ATOM), p.small.number(e.exponent)
    if p.number(e.exponent) in {label.name for ax in e.body.axes for label, _ in ax}:  # W_f^k may be the block k of W_f
        base = p.style.parens(p(e.body))
    return Piece(p.style.script(base, "", exponent), Level.SCRIPTED)


RULES: dict[type, Callable[[Printer, Any], Piece]] = {
    Constant: lambda p, e: number(p.style, e.value),
    symbols.Explicit: _explicit,
    Node: _named,
    Use: _named,
    Let: _named,
    AsPrinted: operator,
    algebra.Plus: operator,
    algebra.Times: operator,
    algebra.Had: operator,
    algebra.Diag: _word("diag"),
    algebra.Vec: _word("vec"),
    algebra.Transposed: lambda p, e: Piece(p.style.script(p(e.args[0], Level.ATOM), "", p.style.top), Level.SCRIPTED),
    algebra.Inverse: lambda p, e: Piece(p.style.script(p(e.args[0], Level.ATOM), "", "-1"), Level.SCRIPTED),
    algebra.Det: _word("det"),
    algebra.Trace: _word("tr"),
    algebra.Stack: _stack,
    algebra.Block: _block,
    algebra.Eye: lambda p, e: Piece(f"{p.style.eye}_{{{p.number(length(e.args[0]))}}}"),
    algebra.Ones: _filled("1"),
    algebra.Zeros: _filled("0"),
    algebra.Norm: _norm,
    functions.Apply: _apply,
    calculus.Jacobian: _jacobian,
    calculus.Chain: _chain,
    calculus.Series: over_steps,
    Where: _where,
}
