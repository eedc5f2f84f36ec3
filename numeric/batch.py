"""Check claims one by one: what is finished is kept when the run is interrupted, and one failure stops nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from derivations.calculus import Jacobian, OverSteps, see_through
from derivations.claim import EQUALITY, Claim
from derivations.errors import DerivationError
from derivations.model import Model
from derivations.proof.claims import remembering
from derivations.ranges import range_text
from derivations.report.places import located
from derivations.report.run import Run
from derivations.verdict import Score, Status, Verdict
from numeric import cache
from numeric.collect import Selection
from numeric.sizes import Options, dimensions
from numeric.workers import LOST, Map, workers

FEW = 16  # draws that a reading which nobody meant rarely survives


@dataclass(frozen=True)
class Request:
    """How claims are to be checked. Without ``draws`` the checker chooses; ``command`` asks for the same again."""

    seed: int = 0
    draws: int | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ("proof", "exact", "sweep")
    timing: bool = True
    explain: bool = True  # what is refuted, by repairs
    command: str = ""
    tell: Callable[[Claim, Verdict, Request], Any] | None = None  # what is told of a claim beside it; plain data


def run(selection: Selection, request: Request, *, progress: bool = True) -> Run:
    """Check what was selected. Raises DerivationError for sizes of no selected claim's dimensions."""
    require_dimensions(selection, request.sizes)
    started, interrupted, claims = perf_counter(), False, selection.claims
    verdicts: dict[int, Verdict] = {}
    told: dict[str, Any] = {}
    controls: list[str] = []
    families = list(dict.fromkeys(claim.model for claim in claims))
    try:
        with workers(Tasks(claims, families, request), len(claims)) as mapped, \
                progress_bar(len(claims), shown=progress) as advance:
            advance("forward values", 0)
            controls += in_order(mapped([Forward(k) for k in range(len(families))]))
            for k, found, beside in checked(claims, mapped):
                verdicts[k] = found
                told |= {} if beside is None else {claims[k].id: beside}
                advance(claims[k].id, 1)
            advance("controls", 0)
            agreed = [[(k, place_of(v, claims[k]), firm(v), v.as_expected) for k, v in sorted(verdicts.items())
                       if v.claim.model is family]
                      for family in families]
            controls += in_order(mapped([Controls(mine) for mine in agreed]))
    except KeyboardInterrupt:
        interrupted = True
    seconds = perf_counter() - started if request.timing else None
    return Run(tuple(verdicts[k] for k in sorted(verdicts)), selection.definitions, len(claims), request.seed,
               request.draws or Options().draws, request.command, interrupted, tuple(controls), seconds,
               selection.documents, told)


def firm(verdict: Verdict) -> Status:
    """The status of a verdict; of what numbers could not tell from something else, such as 0 = 0, vacuous."""
    thin = any(e.method == "ledger" and e.outcome is Status.VACUOUS for e in verdict.evidence)
    return Status.VACUOUS if thin and verdict.status is Status.PROVED else verdict.status


def in_order(found: Iterable[tuple[int, Sequence[str]]]) -> list[str]:
    return [word for _, words in sorted(found) for word in ([LOST] if words == LOST else words)]


def checked(claims: Sequence[Claim], mapped: Map) -> Iterator[tuple[int, Verdict, Any]]:
    """Each claim's place, its verdict and what is told beside it, as they are finished.

    Raises the error of the first claim that has one.
    """
    errors: dict[int, DerivationError] = {}
    finished = set()
    for place, found in mapped([Check(k) for k in range(len(claims))], arranged(claims)):
        finished.add(place)
        if found is LOST:
            yield place, Verdict(claims[place], Status.UNDECIDED, False, LOST), None
        elif isinstance(found, DerivationError):
            errors[place] = found
        else:
            one, told, which = found
            yield place, replace(one, claim=readings(claims[place])[which]), told
        if errors and finished.issuperset(range(min(errors))):
            raise errors[min(errors)]


def arranged(claims: Sequence[Claim]) -> list[int]:
    """The places of claims, families together: the heavy ones first, and in the last family last.

    Workers that begin at both ends then share little that each would trace for itself, and meet at light ones.
    """
    families = list(dict.fromkeys(claim.model for claim in claims))
    groups = [sorted((k for k, claim in enumerate(claims) if claim.model is family),
                     key=lambda k: (-weight(claims[k]), k)) for family in families]
    if len(groups) > 1:
        groups[-1].reverse()
    return [k for group in groups for k in group]


def weight(claim: Claim) -> int:
    """A rough guess of how long a claim takes: derivatives, sums and products, and what explains a refutation."""
    parts = [see_through(e) for case in claim.cases for e in case.expressions]
    return (1 if claim.expect == "holds" else 2) * sum(1 + len(e.atoms(Jacobian, OverSteps)) for e in parts)


@dataclass(frozen=True)
class Forward:
    """The forward values of a family, by its place."""

    family: int


@dataclass(frozen=True)
class Check:
    """A claim, by its place."""

    claim: int


@dataclass(frozen=True)
class Controls:
    """The controls of a family: its claims by their places, their readings, their statuses, and whether they are as
    expected."""

    found: list[tuple[int, int, Status, bool]]


@dataclass(frozen=True)
class Tasks:
    """What a worker does for a run. Claims stay where they are: what goes to and fro is plain data."""

    claims: Sequence[Claim]
    families: Sequence[Model]
    request: Request

    def __call__(self, asked: Forward | Check | Controls) -> Any:
        cache.use()
        if isinstance(asked, Check):
            try:
                return self.check(self.claims[asked.claim])
            except DerivationError as error:  # whichever claim is first, not whichever worker was
                return error
        from numeric.controls import failures, forward

        if isinstance(asked, Forward):
            return forward([self.families[asked.family]], self.request.seed)
        known = [Verdict(readings(self.claims[k])[which], status, as_expected)
                 for k, which, status, as_expected in asked.found]
        return failures(known, self.request.seed)


    def check(self, claim: Claim) -> tuple[Verdict, Any, int]:
        """The verdict, which goes back without its claim and without formulas, what is told beside it, and of which
        reading it is."""
        with remembering():
            found = verdict(claim, self.request)
            told = None if self.request.tell is None else self.request.tell(claim, found, self.request)
        which = place_of(found, claim)
        return replace(found, claim=None, mended=()), told, which  # type: ignore[arg-type]  # it is put in again


def place_of(found: Verdict, claim: Claim) -> int:
    """Which reading of a claim a verdict is about."""
    said = [(reading.cases, reading.given) for reading in readings(claim)]
    return said.index((found.claim.cases, found.claim.given))


def readings(claim: Claim) -> list[Claim]:
    """The readings of a claim, under its one id: itself, and those of an equation of a document that come after it."""
    return [claim, *(replace(other, id=claim.id) for other in claim.alternatives)]

def mutation(selection: Selection, seed: int, sample: int | None) -> tuple[list[Score], bool]:
    """The mutation score of every equality that holds, and whether it was interrupted."""
    claims = [claim for claim in selection.claims
              if claim.kind == EQUALITY and claim.expect == "holds" and not claim.assuming]
    found: dict[int, Score] = {}
    interrupted = False

    def scored(place: int) -> Score:
        from numeric.mutation import score

        return score(claims[place], Options(seed=seed), sample)

    try:
        with workers(scored, len(claims)) as mapped, progress_bar(len(claims), shown=True) as advance:
            for place, score in mapped(range(len(claims))):
                found[place] = score
                advance(claims[place].id, 1)
    except KeyboardInterrupt:
        interrupted = True
    return [found[place] for place in sorted(found)], interrupted


def verdict(claim: Claim, request: Request) -> Verdict:
    """One claim's verdict: that of its first reading which holds, else of its first; its claim is the reading.

    It is refuted only where every reading is, and every condition was read. Raises DerivationError, with its place.
    """
    first = _verdict(claim, request)
    for reading in readings(claim):
        found = first if reading is claim else _glanced(reading, request)
        # what cannot fail, such as 0 = 0, is no reading that holds
        if found.broken or firm(found) in (Status.PROVED, Status.AGREES):
            return found
        if found.status in (Status.UNDECIDED, Status.VACUOUS) and first.status is Status.REFUTED:
            first = found
    if first.status is Status.REFUTED and claim.unread:
        reason = f"refuted without the condition beside it, which is not read: {'; '.join(claim.unread)}"
        return replace(first, status=Status.UNDECIDED, as_expected=False, reason=reason)
    return first


def _glanced(claim: Claim, request: Request) -> Verdict:
    """Another reading: a few draws refute most of them, and need no explanation; what is left is checked in full."""
    few = min(request.draws or FEW, FEW)
    rungs = tuple(rung for rung in request.evidence if rung == "exact") or request.evidence
    glance = _verdict(claim, replace(request, draws=few, evidence=rungs, explain=False))
    return glance if glance.status is Status.REFUTED else _verdict(claim, request)


def _verdict(claim: Claim, request: Request) -> Verdict:
    """One reading's verdict; undecided where the checker fails. Raises DerivationError, with the claim's place."""
    from numeric.ladder import check

    own = {dimension.name for dimension in dimensions(claim)}
    sizes = {name: size for name, size in request.sizes.items() if name in own}
    wanted: dict[str, Any] = {"draws": request.draws} if request.draws is not None else {}
    try:
        found = check(claim, Options(seed=request.seed, sizes=sizes or None, evidence=request.evidence,
                                     explain=request.explain, **wanted))
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
