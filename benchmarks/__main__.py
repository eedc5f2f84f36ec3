"""``python -m benchmarks``: every table, in about eight minutes, most of it SymPy's; with ``--quick``, in one."""

from __future__ import annotations

from collections.abc import Iterator

import click
from rich.console import Console

from benchmarks import caught, commands, exact, jacobian, proofs
from benchmarks.measure import Table


def tables(quick: bool) -> Iterator[Table]:
    """The tables, each as soon as it is measured."""
    yield commands.table("rnn.jacobian" if quick else "", repeats=1 if quick else 5)
    yield jacobian.table(points=2 if quick else 16, repeats=1 if quick else 5)
    yield from caught.tables(variants=11 if quick else 44, points=2 if quick else 4)
    yield exact.table(draws=2 if quick else 16)
    yield proofs.table(sizes=() if quick else (2, 3, 4), terms=(2, 4) if quick else (2, 4, 8, 16, 32),
                       repeats=1 if quick else 5)


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="Fewer points, variants and repetitions, and one claim instead of all.")
def main(quick: bool) -> None:
    console = Console(width=None if Console().is_terminal else 110, highlight=False)
    for table in tables(quick):
        table.show(console)


if __name__ == "__main__":
    main(prog_name="benchmarks")
