"""Recurrent networks: what one state contributes to a later one, checked equation by equation."""

# in the order of the article, which is that of reports
from derivations.recurrent.rnn import rnn
from derivations.recurrent.lstm import lstm

__all__ = ["lstm", "rnn"]
