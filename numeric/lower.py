"""An expression's value in JAX: one table of rules, one row a class.

Every value is a two-dimensional array; an axis that is not there has length one. Steps are integers of the compiled
program, so that one program serves every number of steps: what ranges over steps is evaluated on a fixed grid, and
masked. Only plain primitives are used (``lax``), so that an interpreter of the traced program needs few rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from jax import Array, lax
from sympy import Basic, Expr

from derivations.algebra import (
    Block,
    Det,
    Diag,
    Eye,
    Had,
    Inverse,
    Norm,
    Ones,
    Plus,
    Stack,
    Times,
    Trace,
    Transposed,
    Vec,
    Zeros,
)
from derivations.calculus import Chain, Let, OverSteps, Series, Use
from derivations.functions import Apply
from derivations.symbols import AsPrinted, Constant, Dim, Explicit, Expression, Node, Step, length
from derivations.where import Where
from numeric import elementwise, matrices
from numeric.arrays import Unsupported, broadcasting, matmul, number, same, scalar, vec
from numeric.spectral import spectral_norm

if TYPE_CHECKING:
    from numeric.unroll import Graph

StepValue = Any  # an int, or an integer of the traced program
CLAIM = object()  # step symbols mean what they mean in the claim


class Scope:
    """Where an expression is evaluated: a graph, the values of steps, and what was computed before.

    A scope inside another binds one more step. What does not depend on it is evaluated in the outer scope, once.
    """

    def __init__(self, graph: Graph, env: dict[Step, StepValue], outer: Scope | None = None,
                 bound: Step | None = None, *,
                 opening: StepValue | None = None, meaning: object = CLAIM, home: Scope | None = None,
                 own: Mapping[Step, tuple[int, int]] | None = None) -> None:
        self.graph, self.env, self.outer, self.bound = graph, env, outer, bound
        self.opening = opening  # the step whose definition is being evaluated: uses of parameters belong to it
        self.own = own or {}  # where a definition's own step runs, whatever its letter means in the claim
        self.meaning = meaning  # of step symbols: where it is the same, they can be compared
        self.home = home  # the scope that remembers the nodes of a window
        self.memo: dict[Basic, Any] = {}
        self.grids: dict[Any, Array] = {}

    def __call__(self, e: Expression) -> Array:
        if self.outer is not None and self.bound not in e.free_symbols:
            return self.outer(e)
        if e not in self.memo:
            rule = RULES.get(type(e))
            if rule is None:
                raise Unsupported(f"no numeric rule for {type(e).__name__}")
            self.memo[e] = rule(self, e)
        return self.memo[e]

    def inner(self, bound: Step, value: StepValue) -> Scope:
        return Scope(self.graph, {**self.env, bound: value}, self, bound, opening=self.opening,
                     meaning=object() if bound in self.env else self.meaning, home=None,
                     own={step: ends for step, ends in self.own.items() if step != bound})

    def given(self, placeholder: Basic, value: Array) -> Scope:
        """A scope in which an expression is known already."""
        inside = Scope(self.graph, self.env)
        inside.memo[placeholder] = value
        return inside

    @property
    def inner_steps(self) -> set[Step]:
        """The steps bound by scopes around this one."""
        return {self.bound} | self.outer.inner_steps if self.outer is not None and self.bound is not None else set()

    def step(self, e: Expr) -> StepValue:
        """The value of an affine expression in steps: an int where it can be, else an integer of the program."""
        out: StepValue = int(e.as_coeff_Add()[0])
        for s in sorted(e.free_symbols, key=str):
            a, value = int(e.coeff(s)), self.env[s]
            out = out + (value if a == 1 else a * value)
        return out

    def size(self, ax: Any) -> int:
        return int(length(ax).subs(self.graph.sizes))

    def shape(self, axes: Any) -> tuple[int, int]:
        return self.size(axes[0]), self.size(axes[1])


# ---- numbers


def _constant(scope: Scope, e: Constant) -> Array:
    return scalar(e.value, lambda s: _symbol(scope, s))


def _symbol(scope: Scope, s: Basic) -> Array:
    value = scope.graph.sizes[s] if isinstance(s, Dim) else scope.env[s]
    return number(value) if isinstance(value, int) else lax.reshape(lax.convert_element_type(value, np.float64), (1, 1))


def _explicit(scope: Scope, e: Explicit) -> Array:
    matrix = e.args[0]
    if any(max(abs(x.p), x.q) >= 2**53 for x in matrix):
        parts = [scalar(x, lambda s: _symbol(scope, s)) for x in matrix]
        return lax.reshape(lax.concatenate(parts, 0), matrix.shape)
    rows = [list(matrix.row(r)) for r in range(matrix.rows)]
    p, q = (np.array([[float(getattr(x, part)) for x in row] for row in rows]) for part in ("p", "q"))
    return lax.div(p, q)


# ---- algebra


def _plus(scope: Scope, e: Any) -> Array:
    out = scope(e.args[0])
    for term in e.args[1:]:
        out = same(lax.add, out, scope(term))
    return out


def _had(scope: Scope, e: Any) -> Array:
    out = scope(e.args[0])
    for factor in e.args[1:]:
        out = same(lax.mul, out, scope(factor))
    return out


def _times(scope: Scope, e: Any) -> Array:
    scalars = [scope(f) for f in e.args if f.is_scalar]
    rest = [scope(f) for f in e.args if not f.is_scalar]
    out = rest[0] if rest else scalars.pop(0)
    for factor in rest[1:]:
        out = matmul(out, factor)
    for factor in scalars:
        out = broadcasting(lax.mul)(out, factor)
    return out


def _as_printed(scope: Scope, e: AsPrinted) -> Array:
    """The operation read literally, an absent axis being of length one."""
    parts = [scope(x) for x in e.operands]
    if e.operation == "Times":
        out = parts[0]
        for x, part in zip(e.operands[1:], parts[1:], strict=True):
            scales = x.is_scalar or out.shape == (1, 1) != part.shape[:1]
            out = broadcasting(lax.mul)(out, part) if scales else matmul(out, part)
        return out
    if e.operation not in ("Plus", "Had"):
        raise Unsupported(f"no literal reading of {e.operation}")
    out = parts[0]
    for part in parts[1:]:
        out = same(lax.add if e.operation == "Plus" else lax.mul, out, part)
    return out


def _diag(scope: Scope, e: Diag) -> Array:
    v = scope(e.args[0])
    n = v.shape[0]
    spread_v = lax.broadcast_in_dim(lax.reshape(v, (n,)), (n, n), (0,))
    return lax.select(np.eye(n, dtype=bool), spread_v, lax.full((n, n), 0.0, np.float64))


def _stack(scope: Scope, e: Stack) -> Array:
    return lax.concatenate([scope(p) for p in e.parts], e.direction)


def _block(scope: Scope, e: Block) -> Array:
    value = scope(e.args[0])
    start, stop, axis = block_span(scope, e)
    return lax.slice_in_dim(value, start, stop, axis=axis)


def block_span(scope: Scope, e: Block) -> tuple[int, int, int]:
    """Where a block lies in its matrix: first and last (exclusive) index, and the axis."""
    axis, k = e.place
    ends = np.cumsum([0] + [int(size.subs(scope.graph.sizes)) for _, size in e.args[0].axes[axis]])
    return int(ends[k]), int(ends[k + 1]), axis


def _norm(scope: Scope, e: Norm) -> Array:
    a = scope(e.args[0])
    if e.spectral:
        return spectral_norm(a)
    if e.kind in ("2", "F"):
        return lax.reshape(lax.sqrt(lax.reduce_sum(lax.mul(a, a), (0, 1))), (1, 1))
    reduce = lax.reduce_sum if e.kind == "1" else lax.reduce_max
    return lax.reshape(reduce(lax.abs(a), (0, 1)), (1, 1))


# ---- derivatives, uses, sums and products over steps


def grid(scope: Scope, e: OverSteps) -> tuple[Array, Array]:
    """The body at every step of the grid, and which of these steps are in the range."""
    low, high = scope.graph.bounds(e.first, scope.own)[0], scope.graph.bounds(e.last, scope.own)[1]
    steps = np.arange(low, max(low, high) + 1)
    values = scope.graph.on_grid(scope, e.body, e.bound, steps)
    first, last = scope.step(e.first), scope.step(e.last)
    begun = lax.ge(steps, lax.broadcast(_int(first), steps.shape))
    inside = lax.bitwise_and(begun, lax.le(steps, lax.broadcast(_int(last), steps.shape)))
    return values, lax.broadcast_in_dim(inside, values.shape, (0,))


def _int(value: StepValue) -> Any:
    return np.asarray(value, np.int64) if isinstance(value, int) else value


def _series(scope: Scope, e: Series) -> Array:
    values, inside = grid(scope, e)
    return lax.reduce_sum(lax.select(inside, values, lax.full_like(values, 0.0)), (0,))


def _chain(scope: Scope, e: Chain) -> Array:
    values, inside = grid(scope, e)
    n = values.shape[1]
    one: Any = np.eye(n)
    identity = lax.broadcast_in_dim(one, values.shape, (1, 2))
    factors = lax.select(inside, values, identity)

    def step(out: Array, factor: Array) -> tuple[Array, None]:
        return (matmul(factor, out) if e.latest == "left" else matmul(out, factor)), None

    product: Array = lax.scan(step, one, factors)[0]
    return product


# ---- another graph


def _where(scope: Scope, e: Where) -> Array:
    """The expression in the graph in which leaves have the values that are computed in this one."""
    changed: dict[Node, Array] = {}

    def now(leaf: Expression) -> Array:
        if not isinstance(leaf, Block):
            return changed[leaf] if leaf in changed else scope(leaf)
        start, stop, axis = block_span(scope, leaf)
        return lax.slice_in_dim(now(leaf.args[0]), start, stop, axis=axis)

    for leaf, value in e.values:
        array, at = scope(value), leaf
        while isinstance(at, Block):
            start, stop, axis = block_span(scope, at)
            whole = now(at.args[0])
            parts = (lax.slice_in_dim(whole, 0, start, axis=axis), array,
                     lax.slice_in_dim(whole, stop, whole.shape[axis], axis=axis))
            array, at = lax.concatenate(parts, axis), at.args[0]
        changed[at] = array
    steps = {node: None if node.step is None else scope.step(node.step) for node in changed}
    graph = scope.graph.elsewhere({(node.family, steps[node]): value for node, value in changed.items()})
    return Scope(graph, scope.env, meaning=scope.meaning)(e.e)


# the row of Jacobian is in numeric/response.py
RULES: dict[type, Callable[[Scope, Any], Any]] = {
    Constant: _constant,
    Explicit: _explicit,
    Node: lambda scope, e: scope.graph.node(scope, e),
    Use: lambda scope, e: scope.graph.use(scope, e),
    Let: lambda scope, e: scope(e.body),
    Plus: _plus,
    Times: _times,
    Had: _had,
    AsPrinted: _as_printed,
    Diag: _diag,
    Transposed: lambda scope, e: lax.transpose(scope(e.args[0]), (1, 0)),
    Inverse: lambda scope, e: matrices.inverse(scope(e.args[0])),
    Det: lambda scope, e: matrices.determinant(scope(e.args[0])),
    Trace: lambda scope, e: matrices.trace(scope(e.args[0])),
    Stack: _stack,
    Block: _block,
    Vec: lambda scope, e: vec(scope(e.args[0])),
    Eye: lambda scope, e: lax.full((1, 1), 1.0) if not e.args[0] else np.eye(scope.size(e.args[0])),
    Ones: lambda scope, e: lax.full(scope.shape(e.axes), 1.0, np.float64),
    Zeros: lambda scope, e: lax.full(scope.shape(e.axes), 0.0, np.float64),
    Norm: _norm,
    Apply: elementwise.apply,
    Series: _series,
    Chain: _chain,
    Where: _where,
}
