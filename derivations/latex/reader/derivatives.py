"""Derivatives as they are printed: ∂y/∂x as a fraction, with a slash, as an operator, ∇_x y, and chains of them.

Whether a printed ∂ is total or immediate, and in which layout, are choices of the reading. Over a function that is
written out, as in ∂f(x_t, h_{t-1}, w)/∂w, it is always immediate: only the arguments that are seen respond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from derivations.calculus import Jacobian, Let, d, grad, immediate, see_through
from derivations.functions import Apply
from derivations.latex.reader import calls, products, tree
from derivations.latex.reader.keys import Key
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.reader.values import Columns, Value, times, typed
from derivations.operations import divide, matmul, scale, transpose, vec
from derivations.symbols import Expression, Node

if TYPE_CHECKING:
    from derivations.latex.reader.evaluate import Reader

TOTAL, IMMEDIATE = "", "+"


def mark(e: Tree) -> str | None:
    """What stands above a ∂: nothing, or the plus of an immediate derivative; None where it is no ∂."""
    base = e.base if isinstance(e, tree.Scripted) else e
    if not (isinstance(base, tree.Letter) and base.name == "partial"):
        return None
    if not isinstance(e, tree.Scripted) or (e.sub is None and e.sup is None and not e.primes):
        return TOTAL
    if isinstance(e.sup, tree.Signs) and e.sup.signs == ("+",) and e.sup.after is None and e.sub is None:
        return IMMEDIATE
    raise NotRead("a ∂ with scripts that are not read: second derivatives are not, ∂^+ is an immediate derivative",
                  e.start)


def _factors(e: Tree) -> tuple[Sequence[Tree], Sequence[str]]:
    return (e.factors, e.signs) if isinstance(e, tree.Product) else ((e,), ())


def _joined(factors: Sequence[Tree], signs: Sequence[str]) -> Tree:
    if len(factors) == 1:
        return factors[0]
    return tree.Product(tuple(factors), tuple(signs), start=factors[0].start, end=factors[-1].end)


def _split(e: Tree) -> tuple[Tree | None, str, Tree | None] | None:
    """What stands before ∂, its mark, what stands behind; None where there is no ∂."""
    factors, signs = _factors(e)
    places = [k for k, factor in enumerate(factors) if mark(factor) is not None]
    if not places:
        return None
    if len(places) > 1:
        raise NotRead("two ∂ in one numerator or denominator: second derivatives are not read",
                      factors[places[1]].start)
    k = places[0]
    before = _joined(factors[:k], signs[: k - 1]) if k else None
    behind = _joined(factors[k + 1:], signs[k + 1:]) if k + 1 < len(factors) else None
    return before, mark(factors[k]) or TOTAL, behind


def _straight(r: Reader, above: Tree, below: Tree) -> bool:
    """Whether two letters d begin a derivative: dL/dx. Raises NotRead where d names something else."""
    heads = (above, below)
    if not all(isinstance(h, tree.Letter) and h.name == "d" and h.style in ("", "rm") and not h.accents for h in heads):
        return False
    if any(isinstance(h, tree.Letter) and not h.style for h in heads) and Key("d") in r.scope.things:
        raise NotRead("d is a name here, or a size, and no sign of a derivative: write \\partial", above.start)
    return True


def _as_partial(e: Tree) -> Tree:
    """d y as ∂ y."""
    factors, signs = _factors(e)
    return _joined((_partial(factors[0]), *factors[1:]), signs)


def _partial(e: Tree) -> Tree:
    return tree.Letter("partial", start=e.start, end=e.end)


def fraction(r: Reader, e: tree.Fraction) -> Value | None:
    """A fraction of ∂s; None where it is an ordinary one. Raises NotRead for one that is half a derivative."""
    above, below = e.above, e.below
    if len(_factors(below)[0]) > 1 and _straight(r, _factors(above)[0][0], _factors(below)[0][0]):
        above, below = _as_partial(above), _as_partial(below)
    top, bottom = _split(above), _split(below)
    if top is None and bottom is None:
        return None
    if top is None or bottom is None:
        raise NotRead("a ∂ above or below alone: expected ∂y/∂x", e.start)
    if bottom[2] is None:
        raise NotRead("a derivative with respect to nothing", e.below.start)
    if top[2] is None:
        raise NotRead("a derivative of nothing: expected what is differentiated, above or in brackets behind", e.start)
    if bottom[1] != TOTAL:
        raise NotRead("∂^+ below: the plus of an immediate derivative stands above", e.below.start)
    found = derived(r, top[2], bottom[2], top[1], e)
    return _scaled(r, found, top[0], bottom[0])


def _scaled(r: Reader, found: Value, by: Tree | None, over: Tree | None) -> Value:
    """Numbers that stand before the ∂s: ∂l/(T · ∂o)."""
    if by is not None:
        found = times(r(by), found, "", r.choice)
    if over is None:
        return found
    below = r(over)
    return Columns(divide(found.e, below), found.axes) if isinstance(found, Columns) else divide(typed(found), below)


def written(r: Reader, factors: Sequence[Tree], signs: Sequence[str], at: int) -> tuple[Value, int] | None:
    """A derivative that begins at a factor and goes on in the next ones: ∂y/∂x, ∂/∂x [y], ∇_x y."""
    e = factors[at]
    if mark(e) is not None:
        return _slashed(r, factors, signs, at)
    straight = _slashed_straight(r, factors, signs, at)
    if straight is not None:
        return _slashed(r, straight, signs, at)
    if isinstance(e, tree.Fraction) and _is_operator(e):
        bottom = _split(e.below)
        if bottom is None or bottom[2] is None:
            raise NotRead("a derivative with respect to nothing", e.below.start)
        y, after = _operand(r, factors, signs, at + 1, e)
        if _follows(factors, signs, at + 1, after):
            raise NotRead("a derivative of the next factor, or of all behind it? Put what is differentiated in "
                          "brackets", e.start)
        return _scaled(r, derived(r, y, bottom[2], mark(e.above) or TOTAL, e), None, bottom[0]), after
    if isinstance(e, tree.Scripted) and isinstance(e.base, tree.Letter) and e.base.name == "nabla":
        if e.sub is None or e.sup is not None:
            raise NotRead("a ∇ without its variable: write \\nabla_{x}", e.start)
        y, after = _operand(r, factors, signs, at + 1, e)
        if (rest := _follows(factors, signs, at + 1, after)) and _is_number(r, rest):
            raise NotRead("a gradient of the next factor, or of all behind it? Put what is differentiated in brackets",
                          e.start)
        return _gradient(r, y, e.sub, e), after
    if isinstance(e, tree.Letter) and e.name == "nabla":
        raise NotRead("a ∇ without its variable: write \\nabla_{x}", e.start)
    return None


def _is_operator(e: tree.Fraction) -> bool:
    return mark(e.above) is not None


def _operand(r: Reader, factors: Sequence[Tree], signs: Sequence[str], at: int, e: Tree) -> tuple[Tree, int]:
    """What an operator is applied to: the next factor, with its argument."""
    if at >= len(factors) or signs[at - 1]:
        raise NotRead("a derivative of nothing: expected what is differentiated behind it", e.start)
    after = calls.extent(r, factors, signs, at)
    return _joined(factors[at:after], signs[at:after - 1]), after


def _follows(factors: Sequence[Tree], signs: Sequence[str], at: int, after: int) -> Tree | None:
    """What stands behind an operand that no brackets end, and may belong to it."""
    end = after
    while end < len(factors) and signs[end - 1] not in products.ENTRYWISE:
        end += 1
    return None if isinstance(factors[at], tree.Fenced) or end == after else _joined(factors[after:end],
                                                                                     signs[after:end - 1])


def _is_number(r: Reader, e: Tree) -> bool:
    """Whether a formula is read as a number, so that it could be differentiated with what stands before it."""
    try:
        return r(e).is_scalar
    except NotRead:
        return False


def _slashed_straight(r: Reader, factors: Sequence[Tree], signs: Sequence[str], at: int) -> Sequence[Tree] | None:
    """The factors of dy/dx with ∂ for d; None where no such derivative begins here."""
    slash = next((k for k in range(at + 1, len(factors)) if signs[k - 1] == "/"), None)
    if slash is None or slash == at + 1 or slash + 1 >= len(factors) or signs[slash]:
        return None
    if not _straight(r, factors[at], factors[slash]):
        return None
    return [_partial(e) if k in (at, slash) else e for k, e in enumerate(factors)]


def _slashed(r: Reader, factors: Sequence[Tree], signs: Sequence[str], at: int) -> tuple[Value, int]:
    slash = next((k for k in range(at + 1, len(factors)) if signs[k - 1] == "/"), None)
    if slash is None or slash == at + 1 or mark(factors[slash]) is None or slash + 1 >= len(factors):
        raise NotRead("a ∂ that is not part of ∂y/∂x", factors[at].start)
    if any(mark(factor) is not None for factor in factors[at + 1:slash]):
        raise NotRead("two ∂ before one slash", factors[at].start)
    y = _joined(factors[at + 1:slash], signs[at + 1:slash - 1])
    after = calls.extent(r, factors, signs, slash + 1)
    x = _joined(factors[slash + 1:after], signs[slash + 1:after - 1])
    return derived(r, y, x, mark(factors[at]) or TOTAL, factors[at]), after


# ---- which derivative, in which layout


def _gradient(r: Reader, y: Tree, x: Tree, e: Tree) -> Expression:
    scalar, by = r(y), r(x)
    found: Expression = r.guarded(e, lambda: grad(scalar, by))
    return found


def derived(r: Reader, y: Tree, x: Tree, sign: str, e: Tree) -> Value:
    """∂y/∂x under the choices of the reading."""
    of, by = r(y), r(x)
    found: Value = r.guarded(e, lambda: _laid_out(r, of, by, at_once(r, y, of, by, sign)))
    return found


def at_once(r: Reader, y: Tree, of: Expression, by: Expression, sign: str) -> bool:
    """Whether the derivative is immediate. Our own notation says so itself."""
    if r.scope.uses:
        return sign == IMMEDIATE
    called = calls.is_call(r, y) or (isinstance(see_through(of), Apply) and not isinstance(of, Let))
    if sign == IMMEDIATE or (called and of.has(by)):
        return True
    if by.axes and isinstance(of, Node) and of.step is None and isinstance(by, Node) and by.step is None \
            and of == by:
        return False
    choice = r.choice("derivative")
    if choice == "parameters":
        stepped = isinstance(of, Node) and of.step is not None
        return r.choice.side > 0 and stepped and isinstance(by, Node) and by.step is None
    return choice == "immediate" or (choice == "right" and r.choice.side > 0)


def _laid_out(r: Reader, y: Expression, x: Expression, now: bool) -> Value:
    """The derivative in the layout of the reading."""
    whole = immediate(y, x) if now else d(y, x)
    if x.is_scalar and y.is_scalar:
        return whole
    if y.is_scalar:
        if r.choice("layout") == "numerator":
            return whole
        if not now:
            return grad(y, x)
        return Columns(transpose(whole), x.axes) if all(x.axes) else transpose(whole) if x.is_column else whole
    if y.is_column and (x.is_column or x.is_scalar) and r.choice("layout") == "denominator":
        return transpose(whole)
    return whole


def contraction(r: Reader, first: Tree, second: Tree) -> Value:
    """``prod(∂y/∂u, ∂u/∂x)``: the product of the chain rule that types, in the shape of x."""
    rows = replace(r, choice=r.choice.settling(layout="numerator"))
    left, right = rows(first), rows(second)
    if not isinstance(right, Jacobian):
        raise NotRead("prod(a, b) is read where b is a derivative ∂u/∂x", second.start)
    x, u = right.x, right.y
    if not isinstance(left, Jacobian) and left.axes == u.axes and not left.is_scalar:
        left = transpose(vec(left) if all(left.axes) else left)
    chained: Expression = r.guarded(first, lambda: scale(left, right) if left.is_scalar or right.is_scalar
                                    else matmul(left, right))
    if chained.axes[0]:
        return chained
    if r.choice("layout") == "numerator" or x.is_scalar:
        return chained
    column = transpose(chained)
    return Columns(column, x.axes) if all(x.axes) else column
