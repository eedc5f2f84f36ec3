"""What is applied to what: functions at their arguments, sequences at their steps, nodes that are written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from derivations.errors import ShapeError
from derivations.functions import Elementwise, Func, cos, exp, log, power, sin
from derivations.latex.reader import derivatives, tree
from derivations.latex.reader.choices import Choice
from derivations.latex.reader.keys import Key, affine, letter_key, mention
from derivations.latex.reader.powers import raised
from derivations.latex.reader.scope import KNOWN, Lambda
from derivations.latex.reader.tree import NotRead, Tree, between_times
from derivations.latex.reader.values import Value, typed
from derivations.operations import det, diag, trace, vec
from derivations.symbols import Expression, fits

if TYPE_CHECKING:
    from derivations.latex.reader.evaluate import Reader

WORDS: dict[str, Callable[[Any], Expression]] = {
    "diag": diag, "tr": trace, "Tr": trace, "trace": trace, "det": det, "vec": vec,
}
"""Operations that are written as words."""
OF_MATRICES = (exp, log, sin, cos)  # of a square matrix these may mean a series


def extent(r: Reader, factors: Sequence[Tree], signs: Sequence[str], at: int) -> int:
    """The factor after a name and, if it is a function, a sequence or a node that is written out, its argument."""
    e = factors[at]
    follows = factors[at + 1] if at + 1 < len(factors) and not signs[at] else None
    fence, _ = _fence(follows)
    if fence is not None and (operation(r, e) is not None or _stepped(r, e, fence)
                              or _written_out(r, e, fence) is not None):
        return at + 2
    return at + 1


def is_call(r: Reader, e: Tree) -> bool:
    """Whether it is a function written out: ``f(x_t, h_{t-1}, w)``."""
    if isinstance(e, tree.Fenced) and e.body is not None and e.left in "([":
        return is_call(r, e.body)
    return (isinstance(e, tree.Product) and len(e.factors) == 2 and not e.signs[0]
            and operation(r, e.factors[0]) is not None and _fence(e.factors[1])[0] is not None)


def _fence(e: Tree | None) -> tuple[tree.Fenced | None, tree.Scripted | None]:
    """Parentheses that may hold an argument, and the script behind them: ``f(x)^2``."""
    if isinstance(e, tree.Scripted) and isinstance(e.base, tree.Fenced) and e.sub is None and not e.primes:
        return (e.base, e) if e.base.left in "([" else (None, None)
    return (e, None) if isinstance(e, tree.Fenced) and e.left in ("(", "[", "{") else (None, None)


def operation(r: Reader, e: Tree) -> Func | Lambda | str | None:
    """The function, or the word of an operation, that a factor names."""
    key = letter_key(e.base if isinstance(e, tree.Scripted) else e)
    if key is None or key.stem in ("partial", "nabla") or _has_sizes(e):
        return None
    if isinstance(e, tree.Word) and (e.text in WORDS or e.text == "prod"):
        return e.text
    named = mention(e, r.scope.census)
    if named is None:
        return None
    unprimed = replace(named.key, primes=0)
    return r.scope.lambdas.get(named.key) or r.scope.lambdas.get(unprimed) or r.scope.function(unprimed)


def _has_sizes(e: Tree) -> bool:
    """Whether the subscript is that of a constant such as 1_{n × m}."""
    return isinstance(e, tree.Scripted) and e.sub is not None and len(between_times(e.sub)) > 1


def _stepped(r: Reader, e: Tree, fence: tree.Fenced) -> bool:
    """Whether parentheses behind a name say its step."""
    key = letter_key(e.base if isinstance(e, tree.Scripted) else e)
    if key is None or key not in r.scope.census.indexed or fence.left != "(" or fence.body is None:
        return False
    return affine(fence.body, r.scope.census.steps) is not None


def applied(r: Reader, e: Tree, follows: Tree | None, factors: Sequence[Tree], signs: Sequence[str],
             at: int) -> tuple[Value, int] | None:
    fence, script = _fence(follows)
    if fence is not None and _stepped(r, e, fence):
        return _behind(r, _at_step(r, e, fence), script), at + 2
    function = operation(r, e)
    if function is None:
        out = None if fence is None else _written_out(r, e, fence)
        return None if out is None else (_behind(r, out, script), at + 2)
    if follows is None:
        raise NotRead("a function without an argument in parentheses; a composition f \\circ g is written f(g(x))",
                      e.end or e.start)
    if fence is None:  # tanh x
        if at + 2 < len(factors):
            raise NotRead("a function with several factors behind it: put its argument in parentheses", follows.start)
        if not isinstance(e.base if isinstance(e, tree.Scripted) else e, tree.Word):
            raise NotRead("a function whose argument is not in parentheses", follows.start)
        return apply(r, e, function, (follows,)), at + 2
    if fence.body is None:
        raise NotRead("a function of nothing", fence.start)
    arguments = fence.body.items if isinstance(fence.body, tree.Listed) and fence.left == "(" else (fence.body,)
    if fence.left == "[" and isinstance(fence.body, tree.Listed):
        arguments = (fence,)
    return _behind(r, apply(r, e, function, arguments), script), at + 2


def _written_out(r: Reader, e: Tree, fence: tree.Fenced) -> Value | None:
    """A node with the arguments that its definition writes out: L(x_1, …, w). At others it has no meaning."""
    named = None if _has_sizes(e) else mention(e, r.scope.census)
    if named is None or named.power is not None:
        return None
    if named.key not in r.scope.seen:
        listed = isinstance(fence.body, tree.Listed) and fence.left == "("
        if r.scope.uses:  # our own notation writes no node with arguments
            return None
        if listed or (fence.left != "{" and _is_argument(r, fence.body)):
            raise NotRead(f"{named.key} with an argument, or times what stands in parentheses? Leave the parentheses "
                          f"out for a product, or declare 'derivations: {named.key} : function'", fence.start)
        return None
    if fence.body != r.scope.seen[named.key]:
        raise NotRead(f"{named.key} at other arguments than those of its definition", fence.start)
    return r.value(e)


def _is_argument(r: Reader, body: Tree | None) -> bool:
    """Whether parentheses that no product needs stand around it: a name alone, a number."""
    if isinstance(body, tree.Number):
        return True
    named = mention(body, r.scope.census) if isinstance(body, tree.Letter | tree.Word | tree.Scripted) else None
    return named is not None and named.power is None


def _behind(r: Reader, value: Value, script: tree.Scripted | None) -> Value:
    return value if script is None or script.sup is None else raised(r, typed(value), script.sup)


def _at_step(r: Reader, e: Tree, fence: tree.Fenced) -> Value:
    """``c(t-1)``: the name with its step."""
    named = mention(e, r.scope.census)
    if named is None:
        raise NotRead("a name that is not read", e.start)
    if named.step is not None:
        raise NotRead("a step below and another in parentheses", fence.start)
    found = r.scope.at(named.key.stepped, affine(fence.body, r.scope.census.steps))
    if found is None:
        raise r.undeclared(named, e)
    return found if named.power is None else raised(r, found, named.power)


def apply(r: Reader, e: Tree, function: Func | Lambda | str, arguments: Sequence[Tree]) -> Value:
    """A function at its arguments, with its primes and powers."""
    if isinstance(function, str):
        return _word(r, e, function, arguments)
    named = mention(e, r.scope.census)
    if named is None:
        raise NotRead("a function whose name is not read", e.start)
    values = [r(argument) for argument in arguments]
    found: Expression
    if isinstance(function, Lambda):
        found = function.at(values, named.key.primes, r.choice, e)
    else:
        found = r.guarded(e, partial(_value, named.key, function, values, r.choice))
    return found if named.power is None else _squared(r, e, function, found, named.power)


def _value(key: Key, function: Func, values: Sequence[Expression], choice: Choice) -> Expression:
    called: Any = function
    if isinstance(function, Elementwise):
        if len(values) != 1:
            raise ShapeError(f"{key} takes one argument, not {len(values)}")
        rows, cols = values[0].axes
        if function in OF_MATRICES and rows and cols and fits(rows, cols):
            choice.say(f"{key} of a square matrix entry by entry")
    elif key.primes:
        raise ShapeError("a prime on a function of several numbers: write the derivative with ∂")
    for _ in range(key.primes):
        called = called.prime
    found: Expression = called(*values)
    return found


def _squared(r: Reader, e: Tree, function: Func | Lambda, found: Expression, squared: Tree) -> Expression:
    """tanh²(x); of a function that has no such habit, f² may be f twice."""
    if function not in KNOWN.values():
        raise NotRead("a power of a function's name: write f(x)^2 for a power of its value, f(f(x)) for f twice",
                      squared.start)
    if not (isinstance(squared, tree.Number) and squared.text.isdigit()):
        raise NotRead("a power of a function that is not read: an inverse function, or no whole number", squared.start)
    exponent = int(squared.text)
    value: Expression = r.guarded(e, lambda: found ** exponent if found.is_scalar else power(exponent)(found))
    return value


def _word(r: Reader, e: Tree, word: str, arguments: Sequence[Tree]) -> Value:
    if word == "prod":
        if len(arguments) != 2:
            raise NotRead("prod takes two arguments", e.start)
        return derivatives.contraction(r, *arguments)
    if len(arguments) != 1:
        raise NotRead(f"{word} takes one argument, not {len(arguments)}", e.start)
    argument = r(arguments[0])
    return r.guarded(e, lambda: WORDS[word](argument))
