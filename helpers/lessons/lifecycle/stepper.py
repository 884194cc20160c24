"""The lifecycle stepper: a trace step by step, with both ends' calls, descriptors, states and frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
from helpers.trace import Call, Table, Trace

COLUMNS = ("local", "remote", "state")


class NoSuchStep(CourseError):
    """A step that the stepper does not have."""


@dataclass(frozen=True)
class Step:
    """One step: from the mark of the step before up to its own mark."""

    mark: str
    title: str
    text: str


@dataclass(frozen=True)
class View:
    """What is to be seen at a step."""

    calls: tuple[Call, ...]
    """The calls that began or returned in it."""
    arrows: tuple[Arrow, ...]
    """The frames that set off in it."""
    tables: tuple[Table, ...]
    """Each host's sockets at its end."""
    descriptors: dict[str, tuple[tuple[int, int], ...]]
    """Each host's open (descriptor, socket number) pairs at its end."""


class Stepper(Walk):
    """The widget and its twin: `next()`, `back()`, `go(n)` move it, `text(n)` says what a step shows."""

    def __init__(self, trace: Trace, steps: Sequence[Step]) -> None:
        """Raises TraceError if the trace lacks the mark of a step."""
        self.trace, self.steps = trace, tuple(steps)
        self._times = [trace.start - 1, *(trace.mark_time(step.mark) for step in steps)]
        self._names = Names(trace)
        self._ladder = Ladder(replace(trace, marks=()), calls=False, least_width=0)
        super().__init__("Step", len(self.steps))

    def go(self, number: int) -> None:
        """Show that step. Raises NoSuchStep."""
        self._check(number)
        self._slider.value = number

    def view(self, number: int) -> View:
        """What is to be seen at a step. Raises NoSuchStep."""
        self._check(number)
        begin, end = self._times[number - 1], self._times[number]
        calls = [c for c in self.trace.calls if begin < c.begin <= end or begin < (c.end or begin) <= end]
        return View(
            tuple(sorted((_until(call, end) for call in calls), key=lambda call: call.begin)),
            tuple(arrow for arrow in self._ladder.arrows if begin < arrow.frame.sent <= end),
            tuple(self.trace.table(host.name, self.steps[number - 1].mark) for host in self.trace.hosts),
            {host.name: _descriptors(self.trace, host.name, end) for host in self.trace.hosts},
        )

    def text(self, number: int | None = None) -> str:
        """What a step shows, or the current one, in words; the same on every run. Raises NoSuchStep."""
        number = self.number if number is None else number
        seen, step = self.view(number), self.steps[number - 1]
        lines = [self._title(number), step.text, "Calls:"]
        lines += [f"  {line}" for line in self._call_lines(seen)] or ["  none"]
        lines += ["Frames:", *(f"  {line}" for line in self._frame_lines(seen) or ["none"])]
        for table in seen.tables:
            numbers = ", ".join(f"socket {socket}" for _, socket in seen.descriptors[table.host]) or "none"
            lines += [f"Open in {table.host}: {numbers}", socket_part(table, self._names, COLUMNS).text()]
        return "\n".join([*lines, str(self.trace.source)])

    def picture(self) -> Drawing:
        """The whole conversation."""
        return self._whole.drawing()

    def instructions(self) -> str:
        """The steps, and how to walk through them."""
        titles = [f"  {number}. {step.title}" for number, step in enumerate(self.steps, 1)]
        how = "Arrow keys on the slider, or the buttons, or: .next() .back() .go(n) .text(n)"
        return "\n".join([f"{len(self.steps)} steps", *titles, how, str(self.trace.source)])

    @cached_property
    def _whole(self) -> Ladder:
        return Ladder(replace(self.trace, marks=()))

    def _check(self, number: int) -> None:
        if not 1 <= number <= len(self.steps):
            raise NoSuchStep(f"there is no step {number}: the steps are 1 to {len(self.steps)}")

    def page(self, number: int) -> str:
        """The step's words and tables, with the ladder up to it."""
        seen, step = self.view(number), self.steps[number - 1]
        ladder = self._ladder.drawing(until=self._times[number], since=self._times[number - 1])
        muted = COLOURS["muted"].css
        parts = [
            f'<div style="font-size:16px;font-weight:bold">{escape(self._title(number))}</div>',
            f"<p>{escape(step.text)}</p>",
            _list("Calls in this step", self._call_lines(seen), "no call"),
            _list(
                "Frames in this step", [f"{_from(arrow)}: {arrow.label}" for arrow in seen.arrows], "no frame"
            ),
        ]
        for table in seen.tables:
            pairs = [
                f"descriptor {number}: socket {socket}" for number, socket in seen.descriptors[table.host]
            ]
            parts += [socket_part(table, self._names, COLUMNS).html(), _list("", pairs, "no open socket")]
        height = self._ladder.drawing().height
        box = f"color:{COLOURS['ink'].css};display:flex;flex-wrap:wrap;gap:12px 28px;align-items:flex-start"
        return (
            f'<div style="{box};line-height:1.4;min-height:{height:g}px">'
            f'<div style="flex:1 1 340px;max-width:460px" aria-live="polite">'
            f'{"".join(parts)}<div style="color:{muted}">{escape(str(self.trace.source))}</div></div>'
            f'<div style="flex:0 1 {ladder.width:g}px">{ladder.to_svg()}</div></div>'
        )

    def _title(self, number: int) -> str:
        return f"Step {number} of {len(self.steps)}: {self.steps[number - 1].title}"

    def _call_lines(self, seen: View) -> list[str]:
        return [f"{c.host}: {call_text(c, self._names)} = {outcome(c, self._names)}" for c in seen.calls]

    def _frame_lines(self, seen: View) -> list[str]:
        return ladder_text(replace(self.trace, marks=()), seen.arrows, self._ladder.names, states=False)


def stepper(trace: Trace, steps: Sequence[Step]) -> Stepper:
    """A panel to walk through a trace, one step a mark. Raises TraceError if a mark is not in the trace."""
    return Stepper(trace, steps)


def _until(call: Call, end: int) -> Call:
    """The call as it was known at that time: one that had not returned yet was still waiting."""
    return call if call.end is not None and call.end <= end else replace(call, end=None, result="", error="")


def _descriptors(trace: Trace, host: str, until: int) -> tuple[tuple[int, int], ...]:
    """The (descriptor, socket) pairs that the host's calls had opened by then and not closed."""
    opened: dict[int, int] = {}
    for call in sorted((c for c in trace.calls if c.host == host and c.end), key=lambda call: call.end or 0):
        if (call.end or 0) > until:
            break
        if call.made_socket is not None and call.made_descriptor is not None:
            opened[call.made_socket] = call.made_descriptor
        if call.name == "close":
            opened.pop(call.socket, None)
    return tuple((descriptor, socket) for socket, descriptor in sorted(opened.items()))


def _from(arrow: Arrow) -> str:
    fate = f" ({arrow.frame.fate})" if arrow.frame.fate != "delivered" else ""
    return f"{arrow.frame.sender} to {arrow.frame.receiver}{fate}"


def _list(heading: str, lines: Sequence[str], empty: str) -> str:
    """A heading with a list, or what is said of an empty one."""
    head = f'<div style="font-weight:bold;margin-top:8px">{escape(heading)}</div>' if heading else ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines or [empty])
    return f'{head}<ul style="margin:2px 0 6px;padding-left:20px">{items}</ul>'
