"""A server as a process of its own, the test clients that visit it, a load of a thousand clients, and two seats."""

from helpers.lessons.chat.guests import GUESTS
from helpers.lessons.chat.load import crowd
from helpers.lessons.chat.panel import chat_panel
from helpers.lessons.chat.server_process import ServerProcess

__all__ = ["GUESTS", "ServerProcess", "chat_panel", "crowd"]
