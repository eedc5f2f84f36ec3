"""The JSON of a run: a contract, which others script against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from verdicts import CLAIMS, EVERY, FAILS, FOUND, GOOD, SURVIVES, run

from derivations import __version__
from derivations.digest import meaning
from derivations.recurrent import rnn
from derivations.report import to_json
from derivations.report.places import place
from derivations.report.record import plain, run_record
from derivations.verdict import Status


def test_the_json_of_a_claim_is_the_contract() -> None:
    record = json.loads(to_json(run(GOOD)))
    assert list(record)[:2] == ["version", "seed"]
    assert (record["version"], record["seed"], record["interrupted"]) == (1, 7, False)
    [claim] = record["claims"]
    line = claim.pop("line")
    assert line == CLAIMS["lstm.state-gradient"].line
    assert claim.pop("printed") == CLAIMS["lstm.state-gradient"].printed
    assert claim.pop("meaning") == meaning(CLAIMS["lstm.state-gradient"])
    assert record["checker"] == __version__
    assert claim == {
        "id": "lstm.state-gradient", "kind": "equality", "reading": "∂c_t/∂c_{t-1} = A_t + B_t + C_t + D_t",
        "source": CLAIMS["lstm.state-gradient"].source, "file": "derivations/recurrent/lstm.py", "expect": "holds",
        "read_as": [],
        "fails_when": None, "range": "t >= 2", "cases": [], "verdict": "proved", "as_expected": True, "reason": "",
        "assumptions": [], "along": None, "witness": None, "broken": False, "counterexample": None,
        "holds_where": None, "repair": None, "paths": [], "seconds": 0.12,
        "evidence": [
            {"method": "proof", "outcome": "proved", "detail": "13 monomials, every n, m"},
            {"method": "exact", "outcome": "agrees", "draws": 8, "sizes": {"n": 4, "m": 3}, "false_accept": 1e-32},
            {"method": "sweep", "outcome": "agrees", "draws": 5000, "worst": 0.0625, "seconds": 1.5}]}


def test_the_json_of_a_refutation() -> None:
    fails, always = run_record(run(FAILS, SURVIVES))["claims"]
    assert fails["fails_when"] == "k >= 2"
    assert always["fails_when"] == "always"
    assert fails["cases"] == [{"case": name, "verdict": "refuted"} for name in ("W_rec", "W_in", "W")]
    found = fails["counterexample"]
    assert found["sizes"] == {"n": 2, "m": 1}
    assert found["steps"] == {"k": 3}
    assert found["entry"] == [0, 1]
    assert found["difference"] == "0.125 ± 1e-30"
    assert found["leaves"] == {"W": [[0.5, 1.0]]}
    assert found["command"] == FOUND.command


def test_without_timing_no_second_is_left_and_the_bytes_are_the_same() -> None:
    first, second = (to_json(run(*(replace(v, seconds=s) for v in EVERY), seconds=None)) for s in (0.1, 0.2))
    assert first == second
    assert "seconds" not in first
    assert to_json(run(GOOD)) != to_json(run(replace(GOOD, seconds=9.0)))  # so the guard above can fail


def test_no_machine_path_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = run(*EVERY, definitions=tuple(rnn.definitions))
    root = str(Path(__file__).resolve().parent.parent)
    assert root not in to_json(report)
    monkeypatch.chdir(tmp_path)
    assert place(tmp_path / "sub" / "mine.py") == "sub/mine.py"
    assert place(tmp_path.parent / "mine.py") == "../mine.py"
    assert place(rnn.file) == "derivations/recurrent/rnn.py"


def test_definitions_stand_beside_the_claims() -> None:
    definitions = run_record(run(GOOD, definitions=tuple(rnn.definitions)))["definitions"]
    state = next(record for record in definitions if record["id"] == "rnn.state")
    assert state["reading"] == "c_t = σ(W_rec c_{t-1} + W_in x_t)"
    assert r"\mathbf{c}_t" in state["latex"]
    assert state["file"] == "derivations/recurrent/rnn.py"


def test_every_value_becomes_json() -> None:
    values = {"array": np.eye(2), "number": np.float64(0.5), "whole": np.int64(3), "exact": Fraction(1, 3),
              4: (1, None), "infinite": float("inf"), "nan": float("nan"), "status": Status.PROVED, "yes": True}
    assert json.loads(json.dumps(plain(values), allow_nan=False)) == {
        "array": [[1.0, 0.0], [0.0, 1.0]], "number": 0.5, "whole": 3, "exact": "1/3", "4": [1, None], "infinite": "inf",
        "nan": "nan", "status": "proved", "yes": True}


def test_the_order_of_the_json_comes_from_no_set() -> None:
    code = ("from derivations.recurrent import lstm, rnn\nfrom derivations.report import Run, page, to_json\n"
            "from derivations.verdict import Status, Verdict\n"
            "claims = [*lstm.claims, *rnn.claims]\n"
            "v = tuple(Verdict(c, Status.AGREES, True) for c in claims)\n"
            "print(to_json(Run(v, tuple(rnn.definitions + lstm.definitions))), [page(c) for c in claims])")
    texts = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True,
                            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}).stdout for seed in "123"}
    assert len(texts) == 1
