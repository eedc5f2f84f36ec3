"""What a printed name says: its letter, accents and labels, and at which step it stands.

``\\mathbf{W}_\\textrm{hx}`` has the label hx, ``c_{t-1}`` and ``c(t-1)`` a step, ``z_{f,t}`` both, ``W^{(2)}`` a label.
Which letters are steps, and which names have them, is known from the whole document (``census``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sympy import Expr, Integer

from derivations.errors import StepError
from derivations.latex.reader.tree import (
    Fenced,
    Letter,
    Listed,
    NotRead,
    Number,
    Product,
    Scripted,
    Signs,
    Sum,
    Tree,
    Word,
)
from derivations.latex.reader.vocabulary import LETTERS
from derivations.symbols import Step, exact_step

PLAIN = {"it": "", "rm": "", "bf": "bf"}  # upright and italic letters are one name, bold ones another
ITALIC = ("", "it")
COMMANDS = frozenset(LETTERS.values())
TRANSPOSES = ("top", "intercal")
SIGNED = {"star": "star", "ast": "star", "*": "star", "+": "plus", "-": "minus", "dagger": "dagger"}


@dataclass(frozen=True)
class Key:
    """A name without its step; E and E_t are two. Two names are one where their keys are equal."""

    stem: str
    style: str = ""
    accents: tuple[str, ...] = ()
    primes: int = 0
    labels: tuple[str, ...] = ()
    steps: bool = False  # whether it stands at steps

    def __str__(self) -> str:
        word = f"\\mathrm{{{self.stem}}}"
        stem = self.stem if len(self.stem) == 1 else f"\\{self.stem}" if self.stem in COMMANDS else word
        for accent in reversed(self.accents):
            stem = f"\\{accent}{{{stem}}}"
        if self.style:
            stem = f"\\math{self.style}{{{stem}}}" if len(self.stem) == 1 else f"\\boldsymbol{{{stem}}}"
        return stem + "'" * self.primes + self.scripts("t" if self.steps else "")

    def scripts(self, step: str = "") -> str:
        """The labels, below or above as they are printed, with a step below."""
        marks = [label for label in self.labels if not label.startswith("(")] + ([step] if step else [])
        text = ",".join(marks)
        below = f"_{{{text}}}" if len(text) > 1 else f"_{text}" if text else ""
        return below + "".join(f"^{{{label}}}" for label in self.labels if label.startswith("("))

    @property
    def bare(self) -> Key:
        """The name without labels and steps."""
        return replace(self, labels=(), steps=False)

    @property
    def stepped(self) -> Key:
        """The name of the sequence."""
        return replace(self, steps=True)


@dataclass(frozen=True)
class Mention:
    """A name where it stands: its key, its step, and a superscript that is an operation (⊤, −1, 2, k)."""

    key: Key
    step: Expr | None = None
    power: Tree | None = None


@dataclass
class Census:
    """What the whole document tells of its letters: which are steps, which names have steps, which are functions."""

    steps: set[str] = field(default_factory=set)
    sizes: set[str] = field(default_factory=set)  # letters that count entries: never steps
    indexed: set[Key] = field(default_factory=set)  # bare names that are printed with a step
    primed: set[Key] = field(default_factory=set)  # names that are called with a prime
    called: set[Key] = field(default_factory=set)  # names with a fence behind them that is no step
    running: set[str] = field(default_factory=set)  # step letters of definitions and of sums: h_t = …, Σ_t
    ends: dict[str, str] = field(default_factory=dict)  # of the letters that run from 1 to another: t, of t = 1 … T
    twofold: set[str] = field(default_factory=set)  # letters that are set upright and in italics
    doubtful: set[tuple[Key, str]] = field(default_factory=set)  # W_i beside W_f, where i is a step too
    labelled: set[Key] = field(default_factory=set)  # declared with all their labels, whatever their letters mean
    known: dict[int, tuple[Tree, int, frozenset[Key]]] = field(default_factory=dict, repr=False)  # names of trees

    @property
    def told(self) -> int:
        """How much is known of the letters: what was made of a tree holds as long as nothing is added."""
        letters = len(self.steps) + len(self.sizes) + len(self.twofold)
        return letters + len(self.indexed) + len(self.doubtful) + len(self.labelled)


EULER = Key("e")


def letter_name(tree: Tree | None) -> str | None:
    """The letter of a step or size: a Greek or Latin letter as it is set in formulas, with primes and a label at most,
    as one word; None otherwise. An upright letter is a label, a bold one a vector."""
    if isinstance(tree, Letter) and not tree.accents and tree.style in ITALIC:
        return tree.name
    if isinstance(tree, Scripted) and tree.sup is None and (stem := letter_name(tree.base)) is not None \
            and isinstance(tree.base, Letter):
        label = simple_label(tree.sub) if tree.sub is not None else ""
        return None if label is None else stem + "'" * tree.primes + (f"_{label}" if label else "")
    return None


def simple_label(tree: Tree | None) -> str | None:
    """Letters and digits that make a label, whatever they may mean as steps; None where there are other signs."""
    if isinstance(tree, Letter):
        return tree.name if not tree.accents else None
    if isinstance(tree, Word):
        return "".join(c for c in tree.text if c.isalnum()) or None
    if isinstance(tree, Number):
        return tree.text if tree.text.isdigit() else None
    if isinstance(tree, Signs) and tree.after is None:
        return "".join(SIGNED.get(sign, "") for sign in tree.signs) or None
    if isinstance(tree, Product) and not any(tree.signs):
        parts = [simple_label(factor) for factor in tree.factors]
        return "".join(part for part in parts if part) if all(parts) else None
    return None


def affine(tree: Tree | None, steps: Iterable[str]) -> Expr | None:
    """A step such as t - 1 or T + t - i; None where the tree is something else."""
    known = set(steps)

    def value(e: Tree) -> Expr | None:
        if isinstance(e, Number) and e.text.isdigit():
            return Integer(e.text)
        name = letter_name(e)
        if name is not None:
            return Step(name) if name in known else None
        if isinstance(e, Sum) and all(sign in ("", "+", "-") for sign in e.signs):
            terms = [value(term) for term in e.terms]
            total: Expr = Integer(0)
            for x, sign in zip(terms, e.signs, strict=True):
                if x is None:
                    return None
                total = total - x if sign == "-" else total + x
            return total
        if isinstance(e, Product) and all(sign in ("", "cdot", "times") for sign in e.signs):
            out: Expr = Integer(1)
            for factor in e.factors:
                x = value(factor)
                if x is None:
                    return None
                out = out * x
            return out
        if isinstance(e, Fenced) and (e.left, e.right) == ("(", ")") and e.body is not None:
            return value(e.body)
        return None

    found = None if tree is None else value(tree)
    try:
        return None if found is None else exact_step(found)
    except StepError:
        return None


def letter_key(tree: Tree) -> Key | None:
    """The key of a letter or word without scripts."""
    if isinstance(tree, Letter):
        return Key(tree.name, PLAIN.get(tree.style, tree.style), tree.accents)
    if isinstance(tree, Word):
        return Key(tree.text, PLAIN.get(tree.style, tree.style), tree.accents)
    return None


def _marks(tree: Tree | None, census: Census, base: Key) -> tuple[tuple[str, ...], Expr | None]:
    """The labels and the step that a subscript, or a superscript in parentheses, says."""
    if tree is None:
        return (), None
    labels, steps = [], []
    for item in tree.items if isinstance(tree, Listed) else (tree,):
        label = simple_label(item)
        if label is not None and replace(base, labels=(label,)) in census.labelled:
            labels.append(label)
            continue
        step = affine(item, census.steps)
        if label is not None and (base, label) in census.doubtful:
            raise NotRead(f"{label} is a step, and {base} has labels: is {base}_{label} at a step, or a name? Set a "
                          f"label upright, as in {base}_{{\\mathrm{{{label}}}}}", item.start)
        if step is not None and (step.free_symbols or base in census.indexed):
            steps.append(step)
        elif label is not None:
            labels.append(label)
        else:
            raise NotRead("a subscript that is neither a label nor a step: declare its letter as a step, as in "
                          "'derivations: t : step'", item.start)
    if len(steps) > 1:
        raise NotRead("two subscripts that are steps: entries of vectors and matrices are not read", tree.start)
    return tuple(labels), steps[0] if steps else None


def mention(tree: Tree, census: Census) -> Mention | None:
    """The name that a tree is; None where it is something else. Raises NotRead for scripts that say nothing known."""
    key = letter_key(tree)
    if key is not None:
        if key.stem in census.twofold and not key.style:
            raise NotRead(f"{key} is set upright and in italics: two names, or one? Set it in one way", tree.start)
        return Mention(key)
    if not isinstance(tree, Scripted):
        return None
    inner = mention(tree.base, census) if isinstance(tree.base, Scripted) else None
    if inner is not None and inner.power is None and tree.sub is None and not tree.primes:
        return _above(inner, tree.sup, census)  # {W^{(2)}}^⊤
    base = letter_key(tree.base)
    if base is None:
        return None
    labels, step = _marks(tree.sub, census, base)
    named = Mention(replace(base, primes=tree.primes, labels=labels, steps=step is not None), step)
    return _above(named, tree.sup, census)


def _above(named: Mention, sup: Tree | None, census: Census) -> Mention:
    """A name with what stands above it: a label or step in parentheses, a label, or an operation."""
    if sup is None:
        return named
    if isinstance(sup, Fenced) and sup.body is not None and (sup.left, sup.right) in (("(", ")"), ("[", "]")):
        labels, step = _marks(sup.body, census, named.key.bare)
        if step is not None and named.step is not None:
            raise NotRead("a step below and another above", sup.start)
        if step is not None and named.key.bare not in census.indexed:
            return replace(named, power=sup)  # the use of a parameter at a step
        both = named.key.labels + tuple(f"({label})" for label in labels)  # W^{(1)} is not W_1
        at = named.step if step is None else step
        return Mention(replace(named.key, labels=both, steps=at is not None), at)
    label = simple_label(sup)
    numeral = isinstance(sup, Number) or letter_name(sup) in census.steps or named.key == EULER
    if label is not None and not numeral and not (isinstance(sup, Letter) and sup.name in (*TRANSPOSES, "T")):
        return Mention(replace(named.key, labels=(*named.key.labels, label)), named.step)
    return replace(named, power=sup)
