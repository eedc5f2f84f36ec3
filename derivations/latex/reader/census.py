"""What a document tells of its letters before anything is read: steps, sequences, functions with primes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivations.latex.reader.keys import ITALIC, Census, Key, letter_key, letter_name
from derivations.latex.reader.tree import Big, Fenced, Letter, Listed, Number, Product, Relation, Scripted, Sum, Tree

RANGES = ("sum", "prod", "prod-right")
DOTS = ("ldots", "cdots", "dots")
CLOCKS = ("t", "T", "tau")  # letters that are steps wherever they are subscripts
CALLED_STEPS = ("t", "k", "j", "i", "s", "tau", "l", "ell")  # in c(t - 1); elsewhere a letter must be a subscript


def walk(tree: Tree) -> Iterator[Tree]:
    """The tree and all trees inside it."""
    todo = [tree]
    while todo:
        here = todo.pop()
        yield here
        todo.extend(reversed(list(here.parts)))


def derives(e: Tree) -> bool:
    """Whether a derivative stands in it."""
    return any(isinstance(part, Letter) and part.name in ("partial", "nabla") for part in walk(e))


def take(trees: Iterable[Tree], declared: Iterable[Tree], census: Census) -> None:
    """Add to the census what formulas and declared names tell; ``sizes`` and declared steps are in it already."""
    printed = [part for tree in trees for part in walk(tree)]
    found = [*printed, *(part for tree in declared for part in walk(tree))]
    for part in found:
        census.steps |= _step_letters(part) - census.sizes
    listed = [pair for part in found if (pair := _listed(part)) is not None]
    census.steps |= {end for index, end in listed if index in census.steps} - census.sizes
    # what runs over entries is no step
    ranges = [pair for part in found if (pair := _range(part)) is not None]
    census.steps -= {index for index, end in ranges if end in census.sizes} \
        - {index for index, end in ranges if end not in census.sizes}
    for part in found:
        _ends(part, census)
        _sequences(part, census)
        _functions(part, census)
    census.twofold |= _set_in(printed, ("rm",)) & _set_in(printed, ITALIC)
    census.doubtful |= _doubtful(found, census)


def _shifted(tree: Tree | None) -> set[str]:
    """The letters of t - 1, T + t - i; of a letter alone nothing is known."""
    items = tree.items if isinstance(tree, Listed) else (tree,)
    letters: set[str] = set()
    for item in items:
        if isinstance(item, Sum) and len(item.terms) > 1 and all(sign in ("", "+", "-") for sign in item.signs):
            names = [letter_name(term) for term in item.terms if not isinstance(term, Number)]
            if all(names):
                letters |= {name for name in names if name}
    return letters


def _step_letters(tree: Tree) -> set[str]:
    if isinstance(tree, Scripted):
        above = tree.sup.body if isinstance(tree.sup, Fenced) else None
        return (_shifted(tree.sub) | _shifted(above)) if letter_key(tree.base) else set()
    if isinstance(tree, Big) and tree.sign in RANGES and isinstance(tree.below, Relation):
        index = letter_name(tree.below.sides[0])
        ends = [*tree.below.sides[1:], *([tree.above] if tree.above is not None else [])]
        letters = {letter_name(end) for end in ends} | {x for end in ends for x in _shifted(end)}
        return {x for x in (index, *letters) if x and x != "infty"}
    if isinstance(tree, Product):
        return {x for fence in _calls(tree) for x in _shifted(fence.body) if x in CALLED_STEPS}
    return set()


def _range(tree: Tree) -> tuple[str, str] | None:
    """The letter of a sum or product, and the letter, or nothing, at which it ends."""
    if not (isinstance(tree, Big) and tree.sign in RANGES and isinstance(tree.below, Relation)):
        return None
    index = letter_name(tree.below.sides[0])
    return None if index is None else (index, letter_name(tree.above) or "")


def _listed(tree: Tree) -> tuple[str, str] | None:
    """The letters of t = 1, …, T and of t ∈ {1, …, T}."""
    if not isinstance(tree, Relation) or tree.signs not in (("=",), ("∈",)):
        return None
    right = tree.sides[1]
    inner = right.body if isinstance(right, Fenced) else right
    index = letter_name(tree.sides[0])
    if index is None or not isinstance(inner, Listed) or not any(isinstance(item, Letter) and item.name in DOTS
                                                                 for item in inner.items):
        return None
    last = letter_name(inner.items[-1])
    return None if last is None or last in DOTS else (index, last)


def _ends(tree: Tree, census: Census) -> None:
    """Letters over which sums and products run; of a sum from 1 to a letter, where it ends."""
    found = _range(tree)
    if found is None or not isinstance(tree, Big) or not isinstance(tree.below, Relation):
        return
    index, end = found
    census.running.add(index)
    first = tree.below.sides[-1]
    if tree.sign == "sum" and end in census.steps and isinstance(first, Number) and first.text == "1":
        census.ends.setdefault(index, end)


def _calls(tree: Product) -> Iterator[Fenced]:
    for left, right, sign in zip(tree.factors, tree.factors[1:], tree.signs, strict=False):
        if not sign and isinstance(right, Fenced) and right.left == "(" and _name(left) is not None:
            yield right


def _name(tree: Tree) -> Tree | None:
    base = tree.base if isinstance(tree, Scripted) else tree
    return base if letter_key(base) is not None else None


def _has_step(tree: Tree | None, census: Census) -> bool:
    """Whether a subscript is a step: a step letter alone, or shifted."""
    items = tree.items if isinstance(tree, Listed) else (tree,)
    return any(letter_name(item) in census.steps or bool(_shifted(item) & census.steps) for item in items
               if item is not None)


def _sequences(tree: Tree, census: Census) -> None:
    if isinstance(tree, Scripted) and (key := letter_key(tree.base)) is not None:
        above = tree.sup.body if isinstance(tree.sup, Fenced) else None
        if _has_step(tree.sub, census) or (_has_step(above, census) and not _has_step(tree.sup, census)):
            census.indexed.add(key)
    if isinstance(tree, Product):
        for left, right, sign in zip(tree.factors, tree.factors[1:], tree.signs, strict=False):
            base = _name(left)
            if sign or base is None or not isinstance(right, Fenced) or right.body is None or right.left != "(":
                continue
            key = letter_key(base)
            letters = {letter_name(right.body)} | _shifted(right.body)
            if key is not None and letters & census.steps & set(CALLED_STEPS):
                census.indexed.add(key)


def _set_in(trees: list[Tree], styles: tuple[str, ...]) -> set[str]:
    """The letters that are set in one of these styles, other than as labels and differentials."""
    scripts = {id(inner) for tree in trees if isinstance(tree, Scripted)
               for side in (tree.sub, tree.sup) if side is not None for inner in walk(side)}
    return {tree.name for tree in trees if isinstance(tree, Letter) and tree.style in styles and id(tree) not in scripts
            and tree.name != "d"}


def _doubtful(trees: list[Tree], census: Census) -> set[tuple[Key, str]]:
    """Names such as W_i whose letter is a step elsewhere, beside W_f: of a name that is never at another step."""
    labels: dict[Key, set[str]] = {}
    at: dict[Key, set[str]] = {}
    for tree in trees:
        base = letter_key(tree.base) if isinstance(tree, Scripted) else None
        if base is None or not isinstance(tree, Scripted) or tree.sub is None:
            continue
        name = letter_name(tree.sub)
        if name in census.steps or _has_step(tree.sub, census) or isinstance(tree.sub, Number):
            at.setdefault(base, set()).add(name or "")
        elif isinstance(tree.sub, Letter) and name is not None:
            labels.setdefault(base, set()).add(name)
    return {(base, letter) for base in labels for letter in at.get(base, ())
            if letter and at[base] == {letter} and letter not in CLOCKS}


def _functions(tree: Tree, census: Census) -> None:
    if not isinstance(tree, Product):
        return
    for left, right, sign in zip(tree.factors, tree.factors[1:], tree.signs, strict=False):
        base = _name(left)
        fence = right.base if isinstance(right, Scripted) else right
        if sign or base is None or not isinstance(fence, Fenced) or fence.left != "(":
            continue
        key = letter_key(base)
        if key is None or key in census.indexed or (isinstance(base, Letter) and base.name in ("partial", "nabla")):
            continue
        primed = isinstance(left, Scripted) and left.primes > 0
        (census.primed if primed else census.called).add(key)
