"""Recurrent networks: what one state contributes to a later one, checked equation by equation."""

from derivations.recurrent.lstm import lstm
from derivations.recurrent.rnn import rnn

__all__ = ["lstm", "rnn"]
