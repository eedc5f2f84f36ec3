"""Polynomials of proofs as formulas: in matrix notation where they have it, else entry by entry.

Entry by entry, [A]_{ia} is an entry of A, bound indices stand under a sum, and an index of an axis in blocks has the
number of its block before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Rational

from derivations.algebra import Transposed
from derivations.errors import DerivationError
from derivations.fold import folded
from derivations.latex.notation import TEXT, Latex, Level, notation
from derivations.latex.rules import Printer, function_name
from derivations.latex.scalars import number, placed
from derivations.model import Model
from derivations.proof import heads
from derivations.proof.express import NotAPath, Reader, Terms
from derivations.proof.normal import Monomial, indices
from derivations.proof.trace import Sides, Trace

FREE, BOUND = "ijkl", "abcdefghuvw"
WIDTH = 250.0  # pt in a line of a proof, beside the name of the side
LONGEST = 12  # terms that are written out; of more, how many there are


@dataclass(frozen=True)
class Polynomials:
    """Prints the polynomials of one proof in one notation."""

    model: Model
    trace: Trace
    style: Latex = TEXT

    @property
    def print(self) -> Printer:
        return Printer(self.style, room=None if self.style is TEXT else WIDTH)

    def side(self, sides: Sides, terms: Terms) -> str:
        """One side in one cell of the claim's axes."""
        reader = Reader(self.model, list(self.trace.meanings))
        rows, cols = heads.width(sides.row), heads.width(sides.col)
        slots = list(sides.at)
        if not sides.row and len(slots) == 2:  # a row of entries of a matrix, in the shape of the matrix
            rows, cols = 1, 1
        if rows <= 1 and cols <= 1:
            row = slots.pop(0) if rows else None
            col = slots.pop(0) if cols else None
            try:
                return self.print(reader.expression(terms, row, col))
            except (NotAPath, DerivationError):  # what the language has no words for is read entry by entry
                pass
        names = {slot: FREE[k] for k, slot in enumerate(sides.at)}
        return self.polynomial(reader, reader.primed(terms), names)

    # ---- entry by entry

    def polynomial(self, reader: Reader, terms: Terms, names: dict[int, str]) -> str:
        if not terms:
            return "0"
        if len(terms) > LONGEST:
            return self.style.phrase(f"{len(terms)} terms").strip()
        out = ""
        for f, c in terms:
            sign = "-" if c < 0 else "+" if out else ""
            out += (f" {sign} " if out else sign) + self._term(reader, f, abs(c), names)
        return out

    def _term(self, reader: Reader, f: Monomial, c: Fraction, names: dict[int, str]) -> str:
        left = self._letters(names)
        own = {i: next(left) for i in indices(f) if i not in names}
        names = names | own
        bound = self.style.script(self.style.sum, " ".join(self.style.letter(x) for x in own.values())) if own else ""
        parts = [number(self.style, Rational(c.numerator, c.denominator)).text] if c != 1 or not f else []
        parts += [self._factor(reader, head, [names[i] for i in at]) for head, at in f]
        between = self.style.product or " "
        return " ".join(filter(None, [bound, between.join(parts)]))

    @staticmethod
    def _letters(names: dict[int, str]) -> Iterator[str]:
        taken = set(names.values())
        yield from (x for x in BOUND if x not in taken)
        yield from (f"{x}{k}" for k in range(1, 100) for x in BOUND)

    def _factor(self, reader: Reader, head: int, at: list[str]) -> str:
        try:
            e = folded(reader.names.named(reader.factor(head)), self.model)
            if isinstance(e, Transposed) and len(at) == 1:  # an entry of a row
                e = e.args[0]
            return self._entry(self.print(e), at) if at else self.print(e, Level.PRODUCT)
        except NotAPath:
            return self._by_meaning(reader, reader.meanings[head], at)

    def _entry(self, s: str, at: Sequence[str]) -> str:
        return self.style.script(self.style.bracketed("[", s, "]"), "".join(at))

    def _by_meaning(self, reader: Reader, m: heads.Meaning, at: list[str]) -> str:
        style = self.style
        if isinstance(m, heads.Delta):
            return style.script(style.letter("delta"), "".join(at))
        if isinstance(m, heads.Entry):
            left = iter(at)
            spots = [spot(where, left) for where in (m.row, m.col) if where]
            return self._entry(self.print(m.node.xreplace(reader.letters)), spots)
        if isinstance(m, heads.Value):
            return style.call(function_name(self.print, m.function), self._inside(reader, m.argument, at))
        if isinstance(m, heads.Exponential):
            scaled = heads.Body(tuple((f, c * m.coefficient) for f, c in m.argument.terms))
            return style.call(style.function("exp"), self._inside(reader, scaled, at))
        if isinstance(m, heads.Power):
            base = style.parens(self._inside(reader, m.base, at))
            return style.script(base, sup=number(style, Rational(m.exponent.numerator, m.exponent.denominator)).text)
        if isinstance(m, heads.Inverted):
            matrix = style.bracketed("[", self._inside(reader, m.body, [FREE[0], FREE[1]]), "]")
            return self._entry(style.script(matrix, sup="-1"), at)
        if isinstance(m, heads.Determinant):
            return style.call(style.word("det"), self._inside(reader, m.body, [FREE[0], FREE[1]]))
        if isinstance(m, heads.Summed):
            body = self._inside(reader, m.body, at)
            return f"{self._over(style.sum, reader, m)} {style.parens(body) if len(m.body.terms) > 1 else body}"
        if isinstance(m, heads.Linked):
            return self._linked(reader, m, at)
        if isinstance(m, heads.Open):
            return self._open(reader, m, at)
        return style.norm(style.placeholder, m.kind) if isinstance(m, heads.Norm) else str(m)

    def _inside(self, reader: Reader, body: heads.Body, at: Sequence[str]) -> str:
        return self.polynomial(reader, reader.primed(body.terms), dict(enumerate(at, 1)))

    def _over(self, sign: str, reader: Reader, m: heads.Summed | heads.Linked) -> str:
        return self.style.over(sign, *(placed(self.style, end, Level.SUM) for end in reader.range(m)))

    def _linked(self, reader: Reader, m: heads.Linked, at: list[str]) -> str:
        left = iter(at)
        spots = [spot(where, left) for where in (m.row, m.col) if where]
        try:
            return self._entry(self.print(reader.product(m)), spots)
        except NotAPath:
            return self._entry(f"{self._over(self.style.prod, reader, m)} {self.style.placeholder}", spots)

    def _open(self, reader: Reader, m: heads.Open, at: list[str]) -> str:
        """An open function's derivative: its entry, a comma, and by which entries of its argument."""
        name = self.style.name(m.function.name)
        cells = [m.entry, *m.by]
        left = iter(at)
        spots = [spot(where, left) for where in cells]
        below = spots[0] + ("," + "".join(spots[1:]) if m.by else "")
        return self.style.script(name, below) + self.style.parens(self.style.placeholder)


def spot(where: heads.Cell, left: Iterator[str]) -> str:
    """A place as a subscript: its block's number, then its letter."""
    if not where or where[0] == "only":
        return ""
    if where[0] == "index":
        return next(left)
    if where[0] == "at":
        return f"{where[1] + 1}{spot(where[3], left)}"  # type: ignore[operator,arg-type]  # as ``cell`` writes it
    row = spot(where[1], left)  # type: ignore[arg-type]
    return row + spot(where[2], left)  # type: ignore[arg-type]


def in_profile(model: Model, trace: Trace, profile: str | None = None) -> Polynomials:
    """Prints a proof's polynomials in plain text, or in LaTeX in a notation profile."""
    return Polynomials(model, trace, TEXT if profile is None else notation(profile))
