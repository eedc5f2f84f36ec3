"""The house rules that a reader relies on: what imports what, and that no text is ever run as code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import derivations
import numeric

HOME = Path(derivations.__file__).parent
NUMERIC = Path(numeric.__file__).parent
RUNS_TEXT = {"eval", "exec", "compile", "sympify", "parse_expr", "lambdify", "parse_latex", "__import__"}


def python_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every import, inside functions and TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and called(node) == "import_module" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value.partition(".")[0]


def called(node: ast.Call) -> str:
    f = node.func
    return f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else ""


def numeric_imports(folder: Path) -> list[str]:
    """Where a file of ``derivations`` imports what checks it. Only ``__main__.py`` may."""
    return [f"{path.relative_to(folder)}:{line}: {package}" for path in python_files(folder)
            if path != folder / "__main__.py"
            for line, package in imports(ast.parse(path.read_text(encoding="utf-8")))
            if package in {"numeric", "jax", "jaxlib"}]


def runs_text(*folders: Path) -> list[str]:
    """Calls that turn text into code. Methods of those names (``re.compile``) are other functions."""
    return [f"{path.name}:{node.lineno}: {called(node)}" for path in python_files(*folders)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and called(node) in RUNS_TEXT and not is_harmless(node)]


def is_harmless(node: ast.Call) -> bool:
    """``re.compile`` makes a pattern, and ``f.lower(x).compile()`` of JAX machine code: neither reads Python."""
    return isinstance(node.func, ast.Attribute) and node.func.attr == "compile"


def test_derivations_never_imports_what_checks_it() -> None:
    assert len(python_files(HOME)) > 10
    assert numeric_imports(HOME) == []


@pytest.mark.parametrize("line", [
    "import jax", "import jax.numpy as jnp", "from jax import numpy", "from numeric.ladder import check",
    "import os, jax", "def f():\n    import numeric", "import importlib\nimportlib.import_module('numeric.check')",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from numeric import check",
])
def test_the_import_guard_can_fail(tmp_path: Path, line: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "planted.py").write_text(line, encoding="utf-8")
    (tmp_path / "__main__.py").write_text("from numeric.cli import main", encoding="utf-8")
    found = numeric_imports(tmp_path)
    assert len(found) == 1
    assert found[0].startswith("sub/planted.py:")


def test_importing_every_module_of_derivations_leaves_jax_out() -> None:
    modules = [".".join(path.relative_to(HOME.parent).with_suffix("").parts) for path in python_files(HOME)
               if path.name != "__main__.py"]
    code = "\n".join(["import sys", *(f"import {name.removesuffix('.__init__')}" for name in modules),
                      "print(sorted({'jax', 'jaxlib', 'numeric', 'sympy'} & set(sys.modules)))"])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.returncode) == ("['sympy']", 0), run.stderr


def test_importing_the_package_leaves_sympy_out() -> None:
    code = "import sys, derivations, numeric; print(sorted({'jax', 'sympy', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_no_text_is_run_as_code() -> None:
    assert runs_text(HOME, NUMERIC) == []


@pytest.mark.parametrize("call", [
    "eval('1')", "exec('1')", "compile('1', '', 'eval')", "sympify('x')", "sympy.sympify('x')", "parse_expr('x')",
    "sympy.lambdify(x, y)", "f(lambda: builtins.eval('1'))",
])
def test_the_guard_against_running_text_can_fail(tmp_path: Path, call: str) -> None:
    (tmp_path / "planted.py").write_text(f"import re\np = re.compile('x')\nvalue = {call}\n", encoding="utf-8")
    found = runs_text(tmp_path)
    assert len(found) == 1
    assert found[0].startswith("planted.py:3:")


def test_the_version_stands_in_one_place() -> None:
    root = HOME.parent
    version = derivations.__version__
    written = [path.relative_to(root).as_posix() for path in [*python_files(HOME, NUMERIC), root / "pyproject.toml"]
               if re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", path.read_text(encoding="utf-8"))]
    assert written == ["derivations/version.py"]
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {version}" in changelog


def test_the_installed_version_is_the_written_one() -> None:
    from importlib.metadata import version

    assert version("derivations") == derivations.__version__
