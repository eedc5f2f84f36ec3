"""The mutation score as text: how many wrong variants of each claim were refuted, and which were not."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from derivations.report.console import screen
from derivations.report.words import plural
from derivations.verdict import Score


def print_scores(scores: Sequence[Score], *, seed: int, verbose: bool) -> None:
    """One line a claim, survivors beneath it, then the sum."""
    console = screen()
    width = max((len(score.claim) for score in scores), default=0)
    for score in scores:
        mark, style = ("✗", "red") if score.survivors else ("✓", "green")
        line = f" {score.claim:<{width}}  {score.refuted} of {score.total} refuted"
        line += f", {len(score.equivalent)} equivalent" if score.equivalent else ""
        line += f", {len(score.survivors)} survived" if score.survivors else ""
        console.print(Text(mark, style) + Text(line), soft_wrap=True)
        told = [*(("survived", words) for words in score.survivors),
                *(("equivalent", words) for words in (score.equivalent if verbose else ()))]
        for label, words in told:
            console.print(Text(f"    {label}: {words}"), soft_wrap=True)
    refuted, total = sum(s.refuted for s in scores), sum(s.total for s in scores)
    equivalent, survived = sum(len(s.equivalent) for s in scores), sum(len(s.survivors) for s in scores)
    console.print(Text(f"{plural(total, 'variant')} of {plural(len(scores), 'claim')}: {refuted} refuted, "
                       f"{equivalent} shown equivalent by exact evidence, {survived} survived", "bold"), soft_wrap=True)
    console.print(Text(f"seed {seed}", "dim"))
