"""The lifecycle stepper: a trace step by step, with both ends' calls, descriptors, states and frames.

A step lasts from the mark before up to its own mark, so all that is shown comes from one trace, and from one ladder
that is painted up to the step's time: what is already on the page never moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from helpers.draw.captions import Arrow
from helpers.draw.drawing import Drawing
from helpers.draw.ladder import Ladder
from helpers.draw.ladder_text import ladder_text
from helpers.draw.names import Names
from helpers.draw.palette import COLOURS
from helpers.draw.tables import call_text, outcome, socket_part
from helpers.draw.walk import Walk
from helpers.errors import CourseError
from helpers.trace import Trace

COLUMNS = ("local", "remote", "state")


@dataclass(frozen=True)
class Step:
    """One step: from the mark of the step before up to its own mark."""

    mark: str
    title: str
    text: str


class Stepper(Walk):
    """The widget and its twin: `next()`, `back()`, `go(n)` move it, `text(n)` says what a step shows."""

    def __init__(self, trace: Trace, steps: Sequence[Step]) -> None:
        """Raises TraceError if the trace lacks the mark of a step."""
        self.trace, self.steps = trace, tuple(steps)
        self._times = [trace.start - 1, *(trace.mark_time(step.mark) for step in steps)]
        self._names = Names(trace)
        self._unmarked = replace(trace, marks=())
        self._ladder = Ladder(self._unmarked, calls=False, least_width=0)
        self._height = self._ladder.drawing().height
        super().__init__("Step", len(self.steps))

    def go(self, number: int) -> None:
        """Show that step. Raises CourseError where there is none."""
        self._step(number)
        self._slider.value = number

    def text(self, number: int | None = None) -> str:
        """What a step shows, or the current one, in words; the same on every run. Raises CourseError as `go` does."""
        number = self.number if number is None else number
        step = self._step(number)
        frames = ladder_text(self._unmarked, self._arrows(number), self._ladder.names, states=False)
        lines = [self._title(number), step.text, "Calls:", *(f"  {line}" for line in self._calls(number) or ["none"])]
        lines += ["Frames:", *(f"  {line}" for line in frames or ["none"])]
        for host in self._ladder.names:
            numbers = ", ".join(f"socket {socket}" for socket, _ in self._open(host, number)) or "none"
            table = socket_part(self.trace.table(host, step.mark), self._names, COLUMNS)
            lines += [f"Open in {host}: {numbers}", table.text()]
        return "\n".join([*lines, str(self.trace.source)])

    def picture(self) -> Drawing:
        """The whole conversation."""
        return Ladder(self._unmarked).drawing()

    def instructions(self) -> str:
        """The steps, and how to walk through them."""
        titles = [f"  {number}. {step.title}" for number, step in enumerate(self.steps, 1)]
        how = "Arrow keys on the slider, or the buttons, or: .next() .back() .go(n) .text(n)"
        return "\n".join([f"{len(self.steps)} steps", *titles, how, str(self.trace.source)])

    def page(self, number: int) -> str:
        """The step's words and tables, with the ladder up to it."""
        step = self._step(number)
        ladder = self._ladder.drawing(until=self._times[number], since=self._times[number - 1])
        parts = [
            f'<div style="font-size:16px;font-weight:bold">{escape(self._title(number))}</div>',
            f"<p>{escape(step.text)}</p>",
            _list("Calls in this step", self._calls(number), "no call"),
            _list("Frames in this step", [_told(arrow) for arrow in self._arrows(number)], "no frame"),
        ]
        for host in self._ladder.names:
            pairs = [f"descriptor {descriptor}: socket {socket}" for socket, descriptor in self._open(host, number)]
            table = socket_part(self.trace.table(host, step.mark), self._names, COLUMNS)
            parts += [table.html(), _list("", pairs, "no open socket")]
        parts.append(f'<div style="color:{COLOURS["muted"].css}">{escape(str(self.trace.source))}</div>')
        box = f"color:{COLOURS['ink'].css};display:flex;flex-wrap:wrap;gap:12px 28px;align-items:flex-start"
        return (
            f'<div style="{box};line-height:1.4;min-height:{self._height:g}px">'
            f'<div style="flex:1 1 340px;max-width:460px" aria-live="polite">{"".join(parts)}</div>'
            f'<div style="flex:0 1 {ladder.width:g}px">{ladder.to_svg()}</div></div>'
        )

    def _step(self, number: int) -> Step:
        if not 1 <= number <= len(self.steps):
            raise CourseError(f"there is no step {number}: the steps are 1 to {len(self.steps)}")
        return self.steps[number - 1]

    def _title(self, number: int) -> str:
        return f"Step {number} of {len(self.steps)}: {self._step(number).title}"

    def _calls(self, number: int) -> list[str]:
        """The calls that began or returned in a step, as they were known at its end."""
        begin, end = self._times[number - 1], self._times[number]
        found = []
        for call in sorted(self.trace.calls, key=lambda call: call.begin):
            if begin < call.begin <= end or begin < (call.end or call.begin) <= end:
                known = call if call.end and call.end <= end else replace(call, end=None, result="", error="")
                found.append(f"{call.host}: {call_text(known, self._names)} = {outcome(known, self._names)}")
        return found

    def _arrows(self, number: int) -> list[Arrow]:
        """The frames that set off in a step."""
        begin, end = self._times[number - 1], self._times[number]
        return [arrow for arrow in self._ladder.arrows if begin < arrow.frame.sent <= end]

    def _open(self, host: str, number: int) -> list[tuple[int, int | None]]:
        """The sockets that the host's calls had opened by the end of a step and not closed, with their descriptors."""
        opened: dict[int, int | None] = {}
        done = [call for call in self.trace.calls if call.host == host and call.end and call.end <= self._times[number]]
        for call in sorted(done, key=lambda call: call.end or 0):
            if call.made_socket is not None:
                opened[call.made_socket] = call.made_descriptor
            if call.name == "close":
                opened.pop(call.socket, None)
        return sorted(opened.items())


def stepper(trace: Trace, steps: Sequence[Step]) -> Stepper:
    """A panel to walk through a trace, one step a mark. Raises TraceError if a mark is not in the trace."""
    return Stepper(trace, steps)


def _told(arrow: Arrow) -> str:
    fate = f" ({arrow.frame.fate})" if arrow.frame.fate != "delivered" else ""
    return f"{arrow.frame.sender} to {arrow.frame.receiver}{fate}: {arrow.label}"


def _list(heading: str, lines: Sequence[str], empty: str) -> str:
    """A heading with a list, or what is said of an empty one."""
    head = f'<div style="font-weight:bold;margin-top:8px">{escape(heading)}</div>' if heading else ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines or [empty])
    return f'{head}<ul style="margin:2px 0 6px;padding-left:20px">{items}</ul>'
