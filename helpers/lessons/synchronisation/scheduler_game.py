"""You are the scheduler: the reader says which of two processes runs its next line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html import escape
from typing import Any, Protocol

from helpers.draw.drawing import Box, Drawing, Item, Line, Text
from helpers.draw.palette import COLOURS
from helpers.draw.panel import Panel
from helpers.errors import CourseError

INSTRUCTIONS = """You are the scheduler: processes A and B each add 1 to one counter{lock}.
Buttons (Tab and Enter): Run a line of A, Run a line of B, Start again
In code: .step("A") .play("AABB...") .restart() .choices .text()"""
WIDTH, MARGIN, COLUMN, LINE = 700.0, 20.0, 270.0, 34.0
_LEFT = {0: MARGIN, 1: WIDTH - MARGIN - COLUMN}


class Moved(Protocol):
    """One line that was run: `helpers.lessons.synchronisation.schedule.Move`, as far as the panel needs it."""

    @property
    def process(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def register(self) -> int | None: ...
    @property
    def counter(self) -> int: ...
    @property
    def waits(self) -> bool: ...
    @property
    def chosen(self) -> bool: ...


class Schedulable(Protocol):
    """Two processes that go on only when told to: a `schedule.Race`, as far as the panel needs it."""

    lock: bool
    lines: tuple[str, ...]
    choices: list[str]

    @property
    def moves(self) -> Sequence[Moved]: ...
    @property
    def counter(self) -> int: ...
    @property
    def over(self) -> bool: ...
    @property
    def lost_update(self) -> bool: ...

    def next_line(self, process: str) -> int: ...
    def waits(self, process: str) -> bool: ...
    def register(self, process: str) -> int | None: ...
    def why_not(self, process: str) -> str: ...
    def step(self, process: str) -> object: ...
    def restart(self) -> None: ...


class SchedulerGame(Panel):
    """The panel and its twin: what a button does, a method of the same name does too."""

    def __init__(self, race: Schedulable) -> None:
        import ipywidgets

        self.race = race
        self._buttons = {
            process: self._button(f"Run a line of {process}", "step-forward", partial(self.step, process))
            for process in ("A", "B")
        }
        again = self._button("Start again", "undo", self.restart)
        self._status, self._picture = ipywidgets.HTML(), ipywidgets.HTML()
        self.widget = ipywidgets.VBox([ipywidgets.HBox([*self._buttons.values(), again]), self._status, self._picture])
        self._show()

    @property
    def choices(self) -> str:
        """The game so far, as `play` takes it."""
        return "".join(self.race.choices)

    @property
    def lost_update(self) -> bool:
        """Whether both have ended and one addition was lost."""
        return self.race.lost_update

    def step(self, process: str) -> None:
        """Let process "A" or "B" run its next line. Raises IllegalMove if it cannot go on."""
        self.race.step(process)
        self._show()

    def play(self, choices: Iterable[str]) -> None:
        """Start again and let them go on in this order, as in "AAB". Raises IllegalMove."""
        self.race.restart()
        for process in choices:
            self.race.step(process)
        self._show()

    def restart(self) -> None:
        """Both before their first line, the counter 0."""
        self.race.restart()
        self._show()

    def text(self) -> str:
        """The game so far, a line each, and how it stands."""
        return "\n".join([*self._transcript(), self._verdict()])

    def picture(self) -> Drawing:
        """The game as it stands."""
        items: list[Item] = [Text(WIDTH / 2, 26, "You are the scheduler", 15, "middle", bold=True)]
        for column, process in enumerate(("A", "B")):
            items += self._column(_LEFT[column], process)
        items += _counter(self.race.counter, self._bottom)
        return Drawing(WIDTH, self._bottom + 20, tuple(items), self._alt())

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        return INSTRUCTIONS.format(lock=", under a mutex" if self.race.lock else "")

    @property
    def _bottom(self) -> float:
        return 60 + LINE * len(self.race.lines) + 30

    def _column(self, left: float, process: str) -> list[Item]:
        race, at = self.race, self.race.next_line(process)
        items: list[Item] = [Text(left, 52, f"process {process}", 14, bold=True)]
        for number, code in enumerate(race.lines):
            top = 60 + LINE * number
            items += _code_line(left, top, code, here=number == at)
            if number < at:
                items.append(Text(left + COLUMN - 8, top + 22, "done", 12, "end", role="muted"))
            elif number == at:
                word = "waits" if race.waits(process) else "next"
                items.append(Text(left + COLUMN - 8, top + 22, word, 12, "end", bold=True))
        value = race.register(process)
        shown = f"{process}'s own register: {'nothing yet' if value is None else value}"
        return [*items, Text(left, 60 + LINE * len(race.lines) + 24, shown, 13)]

    def _button(self, name: str, icon: str, action: Callable[[], None]) -> Any:
        import ipywidgets

        made = ipywidgets.Button(description=name, icon=icon, tooltip=name, layout={"width": "auto"})
        made.on_click(lambda _: self._clicked(action))
        return made

    def _clicked(self, action: Callable[[], None]) -> None:
        """A button was pressed: an error is a sentence in the panel, for there is no cell to show it."""
        try:
            action()
        except (CourseError, OSError) as error:
            self._say(str(error))

    def _show(self) -> None:
        for process, button in self._buttons.items():
            button.disabled = bool(self.race.why_not(process))
        self._say(self._verdict())
        self._picture.value = self.picture().to_svg()

    def _say(self, sentence: str) -> None:
        played = f"<br>So far: <code>{self.choices}</code>" if self.choices else ""
        style = f"color:{COLOURS['ink'].css};line-height:1.5"
        self._status.value = f'<div aria-live="polite" style="{style}">{escape(sentence)}{played}</div>'

    def _transcript(self) -> list[str]:
        return [f"{number:2}. {_told(move)}" for number, move in enumerate(self.race.moves, 1)]

    def _verdict(self) -> str:
        race = self.race
        if race.lost_update:
            return f"Both have added 1, and the counter is {race.counter}: an update is lost."
        if race.over:
            return f"Both have added 1, and the counter is {race.counter}: no update is lost."
        asleep = [process for process in ("A", "B") if race.waits(process)]
        if asleep:
            return f"{asleep[0]} sleeps in mutex.lock(). Who can run a line?"
        return "Who runs the next line?"

    def _alt(self) -> str:
        return " ".join([*self._transcript()[-1:], f"The counter is {self.race.counter}.", self._verdict()])


def scheduler_game(race: Schedulable) -> SchedulerGame:
    """The game over two real processes: `scheduler_game(Race())`, or with a mutex `scheduler_game(Race(lock=True))`."""
    return SchedulerGame(race)


def _told(move: Moved) -> str:
    if move.waits:
        return f"{move.process}: {move.code:24} sleeps: the mutex is held"
    register = "" if move.register is None else f"register {move.register}, "
    late = "" if move.chosen else "  (it had waited)"
    return f"{move.process}: {move.code:24} {register}counter {move.counter}{late}"


def _code_line(left: float, top: float, code: str, here: bool) -> list[Item]:
    """A line of code in its box; the line that comes next has a thick edge and an arrow before it."""
    box = Box(left, top + 3, COLUMN, LINE - 6, edge="new" if here else "frame", edge_width=2.5 if here else 1)
    arrow = [Line(((left - 16, top + LINE / 2), (left - 2, top + LINE / 2)), "new", 2, arrow=True)] if here else []
    return [box, *arrow, Text(left + 10, top + 22, code, 13)]


def _counter(value: int, bottom: float) -> list[Item]:
    middle = 60 + (bottom - 60) / 2 - 20
    x = WIDTH / 2 - 45
    return [
        Text(WIDTH / 2, middle - 34, "shared memory", 12, "middle", role="muted"),
        Box(x, middle - 26, 90, 58, fill="shade", edge_width=2),
        Text(WIDTH / 2, middle - 8, "counter", 12, "middle"),
        Text(WIDTH / 2, middle + 20, str(value), 20, "middle", bold=True),
        Line(((MARGIN + COLUMN + 4, middle), (x - 4, middle)), role="muted", dash=(4, 3)),
        Line(((x + 94, middle), (WIDTH - MARGIN - COLUMN - 4, middle)), role="muted", dash=(4, 3)),
    ]
