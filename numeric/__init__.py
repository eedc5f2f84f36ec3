"""What checks a derivation, in JAX: ``check(claim)`` gives a Verdict, ``check(model)`` a tuple of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numeric.ladder import Options, check

__all__ = ["Options", "check"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'numeric' has no attribute {name!r}")
    return getattr(import_module("numeric.ladder"), name)
