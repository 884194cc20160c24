"""How fast two processes talk: every mechanism of the course measured in the same run, in short slices, in turn."""

from helpers.bench.chart import Chart
from helpers.bench.engine import MECHANISMS, SIZES, BenchError, measure
from helpers.bench.progress import ProgressBar
from helpers.bench.results import Figure, Floor, Key, Machine, NotMeasured, Results, load
from helpers.bench.slices import Language, Measure, Placement
from helpers.bench.sources import loop_of
from helpers.bench.tables import table

__all__ = [
    "MECHANISMS",
    "SIZES",
    "BenchError",
    "Chart",
    "Figure",
    "Floor",
    "Key",
    "Language",
    "Machine",
    "Measure",
    "NotMeasured",
    "Placement",
    "ProgressBar",
    "Results",
    "load",
    "loop_of",
    "measure",
    "table",
]
