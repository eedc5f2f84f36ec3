"""Reports on documents for programs: JSON, GitHub, SARIF; documents in pytest, and before a commit."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from papers import CLAIMS, TEX, WHERE, asked
from standin import GOOD, Checker, Write, broken, checker, contrary, derivations, interrupt, undecided, write

from derivations.report.annotations import RULES
from numeric.pytest_plugin import DOCUMENTS

__all__ = ["checker", "write"]  # fixtures


@pytest.fixture
def paper(checker: Checker, write: Write) -> Path:
    return write("paper.tex", TEX)


# ---- formats


def test_json_has_everything(checker: Checker, paper: Path) -> None:
    record = json.loads(derivations("check", "paper.tex", "--format", "json", "--no-timing").stdout)
    assert record == json.loads(derivations("check", "paper.tex", "--json", "--no-timing").stdout)
    [document] = record["documents"]
    assert document["file"] == "paper.tex"
    found = {one["label"] or f"line-{one['line']}": one for one in document["equations"]}
    assert {name: one["line"] for name, one in found.items()} == WHERE
    assert [one["kind"] for one in found.values()] == ["definition", "claim", "claim", "claim", "not read",
                                                       "not checkable"]
    assert (found["eq:bad"]["at"], found["eq:bad"]["verdict"]) == ({"line": 14, "column": 8}, None)
    assert "unknown command" in found["eq:bad"]["reason"]
    assert (found["eq:jac"]["column"], found["eq:jac"]["verdict"]) == (3, "agrees")


def test_github(checker: Checker, paper: Path) -> None:
    checker.answers = {"paper.eq-jac": contrary, "paper.eq-input": undecided}
    result = derivations("check", "paper.tex", "--format", "github")
    first, second, third = result.stdout.splitlines()
    assert first.startswith("::error file=paper.tex,line=9,endLine=10,title=paper.tex%3A9%3A eq%3Ajac%3A agrees::")
    assert second.startswith("::warning file=paper.tex,line=11,col=3,endColumn=")
    assert third == ("::warning file=paper.tex,line=14,col=8,title=paper.tex%3A14%3A eq%3Abad%3A not read::"
                     "unknown command \\nowhere: define it with \\newcommand, or write what it stands for")
    assert result.exit_code == 1


def test_github_of_what_is_as_expected_is_empty(checker: Checker, paper: Path) -> None:
    result = derivations("check", "paper.tex::eq:jac", "--format", "github")
    assert (result.exit_code, result.stdout) == (0, "")


def test_annotations_of_python_files(checker: Checker, write: Write) -> None:
    write("a, b.py", GOOD)
    checker.answers = {"net.same": contrary}
    out = derivations("check", "a, b.py", "--format", "github").stdout
    assert out.startswith("::error file=a%2C b.py,line=8,title=a%2C b.py%3A8%3A net.same%3A agrees::")
    log = json.loads(derivations("check", "a, b.py", "--format", "sarif").stdout)
    [result] = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "a%2C%20b.py"},
                                                          "region": {"startLine": 8}}


# The part of the schema of SARIF 2.1.0 (OASIS, 2020) that is used here; no other property is allowed.
POSITIVE = {"type": "integer", "minimum": 1}
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}},
        "additionalProperties": False}


def an_object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


SARIF = an_object(
    ["version", "runs"], **{"$schema": {"type": "string", "format": "uri"}}, version={"enum": ["2.1.0"]},
    runs={"type": "array", "items": an_object(
        ["tool"], columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        tool=an_object(["driver"], driver=an_object(["name"], name={"type": "string"}, version={"type": "string"},
            rules={"type": "array", "items": an_object(["id"], id={"type": "string"}, shortDescription=TEXT)})),
        invocations={"type": "array", "items": an_object(["executionSuccessful"],
                                                         executionSuccessful={"type": "boolean"})},
        results={"type": "array", "items": an_object(
            ["message"], ruleId={"enum": [*RULES]}, ruleIndex={"type": "integer", "minimum": -1}, message=TEXT,
            level={"enum": ["none", "note", "warning", "error"]},
            locations={"type": "array", "items": an_object([], physicalLocation=an_object(
                ["artifactLocation"], artifactLocation=an_object([], uri={"type": "string", "format": "uri-reference"}),
                region=an_object([], startLine=POSITIVE, startColumn=POSITIVE, endLine=POSITIVE,
                                 endColumn=POSITIVE)))})})})


def sarif(*words: str) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(derivations("check", *words, "--format", "sarif").stdout)
    jsonschema.Draft7Validator(SARIF).validate(log)
    return log["runs"][0]


def test_sarif(checker: Checker, paper: Path) -> None:
    checker.answers = {"paper.eq-jac": contrary, "paper.eq-input": broken}
    run = sarif("paper.tex")
    found = [(one["ruleId"], one["level"], one["locations"][0]["physicalLocation"]["region"]) for one in run["results"]]
    assert found == [
        ("contrary", "error", {"startLine": 9, "startColumn": 3, "endLine": 10, "endColumn": 42}),
        ("broken", "error", {"startLine": 11, "startColumn": 3, "endLine": 11,
                             "endColumn": TEX.splitlines()[10].index("U.") + 2}),
        ("not-read", "warning", {"startLine": 14, "startColumn": 8}),
    ]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    first = TEX.splitlines()[8:10]
    assert (first[0][2:7], first[1][39:41]) == ("\\frac", " W")  # the region is the equation


def test_the_schema_refuses_what_is_none() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SARIF).validate({"version": "2.1.0", "runs": [{"tool": {}, "results": []}]})


def test_sarif_says_that_a_run_was_not_whole(checker: Checker, paper: Path, write: Write) -> None:
    write("note.md", "words")
    assert [one["ruleId"] for one in sarif("note.md")["results"]] == ["no-claims"]
    assert sarif("paper.tex")["invocations"] == [{"executionSuccessful": True}]
    checker.answers["paper.eq-input"] = interrupt
    assert sarif("paper.tex")["invocations"] == [{"executionSuccessful": False}]
    checker.failures = ("0 = 1 was not refuted",)
    checker.answers = {}
    run = sarif("paper.tex")
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert run["results"][0]["message"]["text"].endswith("0 = 1 was not refuted")


# ---- pytest


def run_pytest(*words: str, ini: str = "") -> subprocess.CompletedProcess[str]:
    Path("pytest.ini").write_text(f"[pytest]\n{ini}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:jaxtyping", "-q", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


ITEMS = ["paper.tex::eq:jac", "paper.tex::eq:input", "paper.tex::line-13", "paper.tex::eq:bad"]


@pytest.mark.parametrize(("words", "ini", "items"), [
    (["paper.tex"], "", ITEMS),
    ([], "derivations_files = *.tex", ITEMS),
    (["."], "", []),
    ([], "", []),
    (["paper.tex::eq:jac"], "", ITEMS[:1]),
])
def test_pytest_collects_documents_that_are_named(paper: Path, words: list[str], ini: str, items: list[str]) -> None:
    shutil.copy(paper, "paper.md.txt")
    found = run_pytest("--collect-only", *words, ini=ini).stdout
    assert [line for line in found.splitlines() if "::" in line] == items


def test_pytest_fails_for_what_is_wrong_or_not_read(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8").replace("Then\n", "Then $x_t \\in \\mathbb{R}^m$\n")
    paper.write_text(text, encoding="utf-8")
    done = run_pytest("paper.tex", "--derivations-draws=20")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "3 failed, 2 passed" in done.stdout
    for words in ("FAILED paper.tex::line-13 - Failed: refuted, but expected to hold",
                  "paper.tex:14: eq:bad: not read: column 8: unknown command \\nowhere",
                  "FAILED paper.tex::line-7 - Failed: x_t is declared as m here"):
        assert words in done.stdout


def test_pytest_tells_of_a_document_that_cannot_be_read(write: Write) -> None:
    write("book.ipynb", "{")
    done = run_pytest("book.ipynb")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "book.ipynb" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_plugin_knows_the_kinds_of_documents() -> None:
    from derivations.latex.reader.scan import KINDS

    assert sorted(DOCUMENTS) == sorted(KINDS)


# ---- before a commit

HOOKS = Path(__file__).parents[1] / ".pre-commit-hooks.yaml"


def hook() -> dict[str, str]:
    """The hook's definition, one key a line."""
    lines = HOOKS.read_text(encoding="utf-8").removeprefix("- ").splitlines()
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def test_the_hook_runs_on_documents(checker: Checker, paper: Path) -> None:
    program, *words = hook()["entry"].split()
    assert program == "derivations"
    assert derivations(*words, "paper.tex").exit_code == 3
    assert asked(checker) == list(CLAIMS)
    assert set(hook()) == {"id", "name", "description", "entry", "language", "files", "require_serial"}


def test_the_hook_knows_every_kind_of_document() -> None:
    pattern = re.compile(hook()["files"])
    assert all(pattern.search(f"text/paper{kind}") for kind in DOCUMENTS)
    assert not any(pattern.search(name) for name in ("paper.py", "paper.tex.bak", "tex", "paper.derivations.toml"))
