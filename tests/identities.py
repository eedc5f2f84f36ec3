"""Random identities that are right: a random expression beside a random rewriting of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from laboratory import KINDS, expression, given, laboratory
from rewrites import rewritten
from sympy import Integer

from derivations.algebra import Plus, Times, Zeros
from derivations.claim import EQUALITY, Case, Claim
from derivations.errors import DerivationError
from derivations.symbols import Constant, Expression
from numeric.mutation import trial_of
from numeric.sizes import Options
from numeric.trial import Fate

TOGETHER = 12  # identities of one shape that are evaluated by one program


@dataclass(frozen=True)
class Identity:
    """A claim that is right, and the kinds of rewriting that made it."""

    claim: Claim
    kinds: tuple[str, ...]

    @property
    def sides(self) -> tuple[Expression, Expression]:
        [case] = self.claim.cases
        return case.sides[0], case.sides[1]

    def __str__(self) -> str:
        return f"{self.claim.id}, {', '.join(self.kinds)}: {self.sides[0]} = {self.sides[1]}"


def identities(seed: int) -> Iterator[Identity]:
    """Identities without end; the same for the same seed."""
    for number in count():
        z = Random(f"{seed} identity {number}")
        try:
            left = expression(z, z.choice(KINDS), 2)
            right, kinds = rewritten(left, z, z.randint(1, 4))
        except DerivationError:  # a rewriting that does not type
            continue
        if left != right:
            claim = Claim(f"laboratory.identity-{number}", EQUALITY, laboratory, (Case("", (left, right)),),
                          given=given(left, right))
            yield Identity(claim, tuple(kinds))


def refuted(found: Sequence[Identity]) -> list[Identity]:
    """Those that numbers refute."""
    groups: dict[tuple[object, ...], list[Identity]] = {}
    for identity in found:
        groups.setdefault((identity.sides[0].shape, identity.claim.given), []).append(identity)
    out = []
    for group in groups.values():
        for k in range(0, len(group), TOGETHER):
            out += _refuted(group[k : k + TOGETHER])
    return out


def _refuted(group: Sequence[Identity]) -> list[Identity]:
    minus = Constant(Integer(-1))
    differences = [Plus(left, Times(minus, right)) for left, right in (identity.sides for identity in group)]
    nothing = Zeros(*group[0].sides[0].axes)
    cases = tuple(Case(str(k), (nothing, e)) for k, e in enumerate(differences))
    claim = Claim("laboratory.differences", EQUALITY, laboratory, cases, given=group[0].claim.given)
    fates = trial_of(claim, Options()).fates(nothing, differences)
    return [identity for identity, fate in zip(group, fates, strict=True) if fate is Fate.DIFFERS]
