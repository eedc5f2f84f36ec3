"""Check claims one by one: what is finished is kept when the run is interrupted, and one failure stops nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from derivations.claim import Claim
from derivations.errors import DerivationError
from derivations.ranges import range_text
from derivations.report.places import located
from derivations.report.run import Run
from derivations.verdict import Score, Status, Verdict
from numeric.collect import Selection
from numeric.sizes import dimensions


@dataclass(frozen=True)
class Request:
    """How claims are to be checked. Without ``draws`` the checker chooses; ``command`` asks for the same again."""

    seed: int = 0
    draws: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ("proof", "exact", "sweep")
    timing: bool = True
    command: str = ""


def run(selection: Selection, request: Request, *, progress: bool = True) -> Run:
    """Check what was selected. Raises DerivationError for sizes of no selected claim's dimensions."""
    require_dimensions(selection, request.sizes)
    started, verdicts, interrupted, draws = perf_counter(), [], False, request.draws or 0
    controls: tuple[str, ...] = ()
    try:
        if selection.claims:
            from numeric.ladder import Options

            draws = request.draws or Options().draws
        with progress_bar(len(selection.claims), shown=progress) as advance:
            from numeric.controls import failures, forward

            advance("forward values", 0)
            controls = forward(dict.fromkeys(claim.model for claim in selection.claims), request.seed)
            for claim in selection.claims:
                advance(claim.id, 0)
                verdicts.append(verdict(claim, request))
                advance(claim.id, 1)
            advance("controls", 0)
            controls += failures(verdicts, request.seed)
    except KeyboardInterrupt:
        interrupted = True
    seconds = perf_counter() - started if request.timing else None
    return Run(tuple(verdicts), selection.definitions, len(selection.claims), request.seed, draws, request.command,
               interrupted, controls, seconds)


def mutation(selection: Selection, seed: int, sample: int | None) -> tuple[list[Score], bool]:
    """The mutation score of every claim that holds, and whether it was interrupted."""
    from numeric.mutation import score, varied
    from numeric.sizes import Options

    claims, found = varied(selection.claims), []
    try:
        with progress_bar(len(claims), shown=True) as advance:
            for claim in claims:
                advance(claim.id, 0)
                found.append(score(claim, Options(seed=seed), sample))
                advance(claim.id, 1)
    except KeyboardInterrupt:
        return found, True
    return found, False


def verdict(claim: Claim, request: Request) -> Verdict:
    """One claim's verdict; undecided where the checker fails. Raises DerivationError, with the claim's place."""
    from numeric.ladder import Options, check

    own = {dimension.name for dimension in dimensions(claim)}
    sizes = {name: size for name, size in request.sizes.items() if name in own}
    wanted: dict[str, Any] = {"draws": request.draws} if request.draws is not None else {}
    try:
        found = check(claim, Options(seed=request.seed, sizes=sizes or None, evidence=request.evidence, **wanted))
        assert isinstance(found, Verdict)  # of a claim; of a model it is a tuple
        return found
    except DerivationError as error:
        words = str(error).removeprefix(f"{claim.id}: ").removeprefix(f"{claim.id} ")
        raise DerivationError(f"{located(claim.file, claim.line)}: {claim.id}: {words}") from error
    except Exception as error:
        reason = f"internal error: {type(error).__name__}: {' '.join(str(error).split())}"
        return Verdict(claim, Status.UNDECIDED, as_expected=False, reason=reason, range=range_text(claim))


def require_dimensions(selection: Selection, sizes: Mapping[str, int]) -> None:
    """A size is of a dimension that some selected claim speaks of. Raises DerivationError."""
    if not sizes or not selection.claims:
        return
    known = sorted({dimension.name for claim in selection.claims for dimension in dimensions(claim)})
    unknown = [name for name in sizes if name not in known]
    if unknown:
        raise DerivationError(f"no selected claim has a dimension {unknown[0]}: "
                              f"expected sizes of {', '.join(known) or 'none'}")


@contextmanager
def progress_bar(total: int, *, shown: bool) -> Iterator[Callable[[str, int], None]]:
    """A bar on stderr that leaves no trace; none where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    seen = shown and sys.stderr.isatty()  # a pipe gets no bar, even one that asks for colours
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not seen) as bar:
        task = bar.add_task("", total=total)
        yield lambda id, step: bar.update(task, description=id, advance=step)
