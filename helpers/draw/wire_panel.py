"""You are the wire: each segment waits until the reader delivers, drops, duplicates or delays it.

A thread of the panel draws each change, for not every change is a button's: kernels repeat segments, and their timers
run. What a button does, a method of the same name does as well, so a reader without a screen plays the same game. It is
core because two lessons need it: that of the states adds the buttons of the hosts' programs.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from helpers.draw.drawing import Drawing, Text
from helpers.draw.grid import Grid
from helpers.draw.ladder import Ladder
from helpers.draw.moments import span
from helpers.draw.names import Names
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.draw.tables import socket_part
from helpers.errors import CourseError
from helpers.trace import Trace

if TYPE_CHECKING:
    from helpers.lab.rules import Waiting
    from helpers.lab.session import Copies, Session

COLUMNS = ("local", "remote", "state", "timer", "seconds left", "retransmits")
REFRESH = 0.2
"""Seconds between two looks at the kernels' running timers."""
COPIES = "Of several copies, Drop loses all, and the other buttons take the newest."
INSTRUCTIONS = f"""You are the wire: two hosts talk, and every segment waits for you.
Buttons (Tab and Enter, arrow keys in the list): Start, Deliver, Drop, Duplicate, Delay 1 s, Stop
{COPIES}
In code: .start() .deliver() .drop() .duplicate() .delay(seconds=1.0) .stop() .waiting .text()"""


class NothingWaits(CourseError):
    """No frame is on the wire, and none comes."""


class WirePanel(Panel):
    """The panel and its twin. There is one wire: a new panel stops the session of the one before."""

    session: Session
    _list: Any
    patience = 5.0
    """Seconds for which deliver() and its like wait for a frame that is still to come."""
    _latest: Callable[[], WirePanel | None] = staticmethod(lambda: None)

    def __init__(self, session: Session) -> None:
        previous = WirePanel._latest()
        if previous is not None and previous.session.running:
            previous.stop()
        WirePanel._latest = weakref.ref(self)
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
    def waiting(self) -> tuple[Waiting, ...]:
        """The frames on the wire, oldest first."""
        return self.session.waiting

    def start(self) -> None:
        """Begin the conversation anew. Raises what the session raises where it cannot run."""
        if self.session.running:
            self.stop()
        self.session.start()
        self._follower = threading.Thread(target=self._follow, name="wire panel", daemon=True)
        self._follower.start()
        self._refresh()

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
        self._decide(self.session.drop, n)

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
        texts = tuple(Text(14, 26 + 20 * place, line, 13, bold=place == 0) for place, line in enumerate(lines))
        width = max(text.extent[2] for text in texts) + 14
        return Drawing(round(width), 26 + 20 * len(lines), texts, lines[0])

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        return INSTRUCTIONS

    def _make_widgets(self) -> None:
        import ipywidgets

        self._start_button = self._button("Start", "play", "Begin the conversation anew", self.start)
        self._stop_button = self._button("Stop", "stop", "End the conversation", self.stop)
        self._actions = tuple(
            self._button(name, icon, tooltip, lambda act=act: act(n=self._list.value))  # type: ignore[misc]
            for name, icon, tooltip, act in (
                ("Deliver", "check", "Let the chosen frame go on", self.deliver),
                ("Drop", "times", "Lose the chosen frame", self.drop),
                ("Duplicate", "clone", "Deliver the chosen frame twice", self.duplicate),
                ("Delay 1 s", "clock-o", "Deliver it one second later", self.delay),
            )
        )
        self._list = ipywidgets.Select(
            options=[], rows=4, description="On the wire", layout={"width": "700px", "max_width": "98%"}
        )
        self._status, self._kernels, self._picture = (ipywidgets.HTML() for _ in range(3))
        buttons = ipywidgets.HBox([self._start_button, self._stop_button, *self._actions])
        self.widget = ipywidgets.VBox([buttons, self._status, self._list, self._kernels, self._picture])

    def _button(self, name: str, icon: str, tooltip: str, action: Callable[[], None]) -> Any:
        """A button. An error is a sentence in the panel, for there is no cell to show it."""
        import ipywidgets

        def clicked(_: object) -> None:
            try:
                action()
            except (CourseError, OSError) as error:
                self._status.value = spoken(str(error))

        made = ipywidgets.Button(description=name, icon=icon, tooltip=tooltip, layout={"width": "auto"})
        made.on_click(clicked)
        return made

    def _decide(self, act: Callable[[int], None], number: int | None) -> None:
        if number is None:
            number = self.session.first(self.patience)
        if number is None:
            sends = ": the conversation sends nothing now" if self.session.running else ""
            raise NothingWaits(f"no frame waits on the wire{sends or ', because nothing runs: start() first'}")
        act(number)
        self._refresh()

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
            self._status.value = spoken(self._state_of_affairs())
            if trace is None:
                trace = self.session.example
            ladder = Ladder(trace) if trace else None
            self._show_waiting(rows if running else (), ladder)
            self._kernels.value = _kernels(trace) if trace and running else ""
            self._picture.value = _scrolling(ladder) if ladder else ""

    def _show_waiting(self, rows: Sequence[Copies], ladder: Ladder | None) -> None:
        """A line for each. The first is chosen, or what the reader has picked, also when a newer copy of it comes."""
        options = tuple((_told(row, ladder, timed=True), row.newest.number) for row in rows if ladder)
        first, value = (options[0][1] if options else None), self._list.value
        chosen = first
        if value != self._offered:
            picked = (row.newest.number for row in rows if value in [each.number for each in row.waiting])
            chosen = next(picked, first)
        if (self._list.options, value) != (options, chosen):
            with self._list.hold_sync():
                self._list.options, self._list.value = options, chosen
        if chosen == first:
            self._offered = first
        for action in self._actions:
            action.disabled = not rows

    def _state_of_affairs(self) -> str:
        """What is to be done now; where models talk instead of kernels, that too."""
        stand_in = self.session.stand_in
        return self._next_step() + (f" Two models of TCP talk here, no kernels: {stand_in}." if stand_in else "")

    def _next_step(self) -> str:
        session = self.session
        if session.error:
            return f"The conversation ended with {session.error}."
        if not session.running:
            recorded = self._follower is None and session.example is not None
            return "Press Start, and every segment will wait for you." + " Below is a recorded run." * recorded
        if session.waiting:
            several = any(len(row.waiting) > 1 for row in session.copies)
            return "A segment waits on the wire. What becomes of it?" + f" {COPIES}" * several
        return "The conversation is over." if session.finished else "No segment is on the wire; watch the timers."

    def _trace(self) -> Trace | None:
        """What has happened since start(); None before."""
        try:
            return self.session.trace() if self._follower is not None else None
        except CourseError:
            return None  # it was closed between two looks


def wire_panel(session: Session) -> WirePanel:
    """A panel for one conversation by hand."""
    return WirePanel(session)


def spoken(sentence: str, style: str = "") -> str:
    """A sentence that a screen reader says when it changes."""
    return f'<div aria-live="polite" style="color:{COLOURS["ink"].css}{style}">{escape(sentence)}</div>'


def _told(row: Copies, ladder: Ladder, timed: bool = False) -> str:
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
