"""Which equations of documents mean something else than in an earlier revision.

The documents are read as they were, with their sidecars and what they bring in, and claims are compared by their
meaning: an equation counts as changed when a definition that it leads to has changed, and not when it was reflowed,
moved, or got another label. What was not readable then counts as changed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from derivations.claim import Claim
from derivations.digest import meaning
from derivations.errors import DerivationError
from derivations.latex.reader.account import Account, Document
from derivations.latex.reader.document import read
from derivations.latex.reader.scan import KINDS
from derivations.latex.reader.sidecar import ENDING, beside
from numeric.collect import Selection

BROUGHT_IN = (*KINDS, ENDING, ".sty", ".cls", ".def", ".inc", "")  # endings of what a TeX document may bring in
REGULAR = ("100644", "100755")  # git's modes of plain files
OWN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # what git tells its hooks; here the folder decides

Meaning = tuple[object, ...]


def changed_since(selection: Selection, revision: str) -> Selection:
    """The selection without the claims of documents that mean the same at a revision; their equations are marked.

    Claims of Python files stay, as do the equations that are not read. Raises DerivationError where there is no
    repository or no such revision.
    """
    if not revision or revision.startswith("-"):
        raise DerivationError(f"--changed-since {revision!r}: expected a revision, such as HEAD~1 or main")
    documents = tuple(_marked(document, revision) for document in selection.documents)
    same = {_name(account.claim) for document in documents for account in document.accounts
            if account.claim is not None and account.unchanged}
    return replace(selection, documents=documents,
                   claims=tuple(claim for claim in selection.claims if _name(claim) not in same))


def _name(claim: Claim) -> tuple[int, str]:
    return id(claim.model), claim.id


def _marked(document: Document, revision: str) -> Document:
    before = _meanings(Path(document.file), revision)

    def marked(account: Account) -> Account:
        same = account.claim is not None and _meaning(account.claim) in before
        return replace(account, unchanged=revision) if same else account

    return replace(document, accounts=tuple(map(marked, document.accounts)))


def _meaning(claim: Claim) -> Meaning:
    """What a claim of a document means, in every reading, and what its author expects."""
    return (*map(meaning, (claim, *claim.alternatives)), claim.expect, str(claim.fails), claim.unread)


def _meanings(file: Path, revision: str) -> set[Meaning]:
    """What the claims of a document meant at a revision; none where it was not there, or could not be read."""
    folder = file.resolve().parent
    root = Path(_git(folder, "rev-parse", "--show-toplevel").decode(errors="replace").removesuffix("\n"))
    commit = _commit(root, revision)
    path = PurePosixPath(file.resolve().relative_to(root.resolve()).as_posix())
    blobs = dict(_blobs(root, commit))
    if str(path) not in blobs:
        return set()
    wanted = [name for name in blobs if _needed(PurePosixPath(name), path)]
    with TemporaryDirectory() as copies:
        for name, content in zip(wanted, _contents(root, [blobs[name] for name in wanted]), strict=True):
            copy = Path(copies, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
        try:
            accounts = read(Path(copies, path)).accounts
        except DerivationError:
            return set()
        return {_meaning(account.claim) for account in accounts if account.claim is not None}


def _needed(name: PurePosixPath, document: PurePosixPath) -> bool:
    """Whether a document may depend on a file: Markdown and notebooks bring nothing in but their sidecar."""
    if name == document or str(name) == beside(Path(document)).as_posix():
        return True
    return KINDS[document.suffix.lower()] == "tex" and name.suffix.lower() in BROUGHT_IN


# ---- git


def _commit(root: Path, revision: str) -> str:
    try:
        return _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except DerivationError:
        raise DerivationError(f"--changed-since {revision}: the repository {root} has no such revision; expected one "
                              "that 'git log' shows, or a branch") from None


def _blobs(root: Path, commit: str) -> Iterator[tuple[str, str]]:
    """The plain files of a commit, each with the name of its content."""
    for line in _git(root, "ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape").split("\0"):
        about, _, name = line.partition("\t")
        if name and about.startswith(REGULAR):
            yield name, about.split()[2]


def _contents(root: Path, blobs: list[str]) -> Iterator[bytes]:
    """The contents of files, in one call."""
    found = _git(root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in blobs).encode())
    at = 0
    for _ in blobs:
        end = found.index(b"\n", at)
        size = int(found[at:end].split()[2])
        yield found[end + 1:end + 1 + size]
        at = end + size + 2


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    try:
        done = subprocess.run(["git", *words], cwd=folder, input=given, capture_output=True, check=False, env=kept)
    except OSError as error:
        raise DerivationError(f"--changed-since needs git, which does not start: {error.strerror}") from None
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise DerivationError(f"--changed-since: {folder}: git {words[0]}: {said or 'failed'}")
    return done.stdout
