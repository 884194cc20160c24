"""A timeline of who waited for which lock and who held it: a row for each process and lock.

The events stand in their order, at equal distances, and are numbered as in the text: drawn to scale, the microseconds
in which a lock changes hands would be one line, and the text would not be the same on every run. What does not fit into
one line goes on in the next strip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.draw.drawing import Drawing, Item, Line, Shape, Text, fitted, text_width, wrapped
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
HATCH = 9
"""Pixels between two strokes in a bar that waits."""

Row = tuple[str, str]
"""A process, and a lock; "" for what else happens to the process."""


def lock_timeline(history: History, caption: str = "") -> Picture:
    """Who waited for what and who held what: a row for each process and lock, the events numbered from left to right.

    `caption` stands below, where a deadlock would be told, and at the end of the text. Raises CourseError for a history
    without events, and for one with too many.
    """
    if not history.events:
        raise CourseError("nothing was noted: let the processes note what they do with watched(), wants() and holds()")
    moments = _moments(history)
    if len(moments) > MOST_EVENTS:
        raise CourseError(f"a timeline has room for {MOST_EVENTS} events, not for {len(moments)}: record fewer")
    width = len(str(len(moments)))
    told = [f"{number:{width}}. {moment.told}" for number, moment in enumerate(moments, 1)]
    deadlock = _deadlock(_stuck(history))
    text = "\n".join(filter(None, [*told, deadlock, *_at_the_end(history), caption]))
    return Picture(_Timeline(history, moments).drawing([line for line in (deadlock, caption) if line]), text)


@dataclass(frozen=True)
class _Tick:
    """An event that is shown."""

    number: int
    """Its number in the history."""
    event: Event
    words: str
    """What the process does, as in "waits for mutex"."""
    note: str = ""
    """What is written beside it, where it is neither the beginning nor the end of a bar."""

    @property
    def told(self) -> str:
        return f"{self.event.process}{':' if self.event.kind == 'happens' else ''} {self.words}"

    @property
    def row(self) -> Row:
        return self.event.process, "" if self.event.kind in ("happens", "ends") else self.event.what


def _moments(history: History) -> list[_Tick]:
    """The events that are shown: asking for a lock and its answer are one, if nothing happened between them."""
    ticks = []
    waited = {span.end for span in history.waits()}
    held = {span.end for span in history.holds()}
    locks = {span.what for span in history.holds()}  # the others, a condition for one, are only waited for
    events = history.events
    for number, event in enumerate(events):
        at_once = (
            event.what in locks and event.kind in ("holds", "frees") and number and _asks(events[number - 1], event)
        )
        answered = event.what in locks and number + 1 < len(events) and _asks(event, events[number + 1])
        if answered:
            continue
        if event.kind == "frees" and at_once:
            ticks.append(_Tick(number, event, f"is refused {event.what}", "refused"))
        elif event.kind == "frees" and number in waited:
            ticks.append(_Tick(number, event, f"stops waiting for {event.what}"))
        else:
            foreign = event.kind == "frees" and number not in held  # a semaphore that another process took
            ticks.append(_Tick(number, event, _words(event), "frees" if foreign else _note(event)))
    return ticks


def _asks(event: Event, answer: Event) -> bool:
    """Whether a process asks for a lock, and the other event says what became of that."""
    same = (event.process, event.what) == (answer.process, answer.what)
    return same and event.kind == "wants" and answer.kind in ("holds", "frees")


def _words(event: Event) -> str:
    verb = {"wants": "waits for", "happens": ""}.get(event.kind, event.kind)
    return " ".join(part for part in (verb, event.what, "(shared)" if event.shared else "") if part)


def _note(event: Event) -> str:
    return {"happens": event.what, "ends": "ends"}.get(event.kind, "")


def _stuck(history: History) -> list[Span]:
    """The waits that cannot end: each for a lock that only a process holds which waits in the same way.

    Strikes out, until nothing changes, each wait for a lock of a process that is not among the waiting.
    """
    held = [span for span in history.holds() if span.end is None]
    stuck = [span for span in history.waits() if span.end is None]
    while True:
        waiting = {span.process for span in stuck}
        left = [span for span in stuck if any(hold.what == span.what and hold.process in waiting for hold in held)]
        if left == stuck:
            return stuck
        stuck = left


def _deadlock(stuck: Sequence[Span]) -> str:
    """The sentence about waits that cannot end; "" if there are none."""
    waits = ", ".join(f"{span.process} {_full(span)}" for span in stuck)
    return f"Deadlock: {waits}, for ever." if waits else ""


def _at_the_end(history: History) -> list[str]:
    """What did not come to an end, and might have."""
    stuck = _stuck(history)
    left = [span for span in (*history.waits(), *history.holds()) if span.end is None and span not in stuck]
    return [f"At the end {span.process} still {_full(span)}." for span in left]


def _full(span: Span) -> str:
    """A bar's words, as in "waits for mutex (shared)"."""
    verb = "holds" if span.kind == "holds" else "waits for"
    return f"{verb} {span.what}{' (shared)' if span.shared else ''}"


class _Timeline:
    """The picture: strips of events at equal distances, a row for each process and lock."""

    def __init__(self, history: History, ticks: Sequence[_Tick]) -> None:
        self.ticks = ticks
        self.stuck = _stuck(history)
        self.place = {tick.number: place for place, tick in enumerate(ticks)}
        self.bars = [span for span in (*history.waits(), *history.holds()) if span.begin in self.place]
        self.rows = self._rows(history)
        self.locks_at = MARGIN + max(text_width(process, 13, True) for process, _ in self.rows) + 12
        self.left = self.locks_at + max(text_width(lock, 12) for _, lock in self.rows) + 14
        self.right = max(WIDTH - MARGIN, self.left + 8 * STEP)
        room = int((self.right - self.left) / STEP) - 1
        self.in_a_strip = min(room, len(ticks))
        self.step = (self.right - self.left) / (self.in_a_strip + 1)

    def _rows(self, history: History) -> list[Row]:
        locks = dict.fromkeys(event.what for event in history.events if event.kind in ("wants", "holds", "frees"))
        busy = {(event.process, event.what) for event in history.events}
        noted = {tick.row for tick in self.ticks}
        rows = [(process, lock) for process in history.processes for lock in ("", *locks)]
        return [row for row in rows if row in (busy if row[1] else noted)]

    def drawing(self, sentences: Sequence[str]) -> Drawing:
        """The strips below each other, a legend, and the sentences."""
        items: list[Item] = []
        y = 14.0
        for first in range(0, len(self.ticks), self.in_a_strip):
            items += self._strip(first, y)
            y += HEAD + ROW * len(self.rows) + 16
        items += self._legend(y + 4)
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
        arrow = bar.end is None and first + self.in_a_strip >= len(self.ticks)
        stop = right - (14 if arrow else 0)
        yield from _frame(bar.kind, left, stop, y, left == self.left, right == self.right)
        if arrow:
            yield Line(((stop, y), (right, y)), "ink", 2, arrow=True)
        short = "shared" if bar.shared and bar.kind == "holds" else bar.kind
        words = [f"{_full(bar)}, for ever", f"{short} for ever", short] if bar in self.stuck else [_full(bar), short]
        fits = next((text for text in words if text_width(text, 12) + 6 <= stop - left), "")
        yield Text((left + stop) / 2, y + 4, fits, 12, "middle", backing=bool(fits) and bar.kind == "waits")

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

    def _legend(self, y: float) -> Iterator[Item]:
        x = float(MARGIN)
        for kind, words in (("holds", "filled: holds"), ("waits", "hatched: waits")):
            if any(bar.kind == kind for bar in self.bars):
                yield from _frame(kind, x, x + 30, y)
                yield Text(x + 37, y + 4, words, 12)
                x += 37 + text_width(words, 12) + 22
        yield Text(x, y + 4, "numbers: order of events, not to scale", 12, role="muted")


def _frame(
    kind: str, left: float, right: float, y: float, open_left: bool = False, open_right: bool = False
) -> list[Item]:
    """A filled bar for holding, a dashed and hatched one for waiting; open at the side where it goes on."""
    top, bottom, holds = y - BAR / 2, y + BAR / 2, kind == "holds"
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    items: list[Item] = [Shape(corners, "shade" if holds else "card")]
    items += [] if holds else _hatching(left, right, bottom)
    sides = [corners[:2], corners[2:], *([] if open_left else [corners[::3]]), *([] if open_right else [corners[1:3]])]
    return items + [Line(side, "ink", 2 if holds else 1.3, () if holds else DASHES) for side in sides]


def _hatching(left: float, right: float, bottom: float) -> Iterator[Item]:
    """Slanting strokes, cut off at the bar's sides."""
    foot = left - BAR + HATCH
    while foot < right:
        low, high = max(foot, left), min(foot + BAR, right)
        yield Line(((low, bottom - (low - foot)), (high, bottom - (high - foot))), "frame", 1)
        foot += HATCH
