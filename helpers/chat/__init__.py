"""A server as a process of its own, the test clients that visit it, a load of a thousand clients, and two seats."""

from helpers.chat.guests import GUESTS, Guest, visits
from helpers.chat.load import Load, crowd, measure
from helpers.chat.panel import chat_panel
from helpers.chat.server_process import ServerProcess

__all__ = ["GUESTS", "Guest", "Load", "ServerProcess", "chat_panel", "crowd", "measure", "visits"]
