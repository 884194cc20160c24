"""Running what a reader has written in a process of its own: it may wait for ever, or end that process."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from helpers.ipc import Child, ChildEnded, Doing, StillRunning
from helpers.study.checking import Wrong

LONGEST = 2.0
"""Seconds that a reader's function may take."""


@contextmanager
def running(answer: Callable[..., Any]) -> Iterator[Child]:
    """A process that has the reader's function. Raises Wrong if it is none."""
    name_of(answer)
    with Child("yours") as child:
        child.do("import select, subprocess, sys")  # besides what every child has
        child.define(answer)
        yield child


def name_of(answer: object) -> str:
    """The name by which that process calls the function. Raises Wrong if it is none, or has none."""
    if not inspect.isfunction(answer):
        raise Wrong(f"Hand over the function itself, without parentheses; this is {answer!r}.")
    if answer.__name__ == "<lambda>":
        raise Wrong("Write the function with def: its source is sent to a process of its own.")
    return answer.__name__


def result(doing: Doing, waits: str) -> Any:
    """What the reader's code returned. Raises Wrong, with the sentence `waits` if it does not come to its end."""
    try:
        return doing.result(LONGEST)
    except StillRunning:
        raise Wrong(waits) from None
    except ChildEnded:
        raise Wrong("Your code ended the process that it ran in.") from None
    except Exception as error:  # noqa: BLE001  the code of a reader may raise anything
        where = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
        raise Wrong(f"Your code raised {type(error).__name__}: {error}{where}.") from None
