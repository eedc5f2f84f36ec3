"""Long short-term memory without biases: the state's gradient in four terms, the paths it leaves out, its size.

    x input   c state   h output   g candidate, printed c̃   f, i, o forget, input, output gate   E loss
    W_f = [W_f^h, W_f^x], likewise W_i, W_c, W_o; W stacks the four; ℓ any smooth function
    S sum of the first k gradients   P product of k - 1 steps back   W'_f another W_f   e_t any numbers

S. Medewar, "Solving the Vanishing Gradient Problem with LSTM", 2022, equations 3 to 7.
"""

from sympy import Rational

from derivations import (Model, Prod, Sum, Witness, absolute, d, diag, dot, eq, eye, grad, had, hstack, immediate, log,
                         ne, norm, sigma, tanh, use, vanishing, vstack, zeros)

lstm = Model("lstm", title="Long short-term memory", source="Medewar 2022")
n, m = lstm.dims("n m")
t, j, k, T = lstm.times("t j k T")

x, y = lstm.inputs("x", m), lstm.inputs("y", n)
W_f, W_i, W_c, W_o = weights = [lstm.parameter(f"W_{q}", n, {"h": n, "x": m}) for q in "fico"]
W, ell = vstack(*weights), lstm.smooth("ell")
f, i = lstm.sequence("f", n, "forget gate"), lstm.sequence("i", n, "input gate")
o, g = lstm.sequence("o", n, "output gate"), lstm.sequence("c", n, "candidate", accent="tilde")
c, h, E = lstm.sequence("c", n, "state"), lstm.sequence("h", n, "output"), lstm.sequence("E")

# The cell
u = vstack(h[t - 1], x[t])
z_f, z_i, z_c, z_o = (lstm.let(f"z_{q}", V @ u) for q, V in zip("fico", weights, strict=True))
f[t] = sigma(z_f)
i[t] = sigma(z_i)
g[t] = tanh(z_c)
o[t] = sigma(z_o)
c[t] = had(c[t - 1], f[t]) + lstm.let("write", had(g[t], i[t]))
h[t] = had(o[t], tanh(c[t]))
E[t] = ell(vstack(h[t], y[t]))
total = lstm.node("E", Sum(E[t], (t, 1, T)))

lstm.printed("forget-gate", r"f(t) = \sigma(W_f \cdot [h(t-1), x(t)])")
lstm.printed("input-gate", r"i(t) = \sigma(W_i \cdot [h(t-1), x(t)])")
lstm.printed("candidate", r"\tilde{c}(t) = \tanh(W_c \cdot [h(t-1), x(t)])")
lstm.printed("output-gate", r"o(t) = \sigma(W_o \cdot [h(t-1), x(t)])")
lstm.printed("write", r"\text{``the product of two fully connected layers''}: \tilde{c}(t) \otimes i(t)")
lstm.printed("output", r"h(t) = o(t) \otimes \tanh(c(t))")
lstm.printed("state", r"c(t) = c(t-1) \otimes f(t) \oplus \tilde{c}(t) \otimes i(t)", source="Medewar 2022, eq. 5")

lstm.equal("state.full", c[t], had(sigma(W_f @ u), c[t - 1]) + had(tanh(W_c @ u), sigma(W_i @ u)),
           printed=r"c(t) = \sigma(W_f \cdot [h(t-1), x(t)]) \otimes c(t-1) \oplus"
                   r" \tanh(W_c \cdot [h(t-1), x(t)]) \otimes \sigma(W_i \cdot [h(t-1), x(t)])")
lstm.equal("loss-sum", grad(total, W), Sum(grad(E[t], W), (t, 1, T)), source="Medewar 2022, eq. 3",
           printed=r"\frac{\partial E}{\partial W} = \sum_{t=1}^{T} \frac{\partial E(t)}{\partial W}")

# A sum may vanish although no term does: W = 0, and two terms that cancel
half, numbers = Rational(1, 2), lstm.inputs("e")
cancelling = {n: 1, m: 1, T: 2, x[1]: 1, x[2]: half, y[1]: 1, y[2]: -1, ell: lambda h, y: dot(h, y)}
cancel = "E_1 = h_1 and E_2 = -h_2 have the gradients 1/4 and -1/4"
lstm.remark("partial-sums.series", "A series converges to zero if its partial sums tend to zero, by definition.",
            printed=r"\text{``the sequence of partial sums tends to zero, and hence the series converges to zero''}")
lstm.equal("partial-sums", grad(E[t], W), zeros(4 * n, n + m), given=[eq(grad(total, W), 0), t <= T], fails=T >= 2,
           witness=Witness({**cancelling, t: 1}, cancel, others=0),
           printed=r"\text{``all of these $T$ subgradients must vanish for the total error gradient"
                   r" to vanish''}")
lstm.bound("partial-sums.family", norm(grad(total, W)) <= Sum(norm(grad(E[t], W)), (t, 1, T)))
lstm.tends("partial-sums.growing", absolute(Sum(numbers[t], (t, 1, T))), 0, along=T, given=vanishing(numbers[t]),
           fails=True, witness=Witness({numbers[t]: 1 / T}, "T terms of 1/T each"))
lstm.bound("likelihood", ne(grad(total, W), 0), given=[ne(grad(E[1], W), 0), T >= 1], fails=T >= 2,
           witness=Witness(cancelling, cancel, others=0),
           printed=r"\text{``at least one of the subgradients must not vanish''}")

lstm.parents("dependencies", c[t], {c[t - 1], f[t], g[t], i[t]},
             printed=r"\text{``$c(t)$ is a function of the following elements''}: c(t-1), f(t), \tilde{c}(t), i(t)")
lstm.separates("dependencies.gates", h[t - 1], c[t - 1], {f[t], i[t], g[t]}, given=t >= 2,
               printed="", source="used for eq. 6 of Medewar 2022")

# One step back
J, tau = d(c[t], c[t - 1]), lstm.let("tau", diag(had(o[t], tanh.prime(c[t]))))
lstm.equal("output.jacobian", d(h[t], c[t]), tau, printed=r"\frac{\partial h(k)}{\partial c(k)}")
M_f = diag(had(c[t - 1], sigma.prime(z_f))) @ W_f["h"]
M_i = diag(had(g[t], sigma.prime(z_i))) @ W_i["h"]
M_c = diag(had(i[t], tanh.prime(z_c))) @ W_c["h"]
A, C, D = (lstm.let(name, M @ tau.at(t - 1)) for name, M in (("A", M_f), ("C", M_i), ("D", M_c)))
B = lstm.let("B", diag(f[t]))
four = A + B + C + D

lstm.equal("product-rule", J, diag(c[t - 1]) @ d(f[t], c[t - 1]) + diag(f[t])
           + diag(g[t]) @ d(i[t], c[t - 1]) + diag(i[t]) @ d(g[t], c[t - 1]),
           printed=r"\frac{\partial c(t)}{\partial c(t-1)} = \frac{\partial f(t)}{\partial c(t-1)} \cdot c(t-1)"
                   r" \oplus \frac{\partial c(t-1)}{\partial c(t-1)} \cdot f(t)"
                   r" \oplus \frac{\partial i(t)}{\partial c(t-1)} \cdot \tilde{c}(t)"
                   r" \oplus \frac{\partial \tilde{c}(t)}{\partial c(t-1)} \cdot i(t)")
lstm.equal("product-rule.literal", lambda: (J, d(f[t], c[t - 1]) @ c[t - 1] + d(c[t - 1], c[t - 1]) @ f[t]
           + d(i[t], c[t - 1]) @ g[t] + d(g[t], c[t - 1]) @ i[t]), fails=n >= 2)
lstm.equal("A", A, immediate(c[t], f[t]) @ d(f[t], c[t - 1]),
           printed=r"A(t) = \sigma'(W_f \cdot [h(t-1), x(t)]) \cdot W_f \cdot o(t-1) \otimes \tanh'(c(t-1))"
                   r" \cdot c(t-1)")
lstm.equal("B", B, immediate(c[t], c[t - 1]), printed="B(t) = f(t)")
lstm.equal("C", C, immediate(c[t], i[t]) @ d(i[t], c[t - 1]),
           printed=r"C(t) = \sigma'(W_i \cdot [h(t-1), x(t)]) \cdot W_i \cdot o(t-1) \otimes \tanh'(c(t-1))"
                   r" \cdot \tilde{c}(t)")
lstm.equal("D", D, immediate(c[t], g[t]) @ d(g[t], c[t - 1]),
           printed=r"D(t) = \tanh'(W_c \cdot [h(t-1), x(t)]) \cdot W_c \cdot o(t-1) \otimes \tanh'(c(t-1)) \cdot i(t)")
lstm.equal("D.misprint", D, D.xreplace({tanh.prime(z_c): sigma.prime(z_c)}), fails=True, source="as widely copied",
           printed=r"D(t) = \sigma'(W_c \cdot [h(t-1), x(t)]) \cdot W_c \cdot o(t-1) \otimes \tanh'(c(t-1)) \cdot i(t)")

lstm.equal("state-gradient", J, four, source="Medewar 2022, eq. 6",
           printed=r"\frac{\partial c(t)}{\partial c(t-1)} = A(t) \oplus B(t) \oplus C(t) \oplus D(t)")
down = diag(had(o[t - 1], tanh.prime(c[t - 1])))  # from c to the output of the same step
lstm.equal("state-gradient.long", J, diag(had(c[t - 1], sigma.prime(z_f))) @ W_f["h"] @ down + diag(f[t])
           + diag(had(g[t], sigma.prime(z_i))) @ W_i["h"] @ down
           + diag(had(i[t], tanh.prime(z_c))) @ W_c["h"] @ down, four,
           printed=r"\begin{aligned} \frac{\partial c(t)}{\partial c(t-1)} & ="
                   r" \sigma'(W_f \cdot [h(t-1), x(t)]) \cdot W_f \cdot o(t-1) \otimes \tanh'(c(t-1)) \cdot c(t-1) \\ &"
                   r" \oplus f(t) \\ & \oplus"
                   r" \sigma'(W_i \cdot [h(t-1), x(t)]) \cdot W_i \cdot o(t-1) \otimes \tanh'(c(t-1))"
                   r" \cdot \tilde{c}(t) \\ & \oplus"
                   r" \tanh'(W_c \cdot [h(t-1), x(t)]) \cdot W_c \cdot o(t-1) \otimes \tanh'(c(t-1)) \cdot i(t)"
                   r"\end{aligned}")
lstm.equal("state-gradient.forget-only", J, diag(f[t]), fails=t >= 2, source="as often quoted",
           printed=r"\frac{\partial c(t)}{\partial c(t-1)} = f(t)")
lstm.equal("terms.unsliced", lambda: (J, four.xreplace({V["h"]: V for V in weights})), fails=True,
           printed=r"\frac{\partial c(t)}{\partial c(t-1)} = A(t) \oplus B(t) \oplus C(t) \oplus D(t)")

# Many steps back: c alone does not separate past from future, s = (c, h) does
s = lstm.let("s", vstack(c[t], h[t]))
G, M, turn = d(s, s.at(t - 1)), M_f + M_i + M_c, diag(had(tanh(c[t]), sigma.prime(z_o))) @ W_o["h"]
lstm.equal("step-map", G, vstack(hstack(B, M), hstack(tau @ B, tau @ M + turn)), source="not in Medewar 2022")
lstm.equal("state-product", d(c[k], c[1]), Prod(J, (t, 2, k)), fails=k >= 3,
           printed=r"\frac{\partial c(k)}{\partial c(1)} = \prod_{t=2}^{k} \frac{\partial c(t)}{\partial c(t-1)}")
lstm.equal("state-product.held", d(c[k], c[1], hold=o), Prod(J, (t, 2, k)))
lstm.equal("state-product.defect", d(c[3], c[1]) - J.at(3) @ J.at(2), M.at(3) @ turn.at(2) @ tau.at(1),
           printed="", source="what the product of Medewar 2022 leaves out")
lstm.equal("state-product.joint", d(c[k], c[1]),
           hstack(eye(n), zeros(n, n)) @ Prod(G, (t, 2, k)) @ vstack(eye(n), tau.at(1)),
           printed="", source="a correction of the product of Medewar 2022")

back = d(E[k], h[k]) @ d(h[k], c[k]) @ Prod(J, (t, j + 1, k))  # from E_k to the state at step j
first, inner = back.subs(j, 1), (W_f, W_i, W_c)
joint = d(E[k], s.at(k)) @ Prod(G, (t, j + 1, k)) @ d(s.at(j), use(W, j))
lstm.equal("chain", lambda V: (d(E[k], V), first @ d(c[1], V)), each=inner, fails=k >= 2, source="Medewar 2022, eq. 4",
           printed=r"\frac{\partial E(k)}{\partial W} = \frac{\partial E(k)}{\partial h(k)}"
                   r" \frac{\partial h(k)}{\partial c(k)} \left( \prod_{t=2}^{k}"
                   r" \frac{\partial c(t)}{\partial c(t-1)} \right) \frac{\partial c(1)}{\partial W}")
lstm.equal("chain.output-weight", d(E[k], W_o), first @ d(c[1], W_o), fails=True, source="Medewar 2022, eq. 4")
lstm.equal("chain.first-use", lambda V: (d(E[k], use(V, 1)), first @ d(c[1], V)), each=inner, fails=k >= 2,
           source="Medewar 2022, eq. 4")
lstm.equal("chain.substituted", lambda V: (d(E[k], V), first.xreplace({J: four}) @ d(c[1], V)), each=inner,
           fails=k >= 2, source="Medewar 2022, eq. 7",
           printed=r"\frac{\partial E(k)}{\partial W} = \frac{\partial E(k)}{\partial h(k)}"
                   r" \frac{\partial h(k)}{\partial c(k)} \left( \prod_{t=2}^{k}"
                   r" [A(t) \oplus B(t) \oplus C(t) \oplus D(t)] \right) \frac{\partial c(1)}{\partial W}")
lstm.equal("chain.full.held", lambda V: (d(E[k], V, hold=o), Sum(back @ d(c[j], use(V, j)), (j, 1, k))), each=inner,
           printed="", source="for comparison with Medewar 2022, eq. 4")
lstm.equal("chain.full", d(E[k], W), Sum(joint, (j, 1, k)), printed="", also={k: 100},
           source="a correction of Medewar 2022, eq. 4")

# How large the product can be: for every k some weights keep it, some do not, and an update of W_f may help or not
P, S = lstm.let("P", Prod(four, (t, 2, k))), lstm.let("S", Sum(grad(E[t], W), (t, 1, k)))
V = lstm.parameter("W'_f", n, {"h": n, "x": m})
after = P.where({W_f: W_f + grad(log(norm(P, 2)), W_f) / 10})  # one step up the logarithm of its size
lstm.tends("product-vanishes", norm(Prod(J, (t, 2, k)), 2), 0, along=k, fails=True,
           witness=Witness({W_c["h"]: 2 * eye(n)}, "every factor is the identity", others=0),
           printed=r"\prod_{t=2}^{k} \frac{\partial c(t)}{\partial c(t-1)} \rightarrow 0")
lstm.bound("prevention.premise", norm(S.at(k + 1)) >= norm(grad(E[k + 1], W)) - norm(S),
           printed=r"\sum_{t=1}^{k} \frac{\partial E(t)}{\partial W} \rightarrow 0, \quad"
                   r" \frac{\partial E(k+1)}{\partial W} \not\rightarrow 0 \quad \Rightarrow \quad"
                   r" \sum_{t=1}^{k+1} \frac{\partial E(t)}{\partial W} \not\rightarrow 0")
lstm.equal("prevention.premise.after-update", S.at(k + 1).where({W_f: V}),
           S + grad(E[k + 1], W).where({W_f: V}), fails=k >= 1)
lstm.exists("prevention", norm(P, 2) >= half,
            witness=Witness({n: 1, m: 1, x[t]: 1, W_f["x"]: log(k) + 1}, "the product is σ(log k + 1)^{k-1}", others=0),
            printed=r"\text{``we may find an appropriate parameter update of the forget gate such that the gradient"
                    r" does not disappear''}")
fading = {n: 1, m: 1, x[t]: 1, W_f["h"]: 0, W_f["x"]: -2}
before, helped = norm(P, 2) <= half**(k - 1), norm(after, 2) >= half
lstm.exists("prevention.update", before.subs(k, 101), helped.subs(k, 101),
            witness=Witness(fading, "σ(-2)^{100} before, 0.895 after", others=0))
lstm.bound("prevention.update.always", helped, given=before, fails=k >= 2,
           witness=Witness({n: 1, m: 1, W_c["h"]: -1}, "the product is (1/4)^{k-1}, whatever W_f is", others=0))
lstm.stays("prevention.always", norm(P, 2), along=k, fails=True, printed=r"\text{``Now the gradient doesn't vanish''}",
           witness=Witness(fading, "the product is σ(-2)^{k-1}", others=0))
