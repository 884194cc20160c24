"""Hosts, sockets and a wire around the model's endpoints, for conversations in which a reader decides on each segment.

They take the same calls and rules as the real lab, and record the same trace. The network is its own wire, and what it
carries arrives within the call that sent it; the answers go the same way. So only timers and delayed frames need a
clock: in real time a thread lets them happen, otherwise the clock jumps, and a test need not wait. Rejected: events
with a latency, and all that needs more than TCP over IPv4 in one LAN.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.errors import LabError
from helpers.fields.segment import Segment
from helpers.lab.model.endpoint import SECOND, Endpoint
from helpers.lab.recorder import Recorder
from helpers.lab.rules import RuledWire
from helpers.lab.sockets import as_written, noted
from helpers.trace import Call, Frame, HostInfo, Mark, SocketRow, Source, Table, Trace

TICK = 1_000
"""Nanoseconds between two entries of the record at least, so that cause comes before effect."""
LONGEST = 3600.0
"""Seconds that a call without time limit waits."""
FIRST_FREE_PORT = 49_152
"""Where the ports begin that a host chooses itself (RFC 6335, section 6)."""
IN_HANDSHAKE, OVER = ("SYN-SENT", "SYN-RECEIVED"), ("CLOSED", "LISTEN")
"""LISTEN: of an endpoint whose caller turned out to be none."""

NOTED = ("bind", "listen", "accept", "connect", "connect_ex", "send", "sendall", "recv", "shutdown", "close")
"""The calls on a socket that stand in the trace."""


class ModelNetwork(RuledWire):
    """The hosts, each with its name, and the wire between them."""

    def __init__(self, real_time: bool = False) -> None:
        """`real_time`: seconds of the model are ours. Else waiting costs no time."""
        self.recorder, self.wire, self.closed = Recorder(), self, False
        super().__init__(self.recorder)
        self.hosts: dict[str, ModelHost] = {}
        self.changed = threading.Condition(self._lock)
        self._delayed: list[tuple[int, int, Frame]] = []
        self._real_time, self._clock, self._stamp, self._begun = real_time, 0, 0, time.monotonic_ns()
        self._thread = threading.Thread(target=self._keep_pace, name="model", daemon=True)
        if real_time:
            self._thread.start()

    @property
    def now(self) -> int:
        """Nanoseconds since it was made."""
        return time.monotonic_ns() - self._begun if self._real_time else self._clock

    def stamp(self) -> int:
        """The time for an entry in the record; no two have the same."""
        self._stamp = max(self.now, self._stamp + TICK)
        return self._stamp

    def host(self, name: str, *addresses: str) -> ModelHost:
        """A new host. Raises LabError for one that has not exactly one IPv4 address."""
        address, *more = addresses or (f"10.0.0.{len(self.hosts) + 1}",)
        if more or ":" in address:
            raise LabError(f"a host of the model has one IPv4 address, not {', '.join(addresses)}")
        self.hosts[name] = ModelHost(self, name, address.partition("/")[0])
        return self.hosts[name]

    def trace(self) -> Trace:
        """What has happened up to now; its source says that no kernel took part."""
        hosts = tuple(HostInfo(host.name, (host.address,)) for host in self.hosts.values())
        return replace(self.recorder.trace(hosts), source=Source(False, "", "", model="RFC 9293"))

    def mark(self, label: str) -> None:
        """Give this moment a name, and take the hosts' socket tables of it into the trace."""
        with self.changed:
            now = self.stamp()
            self.recorder.add_mark(Mark(now, label), tuple(replace(h.table(), time=now) for h in self.hosts.values()))

    def until(self, condition: Callable[[], bool], timeout: float = LONGEST) -> bool:
        """Let happen what is due until a condition holds; False after `timeout` seconds of the model."""
        with self.changed:
            end = self.now + round(timeout * SECOND)
            while not self.closed:
                self._happen()
                if condition() or self.now >= end:
                    return condition()
                self._pause(min([end, *self._due()]))
        raise LabError("this model's network was closed: make a new one")

    def close(self) -> None:
        """End it; a second time it does nothing."""
        with self.changed:
            self.closed = self._closed = True
            self.changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def carry(self, number: int, frame: Frame, fate: str = "delivered") -> None:
        """Let a frame come out of the wire."""
        with self.changed:
            self.recorder.update_frame(number, fate, self.stamp())
            self.hosts[frame.receiver].arrive(frame)
            self.changed.notify_all()

    def carry_later(self, number: int, frame: Frame, seconds: float) -> None:
        """Let a frame come out after so many seconds."""
        with self.changed:
            self.recorder.update_frame(number, "delayed")
            self._delayed.append((self.now + round(seconds * SECOND), number, frame))
            self.changed.notify_all()

    def overtake(self, number: int, frame: Frame) -> None:
        """Raises LabError: the model's frames arrive at once, and so in order."""
        raise LabError("frames do not overtake each other in a model")

    def settle(self) -> None:
        """Wait for what is under way, which is nothing."""

    def check_name(self, name: str) -> None:
        """Raises ValueError unless a host of that name is on this wire."""
        if name not in self.hosts:
            raise ValueError(f"there is no host {name!r} on this wire; its hosts are {', '.join(self.hosts)}")

    def _due(self) -> list[int]:
        """When something will happen by itself."""
        timers = [end.due for host in self.hosts.values() for end in host.ends.values() if end.due is not None]
        return timers + [due for due, _, _ in self._delayed]

    def _happen(self) -> None:
        now = self.now
        while (due := min(self._due(), default=now + 1)) <= now:
            for host in self.hosts.values():
                for end in [end for end in host.ends.values() if end.due == due]:
                    host.use(end, end.ring)
            for delayed in [delayed for delayed in self._delayed if delayed[0] == due]:
                self._delayed.remove(delayed)
                self.carry(*delayed[1:], "delayed")

    def _pause(self, until: int) -> None:
        if self._real_time:
            self.changed.wait((until - self.now) / SECOND)
        else:
            self._clock = until

    def _keep_pace(self) -> None:
        with contextlib.suppress(LabError):
            while not self.closed:
                self.until(lambda: False)


class ModelHost:
    """Knows which endpoint a segment is for. Made by `ModelNetwork.host`."""

    def __init__(self, network: ModelNetwork, name: str, address: str) -> None:
        self.network, self.name, self.address = network, name, address
        self.ends: dict[tuple[str, str], Endpoint] = {}
        self.listeners: dict[int, ModelSocket] = {}
        self.numbers, self.free_ports = itertools.count(1), itertools.count(FIRST_FREE_PORT)

    def __getattr__(self, name: str) -> NoReturn:
        raise LabError(f"the host {self.name} is a model, which has only sockets of TCP: it has no {name}()")

    def socket(self, family: int = socket.AF_INET, type: int = socket.SOCK_STREAM, protocol: int = 0) -> ModelSocket:
        """A socket of this host. Raises LabError for anything but TCP over IPv4."""
        if (family, type) != (socket.AF_INET, socket.SOCK_STREAM):
            raise LabError("the model has TCP over IPv4 only: AF_INET, SOCK_STREAM")
        begin, made = self.network.stamp(), ModelSocket(self)
        written, result, ids = as_written(family, type, protocol), f"socket {made.number}", (made.number, made.fileno())
        call = Call(begin, self.network.stamp(), self.name, "socket", written, result, "", *ids, *ids)
        self.network.recorder.add_call(call)
        return made

    def sockets(self) -> tuple[SocketRow, ...]:
        """Its listeners and connections, as a kernel would list them."""
        with self.network.changed:
            connections = [end.row(self.network.now) for end in self.ends.values()]
            return (*(made.row() for made in self.listeners.values()), *connections)

    def table(self) -> Table:
        """The socket table now."""
        return Table(self.network.stamp(), self.name, self.sockets())

    def look(self) -> None:
        """Take the socket table into the trace, if it has changed."""
        with self.network.changed:
            self.network.recorder.add_table(self.table())

    def new_end(self, local: str, remote: str) -> Endpoint:
        """A fresh endpoint. Raises OSError if these two ends have a connection."""
        if (local, remote) in self.ends:
            refuse(errno.EADDRNOTAVAIL)
        made = self.ends[local, remote] = Endpoint(local, remote, self.network.now)
        return made

    def use(self, end: Endpoint, action: Callable[..., object], *arguments: object) -> None:
        """Do something with an endpoint, keep the tables right, and send what the endpoint has to send."""
        end.now = self.network.now
        action(*arguments)
        if end.state in OVER:
            self.ends.pop((end.local, end.remote), None)
        for listener in self.listeners.values():
            listener.take_callers()
        self.look()
        segments, end.out = end.out, []
        for segment in segments:
            self._send(segment)

    def arrive(self, frame: Frame) -> None:
        """A segment is for a connection, or for a listener, which gets a new endpoint, or for nobody."""
        segment = frame.segment
        assert segment is not None  # these hosts send nothing else
        ends = segment.destination, segment.source
        listener = self.listeners.get(split(segment.destination)[1])
        if ends not in self.ends and listener is not None:
            listener.knocking.append(self.new_end(*ends))
            self.ends[ends].listen()
        end = self.ends.get(ends) or Endpoint(*ends)
        self.use(end, end.arrive, segment)

    def _send(self, segment: Segment) -> None:
        receiver = next((h for h in self.network.hosts.values() if h.address == split(segment.destination)[0]), None)
        if receiver is not None:
            frame = Frame(self.network.stamp(), self.name, receiver.name, to_bytes(segment), fate="held")
            self.network.decide(self.network.recorder.add_frame(frame), frame)


class ModelSocket:
    """As much of `socket.socket` as conversations of the course use."""

    def __init__(self, host: ModelHost, end: Endpoint | None = None) -> None:
        self.host, self.number, self.open = host, next(host.numbers), True
        self.bound, self.port = "0.0.0.0", 0
        self.knocking: list[Endpoint] = []
        """Of a listener: the connections in their handshake,"""
        self.queue: list[Endpoint] = []
        """and those that wait for accept()."""
        self._end: Endpoint | None = end
        self._timeout: float | None = None
        self._linger_zero = False

    def __getattribute__(self, name: str) -> Any:
        """A call from outside is noted in the trace; the methods call each other by the class, which is not."""
        found = super().__getattribute__(name)
        return functools.partial(self._noted, name, found) if name in NOTED else found

    def fileno(self) -> int:
        """The descriptor it would have in a fresh process, where 0, 1 and 2 are taken."""
        return self.number + 2 if self.open else -1

    def row(self) -> SocketRow:
        """What stands of a listener in the table of sockets."""
        return SocketRow(f"{self.bound}:{self.port}", "0.0.0.0:0", "LISTEN", len(self.queue), 0, "", 0.0, 0, 0)

    def bind(self, address: tuple[str, int]) -> None:
        """bind(2), with SO_REUSEADDR: only a listener's port is taken (socket(7))."""
        if address[1] in self.host.listeners:
            refuse(errno.EADDRINUSE)
        self.bound, self.port = address[0] or self.bound, address[1]

    def listen(self, backlog: int = 128) -> None:
        """listen(2); the queue is never full."""
        self.port = self.port or next(self.host.free_ports)
        self.host.listeners[self.port] = self

    def accept(self) -> tuple[ModelSocket, tuple[str, int]]:
        """accept(2)"""
        self._wait(lambda: bool(self.queue))
        end = self.queue.pop(0)
        return ModelSocket(self.host, end), split(end.remote)

    def connect(self, address: tuple[str, int]) -> None:
        """connect(2)"""
        if self._end is not None:
            refuse(errno.EALREADY if self._end.state in IN_HANDSHAKE else errno.EISCONN)
        self.port = self.port or next(self.host.free_ports)
        end = self.host.new_end(f"{self.host.address}:{self.port}", f"{address[0]}:{address[1]}")
        self._end = end
        self.host.use(end, end.connect)
        if self._timeout == 0:
            refuse(errno.EINPROGRESS)
        self._wait(lambda: end.state not in IN_HANDSHAKE)
        if end.error:
            self._end = None  # as if nothing had been tried
        self._tell_error(end)

    def connect_ex(self, address: tuple[str, int]) -> int:
        """connect(2), with the errno as its result"""
        try:
            ModelSocket.connect(self, address)
        except OSError as error:
            return error.errno or errno.EAGAIN
        return 0

    def send(self, data: bytes) -> int:
        """send(2); there is always room for all"""
        end = self._connection(errno.EPIPE)
        self._wait(lambda: end.state not in IN_HANDSHAKE)
        self._tell_error(end)
        if end.state not in ("ESTABLISHED", "CLOSE-WAIT"):
            refuse(errno.EPIPE)
        self.host.use(end, end.send, data)
        return len(data)

    def sendall(self, data: bytes) -> None:
        """send(2); the trace tells it apart from send()"""
        ModelSocket.send(self, data)

    def recv(self, size: int) -> bytes:
        """recv(2)"""
        end = self._connection(errno.ENOTCONN)
        self._wait(lambda: bool(end.received) or end.finished or end.state in OVER)
        if not end.received and not end.finished:
            self._tell_error(end)
        data = bytes(end.received[:size])
        del end.received[:size]
        return data

    def shutdown(self, how: int) -> None:
        """shutdown(2); SHUT_RD does nothing"""
        end = self._connection(errno.ENOTCONN)
        if end.state in (*OVER, "TIME-WAIT"):
            refuse(errno.ENOTCONN)
        if how != socket.SHUT_RD:
            self.host.use(end, end.close)

    def close(self) -> None:
        """close(2). A listener's callers are reset, those in their handshake when they say something more."""
        self.open = False
        if self.host.listeners.get(self.port) is self:
            del self.host.listeners[self.port]
        for end in self.knocking:
            del self.host.ends[end.local, end.remote]
        for end in [end for end in self.queue if end.state not in OVER]:
            self.host.use(end, end.abort)
        mine = self._end
        if mine is not None and mine.state not in (*OVER, "TIME-WAIT"):
            self.host.use(mine, mine.abort if self._linger_zero else mine.leave)

    def setblocking(self, blocking: bool) -> None:
        """Whether calls wait."""
        self._timeout = None if blocking else 0.0

    def settimeout(self, seconds: float | None) -> None:
        """How long calls wait, in seconds of the model."""
        self._timeout = seconds

    def setsockopt(self, level: int, option: int, value: int | bytes) -> None:
        """SO_LINGER; SO_REUSEADDR and TCP_NODELAY are always on here, and others do nothing."""
        if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self._linger_zero = value == struct.pack("ii", 1, 0)

    def take_callers(self) -> None:
        """Those whose handshake is over may be accepted; those that were no callers are forgotten."""
        self.queue += [end for end in self.knocking if end.state not in (*IN_HANDSHAKE, *OVER)]
        self.knocking = [end for end in self.knocking if end.state in IN_HANDSHAKE]

    def _connection(self, without: int) -> Endpoint:
        """Its endpoint. Raises OSError with that number where it has none."""
        return self._end or refuse(without)

    def _tell_error(self, end: Endpoint) -> None:
        """An error is told once (SO_ERROR, socket(7)); Linux has EPIPE for a reset after the peer's FIN."""
        error, end.error = end.error, 0
        if error:
            refuse(errno.EPIPE if end.finished and error == errno.ECONNRESET else error)

    def _noted(self, name: str, method: Callable[..., Any], *arguments: object) -> Any:
        network = self.host.network
        with network.changed:
            if not self.open and name != "close":
                refuse(errno.EBADF)
            return noted(self, name, method, *arguments, clock=network.stamp) if self.open else None

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Raises BlockingIOError or TimeoutError as a real socket does that must not wait, or no longer."""
        if self.host.network.until(condition, LONGEST if self._timeout is None else self._timeout):
            return
        if self._timeout == 0:
            refuse(errno.EAGAIN)
        raise TimeoutError("timed out")


def to_bytes(segment: Segment) -> bytes:
    """The segment in IPv4 in Ethernet, whose addresses no host of a model reads."""
    (source, sport), (destination, dport) = split(segment.source), split(segment.destination)
    flags, options = "".join(name[0] for name in segment.flags.split()), [(k, int(v)) for k, v in segment.options]
    tcp = TCP(sport=sport, dport=dport, seq=segment.seq, ack=segment.ack or 0, flags=flags, options=options)
    tcp.window = segment.window
    packet = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src=source, dst=destination) / tcp
    return bytes(packet / segment.payload)


def split(end: str) -> tuple[str, int]:
    """ "10.0.0.1:80" -> ("10.0.0.1", 80)"""
    address, _, port = end.partition(":")
    return address, int(port)


def refuse(number: int) -> NoReturn:
    """Raise the error with that number, as a kernel would."""
    raise OSError(number, os.strerror(number))
