"""Pictures, tables and widgets drawn from a trace, a history or other values. Nothing here does I/O."""

from helpers.view.answers import Answers
from helpers.view.conversation import callers, conversation
from helpers.view.descriptor_map import descriptor_map
from helpers.view.diagram import state_diagram
from helpers.view.families import family_map
from helpers.view.figure_ladders import figure_beside
from helpers.view.header_map import header_map
from helpers.view.ladder import ladder
from helpers.view.layer_models import layer_models
from helpers.view.layer_reach import Layer, Reach, layer_reach
from helpers.view.lock_timeline import lock_timeline
from helpers.view.matrix_quiz import matrix_quiz
from helpers.view.nested_layers import nested_layers
from helpers.view.network_map import network_map
from helpers.view.packet_bytes import packet_bytes
from helpers.view.page_tables import Page, page_tables
from helpers.view.picture import Picture
from helpers.view.port_finder import port_finder
from helpers.view.scheduler_game import scheduler_game
from helpers.view.socket_map import Holding, socket_map
from helpers.view.socket_matrix import heat_map
from helpers.view.state_panel import state_panel
from helpers.view.stepper import Step, stepper
from helpers.view.stream_panel import stream_panel
from helpers.view.tables import calls, sockets
from helpers.view.transmissions import transmissions
from helpers.view.wire_panel import wire_panel

__all__ = [
    "Answers",
    "Holding",
    "Layer",
    "Page",
    "Picture",
    "Reach",
    "Step",
    "callers",
    "calls",
    "conversation",
    "descriptor_map",
    "family_map",
    "figure_beside",
    "header_map",
    "heat_map",
    "ladder",
    "layer_models",
    "layer_reach",
    "lock_timeline",
    "matrix_quiz",
    "nested_layers",
    "network_map",
    "packet_bytes",
    "page_tables",
    "port_finder",
    "scheduler_game",
    "socket_map",
    "sockets",
    "state_diagram",
    "state_panel",
    "stepper",
    "stream_panel",
    "transmissions",
    "wire_panel",
]
