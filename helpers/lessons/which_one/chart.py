"""The comparison as a picture: time and throughput against the size of the message, both axes logarithmic.

matplotlib, because here the axes are what is read. Each name stands at the end of its line: sixteen lines in a legend
would be told apart by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from helpers.draw.drawing import png
from helpers.draw.palette import COLOURS
from helpers.lessons.which_one.comparison import MEASURES, SIZES, Key, Results, size_text

WIDTH, HEIGHT = 820, 980
"""Pixels of the picture in the page; its PNG has half as many again, for screens that have more."""
GAP = 0.04
"""Part of a panel's height between two names."""
FAMILIES = {
    "new": ("pipe", "FIFO"),
    "held": ("POSIX queue", "System V queue"),
    "injected": ("Unix stream", "Unix datagram", "Unix seqpacket"),
    "lost": ("TCP", "UDP"),
    "ink": (
        "memory + semaphore", "memory + eventfd", "memory + spinning", "memory + ring", "memory + unbatched ring",
    ),
    "muted": ("ONC RPC", "door"),
}  # fmt: skip
"""A colour's role for each family; within it, the dashes and marks differ."""
STYLES = (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"), ((0, (1, 3)), "v"))
TITLES = {"round trip": "time of a round trip", "one way": "throughput one way"}


@dataclass(frozen=True)
class Chart:
    """What a cell shows: the picture, and words that are the same on every run."""

    results: Results
    place: str

    def __repr__(self) -> str:
        return (
            f"[picture: time of a round trip and throughput one way, processes on {self.place}, messages of "
            f"{', '.join(map(size_text, SIZES))}; the figures as text: results.table({self.place!r}, 'one way')]"
        )

    def to_png(self) -> bytes:
        """Two panels, one under the other."""
        figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=150, facecolor="white")
        for number, measure in enumerate(MEASURES):
            self._draw(figure.add_axes((0.1, 0.55 - 0.49 * number, 0.635, 0.41)), measure)
        return png(FigureCanvasAgg(figure))

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        size = {"width": WIDTH, "height": HEIGHT, "alt": repr(self)}
        return {"image/png": self.to_png(), "text/plain": repr(self)}, {"image/png": size}

    def _draw(self, panel: Axes, measure: str) -> None:
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_xticks(SIZES, [size_text(size) for size in SIZES])
        panel.minorticks_off()
        panel.yaxis.set_major_formatter(EngFormatter("B/s" if measure == "one way" else "s"))
        panel.grid(True, color=COLOURS["frame"].paper)
        panel.set_title(f"{TITLES[measure]}, by the size of the message, on {self.place}", loc="left", fontsize=11)
        ends = []
        for role, names in FAMILIES.items():
            for name, (dashes, mark) in zip(names, STYLES, strict=False):
                if points := list(self._points(name, measure)):
                    sizes, best, median = zip(*points, strict=True)
                    colour = COLOURS[role].paper
                    panel.plot(sizes, best, color=colour, linewidth=1.4, linestyle=dashes, marker=mark, markersize=4)
                    panel.vlines(sizes, best, median, color=colour, linewidth=0.8)
                    ends.append((best[-1], sizes[-1], name, colour))
        _name(panel, ends)

    def _points(self, name: str, measure: str) -> Iterator[tuple[int, float, float]]:
        """Size, the fastest slice and the median, in seconds or bytes a second."""
        for size in SIZES:
            times = self.results.spread(Key(name, size, self.place, measure))
            if times[0] < math.inf:
                best, median = (size / time * 1e9 if measure == "one way" else time / 1e9 for time in times)
                yield size, best, median


def _name(panel: Axes, ends: Sequence[tuple[float, int, str, str]]) -> None:
    """Write the names at the right, in the order of the lines' ends, each joined to its line."""
    panel.autoscale_view()
    to_axes = panel.transData + panel.transAxes.inverted()
    height = -1.0
    for left, (value, size, name, colour) in enumerate(sorted(ends), start=1):
        x, y = to_axes.transform((size, value))
        height = min(max(height + GAP, y), 1 - GAP * (len(ends) - left))
        panel.annotate(
            name, (x, y), (1.05, height), xycoords="axes fraction", textcoords="axes fraction", color=colour,
            va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "alpha": 0.6, "relpos": (0, 0.5)},
        )  # fmt: skip
