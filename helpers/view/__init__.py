"""Pictures, tables and widgets drawn from a trace. Nothing here does I/O."""

from helpers.view.diagram import state_diagram
from helpers.view.header_map import header_map
from helpers.view.ladder import ladder
from helpers.view.picture import Picture
from helpers.view.stepper import Step, stepper
from helpers.view.tables import calls, sockets
from helpers.view.wire_panel import wire_panel

__all__ = ["Picture", "Step", "calls", "header_map", "ladder", "sockets", "state_diagram", "stepper", "wire_panel"]
