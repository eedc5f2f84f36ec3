"""Where a relation is true along a step, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derivations.relations import AT_MOST, EQUAL, LESS, UNEQUAL
from derivations.symbols import Step


@dataclass(frozen=True)
class Truth:
    """Where a relation is true: at single steps, and at every step from ``since`` on (None: not known).

    Where there is no step, ``tail`` is the answer.
    """

    at: Mapping[int, bool | None]
    since: int | None
    tail: bool | None
    reason: str = ""

    def value(self, v: int) -> bool | None:
        return self.at.get(v, self.tail if self.since is None or v >= self.since else None)

    @property
    def always(self) -> bool:
        return self.tail is True and all(v is True for v in self.at.values())

    @property
    def fails(self) -> bool:
        return self.tail is False or False in self.at.values()

    def both(self, other: Truth) -> Truth:
        """Where both are true."""
        ends = [t.since for t in (self, other) if t.since is not None]
        since = max(ends, default=None)
        at = {v: _and(self.value(v), other.value(v)) for v in sorted({*self.at, *other.at})}
        return Truth(at, since, _and(self.tail, other.tail), self.reason or other.reason)

    def where(self, step: Step | None, value: bool) -> str:
        """At which steps it is so, in words that follow on; empty where at none."""
        if step is None:
            return " at the witness" if self.tail is value else ""
        single = [v for v, found in sorted(self.at.items()) if found is value]
        first = self.since if self.tail is value else None
        while first is not None and single and single[-1] == first - 1:
            first = single.pop()
        words = [f"{step} = {', '.join(map(str, single))}"] if single else []
        words += [f"every {step} ≥ {first}"] if first is not None else []
        return f" at {' and '.join(words)}" if words else ""

    def false_where(self, assumed: Truth, step: Step | None = None) -> str:
        """At which steps it is false although what is assumed is true."""
        named = step if step is not None else Step("k") if self.at or self.since is not None else None
        return self.negated().both(assumed).where(named, True)

    def negated(self) -> Truth:
        flip = {True: False, False: True, None: None}
        return Truth({v: flip[x] for v, x in self.at.items()}, self.since, flip[self.tail], self.reason)


def _and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else True if a and b else None


def truth_of(relation: str, signs: Sequence[int | None]) -> bool | None:
    """Whether a relation holds, from the signs of right - left in every entry; None: not known."""
    if relation == UNEQUAL:
        same = truth_of(EQUAL, signs)
        return None if same is None else not same
    wrong = {EQUAL: (-1, 1), AT_MOST: (-1,), LESS: (-1, 0)}[relation]
    if any(s in wrong for s in signs):
        return False
    return None if None in signs else True
