"""Checkers of notebook 02."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from helpers.ipc import Child, ChildEnded, StillRunning, if_supported, scratch
from helpers.study.checking import Wrong, exercise

LONGEST = 3.0
"""Seconds that a reader's function may take."""


@exercise("02.1", "who keeps the reader waiting")
def forgotten_descriptors(keep_waiting: Callable[[str, list[Child]], Iterable[str]]) -> str:
    """The processes that it names are ended: then the reader must come to the end of its pipe, and not before."""
    with Child("parent") as parent:
        family = _family(parent)
        reader = family.pop("reader")
        reading = reader.start("os.read(r, 100)")
        reading.blocked()
        pipe = reader.descriptors()[reader.do("r") if reading.done else _number(parent, "r")]
        named = _names(keep_waiting(pipe, list(family.values())), family)
        innocent = sorted(named - {"careless", "copier"})
        for name in named:
            family[name].kill()
            family[name].wait()
        if innocent:
            raise Wrong(f"The reader does not wait for {innocent[0]}, {_ALIBIS[innocent[0]]}.")
        if reading.blocked():
            raise Wrong(f"{_listed(named)} ended, and the reader still waits: another process can write into the pipe.")
    return "The processes that you named were ended, no other, and the reader's `read()` returned `b''`."
