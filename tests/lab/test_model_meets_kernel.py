"""One end is a model, the other a real kernel: the model's bytes are TCP that a kernel understands."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from helpers.lab import Host, Network
from helpers.lab.model.tcp_endpoint import Endpoint
from helpers.lab.model.tcp_segment_bytes import from_frame, to_frame
from helpers.trace import WIRE

ADDRESS, MAC, KERNEL_MAC = "10.0.0.9", "02:00:00:00:00:09", "02:00:00:00:00:01"
HERE = f"{ADDRESS}:80"


@dataclass
class Meeting:
    """A host with a kernel on a wire at whose other end there is only this model."""

    network: Network
    host: Host
    end: Endpoint
    seen: int = 0

    def until(self, condition: object, seconds: float = 5) -> None:
        """Carry segments both ways until the condition holds; the model's clock is ours."""
        begun = last = time.monotonic()
        while not condition():  # type: ignore[operator]
            assert last - begun < seconds, (self.end.status(), self.host.sockets())
            self.network.wire.until(lambda: len(self.network.wire.frames) > self.seen, 0.01)
            now = time.monotonic()
            self.end.time_passes(now - last)
            last = now
            self._carry()

    def _carry(self) -> None:
        frames = self.network.wire.frames
        new, self.seen = frames[self.seen :], len(frames)
        for frame in new:
            segment = None if frame.sender == WIRE else from_frame(frame.data)
            if segment is not None and segment.destination == HERE:
                self.end.segment_arrives(segment)
        for segment in self.end.segments_to_send():
            self.network.wire.inject(to_frame(segment, MAC, KERNEL_MAC), to="kernel")


@pytest.fixture
def meeting(needs_lab: None) -> Iterator[Meeting]:
    with Network() as network:
        host = network.host("kernel", "10.0.0.1")
        network.host("nobody", "10.0.0.2")  # a wire has two ends
        host.add_neighbour(ADDRESS, MAC)
        yield Meeting(network, host, Endpoint(HERE))


def state(meeting: Meeting) -> str:
    return next((row.state for row in meeting.host.sockets()), "CLOSED")


def test_a_kernel_calls_the_model(meeting: Meeting) -> None:
    meeting.end.open_passive()
    caller = meeting.host.socket()
    caller.setblocking(False)
    caller.connect_ex((ADDRESS, 80))
    meeting.until(lambda: meeting.end.state == state(meeting) == "ESTABLISHED")
    whole = bytes(range(256)) * 150
    caller.send(whole)
    heard = bytearray()

    def reads() -> bool:
        heard.extend(meeting.end.receive())
        return heard == whole

    meeting.until(reads)
    meeting.end.send(b"thank you")
    meeting.until(lambda: meeting.end.status().unacknowledged == 0)
    assert caller.recv(100) == b"thank you"
    caller.shutdown(socket.SHUT_WR)
    meeting.until(lambda: meeting.end.at_end)
    assert meeting.end.state == "CLOSE-WAIT" and state(meeting) == "FIN-WAIT-2"
    meeting.end.close()
    meeting.until(lambda: meeting.end.state == "CLOSED")
    assert caller.recv(1) == b"" and state(meeting) == "TIME-WAIT"


def test_the_model_calls_a_kernel(meeting: Meeting) -> None:
    listener = meeting.host.socket()
    listener.bind(("10.0.0.1", 2000))
    listener.listen()
    meeting.end.open_active("10.0.0.1:2000")
    meeting.until(lambda: meeting.end.state == "ESTABLISHED")
    meeting.until(lambda: "ESTABLISHED" in [row.state for row in meeting.host.sockets()])
    answerer, (address, port) = listener.accept()
    assert (address, port) == (ADDRESS, 80)
    whole = bytes(range(256)) * 100
    sent = heard = 0
    answerer.setblocking(False)
    while heard < len(whole):
        sent += meeting.end.send(whole[sent:])
        meeting.until(lambda: meeting.end.status().unacknowledged == 0)
        data = answerer.recv(100_000)
        assert data == whole[heard : heard + len(data)]
        heard += len(data)
    meeting.end.close()
    meeting.until(lambda: meeting.end.state == "FIN-WAIT-2")
    answerer.close()
    meeting.until(lambda: meeting.end.state == "TIME-WAIT")


def test_both_call_at_the_same_time(meeting: Meeting) -> None:
    caller = meeting.host.socket()
    caller.bind(("10.0.0.1", 2000))
    caller.setblocking(False)
    caller.connect_ex((ADDRESS, 80))
    meeting.end.open_active("10.0.0.1:2000")  # before the kernel's SYN is taken to it
    meeting.until(lambda: meeting.end.state == state(meeting) == "ESTABLISHED")
    assert "SYN ACK" in [segment.flags for _, segment in meeting.network.trace().segments()]


def test_both_believe_each_other_s_resets(meeting: Meeting) -> None:
    meeting.end.open_passive()
    caller = meeting.host.socket()
    caller.setblocking(False)
    caller.connect_ex((ADDRESS, 80))
    meeting.until(lambda: meeting.end.state == state(meeting) == "ESTABLISHED")
    meeting.end.abort()
    meeting.until(lambda: state(meeting) == "CLOSED")
    with pytest.raises(ConnectionResetError):
        caller.recv(1)
    meeting.end.open_active("10.0.0.1:9")  # where nobody listens
    meeting.until(lambda: meeting.end.state == "CLOSED")
    assert meeting.end.failure == "connection refused"
