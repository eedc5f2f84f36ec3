"""The plugin in other people's repositories: what it collects, what passes, what it prints, what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import derivations.report.story  # noqa: F401 - what a run in this process needs is imported once, here
import numeric.batch  # noqa: F401 - likewise
from derivations.verdict import Evidence, Status, Verdict
from numeric.pytest_plugin import passes

OTHERS = ("-p", "no:jaxtyping", "-p", "no:hypothesispytest")  # plugins that import much in every run
HEAD = """
from derivations import Model, dot, grad, ones, sigma, softplus

logit = Model("logit", title="Logistic regression", source="Bishop 2006, eq. 4.91")
N, p = logit.dims("N p")
X, y, w = logit.input("X", N, p), logit.input("y", N), logit.parameter("w", p)
z = logit.let("z", X @ w)
E = logit.node("E", dot(ones(N), softplus(z)) - dot(y, z))
"""
RIGHT = HEAD + 'logit.equal("gradient", grad(E, w), X.T @ (sigma(z) - y))\n'
MIXED = RIGHT + """
logit.equal("gradient.sign", grad(E, w), X.T @ (y - sigma(z)), fails=True)
logit.equal("gradient.wrong", grad(E, w), X.T @ (y - sigma(z)))
logit.equal("gradient.denied", grad(E, w), X.T @ (sigma(z) - y), fails=True)
"""
TINY = """
from derivations import Model
{name} = Model("{name}")
q = {name}.parameter("q")
{name}.equal("same", q + q, 2 * q)
{name}.equal("again", q, q)
"""
JAX_TESTS = """
import jax, jax.numpy as jnp

def test_before():
    assert jnp.ones(1).dtype == "float32"
    assert not jax.config.jax_enable_x64
"""
# Stands in for the checker where only collection matters: writes down what it was asked.
FAKE_CHECK = """
import sys, types
from dataclasses import dataclass

@dataclass(frozen=True)
class Options:
    draws: int = 1000
    seed: int = 0
    sizes: object = None
    evidence: tuple = ()

def check(claim, options):
    from derivations.verdict import Evidence, Status, Verdict
    with open({log!r}, "a") as log:
        print(claim.id, options.draws, options.seed, file=log)
    return Verdict(claim, Status.AGREES, True, evidence=(Evidence("sweep", Status.AGREES),))

module = types.ModuleType("numeric.ladder")
module.Options, module.check = Options, check
sys.modules["numeric.ladder"] = module
"""


class Stranger:
    """A repository that is not this one."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester, self.log = pytester, pytester.path / "asked.txt"
        pytester.makeconftest(FAKE_CHECK.format(log=str(self.log)))
        pytester.makeini("[pytest]\n")

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.pytester.path / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def ini(self, line: str) -> None:
        self.pytester.makeini(f"[pytest]\n{line}\n")

    def run(self, *args: str) -> pytest.RunResult:
        """In this process, where SymPy is imported once; the workers of pytest-xdist are processes anyhow."""
        run = self.pytester.runpytest_subprocess if "-n" in args else self.pytester.runpytest_inprocess
        return run(*OTHERS, *args)

    def ids(self, *args: str) -> list[str]:
        result = self.run("--collect-only", "-q", *args)
        return [line for line in result.outlines if "::" in line]

    def asked(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def stranger(pytester: pytest.Pytester) -> Stranger:
    return Stranger(pytester)


# ---- what passes


def verdict(status: Status, as_expected: bool, *outcomes: Status, method: str = "sweep", **kwargs: Any) -> Verdict:
    evidence = tuple(Evidence(method, outcome) for outcome in outcomes)
    no_claim: Any = None
    return Verdict(no_claim, status, as_expected, evidence=evidence, **kwargs)


@pytest.mark.parametrize(("given", "expected"), [
    (verdict(Status.PROVED, True, Status.PROVED), True),
    (verdict(Status.AGREES, True, Status.UNDECIDED, Status.AGREES), True),
    (verdict(Status.REFUTED, True, Status.REFUTED), True),
    (verdict(Status.REFUTED, False, Status.REFUTED), False),
    (verdict(Status.AGREES, False, Status.AGREES), False),
    (verdict(Status.UNDECIDED, True, Status.AGREES), False),
    (verdict(Status.VACUOUS, True, Status.VACUOUS), False),
    (verdict(Status.AGREES, True), False),
    (verdict(Status.AGREES, True, Status.VACUOUS, Status.UNDECIDED), False),
    (verdict(Status.PROVED, True, Status.PROVED, broken=True), False),
    (verdict(Status.AGREES, True, Status.AGREES, method="ledger"), False),
])
def test_only_what_is_as_expected_by_evidence_passes(given: Verdict, expected: bool) -> None:
    assert passes(given) is expected


@pytest.fixture(scope="module")
def mixed_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run with the real checker, between a stranger's tests, with warnings as errors."""
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    (folder / "derivations_logit.py").write_text(MIXED, encoding="utf-8")
    (folder / "test_a.py").write_text(JAX_TESTS, encoding="utf-8")
    (folder / "test_z.py").write_text(JAX_TESTS.replace("before", "after"), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "--derivations-draws=50"]
    files = ["derivations_logit.py", "test_z.py", "test_a.py"]
    run = subprocess.run([*command, *files], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize(("item", "outcome"), [
    ("derivations_logit.py::logit.gradient", "PASSED"),
    ("derivations_logit.py::logit.gradient.sign", "PASSED"),
    ("derivations_logit.py::logit.gradient.wrong", "FAILED"),
    ("derivations_logit.py::logit.gradient.denied", "FAILED"),
])
def test_a_claim_passes_where_its_verdict_is_as_expected(mixed_run: str, item: str, outcome: str) -> None:
    assert f"{item} {outcome}" in mixed_run


def test_a_failure_tells_the_counterexample_and_shows_no_traceback(mixed_run: str) -> None:
    story = mixed_run[mixed_run.index("= FAILURES ="):]
    assert "logit.gradient.wrong" in story
    assert "refuted" in story
    assert "difference" in story
    assert "seed" in story
    assert "Traceback" not in story
    assert "pytest_plugin.py" not in story


def test_a_strangers_tests_keep_their_jax_configuration(mixed_run: str) -> None:
    assert "test_z.py::test_after PASSED" in mixed_run
    assert "test_a.py::test_before PASSED" in mixed_run


# ---- what is collected


def test_one_item_a_claim_in_the_order_of_the_file(stranger: Stranger) -> None:
    stranger.write(derivations_a=TINY.format(name="a"), deep__b_derivations=TINY.format(name="b"),
                   other=TINY.format(name="c"))
    assert stranger.ids() == ["deep/b_derivations.py::b.same", "deep/b_derivations.py::b.again",
                              "derivations_a.py::a.same", "derivations_a.py::a.again"]


def test_one_claim_is_selected_by_its_node_id(stranger: Stranger) -> None:
    stranger.write(derivations_a=TINY.format(name="a"))
    stranger.run("derivations_a.py::a.again").assert_outcomes(passed=1)
    assert stranger.asked() == ["a.again 1000 0"]


def test_the_ini_option_says_which_files(stranger: Stranger) -> None:
    stranger.ini("derivations_files = math/*.py src/**/proofs.py claims_*.py")
    files = ("math__one", "math__sub__two", "src__proofs", "src__x__y__proofs", "x__claims_z", "derivations_no",
             "src__no")
    stranger.write(**{name: TINY.format(name=f"m{k}") for k, name in enumerate(files)})
    assert {line.partition("::")[0] for line in stranger.ids()} == {
        "math/one.py", "src/proofs.py", "src/x/y/proofs.py", "x/claims_z.py"}


def test_an_imported_model_is_not_collected_twice(stranger: Stranger) -> None:
    stranger.write(derivations_a=TINY.format(name="a"), derivations_b="from derivations_a import a\nalias = a\n",
                   derivations_c=TINY.format(name="c") + "alias = c\n")
    assert stranger.ids() == ["derivations_a.py::a.same", "derivations_a.py::a.again",
                              "derivations_c.py::c.same", "derivations_c.py::c.again"]


@pytest.mark.parametrize("named", [(), ("test_derivations.py",), ("test_derivations.py", ".")])
def test_a_test_file_with_models_is_collected_once(stranger: Stranger, named: tuple[str, ...]) -> None:
    text = TINY.format(name="a") + "alias = a\nprint('imported', __name__)\n\ndef test_mine(): pass\n"
    stranger.write(test_derivations=text)
    result = stranger.run("-v", "-s", *named)
    result.assert_outcomes(passed=3)
    assert str(result.stdout).count("imported") == 1


def test_a_file_named_on_the_command_line_is_collected_once(stranger: Stranger) -> None:
    stranger.write(derivations_a=TINY.format(name="a") + "print('imported', __name__)\n")
    result = stranger.run("-s", "derivations_a.py")
    result.assert_outcomes(passed=2)
    assert str(result.stdout).count("imported") == 1


@pytest.mark.parametrize(("text", "message"), [
    ("import nothing_of_this_name\n", "derivations_a.py:1:*nothing_of_this_name*"),
    ("\n\nfrom derivations import Model\nModel('Not A Name')\n", "derivations_a.py:4:*not a model's name*"),
    ("\nx = (\n", "derivations_a.py:2:*"),
])
@pytest.mark.parametrize("named", [(), ("derivations_a.py",)])
def test_a_file_that_does_not_import_is_a_collection_error(stranger: Stranger, named: tuple[str, ...], text: str,
                                                           message: str) -> None:
    stranger.write(derivations_a=text)
    result = stranger.run(*named)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{message}"])
    result.stdout.no_fnmatch_line("*Traceback*")


# ---- options


def test_draws_and_seed_reach_the_checker_and_the_header(stranger: Stranger) -> None:
    stranger.write(derivations_a=TINY.format(name="a"))
    result = stranger.run("--derivations-draws", "30", "--derivations-seed=7")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["derivations: --derivations-seed=7 --derivations-draws=30"])
    assert stranger.asked() == ["a.same 30 7", "a.again 30 7"]


def test_the_header_names_the_default_seed(stranger: Stranger) -> None:
    stranger.run().stdout.fnmatch_lines(["derivations: --derivations-seed=0"])


@pytest.mark.parametrize(("option", "text", "message"), [
    *[("draws", text, "expected a number of draws, a whole number from 1 on") for text in ("0", "-3", "x", "1.5", "²")],
    *[("seed", text, "expected a seed, a whole number from 0 on") for text in ("-1", "x", "9" * 30)]])
def test_numbers_that_are_none_are_usage_errors(stranger: Stranger, option: str, text: str, message: str) -> None:
    result = stranger.run(f"--derivations-{option}={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--derivations-{option}: {message}*"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_files_that_are_set_and_match_nothing_are_a_warning(stranger: Stranger, workers: tuple[str, ...]) -> None:
    stranger.ini("derivations_files = proofs/*.py")
    stranger.write(test_mine="def test_mine(): pass\n")
    result = stranger.run(*workers)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*DerivationsFilesWarning: derivations_files = proofs/[*].py matches no *file*"])
    assert stranger.run("-W", "error", *workers).ret != 0


@pytest.mark.parametrize(("ini", "args"), [
    ("", ()), ("derivations_files = proofs/*.py", ("test_mine.py",)), ("derivations_files = derivations_a.py", ())])
def test_no_warning_otherwise(stranger: Stranger, ini: str, args: tuple[str, ...]) -> None:
    stranger.ini(ini)
    stranger.write(test_mine="def test_mine(): pass\n", **({"derivations_a": TINY.format(name="a")} if ini else {}))
    stranger.run(*args).stdout.no_fnmatch_line("*DerivationsFilesWarning*")


# ---- beside other plugins


def test_xdist_shares_the_claims_out(stranger: Stranger) -> None:
    stranger.write(derivations_a=TINY.format(name="a"), derivations_b=TINY.format(name="b"))
    stranger.run("-n", "2", "--derivations-seed=3").assert_outcomes(passed=4)
    assert sorted(stranger.asked()) == [f"{model}.{claim} 1000 3" for model in "ab" for claim in ("again", "same")]


@pytest.mark.parametrize("tests", ["", "def test_plain(): pass\n"])
def test_start_up_imports_neither_sympy_nor_jax(tmp_path: Path, tests: str) -> None:
    (tmp_path / "conftest.py").write_text(
        "import sys\ndef pytest_unconfigure():\n"
        "    print('heavy:', sorted({'jax', 'sympy', 'numpy', 'derivations.model'} & set(sys.modules)))\n",
        encoding="utf-8")
    (tmp_path / "test_plain.py").write_text(tests, encoding="utf-8")
    run = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", *OTHERS], cwd=tmp_path, capture_output=True,
                         text=True, check=False, env={**os.environ, "PYTEST_ADDOPTS": ""})
    assert "--derivations-seed=0" in run.stdout
    assert "heavy: []" in run.stdout
