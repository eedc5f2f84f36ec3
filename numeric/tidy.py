"""A traced program with less in it: the same numbers by fewer equations.

JAX traces every mask, every row of zeros and every repeated subexpression anew. Here calls are written out, what no
argument touches is computed once and for all, equations that occur twice are shared, what a loop repeats without need
moves out of it, and what no result needs is dropped. Arithmetic on numbers is left as it is, with two exceptions that
hold in every number system: whole numbers that doubles hold exactly are combined, and x + 0 = x = 1·x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Var
from jax.interpreters.partial_eval import dce_jaxpr

from numeric.exact.interpret import rounds
from numeric.exact.lines import INNER
from numeric.exact.moves import MOVES, PLAIN, Unmoved


class Constant:
    """An array that no argument touches. There is one object for equal arrays."""

    def __init__(self, value: np.ndarray) -> None:
        self.value, self.shape = value, value.shape


RULES = {"custom_jvp_call", "custom_vjp_call"}
Value = Any  # a Var of the new program, or a Constant


class Body:
    """The equations of a new program, or of a loop's body inside another one."""

    def __init__(self, outer: Body | None = None, *, keep_rules: bool = False) -> None:
        self.outer, self.eqns = outer, list[JaxprEqn]()
        self.keep_rules = keep_rules
        self.own: set[Var] = set()  # what is computed here, not further out
        self.shared: dict[Any, list[Value]] = {}
        self.borrowed: dict[Value, Var] = {}  # of the outer body, or constants, with the name they have in here
        self.constants: dict[Any, Constant] = outer.constants if outer else {}

    def constant(self, value: Any) -> Constant:
        return self.constants.setdefault(array_key(value), Constant(np.asarray(value)))

    def literal(self, v: Literal) -> Constant:
        return self.constant(value_of(v))

    def local(self, value: Value) -> Any:
        """The variable by which an equation in here reads a value; a scalar constant is written in place."""
        if isinstance(value, Constant) and not value.shape:
            return Literal(value.value[()], aval_of(value.value))
        if value in self.own:
            return value
        if value not in self.borrowed:
            self.borrowed[value] = Var(aval_of(value.value) if isinstance(value, Constant) else value.aval)
        return self.borrowed[value]

    # ---- equations

    def add(self, eqns: Sequence[JaxprEqn], env: dict[Var, Value]) -> None:
        def read(v: Any) -> Value:
            return self.literal(v) if isinstance(v, Literal) else env[v]

        for eqn in eqns:
            env.update(zip(eqn.outvars, self.apply(eqn, [read(v) for v in eqn.invars]), strict=True))

    def apply(self, eqn: JaxprEqn, ins: list[Value]) -> list[Value]:
        """The values of an equation, by an equation in the outermost body in which all that it reads is known."""
        name = eqn.primitive.name
        if name in INNER and not (self.keep_rules and name in RULES):
            inner = eqn.params[INNER[name]]
            return self.inlined(getattr(inner, "jaxpr", inner), map(self.constant, getattr(inner, "consts", ())), ins)
        known = computed(eqn, ins)
        if known is not None:
            return [self.constant(x) for x in known]
        simpler = SIMPLER[name](eqn, ins) if name in SIMPLER else None
        if simpler is not None:
            return [simpler]
        here = bool(eqn.effects)  # what does something, does it where it stands and as often as it is said
        if self.outer is not None and not here and not any(x in self.own for x in ins):
            return self.outer.apply(eqn, ins)
        if name == "scan":
            return self.scan(eqn, ins)
        key = eqn.primitive, tuple(map(id, ins)), parameters(eqn)
        if here or not is_hashable(key):
            return self.emit(eqn, [self.local(x) for x in ins], eqn.params, eqn.outvars)
        if key not in self.shared:
            self.shared[key] = self.emit(eqn, [self.local(x) for x in ins], eqn.params, eqn.outvars)
        return self.shared[key]

    def inlined(self, jaxpr: Jaxpr, consts: Iterable[Value], ins: list[Value]) -> list[Value]:
        env: dict[Var, Value] = dict(zip(jaxpr.constvars, consts, strict=True))
        env.update(zip(jaxpr.invars, ins, strict=True))
        self.add(jaxpr.eqns, env)
        return [self.literal(v) if isinstance(v, Literal) else env[v] for v in jaxpr.outvars]

    def emit(self, eqn: JaxprEqn, ins: list[Any], params: dict[str, Any], like: Sequence[Var]) -> list[Value]:
        out = [Var(v.aval) for v in like]
        self.own.update(out)
        self.eqns.append(eqn.replace(invars=ins, outvars=out, params=params))
        return out

    def scan(self, eqn: JaxprEqn, ins: list[Value]) -> list[Value]:
        """A loop, with a body in which only what changes from step to step is left."""
        p, body = eqn.params, Body(self, keep_rules=self.keep_rules)
        whole, consts = p["jaxpr"].jaxpr, p["num_consts"]
        fresh = [Var(v.aval) for v in whole.invars[consts:]]
        body.own.update(fresh)
        outs = body.inlined(whole, map(self.constant, p["jaxpr"].consts), [*ins[:consts], *fresh])
        outvars = [body.local(x) for x in outs]
        extra = list(body.borrowed)
        inner = whole.replace(constvars=[], invars=[*body.borrowed.values(), *fresh], outvars=outvars, eqns=body.eqns,
                              debug_info=plain_names(whole, len(extra) + len(fresh)))
        params = {**p, "jaxpr": ClosedJaxpr(inner, ()), "num_consts": len(extra)}
        if "linear" in p:
            params["linear"] = (False,) * (len(extra) + len(ins) - consts)
        return self.emit(eqn, [self.local(x) for x in (*extra, *ins[consts:])], params, eqn.outvars)


def tidied(closed: ClosedJaxpr, *, keep_rules: bool = False) -> ClosedJaxpr:
    """The same program, with the same arguments and results. What it closes over may still be being traced.

    ``keep_rules`` leaves calls that say how they are differentiated as they are.
    """
    whole, body = closed.jaxpr, Body(keep_rules=keep_rules)
    fresh = [Var(v.aval) for v in whole.invars]
    given = list(zip(whole.constvars, closed.consts, strict=True))
    consts: list[Value] = [Var(v.aval) if isinstance(c, Tracer) else body.constant(c) for v, c in given]
    around = [(v, c) for v, c in zip(consts, closed.consts, strict=True) if isinstance(c, Tracer)]
    body.own.update(fresh, (v for v, _ in around))
    outs = body.inlined(whole, consts, fresh)
    outvars = [body.local(x) for x in outs]
    constvars = [*body.borrowed.values(), *(v for v, _ in around)]
    found = whole.replace(constvars=constvars, invars=fresh, outvars=outvars, eqns=body.eqns,
                          debug_info=plain_names(whole, len(fresh)))
    return needed(ClosedJaxpr(found, [*(c.value for c in body.borrowed), *(c for _, c in around)]), range(len(outvars)))


def needed(closed: ClosedJaxpr, results: Sequence[int]) -> ClosedJaxpr:
    """The program with some of its results, and only what these need. It keeps its arguments."""
    whole = closed.jaxpr
    arguments, constants = len(whole.invars), len(whole.constvars)
    opened = whole.replace(constvars=[], invars=[*whole.invars, *whole.constvars],
                           outvars=[whole.outvars[k] for k in results],
                           debug_info=plain_names(whole, arguments + constants))
    kept, used = dce_jaxpr(opened, [True] * len(results), instantiate=[True] * arguments + [False] * constants)
    consts = [c for c, u in zip(closed.consts, used[arguments:], strict=True) if u]
    closing = kept.replace(constvars=kept.invars[arguments:], invars=kept.invars[:arguments],
                           debug_info=plain_names(kept, arguments))
    return ClosedJaxpr(closing, consts)


def plain_names(jaxpr: Jaxpr, arguments: int) -> Any:
    return jaxpr.debug_info._replace(arg_names=("",) * arguments, result_paths=None)


def aval_of(value: np.ndarray) -> Any:
    from jax.core import ShapedArray

    return ShapedArray(value.shape, value.dtype)


# ---- when two programs are alike


def structure(closed: ClosedJaxpr) -> Any:
    """What two programs that are alike have in common, whatever their variables are called."""
    jaxpr = closed.jaxpr
    number = {v: k for k, v in enumerate((*jaxpr.constvars, *jaxpr.invars))}

    def atom(v: Any) -> Any:
        return array_key(value_of(v)) if isinstance(v, Literal) else number[v]

    consts = tuple(None if isinstance(c, Tracer) else array_key(c) for c in closed.consts)
    heads = tuple((v.aval.shape, v.aval.dtype) for v in number)
    lines = []
    for eqn in jaxpr.eqns:
        lines.append((eqn.primitive, tuple(map(atom, eqn.invars)), parameters(eqn), len(eqn.outvars)))
        for v in eqn.outvars:
            number[v] = len(number)  # one by one: no two variables have one number
    return consts, heads, tuple(lines), tuple(map(atom, jaxpr.outvars))


def parameters(eqn: JaxprEqn) -> Any:
    """The parameters of an equation, to compare."""
    return tuple((k, parameter(v)) for k, v in sorted(eqn.params.items()))


def parameter(v: Any) -> Any:
    """A parameter, to compare: 1, 1.0 and True are different, and so are 0.0 and -0.0."""
    if isinstance(v, ClosedJaxpr):  # what it closes over is part of it; what is still being traced is like nothing else
        return (structure(v), v) if any(isinstance(c, Tracer) for c in v.consts) else structure(v)
    if isinstance(v, tuple):
        return tuple, *map(parameter, v)
    return (float, v.hex()) if isinstance(v, float) else (type(v), v)


def is_hashable(key: Any) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return True


def value_of(v: Literal) -> np.ndarray:
    """A literal as an array of the type that the program gives it, whatever Python's number says."""
    aval: Any = v.aval
    return np.asarray(v.val, aval.dtype)


def array_key(value: Any) -> Any:
    value = np.asarray(value)
    return value.shape, value.dtype, value.tobytes()


# ---- what is known without any argument


def computed(eqn: JaxprEqn, ins: Sequence[Value]) -> list[np.ndarray] | None:
    """The values of an equation on constants, where they are exact in every number system."""
    name, p = eqn.primitive.name, eqn.params
    if not all(isinstance(x, Constant) for x in ins):
        return None
    arrays = [x.value for x in ins]
    if name in MOVES:
        try:
            out = MOVES[name](p, 0, *arrays)
        except Unmoved:
            return None
        return [np.asarray(x) for x in (out if eqn.primitive.multiple_results else [out])]
    if name not in PLAIN or rounds(name, p, arrays):
        return None
    if name == "convert_element_type" and arrays[0].dtype.kind == "f":
        return None
    out = np.asarray(PLAIN[name](p, *arrays))
    result: Any = eqn.outvars[0].aval
    return [out] if out.dtype == result.dtype else None


def is_full(x: Value, number: float) -> bool:
    return isinstance(x, Constant) and bool((x.value == number).all())


def like(eqn: JaxprEqn, x: Value) -> bool:
    """Whether a value already has the shape and type of an equation's result."""
    shape, dtype = (x.value.shape, x.value.dtype) if isinstance(x, Constant) else (x.aval.shape, x.aval.dtype)
    result: Any = eqn.outvars[0].aval
    return bool((shape, dtype) == (result.shape, result.dtype))


def _neutral(number: float, *, left: bool = True) -> Callable[[JaxprEqn, list[Value]], Value | None]:
    def rule(eqn: JaxprEqn, ins: list[Value]) -> Value | None:
        a, b = ins
        if is_full(b, number) and like(eqn, a):
            return a
        return b if left and is_full(a, number) and like(eqn, b) else None

    return rule


ORDERS = ("permutation", "broadcast_dimensions", "dimensions")  # in which a movement takes axes


def _unmoved(eqn: JaxprEqn, ins: list[Value]) -> Value | None:
    """A movement that moves nothing."""
    moves = next((eqn.params[p] for p in ORDERS if eqn.params.get(p) is not None), ())
    return ins[0] if like(eqn, ins[0]) and list(moves) == sorted(moves) else None


def _chosen(eqn: JaxprEqn, ins: list[Value]) -> Value | None:
    """A choice that is the same everywhere."""
    which, *cases = ins
    if isinstance(which, Constant) and which.value.size and (which.value == which.value.flat[0]).all():
        chosen = cases[int(which.value.flat[0])]
        return chosen if like(eqn, chosen) else None
    return cases[0] if all(c is cases[0] for c in cases) else None


SIMPLER: dict[str, Callable[[JaxprEqn, list[Value]], Value | None]] = {
    "add": _neutral(0.0),
    "add_any": _neutral(0.0),
    "sub": _neutral(0.0, left=False),
    "mul": _neutral(1.0),
    "div": _neutral(1.0, left=False),
    "select_n": _chosen,
    **dict.fromkeys(("broadcast_in_dim", "reshape", "squeeze", "expand_dims", "transpose", "copy", "copy_p",
                     "convert_element_type"), _unmoved),
    "concatenate": lambda eqn, ins: ins[0] if len(ins) == 1 else None,
}
