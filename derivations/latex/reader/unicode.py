"""Mathematics written in Unicode's own signs: the commands that each stands for."""

from __future__ import annotations

import unicodedata

_NAMES = """alpha beta gamma delta zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon chi psi omega
    vartheta varpi varrho varsigma varkappa digamma Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
_GREEK = dict(zip("αβγδζηθικλμνξπρστυχψωϑϖϱςϰϝΓΔΘΛΞΠΣΥΦΨΩ", _NAMES.split(), strict=True)) | {
    "φ": "varphi", "ϕ": "phi", "ε": "varepsilon", "ϵ": "epsilon", "µ": "mu"}

_SIGNS = {
    "∂": r"\partial", "∇": r"\nabla", "∞": r"\infty", "ℓ": r"\ell", "ℏ": r"\hbar", "∅": r"\emptyset", "†": r"\dagger",
    "‡": r"\ddagger", "⊤": r"\top", "⊺": r"\intercal", "…": r"\ldots", "⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots",
    "ı": r"\imath", "ȷ": r"\jmath",
    "−": "-", "±": r"\pm", "∓": r"\mp", "⊕": r"\oplus", "⊖": r"\ominus", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times",
    "⊙": r"\odot", "⨀": r"\odot", "⊗": r"\otimes", "∘": r"\circ", "∗": r"\ast", "∕": "/",
    "•": r"\bullet", "⋆": r"\star",
    "≠": r"\neq", "≤": r"\le", "≥": r"\ge", "⩽": r"\le", "⩾": r"\ge", "≪": r"\ll", "≫": r"\gg", "∈": r"\in",
    "∉": r"\notin", "∋": r"\ni", "⊂": r"\subset", "⊆": r"\subseteq", "⊃": r"\supset", "⊇": r"\supseteq",
    "≈": r"\approx", "≃": r"\simeq", "≅": r"\cong", "∝": r"\propto", "≡": r"\equiv", "∼": r"\sim", "→": r"\to",
    "⟶": r"\to", "←": r"\gets", "⟵": r"\gets", "↔": r"\leftrightarrow", "↦": r"\mapsto", "⟼": r"\mapsto",
    "∣": r"\mid", "⊥": r"\perp", "≔": r"\coloneqq", "≕": r"\eqqcolon", "≜": r"\triangleq", "≺": r"\prec",
    "⪯": r"\preceq", "≻": r"\succ", "⪰": r"\succeq", "⇒": r"\Rightarrow", "⟹": r"\Rightarrow", "⇔": r"\iff",
    "⟺": r"\iff", "⇐": r"\Leftarrow", "∧": r"\land", "∨": r"\lor", "∀": r"\forall", "∃": r"\exists",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "√": r"\sqrt", "‖": r"\|", "∥": r"\|", "⟨": r"\langle", "⟩": r"\rangle",
    "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "′": "'", "’": "'",
}

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿᵏᵗʰʲˡᵐᵒᵖˢᵛʷˣʸ", "0123456789+-=()inkthjlmopsvwxy", strict=True)) | {
    "ᵀ": r"\top", "ᴴ": "H"}

ACCENTED = {"\u0303": r"\tilde", "\u0302": r"\hat", "\u0304": r"\bar", "\u0305": r"\bar", "\u0307": r"\dot",
            "\u0308": r"\ddot", "\u20d7": r"\vec", "\u030c": r"\check", "\u0306": r"\breve", "\u0301": r"\acute",
            "\u0300": r"\grave", "\u030a": r"\mathring"}

_PRIMES = {"″": 2, "‴": 3, "⁗": 4, "”": 2}
_STYLES = (("DOUBLE-STRUCK", r"\mathbb"), ("SANS-SERIF", r"\mathsf"), ("MONOSPACE", r"\mathtt"),
           ("FRAKTUR", r"\mathfrak"), ("BLACK-LETTER", r"\mathfrak"), ("SCRIPT", r"\mathcal"), ("BOLD", r"\mathbf"),
           ("ITALIC", ""))


def spelled(sign: str) -> list[str] | None:
    """The keys of the tokens that a sign beyond ASCII stands for; None where it stands for nothing that is read."""
    if sign in _GREEK:
        return [f"\\{_GREEK[sign]}"]
    if sign in _SIGNS:
        return [_SIGNS[sign]]
    if sign in _PRIMES:
        return ["'"] * _PRIMES[sign]
    return _styled(sign) or _composed(sign)


def _styled(sign: str) -> list[str] | None:
    """A mathematical alphanumeric, such as 𝐖 or ℝ: its plain letter in its style."""
    plain, name = unicodedata.normalize("NFKC", sign), unicodedata.name(sign, "")
    if len(plain) != 1 or not (name.startswith("MATHEMATICAL ") or ord(sign) in range(0x2100, 0x2150)):
        return None
    inside = [plain] if plain.isascii() else spelled(plain) if plain != sign else None
    style = next((command for word, command in _STYLES if word in name), None)
    if inside is None or len(inside) != 1 or style is None:
        return None
    if not style:
        return inside
    bold = ["\\boldsymbol", "{"] if "BOLD" in name and style != r"\mathbf" else []
    command = r"\boldsymbol" if style == r"\mathbf" and inside[0][0] == "\\" else style
    return [*bold, command, "{", *inside, "}", *("}" for _ in bold[1:])]


def _composed(sign: str) -> list[str] | None:
    """A letter with an accent, as one sign: ĉ."""
    parts = unicodedata.normalize("NFD", sign)
    if len(parts) < 2 or not (parts[0].isascii() and parts[0].isalpha()) or any(c not in ACCENTED for c in parts[1:]):
        return None
    keys = [parts[0]]
    for mark in parts[1:]:
        keys = [ACCENTED[mark], "{", *keys, "}"]
    return keys
