"""You are the wire: each segment waits until the reader delivers, drops, duplicates or delays it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Protocol

from helpers.draw.drawing import Drawing, Text
from helpers.draw.grid import Grid
from helpers.draw.ladder import Ladder
from helpers.draw.names import Names
from helpers.draw.palette import COLOURS
from helpers.draw.panel import Panel
from helpers.draw.tables import socket_part
from helpers.draw.timescale import span
from helpers.errors import CourseError
from helpers.trace import Frame, Trace

COLUMNS = ("local", "remote", "state", "timer", "seconds left", "retransmits")
REFRESH = 0.2
"""Seconds between two looks at the kernels' running timers."""
COPIES = "Of several copies, Drop loses all, and the other buttons take the newest."
INSTRUCTIONS = f"""You are the wire: two hosts talk, and every segment waits for you.
Buttons (Tab and Enter, arrow keys in the list): Start, Deliver, Drop, Duplicate, Delay 1 s, Stop
{COPIES}
In code: .start() .deliver() .drop() .duplicate() .delay(seconds=1.0) .stop() .waiting .text()"""


class WaitingFrame(Protocol):
    """A frame that is held on the wire."""

    @property
    def number(self) -> int: ...
    @property
    def frame(self) -> Frame: ...


class WaitingCopies(Protocol):
    """A segment that waits, once or more often: `helpers.lab.copies.Copies`, as far as the panel needs it."""

    @property
    def waiting(self) -> Sequence[WaitingFrame]: ...
    @property
    def newest(self) -> WaitingFrame: ...
    @property
    def place(self) -> int: ...
    @property
    def arrived(self) -> bool: ...


class WireSession(Protocol):
    """A conversation whose every segment waits: `helpers.lab.Session`, as far as the panel needs it."""

    @property
    def stand_in(self) -> str: ...
    @property
    def running(self) -> bool: ...
    @property
    def finished(self) -> bool: ...
    @property
    def error(self) -> str: ...
    @property
    def waiting(self) -> tuple[WaitingFrame, ...]: ...
    @property
    def copies(self) -> Sequence[WaitingCopies]: ...
    @property
    def example(self) -> Trace | None: ...

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def deliver(self, number: int) -> None: ...
    def drop(self, number: int) -> None: ...
    def duplicate(self, number: int) -> None: ...
    def delay(self, number: int, seconds: float) -> None: ...
    def trace(self) -> Trace: ...
    def watch(self, callback: Callable[[], None]) -> None: ...


class NothingWaits(CourseError):
    """No frame is on the wire, and none comes."""


class WirePanel(Panel):
    """The panel and its twin: what a button does, a method of the same name does too."""

    patience = 5.0
    """Seconds for which deliver() and its like wait for a frame that is still to come."""

    def __init__(self, session: WireSession) -> None:
        self.session = session
        self._news = threading.Condition()
        self._changed = False
        self._offered: int | None = None
        self._drawing = threading.Lock()
        self._follower: threading.Thread | None = None
        self._make_widgets()
        session.watch(self._notice)
        self._refresh()

    @property
    def waiting(self) -> tuple[WaitingFrame, ...]:
        """The frames on the wire, oldest first."""
        return self.session.waiting

    def start(self) -> None:
        """Begin the conversation anew. Raises what the session raises where it cannot run."""
        if self.session.running:
            self.stop()
        self._begin()
        self._follower = threading.Thread(target=self._follow, name="wire panel", daemon=True)
        self._follower.start()
        self._refresh()

    def _begin(self) -> None:
        self.session.start()

    def stop(self) -> None:
        """End the conversation; what happened stays on screen."""
        self.session.stop()
        self._notice()
        if self._follower is not None:
            self._follower.join()
        self._refresh()

    def deliver(self, n: int | None = None) -> None:
        """Let frame number `n` go on, or the newest copy of the oldest segment that is news to its receiver.

        Waits up to 5 s for one. Raises NothingWaits.
        """
        self._decide(self.session.deliver, n)

    def drop(self, n: int | None = None) -> None:
        """Lose a frame and all its copies that wait; otherwise as `deliver`."""
        self._decide(self._lose, n)

    def duplicate(self, n: int | None = None) -> None:
        """Deliver a frame twice; otherwise as `deliver`."""
        self._decide(self.session.duplicate, n)

    def delay(self, seconds: float = 1.0, n: int | None = None) -> None:
        """Deliver a frame after `seconds`; otherwise as `deliver`."""
        self._decide(lambda number: self.session.delay(number, seconds), n)

    def text(self) -> str:
        """What has happened up to now, in words: the ladder, and what waits."""
        rows = self.session.copies  # before the trace, which then has them all
        trace = self._trace()
        if trace is None:
            return INSTRUCTIONS
        ladder = Ladder(trace)
        return "\n".join([ladder.text(), *(f"waits: {_told(row, ladder)}" for row in rows)])

    def picture(self) -> Drawing:
        """A recorded run, or the instructions where there is none."""
        if self.session.example is not None:
            return Ladder(self.session.example, title="You are the wire: an example").drawing()
        lines = INSTRUCTIONS.split("\n")
        texts = tuple(
            Text(14, 26 + 20 * number, line, 13, bold=number == 0) for number, line in enumerate(lines)
        )
        width = max(text.extent[2] for text in texts) + 14
        return Drawing(round(width), 26 + 20 * len(lines), texts, lines[0])

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        return INSTRUCTIONS

    def _make_widgets(self) -> None:
        import ipywidgets

        def button(name: str, icon: str, tooltip: str, action: Callable[[], None]) -> Any:
            made = ipywidgets.Button(description=name, icon=icon, tooltip=tooltip, layout={"width": "auto"})
            made.on_click(lambda _: self._clicked(action))
            return made

        self._start_button = button("Start", "play", "Begin the conversation anew", self.start)
        self._stop_button = button("Stop", "stop", "End the conversation", self.stop)
        self._actions = (
            button("Deliver", "check", "Let the chosen frame go on", lambda: self.deliver(self._chosen())),
            button("Drop", "times", "Lose the chosen frame", lambda: self.drop(self._chosen())),
            button(
                "Duplicate", "clone", "Deliver the chosen frame twice", lambda: self.duplicate(self._chosen())
            ),
            button(
                "Delay 1 s", "clock-o", "Deliver it one second later", lambda: self.delay(1.0, self._chosen())
            ),
        )
        self._list = ipywidgets.Select(
            options=[], rows=4, description="On the wire", layout={"width": "700px", "max_width": "98%"}
        )
        self._status, self._kernels, self._picture = (ipywidgets.HTML() for _ in range(3))
        buttons = ipywidgets.HBox([self._start_button, self._stop_button, *self._actions])
        self.widget = ipywidgets.VBox([buttons, self._status, self._list, self._kernels, self._picture])

    def _chosen(self) -> int | None:
        return None if self._list.value is None else int(self._list.value)

    def _clicked(self, action: Callable[[], None]) -> None:
        """A button was pressed: an error is a sentence in the panel, for there is no cell to show it."""
        try:
            action()
        except (CourseError, OSError) as error:
            self._say(str(error))

    def _decide(self, act: Callable[[int], None], number: int | None) -> None:
        if number is None:
            number = self._first()
        act(number)
        self._refresh()

    def _lose(self, number: int) -> None:
        copies = next((found for row in self.session.copies if number in (found := _numbers(row))), [number])
        for each in copies:
            self.session.drop(each)

    def _first(self) -> int:
        """The number of the frame to decide on, waiting for one while the conversation may still send it."""
        with self._news:
            self._news.wait_for(lambda: bool(self.waiting) or not self.session.running, self.patience)
        rows = self.session.copies
        if not rows:
            raise NothingWaits(
                "no frame waits on the wire: the conversation sends nothing now" if self.session.running
                else "no frame waits on the wire, because nothing runs: start() first"
            )  # fmt: skip
        return rows[0].newest.number

    def _notice(self) -> None:
        """Called from any thread after a change."""
        with self._news:
            self._changed = True
            self._news.notify_all()

    def _follow(self) -> None:
        """The panel's own thread while the conversation runs: draw each change, and the timers between."""
        while self.session.running:
            with self._news:
                self._news.wait_for(lambda: self._changed, REFRESH)
                self._changed = False
            self._refresh()
        self._refresh()

    def _refresh(self) -> None:
        """Bring the widgets up to date; only what differs is sent to the page."""
        with self._drawing:
            rows = self.session.copies  # before the trace, which then has them all
            trace = self._trace()
            running = self.session.running
            self._stop_button.disabled = not running
            self._say(self._state_of_affairs())
            if trace is None:
                trace = self.session.example
            ladder = Ladder(trace) if trace else None
            self._show_waiting(rows if running else (), ladder)
            self._kernels.value = _kernels(trace) if trace and running else ""
            self._picture.value = _scrolling(ladder) if ladder else ""

    def _show_waiting(self, rows: Sequence[WaitingCopies], ladder: Ladder | None) -> None:
        """A line for each. The first is chosen, or what the reader has picked, also when a newer copy of it comes."""
        options = tuple((_told(row, ladder, timed=True), row.newest.number) for row in rows if ladder)
        first, value = (options[0][1] if options else None), self._list.value
        chosen = first
        if value != self._offered:
            chosen = next((row.newest.number for row in rows if value in _numbers(row)), first)
        if (self._list.options, value) != (options, chosen):
            with self._list.hold_sync():
                self._list.options, self._list.value = options, chosen
        if chosen == first:
            self._offered = first
        for action in self._actions:
            action.disabled = not rows

    def _say(self, sentence: str) -> None:
        self._status.value = (
            f'<div aria-live="polite" style="color:{COLOURS["ink"].css}">{escape(sentence)}</div>'
        )

    def _state_of_affairs(self) -> str:
        """What is to be done now; where models talk instead of kernels, that too."""
        stand_in = self.session.stand_in
        return self._next_step() + (f" Two models of TCP talk here, no kernels: {stand_in}." if stand_in else "")

    def _next_step(self) -> str:
        session = self.session
        if session.error:
            return f"The conversation ended with {session.error}."
        if not session.running:
            shown = (
                " Below is a recorded run." if self._follower is None and session.example is not None else ""
            )
            return f"Press Start, and every segment will wait for you.{shown}"
        if session.waiting:
            several = any(len(row.waiting) > 1 for row in session.copies)
            return f"A segment waits on the wire. What becomes of it?{f' {COPIES}' if several else ''}"
        return (
            "The conversation is over."
            if session.finished
            else "No segment is on the wire; watch the timers."
        )

    def _trace(self) -> Trace | None:
        """What has happened since start(); None before."""
        try:
            return self.session.trace() if self._follower is not None else None
        except CourseError:
            return None  # it was closed between two looks


_latest: weakref.ref[WirePanel] | None = None


def wire_panel(session: WireSession) -> WirePanel:
    """A panel for one conversation by hand. The session of the panel before is stopped: there is one wire."""
    stop_the_latest()
    panel = WirePanel(session)
    become_the_latest(panel)
    return panel


def stop_the_latest() -> None:
    """Stop the panel that was made before a new one."""
    previous = _latest() if _latest is not None else None
    if previous is not None and previous.session.running:
        previous.stop()


def become_the_latest(panel: WirePanel) -> None:
    """Let the next panel stop this one."""
    global _latest
    _latest = weakref.ref(panel)


def _numbers(row: WaitingCopies) -> list[int]:
    return [each.number for each in row.waiting]


def _told(row: WaitingCopies, ladder: Ladder, timed: bool = False) -> str:
    """A line of the list, with the time that the ladder has too: "3, sent at 7.1 s: client → server SYN seq=0"."""
    number, frame = row.newest.number, row.newest.frame
    labels = {(arrow.frame.sent, arrow.frame.data): arrow.label for arrow in ladder.arrows}
    label = labels.get((frame.sent, frame.data), str(frame.segment))
    time = f", sent at {span(frame.sent - ladder.start)}" if timed else ""
    several = len(row.waiting) > 1
    remarks = [f"copy {row.place}"] * (row.place > 1 or row.arrived) + [f"{len(row.waiting)} copies wait"] * several
    remarks += ["a copy has arrived"] * row.arrived
    remark = f" ({', '.join(remarks)})" if remarks else ""
    return f"{number}{time}: {frame.sender} → {frame.receiver} {label}{remark}"


def _kernels(trace: Trace) -> str:
    """Both kernels' sockets with their running timers."""
    names = Names(trace)
    parts = tuple(socket_part(trace.table(host.name), names, COLUMNS) for host in trace.hosts)
    return Grid("", parts, str(trace.source)).html()


def _scrolling(ladder: Ladder) -> str:
    """A frame of limited height that shows the lower end: what is new. The hosts' names stay at its top."""
    style = "display:flex;flex-direction:column-reverse;max-height:560px;overflow:auto"
    names = f'<div style="position:sticky;top:0;line-height:0">{ladder.heads().to_svg()}</div>'
    inner = f'<div style="flex:none">{names}{ladder.drawing().to_svg(ladder.heads().height)}</div>'
    return f'<div style="{style}" tabindex="0" role="group" aria-label="Ladder diagram">{inner}</div>'
