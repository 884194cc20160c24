"""What is written in pieces is read in pieces: sliders for the sizes of both, and real sockets that answer.

Byte stands under byte in the picture, so that a write's end can be followed down into a read: bars would not show that.
Each write has a letter of its own, by which a read is found among what was written.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import groupby
from socket import SocketKind

from helpers.draw.drawing import Box, Drawing, Item, Line, Text
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.errors import CourseError

Carry = Callable[[SocketKind, Sequence[bytes], int], Sequence[bytes]]
"""The lesson's function: sends each piece with a call of its own through sockets of that type; what each read gave."""
SLIDERS = {
    "writes": (3, 5, "writes", "How many times send() is called"),
    "size": (5, 8, "bytes each", "How many bytes each send() is given"),
    "read": (4, 16, "recv size", "How many bytes each recv() may take"),
}
"""By its name in `set()`: the value at first, the greatest, what stands beside the slider, and what it says."""
INSTRUCTIONS = """How many bytes does each recv() get? Real sockets answer.
Sliders (Tab, arrow keys): how many writes, bytes in each, bytes that each recv() may take; buttons: the socket's type
In code: .set(writes=3, size=5, read=4, kind=...) .reads .lost .text()"""
LEFT, CELL, HIGH, SENT_TOP, READ_TOP = 90, 16, 30, 50, 122
"""Pixels before the first byte; a byte's width and height; the tops of the two rows."""
WIDTH, HEIGHT, SENTENCE = LEFT + CELL * 5 * 8 + 30, 206, 28
"""Of the whole picture, and of the sentence below it."""


class StreamPanel(Panel):
    """The panel and its twin: what a slider does, `set()` does too."""

    def __init__(self, carry: Carry, kinds: Sequence[SocketKind]) -> None:
        import ipywidgets

        self._carry = carry
        sliders = {
            name: ipywidgets.IntSlider(value, 1, most, description=words, tooltip=tooltip, layout={"width": "280px"})
            for name, (value, most, words, tooltip) in SLIDERS.items()
        }
        self._kind, self._page = ipywidgets.ToggleButtons(options=[(k.name, k) for k in kinds]), ipywidgets.HTML()
        row = ipywidgets.HBox(list(sliders.values()), layout={"flex_flow": "row wrap"})
        self.widget = ipywidgets.VBox([row, self._kind, self._page])
        self._controls = {**sliders, "kind": self._kind}
        self._offered = {"kind": tuple(kinds)} | {name: range(1, most + 1) for name, (_, most, *_) in SLIDERS.items()}
        for control in self._controls.values():
            control.observe(self._moved, names="value")
        self._run()

    def set(self, **wanted: int) -> None:
        """Choose `writes`, `size`, `read` or `kind`; CourseError for what is not offered."""
        for name, value in wanted.items():
            if value not in (offered := self._offered.get(name, ())):
                raise CourseError(f"{name} can be {', '.join(map(repr, offered)) or 'nothing'} here, not {value!r}")
        for name, value in wanted.items():
            self._controls[name].value = value
        self._run()

    @property
    def lost(self) -> int:
        """How many of the written bytes no recv() gave."""
        return len(self._lost)

    def text(self) -> str:
        """What was written and read, in words."""
        lost = _counted(self.lost, "byte") if self.lost else "nothing"
        rows = {"send()": b" ".join(self._writes).decode(), self._call: b" ".join(self.reads).decode(), "lost": lost}
        width = max(map(len, rows))
        return "\n".join([self._kind.label, *(f"  {name:{width}}  {words}" for name, words in rows.items())])

    def picture(self) -> Drawing:
        """The same, drawn, with the sentence that the live panel has below its picture."""
        items = (*self._items(), Text(14, HEIGHT - 14, self._sentence(), 13))
        return Drawing(WIDTH, HEIGHT, items, f"{self._title}. {self._sentence()}")

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        return INSTRUCTIONS

    def _run(self) -> None:
        """Let sockets carry what the sliders say."""
        count, size, limit, kind = (control.value for control in self._controls.values())
        writes = [letter.encode() * size for letter in string.ascii_lowercase[:count]]
        reads = list(self._carry(kind, writes, limit))
        self._sent, self._got = list(places(writes, writes)), list(places(writes, reads))
        self._lost = sorted({*range(count * size)}.difference(*self._got))
        self._writes, self.reads, self._call = writes, reads, f"recv({limit})"
        self._title = f"{kind.name}: each send() has {size} bytes, each recv() takes at most {limit}"
        svg = Drawing(WIDTH, HEIGHT - SENTENCE, tuple(self._items()), f"{self._title}.").to_svg()
        style = f"color:{COLOURS['ink'].css};padding-left:14px"
        self._page.value = f'{svg}<div aria-live="polite" style="{style}">{escape(self._sentence())}</div>'

    def _moved(self, _: object) -> None:
        """A slider was moved: an error is a sentence in the panel, for there is no cell to show it."""
        try:
            self._run()
        except (CourseError, OSError) as error:
            self._page.value = f'<div aria-live="polite">{escape(str(error))}</div>'

    def _sentence(self) -> str:
        alike = [(size, len(list(run))) for size, run in groupby(map(len, self.reads))]
        sizes = " + ".join(f"{times} × {size}" if times > 1 else str(size) for size, times in alike)
        reads = f"{_counted(len(self.reads), 'read')}: {sizes} byte{'' if sizes == '1' else 's'}."
        return f"{reads} {self.lost} lost (×)." if self.lost else f"{reads} Nothing is lost."

    def _items(self) -> Iterator[Item]:
        """The written bytes in their pieces, below them those that were read; dotted lines where each write ended."""
        yield Text(14, 26, self._title, 15, bold=True)
        for end in (0, *(piece.stop for piece in self._sent)):
            yield Line(((_x(end), SENT_TOP + HIGH), (_x(end), READ_TOP)), "muted", 1, (2.0, 3.0))
        yield from _row("send()", SENT_TOP, self._sent, b"".join(self._writes))
        yield from _row(self._call, READ_TOP, self._got, b"".join(self._writes))
        for place in self._lost:
            yield Text(_x(place) + CELL / 2, READ_TOP + 20, "×", 16, "middle", bold=True)


def places(writes: Sequence[bytes], pieces: Sequence[bytes]) -> Iterator[range]:
    """Where each piece lies among the written bytes: looked for, because the end of a packet may be missing."""
    written, end = b"".join(writes), 0
    for data in pieces:
        start = written.find(data, end) if data else -1
        if start < 0:
            raise CourseError(f"{data!r} was read, and what was written from byte {end} on is {written[end:]!r}")
        end = start + len(data)
        yield range(start, end)


def _row(call: str, top: float, pieces: Sequence[range], written: bytes) -> Iterator[Item]:
    """Each call's bytes in a box, the call's number below it."""
    yield Text(14, top + 20, call, 13)
    for number, piece in enumerate(pieces, 1):
        yield Box(_x(piece.start) + 2, top, CELL * len(piece) - 4, HIGH, fill="shade", edge_width=1.5)
        for place in piece:
            yield Text(_x(place) + CELL / 2, top + 20, chr(written[place]), 13, "middle", bold=True)
        yield Text(_x(piece.start) + CELL * len(piece) / 2, top + HIGH + 15, str(number), 12, "middle", role="muted")


def _x(place: int) -> float:
    return LEFT + CELL * place


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
