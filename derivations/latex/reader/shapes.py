"""The type of a formula of which parts are not known yet, as far as the known parts settle it.

``h_t = o_t ⊙ tanh(c_t)`` has the type of o_t where c_t is still to be defined: so recurrences get their shapes.
"""

from __future__ import annotations

from derivations.functions import Elementwise
from derivations.latex.reader import calls, products, tree
from derivations.latex.reader.evaluate import Reader
from derivations.latex.reader.tree import NotRead, Tree
from derivations.symbols import ABSENT, SCALAR, Axes


def guess(r: Reader, e: Tree) -> Axes | None:
    """The type of a tree, or None. Terms of a sum and entrywise factors have one type; a matrix times what is not known
    is taken for a vector, as definitions are checked again when all is known."""
    try:
        return r(e).axes
    except NotRead:
        pass
    if isinstance(e, tree.Sum):
        found = [guess(r, term) for term in e.terms]
        return next((axes for axes in found if axes not in (None, SCALAR)), next((a for a in found if a), None))
    if isinstance(e, tree.Braced):
        return guess(r, e.body)
    if isinstance(e, tree.Fenced) and e.body is not None and not isinstance(e.body, tree.Listed) and e.left in "([":
        return guess(r, e.body)
    return _product(r, e) if isinstance(e, tree.Product) else None


def _product(r: Reader, e: tree.Product) -> Axes | None:
    groups: list[list[int]] = [[0]]
    for k, sign in enumerate(e.signs, 1):
        if sign in products.ENTRYWISE:
            groups.append([k])
        else:
            groups[-1].append(k)
    if len(groups) > 1:
        parts = [tree.Product(tuple(e.factors[k] for k in group), tuple(e.signs[k - 1] for k in group[1:]))
                 if len(group) > 1 else e.factors[group[0]] for group in groups]
        return next((axes for axes in (guess(r, part) for part in parts) if axes not in (None, SCALAR)), None)
    if len(e.factors) == 2 and not e.signs[0]:
        function = calls.operation(r, e.factors[0])
        if isinstance(function, Elementwise) and isinstance(e.factors[1], tree.Fenced):
            return guess(r, e.factors[1])
    return _matrix_first(r, e)


def _matrix_first(r: Reader, e: tree.Product) -> Axes | None:
    """Rows of the first factor that is no number, columns of the last, if they are known."""
    found = [guess(r, factor) for factor in e.factors]
    first = next((axes for axes in found if axes != SCALAR), None)
    last = found[-1]
    if first is None or not first[0]:
        return None
    if last is None:
        return first[0], ABSENT
    return first[0], last[1]
