"""Powers of the matrix of one step, to a symbolic number of steps; the largest singular value where it can be read off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import chain

from sympy import Expr, Matrix, Poly, Rational, Symbol

from derivations.errors import Undecided
from derivations.proof.course import Transient
from derivations.proof.heads import Cell
from derivations.proof.logistic import Logistic
from derivations.proof.progressions import UNIT, Form, power
from derivations.proof.reals import ONE, ZERO, Ball, Number, ball, certainly_less, nonzero, varies
from derivations.proof.steps import Known
from derivations.symbols import Step

Square = dict[tuple[Cell, Cell], Form]


def power_of(square: Square, cells: Sequence[Cell], step: Step, count: Expr, known: Known) -> Square:
    """The product of ``count`` matrices that are the same at every step. Raises Undecided for others."""
    if any(step in form.steps for form in square.values()):
        raise Undecided("a product over steps of factors that change with the step")
    if all(a == b or not form.terms for (a, b), form in square.items()):
        return {(a, b): repeated(form, count, known) if a == b else Form() for (a, b), form in square.items()}
    rows = [[square[a, b].constant for b in cells] for a in cells]
    numbers = [[x for x in row if x is not None] for row in rows]
    if any(len(row) < len(cells) for row in numbers):
        raise Undecided("a product over steps of matrices that change with another step")
    if any(map(varies, chain(*numbers))):
        raise Undecided("a product over steps of matrices that are not diagonal, and known only up to balls")
    return _by_eigenvalues(numbers, cells, count, known)


def repeated(form: Form, count: Expr, known: Known) -> Form:
    """A number to the power of a count of steps."""
    number = form.constant
    if number is None and list(form.terms.values()) == [1] and all(isinstance(s, Logistic) for s in _slow(form)):
        [key] = form.terms
        return Form({tuple((s, r, (p * count).expand()) for s, r, p in key): ONE})
    if number is None:
        raise Undecided(f"a product over steps of {form}, which changes with another step")
    if number == 0:
        _at_least(count, 1, known)
        return Form()
    if nonzero(number):
        return power(number, count)
    _at_least(count, 0, known)
    return Form.number(_sign_unknown()) * power(_above(number), count)


def _slow(form: Form) -> list[object]:
    return [s for key in form.terms for s, _, _ in key]


def _at_least(count: Expr, least: int, known: Known) -> None:
    low = known.least(count)
    if low is None or low < least:
        raise Transient(f"whether a product has {least} factors or more", count - least)


def _above(number: Number) -> Fraction:
    """A fraction that is at least as large as the number's absolute value."""
    man, exp = ball(number).abs_upper().man_exp()
    return Fraction(int(man)) * Fraction(2) ** int(exp)


def _sign_unknown() -> Ball:
    from flint import arb

    return Ball.varying(arb(0, 1))


Numbers = list[list[Number]]


def _by_eigenvalues(matrix: Numbers, cells: Sequence[Cell], count: Expr, known: Known) -> Square:
    """Powers of a matrix whose eigenvalues are known: each entry is Σ λ^N·N^p with constant coefficients.

    By Cayley and Hamilton, from N = the multiplicity of the eigenvalue 0 on; the first powers give the coefficients.
    """
    size, found = len(cells), Counter(_eigenvalues(matrix))
    late = found.pop(ZERO, 0)
    _at_least(count, late, known)
    basis = [(root, p) for root, times in found.items() for p in range(times)]
    powers = [_identity(size)]
    for _ in range(size):
        powers.append(_times(powers[-1], matrix))
    left: Numbers = [[root**n * Fraction(n) ** p for root, p in basis] for n in range(late, size)]
    right: Numbers = [list(chain(*powers[n])) for n in range(late, size)]
    fitted = _solved(left, right)
    out: Square = {}
    for k, at in enumerate((a, b) for a in cells for b in cells):
        terms = (Form.number(c[k]) * power(root, count) * (Form.affine(count) ** p if p else UNIT)
                 for c, (root, p) in zip(fitted, basis, strict=True))
        out[at] = sum(terms, Form())
    return out


def _eigenvalues(matrix: Numbers) -> list[Number]:
    """With multiplicities: of a triangular matrix its diagonal, of fractions those that are fractions themselves."""
    size = range(len(matrix))
    beside = [(i, j) for i in size for j in size if matrix[i][j] != 0]
    if all(i >= j for i, j in beside) or all(i <= j for i, j in beside):
        return [matrix[i][i] for i in size]
    if not all(isinstance(x, Fraction) for x in chain(*matrix)):
        raise Undecided("a product over steps of matrices that are neither triangular nor rational")
    x = Symbol("x")
    rational = Matrix([[Rational(str(entry)) for entry in row] for row in matrix])
    out: list[Number] = []
    for factor, times in Poly(rational.charpoly(x).as_expr(), x, domain="QQ").factor_list()[1]:
        if factor.degree() > 1:
            raise Undecided("a product over steps of matrices with irrational eigenvalues")
        a, b = factor.all_coeffs()
        out += [Fraction(int((-b / a).p), int((-b / a).q))] * times
    return out


def _identity(size: int) -> Numbers:
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


def _times(a: Numbers, b: Numbers) -> Numbers:
    return [[sum((x * y for x, y in zip(row, col, strict=True)), ZERO) for col in zip(*b, strict=True)] for row in a]


def _solved(left: Numbers, right: Numbers) -> Numbers:
    """The solution of a linear system, row by row (Gauss). Raises Undecided where no pivot is told from zero."""
    rows = [[*a, *b] for a, b in zip(left, right, strict=True)]
    size = len(rows)
    for k in range(size):
        pivot = next((i for i in range(k, size) if nonzero(rows[i][k])), None)
        if pivot is None:
            raise Undecided("a product over steps of matrices whose eigenvalues are not told apart")
        rows[k], rows[pivot] = rows[pivot], rows[k]
        lead = rows[k][k] ** -1
        rows[k] = [ONE if i == k else x * lead for i, x in enumerate(rows[k])]
        for i in range(size):
            if i != k and rows[i][k] != 0:
                both = enumerate(zip(rows[i], rows[k], strict=True))
                by = -rows[i][k]
                rows[i] = [ZERO if q == k else x + y * by for q, (x, y) in both]
    return [row[size:] for row in rows]


def spectral(entries: Mapping[tuple[object, ...], Form], magnitude: Callable[[Form], Form]) -> Form:
    """The largest singular value, where no two entries that are not zero share a row or a column: the largest of them.
    """
    found = {where: form for where, form in entries.items() if form.terms}
    if len({row for row, _ in found}) < len(found) or len({col for _, col in found}) < len(found):
        raise Undecided("the spectral norm of a matrix that is not diagonal")
    sizes = list(dict.fromkeys(map(magnitude, found.values())))
    if len(sizes) < 2:
        return sizes[0] if sizes else Form()
    numbers = [form.constant for form in sizes]
    for form, x in zip(sizes, numbers, strict=True):
        if x is not None and not varies(x) and all(
                y is not None and (x is y or certainly_less(y, x)) for y in numbers):
            return form
    raise Undecided("which entry of a diagonal matrix is the largest")
