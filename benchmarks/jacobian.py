"""Checking the Jacobian of an LSTM's state: what we do beside ``gradcheck`` and ``check_grads``, at the same points."""

from __future__ import annotations

from benchmarks.cell import FORMULA, Points
from benchmarks.measure import Table, milliseconds, ratio, seconds
from benchmarks.peers import NO_TORCH, PEERS, TORCH
from numeric.exact.decide import decide
from numeric.exact.towers import by_towers
from numeric.sweep import compare, interpreted

MANY = 64  # draws of floats for each point of the others


def table(points: int, repeats: int) -> Table:
    """Milliseconds for each point; ``gradcheck`` in its default, slow mode is the peer."""
    here = Points([FORMULA], "balanced", points)
    program, leaves, steps = here.program, here.leaves, here.steps
    many = Points([FORMULA], "balanced", MANY * points)
    for run in PEERS.values():
        run(here.points[0])  # what a library does once is not counted
    rivals = {name: seconds(lambda run=run: list(map(run, here.points)), repeats) / points  # type: ignore[misc]
              for name, run in PEERS.items()}
    floats = seconds(lambda: compare(interpreted(many.program, many.leaves, many.steps), 0, 1), repeats)
    ours = {
        "ours: balls": seconds(lambda: decide(program, leaves, steps, [(0, 1)]), repeats) / points,
        "ours: two prime towers": seconds(lambda: by_towers(program, steps, [(0, 1)], seed=0), repeats) / points,
        "ours: floats with bounds": floats / (MANY * points),
    }
    tracing = seconds(lambda: Points([FORMULA], "balanced", 1), repeats)
    peer = next(iter(rivals))
    rows = [(name, milliseconds(time), ratio(time, rivals[peer])) for name, time in {**rivals, **ours}.items()]
    notes = [f"n = 4, m = 3; {points} points, {MANY * points} for floats. Ours traces once: {milliseconds(tracing)}.",
             *([] if TORCH else [NO_TORCH])]
    return Table("The Jacobian ∂c_t/∂c_{t-1} of an LSTM, a point", ("", "time", f"to {peer}"), rows, notes)
