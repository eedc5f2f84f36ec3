"""At which sizes and steps a claim is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import prod
from typing import Any

from sympy import Basic, preorder_traversal

from derivations import graph, ranges
from derivations.calculus import see_through
from derivations.claim import EQUALITY, Claim, holds_at
from derivations.errors import DerivationError
from derivations.symbols import Dim, Expression, Step, length

EXACT, MAIN, LARGE = (3, 2, 4, 5, 6), (4, 3, 5, 6, 7), (8, 5, 7, 6, 9)
FIRST_STEPS = {"exact": 4, "large": 3}  # fewer steps: a tower needs a level for each exponential inside another
BORDER = (2, 5)  # beside 1, 3, 4 and 8
ENTRIES = 10**6  # of the largest array of one draw
FAR = 2  # the first dimension where a claim is checked many steps away, as its author asked
STEPS = 8  # a claim over k is checked for its first value on, up to this one
MOST_INSTANCES = 16
MANY = {"main", "given"}  # roles of sizes that get most of the draws, and XLA
LEAST = 64  # draws of these: with fewer, terms would be told apart too seldom
FEWER = {"far": 8}  # float draws many steps away
MEMORY = 2**31  # bytes that one program may take for its largest array
ROLES = ("ones", "exact", "main", "large")


class OptionsError(DerivationError, ValueError):
    """An option that cannot be used: sizes, draws, evidence."""


@dataclass(frozen=True)
class Options:
    """How thorough a check is: ``sizes`` by name of dimension replace the usual, ``draws`` are of the main size.

    Without ``explain`` a refutation has a counterexample and no repair.
    """

    draws: int = 1000
    seed: int = 0
    sizes: Mapping[str, int] | None = None
    evidence: tuple[str, ...] = ("proof", "exact", "sweep")
    explain: bool = True
    known: tuple[str, ...] = field(default=("proof", "exact", "sweep"), repr=False)

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise OptionsError(f"{self.draws} draws: expected at least 1, since nothing compared is nothing checked")
        for name, size in (self.sizes or {}).items():
            if size < 1:
                raise OptionsError(f"{name}={size}: a dimension is at least 1")
        for word in self.evidence:
            if word not in self.known:
                raise OptionsError(f"evidence {word!r} is not known: expected some of {', '.join(self.known)}")
        if not self.evidence:
            raise OptionsError(f"no evidence asked for: expected some of {', '.join(self.known)}")


@dataclass(frozen=True)
class Effort:
    """How much a claim needs from numbers. Counts of draws are of one cell, unless they say otherwise."""

    roles: frozenset[str]  # of the sizes at which it is checked, where the claim is made at any of them
    part: int  # one in so many of the draws asked for, all cells of the main sizes together
    few: int  # float draws at other sizes, all cells together
    steps: int  # values of a free step
    balls: int
    within: int | None = None  # float draws in a cell that is expected to be refuted, where one refutes; None: as many
    compiled: bool = True


WHOLE = Effort(frozenset({*ROLES, "given", "region", "far"}), part=1, few=64, steps=STEPS, balls=8)
# One counterexample settles a cell. A region of steps looks the same at every size, so the large one adds nothing.
REFUTING = replace(WHOLE, roles=WHOLE.roles - {"large"}, within=8, compiled=False)
# A proof speaks for every size and step; numbers are asked once more, so that neither is believed alone.
PROVED = Effort(frozenset({"exact", "main", "given", "far"}), part=8, few=16, steps=3, balls=4, compiled=False)


def effort(claim: Claim, *, proved: bool = False) -> Effort:
    """What a claim needs, given whether it was proved. The first equality of a model is always compiled as well."""
    found = PROVED if proved and claim.expect == "holds" else WHOLE if claim.expect == "holds" else REFUTING
    if found is REFUTING and any(isinstance(s, Dim) for s in claim.fails.free_symbols):
        found = replace(found, roles=WHOLE.roles)
    first = next((c for c in claim.model.claims if c.kind == EQUALITY), None)
    return replace(found, compiled=True) if first is claim else found


@dataclass(frozen=True)
class Sizes:
    """Values of the dimensions, and what they are for."""

    role: str
    values: Mapping[Dim, int]

    @property
    def named(self) -> dict[str, int]:
        return {d.name: size for d, size in self.values.items()}

    @property
    def key(self) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(self.named.items()))


def dimensions(claim: Claim) -> list[Dim]:
    """The dimensions that a claim and the definitions behind it speak of, in the model's order."""
    found: dict[Dim, None] = {}
    todo = [see_through(e) for case in claim.cases for e in case.expressions]
    seen = set()
    while todo:
        e = todo.pop(0)
        for s in sorted((s for s in e.free_symbols if isinstance(s, Dim)), key=str):
            found.setdefault(s)
        for f in graph.families(e):
            if f not in seen:
                seen.add(f)
                for s in sorted((s for s in f.free_symbols if isinstance(s, Dim)), key=str):
                    found.setdefault(s)
                if f in claim.model.rules:
                    todo.append(claim.model.rules[f].expression)
    declared = [name for name, _ in claim.model._taken]
    return sorted(found, key=lambda d: declared.index(d.name) if d.name in declared else len(declared))


def sizes_of(claim: Claim, options: Options, needed: Effort = WHOLE) -> list[Sizes]:
    """Distinct sizes, one, and larger ones; only those that the claim's own conditions allow and that are needed."""
    dims = dimensions(claim)
    if options.sizes is not None:
        unknown = sorted(set(options.sizes) - {d.name for d in dims})
        if unknown:
            raise OptionsError(f"{claim.id} has no dimension {', '.join(unknown)}: "
                               f"it has {', '.join(d.name for d in dims) or 'none'}")
        chosen = {d: options.sizes.get(d.name, size) for d, size in zip(dims, _spread(MAIN, len(dims)), strict=True)}
        return [Sizes("given", chosen)]
    if not dims:
        return [Sizes("main", {})]
    tables = zip(ROLES, ((1,) * len(dims), *(_spread(table, len(dims)) for table in (EXACT, MAIN, LARGE))), strict=True)
    found = [Sizes(role, dict(zip(dims, values, strict=True))) for role, values in tables]
    found += [Sizes("region", values) for values in at_the_border(claim, found[-2].values)]
    if claim.also:
        found.append(Sizes("far", {d: FAR + k for k, d in enumerate(dims)}))
    conditions = [c for c in claim.conditions if c.free_symbols <= set(dims)]
    allowed = [s for s in found if all(holds_at(c, s.values) for c in conditions)]
    return [s for s in allowed if s.role in needed.roles] or allowed


def draws_at(sizes: Sizes, options: Options, needed: Effort) -> int:
    """How many float draws the program at these sizes gets, all its cells together."""
    if sizes.role in MANY:
        return min(options.draws, max(LEAST, options.draws // needed.part))
    return min(FEWER.get(sizes.role, needed.few), options.draws)


def at_the_border(claim: Claim, like: Mapping[Dim, int]) -> list[dict[Dim, int]]:
    """Where a region speaks of dimensions: small sizes of each that the others leave out, so that its border is met."""
    named = sorted((s for s in claim.fails.free_symbols if isinstance(s, Dim)), key=str)
    return [{**like, d: size} for d in named for size in BORDER if size != like[d]]


def _spread(table: Sequence[int], count: int) -> tuple[int, ...]:
    return tuple(table[k] if k < len(table) else max(table) + k for k in range(count))


def instances_of(claim: Claim, sizes: Sizes, needed: Effort = WHOLE) -> list[dict[Step, int]]:
    """The steps at which a claim is checked at these sizes; fewer at large ones and where several steps are free."""
    if sizes.role == "far":
        return [dict(claim.also)]
    found = [at for at in ranges.instances(claim, STEPS) if _meant(claim, {**sizes.values, **at})]
    first = min(FIRST_STEPS.get(sizes.role, STEPS), needed.steps)
    if first < STEPS:
        return found[:first]
    limit = max((max(at.values(), default=STEPS) for at in found), default=STEPS)  # a range may start late
    lowest = max(2, limit - STEPS + 2)
    while len(found) > MOST_INSTANCES and limit > lowest:
        limit -= 1
        found = [at for at in found if max(at.values()) <= limit]
    return found


def _meant(claim: Claim, values: Mapping[Dim | Step, int]) -> bool:
    """Whether the claim is made at these sizes and steps, as far as its conditions speak of both."""
    return all(holds_at(c, values) for c in claim.conditions if c.free_symbols <= set(values))


def refuse_too_large(claim: Claim, sizes: Sizes, draws: int) -> None:
    """Raises OptionsError where one array of the program would not fit in memory."""
    shapes = {axes for case in claim.cases for e in case.expressions for axes in _shapes(see_through(e))}
    largest = max((prod(int(length(ax).subs(dict(sizes.values))) for ax in axes) for axes in shapes), default=0)
    if largest > ENTRIES or largest * min(draws, 64) * 8 > MEMORY:
        raise OptionsError(f"{claim.id} at {', '.join(f'{n}={v}' for n, v in sizes.named.items())}: one array has "
                           f"{largest:,} entries for each draw, which would not fit in memory: choose smaller sizes")


@lru_cache(maxsize=1024)
def _shapes(e: Basic) -> frozenset[tuple[Any, ...]]:
    """The axes of an expression and of everything in it."""
    return frozenset(tuple(x.axes) for x in preorder_traversal(e) if isinstance(x, Expression))
