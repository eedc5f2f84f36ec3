"""Stand-ins: a checker that answers as it is told, and derivation files, good and bad."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from derivations.claim import Claim
from derivations.errors import DerivationError
from derivations.verdict import Evidence, Status, Verdict
from numeric.cli import main
from numeric.sizes import Options

Answer = Callable[[Claim, Options], Verdict]
Write = Callable[..., Path]

# ---- files

HEAD = """from derivations import Model, elementwise, sigma, tanh
m = Model("{name}")
n, p = m.dims("n p")
t, k = m.times("t k")
x, W, V = m.input("x", n), m.parameter("W", n, n), m.parameter("V", n, p)
c, h = m.sequence("c", n, "state"), m.sequence("h", n)
"""  # six lines: what follows starts in line 7
GOOD = HEAD + """c[t] = sigma(W @ c[t - 1])
m.equal("same", c[t], sigma(W @ c[t - 1]))
m.equal("other", W @ x, W @ x + x, fails=True)
"""

@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a file below the current directory, which is empty, and gives its path."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)

    def write(path: str, text: str = GOOD, name: str = "net") -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("{name}", name), encoding="utf-8")
        return file

    yield write
    for module in set(sys.modules) - before:
        if str(tmp_path) in (getattr(sys.modules[module], "__file__", None) or ""):
            del sys.modules[module]


# What is wrong in a file, in which line, and a part of the message.
BAD = {
    "undefined node": ('\nm.equal("a", h[t], h[t])', 8, "h has no definition"),
    "cycle": ("c[t] = sigma(h[t])\nh[t] = sigma(c[t])", 8, "a cycle in definitions"),
    "mixed directions": ("c[t] = c[t - 1] + c[t + 1]", 7, "mixes directions"),
    "shapes": ("\n\nV @ x", 9, "matrix n × p and vector n"),
    "shapes inside a function": ('m.equal("a", lambda v: (V.T @ v, V.T @ V), each=[x])', 7, "do not fit"),
    "name used twice": ('m.parameter("W", n)', 7, "'W' is used twice"),
    "id used twice": ('m.equal("a", x, x)\nm.equal("a", x, x)', 8, "'net.a' is used twice"),
    "node of another model": ('Model("other").equal("a", x, x)', 7, "of the model 'net'"),
    "function without a rule": ("gelu = elementwise('gelu')", 7, "rule"),
    "unknown function": ("from derivations import gelu", 7, "cannot import name 'gelu'"),
    "step outside the range": ('c[t] = sigma(c[t - 1])\nm.equal("a", c[-3], c[-3])', 8, "c starts at step 0"),
    "missing module": ("import a_module_that_is_not_there", 7, "ModuleNotFoundError: No module named"),
    "inside the import system": ('import importlib\nimportlib.import_module("")', 8, "ValueError: Empty module name"),
    "division by zero": ("def f():\n    return 1 / 0\nf()", 8, "ZeroDivisionError"),
    "exit": ("raise SystemExit(5)", 7, "SystemExit: 5"),
    "syntax": ("c[t] = = 2", 7, "SyntaxError: invalid syntax"),
    "indentation": ("if True:\nx", 8, "IndentationError"),
}


# ---- the checker


def expected(claim: Claim, options: Options) -> Verdict:
    """The verdict that its author expects."""
    status = Status.AGREES if claim.expect == "holds" else Status.REFUTED
    evidence = Evidence("sweep", status, "", {"draws": options.draws})
    return Verdict(claim, status, True, evidence=(evidence,), seconds=time.perf_counter())


def contrary(claim: Claim, options: Options) -> Verdict:
    return replace(expected(claim, options), as_expected=False)


def undecided(claim: Claim, options: Options) -> Verdict:
    return replace(contrary(claim, options), status=Status.UNDECIDED, reason="it is hard")


def vacuous(claim: Claim, options: Options) -> Verdict:
    return replace(contrary(claim, options), status=Status.VACUOUS, reason="nothing could fail")


def broken(claim: Claim, options: Options) -> Verdict:
    return replace(undecided(claim, options), broken=True)


def interrupt(claim: Claim, options: Options) -> Verdict:
    raise KeyboardInterrupt


def crash(claim: Claim, options: Options) -> Verdict:
    raise IndexError("list index\nout of range")


def refuse(claim: Claim, options: Options) -> Verdict:
    raise DerivationError(f"{claim.id}: that is too large")


class Checker:
    """Stands in for the checker: an answer for each claim, in order, and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, Options]] = []
        self.failures: tuple[str, ...] = ()

    def check(self, claim: Claim, options: Options) -> Verdict:
        self.asked.append((claim.id, options))
        return self.answers.get(claim.id, expected)(claim, options)


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> Checker:
    fake, module = Checker(), ModuleType("numeric.ladder")
    module.check, module.Options = fake.check, Options  # type: ignore[attr-defined]  # a module takes any attribute
    monkeypatch.setitem(sys.modules, "numeric.ladder", module)
    controls = ModuleType("numeric.controls")
    controls.failures = lambda verdicts, seed: fake.failures  # type: ignore[attr-defined]  # likewise
    controls.forward = lambda models, seed: ()  # type: ignore[attr-defined]  # likewise
    monkeypatch.setitem(sys.modules, "numeric.controls", controls)
    return fake


def derivations(*words: str | int | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="derivations")
