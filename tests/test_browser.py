"""The page of a check as a person meets it, in headless Chromium: filters, search, links, copying, proofs, keys alone.

Every check that finds nothing wrong is shown a page on which something is: a fault that is planted is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
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
    serious_faults,
    strange_glyphs,
    too_wide,
    undrawn,
)
from test_web import FIGURE, FULL, HOSTILE, hostile_run
from verdicts import verdict

from derivations.report.web.build import page_html
from derivations.verdict import Status

pytestmark = pytest.mark.skipif(chromium() is None or find_spec("playwright") is None, reason=NO_CHROMIUM)
needs_axe = pytest.mark.skipif(not AXE.exists(), reason=NO_AXE)
Open = Callable[..., Watched]
RUN = replace(FULL, verdicts=(*FULL.verdicts, verdict("rnn.vanish.bounded", Status.PROVED, True)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def html() -> str:
    return page_html(RUN, [FIGURE])


@pytest.fixture(scope="module")
def file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture
def visit(browser: Any, file: Path) -> Iterator[Open]:
    """Opens the page; at the end there must have been no error on its console, and no request."""
    found: list[Watched] = []

    def visit(place: str = "", **options: Any) -> Watched:
        found.append(Watched(browser, file, place=place, **options))
        return found[-1]

    yield visit
    troubles = [trouble for watched in found for trouble in watched.troubles]
    for watched in found:
        watched.close()
    assert troubles == []


def shown(page: Any) -> list[str]:
    ids: list[str] = page.evaluate("() => [...document.querySelectorAll('.item')].filter((e) => e.checkVisibility())"
                                   ".map((e) => e.id)")
    return ids


def status_of(page: Any, id: str) -> str:
    return str(page.get_attribute(f'[id="{id}"]', "class")).removeprefix("item").strip()


# ---- what is seen


def test_everything_is_drawn(visit: Open) -> None:
    watched = visit()
    watched.settled()
    watched.open_all()
    assert watched.page.locator("math").count() > 80
    assert undrawn(watched.page) == []
    assert raw_latex(watched.page) == []
    assert strange_glyphs(watched.page) == []
    drawn = watched.page.locator("svg.graph, .figures svg")
    assert drawn.count() >= 3
    assert all(box and box["width"] > 50 and box["height"] > 20
               for box in (drawn.nth(k).bounding_box() for k in range(drawn.count() - 1)))


@pytest.mark.parametrize("size", [PHONE, {"width": 768, "height": 1024}, {"width": 1280, "height": 900}],
                         ids=lambda size: f"{size['width']}")
def test_nothing_is_wider_than_the_window(visit: Open, size: dict[str, int]) -> None:
    watched = visit(viewport=size)
    watched.settled()
    assert too_wide(watched.page) == []
    watched.open_all()
    assert too_wide(watched.page) == []


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}], ids=lambda size: f"{size['width']}")
def test_no_serious_fault_for_those_who_see_or_move_otherwise(visit: Open, scheme: str, size: dict[str, int]) -> None:
    watched = visit(color_scheme=scheme, viewport=size)
    watched.settled()
    assert serious_faults(watched.page) == []
    watched.open_all()
    assert serious_faults(watched.page) == []


def test_light_and_dark(visit: Open) -> None:
    page = visit(color_scheme="dark").page
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    button = page.locator("button.theme")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    light = page.evaluate(ground)
    assert sum(map(int, re.findall(r"\d+", dark))) < 150 < 600 < sum(map(int, re.findall(r"\d+", light)))
    page.reload()
    assert page.evaluate(ground) == light  # it is remembered
    button.click()
    assert page.evaluate(ground) == dark


def test_on_paper_everything_is_open_and_nothing_is_to_be_pressed(visit: Open) -> None:
    watched = visit()
    watched.settled()
    watched.page.emulate_media(media="print")
    assert watched.page.locator("button:visible, nav:visible, input:visible").count() == 0
    boxes = watched.page.evaluate("() => [...document.querySelectorAll('main math')].map((e) => {"
                                  " const box = e.getBoundingClientRect(); return box.width * box.height; })")
    assert len(boxes) > 80
    assert all(boxes)
    assert undrawn(watched.page) == []
    assert watched.page.pdf()[:5] == b"%PDF-"


def test_without_scripts_everything_can_be_read(visit: Open) -> None:
    page = visit(java_script_enabled=False).page
    assert page.locator(".item:visible").count() == page.locator(".item").count() > 20
    assert page.locator(".js-only:visible").count() == 0
    proof = page.locator('[id="rnn.vanish.bounded"] details.proof')
    proof.locator("summary").click()
    assert proof.locator("ol > li:visible").count() == proof.locator("ol > li").count() > 2


def test_hostile_names_are_shown_as_text(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(page_html(hostile_run(), title=HOSTILE, notes=[HOSTILE]), encoding="utf-8")
    watched = Watched(browser, path)
    watched.settled()
    assert watched.page.locator("h1").inner_text() == " ".join(HOSTILE.split())
    assert watched.page.title().startswith(" ".join(HOSTILE.split()))
    watched.open_all()
    assert watched.page.locator("text=<script>").count() > 5
    watched.page.locator("#_search").fill(HOSTILE.split()[0])
    watched.resized(PHONE)
    assert too_wide(watched.page) == []
    assert watched.troubles == []
    watched.close()


# ---- filters, search, links


@pytest.mark.parametrize(("choice", "statuses"), [
    ("holds", {"proved", "agrees"}), ("fails", {"refuted"}), ("undecided", {"undecided", "vacuous"})])
def test_a_filter_leaves_its_claims(visit: Open, choice: str, statuses: set[str]) -> None:
    page = visit().page
    every = shown(page)
    wanted = [id for id in every if status_of(page, id) in statuses]
    page.get_by_role("radio", name=re.compile(f"^{choice}")).check()
    assert shown(page) == wanted != []
    assert page.locator("#_count").inner_text() == f"{len(wanted)} of {len(every)} shown"
    assert page.locator("nav li[data-for]:visible").evaluate_all("es => es.map((e) => e.dataset.for)") == wanted
    assert str(len(wanted)) in page.locator("label", has_text=choice).inner_text()
    for section in page.locator("main .model").all():
        assert section.is_visible() is bool(section.locator(".item:visible").count())
    page.get_by_role("radio", name=re.compile("^all")).check()
    assert shown(page) == every


def test_search(visit: Open) -> None:
    page = visit().page
    every = shown(page)
    search = page.get_by_role("searchbox")
    search.fill("State-Gradient")
    assert shown(page) == [id for id in every if "state-gradient" in id] != []
    search.fill("chain rnn")
    assert shown(page)
    assert all("chain" in id and id.startswith("rnn") for id in shown(page))
    page.get_by_role("radio", name=re.compile("^holds")).check()
    assert "rnn.chain" not in shown(page)
    for nothing in ("no such claim", ".*", "<script>alert(1)</script>", "\\", "((("):
        search.fill(nothing)
        assert shown(page) == []
        assert page.locator(".none").is_visible()
        assert page.locator("#_count").inner_text().startswith("0 of ")
    search.fill("")
    page.get_by_role("radio", name=re.compile("^all")).check()
    assert shown(page) == every
    assert not page.locator(".none").is_visible()


def comes_in_sight(page: Any, id: str) -> bool:
    """Whether the head of an item is on the screen, soon."""
    page.wait_for_function("(id) => { const head = document.getElementById(id).querySelector('h3');"
                           " const box = head.getBoundingClientRect();"
                           " return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight; }",
                           arg=id, timeout=5000)
    return True


def test_a_link_leads_to_its_claim_and_opens_it(visit: Open) -> None:
    page = visit("#lstm.state-gradient").page
    assert comes_in_sight(page, "lstm.state-gradient")
    item = page.locator('[id="lstm.state-gradient"]')
    assert item.locator("details.evidence").get_attribute("open") is not None
    assert item.locator("details.proof").get_attribute("open") is not None
    assert page.locator('[id="rnn.chain"] details.evidence').get_attribute("open") is None
    page.get_by_role("radio", name=re.compile("^holds")).check()
    page.evaluate("() => { location.hash = '#rnn.chain'; }")  # it is filtered out, and shown all the same
    assert comes_in_sight(page, "rnn.chain")
    assert page.get_by_role("radio", name=re.compile("^all")).is_checked()


def test_every_link_of_the_contents_leads_to_what_it_names(visit: Open) -> None:
    page = visit().page
    links = page.locator("nav a[href^='#']")
    targets = links.evaluate_all("es => es.map((e) => decodeURIComponent(e.hash.slice(1)))")
    assert len(targets) > 20
    assert page.evaluate("(ids) => ids.filter((id) => !document.getElementById(id))", targets) == []
    links.filter(has_text="step-map").first.click()
    assert comes_in_sight(page, "lstm.step-map")
    assert page.url.endswith("#lstm.step-map")


@pytest.mark.parametrize("place", ["#no.such.claim", "#%E0%A4%A", "#", "#_main", "#<script>"])
def test_a_link_to_nothing_does_no_harm(visit: Open, place: str) -> None:
    page = visit(place).page
    assert len(shown(page)) > 20


# ---- copying, proofs


@pytest.mark.parametrize("by_hand", [False, True], ids=["clipboard", "by-hand"])
@pytest.mark.parametrize("what", ["LaTeX", "command"])
def test_what_is_copied_is_what_stands_there(visit: Open, what: str, by_hand: bool) -> None:
    watched = visit(permissions=["clipboard-read", "clipboard-write"])
    page = watched.page
    if by_hand:  # a browser that has no clipboard for pages from a file
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.evaluate("() => document.execCommand('copy')")
    item = page.locator('[id="lstm.state-gradient"]')
    item.locator("details.facts summary").click()
    button = item.get_by_role("button", name=f"Copy {what}")
    wanted = item.locator(".copied", has=page.get_by_role("button", name=f"Copy {what}")).locator("code").text_content()
    button.click()
    page.locator("#_said", has_text="Copied").wait_for(state="attached")
    assert page.evaluate("() => navigator.clipboard.readText()") == wanted
    assert wanted.startswith({"LaTeX": r"\frac{\partial", "command": "derivations check lstm.state-gradient"}[what])
    assert item.locator("button", has_text="Copied").evaluate("e => e === document.activeElement")


def test_a_proof_unfolds_step_by_step(visit: Open) -> None:
    page = visit().page
    proof = page.locator('[id="rnn.vanish.bounded"] details.proof')
    proof.locator("summary").click()
    steps, said = proof.locator("ol > li"), proof.locator("[role=status]")
    count = steps.count()
    assert count > 2
    for seen in range(1, count + 1):
        assert [step.is_visible() for step in steps.all()] == [k < seen for k in range(count)]
        assert said.inner_text() == f"step {seen} of {count}"
        if seen < count:
            proof.get_by_role("button", name="Next step").click()
    assert proof.get_by_role("button", name="Next step").is_disabled()
    other = page.locator('[id="lstm.state.full"] details.proof')
    other.locator("summary").click()
    other.get_by_role("button", name="All steps").click()
    assert all(step.is_visible() for step in other.locator("ol > li").all())


def test_the_data_of_a_figure_is_downloaded_as_it_was_measured(visit: Open) -> None:
    page = visit().page
    with page.expect_download() as download:
        page.get_by_role("link", name="Data as CSV").click()
    assert download.value.suggested_filename == "curve.csv"
    assert download.value.path().read_text(encoding="utf-8") == FIGURE.csv


# ---- keys alone


def test_the_tab_key_goes_through_everything_and_what_it_reaches_is_seen(visit: Open) -> None:
    watched = visit()
    watched.settled()
    assert keyboard_faults(watched.page) == []
    watched.open_all()
    assert keyboard_faults(watched.page) == []


def test_keys_do_what_the_mouse_does(visit: Open) -> None:
    page = visit().page
    focused = "() => document.activeElement.id || document.activeElement.textContent.trim()"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Skip to the equations"
    assert in_window(page)
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert page.evaluate(focused) == "_main"
    page.locator("#_search").focus()
    page.keyboard.type("vanish.bounded")
    page.keyboard.press("Enter")  # sends no form
    every = shown(page)
    assert every == ["rnn.vanish.bounded"]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("radio", name=re.compile("^holds")).is_checked()
    assert shown(page) == every
    proof = page.locator('[id="rnn.vanish.bounded"] details.proof')
    proof.locator("summary").focus()
    page.keyboard.press("Enter")
    assert proof.get_attribute("open") is not None
    proof.get_by_role("button", name="Next step").focus()
    page.keyboard.press("Space")
    assert proof.locator("ol > li:visible").count() == 2


def in_window(page: Any) -> bool:
    return bool(page.evaluate("() => { const box = document.activeElement.getBoundingClientRect();"
                              " return box.left >= 0 && box.top >= 0 && box.width > 0; }"))


# ---- a fault that is planted is noticed


@pytest.fixture
def planted(browser: Any, html: str, tmp_path: Path) -> Iterator[Callable[[str], Watched]]:
    """The page with something more in it, and, unless it is to be kept, without the policy that would tame it."""
    found: list[Watched] = []

    def planted(fragment: str, policy: bool = False, **options: Any) -> Watched:
        page = html.replace("</main>", fragment + "</main>")
        page = page if policy else re.sub(r"<meta http-equiv[^>]*>", "", page)
        assert page.count(fragment) == 1
        path = tmp_path / "planted.html"
        path.write_text(page, encoding="utf-8")
        found.append(Watched(browser, path, **options))
        return found[-1]

    yield planted
    for watched in found:
        watched.close()


LONG = "W" * 200


@pytest.mark.parametrize(("check", "fragment", "word"), [
    (undrawn, "<math></math>", "no box"),
    (undrawn, "<math><merror><mtext>a</mtext></merror></math>", "merror"),
    (undrawn, "<math><mi>a</mi><mi style='display: none'>b</mi></math>", "a sign without a box, b"),
    (undrawn, "<math><mtext><b>a</b></mtext></math>", "<b> in a formula"),
    (undrawn, "<div class='formula'> </div>", "an empty box"),
    (undrawn, r"<code class='unset'>\nosuch</code>", "not typeset"),
    (raw_latex, r"<p>\frac{a}{b}</p>", r"\frac{a}{b}"),
    (raw_latex, "<p>when $x$ is</p>", "$x$"),
    (raw_latex, "<p>c_{t-1}</p>", "c_{t-1}"),
    (raw_latex, r"<math><mtext>\alpha</mtext></math>", r"\alpha"),
    (strange_glyphs, "<math><mi>\N{SNOWMAN}</mi></math>", "1 glyphs in"),
    (strange_glyphs, "<math style='font-family: serif'><mi>a</mi></math>", "1 glyphs in"),
    (too_wide, f"<p style='overflow-wrap: normal'>{LONG}</p>", "sticks out"),
    (too_wide, "<div style='width: 2000px'>a</div>", "the page is"),
    (too_wide, f"<p style='width: 99px; overflow: hidden; overflow-wrap: normal'>{LONG}</p>", "cut off"),
    (keyboard_faults, "<button style='outline: none'>a</button>", "no ring: button a"),
    (keyboard_faults, "<a href='#b' style='position: absolute; left: -99rem'>a</a>", "not in sight: a a"),
    (keyboard_faults, "<button tabindex='-1'>a</button>", "reached"),
    (keyboard_faults, "<button onkeydown='event.key === \"Tab\" && event.preventDefault()'>hold</button>",
     "caught at button hold"),
    (serious_faults, "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "image-alt"),
    (serious_faults, "<input>", "label"),
    (serious_faults, "<button></button>", "button-name"),
    (serious_faults, "<p style='color: #aaa; background: #fff'>pale</p>", "color-contrast"),
    (serious_faults, "<svg role='img' width='9' height='9'></svg>", "svg-img-alt")])
def test_a_planted_fault_is_noticed(planted: Any, check: Callable[[Any], list[str]], fragment: str, word: str) -> None:
    if check is serious_faults and not AXE.exists():
        pytest.skip(NO_AXE)
    watched = planted(fragment)
    watched.settled()
    found = check(watched.page)
    assert [fault for fault in found if word in fault], found


@pytest.mark.parametrize("fragment", [
    r"<pre><code>\frac{a}{b}</code></pre>", "<p hidden>$x$</p>", "<p>5 $ and a_1</p>",
    f"<div class='wide'><p style='overflow-wrap: normal'>{LONG}</p></div>"])
def test_what_is_no_fault_is_none(planted: Any, fragment: str) -> None:
    watched = planted(fragment)
    watched.settled()
    assert undrawn(watched.page) + raw_latex(watched.page) + too_wide(watched.page) == []


@pytest.mark.parametrize(("fragment", "policy", "word"), [
    ("<img alt='' src='https://example.org/a.png'>", False, "a request: https://example.org/a.png"),
    ("<img alt='' src='https://example.org/a.png'>", True, "error: Loading the image"),
    ("<img alt='' src='other.png'>", False, "a request: file://"),
    ("<script>fetch('https://example.org/')</script>", False, "a request: https://example.org/"),
    ("<script>alert(1)</script>", False, "a dialog: 1"), ("<script>alert(1)</script>", True, "error: Executing inline"),
    ("<script>nothing.at.all</script>", False, "an error: nothing is not defined"),
    ("<script>console.error('oh')</script>", False, "error: oh")])
def test_errors_and_requests_are_noticed(planted: Any, fragment: str, policy: bool, word: str) -> None:
    watched = planted(fragment, policy)
    watched.page.wait_for_timeout(200)
    assert [trouble for trouble in watched.troubles if trouble.startswith(word)], watched.troubles
