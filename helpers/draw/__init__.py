"""Pictures, tables and widgets drawn from a trace, a history or other values. No I/O is done here."""

from helpers.draw.answers import Answers as Answers
from helpers.draw.diagram import state_diagram as state_diagram
from helpers.draw.families import family_map as family_map
from helpers.draw.header_map import header_map as header_map
from helpers.draw.ladder import ladder as ladder
from helpers.draw.layer_reach import layer_reach as layer_reach
from helpers.draw.lock_timeline import lock_timeline as lock_timeline
from helpers.draw.picture import Picture as Picture
from helpers.draw.tables import calls as calls
from helpers.draw.tables import sockets as sockets
from helpers.draw.wire_panel import wire_panel as wire_panel
