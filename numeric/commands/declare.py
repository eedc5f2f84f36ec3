"""``derivations declare``: a first sidecar for a document, with guesses and the questions that are left."""

from __future__ import annotations

from pathlib import Path

import click

from numeric.cli import Refused

STDOUT = "-"


@click.command("declare", short_help="Write a first sidecar for a document.")
@click.argument("document", metavar="FILE", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="FILE", help="The sidecar to write, or - for stdout.  "
              "[default: NAME.derivations.toml beside the document]")
@click.option("--force", is_flag=True, help="Write over a sidecar that is there.")
def declare(document: Path, output: str | None, force: bool) -> None:
    """Write a first sidecar for FILE: the shapes that it leaves open, guessed from its formulas, and the questions.

    Guesses are to be confirmed: they stand as declarations where the document is read no worse with them, else in
    comments, beside the lines where each name is used. What a sidecar that is there declares counts.
    """
    from derivations.files import write
    from derivations.latex.reader.declaring import propose
    from derivations.latex.reader.sidecar import beside
    from derivations.latex.reader.sidecar_text import sidecar_text
    from derivations.report.places import place

    path = None if output == STDOUT else beside(document) if output is None else Path(output)
    if path is not None and path.exists() and not force:
        raise Refused(f"{place(path)} is there: --force writes over it, and -o - prints what would be written")
    proposal = propose(document)
    text = sidecar_text(proposal, document.name)
    if path is None:
        click.echo(text.encode(), nl=False)  # TOML is UTF-8 whatever the terminal is
        return
    try:
        write(path, text)
    except OSError as error:
        raise Refused(f"{place(path)}: {error.strerror}") from error
    before, after = proposal.unread
    click.echo(f"{place(path)}: {len(proposal.declared)} declared, {len(proposal.doubtful)} in doubt; "
               f"equations not read: {after}, before {before}")
