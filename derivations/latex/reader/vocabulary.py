"""The words of LaTeX mathematics that are read, and what each is called in the tree. Everything else is not read."""

from __future__ import annotations


def _words(said: str) -> list[str]:
    return said.split()


# ---- letters

_GREEK = """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi
    pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega digamma
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
_LETTERS = """partial nabla infty ell hbar Re Im wp aleph beth imath jmath top bot intercal dagger ddagger
    emptyset varnothing ldots cdots vdots ddots"""

LETTERS = {f"\\{name}": name for name in _words(f"{_GREEK} {_LETTERS}")} | {
    r"\dots": "ldots", r"\dotsc": "ldots", r"\dotso": "ldots", r"\dotsb": "cdots", r"\dotsm": "cdots",
    r"\dotsi": "cdots", r"\hdots": "ldots",
}

# Functions that LaTeX knows by name. Those under which something ranges are big signs instead.
WORDS = {f"\\{name}": name for name in _words("""tanh sinh cosh coth sin cos tan cot sec csc arcsin arccos arctan
    exp log ln lg det dim ker deg arg Pr gcd hom""")}

STYLES = {
    r"\mathbf": "bf", r"\mathrm": "rm", r"\mathit": "it", r"\mathsf": "sf", r"\mathtt": "tt", r"\mathcal": "cal",
    r"\mathbb": "bb", r"\mathfrak": "frak", r"\mathscr": "scr", r"\mathbbm": "bb", r"\mathds": "bb",
    r"\mathnormal": "", r"\boldsymbol": "bf", r"\bm": "bf", r"\pmb": "bf", r"\symbf": "bf",
}
SEPARATE = {r"\boldsymbol", r"\bm", r"\pmb", r"\mathnormal"}  # styles in which letters beside each other stay apart
DECLARATIONS = {r"\bf": "bf", r"\rm": "rm", r"\it": "it", r"\sf": "sf", r"\tt": "tt", r"\cal": "cal", r"\mit": ""}

# Commands whose argument is words, and the style of those words.
TEXTS = {r"\text": "rm", r"\textrm": "rm", r"\textnormal": "rm", r"\textup": "rm", r"\mbox": "rm", r"\hbox": "rm",
         r"\textbf": "bf", r"\textit": "it", r"\textsl": "it", r"\emph": "it", r"\textsf": "sf", r"\texttt": "tt"}
PROSE = {r"\intertext", r"\shortintertext"}  # words, and never a name
SAYING = {r"\forall": "for all", r"\exists": "there is", r"\nexists": "there is no",  # signs that are words
          r"\therefore": "therefore", r"\because": "because"}

# Single words between formulas. As scripts, or with scripts of their own, they are names like any other.
CONNECTIVES = frozenset(_words("""and or but not if iff then else otherwise when whenever where while with without for
    unless except until suppose supposing assuming provided never between via
    such so that hence thus therefore because since as is are be let given by from to on of in at under through
    all every each any some almost everywhere only alone respectively"""))

ACCENTS = {
    r"\tilde": "tilde", r"\widetilde": "tilde", r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar", r"\overline": "bar",
    r"\dot": "dot", r"\ddot": "ddot", r"\vec": "vec", r"\check": "check", r"\widecheck": "check", r"\breve": "breve",
    r"\acute": "acute", r"\grave": "grave", r"\mathring": "ring", r"\underline": "underline",
    r"\overrightarrow": "rightarrow", r"\overleftarrow": "leftarrow",
}

# ---- signs

PLUS = {"+": "+", "-": "-", r"\pm": "pm", r"\mp": "mp", r"\oplus": "oplus", r"\ominus": "ominus"}
TIMES = {r"\cdot": "cdot", r"\times": "times", r"\odot": "odot", r"\otimes": "otimes", r"\circ": "circ", r"\ast": "ast",
         "*": "ast", "/": "/"}
PLACEHOLDERS = {**PLUS, **TIMES, r"\bullet": "bullet", r"\star": "star", ":": ":"}  # may stand for themselves
LOGIC = {r"\land": "∧", r"\wedge": "∧", r"\lor": "∨", r"\vee": "∨"}
IMPLIES = {r"\Rightarrow": "⇒", r"\implies": "⇒", r"\Longrightarrow": "⇒", r"\Leftrightarrow": "⇔", r"\iff": "⇔",
           r"\Longleftrightarrow": "⇔", r"\Leftarrow": "⇐", r"\impliedby": "⇐"}
RELATIONS = {
    "=": "=", r"\ne": "≠", r"\neq": "≠", "<": "<", r"\lt": "<", r"\le": "≤", r"\leq": "≤", r"\leqslant": "≤",
    r"\leqq": "≤", ">": ">", r"\gt": ">", r"\ge": "≥", r"\geq": "≥", r"\geqslant": "≥", r"\geqq": "≥",
    r"\ll": "≪", r"\gg": "≫", r"\in": "∈", r"\notin": "∉", r"\ni": "∋", r"\subset": "⊂", r"\subseteq": "⊆",
    r"\supset": "⊃", r"\supseteq": "⊇", r"\approx": "≈", r"\approxeq": "≈", r"\simeq": "≃", r"\cong": "≅",
    r"\propto": "∝", r"\varpropto": "∝", r"\equiv": "≡", r"\sim": "~", r"\to": "→", r"\rightarrow": "→",
    r"\longrightarrow": "→", r"\gets": "←", r"\leftarrow": "←", r"\longleftarrow": "←", r"\leftrightarrow": "↔",
    r"\mapsto": "↦", r"\longmapsto": "↦", r"\mid": "∣", r"\perp": "⊥", r"\prec": "≺", r"\preceq": "⪯", r"\succ": "≻",
    r"\succeq": "⪰", r"\coloneqq": ":=", r"\coloneq": ":=", r"\triangleq": ":=", r"\defeq": ":=", r"\eqqcolon": "=:",
    ":": ":", r"\colon": ":",
}
NEGATED = {"=": "≠", "∈": "∉", "→": "↛", "←": "↚", "<": "≮", ">": "≯", "≤": "≰", "≥": "≱", "≡": "≢", "~": "≁", "≈": "≉",
           "≅": "≇", "⊂": "⊄", "⊆": "⊈", "∣": "∤"}
RELATING = frozenset((*RELATIONS, r"\not", r"\stackrel", r"\overset", r"\middle"))
BELONGS = frozenset("∈∉⊂⊆")  # right of these stands one set, never a list
ORDER = frozenset("<≤>≥")
GIVEN = frozenset(":∣")  # these part more than any other relation, and more than commas

BIG = {r"\sum": "sum", r"\prod": "prod", r"\int": "int", r"\max": "max", r"\min": "min", r"\lim": "lim", r"\sup": "sup",
       r"\inf": "inf", r"\limsup": "limsup", r"\liminf": "liminf", r"\argmax": "argmax", r"\argmin": "argmin"}
NAMED = frozenset(BIG.values()) - {"sum", "prod", "int"}  # those that are words: they can stand alone, as in ‖x‖_max

# ---- fences

OPENING = {"(": "(", "[": "[", r"\lbrack": "[", r"\{": "{", r"\lbrace": "{", r"\lvert": "|", r"\lVert": "‖",
           r"\langle": "⟨", r"\lfloor": "⌊", r"\lceil": "⌈"}
CLOSING = {")": ")", "]": "]", r"\rbrack": "]", r"\}": "}", r"\rbrace": "}", r"\rvert": "|", r"\rVert": "‖",
           r"\rangle": "⟩", r"\rfloor": "⌋", r"\rceil": "⌉"}
BARS = {"|": "|", r"\vert": "|", r"\|": "‖", r"\Vert": "‖"}
DELIMITERS = {**OPENING, **CLOSING, **BARS, ".": ".", "<": "⟨", ">": "⟩"}  # after \left and \right
CLOSES = {"(": ")]", "[": "])", "{": "}", "|": "|", "‖": "‖", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}  # half-open intervals too
SIZES = {rf"\{size}{side}": side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "m", "r")}

FRACTIONS = (r"\frac", r"\dfrac", r"\tfrac", r"\cfrac", r"\nicefrac")
SCRIPTS = frozenset("^_'")

# ---- environments

LINES = frozenset(name + star for name in _words("""equation displaymath math align aligned alignat alignedat flalign
    gather gathered multline multlined eqnarray split dmath""") for star in ("", "*"))
COUNTED = frozenset(("alignat", "alignat*", "alignedat"))  # with an argument {n}
MATRICES = {"matrix": "", "smallmatrix": "", "array": "", "bmatrix": "[", "bsmallmatrix": "[", "pmatrix": "(",
            "psmallmatrix": "(", "vmatrix": "|", "vsmallmatrix": "|", "Vmatrix": "‖", "Vsmallmatrix": "‖",
            "Bmatrix": "{}", "Bsmallmatrix": "{}", "cases": "{", "dcases": "{", "rcases": "}"}

# ---- layout

GAPS = frozenset((r"\quad", r"\qquad"))  # between statements
CONTROL_SPACES = frozenset(("~", "\\ ", "\\\n", "\\\t"))
IGNORED = CONTROL_SPACES | frozenset(_words(r"""
    \, \: \; \! \> \/ \thinspace \medspace \thickspace \negthinspace \enspace \enskip \allowbreak \nobreak
    \break \nobreakspace \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits
    \displaylimits \nonumber \notag \mathstrut \strut \mathrel \mathbin \mathord \mathopen \mathclose
    \mathpunct \mathinner \ensuremath \smash \boxed \fbox \hfill \hfil \noindent \centering \null \relax
    \small \normalsize \large \qedhere \hline"""))
# Commands whose argument prints nothing that is mathematics.
SILENT = frozenset(_words(r"\label \tag \hspace \vspace \mspace \phantom \hphantom \vphantom \color \textcolor \cline"))

# ---- what ends what

PUNCTUATION = frozenset(",;.:")
ENDS = frozenset(("", "}", r"\right", r"\end", r"\over"))
STOPS = frozenset((*RELATING, *LOGIC, *IMPLIES, *PLUS, *CLOSING, *GAPS, *ENDS, *PUNCTUATION, "&", r"\\"))  # no operand
