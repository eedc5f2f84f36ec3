"""A page in headless Chromium, and what a person would find wrong with it: each check gives a list of faults.

Chromium is Debian's package, or another that is found by its name; Playwright drives it and downloads none of its own.
axe-core is looked for where ``npm install --prefix out/browser --no-save --no-package-lock axe-core`` puts it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

AXE = Path(__file__).parent.parent / "out" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = "axe-core is not installed: npm install --prefix out/browser --no-save --no-package-lock axe-core"
NO_CHROMIUM = "Chromium is not installed"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched() -> Iterator[Any]:
    """A browser. The caller has made sure that there is one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page of a file in a context of its own: ``troubles`` are errors of its console and requests that it made.

    Nothing is let out: whatever is asked for beside the file is counted and answered by nothing.
    """

    def __init__(self, browser: Any, file: Path, *, place: str = "", **options: Any) -> None:
        self.troubles: list[str] = []
        self.context = browser.new_context(**({"viewport": DESK} | options))
        self.context.route("**/*", self._answer)
        self.file = file.resolve()
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"an error: {error}"))
        self.page.on("dialog", lambda dialog: (self.troubles.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        self.go(place)

    def _answer(self, route: Any) -> None:
        if route.request.url.partition("#")[0] == self.file.as_uri():
            route.continue_()
        else:
            self.troubles.append(f"a request: {route.request.url}")
            route.abort()

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    def go(self, place: str = "") -> None:
        self.page.goto(self.file.as_uri() + place)
        self.page.wait_for_load_state("load")

    def settled(self) -> None:
        """Wait until the page has measured its boxes, which it does when it has nothing else to do."""
        self.page.wait_for_selector("html[data-measured]", timeout=60_000)

    def resized(self, size: dict[str, int]) -> None:
        """Another window; wait until the page has measured its boxes anew."""
        self.page.evaluate("() => { delete document.documentElement.dataset.measured; }")
        self.page.set_viewport_size(size)
        self.settled()

    def open_all(self) -> None:
        """Every fold is opened, every proof unfolded to its end."""
        self.page.evaluate("""() => {
            for (const part of document.querySelectorAll("details")) part.open = true;
            for (const rest of document.querySelectorAll("[data-step=all]:not(:disabled)")) rest.click();
            document.activeElement.blur();
        }""")
        self.page.wait_for_timeout(100)

    def close(self) -> None:
        self.context.close()


# ---- what is drawn

UNDRAWN = r"""() => {
    const faults = [], seen = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const short = (e) => (e.closest("[id]") || {id: ""}).id + ": " + e.textContent.trim().slice(0, 60);
    for (const math of document.querySelectorAll("math")) {
        if (!seen(math)) continue;
        const box = math.getBoundingClientRect();
        if (!(box.width > 0 && box.height > 0)) faults.push("no box, " + short(math));
        if (math.querySelector("merror")) faults.push("merror, " + short(math));
        for (const leaf of math.querySelectorAll("mi, mn, mo, mtext")) {
            const own = leaf.getBoundingClientRect();
            if (/[^\s\u2061-\u2064\u200b]/.test(leaf.textContent) && !(own.width > 0 && own.height > 0))
                faults.push("a sign without a box, " + leaf.textContent + ", " + short(math));
        }
        for (const part of math.querySelectorAll("*")) {
            const strange = part.namespaceURI !== math.namespaceURI;
            if (strange) faults.push(`<${part.localName}> in a formula, ` + short(math));
        }
    }
    for (const box of document.querySelectorAll(".formula"))
        if (seen(box) && !box.textContent.trim()) faults.push("an empty box, " + short(box));
    for (const code of document.querySelectorAll(".unset")) faults.push("not typeset, " + short(code));
    return faults;
}"""

RAW = r"""() => {
    const faults = [], raw = /\\[a-zA-Z]+|\\\\|\$[^$]+\$|[_^]\{/;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, around = text.parentElement;
        if (around.closest("code, pre, script, style, textarea") || !around.checkVisibility()) continue;
        if (raw.test(text.data)) faults.push(text.data.trim().slice(0, 80));
    }
    return faults;
}"""


def undrawn(page: Any) -> list[str]:
    """Formulas that are visible but not drawn."""
    return [f"{fault}" for fault in page.evaluate(UNDRAWN)]


def raw_latex(page: Any) -> list[str]:
    """Visible text, not code, that has LaTeX in it."""
    return [f"raw LaTeX: {fault}" for fault in page.evaluate(RAW)]


def strange_glyphs(page: Any) -> list[str]:
    """Fonts other than the page's own in which formulas are set: a glyph that is missing is seen here."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    found = []
    for node in session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "math"})["nodeIds"]:
        for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            if not font["isCustomFont"]:
                formula = session.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"]
                found.append(f"{font['glyphCount']:.0f} glyphs in {font['familyName']}: {formula[:300]}")
    session.detach()
    return found


# ---- where it stands

WIDE = r"""() => {
    const faults = [], width = document.documentElement.clientWidth;
    const said = (e) => `<${e.localName} class=${e.getAttribute("class")}> ` + e.textContent.trim().slice(0, 50);
    const whole = document.scrollingElement.scrollWidth;
    if (whole > width) faults.push(`the page is ${whole} wide`);
    const holds = (e) => { // a box that scrolls, or clips on purpose, keeps what is in it
        for (let up = e.parentElement; up && up !== document.body; up = up.parentElement) {
            const style = getComputedStyle(up);
            if (style.overflowX !== "visible" || style.clipPath !== "none") return true;
        }
        return false;
    };
    const outside = (box) => box.width > 0 && box.right > 0 && (box.right > width + 1 || box.left < -1);
    for (const e of document.body.querySelectorAll("*")) {
        if (!e.checkVisibility({visibilityProperty: true})) continue;
        const style = getComputedStyle(e), words = document.createRange();
        if (style.clipPath !== "none") continue;
        const texts = Array.from(e.childNodes).filter((node) => node.nodeType === Node.TEXT_NODE);
        const boxes = texts.map((text) => { words.selectNode(text); return words.getBoundingClientRect(); });
        if ([e.getBoundingClientRect(), ...boxes].some(outside) && !(holds(e) || style.overflowX !== "visible"))
            faults.push("sticks out, " + said(e));
        const clips = ["hidden", "clip"].includes(style.overflowX) && e.clientWidth > 1;
        if (clips && e.scrollWidth > e.clientWidth + 1) faults.push("cut off, " + said(e));
    }
    return faults;
}"""


def too_wide(page: Any) -> list[str]:
    """What sticks out of the window or is cut off; boxes that scroll may be wider inside."""
    found: list[str] = page.evaluate(WIDE)
    return found


# ---- who can use it


def serious_faults(page: Any) -> list[str]:
    """What axe-core finds that is serious or critical."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    report = page.evaluate("() => axe.run(document, {resultTypes: ['violations'], iframes: false})")
    return [f"{violation['id']} ({violation['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
            for violation in report["violations"] if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"][:3]]


FOCUSED = r"""() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    window.__order = window.__order || new Map();
    if (!window.__order.has(e)) window.__order.set(e, window.__order.size);
    const said = e.getAttribute("aria-label") || e.textContent || e.id;
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return {key: window.__order.get(e), name: e.localName + " " + said.trim().slice(0, 40),
            ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            seen: box.width > 0 && box.height > 0 && inside};
}"""

CAN_BE_FOCUSED = r"""() => Array.from(document.querySelectorAll("a[href], button, input, summary, [tabindex='0']"))
    .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.disabled)
    .filter((e) => e.type !== "radio" || e.checked).length"""


TO_THE_TOP = """() => {
    document.body.tabIndex = -1;  // the next tab starts here, not where something had the focus before
    document.body.focus();
    document.body.removeAttribute("tabindex");
    scrollTo(0, 0);
    delete window.__order;
}"""


def keyboard_faults(page: Any, most: int = 3000) -> list[str]:
    """Go through the page by the tab key: what is not reached, is out of sight or shows no ring, and what holds on."""
    page.evaluate(TO_THE_TOP)
    expected, reached, found = page.evaluate(CAN_BE_FOCUSED), 0, []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None or at["key"] < reached:
            if at is not None and at["key"] > 0:
                found.append(f"caught at {at['name']}")
            break
        reached += 1
        for word, fine in (("no ring", at["ring"]), ("not in sight", at["seen"])):
            found += [] if fine else [f"{word}: {at['name']}"]
    return found + ([f"{reached} of {expected} reached"] if reached < expected else [])


# ---- how long it takes


def seconds_to_draw(watched: Watched) -> dict[str, float]:
    """Of a new load: what the main thread worked, by its own clock, which a busy machine does not slow; and the wall's
    clock until something was painted, and until everything was loaded."""
    session = watched.context.new_cdp_session(watched.page)
    watched.page.goto("about:blank")
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _worked(session)
    watched.go()
    wall = watched.page.evaluate("""() => new Promise((answer) => requestAnimationFrame(() => setTimeout(() => {
        const paint = performance.getEntriesByName("first-contentful-paint")[0];
        const [load] = performance.getEntriesByType("navigation");
        answer({painted: paint ? paint.startTime : NaN, loaded: load.loadEventEnd});
    })))""")
    worked = _worked(session) - before
    session.detach()
    return {"worked": worked, "painted": wall["painted"] / 1000, "loaded": wall["loaded"] / 1000}


def _worked(session: Any) -> float:
    return next(m["value"] for m in session.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")


def work_to_scroll(watched: Watched, frames: int = 120) -> list[float]:
    """Seconds that the main thread works for each frame, by its own clock, while the page is scrolled to its end."""
    session, page = watched.context.new_cdp_session(watched.page), watched.page
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    found, height = [], page.evaluate("() => document.documentElement.scrollHeight")
    for k in range(1, frames + 1):
        before = _worked(session)
        page.evaluate("""(y) => new Promise((done) => {
            scrollTo({top: y, behavior: "instant"}); requestAnimationFrame(() => requestAnimationFrame(done));
        })""", height * k // frames)
        found.append(_worked(session) - before)
    session.detach()
    return found
