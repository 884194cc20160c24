"""Processes, the numbers of their descriptors, and the kernel's objects to which those numbers lead."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Line, Text, fitted
from helpers.draw.picture import Picture
from helpers.errors import CourseError

WIDTH = 720
MARGIN = 14
PROCESS_WIDTH, OBJECT_WIDTH = 200, 230
HEAD, ROW, GAP = 34, 30, 18
OBJECT_HEIGHT = 46
_NUMBERED = re.compile(r"(\w+):\[(\d+)\]")
"""How /proc/PID/fd names what has no path, as in "socket:[4711]": its kind and its inode (proc_pid_fd(5))."""

Processes = Mapping[str, Mapping[int, str]]
"""By the process's name: its descriptors, each with the link in /proc/PID/fd."""


def descriptor_map(processes: Processes, title: str = "") -> Picture:
    """Which descriptor of which process leads to which object of the kernel.

    The text says "socket 1" and "socket 2" instead of inodes, so that it is the same on every run; the picture shows
    the inodes. Raises CourseError where no process has a descriptor.
    """
    if not any(processes.values()):
        raise CourseError("descriptor_map() needs a process with an open descriptor: descriptor_map({'a': {3: ...}})")
    objects = _objects(processes)
    lines = _text(processes, objects)
    drawing = _drawing(processes, objects, title, " ".join(f"{line}." for line in lines))
    return Picture(drawing, "\n".join([*([title] if title else []), *lines]))


@dataclass(frozen=True)
class _Object:
    """What a descriptor leads to."""

    name: str
    """As in "socket 1", or the last part of a path."""
    below: str
    """What the picture says of it besides: its inode."""


def _objects(processes: Processes) -> dict[str, _Object]:
    """Each object by its link, in the order in which the descriptors lead to them."""
    counted: Counter[str] = Counter()
    objects: dict[str, _Object] = {}
    for link in [link for held in processes.values() for link in held.values()]:
        if link in objects:
            continue
        found = _NUMBERED.fullmatch(link)
        if found:
            counted[found[1]] += 1
            objects[link] = _Object(f"{found[1]} {counted[found[1]]}", f"inode {found[2]}")
        else:
            objects[link] = _Object(link.rpartition("/")[2], "has a path")
    return objects


def _text(processes: Processes, objects: Mapping[str, _Object]) -> list[str]:
    return [
        f"{name}: {', '.join(f'{number} -> {objects[link].name}' for number, link in held.items()) or 'nothing'}"
        for name, held in processes.items()
    ]


def _drawing(processes: Processes, objects: Mapping[str, _Object], title: str, alt: str) -> Drawing:
    y = 76.0 if title else 50.0
    items: list[Item] = [Text(MARGIN, 26, title, 15, bold=True)] if title else []
    items.append(Text(MARGIN, y - 12, "processes and their descriptors", 12, role="muted"))
    items.append(Text(WIDTH - MARGIN - OBJECT_WIDTH, y - 12, "in the kernel", 12, role="muted"))
    top, rows = y, dict[tuple[str, int], float]()
    for name, held in processes.items():
        height = HEAD + ROW * len(held) + 6
        items += [Box(MARGIN, y, PROCESS_WIDTH, height), *_process(name, held, y)]
        rows |= {(name, number): y + HEAD + ROW * (place + 0.5) for place, number in enumerate(held)}
        y += height + GAP
    boxes = _places(objects, top, y - GAP)
    for (name, number), row in rows.items():
        box = boxes[processes[name][number]]
        tip = (box.x, box.y + box.height / 2)
        items.append(Line(((MARGIN + PROCESS_WIDTH - 26, row), tip), "ink", 1.8, arrow=True))
    for link, box in boxes.items():
        items += _object(objects[link], box)
    bottom = max([y - GAP, *(box.y + box.height for box in boxes.values())])
    return Drawing(WIDTH, round(bottom + MARGIN), tuple(items), f"Descriptors and what they lead to. {alt}")


def _process(name: str, held: Mapping[int, str], y: float) -> list[Item]:
    """Its name, and a small box for each number."""
    items: list[Item] = [Text(MARGIN + 12, y + 23, fitted(name, PROCESS_WIDTH - 24, 14, True), 14, bold=True)]
    for place, number in enumerate(held):
        top = y + HEAD + ROW * place
        items += [
            Box(MARGIN + PROCESS_WIDTH - 74, top + 2, 48, ROW - 4, "shade", "ink", 1.3),
            Text(MARGIN + PROCESS_WIDTH - 50, top + 20, str(number), 14, "middle", bold=True),
        ]
    return items


def _places(objects: Mapping[str, _Object], top: float, bottom: float) -> dict[str, Box]:
    """A box for each object, one below the other, in the middle of the processes' height."""
    needed = len(objects) * (OBJECT_HEIGHT + GAP) - GAP
    first = top + max(0.0, bottom - top - needed) / 2
    return {
        link: Box(
            WIDTH - MARGIN - OBJECT_WIDTH, first + place * (OBJECT_HEIGHT + GAP), OBJECT_WIDTH, OBJECT_HEIGHT,
            "card", "ink", 2,
        )
        for place, link in enumerate(objects)
    }  # fmt: skip


def _object(what: _Object, box: Box) -> list[Item]:
    middle = box.x + box.width / 2
    name = fitted(what.name, box.width - 20, 14, True)
    below = Text(middle, box.y + 38, what.below, 12, "middle", role="muted")
    return [box, Text(middle, box.y + 20, name, 14, "middle", bold=True), below]
