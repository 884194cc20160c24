"""Running what a reader has written in a process of its own: it may wait for ever, or end that process.

The one harness for that. A thread in the notebook's process could not be ended, and would share descriptors, signals
and locks with the notebook. The function travels as source, so what it needs it must import or define itself.
"""

from __future__ import annotations

import inspect
import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from helpers.ipc import Child, ChildEnded, ChildError, Doing, StillRunning
from helpers.study.checking import Wrong

LONGEST = 2.0
"""Seconds that a reader's function may take."""

ALSO = ("select", "subprocess", "sys")
"""The modules that are imported there besides what every child has."""

WATCHED = 0.25
"""Seconds for which a process that waits is watched."""

ENDED = "Your code ended the process that it ran in."


@contextmanager
def running(answer: Callable[..., Any], name: str = "yours", prepare: str = "") -> Iterator[Child]:
    """A process that has the reader's function, and what the code `prepare` makes. Raises Wrong if it is none."""
    name_of(answer)
    with Child(name) as child:
        give(child, answer, prepare)
        yield child


def give(child: Child, answer: Callable[..., Any], prepare: str = "") -> str:
    """Give a process the reader's function; its name there. Raises Wrong if it is none."""
    name = name_of(answer)
    child.do(f"import {', '.join(ALSO)}\n{prepare}")
    try:
        child.define(answer)
    except NameError as error:  # in a default value, or in an annotation
        raise _raised(error) from None
    return name


def name_of(answer: object) -> str:
    """The name by which that process calls the function. Raises Wrong if it is none, or has none."""
    if not inspect.isfunction(answer):
        raise Wrong(f"Hand over the function itself, without parentheses; this is {answer!r}.")
    if answer.__name__ == "<lambda>":
        raise Wrong("Write the function with def: its source is sent to a process of its own.")
    return answer.__name__


def result(doing: Doing, waits: str | Callable[[], str], ended: str = ENDED) -> Any:
    """What the reader's code returned. Raises Wrong: with the sentence `waits` (or a function that finds it) if it does
    not come to its end, and with the sentence `ended` if it ends its process."""
    try:
        return doing.result(LONGEST)
    except StillRunning:
        raise Wrong(waits if isinstance(waits, str) else waits()) from None
    except ChildEnded:
        raise Wrong(ended) from None
    except ChildError as error:  # what was returned cannot be sent
        raise Wrong(f"{error}.".replace("process yours", "Your process")) from None
    except Exception as error:  # noqa: BLE001  the code of a reader may raise anything
        raise _raised(error) from None


def heard(descriptor: int, doing: Doing, waits: str | Callable[[], str]) -> bytes:
    """A byte that the reader's code makes come from a descriptor; b"" where the code comes to its end before.

    Raises Wrong as `result` does.
    """
    latest = time.monotonic() + LONGEST
    while time.monotonic() < latest:
        if select.select([descriptor], [], [], 0.01)[0]:
            return os.read(descriptor, 1)
        if over(doing):
            result(doing, waits)
            return b"" if not select.select([descriptor], [], [], 0)[0] else os.read(descriptor, 1)
    raise Wrong(waits if isinstance(waits, str) else waits())


def over(doing: Doing) -> bool:
    """Whether the reader's code has come to its end, or its process has."""
    try:
        return doing.done
    except ChildEnded:
        return True


def polls(child: Child) -> bool:
    """Whether a process that sleeps wakes again and again by itself, as in a loop with time.sleep()."""
    before = int(child.status("voluntary_ctxt_switches"))
    time.sleep(WATCHED)  # nothing can be waited for: what is looked for is that nothing happens
    return int(child.status("voluntary_ctxt_switches")) - before > 1


def settles(doing: Doing) -> None:
    """Wait until the reader's code sleeps or has ended, or seems to try again and again."""
    with suppress(StillRunning, ChildEnded):
        doing.blocked(timeout=1)


def _raised(error: Exception) -> Wrong:
    """What the reader's code raised and where, in a sentence."""
    where = "".join(f", {note}" for note in getattr(error, "__notes__", ())).replace("process yours", "your process")
    sentence = f"Your code raised {type(error).__name__}: {error}{where}."
    if type(error) is not NameError:
        return Wrong(sentence)
    from helpers.ipc.child_program import MODULES  # a program of Linux

    modules = ", ".join(sorted([module.__name__ for module in MODULES] + [*ALSO]))
    return Wrong(
        f"{sentence} Your function runs in another process, which has only the modules {modules}, and what the "
        "exercise names: import or define in the function what else it needs."
    )
