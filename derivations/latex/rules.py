"""How each class of expression is printed: one table of rules for every notation.

What the notations promise is that different meanings never print alike:

- ``∂y/∂x`` is total, ``∂⁺y/∂x`` immediate, ``∇_x y`` the gradient; what is held stands after a bar, a whole sequence
  with a dot for its step (``o_·``), a single node with its step (``o_2``);
- ``Π`` has its latest factor leftmost; with an arrow to the right its latest factor stands rightmost;
- ``W^(j)`` is the use of W at step j, ``W_rec`` and ``W_f^h`` are blocks, ``v^⊙2`` is an entrywise power;
- a product beside a Hadamard product, a sum, Σ or Π that is followed by further factors: each in parentheses.

The author's order is kept; parentheses are left out only where the value is the same without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sympy import Rational

from derivations import algebra, calculus, functions, symbols
from derivations.algebra import Had, Plus, Times
from derivations.calculus import Chain, Let, OverSteps, Use
from derivations.functions import Smooth
from derivations.latex.notation import RULERS, TEXT, Latex, Level, Piece
from derivations.latex.scalars import number, placed
from derivations.symbols import AsPrinted, Axes, Constant, Expression, Family, Name, Node, fits, length

Part = tuple[str, str]  # an operator ("" before the first operand) and an operand


@dataclass(frozen=True)
class Printer:
    """Prints expressions in one notation. Where there is no room, a sum inside a formula goes on several lines."""

    style: Latex
    inline: bool = False  # inside a fraction or a subscript, where stacks go on one line
    room: int | None = None

    def piece(self, e: Any) -> Piece:
        for cls in type(e).__mro__:
            if cls in RULES:
                return RULES[cls](self, e)
        return Piece(self.style.call(self.style.word(type(e).__name__), ", ".join(map(self, e.args))))

    def __call__(self, e: Any, level: Level = Level.SUM) -> str:
        """The expression, in parentheses where it is looser than its place allows."""
        if not isinstance(e, Expression):
            return str(e)
        text, own = self.piece(e)
        return text if own >= level else self.style.parens(text)

    @property
    def small(self) -> Printer:
        return replace(self, inline=True, room=None)

    @property
    def ruler(self) -> Printer:
        return replace(self, style=RULERS.get(self.style, self.style))

    def width(self, e: Expression) -> int:
        return len(self.ruler(e))

    def number(self, value: Any) -> str:
        return number(self.style, value).text

    def rows(self, e: Expression, space: int) -> list[str]:
        """The expression on lines no longer than ``space``, where its outermost sum or product allows that."""
        rows: list[str] = []
        used = 0
        for (sign, text), ruled in zip(parts(self, e), parts(self.ruler, e), strict=True):
            width = sum(map(len, ruled)) + 1
            if rows and used + width <= space:
                rows[-1] = _spaced(rows[-1], sign, text)
                used += width
            else:
                visible = self.style.cdot if rows and sign in ("", r"\,") else sign
                rows.append(_spaced(visible, text))
                used = width
        return rows


def _spaced(*words: str) -> str:
    return " ".join(filter(None, words))


# ---- sums and products: operators and operands


def parts(p: Printer, e: Expression) -> list[Part]:
    """A sum or product as operators and operands; any other expression as one operand."""
    if isinstance(e, OverSteps) and _operation(e.body) in (Times, Had):
        (_, first), *rest = parts(p, e.body)
        return [("", _spaced(_over(p, e), first)), *rest] if p.piece(e.body).level >= _body_level(e) else [("", p(e))]
    split = {Plus: _sum_parts, Times: _product_parts, Had: _had_parts}.get(_operation(e))
    return split(p, e) if split else [("", p(e))]


def _operation(e: Expression) -> type:
    known = {"Plus": Plus, "Times": Times, "Had": Had}
    return known.get(e.operation, AsPrinted) if isinstance(e, AsPrinted) else type(e)


def _operands(e: Expression) -> tuple[Expression, ...]:
    return e.operands if isinstance(e, AsPrinted) else e.args  # type: ignore[no-any-return]  # SymPy is untyped


def _flat(e: Expression, cls: type) -> Iterator[Expression]:
    for x in _operands(e):
        yield from _flat(x, cls) if _operation(x) is cls else (x,)


def _sum_parts(p: Printer, e: Expression) -> list[Part]:
    terms = list(_flat(e, Plus))
    plus = "+" if all(term.is_scalar for term in terms) else p.style.plus
    found: list[Part] = []
    for term in terms:
        text, level = p.piece(term)
        if level == Level.NEGATIVE:
            found.append(("-", text[1:]) if found else ("", text))
        else:
            found.append((plus if found else "", text if level >= Level.HAD else p.style.parens(text)))
    return found


def _had_parts(p: Printer, e: Expression) -> list[Part]:
    factors = list(_flat(e, Had))
    return [(p.style.had if k else "", p(factor, Level.FRACTION)) for k, factor in enumerate(factors)]


def _negative(e: Expression) -> bool:
    """Whether it is a negative number, or a product that begins with one."""
    first = e.args[0] if type(e) is Times else e
    return isinstance(first, Constant) and number(TEXT, first.value).level == Level.NEGATIVE


def _factors(e: Expression) -> list[Expression]:
    """The factors, those of inner products included where the product means the same without their parentheses."""
    if isinstance(e, AsPrinted):
        return list(_operands(e))
    found: list[Expression] = []
    for k, f in enumerate(e.args):
        inner = _factors(f) if type(f) is Times and not _negative(f) else []
        # aᵀb c would read as a product of vectors: a scalar that is made of vectors keeps its parentheses
        safe = not f.is_scalar or all(x.is_scalar for x in inner) or k == len(e.args) - 1 and all(x.is_scalar for x in found)
        found += inner if inner and safe else [f]
    return found


def _product_parts(p: Printer, e: Expression) -> list[Part]:
    factors, sign = _factors(e), ""
    if len(factors) > 1 and _negative(factors[0]) and isinstance(factors[0], Constant):
        sign, factors[0] = "-", Constant(-factors[0].value)
        factors = factors[factors[0].value == 1:]
    if len(factors) == 1:
        return [("", sign + p(factors[0], Level.HAD))]
    found: list[Part] = []
    for k, factor in enumerate(factors):
        text = p(factor, Level.PREFIX if k == len(factors) - 1 else Level.FRACTION)
        after_number = k > 0 and isinstance(factors[k - 1], Constant)
        digits = isinstance(factor, Constant) or after_number and text[0].isdigit()  # 2 · 3, not 23
        between = p.style.cdot if digits else r"\," if after_number and p.style.product else p.style.product
        found.append((between if k else "", text if k else sign + text))
    return found


def _operator_rule(loose: Level) -> Callable[[Printer, Expression], Piece]:
    def rule(p: Printer, e: Expression) -> Piece:
        found = parts(p, e)
        if len(_operands(e)) == 1:
            return p.piece(_operands(e)[0])
        text = _spaced(*(word for part in found for word in part))
        if loose == Level.SUM and p.room is not None and len(_spaced(*(w for part in parts(p.ruler, e) for w in part))) > p.room:
            text = p.style.lines([f"& {row}" for row in p.rows(e, p.room)])
        return Piece(text, Level.NEGATIVE if loose != Level.SUM and found[0][1].startswith("-") else loose)

    return rule


def _as_printed(p: Printer, e: AsPrinted) -> Piece:
    cls = _operation(e)
    if cls is AsPrinted:
        return Piece(p.style.call(p.style.word(e.operation), ", ".join(map(p, e.operands))))
    return RULES[cls](p, e)


# ---- names


def symbol(p: Printer, name: Name, axes: Axes, marks: list[str], labels: tuple[str, ...] = (), use: str = "") -> Piece:
    """A name with its step; of the labels (its own, then those of blocks) the first stands below, the others above."""
    style = p.style
    first, *others = [style.label(label) for label in (name.label, *labels) if label] or [""]
    above = [*others, *([f"({use})"] if use else [])]
    below = [x for x in (first, *(() if style.calls else marks)) if x]
    text = style.script(style.name(name, any(axes)), ",".join(below), ",".join(above))
    return Piece(text + (f"({','.join(marks)})" if style.calls and marks else ""), Level.SCRIPTED if above else Level.ATOM)


def _named(p: Printer, e: Expression | Family, labels: tuple[str, ...] = ()) -> Piece:
    if isinstance(e, Family):
        return symbol(p, e.name, e.axes, [p.style.placeholder] if e.indexed else [])
    if isinstance(e, Use):
        return symbol(p, e.parameter.family.name, e.axes, [], labels, p.number(e.step))
    name, steps = (e.name, e.at_steps) if isinstance(e, Let) else (e.family.name, e.args[1:])
    return symbol(p, name, e.axes, [p.number(step) for step in steps], labels)


def _block(p: Printer, e: algebra.Block) -> Piece:
    base, labels = e, ()
    while isinstance(base, algebra.Block):
        base, labels = base.args[0], (base.label, *labels)
    if isinstance(base, (Node, Use, Let)):
        return _named(p, base, labels)
    text = p(base, Level.SCRIPTED)
    for label in labels:
        text = p.style.script(text, f"[{p.style.label(label)}]")
    return Piece(text)


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
    if f.name == "power":
        return style.primed(style.parens(style.script(style.placeholder, "", number(TEXT, f.parameters[0]).text)), f.order)
    stem, _, label = f.name.partition("_")
    return style.script(style.primed(style.function(stem), f.order), style.label(label))


def _apply(p: Printer, e: functions.Apply) -> Piece:
    f = e.function
    if isinstance(f, Smooth) or f.name != "power" or f.order:
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


# ---- derivatives, sums and products over steps


def _jacobian(p: Printer, e: calculus.Jacobian) -> Piece:
    q, style = p.small, p.style
    y = q(e.y, Level.SCRIPTED)
    if e.kind == "gradient":
        text, level = f"{style.script(style.nabla, q(e.x))} {y}", Level.PREFIX
    else:
        sign = style.immediate if e.kind == "immediate" else style.partial
        text, level = style.frac(sign + y, style.partial + q(e.x, Level.SCRIPTED)), Level.FRACTION
    if e.held:
        text, level = style.held(text, ", ".join(_named(q, held).text for held in e.held)), Level.FRACTION
    return Piece(text, level)


def _body_level(e: OverSteps) -> Level:
    return Level.PRODUCT if isinstance(e, Chain) else Level.HAD


def _over(p: Printer, e: OverSteps) -> str:
    style = p.style
    sign = style.sum if not isinstance(e, Chain) else style.prod if e.latest == "left" else style.prod_right
    return f"{sign}_{{{p.number(e.bound)}={p.number(e.first)}}}^{{{p.number(e.last)}}}"


def _over_steps(p: Printer, e: OverSteps) -> Piece:
    return Piece(f"{_over(p, e)} {p(e.body, _body_level(e))}", Level.PREFIX)


RULES: dict[type, Callable[[Printer, Any], Piece]] = {
    Constant: lambda p, e: number(p.style, e.value),
    symbols.Explicit: _explicit,
    Node: _named,
    Use: _named,
    Let: _named,
    AsPrinted: _as_printed,
    Plus: _operator_rule(Level.SUM),
    Times: _operator_rule(Level.PRODUCT),
    Had: _operator_rule(Level.HAD),
    algebra.Diag: _word("diag"),
    algebra.Vec: _word("vec"),
    algebra.Transposed: lambda p, e: Piece(p.style.script(p(e.args[0], Level.ATOM), "", p.style.top), Level.SCRIPTED),
    algebra.Stack: _stack,
    algebra.Block: _block,
    algebra.Eye: lambda p, e: Piece(f"{p.style.eye}_{{{p.number(length(e.args[0]))}}}"),
    algebra.Ones: _filled("1"),
    algebra.Zeros: _filled("0"),
    algebra.Norm: _norm,
    functions.Apply: _apply,
    calculus.Jacobian: _jacobian,
    calculus.Chain: _over_steps,
    calculus.Series: _over_steps,
}
