"""What a figure was drawn from: curves over draws, the table of their numbers, and what must be true of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
HEADINGS = ("least", "quantile 0.05", "median", "quantile 0.95", "greatest")
SLACK = 1e-9  # decades: a product of a thousand rounded factors is off by about 1e-11


class Contradicted(ArithmeticError):
    """Numbers of a figure contradict what is proved of them: an error of the checker."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One quantity over draws: at each place (a number on the horizontal axis) its quantiles (places × 5).

    ``quantity`` is what it is, with its unit: numbers that may lie below 1e-300 are logarithms. ``draws``: how many
    numbers each quantile is of.
    """

    name: str
    quantity: str
    at: np.ndarray
    quantiles: np.ndarray
    draws: int

    @property
    def low(self) -> np.ndarray:
        return np.asarray(self.quantiles[:, 1])

    @property
    def median(self) -> np.ndarray:
        return np.asarray(self.quantiles[:, 2])

    @property
    def high(self) -> np.ndarray:
        return np.asarray(self.quantiles[:, 3])

    @property
    def greatest(self) -> np.ndarray:
        return np.asarray(self.quantiles[:, 4])


def curve(name: str, quantity: str, at: Sequence[float] | np.ndarray, values: np.ndarray) -> Curve:
    """A curve from its values (draws × places). Each quantile is a value that was drawn, so that −∞ may be one.

    Raises ArithmeticError where a value is no number.
    """
    places = np.asarray(at)
    if np.isnan(values).any():
        where = places[np.isnan(values).any(axis=0)][0]
        raise ArithmeticError(f"{name}: {quantity} is no number at {where}")
    quantiles = np.quantile(values, QUANTILES, axis=0, method="inverted_cdf").T
    return Curve(name, quantity, places, quantiles, len(values))


@dataclass(frozen=True, eq=False)
class Measured:
    """The curves of a figure, what the horizontal axis is, and what the caption says."""

    along: str
    curves: tuple[Curve, ...]
    caption: str

    def __getitem__(self, name: str) -> Curve:
        [found] = [c for c in self.curves if c.name == name]
        return found

    def csv(self) -> str:
        """A row for each curve and place, under one row of headings; numbers as Python writes them in full."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["curve", "quantity (unit)", self.along, "draws (count)", *HEADINGS])
        for c in self.curves:
            for place, quantiles in zip(c.at, c.quantiles, strict=True):
                rows.writerow([c.name, c.quantity, number(place), c.draws, *map(number, quantiles)])
        return out.getvalue()


def number(value: float) -> str:
    """A number in full: whole ones without a point, others so that they are read back as they were."""
    whole = np.isfinite(value) and float(value).is_integer() and abs(value) < 2**53
    return str(int(value)) if whole else repr(float(value))


def above(logs: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Where logarithms of norms exceed those of their bounds by more than rounding; in the shape of the norms."""
    return np.asarray(logs > bounds + SLACK * (1 + np.abs(np.where(np.isfinite(bounds), bounds, 0.0))))


def below_bound(claim: str, logs: np.ndarray, bounds: np.ndarray) -> None:
    """Every draw (draws × places) keeps to its own bound, or the figure is not drawn. Raises Contradicted."""
    crossed = above(logs, bounds)
    if crossed.any():
        draw, place = np.argwhere(crossed)[0]
        raise Contradicted(f"{claim}: at draw {draw}, place {place}, the logarithm of the norm is "
                           f"{logs[draw, place]!r}, above its bound {bounds[draw, place]!r}; in all {crossed.sum()} of "
                           f"{crossed.size} numbers are")


def equal(claim: str, errors: np.ndarray, most: float) -> None:
    """Sides that are proved equal differ by rounding alone, or the figure is not drawn. Raises Contradicted."""
    worst = float(np.max(errors, initial=0.0))
    if not worst <= most:
        raise Contradicted(f"{claim}: the sides differ by {worst!r} of their size, expected at most {most!r}")
