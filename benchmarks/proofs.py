"""Proofs for every dimension, beside SymPy's explicit Jacobian and simplify at n = 2, 3, 4."""

from __future__ import annotations

import multiprocessing
from functools import partial
from itertools import combinations
from multiprocessing.queues import SimpleQueue

from sympy import Matrix, simplify, symbols
from sympy import exp as scalar_exp
from sympy import tanh as scalar_tanh

from benchmarks.cell import CLAIM
from benchmarks.measure import Table, milliseconds, ratio, seconds
from derivations import Model, d, diag, had, sigma
from derivations.claim import EQUALITY, Claim
from derivations.proof.heads import Entry
from derivations.proof.normal import ONE, Poly, fresh
from derivations.proof.prove import prove
from derivations.proof.space import Space
from derivations.recurrent.lstm import lstm
from derivations.recurrent.rnn import rnn
from derivations.symbols import Dim, Family, Name, Node

INTERCHANGEABLE = 10
PATIENCE = 120.0  # seconds


def table(sizes: tuple[int, ...], terms: tuple[int, ...], repeats: int) -> Table:
    """The four-term claim, the whole article, a term with interchangeable indices, a family that grows."""
    prove(CLAIM)
    four = seconds(lambda: prove(CLAIM), repeats)
    article = [claim for model in (rnn, lstm) for claim in model.claims if claim.kind == EQUALITY]
    holding = [claim for claim in article if claim.expect == "holds"]
    symmetric = seconds(lambda: interchangeable(INTERCHANGEABLE), repeats)
    rows = [(f"{CLAIM.id}, every n and m", milliseconds(four), ratio(four, four))]
    for n in sizes:
        peer = patiently(n)
        more = "" if peer is not None else "> "
        rows.append((f"the same by SymPy's Matrix.jacobian and simplify, n = m = {n}",
                     more + milliseconds(peer or PATIENCE), more + ratio(peer or PATIENCE, four)))
    whole = seconds(lambda: [prove(claim) for claim in holding], repeats)
    rows.append((f"all {len(holding)} equalities that hold", milliseconds(whole), ratio(whole, four)))
    rows.append((f"a term with {INTERCHANGEABLE} interchangeable indices", milliseconds(symmetric),
                 ratio(symmetric, four)))
    first = None
    for count in terms:
        claim = gates(count)
        time = seconds(partial(prove, claim), repeats)
        first = first or time
        rows.append((f"a state with {count} gates, {count + 1} terms", milliseconds(time), ratio(time, first)))
    return Table("Proofs", ("", "time", "to the first"), rows,
                 [f"the last {len(terms)} rows: to the first of them; twice the terms may take four times as long"])


def patiently(n: int) -> float | None:
    """How long SymPy takes at one size; None where it takes longer than we wait."""
    found: SimpleQueue[float] = multiprocessing.get_context("fork").SimpleQueue()

    def measured() -> None:
        found.put(seconds(lambda: explicit(n)))

    process = multiprocessing.get_context("fork").Process(target=measured)
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.terminate()
        process.join()
        return None
    return found.get()


def interchangeable(count: int) -> int:
    """The normal form of Σ Π_{a<b} S_ab over symmetric S: every index looks like every other."""
    space = Space()
    n = Dim("n")
    S = Node(Family.of("", Name.of("S"), n, n, indexed=False, structure=("symmetric",)))
    head = space.head(Entry(S, ("index", n), ("index", n)))
    at = [fresh() for _ in range(count)]
    return len(space.normal(Poly([(ONE, tuple((head, pair) for pair in combinations(at, 2)))])))


def gates(count: int) -> Claim:
    """c_t = Σ_q σ(W_q c_{t-1}) ∘ c_{t-1} with its Jacobian, a term for each gate and one for the state itself."""
    model = Model("gates")
    n, = model.dims("n")
    t, = model.times("t")
    c = model.sequence("c", n)
    weights = [model.parameter(f"W_{k}", n, n) for k in range(count)]
    g = [model.sequence(f"g_{k}", n) for k in range(count)]
    c[t] = sum((had(gate[t], c[t - 1]) for gate in g[1:]), had(g[0][t], c[t - 1]))
    for gate, W in zip(g, weights, strict=True):
        gate[t] = sigma(W @ c[t - 1])
    own = sum((diag(gate[t]) for gate in g[1:]), diag(g[0][t]))
    through = [diag(had(c[t - 1], sigma.prime(W @ c[t - 1]))) @ W for W in weights]
    return model.equal("jacobian", d(c[t], c[t - 1]), sum(through, own))


def explicit(n: int) -> bool:
    """The four-term claim at one size, entry by entry: SymPy's Jacobian of the step less the formula, simplified."""
    def matrix(name: str) -> Matrix:
        return Matrix(n, n, symbols(f"{name}:{n * n}"))

    def vector(name: str) -> Matrix:
        return Matrix(symbols(f"{name}:{n}"))

    def s(z: Matrix) -> Matrix:
        return z.applyfunc(lambda x: 1 / (1 + scalar_exp(-x)))

    def slope(f: Matrix) -> Matrix:
        return f.applyfunc(lambda x: x - x**2)

    c, o, x = vector("c"), vector("o"), vector("x")
    weights = [(matrix(f"{q}h"), matrix(f"{q}x")) for q in "fic"]
    h = o.multiply_elementwise(c.applyfunc(scalar_tanh))
    z = [H @ h + X @ x for H, X in weights]
    f, i, g = s(z[0]), s(z[1]), z[2].applyfunc(scalar_tanh)
    after = c.multiply_elementwise(f) + g.multiply_elementwise(i)
    down = Matrix.diag(*o.multiply_elementwise(c.applyfunc(lambda x: 1 - scalar_tanh(x) ** 2)))
    terms = [c.multiply_elementwise(slope(f)), g.multiply_elementwise(slope(i)),
             i.multiply_elementwise(g.applyfunc(lambda x: 1 - x**2))]
    four = Matrix.diag(*f)
    for (H, _), v in zip(weights, terms, strict=True):
        four += Matrix.diag(*v) @ H @ down
    return all(simplify(entry) == 0 for entry in after.jacobian(c) - four)


