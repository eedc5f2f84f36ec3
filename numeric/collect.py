"""Which claims: the models of files and of the package, and what a target of the command line selects of them.

A target is an id, which selects itself alone; a family, the name of a model; a glob over ids; a file; or ``FILE::ID``,
with any of the former after the colons. Imports SymPy, never JAX.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from derivations.claim import Claim, Definition, Remark
from derivations.errors import DerivationError
from derivations.latex.reader.account import Document
from derivations.latex.reader.document import read
from derivations.latex.reader.scan import KINDS
from derivations.model import Model
from derivations.report import places
from derivations.report.places import located, place
from numeric.equations import chosen

SHIPPED = "derivations.recurrent"


class CollectError(DerivationError):
    """A file that gives no models, or a target that selects nothing."""


@dataclass(frozen=True)
class Selection:
    """What targets select, in the order of the targets; the files among them without claims, and the documents."""

    claims: tuple[Claim, ...]
    definitions: tuple[Definition | Remark, ...]
    empty: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()

    @property
    def items(self) -> tuple[Claim | Definition | Remark, ...]:
        return self.claims + self.definitions


# ---- loading


def shipped() -> list[Model]:
    """The models that the package ships. Raises CollectError."""
    found = find_spec(SHIPPED)
    origin = Path(found.origin) if found and found.origin else Path(SHIPPED)
    module = _loaded(lambda: importlib.import_module(SHIPPED), origin)
    return _models(module)


def models_in_file(path: str | Path) -> list[Model]:
    """The models that a Python file makes at its top level; those that it imports belong to other files.

    Raises CollectError, with file and line, where the file does not import.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise CollectError(f"{place(path)}: {'a folder; name the files in it' if path.is_dir() else 'no such file'}")
    if path.suffix != ".py":
        raise CollectError(f"{place(path)}: not a Python file: expected a name that ends in .py")
    module = _already_loaded(path) or _loaded(lambda: _import(path), path)
    models = [model for model in _models(module) if Path(model.file).resolve() == path]
    _require_distinct(models)
    return models


def _models(module: ModuleType) -> list[Model]:
    found = {id(value): value for value in vars(module).values() if isinstance(value, Model)}
    return list(found.values())


def _already_loaded(path: Path) -> ModuleType | None:
    """The module of this file, so that it is never run twice: the models of one file exist once."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and isinstance(file, str) and file.endswith(path.name) and Path(file).resolve() == path:
            return module
    return None


def _import(path: Path) -> ModuleType:
    """Import a file under its own name where that name means this file, else under a name that no other module has."""
    root, name = _root_and_name(path)
    with _on_path(root):
        if _means(name, path):
            return importlib.import_module(name)
        private = f"derivations file {path}"
        spec = spec_from_file_location(private, path)
        if spec is None or spec.loader is None:
            raise ImportError("no loader reads this file")
        module = sys.modules[private] = module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[private]
            raise
        return module


def _root_and_name(path: Path) -> tuple[Path, str]:
    """The folder that imports of this file start from, and its dotted name from there."""
    root, parts = path.parent, [] if path.stem == "__init__" else [path.stem]
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    return root, ".".join(parts)


def _means(name: str, path: Path) -> bool:
    """Whether importing this name gives this file."""
    if not all(part.isidentifier() for part in name.split(".")) or name.partition(".")[0] in sys.stdlib_module_names:
        return False
    try:
        spec = find_spec(name)  # imports the packages around it
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            return False
        raise
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve() == path


@contextmanager
def _on_path(root: Path) -> Iterator[None]:
    """While a file is imported, its neighbours can be imported too, as when Python runs it."""
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()  # the file may be younger than what Python knows of its folder
    try:
        yield
    finally:
        sys.path.remove(str(root))


def _loaded(load: Callable[[], ModuleType], path: Path) -> ModuleType:
    """Import an author's code, which may raise anything, and say where it went wrong instead of how we got there."""
    try:
        return load()
    except CollectError:
        raise
    except (Exception, SystemExit) as error:  # an author's file may call sys.exit
        file, line = _blame(error, path)
        raise CollectError(f"{located(file, line)}: {_message(error)}") from error


def _blame(error: BaseException, path: Path) -> tuple[str, int]:
    """The innermost line in the file, or in a file beside it that it imports; of a syntax error, its own place."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0
    frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    # "<frozen importlib>" would resolve to a file of the current directory
    inside = [(file, line) for file, line in frames
              if not file.startswith("<") and Path(file).resolve().parent == path.parent]
    return inside[-1] if inside else (str(path), 0)


def _message(error: BaseException) -> str:
    if isinstance(error, DerivationError):
        return str(error)
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {words}".removesuffix(": ")


def _require_distinct(models: Sequence[Model]) -> None:
    """Two models with one name would share their ids. Raises CollectError."""
    first: dict[str, Model] = {}
    for model in models:
        other = first.setdefault(model.name, model)
        if other is not model:
            raise CollectError(f"{place(model.file)}: a second model is called {model.name!r}, the first is in "
                               f"{place(other.file)}: a model's name is the prefix of its ids")


# ---- selecting


def select(targets: Sequence[str] = ()) -> Selection:
    """What the targets select; without a target, everything shipped. Raises CollectError, or another DerivationError
    for a document that cannot be read."""
    split = [_split(target) for target in targets]
    documents = _documents(split)
    in_file = {file: models_in_file(file) for file, _ in split if file and not is_document(file)}
    everywhere = shipped() if not targets or any(not file for file, _ in split) else []
    loaded = [*everywhere, *(model for models in in_file.values() for model in models)]
    _require_distinct(list({id(model): model for model in loaded}.values()))
    found = [] if targets else _items(everywhere)
    for target, (file, _) in zip(targets, split, strict=True):
        found += _in_document(documents[_key(file)]) if is_document(file) else _matching(target, in_file, loaded)
    # documents in two folders may have one name, and ids in common
    items = {(item.kind, str(item.file), item.id): item for item in found}.values()
    empty = dict.fromkeys(place(file) for file, models in in_file.items() if not any(model.claims for model in models))
    return Selection(tuple(item for item in items if isinstance(item, Claim)),
                     tuple(item for item in items if isinstance(item, (Definition, Remark))), tuple(empty),
                     tuple(documents.values()))


def _documents(split: Sequence[tuple[str, str]]) -> dict[Path, Document]:
    """The documents among the targets, each read once, with the equations that were asked for."""
    asked: dict[Path, list[str]] = {}
    spelled: dict[Path, str] = {}
    for file, pattern in split:
        if is_document(file):
            asked.setdefault(_key(file), []).append(pattern)
            spelled.setdefault(_key(file), file)
    return {key: chosen(read(spelled[key]), patterns) for key, patterns in asked.items()}


def _key(file: str) -> Path:
    return Path(file).resolve()


def _in_document(document: Document) -> list[Claim | Definition | Remark]:
    """The claims and definitions of the equations of a document that were asked for."""
    items: list[Claim | Definition | Remark] = []
    for account in document.accounts:
        items += filter(None, (account.definition, account.claim))
    return items


def is_document(file: str) -> bool:
    """Whether a file holds mathematics in LaTeX, and no Python."""
    return Path(file).suffix.lower() in KINDS


def _items(models: Iterable[Model]) -> list[Claim | Definition | Remark]:
    items: list[Claim | Definition | Remark] = []
    for model in models:
        items += [*model.definitions, *model.claims]
    return items


def _split(target: str) -> tuple[str, str]:
    """The file of a target, and what is asked for in it."""
    file, _, pattern = target.partition("::")
    is_file = "/" in file or "\\" in file or file.endswith(".py") or is_document(file) or "::" in target
    return (file, pattern) if is_file else ("", target)


def from_here(target: str) -> str:
    """A target with its file relative to the current directory."""
    file, pattern = _split(target)
    if not file:
        return target
    return places.from_here(file) + (f"::{pattern}" if pattern else "")


def _matching(target: str, in_file: dict[str, list[Model]], loaded: list[Model]) -> list[Claim | Definition | Remark]:
    file, pattern = _split(target)
    models = in_file[file] if file else loaded
    items = _items(models)
    if file and not pattern:
        return items
    found = [item for item in items if pattern in (item.id, getattr(item, "label", None) or item.id)]
    found = found or [item for model in models if model.name == pattern for item in _items([model])]
    found = found or [item for item in items if fnmatchcase(item.id, pattern)]
    if not found:
        raise CollectError(_nothing(target, pattern, models, items))
    return found


def _nothing(target: str, pattern: str, models: list[Model], items: list[Claim | Definition | Remark]) -> str:
    """Why a target selects nothing, and what was perhaps meant."""
    if any(sign in pattern for sign in "*?["):
        return f"the pattern {target!r} selects nothing"
    names = [*(item.id for item in items), *(model.name for model in models)]
    close = [name for name in names if name.startswith(f"{pattern}.")][:3] or get_close_matches(pattern, names, 3, 0.5)
    local = [name for name in names if name.partition(".")[2] == pattern]
    likely = ", ".join(local or close)
    hint = f"did you mean {likely}?" if likely else "'derivations list' shows what there is"
    path = f"; a file is named with its folder, as in ./{target}" if Path(target).is_file() else ""
    return f"no claim or family is called {target!r}: {hint}{path}"
