"""LaTeX as tests use it: sources that are compiled, and how wide TeX sets formulas."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
NOTICE = r"\typeout{width \the\wd0}"


def source(body: Iterable[str], preamble: str = "", width: float = 345, options: str = "a4paper") -> str:
    return "\n".join([
        rf"\documentclass[{options}]{{article}}",
        rf"\usepackage[left=25mm,textwidth={width}pt]{{geometry}}",
        r"\usepackage{amsmath}", preamble, r"\begin{document}", *body, r"\end{document}", "",
    ])


def compiled(folder: Path, text: str) -> tuple[int, str]:
    """The exit status of pdflatex, and its log."""
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], cwd=folder,
                         capture_output=True, timeout=240, check=False)
    return run.returncode, run.stdout.decode(errors="replace")


def overfull(log: str, more_than: float = 1.0) -> list[str]:
    """The boxes that stick out by more than this, in pt."""
    return [line for line in log.splitlines() if line.startswith("Overfull \\hbox")
            and float(line.partition("(")[2].partition("pt")[0]) > more_than]


def widths(folder: Path, formulas: Sequence[str], preamble: str = r"\usepackage{amssymb}") -> list[float]:
    """How wide TeX sets each formula in a display, in pt."""
    body = [rf"\setbox0\hbox{{$\displaystyle {formula}$}}{NOTICE}" for formula in formulas]
    status, log = compiled(folder, source(body, preamble))
    assert status == 0, log[-2000:]
    found = [float(line.split()[1].removesuffix("pt")) for line in log.splitlines() if line.startswith("width ")]
    assert len(found) == len(formulas)
    return found
