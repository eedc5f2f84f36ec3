"""A recurrent network whose claims of size can be made right and wrong in tests."""

from __future__ import annotations

from typing import Any

from derivations import Model, Prod, d, dot, norm, sigma, vstack
from numeric.sizes import Options

NUMBERS = Options(evidence=("exact", "sweep"))
EXACT = Options(evidence=("exact",))


class Network:
    """c_t = σ(W_rec c_{t-1} + W_in x_t), E_t = ℓ(c_t, y_t), P the product of k - 1 steps back, γ = 1/4."""

    def __init__(self) -> None:
        self.model = model = Model("net")
        self.n, self.m = model.dims("n m")
        self.t, self.k, self.T = model.times("t k T")
        self.x, self.y = model.inputs("x", self.m), model.inputs("y", self.n)
        self.W_rec, self.W_in = model.parameter("W_rec", self.n, self.n), model.parameter("W_in", self.n, self.m)
        self.M, self.v = model.parameter("M"), model.input("v")
        self.ell, self.c, self.E = model.smooth("ell"), model.sequence("c", self.n), model.sequence("E")
        t, k = self.t, self.k
        self.c[t] = sigma(self.W_rec @ self.c[t - 1] + self.W_in @ self.x[t])
        self.E[t] = self.ell(vstack(self.c[t], self.y[t]))
        self.P = Prod(d(self.c[t], self.c[t - 1]), (t, 2, k))
        self.size = norm(self.P, 2)
        self.rho = norm(self.W_rec, 2) / 4

    def at_one(self, W_rec: Any, W_in: Any = 0, x: Any = 0, c: Any = 0, **more: Any) -> dict[Any, Any]:
        """A witness with n = m = 1."""
        return {self.n: 1, self.m: 1, self.W_rec: W_rec, self.W_in: W_in, self.x[self.t]: x, self.c[0]: c, **more}

    def loss(self) -> dict[Any, Any]:
        """E_t = c_t."""
        return {self.ell: lambda c, y: dot(c, y), self.y[self.t]: 1}
