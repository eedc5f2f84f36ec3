"""Recurrent network: what one state, and one weight, contribute to a later loss, and when that vanishes.

    x input   c state   h output   E loss   W = [W_rec, W_in]   σ logistic   φ, ℓ any smooth functions
    d total, immediate ∂⁺, grad in the shape of the variable, use(W, j) W as used at step j alone
    P product of k - 1 steps back   ρ = γ‖W_rec‖₂ with γ = 1/4, the largest slope of σ   v any number
    M bounds ‖∂E_k/∂c_k‖₂, C bounds ‖∂c_j/∂W^(j)‖₂, L the least distance in steps

S. Medewar, "Solving the Vanishing Gradient Problem with LSTM", 2022.
R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", 2013.
"""

from sympy import Rational, oo

from derivations import Model, Prod, Sum, Witness, absolute, d, diag, dot, eq, grad, norm, sigma, tanh, use, vstack

rnn = Model("rnn", title="Recurrent network", source="Medewar 2022")
n, m, p = rnn.dims("n m p")
t, j, k, L, T = rnn.times("t j k L T")

x, y = rnn.inputs("x", m), rnn.inputs("y", p)
W, alpha = rnn.parameter("W", n, {"rec": n, "in": m}), rnn.parameter("alpha")
W_rec, W_in = W["rec"], W["in"]
phi, ell = rnn.smooth("phi", p), rnn.smooth("ell")
c, h, E = rnn.sequence("c", n, "state"), rnn.sequence("h", p, "output"), rnn.sequence("E")

# The network. A node responds to perturbations; z is an abbreviation, seen through by ∂⁺.
z = rnn.let("z", W_rec @ c[t - 1] + W_in @ x[t])
c[t] = sigma(z)
h[t] = phi(c[t])
E[t] = ell(vstack(h[t], y[t]))
total = rnn.node("E", Sum(E[t], (t, 1, T)))
W_new = rnn.node("W'", W - alpha * grad(total, W), "update")

rnn.printed("state", r"c(t) = \sigma(W_{rec} \cdot c(t-1) + W_{in} \cdot x(t))")
rnn.printed("output", r"\text{``the network produces a single vector''}")
rnn.printed("update", r"W \leftarrow W - \alpha \frac{\partial E}{\partial W}")

rnn.equal("loss-sum", grad(total, W), Sum(grad(E[t], W), (t, 1, T)),
          printed=r"\frac{\partial E}{\partial W} = \sum_{t=1}^{T} \frac{\partial E(t)}{\partial W}")
rnn.equal("update.size", norm(W_new - W), absolute(alpha) * norm(grad(total, W)),
          printed=r"\text{``as the gradient shrinks, the updates become minor''}")
rnn.equal("concat", c[t], sigma(W @ vstack(c[t - 1], x[t])), printed="W = [W_{rec}, W_{in}]")

# One step back
J, slope = d(c[t], c[t - 1]), sigma.prime(z)
rnn.equal("jacobian.step", J, diag(slope) @ d(z, c[t - 1]),
          printed=r"\frac{\partial c(t)}{\partial c(t-1)} = \sigma'(z(t)) \cdot \frac{\partial}{\partial c(t-1)}"
                  r" [W_{rec} \cdot c(t-1) + W_{in} \cdot x(t)]")
rnn.equal("jacobian", J, diag(slope) @ W_rec,
          printed=r"\frac{\partial c(t)}{\partial c(t-1)}"
                  r" = \sigma'(W_{rec} \cdot c(t-1) + W_{in} \cdot x(t)) \cdot W_{rec}")
rnn.equal("jacobian.literal", lambda: (J, slope @ W_rec), fails=n >= 2)
rnn.equal("jacobian.right", J, W_rec @ diag(slope), fails=n >= 2)  # NumPy's slope * W_rec

# Many steps back, the latest factor leftmost
rnn.equal("state-product", d(c[k], c[1]), Prod(J, (t, 2, k)),
          printed=r"\frac{\partial c(k)}{\partial c(1)} = \prod_{t=2}^{k} \frac{\partial c(t)}{\partial c(t-1)}")
rnn.equal("state-product.reversed", d(c[k], c[1]), Prod(J, (t, 2, k), latest="right"),
          fails=(k >= 3) & (n >= 2))

# Back to a weight: one path for each step that uses it. The article keeps the first.
back = d(E[k], h[k]) @ d(h[k], c[k]) @ Prod(J, (t, j + 1, k))  # from E_k to the state at step j
first = back.subs(j, 1)
explicit = first.xreplace({J: diag(slope) @ W_rec})
every = (W_rec, W_in, W)
rnn.equal("chain", lambda V: (d(E[k], V), first @ d(c[1], V)), each=every, fails=k >= 2, source="Medewar 2022, eq. 2",
          printed=r"\frac{\partial E(k)}{\partial W} = \frac{\partial E(k)}{\partial h(k)}"
                  r" \frac{\partial h(k)}{\partial c(k)} \left( \prod_{t=2}^{k}"
                  r" \frac{\partial c(t)}{\partial c(t-1)} \right) \frac{\partial c(1)}{\partial W}")
rnn.equal("chain.first-use", lambda V: (d(E[k], use(V, 1)), first @ d(c[1], V)), each=every,
          source="Medewar 2022, eq. 2")
rnn.equal("chain.full", lambda V: (d(E[k], V), Sum(back @ d(c[j], use(V, j)), (j, 1, k))), each=every,
          printed="", also={k: 100}, source="a correction of Medewar 2022, eq. 2")
rnn.equal("chain.substituted", lambda V: (d(E[k], V), explicit @ d(c[1], V)), each=every, fails=k >= 2,
          printed=r"\frac{\partial E(k)}{\partial W} = \frac{\partial E(k)}{\partial h(k)}"
                  r" \frac{\partial h(k)}{\partial c(k)} \left( \prod_{t=2}^{k} \sigma'(W_{rec} \cdot c(t-1)"
                  r" + W_{in} \cdot x(t)) \cdot W_{rec} \right) \frac{\partial c(1)}{\partial W}")
rnn.equal("chain.substituted.first-use", lambda V: (d(E[k], use(V, 1)), explicit @ d(c[1], V)), each=every)

# How large a product can be. A sigmoid's slope is at most 1/4: ρ < 1 makes it vanish, ρ > 1 need not make it explode.
half, v, M, C = Rational(1, 2), rnn.input("v"), rnn.parameter("M"), rnn.parameter("C")
P, rho = Prod(J, (t, 2, k)), rnn.let("rho", norm(W_rec, 2) / 4)
doubling = Witness({n: 1, m: 1, W_rec: 8, W_in: 1, x[t]: -4, c[0]: half}, "every factor is exactly 2")
rnn.bound("slope", tanh.prime(v) < 1, fails=True, witness={v: 0},
          printed=r"\text{``the derivative of tanh is lower than 1''}")
rnn.bound("slope.bound", tanh.prime(v) <= 1, sigma.prime(v) <= Rational(1, 4))
rnn.exists("explode", eq(norm(P, 2), 2**(k - 1)), along=k, witness=doubling,
           printed=r"\text{``the product of derivatives can explode''}")
rnn.bound("explode.necessary", norm(P, 2) <= 1, given=rho <= 1, printed=r"\text{``when $W_{rec}$ is strong enough''}")
rnn.tends("explode.sufficient", norm(P, 2), oo, along=k, given=rho > 1, fails=True,
          printed=r"\text{``when $W_{rec}$ is strong enough''}",
          witness=Witness({n: 1, m: 1, W_rec: 100, W_in: 0, x[t]: 0, c[0]: 1}, "the state saturates, where σ is flat"))
rnn.tends("vanish", norm(Prod(diag(slope) @ W_rec, (t, 2, k)), 2), 0, along=k, fails=True, witness=doubling,
          printed=r"\prod_{t=2}^{k} \sigma'(W_{rec} \cdot c(t-1) + W_{in} \cdot x(t)) \cdot W_{rec} \rightarrow 0")
rnn.bound("vanish.bounded", norm(P, 2) <= rho**(k - 1), source="Pascanu, Mikolov and Bengio 2013")
rnn.tends("vanish.bounded.limit", norm(P, 2), 0, along=k, given=rho < 1, source="Pascanu, Mikolov and Bengio 2013")
rnn.exists("vanish.bounded.attained", eq(norm(P, 2), rho**(k - 1)), along=k, printed="", source="not in Medewar 2022",
           witness=Witness({n: 1, m: 1, W_rec: 2, W_in: -1, x[t]: 1, c[0]: half}, "σ is steepest at every step"))
rnn.exists("prevention", norm(P, 2) >= half, along=k, witness=doubling, source="for comparison with lstm.prevention",
           printed=r"\text{``we may find an appropriate parameter update such that the gradient does not"
                   r" disappear''}")

# What vanishes of a loss's gradient: a long way back under a bound on the loss, and never the gradient as a whole
still = Witness({n: 1, m: 1, p: 1, W_rec: 0, W_in: 0, alpha: 1, x[t]: 0, y[t]: 1, c[0]: 0,
                 phi: lambda c: c, ell: lambda h, y: dot(h, y)}, "E_k = c_k: the last step alone contributes 1/8")
growing = Witness({n: 1, m: 1, p: 1, W_rec: Rational(18, 5), W_in: 1, x[t]: Rational(-9, 5), y[t]: Rational(3, 2)**t,
                   c[0]: half, phi: lambda c: c, ell: lambda h, y: dot(h, y)},
                  "E_k = 1.5^k c_k, and every factor is 0.9")
losses, uses = norm(d(E[k], c[k])) <= M, norm(d(c[j], use(W, j)), 2) <= C
far = Sum(Sum(d(E[t], use(W, j)), (j, 1, t - L)), (t, L + 1, T))
rnn.tends("last-statement", explicit @ d(c[1], W), 0, along=k, given=[rho < 1, losses],
          printed=r"\text{``when $k$ is big, the last statement tends to vanish''}")
rnn.tends("step-gradient", d(E[k], W), 0, along=k, given=rho < 1, fails=True, witness=still,
          printed=r"\frac{\partial E(k)}{\partial W} \rightarrow 0")
rnn.bound("step-gradient.long-range",
          norm(d(E[k], use(W, j))) <= M * rho**(k - j) * norm(d(c[j], use(W, j)), 2), given=losses)
rnn.tends("step-gradient.long-range.limit", d(E[k], use(W, j)), 0, along=k, given=[rho < 1, losses])
rnn.tends("step-gradient.unbounded", d(E[k], W), 0, along=k, given=rho < 1, fails=True, witness=growing)
rnn.tends("total", grad(total, W), 0, along=T, given=rho < 1, fails=True, witness=still,
          printed=r"\frac{\partial E}{\partial W} = \sum_{t=1}^{T} \frac{\partial E(t)}{\partial W} \rightarrow 0")
rnn.tends("no-update", W_new - W, 0, along=T, given=rho < 1, fails=True, witness=still,
          printed=r"W \leftarrow W - \alpha \frac{\partial E}{\partial W} \approx W")
rnn.bound("no-update.long-range", norm(far) <= M * C * T * rho**L / (1 - rho), given=[rho < 1, losses, uses])
