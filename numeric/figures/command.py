"""``derivations plot``: figures and their numbers, into a folder."""

from __future__ import annotations

import os
from pathlib import Path

import click

from numeric.figures.table import MOST_DRAWS, ROWS, FigureError

FORMATS = ("svg", "png")


def parse_formats(ctx: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    """Some of the formats, separated by commas."""
    asked = [word.strip() for word in text.split(",")]
    for word in asked:
        if word not in FORMATS:
            raise click.BadParameter(f"{word!r} is no format: expected some of {','.join(FORMATS)}")
    return tuple(dict.fromkeys(asked))


@click.command(short_help="Draw figures of gradients that vanish.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("-o", "--output", metavar="DIR", help="The folder to write to; made where it is missing.",
              type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S", help="Of the draws.")
@click.option("--draws", type=click.IntRange(1, MOST_DRAWS), metavar="N", help="How many networks are drawn.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="How many steps are made.")
@click.option("--format", "formats", callback=parse_formats, default=",".join(FORMATS), show_default=True,
              metavar="KINDS", help="Which drawings to write.")
def plot(names: tuple[str, ...], output: Path | None, seed: int, draws: int | None, steps: int | None,
         formats: tuple[str, ...]) -> None:
    """Draw the figures called NAME, or all: the drawings, the caption as text, the numbers as CSV.

    Without a NAME, list the figures. Drawing needs matplotlib.
    """
    if not names:
        width = max(len(row.name) for row in ROWS)
        for row in ROWS:
            click.echo(f"{row.name:<{width}}  {row.title} ({row.draws} draws, {row.steps:,} steps)")
        return
    if output is None:
        raise click.UsageError("-o DIR is missing: the folder to write the figures to")
    from numeric import cache
    from numeric.figures.make import made

    every = [row.name for row in ROWS] if "all" in names else list(names)
    figures = made(every, seed, draws, steps)
    cache.use()
    for each in figures:
        figure = each.figure
        drawings = {"svg": figure.svg.encode(), "png": each.png}
        files = {**{kind: drawings[kind] for kind in formats}, "csv": figure.csv.encode(),
                 "txt": f"{figure.title}\n\n{figure.caption}\n".encode()}
        for suffix, data in files.items():
            click.echo(written(output / f"{figure.name}.{suffix}", data))


def written(path: Path, data: bytes) -> Path:
    """A whole file or none: written beside its place, then moved there. Raises FigureError where it cannot be."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FigureError(f"{path}: {error.strerror}: expected a folder that can be written to") from error
    return path
