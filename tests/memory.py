"""How much memory a piece of code keeps, whatever other threads of the test session do meanwhile."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from types import ModuleType


def kept_by(module: ModuleType, work: Callable[[], object]) -> int:
    """The bytes that lines of that module have allocated during `work` and not given back at its end."""
    tracemalloc.start()
    try:
        work()
        own = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, module.__file__ or "")])
    finally:
        tracemalloc.stop()
    return sum(trace.size for trace in own.traces)
