"""Local inter-process communication: processes to try it with, and what Python's library lacks. Linux only."""

from helpers.ipc.child import Child, ChildEnded, ChildError, Doing, StillRunning, recorded
from helpers.ipc.history import Event, History, Span
from helpers.ipc.scratch import scratch
from helpers.ipc.support import if_supported

__all__ = [
    "Child",
    "ChildEnded",
    "ChildError",
    "Doing",
    "Event",
    "History",
    "Span",
    "StillRunning",
    "if_supported",
    "recorded",
    "scratch",
]
