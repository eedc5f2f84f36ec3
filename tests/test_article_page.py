"""The page of the whole article, as ``derivations report`` writes it, in headless Chromium; and a page of 300 claims.

The page is written once for all workers, since it takes a check of everything that is shipped.
"""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from chromium import (
    AXE,
    NO_AXE,
    NO_CHROMIUM,
    PHONE,
    Watched,
    chromium,
    keyboard_faults,
    launched,
    raw_latex,
    seconds_to_draw,
    serious_faults,
    strange_glyphs,
    too_wide,
    undrawn,
    work_to_scroll,
)
from test_web import many

from derivations.recurrent import lstm, rnn
from derivations.report.web.build import page_html

pytestmark = pytest.mark.skipif(chromium() is None or find_spec("playwright") is None, reason=NO_CHROMIUM)
CLAIMS = len(rnn.claims) + len(lstm.claims)
MOST_BYTES, MOST_BYTES_OF_300 = 1_500_000, 5_000_000


@pytest.fixture(scope="session")
def article(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The page of everything that is shipped, from few draws."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder if worker_id == "master" else folder.parent
    path, command = folder / "article.html", [sys.executable, "-m", "derivations", "report", "--draws", "16"]
    with (folder / "article.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            told = subprocess.run([*command, "-o", str(path)], cwd=folder, capture_output=True, text=True, check=False)
            assert told.returncode == 0, told.stdout + told.stderr
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture
def watched(browser: Any, article: Path) -> Iterator[Watched]:
    found = Watched(browser, article)
    found.settled()
    yield found
    found.close()
    assert found.troubles == []


def test_every_equation_and_figure_is_drawn(watched: Watched) -> None:
    page = watched.page
    assert page.locator(".item[data-group=holds], .item[data-group=fails]").count() == CLAIMS
    watched.open_all()
    assert page.locator("math").count() > 5 * CLAIMS
    assert undrawn(page) == []
    assert raw_latex(page) == []
    assert strange_glyphs(page) == []
    figures = page.locator(".figures svg")
    assert figures.count() == 5
    for figure in figures.all():
        box = figure.bounding_box()
        assert box
        assert min(box["width"], box["height"]) > 150
        assert figure.locator("path").count() > 10
    assert page.get_by_role("link", name="Data as CSV").count() == 5


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_window(watched: Watched, width: int) -> None:
    watched.resized({"width": width, "height": 740})
    assert too_wide(watched.page) == []
    watched.open_all()
    assert too_wide(watched.page) == []


@pytest.mark.skipif(not AXE.exists(), reason=NO_AXE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_for_those_who_see_or_move_otherwise(watched: Watched, scheme: str) -> None:
    watched.page.emulate_media(color_scheme=scheme)
    watched.open_all()
    assert serious_faults(watched.page) == []
    watched.resized(PHONE)
    assert serious_faults(watched.page) == []


def test_the_tab_key_goes_through_everything(watched: Watched) -> None:
    assert keyboard_faults(watched.page) == []


def test_every_refutation_leads_to_its_path_and_every_link_somewhere(watched: Watched) -> None:
    page = watched.page
    ids = page.locator("nav li[data-for]").evaluate_all("es => es.map((e) => e.dataset.for)")
    assert ids == page.locator(".item").evaluate_all("es => es.map((e) => e.id)")
    page.get_by_role("radio", name=re.compile("^fails")).check()
    refuted = page.locator(".item:visible")
    assert refuted.count() == sum(claim.expect == "fails" for model in (rnn, lstm) for claim in model.claims)
    assert page.locator("svg.graph .path:visible").count() >= 5


def test_its_size(article: Path) -> None:
    assert article.stat().st_size < MOST_BYTES


@pytest.fixture(scope="module")
def three_hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "many.html"
    path.write_text(page_html(many(300)), encoding="utf-8")
    assert path.stat().st_size < MOST_BYTES_OF_300
    return path


# Where other work goes on beside it, the best of three tells what the page takes.


def test_the_article_is_drawn_within_a_second(watched: Watched) -> None:
    found = [seconds_to_draw(watched) for _ in range(3)]
    assert all(min(took[what] for took in found) < 1 for what in ("worked", "painted", "loaded")), found


@pytest.mark.parametrize("which", ["article", "three_hundred"])
def test_it_scrolls_without_pause(browser: Any, which: str, request: pytest.FixtureRequest) -> None:
    found = Watched(browser, request.getfixturevalue(which))
    found.settled()
    frames = work_to_scroll(found)
    assert found.troubles == []
    found.close()
    assert max(frames) < 0.1, frames
    assert sum(frames) / len(frames) < 1 / 30


BUSY = "const until = performance.now() + {milliseconds}; while (performance.now() < until) {{}}"


@pytest.mark.parametrize("script", [BUSY.format(milliseconds=2000),
                                    f"addEventListener('scroll', () => {{ {BUSY.format(milliseconds=1500)} }})"],
                         ids=["drawing", "scrolling"])
def test_what_takes_long_is_noticed(browser: Any, tmp_path: Path, script: str) -> None:
    path = tmp_path / "slow.html"
    path.write_text(f"<!DOCTYPE html><title>slow</title><body style='height: 9000px'><p>a<script>{script}</script>")
    found = Watched(browser, path)
    took, frames = seconds_to_draw(found), work_to_scroll(found, frames=3)
    found.close()
    assert max(frames) > 0.1 if "scroll" in script else max(took.values()) > 1, (took, frames)
