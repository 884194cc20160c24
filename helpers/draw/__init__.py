"""Pictures, tables and widgets drawn from a trace, a history or other values. Nothing here does I/O."""

from helpers.draw.answers import Answers
from helpers.draw.diagram import state_diagram
from helpers.draw.families import family_map
from helpers.draw.header_map import header_map
from helpers.draw.ladder import ladder
from helpers.draw.layer_reach import layer_reach
from helpers.draw.lock_timeline import lock_timeline
from helpers.draw.picture import Picture
from helpers.draw.tables import calls, sockets
from helpers.draw.wire_panel import wire_panel

__all__ = [
    "Answers",
    "Picture",
    "calls",
    "family_map",
    "header_map",
    "ladder",
    "layer_reach",
    "lock_timeline",
    "sockets",
    "state_diagram",
    "wire_panel",
]
