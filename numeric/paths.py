"""Which paths a formula misses, or counts twice: a total derivative is the sum over paths of immediate derivatives.

At literal steps the paths from x to y are finitely many. Each contributes the product of the immediate Jacobians along
it, so what a formula lacks is a combination of these contributions with whole coefficients: +1 for a path that is
missing, −1 for one that is counted twice. The coefficients are found by least squares over random draws, and believed
only if they are whole and leave nothing over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from derivations.calculus import Jacobian, Use, immediate, see_through, variables
from derivations.claim import Case, Claim
from derivations.errors import DerivationError
from derivations.graph import parents
from derivations.latex import text
from derivations.operations import matmul
from derivations.symbols import Expression, Family, Node, Step
from numeric.arrays import Misfit, Unsupported
from numeric.draws import Key, draw
from numeric.program import trace
from numeric.sweep import interpreted
from numeric.trial import Trial

MOST = 300  # paths beyond which none are named
DRAWS = 24
WHOLE = 1e-6  # how far from a whole number a coefficient may be, and what may be left over, relatively

Path = tuple[Expression, ...]
Held = tuple[set[Node], set[Family]]


def missed(claim: Claim, case: Case, at: Mapping[Step, int], trial: Trial) -> tuple[str, ...]:
    """``missing: c_1 → h_1 → o_2 → h_2 → c_3`` for each path at fault; nothing where they cannot be told."""
    written = [see_through(side.subs(list(at.items()))) for side in case.sides]
    total = [s for s in written if isinstance(s, Jacobian) and s.kind == "total" and isinstance(s.y, Node)]
    derivative = total[0] if total else None
    if derivative is None:
        return ()
    try:
        found = list(paths(claim, derivative))
        if not 0 < len(found) <= MOST:
            return ()
        coefficients = _coefficients(claim, derivative, next(s for s in written if s is not derivative), found, trial)
    except (DerivationError, Misfit, Unsupported, StopIteration):
        return ()
    words = {1: "missing", 2: "with the wrong sign", -1: "counted twice"}
    return tuple(f"{words.get(a, f'counted {1 - a} times')}: {' → '.join(map(text, path))}"
                 for path, a in zip(found, coefficients, strict=True) if a)


def paths(claim: Claim, derivative: Jacobian) -> Iterator[Path]:
    """Every path x → … → y along definitions at literal steps, through no held node. Stops after too many."""
    [(base, _)] = variables(derivative.x)
    held = {h for h in derivative.held if isinstance(h, Node)}, {h for h in derivative.held if isinstance(h, Family)}
    yield from islice(_back(claim, derivative.y, base, derivative.x, held), MOST + 1)


def _back(claim: Claim, node: Node, base: Node | Use, x: Expression, held: Held) -> Iterator[Path]:
    rule = claim.model.rules.get(node.family)
    if rule is None or (node.step is not None and not (node.step.is_Integer and node.step >= 1)):
        return
    definition = rule.expression if rule.step is None else rule.expression._subs(rule.step, node.step)
    for parent in parents(definition):
        if isinstance(base, Use):
            if parent == base.parameter and node.step == base.step:
                yield x, node
        elif parent == base:
            yield x, node
        if parent != base and parent not in held[0] and parent.family not in held[1]:
            for path in _back(claim, parent, base, x, held):
                yield *path, node


def contribution(path: Path) -> Expression:
    """The product of the immediate Jacobians along a path, the last leftmost."""
    out = immediate(path[-1], path[-2])
    for k in range(len(path) - 2, 0, -1):
        out = matmul(out, immediate(path[k], path[k - 1]))
    return out


def _coefficients(claim: Claim, derivative: Expression, formula: Expression, found: Sequence[Path],
                  trial: Trial) -> list[int]:
    program = trace(claim.model, [derivative, formula, *map(contribution, found)], trial.sizes, [{}], "forward")
    leaves = draw(Key(trial.seed, claim.id, ()), program.leaves, "balanced", DRAWS)
    sample = interpreted(program, leaves, program.step_rows([{}] * DRAWS))
    lacking = (sample.values[0] - sample.values[1]).ravel()
    columns = np.stack([np.asarray(v).ravel() for v in sample.values[2:]], axis=1)
    solution, _, rank, _ = np.linalg.lstsq(columns, lacking, rcond=1e-10)
    whole = np.asarray(np.round(solution))
    over = np.abs(columns @ whole - lacking).max()
    if rank < len(found) or np.abs(solution - whole).max() > WHOLE or over > WHOLE * max(np.abs(lacking).max(), 1e-300):
        return [0] * len(found)
    return [int(a) for a in whole]
