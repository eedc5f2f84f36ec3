"""Formulas for people: LaTeX in a notation profile, and one line of plain text."""

from derivations.latex.fragments import fragment
from derivations.latex.relations import latex, text
from derivations.latex.stamp import Stamp, read_stamps
from derivations.latex.sty import notation_sty

__all__ = ["Stamp", "fragment", "latex", "notation_sty", "read_stamps", "text"]
