"""Derivatives that people write by hand, each with a mistake that people make.

    ∇ gradient, d total derivative, 1 a vector of ones, ⊙ entrywise product, δ the error that runs backwards in time
"""

from derivations import (Model, Sum, d, diag, dot, elementwise, exp, grad, had, log, norm, ones, relu, sigma,
                         tanh)

# A quadratic form: the gradient of xᵀAx is (A + Aᵀ)x, and 2Ax only where A is symmetric.
quadratic = Model("quadratic", title="Quadratic form")
[n] = quadratic.dims("n")
x, A = quadratic.parameter("x", n), quadratic.parameter("A", n, n)
S = quadratic.parameter("S", n, n, structure="symmetric")
f, g = quadratic.node("f", dot(x, A @ x)), quadratic.node("g", dot(x, S @ x))
quadratic.equal("gradient", grad(f, x), (A + A.T) @ x)
quadratic.equal("gradient.doubled", grad(f, x), 2 * (A @ x), fails=n >= 2)
quadratic.equal("gradient.symmetric", grad(g, x), 2 * (S @ x))

# Softmax and cross-entropy: p − y is the gradient only where the labels sum to one.
softmax = Model("softmax", title="Softmax and cross-entropy")
[k] = softmax.dims("k")
z, y = softmax.parameter("z", k), softmax.input("y", k)
p = softmax.node("p", exp(z) / dot(ones(k), exp(z)))
L = softmax.node("L", -dot(y, log(p)))
softmax.equal("jacobian", d(p, z), diag(p) - p @ p.T)
softmax.equal("jacobian.diagonal", d(p, z), diag(p), fails=True)
softmax.equal("gradient", grad(L, z), dot(ones(k), y) * p - y)
softmax.equal("gradient.one-hot", grad(L, z), p - y, fails=True)

# A function of one's own, norms, and a kink.
layer = Model("layer", title="One layer")
r, c = layer.dims("r c")
W, v = layer.parameter("W", r, c), layer.parameter("v", c)
u = layer.let("u", W @ v)
swish = elementwise("swish", lambda s: s * sigma(s))
a = layer.node("a", swish(u))
F, R = layer.node("F", norm(u)), layer.node("R", dot(ones(r), relu(u)))
layer.equal("swish", d(a, v), diag(sigma(u) + had(u, sigma.prime(u))) @ W)
layer.equal("swish.forgot-product-rule", d(a, v), diag(sigma(u)) @ W, fails=True)
layer.equal("norm", grad(F, v), (W.T @ u) / norm(u))
layer.equal("norm.squared", grad(F, v), W.T @ u, fails=True)
layer.equal("relu", grad(R, v), W.T @ relu.prime(u))

# Backpropagation through time: the error is a recurrence that looks forward, and is zero past the last step.
bptt = Model("bptt", title="Backpropagation through time")
n, m = bptt.dims("n m")
t, T = bptt.times("t T")
x = bptt.inputs("x", m)
W_h, W_x = bptt.parameter("W_h", n, n), bptt.parameter("W_x", n, m)
ell = bptt.smooth("ell")
h, E = bptt.sequence("h", n, "state"), bptt.sequence("E")
delta = bptt.sequence("delta", n, "error", last=T, structure="zero")
z = bptt.let("z", W_h @ h[t - 1] + W_x @ x[t])
h[t] = tanh(z)
E[t] = ell(h[t])
total = bptt.node("E", Sum(E[t], (t, 1, T)))
delta[t] = grad(E[t], h[t]) + W_h.T @ had(tanh.prime(z.at(t + 1)), delta[t + 1])
bptt.equal("error.gradient", delta[t], grad(total, h[t]), given=t <= T)
bptt.equal("gradient", grad(total, W_h), Sum(had(tanh.prime(z), delta[t]) @ h[t - 1].T, (t, 1, T)))
bptt.equal("gradient.late", grad(total, W_h), Sum(had(tanh.prime(z), delta[t]) @ h[t].T, (t, 1, T)), fails=T >= 1)

# A gated recurrent unit (Cho et al. 2014): how its state depends on the state before it.
gru = Model("gru", title="Gated recurrent unit", source="Cho et al. 2014")
n, m = gru.dims("n m")
[t] = gru.times("t")
x = gru.inputs("x", m)
U_z, U_r, U_h = (gru.parameter(f"U_{q}", n, n) for q in "zrh")
V_z, V_r, V_h = (gru.parameter(f"V_{q}", n, m) for q in "zrh")
z, r = gru.sequence("z", n, "update gate"), gru.sequence("r", n, "reset gate")
g, h = gru.sequence("h", n, "candidate", accent="tilde"), gru.sequence("h", n, "state")
z[t] = sigma(U_z @ h[t - 1] + V_z @ x[t])
r[t] = sigma(U_r @ h[t - 1] + V_r @ x[t])
g[t] = tanh(U_h @ had(r[t], h[t - 1]) + V_h @ x[t])
h[t] = had(1 - z[t], g[t]) + had(z[t], h[t - 1])
J, keep = d(h[t], h[t - 1]), diag(z[t])
gru.equal("step", J, keep + diag(h[t - 1] - g[t]) @ d(z[t], h[t - 1]) + diag(1 - z[t]) @ d(g[t], h[t - 1]))
gru.equal("step.sign", J, keep + diag(g[t] - h[t - 1]) @ d(z[t], h[t - 1]) + diag(1 - z[t]) @ d(g[t], h[t - 1]),
          fails=True)
gru.equal("step.keep-only", J, keep, fails=True)
