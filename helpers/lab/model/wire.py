"""The model's wire: takes the same rules as the real one, and carries frames in the network's own time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from scapy.packet import Packet

from helpers.lab.model.retransmission_timer import SECOND
from helpers.lab.rules import PATIENCE, RuledWire, frame_bytes
from helpers.trace import WIRE, Frame, Mark

if TYPE_CHECKING:
    from helpers.lab.model.network import ModelNetwork

LATENCY = SECOND // 10_000
"""Nanoseconds that a frame needs from one end to the other."""


@dataclass(order=True)
class _Arrival:
    """A frame that comes out of the wire at a time."""

    due: int
    order: int
    number: int = field(compare=False)
    frame: Frame = field(compare=False)
    fate: str = field(compare=False)


class ModelWire(RuledWire):
    """Carries frames between the hosts of a `ModelNetwork`."""

    def __init__(self, network: ModelNetwork) -> None:
        super().__init__(network.recorder)
        self._lock = network.lock
        self._network = network
        self._arrivals: list[_Arrival] = []
        self._order: Iterator[int] = count()
        self._overtaken: dict[str, list[tuple[int, Frame]]] = {}

    def inject(self, frame: Frame | Packet | bytes, to: str | None = None) -> None:
        """Deliver a frame that no host sends now, as `helpers.lab.Wire.inject` does."""
        receiver = to or (frame.receiver if isinstance(frame, Frame) else None)
        if receiver is None:
            raise ValueError("say which host the frame is for: wire.inject(packet, to=...)")
        self.check_name(receiver)
        with self._lock:
            data = frame_bytes(frame, self._network.hosts[receiver].mac)
            injected = Frame(self._network.stamp(), WIRE, receiver, data, fate="held")
            self.carry(self._recorder.add_frame(injected), injected, "injected")

    def mark(self, label: str) -> None:
        """Give this moment a name, and take both hosts' socket tables of it into the trace."""
        with self._lock:
            tables = tuple(host.table() for host in self._network.hosts.values())
            now = self._network.stamp()
        self._recorder.add_mark(Mark(now, label), tuple(replace(table, time=now) for table in tables))

    def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Let time go on until a condition holds; False after `timeout` seconds of the model."""
        return self._network.wait(condition, timeout)

    def settle(self) -> None:
        """Let every frame arrive that is on its way and not held or delayed."""
        self._network.wait(lambda: not self._under_way(), PATIENCE)

    def carried(self, number: int) -> None:
        """Wait until a frame has arrived, if it is on its way and not delayed."""
        self._network.wait(lambda: number not in [arrival.number for arrival in self._under_way()], PATIENCE)

    def put(self, frame: Frame) -> None:
        """A host sends a frame."""
        self.decide(self._recorder.add_frame(frame), frame)

    def carry(self, number: int, frame: Frame, fate: str = "delivered") -> None:
        """Let the frame come out at the other end, and behind it those that it overtakes."""
        with self._lock:
            self._network.catch_up()
            self._arrive(LATENCY, number, frame, fate)
            for other_number, other in self._overtaken.pop(frame.sender, []):
                self._arrive(LATENCY, other_number, other, "reordered")

    def carry_later(self, number: int, frame: Frame, seconds: float) -> None:
        """Deliver the frame after so many seconds."""
        with self._lock:
            self._network.catch_up()
            self._arrive(round(seconds * SECOND), number, frame, "delayed")

    def overtake(self, number: int, frame: Frame) -> None:
        """Keep the frame until its sender's next one has passed."""
        with self._lock:
            self._overtaken.setdefault(frame.sender, []).append((number, frame))

    def check_name(self, name: str) -> None:
        """Raises ValueError unless a host of that name is on this wire."""
        if name not in self._network.hosts:
            known = ", ".join(self._network.hosts) or "none"
            raise ValueError(f"there is no host {name!r} on this wire; its hosts are {known}")

    @property
    def due(self) -> int | None:
        """When the next frame comes out; None if none is on its way."""
        return self._arrivals[0].due if self._arrivals else None

    def deliver_due(self) -> None:
        """Let everything come out that is due."""
        while self._arrivals and self._arrivals[0].due <= self._network.now:
            arrival = heapq.heappop(self._arrivals)
            self._recorder.update_frame(arrival.number, arrival.fate, self._network.stamp())
            self._network.hosts[arrival.frame.receiver].frame_arrives(arrival.frame.data)

    def close(self) -> None:
        """Nothing is delivered any more."""
        self._closed = True
        self._rules.clear()
        self._arrivals.clear()

    def _under_way(self) -> list[_Arrival]:
        return [arrival for arrival in self._arrivals if arrival.fate != "delayed"]

    def _arrive(self, delay: int, number: int, frame: Frame, fate: str) -> None:
        arrival = _Arrival(self._network.now + delay, next(self._order), number, frame, fate)
        heapq.heappush(self._arrivals, arrival)
        self._network.wake()
