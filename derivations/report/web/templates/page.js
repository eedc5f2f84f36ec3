"use strict";
(() => {
  const root = document.documentElement;
  const every = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const one = (selector, from = document) => from.querySelector(selector);
  const say = (words) => { one("#_said").textContent = words; };
  root.classList.add("js");

  // Light and dark: as the reader's system has it, until the button is used.
  const stored = (value) => {
    try { return value === undefined ? localStorage.getItem("theme") : localStorage.setItem("theme", value); }
    catch { return null; } // a file may have no storage
  };
  const button = one(".theme");
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const themed = () => button.setAttribute("aria-pressed", String(isDark()));
  if (["dark", "light"].includes(stored())) root.dataset.theme = stored();
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; stored(root.dataset.theme); themed(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);
  themed();

  // Filters and search.
  const items = every(".item");
  const entries = new Map(every("nav li[data-for]").map((entry) => [entry.dataset.for, entry]));
  const search = one("#_search");
  const shown = () => one("input[name=_show]:checked").value;
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const fits = (shown() === "all" || item.dataset.group === shown()) && words.every((word) => item.dataset.search.includes(word));
      item.hidden = !fits;
      entries.get(item.id).hidden = !fits;
      count += fits;
    }
    for (const section of every("main .model")) section.hidden = !one(".item:not([hidden])", section) && items.length > 0;
    one("#_count").textContent = `${count} of ${items.length} shown`;
    one(".none").hidden = count > 0 || items.length === 0;
  };
  const all = () => { search.value = ""; one("input[name=_show][value=all]").checked = true; apply(); };
  one(".find").addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", apply);
  for (const choice of every("input[name=_show]")) choice.addEventListener("change", apply);
  apply();

  // A link to a claim shows and opens it, whatever is filtered.
  const follow = () => {
    let id;
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = id && document.getElementById(id);
    const item = target && target.closest(".item");
    if (!item) return;
    if (item.hidden) all();
    for (const part of every("details.where, details.proof, details.evidence", item)) part.open = true;
    let frames = 10; // what is laid out only now, above it or in it, moves it once more
    const place = () => {
      item.scrollIntoView();
      frames -= 1;
      if (frames > 0) requestAnimationFrame(place);
    };
    place();
  };
  addEventListener("hashchange", follow);
  follow();

  // Copying.
  const byHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; }
    catch { return byHand(text); }
  };
  for (const copier of every("button.copy")) {
    const label = copier.textContent;
    copier.addEventListener("click", async () => {
      const done = await copy(one("code", copier.closest(".copied")).textContent);
      copier.textContent = done ? "Copied" : "Select and copy it by hand";
      say(copier.textContent);
      setTimeout(() => { copier.textContent = label; }, 2000);
      copier.focus();
    });
  }

  // Proofs, step by step.
  for (const proof of every("details.proof")) {
    const steps = every("ol > li", proof), next = one("[data-step=next]", proof), rest = one("[data-step=all]", proof);
    if (!next) continue;
    let seen = 1;
    const show = () => {
      steps.forEach((step, k) => { step.hidden = k >= seen; });
      one("[role=status]", proof).textContent = `step ${seen} of ${steps.length}`;
      rest.disabled = next.disabled = seen >= steps.length;
    };
    next.addEventListener("click", () => {
      seen += 1;
      show();
      steps[seen - 1].tabIndex = -1;
      if (next.disabled) steps[seen - 1].focus();
    });
    rest.addEventListener("click", () => { seen = steps.length; show(); steps[0].tabIndex = -1; steps[0].focus(); });
    show();
  }

  // Data of figures: packed in the page, unpacked on the way out where the browser can.
  for (const link of every("a.data")) {
    if (!window.DecompressionStream) continue;
    link.download = link.download.replace(/\.gz$/, "");
    const packed = link.getAttribute("href");
    link.addEventListener("click", async (event) => {
      if (link.href.startsWith("blob:")) return;
      event.preventDefault();
      const bytes = Uint8Array.from(atob(packed.slice(packed.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
      const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      link.href = URL.createObjectURL(new Blob([await new Response(plain).blob()], { type: "text/csv" }));
      link.click();
    });
  }

  // What is wider than its box can be scrolled by keys. Boxes are measured a few at a time, when there is nothing to do.
  const boxes = (from) => every(".formula, .wide", from);
  const reachable = (some) => {
    const seen = some.filter((box) => box.clientWidth > 0);
    const wide = seen.map((box) => box.scrollWidth > box.clientWidth + 1);
    seen.forEach((box, k) => {
      if (!wide[k]) { for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name); return; }
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      const said = box.previousElementSibling || one("summary", box.closest("details") || box) || one("title", box);
      box.setAttribute("aria-label", `${said ? said.textContent.trim() : "formula"}, wider than the page`);
    });
  };
  const idle = (work) => (window.requestIdleCallback ? requestIdleCallback(work, { timeout: 300 }) : setTimeout(work, 50));
  let waiting, round = 0;
  const measure = () => {
    const mine = ++round, left = boxes(document);
    const some = () => {
      if (mine !== round) return;
      reachable(left.splice(0, 24));
      if (left.length > 0) idle(some); else root.dataset.measured = "";
    };
    idle(some);
  };
  for (const part of every("details")) part.addEventListener("toggle", () => reachable(boxes(part)));
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(measure, 200); });
  if (document.readyState === "complete") measure(); else addEventListener("load", measure);

  // On paper everything is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = every("main details:not([open])");
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of closed) part.open = false; });

  // On a narrow screen the contents begin closed.
  if (matchMedia("(max-width: 60rem)").matches) one(".contents").open = false;
})();
