"""The commands, each in a process of its own, beside a process that does nothing but import JAX and SymPy."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from tempfile import TemporaryDirectory

from benchmarks.measure import Table, ratio, seconds

PEER = "import jax, sympy"


def table(target: str, repeats: int) -> Table:
    """``--help``, ``list``, and ``check`` of a target (nothing: everything shipped), cold and warm."""
    with TemporaryDirectory() as caches:
        run = partial(python, caches)
        found = {PEER: seconds(partial(run, "-c", PEER), repeats), "pass": seconds(partial(run, "-c", "pass"), repeats)}
        for word in ("--help", "list"):
            found[f"derivations {word}"] = seconds(partial(run, "-m", "derivations", word), repeats)
        command = ["derivations", "check", *([target] if target else [])]
        for state in ("cold", "warm"):  # the first run begins with an empty cache, the second finds what it left
            found[f"{' '.join(command)}, {state}"] = seconds(partial(run, "-m", *command))
    rows = [(words, f"{time:.2f} s", ratio(time, found[PEER])) for words, time in found.items()]
    return Table("Commands, each in a process of its own", ("", "time", f"to {PEER}"), rows)


def python(caches: str, *words: str) -> None:
    """Raises CalledProcessError where the process fails."""
    env = {**os.environ, "XDG_CACHE_HOME": caches}
    subprocess.run([sys.executable, *words], env=env, check=True, stdout=subprocess.DEVNULL)
