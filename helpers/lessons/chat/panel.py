"""Two seats at a chat, side by side: type a line, and read what everybody says.

Each seat is a real client of the server's process: a socket, and a thread that reads it, for what comes must appear
while no cell runs.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from html import escape

import ipywidgets

from helpers.draw.drawing import Box, Drawing, Item, Text
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.errors import CourseError
from helpers.lessons.chat.server_process import ServerProcess

PATIENCE = 5.0
"""Seconds in which a line must come back from the server."""
INSTRUCTIONS = """A chat with two seats: type a line in a field, press Enter, and both read it.
In code: .say("left" or "right", "a line") .text()"""
PLACEHOLDER = "a line, then Enter"
WIDTH, HEIGHT, GAP, MARGIN = 380, 150, 20, 14
SHEET = (
    f"box-sizing:border-box;width:{WIDTH}px;max-width:100%;height:{HEIGHT}px;overflow:auto;"
    "display:flex;flex-direction:column-reverse;padding:4px 8px;line-height:1.5;"
    f"border:1px solid {COLOURS['frame'].css};color:{COLOURS['ink'].css}"
)


class Seat:
    """A connection to the chat, and what came over it."""

    def __init__(self, name: str, server: ServerProcess) -> None:
        self.heard: list[str] = []
        self._news = threading.Condition()
        self._sock = socket.create_connection(server.address)
        self.field = ipywidgets.Text(placeholder=PLACEHOLDER, continuous_update=False, tooltip=f"{name} seat")
        self.paper = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([ipywidgets.HTML(f"<b>{name} seat</b>"), self.paper, self.field])
        self.field.observe(lambda _: self._submit(), "value")
        self._show()
        threading.Thread(target=self._listen, name=f"{name} seat", daemon=True).start()

    def say(self, line: str) -> None:
        """Send a line. Raises CourseError if it is none, or if the connection has ended."""
        if len(line.splitlines()) != 1:
            raise CourseError("say one line, which is not empty")
        try:
            self._sock.sendall(f"{line}\n".encode())
        except OSError as error:
            raise CourseError(f"the chat has ended ({error.strerror}): run the cell that starts it again") from None

    def count(self, ending: str) -> int:
        return sum(line.endswith(ending) for line in self.heard)

    def wait_for(self, ending: str, times: int) -> None:
        """Wait until it has heard so many lines that end so. Raises CourseError if it does not."""
        with self._news:
            if not self._news.wait_for(lambda: self.count(ending) >= times, PATIENCE):
                raise CourseError(f"«…{ending}» was not heard at a seat in {PATIENCE:g} s: start the chat again")

    def _submit(self) -> None:
        line, self.field.value = self.field.value, ""
        if line:  # else it was emptied here
            with contextlib.suppress(CourseError):  # the paper says already that the chat has ended
                self.say(line)

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self._sock.makefile(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with self._news:
                    self.heard.append(line.rstrip("\n"))
                    self._news.notify_all()
                self._show()
        self._show("<i>The chat has ended.</i>")
        self._sock.close()

    def _show(self, *remark: str) -> None:
        words = "<br>".join([*map(escape, self.heard[-100:]), *remark])
        words = words.replace("$", "<span>$</span>")  # else JupyterLab takes them for a formula
        self.paper.value = f'<div style="{SHEET}" tabindex="0" aria-live="polite"><div>{words}</div></div>'


class ChatPanel(Panel):
    """Two seats. Made by `chat_panel`."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server  # it lives as long as its seats
        self.seats = {name: Seat(name, server) for name in ("left", "right")}
        for seat in self.seats.values():
            seat.wait_for("has come", 1)  # from then on it hears all
        self.widget = ipywidgets.HBox([seat.widget for seat in self.seats.values()])

    def say(self, seat: str, line: str) -> None:
        """Say a line at the seat "left" or "right"; returns when both have heard it. Raises CourseError if not."""
        if seat not in self.seats:
            raise CourseError(f"there is no seat {seat!r}: the seats are {' and '.join(self.seats)}")
        awaited = [(each, each.count(f": {line}") + 1) for each in self.seats.values()]
        self.seats[seat].say(line)
        for each, times in awaited:
            each.wait_for(f": {line}", times)

    def text(self) -> str:
        """What the left seat has heard, line by line."""
        return "\n".join(self.seats["left"].heard)

    def instructions(self) -> str:
        """What it is, and how to use it."""
        return INSTRUCTIONS

    def picture(self) -> Drawing:
        """Two empty seats."""
        items: list[Item] = []
        for x, name in zip((MARGIN, MARGIN + WIDTH + GAP), self.seats, strict=True):
            items += [Text(x, 26, f"{name} seat", 14, bold=True), Box(x, 36, WIDTH, HEIGHT)]
            items += [Box(x, 44 + HEIGHT, WIDTH, 28), Text(x + 8, 63 + HEIGHT, PLACEHOLDER, role="muted")]
        alt = "A chat with two seats, left and right; each has a sheet for what was said and a field to type in"
        return Drawing(2 * (WIDTH + MARGIN) + GAP, HEIGHT + 72 + MARGIN, tuple(items), alt)


def chat_panel(server: ServerProcess) -> ChatPanel:
    """Two seats at a chat server, which tells all who has come, and sends a line on with a name and ": " before it."""
    return ChatPanel(server)
