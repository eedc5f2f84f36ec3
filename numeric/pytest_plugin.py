"""pytest: the claims of module-level models are test items, one a claim; only what is as expected passes. So are the
equations of documents that are named: one a claim, and one for each that is not read, which fails.

SymPy and JAX are imported when a derivation file is collected, not before: other people's tests do not pay for them.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from derivations import Claim, Model
    from derivations.latex.reader.account import Account, Document
    from derivations.verdict import Status, Verdict

DEFAULT_FILES = ("derivations_*.py", "*_derivations.py")
DOCUMENTS = (".tex", ".ltx", ".latex", ".md", ".markdown", ".qmd", ".rmd", ".myst", ".ipynb")  # with LaTeX in them
COLLECTED = pytest.StashKey[bool]()  # whether a file that matches derivations_files was met


class DerivationsFilesWarning(pytest.PytestWarning):
    """The ini option ``derivations_files`` is set, and no collected file matches it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("derivations_files", type="args", default=None,
                  help="files with derivations to check: globs, relative to the root directory where they have a slash "
                       f"(default: {' '.join(DEFAULT_FILES)})")
    group = parser.getgroup("derivations", "checking of derivations")
    group.addoption("--derivations-draws", type=_count, metavar="N", help="random draws for each claim's main size")
    group.addoption("--derivations-seed", type=_seed, default=0, metavar="S", help="seed of the draws (default: 0)")


def _count(text: str) -> int:
    return _whole(text, 1, "number of draws")


def _seed(text: str) -> int:
    return _whole(text, 0, "seed")


def _whole(text: str, least: int, what: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        raise argparse.ArgumentTypeError(f"expected a {what}, a whole number from {least} on, not {text!r}")
    return int(text)


def pytest_report_header(config: pytest.Config) -> str:
    draws = config.getoption("derivations_draws")
    return f"derivations: --derivations-seed={config.getoption('derivations_seed')}" + (
        f" --derivations-draws={draws}" if draws else "")


# ---- which files


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix.lower() in DOCUMENTS:
        return _document(file_path, parent)
    if not _is_searched(file_path, parent.config):
        return None
    parent.config.stash[COLLECTED] = True
    if _python_collects(file_path, parent):
        return None  # pytest's own collector makes the module, and meets the hooks below
    return DerivationsFile.from_parent(parent, path=file_path)


def _document(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Documents are checked where they are named, on the command line or by ``derivations_files``."""
    matches = _is_matched(path, parent.config)
    parent.config.stash[COLLECTED] = matches or parent.config.stash.get(COLLECTED, False)
    return DocumentFile.from_parent(parent, path=path) if matches or parent.session.isinitpath(path) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    """A derivation file that is named on the command line is no test module: it is collected once, as what it is."""
    if _is_searched(module_path, parent.config) and not _is_test_file(module_path, parent.config):
        return DerivationsFile.from_parent(parent, path=module_path)
    return None


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> list[pytest.Item] | None:
    """A test file that matches ``derivations_files`` too is imported once, by pytest, its models beside its tests."""
    if not isinstance(collector, pytest.Module) or not _is_searched(collector.path, collector.config):
        return None
    model = _own_model(obj, collector.path)
    if model is None or name != next(key for key, value in vars(collector.obj).items() if value is obj):
        return None
    return list(_items(collector, [model]))


def _own_model(obj: object, path: Path) -> Model | None:
    if "derivations.model" not in sys.modules:
        return None
    from derivations.model import Model

    return obj if isinstance(obj, Model) and Path(obj.file).resolve() == path.resolve() else None


def _is_searched(path: Path, config: pytest.Config) -> bool:
    return path.suffix == ".py" and _is_matched(path, config)


def _is_matched(path: Path, config: pytest.Config) -> bool:
    patterns = config.getini("derivations_files")
    globs = DEFAULT_FILES if patterns is None else patterns
    return any(_matches(path, pattern, config.rootpath) for pattern in globs)


def _is_test_file(path: Path, config: pytest.Config) -> bool:
    return any(_matches(path, pattern, config.rootpath) for pattern in config.getini("python_files"))


def _python_collects(path: Path, parent: pytest.Collector) -> bool:
    return parent.session.isinitpath(path) or _is_test_file(path, parent.config)


def _matches(path: Path, pattern: str, root: Path) -> bool:
    """Whether a glob matches: a file's name where it has no slash, else its path below the root directory."""
    if "/" not in pattern:
        return fnmatchcase(path.name, pattern)
    if not path.is_relative_to(root):
        return False
    return _parts_match(path.relative_to(root).parts, PurePath(pattern).parts)


def _parts_match(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_parts_match(parts[k:], patterns[1:]) for k in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], patterns[0]) and _parts_match(parts[1:], patterns[1:])


def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    patterns = config.getini("derivations_files")
    if patterns is None or config.stash.get(COLLECTED, False) or not _collects_everything(config):
        return
    warnings.warn(DerivationsFilesWarning(
        f"derivations_files = {' '.join(patterns) or '(empty)'} matches no collected file below {config.rootpath}: "
        "no derivation was checked"), stacklevel=1)


def _collects_everything(config: pytest.Config) -> bool:
    """Whether this run was asked for all there is; of the workers of pytest-xdist, the first one answers for all."""
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0")
    return worker == "gw0" and config.args_source != pytest.Config.ArgsSource.ARGS


# ---- items


class DerivationsFile(pytest.File):
    """A file whose module-level models are collected; a model that it imports belongs to another file."""

    def collect(self) -> Iterable[pytest.Item]:
        from numeric.collect import CollectError, models_in_file

        try:
            models = models_in_file(self.path)
        except CollectError as error:
            raise self.CollectError(str(error)) from error
        return list(_items(self, models))


class DocumentFile(pytest.File):
    """A document: an item for each equation that makes a claim or is not read, and for each place that is not
    understood."""

    def collect(self) -> Iterable[pytest.Item]:
        from derivations import DerivationError
        from derivations.latex.reader.document import read

        try:
            document = read(self.path)
        except DerivationError as error:
            raise self.CollectError(str(error)) from error
        return list(self._items(document))

    def _items(self, document: Document) -> Iterator[pytest.Item]:
        from derivations.latex.reader.account import Kind

        names = Counter[str]()

        def unique(name: str) -> str:
            names[name] += 1
            return name if names[name] == 1 else f"{name}-{names[name]}"

        for message, at in document.problems:
            yield UnreadItem.from_parent(self, name=unique(f"line-{at.line}"), reason=message, line=at.line)
        for account in document.accounts:
            name, line = account.statement.label or account.id, account.statement.at.line
            if account.claim is not None:
                yield ClaimItem.from_parent(self, name=unique(name), claim=account.claim)
            elif account.kind is Kind.NOT_READ:
                yield UnreadItem.from_parent(self, name=unique(name), reason=_unread(account), line=line)


def _unread(account: Account) -> str:
    from derivations.report.papers import name, said

    return f"{name(account)}: not read: {said(account)}"


class UnreadItem(pytest.Item):
    """An equation that is not read, or a place of a document that is not understood: what nobody checked fails."""

    def __init__(self, *, reason: str, line: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reason, self.line = reason, line

    def runtest(self) -> None:
        pytest.fail(self.reason, pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.line - 1, f"equation {self.name}"


def _items(parent: pytest.Collector, models: Iterable[Model]) -> Iterator[ClaimItem]:
    for model in models:
        for claim in model.claims:
            yield ClaimItem.from_parent(parent, name=claim.id, claim=claim)


class ClaimItem(pytest.Item):
    """One claim: passes where its verdict is as expected and rests on evidence."""

    def __init__(self, *, claim: Claim, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.claim = claim

    def runtest(self) -> None:
        from derivations import DerivationError
        from numeric.batch import Request, verdict

        draws, seed = self.config.getoption("derivations_draws"), self.config.getoption("derivations_seed")
        try:
            found = verdict(self.claim, Request(seed=seed, draws=draws))
        except DerivationError as error:
            pytest.fail(str(error), pytrace=False)
        if not passes(found):
            pytest.fail(_story(found, seed), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the claim is made. Pytest would print a bare id with its dots as colons."""
        return self.path, self.claim.line - 1 if self.claim.line else None, f"claim {self.claim.id}"


def passes(verdict: Verdict) -> bool:
    """As expected, by evidence that decided something: never for want of a comparison."""
    return verdict.as_expected and not verdict.broken and _decided(verdict.status) and _compared(verdict)


def _decided(status: Status) -> bool:
    from derivations.verdict import Status

    return status in (Status.PROVED, Status.AGREES, Status.REFUTED)


def _compared(verdict: Verdict) -> bool:
    """Whether some evidence decided something. The ledger only counts what the others could tell apart."""
    return any(_decided(evidence.outcome) for evidence in verdict.evidence if evidence.method != "ledger")


def _story(verdict: Verdict, seed: int) -> str:
    """What pytest prints below the id; its first line stands in the summary too."""
    from derivations.report.story import story_text

    story = story_text(verdict, seed).removeprefix(f"{verdict.claim.id}: ")
    return story if _compared(verdict) else f"{story}\n  nothing was compared"
