"""An expression's value in JAX: one table of rules, one row a class.

Every value is a two-dimensional array; an axis that is not there has length one. Steps are integers of the compiled
program, so that one program serves every number of steps: what ranges over steps is evaluated on a fixed grid, and
masked. Only plain primitives are used (``lax``), so that an interpreter of the traced program needs few rows.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax import Array, lax
from sympy import Add, Basic, Expr, Mul, Pow

from derivations.algebra import Block, Diag, Eye, Had, Norm, Ones, Plus, Stack, Times, Transposed, Vec, Zeros
from derivations.calculus import Chain, Let, OverSteps, Series, Use
from derivations.functions import Apply, Elementwise, F, Smooth, Z
from derivations.symbols import AsPrinted, Constant, Dim, Explicit, Expression, Node, Step, length

if TYPE_CHECKING:
    from numeric.unroll import Graph

StepValue = Any  # an int, or an integer of the traced program


class Unsupported(Exception):
    """A construct that has no rule here: the claim is undecided, with this reason."""


class Misfit(Exception):
    """A formula as printed whose shapes do not fit at these sizes."""


CLAIM = object()  # step symbols mean what they mean in the claim


class Scope:
    """Where an expression is evaluated: a graph, the values of steps, and what was computed before.

    A scope inside another binds one more step. What does not depend on it is evaluated in the outer scope, once.
    """

    def __init__(self, graph: Graph, env: dict[Step, StepValue], outer: Scope | None = None,
                 bound: Step | None = None, *,
                 opening: StepValue | None = None, meaning: object = CLAIM, home: Scope | None = None) -> None:
        self.graph, self.env, self.outer, self.bound = graph, env, outer, bound
        self.opening = opening  # the step whose definition is being evaluated: uses of parameters belong to it
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
                     meaning=object() if bound in self.env else self.meaning, home=None)

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


def number(value: float) -> Array:
    return lax.full((1, 1), float(value), np.float64)


def whole(value: int) -> Array:
    """A whole number exactly, whatever its size: in pieces that a double holds."""
    if abs(value) < 2**53:
        return number(value)
    high, low = divmod(value, 2**50)
    return lax.add(lax.mul(whole(high), number(2**50)), number(low))


def _constant(scope: Scope, e: Constant) -> Array:
    return scalar(e.value, lambda s: _symbol(scope, s))


def _symbol(scope: Scope, s: Basic) -> Array:
    value = scope.graph.sizes[s] if isinstance(s, Dim) else scope.env[s]
    return number(value) if isinstance(value, int) else lax.reshape(lax.convert_element_type(value, np.float64), (1, 1))


def scalar(e: Expr, symbol: Callable[[Basic], Array]) -> Array:
    """A rational expression. Fractions are divisions of whole numbers, which every number system lifts exactly."""
    if e.is_Symbol:
        return symbol(e)
    if e.is_Rational:
        p, q = whole(int(e.p)), int(e.q)
        return p if q == 1 else lax.div(p, whole(q))
    if isinstance(e, (Add, Mul)):
        op = broadcasting(lax.add if isinstance(e, Add) else lax.mul)
        out = scalar(e.args[0], symbol)
        for arg in e.args[1:]:
            out = op(out, scalar(arg, symbol))
        return out
    if isinstance(e, Pow) and e.exp.is_Integer:
        return lax.integer_pow(scalar(e.base, symbol), int(e.exp))
    if isinstance(e, Pow) and e.exp.is_Rational:
        return _root(scalar(e.base, symbol), e.exp)
    raise Unsupported(f"no numeric rule for the number {e}")


def broadcasting(op: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """The operation with a 1 × 1 operand spread over the other's shape."""

    def run(a: Array, b: Array) -> Array:
        if a.shape != b.shape:
            if prod(a.shape) == 1:
                a = spread(a, b.shape)
            elif prod(b.shape) == 1:
                b = spread(b, a.shape)
            else:
                raise Misfit(f"{a.shape[0]} × {a.shape[1]} beside {b.shape[0]} × {b.shape[1]}")
        return op(a, b)

    return run


def spread(a: Array, shape: tuple[int, ...]) -> Array:
    return lax.broadcast_in_dim(lax.reshape(a, ()), shape, ())


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
        out = _same(lax.add, out, scope(term))
    return out


def _had(scope: Scope, e: Any) -> Array:
    out = scope(e.args[0])
    for factor in e.args[1:]:
        out = _same(lax.mul, out, scope(factor))
    return out


def _same(op: Callable[[Array, Array], Array], a: Array, b: Array) -> Array:
    if a.shape != b.shape:
        raise Misfit(f"{a.shape[0]} × {a.shape[1]} beside {b.shape[0]} × {b.shape[1]}")
    return op(a, b)


def _times(scope: Scope, e: Any) -> Array:
    scalars = [scope(f) for f in e.args if f.is_scalar]
    rest = [scope(f) for f in e.args if not f.is_scalar]
    out = rest[0] if rest else scalars.pop(0)
    for factor in rest[1:]:
        out = matmul(out, factor)
    for factor in scalars:
        out = broadcasting(lax.mul)(out, factor)
    return out


def matmul(a: Array, b: Array) -> Array:
    if a.shape[1] != b.shape[0]:
        raise Misfit(f"a product of {a.shape[0]} × {a.shape[1]} and {b.shape[0]} × {b.shape[1]}")
    return lax.dot_general(a, b, (((1,), (0,)), ((), ())), precision=lax.Precision.HIGHEST)


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
        out = _same(lax.add if e.operation == "Plus" else lax.mul, out, part)
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


def vec(a: Array) -> Array:
    """Columns stacked, as one column."""
    return lax.reshape(lax.transpose(a, (1, 0)), (a.size, 1))


def _norm(scope: Scope, e: Norm) -> Array:
    a = scope(e.args[0])
    if e.kind in ("2", "F"):
        return lax.reshape(lax.sqrt(lax.reduce_sum(lax.mul(a, a), (0, 1))), (1, 1))
    reduce = lax.reduce_sum if e.kind == "1" else lax.reduce_max
    return lax.reshape(reduce(lax.abs(a), (0, 1)), (1, 1))


# ---- functions


def _root(z: Array, p: Expr) -> Array:
    if p.is_Integer:
        return lax.integer_pow(z, int(p))
    if (2 * p).is_Integer:
        root = lax.sqrt(z)
        return lax.integer_pow(root, int(2 * p)) if 2 * p != 1 else root
    return lax.exp(lax.mul(lax.log(z), spread(lax.div(number(int(p.p)), number(int(p.q))), z.shape)))


@jax.custom_jvp
def _softplus(z: Array) -> Array:
    """log(1 + eᶻ), written so that it neither overflows nor loses digits."""
    return lax.add(lax.max(z, lax.full_like(z, 0.0)), lax.log1p(lax.exp(lax.neg(lax.abs(z)))))


@_softplus.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    """Its derivative is σ: what JAX would make of max and abs is the same number, but not smooth in its parts."""
    [z], [dz] = primals, tangents
    return _softplus(z), lax.mul(lax.logistic(z), dz)


def _relu(z: Array) -> Array:
    zero = lax.full_like(z, 0.0)
    return lax.select(lax.gt(z, zero), z, zero)


VALUES: dict[str, Callable[[Array], Array]] = {
    "sigma": lax.logistic,
    "tanh": lax.tanh,
    "exp": lax.exp,
    "log": lax.log,
    "softplus": _softplus,
    "relu": _relu,
    "step": lambda z: lax.convert_element_type(lax.gt(z, lax.full_like(z, 0.0)), np.float64),
    "sin": lax.sin,
    "cos": lax.cos,
}


def _apply(scope: Scope, e: Apply) -> Array:
    z = scope(e.argument)
    f = e.function
    if isinstance(f, Smooth):
        return _smooth(scope, f, z)
    if f.body:
        return _defined(scope, f, z)
    formula = f.formula
    named = {s: s.name.removesuffix("(Z)") for s in formula.free_symbols - {F, Z}}
    base = (lambda: _root(z, f.parameters[0])) if f.name == "power" else lambda: VALUES[f.name](z)
    values = {Z: lambda: z, F: base} | {s: (lambda name=name: VALUES[name](z)) for s, name in named.items()}
    found: dict[Basic, Array] = {}

    def symbol(s: Basic) -> Array:
        if s not in found:
            found[s] = values[s]()
        return found[s]

    out = scalar(formula, symbol)
    return out if out.shape == z.shape else spread(out, z.shape)


def _defined(scope: Scope, f: Elementwise, z: Array) -> Array:
    """A function that an author defined, entry by entry; its derivatives are JAX's."""
    assert f.body is not None
    placeholder, body = f.body

    def value(x: Array) -> Array:
        inside = Scope(scope.graph, scope.env)
        inside.memo[placeholder] = lax.reshape(x, (1, 1))
        return lax.reshape(inside(body), ())

    function: Callable[[Array], Array] = value
    for _ in range(f.order):
        function = _derivative(function)
    return lax.reshape(jax.vmap(function)(lax.reshape(z, (z.size,))), z.shape)


def _derivative(f: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda x: jax.jvp(f, (x,), (lax.full_like(x, 1.0),))[1]


def _smooth(scope: Scope, f: Smooth, z: Array) -> Array:
    """An open function: B tanh(A z + a) + b, with A, a, B and b drawn."""
    A, a, B, b = scope.graph.function(f)
    return lax.add(matmul(B, lax.tanh(lax.add(matmul(A, z), a))), b)


# ---- derivatives, uses, sums and products over steps


def grid(scope: Scope, e: OverSteps) -> tuple[Array, Array]:
    """The body at every step of the grid, and which of these steps are in the range."""
    low, high = scope.graph.bounds(e.first)[0], scope.graph.bounds(e.last)[1]
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
    Stack: _stack,
    Block: _block,
    Vec: lambda scope, e: vec(scope(e.args[0])),
    Eye: lambda scope, e: lax.full((1, 1), 1.0) if not e.args[0] else np.eye(scope.size(e.args[0])),
    Ones: lambda scope, e: lax.full(scope.shape(e.axes), 1.0, np.float64),
    Zeros: lambda scope, e: lax.full(scope.shape(e.axes), 0.0, np.float64),
    Norm: _norm,
    Apply: _apply,
    Series: _series,
    Chain: _chain,
}
