"""Plain text as LaTeX sets it with the fonts that it always has: the plain notation of formulas in it included.

``c_{t-1}`` and ``x^2`` become subscripts and superscripts by their looks alone: nothing is read as mathematics.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from derivations.latex.letters import LETTERS, escaped

_MATHS = {
    **{letter: tex for tex, letter in LETTERS.values()},
    "∂": r"\partial ", "∇": r"\nabla", "⊙": r"\odot", "⊗": r"\otimes", "⊕": r"\oplus", "·": r"\cdot", "×": r"\times",
    "Π": r"\prod", "Σ": r"\sum", "∑": r"\sum", "∏": r"\prod", "√": r"\surd", "∞": r"\infty", "‖": r"\Vert ", "|": "|",
    "≤": r"\leq", "≥": r"\geq", "<": "<", ">": ">", "≠": r"\neq", "≈": r"\approx", "±": r"\pm", "−": "-", "→": r"\to",
    "⟶": r"\longrightarrow", "•": r"\bullet", "ᵀ": r"^{\top}", "⁺": "^{+}", "′": "'", "✓": r"\surd", "✗": r"\times",
    "∘": r"\circ", "∈": r"\in", "ℝ": "R", "∀": r"\forall", "∃": r"\exists", "⇒": r"\Rightarrow", "½": r"\tfrac{1}{2}",
    **{digit: f"_{k}" for k, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")}, **{d: f"^{k}" for k, d in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}
_ACCENTS = {"\N{COMBINING GRAVE ACCENT}": "`", "\N{COMBINING ACUTE ACCENT}": "'",
            "\N{COMBINING CIRCUMFLEX ACCENT}": "^", "\N{COMBINING TILDE}": "~", "\N{COMBINING DIAERESIS}": '"',
            "\N{COMBINING MACRON}": "=", "\N{COMBINING DOT ABOVE}": ".", "\N{COMBINING CARON}": "v",
            "\N{COMBINING CEDILLA}": "c", "\N{COMBINING RING ABOVE}": "r",
            "\N{COMBINING DOUBLE ACUTE ACCENT}": "H", "\N{COMBINING BREVE}": "u"}
_LETTERS = {"ß": r"{\ss}", "ø": r"{\o}", "Ø": r"{\O}", "æ": r"{\ae}", "Æ": r"{\AE}", "œ": r"{\oe}", "ł": r"{\l}",
            "Ł": r"{\L}", "ı": r"{\i}", "–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'",
            "…": r"\dots{}", "§": r"\S{}", "©": r"\copyright{}", "\N{NO-BREAK SPACE}": "~", "°": r"$^\circ$"}
_SCRIPTS = {"_": "textsubscript", "^": "textsuperscript"}
_OPEN = {"{": "}", "(": ")", "[": "]"}


def words(text: str) -> str:
    """Text as LaTeX; a character that LaTeX has no letter for by its number."""
    return "".join(_set(" ".join(text.split())))


def cut(text: str) -> Iterator[tuple[str, str]]:
    """The text in parts, each with ``_`` or ``^`` where it is a subscript or superscript, else with nothing."""
    at, plain = 0, ""
    while at < len(text):
        mark = text[at]
        behind = text[at - 1:at].strip()  # a script stands behind something
        inside, end = _script(text, at + 1) if mark in _SCRIPTS and behind else ("", at)
        if inside:
            yield "", plain
            yield mark, inside
            plain, at = "", end
        else:
            plain += mark
            at += 1
    yield "", plain


def _script(text: str, at: int) -> tuple[str, int]:
    """What stands below or above: what is in braces, or letters and digits; and the place behind it."""
    if text[at:at + 1] in _OPEN:
        close = _OPEN[text[at]]
        depth, end = 0, at
        while end < len(text):
            depth += {text[at]: 1, close: -1}.get(text[end], 0)
            end += 1
            if not depth:
                return text[at + 1:end - 1] if close == "}" else text[at:end], end
        return "", at
    end = at
    while end < len(text) and (text[end].isalnum() or text[end] in "•⊙"):
        end += 1
    return text[at:end], end


def _set(text: str) -> Iterator[str]:
    apart = "".join(c if c in _MATHS else unicodedata.normalize("NFD", c) for c in text)  # ≠ is one sign
    for mark, part in cut(apart):
        yield rf"\{_SCRIPTS[mark]}{{{''.join(_set(part))}}}" if mark else "".join(_characters(part))


def _characters(text: str) -> Iterator[str]:
    """Each character with the accents behind it."""
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        base = "-{}" if text.startswith("--", at) else _character(text[at])  # two hyphens are no dash
        for accent in text[at + 1:end]:
            known = accent in _ACCENTS and not base.startswith("$")
            base = rf"\{_ACCENTS[accent]}{{{base}}}" if known else base + _character(accent)
        yield base
        at = end


def _character(c: str) -> str:
    if c in _MATHS:
        return f"${_MATHS[c]}$"
    if c in _LETTERS:
        return _LETTERS[c]
    if c.isascii() and c.isprintable():
        return escaped(c) if c.strip() else " "
    return rf"[U+{ord(c):04X}]"
