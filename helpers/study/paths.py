"""Ways through the course for readers with little time: which sections, in which order, and why."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.study import reading_time
from helpers.study.card_panel import CardPanel
from helpers.study.cards import Card, Link, table
from helpers.study.contents import NOTEBOOKS, Contents, contents

_HOW = "In a later notebook, choose the menu Run, Run All Above Selected Cell, before you begin in its middle."


class UnknownPath(CourseError):
    """There is no path of that name."""


@dataclass(frozen=True)
class Step:
    """One section: its notebook's number, the id of its heading's cell, why it is on the path, its key questions."""

    notebook: str
    cell: str
    why: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """A path: its name, the minutes it promises to need at most, its steps."""

    name: str
    minutes: int
    steps: tuple[Step, ...]


SHORT = Way(
    "30 minutes",
    30,
    (
        Step("00", "start-03", "two real hosts talk"),
        Step("00", "start-05", "how this course works: predict, run, compare"),
        Step("00", "start-15", "sockets, ports and calls"),
        Step("00", "start-20", "a kernel repairs what the network loses"),
        Step("00", "start-26", "an error is an answer"),
        Step("01", "processes-memory-why", "why processes need help to talk"),
        Step("11", "nobody-accepts", "what a kernel does without accept()"),
        Step("12", "handshake-51", "why a connection begins with three segments"),
    ),
)
EXAM = Way(
    "exam",
    300,
    (
        Step("00", "start-05", "a connection in one picture", ("00.segments",)),
        Step("00", "start-15", "sockets, ports and calls", ("00.port",)),
        Step("01", "processes-memory-why", "memory after fork()", ("01.variable",)),
        Step("01", "processes-pid-seen", "open files after fork()", ("01.offset",)),
        Step("01", "processes-beside-seen", "what outlives its maker", ("01.maker-ended",)),
        Step("02", "message-09", "what a pipe keeps of each write()", ("02.two-writes",)),
        Step("02", "message-21", "when a pipe ends", ("02.second-read",)),
        Step("02", "message-65", "pipe, FIFO and queues in one table"),
        Step("03", "sync-first-text", "the lost update", ("03.counting",)),
        Step("03", "sync-condition-text", "the lost wake-up", ("03.signal-first",)),
        Step("03", "sync-table-text", "which lock for what"),
        Step("04", "shared-cost-after", "shared and private mappings", ("04.after-fork",)),
        Step("04", "shared-addresses-after", "a name removed while it is used", ("04.name-removed",)),
        Step("05", "remote-13", "bytes that mean the same everywhere", ("05.read-anew",)),
        Step("05", "remote-45", "how often a call is executed", ("05.same-again",)),
        Step("06", "names-privilege-seen", "ports of TCP and of UDP", ("06.both",)),
        Step("06", "names-port-verdict", "three values name an end, five a connection", ("06.many", "06.pair")),
        Step("07", "layers-24", "TCP and UDP after the same loss", ("07.same-loss",)),
        Step("07", "layers-34", "what a router changes", ("07.after-the-router",)),
        Step("07", "layers-67", "four layers, seven layers"),
        Step("08", "applications-03", "one connection, many requests", ("08.two-visits",)),
        Step("08", "applications-22", "what crosses the wire in plain text", ("08.echo",)),
        Step("08", "applications-53", "which transport, and which port"),
        Step("09", "links-08", "where a packet ends on a line", ("09.end-inside",)),
        Step("09", "links-17", "the MTU is a size", ("09.mtu",)),
        Step("10", "socket-pair-seen", "what socket() returns", ("10.number",)),
        Step("10", "socket-zero-seen", "which combinations socket() takes", ("10.stream-udp",)),
        Step("10", "socket-types", "streams and datagrams", ("10.short-read",)),
        Step("11", "nobody-accepts", "what connect() waits for", ("11.accept",)),
        Step("11", "life-34", "what close() closes"),
        Step("11", "life-40", "what shutdown() ends", ("11.dup",)),
        Step("11", "life-42", "starting a server again at once", ("11.restart",)),
        Step("12", "handshake-17", "the states of the handshake", ("12.counted",)),
        Step("12", "handshake-39", "the third segment lost", ("12.third-lost", "12.data-follows")),
        Step("12", "handshake-51", "why three, and not two", ("12.old-syn",)),
        Step("12", "handshake-55", "what makes TCP reliable", ("12.send-returned",)),
        Step("13", "states-08", "all eleven states", ("13.patience", "13.behind-data")),
        Step("13", "states-45", "two ways to the end", ("13.crossing-fins",)),
        Step("14", "bytes-stamps", "short writes", ("14.large-send",)),
        Step("14", "bytes-framing", "messages in a stream"),
        Step("14", "bytes-nagle-about", "what becomes of small writes", ("14.small-writes",)),
        Step("14", "bytes-window-about", "a fast writer and a slow reader", ("14.no-room",)),
        Step("15", "chat-09", "many clients, and one thread", ("15.neighbour",)),
        Step("15", "chat-24", "one thread for many clients", ("15.full-mailbox",)),
        Step("16", "which-waits", "what waiting costs", ("16.looks", "16.same-core")),
        Step("16", "which-compare", "all mechanisms in one run", ("16.placement", "16.more-bytes")),
        Step("16", "which-c-seen", "which one to take"),
        Step("17", "verdict-late-text", "what a counterexample proves", ("17.early",)),
        Step("17", "verdict-forty-text", "which sentences to trust", ("17.forty",)),
    ),
)
SHORT_WAYS = (SHORT, EXAM)
WHOLE = "whole course"
NAMES = (*(way.name for way in SHORT_WAYS), WHOLE)
_INSTRUCTIONS = (
    f"Which way through the course? Buttons (Tab and Space): {', '.join(NAMES)}. In code: path({NAMES[0]!r})"
)


def path(name: str, notebooks: Path = NOTEBOOKS) -> Card:
    """The path of that name ("30 minutes", "exam" or "whole course") as a table with links and minutes.

    Raises UnknownPath.
    """
    return _table(_known(name), contents(notebooks))


def _known(name: str) -> str:
    if name not in NAMES:
        raise UnknownPath(f"There is no path {name!r}. There are: {', '.join(NAMES)}.")
    return name


def _table(name: str, every: Sequence[Contents]) -> Card:
    if name == WHOLE:
        minutes = [reading_time.rounded(each.minutes) for each in every]
        rows = [(Link(each.name, each.link()), str(m), each.asks) for each, m in zip(every, minutes, strict=True)]
        head = ("notebook", "minutes", "question")
        return table(head, rows, f"The whole course: about {round(sum(minutes) / 60)} hours.")
    way = next(way for way in SHORT_WAYS if way.name == name)
    rows = _rows(way, every)
    needed = sum(int(minutes) for _, minutes, _ in rows)
    told = f"{needed} minutes" if needed < 60 else f"{needed / 60:.1f} hours"
    return table(("section", "minutes", "why"), rows, f"{len(rows)} sections, about {told}. {_HOW}")


def _rows(way: Way, every: Sequence[Contents]) -> list[tuple[Link, str, str]]:
    rows = []
    for step in way.steps:
        for each in every:
            if each.number == step.notebook and step.cell in each.cells:
                section = each.section_of(step.cell)
                place = Link(f"{each.number} {section.title}", each.link(step.cell))
                rows.append((place, str(max(1, round(section.minutes))), step.why))
    return rows


class Paths(CardPanel):
    """Buttons, one a path, and the chosen path's table; `path` is its twin."""

    def __init__(self, notebooks: Path = NOTEBOOKS) -> None:
        """notebooks: the folder that the links lead to."""
        every = contents(notebooks)
        self._cards = {name: _table(name, every) for name in NAMES}
        super().__init__(NAMES, self._cards.__getitem__, NAMES[0])

    def choose(self, choice: str) -> Card:
        """Do what a button does. Raises UnknownPath."""
        return super().choose(_known(choice))

    def __repr__(self) -> str:
        return f"{_INSTRUCTIONS}\n{self._cards[NAMES[0]]}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it the first path, for a notebook that is not run yet."""
        how = f"<div><small>{html.escape(_INSTRUCTIONS)}</small></div>"
        return self.bundle(repr(self), self._cards[NAMES[0]].html + how)
