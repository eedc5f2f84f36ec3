"""Where something is written, without the paths of one machine; and the command that asks for it again."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import derivations
from derivations.claim import Claim
from derivations.verdict import Counterexample

HOME = Path(derivations.__file__).resolve().parent


def place(file: str | Path) -> str:
    """A file relative to the package, where it belongs to it, else to the current directory."""
    path = Path(os.path.abspath(file))
    if path.resolve().is_relative_to(HOME):
        return path.resolve().relative_to(HOME.parent).as_posix()
    return from_here(path)


def from_here(file: str | Path) -> str:
    """A file relative to the current directory, as a command needs it."""
    try:
        return Path(os.path.relpath(file)).as_posix()
    except ValueError:  # on another drive
        return Path(file).as_posix()


def located(file: str | Path, line: int) -> str:
    """``file:line``, as editors and compilers write it."""
    return f"{place(file)}:{line}" if line else place(file)


def is_shipped(file: str | Path) -> bool:
    return Path(file).resolve().is_relative_to(HOME)


def target(claim: Claim) -> str:
    """What selects this claim alone on the command line."""
    if is_shipped(claim.file):
        return claim.id
    # an equation of a document may stand in a file that the document brings in: the file of its model selects it
    file = claim.file if is_shipped(claim.model.file) else claim.model.file
    return f"{from_here(file)}::{claim.id}"


def again(claim: Claim, found: Counterexample | None = None, seed: int = 0) -> str:
    """The command that checks one claim again, at the sizes of its counterexample where it has one.

    A checker's own command names the claim by its id, which selects only what is shipped.
    """
    if found and found.command and is_shipped(claim.file):
        return found.command
    words = ["derivations", "check", target(claim)]
    if found and found.sizes:
        words += ["--sizes", ",".join(f"{name}={size}" for name, size in found.sizes.items())]
    return shlex.join([*words, "--seed", str(found.seed if found else seed)])
