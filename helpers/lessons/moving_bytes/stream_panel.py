"""What is written in pieces is read in pieces: sliders for the sizes of both, and real sockets that answer."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from socket import SocketKind
from typing import Any

from helpers.draw.drawing import Box, Drawing, Item, Line, Text
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.errors import CourseError

Carry = Callable[[SocketKind, Sequence[bytes], int], Sequence[bytes]]
"""A function of the lesson: sends each of the pieces with a call of its own through a pair of sockets of that type, and
reads at most so many bytes a call until the end; what each read gave."""

MOST_WRITES, LONGEST_WRITE, LONGEST_READ = 5, 8, 16
INSTRUCTIONS = """How many bytes does each recv() get? Real sockets answer.
Sliders (Tab, arrow keys): how many writes, bytes in each, bytes that each recv() may take; buttons: the socket's type
In code: .set(writes=3, size=5, read=4, kind=...) .reads .lost .text()"""
LEFT, CELL, HIGH = 90, 16, 30
"""Pixels before the first byte, and the width and height of a byte's place."""
SENT_TOP, READ_TOP = 50, 122
WIDTH = LEFT + CELL * MOST_WRITES * LONGEST_WRITE + 30
HEIGHT, SENTENCE = 206, 28
"""Of the whole picture, and of the sentence below it."""


@dataclass(frozen=True)
class Carried:
    """One run: what was written, what the reads gave, and where among the written bytes each read lies."""

    kind: SocketKind
    writes: tuple[bytes, ...]
    read_size: int
    reads: tuple[bytes, ...]
    starts: tuple[int, ...]
    """The place of each read's first byte."""

    @property
    def lost(self) -> tuple[int, ...]:
        """The places of the bytes that no read gave."""
        got = {place + at for place, data in zip(self.starts, self.reads, strict=True) for at in range(len(data))}
        return tuple(place for place in range(sum(map(len, self.writes))) if place not in got)


class StreamPanel(Panel):
    """The panel and its twin: what a slider does, `set()` does too."""

    def __init__(self, carry: Carry, kinds: Sequence[SocketKind]) -> None:
        """Raises ValueError where there is no type of sockets to choose."""
        import ipywidgets

        if not kinds:
            raise ValueError("the panel needs at least one type of sockets, such as socket.SOCK_STREAM")
        self._carry = carry

        def slider(name: str, value: int, most: int, tooltip: str) -> Any:
            made = ipywidgets.IntSlider(value, 1, most, description=name, tooltip=tooltip, layout={"width": "280px"})
            made.observe(self._refresh, names="value")
            return made

        self._writes = slider("writes", 3, MOST_WRITES, "How many times send() is called")
        self._size = slider("bytes each", 5, LONGEST_WRITE, "How many bytes each send() is given")
        self._read = slider("recv size", 4, LONGEST_READ, "How many bytes each recv() may take")
        self._kind = ipywidgets.ToggleButtons(options=[(kind.name, kind) for kind in kinds])
        self._kind.observe(self._refresh, names="value")
        self._page = ipywidgets.HTML()
        sliders = ipywidgets.HBox([self._writes, self._size, self._read], layout={"flex_flow": "row wrap"})
        self.widget = ipywidgets.VBox([sliders, self._kind, self._page])
        self._setting = False
        self._run()

    @property
    def reads(self) -> list[bytes]:
        """What each recv() gave."""
        return list(self._carried.reads)

    @property
    def lost(self) -> int:
        """How many of the written bytes no recv() gave."""
        return len(self._carried.lost)

    def set(
        self,
        writes: int | None = None,
        size: int | None = None,
        read: int | None = None,
        kind: SocketKind | None = None,
    ) -> None:
        """Move sliders and choose the type; what is not given stays. Raises CourseError for what cannot be chosen."""
        wanted = [(self._writes, "writes", writes), (self._size, "size", size), (self._read, "read", read)]
        for slider, name, value in wanted:
            if value is not None and not slider.min <= value <= slider.max:
                raise CourseError(f"{name} is from {slider.min} to {slider.max} here, not {value}")
        kinds = [offered for _, offered in self._kind.options]
        if kind is not None and kind not in kinds:
            raise CourseError(f"the types here are {', '.join(offered.name for offered in kinds)}, not {kind!r}")
        self._setting = True
        try:
            for widget, value in [*((slider, value) for slider, _, value in wanted), (self._kind, kind)]:
                widget.value = widget.value if value is None else value
        finally:
            self._setting = False
        self._run()

    def text(self) -> str:
        """What was written and read, in words."""
        ran = self._carried
        lost = f"{self.lost} byte{'s' if self.lost != 1 else ''}" if self.lost else "nothing"
        shown = {"send()": _listed(ran.writes), f"recv({ran.read_size})": _listed(ran.reads), "lost": lost}
        width = max(map(len, shown))
        return "\n".join([ran.kind.name, *(f"  {name:{width}}  {said}" for name, said in shown.items())])

    def picture(self) -> Drawing:
        """What was written and read, byte under byte."""
        return drawing(self._carried)

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        return INSTRUCTIONS

    def _refresh(self, _: object) -> None:
        """A slider was moved: an error is a sentence in the panel, for there is no cell to show it."""
        if self._setting:
            return
        try:
            self._run()
        except (CourseError, OSError) as error:
            self._page.value = f'<div aria-live="polite">{escape(str(error))}</div>'

    def _run(self) -> None:
        writes = tuple(letter.encode() * self._size.value for letter in string.ascii_lowercase[: self._writes.value])
        reads = self._carry(self._kind.value, writes, self._read.value)
        self._carried = placed(self._kind.value, writes, self._read.value, reads)
        style = f"color:{COLOURS['ink'].css};line-height:1.5;padding-left:14px"
        said = f'<div aria-live="polite" style="{style}">{escape(_sentence(self._carried))}</div>'
        self._page.value = drawing(self._carried, said=False).to_svg() + said


def stream_panel(carry: Carry, kinds: Sequence[SocketKind]) -> StreamPanel:
    """A panel with sliders for the sizes of writes and reads; `carry` moves the bytes each time one is moved.

    Raises ValueError without a type, CourseError if `carry` returns what was not written.
    """
    return StreamPanel(carry, kinds)


def placed(kind: SocketKind, writes: Sequence[bytes], read_size: int, reads: Sequence[bytes]) -> Carried:
    """Where each read lies among the written bytes, each of whose pieces has a letter of its own.

    Raises CourseError for a read that is no part of what was written, behind the reads before it.
    """
    written = b"".join(writes)
    starts: list[int] = []
    end = 0
    for data in reads:
        start = written.find(data, end) if data else -1
        if start < 0:
            raise CourseError(f"{data!r} was read, and what was written from byte {end} on is {written[end:]!r}")
        starts.append(start)
        end = start + len(data)
    return Carried(kind, tuple(writes), read_size, tuple(reads), tuple(starts))


def drawing(ran: Carried, said: bool = True) -> Drawing:
    """The written bytes in their pieces, below them those that were read; dotted lines where each write ended.

    `said`: with the sentence that counts the reads, which the live panel has beside its picture.
    """
    ends = [0]
    for data in ran.writes:
        ends.append(ends[-1] + len(data))
    title = f"{ran.kind.name}: each send() has {len(ran.writes[0])} bytes, each recv() takes at most {ran.read_size}"
    items: list[Item] = [
        Text(14, 26, title, 15, bold=True),
        Text(14, SENT_TOP + 20, "send()", 13),
        Text(14, READ_TOP + 20, f"recv({ran.read_size})", 13),
    ]
    items += [Line(((_x(end), SENT_TOP + HIGH), (_x(end), READ_TOP)), "muted", 1, (2.0, 3.0)) for end in ends]
    for number, (start, data) in enumerate(zip(ends, ran.writes, strict=False), 1):
        items += _piece(start, SENT_TOP, data, number)
    for number, (start, data) in enumerate(zip(ran.starts, ran.reads, strict=True), 1):
        items += _piece(start, READ_TOP, data, number)
    for place in ran.lost:
        items += _cross(place)
    if said:
        items.append(Text(14, HEIGHT - 14, _sentence(ran), 13))
    height = HEIGHT if said else HEIGHT - SENTENCE
    return Drawing(WIDTH, height, tuple(items), f"{title}. {_sentence(ran)}")


def _x(place: int) -> float:
    return LEFT + CELL * place


def _piece(start: int, top: float, data: bytes, number: int) -> list[Item]:
    """One call's bytes in a box, the call's number below it."""
    middle = _x(start) + CELL * len(data) / 2
    box = Box(_x(start) + 2, top, CELL * len(data) - 4, HIGH, fill="shade", edge_width=1.5)
    letters = [
        Text(_x(start + at) + CELL / 2, top + 20, chr(byte), 13, "middle", bold=True) for at, byte in enumerate(data)
    ]
    return [box, *letters, Text(middle, top + HIGH + 15, str(number), 12, "middle", role="muted")]


def _cross(place: int) -> list[Item]:
    """The place of a byte that nobody got."""
    left, right = _x(place) + 4, _x(place) + CELL - 4
    top, bottom = READ_TOP + 10, READ_TOP + 20
    return [
        Line(((left, top), (right, bottom)), "lost", 2),
        Line(((left, bottom), (right, top)), "lost", 2),
    ]


def _sentence(ran: Carried) -> str:
    count, lost = len(ran.reads), len(ran.lost)
    alike = [(size, len(list(run))) for size, run in groupby(map(len, ran.reads))]
    sizes = " + ".join(f"{times} × {size}" if times > 1 else str(size) for size, times in alike)
    reads = f"{count} read{'s' if count != 1 else ''}: {sizes} byte{'s' if sizes != '1' else ''}."
    return f"{reads} {lost} lost (×)." if lost else f"{reads} Nothing is lost."


def _listed(pieces: Sequence[bytes]) -> str:
    return " ".join(data.decode() for data in pieces)
