"""Who said what over TCP, and who called whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.lessons.applications.conversation import callers, conversation
from helpers.trace import WIRE, Frame, Trace, TraceError
from tests.samples import MAC, trace_of

ADDRESSES = {"client": "10.0.0.1", "server": "10.0.0.2"}


class Wire:
    """Connections, as they cross."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def cross(self, sender: str, ports: tuple[int, int], flags: str, seq: int, data: bytes = b"") -> None:
        receiver = "server" if sender == "client" else "client"
        ip = IP(src=ADDRESSES[sender], dst=ADDRESSES[receiver])
        packet = Ether(dst=MAC) / ip / TCP(sport=ports[0], dport=ports[1], flags=flags, seq=seq) / data
        sent = 1000 * (len(self.frames) + 1)
        self.frames.append(Frame(sent, sender, receiver, bytes(packet), (sent + 500,)))

    def opened(self, caller: str, ports: tuple[int, int]) -> None:
        self.cross(caller, ports, "S", 0)
        self.cross("server" if caller == "client" else "client", ports[::-1], "SA", 0)


@pytest.fixture
def ftp() -> Trace:
    """Active mode: a control connection, and the server's call for the data."""
    wire = Wire()
    wire.opened("client", (40000, 21))
    wire.cross("server", (21, 40000), "PA", 1, b"220 ready\r\n")
    wire.cross("client", (40000, 21), "PA", 1, b"RETR $HOME <b>\r\n")
    wire.opened("server", (20, 40001))
    wire.cross("server", (20, 40001), "PA", 1, b"one\r\ntwo\r\n")
    wire.cross("server", (20, 40001), "PA", 1, b"one\r\ntwo\r\n")
    return trace_of(wire.frames)


def test_each_line_with_its_meaning(ftp: Trace) -> None:
    assert str(conversation(ftp)).splitlines() == [
        "FTP: client → server port 21",
        "  who       says            which means        laid down in",
        "  ← server  220 ready       I am ready         RFC 959 section 4.2",
        "  client →  RETR $HOME <b>  send me that file  RFC 959 section 4.1.3",
        "server port 20 → client port 40001",
        "  who       says",
        "  server →  one",
        "  server →  two",
        "[live on Linux 6.1, 2026-01-31]",
    ]


def test_one_of_the_connections_alone(ftp: Trace) -> None:
    text = str(conversation(ftp, 21))
    assert "RETR" in text and "port 40001" not in text
    with pytest.raises(TraceError, match="no TCP connection to port 80 is in this trace"):
        conversation(ftp, 80)
    with pytest.raises(TraceError, match="no TCP connection is in this trace"):
        conversation(trace_of([]))


def test_what_was_said_is_no_html(ftp: Trace) -> None:
    html = conversation(ftp).html()
    assert "&lt;b&gt;" in html and "<b>" not in html


def test_who_has_called_whom(ftp: Trace) -> None:
    assert str(callers(ftp)).splitlines() == [
        "Connections",
        "     who calls → whom                    bytes →  ← bytes",
        "  1  client → server port 21             16       11",
        "  2  server port 20 → client port 40001  10       0",
        "[live on Linux 6.1, 2026-01-31]",
    ]


def test_what_the_wire_injects_was_said_by_nobody(ftp: Trace) -> None:
    words = next(frame for frame in ftp.frames if b"RETR" in frame.data)
    forged = replace(words, sender=WIRE, data=words.data.replace(b"RETR $HOME", b"DELE /home"))
    frames = [*ftp.frames[:2], forged, *ftp.frames[2:]]
    assert str(conversation(replace(ftp, frames=tuple(frames)))) == str(conversation(ftp))


def test_a_connection_on_which_nothing_was_said() -> None:
    wire = Wire()
    wire.opened("client", (40000, 80))
    trace = trace_of(wire.frames)
    assert "HTTP: client → server port 80\n  nothing was said\n" in str(conversation(trace))
    assert "no connection was opened" in str(callers(trace_of([])))
