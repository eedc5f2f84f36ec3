"""Random and mutated LaTeX against the reader: no crash, nothing slow, no tree that loses or changes what stands there.

``python -m tests.reader_fuzz --count 100000 --seed 0``, or ``make fuzz``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from time import process_time

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from reader_properties import Parse, Write, faults

from derivations.latex import latex
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.write import write
from derivations.recurrent import lstm, rnn


def _split(pieces: str) -> list[str]:
    return pieces.split()


PIECES = _split(r"""
    \bf {\rm {\bf x} \mathbf{ab} \mathbf{W} \boldsymbol{\mathcal{L}} \boldsymbol \mathrm \mathrm{rec} \mathbf{1} | |
    \| \Big| \bigl| \bigr| \Bigl( \big/ \left. \right| \left( \right) \left[ \right] \left\{ \right\} \text{if}
    \text{loss} \textrm{hx} \textbf{1} \mbox{and} \intertext{x} \forall \operatorname{diag} , ; . : = \le
    \operatorname*{sup} \quad \qquad \in \mid \colon := \not \neq \to \approx \Rightarrow \iff \land \lor \stackrel
    \\ \\ & & \\[1ex] + - + - \oplus \pm \cdot \odot \times \otimes \circ * / ^ _ ^ _ ' '' \prime \top ^{ _{ { } { }
    ( ) [ ] \{ \} {} \middle \frac \sqrt \hat \tilde \overline \bar \sum \prod \max \lim \int \overrightarrow
    \mathop \underset \overset \substack \limits \begin{aligned} \end{aligned} \begin{bmatrix} \end{bmatrix}
    \begin{cases} \end{cases} \begin{array}{cc} \end{array} \begin{align} \begin{foo} \underbrace \overbrace \over
    \partial \nabla \infty \ldots ... \bullet \star \langle \rangle \lvert \rvert \lVert \rVert \lceil 1 2 12 0.5 .5
    00 x y W t \theta \alpha \sigma \tanh \log \det \exp f ( x ) ~ \, \; \! % %x \label{a} \tag{1} \hspace{1em}
    \phantom{x} \color{red} \boxed \mathrel $ # #1 \foo \x @ " ! ? < > σ ∂ ᵀ ₁ ₂ ² ℝ 𝐖 ≤ · × ⊙ ĉ ‖ é … − 中""")
PIECES += [r"\text{ if }", r"\text{a b}", "\n", " ", r"\ ", "\\", "\x00", "\ufeff", "𝕏"]

_REPEATED = _split(r"""
    ( [ { ^ _ ' | || \ & \\ x^{ x_{ \left( \frac{ \frac \sqrt \bar \mathbf {\bf{ \sum \sum_ \max \text{
    \begin{aligned} \begin{bmatrix} a+ a, a= a=b, (a) {a} {a}^b {{a}b |a|b a\quad{} a=b\\ &a\\ \not \over - 1 1. . ₁
    ᵀ a: \stackrel{ \underbrace{ \mid{} \land{}a \Big|_ \overrightarrow \mathop{ \substack{ \underset \parbox{
    \left.a\right|_ \Rightarrow{}a \operatorname{ \begin{cases}a& \bigl|""")
EXTREMES = [piece * (10_000 // len(piece)) for piece in (*_REPEATED, "x\u0303", "%\n", "\\bf ", " ")]

# What a composed text is made of: each ? is an operand, each # a whole formula, each ~ a space.
ATOMS = _split(r"""
    x y W t 1 0.5 12 \sigma \theta \partial \mathbf{W} \mathbf~W \boldsymbol{\theta} \tilde{\mathbf{c}} \hat~x
    \mathrm{diag} \operatorname{tr} \tanh \textrm{prod} \text{loss} (#) [#] \{#\} |?| \lVert~?\rVert \left(#\right]
    {?} \bigl[#\bigr) \frac{#}{#} \frac12 \sqrt{#} \sqrt[?]{?} {?}^{#} ?_{#} ?_x ?^2 ?' {?\over~?} {\bf~?} (?,?)
    [?;?] \begin{bmatrix}#&#\\#&#\end{bmatrix} \underbrace{?}_{?} \left.?\right|_{#} \infty \ldots \nabla_? ?^\top
    ?^{(?)} ?_\textrm{hx} ?''_{?-1}^{\top} (#) (#) ? ? \sum_{t=1}^{T}? \prod_{?}? \max_?? ?^{\prime\top} ?_{:,?}
    ?^{\odot~2} \mathop{\overrightarrow{\prod}}_{?}^{?}? \begin{cases}#&\text{if~}#\\#&#\end{cases}
    \begin{aligned}#\end{aligned} \begin{aligned}#\\&=#,\\#\end{aligned} \mathbb{R}^{?\times?} \mathbf{1}_?
    \mathrm{?} f(\cdot) ?^{+}""")
SIGNS = _split(r"""
    ~ ~ ~ ~ + - + - \cdot \odot \otimes / \, \times \oplus = \le \in , = < \to \quad ,\quad \text{~and~} ~{+}~
    \text{for~all} \Rightarrow \land \mid : ~{=}~ \mathrel{=} \\&= \\&+""")


def shipped() -> list[str]:
    """Every formula that is shipped, as its source prints it and as we do, in both notations."""
    found: list[str] = []
    for model in (rnn, lstm):
        for said in (*model.claims, *model.definitions):
            found += [latex(said, profile) for profile in ("paper", "article")]
            found += [said.printed] if getattr(said, "printed", None) else []
        found += [form for form, _ in model.printed_forms.values()]
    return sorted(set(found))


def composed(z: Random, depth: int = 3) -> str:
    """A formula that is likely to be read, in one of the many ways in which it can be written."""
    said = _operand(z, depth)
    for _ in range(z.choice((0, 0, 1, 1, 2, 4))):
        said += " " + z.choice(SIGNS).replace("~", " ") + " " + _operand(z, depth)
    return said


def _operand(z: Random, depth: int) -> str:
    made = ""
    for c in z.choice(ATOMS if depth > 0 else ATOMS[:10]):
        made += _operand(z, depth - 1) if c == "?" else composed(z, depth - 2) if c == "#" else " " if c == "~" else c
    return made


def texts(seed: int, equations: Sequence[str]) -> Iterator[str]:
    """In turn random pieces, composed formulas, some of them changed a little, and equations with changes."""
    z = Random(seed)
    while True:
        yield " "[:z.randrange(2)].join(z.choice(PIECES) for _ in range(z.randint(1, 14)))
        yield composed(z)
        yield mutated(composed(z), z, equations)
        text = z.choice(equations)
        for _ in range(z.choice((1, 1, 2, 4))):
            text = mutated(text, z, equations)
        yield text


def mutated(text: str, z: Random, equations: Sequence[str]) -> str:
    """A text with one change: something put in, taken out, doubled, replaced, or taken from another; or one byte."""
    at = z.randrange(len(text) + 1)
    end = min(len(text), at + z.randint(0, 8))
    kind = z.randrange(6)
    if kind == 0:
        return text[:at] + text[end:]
    if kind == 1:
        return text[:at] + z.choice(PIECES) + text[at:]
    if kind == 2:
        return text[:at] + text[at:end] * 2 + text[end:]
    if kind == 3:
        other = z.choice(equations)
        cut = z.randrange(len(other) + 1)
        return text[:at] + other[cut:cut + 20] + text[at:]
    if kind == 4:
        return text[:at] + chr(z.randrange(1, 128)) + text[at + 1:]
    return text[:at] + z.choice(PIECES) + text[end:]


@dataclass
class Tally:
    """How many texts were tried and read, what was wrong with any, and the longest time for one."""

    tried: int = 0
    read: int = 0
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0


def tally(found: Iterator[str], count: int, parse: Parse = parse, write: Write = write) -> Tally:
    out = Tally()
    for text in islice(found, count):
        started = process_time()
        tree, said = faults(text, parse, write)
        out.longest = max(out.longest, process_time() - started)
        out.tried += 1
        out.read += tree is not None
        out.wrong += [f"{text!r}: {words}" for words in said]
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reader_fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000, help="how many texts are tried")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    started = process_time()
    extremes = tally(iter(EXTREMES), len(EXTREMES))
    found = tally(texts(asked.seed, shipped()), asked.count)
    wrong = [*(words[:300] for words in extremes.wrong), *found.wrong]
    print(f"{found.tried:,} texts and {extremes.tried} extreme ones: {found.read:,} read, {len(wrong)} wrong; "
          f"the longest {max(found.longest, extremes.longest):.2f} s, all {process_time() - started:.0f} s of CPU")
    for words in wrong[:50]:
        print(f"  WRONG: {words}")
    return int(bool(wrong) or found.tried < asked.count)


if __name__ == "__main__":
    sys.exit(main())
