"""What the README shows is what happens: its Python runs, and its console sessions give the output that stands there.

A Python block that begins with the comment ``# name.py`` is a file of the folder in which the sessions run. ``...`` in
an output stands for anything, as in doctests. Run as a program, this file writes the outputs into the README.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
END = "\x1e"


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Shown:
    """One command of a session, with the output below it."""

    command: str
    output: str


def blocks(markdown: str, language: str) -> list[Block]:
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", markdown, flags=re.MULTILINE | re.DOTALL)
    return [Block(m[1], m[2], markdown[:m.start()].count("\n") + 1) for m in found if m[1] == language]


def session(text: str) -> list[Shown]:
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"a session begins with a command, not with {parts[0]!r}"
    return [Shown(*part.split("\n", 1)) for part in parts[1:]]


def write_files(markdown: str, folder: Path) -> None:
    for block in blocks(markdown, "python"):
        if name := re.match(r"# (\w+\.py)\n", block.text):
            (folder / name[1]).write_text(block.text, encoding="utf-8")
    for paper in sorted((ROOT / "examples" / "paper").glob("*.tex")):
        shutil.copy(paper, folder)


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    told = ("PYTEST", "FORCE_COLOR", "CI", "BUILD_NUMBER")  # what changes how pytest and rich print
    kept = {name: value for name, value in os.environ.items() if not name.startswith(told)}
    return {**kept, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}


def outputs(shown: list[Shown], folder: Path) -> list[str]:
    """What the commands print, run one after the other in one shell; ``$?`` is the status of the one before."""
    script = "".join(f"{{ {one.command}\n}} 2>&1; status=$?; printf '{END}'; (exit $status)\n" for one in shown)
    run = subprocess.run(["bash", "-c", script], cwd=folder, env=environment(), capture_output=True, text=True,
                         check=False)
    return run.stdout.split(END)[:-1]


def differences(markdown: str, block: Block, folder: Path) -> list[str]:
    write_files(markdown, folder)
    shown = session(block.text)
    got = outputs(shown, folder)
    assert len(got) == len(shown)
    checker = doctest.OutputChecker()
    return [f"README.md, block in line {block.line}: $ {one.command}\nexpected:\n{one.output}\ngot:\n{printed}"
            for one, printed in zip(shown, got, strict=True)
            if not checker.check_output(plain(one.output), plain(printed), doctest.ELLIPSIS)]


def rewritten(markdown: str) -> str:
    """The same page with the outputs of today; what a clock shows is left open."""
    for block in blocks(markdown, "console"):
        shown = session(block.text)
        with tempfile.TemporaryDirectory() as folder:
            write_files(markdown, Path(folder))
            got = [re.sub(r"\b\d+\.\d+(?= ?s\b)", "...", printed) for printed in outputs(shown, Path(folder))]
        text = "".join(f"$ {one.command}\n" + (plain(printed) if printed else "")
                       for one, printed in zip(shown, got, strict=True))
        markdown = markdown.replace(f"```console\n{block.text}```", f"```console\n{text}```")
    return markdown


def plain(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.strip("\n").split("\n"))


@pytest.mark.parametrize("block", blocks(README, "console"), ids=lambda block: f"line-{block.line}")
def test_a_session_gives_the_output_that_is_shown(block: Block, tmp_path: Path) -> None:
    wrong = differences(README, block, tmp_path)
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("block", blocks(README, "python"), ids=lambda block: f"line-{block.line}")
def test_python_runs(block: Block, tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", block.text], cwd=tmp_path, env=environment(), capture_output=True,
                         text=True, check=False)
    assert run.returncode == 0, f"README.md, block in line {block.line}:\n{run.stderr}"


def test_outputs_are_written_as_they_are_checked(tmp_path: Path) -> None:
    stale = SMALL.replace("one 2\n$", "stale\n$").replace("took ... s", "")
    fresh = rewritten(stale)
    assert len(differences(stale, blocks(stale, "console")[0], tmp_path)) == 2
    assert differences(fresh, blocks(fresh, "console")[0], tmp_path) == []
    assert rewritten(fresh) == fresh


def test_there_is_something_to_run() -> None:
    assert len(blocks(README, "console")) >= 3
    assert len(blocks(README, "python")) >= 2


def test_every_block_says_what_it_is() -> None:
    fences = re.findall(r"^```(\w*)$", README, flags=re.MULTILINE)
    assert set(fences[0::2]) <= {"console", "python", "sh", "math", "latex", "toml", "yaml"}
    assert set(fences[1::2]) == {""}


SMALL = """
```python
# hello.py
print("one", 2)
```

```console
$ python hello.py
one 2
$ python -c 'raise SystemExit(3)'
$ echo $?
3
$ python -c 'import time; print("took", time.time() / 7, "s")'
took ... s
```
"""


@pytest.mark.parametrize(("old", "new", "wrong"), [
    ("", "", 0), ("one 2\n$", "one 3\n$", 1), ("one 2\n$", "$", 1), ("\n3\n", "\n1\n", 1),
    ("took ... s", "took ... h", 1), ("$ python hello.py\n", "", None)])
def test_a_readme_whose_output_was_changed_would_fail(old: str, new: str, wrong: int | None, tmp_path: Path) -> None:
    changed = SMALL.replace(old, new)
    (block,) = blocks(changed, "console")
    if wrong is None:
        with pytest.raises(AssertionError, match="begins with a command"):
            differences(changed, block, tmp_path)
    else:
        assert len(differences(changed, block, tmp_path)) == wrong


def test_every_changed_line_of_the_readme_would_be_noticed(tmp_path: Path) -> None:
    """Of one session of the README itself: each line, with a word put in, no longer is what happens."""
    block = blocks(README, "console")[0]
    shown = session(block.text)
    write_files(README, tmp_path)
    got = outputs(shown, tmp_path)
    checker = doctest.OutputChecker()
    for one, printed in zip(shown, got, strict=True):
        lines = plain(one.output).split("\n")[:-1]
        for k, line in enumerate(lines):
            changed = "\n".join([*lines[:k], f"changed {line}", *lines[k + 1:], ""])
            assert line in ("", "...") or not checker.check_output(changed, plain(printed), doctest.ELLIPSIS), line


def test_make_targets_that_the_readme_names_exist_and_are_built_from_nothing() -> None:
    named = set(re.findall(r"\bmake (\w+)", "\n".join(block.text for block in blocks(README, "sh"))))
    assert {"verify", "test"} <= named
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"setup", "lint", "latex", "bench", "clean"} | named <= targets
    built = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)$", built, flags=re.MULTILINE) == ["setup", "lint", "verify", "test", "thorough"]


def test_no_file_names_a_registry_or_a_machine() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", ".ci/run", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"index-url|pypi\.|/root/|/home/|/work/|/tmp/", text), name


if __name__ == "__main__":
    (ROOT / "README.md").write_text(rewritten(README), encoding="utf-8")
