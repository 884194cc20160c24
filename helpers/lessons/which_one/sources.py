"""The loops themselves, to be read beside what they cost."""

from __future__ import annotations

import inspect
import textwrap

from helpers.lessons.which_one.mechanisms import KINDS
from helpers.lessons.which_one.slices import Measure

LOOPS = {Measure.ROUND_TRIP: ("ask", "answer"), Measure.ONE_WAY: ("send", "receive")}
"""The client's and the server's."""


def loop_of(mechanism: str, measure: Measure) -> str:
    """The source of a mechanism's two loops, the client's and the server's. Raises KeyError for an unknown name."""
    functions = (getattr(KINDS[mechanism], name) for name in LOOPS[measure])
    return "\n".join(textwrap.dedent(inspect.getsource(function)) for function in functions).rstrip()
