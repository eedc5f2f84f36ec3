"""Writing files: at once or not at all, and not at all where nothing would change."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write(path: Path, content: str | bytes) -> bool:
    """Replace a file by this content (text as UTF-8) in one step; what reads it sees the old or the new, never a part.

    False where it has this content already: then it is left alone, with its time. A link stays a link. Raises OSError.
    """
    data = content.encode() if isinstance(content, str) else content
    target = Path(os.path.realpath(path))
    if target.is_file() and target.read_bytes() == data:
        return False
    mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
    with NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as beside:
        name = Path(beside.name)
        try:
            beside.write(data)
            beside.flush()
            os.fsync(beside.fileno())
            beside.close()
            name.chmod(mode)
            name.replace(target)
        except BaseException:
            name.unlink(missing_ok=True)
            raise
    return True


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def folds_case(folder: Path) -> bool:
    """Whether this folder takes ``A`` and ``a`` for one name. Raises OSError where nothing can be written there."""
    with NamedTemporaryFile(dir=folder, prefix=".case-", suffix=".probe") as probe:
        path = Path(probe.name)
        return path.with_name(path.name.swapcase()).exists()
