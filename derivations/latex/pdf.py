"""A PDF of a document: by pdflatex where it is installed, else by the typst wheel."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from derivations.errors import DerivationError

SECONDS = 300
INSTALL = ("no PDF without pdflatex (texlive-latex-base, texlive-latex-recommended) or typst "
           "(pip install 'derivations[pdf]'): install one of them")


class NotSet(DerivationError):
    """A document of which no PDF can be made."""


def pdf(latex: str, typst: Callable[[], str]) -> bytes:
    """The PDF of a document in LaTeX; ``typst`` gives the same document for typst. Without dates: equal documents have
    equal bytes. Raises NotSet where neither is installed, or the document does not compile."""
    if (command := which("pdflatex")) is not None:
        return _by_pdflatex(command, latex)
    if find_spec("typst") is not None:
        return _by_typst(typst())
    raise NotSet(INSTALL)


def _by_pdflatex(command: str, source: str) -> bytes:
    quiet = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "TZ": "UTC", "max_print_line": "1000"}
    words = [command, "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "derivations.tex"]
    with TemporaryDirectory(prefix="derivations-") as folder:
        (Path(folder) / "derivations.tex").write_text(source, encoding="utf-8")
        try:
            run = subprocess.run(words, cwd=folder, env=os.environ | quiet, stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotSet(f"pdflatex: {error}") from error
        made = Path(folder) / "derivations.pdf"
        if run.returncode or not made.is_file():
            raise NotSet(f"pdflatex: {_fault(run.stdout.decode(errors='replace'))}")
        return made.read_bytes()


def _fault(log: str) -> str:
    """The first error of a log, with its line."""
    lines = log.splitlines()
    at = next((k for k, line in enumerate(lines) if line.startswith("!")), None)
    if at is None:
        return "no PDF was made; " + " ".join(lines[-2:])
    where = next((line for line in lines[at:] if line.startswith("l.")), "")
    return " ".join(filter(None, [lines[at].lstrip("! "), where]))


def _by_typst(source: str) -> bytes:
    compiler = import_module("typst")  # an extra: it may not be there when the types are checked
    with TemporaryDirectory(prefix="derivations-") as folder:
        file = Path(folder) / "derivations.typ"
        file.write_text(source, encoding="utf-8")
        try:
            made: bytes = compiler.compile(str(file))
        except Exception as error:  # the wheel's own errors, whatever their class
            raise NotSet(f"typst: {' '.join(str(error).split())}") from error
    return made
