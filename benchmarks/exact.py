"""Exact evidence, one draw at a time: the Jacobian of an LSTM's state, and its product over four steps."""

from __future__ import annotations

from benchmarks.cell import CLAIM, FORMULA, SIZES, Points
from benchmarks.measure import Table, milliseconds, ratio, seconds
from derivations.recurrent.lstm import lstm
from derivations.symbols import Step
from numeric.exact.decide import decide
from numeric.exact.towers import TOWERS, by_towers
from numeric.program import Program, trace

STEPS = 4
PRODUCT = next(claim for claim in lstm.claims if claim.id == "lstm.state-product.joint")


def table(draws: int) -> Table:
    """Milliseconds a draw, at n = 4, m = 3, and ratios to the bare evaluation of JAX's derivative by balls."""
    here = Points([FORMULA], "balanced", draws)
    leaves, steps = [leaf[:1] for leaf in here.leaves], here.steps[:1]
    chain = four_steps()
    at = chain.step_rows([{Step("k"): STEPS}])
    peer = seconds(lambda: decide(here.program.only([0]), leaves, steps, [(0, 0)]), draws)
    found = {
        f"{CLAIM.id}, balls": seconds(lambda: decide(here.program, leaves, steps, [(0, 1)]), draws),
        f"{CLAIM.id}, {TOWERS} towers": seconds(lambda: by_towers(here.program, steps, [(0, 1)], seed=0), draws),
        f"{PRODUCT.id} at k = {STEPS}, {TOWERS} towers": seconds(lambda: by_towers(chain, at, [(0, 1)], seed=0), draws),
    }
    levels = by_towers(chain, at, [(0, 1)], seed=0).levels
    rows = [("JAX's derivative alone, balls", milliseconds(peer), ratio(peer, peer)),
            *((name, milliseconds(time), ratio(time, peer)) for name, time in found.items())]
    notes = [f"one draw at a time, after tracing; {STEPS} steps need {levels} levels of primes"]
    return Table("Exact evidence, a draw", ("", "time", "to the first"), rows, notes)


def four_steps() -> Program:
    """From the first state to the fourth: JAX's derivative, and the product of the one-step Jacobians."""
    return trace(lstm, PRODUCT.cases[0].sides, SIZES, [{Step("k"): STEPS}])
