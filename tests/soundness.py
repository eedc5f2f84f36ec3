"""How sound and how complete the prover is: wrong variants that it must not prove, right identities that it should.

``python -m tests.soundness --mutants 20000 --identities 2000 --seed 0``, or ``make soundness``. A wrong variant that is
proved is looked at in numbers (two prime towers, balls): where they refute it the prover is unsound, and the run fails.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from random import Random
from time import process_time
from typing import TypeVar

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from identities import Identity, identities, refuted
from sympy import S

from derivations import Model
from derivations.claim import Claim
from derivations.edits import Context
from derivations.proof.prove import prove
from derivations.ranges import instances
from derivations.recurrent import lstm, rnn
from derivations.symbols import Expression
from derivations.variants import Variant, variants
from derivations.verdict import Status
from numeric.mutation import trial_of, varied
from numeric.sizes import Options
from numeric.trial import Fate, Trial

GALLERY = Path(__file__).parent.parent / "examples" / "derivations_gallery.py"
ENOUGH = 0.95  # of right identities that must be proved
T = TypeVar("T")
LATEST, AT_STEPS = 5, 8  # steps up to this one, and at most so many, at which one that is proved is looked at
EACH = 9  # wrong variants of each random identity, at most


@dataclass(frozen=True)
class Mutant:
    """A claim that was made wrong by some edits, and what its changed side should equal."""

    claim: Claim
    reference: Expression
    result: Expression
    change: str


@dataclass
class Tally:
    """What became of the mutants: how many were tried and proved, and of those that were proved, what numbers say."""

    tried: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    unsound: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def shipped() -> list[Claim]:
    """Every equality of what is shipped that holds."""
    gallery = (m for m in runpy.run_path(str(GALLERY)).values() if isinstance(m, Model))
    return varied(claim for model in (rnn, lstm, *gallery) for claim in model.claims)


def mutants(claim: Claim) -> Iterator[Mutant]:
    """A claim with one edit in one side."""
    for k, case in enumerate(claim.cases):
        context = Context(claim.model, tuple(case.sides))
        for q, side in enumerate(case.sides):
            for v in variants(side, context):
                yield mutant(claim, k, q, v)


def mutant(claim: Claim, k: int, q: int, v: Variant) -> Mutant:
    case = claim.cases[k]
    reference = case.sides[q - 1 if q else 1]
    wrong = replace(case, sides=(reference, v.result))
    trial = replace(claim, cases=(wrong,), fails=S.true)
    return Mutant(trial, reference, v.result, f"{v.edit.name}: {v.before} → {v.after}")


def twice(claim: Claim, z: Random) -> Iterator[Mutant]:
    """A claim with two edits, one after the other, at random and without end."""
    first = list(mutants(claim))
    for one in iter(lambda: z.choice(first), None):
        found = list(variants(one.result, Context(claim.model, (one.reference, one.result))))
        for v in z.sample(found, min(3, len(found))):
            two = mutant(one.claim, 0, 1, v)
            yield replace(two, change=f"{one.change}, then {two.change}")


def of_identity(identity: Identity, z: Random) -> list[Mutant]:
    """A few wrong variants of a random identity."""
    found = list(mutants(identity.claim))
    return z.sample(found, min(EACH, len(found)))


# ---- what becomes of them


class AtItsSteps(Trial):
    """At every step of the mutant's own range: also where a sum is empty, as a claim that states its range may mean."""

    def _exist(self, e: Expression) -> list[bool]:
        return [set(e.steps) <= set(at) for at in self.instances]


def judge(mutant: Mutant, tally: Tally) -> None:
    """Prove a mutant; one that is proved is looked at in numbers."""
    tally.tried += 1
    if prove(mutant.claim).status is not Status.PROVED:
        return
    pool, usual = instances(mutant.claim, LATEST), trial_of(mutant.claim, Options())
    trial = AtItsSteps(mutant.claim, usual.sizes, pool[:: 1 + len(pool) // AT_STEPS], usual.seed)
    [fate] = trial.fates(mutant.reference, [mutant.result])
    tally.fates[fate] += 1
    words = f"{mutant.claim.id}, {mutant.change}: {mutant.reference} = {mutant.result}"
    if fate is Fate.DIFFERS:
        tally.unsound.append(words)
    elif fate is Fate.OPEN:
        tally.open.append(words)


def every_mutant(wanted: int, right: Sequence[Identity], seed: int) -> Iterator[Mutant]:
    """First every single edit of what is shipped; then edits of random identities, and two edits of what is shipped."""
    claims = shipped()
    for claim in claims:
        yield from mutants(claim)
    z = Random(f"{seed} mutants")
    twice_of = [twice(claim, Random(f"{seed} {claim.id}")) for claim in claims]
    for n in range(wanted):
        if n < len(right):
            yield from of_identity(right[n], z)
        yield from islice(twice_of[n % len(twice_of)], 3)


@dataclass
class Rate:
    """How many right identities are proved; the kinds of rewriting in those that are not; any that numbers refute."""

    tried: int = 0
    proved: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    missed: list[Identity] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # the generator's own faults

    @property
    def share(self) -> float:
        return self.proved / max(self.tried, 1)


def rate(found: Iterable[Identity]) -> Rate:
    out, checked = Rate(), list[Identity]()
    for identity in found:
        out.tried += 1
        checked.append(identity)
        if prove(identity.claim).status is Status.PROVED:
            out.proved += 1
        else:
            out.kinds.update(set(identity.kinds))
            out.missed.append(identity)
    out.wrong = [str(identity) for identity in refuted(checked)]
    return out


# ---- the command


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soundness", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=20_000, help="how many wrong variants are tried")
    parser.add_argument("--identities", type=int, default=2_000, help="how many right identities are tried")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    right = list(islice(identities(asked.seed), asked.identities))
    found = rate(progress(right, "identities", len(right)))
    report_identities(found)
    tally = Tally()
    wrong = islice(every_mutant(asked.mutants, right, asked.seed), asked.mutants)
    for mutant in progress(wrong, "mutants", asked.mutants):
        judge(mutant, tally)
    report_mutants(tally)
    return int(bool(tally.unsound or found.wrong or found.share < ENOUGH or tally.tried < asked.mutants))


def progress(items: Iterable[T], what: str, count: int) -> Iterator[T]:
    """The items, with a line on stderr that says how far they are."""
    started = process_time()
    for n, item in enumerate(items, 1):
        yield item
        if n % 50 == 0 or n == count:
            print(f"\r{n:,} of {count:,} {what}, {process_time() - started:.0f} s of CPU", end="", file=sys.stderr)
    print(file=sys.stderr)


def report_identities(found: Rate) -> None:
    print(f"{found.tried:,} right identities: {found.proved:,} proved, {found.share:.1%}; {len(found.wrong)} refuted")
    for words in found.wrong:
        print(f"  REFUTED, so the generator is wrong: {words}")
    for kind, count in found.kinds.most_common():
        print(f"  not proved: {count} with {kind}")
    for identity in found.missed[:10]:
        print(f"  for example: {identity}")


def report_mutants(tally: Tally) -> None:
    equal, nowhere = tally.fates[Fate.EQUAL], tally.fates[Fate.NOWHERE]
    print(f"{tally.tried:,} wrong variants: {sum(tally.fates.values()):,} proved, of these {equal:,} equivalent, "
          f"{nowhere:,} at no step, {len(tally.open)} not decided by numbers, {len(tally.unsound)} UNSOUND")
    for words in tally.unsound:
        print(f"  PROVED AND FALSE: {words}")
    for words in tally.open:
        print(f"  not decided: {words}")


if __name__ == "__main__":
    sys.exit(main())
