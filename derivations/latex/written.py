"""Files that we wrote before: they are replaced where they are as we left them, and left alone where they are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from derivations.files import folds_case, write
from derivations.latex.stamp import Stamp, intact, read_stamps

LARGEST = 10_000_000  # bytes of a file that may be ours


def put(path: Path, text: str, *, force: bool = False) -> str:
    """Write a file, unless somebody else did: then nothing, and why. Empty where the file now holds the text.

    A file that holds the text already keeps its time. ``force`` replaces any file, but no folder.
    """
    try:
        found = _text(path)
        if found is not None and not force and found != text and not intact(found):
            return (f"{path}: it was edited, or is not ours, and is left as it is; --force replaces it, another -o "
                    "leaves it")
        write(path, text)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""


def put_bytes(path: Path, data: bytes) -> str:
    """Write a file that is made from another one; why it could not be written, or nothing."""
    try:
        write(path, data)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""


def earlier(path: Path) -> Stamp | None:
    """The stamp of a fragment that lies there as it was written; None where there is none, or it was edited."""
    stamps = read_stamps(_text(path) or "") if is_ours(path) else []
    return stamps[0] if stamps else None


def is_ours(path: Path) -> bool:
    """Whether a file lies there as it was written."""
    try:
        found = _text(path)
    except OSError:
        return False
    return found is not None and intact(found)


def _text(path: Path) -> str | None:
    """What a file holds; None where there is no file. What is no text is a text that is not ours."""
    if not path.exists():
        return None
    if path.is_file() and path.stat().st_size > LARGEST:
        return ""
    return path.read_bytes().decode("utf-8", errors="replace")


def clashes(names: Iterable[str], folder: Path) -> tuple[list[list[str]], bool]:
    """Names that differ in upper and lower case alone, and whether this folder takes them for one. Raises OSError."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        groups[name.casefold()].append(name)
    alike = [group for group in groups.values() if len(group) > 1]
    return alike, bool(alike) and folds_case(folder)
