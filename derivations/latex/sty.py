"""``notation.sty``: the macros of both notations, and marks in the margin."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.latex.macros import MACROS, Macro
from derivations.latex.notation import notation
from derivations.latex.stamp import FILE, sealed
from derivations.version import __version__

NAME = "notation.sty"
# What stands before a verdict's word; \checkmark where amssymb is loaded.
SIGNS = {
    "proved": r"\notation@check", "agrees": r"$\approx$", "refuted": r"$\times$", "undecided": "?", "vacuous": "?",
    "not checked": "--",
}

_HEAD = r"""% The notation of derivations as macros: \usepackage{notation}, or \usepackage[article]{notation}.
% A paper changes one after that, as in \renewcommand{\had}{\circ}. It needs amsmath, and no more.
% This file is written by derivations latex --macros; where it was edited, it is left alone."""

_OPTIONS = r"""\NeedsTeXFormat{LaTeX2e}
\ProvidesPackage{notation}[notation of derivations]
\RequirePackage{amsmath}
\newif\ifnotation@article
\DeclareOption{paper}{\notation@articlefalse}
\DeclareOption{article}{\notation@articletrue}
\ExecuteOptions{PROFILE}
\ProcessOptions\relax"""

_MARKS = r"""
% Marks in the margin: \begin{verdict}{proved} \begin{equation} ... \end{equation} \end{verdict} sets one beside the
% equation's number, on its outer side, and \verdictaside{proved} one beside a line of text.
% \renewcommand{\verdictmark}[1]{} leaves them all out.
\newcommand{\verdictmark}[1]{{\normalfont\footnotesize\notation@sign{#1}\,#1}}
\newcommand{\verdictaside}[1]{\marginpar{\raggedright\verdictmark{#1}}}
\newcommand{\notation@check}{\ifcsname checkmark\endcsname\ensuremath{\checkmark}\else\ensuremath{\surd}\fi}
\newcommand{\notation@sign}[1]{\ifcsname notation@sign@#1\endcsname\csname notation@sign@#1\endcsname\fi}
SIGNS
\let\notation@mark\@empty
\newenvironment{verdict}[1]{\def\notation@mark{#1}\ignorespaces}{\ignorespacesafterend}
\let\notation@tagform\tagform@
\def\tagform@#1{%
  \ifx\notation@mark\@empty\else\iftagsleft@\llap{\verdictmark{\notation@mark}\enspace}\fi\fi
  \notation@tagform{#1}%
  \ifx\notation@mark\@empty\else\iftagsleft@\else\rlap{\enspace\verdictmark{\notation@mark}}\fi\fi}"""


def notation_sty(profile: str = "paper") -> str:
    """The package, with this notation where no option is given. Raises NamingError for an unknown profile."""
    notation(profile)
    both = [name for name, macro in MACROS.items() if macro.paper == macro.article]
    apart = [name for name in MACROS if name not in both]
    signs = (rf"\@namedef{{notation@sign@{verdict}}}{{{sign}}}" for verdict, sign in SIGNS.items())
    return sealed("\n".join([
        _HEAD,
        f"{FILE} id={NAME} version={__version__}",
        _OPTIONS.replace("PROFILE", profile),
        "",
        *_defined((name, MACROS[name], MACROS[name].paper) for name in both),
        r"\ifnotation@article",
        *(f"  {line}" for line in _defined((name, MACROS[name], MACROS[name].article) for name in apart)),
        r"\else",
        *(f"  {line}" for line in _defined((name, MACROS[name], MACROS[name].paper) for name in apart)),
        r"\fi",
        _MARKS.replace("SIGNS", "\n".join(signs)),
        r"\endinput",
        "",
    ]))


def _defined(rows: Iterator[tuple[str, Macro, str]]) -> Iterator[str]:
    for name, macro, tex in rows:
        count = f"[{macro.arguments}]" if macro.arguments else ""
        yield rf"\newcommand{{\{name}}}{count}{'[]' if macro.optional else ''}{{{tex}}} % {macro.what}"
