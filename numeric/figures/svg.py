"""A drawing as one element of a page: no declarations, no settings of the page's own, ids that nothing else has."""

from __future__ import annotations

import re
from html import escape

ID = re.compile(r'(?<=\sid=")([^"]+)(?=")|(?<=href="#)([^"]+)(?=")|(?<=url\(#)([^)"]+)(?=\))')
AROUND = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
DEFAULTS = re.compile(r"<defs>\s*<style[^>]*>\*\{([^}]*)\}</style>\s*</defs>\s*")  # of every element of a page


def embeddable(drawing: str, name: str, title: str, caption: str) -> str:
    """matplotlib's SVG without its declarations and metadata, with a name that is read aloud.

    Its ids begin with the figure's name. Raises ValueError where the drawing is not as it is known.
    """
    element = AROUND.sub("", drawing[drawing.index("<svg"):]).strip()
    defaults = DEFAULTS.search(element)
    if defaults is None:
        raise ValueError("matplotlib's SVG has no defaults of its lines where they were expected: see figures/svg.py")
    element = ID.sub(lambda found: f"{name}-{found[0]}", DEFAULTS.sub("", element))
    opening = (f'<svg role="img" aria-labelledby="{name}-title {name}-caption" style="{defaults[1].strip("; ")};'
               'max-width:100%;height:auto" ')
    head, body = element.split(">", 1)
    spoken = f'\n <title id="{name}-title">{escape(title)}</title>\n <desc id="{name}-caption">{escape(caption)}</desc>'
    return f"{head.replace('<svg ', opening, 1)}>{spoken}{body}\n"
