"""A timeline of who waited for which lock and who held it: a row for each process and lock.

The events stand in their order, at equal distances, and are numbered as in the text: drawn to scale, the microseconds
in which a lock changes hands would be one line, and the text would not be the same on every run. What does not fit into
one line goes on in the next strip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Line, Shape, Text, fitted, text_width, wrapped
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.ipc.history import Event, History, Span

MOST_EVENTS = 100
WIDTH, MARGIN = 860, 14
STEP = 44
"""Pixels from one event to the next at least: as much as the shortest words in a bar need."""
ROW, BAR, HEAD = 28, 20, 24
"""Height of a row, of a bar in it, and of the numbers over the rows."""
DASHES, DOTS = (6.0, 4.0), (1.0, 4.0)

Row = tuple[str, str]
"""A process, and a lock; "" for what else happens to the process."""


def lock_timeline(history: History, caption: str = "") -> Picture:
    """Who waited for what and who held what: a row for each process and lock, the events numbered from left to right.

    `caption` stands below, where a deadlock would be told, and at the end of the text. Raises CourseError for a history
    without events, and for one with too many.
    """
    if not history.events:
        raise CourseError("nothing was noted: let the processes note what they do with watched(), wants() and holds()")
    ticks = _ticks(history)
    if len(ticks) > MOST_EVENTS:
        raise CourseError(f"a timeline has room for {MOST_EVENTS} events, not for {len(ticks)}: record fewer")
    width = len(str(len(ticks)))
    told = [f"{number:{width}}. {tick.told}" for number, tick in enumerate(ticks, 1)]
    endless = [span for span in (*history.waits(), *history.holds()) if span.end is None]
    stuck = _stuck(endless)
    deadlock = f"Deadlock: {', '.join(f'{span.process} {_full(span)}' for span in stuck)}, for ever." if stuck else ""
    left = [f"At the end {span.process} still {_full(span)}." for span in endless if span not in stuck]
    drawing = _Timeline(history, ticks, stuck).drawing([line for line in (deadlock, caption) if line])
    return Picture(drawing, "\n".join(filter(None, [*told, deadlock, *left, caption])))


@dataclass(frozen=True)
class _Tick:
    """An event that is shown."""

    number: int
    """Its number in the history."""
    event: Event
    words: str
    """What the process does, as in "waits for mutex"."""
    note: str
    """What is written beside it, where it is neither the beginning nor the end of a bar."""

    @property
    def told(self) -> str:
        return f"{self.event.process}{':' if self.event.kind == 'happens' else ''} {self.words}"

    @property
    def row(self) -> Row:
        return self.event.process, "" if self.event.kind in ("happens", "ends") else self.event.what


def _ticks(history: History) -> list[_Tick]:
    """The events that are shown: asking for a lock and its answer are one, if nothing happened between them."""
    locks = {span.what for span in history.holds()}  # the others, a condition for one, are only waited for
    over = {span.end: span.kind for span in (*history.holds(), *history.waits())}

    def asks(event: Event | None, answer: Event | None) -> bool:
        """Whether a process asks for a lock, and the other event says what became of that."""
        if event is None or answer is None or event.what not in locks:
            return False
        same = (event.process, event.what) == (answer.process, answer.what)
        return same and event.kind == "wants" and answer.kind in ("holds", "frees")

    ticks, events = [], history.events
    for number, (before, event, after) in enumerate(zip([None, *events], events, [*events[1:], None], strict=False)):
        if not asks(event, after):
            end = "refused" if asks(before, event) else over.get(number, "")
            ticks.append(_Tick(number, event, *_words(event, end)))
    return ticks


def _words(event: Event, end: str) -> tuple[str, str]:
    """What the process does, and what is written beside that; `end`: the wait or hold that ends so, or a refusal."""
    what = f"{event.what}{' (shared)' if event.shared else ''}"
    match event.kind, end:
        case ("happens" | "ends"), _:
            return event.what or "ends", event.what or "ends"
        case "frees", "refused":
            return f"is refused {what}", "refused"
        case "frees", "waits":
            return f"stops waiting for {what}", ""
        case "frees", "":  # a semaphore that another process took
            return f"frees {what}", "frees"
    return f"{'waits for' if event.kind == 'wants' else event.kind} {what}", ""


def _stuck(endless: Sequence[Span]) -> list[Span]:
    """The waits that cannot end: each for a lock that only a process holds which waits in the same way.

    Strikes out, until nothing changes, each wait for a lock of a process that is not among the waiting.
    """
    held = [span for span in endless if span.kind == "holds"]
    stuck = [span for span in endless if span.kind == "waits"]
    while True:
        waiting = {span.process for span in stuck}
        left = [span for span in stuck if any(hold.what == span.what and hold.process in waiting for hold in held)]
        if left == stuck:
            return stuck
        stuck = left


def _full(span: Span) -> str:
    """A bar's words, as in "waits for mutex (shared)"."""
    verb = "holds" if span.kind == "holds" else "waits for"
    return f"{verb} {span.what}{' (shared)' if span.shared else ''}"


class _Timeline:
    """The picture: strips of events at equal distances, a row for each process and lock."""

    def __init__(self, history: History, ticks: Sequence[_Tick], stuck: Sequence[Span]) -> None:
        self.ticks, self.stuck = ticks, stuck
        self.place = {tick.number: place for place, tick in enumerate(ticks)}
        self.bars = [span for span in (*history.waits(), *history.holds()) if span.begin in self.place]
        self.rows = self._rows(history)
        self.locks_at = MARGIN + max(text_width(process, 13, True) for process, _ in self.rows) + 12
        self.left = self.locks_at + max(text_width(lock, 12) for _, lock in self.rows) + 14
        self.right = max(WIDTH - MARGIN, self.left + 8 * STEP)
        self.in_a_strip = min(int((self.right - self.left) / STEP) - 1, len(ticks))
        self.step = (self.right - self.left) / (self.in_a_strip + 1)

    def _rows(self, history: History) -> list[Row]:
        locks = dict.fromkeys(event.what for event in history.events if event.kind in ("wants", "holds", "frees"))
        busy = {(event.process, event.what) for event in history.events} | {tick.row for tick in self.ticks}
        return [row for process in history.processes for lock in ("", *locks) if (row := (process, lock)) in busy]

    def drawing(self, sentences: Sequence[str]) -> Drawing:
        """The strips below each other, a legend, and the sentences."""
        items: list[Item] = []
        y = 14.0
        for first in range(0, len(self.ticks), self.in_a_strip):
            items += self._strip(first, y)
            y += HEAD + ROW * len(self.rows) + 16
        legend = "grey bar: holds; dashed bar: waits; numbers: order of events, not to scale"
        items.append(Text(MARGIN, y + 8, legend, 12, role="muted"))
        y += 26
        for line in (line for sentence in sentences for line in wrapped(sentence, WIDTH - 2 * MARGIN, 13, bold=True)):
            items.append(Text(MARGIN, y + 12, line, 13, bold=True))
            y += 19
        processes = " and ".join(dict.fromkeys(process for process, _ in self.rows))
        alt = " ".join([f"Timeline of {processes}: who waits and who holds.", *sentences])
        return Drawing(round(self.right + MARGIN), round(y + 6), tuple(items), alt)

    def _x(self, number: int | None, first: int) -> float:
        """Where an event is, in the strip that begins with the event `first`; None: at the end of all."""
        if number is None or self.place[number] >= first + self.in_a_strip:
            return self.right
        return max(self.left, self.left + self.step * (self.place[number] - first + 0.5))

    def _strip(self, first: int, top: float) -> Iterator[Item]:
        here = self.ticks[first : first + self.in_a_strip]
        bottom = top + HEAD + ROW * len(self.rows)
        for number, tick in enumerate(here, first + 1):
            x = self._x(tick.number, first)
            yield Text(x, top + HEAD - 9, str(number), 12, "middle", role="muted")
            yield Line(((x, top + HEAD - 4), (x, bottom)), "frame", 1, DOTS)
        ends = {tick.event.process: self._x(tick.number, first) for tick in self.ticks if tick.event.kind == "ends"}
        for number, (process, lock) in enumerate(self.rows):
            y = top + HEAD + ROW * (number + 0.5)
            if number == 0 or self.rows[number - 1][0] != process:
                yield Text(MARGIN, y + 5, process, 13, bold=True)
                yield Line(((MARGIN, y - ROW / 2), (self.right, y - ROW / 2)), "frame", 1)
            yield Text(self.locks_at, y + 4, lock, 12, role="muted")
            yield Line(((self.left, y), (ends.get(process, self.right), y)), "muted", 1)
            for bar in self.bars:
                if (bar.process, bar.what) == (process, lock):
                    yield from self._bar(bar, first, y)
            yield from self._notes([tick for tick in here if tick.note and tick.row == (process, lock)], first, y)
        yield Line(((MARGIN, bottom), (self.right, bottom)), "frame", 1)

    def _bar(self, bar: Span, first: int, y: float) -> Iterator[Item]:
        """The part of a bar that is in this strip, with the fullest words that fit."""
        left, right = self._x(bar.begin, first), self._x(bar.end, first)
        if left == right:
            return
        holds = bar.kind == "holds"
        if bar.end is None and first + self.in_a_strip >= len(self.ticks):
            yield Line(((right - 14, y), (right, y)), "ink", 2, arrow=True)
            right -= 14
        corners = Box(left, y - BAR / 2, right - left, BAR).corners
        yield Shape(corners, "shade" if holds else "card")
        yield Line((*corners, corners[0]), "ink", 2 if holds else 1.3, () if holds else DASHES)
        short = "shared" if bar.shared and holds else bar.kind
        words = [f"{_full(bar)}, for ever", f"{short} for ever", short] if bar in self.stuck else [_full(bar), short]
        fits = next((text for text in words if text_width(text, 12) + 6 <= right - left), "")
        yield Text((left + right) / 2, y + 4, fits, 12, "middle")

    def _notes(self, ticks: Sequence[_Tick], first: int, y: float) -> Iterator[Item]:
        """Ticks, or a cross where a process ended, and as many of their words as fit before the next."""
        stops = [*(self._x(tick.number, first) - 12 for tick in ticks[1:]), self.right]
        for tick, stop in zip(ticks, stops, strict=False):
            x = self._x(tick.number, first)
            if tick.event.kind == "ends":
                yield from (Line(((x - 6, y - 6 * slope), (x + 6, y + 6 * slope)), "lost", 3) for slope in (1, -1))
            else:
                yield Line(((x, y - 8), (x, y + 8)), "ink", 2.5)
            words = fitted(tick.note, stop - x - 9, 12)
            yield Text(x + 9, y + 4, words, 12, backing=bool(words))
