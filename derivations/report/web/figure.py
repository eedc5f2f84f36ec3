"""What a page is given of a figure: the drawing, what it shows, and the numbers that it was drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from derivations.display import Displayed


@dataclass(frozen=True)
class Figure(Displayed):
    """A drawing as text. ``svg`` is one ``<svg>`` element, whose ids no other figure has; ``csv`` its data with a row
    of headings; ``name`` letters, digits and hyphens, which names the file of the data."""

    name: str
    title: str
    caption: str
    svg: str
    csv: str
