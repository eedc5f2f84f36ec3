"""Proofs in index notation: for every dimension and every number of steps."""
