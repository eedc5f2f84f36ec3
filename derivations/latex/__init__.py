"""Formulas for people: LaTeX in a notation profile, and one line of plain text."""

from derivations.latex.relations import latex, text

__all__ = ["latex", "text"]
