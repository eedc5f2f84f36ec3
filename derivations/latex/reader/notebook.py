"""Scanning a notebook: its Markdown cells, each with places of its own."""

from __future__ import annotations

import json
import re
from typing import Any

from derivations.errors import DerivationError
from derivations.latex.reader.gathering import Gathering
from derivations.latex.reader.markdown import scan_markdown
from derivations.latex.reader.passages import Region

NEWLINE = re.compile(r"\r\n?")


def scan_notebook(region: Region, gathering: Gathering) -> None:
    """Scans the Markdown cells of a notebook, which share their macros; cells are counted from 1, code included.

    A ``DerivationError`` says why a text is no notebook.
    """
    for number, cell in enumerate(_cells(region), 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
            continue
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        if not all(isinstance(line, str) for line in lines):
            raise DerivationError(f"{region.file}: the source of cell {number} is neither text nor lines of text: "
                                  "give a notebook as Jupyter writes it")
        scan_markdown(Region.whole(NEWLINE.sub("\n", "".join(lines)), region.file, number), gathering, spaced=True)


def _cells(region: Region) -> list[Any]:
    try:
        notebook = json.loads(region.text)
    except json.JSONDecodeError as error:
        raise DerivationError(f"{region.file}:{error.lineno}:{error.colno} is not JSON, so this is no notebook: "
                              f"{error.msg}") from None
    except ValueError as error:
        raise DerivationError(f"{region.file} is no notebook: {error}") from None
    except RecursionError:
        raise DerivationError(f"{region.file} is nested too deeply for a notebook") from None
    sheets = notebook.get("worksheets") if isinstance(notebook, dict) else None  # notebooks of format 3
    parts = [notebook] if not isinstance(sheets, list) else sheets
    found = [part.get("cells") for part in parts if isinstance(part, dict)]
    lists = [cells for cells in found if isinstance(cells, list)]
    if not lists or len(lists) < len(found):
        raise DerivationError(f"{region.file} has no list of cells: give a notebook as Jupyter writes it")
    return [cell for cells in lists for cell in cells]
