"""What an equation would define: the plain name on its left side, at a step, with arguments, or neither."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from derivations.latex.reader import tree
from derivations.latex.reader.keys import Census, Key, affine, letter_key, mention
from derivations.latex.reader.tree import NotRead, Tree


@dataclass(frozen=True)
class Target:
    """A name that may be defined. ``arguments`` are the letters of a function's formula; ``seen`` the arguments with
    which a node is written out, as in ``L(x_1, \\ldots, w)``."""

    key: Key
    step: Expr | None = None
    arguments: tuple[Key, ...] = ()
    seen: Tree | None = None

    def is_sequence(self, census: Census) -> bool:
        return self.step is not None and not self.arguments

    def is_let(self, right: Tree) -> bool:
        """Whether a definition at a step only names a derivative."""
        from derivations.latex.reader.census import walk

        return any(isinstance(part, tree.Letter) and part.name in ("partial", "nabla") for part in walk(right))


def target(e: Tree, census: Census, known: frozenset[Key]) -> Target | None:
    """What a left side would define; None where it is a formula. ``known`` are the names that have a meaning already.

    Raises NotRead for a name with scripts that are not read.
    """
    called = _called(e)
    if called is not None:
        name, fence = called
        key = letter_key(name.base if isinstance(name, tree.Scripted) else name)
        named = mention(name, census)
        if key is None or named is None or named.power is not None:
            return None
        if key in census.indexed and named.step is None and (step := affine(fence.body, census.steps)) is not None:
            return Target(named.key.stepped, step)
        return _with_arguments(named.key, named.step, fence, census, known)
    named = mention(e, census)
    if _is_power(e, known):
        return None
    if named is None or named.power is not None or named.key.stem in ("partial", "nabla", "infty", "ldots"):
        return None
    return Target(named.key, named.step)


def _is_power(e: Tree, known: frozenset[Key]) -> bool:
    """Whether what stands above a name is a name too, as in e^A, and not a label."""
    if not isinstance(e, tree.Scripted) or e.sup is None or isinstance(e.sup, tree.Fenced):
        return False
    above = letter_key(e.sup)
    return letter_key(e.base) == Key("e") or (above is not None and above in known)


def _called(e: Tree) -> tuple[Tree, tree.Fenced] | None:
    if not (isinstance(e, tree.Product) and len(e.factors) == 2 and not e.signs[0]):
        return None
    name, fence = e.factors
    return (name, fence) if isinstance(fence, tree.Fenced) and fence.left == "(" and fence.body is not None else None


def _with_arguments(key: Key, step: Expr | None, fence: tree.Fenced, census: Census,
                    known: frozenset[Key]) -> Target | None:
    """``f(x) = …`` with letters that mean nothing else is a formula of them; with names of the document, the node f."""
    body = fence.body
    items = body.items if isinstance(body, tree.Listed) else (body,)
    keys: list[Key] = []
    for item in items:
        if item is None or (isinstance(item, tree.Letter) and item.name in ("ldots", "cdots", "dots")):
            continue
        try:
            named = mention(item, census)
        except NotRead:
            named = None
        if named is None or named.power is not None:
            return None
        if named.step is None and (named.key not in known):
            keys.append(named.key)
    if keys and len(keys) == len(items):
        return Target(key, step, tuple(keys))
    return Target(key, step, seen=body)
