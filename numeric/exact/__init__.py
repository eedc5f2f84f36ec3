"""Traced programs over other numbers."""
