"""The drawings of the figures, and the command that makes them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from measurements import DRAWS, MODULES, measured
from standin import derivations

from numeric.figures import figures, make, terms, vanishing
from numeric.figures.canvas import STYLES, Page, apart, style
from numeric.figures.command import written
from numeric.figures.measured import Contradicted, Curve, Measured
from numeric.figures.table import TABLE, Asked, FigureError

pytest.importorskip("matplotlib", reason="figures are an extra")


@pytest.fixture(scope="module")
def drawings() -> dict[str, make.Made]:
    return {name: make.drawn(row, measured(name)) for name, row in TABLE.items()}


def test_ids_are_of_one_drawing_alone_and_all_that_is_referred_to_is_there(drawings: dict[str, make.Made]) -> None:
    every: list[str] = []
    for name, each in drawings.items():
        root = ElementTree.fromstring(each.figure.svg)
        assert root.tag.endswith("}svg")
        ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
        assert len(ids) == len(set(ids)) > 20
        assert all(re.fullmatch(rf"{name}-[\w.-]+", id) for id in ids)
        said = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', each.figure.svg)
        assert said
        assert {a or b for a, b in said} <= set(ids)
        assert root.attrib["aria-labelledby"].split() == [f"{name}-title", f"{name}-caption"]
        every += ids
    assert len(every) == len(set(every))


def test_a_drawing_brings_nothing_in_and_is_small(drawings: dict[str, make.Made]) -> None:
    for each in drawings.values():
        svg = each.figure.svg
        assert svg.startswith("<svg ")
        assert re.findall(r'[^\s"]*="https?:[^"]*', svg) == re.findall(r'xmlns(?::\w+)?="https?:[^"]*', svg)
        assert not re.search(r"<(!DOCTYPE|\?xml|metadata|style|script|image|foreignObject)", svg)
        assert len(svg.encode()) < 150_000
        assert each.png.startswith(b"\x89PNG")
    assert sum(len(each.figure.svg) + len(each.figure.csv) for each in drawings.values()) < 900_000


def test_a_caption_says_what_was_drawn(drawings: dict[str, make.Made]) -> None:
    said = {"vanishing": "rnn.vanish.bounded", "terms": "lstm.state-gradient", "single-path": "rnn.chain.full",
            "prevention": "lstm.prevention", "explosion": "rnn.explode.necessary"}
    for name, each in drawings.items():
        caption = each.figure.caption
        assert f"{DRAWS} draws" in caption
        assert caption.endswith("Seed 0.")
        assert re.search(r"n = \d, m = \d", caption)
        assert "N(0, 1)" in caption
        assert said[name] in caption
        assert "claimed, not proved" not in caption
        assert each.figure.title == TABLE[name].title


def pages() -> Iterator[tuple[str, Page]]:
    for name, module in MODULES.items():
        with style(name):
            page = module.draw(measured(name))
            page.finish()
            yield name, page


def alike(ax: Any) -> list[tuple[str, str]]:
    """Curves of one axes that nothing but colour tells apart."""
    curves = [line for line in ax.get_lines() if str(line.get_gid()).startswith("curve-")]
    looks = [(str(line._unscaled_dash_pattern), line.get_marker()) for line in curves]  # the dashes as they are drawn
    return [(a.get_label(), b.get_label()) for i, a in enumerate(curves) for j, b in enumerate(curves[:i])
            if looks[i] == looks[j]]


def test_curves_are_told_apart_without_colour() -> None:
    for name, page in pages():
        for ax in page.panels:
            assert alike(ax) == [], name
            assert len([line for line in ax.get_lines() if str(line.get_gid()).startswith("curve-")]) > 1
    dashes = {str(s.dash) for s in STYLES}
    assert len(dashes) == len({s.marker for s in STYLES}) == len(STYLES)
    with style("alike"):  # the test itself can fail
        page = Page()
        ax = page.axes("x", "y")
        for label in ("one", "other"):
            page.curve(ax, Curve(label, "size", np.arange(3), np.zeros((3, 5)), 1), 0)
        assert alike(ax) == [("other", "one")]


AXES = {
    "vanishing": ("$k - j$", r"\partial c_k/\partial c_j"), "terms": ("$t$", "of each term"),
    "single-path": ("$k$", r"\partial E_k/\partial W"), "prevention": ("$p$", "(A_t + B_t + C_t + D_t)"),
    "explosion": (r"\Vert W_{rec}\Vert_2", r"\partial c_k/\partial c_1"),
}
LABELS = {"vanishing": ("proved: rnn.vanish.bounded", r"\Vert W_{rec}\Vert_2)^{k-j}", r"\Pi\,f_t"),
          "terms": ("$A_t$", "$B_t$", "$C_t$", "$D_t$", r"\partial c_t/\partial c_{t-1}"),
          "single-path": ("proved: rnn.chain.full", "RNN, $W$", "LSTM, $W_f$"),
          "prevention": ("lstm.prevention.always", "$k = 10$", "$k = 100$"),
          "explosion": ("proved: rnn.vanish.bounded", "rnn.explode", "rnn.explode.sufficient", "rnn.explode.necessary")}


def test_axes_and_curves_have_their_words() -> None:
    for name, page in pages():
        for ax in page.panels:
            assert AXES[name][0] in ax.get_xlabel()
        assert AXES[name][1] in page.panels[0].get_ylabel()
        words = "\n".join(text.get_text() for ax in page.panels for text in ax.texts)
        for label in LABELS[name]:
            assert label in words


def test_words_at_the_ends_of_curves_keep_apart() -> None:
    assert apart([0.0, 5.0], 1.0) == [0.0, 5.0]
    assert apart([1.0, 1.0, 1.0], 1.0) == pytest.approx([0.0, 1.0, 2.0])
    placed = apart([0.0, 0.1, 0.2, 4.0, 4.0], 0.5)
    assert np.diff(placed).min() >= 0.5 - 1e-12
    assert np.mean(placed) == pytest.approx(np.mean([0.0, 0.1, 0.2, 4.0, 4.0]))


# ---- the same bytes


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    """In another process, with another hash seed and a reader's own settings of matplotlib."""
    [here] = figures(["explosion"], seed=4, draws=2, steps=20)
    [again] = figures(["explosion"], seed=4, draws=2, steps=20)
    [other] = figures(["explosion"], seed=5, draws=2, steps=20)
    assert here == again
    assert here.svg != other.svg
    assert here.csv != other.csv
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nsvg.fonttype: none\naxes.facecolor: red\n")
    words = ["plot", "explosion", "--seed", "4", "--draws", "2", "--steps", "20", "-o", str(tmp_path / "figures")]
    code = (f"import sys\nfrom numeric.cli import main\ntry:\n    main({words!r})\n"
            "except SystemExit as exit:\n    assert not exit.code\nassert 'matplotlib.pyplot' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True,
                   env=os.environ | {"PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(tmp_path / "matplotlibrc")})
    folder = tmp_path / "figures"
    assert sorted(path.name for path in folder.iterdir()) == [f"explosion.{s}" for s in ("csv", "png", "svg", "txt")]
    assert (folder / "explosion.svg").read_text(encoding="utf-8") == here.svg
    assert (folder / "explosion.csv").read_text(encoding="utf-8") == here.csv
    assert (folder / "explosion.txt").read_text(encoding="utf-8") == f"{here.title}\n\n{here.caption}\n"
    [made] = make.made(["explosion"], seed=4, draws=2, steps=20)
    assert (folder / "explosion.png").read_bytes() == made.png


def test_a_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    make.drawn(TABLE["terms"], measured("terms"))
    assert dict(matplotlib.rcParams) == before


# ---- the command


def test_without_a_name_the_figures_are_listed_and_nothing_heavy_is_imported() -> None:
    listed = derivations("plot")
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(TABLE)
    for words in (["plot"], ["plot", "--help"]):
        code = ("import sys\nfrom numeric.cli import main\n"
                f"try:\n    main({words!r})\nexcept SystemExit as exit:\n    assert not exit.code\n"
                "print(*{'jax', 'sympy', 'numpy', 'matplotlib'} & set(sys.modules), file=sys.stderr)")
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert run.stderr.split() == []


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(terms, "measure", lambda asked: pytest.fail("measured although it cannot be drawn"))
    with pytest.raises(FigureError, match=r"pip install matplotlib.*extra `figures`"):
        figures(["terms"])
    run = derivations("plot", "terms", "-o", tmp_path / "figures")
    assert run.exit_code == 2
    assert "pip install matplotlib" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "figures").exists()


BAD = [
    (["vanish"], "'vanish' is no figure: expected some of vanishing, terms"),
    (["terms", "--steps", "2"], "2 steps: the figure terms takes from 3 to 1000"),
    (["terms", "single-path", "--steps", "101"], "101 steps: the figure single-path takes from 2 to 100"),
    (["terms", "--draws", "0"], "0 is not in the range"), (["terms", "--seed", "-1"], "-1 is not in the range"),
    (["terms", "--format", "svg,gif"], "'gif' is no format: expected some of svg,png"),
]


@pytest.mark.parametrize(("words", "message"), BAD)
def test_bad_input_is_told(words: list[str], message: str, tmp_path: Path) -> None:
    run = derivations("plot", *words, "-o", tmp_path / "figures")
    assert run.exit_code == 2
    assert message in run.stderr
    assert not (tmp_path / "figures").exists()


def test_a_folder_is_asked_for_and_must_be_one_that_can_be_written_to(tmp_path: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    assert "-o DIR is missing" in derivations("plot", "terms").stderr
    (tmp_path / "file").write_text("")
    found = make.made

    def quick(*asked: Any) -> Iterator[make.Made]:
        return found(["explosion"], 0, 1, 2)

    monkeypatch.setattr(make, "made", quick)
    run = derivations("plot", "explosion", "-o", tmp_path / "file" / "below")
    assert run.exit_code == 2
    assert "expected a folder that can be written to" in run.stderr
    run = derivations("plot", "all", "-o", tmp_path, "--format", "png")
    assert run.exit_code == 0, run.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["explosion.csv", "explosion.png", "explosion.txt", "file"]


def test_a_number_out_of_range_is_refused_in_python_too() -> None:
    for wrong in ({"seed": -1}, {"draws": 0}, {"draws": 10**6}, {"steps": 10**7}):
        with pytest.raises(FigureError, match=r"expected|takes"):
            figures(["vanishing"], **wrong)  # type: ignore[arg-type] # numbers by name


def test_a_contradiction_is_an_error_of_the_checker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def contradicted(asked: Asked) -> Measured:
        raise Contradicted("rnn.vanish.bounded: a norm lies above its bound")

    monkeypatch.setattr(vanishing, "measure", contradicted)
    run = derivations("plot", "vanishing", "-o", tmp_path)
    assert run.exit_code == 4
    assert "rnn.vanish.bounded: a norm lies above its bound" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "new" / "a.svg", b"first")
    assert path.read_bytes() == b"first"

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FigureError, match="No space left"):
        written(path, b"second")
    assert path.read_bytes() == b"first"
    assert [p.name for p in path.parent.iterdir()] == ["a.svg"]
