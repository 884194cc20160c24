"""Figures as a picture: time and throughput against the size of the message, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from helpers.draw.drawing import png
from helpers.draw.palette import COLOURS
from helpers.lessons.which_one.results import Results, size_text, time_text
from helpers.lessons.which_one.slices import Language, Measure, Placement
from helpers.lessons.which_one.tables import speed_text

WIDTH, HEIGHT = 820, 980
"""Pixels of the picture in the page."""
DOTS = 100
"""Pixels of an inch in the page."""
SHARPER = 1.5
"""Pixels of the PNG for one in the page, for screens that have more."""
NAMES = 0.2
"""Part of the width that the names take."""
GAP = 0.038
"""Part of a panel's height between two names."""

FAMILIES = {
    "new": ("pipe", "FIFO"),
    "held": ("POSIX queue", "System V queue"),
    "injected": ("Unix stream", "Unix datagram", "Unix seqpacket"),
    "lost": ("TCP", "UDP"),
    "ink": ("semaphore", "eventfd", "spinning", "ring", "ring, one at a time"),
    "muted": ("ONC RPC", "door"),
}
"""A colour's role for each family; within it, the dashes and marks differ."""
STYLES = (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"), ((0, (1, 3)), "v"))
LABELS = {Measure.ROUND_TRIP: "time of a round trip", Measure.ONE_WAY: "throughput one way"}


@dataclass(frozen=True)
class Chart:
    """What a cell shows: the picture, and words that are the same on every run."""

    results: Results
    placement: Placement

    @property
    def text(self) -> str:
        """Instead of the picture."""
        sizes = [size_text(size) for size in self.results.sizes()]
        return (
            f"[picture: time of a round trip and throughput one way, processes on {self.placement}, messages of"
            f" {', '.join(sizes)}; the same as a table: table(results, measure, placement)]"
        )

    def to_png(self) -> bytes:
        """Two panels, one under the other."""
        figure = Canvas(figsize=(WIDTH / DOTS, HEIGHT / DOTS), dpi=SHARPER * DOTS, facecolor="white")
        for number, measure in enumerate(Measure):
            panel = figure.add_axes((0.1, 0.55 - 0.49 * number, 0.88 - NAMES, 0.41))
            self._draw(panel, measure)
        return png(FigureCanvasAgg(figure))

    def _draw(self, panel: Axes, measure: Measure) -> None:
        ends = []
        for role, names in FAMILIES.items():
            for name, (dashes, mark) in zip(names, STYLES, strict=False):
                line = _line(self.results, name, measure, self.placement)
                if not line:
                    continue
                sizes, values = zip(*line, strict=True)
                colour = COLOURS[role].paper
                panel.plot(sizes, values, color=colour, linestyle=dashes, marker=mark, markersize=4, linewidth=1.4)
                ends.append((values[-1], sizes[-1], name, colour))
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_xticks(self.results.sizes(), [size_text(size) for size in self.results.sizes()], fontsize=10)
        panel.minorticks_off()
        text = time_text if measure is Measure.ROUND_TRIP else speed_text
        panel.yaxis.set_major_formatter(lambda value, _: text(value))
        panel.tick_params(labelsize=10)
        panel.grid(True, color=COLOURS["shade"].paper)
        panel.set_title(f"{LABELS[measure]}, by the size of the message, on {self.placement}", loc="left", fontsize=11)
        _name(panel, ends)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        size = {"width": WIDTH, "height": HEIGHT, "alt": self.text}
        return {"image/png": self.to_png(), "text/plain": self.text}, {"image/png": size}


def _line(results: Results, name: str, measure: Measure, placement: Placement) -> list[tuple[int, float]]:
    """Sizes with nanoseconds or bytes a second."""
    line = []
    for key, figure in results.figures.items():
        if (key.mechanism, key.measure, key.placement, key.language) == (name, measure, placement, Language.PYTHON):
            trip = measure is Measure.ROUND_TRIP
            line.append((key.size, figure.median if trip else figure.bytes_per_second(key.size)))
    return sorted(line)


def _name(panel: Axes, ends: Sequence[tuple[float, int, str, str]]) -> None:
    """Write the names at the right, in the order of the lines' ends, each joined to its line."""
    to_axes = panel.transData + panel.transAxes.inverted()
    places = [(*to_axes.transform((size, value)), name, colour) for value, size, name, colour in ends]
    places.sort(key=lambda place: place[1])
    for (x, y, name, colour), height in zip(places, spread([place[1] for place in places], GAP), strict=True):
        panel.annotate(
            name, (x, y), (1.05, height), xycoords="axes fraction", textcoords="axes fraction", color=colour,
            va="center", fontsize=10, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "alpha": 0.6, "relpos": (0, 0.5)},
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """The same heights, sorted ones, moved apart as little as keeps them `gap` apart and about where they were."""
    groups: list[list[float]] = []  # each: the sum of the wanted middles, and how many
    for height in heights:
        groups.append([height, 1])
        while len(groups) > 1 and _middle(groups[-1]) - _middle(groups[-2]) < gap * (groups[-1][1] + groups[-2][1]) / 2:
            total, number = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + number]
    return [
        _middle(group) + gap * (place - (group[1] - 1) / 2) for group in groups for place in range(int(group[1]))
    ]


def _middle(group: Sequence[float]) -> float:
    return group[0] / group[1]
