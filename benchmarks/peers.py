"""Two checkers of derivatives that people use, given the LSTM's step with its own derivative or with a claimed one."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from benchmarks.cell import Point, step

TORCH = find_spec("torch") is not None
NO_TORCH = "torch is not installed: without torch.autograd.gradcheck"


def jax_accepts(point: Point, claimed: np.ndarray | None = None) -> bool:
    """Whether ``check_grads`` accepts, forward and reverse, the step's derivative or a claimed Jacobian."""
    with jax.enable_x64(True):
        here = point.each(jnp.asarray)
        run: Any = lambda c: step(c, here, jnp)  # noqa: E731 - JAX wants a function, and so may wrap it
        if claimed is not None:
            matrix, run = jnp.asarray(claimed), jax.custom_jvp(run)
            run.defjvp(lambda c, v: (step(c[0], here, jnp), matrix @ v[0]))
        try:
            check_grads(run, (here.c,), order=1)
        except AssertionError:
            return False
        return True


def torch_accepts(point: Point, claimed: np.ndarray | None = None, *, fast: bool = False) -> bool:
    """Whether ``gradcheck`` accepts the step's derivative or a claimed Jacobian."""
    import torch

    here = point.each(lambda a: torch.tensor(np.asarray(a), dtype=torch.float64))
    matrix = None if claimed is None else torch.tensor(claimed, dtype=torch.float64)

    class Claimed(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, c: Any) -> Any:
            return step(c, here, torch)

        @staticmethod
        def backward(context: Any, cotangent: Any) -> Any:
            return cotangent @ matrix

    run: Any = Claimed.apply if matrix is not None else lambda c: step(c, here, torch)
    c = here.c.clone().requires_grad_()
    return bool(torch.autograd.gradcheck(run, (c,), fast_mode=fast, raise_exception=False))


PEERS: dict[str, Any] = {
    "gradcheck": torch_accepts,
    "gradcheck, fast": partial(torch_accepts, fast=True),
    "check_grads": jax_accepts,
}
if not TORCH:
    PEERS = {"check_grads": jax_accepts}
