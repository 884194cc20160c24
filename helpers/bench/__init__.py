"""How fast two processes talk: every mechanism of the course measured in the same run, in short slices, in turn."""

from helpers.bench.engine import MECHANISMS, SIZES, BenchError, measure
from helpers.bench.results import Figure, Floor, Key, Machine, NotMeasured, Results, load
from helpers.bench.slices import Language, Measure, Placement

__all__ = [
    "MECHANISMS",
    "SIZES",
    "BenchError",
    "Figure",
    "Floor",
    "Key",
    "Language",
    "Machine",
    "Measure",
    "NotMeasured",
    "Placement",
    "Results",
    "load",
    "measure",
]
