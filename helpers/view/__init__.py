"""Pictures, tables and widgets drawn from a trace. Nothing here does I/O."""

from helpers.view.ladder import ladder
from helpers.view.picture import Picture
from helpers.view.tables import calls, sockets

__all__ = ["Picture", "calls", "ladder", "sockets"]
