"""From signs to meaning: the typed expression that a tree says, under one choice of readings.

One rule for each class of tree. What a rule cannot read, it refuses with the place; nothing is left out or guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as Exact
from typing import Any

from sympy import Expr, Integer

from derivations.calculus import Prod, Sum, use
from derivations.errors import DerivationError
from derivations.functions import absolute, exp, power, relu
from derivations.latex.reader import products, tree
from derivations.latex.reader.choices import Choice
from derivations.latex.reader.keys import TRANSPOSES, Mention, affine, letter_key, letter_name, mention, simple_label
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.tree import NotRead, Tree, between_times
from derivations.latex.reader.values import Columns, Sized, Value, plus, typed
from derivations.operations import divide, dot, eye, hstack, inverse, norm, ones, transpose, vstack, zeros
from derivations.symbols import Expression, Node, Step, coerce

NORMS = {"F": "F", "1": "1", "2": "2", "infty": "inf", "fro": "F", "op": "2"}
ROUND = {("(", ")"), ("[", "]"), ("{", "}"), ("[", ")"), ("(", "]")}


@dataclass(frozen=True)
class Reader:
    """Evaluates trees in a scope, under one choice."""

    scope: Scope
    choice: Choice

    def __call__(self, e: Tree) -> Expression:
        """The expression that a tree says. Raises NotRead."""
        return self.guarded(e, lambda: typed(self.value(e)))

    def value(self, e: Tree) -> Value:
        """The value of a tree, whose type may need its neighbours. Raises NotRead."""
        rule = RULES.get(type(e))
        if rule is None:
            raise NotRead(f"{type(e).__name__.lower()} has no meaning here", e.start)
        return self.guarded(e, lambda: rule(self, e))

    def guarded(self, e: Tree, build: Callable[[], Any]) -> Any:
        """Errors of the language, with the place."""
        try:
            return build()
        except NotRead:
            raise
        except DerivationError as error:
            raise NotRead(str(error), e.start) from error

    def step(self, e: Tree | None) -> Expr | None:
        return affine(e, self.scope.census.steps)

    def size(self, e: Tree) -> Expr:
        """A size: a letter that counts entries, a number, sums and products of these."""
        if isinstance(e, tree.Number) and e.text.isdigit():
            return Integer(e.text)
        key = letter_key(e)
        if key is not None and (found := self.scope.size(key)) is not None:
            return found
        if isinstance(e, tree.Scripted) and (name := mention(e, self.scope.census)) is not None:
            found = self.scope.size(name.key)
            if found is not None:
                return found
        if isinstance(e, tree.Sum) and set(e.signs) <= {"", "+"}:
            return sum((self.size(term) for term in e.terms[1:]), self.size(e.terms[0]))
        if isinstance(e, tree.Product) and set(e.signs) <= {"", "cdot"}:
            out = self.size(e.factors[0])
            for factor in e.factors[1:]:
                out = out * self.size(factor)
            return out
        if isinstance(e, tree.Fenced) and e.body is not None:
            return self.size(e.body)
        raise NotRead("expected a size: a letter that is declared as one, or a number", e.start)


# ---- names


def _name(r: Reader, e: Tree) -> Value:
    named = mention(e, r.scope.census)
    if named is None:
        assert isinstance(e, tree.Scripted)
        return _scripted(r, e)
    special = _special(r, e, named)
    if special is not None:
        return special
    found = r.scope.at(named.key, named.step)
    if found is None:
        found = _as_step(r, named) or _as_use(r, e)
    if found is None:
        raise undeclared(r, named, e)
    return found if named.power is None else raised(r, found, named.power)


def _as_use(r: Reader, e: Tree) -> Expression | None:
    """W^{(1)}: a parameter where step 1 uses it."""
    if not (r.scope.uses and isinstance(e, tree.Scripted) and isinstance(e.sup, tree.Fenced)):
        return None
    step = r.step(e.sup.body)
    base = mention(tree.Scripted(e.base, e.sub, None, e.primes, start=e.start, end=e.end), r.scope.census)
    whole = None if base is None or step is None else r.scope.at(base.key, base.step)
    return None if whole is None or step is None else use(whole, step)


def _as_step(r: Reader, named: Mention) -> Expression | None:
    """A step letter as a number: the T of 1/T."""
    name = "_".join((named.key.stem, *named.key.labels))
    plain = not (named.key.style or named.key.accents or named.key.primes)
    return coerce(Step(name)) if plain and named.step is None and name in r.scope.census.steps else None


def undeclared(r: Reader, named: Mention, e: Tree) -> NotRead:
    """What is missing, and how it is said."""
    if r.scope.function(named.key) is not None:
        return NotRead(f"the function {named.key} without an argument in parentheses", e.start)
    near = [key for key in r.scope.things if key.stem == named.key.stem and key != named.key]
    known = f" (declared is {', '.join(map(str, near[:3]))})" if near else ""
    return NotRead(f"{named.key} is not declared{known}: say its shape, as in 'derivations: {named.key} : n'", e.start)


def _special(r: Reader, e: Tree, named: Mention) -> Value | None:
    """e^x, I and 1, as long as the document gives these letters no other meaning."""
    key = named.key
    if key.bare in r.scope.things or key in r.scope.things:
        return None
    if key.stem == "e" and not key.labels and named.power is not None and key.style == "":
        return exp(r(named.power))
    if key.stem in ("I", "1", "0") and isinstance(e, tree.Scripted | tree.Letter | tree.Word):
        sub = e.sub if isinstance(e, tree.Scripted) else None
        if sub is None and key.stem == "0":
            return coerce(0)
        if named.power is not None and sub is None:
            raise NotRead(f"{key} without a size: write its size below, as in I_n", e.start)
        value = Sized("eye" if key.stem == "I" else "ones") if sub is None else constant(r, key.stem, sub)
        return value if named.power is None else raised(r, typed(value), named.power)
    return None


def constant(r: Reader, sign: str, sub: Tree) -> Expression:
    """I_n, 1_n, 0_{n × m} with their sizes."""
    sizes = [r.size(side) for side in between_times(sub)]
    if sign == "I":
        if len(sizes) != 1:
            raise NotRead("an identity has one size", sub.start)
        return eye(sizes[0])
    return (ones if sign == "1" else zeros)(*sizes)


def _number(r: Reader, e: tree.Number) -> Value:
    return coerce(Exact(e.text))


# ---- scripts


def _scripted(r: Reader, e: tree.Scripted) -> Value:
    """Scripts on what is no name: ‖x‖_2^2, (A B)^⊤, 0_n."""
    base = e.base
    if isinstance(base, tree.Number) and e.sub is not None and base.text in ("0", "1"):
        found: Expression = constant(r, base.text, e.sub)
    elif isinstance(base, tree.Fenced) and base.left == "‖":
        found = _norm(r, base, e.sub)
    elif e.primes:
        raise NotRead("a prime on what is neither a function nor a name", e.start)
    elif e.sub is not None and not isinstance(base, tree.Braced):
        raise NotRead("a subscript on what is not a name: entries and blocks of formulas are not read", e.sub.start)
    else:
        found = r(base)
    return found if e.sup is None else raised(r, found, e.sup)


def raised(r: Reader, e: Expression, sup: Tree) -> Expression:
    """A value with what stands above it: ⊤, −1, a power, the use of a parameter at a step."""
    return r.guarded(sup, lambda: _raised(r, e, sup))


def _raised(r: Reader, e: Expression, sup: Tree) -> Expression:
    name = sup.name if isinstance(sup, tree.Letter) else ""
    if name in TRANSPOSES or (name == "T" and ("T" not in r.scope.census.steps or r.choice("T") == "transpose")):
        return transpose(e)
    if isinstance(sup, tree.Signs):
        return _signed_power(r, e, sup)
    if isinstance(sup, tree.Sum) and sup.signs == ("-",):
        [term] = sup.terms
        if isinstance(term, tree.Letter) and term.name in (*TRANSPOSES, "T"):
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
        exponent = _fraction(sup)
        if exponent is not None and e.is_scalar:
            return e ** exponent
    raise NotRead("an exponent that is not read: expected \\top, -1, a whole number or a step", sup.start)


def _fraction(sup: Tree) -> Exact | None:
    """A number such as -2, 1/2, -1/2."""
    if isinstance(sup, tree.Sum) and sup.signs == ("-",):
        inner = _fraction(sup.terms[0])
        return None if inner is None else -inner
    if isinstance(sup, tree.Number):
        return Exact(sup.text)
    pair = (sup.above, sup.below) if isinstance(sup, tree.Fraction) else \
        sup.factors if isinstance(sup, tree.Product) and sup.signs == ("/",) else ()
    numbers = [Exact(part.text) for part in pair if isinstance(part, tree.Number)]
    return numbers[0] / numbers[1] if len(numbers) == 2 and numbers[1] else None


def _signed_power(r: Reader, e: Expression, sup: tree.Signs) -> Expression:
    """v^{⊙ 2}: an entrywise power."""
    exponent = None if sup.after is None else _fraction(sup.after)
    if sup.signs not in (("odot",), ("circ",), ("otimes",)) or exponent is None:
        raise NotRead("an exponent that is not read: expected \\top, -1, a whole number or a step", sup.start)
    return power(exponent)(e)


# ---- fences and stacks


def _fenced(r: Reader, e: tree.Fenced) -> Value:
    pair = (e.left, e.right)
    if e.body is None:
        raise NotRead("empty parentheses", e.start)
    if pair == ("‖", "‖"):
        return _norm(r, e, None)
    if pair == ("|", "|"):
        body = r(e.body)
        if not body.is_scalar:
            raise NotRead("| | around a vector or matrix: write \\| \\| for a norm, \\det for a determinant", e.start)
        return absolute(body)
    if pair == ("⟨", "⟩") and isinstance(e.body, tree.Listed) and len(e.body.items) == 2:
        return dot(*map(r, e.body.items))
    if pair not in ROUND:
        raise NotRead(f"fences {e.left} {e.right} that are not read", e.start)
    if isinstance(e.body, tree.Listed):
        return _listed(r, e, e.body)
    return r.value(e.body)


def _listed(r: Reader, e: tree.Fenced, body: tree.Listed) -> Value:
    """[a; b] one above the other; [a, b] above each other for vectors, beside each other for matrices."""
    if e.left != "[":
        raise NotRead("a list in parentheses that is not an argument: expected [a; b] or [a, b] for a stack", e.start)
    if ";" in body.separators:
        rows: list[list[Tree]] = [[body.items[0]]]
        for item, separator in zip(body.items[1:], body.separators, strict=True):
            if separator == ";":
                rows.append([item])
            else:
                rows[-1].append(item)
        return _grid(r, rows)
    parts = [r(item) for item in body.items]
    if all(part.is_column or part.is_scalar for part in parts):
        return vstack(*parts) if r.choice("stack") == "above" else hstack(*parts)
    return hstack(*parts)


def _grid(r: Reader, rows: list[list[Tree]]) -> Value:
    lines = [[r(cell) for cell in row] for row in rows]
    beside = [row[0] if len(row) == 1 else hstack(*row) for row in lines]
    return beside[0] if len(beside) == 1 else vstack(*beside)


def _matrix(r: Reader, e: tree.Matrix) -> Value:
    if e.fence not in ("[", "("):
        raise NotRead("this kind of array is not read: expected bmatrix or pmatrix", e.start)
    return _grid(r, [list(row) for row in e.rows])


def _norm(r: Reader, e: tree.Fenced, sub: Tree | None) -> Expression:
    if e.body is None:
        raise NotRead("a norm of nothing", e.start)
    kind = None
    if sub is not None:
        name = simple_label(sub)
        kind = NORMS.get(name or "")
        if kind is None:
            raise NotRead("a norm that is not read: expected 1, 2, \\infty or F below it", sub.start)
    return r.guarded(e, lambda: norm(r(e.body), kind))  # type: ignore[arg-type] # None was refused above


# ---- sums, fractions, roots, signs over steps


def _sum(r: Reader, e: tree.Sum) -> Value:
    if "pm" in e.signs:
        raise NotRead("± is two equations: write them both", e.start)
    return plus([r.value(term) for term in e.terms], e.signs, r.choice)


def _fraction_value(r: Reader, e: tree.Fraction) -> Value:
    from derivations.latex.reader.derivatives import fraction

    found = fraction(r, e)
    return divide(r(e.above), r(e.below)) if found is None else found


def _root(r: Reader, e: tree.Root) -> Value:
    if e.degree is not None and not (isinstance(e.degree, tree.Number) and e.degree.text.isdigit()
                                     and int(e.degree.text) > 0):
        raise NotRead("a root whose degree is not a number", e.degree.start)
    degree = int(e.degree.text) if isinstance(e.degree, tree.Number) else 2
    return power(Exact(1, degree))(r(e.body))


def bounds(r: Reader, e: tree.Big) -> tuple[Step, Expr, Expr]:
    """The step and the ends of a sum or product. Raises NotRead."""
    below = e.below
    if not (isinstance(below, tree.Relation) and below.signs == ("=",) and e.above is not None):
        raise NotRead(f"a {e.sign} without both ends: expected t=1 below and T above", e.start)
    name = letter_name(below.sides[0])
    first, last = r.step(below.sides[1]), r.step(e.above)
    if name is None or name not in r.scope.census.steps or first is None or last is None:
        raise NotRead(f"a {e.sign} over what is not a step: sums over entries or data are not read; a letter is declared "
                      "as in 'derivations: T : step'", e.start)
    return Step(name), first, last


def _big(r: Reader, e: tree.Big) -> Value:
    if e.sign == "max" and e.below is None and isinstance(e.body, tree.Fenced) \
            and isinstance(e.body.body, tree.Listed) and len(e.body.body.items) == 2:
        zero, argument = e.body.body.items
        if isinstance(zero, tree.Number) and zero.text == "0":
            return relu(r(argument))
    if e.sign not in ("sum", "prod", "prod-right"):
        raise NotRead(f"\\{e.sign} is not read", e.start)
    limits = bounds(r, e)
    body = r.value(e.body)
    if e.sign == "sum":
        return Columns(Sum(body.e, limits), body.axes) if isinstance(body, Columns) else Sum(typed(body), limits)
    factor = typed(body)
    latest = "right" if e.sign == "prod-right" or (not factor.is_scalar and r.choice("order") == "right") else "left"
    return Prod(factor, limits, latest)


def _braced(r: Reader, e: tree.Braced) -> Value:
    return r.value(e.body)


def _text(r: Reader, e: tree.Text) -> Value:
    raise NotRead("words inside a formula", e.start)


def _at(r: Reader, e: tree.At) -> Value:
    from derivations.latex.reader.derivatives import evaluated

    return evaluated(r, e)


def _product(r: Reader, e: tree.Product) -> Value:
    return products.product(r, e)


RULES: dict[type[Tree], Callable[[Reader, Any], Value]] = {
    tree.Number: _number,
    tree.Letter: _name,
    tree.Word: _name,
    tree.Scripted: _name,
    tree.Fraction: _fraction_value,
    tree.Root: _root,
    tree.Fenced: _fenced,
    tree.Matrix: _matrix,
    tree.Product: _product,
    tree.Sum: _sum,
    tree.Big: _big,
    tree.Braced: _braced,
    tree.Text: _text,
    tree.At: _at,
}
