"""The graph of a recurrence, a few neighbouring steps of it, as SVG: which node stands in which definition.

Steps go from left to right, and within a step a node stands above those that its definition needs. Parameters are left
out, unless a path begins with one: they have an edge to everything. Paths at fault are drawn thick and dashed, their
nodes doubly ringed, and named beneath the drawing: colour is never alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup
from sympy import Expr, Integer

from derivations.calculus import use
from derivations.graph import lag, parents
from derivations.latex import text
from derivations.latex.letters import COMBINING, LETTERS
from derivations.model import Model
from derivations.symbols import Family, Node

ARROW = " → "  # between the nodes of a path in words
MOST_NODES, MOST_STEPS = 72, 6  # of a drawing that can still be read
WIDE, HIGH, GAP, EDGE, RADIUS = 48, 68, 56, 12, 17  # pixels: between nodes of a row, rows, steps; margin; of a node

Place = tuple[Family, int | None]  # a node: its family, and its step, counted in the drawing


@dataclass
class Graph:
    """Nodes with their labels and spots, edges, and what is marked in them."""

    labels: dict[Place, str]
    edges: dict[tuple[Place, Place], None]
    spots: dict[Place, tuple[float, float]] = field(default_factory=dict)
    marked: dict[tuple[Place, Place], None] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)  # edges to steps that are not a fixed number away
    width: float = 0.0  # of a step

    @property
    def rows(self) -> list[float]:
        return sorted({y for _, y in self.spots.values()})

    @property
    def marked_nodes(self) -> set[Place]:
        return {place for edge in self.marked for place in edge}


def recurrence(model: Model, mark: str) -> Markup:
    """The graph of a model, two or three steps of it; empty where it has no recurrence, or none that can be read.

    ``mark`` begins the ids in the drawing, which no other drawing of the page may share.
    """
    step = next((rule.step for rule in model.rules.values() if rule.step is not None), None)
    if step is None:
        return Markup("")
    back, ahead = _reach(model)
    steps = range(-max(back, 0 if ahead else 1), ahead + 1)
    graph = _graph(model, steps, lambda k: step + k)
    return _svg(graph, mark, f"Graph of {model.title}") if graph else Markup("")


def at_fault(model: Model, paths: Sequence[str], mark: str) -> Markup:
    """The same at the steps of some paths in words, ``missing: c_1 → h_1 → c_2``, with these drawn in; empty where they
    go through too many steps, or through what no node is called."""
    named = _named(model)
    trails = [[named.get(word) for word in path.partition(": ")[2].split(ARROW)] for path in paths if ARROW in path]
    known = [[place for place in trail if place is not None] for trail in trails if None not in trail]
    steps = [k for trail in known for _, k in trail if k is not None]
    if not steps or max(steps) - min(steps) >= MOST_STEPS:
        return Markup("")
    graph = _graph(model, range(min(min(steps), max(steps) - 1), max(steps) + 1), Integer,
                   extra=[place for trail in known for place in trail])
    if graph is None:
        return Markup("")
    graph.marked = dict.fromkeys(edge for trail in known for edge in pairwise(trail))
    graph.edges |= graph.marked
    return _svg(graph, mark, f"Graph of {model.title}, with the paths at fault")


def _reach(model: Model) -> tuple[int, int]:
    """How many steps definitions look back, and ahead; at most two are drawn."""
    lags = [k for child, rule in model.rules.items() for p in parents(rule.expression)
            if p.step is not None and (k := lag(model, child, p)) is not None]
    return min(max([0, *lags]), 2), min(max([0, *(-k for k in lags)]), 2)


def _named(model: Model) -> dict[str, Place]:
    """What nodes are called in words: at the first steps; and parameters and their blocks, also as one step uses
    them."""
    found: dict[str, Place] = {}
    for family in model.families.values():
        if family.indexed:
            found |= {text(Node(family, Integer(k))): (family, k) for k in range(MOST_STEPS * 4)}
            continue
        node = Node(family)
        blocks = [node[label.name] for ax in node.axes if len(ax) > 1 for label, _ in ax if label.name]
        for part in (node, *blocks):
            found[text(part)] = family, None
            if family not in model.rules:
                found |= {text(use(part, k)): (family, None) for k in range(1, MOST_STEPS * 4)}
    return found


def _graph(model: Model, steps: range, name: Callable[[int], Expr], extra: Iterable[Place] = ()) -> Graph | None:
    """Nodes and edges at these steps, laid out. None where there are too many."""
    defined = [f for f in model.rules if f.indexed]
    inner = {f: [p for p in parents(model.rules[f].expression) if p.family.indexed] for f in defined}
    shown = dict.fromkeys([*defined, *(p.family for ps in inner.values() for p in ps)])
    graph = Graph({}, {})
    for k in steps:
        graph.labels |= {(f, k): _label(f, name(k)) for f in shown}
    graph.labels |= {place: _label(place[0], None) for place in extra if place[1] is None}
    for f in defined:
        for p in inner[f]:
            back = lag(model, f, p)
            if back is None:
                graph.left_out.append(f"{f} and {p}")
            else:
                graph.edges |= {((p.family, k - back), (f, k)): None for k in steps if k - back in steps}
    if len(graph.labels) > MOST_NODES or not graph.edges:
        return None
    _lay_out(graph, steps, list(shown), inner, model)
    return graph


# ---- spots


def _lay_out(graph: Graph, steps: range, shown: list[Family], inner: Mapping[Family, list[Node]], model: Model) -> None:
    """A column for each step; in it, a row for each depth of definitions within the step."""
    depths: dict[Family, int] = {}
    going_on = {p.family for f, ps in inner.items() for p in ps if lag(model, f, p) != 0}

    def depth(f: Family) -> int:
        if f not in depths:
            depths[f] = 0  # what is in a cycle, which no model has, would end here
            within = [p.family for p in inner.get(f, []) if lag(model, f, p) == 0 and p.family != f]
            depths[f] = 1 + max(map(depth, within), default=-1)
        return depths[f]

    rows: dict[int, list[Family]] = {}
    for f in sorted(shown, key=lambda f: f in going_on):  # what goes on to other steps stands at the side of these
        users = [depth(g) for g, ps in inner.items() if any(p.family == f and lag(model, g, p) == 0 for p in ps)]
        # an input stands right below what needs it first
        rows.setdefault(max(0, min(users) - 1) if f not in inner and users else depth(f), []).append(f)
    widest, top, others = max(map(len, rows.values())), max(rows), [p for p in graph.labels if p[1] is None]
    graph.width = (widest - 1) * WIDE
    for column, k in enumerate(steps):
        left = EDGE + RADIUS + (GAP if others else 0) + column * (graph.width + 2 * RADIUS + GAP)
        for row, families in rows.items():
            inset = (widest - len(families)) * WIDE / 2
            for place, f in enumerate(families):
                graph.spots[f, k] = left + inset + place * WIDE, EDGE + RADIUS + (top - row) * HIGH
    for row, other in enumerate(others):
        graph.spots[other] = EDGE + RADIUS, EDGE + RADIUS + (top + 1 + row) * HIGH


# ---- drawing


def _label(family: Family, step: Expr | None) -> str:
    """A name as SVG text: its letter, its label and step lower and smaller."""
    name = family.name
    primes = len(name.stem) - len(name.stem.rstrip("'"))
    stem = LETTERS[name.stem][1] if name.stem in LETTERS else name.stem.rstrip("'")
    letter = stem[0] + (COMBINING[name.accent] if name.accent else "") + stem[1:] + "′" * primes
    below = ",".join(filter(None, [name.label, "" if step is None else str(step).replace(" ", "").replace("-", "−")]))
    return Markup("{}<tspan class='sub' dy='5'>{}</tspan>").format(letter, below) if below else Markup("{}").format(
        letter)


def _svg(graph: Graph, mark: str, title: str) -> Markup:
    right = max(x for x, _ in graph.spots.values()) + RADIUS + EDGE
    bottom = max(y for _, y in graph.spots.values()) + RADIUS + EDGE
    nodes, edges = graph.marked_nodes, sorted(graph.edges, key=lambda edge: edge in graph.marked)
    said = (f"{len(graph.labels)} nodes at neighbouring steps, which go from left to right; an arrow goes from each "
            "node to those in whose definitions it stands. Parameters are left out.")
    if graph.marked:
        said += " Thick dashed arrows between doubly ringed nodes: the paths at fault."
    if graph.left_out:
        said += " Not drawn, since no fixed number of steps lies between them: " + "; ".join(graph.left_out) + "."
    head = Markup('<svg class="graph" role="img" aria-labelledby="{m}-title {m}-desc" viewBox="0 0 {w:.0f} {h:.0f}" '
                  'width="{w:.0f}" height="{h:.0f}"><title id="{m}-title">{t}</title><desc id="{m}-desc">{d}</desc>'
                  '<defs><marker id="{m}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
                  'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>').format(
                      m=mark, w=right, h=bottom, t=title, d=said)
    arrows = Markup('<g marker-end="url(#{}-arrow)">').format(mark)
    drawn = [arrows, *(_edge(graph, a, b) for a, b in edges), Markup("</g>")]
    return Markup("").join([head, *drawn, *(_node(graph, place, place in nodes) for place in graph.labels),
                            Markup("</svg>")])


def _node(graph: Graph, place: Place, marked: bool) -> Markup:
    x, y = graph.spots[place]
    ring = Markup('<circle class="ring" cx="{:.0f}" cy="{:.0f}" r="{}"/>').format(x, y, RADIUS + 4) if marked else ""
    return Markup('<g class="{}">{}<circle cx="{:.0f}" cy="{:.0f}" r="{}"/><text x="{:.0f}" y="{:.0f}">{}</text></g>'
                  ).format("marked" if marked else "node", ring, x, y, RADIUS, x, y + 4, graph.labels[place])


def _edge(graph: Graph, a: Place, b: Place) -> Markup:
    """A curve from ring to ring within a step and a line between equal rows; else a line around what stands between."""
    (x0, y0), (x1, y1) = graph.spots[a], graph.spots[b]
    marked, nodes = (a, b) in graph.marked, graph.marked_nodes
    leave, room = (RADIUS + (4 if place in nodes else 0) for place in (a, b))
    if a[1] == b[1]:
        bend = (y1 - y0) * 0.4
        (sx, sy), (ex, ey) = _towards((x0, y0), (x0, y0 + bend), leave), _towards((x1, y1), (x1, y1 - bend), room + 1)
        drawn = f"M{sx:.1f} {sy:.1f}C{x0:.1f} {y0 + bend:.1f} {x1:.1f} {y1 - bend:.1f} {ex:.1f} {ey:.1f}"
    elif y0 == y1 and not _between(graph, x0, x1, y0):
        sign = 1 if x0 < x1 else -1
        drawn = f"M{x0 + sign * leave:.1f} {y0:.1f}H{x1 - sign * room:.1f}"
    else:
        drawn = _rounded(_around(graph, a, b, leave, room))
    return Markup('<path class="{}" d="{}"/>').format("path" if marked else "edge", drawn.replace(".0", ""))


def _around(graph: Graph, a: Place, b: Place, leave: float, room: float) -> list[tuple[float, float]]:
    """From a node into the space between steps, along it, and beneath the row of the other node up to that."""
    (x0, y0), (x1, y1) = graph.spots[a], graph.spots[b]
    ahead = a[1] is None or b[1] is None or a[1] < b[1]
    trunk = _trunk(graph, b[1], before=True) if a[1] is None else _trunk(graph, a[1], before=not ahead)
    trunk += 4 * (graph.rows.index(y0) - len(graph.rows) / 2)  # each row has its own
    low, into = y1 + HIGH * 0.43, x1 + (-7 if ahead else 7)
    start = [(x0 + (leave if ahead else -leave), y0)]
    if _between(graph, x0, trunk, y0):
        start = [(x0, y0 - leave), (x0, y0 - HIGH * 0.43), (trunk, y0 - HIGH * 0.43)]
    return [*start, (trunk, start[-1][1]), (trunk, low), (into, low), (into, y1 + room - 1)]


def _trunk(graph: Graph, step: int | None, *, before: bool) -> float:
    """The middle of the space before or after a step."""
    xs = [x for (_, k), (x, _) in graph.spots.items() if k == step]
    inset = (graph.width - (max(xs) - min(xs))) / 2
    return min(xs) - inset - RADIUS - GAP / 2 if before else max(xs) + inset + RADIUS + GAP / 2


def _rounded(points: list[tuple[float, float]]) -> str:
    """A line through points, its corners rounded."""
    points = [point for k, point in enumerate(points) if not k or point != points[k - 1]]
    out = "M{:.1f} {:.1f}".format(*points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        room = min(8.0, *(max(abs(x - corner[0]), abs(y - corner[1])) / 2 for x, y in (before, after)))
        start, end = _towards(corner, before, room), _towards(corner, after, room)
        out += "L{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}".format(*start, *corner, *end)
    return out + "L{:.1f} {:.1f}".format(*points[-1])


def _between(graph: Graph, x0: float, x1: float, y: float) -> bool:
    low, high = sorted((x0, x1))
    return any(low + 1 < x < high - 1 and at == y for x, at in graph.spots.values())


def _towards(start: tuple[float, float], aim: tuple[float, float], far: float) -> tuple[float, float]:
    """The point this far from the start."""
    dx, dy = aim[0] - start[0], aim[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    return start[0] + dx * far / length, start[1] + dy * far / length
