"""Recurrent network: what one state, and one weight, contribute to a later loss.

    x input   c state   h output   E loss   W = [W_rec, W_in]   σ logistic   φ, ℓ any smooth functions
    d total, immediate ∂⁺, grad in the shape of the variable, use(W, j) W as used at step j alone

S. Medewar, "Solving the Vanishing Gradient Problem with LSTM", 2022.
R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", 2013.
"""

from derivations import Model, Prod, Sum, d, diag, grad, sigma, use, vstack

rnn = Model("rnn", title="Recurrent network", source="Medewar 2022")
n, m, p = rnn.dims("n m p")
t, j, k, T = rnn.times("t j k T")

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
rnn.node("W'", W - alpha * grad(total, W), "update")

rnn.printed("state", r"c(t) = \sigma(W_{rec} \cdot c(t-1) + W_{in} \cdot x(t))")
rnn.printed("output", r"\text{``the network produces a single vector''}")
rnn.printed("update", r"W \leftarrow W - \alpha \frac{\partial E}{\partial W}")

rnn.equal("loss-sum", grad(total, W), Sum(grad(E[t], W), (t, 1, T)),
          printed=r"\frac{\partial E}{\partial W} = \sum_{t=1}^{T} \frac{\partial E(t)}{\partial W}")
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
