"""Local inter-process communication: processes to try it with, and what Python's library lacks. Linux only."""

from helpers.ipc.child import Child, ChildEnded, ChildError, Doing, StillRunning, recorded
from helpers.ipc.history import Event, History, Span
from helpers.ipc.schedule import Race, every_schedule
from helpers.ipc.scratch import scratch
from helpers.ipc.support import if_supported

__all__ = [
    "Child",
    "ChildEnded",
    "ChildError",
    "Doing",
    "Event",
    "History",
    "Race",
    "Span",
    "StillRunning",
    "every_schedule",
    "if_supported",
    "recorded",
    "scratch",
]
