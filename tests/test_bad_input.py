"""Bad input, of every kind: one message that says what is wrong, on stderr alone, and exit status 2."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import Result
from standin import BAD, HEAD, Checker, Write, checker, derivations, refuse, write
from verdicts import CLAIMS

from numeric import cli

__all__ = ["checker", "write"]  # fixtures


def refused(result: Result) -> str:
    """The message of a refusal: on stderr alone, without a traceback."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_does_not_import(checker: Checker, write: Write, case: str) -> None:
    text, line, words = BAD[case]
    write("bad.py", HEAD + text + "\n")
    message = refused(derivations("check", "bad.py"))
    assert message.startswith(f"bad.py:{line}: ")
    assert words in message
    assert message.count("\n") == 1
    assert refused(derivations("list", "bad.py")) == message


@pytest.mark.parametrize(("words", "message"), [
    (["check", "rnn.jacobien"], "did you mean rnn.jacobian"),
    (["show", "lsmt.B"], "did you mean lstm.B"),
    (["list", "gru*"], "the pattern 'gru*' selects nothing"),
    (["latex", "gru*", "-o", "out"], "the pattern 'gru*' selects nothing"),
    (["check", "rnn.state"], "nothing to check in a definition"),
    (["list", "rnn.state"], "--definitions lists them"),
    (["check", "no/file.py"], "no/file.py: no such file"),
    (["check", "--sizes", "n=0"], "a size is 1 or more"),
    (["check", "--sizes", "n=-2"], "a size is 1 or more"),
    (["check", "--sizes", "n"], "expected a dimension and a whole number"),
    (["check", "--sizes", "n=two"], "expected a dimension and a whole number"),
    (["check", "--sizes", "n=1.5"], "expected a dimension and a whole number"),
    (["check", "--sizes", "n=--2"], "expected a dimension and a whole number"),
    (["check", "--sizes", ""], "expected a dimension and a whole number"),
    (["check", "--sizes", "n=" + "9" * 5000], "expected a dimension and a whole number"),
    (["check", "--sizes", "n=1,n=2"], "n is given twice"),
    (["check", "--sizes", "q=1"], "no selected claim has a dimension q: expected sizes of m, n, p"),
    (["check", "--draws", "0"], "0 is not in the range"),
    (["check", "--draws", "many"], "not a valid integer"),
    (["check", "--seed", "-1"], "-1 is not in the range"),
    (["check", "--evidence", "faith"], "expected some of proof,exact,sweep"),
    (["check", "--evidence", ""], "expected some of proof,exact,sweep"),
    (["latex", "rnn"], "Missing option '-o'"),
    (["latex", "rnn", "-o", "out", "--profile", "fancy"], "'fancy' is not one of"),
    (["prove"], "No such command"),
])
def test_a_bad_command_line(checker: Checker, words: list[str], message: str) -> None:
    assert message in refused(derivations(*words))
    assert checker.asked == []


def test_what_the_checker_refuses(checker: Checker) -> None:
    checker.answers["rnn.concat"] = refuse
    line = CLAIMS["rnn.concat"].line
    assert refused(derivations("check", "rnn.jacobian", "rnn.concat", "--json")) == (
        f"derivations/recurrent/rnn.py:{line}: rnn.concat: that is too large\n")


def test_an_internal_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(targets: Any) -> None:
        raise IndexError("out of\nrange")

    monkeypatch.setattr(cli, "selected", fail)
    result = derivations("list")
    assert result.exit_code == 4
    assert result.stderr.startswith("internal error: IndexError: out of range at tests/test_bad_input.py:")
    assert "Traceback" not in result.stderr


def test_an_interrupt_before_anything_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(targets: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "selected", fail)
    assert derivations("list").exit_code == 130
