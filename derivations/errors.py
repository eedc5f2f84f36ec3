"""What can be wrong with a derivation before anything is compared.

Every message says what came, what was expected, and what to do; the command line adds file and line.
"""

from __future__ import annotations

from typing import Any


class DerivationError(Exception):
    """A derivation that cannot be read as mathematics; the parent of the errors below."""


class ShapeError(DerivationError, TypeError):
    """Shapes that do not fit, or an operation that the type does not have."""


class NamingError(DerivationError, ValueError):
    """A name that cannot be printed, is used twice, or is not declared in this model."""


class StepError(DerivationError, ValueError):
    """A step outside a node's range, or steps whose order cannot be decided."""


class DefinitionError(DerivationError, ValueError):
    """A node without a definition, a cycle, or a recurrence that mixes directions."""


class Undecided(DerivationError):
    """A construct, an order of steps or a number of rewriting steps that is beyond the proof engine."""


class Exhausted(Undecided):
    """More rewriting steps than a proof may take."""


class Unclear(Undecided):
    """An order of steps that is not known. ``boundary``: whether it is negative or not would decide it."""

    def __init__(self, message: str, boundary: Any) -> None:
        super().__init__(message)
        self.boundary = boundary
