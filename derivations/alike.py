"""Names that print alike though they differ: W_1 and the sequence W at step 1, W_h and the block h of W, φ' and φ′."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derivations.errors import NamingError
from derivations.names import Axes

STEP, ACTIVATION = "a step", "an activation"


@dataclass(frozen=True)
class Declared:
    """What a model declares under a name: in words, whether it has steps, and the labels of its blocks."""

    what: str
    indexed: bool
    blocks: frozenset[str]

    @classmethod
    def of(cls, what: str, indexed: bool, axes: Axes) -> Declared:
        return cls(what, indexed, frozenset(block.name for ax in axes for block, _ in ax if block.name))


def require_distinct(model: str, declared: Mapping[tuple[str, bool], Declared]) -> None:
    """No label of one name reads as a step or a block of another, no prime as a derivative. Raises NamingError."""
    for (name, indexed), thing in declared.items():
        plain = name.replace("'", "")
        function = declared.get((plain, False)) if plain != name else None
        if function is not None and function.what == ACTIVATION:
            raise NamingError(f"{model}: {name}, {thing.what}, prints like the derivative of {plain}, {ACTIVATION}: "
                              "give one of them another name")
        stem, _, label = name.partition("_")
        if not label:
            continue
        block = declared.get((stem, indexed))
        if block is not None and label in block.blocks:
            raise NamingError(f"{model}: {name}, {thing.what}, prints like the block {label!r} of {stem}, "
                              f"{block.what}: give one of them another name or label")
        sequence = declared.get((stem, True))
        step = declared.get((label, False))
        if not indexed and sequence is not None and (label.isdigit() or (step is not None and step.what == STEP)):
            raise NamingError(f"{model}: {name}, {thing.what}, prints like {stem} at step {label}, "
                              f"{sequence.what}: give one of them another name or label")
