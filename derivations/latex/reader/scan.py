"""Scanning a document for its mathematics: LaTeX, Markdown, notebooks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from derivations.errors import DerivationError
from derivations.latex.reader.gathering import Gathering
from derivations.latex.reader.markdown import scan_markdown
from derivations.latex.reader.notebook import scan_notebook
from derivations.latex.reader.passages import Region, Source
from derivations.latex.reader.tex import Inputs, scan_tex

LARGEST = 64 << 20  # bytes of a file
MARK = "\ufeff"  # of byte order
NEWLINE = re.compile(r"\r\n?")

KINDS: Mapping[str, str] = {
    ".tex": "tex", ".ltx": "tex", ".latex": "tex",
    ".md": "markdown", ".markdown": "markdown", ".qmd": "markdown", ".rmd": "markdown", ".myst": "myst",
    ".ipynb": "notebook",
}


def scan(document: str | Path | tuple[str, str]) -> Source:
    """Scans a file, or a text with its kind: tex, markdown, myst or notebook.

    What cannot be made sense of inside is a ``Problem`` of the source; a ``DerivationError`` says that there is nothing
    to scan: no such file, a folder, a kind that is not known, a notebook that is not JSON.
    """
    if isinstance(document, tuple):
        text, kind = document
        if kind not in SCANNERS:
            raise DerivationError(f"documents of kind {kind!r} are not read: give one of {', '.join(SCANNERS)}")
        gathering = Gathering("")
        SCANNERS[kind](_region(text, "", gathering), gathering, Inputs(None, _read))
        return gathering.source()
    path = Path(document)
    if os.path.isdir(path):
        raise DerivationError(f"{path} is a folder: give a file that ends in {', '.join(KINDS)}")
    kind = KINDS.get(path.suffix.lower(), "")
    if not kind:
        raise DerivationError(f"{path}: documents that end in {path.suffix or 'nothing'!r} are not read: "
                              f"give one that ends in {', '.join(KINDS)}")
    gathering = Gathering(str(path))
    SCANNERS[kind](_read(path, gathering), gathering, Inputs(path, _read))
    return gathering.source()


def _read(path: Path, gathering: Gathering) -> Region:
    """The text of a file."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise DerivationError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}; "
                              "give a file that is there and that you may read") from None
    if len(data) > LARGEST:
        raise DerivationError(f"{path} has more than {LARGEST >> 20} MB: give the document alone, or a part of it")
    try:
        return _region(data.decode(), str(path), gathering)
    except UnicodeDecodeError as error:
        at = error.start
        region = _region(data.decode(errors="replace"), str(path), gathering)
        before = NEWLINE.sub("\n", data[:at].decode().removeprefix(MARK))
        gathering.problem(f"not UTF-8: byte {at} is 0x{data[at]:02x}; save the file as UTF-8 "
                          "(what is not was replaced, and the rest is scanned)", region, len(before))
        return region


def _region(text: str, name: str, gathering: Gathering) -> Region:
    """A text with ``\\n`` for newlines and without a byte order mark."""
    text = NEWLINE.sub("\n", text.removeprefix(MARK))
    region = Region.whole(text.replace("\0", "\ufffd"), name)
    if "\0" in text:
        gathering.problem("a NUL character, where text was expected: is this a text file?", region, text.index("\0"))
    return region


SCANNERS: Mapping[str, Callable[[Region, Gathering, Inputs], None]] = {
    "tex": scan_tex,
    "markdown": lambda region, gathering, inputs: scan_markdown(region, gathering),
    "myst": lambda region, gathering, inputs: scan_markdown(region, gathering, spaced=True),
    "notebook": lambda region, gathering, inputs: scan_notebook(region, gathering),
}
