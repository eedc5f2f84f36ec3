"""LaTeX as MathML Core, which browsers draw by themselves and screen readers read.

The conversion is that of math-core. What it does not do, or does otherwise than TeX, is mended here: the space after
``\\\\[1ex]``, formulas inside ``\\text``, limits of ``\\mathop``. Nothing is trusted: its answer is read as XML, and
only elements and attributes that can do no harm are let through. LaTeX that cannot be set is shown as it is written.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# What nests deeper, or is longer, could end the process: the converter goes down one call a level.
LONGEST, DEEPEST, MOST_COMMANDS = 20_000, 100, 1_000
ELEMENTS = re.compile("math|mrow|mi|mn|mo|mtext|mspace|msup|msub|msubsup|munder|mover|munderover|mmultiscripts|"
                      "mprescripts|mfrac|msqrt|mroot|mtable|mtr|mtd|mpadded|mstyle|mphantom")
ATTRIBUTES = re.compile("display|displaystyle|scriptlevel|style|mathvariant|stretchy|form|lspace|rspace|accent|"
                        "accentunder|linethickness|minsize|maxsize|width|height|depth|voffset|fence|separator|"
                        "symmetric|largeop|movablelimits")
STYLE = re.compile(r"[-a-zA-Z0-9.%:; #]*")  # no brackets: no url(), no var()
OWN_SPACE = "padding-left:0;padding-right:0.1667em;"  # how the converter marks a \mathop
ALIGNED = re.compile(r"text-align: (left|right);justify-items: (?:start|end);padding-\1: 0;$")
LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
ROW_SPACE = re.compile(r"\\\\\s*(?:\*\s*)?\[\s*-?[0-9.]+\s*(?:ex|em|pt|mu|mm|cm|in|bp|pc)\s*\]")
COMMAND = re.compile(r"\\(?:[a-zA-Z]+|.)", re.DOTALL)
OPENING, CLOSING = {"{", r"\left", r"\begin"}, {"}", r"\right", r"\end"}
NOTE = "LaTeX that could not be typeset"


class Untypeset(Exception):
    """LaTeX that is not set, and why."""


def mathml(latex: str, display: bool = True) -> Markup:
    """A formula as a ``<math>`` element; LaTeX that cannot be converted as ``<code>``, with a note."""
    try:
        return Markup(converted(latex, display))
    except Untypeset as reason:
        return unset(latex, str(reason))


def unset(latex: str, reason: str) -> Markup:
    """LaTeX as it is written."""
    return Markup('<code class="unset" title="{}: {}">{}</code>').format(NOTE, reason, latex)


@lru_cache(maxsize=4096)
def converted(latex: str, display: bool = True) -> str:
    """A formula as a ``<math>`` element. Raises Untypeset, with the reason."""
    from math_core import LatexError

    _require_shallow(latex)
    source = _formulas_out_of_text(ROW_SPACE.sub(r"\\\\ ", latex))
    try:
        found = _converter().convert_with_local_state(source, displaystyle=display)
    except (LatexError, ValueError) as error:  # the latter for text that is no Unicode
        raise Untypeset(" ".join(str(error).split())) from error
    return _checked(found)


@lru_cache(maxsize=1)
def _converter() -> Any:
    from math_core import LatexToMathML

    return LatexToMathML(fancy_error=False)


def _require_shallow(latex: str) -> None:
    depth = deepest = 0
    commands = COMMAND.findall(latex)
    for token in re.findall(r"\\(?:[a-zA-Z]+|.)|[{}]", latex, re.DOTALL):
        depth += (token in OPENING) - (token in CLOSING)
        deepest = max(deepest, depth)
    if len(latex) > LONGEST or len(commands) > MOST_COMMANDS or deepest > DEEPEST:
        raise Untypeset(f"longer than {LONGEST:,} characters or {MOST_COMMANDS:,} commands, or nested more than "
                        f"{DEEPEST} deep")


# ---- before: what the converter does not read


def _formulas_out_of_text(latex: str) -> str:
    r"""``\text{when $x$ is}`` as ``{\text{when }x\text{ is}}``."""
    out, at = [], 0
    for start, inside, end in _texts(latex):
        parts = dollars(inside)
        if len(parts) > 1:
            said = [part if k % 2 else rf"\text{{{part}}}" if part else "" for k, part in enumerate(parts)]
            out += [latex[at:start], "{", *said, "}"]
            at = end
    return "".join([*out, latex[at:]])


def _texts(latex: str) -> list[tuple[int, str, int]]:
    r"""Every ``\text{…}`` that is not inside another: where it begins, what is in it, where it ends."""
    found, at = [], 0
    while (start := latex.find(r"\text{", at)) >= 0:
        depth, end = 0, start + len(r"\text")
        while end < len(latex):
            depth += {"{": 1, "}": -1}.get(latex[end], 0)
            end += 2 if latex[end] == "\\" else 1
            if depth == 0:
                break
        if depth:
            break
        found.append((start, latex[start + len(r"\text{"):end - 1], end))
        at = end
    return found


def dollars(words: str) -> list[str]:
    r"""Text and formulas by turns, text first; one part where the dollars do not pair."""
    parts = re.split(r"(?<!\\)\$", words)
    return parts if len(parts) % 2 else [words]


# ---- after: what it gives


def _checked(found: str) -> str:
    """The answer, read as XML. Raises Untypeset for what a formula has no use for."""
    named = re.sub(r"&([A-Za-z]+);", lambda m: m[0] if m[1] in ("lt", "gt", "amp", "quot") else html.unescape(m[0]),
                   found)
    try:
        root = ElementTree.fromstring(named)  # it has no document type, hence no entities of its own
    except ElementTree.ParseError as error:
        raise Untypeset(f"the converter gave no XML: {error}") from error
    for element in list(root.iter()):
        _require_harmless(element)
        _limits(element)
        _infix(element)
        _short(element)
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _require_harmless(element: Element) -> None:
    if not ELEMENTS.fullmatch(element.tag):
        raise Untypeset(f"the converter gave <{element.tag}>")
    for name, value in element.attrib.items():
        if not ATTRIBUTES.fullmatch(name) or (name == "style" and not STYLE.fullmatch(value)):
            raise Untypeset(f"the converter gave {name}={value!r}")


def _limits(element: Element) -> None:
    r"""The scripts of a ``\mathop`` below and above it, as TeX sets them in displays."""
    if element.tag in LIMITS and element[0].tag == "mpadded" and element[0].get("style") == OWN_SPACE:
        element.tag = LIMITS[element.tag]
        if len(element[0]) == 1:
            element[0] = element[0][0]


def _infix(element: Element) -> None:
    """A sign at the alignment point stands between two formulas, as it does in TeX."""
    if element.tag == "mtr":
        for cell in element[1:]:
            if len(cell) > 1 and cell[0].tag == "mo" and cell[0].get("form") is None:
                cell[0].set("form", "infix")


def _short(element: Element) -> None:
    """The columns of an alignment and thin spaces, which are many, in fewer words."""
    style = element.get("style", "")
    if element.tag == "mtd" and (side := ALIGNED.match(style)):
        element.set("style", f"text-align:{side[1]};padding-{side[1]}:0")
    if element.tag == "mspace" and element.get("width", "").startswith("0.1666"):
        element.set("width", ".167em")


# ---- what a source prints: formulas, or sentences with formulas in them

SIGNS = {"``": "“", "''": "”", "`": "‘", "'": "’", "---": "—", "--": "–", "~": "\u00a0", r"\ ": " ", r"\,": "\u2009",
         **{"\\" + sign: sign for sign in "%&_#$"}, r"\{": "{", r"\}": "}"}
IN_WORDS = re.compile("|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)))


def printed(latex: str) -> Markup:
    r"""A printed form: a formula; or, where it begins with ``\text``, a sentence, which breaks into lines as such."""
    if latex.startswith(r"\text{"):
        inside, end = next(((inside, end) for start, inside, end in _texts(latex) if start == 0), ("\\", 0))
        parts = dollars(inside)
        rest = re.fullmatch(r"([\s:;,.]*)(.*)", latex[end:], re.DOTALL)
        words = [_words(part) for part in parts[::2]]
        if rest is not None and None not in words:
            said = [mathml(part, display=False) if k % 2 else escape(words[k // 2]) for k, part in enumerate(parts)]
            more = [escape(rest[1]), mathml(rest[2], display=False)] if rest[2] else []
            return Markup('<span class="sentence">{}</span>').format(Markup("").join([*said, *more]))
    return mathml(latex)


def _words(text: str) -> str | None:
    """Text without its TeX; None where it has commands that are not for single signs."""
    plain = IN_WORDS.sub(lambda m: SIGNS[m[0]], text)
    left = IN_WORDS.sub("", text)
    return None if any(sign in left for sign in "\\{}") else plain
