"""How figures look: one style, legible without colour, and drawings that are the same bytes for the same numbers.

matplotlib's object interface without pyplot: nothing outlives a figure, and no reader's own settings change it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numeric.figures.measured import Curve
from numeric.figures.svg import embeddable
from numeric.figures.table import FigureError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MISSING = ("figures need matplotlib, which is not installed: install it, `python -m pip install matplotlib`, or this "
           "package with its extra `figures`")
SETTINGS: dict[Any, Any] = {
    "font.family": "STIXGeneral", "mathtext.fontset": "stix", "font.size": 11.0, "axes.labelsize": 12.0,
    "xtick.labelsize": 10.0, "ytick.labelsize": 10.0, "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 0.7, "xtick.direction": "out", "axes.grid": True, "axes.axisbelow": True, "grid.color": "#dddddd",
    "grid.linewidth": 0.5, "figure.facecolor": "white", "savefig.facecolor": "white", "svg.fonttype": "path",
    "lines.solid_capstyle": "butt", "path.simplify": False,
}
DPI = 160


@dataclass(frozen=True)
class Style:
    """What tells a curve from the others: a dash and a marker; a colour too, whose grey differs from the others'."""

    colour: str
    dash: Any
    marker: str


# colours of Okabe and Ito (2008), told apart by those who see red and green alike, from dark to light
STYLES = (
    Style("#000000", "-", "o"),
    Style("#0072b2", (0, (6, 2)), "s"),
    Style("#d55e00", (0, (7, 2, 1.5, 2)), "^"),
    Style("#009e73", (0, (1.2, 1.6)), "D"),
    Style("#cc79a7", (0, (3, 1.5, 1, 1.5, 1, 1.5)), "v"),
)
BOUND_COLOUR = "#555555"
LINE = 12.5  # points from the words at one end to those at the next
MARKS = 9  # markers along a curve


class Page:
    """A figure while it is drawn: axes side by side, with curves, bounds, points and words."""

    def __init__(self, width: float = 7.4, height: float = 4.3, columns: int = 1) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width, height), layout="constrained")
        self.columns, self.panels = columns, list[Any]()
        self.ends: list[tuple[Axes, float, str]] = []
        self.ids: list[str] = []

    def axes(self, x: str, y: str, *, title: str = "", decades: bool = False, share: Axes | None = None) -> Axes:
        """The next axes, with the letters of the paper on them. ``decades``: what is drawn on y are logarithms."""
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        ax = self.figure.add_subplot(1, self.columns, len(self.panels) + 1, sharey=share)
        self.panels.append(ax)
        ax.set_xlabel(x)
        ax.set_ylabel(y)
        ax.set_title(title, fontsize=11, loc="left")
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        if decades:
            ax.yaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
            ax.yaxis.set_major_formatter(FuncFormatter(power_of_ten))
        return ax

    def id(self, name: str) -> str:
        """An id that no other part of the figure has."""
        self.ids.append(name)
        return name if self.ids.count(name) == 1 else f"{name}-{self.ids.count(name)}"

    def curve(self, ax: Axes, curve: Curve, style: int, *, band: bool = True, size: bool = False) -> None:
        """The median as a line with a few markers, and the band between the quantiles. −∞ is not drawn.

        ``size``: of logarithms, the numbers themselves.
        """
        chosen, x = STYLES[style], curve.at
        values = (np.float_power(10.0, v) if size else v for v in (curve.low, curve.median, curve.high))
        low, median, high = (np.where(np.isfinite(v), v, np.nan) for v in values)
        if band:
            ax.fill_between(x, low, high, color=chosen.colour, alpha=0.16, linewidth=0)
            for edge in (low, high):
                ax.plot(x, edge, color=chosen.colour, linewidth=0.4, alpha=0.6)
        places = markers(np.log(x) if ax.get_xscale() == "log" else x, style)
        ax.plot(x, median, color=chosen.colour, linestyle=chosen.dash, linewidth=1.5, marker=chosen.marker,
                markersize=4.2, markerfacecolor="white", markeredgewidth=0.9, markevery=places,
                label=curve.name, gid=self.id(f"curve-{slug(curve.name)}"))

    def bound(self, ax: Axes, x: np.ndarray, y: np.ndarray, name: str = "bound") -> None:
        """A line that nothing of its kind may cross, with ticks on the side that is forbidden."""
        from matplotlib.patheffects import withTickedStroke

        [line] = ax.plot(x, y, color=BOUND_COLOUR, linewidth=1.0, label=name, gid=self.id(f"curve-{slug(name)}"))
        line.set_path_effects([withTickedStroke(spacing=9, angle=60, length=0.7)])

    def point(self, ax: Axes, x: float, y: float, marker: str) -> None:
        """A marked point."""
        ax.plot([x], [y], linestyle="none", marker=marker, markersize=11 if marker == "*" else 8, color="black",
                markerfacecolor="white", markeredgewidth=1.1, zorder=5, gid=self.id("point"))

    def beside(self, ax: Axes, y: float, words: str) -> None:
        """Words at the right end of a curve that ends at y; those of one axes keep apart when the page is finished.

        What ends at −∞ ends below the axes, and its words at their foot.
        """
        self.ends.append((ax, y, words))

    def level(self, ax: Axes, y: float, words: str = "") -> None:
        """A thin line across, at a value that is worth knowing, if it is on the axis."""
        low, high = ax.get_ylim()
        if low < y < high:
            ax.axhline(y, color=BOUND_COLOUR, linewidth=0.7, linestyle=(0, (1, 2)))
            ax.annotate(words, (0, y), xycoords=("axes fraction", "data"), xytext=(3, 2), fontsize=8.5,
                        textcoords="offset points", color=BOUND_COLOUR, va="bottom")

    def below(self, ax: Axes, x: float, words: str) -> None:
        """An arrow down to what lies below the axis."""
        arrow = {"arrowstyle": "-|>", "color": "black", "relpos": (1, 0)}
        ax.annotate(words, (x, 0.0), xycoords=("data", "axes fraction"), xytext=(0, 34), textcoords="offset points",
                    ha="right", va="bottom", fontsize=10, arrowprops=arrow)

    def threshold(self, ax: Axes, x: float, words: str) -> None:
        """A thin line upwards, at a value that is worth knowing."""
        ax.axvline(x, color=BOUND_COLOUR, linewidth=0.7, linestyle=(0, (1, 2)))
        ax.annotate(words, (x, 0.02), xycoords=("data", "axes fraction"), xytext=(3, 0), fontsize=8.5,
                    textcoords="offset points", color=BOUND_COLOUR, va="bottom")

    def label(self, ax: Axes, x: np.ndarray, y: np.ndarray, words: str, along: float, *,
              offset: tuple[float, float] = (4, 4), ha: str = "left", va: str = "bottom") -> None:
        """Words beside a curve, at a share of its way along the axis: the nearest place at which it is drawn."""
        drawn = np.isfinite(y)
        if drawn.any():
            nearest = int(np.abs(x[drawn] - (x[0] + along * (x[-1] - x[0]))).argmin())
            self.words(ax, float(x[drawn][nearest]), float(y[drawn][nearest]), words, offset=offset, ha=ha, va=va)

    def words(self, ax: Axes, x: float, y: float, words: str, *, offset: tuple[float, float] = (0, 0),
              ha: str = "left", va: str = "center") -> None:
        """Words beside a place, on white so that no line runs through them."""
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8}
        ax.annotate(words, (x, y), xytext=offset, textcoords="offset points", ha=ha, va=va, fontsize=10, bbox=behind,
                    linespacing=1.1, zorder=6)

    def finish(self) -> None:
        """Put the words at the ends of curves: as near to them as a line's height between one and the next allows."""
        for ax in self.panels:
            low, high = ax.get_ylim()
            line = (high - low) * LINE / (self.figure.get_size_inches()[1] * 72)
            ends = sorted(((max(y, low), words) for at, y, words in self.ends if at is ax), key=lambda end: end[0])
            for (_, words), y in zip(ends, apart([y for y, _ in ends], line), strict=True):
                ax.annotate(words, (1.0, y), xycoords=("axes fraction", "data"), xytext=(3, 0), va="center",
                            textcoords="offset points", fontsize=10, annotation_clip=False)


def apart(values: Sequence[float], least: float) -> list[float]:
    """The nearest numbers, by least squares, that are at least so far apart; values in increasing order.

    Less what they must be apart, they are to increase: values that do not are pooled (Ayer et al. 1955).
    """
    pools: list[tuple[float, int]] = []
    for k, value in enumerate(values):
        mean, count = value - k * least, 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        pools.append((mean, count))
    level = [mean for mean, count in pools for _ in range(count)]
    return [mean + k * least for k, mean in enumerate(level)]


def slug(name: str) -> str:
    """A name as an id: letters, digits, points and hyphens."""
    return "-".join("".join(c if c.isalnum() or c == "." else " " for c in name).split())


def power_of_ten(value: float, position: int | None = None) -> str:
    """A logarithm as the label of a tick."""
    return "$1$" if value == 0 else f"$10^{{{value:g}}}$"


def markers(x: Sequence[float] | np.ndarray, style: int) -> list[int]:
    """Where a curve has its markers: evenly along the axis as it is drawn, other curves between them."""
    x = np.asarray(x, float)
    span = x[-1] - x[0]
    wanted = x[0] + span * (np.arange(MARKS) + 0.15 + 0.17 * style) / MARKS
    return sorted({int(np.abs(x - w).argmin()) for w in wanted})


@contextmanager
def style(salt: str) -> Iterator[None]:
    """matplotlib's own settings and ours, whatever the reader's are; they are put back afterwards.

    Raises FigureError where matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as missing:
        raise FigureError(MISSING) from missing
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**SETTINGS, "svg.hashsalt": salt})
        yield


def svg(page: Page, name: str, title: str, caption: str) -> str:
    """The drawing as one ``<svg>`` element, to stand in a page beside others."""
    out = io.StringIO()
    page.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return embeddable(out.getvalue(), name, title, caption)


def png(page: Page, title: str, caption: str) -> bytes:
    """The drawing in pixels."""
    out = io.BytesIO()
    page.figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None, "Title": title, "Description": caption})
    return out.getvalue()
