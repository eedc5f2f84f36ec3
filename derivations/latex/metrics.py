"""The metrics of Computer Modern at 10 pt, in pt: cmmi10 and cmbx10 (with italic corrections), cmr10, cmsy10, cmex10.

Scripts have fonts of their own, which are wider than the same at their size: ``SMALL`` is by how much.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from string import ascii_lowercase, ascii_uppercase, digits


class Kind(Enum):
    """What a sign is to its neighbours."""

    ORD, OP, BIN, REL, OPEN, CLOSE, PUNCT, INNER, GAP, NONE = range(10)


def _letters(widths: str, of: Iterable[str]) -> dict[str, float]:
    return dict(zip(of, map(float, widths.split()), strict=True))


LETTERS = ascii_lowercase + ascii_uppercase
ITALIC = _letters("""
    5.29 4.29 4.33 5.20 4.66 5.97 5.13 5.76 3.45 4.69 5.52 3.18 8.78 6.00 4.85 5.03 4.82 4.79 4.69 3.61 5.72 5.21 7.43
    5.72 5.26 5.09 7.50 8.09 7.86 8.56 7.96 7.82 7.86 9.12 5.18 6.51 9.21 6.81 10.79 9.12 7.91 7.81 7.91 7.67 6.71 7.23
    7.92 8.06 10.83 9.07 8.03 7.54""", LETTERS) | dict.fromkeys(digits, 5.0)
# How far an italic letter leans over what stands below its right side.
SLANT = {"f": 1.08, "B": 0.5, "C": 0.72, "E": 0.58, "F": 1.39, "H": 0.81, "I": 0.78, "J": 0.96, "K": 0.72, "M": 1.09,
         "N": 1.09, "P": 1.39, "S": 0.58, "T": 1.39, "U": 1.09, "V": 2.22, "W": 1.39, "X": 0.78, "Y": 2.22, "Z": 0.72}
ROMAN = _letters("""
    5.00 5.56 4.44 5.56 4.44 3.83 5.14 5.56 2.78 3.06 5.28 2.78 8.33 5.56 5.00 5.56 5.28 3.92 3.94 3.89 5.56 5.42 7.36
    5.28 5.42 4.44 7.50 7.08 7.22 7.64 6.81 6.53 7.85 7.50 3.61 5.14 7.78 6.25 9.17 7.50 7.78 6.81 7.78 7.36 5.56 7.22
    7.50 7.64 10.42 7.50 7.75 6.11""", LETTERS) | dict.fromkeys(digits, 5.0) | dict.fromkeys(".,:;'!-", 2.78)
BOLD = _letters("""
    5.59 6.39 5.11 6.39 5.27 4.60 5.91 6.39 3.19 3.51 6.07 3.19 9.58 6.39 5.75 6.39 6.07 4.74 4.54 4.47 6.39 6.23 8.47
    6.07 6.23 5.11 8.69 8.18 8.31 8.82 7.56 7.24 9.04 9.00 4.36 5.94 9.01 6.92 10.92 9.00 8.64 7.86 8.64 8.62 6.39 8.00
    8.85 8.85 12.05 8.69 8.98 7.03""", LETTERS) | dict.fromkeys(digits, 5.75)

_GREEK = """
    alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon varphi
    chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell"""
GREEK = _letters("""
    6.43 6.18 5.73 4.82 4.66 5.11 5.32 4.97 3.54 5.76 5.83 6.03 5.58 4.84 6.06 5.17 6.07 5.50 5.76 6.54
    6.26 6.87 6.58 6.25 8.33 7.78 6.94 6.67 7.50 7.22 7.78 7.22 7.78 7.22 4.17""",
    (f"\\{name}" for name in _GREEK.split()))

SPACES = {r"\,": 1.667, r"\!": -1.667, r"\;": 2.778, r"\:": 2.222, r"\ ": 3.333, r"\quad": 10.0, r"\qquad": 20.0}

# In a display, and in a line of text.
OPERATORS: dict[str, tuple[float, float]] = {
    r"\sum": (14.44, 10.56), r"\prod": (12.78, 9.44), r"\inf": (12.17, 12.17),
}

_O, _F, _B, _R = Kind.ORD, Kind.OP, Kind.BIN, Kind.REL
SIGNS: dict[str, tuple[float, Kind]] = {
    **dict.fromkeys((r"\odot", r"\otimes", r"\oplus", r"\times", "+", "-"), (7.78, _B)),
    **dict.fromkeys(("=", "<", ">", r"\geq", r"\leq", r"\neq"), (7.78, _R)),
    r"\cdot": (2.78, _B), "*": (5.0, _B), r"\bullet": (5.0, _B), r"\land": (6.67, _B), r"\lor": (6.67, _B),
    r"\to": (10.0, _R), r"\longrightarrow": (16.11, _R), ":": (2.78, _R),
    r"\top": (7.78, _O), r"\infty": (10.0, _O), r"\partial": (5.86, _O), r"\nabla": (8.33, _O),
    r"\prime": (2.75, _O), "/": (5.0, _O), "|": (2.78, _O), ".": (2.78, _O), "!": (2.78, Kind.CLOSE),
    ",": (2.78, Kind.PUNCT), ";": (2.78, Kind.PUNCT),
    "(": (3.89, Kind.OPEN), ")": (3.89, Kind.CLOSE), "[": (2.78, Kind.OPEN), "]": (2.78, Kind.CLOSE),
    r"\{": (5.0, Kind.OPEN), r"\}": (5.0, Kind.CLOSE), r"\lVert": (5.0, Kind.OPEN), r"\rVert": (5.0, Kind.CLOSE),
    r"\lvert": (2.78, Kind.OPEN), r"\rvert": (2.78, Kind.CLOSE),
    r"\sin": (12.28, _F), r"\cos": (13.39, _F), r"\exp": (15.28, _F), r"\log": (12.92, _F), r"\tanh": (20.0, _F),
}

_HIGHEST = float("inf")
_ROUND = ((10.0, 3.89), (12.0, 4.58), (18.0, 5.97), (24.0, 7.36), (30.0, 7.92), (_HIGHEST, 8.75))
_SQUARE = ((10.0, 2.78), (12.0, 4.17), (18.0, 4.72), (24.0, 5.28), (30.0, 5.83), (_HIGHEST, 6.67))
_BAR, _BARS = ((10.0, 2.78), (_HIGHEST, 3.33)), ((10.0, 5.0), (_HIGHEST, 5.56))
FENCES: dict[str, tuple[tuple[float, float], ...]] = {
    "(": _ROUND, ")": _ROUND, "[": _SQUARE, "]": _SQUARE, ".": ((_HIGHEST, 1.2),), "|": _BAR,
    r"\lvert": _BAR, r"\rvert": _BAR, r"\lVert": _BARS, r"\rVert": _BARS,
}

TEXT = "text"
SMALL = {TEXT: (1.0, 0.8, 0.69), "letters": (1.0, 0.825, 0.735)}  # of letters in italics the scripts are wider still
