"""The command ``check``: what it passes on, what it prints where, and the number it exits with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from standin import (
    GOOD,
    HEAD,
    Answer,
    Checker,
    Write,
    broken,
    checker,
    contrary,
    crash,
    derivations,
    expected,
    interrupt,
    undecided,
    vacuous,
    write,
)
from verdicts import CLAIMS

from derivations.latex.notation import PROFILES
from numeric import cli
from numeric.sizes import Options

__all__ = ["checker", "write"]  # fixtures


# ---- exit statuses


@pytest.mark.parametrize(("answers", "status"), [
    ([expected, expected], 0),
    ([expected, contrary], 1),
    ([contrary, undecided], 1),
    ([expected, undecided], 3),
    ([vacuous, expected], 3),
    ([broken, contrary], 4),
    ([expected, interrupt], 130),
    ([broken, interrupt], 130),
])
def test_the_exit_status(checker: Checker, answers: list[Answer], status: int) -> None:
    checker.answers = dict(zip(("rnn.jacobian", "rnn.jacobian.right"), answers, strict=True))
    result = derivations("check", *checker.answers)
    assert result.exit_code == status, result.output


def test_a_file_without_claims_exits_3(checker: Checker, write: Write) -> None:
    write("empty.py", HEAD)
    result = derivations("check", "empty.py")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("empty.py: no claims")
    assert derivations("check", "empty.py", "rnn.jacobian").exit_code == 3
    checker.answers["rnn.jacobian"] = contrary
    assert derivations("check", "empty.py", "rnn.jacobian").exit_code == 1
    assert json.loads(derivations("check", "empty.py", "--json").stdout)["claims"] == []


def test_a_run_goes_on_after_a_failure_of_the_checker(checker: Checker) -> None:
    checker.answers = {"rnn.jacobian": crash, "rnn.concat": broken}
    result = derivations("check", "rnn", "--json")
    verdicts = {claim["id"]: claim for claim in json.loads(result.stdout)["claims"]}
    assert result.exit_code == 4
    assert len(verdicts) == len([id for id in CLAIMS if id.startswith("rnn.")])
    assert verdicts["rnn.jacobian"]["verdict"] == "undecided"
    assert verdicts["rnn.jacobian"]["reason"] == "internal error: IndexError: list index out of range"


def test_every_expectation_counts(checker: Checker) -> None:
    checker.answers = dict.fromkeys(CLAIMS, contrary)
    for id in CLAIMS:
        assert derivations("check", id, "-q").exit_code == 1


# ---- what is passed on


def test_options_reach_the_checker(checker: Checker) -> None:
    result = derivations("check", "rnn.jacobian", "lstm.B", "--draws", 7, "--seed", 5, "--sizes", "n=3, p=2,m=4",
                         "--evidence", "sweep,exact")
    assert result.exit_code == 2  # no selected claim speaks of p
    assert "no selected claim has a dimension p" in result.stderr
    derivations("check", "rnn.jacobian", "rnn.chain", "--draws", 7, "--seed", 5, "--sizes", "n=3, p=2,m=4",
                "--evidence", "sweep,exact")
    options = Options(draws=7, seed=5, evidence=("exact", "sweep"))
    assert checker.asked == [("rnn.jacobian", replace(options, sizes={"n": 3, "m": 4})),
                             ("rnn.chain", replace(options, sizes={"n": 3, "m": 4, "p": 2}))]


def test_the_checker_has_its_own_defaults(checker: Checker) -> None:
    derivations("check", "rnn.jacobian")
    assert checker.asked == [("rnn.jacobian", Options())]
    assert f"{Options().draws:,} draws a claim" in derivations("check", "rnn.jacobian").stdout


def test_the_command_in_the_summary_repeats_the_run(checker: Checker) -> None:
    words = ["check", "rnn.state-product*", "lstm.B", "--seed", "5", "--draws", "7", "--sizes", "n=2,m=2",
             "--evidence", "sweep"]
    first = derivations(*words, "--no-timing").stdout
    again = next(line for line in first.splitlines() if line.startswith("again: "))
    assert again == ("again: derivations check 'rnn.state-product*' lstm.B --seed 5 --draws 7 --sizes n=2,m=2 "
                     "--evidence sweep")
    assert derivations("check", "lstm.B").stdout.endswith("again: derivations check lstm.B --seed 0\n")


def test_the_words_of_the_command_line_are_those_of_the_library() -> None:
    assert sorted(cli.PROFILES) == sorted(PROFILES)
    assert Options().known == cli.RUNGS


# ---- what is printed where


def test_json_stands_alone_on_stdout(checker: Checker, write: Write) -> None:
    write("chatty.py", "print('hello from an author')\n" + GOOD)
    result = derivations("check", "chatty.py", "--json")
    assert [claim["id"] for claim in json.loads(result.stdout)["claims"]] == ["net.same", "net.other"]
    assert result.stderr == "hello from an author\n"


def test_nothing_but_the_report_is_printed_into_a_pipe(checker: Checker) -> None:
    result = derivations("check", "rnn")
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


def test_without_timing_the_bytes_are_the_same(checker: Checker) -> None:
    for words in (["--json"], [], ["-v"]):
        first, second = (derivations("check", "rnn", "--no-timing", *words).stdout_bytes for _ in range(2))
        assert first == second
    first, second = (derivations("check", "rnn", "--json").stdout_bytes for _ in range(2))
    assert first != second  # so that the above could fail


def test_quiet_and_verbose(checker: Checker) -> None:
    checker.answers["rnn.concat"] = contrary
    quiet, normal, verbose = (derivations("check", "rnn", *level).stdout for level in (["-q"], [], ["-v"]))
    assert "rnn.concat" in quiet
    assert "rnn.jacobian" not in quiet
    assert "rnn.jacobian" in normal
    assert "draws = 1,000" in verbose
    assert derivations("check", "-q", "-v").exit_code == 2


def test_an_interrupted_run_reports_what_is_finished(checker: Checker) -> None:
    checker.answers["rnn.jacobian.right"] = interrupt
    result = derivations("check", "rnn.jacobian", "rnn.jacobian.right", "rnn.concat")
    assert result.exit_code == 130
    assert "✓ rnn.jacobian " in result.stdout
    assert "interrupted: 2 claims of 3 not checked" in result.stdout
    report = json.loads(derivations("check", "rnn.jacobian", "rnn.jacobian.right", "--json").stdout)
    assert report["interrupted"] is True
    assert [claim["id"] for claim in report["claims"]] == ["rnn.jacobian"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_a_real_interrupt() -> None:
    code = """
import sys, time
from types import ModuleType
from derivations.verdict import Status, Verdict
from numeric.sizes import Options
def check(claim, options):
    if claim.id == "rnn.concat":
        print("ready", file=sys.stderr, flush=True)
        time.sleep(60)
    return Verdict(claim, Status.AGREES, True)
sys.modules["numeric.ladder"] = fake = ModuleType("numeric.check")
fake.check, fake.equality, fake.Options = check, check, Options
from numeric.cli import main
main(["check", "rnn.jacobian", "rnn.concat"])
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=os.environ | {"PYTHONUTF8": "1"}) as running:
        assert running.stderr
        assert running.stderr.readline() == "ready\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "interrupted: 1 claim of 2 not checked" in out
    assert "Traceback" not in err
