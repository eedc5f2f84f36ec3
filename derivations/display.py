"""What shows itself in a notebook: whoever does has one of these classes among its own.

``derivations.report.notebook`` says how; it is imported when something is shown.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any


class Displayed:
    """What shows itself in a notebook, as a front end asks for it."""

    def _repr_mimebundle_(self, include: Container[str] | None = None, exclude: Container[str] | None = None,
                          **kwargs: Any) -> dict[str, str]:
        """By media type: text, and LaTeX and HTML where there are any. IPython's protocol: ``include`` asks for these
        types alone, ``exclude`` leaves some out, and what else a front end may tell some day is no concern of ours."""
        from derivations.report.notebook import bundle

        return bundle(self, include, exclude)


class Typeset(Displayed):
    """What LaTeX can be had of: an expression, or the formal reading of a claim or a definition."""

    def latex(self, profile: str = "paper") -> str:
        """LaTeX in a notation profile (``article`` or ``paper``)."""
        from derivations.latex import latex

        return latex(self, profile)

    def _repr_latex_(self) -> str:
        """For front ends that do not ask for the whole bundle; and SymPy's own would answer in its place."""
        return f"$\\displaystyle {self.latex()}$"
