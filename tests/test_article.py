"""The article's table, row by row: ids, kinds, expectations, ranges; and nothing in the models that it does not name.

Rows about bounds, limits and existence are not here: they wait for claims of those kinds.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from derivations import Model
from derivations.claim import Claim, Definition
from derivations.ranges import range_text
from derivations.recurrent import lstm, rnn

# id: when it fails ("" where it holds, "definition" for a definition), the range of steps, of how many cases it is made
RNN = {
    "state": ("definition",),
    "output": ("definition",),
    "update": ("definition",),
    "loss-sum": ("", "T ≥ 0"),
    "concat": ("", "t ≥ 1"),
    "jacobian.step": ("", "t ≥ 1"),
    "jacobian": ("", "t ≥ 1"),
    "jacobian.literal": ("n >= 2", "t ≥ 1"),
    "jacobian.right": ("n >= 2", "t ≥ 1"),
    "state-product": ("", "k ≥ 1"),
    "state-product.reversed": ("(n >= 2) & (k >= 3)", "k ≥ 1"),
    "chain": ("k >= 2", "k ≥ 1", 3),
    "chain.first-use": ("", "k ≥ 1", 3),
    "chain.full": ("", "k ≥ 1", 3),
    "chain.substituted": ("k >= 2", "k ≥ 1", 3),
    "chain.substituted.first-use": ("", "k ≥ 1", 3),
}
LSTM = {
    "forget-gate": ("definition",),
    "input-gate": ("definition",),
    "output-gate": ("definition",),
    "candidate": ("definition",),
    "write": ("definition",),
    "state": ("definition",),
    "output": ("definition",),
    "state.full": ("", "t ≥ 1"),
    "loss-sum": ("", "T ≥ 0"),
    "dependencies": ("", "t ≥ 1"),
    "dependencies.gates": ("", "t ≥ 2"),
    "output.jacobian": ("", "t ≥ 1"),
    "product-rule": ("", "t ≥ 1"),
    "product-rule.literal": ("n >= 2", "t ≥ 1"),
    "A": ("", "t ≥ 2"),
    "B": ("", "t ≥ 1"),
    "C": ("", "t ≥ 2"),
    "D": ("", "t ≥ 2"),
    "D.misprint": ("True", "t ≥ 2"),
    "terms.unsliced": ("True", "t ≥ 2"),
    "state-gradient": ("", "t ≥ 2"),
    "state-gradient.forget-only": ("t >= 2", "t ≥ 1"),
    "step-map": ("", "t ≥ 1"),
    "state-product": ("k >= 3", "k ≥ 1"),
    "state-product.held": ("", "k ≥ 1"),
    "state-product.defect": ("", ""),
    "state-product.joint": ("", "k ≥ 1"),
    "chain": ("k >= 2", "k ≥ 1", 3),
    "chain.output-weight": ("True", "k ≥ 1"),
    "chain.first-use": ("k >= 2", "k ≥ 1", 3),
    "chain.substituted": ("k >= 2", "k ≥ 1", 3),
    "chain.full.held": ("", "k ≥ 1", 3),
    "chain.full": ("", "k ≥ 1"),
}
# What the models say beyond the table: abbreviations, and the long expansion that the row state-gradient speaks of
BEYOND = {
    "rnn": {"z"},
    "lstm": {"z_f", "z_i", "z_c", "z_o", "tau", "s", "state-gradient.long"},
}
OURS = {  # rows that the article does not print
    "rnn.chain.full", "lstm.chain.full", "lstm.chain.full.held", "lstm.dependencies.gates", "lstm.step-map",
    "lstm.state-product.defect", "lstm.state-product.joint",
}
DEPENDENCIES = {"lstm.dependencies": "parents", "lstm.dependencies.gates": "separates"}
EQUATIONS = {  # the article's own numbers
    "rnn.chain": 2, "lstm.loss-sum": 3, "lstm.chain": 4, "lstm.state": 5, "lstm.state-gradient": 6,
    "lstm.chain.substituted": 7,
}
ROWS = [(model, id, row) for model, table in ((rnn, RNN), (lstm, LSTM)) for id, row in table.items()]
CLAIMS = {claim.id: claim for claim in lstm.claims}
IDS = [f"{model.name}.{id}" for model, id, _ in ROWS]


def items(model: Model) -> dict[str, Claim | Definition]:
    found: list[Claim | Definition] = [*model.definitions, *model.claims]
    return {item.id.partition(".")[2]: item for item in found}


@pytest.mark.parametrize(("model", "table"), [(rnn, RNN), (lstm, LSTM)], ids=["rnn", "lstm"])
def test_no_row_is_missing_and_none_is_unexplained(model: Model, table: dict[str, tuple[object, ...]]) -> None:
    assert len(items(model)) == len(model.definitions) + len(model.claims)
    assert set(items(model)) == set(table) | BEYOND[model.name]


@pytest.mark.parametrize(("model", "id", "row"), ROWS, ids=IDS)
def test_a_row_is_claimed_as_the_table_says(model: Model, id: str, row: tuple[str, ...]) -> None:
    item = items(model)[id]
    if row == ("definition",):
        assert isinstance(item, Definition)
        return
    assert isinstance(item, Claim)
    fails, steps, *cases = row
    assert str(item.fails) == (fails or "False")
    assert item.expect == ("fails" if fails else "holds")
    assert range_text(item) == steps
    assert len(item.cases) == (cases[0] if cases else 1)
    assert item.kind == DEPENDENCIES.get(item.id, "equality")


@pytest.mark.parametrize(("model", "id", "row"), ROWS, ids=IDS)
def test_a_row_has_its_printed_form_and_its_source(model: Model, id: str, row: object) -> None:
    item = items(model)[id]
    assert bool(item.printed) == (item.id not in OURS)
    assert item.source
    number = EQUATIONS.get(item.id)
    if number:
        assert item.source == f"Medewar 2022, eq. {number}"
    assert item.printed.count("{") == item.printed.count("}")
    assert item.printed.count(r"\left(") == item.printed.count(r"\right)")


def test_readings_of_one_equation_share_its_printed_form() -> None:
    found = {**items(rnn), **{f"lstm.{id}": item for id, item in items(lstm).items()}}
    for same in (("jacobian", "jacobian.literal", "jacobian.right"), ("state-product", "state-product.reversed"),
                 ("chain", "chain.first-use", "lstm.chain", "lstm.chain.first-use", "lstm.chain.output-weight"),
                 ("chain.substituted", "chain.substituted.first-use"),
                 ("lstm.product-rule", "lstm.product-rule.literal"),
                 ("state-product", "lstm.state-product", "lstm.state-product.held")):
        assert len({found[id].printed for id in same}) == 1
    assert items(lstm)["D.misprint"].printed == items(lstm)["D"].printed.replace(r"\tanh'(W_c", r"\sigma'(W_c")


def test_the_long_expansion_is_a_chain_of_three() -> None:
    long = items(lstm)["state-gradient.long"]
    assert isinstance(long, Claim)
    [case] = long.cases
    assert [case.sides[0], case.sides[2]] == list(CLAIMS["lstm.state-gradient"].cases[0].sides)
    assert len(case.sides) == 3
    assert range_text(long) == "t ≥ 2"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_printed_forms_are_latex(tmp_path: Path) -> None:
    formulas = [rf"\[ {item.printed} \]" for model in (rnn, lstm) for item in items(model).values() if item.printed]
    body = [r"\documentclass{article}", r"\usepackage{amsmath}", r"\begin{document}", *formulas, r"\end{document}"]
    (tmp_path / "printed.tex").write_text("\n".join(body), encoding="utf-8")
    run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "printed.tex"], cwd=tmp_path,
                         capture_output=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout.decode(errors="replace")[-2000:]


def test_the_pages_are_pages() -> None:
    for model in (rnn, lstm):
        with open(model.file, encoding="utf-8") as page:
            lines = page.read().splitlines()
        assert max(map(len, lines)) <= 120
        assert len(lines) < 160
        imports = [line for line in lines if line.startswith(("import ", "from "))]
        assert [line.partition(" import ")[0] for line in imports] == ["from derivations"]
