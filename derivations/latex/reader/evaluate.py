"""From signs to meaning: the typed expression that a tree says, under one choice of readings.

One rule for each class of tree. What a rule cannot read, it refuses with the place; nothing is left out or guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as Exact
from typing import Any

from sympy import Expr, Integer

from derivations.calculus import use
from derivations.errors import DerivationError
from derivations.functions import exp
from derivations.latex.reader import bars, brackets, derivatives, products, ranging, tree
from derivations.latex.reader.choices import Choice
from derivations.latex.reader.keys import Mention, affine, letter_key, mention
from derivations.latex.reader.powers import raised
from derivations.latex.reader.scope import Scope
from derivations.latex.reader.tree import NotRead, Tree, between_times
from derivations.latex.reader.values import Sized, Value, plus, typed
from derivations.operations import divide, eye, ones, zeros
from derivations.symbols import Expression, Step, coerce, fits, show_axes

CONSTANTS = {"I": ("", "bf", "bb"), "1": ("", "bf", "bb"), "0": ("", "bf")}  # in which styles they are these


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

    def undeclared(self, named: Mention, e: Tree) -> NotRead:
        """What is missing, and how it is said."""
        if self.scope.function(named.key) is not None:
            return NotRead(f"the function {named.key} without an argument in parentheses", e.start)
        near = [key for key in self.scope.things if key.stem == named.key.stem and key != named.key]
        known = f" (declared is {', '.join(map(str, near[:3]))})" if near else ""
        return NotRead(f"{named.key} is not declared{known}: say its shape, as in 'derivations: {named.key} : n'",
                       e.start)

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
            if found is not None and name.power is None:
                return found
            if found is not None and isinstance(name.power, tree.Number) and name.power.text.isdigit():
                return found ** Integer(name.power.text)
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
    sized = _sized(r, e)
    if sized is not None:
        return sized
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
        raise r.undeclared(named, e)
    return found if named.power is None else raised(r, found, named.power)


def _sized(r: Reader, e: Tree) -> Value | None:
    """``\\mathbf{1}_{n \\times m}``, whose subscript is no label."""
    if not (isinstance(e, tree.Scripted) and e.sub is not None and len(between_times(e.sub)) > 1 and not e.primes):
        return None
    key = letter_key(e.base)
    if key is None or key.accents or key.style not in CONSTANTS.get(key.stem, ()):
        return None
    found = constant(r, key.stem, e.sub)
    return found if e.sup is None else raised(r, found, e.sup)


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


def _special(r: Reader, e: Tree, named: Mention) -> Value | None:
    """e^x, I and 1, as long as the document gives these letters no other meaning."""
    key = named.key
    if key.bare in r.scope.things or key in r.scope.things or key.accents or key.primes:
        return None
    if key.stem == "e" and not (key.labels or key.steps or key.style) and named.power is not None:
        exponent = r(named.power)
        if all(exponent.axes) and fits(*exponent.axes):
            raise NotRead(f"e to a {show_axes(exponent.axes)}: of its entries it is \\exp(A)", named.power.start)
        return exp(exponent)
    if key.style in CONSTANTS.get(key.stem, ()):
        sub = e.sub if isinstance(e, tree.Scripted) else None
        if sub is None and key.stem == "0":
            return coerce(0)
        if named.power is not None and sub is None:
            raise NotRead(f"{key} without a size: write its size below, as in {key}_n", e.start)
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
        found = brackets.normed(r, base, e.sub)
    elif e.primes:
        raise NotRead("a prime on what is neither a function nor a name", e.start)
    elif e.sub is not None and not isinstance(base, tree.Braced):
        raise NotRead("a subscript on what is not a name: entries and blocks of formulas are not read", e.sub.start)
    else:
        found = r(base)
    return found if e.sup is None else raised(r, found, e.sup)


# ---- sums, fractions, words


def _sum(r: Reader, e: tree.Sum) -> Value:
    if "pm" in e.signs:
        raise NotRead("± is two equations: write them both", e.start)
    return plus([r.value(term) for term in e.terms], e.signs, r.choice)


def _fraction_value(r: Reader, e: tree.Fraction) -> Value:
    found = derivatives.fraction(r, e)
    return divide(r(e.above), r(e.below)) if found is None else found


def _braced(r: Reader, e: tree.Braced) -> Value:
    return r.value(e.body)


def _text(r: Reader, e: tree.Text) -> Value:
    raise NotRead("words inside a formula", e.start)


def _list(r: Reader, e: tree.Listed) -> Value:
    raise NotRead("a list where one value was expected: a decimal comma is written as a point, a stack in brackets",
                  e.start)


RULES: dict[type[Tree], Callable[[Reader, Any], Value]] = {
    tree.Number: _number,
    tree.Letter: _name,
    tree.Word: _name,
    tree.Scripted: _name,
    tree.Fraction: _fraction_value,
    tree.Root: brackets.root,
    tree.Fenced: brackets.fenced,
    tree.Matrix: brackets.matrix,
    tree.Listed: _list,
    tree.Product: products.product,
    tree.Sum: _sum,
    tree.Big: ranging.ranged,
    tree.Braced: _braced,
    tree.Text: _text,
    tree.At: bars.evaluated,
}
