"""Where in a formula reading is: what is open, what aligns, how letters are set."""

from __future__ import annotations

from derivations.latex.reader.rows import Lines
from derivations.latex.reader.tokens import Token
from derivations.latex.reader.tree import NotRead
from derivations.latex.reader.vocabulary import DECLARATIONS

DEEPEST = 40  # levels of groups, fences and big signs inside each other
BRACES = 100  # of braces alone, most of which print nothing


class Context:
    """``style`` and ``run``: the font, and whether letters in it that stand together are one word. ``script``: inside a
    script. ``fence``: what is open here, "" for nothing. ``lines``: the alignment whose rows part or continue formulas;
    ``cell``: one of a matrix, where & and rows end. ``risk``: a bar that was read as closing could open, so that one
    that opens beside a letter could close it."""

    __slots__ = ("cell", "fence", "lines", "risk", "run", "script", "style")

    def __init__(self, style: str = "", run: bool = False, script: bool = False, fence: str = "",
                 lines: Lines | None = None, cell: bool = False) -> None:
        self.style, self.run, self.script, self.fence, self.lines, self.cell = style, run, script, fence, lines, cell
        self.risk = False

    @property
    def apart(self) -> bool:
        """Whether statements are parted here by commas, columns and rows."""
        return self.lines is not None and not self.fence

    def inner(self, *, fence: str = "", lines: Lines | None = None, script: bool = False,
              cell: bool = False) -> Context:
        """A context inside this one, in which letters are set as here."""
        return Context(self.style, self.run, script or self.script, fence, lines, cell)

    def styled(self, style: str, run: bool) -> Context:
        return Context(style, run, self.script)


def groups(found: list[Token]) -> tuple[list[int], bytearray]:
    """Where each opening brace is closed, and whether a change of font or ``\\over`` stands directly inside."""
    closes, special, opened = [0] * len(found), bytearray(len(found)), list[int]()
    for at, token in enumerate(found):
        key = token.key
        if key == "{":
            opened.append(at)
            if len(opened) > BRACES:
                raise NotRead(f"nested too deeply: more than {BRACES} braces inside each other", token.start)
        elif key == "}":
            if not opened:
                raise NotRead("} without its {", token.start)
            closes[opened.pop()] = at
        elif opened and (key == r"\over" or key in DECLARATIONS):
            special[opened[-1]] = 1
    if opened:
        raise NotRead("{ is not closed: } was expected", found[opened[-1]].start)
    return closes, special
