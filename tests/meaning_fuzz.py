"""Mutated formulas in a model's scope: what is read has the same meaning when it is printed and read again.

``python -m tests.meaning_fuzz --count 100000 --seed 0``, or ``make fuzz``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from time import process_time

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from laboratory import KINDS, expression, laboratory
from meanings import changed
from reader_fuzz import Tally, composed, mutated

from derivations.latex import latex
from derivations.latex.notation import PROFILES
from derivations.latex.reader.known import scope_of
from derivations.latex.reader.scope import Scope
from derivations.recurrent import lstm, rnn

LONGEST = 1.0  # seconds of CPU for one text
Check = Callable[[str, Scope], list[str]]
Formula = tuple[str, str]  # its model's name, and how it is printed


def formulas(seed: int) -> list[Formula]:
    """Every claim that is shipped, in both notations, and as many formulas of the laboratory."""
    found = [(model.name, latex(claim, profile)) for model in (rnn, lstm) for claim in model.claims
             for profile in PROFILES]
    z = Random(f"{seed} formulas")
    drawn = (expression(z, z.choice(KINDS), z.randint(0, 3)) for _ in range(len(found)))
    return found + [(laboratory.name, latex(e, z.choice(list(PROFILES)))) for e in drawn]


def texts(seed: int) -> Iterator[Formula]:
    """Formulas with one to four changes, and some that are composed at random; the same for the same seed."""
    z, source = Random(seed), formulas(seed)
    others = [text for _, text in source]
    while True:
        name, text = z.choice(source)
        if z.random() < 0.05:
            text = composed(z)
        for _ in range(z.choice((1, 1, 2, 4))):
            text = mutated(text, z, others)
        yield name, text


def tally(seed: int, count: int, check: Check = changed) -> Tally:
    """What is wrong with so many texts. Nothing but a formula that is not read may end in an error."""
    scopes = {model.name: scope_of(model) for model in (rnn, lstm, laboratory)}
    out = Tally()
    for name, text in islice(texts(seed), count):
        started = process_time()
        try:
            said = check(text, scopes[name])
        except Exception as error:
            said = [f"{type(error).__name__}: {error}"]
        took = process_time() - started
        said += [f"{took:.1f} s"] if took > LONGEST else []
        out.tried, out.longest = out.tried + 1, max(out.longest, took)
        out.wrong += [f"{name}: {text!r}: {words}" for words in said]
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tests.meaning_fuzz", description=about)
    parser.add_argument("--count", type=int, default=100_000, help="how many texts are tried")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    started = process_time()
    found = tally(asked.seed, asked.count)
    print(f"{found.tried:,} formulas: {len(found.wrong)} wrong; the longest {found.longest:.2f} s, all "
          f"{process_time() - started:.0f} s of CPU")
    for words in found.wrong[:50]:
        print(f"  WRONG: {words[:1000]}")
    return int(bool(found.wrong) or found.tried < asked.count)


if __name__ == "__main__":
    sys.exit(main())
