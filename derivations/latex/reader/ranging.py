"""Signs that range over steps: Σ and ∏ with their ends, and how far they reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr

from derivations.calculus import Prod, Sum
from derivations.functions import relu
from derivations.latex.reader import tree
from derivations.latex.reader.census import walk
from derivations.latex.reader.keys import Key, letter_name
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.reader.values import Columns, Value, typed
from derivations.symbols import Step

if TYPE_CHECKING:
    from derivations.latex.reader.evaluate import Reader

PRODUCTS = ("prod", "prod-right")


def ranged(r: Reader, e: tree.Big) -> Value:
    """The value of a big sign with what stands behind it. Raises NotRead."""
    rectified = _positive_part(e)
    if rectified is not None:
        return relu(r(rectified))
    if e.sign not in ("sum", *PRODUCTS):
        raise NotRead(f"\\{e.sign} is not read", e.start)
    limits = bounds(r, e)
    split = _behind(e, limits[0].name) if e.sign in PRODUCTS else None
    if split is not None and r.choice("reach") == "letter":
        return r.value(split)
    body = r.value(e.body)
    if e.sign == "sum":
        return Columns(Sum(body.e, limits), body.axes) if isinstance(body, Columns) else Sum(typed(body), limits)
    factor = typed(body)
    latest = "right" if e.sign == "prod-right" or (not factor.is_scalar and r.choice("order") == "right") else "left"
    return Prod(factor, limits, latest)


def _positive_part(e: tree.Big) -> Tree | None:
    """The x of max(0, x); None for any other maximum."""
    if e.sign == "max" and e.below is None and isinstance(e.body, tree.Fenced) \
            and isinstance(e.body.body, tree.Listed) and len(e.body.body.items) == 2:
        zero, argument = e.body.body.items
        if isinstance(zero, tree.Number) and zero.text == "0":
            return argument
    return None


def _behind(e: tree.Big, letter: str) -> Tree | None:
    """The product with what stands behind the last factor that has its letter outside of it; None where nothing does.
    """
    if not isinstance(e.body, tree.Product):
        return None
    factors, signs = e.body.factors, e.body.signs
    having = [k for k, factor in enumerate(factors) if any(letter_name(part) == letter for part in walk(factor))]
    last = having[-1] + 1 if having else len(factors)
    if last == len(factors):
        return None
    body = factors[0] if last == 1 else \
        tree.Product(factors[:last], signs[:last - 1], start=e.body.start, end=factors[last - 1].end)
    ranging = tree.Big(e.sign, e.below, e.above, body, start=e.start, end=body.end)
    whole = tree.Fenced("(", ranging, ")", start=e.start, end=body.end)
    return tree.Product((whole, *factors[last:]), signs[last - 1:], start=e.start, end=e.end)


def bounds(r: Reader, e: tree.Big) -> tuple[Step, Expr, Expr]:
    """The step and the ends of a sum or product. Raises NotRead."""
    below = e.below
    if not (isinstance(below, tree.Relation) and below.signs == ("=",) and e.above is not None):
        raise NotRead(f"a {e.sign} without both ends: expected t=1 below and T above", e.start)
    name = letter_name(below.sides[0])
    first, last = r.step(below.sides[1]), r.step(e.above)
    if name is None or name not in r.scope.census.steps or first is None or last is None:
        raise NotRead(f"a {e.sign} over what is not a step: sums over entries or data are not read; a letter is "
                      "declared as in 'derivations: T : step'", e.start)
    if "_" not in name and Key(name) in r.scope.things:
        raise NotRead(f"{name} is the letter of this {e.sign} and the name of something else", below.start)
    if not r.scope.uses and _downwards(first, last):
        raise NotRead(f"a {e.sign} from {first} to {last}, which seems to run downwards: write the smaller end below",
                      e.start)
    return Step(name), first, last


def _downwards(first: Expr, last: Expr) -> bool:
    """Whether ends look like those of ∏_{j=t}^{k+1}: ours run upwards, and would have no factor."""
    if last.is_Integer:
        return not first.is_Integer or last < first - 1
    number = last.as_coeff_Add()[0]
    return bool(first.is_Symbol and number > 0 and first not in last.free_symbols)
