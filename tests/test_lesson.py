"""The lesson in ``examples``: it runs, a changed formula makes it fail, and it is stored without results."""

from __future__ import annotations

import ast
import re
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import derivations
from derivations.recurrent import lstm, rnn

nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed: the extra `test` has it")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: the extra `test` has it")
config = pytest.importorskip("traitlets.config")

LESSON = Path(__file__).parent.parent / "examples" / "vanishing_gradient.ipynb"
CLAIMS = {claim.id: claim for model in (rnn, lstm) for claim in model.claims}
HTML, SVG = "text/html", "image/svg+xml"


@pytest.fixture
def lesson() -> Any:
    return nbformat.read(LESSON, as_version=4)


def executed(notebook: Any) -> Any:
    """Run a notebook in a kernel of its own, which is spoken to through files: no port is taken."""
    with tempfile.TemporaryDirectory(prefix="nb") as folder, pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, folder)
        files = config.Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
        client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", config=files,
                                         resources={"metadata": {"path": folder}})
        return client.execute()


def shown(notebook: Any) -> Iterator[tuple[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield cell.id, output


def test_the_lesson_runs_and_shows_what_it_says(lesson: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    outputs = dict(shown(executed(lesson)))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 60
    assert all(output.output_type == "execute_result" for output in outputs.values())
    pages = {name: output.data[HTML] for name, output in outputs.items() if HTML in output.data}
    assert "missing: W_rec → c_2 → h_2 → E_2" in pages["one-path"]
    assert "<b>proved, as expected</b>" in pages["bounded"]
    assert "ipykernel" not in "".join(pages.values())
    assert sum(SVG in output.data for output in outputs.values()) == 4


@pytest.mark.parametrize(("cell", "old", "new", "told"), [
    ("own-network", "diag(sigma.prime(z)) @ W)\n", "diag(sigma.prime(z)) @ W.T)\n", "net.slopes-left: refuted"),
    ("own-network", "W @ diag(sigma.prime(z)), fails", "diag(sigma.prime(z)) @ W, fails", "net.slopes-right: proved"),
    ("one-path", '"rnn.chain"], "refuted"', '"rnn.chain"], "proved"', "rnn.chain: refuted"),
    ("own-network", "c[t] = sigma(z)", "c[t] = sigma(z + z)", "net.slopes-left: refuted")])
def test_a_changed_formula_makes_the_lesson_fail(lesson: Any, cell: str, old: str, new: str, told: str) -> None:
    [changed] = [each for each in lesson.cells if each.id == cell]
    assert changed.source.count(old) == 1
    changed.source = changed.source.replace(old, new)
    needed = {"tools", "own-network", "slopes-left", "slopes-right", "article", cell}
    lesson.cells = [each for each in lesson.cells if each.id in needed]
    with pytest.raises(nbclient.exceptions.CellExecutionError, match=re.escape(told)):
        executed(lesson)


def untidy(notebook: Any) -> list[str]:
    """What a stored lesson should be without: results of one machine, more than a thought in a cell, private names."""
    found = [f"{cell.id}: outputs" for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    found += [f"{cell.id}: its source is not stored as lines" for cell in notebook.cells if cell.metadata]
    found += [f"{cell.id}: long" for cell in notebook.cells if len(cell.source.splitlines()) > 24]
    for cell in notebook.cells:
        found += [f"{cell.id}: {name}" for name in imported(cell.source) if name not in PUBLIC] \
            if cell.cell_type == "code" else []
    return found


PUBLIC = {*(f"derivations.{name}" for name in derivations.__all__), "numeric.Options", "numeric.check",
          "numeric.figures.figures", "derivations.recurrent.lstm", "derivations.recurrent.rnn", "csv"}


def imported(source: str) -> list[str]:
    return [f"{node.module}.{name.name}" if isinstance(node, ast.ImportFrom) else name.name
            for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))
            for name in node.names]


def test_the_lesson_is_stored_without_outputs_and_uses_public_names(lesson: Any) -> None:
    nbformat.validate(lesson)
    assert untidy(lesson) == []
    assert LESSON.stat().st_size < 40_000
    kinds = [cell.cell_type for cell in lesson.cells]
    assert kinds.count("markdown") >= kinds.count("code")  # a cell is never left to speak for itself


@pytest.mark.parametrize(("change", "told"), [
    ({"outputs": [{"output_type": "stream", "name": "stdout", "text": "a"}]}, "tools: outputs"),
    ({"execution_count": 3}, "tools: outputs"), ({"source": "x = 1\n" * 30}, "tools: long"),
    ({"source": "from derivations.proof.engine import Engine"}, "tools: derivations.proof.engine.Engine")])
def test_an_untidy_lesson_would_be_noticed(lesson: Any, change: dict[str, Any], told: str) -> None:
    [cell] = [each for each in lesson.cells if each.id == "tools"]
    cell.update(nbformat.from_dict(change))
    assert untidy(lesson) == [told]


def test_every_verdict_of_the_lesson_is_asserted(lesson: Any) -> None:
    asked = re.findall(r'article\["([^"]+)"\], "(\w+)"', "\n".join(cell.source for cell in lesson.cells))
    assert len(asked) >= 15
    assert {id for id, _ in asked} <= set(CLAIMS)
    assert all((CLAIMS[id].expect == "fails") is (word == "refuted") for id, word in asked)
