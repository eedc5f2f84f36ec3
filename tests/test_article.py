"""The article's table, row by row: ids, kinds, expectations, readings, ranges; and what the models add to it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from derivations import Model
from derivations.claim import Claim, Definition, Remark
from derivations.latex import text
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
    "update.size": ("", "T ≥ 0"),
    "slope": ("True", ""),
    "slope.bound": ("", "", 2),
    "explode": ("", "k ≥ 1"),
    "explode.necessary": ("", "k ≥ 1"),
    "explode.sufficient": ("True", "k ≥ 1"),
    "vanish": ("True", "k ≥ 1"),
    "vanish.bounded": ("", "k ≥ 1"),
    "vanish.bounded.limit": ("", "k ≥ 1"),
    "last-statement": ("", "k ≥ 1"),
    "step-gradient": ("True", "k ≥ 1"),
    "step-gradient.long-range": ("", "1 ≤ j ≤ k"),
    "step-gradient.long-range.limit": ("", "j ≥ 1, k ≥ 1"),
    "step-gradient.unbounded": ("True", "k ≥ 1"),
    "total": ("True", "T ≥ 0"),
    "no-update": ("True", "T ≥ 0"),
    "no-update.long-range": ("", "0 ≤ L ≤ T"),
    "prevention": ("", "k ≥ 1"),  # the row lstm.prevention.rnn
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
    "partial-sums.series": ("remark",),
    "partial-sums": ("T >= 2", "1 ≤ t ≤ T"),
    "partial-sums.family": ("", "T ≥ 0"),
    "partial-sums.growing": ("True", "T ≥ 0"),
    "likelihood": ("T >= 2", "T ≥ 1"),
    "product-vanishes": ("True", "k ≥ 1"),
    "prevention.premise": ("", "k ≥ 0"),
    "prevention.premise.after-update": ("k >= 1", "k ≥ 0"),
    "prevention": ("", "k ≥ 1"),
    "prevention.update": ("", "", 2),
    "prevention.update.always": ("k >= 2", "k ≥ 1"),
    "prevention.always": ("True", "k ≥ 1"),
}
# What the models say beyond the table: abbreviations, the long expansion that the row state-gradient speaks of, and
# that the bound of the row vanish.bounded is attained
BEYOND = {
    "rnn": {"z", "rho", "vanish.bounded.attained"},
    "lstm": {"z_f", "z_i", "z_c", "z_o", "tau", "s", "P", "S", "state-gradient.long"},
}
OURS = {  # rows that the article does not print
    "rnn.chain.full", "lstm.chain.full", "lstm.chain.full.held", "lstm.dependencies.gates", "lstm.step-map",
    "lstm.state-product.defect", "lstm.state-product.joint", "rnn.vanish.bounded.attained",
}
KINDS = {
    "parents": {"lstm.dependencies"},
    "separates": {"lstm.dependencies.gates"},
    "bound": {
        "rnn.slope", "rnn.slope.bound", "rnn.explode.necessary", "rnn.vanish.bounded", "rnn.step-gradient.long-range",
        "rnn.no-update.long-range", "lstm.partial-sums.family", "lstm.likelihood", "lstm.prevention.premise",
        "lstm.prevention.update.always",
    },
    "limit": {
        "rnn.explode.sufficient", "rnn.vanish", "rnn.vanish.bounded.limit", "rnn.last-statement", "rnn.step-gradient",
        "rnn.step-gradient.long-range.limit", "rnn.step-gradient.unbounded", "rnn.total", "rnn.no-update",
        "lstm.partial-sums.growing", "lstm.product-vanishes", "lstm.prevention.always",
    },
    "existence": {"rnn.explode", "rnn.prevention", "lstm.prevention", "lstm.prevention.update"},
}
KIND = {id: kind for kind, ids in KINDS.items() for id in ids}
# The formal readings of bounds, limits and existence, and of what is assumed
READINGS = {
    "rnn.update.size": "‖W' - W‖_F = |α| ‖∇_W E‖_F",
    "rnn.slope": "tanh′(v) < 1",
    "rnn.slope.bound": "tanh′(v) ≤ 1; σ′(v) ≤ 1/4",
    "rnn.explode": "there are parameters and inputs with ‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 = 2^{k-1} for every k",
    "rnn.explode.necessary": "‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 ≤ 1 if ρ ≤ 1",
    "rnn.explode.sufficient": "‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 → ∞ as k → ∞ if 1 < ρ",
    "rnn.vanish": "‖Π_{t=2}^{k} diag(σ′(z_t)) W_rec‖_2 → 0 as k → ∞",
    "rnn.vanish.bounded": "‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 ≤ ρ^{k-1}",
    "rnn.vanish.bounded.limit": "‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 → 0 as k → ∞ if ρ < 1",
    "rnn.last-statement": "‖∂E_k/∂h_k ∂h_k/∂c_k (Π_{t=2}^{k} diag(σ′(z_t)) W_rec) ∂c_1/∂W‖_2 → 0 as k → ∞ if ρ < 1"
                          " and ‖∂E_k/∂c_k‖_2 ≤ M for every k",
    "rnn.step-gradient": "‖∂E_k/∂W‖_2 → 0 as k → ∞ if ρ < 1",
    "rnn.step-gradient.long-range": "‖∂E_k/∂W^(j)‖_2 ≤ M ρ^{k-j} ‖∂c_j/∂W^(j)‖_2 if ‖∂E_k/∂c_k‖_2 ≤ M",
    "rnn.step-gradient.long-range.limit": "‖∂E_k/∂W^(j)‖_2 → 0 as k → ∞ if ρ < 1"
                                          " and ‖∂E_k/∂c_k‖_2 ≤ M for every k",
    "rnn.step-gradient.unbounded": "‖∂E_k/∂W‖_2 → 0 as k → ∞ if ρ < 1",
    "rnn.total": "‖∇_W E‖_F → 0 as T → ∞ if ρ < 1",
    "rnn.no-update": "‖W' - W‖_F → 0 as T → ∞ if ρ < 1",
    "rnn.no-update.long-range": "‖Σ_{t=L+1}^{T} Σ_{j=1}^{t-L} ∂E_t/∂W^(j)‖_2 ≤ M C · T ρ^L (1 - ρ)^{-1} if ρ < 1"
                                " and ‖∂E_k/∂c_k‖_2 ≤ M for every k and ‖∂c_j/∂W^(j)‖_2 ≤ C for every j",
    "rnn.prevention": "there are parameters and inputs with 1/2 ≤ ‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 for every k",
    "lstm.partial-sums": "∇_W E_t = 0_{4 · n × (m+n)} for t ≤ T if ∇_W E = 0_{4 · n × (m+n)}",
    "lstm.partial-sums.family": "‖∇_W E‖_F ≤ Σ_{t=1}^{T} ‖∇_W E_t‖_F",
    "lstm.partial-sums.growing": "|Σ_{t=1}^{T} e_t| → 0 as T → ∞ if e_t → 0 for every t",
    "lstm.likelihood": "∇_W E ≠ 0_{4 · n × (m+n)} for T ≥ 1 if ∇_W E_1 ≠ 0_{4 · n × (m+n)}",
    "lstm.product-vanishes": "‖Π_{t=2}^{k} ∂c_t/∂c_{t-1}‖_2 → 0 as k → ∞",
    "lstm.prevention.premise": "‖∇_W E_{k+1}‖_F - ‖S_k‖_F ≤ ‖S_{k+1}‖_F",
    "lstm.prevention.premise.after-update": "S_{k+1}|_{W_f := W'_f} = S_k + (∇_W E_{k+1})|_{W_f := W'_f}",
    "lstm.prevention": "for every k there are parameters and inputs with 1/2 ≤ ‖P_k‖_2",
    "lstm.prevention.update": "there are parameters and inputs with ‖P_101‖_2 ≤ (1/2)^100 and 1/2 ≤"
                              " ‖P_101|_{W_f := W_f + (1/10) ∇_{W_f} log(‖P_101‖_2)}‖_2",
    "lstm.prevention.update.always": "1/2 ≤ ‖P_k|_{W_f := W_f + (1/10) ∇_{W_f} log(‖P_k‖_2)}‖_2 if"
                                     " ‖P_k‖_2 ≤ (1/2)^{k-1}",
    "lstm.prevention.always": "0 < inf_k ‖P_k‖_2",
}
EQUATIONS = {  # the article's own numbers
    "rnn.chain": 2, "lstm.loss-sum": 3, "lstm.chain": 4, "lstm.state": 5, "lstm.state-gradient": 6,
    "lstm.chain.substituted": 7,
}
ROWS = [(model, id, row) for model, table in ((rnn, RNN), (lstm, LSTM)) for id, row in table.items()]
CLAIMS = {claim.id: claim for claim in lstm.claims}
IDS = [f"{model.name}.{id}" for model, id, _ in ROWS]


def items(model: Model) -> dict[str, Claim | Definition | Remark]:
    found: list[Claim | Definition | Remark] = [*model.definitions, *model.claims]
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
    if row == ("remark",):
        assert isinstance(item, Remark)
        return
    assert isinstance(item, Claim)
    fails, steps, *cases = row
    assert str(item.fails) == (fails or "False")
    assert item.expect == ("fails" if fails else "holds")
    assert range_text(item) == steps
    assert len(item.cases) == (cases[0] if cases else 1)
    assert item.kind == KIND.get(item.id, "equality")


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


@pytest.mark.parametrize("id", READINGS)
def test_a_formal_reading_is_the_tables(id: str) -> None:
    [claim] = [claim for model in (rnn, lstm) for claim in model.claims if claim.id == id]
    assert text(claim).replace("{[W_f; W_i; W_c; W_o]}", "W") == READINGS[id]


def test_every_new_kind_has_its_reading_here() -> None:
    kinds = ("bound", "limit", "existence")
    told = {claim.id for model in (rnn, lstm) for claim in model.claims if claim.kind in kinds}
    assert told <= set(READINGS) | {"rnn.vanish.bounded.attained"}


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
        assert len(lines) < 200
        imports = [line for line in lines if line.startswith(("import ", "from "))]
        assert [line.partition(" import ")[0] for line in imports] == ["from sympy", "from derivations"]
