"""Letters and the names of functions: how each is written in LaTeX and in plain text."""

from __future__ import annotations

# Greek letters that do not look like Latin ones, and ℓ; others are spelled out, so that no two names look alike.
_SAME = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "upsilon": "υ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
}
LETTERS: dict[str, tuple[str, str]] = {
    **{name: (f"\\{name}", letter) for name, letter in _SAME.items()},
    "phi": (r"\varphi", "φ"),
    "epsilon": (r"\varepsilon", "ε"),
}

# Elementwise functions that LaTeX knows by a name of its own; the others are set upright.
FUNCTIONS: dict[str, tuple[str, str]] = {
    "sigma": (r"\sigma", "σ"),
    "tanh": (r"\tanh", "tanh"),
    "exp": (r"\exp", "exp"),
    "log": (r"\log", "log"),
    "sin": (r"\sin", "sin"),
    "cos": (r"\cos", "cos"),
    "inf": (r"\inf", "inf"),
}

COMBINING = {"tilde": "\N{COMBINING TILDE}", "hat": "\N{COMBINING CIRCUMFLEX ACCENT}", "bar": "\N{COMBINING MACRON}",
             "dot": "\N{COMBINING DOT ABOVE}"}

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
            **{c: f"\\{c}" for c in "&%$#_{}"}}


def escaped(words: str) -> str:
    """Words of a text as LaTeX sets them, on one line."""
    return "".join(_SPECIAL.get(c, c) for c in " ".join(words.split()))
