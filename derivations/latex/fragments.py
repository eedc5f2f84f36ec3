"""Files for papers: one display equation a claim, to ``\\input``, and a document to look at several."""

from __future__ import annotations

from collections.abc import Iterable

from derivations.claim import Claim, Definition, Remark
from derivations.latex.letters import escaped
from derivations.latex.notation import notation
from derivations.latex.relations import latex


def fragment(obj: Claim | Definition | Remark, profile: str = "paper") -> str:
    """A numbered equation with the label ``eq:<id>``, after a comment that says where it comes from."""
    label = "".join(c for c in obj.id if c.isalnum() or c in ".-_:'")
    return "\n".join([
        _comment(f"{obj.id}: {obj.source}" if obj.source else obj.id),
        r"\begin{equation}",
        rf"\label{{eq:{label}}}",
        latex(obj, profile),
        r"\end{equation}",
        "",
    ])


def _comment(words: str) -> str:
    """One comment line, whatever the words: nothing that ends a line is left in them."""
    return "% " + " ".join("".join(c if c.isprintable() else " " for c in words).split())


def document(fragments: Iterable[str], profile: str = "paper", title: str = "") -> str:
    """A LaTeX document that shows the fragments, each with its label in the margin."""
    notation(profile)
    return "\n".join([
        r"\documentclass[a4paper]{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage[left=25mm,right=63mm]{geometry}",  # room for the labels in the margin
        r"\usepackage{amsmath,amssymb}",
        r"\usepackage[notref,notcite]{showkeys}",
        r"\begin{document}",
        *([rf"\section*{{{escaped(title)}}}", ""] if title else []),
        r"\noindent In a product over steps the latest factor stands leftmost; "
        r"under an arrow to the right it stands rightmost.",
        "",
        *fragments,
        r"\end{document}",
        "",
    ])
