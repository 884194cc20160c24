"""A host of the model: which endpoint a segment is for, and the socket table."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from helpers.fields.segment import Segment
from helpers.lab.errors import LabError, WireTimeout
from helpers.lab.model.retransmission_timer import SECOND
from helpers.lab.model.sockets import ModelSocket
from helpers.lab.model.tcp_control_block import reset_for
from helpers.lab.model.tcp_endpoint import Endpoint
from helpers.lab.model.tcp_segment_bytes import from_frame, join, split, to_frame
from helpers.lab.rules import PATIENCE
from helpers.trace import Frame, SocketRow, Table, connection_states

if TYPE_CHECKING:
    from helpers.lab.model.network import ModelNetwork

FIRST_FREE_PORT = 49_152
"""Where the ports begin that a host chooses itself (RFC 6335, section 6)."""
ANY = "0.0.0.0"
Result = TypeVar("Result")


class ModelHost:
    """Has what the experiments of the course ask of a host. Made by `ModelNetwork.host`."""

    def __init__(self, network: ModelNetwork, name: str, address: str, mac: str) -> None:
        self.network = network
        self.name = name
        self.address = address
        self.addresses = (address,)
        self.mac = mac
        self._ends: dict[tuple[str, str], Endpoint] = {}
        self._listeners: dict[int, ModelSocket] = {}
        self._knocking: dict[tuple[str, str], ModelSocket] = {}
        """The listener of each connection that is still in its handshake."""
        self._sockets: list[ModelSocket] = []
        self._made = 0
        self._next_port = FIRST_FREE_PORT

    def socket(self, family: int = socket.AF_INET, type: int = socket.SOCK_STREAM, protocol: int = 0) -> ModelSocket:
        """A socket of this host. Raises LabError for anything but TCP over IPv4."""
        if (family, type) != (socket.AF_INET, socket.SOCK_STREAM) or protocol not in (0, socket.IPPROTO_TCP):
            raise LabError("the model has TCP over IPv4 only: AF_INET, SOCK_STREAM")
        made = ModelSocket(self)
        made.note_birth(protocol)
        return made

    def run(self, argv: Sequence[str], *_: object, **__: object) -> None:
        """Raises LabError: no program runs in a model."""
        raise LabError(f"the host {self.name} is a model and runs no programs, so not {argv[0]!r} either")

    def sockets(self) -> tuple[SocketRow, ...]:
        """Its listeners and connections, as a kernel would list them."""
        with self.network.lock:
            self.network.catch_up()
            rows = [_listener_row(port, listener) for port, listener in self._listeners.items()]
            return (*rows, *(_row(ends, end) for ends, end in self._ends.items() if end.state != "CLOSED"))

    def table(self) -> Table:
        """The socket table now."""
        with self.network.lock:
            rows = self.sockets()
            return Table(self.network.stamp(), self.name, rows)

    def look(self) -> None:
        """Take the socket table into the trace, if it has changed."""
        if not self.network.closed:
            self.network.recorder.add_table(self.table())

    def wait_for_state(self, state: str, timeout: float = PATIENCE) -> None:
        """Let time go on until a connection of this host is in that state ("CLOSED": until it has none).

        Raises WireTimeout after `timeout` seconds of the model.
        """

        def reached() -> bool:
            rows = self.sockets()
            return state in connection_states(Table(0, self.name, rows)) or (
                state == "CLOSED" and all(row.state == "LISTEN" for row in rows)
            )

        if not self.network.wait(reached, timeout):
            states = ", ".join(sorted(connection_states(self.table())))
            raise WireTimeout(f"{self.name} did not come to {state} within {timeout:g} s; it is in {states}")

    def restart(self) -> None:
        """Take the power away and boot again: nothing is remembered, nobody is told."""
        with self.network.lock:
            for made in self._sockets:
                made.power_off()
            for table in (self._ends, self._listeners, self._knocking, self._sockets):
                table.clear()
            self.look()

    # What the sockets use.

    def count_socket(self, made: ModelSocket) -> int:
        """Its number, counted from 1."""
        self._sockets.append(made)
        self._made += 1
        return self._made

    def free_port(self) -> int:
        """A port that nobody uses."""
        while self.port_taken(self._next_port):
            self._next_port += 1
        self._next_port += 1
        return self._next_port - 1

    def port_taken(self, port: int, reuse: bool = False) -> bool:
        """Whether a port is in use; with SO_REUSEADDR connections do not count, listeners do (socket(7))."""
        connected = any(split(local)[1] == port for local, _ in self._ends) and not reuse
        bound = any(made.bound_port == port and not (reuse and made.reuse) for made in self._sockets)
        return connected or bound or port in self._listeners

    def listen(self, listener: ModelSocket, port: int) -> None:
        """Callers of this port are for that socket. Raises OSError if it has one."""
        if self._listeners.get(port, listener) is not listener:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        self._listeners[port] = listener

    def end_listening(self, listener: ModelSocket) -> None:
        """Its callers, also those who are just knocking, hear that nobody is there."""
        for port in [port for port, other in self._listeners.items() if other is listener]:
            del self._listeners[port]
        for ends in [ends for ends, other in self._knocking.items() if other is listener]:
            del self._knocking[ends], self._ends[ends]
        for end in listener.queue:
            self.use(end, end.abort)

    def connect(self, port: int, remote: str) -> Endpoint:
        """Begin an active open. Raises OSError if these two ends have a connection."""
        local = join(self.address, port)
        if (local, remote) in self._ends:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        end = self._ends[local, remote] = self._new_end(local)
        self.use(end, lambda: end.open_active(remote))
        return end

    def use(self, end: Endpoint, action: Callable[[], Result]) -> Result:
        """Do something with an endpoint, then send what it has to send and keep the tables right."""
        result = action()
        self._after_event(end)
        return result

    # What the network uses.

    def frame_arrives(self, data: bytes) -> None:
        """A frame comes out of the wire."""
        segment = from_frame(data)
        if segment is None or split(segment.destination)[0] != self.address:
            return
        end = self._end_for(segment)
        if end is not None:
            self.use(end, lambda: end.segment_arrives(segment))
        elif answer := reset_for(segment):
            self._send(answer)

    def time_passes(self, seconds: float) -> None:
        """Every endpoint's clock goes on."""
        for end in list(self._ends.values()):
            self.use(end, lambda end=end: end.time_passes(seconds))  # type: ignore[misc]

    @property
    def next_timeout(self) -> float | None:
        """Seconds until the first timer of an endpoint runs out."""
        return min((time for end in self._ends.values() if (time := end.next_timeout()) is not None), default=None)

    def _end_for(self, segment: Segment) -> Endpoint | None:
        """The connection's endpoint; for a stranger's segment to a listener a new one, which has just been opened."""
        ends = (segment.destination, segment.source)
        listener = self._listeners.get(split(segment.destination)[1])
        if ends not in self._ends and listener is not None:
            end = self._ends[ends] = self._new_end(segment.destination)
            end.open_passive()
            self._knocking[ends] = listener
        return self._ends.get(ends)

    def _new_end(self, local: str) -> Endpoint:
        end = Endpoint(local, settings=self.network.settings)
        end.time_passes(self.network.told / SECOND)
        return end

    def _after_event(self, end: Endpoint) -> None:
        for segment in end.segments_to_send():
            self._send(segment)
        ends = next((ends for ends, other in self._ends.items() if other is end), None)
        if ends is not None:
            self._place(ends, end)
        self.look()

    def _place(self, ends: tuple[str, str], end: Endpoint) -> None:
        """Forget an endpoint that is over; a caller whose handshake is done may be accepted."""
        if end.state in ("CLOSED", "LISTEN"):  # LISTEN: it was no caller after all
            del self._ends[ends]
            self._knocking.pop(ends, None)
        elif ends in self._knocking and end.state != "SYN-RECEIVED":
            self._knocking.pop(ends).queue.append(end)

    def _send(self, segment: Segment) -> None:
        there = self.network.host_of(split(segment.destination)[0])
        if there is not None:
            data = to_frame(segment, self.mac, there.mac)
            self.network.wire.put(Frame(self.network.stamp(), self.name, there.name, data, fate="held"))


def _row(ends: tuple[str, str], end: Endpoint) -> SocketRow:
    status = end.status()
    return SocketRow(
        *ends, status.state, status.unread, status.unacknowledged, status.timer, status.seconds_left,
        status.retransmissions, 0,
    )  # fmt: skip


def _listener_row(port: int, listener: ModelSocket) -> SocketRow:
    local = join(listener.bound_address, port)
    return SocketRow(local, join(ANY, 0), "LISTEN", len(listener.queue), 0, "", 0.0, 0, 0)
