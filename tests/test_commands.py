"""The commands that check nothing, what starting costs, and ``check`` with the checker itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from standin import GOOD, HEAD, Write, derivations, write
from verdicts import CLAIMS

from derivations import __version__
from derivations.latex import fragment
from derivations.recurrent import lstm, rnn

__all__ = ["write"]  # a fixture


def process(*words: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "derivations", *map(str, words)], capture_output=True, text=True,
                          check=False, env=os.environ | {"PYTHONUTF8": "1"}, **more)


# ---- list


def test_list_prints_ids_one_a_line() -> None:
    assert sorted(derivations("list").stdout.split("\n")) == sorted(["", *CLAIMS])
    assert derivations("list", "rnn.jacobian").stdout == "rnn.jacobian\n"
    assert derivations("list", "lstm").stdout.split() == [claim.id for claim in lstm.claims]
    assert derivations("list", "*.chain").stdout.split() == ["rnn.chain", "lstm.chain"]


def test_list_can_show_definitions(write: Write) -> None:
    listed = derivations("list", "rnn", "--definitions").stdout.split()
    assert set(listed) == {claim.id for claim in rnn.claims} | {definition.id for definition in rnn.definitions}
    assert listed.index("rnn.state") < listed.index("rnn.jacobian")
    write("mine.py", GOOD)
    assert derivations("list", "mine.py").stdout.split() == ["net.same", "net.other"]
    write("empty.py", HEAD)
    assert derivations("list", "empty.py").exit_code == 2


# ---- show


def test_show_a_claim() -> None:
    shown = derivations("show", "lstm.state-gradient")
    assert shown.exit_code == 0
    for words in ("lstm.state-gradient: equality", "∂c_t/∂c_{t-1} = A_t + B_t + C_t + D_t", r"\frac{\partial",
                  "B_t = diag(f_t)", "total; the graph is cut at x", "t ≥ 2", "to hold", "Medewar 2022",
                  f"derivations/recurrent/lstm.py:{CLAIMS['lstm.state-gradient'].line}"):
        assert words in shown.stdout
    assert "to fail where n ≥ 2" in derivations("show", "rnn.jacobian.right").stdout


def test_show_what_its_source_prints() -> None:
    claim = CLAIMS["rnn.jacobian"]
    assert claim.printed
    assert claim.printed.split()[0] in derivations("show", claim.id).stdout


def test_show_definitions_and_families(write: Write) -> None:
    assert "c_t = σ(W_rec c_{t-1} + W_in x_t)" in derivations("show", "rnn.state").stdout
    assert derivations("show", "rnn.jacobian*").stdout.count("expected") == 4
    write("mine.py", GOOD)
    assert "to fail always" in derivations("show", "mine.py::net.other").stdout


# ---- latex


@pytest.mark.parametrize("profile", ["paper", "article"])
def test_latex_writes_a_file_for_each(tmp_path: Path, profile: str) -> None:
    folder = tmp_path / "new" / "formulas"
    result = derivations("latex", "rnn.jacobian", "rnn.state", "-o", folder, "--profile", profile)
    assert result.exit_code == 0
    state = next(d for d in rnn.definitions if d.id == "rnn.state")
    for item in (CLAIMS["rnn.jacobian"], state):
        assert (folder / f"{item.id}.tex").read_text(encoding="utf-8") == fragment(item, profile)
        assert f"{item.id}.tex" in result.stdout
    assert len(list(folder.iterdir())) == len(result.stdout.splitlines()) == 2


def test_latex_of_everything(tmp_path: Path) -> None:
    assert derivations("latex", "-o", tmp_path).exit_code == 0
    written = {path.name for path in tmp_path.iterdir()}
    ids = [id for model in (rnn, lstm) for id in (*(c.id for c in model.claims), *(d.id for d in model.definitions))]
    assert written == {f"{id}.tex" for id in ids}


def test_latex_cannot_write_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert derivations("latex", "rnn", "-o", tmp_path / "file").exit_code == 2
    below = derivations("latex", "rnn", "-o", tmp_path / "file" / "below")
    assert below.exit_code == 2
    assert "Traceback" not in below.stderr


# ---- what starting costs


def loaded(*words: str) -> set[str]:
    """The heavy packages that a command imports."""
    code = ("import sys\nfrom numeric.cli import main\n"
            f"try:\n    main({list(words)!r})\n"
            "except SystemExit as exit:\n    assert not exit.code, exit.code\n"
            "print(*{'jax', 'sympy', 'numpy', 'rich'} & set(sys.modules), file=sys.stderr)")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                         env=os.environ | {"PYTHONUTF8": "1"})
    return set(run.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    for words in (["--help"], ["--version"], ["check", "--help"], ["list", "--help"], ["latex", "--help"]):
        assert loaded(*words) == set()


def test_only_check_imports_jax(tmp_path: Path) -> None:
    for words in (["list"], ["show", "rnn.jacobian"], ["latex", "rnn.jacobian", "-o", str(tmp_path)]):
        found = loaded(*words)
        assert "jax" not in found
        assert "sympy" in found  # the guard sees what is imported
    assert "jax" in loaded("check", "rnn.jacobian", "--draws", "1")


def test_help_is_quick() -> None:
    def seconds(*words: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, check=True)
        return time.perf_counter() - start

    bare = min(seconds("-c", "") for _ in range(5))
    assert min(seconds("-m", "derivations", "--help") for _ in range(5)) < bare + 0.2


def test_the_version() -> None:
    assert process("--version").stdout == f"derivations, version {__version__}\n"


# ---- the checker itself


def test_a_claim_from_its_file_to_the_report() -> None:
    runs = [process("check", "rnn.jacobian", "rnn.jacobian.literal", "--draws", "5", "--json", "--no-timing")
            for _ in range(2)]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    assert runs[0].stdout == runs[1].stdout
    holds, fails = json.loads(runs[0].stdout)["claims"]
    assert (holds["verdict"], holds["as_expected"], holds["range"]) == ("proved", True, "t >= 1")
    assert (fails["verdict"], fails["as_expected"], fails["holds_where"]) == ("refuted", True, "n = m = 1")
    assert fails["counterexample"]["shapes"]


def test_a_flipped_expectation_exits_1(write: Write) -> None:
    write("flipped.py", HEAD + """c[t] = sigma(W @ c[t - 1])
m.equal("holds", c[t], sigma(W @ c[t - 1]), fails=True)
m.equal("fails", W @ x, W @ x + x)
""")
    for id, words in (("holds", "proved, but expected to fail always"), ("fails", "refuted, but expected to hold")):
        result = derivations("check", f"flipped.py::net.{id}", "--draws", 5)
        assert result.exit_code == 1, result.output
        assert words in result.stdout
    again = next(line for line in result.stdout.splitlines() if "flipped.py::net.fails --sizes" in line)
    assert derivations(*again.split()[2:]).exit_code == 1


def test_a_size_that_does_not_fit() -> None:
    result = derivations("check", "lstm.B", "--sizes", "n=99999999")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"derivations/recurrent/lstm.py:{CLAIMS['lstm.B'].line}: lstm.B: at n=99999999")
    assert "would not fit in memory" in result.stderr
