"""``derivations latex``: what is written, what is left alone, where verdicts come from."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from standin import (
    GOOD,
    Checker,
    Write,
    broken,
    checker,
    contrary,
    crash,
    derivations,
    interrupt,
    undecided,
    write,
)
from verdicts import CLAIMS

from derivations import __version__
from derivations.errors import DerivationError
from derivations.files import write as write_file
from derivations.latex import notation_sty, read_stamps, written
from derivations.report.reread import run_of
from derivations.report.run import Outcome, outcome

__all__ = ["checker", "write"]  # fixtures
JACOBIAN = "rnn.jacobian.tex"


def latex(*words: str | Path) -> tuple[int, list[str], str]:
    """The exit status, the paths on stdout, and what is said on stderr."""
    result = derivations("latex", *words)
    assert "Traceback" not in result.stderr
    return result.exit_code, result.stdout.splitlines(), result.stderr


def verdict_in(path: Path) -> tuple[str, int | None]:
    [stamp] = read_stamps(path.read_text(encoding="utf-8"))
    return stamp.verdict, stamp.seed


def report(checker: Checker, path: Path, *targets: str) -> Path:
    path.write_text(derivations("check", *targets, "--json", "--seed", "4").stdout, encoding="utf-8")
    checker.asked.clear()
    return path


# ---- writing


def test_without_a_check_nothing_is_claimed_to_be_known(tmp_path: Path) -> None:
    status, paths, said = latex("rnn.jacobian", "rnn.state", "-o", tmp_path / "f")
    assert (status, said) == (0, "")
    assert paths == [str(tmp_path / "f" / name) for name in (JACOBIAN, "rnn.state.tex")]
    assert verdict_in(tmp_path / "f" / JACOBIAN) == ("not-checked", None)
    assert verdict_in(tmp_path / "f" / "rnn.state.tex") == ("definition", None)


def test_what_does_not_change_keeps_its_time(tmp_path: Path) -> None:
    latex("rnn.jacobian", "-o", tmp_path, "--macros")
    for name in (JACOBIAN, "notation.sty"):
        os.utime(tmp_path / name, ns=(1, 1))
    _, paths, _ = latex("rnn.jacobian", "-o", tmp_path, "--macros")
    assert len(paths) == 2
    assert [(tmp_path / name).stat().st_mtime_ns for name in (JACOBIAN, "notation.sty")] == [1, 1]
    latex("rnn.jacobian", "-o", tmp_path, "--macros", "--form", "align")
    assert (tmp_path / JACOBIAN).stat().st_mtime_ns != 1
    assert (tmp_path / "notation.sty").stat().st_mtime_ns == 1


@pytest.mark.parametrize("change", [
    lambda text: text.replace("diag", "vec"), lambda text: text.replace("not-checked", "proved"),
    lambda text: "a file of my own", lambda text: "", lambda text: "\\begin{equation}\n",
])
def test_an_edited_file_is_left_alone_and_the_others_are_written(change: Any, tmp_path: Path) -> None:
    latex("rnn.jacobian", "-o", tmp_path)
    path = tmp_path / JACOBIAN
    mine = change(path.read_text(encoding="utf-8"))
    path.write_text(mine, encoding="utf-8")
    status, paths, said = latex("rnn.jacobian", "rnn.state", "-o", tmp_path)
    assert (status, paths) == (2, [str(tmp_path / "rnn.state.tex")])
    assert said == (f"{path}: it was edited, or is not ours, and is left as it is; --force replaces it, another -o "
                    "leaves it\n")
    assert path.read_text(encoding="utf-8") == mine
    status, paths, said = latex("rnn.jacobian", "-o", tmp_path, "--force")
    assert (status, said) == (0, "")
    assert verdict_in(path) == ("not-checked", None)


def test_bytes_that_are_no_text_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / JACOBIAN).write_bytes(b"\xff\xfe\x00")
    assert latex("rnn.jacobian", "-o", tmp_path)[0] == 2
    assert (tmp_path / JACOBIAN).read_bytes() == b"\xff\xfe\x00"


def test_an_edited_notation_is_left_alone(tmp_path: Path) -> None:
    latex("rnn.jacobian", "-o", tmp_path, "--macros")
    sty = tmp_path / "notation.sty"
    assert sty.read_text(encoding="utf-8") == notation_sty("paper")
    sty.write_text(sty.read_text(encoding="utf-8").replace(r"\odot", r"\circ"), encoding="utf-8")
    status, paths, said = latex("rnn.jacobian", "-o", tmp_path, "--macros", "--profile", "article")
    assert (status, paths) == (2, [str(tmp_path / JACOBIAN)])
    assert said.startswith(f"{sty}: it was edited")
    assert latex("rnn.jacobian", "-o", tmp_path, "--macros", "--profile", "article", "--force")[0] == 0
    assert sty.read_text(encoding="utf-8") == notation_sty("article")


def test_a_folder_in_a_file_s_place_stops_only_that_file(tmp_path: Path) -> None:
    (tmp_path / JACOBIAN).mkdir()
    status, paths, said = latex("rnn.jacobian", "rnn.state", "-o", tmp_path, "--force")
    assert (status, paths) == (2, [str(tmp_path / "rnn.state.tex")])
    assert said.startswith(f"{tmp_path / JACOBIAN}: ")


def test_a_link_stays_a_link_and_a_file_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    target, path = tmp_path / "target.tex", tmp_path / "f" / JACOBIAN
    path.symlink_to(target)
    assert latex("rnn.jacobian", "-o", tmp_path / "f")[0] == 0
    assert path.is_symlink()
    target.chmod(0o600)
    assert latex("rnn.jacobian", "-o", tmp_path / "f", "--form", "align")[0] == 0
    assert path.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert r"\begin{align}" in target.read_text(encoding="utf-8")


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tex"
    assert write_file(path, "old")
    assert not write_file(path, b"old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_file(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.tex"]
    assert path.read_text(encoding="utf-8") == "old"
    status, paths, said = latex("rnn.jacobian", "-o", tmp_path)
    assert (status, paths, said) == (2, [], f"{tmp_path / JACOBIAN}: No space left on device\n")


def test_names_that_differ_in_case_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, paths, said = latex("lstm.s", "lstm.S", "lstm.B", "-o", tmp_path)
    assert (status, len(paths)) == (0, 3)
    assert said == "lstm.s.tex, lstm.S.tex: one file on a system that does not tell upper from lower case\n"
    monkeypatch.setattr(written, "folds_case", lambda folder: True)
    status, paths, said = latex("lstm.s", "lstm.S", "lstm.B", "-o", tmp_path / "other")
    assert (status, paths) == (2, [str(tmp_path / "other" / "lstm.B.tex")])
    assert "lstm.s.tex, lstm.S.tex: one file in" in said
    assert [p.name for p in (tmp_path / "other").iterdir()] == ["lstm.B.tex"]
    assert latex("lstm.s", "-o", tmp_path / "other")[0] == 0


def test_a_line_that_is_too_narrow_is_told(tmp_path: Path) -> None:
    status, _, said = latex("lstm.state-gradient.long", "-o", tmp_path, "--width", "100pt")
    assert status == 0
    assert "pt wider than the line, and has no term to break it at" in said
    assert latex("lstm.state-gradient.long", "-o", tmp_path, "--width", "88mm")[2] == ""


@pytest.mark.parametrize(("words", "message"), [
    (["--width", "12"], "'12' is not a width: expected a number of pt, mm, cm, in, em, as in 345pt"),
    (["--width", "wide"], "'wide' is not a width"), (["--width", "-3cm"], "'-3cm' is not a width"),
    (["--width", "1.2.3cm"], "'1.2.3cm' is not a width"), (["--width", "٣cm"], "is not a width"),
    (["--width", "infpt"], "is not a width"), (["--width", "1pt"], "1pt is 1 pt: expected 100 to 10000 pt"),
    (["--width", "99999cm"], "expected 100 to 10000 pt"), (["--width", "9" * 5000 + "pt"], "is not a width"),
    (["--form", "gather"], "'gather' is not one of"), (["--seed", "3"], "expected --stamp with them"),
    (["--draws", "3", "--from-json", "x"], "expected --stamp with them"),
    (["--stamp", "--from-json", "x"], "expected one of them"), (["--from-json", "none.json"], "No such file"),
    (["--document", "--form", "align"], "are for fragments"), (["--pdf", "--macros"], "are for fragments"),
    (["--document", "--mark"], "are for fragments"), (["--document", "--width", "20em"], "are for fragments"),
])
def test_what_the_command_refuses(words: list[str], message: str, tmp_path: Path) -> None:
    status, paths, said = latex("rnn.jacobian", "-o", tmp_path / "f", *words)
    assert (status, paths) == (2, [])
    assert message in said
    assert not (tmp_path / "f" / JACOBIAN).exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "file" in latex("rnn", "-o", tmp_path / "file" / "below")[2]
    assert latex("rnn", "-o", tmp_path / "file" / "below")[0] == 2


# ---- verdicts


def test_a_check_stamps_its_verdicts(checker: Checker, tmp_path: Path) -> None:
    status, _, _ = latex("rnn.jacobian", "rnn.jacobian.right", "rnn.state", "-o", tmp_path, "--stamp", "--seed", "7",
                         "--draws", "5")
    assert status == 0
    assert [(id, options.seed, options.draws) for id, options in checker.asked] == [
        ("rnn.jacobian", 7, 5), ("rnn.jacobian.right", 7, 5)]
    assert verdict_in(tmp_path / JACOBIAN) == ("agrees", 7)
    assert verdict_in(tmp_path / "rnn.jacobian.right.tex") == ("refuted", 7)
    assert verdict_in(tmp_path / "rnn.state.tex") == ("definition", None)


@pytest.mark.parametrize(("answer", "status", "verdict"), [
    (contrary, 1, "agrees"), (undecided, 3, "undecided"), (broken, 4, "undecided"), (crash, 3, "undecided")])
def test_a_bad_verdict_is_stamped_and_is_the_exit_status(answer: Any, status: int, verdict: str, checker: Checker,
                                                         tmp_path: Path) -> None:
    checker.answers["rnn.jacobian"] = answer
    assert latex("rnn.jacobian", "-o", tmp_path, "--stamp")[0] == status
    assert verdict_in(tmp_path / JACOBIAN)[0] == verdict


def test_an_interrupted_or_failed_check_writes_nothing(checker: Checker, tmp_path: Path) -> None:
    checker.answers["rnn.jacobian"] = interrupt
    status, paths, said = latex("rnn.jacobian", "-o", tmp_path, "--stamp")
    assert (status, paths) == (130, [])
    assert "nothing was written" in said
    checker.answers.clear()
    checker.failures = ("a wrong claim was not refuted",)
    status, paths, said = latex("rnn.jacobian", "-o", tmp_path, "--stamp")
    assert (status, paths) == (4, [])
    assert "a wrong claim was not refuted" in said
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_verdict_on_the_same_claim_stays(checker: Checker, write: Write, tmp_path: Path) -> None:
    write("mine.py")
    path = tmp_path / "f" / "net.same.tex"
    latex("mine.py", "-o", tmp_path / "f", "--stamp", "--seed", "2")
    assert verdict_in(path) == ("agrees", 2)
    latex("mine.py", "-o", tmp_path / "f", "--form", "align")
    assert verdict_in(path) == ("agrees", 2)  # the same claim in another form
    write("moved.py", f"# moved\n\n{GOOD}")
    latex("moved.py", "-o", tmp_path / "f")
    assert verdict_in(path) == ("agrees", 2)
    write("changed.py", GOOD.replace("c[t] = sigma(W @ c[t - 1])", "c[t] = tanh(W @ c[t - 1])"))
    latex("changed.py", "-o", tmp_path / "f")
    assert verdict_in(path) == ("not-checked", None)  # its definition changed


def test_a_verdict_of_another_version_does_not_stay(checker: Checker, tmp_path: Path,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    from derivations.latex import fragments, stamp

    latex("rnn.jacobian", "-o", tmp_path, "--stamp")
    later = stamp.Stamp("rnn.jacobian", "not-checked", version="99", meaning=fragments.meaning(CLAIMS["rnn.jacobian"]))
    monkeypatch.setattr(fragments, "unchecked", lambda item: later)
    latex("rnn.jacobian", "-o", tmp_path)
    assert verdict_in(tmp_path / JACOBIAN)[0] == "not-checked"


# ---- a report of an earlier check


def test_verdicts_from_a_report(checker: Checker, tmp_path: Path) -> None:
    found = report(checker, tmp_path / "r.json", "rnn.jacobian", "rnn.chain")
    status, _, said = latex("rnn.jacobian", "rnn.loss-sum", "-o", tmp_path, "--from-json", found)
    assert (status, said, checker.asked) == (0, "", [])
    assert verdict_in(tmp_path / JACOBIAN) == ("agrees", 4)
    assert verdict_in(tmp_path / "rnn.loss-sum.tex") == ("not-checked", None)


def damaged(path: Path, change: Any) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    other = change(record)
    path.write_text(json.dumps(other if isinstance(other, list) else record), encoding="utf-8")


@pytest.mark.parametrize(("change", "message"), [
    (lambda r: r.update(checker="0.0"), f"the report is of version 0.0 of the checker, this is {__version__}"),
    (lambda r: r.pop("checker"), "of version unknown of the checker"),
    (lambda r: r["claims"][0].update(meaning="0" * 16), "changed since the report was made: rnn.jacobian"),
    (lambda r: r["claims"][0].pop("meaning"), "changed since the report was made: rnn.jacobian"),
    (lambda r: r["claims"][0].update(id="rnn.other"), "the report has none of these claims: rnn.jacobian"),
    (lambda r: r.update(controls=["x"]), "in that run the checker contradicted itself"),
    (lambda r: r.update(version=2), "not a report of version 1"), (lambda r: r.update(seed="0"), "seed is '0'"),
    (lambda r: r.update(seed=True), "seed is True"), (lambda r: r.update(claims={}), "claims is no list"),
    (lambda r: r["claims"][0].update(verdict="fine"), "the record of rnn.jacobian cannot be read"),
    (lambda r: r["claims"][0].update(as_expected="yes"), "neither true nor false"),
    (lambda r: r["claims"][0].update(evidence=None), "evidence is no list"),
    (lambda r: r["claims"][0].update(counterexample={"entry": [1]}), "cannot be read"),
    (lambda r: [1, 2], "not a report of version 1"),
])
def test_a_report_that_does_not_fit_is_refused(checker: Checker, change: Any, message: str, tmp_path: Path) -> None:
    found = report(checker, tmp_path / "r.json", "rnn.jacobian")
    damaged(found, change)
    status, paths, said = latex("rnn.jacobian", "-o", tmp_path / "f", "--from-json", found)
    assert (status, paths) == (2, [])
    assert said.startswith(f"{found}: ")
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_report_that_is_no_report(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(content)
    status, _, said = latex("rnn.jacobian", "-o", tmp_path / "f", "--from-json", tmp_path / "r.json")
    assert status == 2
    assert "not JSON" in said


def test_a_changed_claim_makes_its_report_stale(checker: Checker, write: Write, tmp_path: Path) -> None:
    write("mine.py")
    found = report(checker, tmp_path / "r.json", "mine.py")
    assert latex("mine.py", "-o", "f", "--from-json", found)[0] == 0
    write("changed.py", GOOD.replace("W @ x, W @ x + x", "W @ x, W @ x - x"))
    status, _, said = latex("changed.py", "-o", "f", "--from-json", found)
    assert status == 2
    assert "changed since the report was made: net.other;" in said


def test_a_report_gives_the_whole_verdict_back(checker: Checker, tmp_path: Path) -> None:
    checker.answers["rnn.chain"] = undecided
    claims = [CLAIMS["rnn.jacobian"], CLAIMS["rnn.chain"]]
    run = run_of(report(checker, tmp_path / "r.json", "rnn.jacobian", "rnn.chain"), claims)
    assert [outcome(v) for v in run.verdicts] == [Outcome.EXPECTED, Outcome.OPEN]
    assert run.verdicts[1].reason == "it is hard"
    assert [e.method for e in run.verdicts[0].evidence] == ["sweep"]
    with pytest.raises(DerivationError, match="none of these"):
        run_of(tmp_path / "r.json", [CLAIMS["lstm.B"]])
