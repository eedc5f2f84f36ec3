"""``--changed-since``: which equations of documents mean something else than they did, in repositories made for it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from standin import GOOD, Checker, checker, contrary, derivations

from derivations.errors import DerivationError
from numeric.changed import changed_since
from numeric.collect import select

__all__ = ["checker"]  # a fixture

PAPER = r"""# A paper

$W, U \in \mathbb{R}^{n \times n}$, $x_t, b \in \mathbb{R}^n$

$$\phi(z) = z \tanh(z)$$

$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$g_t = \phi(h_t + b)$$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t \odot h_t) W$$ {#eq-state}

$$\frac{\partial g_t}{\partial b} = \mathrm{diag}(\phi'(h_t + b))$$ {#eq-out}

$$(W U)^\top = U^\top W^\top$$ {#eq-plain}
"""
LABELS = ("eq-state", "eq-out", "eq-plain")
Edit = Callable[[str], str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a paper in a folder of it, committed."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    (tmp_path / "text").mkdir()
    monkeypatch.chdir(tmp_path / "text")
    git("init", "--quiet")
    Path("paper.md").write_text(PAPER, encoding="utf-8")
    commit()
    return tmp_path


def git(*words: str) -> None:
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *words], check=True, capture_output=True)


def commit() -> None:
    git("add", "--all", ":/")
    git("commit", "--quiet", "-m", "more")


def edit(old: str, new: str, file: str = "paper.md") -> None:
    text = Path(file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    Path(file).write_text(text.replace(old, new), encoding="utf-8")


def changed(file: str = "paper.md", since: str = "HEAD") -> set[str]:
    """The labels of the equations that are to be checked."""
    return {claim.label for claim in changed_since(select([file]), since).claims}


# ---- what counts as a change


def test_nothing_changed(repository: Path) -> None:
    assert changed() == set()


@pytest.mark.parametrize(("old", "new", "expected"), [
    (r"\mathrm{diag}(1 - h_t \odot h_t) W$$",
     "\n  \\operatorname{diag}\\left( 1 - h_t\n\\odot h_t \\right) W\n$$", set()),
    ("# A paper\n", "# A better paper\n\nWith more words.\n\n", set()),
    ("{#eq-plain}", "{#eq-product}", set()),
    (r"1 - h_t \odot h_t", r"1 + h_t \odot h_t", {"eq-state"}),
    (r"U^\top W^\top", r"W^\top U^\top", {"eq-plain"}),
    (r"\tanh(W h_{t-1} + U x_t)", r"\sigma(W h_{t-1} + U x_t)", {"eq-state", "eq-out"}),
    (r"z \tanh(z)", r"z \sigma(z)", {"eq-out"}),
    (r"\phi(h_t + b)$$", r"\phi(h_t - b)$$", {"eq-out"}),
], ids=["reflowed", "moved", "relabelled", "claim", "another claim", "definition", "function", "one that it leads to"])
def test_what_changed_is_checked(repository: Path, old: str, new: str, expected: set[str]) -> None:
    edit(old, new)
    assert changed() == expected
    commit()
    assert changed() == set()
    assert changed(since="HEAD~1") == expected


def test_a_size_changes_all_that_speak_of_it(repository: Path) -> None:
    edit(r"$W, U \in \mathbb{R}^{n \times n}$", r"$W \in \mathbb{R}^{n \times n}$, $U \in \mathbb{R}^{n \times m}$")
    edit(r"$x_t, b \in \mathbb{R}^n$", r"$x_t \in \mathbb{R}^m$, $b \in \mathbb{R}^n$")
    assert changed() == set(LABELS)


def test_a_new_equation_is_checked_and_a_deleted_one_is_nothing(repository: Path) -> None:
    edit("$$(W U)^\\top = U^\\top W^\\top$$ {#eq-plain}", "$$(W W)^\\top = W^\\top W^\\top$$ {#eq-new}")
    assert changed() == {"eq-new"}


def test_what_is_expected_counts(repository: Path) -> None:
    edit("$$(W U)", "<!-- derivations: fails -->\n$$(W U)")
    assert changed() == {"eq-plain"}


# ---- files


@pytest.mark.parametrize(("before", "after", "expected"), [
    ("", 'ignore = "eq-out"\n', set()),
    ("", 'given = "eq-state: t > 3"\n', {"eq-state"}),
    ('given = "eq-state: t > 3"\n', "", {"eq-state"}),
    ('given = "eq-state: t > 3"\n', 'given = "eq-state: t > 4"\n', {"eq-state"}),
    ('given = "eq-state: t > 3"\n', 'given   =  [ "eq-state:  t > 3" ]\n', set()),
])
def test_the_sidecar_counts_as_it_was(repository: Path, before: str, after: str, expected: set[str]) -> None:
    Path("paper.derivations.toml").write_text(before, encoding="utf-8")
    commit()
    Path("paper.derivations.toml").write_text(after, encoding="utf-8")
    assert changed() == expected


def test_files_that_a_paper_brings_in_count(repository: Path) -> None:
    Path("main.tex").write_text("\\input{macros}\n\\input{parts/state}\n\\[ A x + A x = \\two A x \\label{eq:a} \\]\n",
                                encoding="utf-8")
    Path("macros.tex").write_text("\\newcommand{\\two}{2}\n", encoding="utf-8")
    Path("parts").mkdir()
    Path("parts/state.tex").write_text("$A \\in \\mathbb{R}^{n \\times n}$, $x \\in \\mathbb{R}^n$\n", encoding="utf-8")
    commit()
    assert changed("main.tex") == set()
    edit("{2}", "{3}", "macros.tex")
    assert changed("main.tex") == {"eq:a"}
    edit("{3}", "{2}", "macros.tex")
    edit("^{n \\times n}", "^{m \\times n}", "parts/state.tex")
    assert changed("main.tex") == {"eq:a"}


def test_a_file_that_was_not_there_is_checked_whole(repository: Path) -> None:
    Path("other.md").write_text(PAPER, encoding="utf-8")
    assert changed("other.md") == set(LABELS)
    git("mv", "paper.md", "renamed.md")
    assert changed("renamed.md") == set(LABELS)
    commit()
    assert changed("renamed.md") == set()


def test_what_could_not_be_read_then_is_checked(repository: Path) -> None:
    Path("book.ipynb").write_text("not JSON", encoding="utf-8")
    commit()
    cell = {"cell_type": "markdown", "source": PAPER, "metadata": {}}
    Path("book.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
                                  encoding="utf-8")
    assert changed("book.ipynb") == set(LABELS)


def test_another_folder_and_variables_of_hooks_make_no_difference(repository: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository.parent)
    monkeypatch.setenv("GIT_DIR", "nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    assert changed(str(repository / "text" / "paper.md")) == set()


def test_python_files_are_checked_whatever_changed(repository: Path) -> None:
    Path("own.py").write_text(GOOD.replace("{name}", "own-of-changed"), encoding="utf-8")
    commit()
    selection = changed_since(select(["own.py", "paper.md"]), "HEAD")
    assert [claim.id for claim in selection.claims] == ["own-of-changed.same", "own-of-changed.other"]


# ---- what is refused


@pytest.mark.parametrize("revision", ["nothing", "HEAD~9", "--all", "-1", "", "HEAD:text", "HEAD..HEAD", "a b", "@{"])
def test_a_revision_that_is_none(repository: Path, revision: str) -> None:
    with pytest.raises(DerivationError, match="--changed-since"):
        changed(since=revision)
    result = derivations("check", "paper.md", f"--changed-since={revision}")
    assert (result.exit_code, result.stdout) == (2, "")


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "paper.md").write_text(PAPER, encoding="utf-8")
    with pytest.raises(DerivationError, match="not a git repository"):
        changed(str(tmp_path / "paper.md"))


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DerivationError, match="needs git"):
        changed()


# ---- on the command line


def check(*words: str) -> Result:
    return derivations("check", "paper.md", *words, "--no-timing")


def test_what_is_not_checked_is_told_as_unchanged(checker: Checker, repository: Path) -> None:
    edit(r"1 - h_t \odot h_t", r"1 + h_t \odot h_t")
    result = check("--changed-since", "HEAD")
    assert [id for id, _ in checker.asked] == ["paper.eq-state"]
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "2 unchanged" in lines[0]
    assert [line for line in lines if "means the same as at HEAD: not checked" in line and "eq-out" in line]
    assert lines[-1].startswith("again: derivations check paper.md ")
    assert lines[-1].endswith("--changed-since HEAD")
    checker.answers["paper.eq-state"] = contrary
    assert check("--changed-since", "HEAD").exit_code == 1


def test_json_says_what_is_unchanged(checker: Checker, repository: Path) -> None:
    record = json.loads(check("--changed-since", "HEAD", "--json").stdout)
    assert record["claims"] == []
    claims = [one for one in record["documents"][0]["equations"] if one["kind"] == "claim"]
    assert [(one["verdict"], one["unchanged_since"]) for one in claims] == [(None, "HEAD")] * 3


def test_what_is_not_read_counts_though_it_was_so_before(checker: Checker, repository: Path) -> None:
    edit("# A paper\n", "# A paper\n\n$$ a = \\nowhere $$\n")
    commit()
    result = check("--changed-since", "HEAD")
    assert (result.exit_code, checker.asked) == (3, [])
    assert "unknown command \\nowhere" in result.stdout
