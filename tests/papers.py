"""A small paper, with an equation of every kind, and what is in it."""

from __future__ import annotations

from standin import Checker

TEX = r"""\documentclass{article}
\begin{document}
Let $W, U \in \mathbb{R}^{n \times n}$ and $x_t \in \mathbb{R}^n$.
\begin{equation}
  h_t = \tanh(W h_{t-1} + U x_t) \label{eq:state}
\end{equation}
Then
\begin{align}
  \frac{\partial h_t}{\partial h_{t-1}}
    &= \mathrm{diag}(1 - h_t \odot h_t) W, \label{eq:jac} \\
  \frac{\partial h_t}{\partial x_t} &= \mathrm{diag}(1 - h_t \odot h_t) U. \label{eq:input}
\end{align}
\[ W U = U W \]
\[ q = \nowhere{U} \label{eq:bad} \]
and about the same.
\[ h_t \approx x_t \]
\end{document}
"""
WHERE = {"eq:state": 5, "eq:jac": 9, "eq:input": 11, "line-13": 13, "eq:bad": 14, "line-16": 16}
CLAIMS = ("paper.eq-jac", "paper.eq-input", "paper.line-13")


def asked(checker: Checker) -> list[str]:
    """The ids that were checked."""
    return [id for id, _ in checker.asked]
