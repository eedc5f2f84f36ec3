"""Dependencies are decided on the graph of definitions, for every step at once: proved, or a path as counterexample."""

from __future__ import annotations

from collections.abc import Callable

from derivations import graph
from derivations.calculus import see_through
from derivations.claim import PARENTS, SEPARATES, Claim
from derivations.latex import text
from derivations.symbols import Node, nodes
from derivations.verdict import Counterexample, Evidence, Status

Found = tuple[Evidence, Counterexample | None]


def parents(claim: Claim) -> Found:
    """Exactly these nodes stand in the node's own definition, abbreviations written out."""
    node, claimed = claim.cases[0].sides
    rule = claim.model.rules.get(node.family)
    if rule is None:
        actual: list[Node] = []
    else:
        definition = rule.expression if rule.step is None else rule.expression._subs(rule.step, node.step)
        actual = nodes(see_through(definition))
    missing = [text(p) for p in actual if p not in claimed]
    extra = [text(p) for p in claimed if p not in actual]
    if not missing and not extra:
        return Evidence("graph", Status.PROVED, f"{_names(node, actual)}, at every step"), None
    found = (("it leaves out", missing), ("it adds", extra))
    said = "; ".join(f"{word} {', '.join(names)}" for word, names in found if names)
    return Evidence("graph", Status.REFUTED, _names(node, actual)), Counterexample(term=said)


def _names(node: Node, actual: list[Node]) -> str:
    return f"the definition of {text(node)} names {', '.join(map(text, actual)) or 'no node'}"


def separates(claim: Claim) -> Found:
    """Every path from a node to the targets goes through the separating nodes, and there is such a path."""
    through, source, targets = claim.cases[0].sides
    reached, start = [], text(source)
    for target in targets:
        lag, earliest = _lag(target, source), _earliest(target)
        avoid = [(s.family, _lag(target, s)) for s in through]
        if lag is None or any(k is None for _, k in avoid):
            apart = f"{start} and {text(target)} are not a fixed number of steps apart"
            return Evidence("graph", Status.UNDECIDED, apart), None
        places = [(f, k) for f, k in avoid if k is not None]
        round_it = graph.path(claim.model, source.family, target.family, lag_=lag, avoid=places, earliest=earliest)
        if round_it:
            shown = show(round_it, target)
            detour = Evidence("graph", Status.REFUTED, f"a path goes round: {shown}")
            return detour, Counterexample(term=f"path {shown}")
        if graph.path(claim.model, source.family, target.family, lag_=lag, earliest=earliest):
            reached.append(text(target))
    if not reached:
        return Evidence("graph", Status.VACUOUS, f"nothing here depends on {start} at all"), None
    ends, between = ", ".join(reached), ", ".join(map(text, through))
    every = f"every path from {start} to {ends} goes through {between}, at every step"
    return Evidence("graph", Status.PROVED, every), None


def _lag(target: Node, node: Node) -> int | None:
    if target.step is None or node.step is None:
        return None
    difference = (target.step - node.step).expand()
    return int(difference) if difference.is_Integer else None


def _earliest(target: Node) -> int | None:
    """How many steps before the target the first definition lies, where its step is a number."""
    return int(target.step) - 1 if target.step is not None and target.step.is_Integer else None


def show(trail: graph.Trail, target: Node) -> str:
    """A path as c_{t-1} → h_{t-1} → f_t."""
    return " → ".join(text(Node(f, (target.step - at).expand()) if f.indexed else Node(f)) for f, at in trail)


DEPENDENCIES: dict[str, Callable[[Claim], Found]] = {PARENTS: parents, SEPARATES: separates}
