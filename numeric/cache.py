"""A directory in which XLA's compiled programs outlive a run.

What lies in it is executed, so it is private: made with mode 0700, and not used where anyone else could write. Only the
command line asks for it: JAX keeps one cache for a whole process, which is not ours to set where another program runs.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def use() -> bool:
    """Keep compiled programs from run to run, where there is a private place for them."""
    directory = private_directory()
    if directory is None:
        return False
    import jax

    jax.config.update("jax_compilation_cache_dir", str(directory))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return True


def private_directory() -> Path | None:
    """$XDG_CACHE_HOME/derivations/xla or ~/.cache/derivations/xla; None where it cannot be had or trusted."""
    wanted = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(wanted) if Path(wanted).is_absolute() else Path.home() / ".cache"
        directory = home / "derivations" / "xla"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory if is_private(directory.parent) and is_private(directory) else None
    except (OSError, RuntimeError):  # no home, or none that can be written
        return None


def is_private(directory: Path) -> bool:
    """A folder itself, not a link to one, that is ours and that nobody else may write."""
    found = directory.lstat()
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return mine and stat.S_ISDIR(found.st_mode) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
