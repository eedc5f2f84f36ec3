"""Evidence for an equality: floats over many draws, balls where floats leave doubt and in every cell, prime towers."""

from __future__ import annotations

from derivations.claim import Claim
from numeric.cells import Cell, Findings, Traced, traced
from numeric.exact.decide import PRECISIONS
from numeric.runs import Run
from numeric.sizes import Options, draws_at, effort, instances_of, refuse_too_large, sizes_of


def gather(claim: Claim, options: Options, *, proved: bool = False) -> Findings:
    """Every cell's evidence, and the ledger. XLA compiles the main size while the other rungs run.

    A claim that was ``proved`` needs less of it; a cell that is expected to be refuted no more than shows it.
    """
    found, runs = Findings(), []
    needed = effort(claim, proved=proved)
    for sizes in sizes_of(claim, options, needed):
        instances = instances_of(claim, sizes, needed)
        draws = draws_at(sizes, options, needed)
        refuse_too_large(claim, sizes, draws)
        for program in traced(claim, sizes, instances) if instances else ():
            if isinstance(program, Traced):
                runs.append(Run(claim, options, sizes, instances, program, draws, needed))
            else:
                found.cells += [Cell(program[0], sizes, at, shapes=program[1]) for at in instances]
    for run in runs:
        run.by_floats()
    for run in runs:
        run.by_exact_numbers(found)
        run.count_effective(found)
    for run in [again for run in runs if (again := run.unsettled()) is not None]:
        run.by_floats()
        run.by_exact_numbers(found)
        runs.append(run)
    if any(cell.refuted is not None and cell.refuted.precision == PRECISIONS[-1] for run in runs for cell in run.cells):
        for run in runs:  # where few digits agree, so may many not
            run.by_many_digits()
    for run in runs:
        run.by_xla(found)
        found.cells += run.cells
    return found
