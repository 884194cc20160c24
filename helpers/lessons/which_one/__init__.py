"""How fast two processes talk: every mechanism of the course measured in the same run, in short slices, in turn."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from helpers.lessons.which_one.engine import MECHANISMS, SIZES, BenchError, measure
from helpers.lessons.which_one.results import Figure, Floor, Key, Machine, NotMeasured, Results, load
from helpers.lessons.which_one.slices import Language, Measure, Placement
from helpers.lessons.which_one.sources import loop_of

if TYPE_CHECKING:
    from helpers.lessons.which_one.chart import Chart
    from helpers.lessons.which_one.recorded import beside_c
    from helpers.lessons.which_one.tables import table

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
    "Results",
    "beside_c",
    "load",
    "loop_of",
    "measure",
    "table",
]

_WHERE = {"Chart": "chart", "beside_c": "recorded", "table": "tables"}


def __getattr__(name: str) -> Any:
    """What draws, or knows recordings, is imported when it is asked for: the two measured processes, which import this
    package too, need none of it, and would start half a second later (module attributes: PEP 562)."""
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
