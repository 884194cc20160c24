"""The reader as the scheduler: two real processes add 1 to one counter, and each runs its next line when told to.

The processes are real, so that what is lost is lost in shared memory and not in a simulation of it. A game is the text
of its choices, so it can be played again. Nothing is undone: to start again, both run to their ends first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from html import escape
from typing import Any, Self

from helpers.draw.columns import Arrow, Card, Column, Columns
from helpers.draw.drawing import Drawing
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.errors import CourseError
from helpers.ipc.child import Doing
from helpers.lessons.synchronisation.locks import children_with_a_page

PROCESSES = ("A", "B")
CRITICAL_SECTION = ("register = counter[0]", "register = register + 1", "counter[0] = register")
WITH_LOCK = ("mutex.lock()", *CRITICAL_SECTION, "mutex.unlock()")


class Race:
    """Two processes before a counter of 0, each with its lines of code still to run."""

    def __init__(self, lock: bool = False, title: str = "game") -> None:
        """Start both; with `lock`, each takes a mutex around its three lines. An older race of this title is ended."""
        self.lines = WITH_LOCK if lock else CRITICAL_SECTION
        kind = "with" if lock else "without"
        made = children_with_a_page([f"{name} of the {title} {kind} lock" for name in PROCESSES])
        self._children = dict(zip(PROCESSES, made, strict=True))
        made[0].do("mutex = Mutex.init(memory, 64)")
        for child in made:
            child.do("mutex, counter = Mutex(memory, 64), number")
        self._begin()

    def _begin(self) -> None:
        self.choices = ""
        """Which process the scheduler has let go on, one letter a line."""
        self.transcript: list[str] = []
        """What was run, in words."""
        self.counter = 0
        self.done = dict.fromkeys(PROCESSES, 0)
        """How many lines each has run."""
        self.registers: dict[str, int | None] = dict.fromkeys(PROCESSES)
        self.waiting: dict[str, Doing] = {}
        """The process that sleeps in mutex.lock()."""
        for child in self._children.values():
            child.do("register, counter[0] = None, 0")
        self._show()

    def _show(self) -> None:
        """How it stands; a race without a panel shows nothing."""

    @property
    def over(self) -> bool:
        """Whether both have run all their lines."""
        return all(done == len(self.lines) for done in self.done.values())

    def why_not(self, process: str) -> str:
        """Why this process cannot go on, in a sentence; "" if it can."""
        if process not in PROCESSES:
            return f"there is no process {process!r}: choose 'A' or 'B'"
        if self.done[process] == len(self.lines):
            return f"{process} has run all its lines"
        if process in self.waiting:
            return f"{process} sleeps in mutex.lock(): the kernel wakes it when the other process unlocks"
        return ""

    def step(self, process: str) -> None:
        """Let a process run its next line. Raises CourseError if it cannot go on."""
        if reason := self.why_not(process):
            raise CourseError(reason)
        self.choices += process
        line = self.lines[self.done[process]]
        doing = self._children[process].start(line)
        if line == "mutex.lock()" and doing.blocked():
            self.waiting[process] = doing
            self.transcript.append(f"{process}: {line:24} sleeps: the mutex is held")
        else:
            self._finish(process, doing)
        if line == "mutex.unlock()" and self.waiting:
            self._finish(*self.waiting.popitem(), late="  (it had waited)")
        self._show()

    def _finish(self, process: str, doing: Doing, late: str = "") -> None:
        doing.result()
        line = self.lines[self.done[process]]
        self.done[process] += 1
        register, self.counter = self._children[process].do("register, counter[0]")
        self.registers[process] = register
        shown = "" if register is None else f"register {register}, "
        self.transcript.append(f"{process}: {line:24} {shown}counter {self.counter}{late}")

    def play(self, choices: Iterable[str]) -> None:
        """Start again and let the processes go on in this order. Raises CourseError."""
        self.restart()
        for process in choices:
            self.step(process)

    def restart(self) -> None:
        """Both before their first lines again, and the counter 0."""
        while not self.over:  # a process in the middle may hold the mutex, or sleep for it
            self.step(next(process for process in PROCESSES if not self.why_not(process)))
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            child.close()


def every_order(lock: bool = False) -> dict[str, int]:
    """All orders in which the two can run, each played by the real processes: choices and the counter at the end."""
    with Race(lock, "list of orders") as race:
        return dict(_orders(race, ""))


def _orders(race: Race, choices: str) -> Iterator[tuple[str, int]]:
    race.play(choices)
    if race.over:
        yield choices, race.counter
    for process in [process for process in PROCESSES if not race.why_not(process)]:
        yield from _orders(race, choices + process)


class Game(Race, Panel):
    """The race as a panel: what a button does, a method does too."""

    def __init__(self, lock: bool = False, title: str = "game") -> None:
        import ipywidgets

        self._buttons = {
            p: self._button(f"Run a line of {p}", "step-forward", partial(self.step, p)) for p in PROCESSES
        }
        again = self._button("Start again", "undo", self.restart)
        self._status, self._picture = ipywidgets.HTML(), ipywidgets.HTML()
        self.widget = ipywidgets.VBox([ipywidgets.HBox([*self._buttons.values(), again]), self._status, self._picture])
        super().__init__(lock, title)

    def text(self) -> str:
        """The game so far, a line each, and how it stands."""
        lines = [f"{number:2}. {line}" for number, line in enumerate(self.transcript, 1)]
        return "\n".join([*lines, self._verdict()])

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        under = ", under a mutex" if self.lines == WITH_LOCK else ""
        return (
            f"You are the scheduler: processes A and B each add 1 to one counter{under}.\n"
            "Buttons (Tab and Enter): Run a line of A, Run a line of B, Start again\n"
            'In code: .step("A") .play("AABB...") .restart() .choices .text()'
        )

    def picture(self) -> Drawing:
        """The game as it stands."""
        a, b = (Column(f"process {process}", self._cards(process), 250) for process in PROCESSES)
        at = Card("counter", f"counter {self.counter}", row=(len(self.lines) - 1) / 2, fill="shade")
        half = len(self.lines) // 2
        lines = [Arrow((p, half), "counter", role="muted", dash=(4, 3), pointed=False) for p in PROCESSES]
        layout = Columns([a, Column("shared memory", [at], 110), b], lines, "You are the scheduler", pitch=44)
        words = [*self.transcript[-1:], f"The counter is {self.counter}", self._verdict().rstrip(".?")]
        return layout.picture(words, "You are the scheduler").drawing

    def _cards(self, process: str) -> list[Card]:
        """A card for each line of code, the next one in bold, and the register."""
        at, cards = self.done[process], []
        for number, code in enumerate(self.lines):
            word = "  ← waits" if process in self.waiting else "  ← next"
            lines = (code + "  ✓ done" if number < at else code,) if number != at else ()
            cards.append(Card((process, number), "" if lines else code + word, lines, number))
        value = self.registers[process]
        own = f"{process}'s own register: {'nothing yet' if value is None else value}"
        return [*cards, Card(process, own, row=len(self.lines), fill="")]

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
            button.disabled = bool(self.why_not(process))
        self._say(self._verdict())
        self._picture.value = self.picture().to_svg()

    def _say(self, sentence: str) -> None:
        played = f"<br>So far: <code>{self.choices}</code>" if self.choices else ""
        style = f"color:{COLOURS['ink'].css};line-height:1.5"
        self._status.value = f'<div aria-live="polite" style="{style}">{escape(sentence)}{played}</div>'

    def _verdict(self) -> str:
        if self.over:
            said = "an" if self.counter < len(PROCESSES) else "no"
            return f"Both have added 1, and the counter is {self.counter}: {said} update is lost."
        asleep = "".join(f"{process} sleeps in mutex.lock(). " for process in self.waiting)
        return f"{asleep}Who can run a line?" if asleep else "Who runs the next line?"
