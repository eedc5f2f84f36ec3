"""How fast this is, and how much it catches, beside what people use today: ``python -m benchmarks``.

Times are ratios to a peer that is measured in the same run; seconds stand beside them, and belong to one machine.
"""
