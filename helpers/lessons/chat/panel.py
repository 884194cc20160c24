"""Two seats at a chat, side by side: type a line, and read what everybody says."""

from __future__ import annotations

import contextlib
import socket
import threading
from html import escape

from helpers.draw.drawing import Box, Drawing, Item, Text
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.errors import CourseError
from helpers.lessons.chat.server_process import ServerProcess

SEATS = ("left", "right")
PATIENCE = 5.0
"""Seconds in which a line must come back from the server."""
LONGEST = 1000
"""Characters of a line."""
INSTRUCTIONS = """A chat with two seats: type a line in a field, press Enter, and both read it.
In code: .say("left" or "right", "a line") .text()"""
WIDTH, HEIGHT, GAP = 380, 150, 20
_MARGIN = 14


class NotHeard(CourseError):
    """A line did not come back from the server, or cannot be said."""


class Seat:
    """A connection to the chat, and what came over it."""

    def __init__(self, name: str, server: ServerProcess) -> None:
        import ipywidgets

        self.name = name
        self.heard: list[str] = []
        self.news = threading.Condition()
        self.sock = socket.create_connection(server.address, timeout=PATIENCE)
        self.sock.settimeout(None)
        self.field = ipywidgets.Text(placeholder="a line, then Enter", continuous_update=False, tooltip=f"{name} seat")
        self.paper = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([ipywidgets.HTML(f"<b>{name} seat</b>"), self.paper, self.field])
        self.field.observe(lambda _: self.submit(), "value")
        self._show()
        threading.Thread(target=self._listen, name=f"{name} seat", daemon=True).start()

    def submit(self) -> None:
        """Say what stands in the field; an error is a sentence on the paper, for there is no cell to show it."""
        line, self.field.value = self.field.value, ""
        if not line:
            return  # it was emptied here
        try:
            self.say(line)
        except NotHeard as error:
            self._show(str(error))

    def say(self, line: str) -> None:
        """Send a line. Raises NotHeard if it is none, or if the connection has ended."""
        if not line.strip() or "\n" in line or len(line) > LONGEST:
            raise NotHeard(f"a line has 1 to {LONGEST} characters, and no line break")
        try:
            self.sock.sendall(f"{line}\n".encode())
        except OSError as error:
            raise NotHeard(f"the chat has ended ({error.strerror}): run the cell that starts it again") from None

    def wait_for(self, line: str, already: int) -> None:
        """Wait until one line more than `already` has come that ends with this one. Raises NotHeard if none comes."""
        with self.news:
            if not self.news.wait_for(lambda: self.count(line) > already, PATIENCE):
                raise NotHeard(f"the {self.name} seat has not heard «{line}» in {PATIENCE:g} s: start the chat again")

    def count(self, line: str) -> int:
        """How often it has heard a line that ends so."""
        return sum(heard.endswith(f": {line}") for heard in self.heard)

    def wait_for_welcome(self) -> None:
        """Wait until it has heard anything: from then on it hears all. Raises NotHeard if it hears nothing."""
        with self.news:
            if not self.news.wait_for(lambda: bool(self.heard), PATIENCE):
                raise NotHeard(f"the chat did not tell the {self.name} seat within {PATIENCE:g} s that it has come")

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self.sock.makefile(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with self.news:
                    self.heard.append(line.rstrip("\n"))
                    self.news.notify_all()
                self._show()
        self._show("The chat has ended.")
        self.sock.close()

    def _show(self, remark: str = "") -> None:
        lines = [escape(line) for line in self.heard[-100:]] + [f"<i>{escape(remark)}</i>"] * bool(remark)
        style = (
            f"box-sizing:border-box;width:{WIDTH}px;max-width:100%;height:{HEIGHT}px;overflow:auto;"
            "display:flex;flex-direction:column-reverse;padding:4px 8px;line-height:1.5;"
            f"border:1px solid {COLOURS['frame'].css};color:{COLOURS['ink'].css}"
        )
        words = "<br>".join(lines).replace("$", "<span>$</span>")  # else JupyterLab takes them for a formula
        self.paper.value = f'<div style="{style}" tabindex="0" aria-live="polite"><div>{words}</div></div>'


class ChatPanel(Panel):
    """Two seats. Made by `chat_panel`."""

    def __init__(self, server: ServerProcess) -> None:
        import ipywidgets

        self.server = server
        self.seats = {name: Seat(name, server) for name in SEATS}
        for seat in self.seats.values():
            seat.wait_for_welcome()
        self.widget = ipywidgets.HBox([seat.widget for seat in self.seats.values()])

    def say(self, seat: str, line: str) -> None:
        """Say a line at the seat "left" or "right"; returns when both seats have heard it.

        Raises NotHeard for another seat, for what is no line, or if it is not heard within `PATIENCE` seconds.
        """
        if seat not in self.seats:
            raise NotHeard(f"there is no seat {seat!r}: the seats are {' and '.join(SEATS)}")
        before = {name: each.count(line) for name, each in self.seats.items()}
        self.seats[seat].say(line)
        for name, each in self.seats.items():
            each.wait_for(line, before[name])

    def text(self) -> str:
        """What the left seat has heard, line by line."""
        return "\n".join(self.seats["left"].heard)

    def instructions(self) -> str:
        """What it is, and how to use it."""
        return INSTRUCTIONS

    def picture(self) -> Drawing:
        """Two empty seats."""
        items: list[Item] = []
        for number, name in enumerate(SEATS):
            x = _MARGIN + number * (WIDTH + GAP)
            items += [Text(x, 26, f"{name} seat", 14, bold=True), Box(x, 36, WIDTH, HEIGHT)]
            items += [Box(x, 44 + HEIGHT, WIDTH, 28), Text(x + 8, 63 + HEIGHT, "a line, then Enter", role="muted")]
        return Drawing(
            2 * (WIDTH + _MARGIN) + GAP, HEIGHT + 44 + 28 + _MARGIN, tuple(items),
            "A chat with two seats, left and right; each has a sheet for what was said and a field to type in",
        )  # fmt: skip


def chat_panel(server: ServerProcess) -> ChatPanel:
    """Two seats at a chat server, which tells all who has come, and sends a line on with a name and ": " before it.

    Raises NotHeard if it does not.
    """
    return ChatPanel(server)
