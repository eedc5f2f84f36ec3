"""What stands above a value: a transpose, an inverse, a power, the step at which a parameter is used."""

from __future__ import annotations

from fractions import Fraction as Exact
from typing import TYPE_CHECKING

from derivations.calculus import use
from derivations.errors import ShapeError
from derivations.functions import power
from derivations.latex.reader import tree
from derivations.latex.reader.keys import TRANSPOSES
from derivations.latex.reader.tree import NotRead, Tree
from derivations.operations import inverse, transpose
from derivations.symbols import Expression, Node

if TYPE_CHECKING:
    from derivations.latex.reader.evaluate import Reader

UPRIGHT = ("rm", "sf", "tt", "bf")  # a T that is set so is no step
EXPECTED = "an exponent that is not read: expected \\top, -1, a whole number or a step"


def raised(r: Reader, e: Expression, sup: Tree) -> Expression:
    """A value with what stands above it. Raises NotRead."""
    found: Expression = r.guarded(sup, lambda: _raised(r, e, sup))
    return found


def _raised(r: Reader, e: Expression, sup: Tree) -> Expression:
    if isinstance(sup, tree.Letter) and _is_transpose(r, e, sup):
        return transpose(e)
    if isinstance(sup, tree.Signs):
        return _signed(e, sup)
    if isinstance(sup, tree.Sum) and sup.signs == ("-",):
        [term] = sup.terms
        if isinstance(term, tree.Letter) and _is_transpose(r, e, term):
            return transpose(inverse(e))
        if isinstance(term, tree.Number) and term.text == "1":
            return inverse(e) if not e.is_scalar else e ** -1
    if isinstance(sup, tree.Fenced) and (r.scope.uses or (isinstance(e, Node) and e.step is None)):
        step = r.step(sup.body)
        if step is not None:
            return use(e, step)
    if isinstance(sup, tree.Sum | tree.Number | tree.Letter | tree.Product | tree.Fraction | tree.Scripted):
        step = r.step(sup)
        if step is not None:
            return e ** (int(step) if step.is_Integer else step)
        exponent = fraction(sup)
        if exponent is not None and e.is_scalar:
            return e ** exponent
    raise NotRead(EXPECTED, sup.start)


def _is_transpose(r: Reader, e: Expression, sup: tree.Letter) -> bool:
    """Whether a letter above a value transposes it. ``^T`` may be a power where T is a step, and of a number it is."""
    if sup.name in TRANSPOSES or (sup.name == "T" and sup.style in UPRIGHT):
        return True
    if sup.name != "T" or sup.style or sup.accents:
        return False
    if "T" not in r.scope.census.steps:
        if e.is_scalar:
            raise ShapeError("^T above a number: write \\top for a transpose; a power needs 'derivations: T : step'")
        return True
    if r.choice("T") == "power":
        return False
    if e.is_scalar:
        raise ShapeError("^T above a number, as a transpose")
    return True


def fraction(sup: Tree) -> Exact | None:
    """A number such as -2, 1/2, -1/2; None where a tree is something else."""
    if isinstance(sup, tree.Sum) and sup.signs == ("-",):
        inner = fraction(sup.terms[0])
        return None if inner is None else -inner
    if isinstance(sup, tree.Number):
        return Exact(sup.text)
    pair = (sup.above, sup.below) if isinstance(sup, tree.Fraction) else \
        sup.factors if isinstance(sup, tree.Product) and sup.signs == ("/",) else ()
    numbers = [Exact(part.text) for part in pair if isinstance(part, tree.Number)]
    return numbers[0] / numbers[1] if len(numbers) == 2 and numbers[1] else None


def _signed(e: Expression, sup: tree.Signs) -> Expression:
    """v^{⊙ 2}: an entrywise power."""
    exponent = None if sup.after is None else fraction(sup.after)
    if sup.signs not in (("odot",), ("circ",), ("otimes",)) or exponent is None:
        raise NotRead(EXPECTED, sup.start)
    return e ** exponent if e.is_scalar else power(exponent)(e)
