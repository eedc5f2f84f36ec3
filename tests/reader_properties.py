"""What must hold of every tree that is read, whatever the text: nothing is lost, nothing moves, and it writes back.

The signs that a page shows are counted here from the tokens, without the grammar, so that a grammar that drops a prime
or takes a sign for a name is found out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from time import process_time

from derivations.latex.reader import vocabulary as v
from derivations.latex.reader.tokens import Token, tokens
from derivations.latex.reader.tree import (
    Letter,
    Listed,
    Matrix,
    NotRead,
    Number,
    Product,
    Relation,
    Statements,
    Sum,
    Tree,
)

Parse = Callable[[str], Tree]
Write = Callable[[Tree], str]
LONGEST = 1.0  # seconds of CPU for one text

_SIGNS = {**v.PLUS, **v.TIMES, **v.LOGIC, **v.IMPLIES, **v.RELATIONS, r"\bullet": "bullet", r"\star": "star"}
_FENCES = {**v.OPENING, **v.CLOSING, **v.BARS}
_DROPPED = {"{", "}", "^", "_", "&", r"\\", ",", ";", ":", ".", "", r"\left", r"\right", r"\substack", r"\underset",
            r"\mathop", *v.GAPS, *v.STYLES, *v.DECLARATIONS}
# A note or a list of columns is dropped; an arrow goes with its Π.
_UNCOUNTED = {r"\stackrel", r"\overset", r"\begin{array}", r"\begin{alignat}", r"\begin{alignat*}",
              r"\begin{alignedat}", r"\overrightarrow"}


def faults(text: str, parse: Parse, write: Write) -> tuple[Tree | None, list[str]]:
    """The tree of a text, None where it is not read, and what is wrong with it, in words."""
    started = process_time()
    try:
        tree = parse(text)
    except NotRead as e:
        return None, [] if 0 <= e.at <= len(text) and e.reason else [f"not read at {e.at} of {len(text)}: {e.reason!r}"]
    except Exception as e:
        return None, [f"{type(e).__name__}: {e}"]
    took = process_time() - started
    found = [f"{took:.1f} s"] if took > LONGEST else []
    return tree, [*found, *_written(text, tree, parse, write), *_places(text, tree)]


def _written(text: str, tree: Tree, parse: Parse, write: Write) -> Iterator[str]:
    try:
        back = write(tree)
        again = parse(back)
    except Exception as e:
        yield f"does not write back: {type(e).__name__}: {e}"
        return
    if again != tree:
        yield f"writes back as another tree: {back}"
    before, after = visible(text), visible(back)
    if before is not None and before != after:
        yield f"lost {dict(before - (after or Counter()))}, found {dict((after or Counter()) - before)}: {back}"


# ---- nothing is lost


def visible(text: str) -> Counter[str] | None:
    """What a reader sees of the signs of a text, each as often as it stands there; None where this cannot say."""
    found = tokens(text, {})
    if any(token.key in _UNCOUNTED or f"{token.key}{{{token.words}}}" in _UNCOUNTED for token in found):
        return None
    seen: Counter[str] = Counter()
    after, points = "", 0
    for token in _without_places(found):
        points = points + 1 if token.key == "." else 0
        seen.update(["ldots"] if points == 3 else _seen(token, after))
        after = token.key if token.key in (r"\not", r"\middle", r"\left", r"\right") else ""
    return seen


def _without_places(found: list[Token]) -> Iterator[Token]:
    """The tokens without the place [t] of an alignment."""
    at = 0
    while at < len(found):
        yield found[at]
        lines = found[at].key == r"\begin" and found[at].words in v.LINES
        keys = [token.key for token in found[at + 1:at + 4]]
        at += 4 if lines and len(keys) == 3 and keys[0] == "[" and keys[1] in "tbclr" and keys[2] == "]" else 1


def _seen(token: Token, after: str) -> list[str]:
    key = token.key
    if key in v.BARS and after == r"\middle":
        return ["∣"]
    if after in (r"\left", r"\right") and key in v.DELIMITERS:
        return {"‖": ["|", "|"], ".": []}.get(v.DELIMITERS[key], [v.DELIMITERS[key]])
    if after == r"\not" and key in v.RELATIONS:
        return [v.NEGATED.get(v.RELATIONS[key], "?")]
    if key in _DROPPED or key in (r"\not", r"\middle"):
        return []
    if key in v.TEXTS or key in v.PROSE or key == r"\operatorname":
        return [c for c in token.words if c.isalnum()]
    if key in v.SAYING:
        return [c for c in v.SAYING[key] if c != " "]
    if key in (r"\begin", r"\end"):
        return [f"matrix {v.MATRICES[name]}"] if (name := token.words.rstrip("*")) in v.MATRICES else []
    if key in _FENCES:
        return ["|", "|"] if _FENCES[key] == "‖" else [_FENCES[key]]
    if key in v.BIG:
        return list(v.BIG[key]) if v.BIG[key] in v.NAMED else [v.BIG[key]]
    if key in v.WORDS:
        return list(v.WORDS[key])
    if key in _SIGNS:
        return [c for c in _SIGNS[key] if c != ":"] if key in v.RELATIONS else [_SIGNS[key]]
    return [_named(key)]


def _named(key: str) -> str:
    if key in v.FRACTIONS or key == r"\over":
        return "fraction"
    if key in (r"\underbrace", r"\overbrace"):
        return "brace"
    return "'" if key == r"\prime" else v.LETTERS.get(key) or v.ACCENTS.get(key) or key


# ---- nothing moves


def _places(text: str, tree: Tree) -> Iterator[str]:
    """Whether every part stands inside its whole, in order, and every letter and number where it says."""
    if text.isascii() and isinstance(tree, Letter | Number):
        name = tree.text if isinstance(tree, Number) else tree.name
        if (len(name) == 1 or isinstance(tree, Number)) and name not in text[tree.start:tree.end]:
            yield f"{name} is not at {tree.start} to {tree.end}: {text[tree.start:tree.end]!r}"
    parts = list(tree.parts)
    for part in parts:
        if not tree.start <= part.start <= part.end <= tree.end:
            yield f"{part} from {part.start} to {part.end} is outside of {tree.start} to {tree.end}"
        yield from _places(text, part)
    if isinstance(tree, Product | Sum | Relation | Listed | Statements | Matrix):
        starts = [part.start for part in parts]
        if starts != sorted(starts):
            yield f"{type(tree).__name__} has its parts in another order than the text"
