"""A figure's SVG as a part of a page: read as XML, let through without what could act or be fetched, and shortened."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from markupsafe import Markup

from derivations.errors import DerivationError
from derivations.report.web.figure import Figure

SVG, LINKS = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
DROPPED = {"metadata", "title", "desc"}  # what it says of itself; the page says it with the figure
FORBIDDEN = {"script", "foreignObject", "iframe", "image", "a", "animate", "set", "handler", "audio", "video"}
REFERENCE = re.compile(r"#([-\w.]+)")
NUMBER = re.compile(r"-?[0-9]+\.[0-9]+(?:e-?[0-9]+)?")
TIGHT = re.compile(r"\s?([A-Za-z])\s?")  # a letter of a path needs no space around it
EVERYWHERE = re.compile(r"\s*\*\s*\{([-a-z: ;]*)\}\s*")  # a style for all elements, which would be the whole page's


def drawing(figure: Figure) -> Markup:
    """The ``<svg>`` element, named by the figure's title.

    Raises DerivationError where it is no SVG, or has scripts, links, pictures or styles that are not its own.
    """
    try:
        root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>\[]*>", "", figure.svg, count=1))
    except ElementTree.ParseError as error:
        raise DerivationError(f"the figure {figure.name} is no XML: {error}") from error
    if root.tag != f"{{{SVG}}}svg":
        raise DerivationError(f"the figure {figure.name} begins with <{root.tag}>: expected <svg> in its namespace")
    styles = _cleaned(root, figure.name)
    for name in ("width", "height") if root.get("viewBox") else ():
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": figure.title, "class": "drawing"}
    root.set("style", ";".join(filter(None, [root.get("style", ""), *styles])))
    _shorten(root)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", LINKS)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _cleaned(root: ElementTree.Element, name: str) -> list[str]:
    """Takes out what is dropped, and gives the styles that were for all elements. Raises DerivationError."""
    styles = []
    for parent in list(root.iter()):
        for child in list(parent):
            tag = str(child.tag).rpartition("}")[2]
            if tag in DROPPED:
                parent.remove(child)
            elif tag == "style":
                found = EVERYWHERE.fullmatch(child.text or "")
                if found is None:
                    raise DerivationError(f"the figure {name} has a style sheet: expected styles at its elements")
                styles.append(found[1].strip())
                parent.remove(child)
            elif tag in FORBIDDEN:
                raise DerivationError(f"the figure {name} has a <{tag}>: expected lines, shapes and text")
        for key, value in parent.attrib.items():
            short = key.rpartition("}")[2].lower()
            if short.startswith("on") or (short == "href" and not value.startswith("#")) or _fetches(value):
                raise DerivationError(f"the figure {name} has {short}={value[:40]!r}: expected nothing that acts or "
                                      "is fetched")
    return styles


def _shorten(root: ElementTree.Element) -> None:
    """Leave out ids that nothing refers to, space between elements, and what no eye can see of a coordinate."""
    used = {name for e in root.iter() for value in e.attrib.values() for name in REFERENCE.findall(value)}
    for e in root.iter():
        if e.get("id") not in used:
            e.attrib.pop("id", None)
        for name in ("d", "points", "x", "y"):
            if name in e.attrib:
                e.set(name, TIGHT.sub(r"\1", NUMBER.sub(_rounded, " ".join(e.attrib[name].split()))))
        if "style" in e.attrib:
            e.set("style", e.attrib["style"].replace(": ", ":").replace("; ", ";"))
        e.tail = (e.tail or "").strip() or None
        if len(e) and not (e.text or "").strip():
            e.text = None


def _rounded(number: re.Match[str]) -> str:
    short = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _fetches(value: str) -> bool:
    return any(not part.strip(" \"'").startswith("#") for part in re.findall(r"url\(([^)]*)\)", value))
