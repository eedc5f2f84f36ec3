"""Write the calculus of a paper, and have every equation checked.

Public names, one by one; everything else is machinery. ``numeric.check(claim)`` gives verdicts. Names are imported
when they are first used, so that ``derivations --help`` does not pay for SymPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivations.calculus import Prod, Sum, d, grad, immediate, use
    from derivations.claim import Claim, Definition, Remark
    from derivations.errors import DefinitionError, DerivationError, NamingError, ShapeError, StepError
    from derivations.functions import absolute, cos, elementwise, exp, log, power, relu, sigma, sin, softplus, tanh
    from derivations.model import Model
    from derivations.operations import (
        det,
        diag,
        dot,
        eye,
        had,
        hstack,
        inverse,
        norm,
        ones,
        trace,
        vec,
        vstack,
        zeros,
    )
    from derivations.relations import Relation, eq, ne, vanishing
    from derivations.version import __version__
    from derivations.witness import Witness

__all__ = [
    "Claim", "Definition", "DefinitionError", "DerivationError", "Model", "NamingError", "Prod", "Relation",
    "Remark", "ShapeError", "StepError", "Sum", "Witness", "__version__", "absolute", "cos", "d", "det", "diag",
    "dot", "elementwise", "eq", "exp", "eye", "grad", "had", "hstack", "immediate", "inverse", "log", "ne", "norm",
    "ones", "power", "relu", "sigma", "sin", "softplus", "tanh", "trace", "use", "vanishing", "vec", "vstack",
    "zeros",
]

_HOME = {
    "calculus": "Prod Sum d grad immediate use",
    "claim": "Claim Definition Remark",
    "errors": "DefinitionError DerivationError NamingError ShapeError StepError",
    "functions": "absolute cos elementwise exp log power relu sigma sin softplus tanh",
    "model": "Model",
    "operations": "det diag dot eye had hstack inverse norm ones trace vec vstack zeros",
    "relations": "Relation eq ne vanishing",
    "version": "__version__",
    "witness": "Witness",
}
_MODULE = {name: f"derivations.{module}" for module, names in _HOME.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'derivations' has no attribute {name!r}")
    return getattr(import_module(_MODULE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
