"""You are the wire: a conversation of two kernels, or two models, whose every segment waits for a decision.

The conversation runs in a thread, so that the reader can decide while its calls wait. It is an experiment's function,
as it stands: there is no second way to write one. Kernels repeat a segment until it is answered, and the reader decides
about the segment, however many copies there are: so the list does not grow while the reader thinks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace

from helpers.errors import LabError
from helpers.lab.host_maker import why_unavailable
from helpers.lab.model import ModelNetwork
from helpers.lab.network import Network
from helpers.lab.rules import Hold, Waiting
from helpers.trace import Frame, Trace

AnyNetwork = Network | ModelNetwork


@dataclass(frozen=True)
class Copies:
    """A segment that waits on the wire, once or more often."""

    waiting: tuple[Waiting, ...]
    """The copies that wait, oldest first."""
    place: int
    """The newest of them is the first copy that was sent, the second, ..."""
    arrived: bool
    """Whether its receiver has got a copy."""

    @property
    def newest(self) -> Waiting:
        """The copy that was sent last."""
        return self.waiting[-1]


class Session:
    """One conversation by hand. It runs in a thread of its own between `start` and `stop`."""

    def __init__(
        self,
        conversation: Callable[..., object],
        make_hosts: Callable[[AnyNetwork], list[object]],
        example: Trace | None,
    ) -> None:
        """`conversation` is called with the hosts and the wire; `example` is a recorded run of it, if there is one.

        Where this machine makes no hosts, models of TCP take their place.
        """
        self.example = example
        self.stand_in = why_unavailable()
        """Why models take the place of real hosts, in one sentence; "" if they do not."""
        self.error = ""
        """What the conversation raised, or ""."""
        self._conversation = conversation
        self._make_hosts = make_hosts
        self._network: AnyNetwork | None = None
        self._hold: Hold | None = None
        self._thread: threading.Thread | None = None
        self._watchers: list[Callable[[], None]] = []
        self._last: Trace | None = None

    @property
    def network(self) -> AnyNetwork:
        """The hosts and the wire of the latest start. Raises LabError before any start."""
        if self._network is None:
            raise LabError("nothing has run yet: start() first")
        return self._network

    @property
    def running(self) -> bool:
        """Between `start` and `stop`, as long as no other network has closed this one."""
        return self._network is not None and not self._network.closed

    @property
    def finished(self) -> bool:
        """Whether the conversation has come to its end, or failed."""
        return self._thread is not None and not self._thread.is_alive()

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The frames that wait for a decision, oldest first."""
        return self._hold.waiting if self._hold is not None and self.running else ()

    @property
    def copies(self) -> tuple[Copies, ...]:
        """The same by segments, the one to decide on first at the beginning."""
        waiting = self.waiting
        return folded(self._network.recorder.frames(), waiting) if self._network is not None else ()

    def first(self, timeout: float, sender: str = "") -> int | None:
        """The newest copy of the segment (of a sender) to decide on first, waiting for one; None if none comes."""

        def numbers() -> list[int]:
            return [row.newest.number for row in self.copies if sender in ("", row.newest.frame.sender)]

        if not self.running or not self.network.wire.until(lambda: bool(numbers()), timeout):
            return None
        return next(iter(numbers()), None)

    def start(self) -> None:
        """Begin anew."""
        self.stop()
        network = ModelNetwork(real_time=True) if self.stand_in else Network()
        self._network, self.error = network, ""
        try:
            hosts = self._make_hosts(network)
        except BaseException:
            network.close()
            raise
        self._hold = network.wire.hold()
        network.recorder.listeners.append(self._announce)
        self._thread = threading.Thread(target=self._converse, args=(network, hosts), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, also in the middle; its trace can still be asked for."""
        if self._network is not None and self.running:
            self._last = self._network.trace()
            self._network.close()
        if self._thread is not None:
            self._thread.join()
        self._announce()

    def deliver(self, number: int) -> None:
        """Let a waiting frame go on. Raises LabError if it does not wait."""
        self._held().deliver(number)

    def drop(self, number: int) -> None:
        """Lose a waiting frame, and all its copies that wait."""
        numbers = [[each.number for each in row.waiting] for row in self.copies]
        for each in next((copies for copies in numbers if number in copies), [number]):
            self._held().drop(each)

    def duplicate(self, number: int) -> None:
        """Deliver a waiting frame twice."""
        self._held().duplicate(number)

    def delay(self, number: int, seconds: float) -> None:
        """Let a waiting frame go on after `seconds`."""
        self._held().delay(seconds, number)

    def trace(self) -> Trace:
        """What has happened up to now, with both hosts' tables of this moment. Raises LabError before any start."""
        trace = self.network.trace()
        if not self.running:
            return self._last or trace
        return replace(trace, tables=(*trace.tables, *(host.table() for host in self.network.hosts.values())))

    def watch(self, callback: Callable[[], None]) -> None:
        """Have `callback()` called, from any thread, after each change. It must return at once."""
        self._watchers.append(callback)

    def _held(self) -> Hold:
        if self._hold is None or not self.running:
            raise LabError("no frame waits, because nothing runs: start() first")
        return self._hold

    def _converse(self, network: AnyNetwork, hosts: list[object]) -> None:
        try:
            self._conversation(*hosts, network.wire)
        except Exception as error:  # the reader's function may raise anything; stopping it makes it raise, too
            self.error = "" if network.closed else f"{type(error).__name__}: {error}"
        self._announce()

    def _announce(self) -> None:
        for callback in list(self._watchers):
            callback()


def folded(frames: Iterable[Frame], waiting: Iterable[Waiting]) -> tuple[Copies, ...]:
    """One for each segment that waits, in the order in which one would decide on them.

    First those that are news to their receivers, in the order in which they were sent for the first time; then the
    others, backwards. frames: all that were put on the wire, those that wait too.
    """
    sent: dict[Hashable, list[Frame]] = {}
    for frame in frames:
        sent.setdefault(_content(frame), []).append(frame)
    held: dict[Hashable, list[Waiting]] = {}
    for each in waiting:
        held.setdefault(_content(each.frame), []).append(each)
    rows = []
    for content, copies in sent.items():
        if content in held:
            place = sum(frame.sent <= held[content][-1].frame.sent for frame in copies)
            rows.append(Copies(tuple(held[content]), place, any(frame.arrivals for frame in copies)))
    return (*(row for row in rows if not row.arrived), *(row for row in reversed(rows) if row.arrived))


def _content(frame: Frame) -> Hashable:
    """What copies have in common: all but the window, the options (time stamps) and the IP header."""
    segment = frame.segment
    if segment is None:
        return frame.data
    ends = (frame.sender, segment.source, segment.destination)
    return (*ends, segment.flags, segment.seq, segment.ack, segment.payload)
