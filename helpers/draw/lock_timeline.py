"""A timeline of who waited for which lock and who held it: a row for each process and lock.

The events stand in their order, as far apart as their words need, and are numbered as in the text: drawn to scale, the
microseconds in which a lock changes hands would be one line, and the text would not be the same on every run. A line
that is too long is cut into strips, one below the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.draw.drawing import Drawing, Item, Line, Shape, Text, text_width
from helpers.draw.picture import Picture
from helpers.draw.wrapping import fitted, wrapped
from helpers.errors import CourseError
from helpers.ipc.history import Event, History, Span

MOST_EVENTS = 100
WIDTH, MARGIN = 860, 14
STEP = 26
"""Pixels from one event to the next at least."""
ROW, BAR, HEAD = 28, 20, 24
"""Height of a row, of a bar in it, and of the numbers over the rows."""
DASHES, DOTS = (6.0, 4.0), (1.0, 4.0)
HATCH = 9
"""Pixels between two strokes in a bar that waits."""
LEGEND = "numbers: order of events, not to scale"

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
    """Where each event is on one long line, and how that line is cut into strips."""

    def __init__(self, history: History, ticks: Sequence[_Tick]) -> None:
        self.ticks = ticks
        self.stuck = _stuck(history)
        shown = {tick.number for tick in ticks}
        self.bars = [span for span in (*history.waits(), *history.holds()) if span.begin in shown]
        self.rows = self._rows(history)
        self.locks_at = MARGIN + max(text_width(process, 13, True) for process, _ in self.rows) + 12
        self.left = self.locks_at + max(text_width(lock, 12) for _, lock in self.rows) + 14
        self.room = max(WIDTH - MARGIN - self.left, 300.0)
        self.reach = {tick.number: self._reach(tick) for tick in ticks}
        self.x = self._places()
        self.strips = self._strips()

    def _rows(self, history: History) -> list[Row]:
        locks = dict.fromkeys(event.what for event in history.events if event.kind in ("wants", "holds", "frees"))
        busy = {(event.process, event.what) for event in history.events}
        noted = {(tick.event.process, "") for tick in self.ticks if tick.note}
        rows = [(process, lock) for process in history.processes for lock in ("", *locks)]
        return [row for row in rows if row in (busy if row[1] else noted)]

    def _labels(self, span: Span) -> list[str]:
        """What may be written in a bar: the fullest words first."""
        short = "shared" if span.shared and span.kind == "holds" else span.kind
        return [f"{_full(span)}, for ever", f"{short} for ever", short] if span in self.stuck else [_full(span), short]

    def _reach(self, tick: _Tick) -> float:
        """How much room the words need that begin at a tick; those in a bar without an end have room for all."""
        words = [text_width(tick.note, 12) + 16] if tick.note else []
        for span in self.bars:
            if span.begin == tick.number:
                full, *_, short = self._labels(span)
                words.append(text_width(full, 12) + 40 if span.end is None else text_width(short, 12) + 14)
        return min(max(words, default=0.0), self.room)

    def _places(self) -> dict[int, float]:
        """Each event right of the one before it, and of the words of the last one in its row."""
        places: dict[int, float] = {}
        free: dict[Row, float] = {}
        x = -STEP / 2
        for tick in self.ticks:
            ends = tick.event.kind == "ends"
            x = max(
                [x + STEP, *(at for row, at in free.items() if row == tick.row or (ends and row[0] == tick.row[0]))]
            )
            places[tick.number], free[tick.row] = x, x + self.reach[tick.number]
        stretch = max(1.0, self.room / max(x + STEP, *free.values()))
        return {number: place * stretch for number, place in places.items()}

    def _strips(self) -> list[tuple[float, float]]:
        strips, begin = [], 0.0
        for number, x in self.x.items():
            if x + max(self.reach[number], STEP / 2) > begin + self.room + 1:
                strips.append((begin, x))
                begin = x - STEP / 2
        return [*strips, (begin, begin + self.room)]

    def drawing(self, sentences: Sequence[str]) -> Drawing:
        """The strips below each other, a legend, and the sentences."""
        items: list[Item] = []
        y = 14.0
        for begin, end in self.strips:
            items += self._strip(begin, end, y)
            y += HEAD + ROW * len(self.rows) + 16
        items += self._legend(y + 4)
        y += 26
        for line in (line for sentence in sentences for line in wrapped(sentence, WIDTH - 2 * MARGIN, 13, bold=True)):
            items.append(Text(MARGIN, y + 12, line, 13, bold=True))
            y += 19
        processes = " and ".join(dict.fromkeys(process for process, _ in self.rows))
        alt = " ".join([f"Timeline of {processes}: who waits and who holds.", *sentences])
        return Drawing(round(self.left + self.room + MARGIN), round(y + 6), tuple(items), alt)

    def _strip(self, begin: float, end: float, top: float) -> Iterator[Item]:
        shift, right, bottom = self.left - begin, self.left + self.room, top + HEAD + ROW * len(self.rows)
        here = [tick for tick in self.ticks if begin <= self.x[tick.number] < end]
        for number, tick in enumerate(self.ticks, 1):
            if tick in here:
                x = self.x[tick.number] + shift
                yield Text(x, top + HEAD - 9, str(number), 12, "middle", role="muted")
                yield Line(((x, top + HEAD - 4), (x, bottom)), "frame", 1, DOTS)
        ended = {tick.event.process: self.x[tick.number] for tick in self.ticks if tick.event.kind == "ends"}
        before = ""
        for number, (process, lock) in enumerate(self.rows):
            y = top + HEAD + ROW * (number + 0.5)
            if process != before:
                yield Text(MARGIN, y + 5, process, 13, bold=True)
                yield Line(((MARGIN, y - ROW / 2), (right, y - ROW / 2)), "frame", 1)
            before = process
            yield Text(self.locks_at, y + 4, lock, 12, role="muted")
            if (stop := min(ended.get(process, end), end)) > begin:
                yield Line(((self.left, y), (stop + shift, y)), "muted", 1)
            for bar in self.bars:
                if (bar.process, bar.what) == (process, lock):
                    yield from self._bar(bar, begin, end, shift, y)
            for tick in here:
                if tick.note and tick.row == (process, lock):
                    yield from self._noted(tick, self.x[tick.number] + shift, y)
        yield Line(((MARGIN, bottom), (right, bottom)), "frame", 1)

    def _bar(self, bar: Span, begin: float, end: float, shift: float, y: float) -> Iterator[Item]:
        """The part of a bar that is in this strip, with the fullest words that fit."""
        first, last = self.x[bar.begin], self.strips[-1][1] if bar.end is None else self.x[bar.end]
        if first >= end or last <= begin:
            return
        arrow = bar.end is None and last == end
        left, right = max(first, begin) + shift, min(last, end) + shift - (14 if arrow else 0)
        yield from _frame(bar.kind, left, right, y, first < begin, arrow or last > end)
        if arrow:
            yield Line(((right, y), (right + 14, y)), "ink", 2, arrow=True)
        words = next((words for words in self._labels(bar) if text_width(words, 12) + 8 <= right - left), "")
        yield Text((left + right) / 2, y + 4, words, 12, "middle", backing=bool(words) and bar.kind == "waits")

    def _noted(self, tick: _Tick, x: float, y: float) -> Iterator[Item]:
        """A tick, or a cross where a process ended, and its words."""
        if tick.event.kind == "ends":
            yield from (Line(((x - 6, y - 6 * slope), (x + 6, y + 6 * slope)), "lost", 3) for slope in (1, -1))
        else:
            yield Line(((x, y - 8), (x, y + 8)), "ink", 2.5)
        yield Text(x + 9, y + 4, fitted(tick.note, self.left + self.room - x - 10, 12), 12, backing=True)

    def _legend(self, y: float) -> Iterator[Item]:
        x = float(MARGIN)
        for kind, words in (("holds", "filled: holds"), ("waits", "hatched: waits")):
            if any(bar.kind == kind for bar in self.bars):
                yield from _frame(kind, x, x + 30, y)
                yield Text(x + 37, y + 4, words, 12)
                x += 37 + text_width(words, 12) + 22
        yield Text(x, y + 4, LEGEND, 12, role="muted")


def _frame(
    kind: str, left: float, right: float, y: float, open_left: bool = False, open_right: bool = False
) -> list[Item]:
    """A filled bar for holding, a dashed and hatched one for waiting; open at the side where it goes on."""
    top, bottom, holds = y - BAR / 2, y + BAR / 2, kind == "holds"
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    items: list[Item] = [Shape(corners, "shade" if holds else "card")]
    items += [] if holds else _hatching(left, right, bottom)
    sides = [(corners[0], corners[1]), (corners[3], corners[2])]
    sides += [] if open_left else [(corners[0], corners[3])]
    sides += [] if open_right else [(corners[1], corners[2])]
    return items + [Line(side, "ink", 2 if holds else 1.3, () if holds else DASHES) for side in sides]


def _hatching(left: float, right: float, bottom: float) -> Iterator[Item]:
    """Slanting strokes, cut off at the bar's sides."""
    foot = left - BAR + HATCH
    while foot < right:
        low, high = max(foot, left), min(foot + BAR, right)
        yield Line(((low, bottom - (low - foot)), (high, bottom - (high - foot))), "frame", 1)
        foot += HATCH
