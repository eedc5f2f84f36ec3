"""Where notation is ambiguous: the choices of a reading, tried in a fixed order, and named in the verdict.

A reading makes each choice once, for a whole equation: a formula that would need ∂ to be total here and immediate there
has no reading among these, and is not forced into one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

CHOICES: dict[str, dict[str, str]] = {
    "layout": {
        "gradient": "numerator layout, with a scalar's derivative in the shape of its variable",
        "numerator": "numerator layout throughout",
        "denominator": "denominator layout",
    },
    "derivative": {
        "total": "∂ as total derivative",
        "parameters": "∂ by a parameter as immediate derivative on the right",
        "right": "∂ as immediate derivative on the right",
        "immediate": "∂ as immediate derivative",
    },
    "tight": {
        "product": "products before ⊙",
        "left": "products and ⊙ from left to right",
        "hadamard": "⊙ before products",
    },
    "dot": {
        "matrix": "products as matrix products",
        "entries": "a vector beside a matrix as its diagonal",
    },
    "otimes": {
        "entries": "⊗ as entrywise product",
        "outer": "⊗ as outer product",
    },
    "oplus": {
        "sum": "⊕ as sum",
        "stack": "⊕ as concatenation",
    },
    "norm": {
        "F": "‖·‖ of a matrix as Frobenius norm",
        "2": "‖·‖ of a matrix as spectral norm",
    },
    "reach": {
        "all": "∏ over all factors behind it",
        "letter": "∏ over the factors up to the last with its letter",
    },
    "order": {
        "left": "∏ with its latest factor leftmost",
        "right": "∏ with its latest factor rightmost",
    },
    "stack": {
        "above": "[a, b] one above the other",
        "beside": "[a, b] side by side",
    },
    "T": {
        "transpose": "^T as transpose",
        "power": "^T as power",
    },
    "range": {
        "all": "at every step",
        "sums": "at the steps over which its sums run",
    },
}
"""For each choice its readings in the order in which they are tried, and how a verdict names them."""


@dataclass
class Choice:
    """The choices of one reading. ``asked`` collects those that mattered, ``said`` what else a reader must be told."""

    made: dict[str, str]
    asked: set[str] = field(default_factory=set)
    said: dict[str, None] = field(default_factory=dict)
    side: int = 0
    settled: frozenset[str] = frozenset()  # what a construct settles by itself, whatever the equation chooses

    def __call__(self, name: str) -> str:
        if name not in self.settled:
            self.asked.add(name)
        return self.made[name]

    def settling(self, **made: str) -> Choice:
        """The same choice, with some made by a construct."""
        return replace(self, made={**self.made, **made}, settled=self.settled | frozenset(made))

    def say(self, words: str) -> None:
        self.said.setdefault(words)

    def words(self, layout: str) -> tuple[str, ...]:
        """The choices that mattered, in words, and what else was said; the document's layout is told once, of all."""
        mattered = [name for name in CHOICES if name in self.asked and (name, self.made[name]) != ("layout", layout)]
        return (*(CHOICES[name][self.made[name]] for name in mattered), *self.said)


def first_choice(layout: str = "gradient") -> Choice:
    """The choices that are tried first, in a document's layout."""
    return next(every_choice(layout))


def every_choice(layout: str = "gradient") -> Iterator[Choice]:
    """The choices in their order, the document's layout first. Only what the earlier ones were asked for is varied, so
    that the next is to be taken when the one before was tried."""
    options = {name: [*words] for name, words in CHOICES.items()}
    options["layout"].sort(key=lambda word: word != layout)
    at, asked = dict.fromkeys(options, 0), set[str]()
    while True:
        choice = Choice({name: words[at[name]] for name, words in options.items()})
        yield choice
        asked |= choice.asked
        for name in reversed(options):
            if name in asked and at[name] + 1 < len(options[name]):
                at[name] += 1
                break
            at[name] = 0
        else:
            return
