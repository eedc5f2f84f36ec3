"""The kinds of statements that a passage can make, and what each takes of the words and formulas that were heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sympy.logic.boolalg import Boolean

from derivations.claim import EXISTENCE, LIMIT, PARENTS, SEPARATES, Trend
from derivations.drift.saying import RELATION, Assumption, Part, Said
from derivations.latex.reader import tree
from derivations.latex.reader.tree import NotRead, Tree
from derivations.latex.reader.values import typed
from derivations.operations import norm
from derivations.symbols import Expression

if TYPE_CHECKING:
    from derivations.drift.reading import Hearing, Spoken


def said_of(h: Hearing) -> Said:
    """What was heard, as the kind of statement that it is. Raises NotRead."""
    if not h.spoken:
        raise NotRead("no equation stands here", 0)
    form = next((form for form, fits in FORMS if fits(h)), RELATION)
    return BUILT[form](h)


def _given_by(h: Hearing, spoken: Spoken) -> tuple[tuple[Boolean, ...], tuple[Assumption, ...]]:
    return (*h.before, *spoken.conditions), tuple(spoken.assumptions)


def _one(h: Hearing) -> Spoken:
    if len(h.spoken) > 1:
        raise NotRead("two relations where one was expected", h.spoken[1].relation.start)
    return h.spoken[0]


def _only(h: Hearing, **told: object) -> None:
    """Refuse phrases that this form has no use for."""
    for what, found in told.items():
        if found:
            raise NotRead(f"the words {what.strip('_').replace('_', ' ')!r} have no meaning in this kind of statement",
                          h.spoken[0].relation.start)


def _relation(h: Hearing) -> Said:
    _only(h, as_=h.along, for_every=h.first, through=h.through)
    given = [_given_by(h, spoken) for spoken in h.spoken]
    if any(given) and len({bool(c or a) for c, a in given}) > 1:
        raise NotRead("conditions behind some of its relations and not behind the others: write them behind each",
                      h.spoken[0].relation.start)
    return Said(RELATION, tuple(Part(sides, sign, *under) for spoken, under in zip(h.spoken, given, strict=True)
                                for sides, sign in h.relations(spoken.relation)))


def _existence(h: Hearing) -> Said:
    """There are leaves with all of the relations; what is assumed stands behind the last."""
    _only(h, through=h.through)
    if len(h.along) > 1:
        raise NotRead("the same leaves for every value of two steps: expected one", h.spoken[-1].relation.start)
    early = [spoken for spoken in h.spoken[:-1] if spoken.conditions or spoken.assumptions]
    if early:
        raise NotRead("a condition between what is to exist: write it behind the last", early[0].relation.start)
    under = _given_by(h, h.spoken[-1])
    parts = tuple(Part(sides, sign, *under) for spoken in h.spoken
                  for sides, sign in h.relations(spoken.relation))
    return Said(EXISTENCE, parts, "".join(h.along), tuple(h.first))


def _tends(h: Hearing) -> Said:
    _only(h, for_every=h.first, through=h.through)
    spoken = _one(h)
    side, end = spoken.relation.sides
    trend = Trend.VANISHES if isinstance(end, tree.Number) and end.text == "0" else \
        Trend.GROWS if isinstance(end, tree.Letter) and end.name == "infty" else None
    if trend is None or len(h.along) != 1:
        raise NotRead("a limit that is not read: expected 0 or \\infty, and a step that grows, as k \\to \\infty",
                      end.start)
    return Said(LIMIT, (Part((_size(h, side),), "", *_given_by(h, spoken)),), h.along[0], trend=trend)


def _stays(h: Hearing) -> Said:
    """0 < inf_k x."""
    _only(h, as_=h.along, for_every=h.first, through=h.through)
    spoken = _one(h)
    big = spoken.relation.sides[1]
    assert isinstance(big, tree.Big)
    if big.below is None or big.above is not None:
        raise NotRead("an infimum without its step: expected \\inf_k", big.start)
    return Said(LIMIT, (Part((_size(h, big.body),), "", *_given_by(h, spoken)),), h.step(big.below),
                trend=Trend.STAYS)


def _size(h: Hearing, item: Tree) -> Expression:
    e = h.reader(item)
    return e if e.is_scalar else norm(e)


def _parents(h: Hearing) -> Said:
    _only(h, as_=h.along, for_every=h.first, through=h.through)
    spoken = _one(h)
    call, found = spoken.relation.sides
    assert isinstance(call, tree.Product)
    assert isinstance(call.factors[1], tree.Fenced)
    of = call.factors[1].body
    if of is None:
        raise NotRead("the parents of nothing", call.start)
    return Said(PARENTS, (Part((), "", *_given_by(h, spoken)),),
                nodes=(("of", (h.reader(of),)), ("parents", _listed(h, found))))


def _separates(h: Hearing) -> Said:
    _only(h, as_=h.along, for_every=h.first)
    spoken = _one(h)
    if not (h.through and h.alone):
        raise NotRead("a dependency without its way: expected 'through' nodes 'alone'", spoken.relation.start)
    source, targets = spoken.relation.sides
    through = tuple(typed(h.reader.value(part)) for part in h.through)
    return Said(SEPARATES, (Part((), "", *_given_by(h, spoken)),), nodes=(
        ("from", (h.reader(source),)), ("to", _listed(h, targets)), ("through", through)))


def _listed(h: Hearing, item: Tree) -> tuple[Expression, ...]:
    """The nodes in braces."""
    if not (isinstance(item, tree.Fenced) and item.left == "{"):
        raise NotRead("expected nodes in braces", item.start)
    body = item.body
    parts = () if body is None else body.items if isinstance(body, tree.Listed) else (body,)
    return tuple(h.reader(part) for part in parts)


def _is_limit(h: Hearing) -> bool:
    return h.spoken[0].relation.signs == ("→",)


def _of_nodes(h: Hearing) -> bool:
    sides = h.spoken[0].relation.sides
    return _is_limit(h) and (bool(h.through) or isinstance(sides[1], tree.Fenced))


def _of_parents(h: Hearing) -> bool:
    left = h.spoken[0].relation.sides[0]
    return isinstance(left, tree.Product) and len(left.factors) == 2 and isinstance(left.factors[0], tree.Word) \
        and left.factors[0].text == "pa" and isinstance(left.factors[1], tree.Fenced)


def _is_infimum(h: Hearing) -> bool:
    e = h.spoken[0].relation
    return e.signs == ("<",) and isinstance(e.sides[1], tree.Big) and e.sides[1].sign == "inf" \
        and isinstance(e.sides[0], tree.Number) and e.sides[0].text == "0"


STAYS = "stays"
FORMS: tuple[tuple[str, Callable[[Hearing], bool]], ...] = (
    (EXISTENCE, lambda h: h.exists), (PARENTS, _of_parents), (SEPARATES, _of_nodes), (LIMIT, _is_limit),
    (STAYS, _is_infimum))
BUILT: dict[str, Callable[[Hearing], Said]] = {
    RELATION: _relation, EXISTENCE: _existence, PARENTS: _parents,
    SEPARATES: _separates, LIMIT: _tends, STAYS: _stays,
}
