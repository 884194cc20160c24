"""Figures as a table: a row for each mechanism, a column for each size."""

from __future__ import annotations

from helpers.draw.grid import Grid, Part
from helpers.lessons.which_one.results import Figure, NotMeasured, Results, size_text, time_text
from helpers.lessons.which_one.slices import Measure, Placement

HEADINGS = {Measure.ROUND_TRIP: "Time of a round trip", Measure.ONE_WAY: "Throughput one way"}


def table(results: Results, measure: Measure, placement: Placement) -> Grid:
    """Medians; "?" beside one for which too few slices were clean, "-" where there is none, with the reason below."""
    sizes = results.sizes()
    rows, reasons = [], []
    for name in dict.fromkeys(key.mechanism for key in [*results.figures, *results.missing]):
        cells = []
        for size in sizes:
            try:
                cells.append(_cell(results.figure(name, measure, size, placement), measure, size))
            except NotMeasured:
                cells.append("-")
                reasons.append((name, results.why_not(name, measure, size, placement)))
        if any(cell != "-" for cell in cells):
            rows.append((name, *cells))
    heading = f"{HEADINGS[measure]}, both processes on {placement}"
    if placement is Placement.TWO_CORES:
        heading = f"{HEADINGS[measure]}, the processes on {placement}"
    parts = [Part(heading, ("", *map(size_text, sizes)), tuple(rows), "nothing was measured")]
    if reasons:
        parts.append(Part("Not measured", ("", "why"), tuple(dict.fromkeys(reasons)), ""))
    return Grid("", tuple(parts), _source(results))


def _cell(figure: Figure, measure: Measure, size: int) -> str:
    doubt = " ?" if figure.busy else ""
    if measure is Measure.ROUND_TRIP:
        return time_text(figure.median) + doubt
    return speed_text(figure.bytes_per_second(size)) + doubt


def _source(results: Results) -> str:
    rejected, slices = results.disturbed
    return f"{results.source} {rejected} of {slices} slices were disturbed and do not count."


def speed_text(bytes_per_second: float) -> str:
    """With three digits and a unit."""
    for unit, name in ((1e9, "GB/s"), (1e6, "MB/s")):
        if bytes_per_second >= 0.9995 * unit:
            return f"{bytes_per_second / unit:.3g} {name}"
    return f"{bytes_per_second / 1e3:.3g} kB/s"
