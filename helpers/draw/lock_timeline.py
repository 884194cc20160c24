"""A timeline of who waited for which lock and who held it, one row a process."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from helpers.draw.drawing import Drawing, Item, Line, Shape, Text, text_width
from helpers.draw.picture import Picture
from helpers.draw.timescale import tick_label, ticks
from helpers.draw.wrapping import fitted, wrapped
from helpers.errors import CourseError
from helpers.ipc.history import Event, History, Span

Time = Literal["event", "scale"]

MOST_EVENTS = 60
"""A longer history is drawn to scale and told in counts."""
WIDTH = 860
MARGIN = 14
STEP = 26
"""Pixels from one event to the next at least, where they are drawn in their order."""
ROW = 28
BAR = 20
"""Height of a row, and of a span in it."""
HEAD = 24
"""Height of the numbers or times over the rows."""
LEAST = 3
"""Spans to scale that are narrower, or closer together, are drawn as one."""
DASHES = (6.0, 4.0)
DOTS = (1.0, 4.0)
HATCH = 9
"""Pixels between two strokes in a waiting span."""

Place = tuple[str, str]
"""A row: a process, and a lock; "" for what else happens to the process."""


def lock_timeline(history: History, time: Time = "event", title: str = "", caption: str = "") -> Picture:
    """Who waited for what and who held what, when: a row for each process and lock, time from left to right.

    `time` is "event" (the events in their order, numbered, and told one by one in the text) or "scale" (as far apart
    as they were in time, and told in counts, because their order is chance). More than `MOST_EVENTS` events are always
    drawn to scale. `caption` stands below, where a deadlock would be told, and at the end of the text. Raises
    CourseError for another `time` and for a history without events.
    """
    if time not in get_args(Time):
        raise CourseError(f"there is no time={time!r}; a timeline is drawn by 'event' or to 'scale'")
    if not history.events:
        raise CourseError("nothing was noted: let the processes note what they do with watched(), wants() and holds()")
    moments = _moments(history)
    if len(moments) > MOST_EVENTS:
        time = "scale"
    timeline = _Timeline(history, moments, time)
    told = _told(moments) if time == "event" else _counted(history)
    text = "\n".join(filter(None, [title, *told, *_at_the_end(history), caption]))
    return Picture(timeline.drawing(title, caption), text)


@dataclass(frozen=True)
class Moment:
    """An event as the timeline tells it."""

    event: Event
    words: str
    """What the process does, as in "waits for mutex"."""
    note: str = ""
    """What is written at its tick, for what is neither the beginning nor the end of a span."""


def _moments(history: History) -> list[Moment]:
    """The events that are shown: asking for a lock and its answer are one, if nothing happened between them."""
    found = []
    waits, holds = ({(span.process, span.end) for span in spans} for spans in (history.waits(), history.holds()))
    locks = {span.what for span in history.holds()}  # the others, a condition for one, are only waited for
    events = history.events
    for number, event in enumerate(events):
        before = events[number - 1] if number else None
        after = events[number + 1] if number + 1 < len(events) else None
        if event.kind == "wants" and event.what in locks and after is not None and _answers(after, event):
            continue
        key = (event.process, event.time)
        if event.kind == "frees" and event.what in locks and before is not None and _answers(event, before):
            found.append(Moment(event, f"is refused {event.what}", "refused"))
        elif event.kind == "frees" and key in waits:
            found.append(Moment(event, f"stops waiting for {event.what}"))
        elif event.kind == "frees" and key not in holds:
            found.append(Moment(event, f"frees {event.what}", "frees"))  # a semaphore that another process took
        else:
            found.append(Moment(event, _words(event), _note(event)))
    return found


def _answers(event: Event, asked: Event) -> bool:
    """Whether this event says what became of a process's asking for a lock."""
    same = (event.process, event.what) == (asked.process, asked.what)
    return same and asked.kind == "wants" and event.kind in ("holds", "frees")


def _words(event: Event) -> str:
    verb = {"wants": "waits for", "holds": "holds", "frees": "frees", "happens": "", "ends": "ends"}[event.kind]
    return " ".join(part for part in (verb, event.what, "(shared)" if event.shared else "") if part)


def _note(event: Event) -> str:
    return {"happens": event.what, "ends": "ends"}.get(event.kind, "")


def _told(moments: Sequence[Moment]) -> list[str]:
    """One numbered line for each event."""
    width = len(str(len(moments)))
    separator = {moment.event: ": " if moment.event.kind == "happens" else " " for moment in moments}
    return [
        f"{number:{width}}. {moment.event.process}{separator[moment.event]}{moment.words}"
        for number, moment in enumerate(moments, 1)
    ]


def _counted(history: History) -> list[str]:
    """How often each process held each lock, and what else happened how often."""
    counts: Counter[str] = Counter()
    for span in history.holds():
        counts[f"{span.process}: holds {_named(span)}"] += 1
    lines = [f"{words} {_times(count)}" for words, count in counts.items()]
    others = Counter(f"{event.process}: {_note(event)}" for event in history.events if _note(event))
    lines += [words if count == 1 else f"{words} ({count} times)" for words, count in others.items()]
    return sorted(lines)


def _at_the_end(history: History) -> list[str]:
    """What did not come to an end: first what never will."""
    stuck = _stuck(history)
    left = [span for span in (*history.waits(), *history.holds()) if span.end is None and span not in stuck]
    lasting = [f"At the end {span.process} still {_verb(span)} {_named(span)}." for span in left]
    return [*filter(None, [_deadlock(stuck)]), *lasting]


def _deadlock(stuck: set[Span]) -> str:
    """The sentence about waits that cannot end; "" if there are none."""
    said = [f"{span.process} waits for {_named(span)}" for span in sorted(stuck, key=lambda span: span.begin)]
    return f"Deadlock: {', '.join(said)}, for ever." if said else ""


def _stuck(history: History) -> set[Span]:
    """The waits that cannot end: each for a lock that only a process holds which waits in the same way.

    Strikes out, until nothing changes, who waits for a lock of a process that is not among the waiting.
    """
    held = [span for span in history.holds() if span.end is None]
    stuck = {span for span in history.waits() if span.end is None}
    while True:
        waiting = {span.process for span in stuck}
        left = {span for span in stuck if any(hold.what == span.what and hold.process in waiting for hold in held)}
        if left == stuck:
            return stuck
        stuck = left


def _named(span: Span) -> str:
    return f"{span.what} (shared)" if span.shared else span.what


def _verb(span: Span) -> str:
    return "holds" if span.kind == "holds" else "waits for"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


@dataclass(frozen=True)
class Bar:
    """A span, or several that cannot be told apart at this scale, from left to right."""

    span: Span
    left: float
    right: float
    count: int = 1
    endless: bool = False
    for_ever: bool = False

    def words(self) -> list[str]:
        """What may be written in it: the fullest words first."""
        if self.count > 1:
            return [f"{_verb(self.span)} {_named(self.span)} {_times(self.count)}", f"{self.count} times"]
        short = "shared" if self.span.shared and self.span.kind == "holds" else _verb(self.span).split()[0]
        full = f"{_verb(self.span)} {_named(self.span)}"
        if self.for_ever:
            return [f"{full}, for ever", f"{short} for ever", short]
        return [full, short]


class _Timeline:
    """A history laid out: where each event is on one long line, and how that line is cut into strips."""

    def __init__(self, history: History, moments: Sequence[Moment], time: Time) -> None:
        self.history, self.moments, self.time = history, moments, time
        self.stuck = _stuck(history)
        shown = {(moment.event.process, moment.event.time) for moment in moments}
        spans = [*history.waits(), *history.holds()]
        self.spans = [span for span in spans if (span.process, span.begin) in shown]
        self.ends = {moment.event.process: moment.event.time for moment in moments if moment.event.kind == "ends"}
        self._lay_out_rows()
        if time == "event":
            self._lay_out_by_event()
        else:
            self._lay_out_to_scale()

    def _lay_out_rows(self) -> None:
        locks = dict.fromkeys(event.what for event in self.history.events if event.kind in ("wants", "holds", "frees"))
        busy = {(event.process, event.what) for event in self.history.events}
        noted = {moment.event.process for moment in self.moments if _note(moment.event)}
        self.rows: list[Place] = []
        for process in self.history.processes:
            self.rows += [(process, "")] if process in noted else []
            self.rows += [(process, lock) for lock in locks if (process, lock) in busy]
        processes = max(text_width(process, 13, True) for process, _ in self.rows)
        lock_names = max(text_width(lock, 12) for _, lock in self.rows)
        self.lock_names = MARGIN + processes + 12
        self.left = self.lock_names + lock_names + 14
        self.room = max(WIDTH - MARGIN - self.left, 300.0)
        self.width = self.left + self.room + MARGIN

    def _lay_out_by_event(self) -> None:
        """Each event as far from those before it as the words between them need; cut where the room ends."""
        events = [moment.event for moment in self.moments]
        self.times = [event.time for event in events]
        self.places: list[float] = []
        reach = 0.0
        for number, moment in enumerate(self.moments):
            place = self.places[-1] + STEP if self.places else STEP / 2
            for span in self.spans:
                if span.end == events[number].time and span.process == events[number].process:
                    place = max(place, self._x(span.begin) + self._least(span))
            for other, x in zip(self.moments[:number], self.places, strict=True):
                if other.note and moment.note and other.event.process == moment.event.process:
                    place = max(place, x + self._reach(other))
            self.places.append(place)
            reach = max(reach, place + self._reach(moment))
        self.total = max(reach, self.places[-1] + STEP)
        self._cut()

    def _reach(self, moment: Moment) -> float:
        """How much room the words need that begin at a moment: those at its tick, or in its bar."""
        words = [text_width(moment.note, 12) + 16] if moment.note else []
        for span in self.spans:
            if (span.process, span.begin) == (moment.event.process, moment.event.time):
                words.append(self._least(span))
        return min(max(words, default=0.0), self.room)

    def _least(self, span: Span) -> float:
        """How much room the words in a bar need at least; one without an end has room for all of them."""
        full, *_, short = Bar(span, 0, 0, for_ever=span in self.stuck).words()
        return text_width(full, 12) + 40 if span.end is None else text_width(short, 12) + 14

    def _cut(self) -> None:
        """Cut the line into strips; a line that is too short is stretched."""
        if self.total <= self.room:
            stretch = self.room / self.total
            self.places = [place * stretch for place in self.places]
            self.total = self.room
        begin = 0.0
        self.strips: list[tuple[float, float]] = []
        for moment, place in zip(self.moments, self.places, strict=True):
            if place + max(self._reach(moment), STEP / 2) > begin + self.room + 1e-6:
                self.strips.append((begin, place))
                begin = place - STEP / 2
        self.strips.append((begin, begin + self.room))

    def _lay_out_to_scale(self) -> None:
        self.times = sorted({moment.event.time for moment in self.moments})
        first, last = self.times[0], self.times[-1]
        slope = (self.room - 40) / (last - first) if last > first else 0.0
        self.places = [(time - first) * slope for time in self.times]
        self.total = self.room
        self.strips = [(0.0, self.room)]

    def _x(self, time: int) -> float:
        """Where the event of this time is on the line."""
        return self.places[bisect_left(self.times, time)]

    def bars(self, row: Place) -> list[Bar]:
        """What is drawn in a row."""
        found: list[Bar] = []
        spans = [span for span in self.spans if (span.process, span.what) == row]
        for span in sorted(spans, key=lambda span: span.begin):
            endless = span.end is None
            right = self.strips[-1][1] if span.end is None else self._x(span.end)
            bar = Bar(span, self._x(span.begin), right, 1, endless, span in self.stuck)
            if self.time == "scale" and self._merges(found, bar):
                continue
            found.append(bar)
        return found

    @staticmethod
    def _merges(found: list[Bar], bar: Bar) -> bool:
        """To scale: put a bar into the one before it if they cannot be told apart; a short wait is not seen."""
        if bar.span.kind == "waits" and bar.right - bar.left < LEAST:
            return True
        same = found and (found[-1].span.kind, found[-1].span.shared) == (bar.span.kind, bar.span.shared)
        if not same or bar.left - found[-1].right >= LEAST:
            return False
        last = found[-1]
        found[-1] = Bar(last.span, last.left, bar.right, last.count + 1, bar.endless, bar.for_ever)
        return True

    def drawing(self, title: str, caption: str) -> Drawing:
        """The picture: the strips below each other, a legend, the deadlock if there is one, and the caption."""
        items: list[Item] = [Text(MARGIN, 26, title, 15, bold=True)] if title else []
        y = 40.0 if title else 14.0
        for strip in self.strips:
            items += self._strip(strip, y)
            y += HEAD + ROW * len(self.rows) + 16
        items += self._legend(y + 4)
        y += 26
        said = [sentence for sentence in (_deadlock(self.stuck), caption) if sentence]
        for sentence in said:
            for line in wrapped(sentence, self.width - 2 * MARGIN, 13, bold=True):
                items.append(Text(MARGIN, y + 12, line, 13, bold=True))
                y += 19
        alt = f"Timeline of {' and '.join(self.history.processes)}: who waits and who holds."
        return Drawing(round(self.width), round(y + 6), tuple(items), " ".join([alt, *said]))

    def _strip(self, strip: tuple[float, float], top: float) -> list[Item]:
        begin, end = strip
        shift = self.left - begin
        bottom = top + HEAD + ROW * len(self.rows)
        items = self._clock(strip, shift, top, bottom)
        for number, row in enumerate(self.rows):
            y = top + HEAD + ROW * (number + 0.5)
            process, lock = row
            if number == 0 or self.rows[number - 1][0] != process:
                items.append(Text(MARGIN, y + 5, process, 13, bold=True))
                line = y - ROW / 2
                items.append(Line(((MARGIN, line), (self.width - MARGIN, line)), "frame", 1))
            items.append(Text(self.lock_names, y + 4, lock, 12, role="muted"))
            stop = min(self._x(self.ends[process]), end) if process in self.ends else end
            if stop > begin:
                items.append(Line(((self.left, y), (stop + shift, y)), "muted", 1))
            for bar in self.bars(row):
                items += _paint_bar(bar, strip, shift, y)
            items += self._notes(row, strip, shift, y)
        items.append(Line(((MARGIN, bottom), (self.width - MARGIN, bottom)), "frame", 1))
        return items

    def _clock(self, strip: tuple[float, float], shift: float, top: float, bottom: float) -> list[Item]:
        """The numbers of the events, as in the text; to scale the time since the first of them."""
        if self.time == "event":
            marks = [(str(number), place) for number, place in enumerate(self.places, 1)]
        else:
            passed = self.times[-1] - self.times[0]
            marks = [(tick_label(time), x) for time, x in ticks([(0, 0.0), (passed, self.places[-1])])]
        items: list[Item] = []
        free = 0.0
        for label, place in marks:
            if not strip[0] <= place < strip[1]:
                continue
            text = Text(place + shift, top + HEAD - 9, label, 12, "middle", role="muted")
            if text.extent[0] >= free:
                items.append(text)
                free = text.extent[2] + 6
            items.append(Line(((place + shift, top + HEAD - 4), (place + shift, bottom)), "frame", 1, DOTS))
        return items

    def _notes(self, row: Place, strip: tuple[float, float], shift: float, y: float) -> list[Item]:
        """Ticks with their words, and a cross where a process ended; to scale only the words that find room."""
        items: list[Item] = []
        free = last = 0.0
        for moment in self.moments:
            if not moment.note or _row(moment) != row or not strip[0] <= self._x(moment.event.time) < strip[1]:
                continue
            x = self._x(moment.event.time) + shift
            if moment.event.kind == "ends":
                items += _cross(x, y)
            elif x - last < LEAST:
                continue  # the tick before is the same to the eye
            else:
                items.append(Line(((x, y - 8), (x, y + 8)), "ink", 2.5))
            last = x
            words = fitted(moment.note, self.left + self.room - x - 10, 12)
            text = Text(x + 9, y + 4, words, 12, backing=True)
            if words and text.extent[0] >= free:
                items.append(text)
                free = text.extent[2] + 6
        return items

    def _legend(self, y: float) -> list[Item]:
        items: list[Item] = []
        x = float(MARGIN)
        for kind, words in (("holds", "filled: holds"), ("waits", "hatched: waits")):
            if any(span.kind == kind for span in self.spans):
                items += [*_span_shape(kind, x, x + 30, y, False, False), Text(x + 37, y + 4, words, 12)]
                x += 37 + text_width(words, 12) + 22
        words = "numbers: order of events, not to scale" if self.time == "event" else "time to scale"
        return [*items, Text(x, y + 4, words, 12, role="muted")]


def _row(moment: Moment) -> Place:
    """In which row the tick of a moment is."""
    own = moment.event.kind in ("happens", "ends")
    return moment.event.process, "" if own else moment.event.what


def _paint_bar(bar: Bar, strip: tuple[float, float], shift: float, y: float) -> list[Item]:
    """The part of a bar that is in this strip, with the fullest words that fit."""
    begin, end = strip
    left, right = max(bar.left, begin), min(bar.right, end)
    if left >= end or right <= begin:
        return []
    arrow = bar.endless and bar.right == end
    stop = right + shift - (14 if arrow else 0)
    left += shift
    open_left, open_right = bar.left < begin, bar.endless or bar.right > end
    items = _span_shape(bar.span.kind, left, stop, y, open_left, open_right)
    if arrow:
        items.append(Line(((stop, y), (right + shift, y)), "ink", 2, arrow=True))
    words = next((words for words in bar.words() if text_width(words, 12) + 8 <= stop - left), "")
    if words:
        items.append(Text((left + stop) / 2, y + 4, words, 12, "middle", backing=bar.span.kind == "waits"))
    return items


def _span_shape(kind: str, left: float, right: float, y: float, open_left: bool, open_right: bool) -> list[Item]:
    """A filled bar for holding, a dashed and hatched one for waiting; open at the side where it goes on."""
    top, bottom = y - BAR / 2, y + BAR / 2
    holds = kind == "holds"
    fill = "shade" if holds else "card"
    items: list[Item] = [Shape(((left, top), (right, top), (right, bottom), (left, bottom)), fill)]
    if not holds:
        items += _hatching(left, right, top, bottom)
    sides = [((left, top), (right, top)), ((left, bottom), (right, bottom))]
    sides += [] if open_left else [((left, top), (left, bottom))]
    sides += [] if open_right else [((right, top), (right, bottom))]
    return items + [Line(side, "ink", 2 if holds else 1.3, () if holds else DASHES) for side in sides]


def _hatching(left: float, right: float, top: float, bottom: float) -> list[Item]:
    """Slanting strokes, cut off at the bar's sides."""
    items: list[Item] = []
    height = bottom - top
    foot = left - height + HATCH
    while foot < right:
        low, high = max(foot, left), min(foot + height, right)
        items.append(Line(((low, bottom - (low - foot)), (high, bottom - (high - foot))), "frame", 1))
        foot += HATCH
    return items


def _cross(x: float, y: float) -> list[Item]:
    return [Line(((x - 6, y - 6 * slope), (x + 6, y + 6 * slope)), "lost", 3) for slope in (1, -1)]
