"""Formulas for people: LaTeX in a notation profile, and one line of plain text."""

from derivations.latex.fragments import document, fragment
from derivations.latex.relations import latex, text

__all__ = ["document", "fragment", "latex", "text"]
